//! Patterns of shells and of regular expressions that are written in a `like`.

use crate::pattern::regex_literal;
use crate::syntax::print;

/// A pattern that `like` reads differently from how it was meant.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::lint::rules) struct Dialect {
    /// What is wrong.
    pub(in crate::lint::rules) message: &'static str,
    /// The test that says what was meant, with its operator.
    pub(in crate::lint::rules) meant: String,
}

/// The most alternatives that are written out as patterns of their own.
const MOST_ALTERNATIVES: usize = 8;

/// What a pattern seems to mean in another dialect; `is_path` if the value is the name of a file or
/// folder.
pub(in crate::lint::rules) fn of(source: &str, is_path: bool) -> Option<Dialect> {
    alternatives(source)
        .or_else(|| flags(source))
        .or_else(|| class(source))
        .or_else(|| anchor(source, is_path))
        .or_else(|| folders(source))
        .or_else(|| single(source, is_path))
}

/// `/srv/{a,b}/*`
fn alternatives(source: &str) -> Option<Dialect> {
    let (before, rest) = source.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    let parts: Vec<&str> = inside.split(',').collect();
    let is_part =
        |part: &&str| !part.is_empty() && part.chars().all(|char| char.is_alphanumeric() || "._-*".contains(char));
    if parts.len() < 2 || parts.len() > MOST_ALTERNATIVES || !parts.iter().all(is_part) || after.contains('{') {
        return None;
    }
    let patterns: Vec<String> = parts.iter().map(|part| print::string(&format!("{before}{part}{after}"))).collect();
    Some(Dialect {
        message: "braces stand for themselves here: `like` has no alternatives in a pattern",
        // Texts without a star need no `like`.
        meant: format!("{} [{}]", if source.contains('*') { "like" } else { "in" }, patterns.join(", ")),
    })
}

/// `(?i)*secret*`
fn flags(source: &str) -> Option<Dialect> {
    let rest = source.strip_prefix("(?i)")?;
    let pattern: Vec<String> = rest.replace(".*", "*").split('*').map(regex_literal).collect();
    Some(Dialect {
        message: "`(?i)` stands for itself here: `like` distinguishes upper and lower case",
        meant: format!("matches {}", regular("i", &pattern.join(".*"))),
    })
}

/// `/etc/[a-z]*`
fn class(source: &str) -> Option<Dialect> {
    let (before, rest) = source.split_once('[')?;
    let (inside, after) = rest.split_once(']')?;
    let negated = inside.strip_prefix(['!', '^']);
    let set = negated.unwrap_or(inside);
    let mut chars = set.chars();
    let mut is_range = false;
    while let Some(from) = chars.next() {
        if !from.is_ascii_alphanumeric() {
            return None;
        }
        let mut ahead = chars.clone();
        if ahead.next() == Some('-') {
            let to = ahead.next()?;
            if !to.is_ascii_alphanumeric() || to < from {
                return None;
            }
            is_range = true;
            chars = ahead;
        }
    }
    // `[3]` and `[DRAFT]` are more likely meant as they are written.
    if !is_range || after.contains('[') {
        return None;
    }
    let text = |part: &str| part.split('*').map(regex_literal).collect::<Vec<_>>().join(".*");
    let sign = if negated.is_some() { "^" } else { "" };
    Some(Dialect {
        message: "brackets stand for themselves here: `like` has only `*`",
        meant: format!("matches {}", regular("", &format!("{}[{sign}{set}]{}", text(before), text(after)))),
    })
}

/// `^/root`
fn anchor(source: &str, is_path: bool) -> Option<Dialect> {
    let rest = source.strip_prefix('^')?;
    if source.ends_with('$') || !(is_path || rest.starts_with('/')) {
        return None;
    }
    let rest = rest.replace(".*", "*");
    let rest = if rest.ends_with('*') { rest } else { format!("{rest}*") };
    Some(Dialect {
        message: "`^` stands for itself here: `like` always tests the whole value",
        meant: format!("like {}", print::string(&rest)),
    })
}

/// `/srv/**/x`
fn folders(source: &str) -> Option<Dialect> {
    let (before, after) = source.split_once("**/")?;
    if after.contains("**") {
        return None;
    }
    Some(Dialect {
        message: "`*` matches any number of folders here, and `**/` needs at least one",
        meant: format!(
            "like [{}, {}]",
            print::string(&format!("{before}{after}")),
            print::string(&format!("{before}*/{after}"))
        ),
    })
}

