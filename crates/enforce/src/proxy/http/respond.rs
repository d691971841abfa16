//! What a client gets: a message, or a stream of events.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

use super::events::event;
use super::exchange::Piece;
use super::headers::SESSION;
use super::{Accepts, json};
use crate::listen::Body;

/// A task that ends with this value.
pub(super) struct Handle(pub(super) JoinHandle<()>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A stream of events as the body of an answer.
struct Streaming {
    first: Option<Bytes>,
    pieces: Receiver<Piece>,
    _handle: Handle,
}

impl hyper::body::Body for Streaming {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.pieces.poll_recv(context).map(|piece| {
            piece.map(|piece| {
                Ok(Frame::data(match piece {
                    Piece::Events(bytes) => bytes,
                    Piece::Message(text, _) | Piece::Refused(_, _, text) => event(&text),
                    Piece::Session(_) => Bytes::new(),
                }))
            })
        })
    }
}

/// The answer to a client: a message if there is only one, and a stream of events otherwise.
pub(super) async fn respond(mut pieces: Receiver<Piece>, handle: Handle, accepts: Accepts) -> Response<Body> {
    let mut session = None;
    let first = loop {
        match pieces.recv().await {
            Some(Piece::Session(name)) => session = Some(name),
            other => break other,
        }
    };
    let mut response = match first {
        Some(Piece::Message(text, true)) if accepts.json => json(StatusCode::OK, text),
        Some(Piece::Refused(status, headers, text)) => {
            let mut response = json(status, text);
            response.headers_mut().extend(headers);
            response
        }
        Some(Piece::Message(text, _)) => stream(Some(event(&text)), pieces, handle),
        Some(Piece::Events(bytes)) => stream(Some(bytes), pieces, handle),
        Some(Piece::Session(_)) | None => stream(None, pieces, handle),
    };
    if let Some(name) = session.and_then(|name| HeaderValue::from_str(&name).ok()) {
        response.headers_mut().insert(SESSION, name);
    }
    response
}

/// A stream of events.
pub(super) fn stream(first: Option<Bytes>, pieces: Receiver<Piece>, handle: Handle) -> Response<Body> {
    let body = Streaming { first, pieces, _handle: handle };
    let mut response = Response::new(body.boxed());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
