//! Sets of what a call can have at one path: nothing, or a value of some kind.

use std::sync::Arc;

use crate::decimal::Decimal;
use crate::diagnostics::quote;
use crate::ir::{Policy, Tool};
use crate::predicate::{Comparison, Path, Scalar, ScalarValue, Test};
use crate::schema::Kinds;

use super::clauses::Literal;
use super::numbers::Numbers;
use super::strings::{Pattern, Strings};
use crate::emit::refusal::Refusal;

/// A set of arrays.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Arrays {
    /// None.
    None,
    /// All.
    All,
    /// Those with an element equal to the literal.
    Having(ScalarValue),
    /// Those without.
    Lacking(ScalarValue),
}

/// A set of values, the missing one included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Values {
    /// Whether it has the missing value.
    pub(crate) missing: bool,
    /// Whether it has null.
    pub(crate) null: bool,
    /// Whether it has `false` and `true`.
    pub(crate) bools: [bool; 2],
    /// Its numbers.
    pub(crate) numbers: Numbers,
    /// Its strings.
    pub(crate) strings: Strings,
    /// Its arrays.
    pub(crate) arrays: Arrays,
    /// Whether it has the objects: all or none.
    pub(crate) objects: bool,
}

impl Values {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        missing: false,
        null: false,
        bools: [false; 2],
        numbers: Numbers::NONE,
        strings: Strings::NONE,
        arrays: Arrays::None,
        objects: false,
    };

    /// Everything.
    pub(crate) fn all() -> Self {
        Self::NONE.complement()
    }

    /// What `has` holds for.
    pub(crate) fn present() -> Self {
        Self { missing: true, null: true, ..Self::NONE }.complement()
    }

    pub(crate) fn is_all(&self) -> bool {
        *self == Self::all()
    }

    pub(crate) fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    pub(crate) fn complement(&self) -> Self {
        Self {
            missing: !self.missing,
            null: !self.null,
            bools: self.bools.map(|has| !has),
            numbers: self.numbers.complement(),
            strings: self.strings.complement(),
            arrays: match self.arrays.clone() {
                Arrays::None => Arrays::All,
                Arrays::All => Arrays::None,
                Arrays::Having(value) => Arrays::Lacking(value),
                Arrays::Lacking(value) => Arrays::Having(value),
            },
            objects: !self.objects,
        }
    }

    /// What either has; `None` when that has no form here.
    pub(crate) fn union(&self, other: &Self) -> Option<Self> {
        let [left, right] = [self.bools, other.bools];
        let arrays = match (&self.arrays, &other.arrays) {
            (Arrays::All, _) | (_, Arrays::All) => Arrays::All,
            (Arrays::None, some) | (some, Arrays::None) => some.clone(),
            (same, new) if same == new => same.clone(),
            (Arrays::Having(has), Arrays::Lacking(lacks)) | (Arrays::Lacking(lacks), Arrays::Having(has))
                if has == lacks =>
            {
                Arrays::All
            }
            _ => return None,
        };
        Some(Self {
            missing: self.missing || other.missing,
            null: self.null || other.null,
            bools: [left[0] || right[0], left[1] || right[1]],
            numbers: self.numbers.union(&other.numbers),
            strings: self.strings.union(&other.strings)?,
            arrays,
            objects: self.objects || other.objects,
        })
    }

    /// What both have; `None` when that has no form here.
    pub(crate) fn intersection(&self, other: &Self) -> Option<Self> {
        Some(self.complement().union(&other.complement())?.complement())
    }

    /// Whether the set has what contains a literal, as [`Test::Contains`] has it, and perhaps other
    /// kinds too.
    pub(crate) fn is_containing(&self) -> bool {
        match &self.arrays {
            Arrays::Having(ScalarValue::Str(text)) => self.strings == containing(text),
            Arrays::Having(_) => self.strings.is_empty(),
            Arrays::None | Arrays::All | Arrays::Lacking(_) => false,
        }
    }

    /// The values for which a literal holds.
    ///
    /// # Errors
    /// No gateway condition can tell them, and the reason.
    pub(crate) fn of(literal: &Literal<'_>) -> Result<Self, Refusal> {
        let set = of_test(&literal.atom.test, &literal.atom.path)?;
        Ok(if literal.positive { set } else { set.complement() })
    }
}

