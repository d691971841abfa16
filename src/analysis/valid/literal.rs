//! Formulas for `enum` and `const`, whose values are written out.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::MOST_DEPTH;
use super::build::{Builder, Side, Spot};
use super::by_kind::ByKind;
use super::fold::{and, or};
use super::names::Names;
use crate::decimal::Decimal;
use crate::json::{Kind, Value};
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula};
use crate::source::offset;

impl<'a> Builder<'_, 'a> {
    /// That the value equals one of these.
    pub(super) fn equal(
        &mut self,
        values: impl Iterator<Item = Value<'a>>,
        spot: Spot<'_>,
        side: Side,
        depth: usize,
    ) -> ByKind {
        let (mut truths, mut numbers, mut texts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::<Arc<str>>::new());
        let mut said = ByKind::nothing();
        for value in values {
            if !self.spend(1) || depth > MOST_DEPTH {
                return self.unknown(Kinds::VALUES, side);
            }
            match value.kind() {
                Kind::Null => said = said.or(ByKind::kinds(Kinds::NULL)),
                Kind::Bool => truths.extend(value.as_bool()),
                Kind::Number => numbers.extend(value.as_number()),
                Kind::String => texts.extend(value.as_str().map(Arc::from)),
                Kind::Array => {
                    let formula = self.array(value, spot, side, depth);
                    said = said.or(ByKind::only(Kinds::ARRAY, &formula));
                }
                Kind::Object => {
                    let formula = self.written_object(value, spot, side, depth);
                    said = said.or(ByKind::only(Kinds::OBJECT, &formula));
                }
            }
        }
        let truth = match (truths.first(), truths.len()) {
            (_, 2) => Formula::TRUE,
            (Some(truth), _) => spot.test(Check::Bool(*truth)),
            (None, _) => Formula::FALSE,
        };
        let number = if numbers.is_empty() { Formula::FALSE } else { spot.test(Check::Numbers(numbers)) };
        let text = if texts.is_empty() { Formula::FALSE } else { spot.test(Check::Texts(texts)) };
        let scalars = [(Kinds::BOOL, truth), (Kinds::NUMBER, number), (Kinds::STRING, text)];
        scalars.into_iter().fold(said, |said, (kind, formula)| said.or(ByKind::only(kind, &formula)))
    }

    fn array(&mut self, array: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> Formula {
        let nothing = Names::default();
        let names = spot.names.elements.as_deref().unwrap_or(&nothing);
        let length = Decimal::from(u64::from(offset(array.items().count())));
        let mut parts = vec![spot.test(Check::ArrayLength(Comparison::Equal, length))];
        for (index, element) in array.items().enumerate() {
            let place = spot.place.then(Step::Index(offset(index)));
            let said = self.equal(std::iter::once(element), Spot { place: &place, names }, side, depth + 1);
            parts.push(said.at(&place, false));
        }
        and(parts)
    }

    fn written_object(&mut self, object: Value<'a>, spot: Spot<'_>, side: Side, depth: usize) -> Formula {
        let mut parts = vec![spot.test(Check::Closed)];
        for (key, value) in object.entries() {
            let key = key.as_str().unwrap_or_default();
            let place = spot.place.then(Step::Key(key.to_owned()));
            match spot.names.keys.get(key) {
                Some(names) => {
                    let said = self.equal(std::iter::once(value), Spot { place: &place, names }, side, depth + 1);
                    parts.push(said.at(&place, false));
                }
                // There were too many names to include this one, so `Closed` would wrongly exclude
                // it.
                None => return self.unknown(Kinds::OBJECT, side).of_objects(),
            }
        }
        for key in spot.names.keys.keys().filter(|key| object.get(key).is_none()) {
            parts.push(Formula::Is(spot.place.then(Step::Key(key.clone())), Kinds::MISSING));
        }
        and(parts)
    }
}

/// That the value is missing, or the formula holds.
pub(super) fn missing_or(place: crate::solver::formula::Place, then: Formula) -> Formula {
    or([Formula::Is(place, Kinds::MISSING), then])
}
