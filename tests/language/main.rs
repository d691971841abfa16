//! Reading policies and deciding calls.

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

mod allocations;
mod blocks;
mod eval_property;
mod glance;
mod learning;
mod pattern;
mod phrases;
mod reparse;
mod risk_labels;
mod testing_property;

#[path = "../support/mod.rs"]
mod support;