/// `/home/?/x*`
fn single(source: &str, is_path: bool) -> Option<Dialect> {
    if !is_path || !source.contains('?') || source.contains("://") || source.contains('\\') {
        return None;
    }
    let part = |part: &str| part.split('?').map(regex_literal).collect::<Vec<_>>().join("[^/]");
    let pattern: Vec<String> = source.split('*').map(part).collect();
    Some(Dialect {
        message: "`?` stands for itself here: `like` has only `*`, any run of characters",
        meant: format!("matches {}", regular("", &pattern.join(".*"))),
    })
}

/// A regular expression whose `.*` matches line ends too, as `*` does.
fn regular(flags: &str, pattern: &str) -> String {
    let lines = if pattern.contains(".*") { "s" } else { "" };
    let flags = format!("{flags}{lines}");
    print::string(&if flags.is_empty() { pattern.to_owned() } else { format!("(?{flags}){pattern}") })
}

/// A regular expression that consists only of texts and gaps, as a pattern of `like`:
/// `^.*@acme.com$` as `*@acme.com`. A dot that is not repeated is taken literally, and a star after
/// a slash for a wildcard.
pub(in crate::lint::rules) fn of_regular(source: &str) -> Option<String> {
    let source = source.strip_prefix('^').unwrap_or(source);
    let source = source.strip_suffix('$').unwrap_or(source);
    let mut pattern = String::new();
    let mut chars = source.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '.' if chars.next_if_eq(&'*').is_some() => pattern.push('*'),
            '*' if pattern.ends_with('/') => pattern.push('*'),
            '\\' => match chars.next()? {
                char @ ('*' | '\\') => pattern.extend(['\\', char]),
                char if char.is_ascii_punctuation() => pattern.push(char),
                _ => return None,
            },
            '*' | '+' | '?' | '[' | ']' | '(' | ')' | '{' | '}' | '|' | '^' | '$' => return None,
            char => pattern.push(char),
        }
        // An expression that repeats a character does not consist of texts and gaps only.
        if chars.peek().is_some_and(|next| matches!(next, '+' | '?' | '{')) {
            return None;
        }
    }
    (!pattern.is_empty() && !pattern.contains("**")).then_some(pattern)
}

/// Whether a text has a placeholder for a value, such as `${name}` or `{{name}}`.
pub(in crate::lint::rules) fn is_template(text: &str) -> bool {
    let is_name = |name: &str| {
        let name = name.trim_matches([' ', '.']);
        name.starts_with(|char: char| char.is_ascii_alphabetic())
            && name.chars().all(|char| char.is_ascii_alphanumeric() || "._-:".contains(char))
    };
    [("${", "}"), ("{{", "}}"), ("#{", "}")].into_iter().any(|(open, close)| {
        text.split_once(open).and_then(|(_, rest)| rest.split_once(close)).is_some_and(|(name, _)| is_name(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_means_elsewhere() {
        let meant = |source: &str| of(source, true).map(|dialect| dialect.meant);
        for (source, expected) in [
            ("/srv/{a,b}/*", r#"like ["/srv/a/*", "/srv/b/*"]"#),
            ("(?i)*secret*", r#"matches "(?is).*secret.*""#),
            ("/etc/[a-z]*", r#"matches "(?s)/etc/[a-z].*""#),
            ("/etc/[!a-z0-9].d", r#"matches "/etc/[^a-z0-9]\\.d""#),
            ("^/root", r#"like "/root*""#),
            ("/srv/**/secret*", r#"like ["/srv/secret*", "/srv/*/secret*"]"#),
            ("/home/?/x*", r#"matches "(?s)/home/[^/]/x.*""#),
        ] {
            assert_eq!(meant(source).as_deref(), Some(expected), "{source}");
        }
        for source in ["/srv/*", "a{b}", "[3]*", "{a, b}", "x[b-a]", "/srv/**", "http://x/?q=*", "/a/\\*?"] {
            assert_eq!(meant(source), None, "{source}");
        }
    }

    #[test]
    fn regular_expressions_of_texts_and_gaps() {
        let pattern = |source: &str| of_regular(source);
        for (source, expected) in [
            (".*@acme.com", "*@acme.com"),
            ("^.*@acme\\.com$", "*@acme.com"),
            ("^feat/*$", "feat/*"),
            ("draft-.*", "draft-*"),
            ("^main$", "main"),
            ("a\\*b.*", "a\\*b*"),
        ] {
            assert_eq!(pattern(source).as_deref(), Some(expected), "{source}");
        }
        for source in ["^a*$", "[a-z].*", "a+.*", ".+@acme.com", "(a|b).*", "\\d.*", "a?.*", "^$", ".*.*"] {
            assert_eq!(pattern(source), None, "{source}");
        }
    }

    #[test]
    fn what_is_put_in() {
        assert!(is_template("*@${domain}") && is_template("{{ user.name }}*"));
        assert!(!is_template("$5") && !is_template("{}") && !is_template("${1+1}") && !is_template("{\"a\": 1}"));
    }
}
