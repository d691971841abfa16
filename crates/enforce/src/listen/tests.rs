//! What listeners do about connections.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};

use super::*;

/// Says how many bytes came, to whoever may ask.
struct Counts(Access, Limits);

impl Handler for Counts {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, address: Arc<Address>) -> Response<Body> {
        if let Err(denied) = self.0.check(request.headers(), &address) {
            return denied.answer();
        }
        assert_ne!(request.uri().path(), "/panic");
        match read(request.into_body(), &self.1).await {
            Ok(body) => text(StatusCode::OK, &format!("{} bytes", body.len())),
            Err(unread) => text(unread.status(), &unread.message(&self.1)),
        }
    }
}

const QUICK: Duration = Duration::from_millis(100);

fn limits() -> Limits {
    Limits { connections: 2, head: QUICK, body: QUICK, answer: QUICK, drain: Duration::from_secs(5), largest_body: 10 }
}

/// Runs a listener while `work` asks it.
fn with(work: impl FnOnce(&str, &Stop)) {
    let runtime = runtime().unwrap();
    let _inside = runtime.enter();
    let access = Access::default();
    let listener = Listener::bind(&Address::parse("127.0.0.1:0").unwrap(), &access).unwrap();
    let address = listener.address().to_string();
    let stop = Stop::default();
    let served = runtime.spawn(serve(listener, Arc::new(Counts(access, limits())), limits(), stop.clone()));
    work(&address, &stop);
    stop.stop();
    runtime.block_on(served).unwrap();
    assert!(TcpStream::connect(&address).is_err());
}

/// What comes until the other side closes.
fn said(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn requests() {
    let post = |path: &str, more: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n{body}")
    };
    with(|address, _| {
        let ends = |request: &str, status: &str, end: &str| {
            let answer = said(address, request);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.ends_with(end), "{answer}");
        };
        ends(&post("/", "Content-Length: 3\r\n", "abc"), "200", "3 bytes\n");
        ends(&post("/", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), "200", "3 bytes\n");
        ends(&post("/", "Content-Length: 11\r\n", "0123456789a"), "413", "larger than 10 bytes.\n");
        ends(&post("/", "Transfer-Encoding: chunked\r\n", "b\r\n0123456789a\r\n0\r\n\r\n"), "413", "10 bytes.\n");
        ends(&post("/", "Content-Length: 3\r\n", "ab"), "408", "seconds.\n");
        ends(&post("/panic", "Content-Length: 0\r\n", ""), "500", "please report it.\n");
        ends(&post("/", "Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), "400", "");
        ends("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "403", "`--allow-host`.\n");
        // Nothing, half a head, and much of one: the connection ends.
        assert!(!said(address, "").contains("200"));
        assert!(!said(address, "POST / HTTP/1.1\r\nHost: loc").contains("200"));
        assert!(!said(address, &post("/", &format!("X: {}\r\n", "x".repeat(300_000)), "")).contains("200"));
        // The connection is used again.
        let one = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx";
        assert_eq!(said(address, &one.repeat(3)).matches("1 bytes").count(), 3);
    });
}

#[test]
fn others_wait_for_a_place() {
    with(|address, _| {
        let held: Vec<TcpStream> = (0..4).map(|_| TcpStream::connect(address).unwrap()).collect();
        let request = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        assert!(said(address, request).contains("0 bytes"));
        drop(held);
    });
}

#[test]
fn what_has_come_is_answered_before_the_end() {
    with(|address, stop| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            .unwrap();
        let mut went_on = [0; 25];
        stream.read_exact(&mut went_on).unwrap();
        stop.stop();
        stream.write_all(b"ab").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        // It has ended, whether or not the answer could say so before.
        assert!(answer.contains("2 bytes"), "{answer}");
    });
}

#[test]
fn addresses_that_cannot_be_used() {
    let runtime = runtime().unwrap();
    let _inside = runtime.enter();
    let bind = |address: &str| Listener::bind(&Address::parse(address).unwrap(), &Access::default());
    assert!(bind("0.0.0.0:0").unwrap_err().contains("`--token-file PATH`"));
    let taken = bind("127.0.0.1:0").unwrap();
    assert!(bind(&taken.address().to_string()).unwrap_err().ends_with("another program does"));
}

#[cfg(unix)]
#[test]
fn sockets_of_the_file_system() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixStream;
    let runtime = runtime().unwrap();
    let _inside = runtime.enter();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.sock");
    let address = Address::Unix(path.clone());
    let bind = || Listener::bind(&address, &Access::default());
    let first = bind().unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(bind().unwrap_err().ends_with("another program does"));
    let stop = Stop::default();
    let served = runtime.spawn(serve(first, Arc::new(Counts(Access::default(), limits())), limits(), stop.clone()));
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: anything\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("1 bytes\n"), "{answer}");
    stop.stop();
    runtime.block_on(served).unwrap();
    assert!(!path.exists());
    // One that nobody listens at any more is replaced; a file is not.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    drop(bind().unwrap());
    std::fs::write(&path, "mine").unwrap();
    assert!(bind().unwrap_err().ends_with("which is no socket"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
