//! What is no pattern, and how that is said.

use policyc_core::pattern::{Like, PatternError, Regex};

/// An expression, the bytes that are meant, and a part of the message.
const REFUSED: &[(&str, &str, &str)] = &[
    // Beyond RE2.
    ("a(?=b)", "(?=", "look-around"),
    ("(?!a)b", "(?!", "look-around"),
    ("(?<=a)b", "(?<=", "look-around"),
    ("(?<!a)b", "(?<!", "look-around"),
    (r"(a)\1", r"\1", "escape"),
    ("(?P<n>a)(?P=n)", "(?P=", "back-references"),
    (r"(?P<n>a)\k<n>", r"\k", "escape"),
    ("(?>a)", "(?>", "atomic"),
    ("(?#a)", "(?#", "comments"),
    ("(?|a)", "(?|", "branch reset"),
    ("(?(1)a)", "(?(", "conditions"),
    ("a(?R)", "(?R", "recursion"),
    ("(?'n'a)", "(?'", "quotes"),
    ("a*+", "+", "possessive"),
    ("a**", "*", "cannot be repeated"),
    ("a*??", "?", "cannot be repeated"),
    ("a{2}{3}", "{3}", "cannot be repeated"),
    ("a{2}*", "*", "cannot be repeated"),
    ("(?x) a", "(?x", "flag `x`"),
    ("(?u)a", "(?u", "flag `u`"),
    ("(?L)a", "(?L", "flag `L`"),
    (r"\u0041", r"\u", "escape"),
    (r"\u{41}", r"\u", "escape"),
    (r"\U00000041", r"\U", "escape"),
    (r"\b{start}a", r"\b", "escape"),
    (r"\h", r"\h", "escape"),
    (r"\R", r"\R", "escape"),
    (r"\X", r"\X", "escape"),
    (r"\K", r"\K", "escape"),
    (r"\G", r"\G", "escape"),
    (r"a\Z", r"\Z", "escape"),
    (r"\e", r"\e", "escape"),
    (r"\cA", r"\c", "escape"),
    (r"\é", r"\é", "escape"),
    (r"a\E", r"\E", "escape"),
    (r"[\b]", r"\b", "escape"),
    (r"[\Qa]", r"\Q", "escape"),
    (r"[\A]", r"\A", "escape"),
    (r"[a-\d]", r"\d", "escape"),
    (r"\8", r"\8", "escape"),
    ("\\", "\\", "single `\\`"),
    ("[a\\", "\\", "single `\\`"),
    // What RE2 reads as something that the author is unlikely to mean, or what engines differ about.
    (r"\C", r"\C", "escape"),
    (r"\0", r"\0", "escape"),
    (r"\123", r"\1", "escape"),
    ("a{,3}", "{,3}", "plain text"),
    ("a{ 3 }", "{ 3 }", "plain text"),
    ("a{1, 3}", "{1, 3}", "plain text"),
    ("a{03}", "{03}", "plain text"),
    ("a(?i)*", "*", "flag group"),
    (r"a\Q\E*", r"\Q\E", "nothing is quoted"),
    // Malformed.
    ("(", "(", "never closed"),
    ("a(b(c)", "(", "never closed"),
    ("a)", ")", "closes nothing"),
    ("(?:a))", ")", "closes nothing"),
    ("[a", "[", "never closed"),
    ("[]", "[", "never closed"),
    ("[^]", "[", "never closed"),
    ("[[:alpha:]", "[", "never closed"),
    ("[[:foo:]]", "[:foo:]", "no class"),
    ("[z-a]", "z-a", "backwards"),
    ("*a", "*", "nothing before"),
    ("a|+", "+", "nothing before"),
    ("(?)", "(?)", "malformed"),
    ("(?-)", "(?-)", "malformed"),
    ("(?i-)", "(?i-)", "malformed"),
    ("(?i--s)", "(?i--", "malformed"),
    ("(?i", "(?i", "malformed"),
    ("(?P<>a)", "(?P<", "malformed"),
    ("(?P<a-b>c)", "(?P<a-b", "malformed"),
    ("(?P<a", "(?P<a", "malformed"),
    ("(?P<n>a)(?<n>b)", "(?<n", "two groups"),
    ("{3}", "{3}", "nothing before"),
    ("a{2,1}", "{2,1}", "greater"),
    ("a{1001}", "{1001}", "at most 1000"),
    ("a{1,99999999999}", "{1,99999999999}", "at most 1000"),
    ("(a{1000}){2}", "{2}", "more than 1000"),
    ("((a{10}){10}){11,}", "{11,}", "more than 1000"),
    (r"\x{110000}", r"\x{110000}", "Unicode character"),
    (r"\x{D800}", r"\x{D800}", "Unicode character"),
    (r"\x{}", r"\x{}", "Unicode character"),
    (r"\xF", r"\xF", "Unicode character"),
    (r"\xé", r"\xé", "Unicode character"),
    (r"\x{41", r"\x{", "Unicode character"),
    (r"\p{greek}", r"\p{greek}", "Unicode class"),
    (r"\p{Letter}", r"\p{Letter}", "Unicode class"),
    (r"\p{Cn}", r"\p{Cn}", "Unicode class"),
    (r"\p{sc=Greek}", r"\p{sc=Greek}", "Unicode class"),
    (r"\p{L", r"\p{L", "Unicode class"),
    (r"\p", r"\p", "Unicode class"),
    (r"\pé", r"\pé", "Unicode class"),
];

