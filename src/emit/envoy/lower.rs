//! Conditions as permissions.
//!
//! Where a test of the language is true for some arrays, which the filter does not see, the
//! permission is for fewer calls: it is true of no array, and neither is what it becomes under a
//! `not`. The rest is exact.

use super::expression;
use super::permission::{ANY_TEXT, Permission, Place, Text, Value};
use crate::diagnostics::quote;
use crate::emit::operators::values::double;
use crate::emit::refusal::Refusal;
use crate::pattern::Like;
use crate::predicate::{Atom, Comparison, Condition, Path, PathRoot, Scalar, ScalarValue, Step, Test};

/// How deep permissions are nested at most, which keeps a document within what readers of JSON take.
const MOST_DEPTH: usize = 24;

/// What a condition has become.
#[derive(Debug, Clone)]
pub(super) struct Lowered {
    /// The calls for which the condition holds, or some of them.
    pub(super) permission: Permission,
    /// Whether it is for fewer calls.
    pub(super) is_stricter: bool,
}

/// The permission for the calls for which a condition holds, or with `holds` false for which it does
/// not.
///
/// # Errors
/// The filter cannot test it.
pub(super) fn lower(condition: &Condition, holds: bool) -> Result<Lowered, Refusal> {
    let mut lowering = Lowering { is_stricter: false };
    let permission = lowering.condition(condition, holds, 0)?;
    Ok(Lowered { permission, is_stricter: lowering.is_stricter })
}

struct Lowering {
    is_stricter: bool,
}

impl Lowering {
    fn condition(&mut self, condition: &Condition, holds: bool, depth: usize) -> Result<Permission, Refusal> {
        if depth > MOST_DEPTH {
            return Err(Refusal::new(
                "it is nested too deep for a document in JSON",
                "name a part of it with `let`, and write it as a statement of its own",
            ));
        }
        match condition {
            Condition::Not(inner) => self.condition(inner, !holds, depth),
            Condition::And(parts) | Condition::Or(parts) => {
                let parts = parts.iter().map(|part| self.condition(part, holds, depth + 1));
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                let are_all = matches!(condition, Condition::And(_)) == holds;
                Ok(if are_all { Permission::all(parts) } else { Permission::one_of(parts) })
            }
            Condition::Atom(atom) => self.atom(atom, holds).map_err(|refusal| refusal.of_part(Some(atom.span), "test")),
        }
    }

    fn atom(&mut self, atom: &Atom, holds: bool) -> Result<Permission, Refusal> {
        let place = place(&atom.path)?;
        let seen = seen(&place, atom.path.root, &atom.test)?;
        // The metadata has the arrays of claims.
        let is_exact = !seen.of_arrays || atom.path.root == PathRoot::Caller;
        self.is_stricter |= !is_exact;
        match (holds, is_exact) {
            (true, _) => Ok(seen.permission),
            (false, true) => Ok(seen.permission.negated()),
            (false, false) if matches!(atom.test, Test::Has) => Err(Refusal::new(
                "it does not tell a missing argument from an array",
                "test the value: `args.x == \"..\"`, `args.x in [..]`",
            )),
            (false, false) => {
                let present = Permission::Has(place, Value::Present);
                Ok(Permission::All(vec![present, seen.permission.negated()]))
            }
        }
    }
}

/// The path as keys of metadata.
fn place(path: &Path) -> Result<Place, Refusal> {
    let keys = path.steps.iter().map(|step| match step {
        Step::Key(key) if key.is_empty() => Err(Refusal::new(
            "it does not look at keys without a character",
            "leave the test to a target that does: `policyc targets` shows which can",
        )),
        Step::Key(key) => Ok(key.clone()),
        Step::Index(_) => Err(no_arrays()),
    });
    Ok(Place::of(path.root, keys.collect::<Result<_, _>>()?))
}

fn no_arrays() -> Refusal {
    Refusal::new(
        "it does not see the elements of arrays",
        "leave the test to a target that does: `policyc targets` shows which can",
    )
}

/// The calls for which a test holds, but for arrays.
struct Seen {
    permission: Permission,
    /// Whether the test holds for some arrays.
    of_arrays: bool,
}

