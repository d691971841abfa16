//! What must not end the server: a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tower_lsp_server::jsonrpc::{Error, Result};

/// Answers a request; a panic on the way is an internal error of this one request.
///
/// # Errors
/// What `answer` says, or an internal error.
pub(crate) fn answer<T>(answer: impl FnOnce() -> Result<T>) -> Result<T> {
    caught(answer).unwrap_or_else(|why| {
        let mut error = Error::internal_error();
        error.message = format!("a bug in policyc: {why}; please report it").into();
        Err(error)
    })
}

/// Does something; a panic on the way is told as a text. The texts and findings of the server are whole afterwards, because each is
/// put in its place in one step.
///
/// # Errors
/// What the panic says.
pub(crate) fn caught<T>(act: impl FnOnce() -> T) -> std::result::Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
    })
}
