//! An anchor in a pattern that tests the whole value anyway.
//!
//! ## What it does
//!
//! Reports `^` at the start and `$` at the end of a regular expression, and `\A` and `\z`, if the
//! expression means the same without them. In `^a|b$` each anchor belongs to only one alternative,
//! so this is not reported.
//!
//! ## Why it matters
//!
//! It does no harm, but a reader may conclude that a pattern without anchors matches substrings.
//!
//! ## Example
//!
//! ```pol lint code=needless-anchor catalogue
//! deny *;
//! allow query_sales when args.sql matches "^SELECT [^;]*$";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow query_sales when args.sql matches "SELECT [^;]*";
//! ```

use regex_syntax::hir::{Hir, Look};

use super::helpers::anchored;
use super::helpers::atoms::{self, Single};
use super::prelude::*;
use crate::pattern::Regex;
use crate::syntax::ast::{LiteralExpr, LiteralValue, Operand};
use crate::syntax::print;

pub(super) const RULE: Rule = Rule {
    group: Group::Pedantic,
    fix: Some(Applicability::Safe),
    ..Rule::new(codes::NEEDLESS_ANCHOR, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::patterns(context).filter_map(|found| {
        let Some(Single::Regex(regex)) = atoms::single(&found) else { return None };
        let without = without_anchors(regex)?;
        let operand = atoms::operand(&found)?;
        let message = "the anchors change nothing: `matches` tests the whole value";
        let finding = Diagnostic::new(codes::NEEDLESS_ANCHOR, operand.span(), message);
        Some(match operand {
            Operand::Literal(LiteralExpr { value: LiteralValue::Str(_), span }) => {
                finding.fix(Applicability::Safe, "remove the anchors", *span, print::string(&without))
            }
            _ => finding.help("remove them where the name is declared"),
        })
    });
    found.collect()
}

/// The expression without its outermost anchors, if it has any and means the same without.
fn without_anchors(regex: &Regex) -> Option<String> {
    let source = regex.source();
    let rest = source.strip_prefix('^').or_else(|| source.strip_prefix("\\A"));
    let (first, rest) = (rest.is_some(), rest.unwrap_or(source));
    let start = rest.strip_suffix('$').or_else(|| rest.strip_suffix("\\z"));
    let (last, rest) = (start.is_some(), start.unwrap_or(rest));
    // With one anchor only, the author took the other end for open.
    if !first && !last || anchored::open(source).is_some() {
        return None;
    }
    // A suffix that only looked like an anchor leaves another expression, or none.
    let without = Regex::new(rest).ok()?;
    let look = |wanted: bool, look: Look| wanted.then(|| Hir::look(look));
    let parts = look(first, Look::Start).into_iter().chain([without.tree().0.clone()]).chain(look(last, Look::End));
    (Hir::concat(parts.collect()) == *regex.tree().0).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::without_anchors;
    use crate::pattern::Regex;

    #[test]
    fn only_anchors_that_change_nothing() {
        let without = |source: &str| without_anchors(&Regex::new(source).unwrap());
        assert_eq!(without("^a+$"), Some("a+".to_owned()));
        assert_eq!(without("^a+"), Some("a+".to_owned()));
        assert_eq!(without("^a"), None);
        assert_eq!(without("^(a|b)$"), Some("(a|b)".to_owned()));
        assert_eq!(without("\\Aa\\z"), Some("a".to_owned()));
        assert_eq!(without("^a|b$"), None);
        assert_eq!(without("a\\$"), None);
        assert_eq!(without("a\\\\z"), None);
        assert_eq!(without("(?m)^a$"), None);
        assert_eq!(without("a"), None);
    }
}
