//! The proxy as a process, between clients and servers that do not behave.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::server::WORDS;
use super::{POLICY, TOOLS};
use crate::run::BIN;

/// How long anything may take on a busy machine. Nothing is expected to take that long.
const PATIENCE: Duration = Duration::from_secs(60);

struct Session {
    folder: tempfile::TempDir,
    child: Child,
}

impl Session {
    /// Starts a proxy in front of a server of that kind.
    fn start(server: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pay.pol"), POLICY).unwrap();
        std::fs::write(folder.path().join("tools.json"), TOOLS).unwrap();
        let mut command = Command::new(BIN);
        command.args(["proxy", "pay.pol", "--counters", "counters.db", "--log", "calls.jsonl"]).args(options).arg("--");
        command.arg(std::env::current_exe().unwrap()).args(WORDS).current_dir(folder.path());
        command.env("POLICYC_TEST_SERVER", server).env("POLICYC_TEST_ARRIVED", "arrived");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        Self { folder, child }
    }

    fn write(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        // A proxy that has ended does not read it.
        let _ = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
    }

    /// Says no more, and waits for the end.
    fn finish(mut self) -> Finished {
        drop(self.child.stdin.take());
        let text = |stream: Option<Box<dyn std::io::Read + Send>>| {
            std::thread::spawn(move || {
                let mut text = String::new();
                stream.unwrap().read_to_string(&mut text).unwrap();
                text
            })
        };
        let output = text(self.child.stdout.take().map(|stream| Box::new(stream) as _));
        let error = text(self.child.stderr.take().map(|stream| Box::new(stream) as _));
        let status = wait(&mut self.child);
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let (arrived, log) = (read("arrived"), read("calls.jsonl"));
        Finished { status, output: output.join().unwrap(), error: error.join().unwrap(), arrived, log }
    }
}

struct Finished {
    status: ExitStatus,
    output: String,
    error: String,
    arrived: String,
    log: String,
}

fn wait(child: &mut Child) -> ExitStatus {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > until {
            let _ = child.kill();
            panic!("the proxy does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn call(id: u32, tool: &str) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"{tool}\"}}}}\n")
}

#[test]
fn messages_go_through() {
    let mut session = Session::start("good", &[]);
    session.write("{\"jsonrpc\":\"2.0\", \"id\":1,\"method\":\"initialize\",\"params\":{}}\r\n");
    session.write("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n");
    session.write(
        &(call(3, "get_status")
            + &call(4, "erase")
            + &call(5, "list_orders")
            + &call(6, "list_orders")
            + &call(7, "list_orders")),
    );
    // The last line has no end.
    session.write(call(8, "get_status").trim_end());
    let done = session.finish();
    assert!(done.status.success(), "{}", done.error);
    let mut lines: Vec<&str> = done.output.lines().collect();
    lines.sort_unstable();
    insta::assert_snapshot!(crate::without_days(&lines.join("\n")));
    insta::assert_snapshot!(done.arrived);
    let decisions: Vec<String> = done
        .log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| format!("{} {} {}", line["params"]["name"], line["decision"], line["client"]))
        .collect();
    insta::assert_snapshot!(decisions.join("\n"));
}

