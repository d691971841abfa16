//! What differs between the arguments of two calls.

use super::tree::Tree;
use crate::json::{Kind, Value};
use crate::predicate::{Path, PathRoot, Step};

/// The change of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where it is.
    pub path: Path,
    /// The JSON text that it was; `None` if it was missing.
    pub from: Option<String>,
    /// The JSON text that it becomes; `None` if it is left out.
    pub to: Option<String>,
}

/// What leads from one object to another, in the order of the members: those inside that differ where both values are
/// objects, whole values elsewhere.
pub(super) fn between(from: Value<'_>, to: Value<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    members(from, to, &mut Vec::new(), &mut edits);
    edits
}

fn members(from: Value<'_>, to: Value<'_>, at: &mut Vec<Step>, edits: &mut Vec<Edit>) {
    let names = |value: Value<'_>| -> Vec<String> {
        value.entries().filter_map(|(key, _)| key.as_str().map(str::to_owned)).collect()
    };
    let new = names(to).into_iter().filter(|name| from.get(name).is_none());
    for name in names(from).into_iter().chain(new) {
        at.push(Step::Key(name.clone()));
        member(from.get(&name), to.get(&name), at, edits);
        at.pop();
    }
}

fn member(from: Option<Value<'_>>, to: Option<Value<'_>>, at: &mut Vec<Step>, edits: &mut Vec<Edit>) {
    let text = |value: Option<Value<'_>>| value.map(|value| Tree::of(value).to_string());
    let (before, after) = (text(from), text(to));
    if before == after {
        return;
    }
    match (from, to) {
        (Some(from), Some(to)) if from.kind() == Kind::Object && to.kind() == Kind::Object => {
            members(from, to, at, edits)
        }
        _ => {
            let path = Path { root: PathRoot::Args, steps: at.clone() };
            edits.push(Edit { path, from: before, to: after });
        }
    }
}
