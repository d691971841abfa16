//! Regular expressions as Envoy runs them: RE2 over bytes, each byte a character, in programs of a
//! hundred instructions at most. Both were observed.
//!
//! So a class with characters beyond ASCII stands for single bytes. What means the same either way is
//! written, from the tree of the expression, in which `[é]` is the text that it is; the rest is
//! refused.

use std::fmt::Write as _;

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use crate::emit::refusal::Refusal;
use crate::pattern::{Like, Regex, regex_literal};

/// Instructions of a program. Envoy refuses a configuration with a larger one, unless its runtime says
/// otherwise.
const MOST_INSTRUCTIONS: usize = 100;
/// Those of every program, beside what its expression needs.
const FRAME: usize = 6;

/// An expression of `matches` as it is written for Envoy.
///
/// # Errors
/// It would mean something else there, or Envoy would refuse it.
pub(super) fn written(regex: &Regex) -> Result<String, Refusal> {
    let (tree, _) = regex.tree();
    if !is_of_bytes(tree, true) {
        return Err(Refusal::of_expression(
            regex.source(),
            "Envoy takes each byte for a character, and here that makes a difference",
            "write classes of ASCII characters (`[ -~]` for `.`), or repeat a class with `*`: `[^/]*`",
        ));
    }
    is_small(tree, regex.source())?;
    let mut out = String::new();
    write(&mut out, tree);
    Ok(out)
}

/// Whether Envoy takes the expression that stands for a pattern of `like`, which means the same there.
///
/// # Errors
/// Envoy would refuse it.
pub(super) fn check_like(pattern: &Like) -> Result<(), Refusal> {
    match Regex::new(&pattern.re2()) {
        Ok(regex) => is_small(regex.tree().0, pattern.source()),
        Err(error) => Err(Refusal::of_expression(pattern.source(), &error.message, "write a shorter pattern")),
    }
}

fn is_small(tree: &Hir, source: &str) -> Result<(), Refusal> {
    if size(tree).saturating_add(FRAME) <= MOST_INSTRUCTIONS {
        return Ok(());
    }
    Err(Refusal::of_expression(
        source,
        "Envoy refuses expressions whose programs have more than a hundred instructions",
        "write `like` or a list of values, or an expression with less text and fewer repetitions",
    ))
}

/// An upper bound of the instructions of the program. The depth of trees is bounded by the parser.
fn size(tree: &Hir) -> usize {
    match tree.kind() {
        HirKind::Empty => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().saturating_mul(2),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len().saturating_mul(2),
        HirKind::Look(_) => 1,
        HirKind::Repetition(repetition) => {
            let (sub, min) = (size(&repetition.sub), usize::try_from(repetition.min).unwrap_or(usize::MAX));
            match repetition.max.map(|max| usize::try_from(max).unwrap_or(usize::MAX)) {
                None => sub.saturating_mul(min.max(1)).saturating_add(2),
                Some(max) => sub.saturating_mul(max).saturating_add(max.saturating_sub(min)),
            }
        }
        HirKind::Capture(capture) => size(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) => parts.iter().fold(0, |sum: usize, part| sum.saturating_add(size(part))),
        HirKind::Alternation(parts) => {
            parts.iter().fold(parts.len(), |sum: usize, part| sum.saturating_add(size(part)))
        }
    }
}

/// Whether the tree matches the same strings of UTF-8 when each byte is a character. `is_outer` says
/// that it is the whole expression, or one of its alternatives.
fn is_of_bytes(tree: &Hir, is_outer: bool) -> bool {
    match tree.kind() {
        HirKind::Empty | HirKind::Literal(_) => true,
        HirKind::Class(class) => is_ascii(class),
        HirKind::Look(look) => matches!(look, Look::Start | Look::End),
        HirKind::Repetition(repetition) => match repetition.sub.kind() {
            // As many bytes as one likes are as many characters.
            HirKind::Class(class) if has_all_others(class) => {
                repetition.max.is_none() && (repetition.min == 0 || repetition.min == 1 && is_outer)
            }
            _ => is_of_bytes(&repetition.sub, false),
        },
        HirKind::Capture(capture) => is_of_bytes(&capture.sub, is_outer),
        HirKind::Concat(parts) => parts.iter().enumerate().all(|(index, part)| {
            // At least one byte is at least one character where a text or an end is on either side:
            // else the bytes of a character could be shared.
            let beside = |index: Option<usize>| {
                index.and_then(|index| parts.get(index)).is_none_or(|part| matches!(part.kind(), HirKind::Literal(_)))
            };
            let is_alone = is_outer && beside(index.checked_sub(1)) && beside(Some(index + 1));
            is_of_bytes(part, is_alone)
        }),
        HirKind::Alternation(parts) => parts.iter().all(|part| is_of_bytes(part, is_outer)),
    }
}

fn is_ascii(class: &Class) -> bool {
    match class {
        Class::Unicode(class) => class.ranges().iter().all(|range| range.end().is_ascii()),
        Class::Bytes(class) => class.ranges().iter().all(|range| range.end().is_ascii()),
    }
}

