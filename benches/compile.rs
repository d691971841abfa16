//! How long, and in how much memory, large policies are compiled.
//!
//! `cargo bench --bench compile`. Divan prints time and, from its allocation profiler, the most memory in use.

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
use policyc_core::ir::ServerId;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const SIZES: [usize; 3] = [1_000, 5_000, 10_000];

fn main() {
    divan::main();
}

/// From text to the hosted document: policy and catalogue of this many statements and tools.
#[divan::bench(args = SIZES, sample_count = 20)]
fn compile(bencher: Bencher<'_, '_>, size: usize) {
    let case = generate::case(size);
    let target = policyc_core::emit::find("policylayer").unwrap();
    bencher.bench_local(|| {
        let analysis = generate::analysis(black_box(&case));
        let emission = target.emit(&analysis.checked.as_ref().unwrap().policies()[0], ServerId(0));
        assert!(emission.artefact.is_some());
        emission
    });
}

/// From the model to the hosted document.
#[divan::bench(args = SIZES, sample_count = 20)]
fn emit_policylayer(bencher: Bencher<'_, '_>, size: usize) {
    let analysis = generate::analysis(&generate::case(size));
    let policy = &analysis.checked.as_ref().unwrap().policies()[0];
    let target = policyc_core::emit::find("policylayer").unwrap();
    bencher.bench_local(|| target.emit(black_box(policy), ServerId(0)));
}

/// From the model to the YAML of Intercept, of the statements that it can hold.
#[divan::bench(args = SIZES, sample_count = 20)]
fn emit_intercept(bencher: Bencher<'_, '_>, size: usize) {
    let mut case = generate::case(size);
    case.policy = case.policy.replace(" per grant", " per server").replace("/hour", "/hour per server");
    let analysis = generate::analysis(&case);
    let policy = &analysis.checked.as_ref().unwrap().policies()[0];
    let target = policyc_core::emit::find("intercept").unwrap();
    bencher.bench_local(|| target.emit(black_box(policy), ServerId(0)));
}

/// The catalogue alone.
#[divan::bench(args = SIZES, sample_count = 20)]
fn load_catalogue(bencher: Bencher<'_, '_>, size: usize) {
    let case = generate::case(size);
    bencher.bench_local(|| {
        policyc_core::catalogue::Catalogue::load(black_box(&case.catalogue), policyc_core::source::FileId(0))
    });
}

/// The policy text alone, to a tree.
#[divan::bench(args = SIZES, sample_count = 20)]
fn parse(bencher: Bencher<'_, '_>, size: usize) {
    let case = generate::case(size);
    bencher.bench_local(|| policyc_core::syntax::parse(black_box(&case.policy), policyc_core::source::FileId(0)));
}

/// Names, types and the model, tree and catalogue included.
#[divan::bench(args = SIZES, sample_count = 20)]
fn analyze(bencher: Bencher<'_, '_>, size: usize) {
    let case = generate::case(size);
    bencher.bench_local(|| generate::analysis(black_box(&case)));
}
