//! Conditions as sets of values of single arguments, and such sets as patterns.
//!
//! Arguments stand in the text sorted by name, so what several of them must be is one expression
//! after the other. An argument that is not there, and the opposite of a set of strings, have no
//! expression: `rules` gets along without.

use std::collections::BTreeMap;

use super::numbers;
use super::set::Set;
use super::text::{self, ANY, GAP, MARK};
use crate::diagnostics::quote;
use crate::emit::operators::clauses::Literal;
use crate::emit::operators::strings::{Pattern, Strings};
use crate::emit::operators::values::{Arrays, Values};
use crate::emit::refusal::Refusal;
use crate::pattern::{Like, Regex, like_literal};
use crate::predicate::{Atom, Comparison, Condition, LengthTest, PathRoot, Scalar, ScalarValue, Step, Test};

/// Any value but null.
pub(super) const PRESENT: &str = r"[^n]([^\x00])*";
/// Any array.
pub(super) const ARRAY: &str = r"\[([^\x00])*";

/// The name of an argument. Names are in the order in which JavaScript sorts them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    units: Vec<u16>,
    /// The name.
    pub(super) name: String,
}

impl Key {
    pub(super) fn new(name: &str) -> Self {
        Self { units: name.encode_utf16().collect(), name: name.to_owned() }
    }
}

/// What some arguments must be.
pub(super) type Members = BTreeMap<Key, Set>;

/// A condition on arguments.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Or(Vec<Tree>),
    And(Vec<Tree>),
    Not(Box<Tree>),
    Member(Key, Set),
}

/// The tree of a condition: the same calls, or with `wide` more, without fewer. Says whether it is
/// another set.
///
/// # Errors
/// A test looks at what no pattern can hold.
pub(super) fn tree(condition: &Condition, wide: bool, approximated: &mut bool) -> Result<Tree, Refusal> {
    let mut all = |parts: &[Condition]| -> Result<Vec<Tree>, Refusal> {
        parts.iter().map(|part| tree(part, wide, approximated)).collect()
    };
    Ok(match condition {
        Condition::Or(parts) => Tree::Or(all(parts)?),
        Condition::And(parts) => Tree::And(all(parts)?),
        Condition::Not(inner) => Tree::Not(Box::new(tree(inner, !wide, approximated)?)),
        Condition::Atom(atom) => of_atom(atom, wide, approximated)?,
    })
}

