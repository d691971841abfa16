//! Rules of gateways that let a call pass where an expression is true, and take the same rules for their list of
//! tools, at a time when there are no arguments.
//!
//! A tool is listed if some calls of it may pass. A call without arguments is decided as one whose arguments
//! are `{}`, in which nothing is found; arguments that are no object let nothing pass.

use super::{Host, read, write};
use crate::emit::expression::{Kind, Tree};
use crate::emit::refusal::Refusal;
use crate::predicate::{Atom, Condition, PathRoot};

/// What the conditions call the arguments, once they are known to be there.
pub(super) const ARGUMENTS: &str = "a";

/// How a gateway shows calls to its rules.
pub(super) struct Calls {
    /// What the conditions are written with; the arguments are [`ARGUMENTS`].
    pub(super) host: Host,
    /// True while tools are listed.
    pub(super) listing: &'static str,
    /// The arguments of a call, which may be missing there.
    pub(super) arguments: &'static str,
    /// True of every call, where conditions do not ask about arguments.
    pub(super) always: &'static str,
}

/// A condition that must hold so that a call passes.
#[derive(Debug)]
pub(super) struct Part {
    /// It.
    pub(super) condition: Condition,
    /// It in CEL.
    text: String,
}

impl Calls {
    /// What must hold so that no call passes for which a condition holds.
    ///
    /// # Errors
    /// The engine cannot decide it.
    pub(super) fn part(&self, denied: &Condition) -> Result<Part, Refusal> {
        self.holding(denied.clone().negated())
    }

    /// A condition that must hold.
    ///
    /// # Errors
    /// The engine cannot decide it.
    pub(super) fn holding(&self, condition: Condition) -> Result<Part, Refusal> {
        let text = write::condition(&self.host, &condition)?;
        Ok(Part { condition, text })
    }

    /// True of the calls for which all parts hold, and for tools that may have such calls. At least one part.
    pub(super) fn passing(&self, parts: &[&Part]) -> String {
        let all: Vec<String> = parts.iter().map(|part| format!("({})", part.text)).collect();
        let all = all.join(" && ");
        let Self { listing, arguments, always, .. } = self;
        if !asks_arguments(parts.iter().map(|part| &part.condition)) {
            return format!("{always} && {all}");
        }
        let given = format!("[{arguments}].exists({ARGUMENTS}, type({ARGUMENTS}) == map && {all})");
        let without = joined(parts.iter().map(|part| without_arguments(&part.condition)), true);
        match constant(&without) {
            Some(true) => format!("{listing} || !has({arguments}) || {given}"),
            Some(false) => format!("{listing} || (has({arguments}) && {given})"),
            // The claims decide. They have been written before, so they can be again.
            None => {
                let without = write::condition(&self.host, &without).unwrap_or_else(|_| "false".to_owned());
                format!("{listing} || (!has({arguments}) && ({without})) || (has({arguments}) && {given})")
            }
        }
    }

    /// The parts of an expression; `None` if it is not as it is written here.
    pub(super) fn read(&self, tree: &Tree) -> Option<Vec<Part>> {
        let found = match &tree.kind {
            Kind::And(parts) => parts.get(1..)?,
            Kind::Or(parts) => {
                let last = parts.last()?;
                let given = match &last.kind {
                    Kind::And(parts) => parts.last()?,
                    _ => last,
                };
                let Kind::Call(_, arguments) = &given.kind else { return None };
                let Kind::And(parts) = &arguments.get(1)?.kind else { return None };
                parts.get(1..)?
            }
            _ => return None,
        };
        let parts = found.iter().map(|part| self.holding(read::condition(&self.host, part).ok()?).ok());
        let parts = parts.collect::<Option<Vec<Part>>>()?;
        let again = read::tree(&self.passing(&parts.iter().collect::<Vec<_>>())).ok()?;
        again.is_like(tree).then_some(parts)
    }
}

/// Whether one of some conditions asks about the arguments.
pub(super) fn asks_arguments<'a>(mut conditions: impl Iterator<Item = &'a Condition>) -> bool {
    conditions.any(|condition| finds(condition, &|atom| atom.path.root == PathRoot::Args))
}

/// Whether an atom of a condition is of some kind.
pub(super) fn finds(condition: &Condition, is: &dyn Fn(&Atom) -> bool) -> bool {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().any(|part| finds(part, is)),
        Condition::Not(inner) => finds(inner, is),
        Condition::Atom(atom) => is(atom),
    }
}

/// What is left of a condition for a call without arguments: what it asks of the caller.
fn without_arguments(condition: &Condition) -> Condition {
    match condition {
        Condition::And(parts) => joined(parts.iter().map(without_arguments), true),
        Condition::Or(parts) => joined(parts.iter().map(without_arguments), false),
        Condition::Not(inner) => {
            let inner = without_arguments(inner);
            constant(&inner).map_or_else(|| inner.negated(), |holds| of_constant(!holds))
        }
        Condition::Atom(atom) if atom.path.root == PathRoot::Args => of_constant(false),
        Condition::Atom(_) => condition.clone(),
    }
}

/// Whether a condition always holds, or never; `None` if that depends on the call.
fn constant(condition: &Condition) -> Option<bool> {
    match condition {
        Condition::And(parts) if parts.is_empty() => Some(true),
        Condition::Or(parts) if parts.is_empty() => Some(false),
        _ => None,
    }
}

fn of_constant(holds: bool) -> Condition {
    if holds { Condition::And(Vec::new()) } else { Condition::Or(Vec::new()) }
}

/// All of some conditions, or one of them, without those that change nothing.
fn joined(parts: impl Iterator<Item = Condition>, all: bool) -> Condition {
    let mut kept = Vec::new();
    for part in parts {
        match constant(&part) {
            Some(holds) if holds == all => {}
            Some(_) => return part,
            None => kept.push(part),
        }
    }
    match kept.as_slice() {
        [only] => only.clone(),
        [] => of_constant(all),
        _ if all => Condition::And(kept),
        _ => Condition::Or(kept),
    }
}
