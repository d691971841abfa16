//! Values that servers use for arguments that are left out.

use crate::eval::{Call, holds};
use crate::json::json_quote;
use crate::json::{Json, Value};
use crate::predicate::{Atom, Condition, Path, Step};
use crate::schema::Schema;

/// The `default` that a schema gives for the value at a path. Only properties that are written in
/// place are found: references and alternatives are not followed.
pub(in crate::lint::rules) fn default_of<'a>(schema: &Schema<'a>, path: &Path) -> Option<Value<'a>> {
    let mut at = schema.root()?;
    for step in &path.steps {
        let Step::Key(key) = step else { return None };
        at = at.get("properties")?.get(key)?;
    }
    at.get("default").filter(|value| !value.is_null())
}

/// Whether a test is true for a value, which is given as JSON.
pub(in crate::lint::rules) fn passes(atom: &Atom, value: &str) -> bool {
    let mut arguments = value.to_owned();
    for step in atom.path.steps.iter().rev() {
        let Step::Key(key) = step else { return false };
        arguments = format!("{{{}: {arguments}}}", json_quote(key));
    }
    let Ok(arguments) = Json::parse(&arguments) else { return false };
    let call =
        Call { server: None, name: "", arguments: arguments.root(), caller: None, grant: None, at: 0, approved: false };
    holds(&Condition::Atom(atom.clone()), &call)
}