fn check_form(source: &str, error: &PatternError) {
    let message = &error.message;
    assert!(!message.contains('\n') && !message.ends_with('.'), "{source:?}: {message}");
    assert!(!message.starts_with(char::is_uppercase) || message.starts_with("RE2"), "{source:?}: {message}");
    assert!(source.get(error.range.clone()).is_some(), "{source:?}: {:?}", error.range);
}

#[test]
fn errors_say_what_and_where() {
    for &(source, meant, part) in REFUSED {
        let Err(error) = Regex::new(source) else { panic!("{source:?} is refused") };
        check_form(source, &error);
        assert_eq!(source.get(error.range.clone()), Some(meant), "{source:?}: {error:?}");
        assert!(error.message.contains(part), "{source:?}: {}", error.message);
    }
}

#[test]
fn what_would_take_too_much_is_refused() {
    for source in [
        "a".repeat(100_000),
        "(".repeat(100_000),
        format!("{}{}", "(".repeat(30_000), ")".repeat(30_000)),
        format!("{}a{}", "(?:".repeat(51), ")".repeat(51)),
        r"\pL".repeat(20_000),
        format!("[{}]", r"\pL".repeat(20_000)),
        r"\pL{1000}".to_owned(),
        r"(?:\pL{30}){30}".to_owned(),
        vec![r"(\w|é){1000}"; 100].join("|"),
        "(?:|){1000}".repeat(5_000),
    ] {
        let Err(error) = Regex::new(&source) else { panic!("{:.40} is refused", source) };
        check_form(&source, &error);
    }
}

#[test]
fn a_wrong_name_of_a_class_comes_with_the_nearest() {
    let help = |source| Regex::new(source).unwrap_err().help;
    assert_eq!(help(r"\p{greek}").as_deref(), Some(r"did you mean `\p{Greek}`?"));
    assert_eq!(help(r"\p{Cyrilic}").as_deref(), Some(r"did you mean `\p{Cyrillic}`?"));
    assert!(help(r"\p{Letter}").is_some_and(|help| help.contains(r"\pL")));
}

#[test]
fn like_knows_two_escapes() {
    for (source, meant) in [(r"a\b", r"\b"), ("a\\", "\\"), (r"\é*", r"\é"), (r"\\\", "\\"), (r"\*\?", r"\?")] {
        let error = Like::new(source).unwrap_err();
        check_form(source, &error);
        assert_eq!(source.get(error.range), Some(meant), "{source:?}");
    }
}

#[test]
fn the_table_of_refused_expressions_has_no_expression_twice() {
    let sources: std::collections::BTreeSet<_> = REFUSED.iter().map(|(source, ..)| source).collect();
    assert_eq!(sources.len(), REFUSED.len());
}
