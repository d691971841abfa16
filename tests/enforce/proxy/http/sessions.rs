//! Sessions, streams and approvals.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use super::{Answer, Arrived, INITIALIZE, Listening, Upstream, answer, behaves, folder};
use crate::run::BIN;

/// Reads from a connection until it has said something.
fn read_until(stream: &mut TcpStream, bytes: &mut Vec<u8>, what: &str) {
    let mut buffer = [0; 1024];
    while !String::from_utf8_lossy(bytes).contains(what) {
        let length = stream.read(&mut buffer).unwrap();
        assert_ne!(length, 0, "{what} does not come: {}", String::from_utf8_lossy(bytes));
        bytes.extend_from_slice(&buffer[..length]);
    }
}

const HELD: &str =
    r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"wire","arguments":{"amount":50}}}"#;

/// Holds a call; gives its connection, what has come, and the name of the question.
fn hold(listening: &Listening, session: &str) -> (TcpStream, Vec<u8>, String) {
    let mut held = listening.send("POST", &[("mcp-session-id", session)], HELD);
    let mut bytes = Vec::new();
    read_until(&mut held, &mut bytes, "\n\n");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("elicitation/create") && text.contains("text/event-stream"), "{text}");
    let name = text.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    (held, bytes, name)
}

fn say(listening: &Listening, session: &str, name: &str, approves: bool) {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":"{name}","result":{{"action":"accept","content":{{"approve":{approves}}}}}}}"#
    );
    assert_eq!(listening.post(&[("mcp-session-id", session)], &body).status, 202);
}

#[test]
fn a_person_approves() {
    let upstream = Upstream::start(behaves);
    let listening = Listening::start(&upstream.url, &[]);
    let session = listening.begin(&[]);
    for approves in [true, false] {
        upstream.taken();
        let (mut held, mut bytes, name) = hold(&listening, &session);
        assert_eq!(upstream.taken().len(), 0);
        say(&listening, &session, &name, approves);
        held.read_to_end(&mut bytes).unwrap();
        let answer = Answer::parse(&bytes);
        let arrived = upstream.taken();
        if approves {
            assert_eq!(arrived.iter().map(|one| one.body.as_str()).collect::<Vec<_>>(), [HELD]);
            assert!(answer.body.contains("{\"content\":[]}"), "{answer:?}");
        } else {
            assert_eq!(arrived.len(), 0);
            assert!(answer.body.contains("nobody has approved it"), "{answer:?}");
        }
    }
    // A second answer, and one of another session, approve nothing.
    upstream.taken();
    let (held, _, name) = hold(&listening, &session);
    let other = listening.begin(&[]);
    upstream.taken();
    say(&listening, &other, &name, true);
    assert_eq!(upstream.taken().len(), 0);
    // A client that has gone does not get what it has asked for, even if somebody approves.
    drop(held);
    std::thread::sleep(std::time::Duration::from_millis(300));
    say(&listening, &session, &name, true);
    assert_eq!(upstream.taken().len(), 0);
}

#[test]
fn a_person_who_does_not_answer() {
    let upstream = Upstream::start(behaves);
    let listening = Listening::start(&upstream.url, &["--approve-timeout", "1"]);
    let session = listening.begin(&[]);
    let (mut held, mut bytes, name) = hold(&listening, &session);
    held.read_to_end(&mut bytes).unwrap();
    let answer = Answer::parse(&bytes);
    let parts = ["notifications/cancelled", &name, "nobody has approved it"];
    assert!(parts.iter().all(|part| answer.body.contains(part)), "{answer:?}");
    say(&listening, &session, &name, true);
    assert_eq!(upstream.taken().iter().filter(|one| one.body.contains("tools/call")).count(), 0);
}

