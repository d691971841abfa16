//! Findings that are not errors: how they are silenced.

pub mod suppress;