fn of_atom(atom: &Atom, wide: bool, approximated: &mut bool) -> Result<Tree, Refusal> {
    let path = quote(&atom.path.to_string());
    let refuse = |reason: String, help: String| Refusal::new(reason, help).of_part(Some(atom.span), "test");
    let key = match (atom.path.root, atom.path.steps.as_slice()) {
        (PathRoot::Args, [Step::Key(name)]) => Key::new(name),
        (PathRoot::Caller, _) => {
            let help = "leave such a test to a target that knows the caller: `policyc targets` shows which do";
            return Err(refuse(format!("the program does not know who calls, as {path} needs"), help.to_owned()));
        }
        (PathRoot::Args, _) => {
            let help = "test an argument itself, or deny calls that have it: `not has` with its name";
            let reason = format!("a pattern cannot follow a path into an argument, as {path} needs");
            return Err(refuse(reason, help.to_owned()));
        }
    };
    let member = |values: Values| Tree::Member(key.clone(), Set::from(values));
    let of = |test: Test| -> Result<Tree, Refusal> {
        let atom = Atom { path: atom.path.clone(), test, span: atom.span };
        let values = Values::of(&Literal { atom: &atom, positive: true });
        Ok(member(values.map_err(|refusal| refusal.of_part(Some(atom.span), "test"))?))
    };
    // Strings of an argument that may also be an array, whose elements a pattern cannot tell apart.
    let mut or_array = |strings: Strings| {
        *approximated = true;
        let arrays = if wide { Arrays::All } else { Arrays::None };
        member(Values { strings, arrays, ..Values::NONE })
    };
    let any_string = || member(Values { strings: Strings::ALL, ..Values::NONE });
    match &atom.test {
        Test::Compare(Comparison::NotEqual, scalar) if matches!(scalar.value, ScalarValue::Str(_)) => {
            let same = of(Test::Compare(Comparison::Equal, scalar.clone()))?;
            Ok(Tree::And(vec![any_string(), Tree::Not(Box::new(same))]))
        }
        Test::NotIn(list) => {
            let is_text = |scalar: &&Scalar| matches!(scalar.value, ScalarValue::Str(_));
            let (texts, others): (Vec<&Scalar>, Vec<&Scalar>) = list.iter().partition(is_text);
            let owned = |list: Vec<&Scalar>| list.into_iter().cloned().collect::<Vec<_>>();
            let mut either = Vec::new();
            if !texts.is_empty() {
                let same = of(Test::In(owned(texts)))?;
                either.push(Tree::And(vec![any_string(), Tree::Not(Box::new(same))]));
            }
            if !others.is_empty() {
                either.push(of(Test::NotIn(owned(others)))?);
            }
            Ok(Tree::Or(either))
        }
        Test::Contains(Scalar { value: ScalarValue::Str(text), .. }) => {
            let like = Like::new(&format!("*{}*", like_literal(text))).ok();
            let strings = like.map_or(Strings::ALL, |like| Strings::Match(vec![Pattern::Like(like)]));
            Ok(or_array(strings))
        }
        Test::Length(length) => match lengths(length).and_then(|pattern| Regex::new(&pattern).ok()) {
            Some(regex) => Ok(or_array(Strings::Match(vec![Pattern::Regex(regex)]))),
            None => {
                let help = "compare with a whole number up to 1000";
                Err(refuse(format!("it cannot count so far in {path}"), help.to_owned()))
            }
        },
        Test::Every(elements) if elements.steps.is_empty() => {
            let inner = Atom { path: atom.path.clone(), test: elements.test.clone(), span: atom.span };
            let is_nested = matches!(inner.test, Test::Every(_) | Test::Some(_) | Test::Length(_) | Test::Contains(_));
            let values = if is_nested { None } else { Values::of(&Literal { atom: &inner, positive: true }).ok() };
            values.and_then(Set::every).map(|set| Tree::Member(key.clone(), set)).ok_or_else(|| {
                let help = "of elements ask `==`, `in`, a bound, `like` with one star or a simple `matches`";
                refuse(format!("a pattern cannot ask so much of every element of {path}"), help.to_owned())
            })
        }
        Test::Every(_) | Test::Some(_) | Test::Contains(_) => {
            let help = "test an argument that is no array, or deny calls that have it: `not has` with its name";
            Err(refuse(
                format!("a pattern cannot tell the elements of an array apart, as {path} needs"),
                help.to_owned(),
            ))
        }
        test => of(test.clone()),
    }
}

/// The strings of some lengths, as an expression.
fn lengths(test: &LengthTest) -> Option<String> {
    const MOST: u64 = 1000;
    let number = test.number.to_u64().filter(|number| *number <= MOST)?;
    let up_to = |number: u64| format!("(?s:.{{0,{number}}})");
    let from = |number: u64| format!("(?s:.{{{number},}})");
    Some(match test.comparison {
        Comparison::Equal => format!("(?s:.{{{number}}})"),
        Comparison::NotEqual if number == 0 => from(1),
        Comparison::NotEqual => format!("{}|{}", up_to(number - 1), from(number + 1)),
        Comparison::LessEqual => up_to(number),
        Comparison::Less => up_to(number.checked_sub(1)?),
        Comparison::GreaterEqual => from(number),
        Comparison::Greater => from(number + 1),
    })
}

/// Whether a set of values has an expression.
pub(super) fn has_expression(set: &Set) -> bool {
    set.is_present() || all_alternatives(set).is_some_and(|found| found.is_ok())
}

