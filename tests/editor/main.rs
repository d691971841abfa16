//! What editors ask.

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

mod actions;
mod completion;
mod hover;

#[path = "../support/mod.rs"]
mod support;
