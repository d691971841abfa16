//! `policyc serve`
//!
//! The service itself is in `policyc_enforce::serve`; here are its policies, which are read again when files change, and its end.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use policyc_core::diagnostics::visible;
use policyc_enforce::listen::{Access, Address, Limits, Listener, Signal, Stop, Tokens, runtime, serve, when_asked};
use policyc_enforce::serve::{Governing, MakeGate, Options, Service, Setting, Status, Version};

use super::args::{ListenArgs, PolicyArgs, ServeArgs};
use super::hook::compiled::{self, Compiled};
use super::reads::Reads;
use super::watch::files::Watched;
use super::watch::wake::Waker;
use super::watch::{LOOK, QUIET, all_can_be_read_again};
use super::{CommandResult, Exit, live};

/// How often to look whether a signal has asked for something.
const SLICE: Duration = Duration::from_millis(200);

pub(super) fn run(arguments: ServeArgs) -> CommandResult {
    let arguments = Arc::new(arguments);
    let address = Address::parse(&arguments.listen.listen)?;
    let status_address = arguments.metrics_listen.as_deref().map(Address::parse).transpose()?;
    let public_url = arguments.public_url.as_deref().map(public_url).transpose()?;
    let limits = Limits::default();
    let options = Options {
        grant: arguments.live.grant.clone(),
        claims: arguments.live.caller.as_deref().map(live::claims).transpose()?,
        server: arguments.server.clone(),
        trust: arguments.trust_callers,
        public_url,
        separate_status: status_address.is_some(),
        limits,
        clock: live::now,
    };
    let tokens = arguments.listen.token_file.as_deref();
    all_can_be_read_again(arguments.files.iter().map(AsRef::as_ref).chain(tokens), &arguments.source)?;
    let mut watched = Watched::begin(&arguments.files, false);
    let reads = Reads::recording();
    let (version, access) = load(&arguments, &reads)?;
    watched.add(reads.stamps());
    let runtime = runtime()?;
    let inside = runtime.enter();
    let listener = Listener::bind(&address, &access)?;
    let status_listener = status_address.map(|address| Listener::bind(&address, &access)).transpose()?;
    let stop = Stop::default();
    let again = Arc::new(AtomicBool::new(false));
    let (asked_to_stop, asked_again) = (stop.clone(), Arc::clone(&again));
    let heard = when_asked(move |request| match request {
        Signal::End => asked_to_stop.stop(),
        Signal::Again => asked_again.store(true, Ordering::SeqCst),
    });
    heard.map_err(|error| format!("signals cannot be handled: {error}"))?;
    note(&format!("listening at {}", listener.address()));
    if let Some(listener) = &status_listener {
        note(&format!("metrics at {}", listener.address()));
    }
    let service = Arc::new(Service::new(options, version, access));
    let reloading = {
        let (service, stop, arguments) = (Arc::clone(&service), stop.clone(), Arc::clone(&arguments));
        std::thread::Builder::new().spawn(move || follow(&arguments, &service, &stop, &again, watched))
    };
    reloading.map_err(|error| format!("the system gives no threads: {error}"))?;
    let status = status_listener.map(|listener| {
        let handler = Arc::new(Status(Arc::clone(&service)));
        runtime.spawn(serve(listener, handler, limits, stop.clone()))
    });
    drop(inside);
    runtime.block_on(serve(listener, service, limits, stop));
    if let Some(status) = status {
        // It ends at the same time.
        let _ = runtime.block_on(status);
    }
    // Requests that have not been answered by now are given up.
    runtime.shutdown_background();
    Ok(Exit::Fine)
}

/// Reads everything that the command line names: all of it can be used, or none.
fn load(arguments: &Arc<ServeArgs>, reads: &Reads) -> Result<(Version, Access), String> {
    let source = PolicyArgs { reads: reads.clone(), ..arguments.source.clone() };
    let mut policies = Vec::new();
    for file in &arguments.files {
        let (Compiled { policy, digest, is_image: _ }, sources) = compiled::load_whole(file, &source)?;
        policies.push(Governing { policy, digest, sources, file: file.clone() });
    }
    let wanted = arguments.server.as_deref();
    let has = |one: &Governing| {
        one.policy.servers.iter().any(|server| server.name.is_empty() || Some(&*server.name) == wanted)
    };
    if let Some(wanted) = wanted.filter(|_| !policies.iter().any(has)) {
        return Err(format!("`--server` does not fit: no policy has a server `{}`", visible(wanted)));
    }
    let access = access(&arguments.listen, reads)?;
    let about = policies.iter().map(|one| (one.policy.name.clone(), one.digest.clone())).collect();
    let log = live::log_of("serve", &arguments.live, about)?.map(Arc::new);
    let of_gate = Arc::clone(arguments);
    let gate: MakeGate =
        Arc::new(move |policies| live::gate(&of_gate.live, policies.iter().map(|one| (&one.file, &one.policy))));
    let setting = Setting { gate, log, observe: arguments.live.observe, clock: live::now };
    Ok((Version::start(policies, &setting)?, access))
}

fn access(arguments: &ListenArgs, reads: &Reads) -> Result<Access, String> {
    let tokens = arguments.token_file.as_deref().map(|path| {
        reads.note(path);
        Tokens::from_file(path)
    });
    Ok(Access {
        hosts: arguments.allow_host.clone(),
        origins: arguments.allow_origin.clone(),
        tokens: tokens.transpose()?,
    })
}

/// Reads everything again when a file has changed or a signal asks for it, until the service ends.
fn follow(arguments: &Arc<ServeArgs>, service: &Service, stop: &Stop, again: &AtomicBool, mut watched: Watched) {
    let mut waker = match arguments.poll {
        Some(seconds) => Waker::looking(Duration::from_secs(seconds.into())),
        None => Waker::new(),
    };
    let has_changed = |watched: &Watched| !watched.changes(&arguments.files, false).is_empty();
    loop {
        if let Some(message) = waker.follow(&watched, LOOK) {
            note(&message);
        }
        // What has changed before the system was asked to watch it is seen by looking.
        while !again.swap(false, Ordering::SeqCst) && !has_changed(&watched) {
            while !waker.wait(SLICE) && !again.load(Ordering::SeqCst) {
                if stop.is_stopped() {
                    return;
                }
            }
            if let Some(message) = waker.follow(&watched, LOOK) {
                note(&message);
            }
        }
        waker.settle(QUIET);
        watched = Watched::begin(&arguments.files, false);
        let reads = Reads::recording();
        let failed = |_| Err("policyc has failed, please report it".to_owned());
        let loaded = catch_unwind(AssertUnwindSafe(|| load(arguments, &reads))).unwrap_or_else(failed);
        watched.add(reads.stamps());
        match &loaded {
            Ok(_) => note("the policies were read again"),
            Err(why) => note(&format!("the policies were not read again, so those of before decide: {why}")),
        }
        service.reload(loaded);
    }
}

/// Where others find the service. Clients of AuthZEN accept nothing but https.
fn public_url(url: &str) -> Result<String, String> {
    let host = url.strip_prefix("https://").unwrap_or_default();
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-._~:/[]".contains(char);
    if host.is_empty() || host.starts_with('/') || !host.chars().all(is_plain) {
        return Err(format!("`{}` is no address such as `https://pdp.example`", visible(url)));
    }
    Ok(url.to_owned())
}

fn note(text: &str) {
    // Nobody reads it if this fails.
    let _ = writeln!(std::io::stderr(), "policyc: {}", visible(text));
}
