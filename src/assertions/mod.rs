//! Deciding assertions.
use crate::diagnostics::Diagnostic;
use crate::ir::Policy;

/// x
pub fn check(policy: &Policy) -> Vec<Diagnostic> {
    let _ = policy;
    Vec::new()
}
