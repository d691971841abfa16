//! Short texts that a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::pattern::Regex;

/// How many texts are kept at each step, and given in the end.
const MOST: usize = 6;
/// The longest text that is made, in bytes.
const LONGEST: usize = 400;
/// The deepest nesting that is followed.
const DEEPEST: usize = 60;

/// Some short texts that match as a whole, and a few beside them. May be empty.
pub(crate) fn matching(regex: &Regex) -> Vec<String> {
    let (hir, _) = regex.tree();
    let mut texts = texts(hir, 0);
    texts.retain(|text| regex.is_match(text));
    let beside: Vec<String> =
        texts.first().map(|text| vec![format!("{text}x"), format!("x{text}")]).unwrap_or_default();
    texts.into_iter().chain(beside).collect()
}

fn texts(hir: &Hir, depth: usize) -> Vec<String> {
    if depth > DEEPEST {
        return Vec::new();
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).map(str::to_owned).into_iter().collect(),
        HirKind::Class(class) => chars(class).map(|char| vec![char.to_string()]).unwrap_or_default(),
        HirKind::Capture(capture) => texts(&capture.sub, depth + 1),
        HirKind::Alternation(parts) => {
            let mut all: Vec<String> =
                parts.iter().flat_map(|part| texts(part, depth + 1).into_iter().take(2)).collect();
            all.truncate(MOST);
            all
        }
        HirKind::Concat(parts) => parts.iter().fold(vec![String::new()], |before, part| {
            let after = texts(part, depth + 1);
            let joined = before.iter().flat_map(|left| after.iter().map(move |right| format!("{left}{right}")));
            joined.filter(|text| text.len() <= LONGEST).take(MOST).collect()
        }),
        HirKind::Repetition(repetition) => {
            let inner = texts(&repetition.sub, depth + 1);
            let least = repetition.min as usize;
            let counts =
                [least, least + 1].into_iter().filter(|count| repetition.max.is_none_or(|max| *count <= max as usize));
            let repeated = counts.flat_map(|count| {
                let once: Vec<String> = if count == 0 { vec![String::new()] } else { inner.clone() };
                once.into_iter()
                    .take(2)
                    .filter(move |text| text.len() * count.max(1) <= LONGEST)
                    .map(move |text| text.repeat(count.max(1)))
            });
            repeated.take(MOST).collect()
        }
    }
}

/// A character of a class, one that can be read if there is one.
fn chars(class: &Class) -> Option<char> {
    match class {
        Class::Unicode(class) => {
            let readable = class
                .ranges()
                .iter()
                .find_map(|range| (range.start()..=range.end()).take(200).find(char::is_ascii_alphanumeric));
            readable.or_else(|| class.ranges().iter().map(|range| range.start()).max_by_key(char::is_ascii_graphic))
        }
        Class::Bytes(class) => class.ranges().first().map(|range| char::from(range.start())),
    }
}

#[cfg(test)]
mod tests {
    use super::matching;
    use crate::pattern::Regex;

    #[test]
    fn gives_texts_on_both_sides() {
        for pattern in ["[a-z]+@acme\\.com", "(?i)a{3,5}|b?", "\\d{4}-\\d{2}", "^x$", "", "(a|b|c)*d", "[^\\x00-\\x7f]"]
        {
            let regex = Regex::new(pattern).unwrap();
            let texts = matching(&regex);
            assert!(texts.iter().any(|text| regex.is_match(text)), "{pattern}: {texts:?}");
            assert!(texts.iter().any(|text| !regex.is_match(text)), "{pattern}: {texts:?}");
        }
    }
}
