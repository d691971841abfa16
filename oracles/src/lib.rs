//! Comparisons of policyc with other implementations of the same standards.
//!
//! They are a crate of their own, outside the workspace, because the other implementations take longer
//! to build than everything else that `cargo test` needs. `.ci/run` runs them; by hand:
//! `cargo test --manifest-path oracles/Cargo.toml`.
