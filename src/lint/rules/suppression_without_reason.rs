//! A suppression that does not say why.
//!
//! ## What it does
//!
//! Reports a comment `// policyc: allow(...)` or `allow-file(...)` with nothing after it.
//!
//! ## Why it matters
//!
//! The next reader cannot tell whether the finding was understood or only silenced.
//!
//! ## Example
//!
//! ```pol lint code=suppression-without-reason catalogue
//! deny *;
//! // policyc: allow(dead-glob)
//! allow drop_*;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! // policyc: allow(dead-glob) the next release of the server has them
//! allow drop_*;
//! ```

use super::prelude::*;
use crate::source::Span;
use crate::suppress;
use crate::syntax::token::TokenKind;

pub(super) const RULE: Rule =
    Rule { group: Group::Strict, ..Rule::new(codes::SUPPRESSION_WITHOUT_REASON, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let comments = file.tokens().iter().filter(|token| token.kind == TokenKind::Comment);
    let spans = comments.map(|token| Span::new(file.main_id(), token.start, token.end));
    let silent = spans.filter(|span| suppress::reason(file.text(*span)).is_some_and(str::is_empty));
    let found = silent.map(|span| {
        let finding = Diagnostic::new(codes::SUPPRESSION_WITHOUT_REASON, span, "this suppression gives no reason");
        finding.help("add the reason after it")
    });
    found.collect()
}
