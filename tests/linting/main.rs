//! Lint rules, their fixes and their reports.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on says so by failing"
)]

mod careful;
mod cli;
mod fixes;
mod report_samples;
mod reports;
mod rules;
mod scaling;

#[path = "../support/run.rs"]
mod run;
#[path = "../support/mod.rs"]
mod support;
