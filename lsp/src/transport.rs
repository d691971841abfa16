//! Messages over a pair of streams: framing, order, cancellation.
//!
//! The framing is that of the base protocol: headers, of which `Content-Length` counts, an empty
//! line, and so many bytes of JSON. What cannot be read is answered with an error and skipped.
//! Messages are handled one after the other, in the order in which they came, so that every answer
//! is about the text that the client had when it asked. A request that is cancelled before its turn
//! is answered as such.
//!
//! It ends when the client says `exit`, when the input ends, or when the process that the client
//! named as its own is gone.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::executor::block_on;
use futures::{SinkExt, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tower_lsp_server::jsonrpc::{Id, Request, Response};
use tower_lsp_server::{ClientSocket, ExitedError, LanguageServer, LspService};
use tower_service::Service;

use crate::parent;
use crate::turn::{CANCELLED, Turn};
use crate::uris::Spellings;

/// The longest message that is read: 256 MiB.
const MOST_BYTES: usize = 256 << 20;
/// The longest line of a header that is read.
const MOST_HEADER: u64 = 8 << 10;
/// How long what came before the end of the input may still take: who closes it and listens on gets
/// answers.
const GRACE: Duration = Duration::from_secs(2);

/// What came in.
enum Frame {
    /// The bytes of a message.
    Body(Vec<u8>),
    /// Something that is no message.
    Broken(&'static str),
    /// Nothing more.
    End,
}

/// Where messages go. Whoever has one writes it, so that no other thread has to wake up first.
#[derive(Clone)]
pub(crate) struct Output {
    stream: Arc<tokio::sync::Mutex<dyn AsyncWrite + Send + Unpin>>,
    spellings: Arc<Spellings>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Output")
    }
}

impl Output {
    /// Writes to a stream, on which it may block.
    #[must_use]
    pub(crate) fn new(stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self { stream: Arc::new(tokio::sync::Mutex::new(stream)), spellings: Arc::default() }
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
        let Ok(body) = serde_json::to_string(message) else { return };
        let body = self.spellings.outgoing(body);
        let mut whole = format!("Content-Length: {}\r\n\r\n", body.len());
        whole.push_str(&body);
        let mut stream = self.stream.lock().await;
        // Nobody hears what is said after the client has gone.
        if stream.write_all(whole.as_bytes()).await.is_ok() {
            let _ = stream.flush().await;
        }
    }

    async fn refuse(&self, id: &Value, code: i64, why: &str) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": why}})).await;
    }
}

/// Serves messages until `exit` comes, the input ends, or the client's process is gone. Reading,
/// handling and forwarding have a thread each, on which the streams may block.
pub(crate) async fn serve<S: LanguageServer>(
    input: impl AsyncRead + Unpin + Send + 'static,
    out: Output,
    service: LspService<S>,
    socket: ClientSocket,
    turn: &Arc<Turn>,
) {
    let (mut requests, mut responses) = socket.split();
    let (handle, to_handle) = mpsc::unbounded_channel::<(u64, Request)>();
    let end = Arc::new(Notify::new());

    let to_client = out.clone();
    thread(async move {
        while let Some(request) = requests.next().await {
            to_client.send(&request).await;
        }
    });
    let reader_out = out.clone();
    let (coming, ends) = (Arc::clone(turn), Arc::clone(&end));
    thread(async move {
        read(input, handle, &mut responses, &reader_out, &coming, &ends).await;
        // What is being done may take long, and nobody waits for it any more.
        std::thread::sleep(GRACE);
        ends.notify_one();
    });
    let (turn, done) = (Arc::clone(turn), Arc::clone(&end));
    thread(async move {
        work(service, to_handle, &out, &turn).await;
        done.notify_one();
    });
    // The threads end with the streams, which nobody waits for.
    end.notified().await;
}

/// Reads messages and hands them on, until `exit` or the end.
async fn read(
    input: impl AsyncRead + Unpin,
    handle: UnboundedSender<(u64, Request)>,
    responses: &mut (impl futures::Sink<Response> + Unpin),
    out: &Output,
    turn: &Turn,
    end: &Arc<Notify>,
) {
    let mut input = BufReader::new(input);
    loop {
        let body = match frame(&mut input).await {
            Frame::Body(body) => body,
            Frame::Broken(why) => {
                out.refuse(&Value::Null, -32_700, why).await;
                continue;
            }
            Frame::End => return,
        };
        match sort(&body, &out.spellings) {
            Message::Cancel(id) => turn.cancel(id),
            Message::Request(request) => {
                let last = request.method() == "exit";
                if last {
                    turn.leaves();
                } else if request.method() == "initialize" {
                    watch(&request, end);
                }
                if handle.send((turn.arrives(&request), request)).is_err() || last {
                    return;
                }
            }
            // A client that answers what nobody asked is no concern of ours.
            Message::Response(response) => {
                let _ = responses.send(response).await;
            }
            Message::Wrong { id, code, why } => out.refuse(&id, code, &why).await,
        }
    }
}

/// Ends the server when the process that the client named as its own is gone.
fn watch(initialize: &Request, end: &Arc<Notify>) {
    let process = initialize.params().and_then(|parameters| parameters.get("processId")).and_then(Value::as_i64);
    if let Some(process) = process {
        let end = Arc::clone(end);
        parent::watch(process, move || end.notify_one());
    }
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
    mut requests: UnboundedReceiver<(u64, Request)>,
    out: &Output,
    turn: &Turn,
) {
    while let Some((number, request)) = requests.recv().await {
        let id: Option<Id> = request.id().cloned();
        if !turn.begins(number, &request) {
            out.refuse(&json!(id), CANCELLED, "the request was cancelled").await;
            continue;
        }
        let last = request.method() == "exit";
        if let Ok(Some(response)) = call(&mut service, request).await {
            out.send(&response).await;
        }
        turn.ends(id.map(|id| id.to_string()).as_deref());
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
    let mut answer = service.call(request);
    std::future::poll_fn(|context| step(answer.as_mut(), context)).await
}

/// One step of handling a message. It is never made part of another function, so that `.ci/scaling`
/// finds by its name what a message costs.
#[inline(never)]
fn step(answer: Pin<&mut Answer>, context: &mut Context<'_>) -> Poll<Result<Option<Response>, ExitedError>> {
    answer.poll(context)
}

/// The answer to a message, some day.
type Answer = dyn Future<Output = Result<Option<Response>, ExitedError>> + Send;

/// A message by its kind.
enum Message {
    Request(Request),
    Response(Response),
    Cancel(String),
    Wrong { id: Value, code: i64, why: String },
}

fn sort(body: &[u8], spellings: &Spellings) -> Message {
    let mut value: Value = match serde_json::from_slice(body) {
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
    spellings.incoming(&mut value);
    match serde_json::from_value::<Request>(value) {
        Ok(request) => Message::Request(request),
        Err(error) => wrong(format!("the message is not a request: {error}")),
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
                _ => return Frame::Broken("the header `Content-Length` is not a length"),
            },
            // Other headers say nothing that matters here.
            Some((name, _)) if name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-') => {}
            _ => return Frame::Broken("a line is not a header"),
        }
    }
    let mut body = vec![0; length.unwrap_or_default()];
    match input.read_exact(&mut body).await {
        Ok(_) => Frame::Body(body),
        Err(_) => Frame::End,
    }
}
