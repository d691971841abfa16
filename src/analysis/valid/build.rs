//! Schemas as formulas, keyword by keyword.

use super::MOST_DEPTH;
use super::by_kind::ByKind;
use super::fold::{and, or};
use super::names::Names;
use crate::decimal::Decimal;
use crate::json::{Kind, Value};
use crate::predicate::Comparison;
use crate::schema::admits::{is_nullable, length};
use crate::schema::dialect::{Draft, is_resource};
use crate::schema::refs::{self, ReferenceTarget};
use crate::schema::{Kinds, Schema, TypeNames, patterns, types};
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::solver::strings::Language;

/// The most work for one formula, in keywords and listed values.
const MOST_STEPS: usize = 100_000;
/// The most branches of a `oneOf` that are compared with each other.
const MOST_BRANCHES: usize = 24;

/// The most branches of a `oneOf` for which the formula says that no second one holds, where that
/// is not obvious.
const MOST_OVERLAPPING: usize = 4;

/// What looking at a default costs, in steps.
const DEFAULT_STEPS: usize = 8;

/// In which direction a formula may deviate from the values that a schema admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// It holds for all of them, and perhaps for more.
    Above,
    /// It holds only for them, and perhaps for fewer.
    Below,
}

impl Side {
    pub(super) const fn flipped(self) -> Self {
        match self {
            Self::Above => Self::Below,
            Self::Below => Self::Above,
        }
    }
}

/// The place of the value that a schema is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'n> {
    pub place: &'n Place,
    /// The members and elements that are named below it.
    pub names: &'n Names,
}

impl Spot<'_> {
    /// Whether the value is the arguments themselves.
    fn is_arguments(self) -> bool {
        self.place.root == Root::Args && self.place.steps.is_empty()
    }

    pub(super) fn test(self, check: Check) -> Formula {
        Formula::Test(self.place.clone(), check)
    }
}

/// Builds the formulas, within a bound on the work.
pub(super) struct Builder<'s, 'a> {
    pub schema: &'s Schema<'a>,
    pub root: Value<'a>,
    pub draft: Draft,
    left: usize,
    /// Whether something was left out.
    dropped: bool,
}

impl<'s, 'a> Builder<'s, 'a> {
    pub(super) fn new(schema: &'s Schema<'a>, root: Value<'a>, draft: Draft) -> Self {
        Self { schema, root, draft, left: MOST_STEPS, dropped: false }
    }

    /// Whether nothing was left out.
    pub(super) fn exact(&self) -> bool {
        !self.dropped
    }

