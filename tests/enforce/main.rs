//! Deciding live calls: counters that processes share, and `policyc hook`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::iter_over_hash_type,
    reason = "a test that cannot go on says so by failing"
)]

mod compiled;
mod counters;
mod events;
mod failures;
mod installing;
mod logs;
mod processes;
mod proxy;
#[cfg(feature = "redis")]
mod redis;
#[path = "../support/run.rs"]
mod run;
#[cfg(feature = "http")]
mod serve;
mod whole_policies;

use std::path::{Path, PathBuf};

/// The folder of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A text with `TIME` in place of each midnight, which depends on the day of the run.
fn without_days(text: &str) -> String {
    let mut parts: Vec<&str> = text.split("T00:00:00Z").collect();
    let last = parts.pop().unwrap_or_default();
    let cut = |part: &str| format!("{}TIME", &part[..part.len() - "2026-01-01".len()]);
    parts.into_iter().map(cut).chain([last.to_owned()]).collect()
}

/// A folder with a policy and its catalogue.
fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.pol"), SHOP).unwrap();
    std::fs::write(folder.path().join("tools.json"), TOOLS).unwrap();
    folder
}

const SHOP: &str = r#"server pay from "tools.json";
deny * because "Closed.";
allow wire-money, list_orders;
deny wire-money when args.amount > 100 because "More than a hundred goes through the bank.";
require approval by "ann" for wire-money when args.amount > 10;
limit wire-money 3/day;
"#;

const TOOLS: &str = r#"{"tools": [
    {"name": "wire-money", "inputSchema": {"type": "object", "properties": {"amount": {"type": "number"}, "to": {"type": "string"}}}},
    {"name": "list_orders", "inputSchema": {"type": "object"}}
]}"#;

/// One hook: how it ends, what it answers, and what it says on standard error.
fn hook(folder: &Path, client: &str, more: &[&str], event: &[u8]) -> (i32, String, String) {
    let paths =
        ["shop.pol", "counters.db", "cache"].map(|name| folder.join(name).into_os_string().into_string().unwrap());
    let mut line = vec!["hook", "--client", client, &paths[0], "--counters", &paths[1], "--cache", &paths[2]];
    line.extend(more);
    let (exit, output, error) = run::in_process(&line, event);
    (exit as i32, output, error)
}