fn seen(place: &Place, root: PathRoot, test: &Test) -> Result<Seen, Refusal> {
    let has = |value| Permission::Has(place.clone(), value);
    let exactly = |permission| Ok(Seen { permission, of_arrays: false });
    match test {
        Test::Has => Ok(Seen {
            permission: Permission::All(vec![has(Value::Present), has(Value::Null).negated()]),
            of_arrays: true,
        }),
        Test::Compare(Comparison::Equal, scalar) => exactly(has(equal(scalar)?)),
        Test::Compare(Comparison::NotEqual, scalar) => exactly(none_of(place, std::slice::from_ref(scalar))?),
        Test::Compare(comparison, scalar) => exactly(ordered(place, *comparison, scalar)?),
        Test::In(list) => {
            let values = list.iter().map(equal).collect::<Result<Vec<_>, _>>()?;
            exactly(Value::one_of(values).map_or_else(Permission::none, has))
        }
        Test::NotIn(list) => exactly(none_of(place, list)?),
        Test::Contains(Scalar { value: ScalarValue::Str(text), .. }) => {
            let part = if text.is_empty() { ANY_TEXT } else { Text::Contains(text.to_string()) };
            let element = Value::Element(Text::Exact(text.to_string()));
            let permission = match root {
                PathRoot::Args => has(Value::Text(part)),
                PathRoot::Caller => has(Value::OneOf(vec![Value::Text(part), element])),
            };
            Ok(Seen { permission, of_arrays: true })
        }
        Test::Contains(_) | Test::Every(_) | Test::Some(_) => Err(no_arrays()),
        Test::Like(patterns) => {
            let values = patterns.iter().map(|pattern| like(pattern).map(Value::Text));
            let values = values.collect::<Result<Vec<_>, _>>()?;
            exactly(Value::one_of(values).map_or_else(Permission::none, has))
        }
        Test::Matches(patterns) => {
            let values = patterns.iter().map(|regex| {
                let written = expression::written(regex)?;
                Ok(Value::Text(Text::Matches(written)))
            });
            let values = values.collect::<Result<Vec<_>, Refusal>>()?;
            exactly(Value::one_of(values).map_or_else(Permission::none, has))
        }
        Test::Length(_) => Err(Refusal::new(
            "it does not measure lengths",
            "leave the test to a target that does: `policyc targets` shows which can",
        )),
    }
}

/// A value equal to a literal.
fn equal(scalar: &Scalar) -> Result<Value, Refusal> {
    Ok(match &scalar.value {
        ScalarValue::Null => Value::Null,
        ScalarValue::Bool(value) => Value::Bool(*value),
        ScalarValue::Number(number) => Value::Number(double(number, &scalar.text)?),
        ScalarValue::Str(text) => Value::Text(Text::Exact(text.to_string())),
    })
}

/// A number on one side of a literal. Ranges end before their end.
fn ordered(place: &Place, comparison: Comparison, scalar: &Scalar) -> Result<Permission, Refusal> {
    let has = |value| Permission::Has(place.clone(), value);
    // Resolution lets no other literal stand beside an ordering; it would hold for nothing.
    let ScalarValue::Number(number) = &scalar.value else { return Ok(Permission::none()) };
    let bound = double(number, &scalar.text)?;
    let (below, above) = (Value::Range(f64::NEG_INFINITY, bound), Value::Range(bound, f64::INFINITY));
    Ok(match comparison {
        Comparison::Less => has(below),
        Comparison::LessEqual => has(Value::OneOf(vec![below, Value::Number(bound)])),
        Comparison::Greater => Permission::All(vec![has(above), has(Value::Number(bound)).negated()]),
        _ => has(above),
    })
}

/// The values of the types of some literals that are equal to none.
fn none_of(place: &Place, list: &[Scalar]) -> Result<Permission, Refusal> {
    let has = |value| Permission::Has(place.clone(), value);
    let of = |is: fn(&ScalarValue) -> bool| -> Result<Option<Value>, Refusal> {
        let of_type = list.iter().filter(|scalar| is(&scalar.value)).map(equal);
        Ok(Value::one_of(of_type.collect::<Result<_, _>>()?))
    };
    let mut parts = Vec::new();
    for (literals, all) in [
        (of(|value| matches!(value, ScalarValue::Number(_)))?, Value::NUMBER),
        (of(|value| matches!(value, ScalarValue::Str(_)))?, Value::Text(ANY_TEXT)),
    ] {
        if let Some(literals) = literals {
            parts.push(Permission::All(vec![has(all), has(literals).negated()]));
        }
    }
    let bools: Vec<bool> = list
        .iter()
        .filter_map(|scalar| match scalar.value {
            ScalarValue::Bool(value) => Some(value),
            _ => None,
        })
        .collect();
    if let [first, rest @ ..] = bools.as_slice()
        && rest.iter().all(|other| other == first)
    {
        parts.push(has(Value::Bool(!first)));
    }
    Ok(Permission::one_of(parts))
}

/// A pattern of `like`.
fn like(pattern: &Like) -> Result<Text, Refusal> {
    if let Some(text) = pattern.literal() {
        return Ok(Text::Exact(text));
    }
    let (prefix, suffix) = (pattern.prefix().to_owned(), pattern.suffix().to_owned());
    Ok(match (prefix.as_str(), pattern.middle(), suffix.as_str()) {
        ("", [], "") => ANY_TEXT,
        (_, [], "") => Text::Prefix(prefix),
        ("", [], _) => Text::Suffix(suffix),
        ("", [only], "") => Text::Contains(only.clone()),
        _ => {
            expression::check_like(pattern)?;
            Text::Like(pattern.clone())
        }
    })
}

impl Refusal {
    /// An expression that Envoy would refuse, or read otherwise.
    pub(super) fn of_expression(source: &str, reason: &str, help: &str) -> Self {
        Self::new(format!("{}: {reason}", quote(source)), help)
    }
}
