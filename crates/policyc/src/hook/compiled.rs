//! Policies in compiled form, so that a hook need not read catalogues for each call.
//!
//! A file in the folder for caches has the image of a policy and, for each file that it was made from, the path and the SHA-256. It
//! is used only if every one of them is what it was and none has come that would matter, if this version of the program wrote it for the same
//! command line, and if its own checksum is right. Otherwise the policy is read, and the file is written again.
//!
//! A checksum finds damage, not forgery: whoever can write to the file decides what the policy says. So it is in a folder of the user and
//! not beside the policy, where others may put one; it has the rights 0600, and one that others may write to is not read.

use std::path::{Path, PathBuf};

use policyc_core::diagnostics::{Diagnostic, visible};
use policyc_core::disk::{self, is_taken};
use policyc_core::image;
use policyc_core::ir::Policy;
use policyc_core::sema::MAX_POLICY;
use policyc_core::source::{FileId, SourceMap};
use policyc_enforce::counters::{Id, digest, id};

use crate::args::PolicyArgs;
use crate::policy::{self, Loaded};
use crate::{config, files, keep, live};

/// A policy that decides.
pub(crate) struct Compiled {
    pub(crate) policy: Policy,
    /// The SHA-256 of the policy, what it imports and its catalogues.
    pub(crate) digest: String,
    /// Whether the policy has no schemas, because it was not read from its sources.
    pub(crate) is_image: bool,
}

/// A file that the policy was made from; without a digest, one that was not there.
type Input = (PathBuf, Option<Id>);

const MAGIC: &[u8] = b"policyc compiled policy\n";

/// The largest compiled policy that is read: 64 MiB.
const MAX_COMPILED: usize = 64 << 20;

/// The policy of a file, compiled or read. The compiled form is in the folder `cache`, if there is one.
///
/// # Errors
/// A clause for people.
pub(crate) fn load(file: &Path, arguments: &PolicyArgs, cache: Option<&Path>) -> Result<Compiled, String> {
    if files::is_stdin(file) {
        return Err("the policy cannot come from standard input, where calls come from".to_owned());
    }
    let key = key(file, arguments);
    let place = key.as_deref().zip(cache).map(|(key, cache)| cache.join(key));
    if let Some(kept) = place.as_deref().zip(key.as_deref()).and_then(|(place, key)| kept(place, key)) {
        return Ok(kept);
    }
    let bytes = files::read(file, MAX_POLICY)?;
    let mut inputs = settings(file);
    inputs.push((file.to_path_buf(), Some(digest(&bytes))));
    let (loaded, reads) = policy::load_recorded(file, bytes, arguments)?;
    let compiled = compiled(file, &loaded, arguments)?;
    inputs.extend(reads.into_iter().map(|(path, bytes)| (path, bytes.map(|bytes| digest(&bytes)))));
    if let Some((place, key)) = place.zip(key) {
        // Without a compiled form the next call is decided as well, only later.
        let _ = write(&place, &key, &inputs, &compiled);
    }
    keep(loaded);
    Ok(compiled)
}

/// The policy of a file, read with the texts that it was made from.
///
/// # Errors
/// A clause for people.
#[cfg(feature = "http")]
pub(crate) fn load_whole(file: &Path, arguments: &PolicyArgs) -> Result<(Compiled, SourceMap), String> {
    let loaded = policy::load_bytes(file, files::read(file, MAX_POLICY)?, None, arguments)?;
    let compiled = compiled(file, &loaded, arguments)?;
    Ok((compiled, loaded.analysis.sources))
}

/// The one policy of a file that decides.
fn compiled(file: &Path, loaded: &Loaded, arguments: &PolicyArgs) -> Result<Compiled, String> {
    let found = policy::without_errors(loaded, arguments.policy.as_deref());
    let policies = found.map_err(|found| broken(file, &found, &loaded.analysis.sources))?;
    let policy = policy::only(&policies).map_err(|message| format!("`{}`: {message}", files::shown(file)))?;
    Ok(Compiled { policy: policy.clone(), digest: of_sources(loaded), is_image: false })
}

