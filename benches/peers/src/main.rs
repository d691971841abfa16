//! How long a decision takes here and in Cedar (<https://www.cedarpolicy.com>), both on 1,000 rules that say the same.
//!
//! `cargo run --release -p policyc-peers`. Both engines get calls that were already read, and are timed in turn, so
//! that a busy machine disturbs both alike; the medians are compared. Cedar has no counters, so a limit stands there
//! as a rule that allows, and is not counted here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on says so by failing"
)]

#[path = "../../generate/mod.rs"]
mod generate;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use policyc::eval::{Evaluator, OwnedCall, Verdict};

const RULES: usize = 1_000;
const ROUNDS: usize = 200;

/// The statements of `generate::case` in Cedar.
fn cedar_policies() -> PolicySet {
    let mut text = String::new();
    for index in 0..RULES {
        let scope = format!("(principal, action == Action::\"{}\", resource)", tool(index));
        match index % 5 {
            1 => writeln!(
                text,
                "permit {scope} when {{ context.amount <= {} && [\"EUR\", \"USD\"].contains(context.currency) }};",
                100 + index
            ),
            2 => writeln!(text, "permit {scope} when {{ context.to like \"*@acme.com\" }};"),
            3 => {
                writeln!(text, "forbid {scope} when {{ context.amount > {index} || context.note like \"*secret*\" }};")
            }
            _ => writeln!(text, "permit {scope};"),
        }
        .unwrap();
    }
    text.parse().unwrap()
}

fn tool(index: usize) -> String {
    format!("tool_{index:05}_{}", ["read", "send", "delete", "update"][index % 4])
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn time(times: usize, mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    start.elapsed() / u32::try_from(times).unwrap()
}

fn main() {
    let analysis = generate::analysis(&generate::case(RULES));
    let evaluator = Evaluator::new(&analysis.checked.as_ref().unwrap().policies()[0]);
    let (authorizer, policies, entities) = (Authorizer::new(), cedar_policies(), Entities::empty());
    println!("{:<28}{:>12}{:>12}{:>10}", format!("{RULES} rules"), "policyc", "cedar", "ratio");
    let cases = [
        ("allowed without condition", tool(500), 250, "for the books"),
        ("allowed by condition", tool(501), 250, "for the books"),
        ("not allowed by condition", tool(101), 250, "for the books"),
        ("denied by condition", tool(103), 250, "for the books"),
        ("denied by default", "some_other_tool".to_owned(), 250, "for the books"),
    ];
    for (what, tool, amount, note) in cases {
        let arguments = format!(r#"{{"amount": {amount}, "to": "ann@acme.com", "currency": "EUR", "note": "{note}"}}"#);
        let call = OwnedCall::parse(&format!(r#"{{"name": "{tool}", "arguments": {arguments}}}"#)).unwrap();
        let call = call.at(0);
        let uid = |text: &str| text.parse::<EntityUid>().unwrap();
        let context = Context::from_json_str(&arguments, None).unwrap();
        let action = uid(&format!("Action::\"{tool}\""));
        let request = Request::new(uid("Grant::\"key-7\""), action, uid("Server::\"shop\""), context, None).unwrap();
        let theirs = authorizer.is_authorized(&request, &policies, &entities);
        assert_eq!(theirs.decision() == Decision::Allow, evaluator.decide(&call).verdict == Verdict::Allow, "{what}");
        let (mut ours, mut other) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(time(1_000, || {
                black_box(black_box(&evaluator).decide(black_box(&call)));
            }));
            other.push(time(5, || {
                black_box(authorizer.is_authorized(black_box(&request), &policies, &entities));
            }));
        }
        let (ours, other) = (median(ours), median(other));
        let ratio = other.as_secs_f64() / ours.as_secs_f64();
        println!("{what:<28}{:>12}{:>12}{ratio:>10.0}", format!("{ours:.0?}"), format!("{other:.1?}"));
    }
}
