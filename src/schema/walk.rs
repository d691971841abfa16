//! Steps from a value to its members and elements.

use super::expand::{Branch, Expander, Unknown};
use super::kinds::Kinds;
use super::patterns;
use crate::decimal::Decimal;
use crate::json::{Kind, Value};
use crate::predicate::Step;
use crate::source::offset;

/// The most positions at the start of an array that are looked at one by one.
const MOST_PREFIX: usize = 64;

/// What a step from the values of one branch leads to.
pub(super) enum Stepped<'a> {
    /// To values that all these schemas admit; none of them means any value.
    Into(Vec<Value<'a>>),
    /// To a member that objects which declare their members do not declare, but may have.
    Undeclared,
    /// To no value: the schema rules it out; the keyword that does, if there is one.
    Nothing(Option<Value<'a>>),
    /// From values that have no such members or elements.
    WrongKind,
}

/// One step, by the rules of JSON Schema.
pub(super) fn step<'a>(branch: &Branch<'a>, step: &Step) -> Stepped<'a> {
    match step {
        Step::Key(_) if !branch.kinds.intersects(Kinds::OBJECT) => Stepped::WrongKind,
        Step::Key(key) => member(branch, key),
        Step::Index(_) if !branch.kinds.intersects(Kinds::ARRAY) => Stepped::WrongKind,
        Step::Index(index) => element(branch, *index),
    }
}

fn member<'a>(branch: &Branch<'a>, key: &str) -> Stepped<'a> {
    let mut schemas = Vec::new();
    let mut lacks = false;
    let mut open = false;
    for part in &branch.parts {
        let before = schemas.len();
        let properties = part.get("properties").filter(|value| value.kind() == Kind::Object);
        schemas.extend(properties.and_then(|properties| properties.get(key)));
        let mut unreadable = false;
        for (pattern, schema) in part.get("patternProperties").into_iter().flat_map(Value::entries) {
            match patterns::occurs(pattern.as_str().unwrap_or_default(), key) {
                Some(true) => schemas.push(schema),
                Some(false) => {}
                None => unreadable = true,
            }
        }
        if schemas.len() > before {
            continue;
        }
        if unreadable {
            open = true;
            continue;
        }
        let additional = keyword(*part, "additionalProperties");
        match additional.map(|(name, value)| (name, value, value.as_bool())) {
            Some((name, _, Some(false))) => return Stepped::Nothing(Some(name)),
            // Also one that says nothing: who writes `{}` means values of any kind.
            Some((_, schema, _)) if schema.kind() == Kind::Object => schemas.push(schema),
            _ => lacks |= properties.is_some_and(|properties| properties.entries().next().is_some()),
        }
    }
    if schemas.is_empty() && lacks && !open { Stepped::Undeclared } else { Stepped::Into(schemas) }
}

fn element<'a>(branch: &Branch<'a>, index: u32) -> Stepped<'a> {
    let mut schemas = Vec::new();
    for part in &branch.parts {
        if let Some((name, most)) =
            keyword(*part, "maxItems").and_then(|(name, value)| Some((name, value.as_number()?)))
            && most <= Decimal::from(u64::from(index))
        {
            return Stepped::Nothing(Some(name));
        }
        let (prefix, rest) = tuple(*part);
        if let Some(schema) = prefix.and_then(|prefix| prefix.at(index as usize)) {
            schemas.push(schema);
        } else if let Some((name, schema)) = rest {
            if schema.as_bool() == Some(false) {
                return Stepped::Nothing(Some(name));
            }
            schemas.push(schema);
        }
    }
    Stepped::Into(schemas)
}

/// The schemas of the first elements, and the keyword and schema of those after them.
fn tuple(part: Value<'_>) -> (Option<Value<'_>>, Option<(Value<'_>, Value<'_>)>) {
    let items = keyword(part, "items");
    match part.get("prefixItems").filter(|prefix| prefix.kind() == Kind::Array) {
        Some(prefix) => (Some(prefix), items),
        // Up to draft 2019-09, `items` could be the list for the first elements.
        None => match items {
            Some((_, list)) if list.kind() == Kind::Array => (Some(list), keyword(part, "additionalItems")),
            rest => (None, rest),
        },
    }
}

/// The branches of the elements of an array, at whatever position.
pub(super) fn elements<'a>(expander: &mut Expander<'a>, branch: &Branch<'a>) -> Result<Vec<Branch<'a>>, Unknown> {
    let lengths = branch.parts.iter().filter_map(|part| tuple(*part).0).map(|prefix| prefix.items().count());
    let prefix = lengths.max().unwrap_or(0);
    if prefix > MOST_PREFIX {
        return Err(Unknown);
    }
    let mut found = Vec::new();
    for position in 0..=prefix {
        if let Stepped::Into(schemas) = element(branch, offset(position)) {
            found.extend(expander.expand(schemas)?);
        }
    }
    expander.spend(found.len())?;
    Ok(found)
}

/// Whether every value of the branch that can be stepped into has the member or element.
pub(super) fn requires(branch: &Branch<'_>, step: &Step) -> bool {
    match step {
        Step::Key(key) => branch.parts.iter().any(|part| {
            let required = part.get("required").into_iter().flat_map(Value::items);
            required.into_iter().any(|name| name.as_str() == Some(key))
        }),
        Step::Index(index) => branch.parts.iter().any(|part| {
            let least = part.get("minItems").and_then(Value::as_number);
            least.is_some_and(|least| least > Decimal::from(u64::from(*index)))
        }),
    }
}

/// The names that the objects of a branch declare, with their schemas, in the order of the file.
pub(super) fn declared<'a>(branch: &Branch<'a>) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
    branch.parts.iter().filter_map(|part| part.get("properties")).flat_map(Value::entries)
}

/// A keyword of a schema: its name as a value, for its place, and its value.
pub(super) fn keyword<'a>(schema: Value<'a>, name: &str) -> Option<(Value<'a>, Value<'a>)> {
    schema.entries().find(|(key, _)| key.as_str() == Some(name))
}
