//! Fetches the tools that MCP servers offer, over standard input and output or streamable HTTP.
//!
//! [`fetch_all`] starts or calls the servers, all at the same time, and gives what each of them said: raw JSON, for the typed
//! messages of an SDK lose members and digits. [`Fetched::catalogue`] writes it as a canonical catalogue
//! ([`policyc_core::catalogue::canonical`]). [`config`] reads which servers the settings of agent programs name.
//!
//! A server is not trusted: everything that it sends is bounded in time, bytes and pages, and nothing of it reaches a message
//! without being made visible. Values of headers, of the environment that settings give, and what else may be a credential
//! ([`Secrets`]) reach neither a message nor a catalogue.
//!
//! The protocol is that of the SDK `rmcp`: `server/discover` of revision 2026-07-28, and `initialize` for servers that do not know
//! it. The streams are ours; the module `wire` says why.

pub mod config;
mod failure;
mod http;
mod listing;
mod secrets;
mod server;
mod session;
mod sse;
mod stdio;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use failure::Failure;
pub use listing::{Catalogue, Fetched};
pub use secrets::Secrets;
pub use server::{Command, Connection, Server, Url};

/// Servers that are fetched at the same time, at most.
const AT_ONCE: usize = 16;

/// What happens while servers are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A page of its list arrived: pages and tools so far.
    Page {
        /// Pages so far.
        pages: usize,
        /// Tools so far.
        tools: usize,
    },
    /// The server was fetched, or could not be.
    Done,
}

/// Who hears of events: the index of the server, and what happened.
pub type Listener = Arc<dyn Fn(usize, Event) + Send + Sync>;

/// Fetches servers, all at the same time, each within `timeout`; the results have the order of the servers.
///
/// Started programs have ended when this returns, at most five seconds after the time is up. SIGINT and SIGTERM end the fetch in the
/// same way, with [`Failure`]s.
///
/// # Errors
/// Each result is an error if its server could not be started or reached, did not follow the protocol or its bounds, or offers no tools.
#[must_use]
pub fn fetch_all(servers: Vec<Server>, timeout: Duration, listener: &Listener) -> Vec<Result<Fetched, Failure>> {
    let count = servers.len();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return vec![Err(Failure::new(format!("cannot start: {error}"))); count],
    };
    let results = runtime.block_on(all(servers, timeout, listener));
    // A thread that still waits for a host ends with its own time-out, and nobody waits for it.
    runtime.shutdown_background();
    results
}

async fn all(servers: Vec<Server>, timeout: Duration, listener: &Listener) -> Vec<Result<Fetched, Failure>> {
    let (stop, stopped) = watch::channel(false);
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut results: Vec<Result<Fetched, Failure>> =
        servers.iter().map(|_| Err(Failure::new("the fetch ended before it began"))).collect();
    let mut tasks = JoinSet::new();
    for (index, server) in servers.into_iter().enumerate() {
        let (places, stopped, listener) = (Arc::clone(&places), stopped.clone(), Arc::clone(listener));
        tasks.spawn(async move {
            let _place = places.acquire().await;
            let heard = Arc::clone(&listener);
            let page = move |pages, tools| heard(index, Event::Page { pages, tools });
            let result = one(&server, timeout, stopped, &page).await;
            listener(index, Event::Done);
            (index, result)
        });
    }
    let mut signal = std::pin::pin!(interrupted());
    let mut is_stopped = false;
    loop {
        tokio::select! {
            done = tasks.join_next() => match done {
                None => return results,
                Some(Ok((index, result))) => {
                    if let Some(place) = results.get_mut(index) {
                        *place = result;
                    }
                }
                // The result stays the failure that stands there.
                Some(Err(_)) => {}
            },
            () = &mut signal, if !is_stopped => {
                is_stopped = true;
                // Whoever does not listen any more has ended.
                let _ = stop.send(true);
            }
        }
    }
}

/// Waits until somebody wants the process to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let streams = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()));
        let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = streams else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

async fn one(
    server: &Server,
    timeout: Duration,
    mut stopped: watch::Receiver<bool>,
    page: &(dyn Fn(usize, usize) + Sync),
) -> Result<Fetched, Failure> {
    let deadline = Instant::now() + timeout;
    let secrets = server.secrets();
    match attempt(server, &secrets, session::Start::Probe, deadline, timeout, &mut stopped, page).await {
        // A program that does not survive a request which it does not know wants to be greeted in the old way.
        Err((_, true)) => {
            attempt(server, &secrets, session::Start::Initialize, deadline, timeout, &mut stopped, page).await
        }
        result => result,
    }
    .map_err(|(failure, _)| failure)
}

/// Starts or calls a server once. A failure says whether the program ended because of `server/discover`.
async fn attempt(
    server: &Server,
    secrets: &Secrets,
    start: session::Start,
    deadline: Instant,
    timeout: Duration,
    stopped: &mut watch::Receiver<bool>,
    page: &(dyn Fn(usize, usize) + Sync),
) -> Result<Fetched, (Failure, bool)> {
    let (wire, outgoing) = wire::Wire::new(secrets.clone());
    let failed = |failure| (failure, false);
    let mut link = match &server.connection {
        Connection::Command(command) => Link::Stdio(Box::new(stdio::Stdio::start(command, outgoing).map_err(failed)?)),
        Connection::Url(url) => Link::Http(http::Http::new(url, outgoing, deadline).map_err(failed)?),
    };
    // The link has the last word: it knows why the protocol got stuck.
    let result = tokio::select! {
        biased;
        failure = link.run(&wire) => Err((failure, link.is_program() && wire.has_only_probed())),
        result = session::list(&wire, start, timeout, page) => result.map_err(failed),
        () = tokio::time::sleep_until(deadline) => Err(failed(Failure::timed_out(timeout, wire.waits_for()))),
        _ = stopped.wait_for(|stop| *stop) => Err(failed(Failure::new("interrupted"))),
    };
    let log = link.close(result.is_ok(), secrets).await;
    match result {
        Ok(mut fetched) => {
            fetched.secrets = secrets.clone();
            Ok(fetched)
        }
        Err((failure, is_old)) => Err((failure.with_log(log), is_old)),
    }
}

/// How messages come and go.
enum Link {
    Stdio(Box<stdio::Stdio>),
    Http(http::Http),
}

impl Link {
    /// Carries messages until that is not possible any more.
    async fn run(&mut self, wire: &wire::Wire) -> Failure {
        match self {
            Self::Stdio(stdio) => stdio.run(wire).await,
            Self::Http(http) => http.run(wire).await,
        }
    }

    fn is_program(&self) -> bool {
        matches!(self, Self::Stdio(_))
    }

    /// Ends the program or the session. Gives what the server wrote to its log, and to standard output beside messages.
    async fn close(self, is_polite: bool, secrets: &Secrets) -> Vec<String> {
        match self {
            Self::Stdio(stdio) => stdio.close(is_polite, secrets).await,
            Self::Http(http) => {
                http.close().await;
                Vec::new()
            }
        }
    }
}
