//! The language server, asked over the wire.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test that cannot go on says so by failing"
)]

mod diagnostics;
mod edits;
mod lifecycle;
mod methods;
mod session;
mod workspace;
