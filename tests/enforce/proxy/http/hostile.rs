//! Servers and clients that do not behave.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Answer, Arrived, INITIALIZE, Listening, Upstream, answer, behaves, result};

const CALL: &str = r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"get_status","arguments":{}}}"#;
const LIST: &str = r#"{"jsonrpc":"2.0","id":5,"method":"tools/list"}"#;

/// A proxy in front of a server that begins sessions, and answers everything else like this.
fn with(body: &'static str, answers: impl Fn(&Arrived, &mut TcpStream) + Send + Sync + 'static) -> Answer {
    within("60", body, answers)
}

/// The same, if the server may say nothing for so many seconds.
fn within(
    seconds: &str,
    body: &'static str,
    answers: impl Fn(&Arrived, &mut TcpStream) + Send + Sync + 'static,
) -> Answer {
    let upstream = Upstream::start(move |request: &Arrived, stream: &mut TcpStream| {
        if request.body.contains("\"initialize\"") { behaves(request, stream) } else { answers(request, stream) }
    });
    let listening = Listening::start(&upstream.url, &["--server-timeout", seconds]);
    let session = listening.begin(&[]);
    listening.post(&[("mcp-session-id", &session)], body)
}

/// Every request gets an answer that says what is wrong, and no other.
#[test]
fn servers_that_fail() {
    let json = "200 OK\r\ncontent-type: application/json";
    let events = "200 OK\r\ncontent-type: text/event-stream";
    let raw = |text: &'static str| {
        move |_: &Arrived, stream: &mut TcpStream| {
            let _ = stream.write_all(text.as_bytes());
        }
    };
    let says =
        |head: &'static str, body: &'static str| move |_: &Arrived, stream: &mut TcpStream| answer(stream, head, body);
    let mut out = String::new();
    let mut row = |title: &str, answer: Answer| out.push_str(&format!("{title}\n  {}\n", answer.shown()));
    row("closes at once", with(CALL, |_, _| {}));
    row("says nothing", within("1", CALL, |_, stream| drop(stream.read(&mut [0; 1]))));
    row(
        "says nothing in a stream",
        within("1", CALL, |_, stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\n");
            let _ = stream.read(&mut [0; 1]);
        }),
    );
    row("is no HTTP", with(CALL, raw("hello\r\n\r\n")));
    row(
        "cuts its JSON",
        with(CALL, raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{\"jsonrpc\"")),
    );
    row("cuts its event", with(CALL, says(events, "data: {\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{}}\n")));
    row("answers another request", with(CALL, says(json, "{\"jsonrpc\":\"2.0\",\"id\":6,\"result\":{}}")));
    row("answers what is no JSON", with(CALL, says(json, "hello")));
    row("answers a page", with(CALL, says("200 OK\r\ncontent-type: text/html", "<p>hello")));
    row("answers nothing", with(CALL, says("202 Accepted", "")));
    row("compresses", with(CALL, says("200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip", "x")));
    row("redirects", with(CALL, says("307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/", "")));
    row("has an error", with(CALL, says("500 Internal Server Error", "secret")));
    row(
        "does not know the method",
        with(
            CALL,
            says(
                "404 Not Found\r\ncontent-type: application/json",
                "{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":-32601,\"message\":\"No.\"}}",
            ),
        ),
    );
    row("refuses the request", with(CALL, says("400 Bad Request", "no")));
    row("refuses access", with(CALL, says("403 Forbidden", "no")));
    row(
        "lists a tool twice over",
        with(
            LIST,
            says(json, "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{\"tools\":[],\"tools\":[{\"name\":\"secret\"}]}}"),
        ),
    );
    insta::assert_snapshot!(out);
}

/// Events in all kinds of pieces and with all kinds of ends of lines; readers that end lines elsewhere find no other event.
#[test]
fn streams() {
    let list = r#"{"jsonrpc":"2.0","id":5,"result":{"tools":[{"name":"secret"},{"name":"wire"}]}}"#;
    let kept = r#"{"jsonrpc":"2.0","id":5,"result":{"tools":[{"name":"wire"}]}}"#;
    let split = list.replacen(',', ",\ndata: ", 1);
    for stream in [
        format!("data: {list}\n\n"),
        format!("\u{feff}data: {list}\n\n"),
        format!(": a\r\n\r\nevent: message\rid: 3\rdata:{split}\r\r"),
        format!("data: {}\r\n\r\n", split.replace('\n', "\r")),
        format!(": x\u{b}data: {list}\n: \u{85}\u{2028}data: {list}\n\ndata: {list}\n\n"),
        format!("event: other\nunknown: {list}\nretry: 1\ndata: {list}\nid\n\n"),
    ] {
        let answer = with(LIST, move |_, out| {
            let _ =
                write!(out, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
            for piece in stream.as_bytes().chunks(7) {
                let _ = write!(out, "{:x}\r\n", piece.len())
                    .and_then(|()| out.write_all(piece))
                    .and_then(|()| out.write_all(b"\r\n"));
            }
            let _ = out.write_all(b"0\r\n\r\n");
        });
        let data: String = answer.body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data, kept, "{answer:?}");
        assert!(!answer.body.contains("secret"), "{answer:?}");
    }
}

