//! How long a decision takes here and in Cedar (<https://www.cedarpolicy.com>), both on 1,000 rules that say the same.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml`. Both engines get calls that were already read, and are timed in turn, so
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
use policyc_core::eval::{Evaluator, OwnedCall, Verdict};
use policyc_core::sema::{NoFiles, Options, analyze};

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

/// A call, and what it is asked of.
struct Case<'a> {
    what: &'a str,
    tool: &'a str,
    evaluator: &'a Evaluator<'a>,
    policies: &'a PolicySet,
}

const ARGUMENTS: &str = r#"{"amount": 250, "to": "ann@acme.com", "currency": "EUR", "note": "for the books"}"#;

fn compare(Case { what, tool, evaluator, policies }: Case<'_>) {
    let call = OwnedCall::parse(&format!(r#"{{"name": "{tool}", "arguments": {ARGUMENTS}}}"#)).unwrap();
    let call = call.at(0);
    let uid = |text: &str| text.parse::<EntityUid>().unwrap();
    let context = Context::from_json_str(ARGUMENTS, None).unwrap();
    let action = uid(&format!("Action::\"{tool}\""));
    let request = Request::new(uid("Grant::\"key-7\""), action, uid("Server::\"shop\""), context, None).unwrap();
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    let theirs = authorizer.is_authorized(&request, policies, &entities);
    assert_eq!(theirs.decision() == Decision::Allow, evaluator.decide(&call).verdict == Verdict::Allow, "{what}");
    let (mut ours, mut other) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(200, || {
            black_box(black_box(evaluator).decide(black_box(&call)));
        }));
        other.push(time(5, || {
            black_box(authorizer.is_authorized(black_box(&request), policies, &entities));
        }));
    }
    let (ours, other) = (median(ours), median(other));
    let ratio = other.as_secs_f64() / ours.as_secs_f64();
    println!("{what:<28}{:>12}{:>12}{ratio:>10.0}", format!("{ours:.1?}"), format!("{other:.1?}"));
}

fn main() {
    println!("{:<28}{:>12}{:>12}{:>10}", format!("{RULES} rules"), "policyc", "cedar", "ratio");
    let analysis = generate::analysis(&generate::case(RULES));
    let evaluator = &Evaluator::new(&analysis.checked.as_ref().unwrap().policies()[0]);
    let policies = &cedar_policies();
    for (what, tool) in [
        ("allowed without condition", tool(500)),
        ("allowed by condition", tool(501)),
        ("not allowed by condition", tool(101)),
        ("denied by condition", tool(103)),
        ("denied by default", "some_other_tool".to_owned()),
    ] {
        compare(Case { what, tool: &tool, evaluator, policies });
    }
    // Rules about every tool, none of which holds, so that neither engine can leave one out.
    let (mut ours, mut theirs) = ("allow *;\n".to_owned(), "permit (principal, action, resource);\n".to_owned());
    for index in 0..RULES {
        writeln!(ours, "deny * when args.amount == -{index} and args.currency == \"USD\";").unwrap();
        writeln!(
            theirs,
            "forbid (principal, action, resource) when {{ context.amount == -{index} && context.currency == \"USD\" }};"
        )
        .unwrap();
    }
    let analysis = analyze("p.pol", "p.pol".as_ref(), &ours, &Options::default(), &NoFiles);
    let evaluator = &Evaluator::new(&analysis.checked.as_ref().unwrap().policies()[0]);
    let policies = &theirs.parse().unwrap();
    compare(Case { what: "every rule is looked at", tool: "pay", evaluator, policies });
}
