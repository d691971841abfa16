//! Folders that a path with `..` can leave, and tests that keep it inside.

use super::atoms::{self, RuleAtom};
use super::shape::{self, Shape};
use super::texts::{self, Holds};
use crate::lint::context::Context;
use crate::predicate::{Path, ScalarValue, Test};
use crate::source::Span;

/// A path of this shape that begins with its folder and ends outside of it.
pub(in crate::lint::rules) fn outside(shape: &Shape, path: &Path) -> Option<String> {
    let prefix = shape.parts.first().filter(|_| !shape.open_start && (shape.open_end || shape.parts.len() > 1))?;
    let holds = texts::holds(path);
    if !matches!(holds, Holds::Path | Holds::Other) || !prefix.ends_with(['/', '\\']) {
        return None;
    }
    let absolute = texts::is_absolute(prefix);
    let relative = holds == Holds::Path && !prefix.contains([':', ' ']);
    if !absolute && !relative {
        return None;
    }
    let separator = if prefix.ends_with('\\') { '\\' } else { '/' };
    // The root has no outside, and neither has a drive.
    let folders =
        prefix.split(separator).filter(|part| !part.is_empty() && !part.ends_with(':') && *part != "~").count();
    if folders == 0 {
        return None;
    }
    let up: String = std::iter::repeat_n(format!("..{separator}"), folders).collect();
    let rest = shape.parts.get(1..).unwrap_or_default();
    let end = match (rest.is_empty(), absolute && separator == '/') {
        (true, true) => "etc/passwd".to_owned(),
        (true, false) => "other".to_owned(),
        (false, _) => format!("other{}", rest.concat()),
    };
    Some(format!("{prefix}{up}{end}"))
}

/// The condition that no path has `..` in it.
pub(in crate::lint::rules) fn demand(context: &Context<'_>, found: &RuleAtom<'_>) -> String {
    let path = context.text(found.written.path().span);
    match found.atom.test {
        Test::Every(_) | Test::Some(_) => format!("not some {path} like \"*..*\""),
        _ => format!("not {path} contains \"..\""),
    }
}

/// An edit that writes another pattern into a test.
pub(in crate::lint::rules) struct Rewritten {
    /// The place.
    pub(in crate::lint::rules) span: Span,
    /// The new text.
    pub(in crate::lint::rules) text: String,
    /// What the title of a fix has to add about it; empty if there is nothing to add.
    pub(in crate::lint::rules) more: String,
}

/// The edit that writes `text` at `span`, which makes the pattern of a test one of the shape `now`.
/// If that pattern lets calls pass and would newly let paths leave a folder, the edit also adds a
/// test that keeps them inside.
pub(in crate::lint::rules) fn kept_inside(
    context: &Context<'_>,
    found: &RuleAtom<'_>,
    (span, text): (Span, String),
    now: Option<&Shape>,
) -> Rewritten {
    let leaves = |shape: &Shape| outside(shape, &found.atom.path).is_some();
    let left_before = || atoms::each(*found).any(|found| shape::pattern(&found).as_ref().is_some_and(leaves));
    let plain = |text: String| Rewritten { span, text, more: String::new() };
    if !found.lets_pass() || !now.is_some_and(leaves) || speaks_of_dots(found) || left_before() {
        return plain(text);
    }
    let whole = found.atom.span;
    let before = context.text(Span { end: span.start, ..whole });
    let after = context.text(Span { start: span.end, ..whole });
    let demand = demand(context, found);
    let written = atoms::with_demand(found, &format!("{before}{text}{after}"), &demand);
    Rewritten { span: whole, text: written, more: format!(", and `{demand}`") }
}

/// Whether some test of the condition looks for `..` at the same place.
fn speaks_of_dots(found: &RuleAtom<'_>) -> bool {
    atoms::of(&found.guard.condition).iter().filter(|(atom, _)| atom.path == found.atom.path).any(
        |(atom, _)| match atom.test.innermost() {
            Test::Contains(scalar) => matches!(&scalar.value, ScalarValue::Str(text) if text.contains("..")),
            Test::Like(patterns) => patterns.iter().any(|like| like.source().contains("..")),
            _ => false,
        },
    )
}
