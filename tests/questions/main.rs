//! Questions about all calls, and about limits.

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

mod assertions;
mod baseline;
mod catalogues;
mod counters;
mod dead;
mod diff;
mod limits;
mod property;
mod remedy;

#[path = "../support/mod.rs"]
mod support;
