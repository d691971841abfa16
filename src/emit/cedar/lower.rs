//! Conditions as expressions that are true only where the condition holds.
//!
//! Negations go down to the tests. What stands above them is `&&` and `||`, in which an error
//! denies at most more.

use super::atoms::Tests;
use super::gateway::Gateway;
use super::places::place;
use crate::emit::refusal::Refusal;
use crate::ir::{Policy, Tool};
use crate::predicate::{Atom, Condition, PathRoot, ScalarValue, Test};

/// How many permits the parts of one condition may become together. What would be more stays in one
/// expression.
const MOST_PERMITS: usize = 16;

/// How far back a part is looked for that says the same.
const NEAR: usize = 12;

/// An expression. An empty `All` is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// All must be true; so far no name is asked for before it is known to be there.
    All(Vec<Expression>),
    /// One must be true; at least two.
    Any(Vec<Expression>),
    /// Must not be true.
    Not(Box<Expression>),
    /// What binds closer than `&&`, or stands in parentheses.
    Test(String),
}

impl Expression {
    pub(super) const TRUE: Self = Self::All(Vec::new());

    pub(super) fn test(text: impl Into<String>) -> Self {
        Self::Test(text.into())
    }

    /// Both must be true.
    pub(super) fn and(self, other: Self) -> Self {
        let parts = |expression| match expression {
            Self::All(parts) => parts,
            other => vec![other],
        };
        let mut all = parts(self);
        for part in parts(other) {
            // What has just been asked needs no second asking.
            if !all.iter().rev().take(NEAR).any(|known| *known == part) {
                all.push(part);
            }
        }
        match <[Self; 1]>::try_from(all) {
            Ok([only]) => only,
            Err(all) => Self::All(all),
        }
    }

    /// One must be true.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        match <[Self; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => Self::Any(parts),
        }
    }

    /// The lines of an expression, joined by `&&`; `true` for one without parts.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::All(parts) if parts.is_empty() => vec!["true".to_owned()],
            Self::All(parts) => parts.iter().map(Self::part).collect(),
            other => vec![other.part()],
        }
    }

    /// As an operand of `&&`.
    fn part(&self) -> String {
        match self {
            Self::Test(text) => text.clone(),
            Self::Not(inner) => format!("!({})", inner.whole()),
            other => format!("({})", other.whole()),
        }
    }

    fn whole(&self) -> String {
        match self {
            Self::All(_) => self.lines().join(" && "),
            Self::Any(parts) => {
                // `&&` binds closer than `||`.
                let part = |part: &Self| match part {
                    Self::All(_) => part.whole(),
                    other => other.part(),
                };
                parts.iter().map(part).collect::<Vec<_>>().join(" || ")
            }
            other => other.part(),
        }
    }
}

/// Lowers the conditions about one tool.
pub(super) struct Lowering<'a> {
    pub(super) gateway: Gateway,
    pub(super) policy: &'a Policy,
    /// The tool; `None` for those that the policy does not name.
    pub(super) tool: Option<&'a Tool>,
    /// Whether something so far is true for fewer calls than the policy allows.
    pub(super) is_narrow: bool,
    /// Whether a claim has been asked for.
    pub(super) asks_caller: bool,
    /// What has been given up: beside an alternative to it, it is no more than strict.
    pub(super) given_up: Option<Refusal>,
}