#[test]
fn a_call_that_is_withdrawn() {
    let upstream = Upstream::start(behaves);
    let listening = Listening::start(&upstream.url, &[]);
    let session = listening.begin(&[]);
    let (mut held, mut bytes, name) = hold(&listening, &session);
    upstream.taken();
    let body = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#;
    assert_eq!(listening.post(&[("mcp-session-id", &session)], body).status, 202);
    held.read_to_end(&mut bytes).unwrap();
    let answer = Answer::parse(&bytes);
    assert!(answer.body.contains("notifications/cancelled") && answer.body.contains(&name), "{answer:?}");
    say(&listening, &session, &name, true);
    assert_eq!(upstream.taken().len(), 0);
}

#[test]
fn a_session_belongs_to_whoever_began_it() {
    let upstream = Upstream::start(behaves);
    let listening =
        Listening::start(&upstream.url, &["--token-file", "tokens", "--header", "Authorization: Bearer of-the-server"]);
    let (ann, bob) = (("authorization", "Bearer 0123456789abcdef"), ("authorization", "Bearer fedcba9876543210"));
    assert_eq!(listening.post(&[], INITIALIZE).status, 401);
    let session = listening.begin(&[ann]);
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_orders","arguments":{}}}"#;
    let name = ("mcp-session-id", session.as_str());
    assert_eq!(listening.post(&[bob, name], list).status, 404);
    assert_eq!(Answer::read(listening.send("GET", &[bob, name], "")).status, 404);
    assert_eq!(Answer::read(listening.send("DELETE", &[bob, name], "")).status, 404);
    assert_eq!(listening.post(&[ann, name], list).status, 200);
    // Tokens stay here, and the server gets its own.
    for arrived in upstream.taken() {
        assert_eq!(arrived.header("authorization"), Some("Bearer of-the-server"), "{arrived:?}");
    }
    // The name of a token is its grant: the limit of two a day is that of each.
    let other = listening.begin(&[bob]);
    let denied = |who, session: &str| listening.post(&[who, ("mcp-session-id", session)], list).body.contains("Denied");
    let calls =
        [denied(ann, &session), denied(ann, &session), denied(bob, &other), denied(bob, &other), denied(bob, &other)];
    assert_eq!(calls, [false, true, false, false, true]);
    // After its end nobody has it.
    assert_eq!(Answer::read(listening.send("DELETE", &[ann, name], "")).status, 204);
    assert_eq!(listening.post(&[ann, name], list).status, 404);
    assert_eq!(upstream.taken().last().map(|one| one.method.clone()), Some("DELETE".to_owned()));
}

#[test]
fn credentials_of_clients() {
    let upstream = Upstream::start(|request: &Arrived, stream: &mut TcpStream| {
        answer(stream, "401 Unauthorized\r\nwww-authenticate: Bearer resource_metadata=\"https://x\"", "");
        drop(request.clone());
    });
    let with = Listening::start(&upstream.url, &["--forward-authorization"]);
    let refused = with.post(&[("authorization", "Bearer of-the-client")], INITIALIZE);
    assert_eq!((refused.status, refused.header("www-authenticate").is_some()), (401, true), "{refused:?}");
    assert_eq!(upstream.taken()[0].header("authorization"), Some("Bearer of-the-client"));
    let without = Listening::start(&upstream.url, &[]);
    let refused = without.post(&[("authorization", "Bearer of-the-client")], INITIALIZE);
    assert_eq!(upstream.taken()[0].header("authorization"), None);
    assert_eq!((refused.status, refused.header("www-authenticate")), (200, None), "{refused:?}");
    assert!(refused.body.contains("it refuses access (HTTP 401)"), "{refused:?}");
}

