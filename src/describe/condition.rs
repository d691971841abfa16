//! Conditions in words.
//!
//! An atom is false for a missing value and for one of another type, so the words name the type: `args.n > 5` is
//! "the argument `n` is a number above 5". `not` is moved down to the atoms, where the words say that the value may
//! also be missing: that is what the negation of such an atom means.

use crate::decimal::Decimal;
use crate::json::Kind;
use crate::json::json_quote;
use crate::pattern::Like;
use crate::predicate::{Atom, Comparison, Condition, Elements, LengthTest, Path, PathRoot, Scalar, ScalarValue, Test};

use super::words::{code, either, kind, list, none_of, number};

/// A condition with negation only at its atoms.
pub(super) enum Normal<'a> {
    All(Vec<Normal<'a>>),
    Any(Vec<Normal<'a>>),
    /// An atom, and whether it is to hold.
    Atom(&'a Atom, bool),
}

/// Moves negation down. Atoms are true or false, so De Morgan's laws hold. Depth is bounded by the parser.
pub(super) fn normal(condition: &Condition, holds: bool) -> Normal<'_> {
    match (condition, holds) {
        (Condition::And(parts), true) | (Condition::Or(parts), false) => {
            Normal::All(parts.iter().map(|part| normal(part, holds)).collect())
        }
        (Condition::Or(parts), true) | (Condition::And(parts), false) => {
            Normal::Any(parts.iter().map(|part| normal(part, holds)).collect())
        }
        (Condition::Not(inner), holds) => normal(inner, !holds),
        (Condition::Atom(atom), holds) => Normal::Atom(atom, holds),
    }
}

/// A condition in words, to stand after "when", "unless" or "in which": "the argument `amount` is a number of at
/// most 500 and the caller's `role` is `"clerk"`".
#[must_use]
pub fn condition(condition: &Condition) -> String {
    words(&normal(condition, true), None)
}

fn words(part: &Normal<'_>, around: Option<&str>) -> String {
    let (parts, word, empty) = match part {
        Normal::Atom(Atom { path, test, .. }, holds) => {
            let subject = subject(path);
            return match holds {
                true => format!("{subject} {}", is(test, false)),
                false => {
                    let missing = match test {
                        Test::Has => "is missing or null".to_owned(),
                        _ => {
                            let others = is_not(test);
                            either(&std::iter::once("is missing".to_owned()).chain(others).collect::<Vec<_>>())
                        }
                    };
                    format!("{subject} {missing}")
                }
            };
        }
        Normal::All(parts) => (parts, "and", "it is any call"),
        Normal::Any(parts) => (parts, "or", "it is no call"),
    };
    match parts.as_slice() {
        [] => empty.to_owned(),
        [one] => words(one, around),
        several => {
            let inner: Vec<String> = several.iter().map(|part| words(part, Some(word))).collect();
            let joined = inner.join(&format!(" {word} "));
            if around.is_none_or(|around| around == word) { joined } else { format!("({joined})") }
        }
    }
}

/// What a path leads to: "the argument `amount`", "the caller's `role`".
pub(super) fn subject(path: &Path) -> String {
    let written = path.to_string();
    let inside = written.split_once('.').map_or(written.as_str(), |(_, inside)| inside);
    match path.root {
        PathRoot::Caller => format!("the caller's {}", code(inside)),
        PathRoot::Args => format!("the argument {}", code(inside)),
    }
}

/// What a value that passes a test is, as a verb: "is a number above 5". `element`: the value is in a list.
fn is(test: &Test, element: bool) -> String {
    match test {
        Test::Has if element => "is not null".to_owned(),
        Test::Has => "is given and not null".to_owned(),
        test => format!("is {}", either(&nouns(test))),
    }
}

/// What a present value that does not pass a test is: verbs of which one holds.
fn is_not(test: &Test) -> Vec<String> {
    let not = |kinds: &[Kind]| format!("is {}", none_of(&names(kinds)));
    match test {
        Test::Has => vec!["is null".to_owned()],
        Test::Compare(Comparison::NotEqual, scalar) => {
            vec![format!("is {}", literal(scalar)), not(&[scalar.value.kind()])]
        }
        Test::NotIn(values) => vec![format!("is {}", one_of(values)), not(&kinds(test))],
        Test::Every(elements) => {
            vec!["is not a list".to_owned(), format!("has an element {}", element_is_not(elements))]
        }
        Test::Some(elements) => vec!["is not a list".to_owned(), format!("has no element {}", element_is(elements))],
        test => vec![format!("is {}", none_of(&nouns(test)))],
    }
}

/// What a value that passes a test is: nouns of which one is right.
fn nouns(test: &Test) -> Vec<String> {
    match test {
        Test::Has => vec!["anything but null".to_owned()],
        Test::Compare(comparison, scalar) => vec![compared(*comparison, scalar)],
        Test::In(values) => vec![one_of(values)],
        Test::NotIn(values) => {
            let mut kinds = kinds(test);
            if kinds.len() > 1 {
                // Null is equal to the listed null, so no null passes.
                kinds.retain(|kind| *kind != Kind::Null);
            }
            let values: Vec<String> = values.iter().map(literal).collect();
            vec![format!("{} other than {}", names(&kinds).join(" or "), list(&values, "and", "values"))]
        }
        Test::Contains(scalar) => {
            let element = format!("a list with the element {}", literal(scalar));
            match &scalar.value {
                ScalarValue::Str(_) => vec![format!("a text that contains {}", literal(scalar)), element],
                _ => vec![element],
            }
        }
        Test::Like(patterns) => patterns.iter().map(liked).collect(),
        Test::Matches(patterns) => match patterns.as_slice() {
            [only] => {
                vec![format!("a text that matches the regular expression {} as a whole", code(only.source()))]
            }
            several => {
                let sources: Vec<String> = several.iter().map(|regex| code(regex.source())).collect();
                let all = list(&sources, "or", "expressions");
                vec![format!("a text that matches one of the regular expressions {all} as a whole")]
            }
        },
        Test::Every(elements) => {
            vec![format!("a list in which {} (an empty one passes)", elements_are("every", elements))]
        }
        Test::Some(elements) => vec![format!("a list in which {}", elements_are("some", elements))],
        Test::Length(length) => {
            vec![
                format!("a list of {}", counted(length, "element")),
                format!("a text of {}", counted(length, "character")),
            ]
        }
    }
}

/// What an element that passes is, to follow "an element": "that is a text", "whose `email` is a text".
fn element_is(elements: &Elements) -> String {
    match member(elements) {
        None => format!("that {}", is(&elements.test, true)),
        Some(member) => format!("whose {member} {}", is(&elements.test, true)),
    }
}

/// What an element that does not pass is, to follow "an element".
fn element_is_not(elements: &Elements) -> String {
    let others = is_not(&elements.test);
    match member(elements) {
        None => format!("that {}", either(&others)),
        Some(member) => {
            let all: Vec<String> = std::iter::once("is missing".to_owned()).chain(others).collect();
            format!("whose {member} {}", either(&all))
        }
    }
}

/// What every or some element is: "every element is a text", "the `email` of every element is a text".
fn elements_are(word: &str, elements: &Elements) -> String {
    match member(elements) {
        None => format!("{word} element {}", is(&elements.test, true)),
        Some(member) => format!("the {member} of {word} element {}", is(&elements.test, true)),
    }
}

/// The member of an element that is tested, as code; `None` for the element itself.
fn member(elements: &Elements) -> Option<String> {
    (!elements.steps.is_empty()).then(|| {
        let from = elements.text.rfind("[*].").map_or(0, |at| at + "[*].".len());
        code(elements.text.get(from..).unwrap_or(&elements.text))
    })
}

/// The kinds of value that can pass a test, sorted; none for a test that any kind can pass.
pub(super) fn kinds(test: &Test) -> Vec<Kind> {
    let mut kinds = match test {
        Test::Has => Vec::new(),
        Test::Compare(_, scalar) => vec![scalar.value.kind()],
        Test::In(values) | Test::NotIn(values) => values.iter().map(|scalar| scalar.value.kind()).collect(),
        Test::Contains(scalar) => match scalar.value {
            ScalarValue::Str(_) => vec![Kind::String, Kind::Array],
            _ => vec![Kind::Array],
        },
        Test::Like(_) | Test::Matches(_) => vec![Kind::String],
        Test::Every(_) | Test::Some(_) => vec![Kind::Array],
        Test::Length(_) => vec![Kind::String, Kind::Array],
    };
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Kinds with their articles.
pub(super) fn names(kinds: &[Kind]) -> Vec<String> {
    kinds.iter().map(|value| kind(*value).to_owned()).collect()
}

fn literal(scalar: &Scalar) -> String {
    match &scalar.value {
        ScalarValue::Number(value) => number(value),
        ScalarValue::Null => "null".to_owned(),
        ScalarValue::Bool(_) | ScalarValue::Str(_) => code(&scalar.text),
    }
}

fn one_of(values: &[Scalar]) -> String {
    let values: Vec<String> = values.iter().map(literal).collect();
    match values.as_slice() {
        [one] => one.clone(),
        several => format!("one of {}", list(several, "or", "values")),
    }
}

fn compared(comparison: Comparison, scalar: &Scalar) -> String {
    let value = literal(scalar);
    match comparison {
        Comparison::Equal => value,
        Comparison::NotEqual => format!("{} other than {value}", kind(scalar.value.kind())),
        Comparison::Less => format!("a number below {value}"),
        Comparison::LessEqual => format!("a number of at most {value}"),
        Comparison::Greater => format!("a number above {value}"),
        Comparison::GreaterEqual => format!("a number of at least {value}"),
    }
}

fn liked(like: &Like) -> String {
    let text = |part: &str| code(&json_quote(part));
    if let Some(only) = like.literal() {
        return text(&only);
    }
    match (like.prefix(), like.middle(), like.suffix()) {
        ("", [], "") => "a text".to_owned(),
        (prefix, [], "") => format!("a text that starts with {}", text(prefix)),
        ("", [], suffix) => format!("a text that ends with {}", text(suffix)),
        ("", [middle], "") => format!("a text that contains {}", text(middle)),
        _ => format!(
            "a text like {}, where {} stands for any characters or none",
            code(&json_quote(like.source())),
            code("*")
        ),
    }
}

fn counted(length: &LengthTest, word: &str) -> String {
    let plural = if length.number == Decimal::from(1) { "" } else { "s" };
    let count = number(&length.number);
    match length.comparison {
        Comparison::Equal => format!("exactly {count} {word}{plural}"),
        Comparison::NotEqual => format!("any number of {word}s but {count}"),
        Comparison::Less => format!("fewer than {count} {word}{plural}"),
        Comparison::LessEqual => format!("at most {count} {word}{plural}"),
        Comparison::Greater => format!("more than {count} {word}{plural}"),
        Comparison::GreaterEqual => format!("at least {count} {word}{plural}"),
    }
}
