//! Messages for the verdicts of the schema check.

use std::collections::BTreeSet;

use super::constraint::{self, Listing, Reason};
use super::expand::{Branch, Expander};
use super::judge::Judgement;
use super::kinds::Kinds;
use super::walk::{self, keyword};
use super::{Problem, place};
use crate::decimal::Decimal;
use crate::diagnostics::codes::{BAD_VALUE, WRONG_TYPE};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Label, quote};
use crate::json::Value;
use crate::json::json_quote;
use crate::predicate::{Path, Scalar, ScalarValue, Step};
use crate::source::FileId;

/// The most values of an enumeration that a message lists.
const MOST_VALUES: usize = 8;
/// The most places in the catalogue that a problem points to.
const MOST_PLACES: usize = 3;
/// The most reasons of one kind that a message lists.
const MOST_REASONS: usize = 3;

/// The value that a verdict is about.
pub(super) struct TestedValue<'a> {
    /// The name of the tool.
    pub(super) tool: &'a str,
    /// The path to the value as it is written.
    pub(super) text: &'a str,
    /// Its last key, or the path.
    pub(super) name: &'a str,
    /// Whether the path leads to the array and the verdict is about its elements.
    pub(super) is_element: bool,
}

/// What a verdict says of a value.
pub(super) fn problem(verdict: Judgement<'_, '_>, file: FileId, subject: &TestedValue<'_>) -> Problem {
    let TestedValue { tool, text, name, is_element } = subject;
    let typed = verdict.failures.iter().all(|(reason, _)| matches!(reason, Reason::Kind));
    let element = if verdict.element || *is_element { "an element of " } else { "" };
    let is = what(&verdict.failures);
    let subject = format!("{element}{} of {}", quote(text), quote(tool));
    let instead = verdict.literal.and_then(|literal| instead(&verdict.failures, literal));
    let (replacement, sure) = instead.map_or((None, false), |(text, sure)| (Some(text), sure));
    let listed =
        !verdict.element && !is_element && verdict.failures.iter().all(|(_, branch)| branch.kinds == Kinds::ARRAY);
    let elements = || format!("write `some {text} ...` for at least one of its elements, `every {text} ...` for all");
    let help = replacement.as_ref().map(|text| format!("write {}", quote(text)));
    Problem {
        code: if typed { WRONG_TYPE } else { BAD_VALUE },
        message: format!("{subject} is {is}, so {}", verdict.so),
        at: verdict.at,
        help: help.or_else(|| (typed && listed).then(elements)),
        replacement,
        sure,
        related: places(&verdict.failures, file, &format!("{element}{}", quote(name))),
    }
}

/// What the value is, to follow "is": all that the branches admit of what was asked about.
fn what(failures: &[(Reason<'_>, Branch<'_>)]) -> String {
    let mut phrases: Vec<String> = Vec::new();
    let lists = failures.iter().filter_map(|(reason, _)| match reason {
        Reason::NotListed(lists) => lists.first(),
        _ => None,
    });
    let alone = failures.iter().all(|(reason, _)| matches!(reason, Reason::NotListed(_)));
    phrases.extend(listed(lists.copied(), alone));
    let narrowed = failures.iter().filter_map(|(reason, _)| match reason {
        Reason::Narrowed(_, what) => Some(what),
        _ => None,
    });
    for phrase in narrowed {
        if !phrases.contains(phrase) && phrases.len() < MOST_REASONS {
            phrases.push(phrase.clone());
        }
    }
    let kinds = failures.iter().filter(|(reason, _)| matches!(reason, Reason::Kind)).map(|(_, branch)| branch);
    phrases.extend(kinds_text(kinds));
    phrases.join(" or ")
}

/// The values of enumerations, to follow "is"; `alone` when nothing else is admitted.
fn listed<'a>(lists: impl Iterator<Item = Listing<'a>>, alone: bool) -> Option<String> {
    let mut sources = Vec::new();
    let mut seen = BTreeSet::new();
    let values = lists.flat_map(Listing::values).map(Value::source);
    sources.extend(values.filter(|source| seen.insert(*source)));
    let rest = sources.len().saturating_sub(MOST_VALUES);
    let shown: Vec<_> = sources.iter().take(MOST_VALUES).map(|source| quote(source)).collect();
    match (shown.as_slice(), rest) {
        ([], _) => None,
        ([one], _) => Some(if alone { format!("always {one}") } else { one.clone() }),
        (shown, 0) => Some(format!("one of {}", shown.join(", "))),
        (shown, rest) => Some(format!("one of {} and {rest} more", shown.join(", "))),
    }
}

