//! Bodies of requests and answers.

use std::io;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::Limits;

/// The body of an answer: whole, or a stream.
pub type Body = BoxBody<Bytes, io::Error>;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It has too many bytes.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// The connection ended first, or the body was not as its head said.
    Broken,
}

impl Unread {
    /// The status for it.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }

    /// What is said of it, in a sentence.
    #[must_use]
    pub fn message(self, limits: &Limits) -> String {
        match self {
            Self::TooLarge => format!("The body is larger than {} bytes.", limits.largest_body),
            Self::TooSlow => format!("The body did not come within {} seconds.", limits.body.as_secs()),
            Self::Broken => "The body cannot be read.".to_owned(),
        }
    }
}

/// Reads a body. What is too large by its head is not read at all.
///
/// # Errors
/// It is too large, too slow, or broken.
pub async fn read(body: Incoming, limits: &Limits) -> Result<Bytes, Unread> {
    let collected = Limited::new(body, limits.largest_body).collect();
    match tokio::time::timeout(limits.body, collected).await {
        Err(_) => Err(Unread::TooSlow),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Ok(Err(_)) => Err(Unread::Broken),
    }
}

/// A body that is known as a whole.
#[must_use]
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// An answer without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(whole(Bytes::new()));
    *answer.status_mut() = status;
    answer
}

/// An answer with a sentence for people.
#[must_use]
pub fn text(status: StatusCode, sentence: &str) -> Response<Body> {
    let mut answer = Response::new(whole(format!("{sentence}\n")));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
