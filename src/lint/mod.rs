//! Findings that are not errors: what the rules of a policy come to, and how findings are silenced.

mod dead;
pub mod suppress;

use crate::diagnostics::Diagnostic;
use crate::ir::Policy;

/// Looks for what is right as a policy and yet hardly meant.
#[must_use]
pub fn check(policy: &Policy) -> Vec<Diagnostic> {
    dead::findings(policy)
}
