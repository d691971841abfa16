//! Finds out which commit the sources are of, for `policyc --version`.
//!
//! The first of these that answers counts: the variable `POLICYC_SOURCE`, which packages set; the file `source.txt`, which
//! `git archive` and so the archives of a release fill in; what `cargo package` leaves in a crate; git. Without any of them the
//! program gives its version alone.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Digits of a commit that are printed.
const DIGITS: usize = 10;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=POLICYC_SOURCE");
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let source = variable().or_else(archive).or_else(package).or_else(git);
    let text = source.map_or_else(|| version.clone(), |source| format!("{version} ({source})"));
    println!("cargo::rustc-env=POLICYC_VERSION={text}");
}

/// A commit and perhaps its date, as they are printed; `None` if the text does not begin with a commit.
fn source(text: &str) -> Option<String> {
    let (commit, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let is_commit = commit.len() >= DIGITS && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| format!("{} {rest}", commit.get(..DIGITS).unwrap_or(commit)).trim_end().to_owned())
}

fn variable() -> Option<String> {
    source(&env::var("POLICYC_SOURCE").ok()?)
}

fn archive() -> Option<String> {
    println!("cargo::rerun-if-changed=source.txt");
    source(&fs::read_to_string("source.txt").ok()?)
}

fn package() -> Option<String> {
    let text = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    source(text.split_once("\"sha1\": \"")?.1.split('"').next()?)
}

fn git() -> Option<String> {
    // The log has a line for each commit and each checkout. A file that does not exist would run this script each time.
    for name in ["logs/HEAD", "HEAD"] {
        let path = ask_git(&["rev-parse", "--git-path", name])?;
        if Path::new(path.trim()).exists() {
            println!("cargo::rerun-if-changed={}", path.trim());
            break;
        }
    }
    // Sources that were unpacked inside of another repository are not of its commit.
    ask_git(&["ls-files", "--error-unmatch", "build.rs"])?;
    source(&ask_git(&["log", "-1", "--format=%H %cs"])?)
}

fn ask_git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}
