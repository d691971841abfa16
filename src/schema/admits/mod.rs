//! Whether arguments satisfy the schema.
//!
//! A validator for JSON Schema, drafts 4 to 2020-12
//! (<https://json-schema.org/draft/2020-12/json-schema-validation>), and OpenAPI's `nullable`. Its logic has three
//! values: what is unknown somewhere matters only where the answer depends on it. Unknown is what servers may well
//! read differently: patterns outside the common ground of dialects (`patterns`), keywords of another draft than
//! the schema's own, malformed keywords, references that cannot be followed, and what takes too much work.
//! `format`, `default` and other annotations assert nothing.

mod containers;
mod equality;

use std::cmp::Ordering;

pub(crate) use containers::is_declared;

use super::constraint::is_multiple;
use super::dialect::{Draft, is_resource};
use super::expand::{TypeNames, types};
use super::kinds::Kinds;
use super::refs::{self, ReferenceTarget};
use super::{Schema, patterns};
use crate::decimal::Decimal;
use crate::json::{Kind, Value};

/// The most work for one question, in keywords and values looked at.
const MOST_STEPS: usize = 2_000_000;
/// The most work to see that a default is admitted.
const MOST_STEPS_OF_DEFAULT: usize = 200;
/// The most schemas within each other, references included.
const MOST_DEPTH: usize = 96;

impl Schema<'_> {
    /// Whether the arguments, a JSON object, satisfy the schema.
    ///
    /// `None` where that is not known: the tool has no schema that is an object, the answer depends on a keyword, a
    /// pattern or a reference that is not understood, an object has a key twice, or it takes too much work.
    #[must_use]
    pub fn admits(&self, arguments: Value<'_>) -> Option<bool> {
        self.part_admits(self.root?, arguments)
    }

    /// Whether a value satisfies a schema that is a part of this one; as for [`Schema::admits`].
    pub(crate) fn part_admits(&self, part: Value<'_>, value: Value<'_>) -> Option<bool> {
        let root = self.root.filter(|root| root.kind() == Kind::Object)?;
        let draft = Draft::of(root)?;
        if value.document().duplicate_key().is_some() {
            return None;
        }
        Validator { root, draft, left: MOST_STEPS }.schema(part, value, 0)
    }

    /// Whether a schema that is a part of this one is known to admit its own `default`, as is plain in a few steps.
    pub(crate) fn admits_default(&self, part: Value<'_>, default: Value<'_>) -> bool {
        let draft = self.root.and_then(Draft::of);
        let Some((root, draft)) = self.root.zip(draft) else { return false };
        Validator { root, draft, left: MOST_STEPS_OF_DEFAULT }.schema(part, default, 0) == Some(true)
    }
}

/// All hold. `None` where that depends on one that is unknown.
fn all(verdicts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for verdict in verdicts {
        match verdict {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = None,
        }
    }
    known
}

/// At least one holds. `None` where that depends on one that is unknown.
fn any(verdicts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    all(verdicts.into_iter().map(not)).map(|none| !none)
}

fn not(verdict: Option<bool>) -> Option<bool> {
    verdict.map(|holds| !holds)
}

/// A verdict that counts for some readers of the schema and not for others.
fn in_doubt(verdict: Option<bool>) -> Option<bool> {
    verdict.filter(|holds| *holds)
}

struct Validator<'s> {
    root: Value<'s>,
    draft: Draft,
    /// How many steps may still be taken.
    left: usize,
}

impl<'s> Validator<'s> {
    /// Counts a step; `None` when there are none left.
    fn spend(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        Some(())
    }

    /// Whether the value satisfies the schema. `depth` is how many schemas are around it.
    fn schema(&mut self, schema: Value<'s>, value: Value<'_>, depth: usize) -> Option<bool> {
        self.spend()?;
        if depth > MOST_DEPTH {
            return None;
        }
        match schema.kind() {
            // Draft 4 had no such schemas, but nobody can take them for something else.
            Kind::Bool => schema.as_bool(),
            Kind::Object => self.object(schema, value, depth + 1),
            _ => None,
        }
    }

