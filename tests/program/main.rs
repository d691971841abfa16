//! The program as a whole, its documentation and its code.

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

mod architecture;
mod can;
mod classes;
mod compiling;
mod conformance;
mod corpus;
mod decisions;
mod describe;
mod diff;
mod docs;
mod documents;
mod editors;
mod escapes;
mod eval;
mod examples;
mod explain;
mod hostile;
mod init;
mod learning;
mod lock;
mod many;
mod mistakes;
mod packages;
mod parts;
mod replay;
mod special_files;
mod targets;
mod terminals;
mod testing;
mod watching;
mod writing;

#[path = "../support/run.rs"]
mod run;
#[path = "../support/mod.rs"]
mod support;
