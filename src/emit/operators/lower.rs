//! Gateway conditions for sets of values.
//!
//! A condition of a gateway holds for certain values at its path. Here the way back is found: for a
//! set of values, conditions that hold for exactly these values where that is possible. Both
//! gateways compare by text, so guards stand beside a condition where values of several kinds share
//! a text: `regex ^` holds for every string and nothing else, `gte -1.7976931348623157e308` for
//! every number and nothing else.

use super::literal::{DocumentValue, is_ambiguous};
use super::numbers::{Interval, Numbers};
use super::strings::{Strings, anchored, anchored_opposite};
use super::values::{Arrays, Values, texts};
use super::{Condition, MOST_KEYS, Operator};
use crate::diagnostics::quote;
use crate::emit::refusal::Refusal;
use crate::predicate::{Path, PathRoot, ScalarValue, Step};

/// The path as documents write it.
///
/// # Errors
/// Documents have no way to write it.
pub(crate) fn dotted(path: &Path) -> Result<String, Refusal> {
    let shown = || quote(&path.to_string());
    if path.root != PathRoot::Args {
        return Err(Refusal::new(
            format!("it knows no identity, as {} needs", shown()),
            "give each kind of caller a policy of its own (`policy NAME { ... }`) and a grant with it",
        ));
    }
    if path.steps.len() > MOST_KEYS {
        return Err(Refusal::new("its paths do not lead that deep", "test an argument further out, or deny the tool"));
    }
    let mut out = String::from("args");
    for step in &path.steps {
        let key = match step {
            Step::Key(key) => key,
            Step::Index(_) => {
                return Err(Refusal::new(
                    format!("its paths do not lead into arrays, as {} does", shown()),
                    "test an argument outside the array, or use `contains` on the array",
                ));
            }
        };
        if key.is_empty() || key.contains(['.', '[', ']']) || key.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::new(
                format!("its paths cannot name the key {}", quote(key)),
                "test another argument, or deny the tool",
            ));
        }
        out.push('.');
        out.push_str(key);
    }
    Ok(out)
}

/// Conditions at one path.
pub(crate) struct Builder<'p> {
    path: &'p str,
}

fn refuse_mixture(path: &str, set: &Values) -> Refusal {
    let shown = quote(path);
    let rest = |set: &Values| Values { bools: [false; 2], ..set.clone() };
    if set.bools != [false; 2] && set.bools != [true; 2] && rest(set).is_none() {
        let opposite = set.bools == [false, true];
        return Refusal::new(
            format!("it compares values by their text, so {shown} as a boolean and as a string are one to it"),
            format!("turn the statement round: `deny .. when {path} == {}` can be held", !opposite),
        );
    }
    if matches!(set.strings, Strings::NoMatch(_)) {
        return Refusal::new(
            format!("it has patterns but no opposite of one, as {shown} needs, and no short pattern says the same"),
            format!("say what is allowed instead: `require {path} like ..`, or list values with `not in`"),
        );
    }
    Refusal::new(
        format!("it has no conditions that tell these values of {shown} from all others"),
        "allow values of one type and in one range only, or write the other values in a statement of their own",
    )
}

impl<'p> Builder<'p> {
    pub(crate) fn new(path: &'p str) -> Self {
        Self { path }
    }

    /// The refusal of a set that has no conditions.
    pub(crate) fn refusal(&self, set: &Values) -> Refusal {
        refuse_mixture(self.path, set)
    }

    pub(crate) fn condition(&self, operator: Operator, value: DocumentValue) -> Condition {
        Condition { path: self.path.to_owned(), operator, value }
    }

    pub(crate) fn exists(&self, present: bool) -> Condition {
        self.condition(Operator::Exists, DocumentValue::Bool(present))
    }

    /// Holds for strings and nothing else.
    pub(crate) fn any_string(&self) -> Condition {
        self.condition(Operator::Regex, DocumentValue::Str("^".to_owned()))
    }

    fn number(&self, operator: Operator, value: f64) -> Condition {
        self.condition(operator, DocumentValue::number(value))
    }

    /// Holds for numbers and nothing else.
    pub(crate) fn any_number(&self) -> Condition {
        self.number(Operator::Gte, -f64::MAX)
    }

    /// `one` for a single operand, `many` for several.
    pub(crate) fn listed(&self, one: Operator, many: Operator, mut operands: Vec<DocumentValue>) -> Condition {
        if operands.len() == 1 {
            return self.condition(one, operands.remove(0));
        }
        self.condition(many, DocumentValue::List(operands))
    }

    fn interval(&self, interval: &Interval) -> Vec<Condition> {
        let mut out = Vec::new();
        if !interval.is_unbounded_below() {
            let operator = if interval.low.after { Operator::Gt } else { Operator::Gte };
            out.push(self.number(operator, interval.low.at));
        }
        if !interval.is_unbounded_above() {
            let operator = if interval.high.after { Operator::Lte } else { Operator::Lt };
            out.push(self.number(operator, interval.high.at));
        }
        if out.is_empty() {
            out.push(self.any_number());
        }
        out
    }