impl Lowering<'_> {
    /// Expressions one of which is true only where the condition holds, or with `holds` false where
    /// it does not. None where it never does.
    ///
    /// # Errors
    /// A test cannot be written.
    pub(super) fn condition(&mut self, condition: &Condition, holds: bool) -> Result<Vec<Expression>, Refusal> {
        match (condition, holds) {
            (Condition::Not(inner), _) => self.condition(inner, !holds),
            (Condition::And(parts), true) | (Condition::Or(parts), false) => {
                let mut all = vec![Expression::TRUE];
                for part in parts {
                    let part = self.condition(part, holds)?;
                    all = self.both(all, part);
                }
                Ok(all)
            }
            (Condition::And(parts), false) | (Condition::Or(parts), true) => {
                let mut any = Vec::new();
                for part in parts {
                    any.extend(self.condition(part, holds)?);
                }
                Ok(any)
            }
            (Condition::Atom(atom), _) => {
                self.atom(atom, holds).map_err(|refusal| refusal.of_part(Some(atom.span), "condition"))
            }
        }
    }

    /// Expressions one of which is true where one of each side is.
    pub(super) fn both(&mut self, left: Vec<Expression>, right: Vec<Expression>) -> Vec<Expression> {
        if left.is_empty() || right.is_empty() {
            return Vec::new();
        }
        let most = if self.gateway.passes_over_errors() { MOST_PERMITS } else { 1 };
        let right = if left.len() * right.len() > most.max(left.len()) {
            // In one expression an error of a part is one of the whole.
            self.is_narrow |= self.gateway == Gateway::Docker;
            vec![Expression::any(right)]
        } else {
            right
        };
        match <[Expression; 1]>::try_from(right) {
            // Long conditions are not copied once for each part.
            Ok([right]) => left.into_iter().map(|left| left.and(right.clone())).collect(),
            Err(right) => {
                left.iter().flat_map(|left| right.iter().map(|right| left.clone().and(right.clone()))).collect()
            }
        }
    }

    fn atom(&mut self, atom: &Atom, holds: bool) -> Result<Vec<Expression>, Refusal> {
        let place = place(self.gateway, self.policy, self.tool, &atom.path)?;
        self.asks_caller |= atom.path.root == PathRoot::Caller;
        let written = Tests { gateway: self.gateway, place: &place }.write(&atom.test)?;
        let all = |guards: &[String], tests: &[String]| {
            let tests = guards.iter().chain(tests).map(Expression::test);
            tests.fold(Expression::TRUE, Expression::and)
        };
        let guards: Vec<String> = place.outside.iter().chain(&place.inside).cloned().collect();
        let each = |tests: Vec<Vec<String>>| tests.iter().map(|tests| all(&guards, tests)).collect();
        let (expressions, is_narrow) = match (holds, written.yes, written.over, written.no) {
            (true, Some(yes), ..) => (each(yes), written.is_yes_narrow),
            (false, _, Some(over), _) => {
                let inner = all(&place.inside, &over);
                // Docker's arguments as a whole are asked for, too; whether they are there depends
                // on the server.
                let is_narrow = written.is_over_wide || place.outside.len() > 1;
                (vec![all(&place.outside, &[]).and(Expression::Not(Box::new(inner)))], is_narrow)
            }
            // A missing value is denied.
            (false, _, _, Some(no)) => (each(no), true),
            // What is missing in the call cannot be told from what Cedar does not have.
            (false, ..) if matches!(atom.test, Test::Has) => {
                self.given_up.get_or_insert(indistinct(&atom.test).of_part(Some(atom.span), "condition"));
                (Vec::new(), true)
            }
            _ => return Err(indistinct(&atom.test)),
        };
        self.is_narrow |= is_narrow;
        Ok(expressions)
    }
}

/// The gateway cannot tell the calls for which a test holds, or does not hold, from others.
fn indistinct(test: &Test) -> Refusal {
    let literals = match test {
        Test::Compare(_, scalar) | Test::Contains(scalar) => std::slice::from_ref(scalar),
        Test::In(list) | Test::NotIn(list) => list,
        _ => &[],
    };
    if literals.iter().any(|literal| literal.value == ScalarValue::Null) {
        return Refusal::new("Cedar has no null", "ask for values, or with `has` whether there is one");
    }
    if literals.iter().any(|literal| matches!(literal.value, ScalarValue::Number(_))) {
        let help = "ask for a range: `args.n > 4.9 and args.n < 5.1`, or for text";
        return Refusal::new("numbers that are nearly equal are one number there, and others may be missing", help);
    }
    let help = "ask for the values that are allowed: `allow t when args.s == \"x\"`";
    Refusal::new("a value that Cedar does not have is missing there, as if it were not in the call", help)
}