fn of_test(test: &Test, path: &Path) -> Result<Values, Refusal> {
    let strings = |strings| Values { strings, ..Values::NONE };
    Ok(match test {
        Test::Has => Values::present(),
        Test::Compare(comparison, scalar) => compare(*comparison, scalar)?,
        Test::In(list) => {
            let mut set = Values::NONE;
            for scalar in list {
                set = set.union(&equal(scalar)?).unwrap_or(set);
            }
            set
        }
        Test::NotIn(list) => {
            let mut of_types = Values::NONE;
            let mut listed = Values::NONE;
            for scalar in list {
                of_types = of_types.union(&of_type(&scalar.value)).unwrap_or(of_types);
                listed = listed.union(&equal(scalar)?).unwrap_or(listed);
            }
            of_types.intersection(&listed.complement()).unwrap_or(Values::NONE)
        }
        Test::Contains(scalar) => {
            if let ScalarValue::Number(number) = &scalar.value {
                double(number, &scalar.text)?;
            }
            let parts = match &scalar.value {
                ScalarValue::Str(text) => containing(text),
                _ => Strings::NONE,
            };
            Values { strings: parts, arrays: Arrays::Having(scalar.value.clone()), ..Values::NONE }
        }
        Test::Like(patterns) => strings(Strings::Match(patterns.iter().cloned().map(Pattern::Like).collect())),
        Test::Matches(patterns) => strings(Strings::Match(patterns.iter().cloned().map(Pattern::Regex).collect())),
        Test::Every(_) | Test::Some(_) => {
            return Err(Refusal::new(
                format!("it has no test for the elements of an array, as {} needs", quote(&path.to_string())),
                format!("test a single argument, `contains`, or deny calls that have {}", quote(&path.to_string())),
            ));
        }
        Test::Length(_) => {
            return Err(Refusal::new(
                format!("it has no test for a length, as {} needs", quote(&path.to_string())),
                "for a string of at most 1000 characters write `matches \"(?s).{0,1000}\"`; arrays cannot be measured",
            ));
        }
    })
}

/// The strings that contain a text.
fn containing(text: &str) -> Strings {
    if text.is_empty() {
        return Strings::ALL;
    }
    Strings::Match(Pattern::literal(text, true).into_iter().collect())
}

fn of_type(value: &ScalarValue) -> Values {
    match value {
        ScalarValue::Null => Values { null: true, ..Values::NONE },
        ScalarValue::Bool(_) => Values { bools: [true; 2], ..Values::NONE },
        ScalarValue::Number(_) => Values { numbers: Numbers::all(), ..Values::NONE },
        ScalarValue::Str(_) => Values { strings: Strings::ALL, ..Values::NONE },
    }
}

fn equal(scalar: &Scalar) -> Result<Values, Refusal> {
    Ok(match &scalar.value {
        ScalarValue::Null => Values { null: true, ..Values::NONE },
        ScalarValue::Bool(value) => Values { bools: [!value, *value], ..Values::NONE },
        ScalarValue::Number(number) => {
            Values { numbers: Numbers::point(double(number, &scalar.text)?), ..Values::NONE }
        }
        ScalarValue::Str(text) => Values { strings: Strings::one(text), ..Values::NONE },
    })
}

fn compare(comparison: Comparison, scalar: &Scalar) -> Result<Values, Refusal> {
    let numbers = |numbers| Values { numbers, ..Values::NONE };
    let ordering: fn(f64) -> Numbers = match comparison {
        Comparison::Equal => return equal(scalar),
        Comparison::NotEqual => {
            let other = of_type(&scalar.value).intersection(&equal(scalar)?.complement());
            return Ok(other.unwrap_or(Values::NONE));
        }
        Comparison::Less => |at| Numbers::below(at, false),
        Comparison::LessEqual => |at| Numbers::below(at, true),
        Comparison::Greater => |at| Numbers::above(at, false),
        Comparison::GreaterEqual => |at| Numbers::above(at, true),
    };
    match &scalar.value {
        ScalarValue::Number(number) => Ok(numbers(ordering(double(number, &scalar.text)?))),
        // Resolution lets no other literal stand beside an ordering; it would hold for nothing.
        _ => Ok(Values::NONE),
    }
}

/// The double of a literal.
///
/// # Errors
/// A gateway that reads numbers as doubles would compare with another number.
pub(crate) fn double(number: &Decimal, text: &str) -> Result<f64, Refusal> {
    const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;
    let value = number.to_f64();
    if value.abs() >= FIRST_INEXACT {
        return Err(Refusal::new(
            format!("it reads numbers as doubles, which from 2^53 on do not tell {} from its neighbours", quote(text)),
            "compare with a number below 9007199254740992, or pass the value as a string",
        ));
    }
    if value == 0.0 && !number.is_zero() {
        return Err(Refusal::new(
            format!("it reads numbers as doubles, which do not tell {} from 0", quote(text)),
            "compare with 0",
        ));
    }
    Ok(value)
}

/// A string for a literal set.
pub(crate) fn texts(set: &std::collections::BTreeSet<Arc<str>>) -> impl Iterator<Item = &str> {
    set.iter().map(AsRef::as_ref)
}

/// What a call that is valid for the tool's schema can have at a path; `None` when nothing is
/// known.
pub(crate) fn possible(policy: &Policy, tool: &Tool, path: &Path) -> Option<Values> {
    let catalogue = policy.server(tool.server)?.catalogue.as_ref()?;
    let mut kinds: Option<Kinds> = None;
    for entry in &tool.entries {
        let of_entry = catalogue.schema(*entry).possible_kinds(path);
        kinds = Some(kinds.map_or(of_entry, |known| known.union(of_entry)));
    }
    let kinds = kinds?;
    Some(Values {
        missing: kinds.contains(Kinds::MISSING),
        null: kinds.contains(Kinds::NULL),
        bools: [kinds.contains(Kinds::BOOL); 2],
        numbers: if kinds.contains(Kinds::NUMBER) { Numbers::all() } else { Numbers::NONE },
        strings: if kinds.contains(Kinds::STRING) { Strings::ALL } else { Strings::NONE },
        arrays: if kinds.contains(Kinds::ARRAY) { Arrays::All } else { Arrays::None },
        objects: kinds.contains(Kinds::OBJECT),
    })
}