/// What a stream that is gone on with brings is filtered as well.
#[test]
fn the_rest_of_a_stream() {
    let list = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"secret"},{"name":"wire"}]}}"#;
    let upstream = Upstream::start(move |request: &Arrived, stream: &mut TcpStream| {
        let events = "200 OK\r\ncontent-type: text/event-stream";
        match (request.method.as_str(), request.header("last-event-id")) {
            ("GET", Some(_)) => answer(stream, events, &format!("id: 8\ndata: {list}\n\n")),
            ("GET", None) => {
                answer(stream, events, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n")
            }
            _ if request.body.contains("tools/list") => answer(stream, events, "id: 7\nretry: 10\ndata:\n\n"),
            _ => behaves(request, stream),
        }
    });
    let listening = Listening::start(&upstream.url, &[]);
    let session = listening.begin(&[]);
    let name = ("mcp-session-id", session.as_str());
    let cut = listening.post(&[name], r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    assert_eq!(cut.body, "id: 7\nretry: 10\ndata:\n\n");
    let rest = Answer::read(listening.send("GET", &[name, ("last-event-id", "7")], ""));
    assert_eq!(
        rest.body,
        "id: 8\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[{\"name\":\"wire\"}]}}\n\n"
    );
    let own = Answer::read(listening.send("GET", &[name], ""));
    assert!(own.body.contains("notifications/message"), "{own:?}");
    // A client that starts programs gets the same, without asking for it.
    let out = piped(&upstream, &[], r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    let list = out.lines().find(|line| line.contains("\"id\":1")).unwrap();
    assert!(list.contains("\"tools\":[{\"name\":\"wire\"}]"), "{out}");
}

/// What a client that starts programs gets.
fn piped(upstream: &Upstream, options: &[&str], messages: &str) -> String {
    let folder = folder();
    let mut command = Command::new(BIN);
    command.args(["proxy", "pay.pol", "--counters", "counters.db", "--url", &upstream.url]).args(options);
    command.current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{INITIALIZE}\n{messages}").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, error) = (text(output.stdout), text(output.stderr));
    format!("{out}{}{}", error.replace(&upstream.url, "URL"), output.status.code().unwrap_or(-1))
}

#[test]
fn a_client_that_starts_programs() {
    let upstream = Upstream::start(behaves);
    let messages = [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wire","arguments":{"amount":500}}}"#,
        r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"wire","arguments":{"amount":5}}}"#,
    ];
    let out = piped(&upstream, &[], &messages.join("\n"));
    let mut lines: Vec<&str> = out.lines().collect();
    lines.sort_unstable();
    let arrived = upstream.taken();
    let mut all: Vec<String> = arrived.iter().map(super::Arrived::shown).collect();
    // The stream of the server is asked for at the same time as the call.
    all[2..].sort();
    let session = arrived[1].header("mcp-session-id").unwrap().to_owned();
    insta::assert_snapshot!(format!("{}\n\n{}", lines.join("\n"), all.join("\n")).replace(&session, "SESSION"));
}

#[test]
fn a_service_approves() {
    for (says, status, passes) in [
        ("{\"approve\": true}", "200 OK", true),
        ("{\"approve\": true}", "201 Created", false),
        ("{\"approve\": \"true\"}", "200 OK", false),
        ("{\"approve\": true, \"approve\": true}", "200 OK", false),
        ("yes", "200 OK", false),
        ("{\"approve\": true}", "302 Found\r\nlocation: /yes", false),
        ("{\"approve\": true}", "500 Internal Server Error", false),
    ] {
        let upstream = Upstream::start(behaves);
        let head = format!("{status}\r\ncontent-type: application/json");
        let service = Upstream::start(move |_, stream| answer(stream, &head, says));
        let options = ["--approve-url", &service.url];
        let listening = Listening::start(&upstream.url, &options);
        let begin = INITIALIZE.replace("\"elicitation\":{}", "");
        let session = listening.post(&[], &begin).header("mcp-session-id").unwrap().to_owned();
        upstream.taken();
        let answer = listening.post(&[("mcp-session-id", &session)], HELD);
        assert_eq!(upstream.taken().len() == 1, passes, "{says} {status}: {answer:?}");
        assert_eq!(answer.body.contains("nobody has approved it"), !passes, "{says} {status}: {answer:?}");
        let asked = service.taken();
        let call: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
        assert_eq!((&call["tool"], &call["arguments"]["amount"]), (&"wire".into(), &50.into()), "{call}");
        drop(listening);
    }
}
