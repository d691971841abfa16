//! A comparison with RE2 itself, where it is at hand: `POLICYC_RE2_PYTHON` names a Python that has `google-re2`.
//! Without it the comparison says that it is skipped.

use std::io::Write as _;
use std::process::{Command, Stdio};

use policyc_core::pattern::{Like, Regex};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::table::{OURS, SHARED};

struct Question {
    source: String,
    re2: Option<String>,
    values: Vec<String>,
}

impl Question {
    fn regex(source: &str, values: &[String]) -> Self {
        let re2 = Regex::new(source).ok().map(|regex| regex.re2());
        Self { source: source.to_owned(), re2, values: values.to_vec() }
    }
}

struct Answer {
    /// Which values RE2 says the source covers; nothing when RE2 refuses it.
    source: Option<Vec<bool>>,
    /// In which values RE2 finds the text that we write for it.
    re2: Option<Vec<bool>>,
}

/// What RE2 says; nothing when it is not at hand.
fn ask(questions: &[Question]) -> Option<Vec<Answer>> {
    let Some(python) = std::env::var_os("POLICYC_RE2_PYTHON") else {
        // Written past the test harness, which would hide it.
        let _ = writeln!(std::io::stderr(), "skipped: POLICYC_RE2_PYTHON names no Python with google-re2");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/oracles/re2_oracle.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
    let mut input = String::new();
    for Question { source, re2, values } in questions {
        input.push_str(&json!({"source": source, "re2": re2, "values": values}).to_string());
        input.push('\n');
    }
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let answers: Vec<Answer> = std::str::from_utf8(&output.stdout).unwrap().lines().map(answer).collect();
    assert_eq!(answers.len(), questions.len());
    Some(answers)
}

fn answer(line: &str) -> Answer {
    let line: Value = serde_json::from_str(line).unwrap();
    let bools = |key: &str| {
        line[key].as_array().map(|values| values.iter().map(|value| value.as_bool().unwrap()).collect::<Vec<_>>())
    };
    Answer { source: bools("source"), re2: bools("re2") }
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

/// Values that tell classes, flags and anchors apart.
const PROBES: [&str; 45] = [
    "", "a", "b", "c", "ab", "ba", "aa", "aab", "abab", "A", "B", "k", "K", "\u{212a}", "s", "ſ", "é", "É", "σ", "ς",
    "1", "12", "٣", "_", "-", "]", "[", "^", "{", "}", "&", "&&", "~", "<", ">", "|", "\\", ":", "\n", "a\n", "\na",
    "\r", "\x0b", " ", "a b",
];

#[test]
fn re2_agrees_with_the_table() {
    let cases: Vec<_> = SHARED.iter().chain(OURS).collect();
    let questions: Vec<_> = cases
        .iter()
        .map(|case| Question::regex(case.pattern, &strings(&[case.covers, case.leaves, &PROBES].concat())))
        .collect();
    let Some(answers) = ask(&questions) else { return };
    for (index, (question, answer)) in questions.iter().zip(answers).enumerate() {
        let regex = Regex::new(&question.source).unwrap();
        let ours: Vec<bool> = question.values.iter().map(|value| regex.is_match(value)).collect();
        assert_eq!(answer.re2.as_ref(), Some(&ours), "{:?} as {:?}", question.source, question.re2);
        assert_eq!(answer.source == Some(ours), index < SHARED.len(), "{:?}", question.source);
    }
}

/// Pieces of which random expressions are made; many together are malformed, as they should be.
const PIECES: [&str; 107] = [
    "a",
    "b",
    "c",
    "k",
    "S",
    "é",
    "σ",
    "1",
    "-",
    "_",
    " ",
    "\n",
    "&",
    ":",
    ",",
    "(",
    "(",
    "(",
    ")",
    ")",
    ")",
    "(?:",
    "(?i)",
    "(?i:",
    "(?s)",
    "(?m:",
    "(?-i)",
    "(?-s:",
    "(?P<n>",
    "(?<m>",
    "(?U)",
    "|",
    "|",
    "*",
    "+",
    "?",
    "{2}",
    "{1,}",
    "{0,2}",
    "{",
    "}",
    "{,2}",
    "{0}",
    "[",
    "[",
    "[",
    "[^",
    "[^",
    "]",
    "]",
    "]",
    "]",
    "[:alpha:]",
    "[:^digit:]",
    "[:x:]",
    "a-c",
    "[a-k]",
    "[^a-k]",
    "[é-ü]",
    r"\d",
    r"\D",
    r"\s",
    r"\S",
    r"\w",
    r"\W",
    r"\b",
    r"\B",
    r"\A",
    r"\z",
    "^",
    "$",
    ".",
    ".",
    r"\pL",
    r"\PL",
    r"\p{Lu}",
    r"\p{^Greek}",
    r"\x41",
    r"\x{e9}",
    r"\n",
    r"\v",
    r"\.",
    r"\]",
    r"\-",
    r"\\",
    r"\Q",
    r"\E",
    r"\",
    r"\1",
    r"\07",
    r"\C",
    "(?=",
    "(?x)",
    "--",
    "&&",
    "[[:word:]]",
    "~~",
    "||",
    "--[",
    "[a&&b]",
    "[~~x]",
    "[^a&&&]",
    "[a-k--c]",
    r"\<",
    r"\>",
    "<",
    "~",
];

/// Whether case folding meets a class that stays ASCII here: the one place where we part from RE2.
fn parts_from_re2(source: &str) -> bool {
    source.contains("(?i") && [r"\w", r"\W", "[:"].iter().any(|class| source.contains(class))
}

/// Whether RE2 may accept what we refuse.
fn may_be_refused(source: &str, message: &str) -> bool {
    let expected = [
        "takes",
        "flag group",
        "nothing is quoted",
        "is no escape",
        "two groups",
        "malformed",
        "too large",
        "deep",
        "Unicode character",
    ];
    expected.iter().any(|part| message.contains(part)) || source.contains(r"\Q")
}

#[test]
fn re2_agrees_with_random_expressions() {
    let count = std::env::var("POLICYC_RE2_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let mut runner = TestRunner::deterministic();
    let pieces = proptest::collection::vec(proptest::sample::select(&PIECES[..]), 1..9);
    let questions: Vec<_> = (0..count)
        .map(|_| pieces.new_tree(&mut runner).unwrap().current().concat())
        .map(|source| Question::regex(&source, &strings(&PROBES)))
        .collect();
    let Some(answers) = ask(&questions) else { return };
    let mut both = 0;
    for (question, answer) in questions.iter().zip(answers) {
        let source = &question.source;
        match (Regex::new(source), answer.source) {
            (Err(error), Some(_)) => {
                assert!(may_be_refused(source, &error.message), "RE2 accepts {source:?}: {error:?}");
            }
            (Err(_), None) => {}
            (Ok(_), None) => panic!("RE2 refuses {source:?}"),
            (Ok(regex), Some(theirs)) => {
                both += 1;
                let ours: Vec<bool> = PROBES.iter().map(|value| regex.is_match(value)).collect();
                assert_eq!(answer.re2.as_ref(), Some(&ours), "{source:?} as {:?}", question.re2);
                assert!(ours == theirs || parts_from_re2(source), "{source:?}: {ours:?} {theirs:?}");
            }
        }
    }
    assert!(both > count / 10, "only {both} of {count} expressions were compared");
}

#[test]
fn re2_finds_what_like_covers() {
    let mut runner = TestRunner::deterministic();
    let sources = proptest::string::string_regex(r"([abk.?+()|{}\[\]^$é\n -]|\*|\\\*|\\\\){0,8}").unwrap();
    let questions: Vec<_> = (0..2_000)
        .map(|_| Like::new(&sources.new_tree(&mut runner).unwrap().current()).unwrap())
        .map(|like| Question { source: String::new(), re2: Some(like.re2()), values: values_near(&like) })
        .collect();
    let Some(answers) = ask(&questions) else { return };
    for (question, answer) in questions.iter().zip(answers) {
        let found = answer.re2.unwrap_or_else(|| panic!("RE2 refuses {:?}", question.re2));
        assert!(found[0], "{:?}", question.re2);
        assert_eq!(found[1..], vec![false; found.len() - 1], "{:?}", question.re2);
    }
}

/// One value that the pattern covers, then values that it does not.
fn values_near(like: &Like) -> Vec<String> {
    let covered = like.literal().unwrap_or_else(|| {
        let mut texts = vec![like.prefix()];
        texts.extend(like.middle().iter().map(String::as_str));
        texts.push(like.suffix());
        texts.join("x\ny")
    });
    let others = [format!("{covered}~"), format!("~{covered}"), covered.to_uppercase(), format!("{covered}\n")];
    let left = others.into_iter().filter(|value| !like.is_match(value));
    std::iter::once(covered.clone()).chain(left).collect()
}

#[test]
fn case_folding_is_that_of_re2() {
    let letters: Vec<char> = ('\0'..='\u{1ffff}').filter(|char| char.is_alphabetic()).collect();
    let others = |char: char| {
        let mut class = regex_syntax::hir::ClassUnicode::new([regex_syntax::hir::ClassUnicodeRange::new(char, char)]);
        class.case_fold_simple();
        class.iter().flat_map(|range| range.start()..=range.end()).map(String::from).collect::<Vec<_>>()
    };
    let questions: Vec<_> = letters
        .iter()
        .map(|&char| (char, others(char)))
        .filter(|(_, others)| others.len() > 1)
        .map(|(char, others)| Question { source: format!("(?i){char}"), re2: None, values: others })
        .collect();
    let Some(answers) = ask(&questions) else { return };
    let apart: Vec<_> = questions
        .iter()
        .zip(answers)
        .filter(|(_, answer)| answer.source.as_ref().is_none_or(|found| found.contains(&false)))
        .map(|(question, _)| &question.source)
        .collect();
    // RE2 may have tables of another version of Unicode, but not for ASCII.
    assert!(apart.len() < 60, "{apart:?}");
    assert!(apart.iter().all(|source| !source.is_ascii()), "{apart:?}");
}
