//! The calls that are valid for a tool's inputSchema, as a formula.
//!
//! The formula holds for every valid call: what cannot be said as one, or is understood by servers in different ways,
//! is left out. It speaks of the places in conditions, and of all that valid calls must have, so that a call
//! made of just the places in the formula is valid as well, as far as nothing was left out. Members that neither a
//! condition mentions nor the schema requires are not spoken of. Keywords mean here what they mean to
//! [`Schema::admits`], by which an example can be put to the test; a `pattern` means what ECMA-262 says.

mod arrays;
mod build;
mod by_kind;
mod fold;
mod literal;
mod names;
mod objects;
mod reach;
#[cfg(test)]
mod tests;

use crate::json::{Kind, Value};
use crate::schema::Schema;
use crate::schema::dialect::Draft;
use crate::solver::formula::{Formula, Place, Root};
use build::{Builder, Side, Spot};
use names::{Gatherer, Names};
pub use reach::{Hop, Reach, reaches};

/// The most steps in a place, and the most schemas within each other.
const MOST_DEPTH: usize = 40;

/// What is known of the calls that are valid for a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valid {
    /// Holds for the arguments of every valid call.
    pub formula: Formula,
    /// Whether nothing was left out: arguments for which the formula holds, and which have no members or elements
    /// beyond those that it names, are valid. What nobody names is always left out, and does not count here.
    pub exact: bool,
}

/// The calls that are valid for the schema, with respect to the values that conditions speak of. Without a schema that
/// is known to be one, all calls are.
#[must_use]
pub fn valid(schema: &Schema<'_>, places: &[Reach]) -> Valid {
    let unknown = Valid { formula: Formula::TRUE, exact: false };
    let Some(root) = schema.root().filter(|root| root.kind() == Kind::Object) else { return unknown };
    let Some(draft) = Draft::of(root) else { return unknown };
    let (mut names, all_named) = Names::of(places);
    let all_gathered = Gatherer::new(root, draft).gather(&mut names);
    let mut builder = Builder::new(schema, root, draft);
    let spot = Spot { place: &Place::root(Root::Args), names: &names };
    let said = builder.schema(root, spot, Side::Above, 0);
    Valid { formula: said.of_objects(), exact: all_named && all_gathered && builder.exact() }
}

/// The schemas of elements, at whatever position.
fn items(schema: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let keywords = ["prefixItems", "items", "additionalItems"];
    let found = keywords.into_iter().filter_map(move |name| schema.get(name));
    found.flat_map(|found| match found.kind() {
        Kind::Array => found.items().collect(),
        _ => vec![found],
    })
}
