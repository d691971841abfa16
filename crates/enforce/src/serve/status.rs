//! Whether the service lives, what it decides by, and what it has counted.

use std::sync::{Arc, PoisonError};

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use policyc_core::diagnostics::visible;

use super::{Service, json, metrics};
use crate::listen::{Address, Body, Caller, Denied, Handler, text, whole};

/// What a listener answers that is only for those who look after the service.
pub struct Status(pub Arc<Service>);

impl Handler for Status {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, address: Arc<Address>) -> Response<Body> {
        let (parts, _) = request.into_parts();
        let checked = self.0.current().1.check(&parts.headers, &address);
        self.0.status(&parts, checked, false)
    }
}

impl Service {
    /// Answers whoever looks after the service. Without a token one learns that it lives and is ready, and no more.
    pub(super) fn status(&self, parts: &Parts, checked: Result<Caller, Denied>, is_elsewhere: bool) -> Response<Body> {
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "The state is asked for with GET.");
        }
        match (parts.uri.path(), checked) {
            // Pages of browsers learn nothing at all.
            (_, Err(denied @ (Denied::Host | Denied::Origin))) => denied.answer(),
            ("/health", _) => json(StatusCode::OK, "{}"),
            ("/healthz", _) => text(StatusCode::OK, "ok"),
            ("/readyz", Err(Denied::Token)) => text(StatusCode::OK, "ready"),
            ("/readyz", Ok(_)) => self.ready(),
            ("/metrics", _) if is_elsewhere => text(StatusCode::NOT_FOUND, "Metrics are at another address."),
            ("/metrics", Err(denied)) => denied.answer(),
            ("/metrics", Ok(_)) => {
                let mut answer = Response::new(whole(self.metrics.text()));
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(metrics::MEDIA_TYPE));
                answer
            }
            _ => text(StatusCode::NOT_FOUND, "There is nothing at this path."),
        }
    }

    fn ready(&self) -> Response<Body> {
        let (version, _) = self.current();
        let mut lines = vec!["ready".to_owned()];
        lines.extend(version.policies.iter().map(|(name, digest)| format!("policy {} {digest}", visible(name))));
        if let Some(why) = &*self.broken.lock().unwrap_or_else(PoisonError::into_inner) {
            lines.push(format!(
                "the files have changed and cannot be used, so what was read before decides: {}",
                visible(why)
            ));
        }
        text(StatusCode::OK, &lines.join("\n"))
    }
}
