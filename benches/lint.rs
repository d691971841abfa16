//! How long linting takes.
//!
//! `cargo bench --bench lint`. A thousand policies of a hundred statements, against ten catalogues of a hundred tools that they share,
//! as `policyc lint FOLDER` does it: files read, everything checked, the default rules and all rules, findings printed. The policies
//! are careful ones, so that the rules have to look at everything and find little.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that cannot go on says so by failing")]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use divan::Bencher;
use policyc::{Exit, Streams};

const POLICIES: usize = 1_000;
const STATEMENTS: usize = 100;
const CATALOGUES: usize = 10;
const TOOLS: usize = 100;

fn main() {
    divan::main();
}

/// The rules that are on by default.
#[divan::bench(sample_count = 5)]
fn thousand_policies(bencher: Bencher<'_, '_>) {
    lint(bencher, &[]);
}

/// All rules.
#[divan::bench(sample_count = 5)]
fn thousand_policies_all_rules(bencher: Bencher<'_, '_>) {
    lint(bencher, &["--select", "all"]);
}

fn lint(bencher: Bencher<'_, '_>, arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let path = folder.path().join("policies").display().to_string();
    let line = ["policyc", "lint", &path, "--format", "short"].into_iter().chain(arguments.iter().copied());
    let line: Vec<OsString> = line.map(OsString::from).collect();
    bencher.bench_local(|| {
        let (mut output, mut error) = (Vec::new(), Vec::new());
        let mut streams = Streams {
            input: &mut std::io::empty(),
            output: &mut output,
            error: &mut error,
            colour_output: false,
            colour_error: false,
            progress: false,
            width: 100,
        };
        let exit = policyc::run(line.clone(), &mut streams);
        assert!(exit == Exit::Fine && error.is_empty(), "{}", String::from_utf8_lossy(&output));
        output.len()
    });
}

/// Writes the catalogues and the policies.
fn write(folder: &Path) {
    fs::create_dir_all(folder.join("policies")).unwrap();
    for number in 0..CATALOGUES {
        fs::write(folder.join(format!("tools{number}.json")), catalogue(number)).unwrap();
    }
    for number in 0..POLICIES {
        fs::write(folder.join(format!("policies/p{number:04}.pol")), policy(number)).unwrap();
    }
}

const VERBS: [&str; 10] = ["get", "list", "search", "create", "update", "delete", "send", "pay", "run", "approve"];

/// A tool of a catalogue: its name says what it does.
fn tool(number: usize) -> String {
    format!("{}_thing{}", VERBS[number % VERBS.len()], number / VERBS.len())
}

fn catalogue(number: usize) -> String {
    let tools = (0..TOOLS).map(|tool_number| {
        format!(
            r#"{{"name": "{}", "description": "Does what its name says, in shop {number}.", "inputSchema": {{
              "type": "object",
              "properties": {{
                "id": {{"type": "string", "minLength": 1, "maxLength": 64}},
                "amount": {{"type": "number", "minimum": 0}},
                "kind": {{"enum": ["a", "b", "c"]}},
                "to": {{"type": "string", "format": "email"}},
                "path": {{"type": "string"}},
                "tags": {{"type": "array", "items": {{"type": "string"}}}},
                "dry_run": {{"type": "boolean"}}
              }},
              "required": ["id", "amount", "kind"]
            }}}}"#,
            tool(tool_number)
        )
    });
    format!("{{\"tools\": [{}]}}", tools.collect::<Vec<_>>().join(",\n"))
}

/// A policy of a hundred statements of all kinds, no two policies alike.
fn policy(number: usize) -> String {
    let mut text = format!(
        "server shop from \"../tools{}.json\";\nlet most = {};\ngroup readers = get_*, list_*;\ndeny *;\nallow @readers;\n",
        number % CATALOGUES,
        1_000 + number
    );
    for index in 0..STATEMENTS - 5 {
        // Two statements about a tool: one that opens it with care, and one that narrows it further.
        let (pair, salt) = (index / 2, index + number);
        let tool = tool((pair * 7 + number) % TOOLS);
        let _ = match (index % 2, pair % 7, pair % 5) {
            (0, 0, _) => writeln!(text, "allow {tool} when args.kind in [\"a\", \"b\"] and args.amount <= {salt};"),
            (0, 1, _) => writeln!(text, "limit {tool} {}/min;", salt % 50 + 1),
            (0, 2, _) => writeln!(text, "require args.amount <= most for {tool} because \"too much\";"),
            (0, 3, _) => writeln!(text, "require approval for {tool};"),
            (0, 4, _) => writeln!(text, "limit {tool} {}/day of args.amount as \"sum{index}\";", salt + 5),
            (0, 5, _) => writeln!(text, "require args.to like \"*@acme{salt}.com\" for {tool};"),
            (0, _, _) => writeln!(text, "require args.path matches \"/srv/[a-z]+/{salt}\" for {tool};"),
            (_, _, 0) => writeln!(text, "deny {tool} when args.id like \"{salt}-*\" because \"closed\";"),
            (_, _, 1) => writeln!(text, "deny {tool} when some args.tags == \"t{salt}\" or args.dry_run == true;"),
            (_, _, 2) => writeln!(text, "limit {tool} {}/hour;", salt % 50 + 1),
            (_, _, 3) => writeln!(text, "require has args.to and not args.to like \"*@evil.com\" for {tool};"),
            _ => writeln!(text, "require approval for {tool} when args.amount > {} and args.kind == \"c\";", salt / 2),
        };
    }
    text
}
