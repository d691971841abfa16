//! A line that ends at a lone carriage return.
//!
//! ## What it does
//!
//! Reports a policy in which a line ends at a carriage return that no line feed follows. This page
//! shows it as `␍`.
//!
//! ## Why it matters
//!
//! For policyc a lone carriage return ends a line, and with it a comment, but not every program
//! breaks the line there. A reviewer may see a rule as part of the comment before it.
//!
//! ## Example
//!
//! ```pol lint carriage-return code=lone-carriage-return catalogue
//! deny *; // nothing passes ␍allow get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *; // nothing passes
//! allow get_order;
//! ```

use super::prelude::*;
use crate::line;
use crate::source::{Span, offset};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::LONE_CARRIAGE_RETURN, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let source = file.analysis().sources.get(file.main_id());
    let Some(text) = source.map(|source| source.text().as_str()) else { return Vec::new() };
    // What the other lines of the file end with.
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut at = 0;
    let mut edits = Vec::new();
    for line in line::lines_with_ends(text) {
        at += line.len();
        if line.ends_with('\r') {
            let place = Span::new(file.main_id(), offset(at - 1), offset(at));
            edits.push(edit::replace(place, end));
        }
    }
    let Some(first) = edits.first() else { return Vec::new() };
    let message = match edits.len() {
        1 => "a line ends at a lone carriage return".to_owned(),
        count => format!("{count} lines end at a lone carriage return, the first of them here"),
    };
    let finding = Diagnostic::new(codes::LONE_CARRIAGE_RETURN, first.span, message);
    vec![finding.fix_all(Applicability::Safe, "end the lines with a line feed", edits)]
}
