//! A client that speaks raw JSON-RPC with the server, in one process.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::task::JoinHandle;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    input: Option<WriteHalf<DuplexStream>>,
    output: BufReader<ReadHalf<DuplexStream>>,
    server: JoinHandle<bool>,
    next: i64,
    /// Answers to `workspace/configuration`.
    pub(crate) settings: Value,
    /// Notifications that came and were not asked for yet, in order.
    pub(crate) notifications: Vec<(String, Value)>,
    /// Requests of the server, by method, with how often they came.
    pub(crate) requests: BTreeMap<String, Vec<Value>>,
    versions: BTreeMap<String, i64>,
}

impl Client {
    /// A server that was not initialized yet.
    pub(crate) fn raw() -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (input, output) = tokio::io::split(theirs);
        let server = tokio::spawn(policyc_lsp::serve(input, output));
        let (output, input) = tokio::io::split(ours);
        Self {
            input: Some(input),
            output: BufReader::new(output),
            server,
            next: 0,
            settings: Value::Null,
            notifications: Vec::new(),
            requests: BTreeMap::new(),
            versions: BTreeMap::new(),
        }
    }

    /// A server that works in a folder, for a client that can do little.
    pub(crate) async fn start(folder: &Path) -> Self {
        Self::start_with(folder, json!({})).await.0
    }

    /// A server that works in a folder, with what it answered to `initialize`.
    pub(crate) async fn start_with(folder: &Path, capabilities: Value) -> (Self, Value) {
        let mut client = Self::raw();
        let folder = uri(folder);
        let answer = client
            .request(
                "initialize",
                json!({
                    "processId": null, "rootUri": folder, "capabilities": capabilities,
                    "workspaceFolders": [{"uri": folder, "name": "test"}],
                }),
            )
            .await;
        client.notify("initialized", json!({})).await;
        (client, answer)
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.input.as_mut().unwrap().write_all(bytes).await.unwrap();
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await;
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params})).await;
    }

    /// Sends a request without waiting for its answer.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": self.next, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message).await;
        self.next
    }

    /// The result of a request.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer_to(method, params).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The whole answer to a request.
    pub(crate) async fn answer_to(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        self.wait_for(id).await
    }

    pub(crate) async fn wait_for(&mut self, id: i64) -> Value {
        loop {
            let message =
                self.receive().await.unwrap_or_else(|| panic!("the server has gone, and {id} is not answered"));
            if message.get("method").is_none() {
                if message["id"] == json!(id) {
                    return message;
                }
                panic!("an answer that nobody waits for: {message}");
            }
            self.take(message).await;
        }
    }

    /// Takes up a notification, answers a request.
    async fn take(&mut self, message: Value) {
        let method = message["method"].as_str().unwrap().to_owned();
        let params = message.get("params").cloned().unwrap_or(Value::Null);
        match message.get("id") {
            None => self.notifications.push((method, params)),
            Some(id) => {
                let result = if method == "workspace/configuration" { json!([self.settings]) } else { Value::Null };
                self.requests.entry(method).or_default().push(params);
                self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result})).await;
            }
        }
    }

    /// The next message, whatever it is; `None` when the server has gone.
    pub(crate) async fn receive(&mut self) -> Option<Value> {
        tokio::time::timeout(PATIENCE, read(&mut self.output)).await.expect("the server says nothing")
    }

    /// Waits for a notification for which something holds; those before it are kept.
    pub(crate) async fn wait_until(&mut self, method: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut looked = 0;
        loop {
            while let Some((name, params)) = self.notifications.get(looked) {
                if name == method && holds(params) {
                    return self.notifications.remove(looked).1;
                }
                looked += 1;
            }
            let message = self.receive().await.expect("the server has gone");
            assert!(message.get("method").is_some(), "an answer that nobody waits for: {message}");
            self.take(message).await;
        }
    }

    /// Waits for a request of the server.
    pub(crate) async fn wait_for_request(&mut self, method: &str) -> Value {
        loop {
            if let Some(found) = self.requests.get_mut(method).and_then(Vec::pop) {
                return found;
            }
            let message = self.receive().await.expect("the server has gone");
            self.take(message).await;
        }
    }

    /// Waits for the findings that are sent of a document until something holds for them.
    pub(crate) async fn diagnostics_until(&mut self, uri: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let of_it = |params: &Value| params["uri"] == json!(uri) && holds(params["diagnostics"].as_array().unwrap());
        let params = self.wait_until("textDocument/publishDiagnostics", of_it).await;
        params["diagnostics"].as_array().unwrap().clone()
    }

    pub(crate) async fn open(&mut self, path: &Path, text: &str) -> String {
        let uri = uri(path);
        self.open_uri(&uri, text).await;
        uri
    }

    pub(crate) async fn open_uri(&mut self, uri: &str, text: &str) {
        self.versions.insert(uri.to_owned(), 1);
        let of_others = ["json", "toml"].into_iter().find(|kind| uri.ends_with(&format!(".{kind}")));
        let language = of_others.unwrap_or("policyc");
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document})).await;
    }

    /// Replaces the whole text.
    pub(crate) async fn change(&mut self, uri: &str, text: &str) {
        self.edit(uri, json!([{"text": text}])).await;
    }

    /// Sends edits as they are given.
    pub(crate) async fn edit(&mut self, uri: &str, changes: Value) -> i64 {
        let version = self.versions.get_mut(uri).unwrap();
        *version += 1;
        let version = *version;
        let document = json!({"uri": uri, "version": version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes})).await;
        version
    }

    pub(crate) async fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}})).await;
    }

    /// Asks about a place: `{"textDocument", "position"}` and more.
    pub(crate) async fn at(&mut self, method: &str, uri: &str, line: u32, character: u32, more: Value) -> Value {
        let mut params = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
        for (key, value) in more.as_object().into_iter().flatten() {
            params[key] = value.clone();
        }
        self.request(method, params).await
    }

    /// Says goodbye; whether the server ended as it should.
    pub(crate) async fn stop(mut self) -> bool {
        self.request("shutdown", Value::Null).await;
        self.notify("exit", Value::Null).await;
        // The input stays open.
        self.ended().await
    }

    /// Closes the input without a word; whether the server thinks that it ended as it should.
    pub(crate) async fn hang_up(mut self) -> bool {
        self.close_input().await;
        self.ended().await
    }

    /// Closes the input, and listens on.
    pub(crate) async fn close_input(&mut self) {
        self.input.as_mut().unwrap().shutdown().await.unwrap();
        self.input = None;
    }

    /// Waits for the end of the server; whether it thinks that it ended as it should.
    pub(crate) async fn ended(mut self) -> bool {
        tokio::time::timeout(PATIENCE, &mut self.server).await.expect("the server does not end").unwrap()
    }
}

async fn read(output: &mut BufReader<ReadHalf<DuplexStream>>) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            line => length = line.strip_prefix("Content-Length: ").map(|length| length.parse::<usize>().unwrap()),
        }
    }
    let mut body = vec![0; length.unwrap()];
    output.read_exact(&mut body).await.ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// The address of a file.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A folder with a catalogue `shop.json`.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.json"), include_str!("../../../docs/catalogues/shop.json")).unwrap();
    folder
}

/// The codes of findings.
pub(crate) fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}
