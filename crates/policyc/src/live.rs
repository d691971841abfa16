//! What all commands that decide live calls share: counters, claims, the log, the clock.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use policyc_core::ir::Policy;
use policyc_core::json::{Json, Kind};
use policyc_enforce::audit::{Log, Mask};
use policyc_enforce::counters::{CounterStore, Nowhere, Sqlite, StoreFailure, Sync};
use policyc_enforce::gate::{Gate, OnStoreFailure};

use super::args::{self, LiveArgs};
use super::files::{self, shown};
use super::hook::compiled::Compiled;

/// The largest file with a password that is read, in bytes.
const MAX_PASSWORD: usize = 4_096;

/// A gate with policies, each with the file that it is from.
pub(super) fn gate<'p>(
    arguments: &LiveArgs,
    policies: impl Iterator<Item = (&'p PathBuf, &'p Policy)>,
) -> Result<Gate<'p>, String> {
    let on_failure = match arguments.on_store_failure {
        args::OnStoreFailure::Deny => OnStoreFailure::Deny,
        args::OnStoreFailure::Allow => OnStoreFailure::Allow,
    };
    let mut gate = Gate::new(store(arguments)?, on_failure).undisclosed(arguments.undisclosed.clone());
    for (file, policy) in policies {
        // Counts belong to the policy at its place, whatever its text becomes.
        let place = || std::fs::canonicalize(file).unwrap_or_else(|_| file.clone()).to_string_lossy().into_owned();
        gate.add(policy, arguments.counter_namespace.clone().unwrap_or_else(place));
    }
    Ok(gate)
}

/// What keeps the counters.
fn store(arguments: &LiveArgs) -> Result<Box<dyn CounterStore + Send>, String> {
    if let Some(address) = arguments.counters.as_ref().and_then(|path| path.to_str()).filter(|text| is_address(text)) {
        if arguments.counter_namespace.is_none() {
            return Err("counters of several machines need a name that is the same on all of them; add `--counter-namespace NAME`".to_owned());
        }
        if arguments.counters_sync != args::CountersSync::Full {
            return Err(
                "`--counters-sync` is about files; for Redis, set `appendfsync` in its configuration".to_owned()
            );
        }
        let password = arguments.counters_password_file.as_deref().map(password).transpose()?;
        return server(address, password.as_deref());
    }
    if arguments.counters_password_file.is_some() {
        return Err(
            "`--counters-password-file` is for a server; add `--counters redis://HOST:PORT/DATABASE`".to_owned()
        );
    }
    let sync = match arguments.counters_sync {
        args::CountersSync::Full => Sync::Full,
        args::CountersSync::Normal => Sync::Normal,
    };
    Ok(match arguments.counters.clone().or_else(default_counters) {
        Some(path) => Box::new(Sqlite::at(path, sync)),
        None => {
            let why = "there is no folder for the counters; name a file with `--counters PATH`";
            Box::new(Nowhere(StoreFailure(why.to_owned())))
        }
    })
}

/// Whether counters are kept by a server: a path with `://` is none that anybody has.
pub(super) fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// The password in a file, without the end of its line.
fn password(file: &Path) -> Result<String, String> {
    let text =
        String::from_utf8(files::read(file, MAX_PASSWORD)?).map_err(|_| format!("`{}` is not UTF-8", shown(file)))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(feature = "redis")]
fn server(address: &str, password: Option<&str>) -> Result<Box<dyn CounterStore + Send>, String> {
    use policyc_enforce::counters::Redis;
    Redis::at(address, password).map(|redis| Box::new(redis) as _).map_err(|failure| failure.to_string())
}

#[cfg(not(feature = "redis"))]
fn server(_: &str, _: Option<&str>) -> Result<Box<dyn CounterStore + Send>, String> {
    Err("this policyc was built without its feature `redis`; `--counters` takes a file".to_owned())
}

/// Reads the claims of the caller.
pub(super) fn claims(text: &str) -> Result<Json, String> {
    let json =
        Json::parse(text).map_err(|error| format!("`--caller` is not JSON: {} at byte {}", error.message, error.at))?;
    match json.duplicate_key() {
        Some(at) => Err(format!("`--caller` has a duplicate key at byte {at}")),
        None if json.root().kind() == Kind::Object => Ok(json),
        None => Err("`--caller` is not a JSON object".to_owned()),
    }
}

/// The log, if one is wanted.
pub(super) fn log(client: &'static str, arguments: &LiveArgs, loaded: &[Compiled]) -> Result<Option<Log>, String> {
    let policies = loaded.iter().map(|loaded| (loaded.policy.name.clone(), loaded.digest.clone())).collect();
    log_of(client, arguments, policies)
}

/// The log, if one is wanted, of decisions by these policies, each with its name and digest.
pub(super) fn log_of(
    client: &'static str,
    arguments: &LiveArgs,
    policies: Vec<(String, String)>,
) -> Result<Option<Log>, String> {
    let Some(path) = arguments.log.clone() else { return Ok(None) };
    let masks = arguments.mask.iter().map(|mask| Mask::parse(mask)).collect::<Result<_, _>>()?;
    let (arguments, observed) = (arguments.log_arguments, arguments.observe);
    Ok(Some(Log { path, arguments, masks, client, policies, observed }))
}

/// The time in seconds since 1970-01-01T00:00:00Z, cut to whole ones.
pub(super) fn now() -> i64 {
    let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => seconds(before.duration()).saturating_neg().saturating_sub(1),
    }
}

/// Where counters are if nobody says: in the folder where the system keeps the state of programs.
fn default_counters() -> Option<PathBuf> {
    folder(Purpose::State).map(|state| state.join("policyc").join("counters.db"))
}

/// What a folder of the user is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// What must not be lost.
    State,
    /// What can be made again.
    Cache,
}

/// The folder of the user for some purpose, by the convention of the system.
pub(super) fn folder(purpose: Purpose) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return variable("LOCALAPPDATA");
    }
    let (mac, name, other) = match purpose {
        Purpose::State => ("Library/Application Support", "XDG_STATE_HOME", ".local/state"),
        Purpose::Cache => ("Library/Caches", "XDG_CACHE_HOME", ".cache"),
    };
    if cfg!(target_os = "macos") {
        return variable("HOME").map(|home| home.join(mac));
    }
    variable(name).or_else(|| variable("HOME").map(|home| home.join(other)))
}

/// Writes a file of the user alone, and makes its folder. It has the rights 0600, and is whole before it has its name.
pub(super) fn write_privately(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(place).map(drop).map_err(|error| error.error)
}
