//! Many processes, one counter.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::run::BIN;

const EVENT: &[u8] = br#"{"hook_event_name": "PreToolUse", "session_id": "s", "tool_use_id": "i", "tool_name": "mcp__pay__send", "tool_input": {"n": 1}}"#;

fn start(folder: &Path) -> Child {
    start_with(folder, &["state/counters.db"])
}

/// A hook with counters, which end the command line.
pub(super) fn start_with(folder: &Path, counters: &[&str]) -> Child {
    let mut command = Command::new(BIN);
    command.args(["hook", "--client", "claude-code", "p.pol", "--server", "pay", "--cache", "cache", "--counters"]);
    command.args(counters);
    command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A process that is dead already does not read it.
    let _ = child.stdin.take().unwrap().write_all(EVENT);
    child
}

/// Whether it let the call pass.
pub(super) fn passed(child: Child) -> bool {
    let output = child.wait_with_output().unwrap();
    let passed = String::from_utf8_lossy(&output.stdout).contains("\"permissionDecision\":\"allow\"");
    assert!(passed || output.status.code() != Some(0), "{output:?}");
    passed
}

/// The day, in which the limits count. A test that runs into the next one proves nothing.
pub(super) fn day() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400
}

#[test]
fn a_hundred_processes_share_one_limit() {
    let folder = tempfile::tempdir().unwrap();
    let began = day();
    // The file is made by whoever is first.
    std::fs::write(
        folder.path().join("p.pol"),
        "deny *; limit send 17/day; limit total send 1000/day of args.n as \"all\";",
    )
    .unwrap();
    let children: Vec<Child> = (0..100).map(|_| start(folder.path())).collect();
    let mut most = children.into_iter().map(passed).filter(|passed| *passed).count();
    // Who had to wait too long was denied; what was counted is counted.
    while passed(start(folder.path())) {
        most += 1;
    }
    assert!(most == 17 || day() != began, "{most} of 17 calls passed");
}

/// `POLICYC_KILLS` says how often two processes are killed; without it 60 times.
#[test]
fn a_killed_process_lets_no_more_pass() {
    let folder = tempfile::tempdir().unwrap();
    let rounds: u64 = std::env::var("POLICYC_KILLS").map_or(60, |text| text.parse().unwrap());
    // Some of them pass, and the limit is not full before the last ones.
    let limit = rounds / 3;
    std::fs::write(folder.path().join("p.pol"), format!("deny *; limit send {limit}/day;")).unwrap();
    let began = day();
    let mut most = 0;
    for round in 0..rounds {
        let children: Vec<Child> = (0..2).map(|_| start(folder.path())).collect();
        // From before the program runs to after it has answered.
        std::thread::sleep(Duration::from_micros(round * 7_919 % 60_000));
        for mut child in children {
            let _ = child.kill();
            most += u64::from(passed(child));
        }
    }
    while passed(start(folder.path())) {
        most += 1;
    }
    assert!(most <= limit || day() != began, "{most} of {limit} calls passed");
    // Whatever was killed, the file is whole.
    let connection = rusqlite::Connection::open(folder.path().join("state/counters.db")).unwrap();
    let found: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    let used: i64 =
        connection.query_row("SELECT max(CAST(used AS INTEGER)) FROM counts", [], |row| row.get(0)).unwrap();
    assert!(used == limit.cast_signed() || day() != began, "{used}");
}
