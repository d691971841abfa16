//! Listens for HTTP/1.1 at an address of TCP or a socket of the file system, and lets nobody hold it up.
//!
//! The number of connections is bounded, and so is the time that a connection takes to send the head of a request, its body, and to
//! take an answer. [`Access`] says who may ask: it is checked by whoever handles a request, because some paths are for everybody.
//! [`Stop`] ends a listener: requests that have come are answered, for as long as [`Limits::drain`].
//!
//! This is the only part of the crate that has sockets. It knows no policies.

mod access;
mod address;
mod body;
mod patient;
mod serve;
mod socket;

pub use policyc_process::{Request as Signal, when_asked};

pub use access::{Access, Caller, Denied, Tokens};
pub use address::Address;
pub use body::{Body, Unread, empty, read, text, whole};
pub use serve::{Handler, serve};
pub use socket::Listener;

use std::time::Duration;

/// What a listener bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many connections there may be at the same time; others wait until one ends.
    pub connections: usize,
    /// How long a connection may take to send the head of its next request. One that is not used is closed after this time.
    pub head: Duration,
    /// How long a request may take to send its body.
    pub body: Duration,
    /// How long a connection may not take anything of an answer.
    pub answer: Duration,
    /// How long requests may still take after the listener was stopped.
    pub drain: Duration,
    /// The largest body, in bytes.
    pub largest_body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            head: Duration::from_secs(30),
            body: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            largest_body: 4 << 20,
        }
    }
}

/// Says to listeners that they end. Clones belong together.
#[derive(Debug, Clone)]
pub struct Stop(std::sync::Arc<tokio::sync::watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(std::sync::Arc::new(tokio::sync::watch::Sender::new(false)))
    }
}

impl Stop {
    /// Ends the listeners. May be called from any thread, and more than once.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has been said.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is said.
    pub async fn stopped(&self) {
        // There is a sender as long as there is this one.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}

/// A runtime for listeners.
///
/// # Errors
/// The system gives no threads; a clause for people.
pub fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the system gives no threads: {error}"))
}

#[cfg(test)]
mod tests;
