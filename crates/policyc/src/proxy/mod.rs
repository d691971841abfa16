//! `policyc proxy`
//!
//! Messages go through the streams of the process itself, or over HTTP.

#[cfg(feature = "http-proxy")]
mod http;

use std::io::Write as _;
use std::time::Duration;

use policyc_core::diagnostics::visible;
use policyc_core::ir::Policy;
use policyc_enforce::proxy::stdio::{self, Outside};
use policyc_enforce::proxy::{Options, Program, Proxy, Refusable};

use super::args::{ProxyArgs, Refuse};
use super::hook::compiled::{self, Compiled};
use super::{CommandResult, Exit, live};

pub(super) fn run(arguments: &ProxyArgs) -> CommandResult {
    let loaded: Vec<Compiled> = arguments
        .files
        .iter()
        .map(|file| compiled::load(file, &arguments.source, None))
        .collect::<Result<_, String>>()?;
    // They are needed until the process ends.
    let loaded: &'static [Compiled] = Vec::leak(loaded);
    let policies: Vec<&'static Policy> = loaded.iter().map(|loaded| &loaded.policy).collect();
    let files: &'static [_] = Vec::leak(arguments.files.clone());
    let gate = live::gate(&arguments.live, files.iter().zip(policies.iter().copied()))?;
    let log = live::log("proxy", &arguments.live, loaded)?;
    let options = Options {
        grant: arguments.live.grant.clone(),
        claims: arguments.live.caller.as_deref().map(live::claims).transpose()?,
        observe: arguments.live.observe,
        locked: arguments.source.locked,
        refused: arguments.refuse.iter().map(|refuse| refusable(*refuse)).collect(),
        has_command: arguments.approve_command.is_some() || has_service(arguments),
        patience: i64::from(arguments.approve_timeout),
        log: log.map(|log| -> policyc_enforce::proxy::Write { Box::new(move |decided| log.append(decided)) }),
    };
    let proxy = Proxy::new(gate, &policies, arguments.server.as_deref(), options)?;
    #[cfg(feature = "http-proxy")]
    if let Some(url) = &arguments.http.url {
        return http::run(url, arguments, proxy);
    }
    let (program, words) = arguments.command.split_first().ok_or("there is no command behind `--`")?;
    let outside = Outside {
        input: Box::new(std::io::stdin()),
        output: Box::new(std::io::stdout()),
        note: Box::new(note),
        clock: live::now,
        command: arguments.approve_command.clone(),
        #[cfg(feature = "http-proxy")]
        approver: http::ask(arguments)?,
        #[cfg(not(feature = "http-proxy"))]
        approver: None,
        patience: Duration::from_secs(u64::from(arguments.approve_timeout)),
    };
    let server = Program::start(program, words)?;
    stdio::run(proxy, server, outside).map(|()| Exit::Fine)
}

/// Whether a service approves calls.
#[cfg(feature = "http-proxy")]
const fn has_service(arguments: &ProxyArgs) -> bool {
    arguments.http.approve_url.is_some()
}

/// Whether a service approves calls: there is none without HTTP.
#[cfg(not(feature = "http-proxy"))]
const fn has_service(_: &ProxyArgs) -> bool {
    false
}

const fn refusable(refuse: Refuse) -> Refusable {
    match refuse {
        Refuse::Resources => Refusable::Resources,
        Refuse::Prompts => Refusable::Prompts,
        Refuse::Sampling => Refusable::Sampling,
    }
}

fn note(text: &str) {
    // Nobody reads it if this fails.
    let _ = writeln!(std::io::stderr(), "policyc: {}", visible(text));
}
