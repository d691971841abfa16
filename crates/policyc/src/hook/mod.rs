//! `policyc hook`
//!
//! A client takes most ends of a hook for a yes. So every way out of here is an answer: also a command line that cannot be read, a panic, and
//! a wait that takes too long.

pub(super) mod compiled;
mod manage;

use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use policyc_core::diagnostics::{quote, visible};
use policyc_core::disk::read_all;
use policyc_core::ir::Policy;
use policyc_core::json::Json;
use policyc_enforce::hook::{Answer, Caller, Client, Hook, MAX_EVENT, Servers, refusal, refusal_for_any};

use super::args::HookArgs;
use super::{CommandResult, Exit, Streams, keep, live};
use compiled::Compiled;

/// How long an answer may take. Clients are told to wait ten seconds, and let the call pass after that.
const LONGEST: Duration = Duration::from_secs(8);

/// Whether a command line is that of a hook that a client runs.
pub(super) fn is_hook(line: &[OsString]) -> bool {
    let has = |option: &str| {
        let rests = line.iter().filter_map(|word| word.to_str()?.strip_prefix(option));
        rests.into_iter().any(|rest| rest.is_empty() || rest.starts_with('='))
    };
    let is_for_people = ["--install", "--uninstall", "--check"].into_iter().any(has) && !has("--client");
    line.get(1).is_some_and(|command| command == "hook") && !is_for_people
}

/// Keeps what a panic would print away from the answer, which says it.
pub(super) fn quiet_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Answers for a command line that cannot be read.
pub(super) fn refuse(line: &[OsString], message: &str, streams: &mut Streams<'_>) -> Exit {
    let mut words = line.iter().map(|word| word.to_string_lossy());
    let named = words.by_ref().find_map(|word| match word.strip_prefix("--client") {
        Some("") => Some(None),
        Some(rest) => rest.strip_prefix('=').map(|name| Some(name.to_owned())),
        None => None,
    });
    let name = named.and_then(|name| name.or_else(|| words.next().map(std::borrow::Cow::into_owned)));
    let first = message.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first).trim_end_matches(':');
    let reason = format!("The command line of the hook is wrong: {first}. See `policyc hook --help`.");
    let answer = match name.and_then(|name| Client::named(&name)) {
        Some(client) => refusal(client, &[], &reason),
        None => refusal_for_any(&reason),
    };
    give(&answer, streams).unwrap_or(Exit::Failure)
}

pub(super) fn run(arguments: &HookArgs, streams: &mut Streams<'_>) -> CommandResult {
    let Some(name) = &arguments.client else { return manage::run(arguments, streams) };
    let client = Client::named(name).ok_or("there is no such client")?;
    let deadline = Deadline::start(client);
    let answer = guarded(client, || answer(client, arguments, streams));
    deadline.met();
    give(&answer, streams)
}

/// Answers with a denial where the work panics.
fn guarded(client: Client, work: impl FnOnce() -> Answer) -> Answer {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        let reason = format!("policyc has failed, please report it: {}", visible(&what));
        refusal(client, &[], &reason)
    })
}

fn give(answer: &Answer, streams: &mut Streams<'_>) -> CommandResult {
    // Who cannot be written to is answered by the exit status alone.
    let _ = streams.error.write_all(answer.error.as_bytes());
    let written = streams.output.write_all(answer.output.as_bytes()).and_then(|()| streams.output.flush());
    Ok(if answer.status == 0 && written.is_ok() { Exit::Fine } else { Exit::Failure })
}

fn answer(client: Client, arguments: &HookArgs, streams: &mut Streams<'_>) -> Answer {
    let input = match read_all(&mut *streams.input, MAX_EVENT) {
        Ok(input) => input,
        Err(error) => return refusal(client, &[], &format!("The event on standard input cannot be read: {error}.")),
    };
    let cache = || live::folder(live::Purpose::Cache).map(|cache| cache.join("policyc").join("compiled"));
    let cache = arguments.cache.clone().or_else(cache);
    let loaded: Result<Vec<Compiled>, String> =
        arguments.files.iter().map(|file| compiled::load(file, &arguments.source, cache.as_deref())).collect();
    let answer = loaded.as_ref().map_err(Clone::clone).and_then(|loaded| decide(client, arguments, loaded, &input));
    let answer = answer.unwrap_or_else(|reason| {
        // Mistakes in settings are drawn below the first line.
        let first = reason.lines().next().unwrap_or_default();
        let reason = format!("The hook cannot decide: {first}.");
        if arguments.live.observe {
            let error = format!("policyc: {}\n", visible(&reason));
            return Answer { output: String::new(), error, status: 0 };
        }
        refusal(client, &input, &reason)
    });
    keep(loaded);
    answer
}

