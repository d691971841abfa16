//! Asks the operator about a call: a program, or a service over HTTP.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use policyc_core::json::{Json, Value};

use super::super::program::Asked;
use super::upstream::{Answer, Upstream};
use crate::listen::runtime;

/// Who approves calls for clients that cannot ask a person.
#[derive(Debug, Clone)]
pub enum Approver {
    /// A program: the call is its standard input, and the exit status 0 is a yes.
    Command(PathBuf),
    /// A service: the call is posted to it, and `{"approve": true}` with the status 200 is a yes.
    Service(Box<Upstream>),
}

impl Approver {
    /// Asks about a call.
    pub(super) async fn ask(&self, call: &str, patience: Duration) -> Result<bool, String> {
        match self {
            Self::Command(command) => {
                let (command, call) = (command.clone(), call.to_owned());
                let asked = tokio::task::spawn_blocking(move || Asked::start(&command, &call)?.answer(patience));
                asked.await.map_err(|_| "nobody waited for the answer".to_owned())?
            }
            Self::Service(service) => {
                let call = Bytes::from(call.to_owned());
                let sent = service.send(Method::POST, call, HeaderMap::new(), None);
                let answered =
                    tokio::time::timeout(patience, sent).await.map_err(|_| "it took too long".to_owned())??;
                match answered.answer {
                    Answer::Json(bytes) if answered.status == StatusCode::OK => yes(bytes),
                    Answer::Json(_) | Answer::Accepted | Answer::Refused(..) => {
                        Err(format!("it answers with HTTP {}, not with 200 and JSON", answered.status.as_u16()))
                    }
                    Answer::Events(_) => Err("it answers with a stream, not with JSON".to_owned()),
                }
            }
        }
    }

    /// The same, on a thread of its own.
    ///
    /// # Errors
    /// A clause for people. It is no approval.
    pub fn ask_and_wait(&self, call: &str, patience: Duration) -> Result<bool, String> {
        runtime()?.block_on(self.ask(call, patience))
    }
}

/// Whether an answer approves. One that may be read in two ways does not.
fn yes(bytes: Vec<u8>) -> Result<bool, String> {
    let json = String::from_utf8(bytes).ok().and_then(|text| Json::parse(&text).ok());
    match json.filter(|json| json.duplicate_key().is_none()) {
        Some(json) => Ok(json.root().get("approve").and_then(Value::as_bool) == Some(true)),
        None => Err("it answers without JSON".to_owned()),
    }
}