    /// Conditions that hold together for just some numbers, if there are any.
    pub(crate) fn numbers_together(&self, set: &Numbers) -> Option<Vec<Condition>> {
        if let Some(points) = set.points().filter(|points| points.len() > 1) {
            let first = points.first().copied().unwrap_or_default();
            let operands = points.into_iter().map(DocumentValue::number).collect();
            return Some(vec![
                self.number(Operator::Gte, first),
                self.condition(Operator::In, DocumentValue::List(operands)),
            ]);
        }
        let (hull, holes) = hull(set)?;
        let mut out = self.interval(&hull);
        let holes: Option<Vec<f64>> = holes.iter().map(Interval::point).collect();
        let holes = holes?;
        if !holes.is_empty() {
            out.push(self.listed(
                Operator::Neq,
                Operator::NotIn,
                holes.into_iter().map(DocumentValue::number).collect(),
            ));
        }
        Some(out)
    }

    /// Cases that cover just some numbers.
    pub(crate) fn numbers_apart(&self, set: &Numbers) -> Vec<Vec<Condition>> {
        match self.numbers_together(set) {
            Some(together) => vec![together],
            None => set.intervals().iter().map(|interval| self.interval(interval)).collect(),
        }
    }

    /// For numbers with gaps: the conditions of their outer bounds, and the cases in the gaps.
    pub(crate) fn numbers_with_gaps(&self, set: &Numbers) -> Option<(Vec<Condition>, Vec<Vec<Condition>>)> {
        let (hull, holes) = hull(set)?;
        Some((self.interval(&hull), holes.iter().map(|hole| self.interval(hole)).collect()))
    }

    /// Conditions that hold together for just some strings, if there are any.
    pub(crate) fn strings_together(&self, set: &Strings) -> Option<Vec<Condition>> {
        let operands = |list: &std::collections::BTreeSet<std::sync::Arc<str>>| {
            texts(list).map(|text| DocumentValue::Str(text.to_owned())).collect::<Vec<_>>()
        };
        match set {
            Strings::In(list) if list.is_empty() => None,
            Strings::In(list) => {
                let test = self.listed(Operator::Eq, Operator::In, operands(list));
                let guard = texts(list).any(is_ambiguous).then(|| self.any_string());
                Some(guard.into_iter().chain([test]).collect())
            }
            Strings::NotIn(list) if list.is_empty() => Some(vec![self.any_string()]),
            Strings::NotIn(list) => {
                Some(vec![self.any_string(), self.listed(Operator::Neq, Operator::NotIn, operands(list))])
            }
            Strings::Match(patterns) => {
                Some(vec![self.condition(Operator::Regex, DocumentValue::Str(anchored(patterns)))])
            }
            Strings::NoMatch(patterns) => {
                Some(vec![self.condition(Operator::Regex, DocumentValue::Str(anchored_opposite(patterns)?))])
            }
        }
    }

    /// The condition for strings and arrays that contain a literal, and whether it holds for
    /// nothing else.
    ///
    /// The literal is `None` unless the set is what `contains` makes of one.
    pub(crate) fn containing(&self, set: &Values) -> Option<(Condition, bool)> {
        let Arrays::Having(value) = &set.arrays else { return None };
        let (operand, exact) = match value {
            ScalarValue::Null => (DocumentValue::Null, false),
            ScalarValue::Bool(value) => (DocumentValue::Bool(*value), false),
            ScalarValue::Number(number) => (DocumentValue::number(number.to_f64()), false),
            ScalarValue::Str(text) => (DocumentValue::Str(text.to_string()), !is_ambiguous(text)),
        };
        Some((self.condition(Operator::Contains, operand), exact))
    }
}

/// The interval from the first to the last number, and the gaps between.
fn hull(set: &Numbers) -> Option<(Interval, Vec<Interval>)> {
    let (first, last) = (set.intervals().first()?, set.intervals().last()?);
    let hull = Interval { low: first.low, high: last.high };
    let gaps = set.intervals().windows(2).filter_map(|pair| match pair {
        [left, right] => Some(Interval { low: left.high, high: right.low }),
        _ => None,
    });
    Some((hull, gaps.collect()))
}

/// What the present values that are not in a set are, if they are finitely many.
pub(crate) struct Exceptions {
    /// As operands, in the order null, booleans, numbers, strings; null is never among them.
    pub(crate) operands: Vec<DocumentValue>,
    /// Whether telling by text takes no other value for one of them.
    pub(crate) exact: bool,
}

/// The finitely many present values that a set with all arrays and objects lacks.
pub(crate) fn exceptions(set: &Values) -> Option<Exceptions> {
    if set.arrays != Arrays::All || !set.objects {
        return None;
    }
    let Strings::NotIn(lacking) = &set.strings else { return None };
    let points = set.numbers.complement().points()?;
    let mut operands = Vec::new();
    for (value, has) in [false, true].into_iter().zip(set.bools) {
        if !has {
            operands.push(DocumentValue::Bool(value));
        }
    }
    let exact = operands.is_empty() && points.is_empty() && !texts(lacking).any(is_ambiguous);
    operands.extend(points.into_iter().map(DocumentValue::number));
    operands.extend(texts(lacking).map(|text| DocumentValue::Str(text.to_owned())));
    Some(Exceptions { operands, exact })
}
