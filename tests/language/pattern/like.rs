//! What `like` means.

use policyc_core::pattern::{Like, Regex};
use proptest::prelude::*;

/// A pattern, the values it covers, and values it leaves.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    ("", &[""], &["a"]),
    ("a", &["a"], &["", "A", "aa", "a\n"]),
    ("*", &["", "a", "a\nb", "é"], &[]),
    ("**", &["", "a"], &[]),
    ("feat/*", &["feat/", "feat/x\ny"], &["feat", "main", "xfeat/"]),
    ("*.md", &[".md", "a.md"], &["a.md2", "amd"]),
    ("a*a", &["aa", "aba"], &["a", "ab"]),
    ("ab*ba", &["abba"], &["aba"]),
    ("*a*b*", &["ab", "xaxbx"], &["ba"]),
    ("a*b*c", &["abc", "abbc", "abcabc"], &["acb", "ac"]),
    ("*aab*", &["aaab"], &["aba"]),
    (r"\*", &["*"], &["a", r"\*"]),
    (r"\\*", &[r"\", r"\a"], &["a", "*"]),
    (r"\\\**", &[r"\*", r"\*a"], &[r"\a"]),
    ("a.b?[c]", &["a.b?[c]"], &["axb?[c]", "a.bc"]),
    ("(a|b){2}^$+", &["(a|b){2}^$+"], &["aa"]),
    ("é*日", &["é日", "éx日"], &["e日"]),
];

fn emitted(like: &Like) -> Regex {
    Regex::search(&format!("^(?:{})$", like.re2())).unwrap()
}

#[test]
fn patterns_cover_what_the_table_says() {
    for (source, covers, leaves) in TABLE {
        let like = Like::new(source).unwrap();
        let regex = emitted(&like);
        for value in *covers {
            assert!(like.is_match(value) && regex.is_match(value), "{source:?} covers {value:?}");
        }
        for value in *leaves {
            assert!(!like.is_match(value) && !regex.is_match(value), "{source:?} does not cover {value:?}");
        }
    }
}

#[test]
fn the_parts_of_a_pattern_can_be_asked_for() {
    let parts = |source| {
        let like = Like::new(source).unwrap();
        (like.literal(), like.prefix().to_owned(), like.middle().to_vec(), like.suffix().to_owned())
    };
    assert_eq!(parts(r"a\*"), (Some("a*".into()), "a*".into(), vec![], "a*".into()));
    assert_eq!(parts("a*b**c*"), (None, "a".into(), vec!["b".into(), "c".into()], String::new()));
    assert_eq!(parts("*"), (None, String::new(), vec![], String::new()));
    assert_eq!(Like::new("*").unwrap().re2(), "(?s:.*)");
}

/// The definition, by trying every run.
fn naive(pattern: &[char], value: &[char]) -> bool {
    match pattern {
        [] => value.is_empty(),
        ['*', rest @ ..] => (0..=value.len()).any(|skipped| naive(rest, &value[skipped..])),
        ['\\', char, rest @ ..] | [char, rest @ ..] => value.first() == Some(char) && naive(rest, &value[1..]),
    }
}

proptest! {
    #[test]
    fn patterns_cover_what_the_definition_says(
        source in r"([ab.\n]|\*|\\\*|\\\\){0,8}",
        value in r"[ab.*\\\n]{0,10}",
    ) {
        let like = Like::new(&source).unwrap();
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = naive(&chars(&source), &chars(&value));
        prop_assert_eq!(like.is_match(&value), expected);
        prop_assert_eq!(emitted(&like).is_match(&value), expected);
    }

    #[test]
    fn a_text_with_its_stars_and_backslashes_escaped_covers_itself(text in "(?s).{0,12}", other in "(?s).{0,12}") {
        let like = Like::new(&text.replace('\\', r"\\").replace('*', r"\*")).unwrap();
        prop_assert_eq!(like.literal(), Some(text.clone()));
        prop_assert!(emitted(&like).is_match(&text));
        prop_assert_eq!(emitted(&like).is_match(&other), text == other);
    }
}
