//! What keywords say of arrays and objects.

use super::{Count, Validator, all, in_doubt, length};
use crate::json::{Kind, Value};
use crate::schema::dialect::Draft;
use crate::schema::patterns;

impl<'s> Validator<'s> {
    pub(super) fn array(
        &mut self,
        schema: Value<'s>,
        name: &str,
        wanted: Value<'s>,
        array: Value<'_>,
        depth: usize,
    ) -> Option<bool> {
        match name {
            "minItems" => Some(array.items().count() >= length(wanted)?),
            "maxItems" => Some(array.items().count() <= length(wanted)?),
            "uniqueItems" => {
                if wanted.as_bool()? {
                    self.all_differ(array, depth)
                } else {
                    Some(true)
                }
            }
            "prefixItems" if wanted.kind() == Kind::Array => self.first(wanted, array, depth),
            "prefixItems" => None,
            // Up to draft 2019-09, `items` could be the list for the first elements.
            "items" if wanted.kind() == Kind::Array => {
                let verdict = self.first(wanted, array, depth);
                if self.draft == Draft::Of2020 { in_doubt(verdict) } else { verdict }
            }
            "items" => {
                let prefix = schema.get("prefixItems").map(|prefix| prefix.items().count());
                match prefix {
                    // Here, it is not known whether someone takes notice of the prefix.
                    Some(_) if self.draft < Draft::Of2020 => in_doubt(self.rest(wanted, array, 0, depth)),
                    _ => self.rest(wanted, array, prefix.unwrap_or(0), depth),
                }
            }
            "additionalItems" => match schema.get("items").filter(|items| items.kind() == Kind::Array) {
                Some(items) => self.rest(wanted, array, items.items().count(), depth),
                None => Some(true),
            },
            "contains" => self.contains(schema, wanted, array, depth),
            "unevaluatedItems" => trivial(wanted, array),
            _ => Some(true),
        }
    }

    fn first(&mut self, schemas: Value<'s>, array: Value<'_>, depth: usize) -> Option<bool> {
        all(schemas.items().zip(array.items()).map(|(schema, element)| self.schema(schema, element, depth)))
    }

    fn rest(&mut self, schema: Value<'s>, array: Value<'_>, from: usize, depth: usize) -> Option<bool> {
        all(array.items().skip(from).map(|element| self.schema(schema, element, depth)))
    }

    fn contains(&mut self, schema: Value<'s>, wanted: Value<'s>, array: Value<'_>, depth: usize) -> Option<bool> {
        let (least, most) = (schema.get("minContains"), schema.get("maxContains"));
        if (least.is_some() || most.is_some()) && !self.draft.knows("minContains") {
            return None;
        }
        let count = Count::of(array.items().map(|element| self.schema(wanted, element, depth)));
        let enough = least.map_or(Some(1), length).and_then(|least| count.at_least(least));
        let not_too_many = most.map_or(Some(true), |most| count.at_most(length(most)?));
        all([enough, not_too_many])
    }

    pub(super) fn members(
        &mut self,
        schema: Value<'s>,
        name: &str,
        wanted: Value<'s>,
        object: Value<'_>,
        depth: usize,
    ) -> Option<bool> {
        let map = || (wanted.kind() == Kind::Object).then_some(wanted);
        let members = || object.entries().map(|(key, value)| (key.as_str().unwrap_or_default(), value));
        match name {
            "minProperties" => Some(members().count() >= length(wanted)?),
            "maxProperties" => Some(members().count() <= length(wanted)?),
            "required" => has_all(object, wanted),
            "properties" => {
                let map = map()?;
                let declared = members().filter_map(|(key, value)| Some((map.get(key)?, value)));
                all(declared.map(|(schema, value)| self.schema(schema, value, depth)))
            }
            "patternProperties" => {
                let pairs = map()?.entries().flat_map(|(pattern, schema)| {
                    members().map(move |(key, value)| (pattern.as_str().unwrap_or_default(), schema, key, value))
                });
                all(pairs.map(|(pattern, schema, key, value)| match patterns::occurs(pattern, key) {
                    Some(false) => Some(true),
                    Some(true) => self.schema(schema, value, depth),
                    None => in_doubt(self.schema(schema, value, depth)),
                }))
            }
            "additionalProperties" => all(members().map(|(key, value)| match is_declared(schema, key) {
                Some(true) => Some(true),
                Some(false) => self.schema(wanted, value, depth),
                None => in_doubt(self.schema(wanted, value, depth)),
            })),
            "propertyNames" => all(object.entries().map(|(key, _)| self.schema(wanted, key, depth))),
            "dependentRequired" => {
                let present = map()?.entries().filter(|(key, _)| has(object, *key));
                all(present.map(|(_, names)| has_all(object, names)))
            }
            "dependentSchemas" => {
                let present = map()?.entries().filter(|(key, _)| has(object, *key));
                all(present.map(|(_, schema)| self.schema(schema, object, depth)))
            }
            "dependencies" => {
                let present = map()?.entries().filter(|(key, _)| has(object, *key));
                all(present.map(|(_, wanted)| match wanted.kind() {
                    Kind::Array => has_all(object, wanted),
                    _ => self.schema(wanted, object, depth),
                }))
            }
            "unevaluatedProperties" => trivial(wanted, object),
            _ => Some(true),
        }
    }
}

/// Whether the object has a member of this name.
fn has(object: Value<'_>, key: Value<'_>) -> bool {
    key.as_str().is_some_and(|key| object.get(key).is_some())
}

/// Whether the object has all members that a list of names has.
fn has_all(object: Value<'_>, names: Value<'_>) -> Option<bool> {
    // In draft 3, `required` was a boolean that spoke of the property it stood in.
    let list = (names.kind() == Kind::Array).then_some(names)?;
    all(list.items().map(|name| Some(object.get(name.as_str()?).is_some())))
}

/// Whether a schema object has the key in `properties` or under a pattern, so that it is no additional one.
pub(crate) fn is_declared(schema: Value<'_>, key: &str) -> Option<bool> {
    if schema.get("properties").is_some_and(|properties| properties.get(key).is_some()) {
        return Some(true);
    }
    let patterns = schema.get("patternProperties").into_iter().flat_map(Value::entries);
    super::any(patterns.map(|(pattern, _)| patterns::occurs(pattern.as_str().unwrap_or_default(), key)))
}

/// The verdict of a keyword about what other keywords leave over, where it has nothing to say. Otherwise unknown.
fn trivial(wanted: Value<'_>, container: Value<'_>) -> Option<bool> {
    let nothing = container.items().next().is_none() && container.entries().next().is_none();
    (nothing || wanted.as_bool() == Some(true)).then_some(true)
}
