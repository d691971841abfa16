//! Strings that a regular expression matches, as far as they are found easily.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How many strings are made, and how long one may get in bytes.
const MOST: usize = 8;
const LONGEST: usize = 200;

/// Some strings that the whole of an expression matches; none if it is not understood.
pub(crate) fn samples(expression: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::ParserBuilder::new().nest_limit(100).build().parse(expression) else {
        return Vec::new();
    };
    of(&hir)
}

/// The parser bounds the depth, so this recursion ends.
fn of(hir: &Hir) -> Vec<String> {
    let mut out = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).into_iter().collect(),
        HirKind::Class(Class::Unicode(class)) => class.iter().take(2).map(|range| range.start().to_string()).collect(),
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().take(2).map(|range| char::from(range.start()).to_string()).collect()
        }
        HirKind::Repetition(repetition) => {
            let few = repetition.min.min(20);
            let more = repetition.max.is_none_or(|max| max > few).then_some(few + 1);
            let parts = of(&repetition.sub);
            let times = std::iter::once(few).chain(more);
            times.flat_map(|times| parts.iter().map(move |part| part.repeat(times as usize))).collect()
        }
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().flat_map(of).collect(),
        HirKind::Concat(parts) => parts.iter().fold(vec![String::new()], |done, part| {
            let next = of(part);
            let mut joined: Vec<String> =
                done.iter().flat_map(|left| next.iter().map(move |right| format!("{left}{right}"))).collect();
            joined.truncate(MOST);
            joined
        }),
    };
    out.retain(|text| text.len() <= LONGEST);
    out.truncate(MOST);
    out
}

#[cfg(test)]
mod tests {
    use super::samples;

    #[test]
    fn samples_match() {
        for expression in ["main|5", "[a-z]+", ".*", "(?:a|b){2,3}c?", "refs/heads/(main|dev)", "^x$"] {
            let regex = crate::pattern::Regex::new(expression).unwrap();
            let found = samples(expression);
            assert!(!found.is_empty() && found.iter().all(|text| regex.is_match(text)), "{expression}: {found:?}");
        }
        assert!(samples("(").is_empty());
    }
}