/// Decides the event. An error is a clause for people, and nothing was decided.
fn decide(client: Client, arguments: &HookArgs, loaded: &[Compiled], input: &[u8]) -> Result<Answer, String> {
    let policies: Vec<&Policy> = loaded.iter().map(|loaded| &loaded.policy).collect();
    let gate = live::gate(&arguments.live, arguments.files.iter().zip(policies.iter().copied()))?;
    // A denial may take the time to read catalogues.
    let mut gate = gate.whole(|index| {
        let (file, loaded) = (arguments.files.get(index)?, loaded.get(index)?);
        if !loaded.is_image {
            return Some(loaded.policy.clone());
        }
        compiled::load(file, &arguments.source, None).ok().map(|read| read.policy)
    });
    let servers = servers(&arguments.server, &policies)?;
    let claims = arguments.live.caller.as_deref().map(live::claims).transpose()?;
    let log = live::log(client.name, &arguments.live, loaded)?;
    let caller = Caller { grant: arguments.live.grant.as_deref(), claims: claims.as_ref().map(Json::root) };
    let mut hook =
        Hook { client, servers: &servers, gate: &mut gate, caller, now: live::now(), observe: arguments.live.observe };
    Ok(hook.answer(input, &mut |decided| log.as_ref().map_or(Ok(()), |log| log.append(decided))))
}

/// The servers of policies, as the client calls them.
fn servers<'p>(written: &[String], policies: &[&'p Policy]) -> Result<Servers<'p>, String> {
    let renamed = renamed(written, policies)?;
    let mut servers = Servers::default();
    for policy in policies {
        servers.add(policy, |server| {
            let is = |(name, _): &&(Option<&str>, &str)| match name {
                Some(name) => *name == server,
                None => policy.servers.len() == 1,
            };
            renamed.iter().find(is).map(|(_, called)| (*called).to_owned())
        })?;
    }
    Ok(servers)
}

/// The pairs of `--server`: the server in the policy, if it is named, and its name at the client.
fn renamed<'a>(written: &'a [String], policies: &[&Policy]) -> Result<Vec<(Option<&'a str>, &'a str)>, String> {
    let pairs = written.iter().map(|written| match written.split_once('=') {
        Some((name, called)) => (Some(name), called),
        None => (None, written.as_str()),
    });
    let pairs: Vec<_> = pairs.collect();
    for (name, called) in &pairs {
        let fits = |policy: &&Policy| match name {
            Some(name) => policy.servers.iter().any(|server| server.name == *name),
            None => policy.servers.len() == 1,
        };
        if called.is_empty() || !policies.iter().any(fits) {
            let wanted = name.map_or("one server only".to_owned(), |name| format!("a server {}", quote(name)));
            return Err(format!(
                "`--server` does not fit: no policy has {wanted}, or the client's name for it is empty"
            ));
        }
    }
    Ok(pairs)
}

/// Answers with a denial if there is no answer in time, and ends the process.
struct Deadline(Arc<AtomicBool>);

impl Deadline {
    fn start(client: Client) -> Self {
        let answered = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&answered);
        // Without a thread there is only the client's own time-out.
        let _ = std::thread::Builder::new().spawn(move || {
            std::thread::sleep(LONGEST);
            if !shared.swap(true, Ordering::SeqCst) {
                let reason = format!("policyc had no answer after {} seconds.", LONGEST.as_secs());
                end(&refusal(client, &[], &reason));
            }
        });
        Self(answered)
    }

    /// An answer will now be given. If time has just run out, the other one is.
    fn met(&self) {
        while self.0.swap(true, Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

#[expect(clippy::exit, reason = "the thread that should answer waits for something")]
fn end(answer: &Answer) -> ! {
    let _ = std::io::stderr().write_all(answer.error.as_bytes());
    let mut output = std::io::stdout();
    let _ = output.write_all(answer.output.as_bytes()).and_then(|()| output.flush());
    std::process::exit(i32::from(answer.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_denies_in_the_form_of_each_client() {
        for client in Client::ALL {
            let answer = guarded(client, || panic!("a \u{1b}[31mmistake"));
            assert_eq!(answer.status, 2);
            assert_eq!(answer.error, "policyc has failed, please report it: a \\u{1b}[31mmistake\n");
            assert_eq!(answer, refusal(client, &[], answer.error.trim_end()));
        }
    }
}
