//! Compares documents for agent programs that list tools with the programs themselves: each is run with a model that asks for calls, and a
//! server that writes down which of them ran. `POLICYC_CODEX`, `POLICYC_OPENCODE` and `POLICYC_CLAUDE_CODE` are the programs, and
//! `POLICYC_PYTHON` a Python for the model and the server; nothing is compared with a program that is not named.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use policyc_core::eval::Verdict;
use policyc_oracles::conformance::{Generator, Sample, Shape, TOOLS, Tally};
use policyc_oracles::engines::{document, output, pairs, program};
use serde_json::json;

/// Compares a target with its program. The programs decide by the names of tools only.
fn compare(target: &str, variable: &str, engine: &str) {
    let Some(path) = program(variable, engine) else { return };
    let python = std::env::var("POLICYC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let pairs = pairs(200);
    let mut generator = Generator::new(1, Shape { approval: true, ..Shape::default() });
    let (mut tally, mut known, mut cases, mut input) = (Tally::default(), BTreeSet::new(), Vec::new(), String::new());
    for _ in 0..100 * pairs {
        if cases.len() * TOOLS.len() >= pairs {
            break;
        }
        let mut case = generator.case(0);
        let Some(text) = document(target, &case) else {
            tally.refused += 1;
            continue;
        };
        if !known.insert(text.clone()) {
            continue;
        }
        case.calls = TOOLS.map(|tool| Sample::of(&case, tool)).into();
        // A session ends where a person is asked, so these calls come last.
        case.calls.sort_by_key(|sample| sample.verdict == Verdict::Approval);
        let calls: Vec<&str> = case.calls.iter().map(|sample| &*sample.name).collect();
        input.push_str(&format!("{}\n", json!({"document": text, "calls": calls})));
        cases.push((case, text));
    }
    tally.policies = cases.len();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/agents.py");
    let answers = output(Command::new(python).arg(script).args([target, &path]), input);
    assert_eq!(answers.lines().count(), cases.len());
    let mut seen = BTreeSet::new();
    for ((case, text), answers) in cases.iter().zip(answers.lines()) {
        let verdicts: Vec<Verdict> = answers.split(' ').map(verdict).collect();
        assert_eq!(verdicts.len(), case.calls.len());
        for (sample, verdict) in case.calls.iter().zip(verdicts) {
            seen.insert(verdict);
            tally.add(case, text, sample, verdict);
        }
    }
    assert!(seen.contains(&Verdict::Allow) && seen.contains(&Verdict::Deny), "{seen:?}");
    tally.record(target, engine);
}

fn verdict(word: &str) -> Verdict {
    match word {
        "ran" => Verdict::Allow,
        "asked" => Verdict::Approval,
        "refused" => Verdict::Deny,
        other => panic!("{other}"),
    }
}

#[test]
fn codex_runs_what_the_policy_allows() {
    compare("codex", "POLICYC_CODEX", "Codex 0.171.0");
}

#[test]
fn opencode_runs_what_the_policy_allows() {
    compare("opencode", "POLICYC_OPENCODE", "opencode 1.18.33");
}

#[test]
fn claude_code_runs_what_the_policy_allows() {
    compare("claude-code", "POLICYC_CLAUDE_CODE", "Claude Code 2.1.332");
}
