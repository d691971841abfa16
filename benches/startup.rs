//! What a run of the program on a small policy costs over an empty Rust program.
//!
//! `cargo bench --bench startup`. Both programs are started in turn, many times, and the medians compared, so
//! that a busy machine disturbs both alike.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or benchmark that cannot go on says so by failing"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 300;

const POLICY: &str = r#"deny *;
allow get_comments, get_posts;
limit send_dm_to_user 30/min per grant because "Slow down.";
limit reply_to_comment 100/hour;
require args.message like "Hello*" for send_dm_to_user;
require approval for delete_post;
hide delete_page;
deny post_to_facebook when args.message contains "password";
limit total * 1_000/day;
allow hide_comment when args.comment_id != "1";
"#;

fn time(program: &Path, arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success());
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("empty.rs");
    std::fs::write(&source, "fn main() {}\n").unwrap();
    let empty = folder.path().join("empty");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc).arg("-O").arg("-o").arg(&empty).arg(&source).status().unwrap();
    assert!(built.success());
    let policy = folder.path().join("policy.pol");
    std::fs::write(&policy, POLICY).unwrap();
    let policyc = Path::new(env!("CARGO_BIN_EXE_policyc"));
    let policy = policy.to_str().unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(time(&empty, &[]));
        ours.push(time(policyc, &["compile", policy]));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("empty program {theirs:?}, compile of a ten-line policy {ours:?}: {:?} more", ours.saturating_sub(theirs));
}