/// A message that is too large ends in an error; one of nearly that size passes.
#[test]
fn large_messages() {
    let text = |size: usize| format!("{{\"content\":[{{\"type\":\"text\",\"text\":\"{}\"}}]}}", "a".repeat(size));
    for (size, events) in [(70 << 20, false), (70 << 20, true), (10 << 20, true)] {
        let answer = with(CALL, move |request, stream| {
            let body = result(request, &text(size));
            if events {
                answer(stream, "200 OK\r\ncontent-type: text/event-stream", &format!("data: {body}\n\n"));
            } else {
                answer(stream, "200 OK\r\ncontent-type: application/json", &body);
            }
        });
        let is_error = answer.body.contains("its answer is larger than 64 MiB");
        assert_eq!(is_error, size > 64 << 20, "{size} {events}: {} bytes", answer.body.len());
        assert!(is_error || answer.body.len() > size, "{size} {events}: {} bytes", answer.body.len());
    }
    let upstream = Upstream::start(behaves);
    let listening = Listening::start(&upstream.url, &[]);
    let session = listening.begin(&[]);
    // Its size is in its head, so it is not even read.
    let mut stream = TcpStream::connect(listening.address()).unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nmcp-session-id: {session}\r\n"
    );
    write!(stream, "{head}connection: close\r\ncontent-length: {}\r\n\r\n", 65 << 20).unwrap();
    assert_eq!(Answer::read(stream).status, 413);
}

#[test]
fn a_server_that_is_not_there() {
    let listening = Listening::start("http://127.0.0.1:1/mcp", &[]);
    let answer = listening.post(&[], INITIALIZE);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains(
        "\"id\":\"begin\",\"error\":{\"code\":-32603,\"message\":\"The server does not answer: it cannot be reached.\""
    ));
    assert!(listening.end().contains("policyc: the server does not answer: it cannot be reached"));
}

/// A client that goes away is not waited for by anybody.
#[test]
fn clients_that_go_away() {
    let (said, told) = std::sync::mpsc::channel();
    let said = std::sync::Mutex::new(said);
    let upstream = Upstream::start(move |request: &Arrived, stream: &mut TcpStream| {
        if request.body.contains("\"initialize\"") {
            return behaves(request, stream);
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\n");
        said.lock().unwrap().send("begun").unwrap();
        // The end of the connection.
        let _ = stream.read(&mut [0; 1]);
        said.lock().unwrap().send("ended").unwrap();
    });
    let listening = Listening::start(&upstream.url, &[]);
    let session = listening.begin(&[]);
    let client = listening.send("POST", &[("mcp-session-id", &session)], CALL);
    assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok("begun"));
    let began = Instant::now();
    drop(client);
    assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok("ended"));
    assert!(began.elapsed() < Duration::from_secs(60));
}

/// A client that reads nothing holds up the server, and does not fill the memory.
#[test]
fn a_client_that_reads_nothing() {
    let (said, told) = std::sync::mpsc::channel();
    let said = std::sync::Mutex::new(said);
    let upstream = Upstream::start(move |request: &Arrived, stream: &mut TcpStream| {
        if request.body.contains("\"initialize\"") {
            return behaves(request, stream);
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        let event = format!(
            "data: {{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{{\"a\":\"{}\"}}}}\n\n",
            "a".repeat(1 << 20)
        );
        stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
        let written = (0..200).take_while(|_| stream.write_all(event.as_bytes()).is_ok()).count();
        said.lock().unwrap().send(written).unwrap();
    });
    let listening = Listening::start(&upstream.url, &[]);
    let session = listening.begin(&[]);
    let client = listening.send("POST", &[("mcp-session-id", &session)], CALL);
    let written = told.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(written < 60, "{written} MiB are kept");
    drop(client);
}
