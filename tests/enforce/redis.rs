//! Counters in a real server. `POLICYC_REDIS` is the program of a Redis or Valkey; without it nothing is tested, and that is said.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use policyc_core::decimal::Decimal;
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::json::Json;
use policyc_enforce::counters::{CounterStore as _, Counting, Redis, digest};
use proptest::prelude::*;

use super::counters::{ANYWHERE, Made, NEAR, ask, compare, one, policy, with_policy};
use super::processes::{day, passed};
use super::run::BIN;

/// A server of its own, which ends with the test.
struct Server {
    program: PathBuf,
    folder: tempfile::TempDir,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Server {
    /// `None` if there is no program.
    fn start(more: &[&str]) -> Option<Self> {
        let Some(program) = std::env::var_os("POLICYC_REDIS").map(PathBuf::from) else {
            let _ = writeln!(std::io::stderr(), "skipped: POLICYC_REDIS names no Redis");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let child = run(&program, folder.path(), more);
        let server = Self { program, folder, child };
        server.wait();
        Some(server)
    }

    fn again(&mut self) {
        self.child = run(&self.program, self.folder.path(), &[]);
        self.wait();
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(self.socket());
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn address(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    fn wait(&self) {
        let began = Instant::now();
        // The file is there before anybody listens.
        while std::os::unix::net::UnixStream::connect(self.socket()).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "the server does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn store(&self) -> Redis {
        Redis::at(&self.address(), None).unwrap()
    }

    fn do_this(&self, words: &[&str]) -> redis::Value {
        let mut connection = redis::Client::open(self.address()).unwrap().get_connection().unwrap();
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).query(&mut connection).unwrap()
    }
}

/// A server that is reached by a file only, and keeps what it is given in another.
fn run(program: &Path, folder: &Path, more: &[&str]) -> Child {
    let mut command = Command::new(program);
    command.args([
        "--port",
        "0",
        "--unixsocket",
        "socket",
        "--save",
        "",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
    ]);
    command.args(more).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn call<'a>(arguments: &'a Json, at: i64) -> Call<'a> {
    Call {
        server: Some("a"),
        name: "send",
        arguments: arguments.root(),
        caller: None,
        grant: None,
        at,
        approved: false,
    }
}

/// Random policies and calls, each with a server that has forgotten the last.
fn random(times: &[i64], exact: bool) {
    let Some(server) = Server::start(&[]) else { return };
    let calls = prop::collection::vec(one(times.to_vec()), 1..40);
    let cases = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    let mut store = server.store();
    let mut runner = proptest::test_runner::TestRunner::new(cases);
    let each = (policy(), calls).prop_map(|made: (String, Vec<Made>)| made);
    let store = std::cell::RefCell::new(&mut store);
    runner
        .run(&each, |(rules, calls)| {
            server.do_this(&["FLUSHALL"]);
            compare(&rules, &calls, exact, *store.borrow_mut());
            Ok(())
        })
        .unwrap();
}

#[test]
fn it_counts_as_the_evaluator_does() {
    random(&NEAR, true);
}

#[test]
fn it_never_lets_more_pass_than_the_evaluator() {
    random(&ANYWHERE, false);
}

/// The server adds digits, as its numbers are not exact.
#[test]
fn sums_are_exact() {
    let Some(server) = Server::start(&[]) else { return };
    let store = std::cell::RefCell::new(server.store());
    let number = || "[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(|text| text.trim_start_matches('0').to_owned());
    let number =
        || number().prop_map(|text| if text.starts_with(['.']) || text.is_empty() { format!("0{text}") } else { text });
    let cases = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    let each = (number(), prop::collection::vec(number(), 1..12));
    proptest::test_runner::TestRunner::new(cases)
        .run(&each, |(most, amounts)| {
            if Decimal::parse(&most).unwrap().is_zero() {
                return Ok(());
            }
            server.do_this(&["FLUSHALL"]);
            let calls: Vec<Made> = amounts
                .iter()
                .map(|amount| (Some("a"), "send", format!("{{\"n\": {amount}}}"), "{}".to_owned(), None, 0, false))
                .collect();
            compare(&format!("allow *; limit a::send {most}/day of args.n;"), &calls, true, &mut *store.borrow_mut());
            // The sum is at most itself, and not at most a little less.
            let sum = amounts
                .iter()
                .fold(Decimal::ZERO, |sum, one| sum.checked_add(&Decimal::parse(one).unwrap(), 4_096).unwrap());
            if !sum.is_zero() {
                server.do_this(&["FLUSHALL"]);
                compare(
                    &format!("allow *; limit a::send {sum}/day of args.n;"),
                    &calls,
                    true,
                    &mut *store.borrow_mut(),
                );
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn receipts_are_good_once() {
    let Some(server) = Server::start(&[]) else { return };
    let (mut store, receipt) = (server.store(), digest(b"call"));
    with_policy("allow *; limit * 3/day;", |policy| {
        let (evaluator, arguments) = (Evaluator::new(policy), Json::parse("{}").unwrap());
        let call = call(&arguments, 0);
        let considered = evaluator.consider(&call);
        let entries: Vec<_> =
            considered.demands().iter().map(|demand| policyc_enforce::counters::Entry::new("p", demand)).collect();
        let mut room = |counting| store.take(&entries, counting, 0).unwrap()[0];
        assert!(room(Counting::LeavingReceipt(&receipt)));
        assert!(room(Counting::LeavingReceipt(&receipt)));
        assert!(room(Counting::WithReceipt(&receipt)));
        assert!(room(Counting::WithReceipt(&receipt)));
        // Used up: this one counts, and the next has no room.
        assert!(room(Counting::WithReceipt(&receipt)));
        assert!(!room(Counting::WithReceipt(&receipt)));
        assert!(!room(Counting::Never));
    });
}

#[test]
fn windows_that_are_over_are_forgotten() {
    let Some(server) = Server::start(&[]) else { return };
    let mut store = server.store();
    with_policy("allow *; limit * 1/s per grant;", |policy| {
        let (evaluator, arguments) = (Evaluator::new(policy), Json::parse("{}").unwrap());
        for second in 0..200 {
            assert_eq!(ask(&mut store, &evaluator, &call(&arguments, second)).0, Verdict::Allow);
        }
        assert_eq!(ask(&mut store, &evaluator, &call(&arguments, 100)).0, Verdict::Deny);
    });
    // 64 windows, their list and the horizon.
    assert_eq!(server.do_this(&["DBSIZE"]), redis::Value::Int(66));
}

/// What was counted before the server was gone is counted when it is back; meanwhile calls are denied.
#[test]
fn a_server_that_is_gone_denies_until_it_is_back() {
    let Some(mut server) = Server::start(&[]) else { return };
    let mut store = server.store();
    with_policy("allow *; limit * 3/day;", |policy| {
        let (evaluator, arguments) = (Evaluator::new(policy), Json::parse("{}").unwrap());
        let call = call(&arguments, 0);
        let considered = evaluator.consider(&call);
        let entries: Vec<_> =
            considered.demands().iter().map(|demand| policyc_enforce::counters::Entry::new("p", demand)).collect();
        assert_eq!(store.take(&entries, Counting::Once, 0).unwrap(), [true]);
        server.stop();
        for _ in 0..2 {
            let failure = store.take(&entries, Counting::Once, 0).unwrap_err().to_string();
            assert!(failure.starts_with("the counters at `") && failure.contains("cannot be used"), "{failure}");
        }
        server.again();
        assert_eq!(store.take(&entries, Counting::Once, 0).unwrap(), [true]);
        assert_eq!(store.take(&entries, Counting::Once, 0).unwrap(), [true]);
        assert_eq!(store.take(&entries, Counting::Once, 0).unwrap(), [false]);
        // A count that is no number.
        let redis::Value::Array(keys) = server.do_this(&["KEYS", "{policyc}:counts:*"]) else { panic!("no keys") };
        let key: String = redis::from_redis_value(keys[0].clone()).unwrap();
        let redis::Value::Array(counters) = server.do_this(&["HKEYS", &key]) else { panic!("no counters") };
        let counter: String = redis::from_redis_value(counters[0].clone()).unwrap();
        server.do_this(&["HSET", &key, &counter, "-1"]);
        let failure = store.take(&entries, Counting::Once, 0).unwrap_err().to_string();
        assert!(failure.contains("a count is damaged"), "{failure}");
    });
}

/// What the hook says of a server with these settings.
fn hook(folder: &Path, counters: &str, more: &[&str]) -> (i32, String, String) {
    let mut line = vec!["--counters", counters, "--counter-namespace", "shop"];
    line.extend(more);
    let event = br#"{"hook_event_name": "PreToolUse", "session_id": "s", "tool_use_id": "i", "tool_name": "mcp__pay__wire-money", "tool_input": {"amount": 5, "to": "ann"}}"#;
    let mut all = vec!["hook", "--client", "claude-code", "shop.pol", "--cache", "cache"]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    all.extend(line.into_iter().map(str::to_owned));
    let mut child = Command::new(BIN)
        .args(all)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(event);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn servers_that_cannot_be_trusted_deny() {
    let folder = super::shop();
    let Some(server) = Server::start(&["--requirepass", "secret word", "--maxmemory-policy", "allkeys-lru"]) else {
        return;
    };
    let denied = |counters: &str, more: &[&str], reason: &str| {
        let (status, output, error) = hook(folder.path(), counters, more);
        assert_eq!(status, 2, "{output}{error}");
        assert!(error.contains(reason) && !error.contains("secret"), "{reason:?} is not in {error:?}");
    };
    let address = server.address();
    denied(&address, &[], "it asks for a password; name a file with it by `--counters-password-file`");
    std::fs::write(folder.path().join("password"), "secret word\n").unwrap();
    let password = ["--counters-password-file", "password"];
    denied(
        &address,
        &password,
        "it may evict counts to make room (`maxmemory-policy allkeys-lru`); set it to `noeviction`",
    );
    std::fs::write(folder.path().join("password"), "another").unwrap();
    denied(&address, &password, "it does not accept the name or the password");
    denied(&address, &["--counters-password-file", "none"], "none");
    // Nobody is there; somebody is, and says nothing, or something else.
    denied("redis://127.0.0.1:1/0", &[], "the counters at `127.0.0.1:1` cannot be used");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    denied(&format!("redis://{}", silent.local_addr().unwrap()), &[], "it did not answer within 2 seconds");
    denied("http://user:secret@example.com", &[], "write `redis://HOST:PORT/DATABASE`");
    denied("redis://:secret@", &[], "the address of the counters is wrong");
}

#[test]
fn a_hundred_processes_share_one_limit_and_some_are_killed() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("p.pol"),
        "deny *; limit send 40/day; limit total send 1000/day of args.n as \"all\";",
    )
    .unwrap();
    let began = day();
    let address = server.address();
    let start = || super::processes::start_with(folder.path(), &[&address, "--counter-namespace", "shop"]);
    let mut most = 0;
    for round in 0..30_u64 {
        let children: Vec<Child> = (0..2).map(|_| start()).collect();
        std::thread::sleep(Duration::from_micros(round * 7_919 % 30_000));
        for mut child in children {
            let _ = child.kill();
            most += usize::from(passed(child));
        }
    }
    let children: Vec<Child> = (0..100).map(|_| start()).collect();
    most += children.into_iter().map(passed).filter(|passed| *passed).count();
    while passed(start()) {
        most += 1;
    }
    assert!(most <= 40 || day() != began, "{most} of 40 calls passed");
}
