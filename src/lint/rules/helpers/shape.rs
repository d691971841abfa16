//! Tests of texts as sequences of fixed parts and gaps.

use regex_syntax::hir::{Hir, HirKind, Look};

use super::atoms::{RuleAtom, Single, inner, single};
use crate::pattern::{Like, Regex};
use crate::predicate::{Comparison, ScalarValue, Test};

/// The texts that begin with the first part, go on with the others in order, and end with the last;
/// anything may stand between parts, and in front or behind where that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lint::rules) struct Shape {
    /// Whether anything may stand in front.
    pub open_start: bool,
    /// The fixed texts, none of them empty.
    pub parts: Vec<String>,
    /// Whether anything may follow.
    pub open_end: bool,
}

impl Shape {
    fn whole(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self { open_start: false, parts: vec![text.to_owned()], open_end: false })
    }

    /// The only part.
    pub(in crate::lint::rules) const fn only(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        }
    }

    /// The text that all texts begin with, if anything may follow it.
    pub(in crate::lint::rules) fn prefix(&self) -> Option<&str> {
        self.only().filter(|_| !self.open_start && self.open_end)
    }

    /// The text that all texts end with, if anything may stand before it.
    pub(in crate::lint::rules) fn suffix(&self) -> Option<&str> {
        self.only().filter(|_| self.open_start && !self.open_end)
    }

    /// The text that all texts have somewhere, if anything may stand around it.
    pub(in crate::lint::rules) fn middle(&self) -> Option<&str> {
        self.only().filter(|_| self.open_start && self.open_end)
    }

    /// A text of this shape, with `parts` for the fixed ones, and with what may stand at open ends.
    pub(in crate::lint::rules) fn sample(&self, parts: &[String], start: &str, end: &str) -> String {
        let start = if self.open_start { start } else { "" };
        format!("{start}{}{}", parts.join("x"), if self.open_end { end } else { "" })
    }
}

/// The shapes of the texts for which a test can be true; none for a test that is not about texts,
/// or that has another shape.
pub(in crate::lint::rules) fn shapes(test: &Test) -> Vec<Shape> {
    let text = |value: &ScalarValue| match value {
        ScalarValue::Str(text) => Shape::whole(text),
        _ => None,
    };
    match inner(test).0 {
        Test::Compare(Comparison::Equal, scalar) => text(&scalar.value).into_iter().collect(),
        Test::In(list) => list.iter().filter_map(|scalar| text(&scalar.value)).collect(),
        Test::Like(patterns) => patterns.iter().filter_map(liked).collect(),
        Test::Matches(patterns) => patterns.iter().filter_map(|regex| regular(regex.source())).collect(),
        other => contained(other).into_iter().collect(),
    }
}

/// The shape of a pattern or of `contains`.
pub(in crate::lint::rules) fn pattern(found: &RuleAtom<'_>) -> Option<Shape> {
    match single(found) {
        Some(Single::Like(like)) => liked(like),
        Some(Single::Regex(regex)) => regular(regex.source()),
        None => contained(inner(&found.atom.test).0),
    }
}

fn contained(test: &Test) -> Option<Shape> {
    match test {
        Test::Contains(scalar) => match &scalar.value {
            ScalarValue::Str(text) if !text.is_empty() => {
                Some(Shape { open_start: true, parts: vec![text.to_string()], open_end: true })
            }
            _ => None,
        },
        _ => None,
    }
}

/// The shape of a pattern of `like`.
pub(in crate::lint::rules) fn liked(like: &Like) -> Option<Shape> {
    if let Some(text) = like.literal() {
        return Shape::whole(&text);
    }
    let texts = std::iter::once(like.prefix()).chain(like.middle().iter().map(String::as_str));
    let parts: Vec<String> = texts.chain([like.suffix()]).filter(|text| !text.is_empty()).map(str::to_owned).collect();
    let open_end = like.suffix().is_empty();
    (!parts.is_empty()).then(|| Shape { open_start: like.prefix().is_empty(), parts, open_end })
}

/// The shape of a regular expression that is a fixed text, perhaps with `.*` in front or behind.
fn regular(source: &str) -> Option<Shape> {
    let source = source.strip_prefix('^').unwrap_or(source);
    let source = source.strip_suffix('$').unwrap_or(source);
    let gap = |text: &str| text == ".*" || text == ".+";
    let (open_start, source) = match source.split_at_checked(2) {
        Some((first, rest)) if gap(first) => (true, rest),
        _ => (false, source),
    };
    let (open_end, source) = match source.len().checked_sub(2).and_then(|at| source.split_at_checked(at)) {
        Some((rest, last)) if gap(last) => (true, rest),
        _ => (false, source),
    };
    if source.contains(['[', '(', '{', '|', '*', '+', '?', '^', '$']) {
        return None;
    }
    let text = literal(&Regex::new(source).ok()?)?;
    (!text.is_empty()).then(|| Shape { open_start, parts: vec![text], open_end })
}

/// The only text that a regular expression matches, if that is obvious.
pub(in crate::lint::rules) fn literal(regex: &Regex) -> Option<String> {
    let (tree, whole) = regex.tree();
    if !whole {
        return None;
    }
    let mut text = Vec::new();
    let parts = match tree.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(tree),
    };
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => text.extend_from_slice(&literal.0),
            // At an end, an anchor says only that the whole value matches, which holds anyway.
            HirKind::Look(Look::Start) if is_first(parts, part) => {}
            HirKind::Look(Look::End) if is_last(parts, part) => {}
            HirKind::Empty => {}
            _ => return None,
        }
    }
    String::from_utf8(text).ok()
}

fn is_first(parts: &[Hir], part: &Hir) -> bool {
    parts.first().is_some_and(|first| std::ptr::eq(first, part))
}

fn is_last(parts: &[Hir], part: &Hir) -> bool {
    parts.last().is_some_and(|last| std::ptr::eq(last, part))
}

#[cfg(test)]
mod tests {
    use super::{literal, regular};
    use crate::pattern::Regex;

    #[test]
    fn regular_expressions_of_plain_texts() {
        let shape = |source: &str| {
            regular(source).map(|shape| (shape.open_start, shape.only().unwrap_or_default().to_owned(), shape.open_end))
        };
        assert_eq!(shape("https://acme\\.com.*"), Some((false, "https://acme.com".to_owned(), true)));
        assert_eq!(shape("^.*@acme\\.com$"), Some((true, "@acme.com".to_owned(), false)));
        assert_eq!(shape(".*@acme.com"), None);
        assert_eq!(shape("acme\\.*"), None);
        assert_eq!(shape(".*"), None);
        assert_eq!(shape("é"), Some((false, "é".to_owned(), false)));
        assert_eq!(shape("é.*"), Some((false, "é".to_owned(), true)));
    }

    #[test]
    fn literals() {
        let text = |source: &str| literal(&Regex::new(source).unwrap());
        assert_eq!(text("abc"), Some("abc".to_owned()));
        assert_eq!(text("^a\\.c$"), Some("a.c".to_owned()));
        assert_eq!(text(""), Some(String::new()));
        assert_eq!(text("a.c"), None);
        assert_eq!(text("(?i)abc"), None);
        assert_eq!(text("a|b"), None);
        assert_eq!(text("a^b"), None);
    }
}
