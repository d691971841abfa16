//! Turns a satisfying assignment into a call, as JSON.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::kinds::{self, Kind};
use super::value::Value;
use super::{ARGUMENTS, CALLER, Space, Truth};
use crate::decimal::Decimal;
use crate::json::json_quote;
use crate::solver::budget::{Budget, Exhausted};
use crate::solver::sat::{Lit, Solved};

use super::texts::Looked;

/// The most elements of an array in an example. `strings` bounds the length of strings alike.
const LONGEST: u64 = 100_000;

/// Arguments and claims of a call, as JSON texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The arguments: an object.
    pub arguments: String,
    /// The caller's claims: an object; `None` if the call needs none.
    pub caller: Option<String>,
}

/// A JSON value.
#[derive(Clone)]
enum Sample {
    Null,
    Bool(bool),
    Number(Decimal),
    MinusZero,
    Text(Arc<str>),
    Array(Vec<Sample>),
    Object(Vec<(String, Sample)>),
}

impl Space {
    /// A small and plain call for which all demands hold; `None` if there is none. Values that may
    /// be missing are left out, from the outside in, arrays are as short as possible, and where
    /// several kinds are possible the most common one is taken.
    ///
    /// # Errors
    /// The budget is used up, or the call would be too large.
    pub fn example(&mut self, demands: &[Truth], budget: &mut Budget) -> Result<Option<Example>, Exhausted> {
        let mut lits: Vec<Lit> = demands.iter().map(|demand| demand.0).collect();
        let (_, values) = self.cone(&lits);
        // New clauses undo the assignment, so all literals are made first.
        let mut wishes: Vec<Vec<Lit>> = Vec::with_capacity(values.len());
        for at in values {
            let Some(bits) = self.values.get(at).map(|value| value.bits) else { continue };
            let wish = |kind| kinds::one_of(&mut self.circuit, bits, |found| found == kind);
            wishes.push(Kind::BY_PREFERENCE.map(wish).to_vec());
            // Lengths are fixed before elements, so that no array grows only to keep one of its
            // elements plain.
            let Some(value) = self.values.get(at) else { continue };
            wishes.push(value.lengths.thresholds().map(|(_, at_least)| !at_least).collect());
        }
        self.circuit.sat.forget_phases();
        if self.solve(&lits, budget)? != Solved::Satisfiable {
            return Ok(None);
        }
        for wish in wishes {
            for is in wish {
                // If the last assignment is already like this, there is no need to ask.
                let found = self.circuit.sat.value(is) == Some(true);
                lits.push(is);
                if found || self.solve(&lits, budget)? == Solved::Satisfiable {
                    break;
                }
                lits.pop();
                // An answer of "no" leaves no assignment behind, so the last one is found again.
                self.solve(&lits, budget)?;
            }
        }
        if self.solve(&lits, budget)? != Solved::Satisfiable {
            return Err(Exhausted);
        }
        self.found(budget).map(Some)
    }

    /// Any call for which all demands hold; `None` if there is none. Faster than [`Space::example`].
    ///
    /// # Errors
    /// The budget is used up, or the call would be too large.
    pub fn any_example(&mut self, demands: &[Truth], budget: &mut Budget) -> Result<Option<Example>, Exhausted> {
        let lits: Vec<Lit> = demands.iter().map(|demand| demand.0).collect();
        if self.solve(&lits, budget)? != Solved::Satisfiable {
            return Ok(None);
        }
        self.found(budget).map(Some)
    }

    /// The call of the last assignment.
    fn found(&mut self, budget: &mut Budget) -> Result<Example, Exhausted> {
        let arguments = self.sample(ARGUMENTS, budget)?.unwrap_or(Sample::Object(Vec::new()));
        let caller = self.sample(CALLER, budget)?;
        Ok(Example { arguments: arguments.to_string(), caller: caller.map(|caller| caller.to_string()) })
    }

    /// The value in the last assignment; `None` if it is missing. The recursion is as deep as the
    /// paths and tests.
    fn sample(&mut self, at: usize, budget: &mut Budget) -> Result<Option<Sample>, Exhausted> {
        let Self { circuit, values, .. } = &mut *self;
        let Some(value) = values.get_mut(at) else { return Ok(None) };
        let Value { members, slots, texts, numbers, lengths, closed, minus_zero, bits, .. } = value;
        Ok(Some(match kinds::found(circuit, *bits) {
            Kind::Missing => return Ok(None),
            Kind::Null => Sample::Null,
            Kind::False => Sample::Bool(false),
            Kind::True => Sample::Bool(true),
            Kind::Number => {
                let minus = minus_zero.is_some_and(|minus| circuit.sat.value(minus) == Some(true));
                match numbers.cell(circuit).number(budget)?.ok_or(Exhausted)? {
                    number if minus && number.is_zero() => Sample::MinusZero,
                    number => Sample::Number(number),
                }
            }
            Kind::String => match texts.look(circuit, budget)? {
                Looked::Text(text) => Sample::Text(text),
                Looked::Clauses(_) => return Err(Exhausted),
            },
            Kind::Object => {
                // An object that must not be closed gets a member that no formula names.
                let open = closed.is_some_and(|closed| circuit.sat.value(closed) == Some(false));
                let other = (0_u32..).map(|number| format!("other{number}")).find(|key| !members.contains_key(key));
                let members: Vec<(String, usize)> = members.iter().map(|(key, at)| (key.clone(), *at)).collect();
                let mut entries = Vec::new();
                for (key, at) in members {
                    entries.extend(self.sample(at, budget)?.map(|sample| (key, sample)));
                }
                entries.extend(other.filter(|_| open).map(|key| (key, Sample::Null)));
                Sample::Object(entries)
            }
            Kind::Array => {
                let length = lengths.range(circuit).0.map_or(0, |(least, _)| least);
                if length > LONGEST {
                    return Err(Exhausted);
                }
                budget.spend(length)?;
                let length = usize::try_from(length).unwrap_or(0);
                let slots = slots.clone();
                let mut items = Vec::with_capacity(length);
                for slot in slots.into_iter().take(length) {
                    items.push(self.sample(slot, budget)?.unwrap_or(Sample::Null));
                }
                let last = items.last().cloned().unwrap_or(Sample::Null);
                items.resize(length, last);
                Sample::Array(items)
            }
        }))
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::MinusZero => f.write_str("-0"),
            Self::Text(text) => f.write_str(&json_quote(text)),
            Self::Array(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
                }
                f.write_char(']')
            }
            Self::Object(entries) => {
                f.write_char('{')?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{}: {value}", if index > 0 { ", " } else { "" }, json_quote(key))?;
                }
                f.write_char('}')
            }
        }
    }
}
