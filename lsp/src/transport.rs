//! Messages over a pair of streams: framing, order, cancellation.
//!
//! The framing is that of the base protocol: headers, of which `Content-Length` counts, an empty line, and so many bytes of
//! JSON. What cannot be read is answered with an error and skipped. Messages are handled one after the other, in the order in which they came, so that
//! every answer is about the text that the client had when it asked. A request that is cancelled before its turn is answered as such.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures::executor::block_on;
use futures::{SinkExt, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::oneshot;
use tower_lsp_server::jsonrpc::{Id, Request, Response};
use tower_lsp_server::{ClientSocket, ExitedError, LanguageServer, LspService};
use tower_service::Service;

/// The longest message that is read: 256 MiB.
const MOST_BYTES: usize = 256 << 20;
/// The longest line of a header that is read.
const MOST_HEADER: u64 = 8 << 10;

/// The error code of the protocol for a request that was cancelled.
const CANCELLED: i64 = -32_800;

/// What came in.
enum Frame {
    /// The bytes of a message.
    Body(Vec<u8>),
    /// Something that is no message.
    Broken(&'static str),
    /// Nothing more.
    End,
}

/// Requests that were cancelled and have not had their turn.
type Cancelled = Arc<Mutex<BTreeSet<String>>>;

/// Where messages go. Whoever has one writes it, so that no other thread has to wake up first.
#[derive(Clone)]
pub(crate) struct Output(Arc<tokio::sync::Mutex<dyn AsyncWrite + Send + Unpin>>);

impl std::fmt::Debug for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Output")
    }
}

impl Output {
    /// Writes to a stream, on which it may block.
    #[must_use]
    pub(crate) fn new(stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(Arc::new(tokio::sync::Mutex::new(stream)))
    }

    /// Tells the client something that it does not answer.
    pub(crate) async fn notify(&self, method: &str, parameters: &impl Serialize) {
        #[derive(Serialize)]
        struct Notification<'a, T> {
            jsonrpc: &'static str,
            method: &'a str,
            params: &'a T,
        }
        self.send(&Notification { jsonrpc: "2.0", method, params: parameters }).await;
    }

    async fn send(&self, message: &impl Serialize) {
        let Ok(body) = serde_json::to_vec(message) else { return };
        let mut whole = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        whole.extend(body);
        let mut stream = self.0.lock().await;
        // Nobody hears what is said after the client has gone.
        if stream.write_all(&whole).await.is_ok() {
            let _ = stream.flush().await;
        }
    }

    async fn refuse(&self, id: &Value, code: i64, why: &str) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": why}})).await;
    }
}

/// Serves messages until `exit` comes or the input ends. Reading, handling and forwarding have a thread each, on which the streams
/// may block.
pub(crate) async fn serve<S: LanguageServer>(
    input: impl AsyncRead + Unpin + Send + 'static,
    out: Output,
    service: LspService<S>,
    socket: ClientSocket,
) {
    let (mut requests, mut responses) = socket.split();
    let (handle, to_handle) = mpsc::unbounded_channel::<Request>();
    let cancelled = Cancelled::default();

    let to_client = out.clone();
    thread(async move {
        while let Some(request) = requests.next().await {
            to_client.send(&request).await;
        }
    });
    let reader_out = out.clone();
    let waiting = Arc::clone(&cancelled);
    thread(async move {
        let mut input = BufReader::new(input);
        loop {
            let body = match frame(&mut input).await {
                Frame::Body(body) => body,
                Frame::Broken(why) => {
                    reader_out.refuse(&Value::Null, -32_700, why).await;
                    continue;
                }
                Frame::End => return,
            };
            match sort(&body) {
                Message::Cancel(id) => {
                    waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
                }
                Message::Request(request) => {
                    let last = request.method() == "exit";
                    if handle.send(request).is_err() || last {
                        return;
                    }
                }
                // A client that answers what nobody asked is no concern of ours.
                Message::Response(response) => {
                    let _ = responses.send(response).await;
                }
                Message::Wrong { id, code, why } => reader_out.refuse(&id, code, &why).await,
            }
        }
    });
    let (done, worked) = oneshot::channel::<()>();
    thread(async move {
        work(service, to_handle, &out, &cancelled).await;
        drop(done);
    });
    // It ends with an error when the thread is done. The others end with the streams, which nobody waits for.
    let _ = worked.await;
}

