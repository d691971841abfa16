//! How long a decision takes on a policy of 1,000 rules, and what it allocates.
//!
//! `cargo bench --bench eval`. Divan prints for each case the time and, where there are any, the allocations.
//! `cargo run --release --manifest-path benches/peers/Cargo.toml` compares with another engine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or benchmark that cannot go on says so by failing"
)]

mod generate;

use divan::{AllocProfiler, Bencher, black_box};
use policyc_core::eval::{Evaluator, OwnedCall, Verdict};
use policyc_core::sema::{NoFiles, Options, analyze};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const RULES: usize = 1_000;

fn main() {
    divan::main();
}

fn call(name: &str, arguments: &str) -> OwnedCall {
    OwnedCall::parse(&format!(r#"{{"name": "{name}", "arguments": {arguments}, "grant": "key-7"}}"#)).unwrap()
}

/// Decides one call of the generated policy over and over. What its five kinds of rules are, `generate` says.
fn decide(bencher: Bencher<'_, '_>, name: &str, arguments: &str, expected: (Verdict, &str)) {
    let analysis = generate::analysis(&generate::case(RULES));
    let evaluator = Evaluator::new(&analysis.checked.as_ref().unwrap().policies()[0]);
    let call = call(name, arguments);
    let decision = evaluator.decide(&call.at(0));
    assert_eq!((decision.verdict, &*decision.rule()), expected);
    bencher.bench_local(|| black_box(&evaluator).decide(black_box(&call.at(0))).verdict);
}

const ARGUMENTS: &str = r#"{"amount": 250.50, "to": "ann@acme.com", "currency": "EUR", "note": "for the books"}"#;

#[divan::bench]
fn allowed_by_condition(bencher: Bencher<'_, '_>) {
    decide(bencher, "tool_00501_send", ARGUMENTS, (Verdict::Allow, ""));
}

#[divan::bench]
fn allowed_with_room_in_a_limit(bencher: Bencher<'_, '_>) {
    decide(bencher, "tool_00500_read", ARGUMENTS, (Verdict::Allow, ""));
}

#[divan::bench]
fn not_allowed_by_condition(bencher: Bencher<'_, '_>) {
    decide(bencher, "tool_00101_send", ARGUMENTS, (Verdict::Deny, "(not allowed)"));
}

#[divan::bench]
fn denied_by_condition(bencher: Bencher<'_, '_>) {
    decide(bencher, "tool_00103_update", ARGUMENTS, (Verdict::Deny, "deny@105"));
}

#[divan::bench]
fn denied_by_default(bencher: Bencher<'_, '_>) {
    decide(bencher, "some_other_tool", ARGUMENTS, (Verdict::Deny, "(default deny)"));
}

/// Decides and counts; a new window each time that the limit is used up.
#[divan::bench]
fn counted(bencher: Bencher<'_, '_>) {
    let analysis = generate::analysis(&generate::case(RULES));
    let mut evaluator = Evaluator::new(&analysis.checked.as_ref().unwrap().policies()[0]);
    let call = call("tool_00500_read", ARGUMENTS);
    let mut at = 0;
    bencher.bench_local(|| {
        let verdict = evaluator.call(black_box(&call.at(at))).verdict;
        if verdict == Verdict::Deny {
            at += 60;
        }
        verdict
    });
}

/// A call as a gateway gets it: the JSON text is read, decided and counted.
#[divan::bench]
fn read_and_counted(bencher: Bencher<'_, '_>) {
    let analysis = generate::analysis(&generate::case(RULES));
    let mut evaluator = Evaluator::new(&analysis.checked.as_ref().unwrap().policies()[0]);
    let text = format!(r#"{{"name": "tool_00500_read", "arguments": {ARGUMENTS}, "grant": "key-7"}}"#);
    bencher.bench_local(|| {
        let call = OwnedCall::parse(black_box(&text)).unwrap();
        evaluator.call(&call.at(0)).verdict
    });
}

/// All rules speak of the one tool, and none holds, so that each has to be looked at.
#[divan::bench]
fn every_rule_is_looked_at(bencher: Bencher<'_, '_>) {
    let text: String = std::iter::once("allow *;\n".to_owned())
        .chain((0..RULES).map(|index| format!("deny * when args.amount == {index} and args.currency == \"USD\";\n")))
        .collect();
    let analysis = analyze("p.pol", "p.pol".as_ref(), &text, &Options::default(), &NoFiles);
    let evaluator = Evaluator::new(&analysis.checked.as_ref().unwrap().policies()[0]);
    let call = call("pay", ARGUMENTS);
    assert_eq!(evaluator.decide(&call.at(0)).verdict, Verdict::Allow);
    bencher.bench_local(|| black_box(&evaluator).decide(black_box(&call.at(0))).verdict);
}

/// What a start costs.
#[divan::bench]
fn new_evaluator(bencher: Bencher<'_, '_>) {
    let analysis = generate::analysis(&generate::case(RULES));
    let policy = &analysis.checked.as_ref().unwrap().policies()[0];
    bencher.bench_local(|| Evaluator::new(black_box(policy)));
}