/// The kinds of some branches, to follow "is"; `None` without branches.
pub(super) fn kinds_text<'a, 'b>(branches: impl Iterator<Item = &'b Branch<'a>>) -> Option<String>
where
    'a: 'b,
{
    let mut kinds = Kinds::NONE;
    let mut whole = true;
    let mut formats = BTreeSet::new();
    for branch in branches {
        kinds = kinds.union(branch.kinds);
        whole &= branch.whole || !branch.kinds.intersects(Kinds::NUMBER);
        formats.extend(branch.parts.iter().filter_map(|part| part.get("format")?.as_str()));
    }
    if kinds == Kinds::VALUES {
        return Some("any value".to_owned());
    }
    let number = if whole { "an integer" } else { "a number" };
    let names = [
        (Kinds::STRING, "a string"),
        (Kinds::NUMBER, number),
        (Kinds::BOOL, "a boolean"),
        (Kinds::ARRAY, "an array"),
        (Kinds::OBJECT, "an object"),
        (Kinds::NULL, "null"),
    ];
    let names: Vec<_> = names.into_iter().filter(|(kind, _)| kinds.intersects(*kind)).map(|(_, name)| name).collect();
    let (last, others) = names.split_last()?;
    let text = if others.is_empty() { (*last).to_owned() } else { format!("{} or {last}", others.join(", ")) };
    let mut formats = formats.into_iter();
    Some(match (formats.next(), formats.next()) {
        (Some(format), None) if others.is_empty() => format!("{text} ({})", quote(format)),
        _ => text,
    })
}

/// The text to write in place of a literal, and whether it is sure to be meant.
fn instead(failures: &[(Reason<'_>, Branch<'_>)], literal: &Scalar) -> Option<(String, bool)> {
    if let ScalarValue::Str(text) = &literal.value {
        let near = near_value(failures, text).map(|near| (near, false));
        let near = near.or_else(|| unquoted(failures, text).map(|text| (text, true)));
        return near.or_else(|| boolean(failures, text).map(|text| (text.to_owned(), false)));
    }
    let text = ScalarValue::Str(literal.text.as_str().into());
    let string = failures
        .iter()
        .any(|(reason, branch)| matches!(reason, Reason::Kind) && constraint::admits(branch, &text).is_ok());
    let string = (string && literal.value != ScalarValue::Null).then(|| (json_quote(&literal.text), true));
    string.or_else(|| boolean(failures, &literal.text).map(|text| (text.to_owned(), false)))
}

fn near_value(failures: &[(Reason<'_>, Branch<'_>)], text: &str) -> Option<String> {
    let lists = failures.iter().filter_map(|(reason, _)| match reason {
        Reason::NotListed(lists) => Some(lists),
        _ => None,
    });
    let values = lists.flatten().flat_map(|list| list.values()).filter_map(Value::as_str);
    near(text, values).map(json_quote)
}

/// The candidate nearest to `name`. Of very short names nearly every one is near; only their case is corrected.
pub(super) fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const SHORTEST: usize = 3;
    let long = name.chars().count() >= SHORTEST;
    nearest(name, candidates.into_iter().filter(|candidate| long || candidate.eq_ignore_ascii_case(name)))
}

/// The boolean for which other languages have this word or number, if the schema wants one.
fn boolean(failures: &[(Reason<'_>, Branch<'_>)], text: &str) -> Option<&'static str> {
    let value = match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "on" | "true" | "y" | "enabled" => true,
        "0" | "no" | "off" | "false" | "n" | "disabled" => false,
        _ => return None,
    };
    let wanted = failures.iter().any(|(reason, branch)| {
        matches!(reason, Reason::Kind) && constraint::admits(branch, &ScalarValue::Bool(value)).is_ok()
    });
    wanted.then_some(if value { "true" } else { "false" })
}

