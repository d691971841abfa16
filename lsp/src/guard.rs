//! Turns a panic in a handler into an error of its request, so that it does not end the server.

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

/// Does something; a panic on the way becomes a text. The texts and findings of the server are
/// whole afterwards, because each is put in its place in one step.
///
/// # Errors
/// What the panic says.
pub(crate) fn caught<T>(act: impl FnOnce() -> T) -> std::result::Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use tower_lsp_server::jsonrpc::ErrorCode;

    use super::*;

    #[test]
    fn a_panic_is_an_error_of_one_request() {
        let refused =
            answer::<()>(|| panic!("no such {}", "thing")).map_err(|error| (error.code, error.message.into_owned()));
        let message = "a bug in policyc: no such thing; please report it".to_owned();
        assert_eq!(refused, Err((ErrorCode::InternalError, message)));
        assert_eq!(answer(|| Ok(5)), Ok(5));
        assert_eq!(caught(|| 5), Ok(5));
    }
}