/// What a server takes for the end of a message does not hide a call.
#[test]
fn a_server_that_ends_messages_at_carriage_returns() {
    let mut session = Session::start("careless", &[]);
    let hidden = call(2, "erase");
    session.write(&format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{{\"x\":\r{}\r}}}}\n",
        hidden.trim_end()
    ));
    let done = session.finish();
    assert!(done.output.contains("\"id\":1") && !done.output.contains("ran"), "{}", done.output);
    assert!(done.arrived.contains("erase") && !done.arrived.contains('\r'), "{}", done.arrived);
}

#[test]
fn half_a_message() {
    let mut session = Session::start("good", &[]);
    session.write(&call(1, "get_status"));
    session.write("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"get_st");
    let done = session.finish();
    assert_eq!(done.arrived, call(1, "get_status"));
    assert!(done.output.contains("\"id\":null,\"error\":{\"code\":-32700"), "{}", done.output);
}

#[test]
fn a_server_that_dies() {
    let mut session = Session::start("dies", &[]);
    session.write(&call(1, "get_status"));
    let mut output = BufReader::new(session.child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(
        line,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"The server has ended.\"}}\n"
    );
    // The client has said no such thing, and still the proxy ends.
    assert_eq!(wait(&mut session.child).code(), Some(2));
    let mut error = String::new();
    session.child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(error.contains("policyc: the server has ended (exit status 3)"), "{error}");
}

/// The client closes its end; the server and what it has started do not want to end.
#[cfg(unix)]
#[test]
fn a_server_that_does_not_end() {
    let session = Session::start("stubborn", &[]);
    let done = session.finish();
    assert!(done.status.success(), "{}", done.error);
    let started = done.error.lines().find_map(|line| line.strip_prefix("server: started ")).unwrap();
    assert!(!Path::new(&format!("/proc/{started}/exe")).exists(), "{started} still runs");
}

/// A signal ends all.
#[cfg(unix)]
#[test]
fn a_signal() {
    let mut session = Session::start("silent", &[]);
    session.write(&call(1, "get_status"));
    let log = session.folder.path().join("calls.jsonl");
    let until = Instant::now() + PATIENCE;
    while !log.exists() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = session.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(wait(&mut session.child).success());
}

/// A server that writes without end, and a client that reads nothing: the proxy takes no more memory, and ends with the client.
#[test]
fn a_client_that_never_reads() {
    let mut session = Session::start("flood", &[]);
    session.write(&call(1, "erase"));
    std::thread::sleep(Duration::from_millis(500));
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string(format!("/proc/{}/status", session.child.id())).unwrap();
        let resident =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap().trim().trim_end_matches(" kB");
        assert!(resident.trim().parse::<u64>().unwrap() < 200_000, "{resident} kB");
    }
    // It goes away.
    drop(session.child.stdout.take());
    drop(session.child.stdin.take());
    wait(&mut session.child);
    let arrived = std::fs::read_to_string(session.folder.path().join("arrived")).unwrap_or_default();
    assert_eq!(arrived, "");
}

/// A server that does not read: a denied call is answered all the same, and the end of the client is the end.
#[cfg(unix)]
#[test]
fn a_server_that_never_reads() {
    let mut session = Session::start("deaf", &[]);
    session.write(&call(1, "erase"));
    let mut output = BufReader::new(session.child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.contains("\"isError\":true"), "{line}");
    let id = session.child.id().to_string();
    // More than the pipe takes.
    let large =
        format!("{{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\",\"params\":\"{}\"}}\n", "x".repeat(1 << 20));
    session.write(&large);
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(wait(&mut session.child).success());
}

/// Who kills the proxy loses no line of the log but the last.
#[test]
fn a_proxy_that_is_killed() {
    let mut session = Session::start("good", &[]);
    for id in 0..50 {
        session.write(&call(id, if id % 2 == 0 { "get_status" } else { "erase" }));
    }
    std::thread::sleep(Duration::from_millis(700));
    session.child.kill().unwrap();
    let done = session.finish();
    let whole: Vec<serde_json::Value> = done.log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(whole.len() + 1 >= done.log.lines().count(), "{}", done.log);
    // Whatever arrived had been logged before.
    let logged = whole.iter().filter(|line| line["decision"] == "allow").count();
    assert!(done.arrived.lines().count() <= logged, "{} arrived, {logged} logged", done.arrived);
    assert!(!done.arrived.contains("erase"));
}

#[cfg(unix)]
#[test]
fn a_command_that_approves() {
    use std::os::unix::fs::PermissionsExt as _;
    for (script, passes) in
        [("cat > asked; exit 0", true), ("exit 1", false), ("kill -9 $$", false), ("sleep 3600", false)]
    {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("approve");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        // Only who does not answer is waited for.
        let patience = if script.starts_with("sleep") { "2" } else { "60" };
        let mut session =
            Session::start("good", &["--approve-command", program.to_str().unwrap(), "--approve-timeout", patience]);
        let call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"wire\",\"arguments\":{\"amount\":50}}}\n";
        session.write(call);
        let asked = session.folder.path().join("asked");
        let mut output = BufReader::new(session.child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line.contains("ran"), passes, "{script}: {line}");
        assert_eq!(line.contains("isError"), !passes, "{script}: {line}");
        if passes {
            let asked = std::fs::read_to_string(asked).unwrap();
            assert!(asked.contains("\"tool\":\"wire\"") && asked.contains("\"arguments\":{\"amount\":50}"), "{asked}");
        }
        session.child.stdout = None;
        drop(session.child.stdin.take());
        wait(&mut session.child);
    }
}

#[test]
fn what_is_wrong_with_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pay.pol"), POLICY).unwrap();
    std::fs::write(folder.path().join("tools.json"), TOOLS).unwrap();
    std::fs::write(
        folder.path().join("two.pol"),
        "server a from \"tools.json\"; server b from \"tools.json\"; deny *;",
    )
    .unwrap();
    std::fs::write(folder.path().join("bad.pol"), "deny wire when").unwrap();
    std::fs::write(folder.path().join("bare.pol"), "deny *;").unwrap();
    for (words, reason) in [
        (&["pay.pol"][..], "the following required arguments were not provided"),
        (&["none.pol", "--", "true"], "there is no such file"),
        (&["bad.pol", "--", "true"], "`policyc check bad.pol` shows them"),
        (&["two.pol", "--", "true"], "say which one this is with `--server NAME`"),
        (&["two.pol", "--server", "c", "--", "true"], "the policy `two` has no server `c`"),
        (&["pay.pol", "--", "no-such-program-here"], "there is no such program"),
        (&["pay.pol", "--caller", "[]", "--", "true"], "`--caller` is not a JSON object"),
        (&["bare.pol", "--locked", "--", "true"], "`--locked` needs a catalogue"),
        (&["pay.pol", "--locked", "--", "true"], "policyc.lock"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://x", "--", "true"], "cannot be used with"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--listen", "127.0.0.1:0", "--", "true"], "cannot be used with"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--header", "X: 1", "--", "true"], "cannot be used with"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://x", "--token-file", "none"], "--listen <ADDRESS>"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "ftp://x"], "`--url`: the URL begins with neither `https://` nor `http://`"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://me:secret@x/"], "a name or a password before the host"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://x", "--header", "X"], "a header has no colon"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://x", "--header", "X: ${NOT_SET_HERE}"], "the variable `NOT_SET_HERE` is not set"),
        #[cfg(feature = "http-proxy")]
        (
            &["pay.pol", "--url", "http://x", "--header", "Mcp-Method: x"],
            "the header `mcp-method` is set by the protocol",
        ),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://x", "--header-file", "none"], "cannot read `none`"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://x", "--header-file", "bare.pol"], "line 1 of `bare.pol`: a header has no colon"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://x", "--listen", "0.0.0.0:0"], "name a file with `--token-file PATH`"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--url", "http://x", "--listen", "x:1"], "`--listen`: `x:1` is no address"),
        #[cfg(feature = "http-proxy")]
        (&["pay.pol", "--approve-url", "x", "--", "true"], "`--approve-url`: the URL"),
    ] {
        let mut command = Command::new(BIN);
        command.arg("proxy").args(words).current_dir(folder.path()).stdin(Stdio::null());
        let done = command.output().unwrap();
        let error = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.code() == Some(2) && error.contains(reason), "{words:?}: {error}");
        assert!(done.stdout.is_empty());
    }
}