    /// Takes steps from those that are left. Returns false if none are left then.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        match self.left.checked_sub(steps) {
            Some(left) => self.left = left,
            None => self.left = 0,
        }
        self.left > 0
    }

    /// Leaves out what cannot be said about values of these kinds, and records that something was
    /// left out.
    pub(super) fn unknown(&mut self, kinds: Kinds, side: Side) -> ByKind {
        self.dropped = true;
        Self::free(kinds, side)
    }

    /// Says nothing about values of these kinds (above), or that there are none (below).
    pub(super) fn free(kinds: Kinds, side: Side) -> ByKind {
        match side {
            Side::Above => ByKind::everything(),
            Side::Below => ByKind::where_of(kinds, &Formula::FALSE),
        }
    }

    /// What the schema says about the value at a spot. `depth` is the number of schemas around it.
    pub(super) fn schema(&mut self, schema: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> ByKind {
        if !self.spend(1) || depth > MOST_DEPTH {
            return self.unknown(Kinds::VALUES, side);
        }
        match (schema.kind(), schema.as_bool()) {
            (_, Some(true)) => ByKind::everything(),
            (_, Some(false)) => ByKind::nothing(),
            (Kind::Object, _) => self.object(schema, spot, side, depth + 1),
            _ => self.unknown(Kinds::VALUES, side),
        }
    }

    /// What a schema object says about a value that may also be the default of the schema.
    fn object(&mut self, schema: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> ByKind {
        let said = self.asserted(schema, spot, side, depth);
        match schema.get("default") {
            // A server should accept its own default, whatever else its schema says, but that is
            // not certain.
            Some(default) if side == Side::Above && !self.schema.admits_default(schema, default) => {
                if !self.spend(DEFAULT_STEPS) {
                    return self.unknown(Kinds::VALUES, side);
                }
                self.dropped = true;
                said.or(self.equal(std::iter::once(default), spot, side, depth))
            }
            Some(_) if !self.spend(DEFAULT_STEPS) => self.unknown(Kinds::VALUES, side),
            _ => said,
        }
    }

    /// What all keywords of a schema object say together.
    fn asserted(&mut self, schema: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> ByKind {
        if is_resource(self.root, schema, self.draft) {
            return self.unknown(Kinds::VALUES, side);
        }
        if self.draft.ref_stands_alone()
            && let Some(reference) = schema.get("$ref")
        {
            return self.reference(reference, spot, side, depth);
        }
        let nullable = is_nullable(schema);
        let mut said = ByKind::everything();
        for (key, wanted) in schema.entries() {
            let name = key.as_str().unwrap_or_default();
            if !self.spend(1) {
                return self.unknown(Kinds::VALUES, side);
            }
            let part = match name {
                "type" => self.types(wanted, nullable, spot, side),
                _ => self.keyword(schema, name, wanted, spot, side, depth),
            };
            if self.draft.knows(name) || side == Side::Below {
                said = said.and(part);
            } else {
                // Some servers check the keyword of another draft, and some do not.
                self.dropped |= !part.is_everything();
            }
        }
        if nullable && side == Side::Above {
            // Validators do not agree on what else a null has to satisfy.
            said = said.or(ByKind::kinds(Kinds::NULL));
        }
        said
    }

    fn reference(&mut self, reference: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> ByKind {
        match refs::resolve(self.root, reference.as_str().unwrap_or("?")) {
            ReferenceTarget::Found(target) => self.schema(target, spot, side, depth),
            ReferenceTarget::Nowhere | ReferenceTarget::Elsewhere => self.unknown(Kinds::VALUES, side),
        }
    }

    fn types(&mut self, wanted: Value<'a>, nullable: bool, spot: Spot<'_>, side: Side) -> ByKind {
        let TypeNames { kinds, whole, known } = types(wanted);
        if !known {
            return self.unknown(Kinds::VALUES, side);
        }
        let said = ByKind::kinds(if nullable { kinds.union(Kinds::NULL) } else { kinds });
        if !whole {
            return said;
        }
        // Draft 4 did not take `1.0` for an integer, but formulas do not see how a number is
        // written.
        if self.draft == Draft::Four && side == Side::Below {
            return said.and(self.unknown(Kinds::NUMBER, side));
        }
        said.and(ByKind::where_of(Kinds::NUMBER, &spot.test(Check::Multiple(Decimal::ONE))))
    }

    /// What one keyword says about the value at a spot.
    fn keyword(
        &mut self,
        schema: Value<'a>,
        name: &str,
        wanted: Value<'a>,
        spot: Spot<'_>,
        side: Side,
        depth: usize,
    ) -> ByKind {
        match name {
            "$ref" => self.reference(wanted, spot, side, depth),
            "$dynamicRef" | "$recursiveRef" => self.unknown(Kinds::VALUES, side),
            "const" => self.equal(std::iter::once(wanted), spot, side, depth),
            "enum" if wanted.kind() == Kind::Array => self.equal(wanted.items(), spot, side, depth),
            "allOf" | "anyOf" | "oneOf" if wanted.items().next().is_none() => self.unknown(Kinds::VALUES, side),
            "enum" => self.unknown(Kinds::VALUES, side),
            "allOf" => {
                let mut said = ByKind::everything();
                for schema in wanted.items() {
                    said = said.and(self.schema(schema, spot, side, depth));
                }
                said
            }
            "anyOf" => {
                let mut said = ByKind::nothing();
                for schema in wanted.items() {
                    said = said.or(self.schema(schema, spot, side, depth));
                }
                said
            }
            "oneOf" => self.one_of(wanted, spot, side, depth),
            "not" => self.schema(wanted, spot, side.flipped(), depth).negated(),
            "if" => self.case(schema, wanted, spot, side, depth),
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
                self.bound(schema, name, wanted, spot, side)
            }
            "multipleOf" => match wanted.as_number().filter(|number| *number > Decimal::ZERO) {
                Some(number) => ByKind::where_of(Kinds::NUMBER, &spot.test(Check::Multiple(number))),
                None => self.unknown(Kinds::NUMBER, side),
            },
            "minLength" => self.length(wanted, Kinds::STRING, Comparison::GreaterEqual, spot, side),
            "maxLength" => self.length(wanted, Kinds::STRING, Comparison::LessEqual, spot, side),
            "minItems" => self.length(wanted, Kinds::ARRAY, Comparison::GreaterEqual, spot, side),
            "maxItems" => self.length(wanted, Kinds::ARRAY, Comparison::LessEqual, spot, side),
            "pattern" => self.pattern(wanted, spot, side),
            "uniqueItems" | "items" | "prefixItems" | "additionalItems" | "contains" | "unevaluatedItems" => {
                self.elements(schema, name, wanted, spot, side, depth)
            }
            _ => self.members(schema, name, wanted, spot, side, depth),
        }
    }

    /// That exactly one branch of a `oneOf` holds.
    fn one_of(&mut self, wanted: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> ByKind {
        let mut above = Vec::new();
        for schema in wanted.items() {
            above.push(self.schema(schema, spot, Side::Above, depth));
        }
        if above.len() > MOST_BRANCHES {
            self.dropped = true;
            return match side {
                Side::Above => above.into_iter().fold(ByKind::nothing(), ByKind::or),
                Side::Below => ByKind::nothing(),
            };
        }
        // Arguments are an object, whatever the schema says.
        let kinds = if spot.is_arguments() { Kinds::OBJECT } else { Kinds::VALUES };
        if side == Side::Above {
            let (said, complete) = ByKind::one_of(&above, &above, None, kinds);
            if complete {
                return said;
            }
            if above.len() > MOST_OVERLAPPING {
                // The formula does not say that no second branch holds.
                self.dropped = true;
                return said;
            }
        }
        let mut below = Vec::new();
        for schema in wanted.items() {
            below.push(self.schema(schema, spot, Side::Below, depth));
        }
        let (holding, failing) = if side == Side::Above { (&above, &below) } else { (&below, &above) };
        ByKind::one_of(&above, holding, Some(failing), kinds).0
    }

    /// What `if`, `then` and `else` say together.
    fn case(&mut self, schema: Value<'a>, wanted: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> ByKind {
        let mut said = ByKind::everything();
        if let Some(then) = schema.get("then") {
            let otherwise = self.schema(wanted, spot, side.flipped(), depth).negated();
            said = said.and(otherwise.or(self.schema(then, spot, side, depth)));
        }
        if let Some(otherwise) = schema.get("else") {
            let holds = self.schema(wanted, spot, side, depth);
            said = said.and(holds.or(self.schema(otherwise, spot, side, depth)));
        }
        said
    }

    fn bound(&mut self, schema: Value<'a>, name: &str, wanted: Value<'a>, spot: Spot<'_>, side: Side) -> ByKind {
        // The boolean of draft 4 modifies the keyword beside it, and is read there.
        if name.starts_with("exclusive") && wanted.kind() == Kind::Bool {
            return ByKind::everything();
        }
        let Some(number) = wanted.as_number() else { return self.unknown(Kinds::NUMBER, side) };
        let mut open = |exclusive: &str| {
            let open = schema.get(exclusive).and_then(Value::as_bool) == Some(true);
            // Later drafts do not have the boolean form.
            self.dropped |= open && self.draft != Draft::Four;
            open && (self.draft == Draft::Four || side == Side::Below)
        };
        let comparison = match name {
            "minimum" if open("exclusiveMinimum") => Comparison::Greater,
            "minimum" => Comparison::GreaterEqual,
            "maximum" if open("exclusiveMaximum") => Comparison::Less,
            "maximum" => Comparison::LessEqual,
            "exclusiveMinimum" => Comparison::Greater,
            _ => Comparison::Less,
        };
        ByKind::where_of(Kinds::NUMBER, &spot.test(Check::Number(comparison, number)))
    }

    fn length(
        &mut self,
        wanted: Value<'a>,
        kinds: Kinds,
        comparison: Comparison,
        spot: Spot<'_>,
        side: Side,
    ) -> ByKind {
        let Some(number) = length(wanted).and(wanted.as_number()) else { return self.unknown(kinds, side) };
        if comparison == Comparison::GreaterEqual && number.is_zero() {
            return ByKind::everything();
        }
        let check = match kinds {
            Kinds::STRING => Check::TextLength(comparison, number),
            _ => Check::ArrayLength(comparison, number),
        };
        ByKind::where_of(kinds, &spot.test(check))
    }

    fn pattern(&mut self, wanted: Value<'a>, spot: Spot<'_>, side: Side) -> ByKind {
        let Some(meaning) = wanted.as_str().and_then(patterns::meaning) else {
            return self.unknown(Kinds::STRING, side);
        };
        let matches = spot.test(Check::Language(Language::regex(&meaning.regex)));
        let formula = match meaning.plain {
            None => matches,
            Some(plain) => {
                let plain = spot.test(Check::Language(Language::regex(&plain)));
                match side {
                    Side::Above => or([matches, plain.negated()]),
                    Side::Below => and([matches, plain]),
                }
            }
        };
        ByKind::where_of(Kinds::STRING, &formula)
    }
}