/// Does work on a thread of its own, from where it can start tasks of the runtime.
fn thread(work: impl Future<Output = ()> + Send + 'static) {
    let runtime = Handle::current();
    std::thread::spawn(move || {
        let _inside = runtime.enter();
        block_on(work);
    });
}

/// Handles requests and notifications in their order.
async fn work<S: LanguageServer>(
    mut service: LspService<S>,
    mut requests: UnboundedReceiver<Request>,
    out: &Output,
    cancelled: &Cancelled,
) {
    while let Some(request) = requests.recv().await {
        let id: Option<Id> = request.id().cloned();
        if let Some(id) = &id
            && cancelled.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.to_string())
        {
            out.refuse(&json!(id), CANCELLED, "the request was cancelled").await;
            continue;
        }
        let last = request.method() == "exit";
        if let Ok(Some(response)) = call(&mut service, request).await {
            out.send(&response).await;
        }
        if let Some(id) = id {
            // Cancelled too late.
            cancelled.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.to_string());
        }
        if last {
            return;
        }
    }
}

async fn call<S: LanguageServer>(
    service: &mut LspService<S>,
    request: Request,
) -> Result<Option<Response>, ExitedError> {
    std::future::poll_fn(|context| service.poll_ready(context)).await?;
    service.call(request).await
}

/// A message by its kind.
enum Message {
    Request(Request),
    Response(Response),
    Cancel(String),
    Wrong { id: Value, code: i64, why: String },
}

fn sort(body: &[u8]) -> Message {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => {
            return Message::Wrong { id: Value::Null, code: -32_700, why: format!("the message is not JSON: {error}") };
        }
    };
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let wrong = |why: String| Message::Wrong { id: id.clone(), code: -32_600, why };
    if value.get("method").is_none() {
        return match serde_json::from_value::<Response>(value) {
            Ok(response) => Message::Response(response),
            Err(_) => wrong("the message is neither a request nor an answer".to_owned()),
        };
    }
    if value.get("method").and_then(Value::as_str) == Some("$/cancelRequest") {
        let of = value.get("params").and_then(|params| params.get("id")).cloned().unwrap_or(Value::Null);
        return match serde_json::from_value::<Id>(of) {
            Ok(id) => Message::Cancel(id.to_string()),
            Err(_) => wrong("a cancellation without an id".to_owned()),
        };
    }
    match serde_json::from_value::<Request>(value) {
        Ok(request) => Message::Request(request),
        Err(error) => wrong(format!("the message is no request: {error}")),
    }
}

/// Reads a message: header lines up to an empty one, then the body.
async fn frame(input: &mut BufReader<impl AsyncRead + Unpin>) -> Frame {
    let mut length: Option<usize> = None;
    loop {
        let mut line = Vec::new();
        match (&mut *input).take(MOST_HEADER).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return Frame::End,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            match length {
                Some(_) => break,
                // Empty lines between messages do no harm.
                None => continue,
            }
        }
        match text.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => match value.trim().parse() {
                Ok(found) if found <= MOST_BYTES => length = Some(found),
                _ => return Frame::Broken("the header `Content-Length` is no length"),
            },
            // Other headers say nothing that matters here.
            Some((name, _)) if name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-') => {}
            _ => return Frame::Broken("a line that is no header"),
        }
    }
    let mut body = vec![0; length.unwrap_or_default()];
    match input.read_exact(&mut body).await {
        Ok(_) => Frame::Body(body),
        Err(_) => Frame::End,
    }
}
