//! Comparisons of policyc with other implementations of the same standards, and with the engines of its targets.
//!
//! They are a crate of their own, outside the workspace, because the other implementations take longer
//! to build than everything else that `cargo test` needs. `.ci/run` runs them; by hand:
//! `cargo test --manifest-path oracles/Cargo.toml`. `.ci/engines` installs the engines and says where they are.

pub mod conformance;
pub mod engines;
pub mod http;
