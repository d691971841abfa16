//! How long the exact analysis takes.
//!
//! `cargo bench --bench analysis`. The same policy of five kinds of rules as in the other benchmarks (`generate`), and
//! policies all of whose rules meet at one tool, which is the hardest case.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or benchmark that cannot go on says so by failing"
)]

mod generate;

use std::path::Path;

use divan::{Bencher, black_box};
use policyc_core::analysis::ask::Domain;
use policyc_core::assertions;
use policyc_core::bounds::{self, DAY, HOUR};
use policyc_core::dead::{self, Detail};
use policyc_core::decider::PolicyDecider;
use policyc_core::diff::compare;
use policyc_core::sema::{Analysis, NoFiles, Options, analyze};

const RULES: usize = 1_000;
/// Rules of one tool, each of which is looked at among the others: so many that all are decided.
const OF_ONE_TOOL: usize = 500;
/// Tools of the policies that are compared, and the rules of each policy.
const COMPARED: (usize, usize) = (1_000, 500);

fn main() {
    divan::main();
}

/// All rules of the generated policy: each selects a tool of its own, or a few.
#[divan::bench(sample_count = 20)]
fn dead_rules_spread(bencher: Bencher<'_, '_>) {
    dead(bencher, &generate::analysis(&generate::case(RULES)));
}

/// Five hundred denials of one tool, each for another value of the same argument.
#[divan::bench(sample_count = 5)]
fn dead_rules_at_one_tool(bencher: Bencher<'_, '_>) {
    let rules = (0..OF_ONE_TOOL).map(|number| format!("deny send when args.to == \"user{number}@acme.com\";\n"));
    dead(bencher, &analysis(&format!("allow *;\n{}", rules.collect::<String>())));
}

/// Five hundred denials of every tool, each from another amount on: all but one are shadowed.
#[divan::bench(sample_count = 5)]
fn dead_rules_all_shadowed(bencher: Bencher<'_, '_>) {
    let rules = (0..OF_ONE_TOOL).map(|number| format!("deny * when args.amount > {number};\n"));
    dead(bencher, &analysis(&format!("allow *;\n{}", rules.collect::<String>())));
}

/// A hundred rules for every tool, and nine hundred for a tool each, of two hundred.
#[divan::bench(sample_count = 5)]
fn dead_rules_for_every_tool(bencher: Bencher<'_, '_>) {
    let every = (0..100).map(|number| format!("deny * when args.field{} == \"{number}\";\n", number % 10));
    let one = (0..900).map(|number| {
        format!("deny tool{} when args.amount > {number} and args.to like \"*@{number}.com\";\n", number % 200)
    });
    dead(bencher, &analysis(&format!("allow *;\n{}", every.chain(one).collect::<String>())));
}

fn analysis(text: &str) -> Analysis {
    analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles)
}

fn dead(bencher: Bencher<'_, '_>, analysis: &Analysis) {
    let policy = &analysis.checked.as_ref().unwrap().policies()[0];
    bencher.bench_local(|| {
        let report = dead::check(black_box(policy), Detail::Rules);
        assert!(report.undecided.is_empty());
        report
    });
}

/// Five hundred rules for a thousand tools. `salt` changes what rules about every `step`th tool say.
fn compared(salt: usize, step: usize) -> String {
    let (tools, rules) = COMPARED;
    let mut text = String::from("deny *;\nallow * when has caller.team;\n");
    for number in 0..rules {
        let tool = number * tools / rules;
        let amount = 100 + number + if number % step == 0 { salt } else { 0 };
        text.push_str(&match number % 4 {
            0 => format!("allow tool{tool} when args.amount <= {amount} and args.currency in [\"EUR\", \"USD\"];\n"),
            1 => format!("deny tool{tool} when args.note contains \"secret\" or args.amount > {amount};\n"),
            2 => format!("limit tool{tool} {amount}/hour;\n"),
            _ => format!("require args.to like \"*@team{amount}.acme.com\" for tool{tool};\n"),
        });
    }
    for tool in (0..tools).filter(|tool| tool % 2 == 1) {
        text.push_str(&format!("assert allow tool{tool} when args.amount == 1 and caller.team == \"a\";\n"));
    }
    text
}

/// Two policies whose rules differ for one tool in `step`.
#[divan::bench(args = [500, 10, 1], sample_count = 10)]
fn diff(bencher: Bencher<'_, '_>, step: usize) {
    let [old, new] = [compared(0, step), compared(7, step)].map(|text| analysis(&text));
    let [old, new] = [&old, &new].map(|analysis| &analysis.checked.as_ref().unwrap().policies()[0]);
    bencher.bench_local(|| {
        let [old, new] = [old, new].map(PolicyDecider::new);
        compare(&old, &new, Domain::Any, false)
    });
}

/// Five hundred assertions, all of which hold.
#[divan::bench(sample_count = 10)]
fn five_hundred_assertions(bencher: Bencher<'_, '_>) {
    let analysis = analysis(&compared(0, 1));
    let policy = &analysis.checked.as_ref().unwrap().policies()[0];
    assert!(assertions::check(policy).is_empty());
    bencher.bench_local(|| assertions::check(black_box(policy)));
}

/// A thousand tools, each with a limit of its own.
#[divan::bench(sample_count = 3)]
fn limits_of_a_thousand_tools(bencher: Bencher<'_, '_>) {
    let limits = (0..1_000).map(|number| format!("limit tool{number} {}/min;\n", number + 1));
    let analysis = analysis(&format!("deny *;\n{}", limits.collect::<String>()));
    let policy = &analysis.checked.as_ref().unwrap().policies()[0];
    bencher.bench_local(|| {
        let decider = PolicyDecider::new(black_box(policy));
        let model = bounds::Model::new(&decider);
        let kinds = bounds::kinds(&model);
        assert!(kinds.undecided.is_empty());
        bounds::bounds(&model, &model.subjects(), &kinds.kinds, &[HOUR, DAY])
    });
}
