//! The request that is being handled, and whether anybody still wants its answer.
//!
//! Requests are handled one after the other. Those that can take long ask from time to time whether
//! they should go on: not when the client has cancelled them, when it has sent a newer text of the
//! document they are about, or when it is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tower_lsp_server::jsonrpc::{Error, ErrorCode, Request};

/// The error code of the protocol for a request that the client has cancelled.
pub(crate) const CANCELLED: i64 = -32_800;
/// The error code of the protocol for a request about a text that is no more.
const MODIFIED: i64 = -32_801;

/// What came in, as far as it says whose answers are still wanted.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    state: Mutex<State>,
    /// Whether the request that has its turn should be given up.
    stopped: AtomicBool,
    gone: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the last message that came.
    last: u64,
    /// The message with the newest text of each document.
    texts: BTreeMap<String, u64>,
    /// Requests that were cancelled before their turn.
    cancelled: BTreeSet<String>,
    /// The request that has its turn: id, document.
    now: Option<(String, Option<String>)>,
    /// Whether it was cancelled.
    now_cancelled: bool,
}

impl Turn {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message has come that will have its turn later; its number.
    pub(crate) fn arrives(&self, request: &Request) -> u64 {
        let mut state = self.state();
        state.last += 1;
        let number = state.last;
        if ["textDocument/didChange", "textDocument/didClose"].contains(&request.method())
            && let Some(document) = document(request)
        {
            if state.now.as_ref().is_some_and(|(_, about)| about.as_deref() == Some(document.as_str())) {
                self.stopped.store(true, Ordering::Relaxed);
            }
            state.texts.insert(document, number);
        }
        // What is about the whole workspace can take very long. Whoever types should not wait for
        // it.
        if state.now.as_ref().is_some_and(|(_, about)| about.is_none()) {
            self.stopped.store(true, Ordering::Relaxed);
        }
        number
    }

    /// A request was cancelled.
    pub(crate) fn cancel(&self, id: String) {
        let mut state = self.state();
        if state.now.as_ref().is_some_and(|(now, _)| *now == id) {
            state.now_cancelled = true;
            self.stopped.store(true, Ordering::Relaxed);
        } else {
            state.cancelled.insert(id);
        }
    }

    /// The client is gone.
    pub(crate) fn leaves(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }

    /// A message has its turn. Whether it is still to be handled: not a request that was cancelled.
    #[must_use]
    pub(crate) fn begins(&self, number: u64, request: &Request) -> bool {
        let mut state = self.state();
        let Some(id) = request.id().map(ToString::to_string) else {
            state.now = None;
            self.stopped.store(false, Ordering::Relaxed);
            return true;
        };
        if state.cancelled.remove(&id) {
            return false;
        }
        let about = document(request);
        let overtaken = match &about {
            Some(document) => state.texts.get(document).is_some_and(|newest| *newest > number),
            None => state.last > number,
        };
        self.stopped.store(overtaken, Ordering::Relaxed);
        (state.now, state.now_cancelled) = (Some((id, about)), false);
        true
    }

    /// The message has had its turn.
    pub(crate) fn ends(&self, request: Option<&str>) {
        let mut state = self.state();
        state.now = None;
        self.stopped.store(false, Ordering::Relaxed);
        if let Some(id) = request {
            // Cancelled too late.
            state.cancelled.remove(id);
        }
    }

    /// Whether the request that has its turn should be given up.
    #[must_use]
    pub(crate) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || self.gone.load(Ordering::Relaxed)
    }

    /// Whether the client has cancelled the request that has its turn, or is gone.
    #[must_use]
    pub(crate) fn is_cancelled(&self) -> bool {
        self.gone.load(Ordering::Relaxed) || self.stopped() && self.state().now_cancelled
    }

    /// The answer to a request that was given up.
    #[must_use]
    pub(crate) fn given_up(&self) -> Error {
        match self.state().now_cancelled {
            true => Error { code: ErrorCode::from(CANCELLED), message: "the request was cancelled".into(), data: None },
            false => Error {
                code: ErrorCode::from(MODIFIED),
                message: "abandoned: something newer has arrived".into(),
                data: None,
            },
        }
    }
}

/// The document that a message is about.
fn document(request: &Request) -> Option<String> {
    let parameters = request.params()?;
    let named = parameters.pointer("/textDocument/uri").or_else(|| parameters.pointer("/arguments/0"))?;
    named.as_str().map(str::to_owned)
}
