//! Formulas for the keywords that apply to elements of arrays.

use std::sync::Arc;

use super::build::{Builder, Side, Spot};
use super::by_kind::ByKind;
use super::fold::and;
use crate::decimal::Decimal;
use crate::json::{Kind, Value};
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;
use crate::schema::admits::length;
use crate::schema::dialect::Draft;
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::source::offset;

/// The most positions at the start of an array that get a formula each.
const MOST_PREFIX: usize = 64;

impl<'a> Builder<'_, 'a> {
    /// What a keyword about elements says about the value at a spot.
    pub(super) fn elements(
        &mut self,
        schema: Value<'a>,
        name: &str,
        wanted: Value<'a>,
        spot: Spot<'_>,
        side: Side,
        depth: usize,
    ) -> ByKind {
        let formula = match name {
            "uniqueItems" => match wanted.as_bool() {
                Some(false) => Some(Formula::TRUE),
                // Formulas cannot compare elements with each other.
                Some(true) if side == Side::Below => {
                    self.unknown(Kinds::ARRAY, side);
                    Some(at_most(spot, 1))
                }
                Some(true) if spot.names.elements.is_none() => Some(Formula::TRUE),
                _ => None,
            },
            "items" if wanted.kind() != Kind::Array => {
                let prefix = schema.get("prefixItems").map_or(0, |prefix| prefix.items().count());
                match (prefix, self.draft < Draft::Of2020, side) {
                    (0, _, _) | (_, false, _) => self.rest(wanted, prefix, spot, side, depth),
                    // It is not known whether a server takes notice of `prefixItems` under an older
                    // draft.
                    (_, true, Side::Above) => None,
                    (_, true, Side::Below) => self.rest(wanted, 0, spot, side, depth),
                }
            }
            "items" if self.draft == Draft::Of2020 && side == Side::Above => None,
            "prefixItems" | "items" if wanted.kind() == Kind::Array => self.first(wanted, spot, side, depth),
            "additionalItems" => match schema.get("items").filter(|items| items.kind() == Kind::Array) {
                Some(items) => self.rest(wanted, items.items().count(), spot, side, depth),
                None => Some(Formula::TRUE),
            },
            "contains" => self.contains(schema, wanted, spot, side, depth),
            "unevaluatedItems" if wanted.as_bool() == Some(true) => Some(Formula::TRUE),
            _ => None,
        };
        match formula {
            Some(formula) => ByKind::where_of(Kinds::ARRAY, &formula),
            None => self.unknown(Kinds::ARRAY, side),
        }
    }

    /// The first elements, one by one.
    fn first(&mut self, schemas: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> Option<Formula> {
        let Some(names) = spot.names.elements.as_deref() else { return Some(unnamed(spot, side)) };
        if schemas.items().count() > MOST_PREFIX {
            return None;
        }
        let mut parts = Vec::new();
        for (index, schema) in schemas.items().enumerate() {
            let place = spot.place.then(Step::Index(offset(index)));
            let said = self.schema(schema, Spot { place: &place, names }, side, depth);
            parts.push(said.at(&place, true));
        }
        Some(and(parts))
    }

    /// The elements from a position on.
    fn rest(&mut self, schema: Value<'a>, from: usize, spot: Spot<'_>, side: Side, depth: usize) -> Option<Formula> {
        if schema.as_bool() == Some(false) {
            return Some(at_most(spot, from));
        }
        let Some(names) = spot.names.elements.as_deref() else {
            let trivial = schema.as_bool() == Some(true) || schema.entries().next().is_none();
            return Some(if trivial { Formula::TRUE } else { unnamed(spot, side) });
        };
        let element = Place::root(Root::Element);
        let every = self.schema(schema, Spot { place: &element, names }, side, depth);
        let every = every.at(&element, false);
        if every == Formula::TRUE {
            return Some(every);
        }
        if every == Formula::FALSE {
            return Some(at_most(spot, from));
        }
        if from == 0 {
            return Some(Formula::Every(spot.place.clone(), Arc::new(every)));
        }
        // A formula cannot be about all elements from a position on, only about those whose index
        // is named.
        self.unknown(Kinds::ARRAY, side);
        if side == Side::Below {
            return Some(at_most(spot, from));
        }
        let mut parts = Vec::new();
        for index in spot.names.indices.iter().filter(|index| **index >= offset(from)) {
            let place = spot.place.then(Step::Index(*index));
            let said = self.schema(schema, Spot { place: &place, names }, side, depth);
            parts.push(said.at(&place, true));
        }
        Some(and(parts))
    }

    /// That enough elements satisfy `contains`. `None` if that cannot be said.
    fn contains(
        &mut self,
        schema: Value<'a>,
        wanted: Value<'a>,
        spot: Spot<'_>,
        side: Side,
        depth: usize,
    ) -> Option<Formula> {
        let (least, most) = (schema.get("minContains"), schema.get("maxContains"));
        let counted = least.is_some() || most.is_some();
        if counted && !self.draft.knows("minContains") {
            return None;
        }
        let least = least.map_or(Some(1), length)?;
        let names = spot.names.elements.as_deref()?;
        if side == Side::Below && (least > 1 || most.is_some()) {
            return None;
        }
        if least > 1 || most.is_some() {
            // Formulas cannot count elements that pass a test.
            self.unknown(Kinds::ARRAY, side);
        }
        if least == 0 {
            return Some(Formula::TRUE);
        }
        let element = Place::root(Root::Element);
        let some = self.schema(wanted, Spot { place: &element, names }, side, depth).at(&element, false);
        let enough = at_least(spot, least);
        Some(match some {
            some if some == Formula::TRUE => enough,
            some if some == Formula::FALSE => some,
            some if least == 1 => Formula::Some(spot.place.clone(), Arc::new(some)),
            some => and([enough, Formula::Some(spot.place.clone(), Arc::new(some))]),
        })
    }
}

/// What is said about elements that are not named: nothing, or that there are none.
fn unnamed(spot: Spot<'_>, side: Side) -> Formula {
    match side {
        Side::Above => Formula::TRUE,
        Side::Below => at_most(spot, 0),
    }
}

fn at_most(spot: Spot<'_>, number: usize) -> Formula {
    let number = Decimal::from(u64::from(offset(number)));
    spot.test(Check::ArrayLength(Comparison::LessEqual, number))
}

fn at_least(spot: Spot<'_>, number: usize) -> Formula {
    let number = Decimal::from(u64::from(offset(number)));
    spot.test(Check::ArrayLength(Comparison::GreaterEqual, number))
}
