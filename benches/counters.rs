//! What counting costs: calls a second that are decided and counted, beside the bare transactions of the same store.
//!
//! `cargo bench --bench counters`. The cases take turns in one run, so that what else the machine does slows all of them. Files are
//! beside the program, on a real disk. `POLICYC_REDIS=/usr/bin/redis-server` adds a server of its own on the loopback device.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a test or benchmark that cannot go on says so by failing"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use policyc_core::eval::{OwnedCall, Verdict};
use policyc_core::ir::Policy;
use policyc_core::sema::{NoFiles, Options, analyze};
use policyc_enforce::counters::{CounterStore, Counting, Memory, Redis, Sqlite, Sync};
use policyc_enforce::gate::{Accounting, Gate, OnStoreFailure};
use rusqlite::{Connection, TransactionBehavior, params};

/// How long each case runs in a turn, and how often.
const TURN: Duration = Duration::from_millis(400);
const TURNS: usize = 7;

const POLICY: &str = "deny *; limit send 1000000000/day per grant;";

/// A case: its name, and one step of it.
type Case<'a> = (&'static str, Box<dyn FnMut() + 'a>);

fn main() {
    let analysis = analyze("p.pol", Path::new("p.pol"), POLICY, &Options::default(), &NoFiles);
    let policy = &analysis.checked.as_ref().unwrap().policies()[0];
    let folder = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut cases: Vec<Case<'_>> = vec![
        ("memory", decided(policy, Box::new(Memory::default()))),
        ("SQLite, full, bare", bare(&file("bare-full.db"), "FULL")),
        ("SQLite, full", decided(policy, Box::new(Sqlite::at(file("full.db"), Sync::Full)))),
        ("SQLite, normal, bare", bare(&file("bare-normal.db"), "NORMAL")),
        ("SQLite, normal", decided(policy, Box::new(Sqlite::at(file("normal.db"), Sync::Normal)))),
    ];
    let servers = redis_servers(folder.path());
    for (name, bare, server) in &servers {
        let mut connection = redis::Client::open(server.address.as_str()).unwrap().get_connection().unwrap();
        let script = redis::Script::new("return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)");
        let step = move || assert!(script.key("bare").arg("count").invoke::<i64>(&mut connection).unwrap() > 0);
        cases.push((bare, Box::new(step)));
        cases.push((name, decided(policy, Box::new(Redis::at(&server.address, None).unwrap()))));
    }
    // With `--test` each case runs once, which shows that it works.
    if std::env::args().any(|argument| argument == "--test") {
        cases.iter_mut().for_each(|(_, step)| step());
        return;
    }
    let mut rates = vec![Vec::new(); cases.len()];
    for _ in 0..TURNS {
        for ((_, step), rates) in cases.iter_mut().zip(&mut rates) {
            let (began, mut steps) = (Instant::now(), 0);
            while began.elapsed() < TURN {
                step();
                steps += 1;
            }
            rates.push(f64::from(steps) / began.elapsed().as_secs_f64());
        }
    }
    for ((name, _), rates) in cases.iter().zip(&mut rates) {
        rates.sort_by(f64::total_cmp);
        println!("{name:24} {:>10.0} a second", rates[TURNS / 2]);
    }
}

/// A gate that decides and counts one call over and over.
fn decided<'a>(policy: &'a Policy, store: Box<dyn CounterStore + Send>) -> Box<dyn FnMut() + 'a> {
    let mut gate = Gate::new(store, OnStoreFailure::Deny);
    gate.add(policy, "p".to_owned());
    let call = OwnedCall::parse(r#"{"name": "send", "arguments": {}, "grant": "key-7"}"#).unwrap();
    Box::new(move || {
        let accounting = Accounting { counting: Counting::Once, held_counts: false };
        let outcome = gate.decide(&[(0, call.at(1_800_000_000))], accounting);
        assert_eq!(outcome.verdict, Verdict::Allow, "{outcome:?}");
    })
}

/// The least that a transaction does which reads a count and writes it.
fn bare(path: &Path, synchronous: &str) -> Box<dyn FnMut()> {
    let mut connection = Connection::open(path).unwrap();
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
    connection.pragma_update(None, "synchronous", synchronous).unwrap();
    connection
        .execute_batch("CREATE TABLE counts (counter BLOB PRIMARY KEY, used TEXT) STRICT, WITHOUT ROWID")
        .unwrap();
    connection.execute("INSERT INTO counts VALUES (?1, '0')", [[7_u8; 32]]).unwrap();
    Box::new(move || {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let used: String = transaction
            .prepare("SELECT used FROM counts WHERE counter = ?1")
            .unwrap()
            .query_row([[7_u8; 32]], |row| row.get(0))
            .unwrap();
        let used = used.parse::<i64>().unwrap() + 1;
        transaction
            .prepare("UPDATE counts SET used = ?2 WHERE counter = ?1")
            .unwrap()
            .execute(params![[7_u8; 32], used.to_string()])
            .unwrap();
        transaction.commit().unwrap();
    })
}

/// A server that ends with the benchmark.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Servers that write each count to the disk before they answer, and every second.
fn redis_servers(folder: &Path) -> Vec<(&'static str, &'static str, Server)> {
    let Some(program) = std::env::var_os("POLICYC_REDIS") else {
        println!("POLICYC_REDIS names no Redis");
        return Vec::new();
    };
    [
        ("Redis, always", "Redis, always, bare", "always"),
        ("Redis, every second", "Redis, every second, bare", "everysec"),
    ]
    .map(|(name, bare, setting)| {
        let socket = folder.join(format!("{setting}.socket"));
        let child = Command::new(&program)
            .args(["--port", "0", "--save", "", "--appendonly", "yes", "--appenddirname", setting])
            .args(["--appendfsync", setting, "--unixsocket"])
            .arg(&socket)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "the server does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        (name, bare, Server { child, address: format!("redis+unix://{}", socket.display()) })
    })
    .into()
}