/// Whether a class has all characters beyond ASCII.
fn has_all_others(class: &Class) -> bool {
    match class {
        Class::Unicode(class) => {
            class.ranges().last().is_some_and(|last| last.start() <= '\u{80}' && last.end() == char::MAX)
        }
        Class::Bytes(_) => false,
    }
}

/// Writes a tree that means the same over bytes.
fn write(out: &mut String, tree: &Hir) {
    match tree.kind() {
        HirKind::Empty => out.push_str("(?:)"),
        HirKind::Literal(literal) => out.push_str(&regex_literal(&String::from_utf8_lossy(&literal.0))),
        HirKind::Class(class) => write_class(out, class),
        HirKind::Look(Look::Start) => out.push_str("\\A"),
        HirKind::Look(_) => out.push_str("\\z"),
        HirKind::Repetition(Repetition { min, max, sub, .. }) => {
            grouped(out, sub);
            let _ = match (min, max) {
                (0, None) => write!(out, "*"),
                (1, None) => write!(out, "+"),
                (0, Some(1)) => write!(out, "?"),
                (min, None) => write!(out, "{{{min},}}"),
                (min, Some(max)) if min == max => write!(out, "{{{min}}}"),
                (min, Some(max)) => write!(out, "{{{min},{max}}}"),
            };
        }
        HirKind::Capture(capture) => write(out, &capture.sub),
        HirKind::Concat(parts) => {
            for part in parts {
                match part.kind() {
                    HirKind::Alternation(_) | HirKind::Capture(_) => grouped(out, part),
                    _ => write(out, part),
                }
            }
        }
        HirKind::Alternation(parts) => {
            for (index, part) in parts.iter().enumerate() {
                out.push_str(if index > 0 { "|" } else { "" });
                write(out, part);
            }
        }
    }
}

fn grouped(out: &mut String, tree: &Hir) {
    let is_one = match tree.kind() {
        HirKind::Class(_) => true,
        HirKind::Literal(literal) => literal.0.len() == 1,
        _ => false,
    };
    if is_one {
        return write(out, tree);
    }
    out.push_str("(?:");
    write(out, tree);
    out.push(')');
}

/// Writes a class by its characters of ASCII, or where it has all others by those that it has not.
fn write_class(out: &mut String, class: &Class) {
    let has = |byte: u8| match class {
        Class::Unicode(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&char::from(byte)))
        }
        Class::Bytes(class) => class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&byte)),
    };
    let is_negated = has_all_others(class);
    let listed: Vec<u8> = (0..=0x7f).filter(|byte| has(*byte) != is_negated).collect();
    if listed.is_empty() {
        out.push_str(if is_negated { "(?s:.)" } else { "[^\\x00-\\xff]" });
        return;
    }
    out.push_str(if is_negated { "[^" } else { "[" });
    for run in listed.chunk_by(|left, right| left + 1 == *right) {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            push_member(out, *first);
            if last > first {
                out.push('-');
                push_member(out, *last);
            }
        }
    }
    out.push(']');
}

/// Writes a character of a class: letters and digits as they are.
fn push_member(out: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() {
        out.push(char::from(byte));
    } else {
        let _ = write!(out, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_over_bytes() {
        let means_the_same = |source: &str| is_of_bytes(Regex::new(source).unwrap().tree().0, true);
        for source in [
            "[a-z]+",
            "main|dev",
            "(?s:.*)",
            "[^/]+",
            "a/[^/]+/b|[^x]*",
            "é+",
            "(?:[^a]*b)*",
            "(?i)main",
            "[^/]*[^a]*",
            "\\w{3,5}",
            "(?:x|[^a]+)é",
        ] {
            assert!(means_the_same(source), "{source}");
        }
        for source in [
            "a.b",
            ".",
            "[éü]",
            "[^a]?",
            "[^a]{1,3}",
            "[^a]+[^b]+",
            "[^a]+[^b]*",
            "(?:[^a]+)*",
            "\\pL+",
            "\\Ba",
            "(?:x|[^a]+)[^b]",
        ] {
            assert!(!means_the_same(source), "{source}");
        }
    }

    #[test]
    fn what_is_written_says_the_same() {
        for (source, text) in [
            ("[é]+", "(?:é)+"),
            ("main|dev", "main|dev"),
            ("(?i)ab", "[Aa][Bb]"),
            ("[^/]+", "[^\\x2f]+"),
            ("(?:a|bc)*d{2,3}", "(?:a|bc)*d{2,3}"),
            (".*", "[^\\x0a]*"),
            ("(?s:.*)\\.x", "(?s:.)*\\.x"),
            ("", "(?:)"),
            ("\\w-", "[0-9A-Z\\x5fa-z]-"),
        ] {
            let regex = Regex::new(source).unwrap();
            assert_eq!(written(&regex).unwrap(), text);
            // What has been written is written the same again.
            assert_eq!(written(&Regex::new(text).unwrap()).unwrap(), text);
        }
    }
}