fn broken(file: &Path, found: &[Diagnostic], sources: &SourceMap) -> String {
    let first = found.first().map_or(String::new(), |found| {
        let (line, name) = (sources.line(found.primary.span), visible(sources.name(found.primary.span.file)));
        format!(", on line {line} of `{name}`: {}", found.message)
    });
    format!("the policy `{0}` has errors{first}; `policyc check {0}` shows them", files::shown(file))
}

fn of_sources(loaded: &Loaded) -> String {
    let sources = &loaded.analysis.sources;
    let files = (0..).map(FileId).map_while(|file| sources.get(file));
    let texts: Vec<&str> = files.map(|file| file.text().as_str()).collect();
    id(&texts).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a compiled form is for: the program, the file and the command line. `None` for paths that are no text.
fn key(file: &Path, arguments: &PolicyArgs) -> Option<String> {
    let here = std::env::current_dir().ok()?;
    let format = image::FORMAT.to_string();
    let mut parts = vec![env!("POLICYC_VERSION"), format.as_str(), here.to_str()?, file.to_str()?];
    parts.push(if arguments.locked { "locked" } else { "" });
    parts.extend(["policy", arguments.policy.as_deref().unwrap_or_default(), "catalogues"]);
    parts.extend(arguments.catalogue.iter().map(String::as_str));
    Some(id(&parts).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The settings that hold for a file: those that are not there, and the first that is.
fn settings(file: &Path) -> Vec<Input> {
    let mut found = Vec::new();
    for path in config::candidates(file) {
        let taken = is_taken(&path);
        let bytes = disk::read(&path, disk::MAX_SETTINGS).ok();
        found.push((path, bytes.map(|bytes| digest(&bytes))));
        if taken {
            break;
        }
    }
    found
}

/// The compiled form at a place, if it is for this key and nothing has changed.
fn kept(place: &Path, key: &str) -> Option<Compiled> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let of = |path: &Path| std::fs::symlink_metadata(path).ok();
        let (file, folder) = (of(place)?, of(place.parent()?)?);
        let is_private = |mode: u32| mode & 0o022 == 0;
        if !file.is_file() || !is_private(file.mode()) || !is_private(folder.mode()) || file.uid() != folder.uid() {
            return None;
        }
    }
    let bytes = disk::read(place, MAX_COMPILED).ok()?;
    let (sum, body) = bytes.strip_prefix(MAGIC)?.split_at_checked(size_of::<Id>())?;
    if sum != digest(body) {
        return None;
    }
    let mut rest = body;
    if take(&mut rest)? != key.as_bytes() {
        return None;
    }
    let digest = std::str::from_utf8(take(&mut rest)?).ok()?.to_owned();
    let image = take(&mut rest)?;
    while !rest.is_empty() {
        let path = Path::new(std::str::from_utf8(take(&mut rest)?).ok()?);
        if now(path) != take(&mut rest)? {
            return None;
        }
    }
    Some(Compiled { policy: image::read(image)?, digest, is_image: true })
}

/// The digest of a file as it is now; nothing where there is no file.
fn now(path: &Path) -> Vec<u8> {
    match disk::read(path, MAX_COMPILED) {
        Ok(bytes) => digest(&bytes).to_vec(),
        // What is there and cannot be read is neither.
        Err(_) if is_taken(path) => b"unreadable".to_vec(),
        Err(_) => Vec::new(),
    }
}

fn write(place: &Path, key: &str, inputs: &[Input], compiled: &Compiled) -> std::io::Result<()> {
    let mut body = Vec::new();
    put(&mut body, key.as_bytes());
    put(&mut body, compiled.digest.as_bytes());
    put(&mut body, &image::write(&compiled.policy));
    for (path, digest) in inputs {
        let Some(text) = path.to_str() else { return Ok(()) };
        put(&mut body, text.as_bytes());
        put(&mut body, digest.as_ref().map_or(&[], Id::as_slice));
    }
    live::write_privately(place, &[MAGIC, &digest(&body), &body].concat())
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn take<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<8>()?;
    let (bytes, after) = after.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    *rest = after;
    Some(bytes)
}
