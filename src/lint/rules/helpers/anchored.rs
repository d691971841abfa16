//! Regular expressions as other languages use them: searched for in a text, with anchors that close
//! an end.

use regex_syntax::hir::HirKind;

use crate::pattern::{Regex, like_literal};
use crate::syntax::print;

/// For an expression that is anchored at one end only, and matches nothing arbitrary at the other:
/// where nothing may stand (`before` or `after`), and the test that was probably meant.
pub(in crate::lint::rules) fn open(source: &str) -> Option<(&'static str, String)> {
    let (first, rest, last) = without_anchors(source);
    // Each of several alternatives has its own ends.
    if first == last || rest.is_empty() || has_alternatives(rest) {
        return None;
    }
    let regex = Regex::new(rest).ok()?;
    let parts = match regex.tree().0.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(regex.tree().0),
    };
    let end = if first { parts.last() } else { parts.first() }?;
    // An author who repeats something there has thought of that end.
    if matches!(end.kind(), HirKind::Repetition(_) | HirKind::Look(_)) {
        return None;
    }
    let place = if first { "after" } else { "before" };
    let test = match (plain(rest), first) {
        (Some(text), true) => format!("like {}", print::string(&format!("{}*", like_literal(&text)))),
        (Some(text), false) => format!("like {}", print::string(&format!("*{}", like_literal(&text)))),
        (None, true) => format!("matches {}", print::string(&format!("(?s){}.*", with_dots(rest)))),
        (None, false) => format!("matches {}", print::string(&format!("(?s).*{}", with_dots(rest)))),
    };
    Some((place, test))
}

/// For an expression of words only, which are to be refused anywhere in a text: the test that does
/// so.
pub(in crate::lint::rules) fn part(source: &str) -> Option<String> {
    let words = source.strip_prefix("(?i)").unwrap_or(source);
    let is_folded = words.len() < source.len();
    let is_word = |char: char| char.is_alphanumeric() || " _-|()".contains(char);
    if !(is_folded || words.contains('|')) || !words.chars().all(is_word) || !words.contains(char::is_alphabetic) {
        return None;
    }
    Regex::new(source).ok()?;
    let inside = words.strip_prefix('(').and_then(|words| words.strip_suffix(')'));
    let words = inside.filter(|words| !words.contains(['(', ')'])).unwrap_or(words);
    let flags = if is_folded { "is" } else { "s" };
    Some(format!("matches {}", print::string(&format!("(?{flags}).*({words}).*"))))
}

/// For an expression between slashes: the test that was meant.
pub(in crate::lint::rules) fn slashed(source: &str) -> Option<String> {
    let rest = source.strip_prefix('/')?;
    let (inside, flags) = rest.rsplit_once('/')?;
    let is_one = rest.starts_with('^') || inside.ends_with('$') || inside.contains("\\/");
    if !is_one || inside.is_empty() || !flags.chars().all(|char| "gimsu".contains(char)) {
        return None;
    }
    let inside = inside.replace("\\/", "/");
    let (first, middle, last) = without_anchors(&inside);
    if has_alternatives(middle) {
        return None;
    }
    let (start, end) = (if first { "" } else { ".*" }, if last { "" } else { ".*" });
    let flags = if flags.contains('i') { "is" } else { "s" };
    let written = format!("(?{flags}){start}{}{end}", with_dots(middle));
    Regex::new(&written).ok()?;
    Some(format!("matches {}", print::string(&written)))
}

/// An expression without its outer anchors, and whether it has one at either end.
pub(in crate::lint::rules) fn without_anchors(source: &str) -> (bool, &str, bool) {
    let rest = source.strip_prefix('^').or_else(|| source.strip_prefix("\\A"));
    let (first, rest) = (rest.is_some(), rest.unwrap_or(source));
    let is_escaped = |text: &str| text.chars().rev().take_while(|char| *char == '\\').count() % 2 == 1;
    let start = rest.strip_suffix('$').filter(|rest| !is_escaped(rest));
    let start = start.or_else(|| rest.strip_suffix("\\z").filter(|rest| !is_escaped(rest)));
    (first, start.unwrap_or(rest), start.is_some())
}

/// Whether an expression has a `|` outside of groups and classes.
fn has_alternatives(source: &str) -> bool {
    let (mut depth, mut in_class, mut is_escaped) = (0_u32, false, false);
    source.chars().any(|char| {
        if std::mem::take(&mut is_escaped) {
            return false;
        }
        match char {
            '\\' => is_escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth = depth.saturating_sub(1),
            '|' => return !in_class && depth == 0,
            _ => {}
        }
        false
    })
}

/// The text that an expression stands for if an unescaped dot is taken literally; `None` if it is
/// more than a text.
fn plain(source: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = source.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => text.push(chars.next().filter(|char| !char.is_alphanumeric())?),
            '[' | ']' | '(' | ')' | '{' | '}' | '|' | '+' | '?' | '*' | '^' | '$' => return None,
            char => text.push(char),
        }
    }
    Some(text)
}

/// An expression with a backslash before each dot that stands between letters and is not repeated.
fn with_dots(source: &str) -> String {
    let mut written = String::new();
    let mut in_class = false;
    let mut before = None;
    let mut chars = source.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                written.push(char);
                written.extend(chars.next());
                before = None;
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class => {
                let is_joined = before.is_some_and(|char: char| char.is_alphanumeric() || char == ')');
                if is_joined && chars.peek().is_some_and(|next| next.is_alphanumeric() || *next == '(') {
                    written.push('\\');
                }
            }
            _ => {}
        }
        written.push(char);
        before = Some(char);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_end_is_closed() {
        let meant = |source: &str| open(source).map(|(_, test)| test);
        for (source, expected) in [
            ("@acme.com$", r#"like "*@acme.com""#),
            ("\\.pem$", r#"like "*.pem""#),
            ("^/etc/", r#"like "/etc/*""#),
            ("^a\\*", r#"like "a\\**""#),
            ("^(rm|sudo) ", r#"matches "(?s)(rm|sudo) .*""#),
            ("^(rm|sudo)", r#"matches "(?s)(rm|sudo).*""#),
            ("\\.(pem|key)$", r#"matches "(?s).*\\.(pem|key)""#),
            ("^x[0-9]{2}a.b", r#"matches "(?s)x[0-9]{2}a\\.b.*""#),
        ] {
            assert_eq!(meant(source).as_deref(), Some(expected), "{source}");
        }
        for source in ["^a$", "a", "^a.*", ".*a$", "^[a-z]+", "[a-z]+@a$", "^a|b", "a\\$", "^", "^rm|^sudo", "^a\\b"] {
            assert_eq!(meant(source), None, "{source}");
        }
    }

    #[test]
    fn words_in_a_text_and_slashes() {
        for (source, expected) in [
            ("rm|sudo", Some(r#"matches "(?s).*(rm|sudo).*""#)),
            ("(rm|sudo)", Some(r#"matches "(?s).*(rm|sudo).*""#)),
            ("(?i)drop table", Some(r#"matches "(?is).*(drop table).*""#)),
            ("rm", None),
            (".*rm|.*sudo", None),
        ] {
            assert_eq!(part(source).as_deref(), expected, "{source}");
        }
        for (source, expected) in [
            ("/^\\/etc/", Some(r#"matches "(?s)/etc.*""#)),
            ("/\\.pem$/i", Some(r#"matches "(?is).*\\.pem""#)),
            ("/etc/passwd", None),
            ("/srv/.*", None),
            ("/", None),
        ] {
            assert_eq!(slashed(source).as_deref(), expected, "{source}");
        }
    }
}