    /// A value that servers take by default may well pass with them, whatever else the schema says.
    fn object(&mut self, schema: Value<'s>, value: Value<'_>, depth: usize) -> Option<bool> {
        let verdict = self.asserted(schema, value, depth);
        match schema.get("default") {
            Some(default) if verdict == Some(false) => match self.equal(default, value, depth) {
                Some(false) => verdict,
                _ => None,
            },
            _ => verdict,
        }
    }

    fn asserted(&mut self, schema: Value<'s>, value: Value<'_>, depth: usize) -> Option<bool> {
        if is_resource(self.root, schema, self.draft) {
            return None;
        }
        if self.draft.ref_stands_alone()
            && let Some(reference) = schema.get("$ref")
        {
            return self.reference(reference, value, depth);
        }
        // Readers of OpenAPI do not agree on whether an `enum` and the like must have the null, too.
        let null = value.is_null() && is_nullable(schema);
        let mut known = Some(true);
        for (key, wanted) in schema.entries() {
            self.spend()?;
            let name = key.as_str().unwrap_or_default();
            let verdict = match name {
                "type" if null => Some(true),
                _ => self.keyword(schema, name, wanted, value, depth),
            };
            match if self.draft.knows(name) && !null { verdict } else { in_doubt(verdict) } {
                Some(true) => {}
                Some(false) => return Some(false),
                None => known = None,
            }
        }
        known
    }

    fn reference(&mut self, reference: Value<'s>, value: Value<'_>, depth: usize) -> Option<bool> {
        match refs::resolve(self.root, reference.as_str()?) {
            ReferenceTarget::Found(target) => self.schema(target, value, depth),
            ReferenceTarget::Nowhere | ReferenceTarget::Elsewhere => None,
        }
    }

    /// Whether the value satisfies one keyword of a schema.
    fn keyword(
        &mut self,
        schema: Value<'s>,
        name: &str,
        wanted: Value<'s>,
        value: Value<'_>,
        depth: usize,
    ) -> Option<bool> {
        match name {
            "$ref" => self.reference(wanted, value, depth),
            "$dynamicRef" | "$recursiveRef" => None,
            "type" => self.is_of_type(wanted, value),
            "const" => self.equal(wanted, value, depth),
            "enum" if wanted.kind() == Kind::Array => any(wanted.items().map(|one| self.equal(one, value, depth))),
            "enum" => None,
            "allOf" => self.list(wanted, |one, schemas| all(schemas.map(|schema| one.schema(schema, value, depth)))),
            "anyOf" => self.list(wanted, |one, schemas| any(schemas.map(|schema| one.schema(schema, value, depth)))),
            "oneOf" => self.list(wanted, |one, schemas| {
                let count = Count::of(schemas.map(|schema| one.schema(schema, value, depth)));
                all([count.at_least(1), count.at_most(1)])
            }),
            "not" => not(self.schema(wanted, value, depth)),
            "if" => self.case(schema, wanted, value, depth),
            _ => match value.kind() {
                Kind::Number => number(schema, self.draft, name, wanted, &value.as_number()?),
                Kind::String => string(name, wanted, value.as_str()?),
                Kind::Array => self.array(schema, name, wanted, value, depth),
                Kind::Object => self.members(schema, name, wanted, value, depth),
                Kind::Null | Kind::Bool => Some(true),
            },
        }
    }

