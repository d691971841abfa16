//! Documents of gateways, and their readers.

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

mod agentcore;
mod agentgateway;
mod analysis;
mod cerbos;
mod contextforge;
mod documents;
mod envoy;
mod envoy_ai;
mod formula;
mod holds;
mod one_policy;
mod opa;
mod options;
mod property;
mod readers;
mod tool_lists;

#[path = "../support/mod.rs"]
mod support;
