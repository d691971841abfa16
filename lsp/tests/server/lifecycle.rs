//! Starting, ending, and what must not end the server.

use crate::session::{Client, codes, folder, uri};
use serde_json::{Value, json};

const POLICY: &str = "server shop from \"shop.json\";\ndeny *;\nallow get_order;\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_right_end() {
    let folder = folder();
    let client = Client::start(folder.path()).await;
    assert!(client.stop().await, "after `shutdown` and `exit`, the input still open");

    let mut client = Client::start(folder.path()).await;
    client.notify("exit", Value::Null).await;
    assert!(!client.hang_up().await, "`exit` without `shutdown`");

    let client = Client::start(folder.path()).await;
    assert!(!client.hang_up().await, "the client has gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_before_the_start_and_after_the_end() {
    let mut client = Client::raw();
    let answer = client
        .answer_to(
            "textDocument/hover",
            json!({"textDocument": {"uri": "file:///a.pol"}, "position": {"line": 0, "character": 0}}),
        )
        .await;
    assert_eq!(answer["error"]["code"], -32_002, "{answer}");
    client.request("initialize", json!({"capabilities": {}})).await;
    client.notify("initialized", json!({})).await;
    client.request("shutdown", Value::Null).await;
    let answer =
        client.answer_to("textDocument/documentSymbol", json!({"textDocument": {"uri": "file:///a.pol"}})).await;
    assert_eq!(answer["error"]["code"], -32_600, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_answered_and_skipped() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let broken = [
        (frame("{\"jsonrpc\": \"2.0\", \"method\""), -32_700),
        (frame("[]"), -32_600),
        (frame("{\"jsonrpc\": \"2.0\", \"id\": 7, \"what\": 1}"), -32_600),
        (frame("{\"jsonrpc\": \"2.0\", \"id\": {}, \"method\": \"x\"}"), -32_600),
        (frame("\u{feff}{}"), -32_700),
        ("Content-Length: many\r\n".to_owned(), -32_700),
        ("Content-Length: 99999999999999\r\n".to_owned(), -32_700),
        ("this is no header\r\n".to_owned(), -32_700),
    ];
    for (bytes, code) in broken {
        client.write(bytes.as_bytes()).await;
        let answer = client.receive().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{bytes}: {answer}");
    }
    // Bytes that are no UTF-8, headers in another order and case, and a type of content.
    client.write(b"Content-Length: 2\r\n\r\n\xff\xfe").await;
    assert_eq!(client.receive().await.unwrap()["error"]["code"], -32_700);
    let body = json!({"jsonrpc": "2.0", "id": "x", "method": "policyc/status"}).to_string();
    let headers = format!(
        "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nX-More: 1\r\ncontent-length:{}\r\n\r\n",
        body.len()
    );
    client.write(headers.as_bytes()).await;
    client.write(body.as_bytes()).await;
    let answer = client.receive().await.unwrap();
    assert_eq!(
        (answer["id"].as_str(), answer["result"]["documents"].as_array().map(Vec::len)),
        (Some("x"), Some(0)),
        "{answer}"
    );
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_may_come_in_pieces() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    let body = json!({"jsonrpc": "2.0", "id": 1000, "method": "policyc/status"}).to_string();
    for byte in format!("Content-Length: {}\r\n\r\n{body}", body.len()).bytes() {
        client.write(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert!(client.wait_for(1000).await["result"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_methods_and_wrong_parameters() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    assert_eq!(client.answer_to("textDocument/nothing", json!({})).await["error"]["code"], -32_601);
    assert_eq!(
        client.answer_to("textDocument/documentSymbol", json!({"textDocument": 5})).await["error"]["code"],
        -32_602
    );
    client.notify("textDocument/nothing", json!({})).await;
    client.notify("$/setTrace", json!({"value": "off"})).await;
    // A document that is not open has no symbols, and no findings.
    let params = json!({"textDocument": {"uri": "file:///nowhere/a.pol"}});
    assert_eq!(client.request("textDocument/documentSymbol", params).await, Value::Null);
    client.edit_unknown().await;
    assert!(client.stop().await);
}

impl Client {
    async fn edit_unknown(&mut self) {
        let document = json!({"uri": "file:///nowhere/a.pol", "version": 4});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{"text": "x"}]}))
            .await;
        self.close("file:///nowhere/a.pol").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_cancelled_before_its_turn() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    // Enough text that the server is at it when the next messages come.
    let long: String = (0..4_000).map(|number| format!("deny t{number} when args.a == {number};\n")).collect();
    let uri = client.open(&folder.path().join("long.pol"), &long).await;
    let params = json!({"textDocument": {"uri": uri}});
    let first = client.ask("textDocument/documentSymbol", params.clone()).await;
    let second = client.ask("textDocument/documentSymbol", params).await;
    client.notify("$/cancelRequest", json!({"id": second})).await;
    assert!(client.wait_for(first).await["result"].is_array());
    let answer = client.wait_for(second).await;
    assert_eq!(answer["error"]["code"], -32_800, "{answer}");
    // An id can be used again, and cancelling what was answered does nothing.
    client.notify("$/cancelRequest", json!({"id": first})).await;
    assert!(client.request("policyc/status", Value::Null).await.is_object());
}

/// A text with so many findings that to fix them takes a while.
fn long() -> String {
    let rules = (0..600).map(|number| format!("allow t{number} when args.n == {number} and args.n == {number};\n"));
    std::iter::once("deny *;\n".to_owned()).chain(rules).collect()
}

async fn ask_to_fix(client: &mut Client, uri: &str) -> i64 {
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 601, "character": 0}});
    let context = json!({"diagnostics": [], "only": ["source.fixAll"]});
    client
        .ask("textDocument/codeAction", json!({"textDocument": {"uri": uri}, "range": range, "context": context}))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_request_is_given_up() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    let uri = client.open(&folder.path().join("long.pol"), &long()).await;
    client.diagnostics_until(&uri, |found| found.len() > 500).await;
    // All is fixed at once, and what is fixed together was proved together.
    let whole = ask_to_fix(&mut client, &uri).await;
    let answer = client.wait_for(whole).await;
    assert_eq!(answer["result"][0]["edit"]["changes"][&uri].as_array().unwrap().len(), 600, "{answer}");
    // So it is from a finding whose own fix was not proved, because the text is too long to prove each.
    let (start, end) = (json!({"line": 600, "character": 0}), json!({"line": 601, "character": 0}));
    let at =
        json!({"textDocument": {"uri": uri}, "range": {"start": start, "end": end}, "context": {"diagnostics": []}});
    let offered = client.request("textDocument/codeAction", at).await;
    let all =
        offered.as_array().unwrap().iter().find(|one| one["title"] == "apply all safe fixes of this file").unwrap();
    assert_eq!(all["edit"]["changes"][&uri].as_array().unwrap().len(), 600, "{all}");
    // It is cancelled while it has its turn, or before.
    let id = ask_to_fix(&mut client, &uri).await;
    client.notify("$/cancelRequest", json!({"id": id})).await;
    assert_eq!(client.wait_for(id).await["error"]["code"], -32_800);
    // A newer text makes it pointless.
    let id = ask_to_fix(&mut client, &uri).await;
    client.edit(&uri, json!([{"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "\n"}])).await;
    assert_eq!(client.wait_for(id).await["error"]["code"], -32_801);
    let asked = client.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri}})).await;
    client
        .edit(
            &uri,
            json!([{"range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}, "text": ""}]),
        )
        .await;
    let answer = client.wait_for(asked).await;
    assert_eq!(
        (&answer["error"]["code"], &answer["error"]["data"]["retriggerRequest"]),
        (&json!(-32_802), &json!(true))
    );
    let findings = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}})).await;
    assert!(findings["items"].as_array().unwrap().len() > 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_to_answer() {
    let folder = folder();
    // What came before the end of the input is answered, but not for ever.
    let mut client = Client::start(folder.path()).await;
    let uri = client.open(&folder.path().join("p.pol"), POLICY).await;
    let asked = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}})).await;
    client.close_input().await;
    assert!(client.wait_for(asked).await["result"].is_array());
    assert!(!client.ended().await);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_process_of_the_client_is_gone() {
    let folder = folder();
    let mut process = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let mut client = Client::raw();
    let parameters = json!({"processId": process.id(), "capabilities": {}, "rootUri": uri(folder.path())});
    client.request("initialize", parameters).await;
    assert!(client.request("policyc/status", Value::Null).await.is_object());
    process.kill().unwrap();
    process.wait().unwrap();
    // The input stays open.
    assert!(!client.ended().await);
    // A number that nobody has here may be a process of another machine.
    let mut client = Client::raw();
    client.request("initialize", json!({"processId": 2_000_000_000, "capabilities": {}})).await;
    assert!(client.request("policyc/status", Value::Null).await.is_object());
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_negotiated() {
    let folder = folder();
    let text = "server shop from \"shop.json\";\ndeny *;\nallow get_order because \"é😀\"; allow no_such_tool;\n";
    // `no_such_tool` begins after `allow get_order because "é😀"; allow `.
    for (offered, chosen, start) in [
        (json!(["utf-16"]), "utf-16", 37),
        (json!(["utf-32", "utf-16"]), "utf-32", 36),
        (json!(["utf-16", "utf-8"]), "utf-8", 40),
        (Value::Null, "utf-16", 37),
        (json!(["utf-7"]), "utf-16", 37),
    ] {
        let capabilities = json!({"general": {"positionEncodings": offered}});
        let (mut client, answer) = Client::start_with(folder.path(), capabilities).await;
        assert_eq!(answer["capabilities"]["positionEncoding"], chosen);
        let uri = client.open(&folder.path().join("p.pol"), text).await;
        let found = client.diagnostics_until(&uri, |found| codes(found).contains(&"unknown-tool")).await;
        let unknown = found.iter().find(|one| one["code"] == "unknown-tool").unwrap();
        let range = json!({"start": {"line": 2, "character": start}, "end": {"line": 2, "character": start + 12}});
        assert_eq!(unknown["range"], range, "{chosen}");
        assert!(client.stop().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn older_versions_are_dropped() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    let uri = client.open(&folder.path().join("p.pol"), POLICY).await;
    let change = |version: i64, text: &str| json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]});
    client.notify("textDocument/didChange", change(7, "deny *;\nallow get_order;\n")).await;
    client.notify("textDocument/didChange", change(6, "group late = get_order;\n")).await;
    let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}})).await;
    let names: Vec<_> = symbols.as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["deny *", "allow get_order"]);
    let sent = client.wait_until("textDocument/publishDiagnostics", |params| params["version"] == 7).await;
    assert_eq!(sent["uri"], json!(uri));
    assert!(client.notifications.iter().all(|(_, params)| params["version"] != 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_edits_is_answered_about_its_end() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    let uri = client.open(&folder.path().join("p.pol"), "deny *;\n").await;
    let mut asked = Vec::new();
    for number in 0..200 {
        client.edit(&uri, json!([{"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": format!("let l{number} = 1;\n")}])).await;
        let id = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}})).await;
        asked.push((id, number));
    }
    for (id, number) in asked {
        let answer = client.wait_for(id).await;
        let symbols = answer["result"].as_array().unwrap().clone();
        assert_eq!(symbols.len(), number + 2, "an answer about another text");
        assert_eq!(symbols[0]["name"], format!("l{number}"));
    }
    // The last findings are about the last text: every `let` is unused.
    let found = client
        .diagnostics_until(&uri, |found| codes(found).iter().filter(|code| **code == "unused-let").count() == 200)
        .await;
    assert!(!found.is_empty());
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_outside_of_any_folder_and_texts_that_are_no_files() {
    let (inside, outside) = (folder(), folder());
    let mut client = Client::start(inside.path()).await;
    let wrong = POLICY.replace("get_order", "get_ordr");
    let uri = client.open(&outside.path().join("p.pol"), &wrong).await;
    client.diagnostics_until(&uri, |found| codes(found).contains(&"unknown-tool")).await;
    // An unsaved text is looked at as if it stood in the first folder.
    client.open_uri("untitled:Untitled-1", &wrong).await;
    client.diagnostics_until("untitled:Untitled-1", |found| codes(found).contains(&"unknown-tool")).await;
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_come_and_go() {
    let (one, other) = (folder(), folder());
    std::fs::write(other.path().join("there.pol"), POLICY).unwrap();
    let mut client = Client::start(one.path()).await;
    let names = |symbols: Value| {
        symbols.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(names(client.request("workspace/symbol", json!({"query": "alge"})).await).is_empty());
    let folder = json!({"uri": uri(other.path()), "name": "other"});
    let event = |added: Value, removed: Value| json!({"event": {"added": added, "removed": removed}});
    client.notify("workspace/didChangeWorkspaceFolders", event(json!([folder]), json!([]))).await;
    assert_eq!(names(client.request("workspace/symbol", json!({"query": "alge"})).await), ["allow get_order"]);
    client.notify("workspace/didChangeWorkspaceFolders", event(json!([]), json!([folder]))).await;
    assert!(names(client.request("workspace/symbol", json!({"query": "alge"})).await).is_empty());
}