    /// A verdict about the schemas of a list, which must not be empty.
    fn list(
        &mut self,
        list: Value<'s>,
        verdict: impl FnOnce(&mut Self, &mut dyn Iterator<Item = Value<'s>>) -> Option<bool>,
    ) -> Option<bool> {
        list.items().next()?;
        verdict(self, &mut list.items())
    }

    fn is_of_type(&self, wanted: Value<'s>, value: Value<'_>) -> Option<bool> {
        let TypeNames { kinds, whole, known } = types(wanted);
        let kind = Kinds::of(value.kind());
        let fits = kinds.contains(kind) && known;
        if fits && kind == Kinds::NUMBER && whole {
            let number = value.as_number()?;
            // Draft 4 had `1.0` for no integer; not all of its readers do.
            let odd = self.draft == Draft::Four && value.source().contains(['.', 'e', 'E']);
            return if number.is_whole() && odd { None } else { Some(number.is_whole()) };
        }
        // A name that is not known could be that of any value.
        if known { Some(fits) } else { None }
    }

    fn case(&mut self, schema: Value<'s>, condition: Value<'s>, value: Value<'_>, depth: usize) -> Option<bool> {
        let (then, otherwise) = (schema.get("then"), schema.get("else"));
        if then.is_none() && otherwise.is_none() {
            return Some(true);
        }
        let mut follows = |schema: Option<Value<'s>>| schema.map_or(Some(true), |one| self.schema(one, value, depth));
        let (then, otherwise) = (follows(then), follows(otherwise));
        if then == otherwise {
            // Also right where the condition is unknown.
            return then;
        }
        match self.schema(condition, value, depth) {
            Some(true) => then,
            Some(false) => otherwise,
            None => None,
        }
    }
}

/// Whether a schema object is `nullable`, as OpenAPI 3.0 has it: it admits null whatever its `type` says.
pub(crate) fn is_nullable(schema: Value<'_>) -> bool {
    schema.get("nullable").and_then(Value::as_bool) == Some(true)
}

/// How many of some verdicts hold.
struct Count {
    least: usize,
    most: usize,
}

impl Count {
    fn of(verdicts: impl Iterator<Item = Option<bool>>) -> Self {
        let mut count = Self { least: 0, most: 0 };
        for verdict in verdicts {
            count.least += usize::from(verdict == Some(true));
            count.most += usize::from(verdict != Some(false));
        }
        count
    }

    fn at_least(&self, number: usize) -> Option<bool> {
        if self.least >= number {
            Some(true)
        } else if self.most < number {
            Some(false)
        } else {
            None
        }
    }

    fn at_most(&self, number: usize) -> Option<bool> {
        not(self.at_least(number.saturating_add(1)))
    }
}

fn number(schema: Value<'_>, draft: Draft, name: &str, wanted: Value<'_>, number: &Decimal) -> Option<bool> {
    if matches!(name, "exclusiveMinimum" | "exclusiveMaximum") && wanted.kind() == Kind::Bool {
        // The boolean of draft 4 speaks of the keyword beside it, and is read there.
        return Some(true);
    }
    // At its edge a bound is open by that boolean, which later drafts do not know.
    let edge = |exclusive: &str| match schema.get(exclusive).and_then(Value::as_bool) {
        Some(true) if draft == Draft::Four => Some(false),
        Some(true) => None,
        _ => Some(true),
    };
    let order = || Some(number.cmp(&wanted.as_number()?));
    match name {
        "minimum" => match order()? {
            Ordering::Equal => edge("exclusiveMinimum"),
            order => Some(order == Ordering::Greater),
        },
        "maximum" => match order()? {
            Ordering::Equal => edge("exclusiveMaximum"),
            order => Some(order == Ordering::Less),
        },
        "exclusiveMinimum" => Some(order()? == Ordering::Greater),
        "exclusiveMaximum" => Some(order()? == Ordering::Less),
        "multipleOf" => is_multiple(number, &wanted.as_number()?),
        _ => Some(true),
    }
}

fn string(name: &str, wanted: Value<'_>, text: &str) -> Option<bool> {
    match name {
        "minLength" => Some(text.chars().count() >= length(wanted)?),
        "maxLength" => Some(text.chars().count() <= length(wanted)?),
        "pattern" => patterns::occurs(wanted.as_str()?, text),
        _ => Some(true),
    }
}

/// A number of characters, elements or members.
pub(crate) fn length(wanted: Value<'_>) -> Option<usize> {
    let number = wanted.as_number().filter(|number| number.is_whole() && !number.is_negative())?;
    Some(number.to_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX))
}
