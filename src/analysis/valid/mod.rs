//! The calls that are valid for a tool's inputSchema, as a formula.
//!
//! The formula holds for every valid call: what a formula cannot express, or servers understand in
//! different ways, is left out. It is about the places that conditions mention and about all that
//! valid calls must have. So a call that has nothing but these places is valid too, unless
//! something was left out. Members that no condition mentions and the schema does not require do
//! not occur in it. Keywords mean the same here as in [`Schema::admits`], which can check an
//! example; a `pattern` means what ECMA-262 says.

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

/// The most steps in a place, and the deepest nesting of schemas.
const MOST_DEPTH: usize = 40;

/// What is known about the calls that are valid for a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valid {
    /// Holds for the arguments of every valid call.
    pub formula: Formula,
    /// Whether nothing was left out: arguments for which the formula holds, and which have no
    /// members or elements other than those that it names, are valid. Members and elements that
    /// nothing names are always left out; that does not count here.
    pub exact: bool,
}

/// The calls that are valid for the schema, as a formula about the values at `places`, which
/// conditions mention. If there is no schema that can be understood, the formula holds for all
/// calls.
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

/// The schemas of elements, at any position.
fn items(schema: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let keywords = ["prefixItems", "items", "additionalItems"];
    let found = keywords.into_iter().filter_map(move |name| schema.get(name));
    found.flat_map(|found| match found.kind() {
        Kind::Array => found.items().collect(),
        _ => vec![found],
    })
}
