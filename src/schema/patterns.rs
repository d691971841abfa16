//! The keyword `pattern`.
//!
//! JSON Schema has the regular expressions of ECMA-262, servers check with those of their own language, and the
//! policy has RE2's. Where these can differ, it is not known whether a pattern occurs.

use crate::pattern::Regex;

/// Whether a schema's `pattern` occurs in a value; `None` where that depends on who asks.
pub(crate) fn occurs(pattern: &str, value: &str) -> Option<bool> {
    let regex = Regex::search(pattern).ok()?;
    (same_for_all(pattern, value)).then(|| regex.is_match(value))
}

/// Whether the dialects agree on a pattern that all of them can read, for this value.
fn same_for_all(pattern: &str, value: &str) -> bool {
    if is_odd(pattern) {
        return false;
    }
    // What `.`, `\d`, `\w`, `\s` and `\b` mean differs beyond ASCII, what `$` means before a final line end, and how
    // many characters one beyond U+FFFF is.
    let plain = |char: char| (' '..='~').contains(&char);
    let simple = |char: char| !char.is_control() && char <= '\u{ffff}';
    value.chars().all(plain) || (!pattern.contains(['.', '\\']) && value.chars().all(simple))
}

/// The strings in which a schema's `pattern` occurs, as JSON Schema has it: by ECMA-262 with the flag `u`.
pub(crate) struct Meaning {
    /// The expression that is searched for.
    pub regex: Regex,
    /// The strings for which it says what ECMA-262 says; `None` for all.
    pub plain: Option<Regex>,
}

/// What a `pattern` means; `None` for one that ECMA-262 and RE2 may read differently altogether.
pub(crate) fn meaning(pattern: &str) -> Option<Meaning> {
    let regex = Regex::search(pattern).ok().filter(|_| !is_odd(pattern))?;
    // ECMA-262 has more line ends and white space, and without `u` pairs of surrogates.
    let differ = [".", "[^", "\\s", "\\S", "\\D", "\\W"];
    if differ.iter().any(|differ| pattern.contains(differ)) {
        return Some(Meaning { regex, plain: Some(Regex::new("[ -~]*").ok()?) });
    }
    Some(Meaning { regex, plain: None })
}

/// Whether a pattern that RE2 can read may mean something else elsewhere.
fn is_odd(pattern: &str) -> bool {
    // An empty bracket is closed at once in ECMA-262 only; only some know `[[:alpha:]]`, `\A`, `\z`, `\Q`, `\C`, `\p`,
    // `\a`, `\x{}` and flags; a character beyond U+FFFF may be two.
    let odd =
        ["[]", "[^]", "[:", "\\A", "\\z", "\\Q", "\\C", "\\p", "\\P", "(?i", "(?s", "(?m", "(?U", "(?-", "\\a", "\\x{"];
    odd.iter().any(|odd| pattern.contains(odd)) || pattern.contains(|char| char > '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::occurs;

    #[test]
    fn answers_only_where_all_dialects_agree() {
        for (pattern, value, answer) in [
            ("^[0-9]{1,19}$", "42", Some(true)),
            ("^[0-9]{1,19}$", "x", Some(false)),
            ("b", "abc", Some(true)),
            ("^[a-z]+$", "ä", Some(false)),
            ("^\\w+$", "a_1", Some(true)),
            ("^\\w+$", "ä", None),
            ("^.$", "\r", None),
            ("^a$", "a\n", None),
            ("^[^a]{2}$", "\u{1f600}", None),
            ("^(?!a)", "a", None),
            ("[[:alpha:]]", "a", None),
            ("(", "a", None),
        ] {
            assert_eq!(occurs(pattern, value), answer, "{pattern} in {value:?}");
        }
    }
}
