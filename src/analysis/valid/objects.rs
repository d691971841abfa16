//! Formulas for the keywords that apply to members of objects.

use super::build::{Builder, Side, Spot};
use super::by_kind::ByKind;
use super::fold::{and, or};
use super::literal::missing_or;
use crate::json::json_quote;
use crate::json::{Json, Kind, Value};
use crate::predicate::Step;
use crate::schema::Kinds;
use crate::schema::admits::{is_declared, length};
use crate::schema::patterns;
use crate::solver::formula::{Check, Formula, Place};

impl<'a> Builder<'_, 'a> {
    /// What a keyword about members says about the value at a spot.
    pub(super) fn members(
        &mut self,
        schema: Value<'a>,
        name: &str,
        wanted: Value<'a>,
        spot: Spot<'_>,
        side: Side,
        depth: usize,
    ) -> ByKind {
        let is_map = wanted.kind() == Kind::Object;
        let formula = match name {
            "required" => self.all_present(wanted, spot, side),
            "properties" if is_map => Some(self.properties(wanted, spot, side, depth)),
            "patternProperties" if is_map => Some(self.matching(wanted, spot, side, depth)),
            "additionalProperties" => Some(self.additional(schema, wanted, spot, side, depth)),
            "propertyNames" => Some(self.named(wanted, spot, side)),
            "minProperties" => match (length(wanted), side) {
                (Some(0), _) => Some(Formula::TRUE),
                (Some(least), Side::Above) => {
                    let required = schema.get("required").map_or(0, |required| required.items().count());
                    (required >= least).then_some(Formula::TRUE)
                }
                (Some(1), Side::Below) => {
                    self.unknown(Kinds::OBJECT, side);
                    Some(or(spot.names.keys.keys().map(|key| present(spot, key))))
                }
                _ => None,
            },
            "maxProperties" => match (length(wanted), side) {
                (Some(0), _) => {
                    let missing = spot.names.keys.keys().map(|key| Formula::Is(member(spot, key), Kinds::MISSING));
                    Some(and(missing.chain((side == Side::Below).then(|| spot.test(Check::Closed)))))
                }
                (Some(most), Side::Above) => (spot.names.keys.len() <= most).then_some(Formula::TRUE),
                (Some(most), Side::Below) => (spot.names.keys.len() <= most).then(|| spot.test(Check::Closed)),
                _ => None,
            },
            "dependentRequired" | "dependentSchemas" | "dependencies" if is_map => {
                Some(self.dependent(name, wanted, spot, side, depth))
            }
            "unevaluatedProperties" if wanted.as_bool() == Some(true) => Some(Formula::TRUE),
            "properties"
            | "patternProperties"
            | "dependentRequired"
            | "dependentSchemas"
            | "dependencies"
            | "unevaluatedProperties" => None,
            _ => return ByKind::everything(),
        };
        match formula {
            Some(formula) => ByKind::where_of(Kinds::OBJECT, &formula),
            None => self.unknown(Kinds::OBJECT, side),
        }
    }

    fn all_present(&mut self, names: Value<'a>, spot: Spot<'_>, side: Side) -> Option<Formula> {
        if names.kind() != Kind::Array {
            return None;
        }
        let mut parts = Vec::new();
        for name in names.items() {
            match name.as_str().filter(|key| spot.names.keys.contains_key(*key)) {
                Some(key) => parts.push(present(spot, key)),
                None => parts.push(self.unknown(Kinds::OBJECT, side).of_objects()),
            }
        }
        Some(and(parts))
    }

    /// What a schema says about one member, if it is present.
    fn member(&mut self, schema: Value<'a>, key: &str, spot: Spot<'_>, side: Side, depth: usize) -> Formula {
        let Some(names) = spot.names.keys.get(key) else { return Formula::TRUE };
        let place = member(spot, key);
        self.schema(schema, Spot { place: &place, names }, side, depth).at(&place, true)
    }

    fn properties(&mut self, map: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> Formula {
        let mut parts = Vec::new();
        for key in spot.names.keys.keys() {
            if let Some(schema) = map.get(key) {
                parts.push(self.member(schema, key, spot, side, depth));
            }
        }
        let mut others = map.entries().filter_map(|(key, _)| key.as_str());
        if others.any(|key| !spot.names.keys.contains_key(key)) {
            parts.push(unnamed(spot, side));
        }
        and(parts)
    }

    fn matching(&mut self, map: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> Formula {
        let mut parts = Vec::new();
        for (pattern, schema) in map.entries() {
            for key in spot.names.keys.keys() {
                self.spend(1);
                match patterns::occurs(pattern.as_str().unwrap_or_default(), key) {
                    Some(true) => parts.push(self.member(schema, key, spot, side, depth)),
                    Some(false) => {}
                    None => parts.push(self.doubtful_member(schema, key, spot, side, depth)),
                }
            }
            parts.push(unnamed(spot, side));
        }
        and(parts)
    }

    /// What a schema says about a member to which it may or may not apply.
    fn doubtful_member(&mut self, schema: Value<'a>, key: &str, spot: Spot<'_>, side: Side, depth: usize) -> Formula {
        self.unknown(Kinds::OBJECT, side);
        match side {
            Side::Above => Formula::TRUE,
            Side::Below => self.member(schema, key, spot, side, depth),
        }
    }

    fn additional(&mut self, outer: Value<'a>, schema: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> Formula {
        if schema.as_bool() == Some(true) || (schema.kind() == Kind::Object && schema.entries().next().is_none()) {
            return Formula::TRUE;
        }
        let mut parts = vec![unnamed(spot, side)];
        for key in spot.names.keys.keys() {
            self.spend(1);
            match is_declared(outer, key) {
                Some(true) => {}
                Some(false) => parts.push(self.member(schema, key, spot, side, depth)),
                None => parts.push(self.doubtful_member(schema, key, spot, side, depth)),
            }
        }
        and(parts)
    }

    /// That the keys satisfy a schema.
    fn named(&mut self, schema: Value<'a>, spot: Spot<'_>, side: Side) -> Formula {
        let mut parts = vec![unnamed(spot, side)];
        for key in spot.names.keys.keys() {
            self.spend(1);
            let text = Json::parse(&json_quote(key)).ok();
            let verdict = text.and_then(|text| self.schema.part_admits(schema, text.root()));
            let missing = Formula::Is(member(spot, key), Kinds::MISSING);
            match (verdict, side) {
                (Some(true), _) => {}
                (Some(false), _) => parts.push(missing),
                (None, side) => {
                    self.unknown(Kinds::OBJECT, side);
                    parts.extend((side == Side::Below).then_some(missing));
                }
            }
        }
        and(parts)
    }

    fn dependent(&mut self, name: &str, map: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> Formula {
        let mut parts = Vec::new();
        for (key, wanted) in map.entries() {
            let Some(key) = key.as_str().filter(|key| spot.names.keys.contains_key(*key)) else {
                parts.push(unnamed(spot, side));
                continue;
            };
            let list = name == "dependentRequired" || (name == "dependencies" && wanted.kind() == Kind::Array);
            let then = if list {
                self.all_present(wanted, spot, side)
            } else {
                Some(self.schema(wanted, spot, side, depth).of_objects())
            };
            let then = then.unwrap_or_else(|| self.unknown(Kinds::OBJECT, side).of_objects());
            parts.push(missing_or(member(spot, key), then));
        }
        and(parts)
    }
}

fn member(spot: Spot<'_>, key: &str) -> Place {
    spot.place.then(Step::Key(key.to_owned()))
}

fn present(spot: Spot<'_>, key: &str) -> Formula {
    Formula::Is(member(spot, key), Kinds::VALUES)
}

/// What is said about members that are not named: nothing, or that there are none.
fn unnamed(spot: Spot<'_>, side: Side) -> Formula {
    match side {
        Side::Above => Formula::TRUE,
        Side::Below => spot.test(Check::Closed),
    }
}
