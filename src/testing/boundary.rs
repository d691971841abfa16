//! The two values on either side of the border that a condition draws.

use crate::decimal::Decimal;
use crate::predicate::{Atom, Comparison, Condition, Scalar, ScalarValue, Test};

/// No number with more digits is made.
const MOST_DIGITS: u64 = 40;

/// A border: the last value for which a condition may hold and the first for which it does not, both of the type that it asks for.
pub(super) struct Boundary {
    /// Holds for the value just inside.
    pub(super) inside: Condition,
    /// Holds for the value just outside.
    pub(super) outside: Condition,
    /// What is outside, in words that follow "when": "args.timeout > 60".
    pub(super) beyond: String,
}

impl Boundary {
    /// The border that the first test of a value in a condition draws; `None` if it is none of a number or a list.
    pub(super) fn of(condition: &Condition) -> Option<Self> {
        match condition {
            Condition::And(parts) => parts.iter().find_map(Self::of),
            // `not has args.a or args.a <= 5` has the border of its second part; of other alternatives each has its own.
            Condition::Or(parts) => {
                let is_missing = |part: &&Condition| matches!(part, Condition::Not(inner) if matches!(&**inner, Condition::Atom(Atom { test: Test::Has, .. })));
                let mut others = parts.iter().filter(|part| !is_missing(part));
                others.next().filter(|_| others.next().is_none()).and_then(Self::of)
            }
            Condition::Not(_) => None,
            Condition::Atom(atom) => Self::of_atom(atom),
        }
    }

    fn of_atom(atom: &Atom) -> Option<Self> {
        let with = |test: Test| Condition::Atom(Atom { test, ..atom.clone() });
        let path = &atom.path;
        match &atom.test {
            Test::Compare(comparison, scalar) => {
                let (inside, outside, beyond) = ends(*comparison, scalar)?;
                let equals = |number| with(Test::Compare(Comparison::Equal, number));
                let beyond = format!("{path} {} {}", beyond.symbol(), scalar.text);
                Some(Self { inside: equals(inside), outside: equals(outside), beyond })
            }
            Test::In(values) => Some(Self {
                inside: with(Test::Compare(Comparison::Equal, values.last()?.clone())),
                outside: with(Test::NotIn(values.clone())),
                beyond: format!("{path} is none of the listed values"),
            }),
            _ => None,
        }
    }
}

/// The last whole number for which an ordering holds, the first for which it does not, and the opposite ordering.
fn ends(comparison: Comparison, scalar: &Scalar) -> Option<(Scalar, Scalar, Comparison)> {
    let ScalarValue::Number(number) = &scalar.value else { return None };
    let (up, down) = (Decimal::from(1), Decimal::from(1).negated());
    let next = |step: &Decimal| {
        let number = number.checked_add(step, MOST_DIGITS)?;
        Some(Scalar { text: number.to_string(), value: ScalarValue::Number(number) })
    };
    match comparison {
        Comparison::LessEqual => Some((scalar.clone(), next(&up)?, Comparison::Greater)),
        Comparison::Less => Some((next(&down)?, scalar.clone(), Comparison::GreaterEqual)),
        Comparison::GreaterEqual => Some((scalar.clone(), next(&down)?, Comparison::Less)),
        Comparison::Greater => Some((next(&up)?, scalar.clone(), Comparison::LessEqual)),
        Comparison::Equal | Comparison::NotEqual => None,
    }
}