/// The alternatives for the values of a set and its arrays; `None` if it has no expression.
fn all_alternatives(set: &Set) -> Option<Result<Vec<String>, Refusal>> {
    let mut out = match alternatives(&set.values)? {
        Ok(out) => out,
        Err(refusal) => return Some(Err(refusal)),
    };
    if let Some(elements) = &set.every {
        let element = match alternatives(elements)? {
            Ok(alternatives) => joined(&alternatives),
            Err(refusal) => return Some(Err(refusal)),
        };
        out.push(text::array(&element));
    }
    Some(Ok(out))
}

/// Alternatives as a part of a sequence.
fn joined(alternatives: &[String]) -> String {
    match alternatives {
        [only] => only.clone(),
        several => format!("({})", several.join("|")),
    }
}

/// The alternatives for the values of a set; `None` if it has no expression.
fn alternatives(values: &Values) -> Option<Result<Vec<String>, Refusal>> {
    if values.missing || values.objects || !matches!(values.arrays, Arrays::None | Arrays::All) {
        return None;
    }
    let [has_false, has_true] = values.bools;
    let mut out: Vec<String> = [(values.null, "null"), (has_false, "false"), (has_true, "true")]
        .into_iter()
        .filter(|(has, _)| *has)
        .map(|(_, word)| word.to_owned())
        .collect();
    let Some(numbers) = numbers::alternatives(&values.numbers) else {
        let help = "compare with a number of a size from 0.000001 to 999999999999999999999, or with 0";
        return Some(Err(Refusal::new("JavaScript prints a number of this condition with an exponent", help)));
    };
    out.extend(numbers);
    let quoted = |content: &str| format!("\"{content}\"");
    match &values.strings {
        Strings::In(texts) => out.extend(texts.iter().map(|text| {
            let mut content = String::new();
            text::literal(&mut content, text);
            quoted(&content)
        })),
        Strings::NotIn(texts) if texts.is_empty() => out.push(quoted(ANY)),
        Strings::Match(patterns) => {
            for pattern in patterns {
                match content(pattern) {
                    Ok(content) => out.push(quoted(&content)),
                    Err(refusal) => return Some(Err(refusal)),
                }
            }
        }
        Strings::NotIn(_) | Strings::NoMatch(_) => return None,
    }
    if values.arrays == Arrays::All {
        out.push(ARRAY.to_owned());
    }
    Some(Ok(out))
}

/// The content of the strings that match a pattern.
fn content(pattern: &Pattern) -> Result<String, Refusal> {
    let like = match pattern {
        Pattern::Regex(regex) => return text::part(regex.tree().0),
        Pattern::Like(like) => like,
    };
    let mut out = String::new();
    let Some(suffix) = like.literal().is_none().then(|| like.suffix()) else {
        text::literal(&mut out, like.prefix());
        return Ok(out);
    };
    text::literal(&mut out, like.prefix());
    for part in like.middle().iter().map(String::as_str).chain([suffix]) {
        out.push_str(ANY);
        text::literal(&mut out, part);
    }
    Ok(out)
}

/// The pattern for arguments; `None` for any.
///
/// # Errors
/// There is none that the program keeps.
pub(super) fn pattern(members: &Members) -> Result<Option<String>, Refusal> {
    let mut parts = Vec::new();
    for (key, values) in members {
        let mut part = format!("{MARK}\"");
        text::literal(&mut part, &key.name);
        part.push_str("\":");
        if values.is_present() {
            part.push_str(PRESENT);
        } else {
            part.push_str(&joined(&all_alternatives(values).unwrap_or_else(|| Err(two_tests(key)))?));
        }
        part.push_str(MARK);
        parts.push(part);
    }
    let pattern = parts.join(GAP);
    if !text::is_kept(&pattern) {
        let longest = text::LONGEST;
        let reason =
            format!("its pattern would have more than {longest} characters, and the program drops such a rule");
        return Err(Refusal::new(reason, "split the statement, or write shorter patterns and lists"));
    }
    Ok((!parts.is_empty()).then_some(pattern))
}

/// Two sets of strings of one argument, of which no expression has the common ones.
pub(super) fn two_tests(key: &Key) -> Refusal {
    let reason = format!("two tests of the strings of {} must hold at once", quote(&format!("args.{}", key.name)));
    Refusal::new(reason, "write one pattern of `matches` in their place")
}
