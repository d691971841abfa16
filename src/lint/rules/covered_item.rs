//! A tool or pattern that another item of the same list covers.
//!
//! ## What it does
//!
//! Reports a name in a selection that a glob of the same list matches, and a pattern in a list of
//! `like` that matches only strings that another one matches too: `like ["/srv/*", "/srv/data/*"]`.
//!
//! ## Why it matters
//!
//! The item makes no difference, and a reader may think that the list covers only the items it
//! names. If the name is there so that a search finds it, it does no harm.
//!
//! ## Example
//!
//! ```pol lint code=covered-item catalogue
//! deny *;
//! allow get_*, get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_*;
//! ```

use super::helpers::{atoms, selection};
use super::prelude::*;
use crate::lint::file::parts;
use crate::pattern::{Like, glob_matches};
use crate::source::Span;
use crate::syntax::ast::{
    ExprKind, LiteralExpr, LiteralValue, Operand, Patterns, SelectionItem, SelectionKind, ValueTest,
};

pub(super) const RULE: Rule = Rule {
    group: Group::Pedantic,
    fix: Some(Applicability::Safe),
    ..Rule::new(codes::COVERED_ITEM, Check::File(check))
};

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let selections = file.items().into_iter().filter_map(selection::of);
    let items = selections.flat_map(|selection| [&selection.items, &selection.except]);
    let conditions = file.items().into_iter().filter_map(File::condition).flat_map(parts);
    let lists = conditions.filter_map(|part| match &part.kind {
        ExprKind::Atom(atom) => match atoms::value_test(atom) {
            Some(ValueTest::Like(Patterns::Any(operands, _))) => Some(operands),
            _ => None,
        },
        _ => None,
    });
    items.flat_map(|items| list(file, items)).chain(lists.flat_map(|operands| patterns(file, operands))).collect()
}

/// How many globs of a list each name is compared with.
const MOST_GLOBS: usize = 100;

fn list(file: &File<'_>, items: &[SelectionItem]) -> Vec<Diagnostic> {
    let globs: Vec<&SelectionItem> =
        items.iter().filter(|item| matches!(item.kind, SelectionKind::Glob(_))).take(MOST_GLOBS).collect();
    let places = selection::places(items);
    let found = items.iter().enumerate().filter_map(|(index, item)| {
        let name = selection::name(item)?;
        let server = item.server.as_ref().map(|server| &server.text);
        let covers = |glob: &SelectionItem| match &glob.kind {
            SelectionKind::Glob(text) => {
                let same = glob.server.as_ref().is_none_or(|other| Some(&other.text) == server);
                same && glob_matches(text, name)
            }
            _ => false,
        };
        let glob = globs.iter().find(|glob| covers(glob))?;
        let message = format!("{} covers {} already", quote(file.text(glob.span)), quote(file.text(item.span)));
        let finding = Diagnostic::new(codes::COVERED_ITEM, item.span, message).because(glob.span, "the glob");
        let removed = edit::remove_element(&places, index);
        Some(match removed.filter(|edit| !file.text(edit.span).contains("//")) {
            Some(edit) => finding.fix_all(Applicability::Safe, "remove the name", vec![edit]),
            None => finding.help("remove the name"),
        })
    });
    found.collect()
}

/// The patterns of a list that others of it cover.
fn patterns(file: &File<'_>, operands: &[Operand]) -> Vec<Diagnostic> {
    let read = |operand: &Operand| match operand {
        Operand::Literal(LiteralExpr { value: LiteralValue::Str(source), .. }) => Some((Like::new(source).ok()?, operand.span())),
        _ => None,
    };
    let known: Vec<Option<(Like, Span)>> = operands.iter().map(read).collect();
    let wide: Vec<&(Like, Span)> =
        known.iter().flatten().filter(|(like, _)| like.literal().is_none()).take(MOST_GLOBS).collect();
    let places: Vec<Span> = operands.iter().map(Operand::span).collect();
    let found = known.iter().enumerate().filter_map(|(index, one)| {
        let (like, span) = one.as_ref()?;
        // Two patterns that cover each other match the same strings; the first of them stays.
        let covers = |other: &Like, at: Span| at != *span && covers(other, like) && (at < *span || !covers(like, other));
        let (_, by) = wide.iter().find(|(other, at)| other.source() != like.source() && covers(other, *at))?;
        let message = format!("{} covers {} already", quote(file.text(*by)), quote(file.text(*span)));
        let finding = Diagnostic::new(codes::COVERED_ITEM, *span, message).because(*by, "the wider pattern");
        let removed = edit::remove_element(&places, index);
        Some(match removed.filter(|edit| !atoms::may_hold_comment(file.text(edit.span))) {
            Some(edit) => finding.fix_all(Applicability::Safe, "remove the pattern", vec![edit]),
            None => finding.help("remove the pattern"),
        })
    });
    found.collect()
}

/// Whether the first pattern matches every text that the second one matches. It does if it matches
/// the second one with each `*` replaced by a character that does not occur in the first, since
/// only a `*` of the first can match that character.
fn covers(wide: &Like, narrow: &Like) -> bool {
    let own = wide.source();
    let Some(free) = ('\u{e000}'..='\u{f8ff}').find(|char| !own.contains(*char)) else { return false };
    match narrow.literal() {
        Some(text) => wide.is_match(&text),
        None => {
            let gap = free.to_string();
            let middle: Vec<&str> = narrow.middle().iter().map(String::as_str).collect();
            let texts: Vec<&str> = std::iter::once(narrow.prefix()).chain(middle).chain([narrow.suffix()]).collect();
            wide.is_match(&texts.join(&gap))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::covers;
    use crate::pattern::Like;

    #[test]
    fn patterns_that_cover_others() {
        let covers = |wide: &str, narrow: &str| covers(&Like::new(wide).unwrap(), &Like::new(narrow).unwrap());
        assert!(covers("/srv/*", "/srv/data/*") && covers("/srv/*", "/srv/x") && covers("*a*", "a*b*a"));
        assert!(covers("*", "*x*") && covers("a**", "a*") && covers("a*", "a**"));
        assert!(!covers("/srv/data/*", "/srv/*") && !covers("*ab*", "a*b") && !covers("a*", "*a"));
        assert!(!covers("a\\*", "a*") && covers("a*", "a\\*"));
    }
}
