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
use policyc::dead::{self, Detail};
use policyc::sema::{Analysis, NoFiles, Options, analyze};

const RULES: usize = 1_000;

fn main() {
    divan::main();
}

/// All rules of the generated policy: each selects a tool of its own, or a few.
#[divan::bench(sample_count = 20)]
fn dead_rules_spread(bencher: Bencher<'_, '_>) {
    dead(bencher, &generate::analysis(&generate::case(RULES)));
}

/// A thousand denials of one tool, each for another value of the same argument.
#[divan::bench(sample_count = 5)]
fn dead_rules_at_one_tool(bencher: Bencher<'_, '_>) {
    let rules = (0..RULES).map(|number| format!("deny send when args.to == \"user{number}@acme.com\";\n"));
    dead(bencher, &analysis(&format!("allow *;\n{}", rules.collect::<String>())));
}

/// A thousand denials of every tool, each from another amount on: all but one are shadowed.
#[divan::bench(sample_count = 5)]
fn dead_rules_all_shadowed(bencher: Bencher<'_, '_>) {
    let rules = (0..RULES).map(|number| format!("deny * when args.amount > {number};\n"));
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
