//! The seam to the pattern module: every question here may be answered with "unknown".

use crate::pattern::{Like, Regex};

/// Whether a schema's `pattern` occurs in a value; `None` for a pattern outside the regex syntax.
pub(super) fn occurs(_pattern: &str, _value: &str) -> Option<bool> {
    None
}

/// Whether a policy's `matches` holds for a string.
pub(super) fn matches(_regex: &Regex, _value: &str) -> Option<bool> {
    None
}

/// Whether a policy's `like` holds for a string.
pub(super) fn like(_like: &Like, _value: &str) -> Option<bool> {
    None
}