/// The number, boolean or null that a string literal spells, if that is what the schema wants.
fn unquoted(failures: &[(Reason<'_>, Branch<'_>)], text: &str) -> Option<String> {
    let value = match text {
        "true" => ScalarValue::Bool(true),
        "false" => ScalarValue::Bool(false),
        "null" => ScalarValue::Null,
        _ => ScalarValue::Number(Decimal::parse(text).filter(|_| !text.ends_with('.'))?),
    };
    let wanted = failures
        .iter()
        .any(|(reason, branch)| matches!(reason, Reason::Kind) && constraint::admits(branch, &value).is_ok());
    wanted.then(|| text.to_owned())
}

/// Where the catalogue says so.
fn places(failures: &[(Reason<'_>, Branch<'_>)], file: FileId, name: &str) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    let mut add = |key: Value<'_>, text: String| {
        let label = Label { span: place(file, key), text };
        if labels.len() < MOST_PLACES && labels.iter().all(|other| other.span != label.span) {
            labels.push(label);
        }
    };
    for (reason, branch) in failures.iter().take(MOST_PLACES) {
        match reason {
            Reason::NotListed(lists) => {
                for list in lists {
                    if let Some(is) = listed(std::iter::once(*list), true) {
                        add(list.keyword, format!("{name} is {is} here"));
                    }
                }
            }
            Reason::Narrowed(key, is) => add(*key, format!("{name} is {is} here")),
            Reason::Kind => {
                let is = kinds_text(std::iter::once(branch)).filter(|_| branch.kinds != Kinds::VALUES);
                let first = branch.parts.iter().find_map(|part| keyword(*part, "type"));
                if let (Some(is), Some((key, _))) = (is, first) {
                    add(key, format!("{name} is {is} here"));
                }
            }
        }
    }
    labels
}

/// A key as it is written in a path, whatever stands before it.
pub(super) fn key_text(key: &str) -> String {
    let step = [Step::Index(0), Step::Key(key.to_owned())];
    Path::args(&step).to_string().trim_start_matches("args[0].").to_owned()
}

/// A path as it is written, from what is written before its steps.
pub(super) fn path_from(start: &str, steps: &[Step]) -> String {
    // After a bracket a key is written otherwise than after a key.
    let bracket = start.ends_with(']').then_some(Step::Index(0));
    let steps: Vec<Step> = bracket.iter().chain(steps).cloned().collect();
    let text = Path::args(&steps).to_string();
    let root = if bracket.is_some() { "args[0]" } else { "args" };
    format!("{start}{}", text.strip_prefix(root).unwrap_or_default())
}

/// A type in the manner of a signature: `integer | null`, `array of string`.
pub(super) fn type_text<'a>(expander: &mut Expander<'a>, branches: &[Branch<'a>]) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !texts.contains(&text) {
            texts.push(text);
        }
    };
    for branch in branches {
        if let Some(values) = constraint::candidates(branch, &constraint::listings(branch)) {
            values.iter().take(MOST_VALUES).for_each(|value| add(value.source().to_owned()));
            if values.len() > MOST_VALUES {
                add("...".to_owned());
            }
            continue;
        }
        if branch.kinds == Kinds::VALUES {
            add("any".to_owned());
            continue;
        }
        let format = branch.parts.iter().find_map(|part| part.get("format")?.as_str());
        for (kind, name) in [
            (Kinds::STRING, "string"),
            (Kinds::NUMBER, if branch.whole { "integer" } else { "number" }),
            (Kinds::BOOL, "boolean"),
            (Kinds::ARRAY, "array"),
            (Kinds::OBJECT, "object"),
            (Kinds::NULL, "null"),
        ] {
            match format {
                _ if !branch.kinds.intersects(kind) => {}
                Some(format) if kind == Kinds::STRING => add(format!("{name} ({format})")),
                _ if kind == Kinds::ARRAY => add(array_text(expander, branch)),
                _ => add(name.to_owned()),
            }
        }
    }
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(" | ") }
}

/// `array of string`: one level deep, which is as much as fits a line.
fn array_text<'a>(expander: &mut Expander<'a>, branch: &Branch<'a>) -> String {
    let elements = walk::elements(expander, branch).unwrap_or_default();
    let names = kinds_text(elements.iter()).filter(|text| !text.starts_with("any "));
    let plain = names.map(|names| names.replace("an ", "").replace("a ", ""));
    plain.map_or_else(|| "array".to_owned(), |names| format!("array of {names}"))
}
