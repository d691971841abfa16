//! The least change of the arguments that have to change.

use std::collections::BTreeSet;

use super::search::Search;
use super::tree::Tree;
use super::{numbers, texts};
use crate::decimal::Decimal;
use crate::json::{Json, json_quote};
use crate::predicate::Step;
use crate::solver::Budget;
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::solver::given::Values;

/// The most values that are tried at one place.
const MOST_VALUES: usize = 64;
/// The most values that are tried at all places together. What is left stays as it was found.
const MOST_TRIED: usize = 1_024;

/// Brings arguments that are wanted closer to those of the call, value by value.
pub(super) struct Closest<'c, 's, 'a> {
    pub(super) search: &'c Search<'s, 'a>,
    /// The calls that satisfy the schemas.
    pub(super) admitted: &'c Formula,
    /// The arguments of the call.
    pub(super) original: &'c Tree,
    /// The places that may change and are tested.
    pub(super) places: &'c BTreeSet<Vec<Step>>,
}

impl Closest<'_, '_, '_> {
    /// Arguments that are wanted, as are the given ones, but where no value that changed could change less while
    /// the others stay as they are.
    pub(super) fn to(&self, arguments: Tree, budget: &mut Budget) -> Tree {
        let (mut arguments, mut tried) = (arguments, 0);
        // What need not have changed is put back, the largest values first.
        for place in self.places {
            let before = self.original.at(place);
            if before != arguments.at(place)
                && tried < MOST_TRIED
                && let Some(back) = arguments.with(place, before).filter(|back| self.search.is_wanted(back))
            {
                arguments = back;
            }
            tried += 1;
        }
        for place in self.places {
            let before = self.original.at(place);
            if before == arguments.at(place) || tried >= MOST_TRIED {
                continue;
            }
            let mut values = self.values(&arguments, place, budget);
            values.sort_by_cached_key(|value| {
                (distance(before, value.as_ref()), value.as_ref().map(ToString::to_string))
            });
            let now = arguments.at(place).cloned();
            for value in values.into_iter().take(MOST_VALUES) {
                if value == now {
                    break;
                }
                tried += 1;
                let nearer = arguments.with(place, value.as_ref());
                if let Some(nearer) = nearer.filter(|nearer| self.search.is_wanted(nearer)) {
                    arguments = nearer;
                    break;
                }
            }
        }
        arguments
    }

    /// Values worth trying at a place, the one that is there among them; `None` stands for no value.
    fn values(&self, arguments: &Tree, place: &[Step], budget: &mut Budget) -> Vec<Option<Tree>> {
        let (before, now) = (self.original.at(place), arguments.at(place));
        let mut values: BTreeSet<Option<String>> = [now.map(ToString::to_string), None].into();
        let plain = |text: String| Some(text);
        let wanted = self.at(arguments, place);
        let mut checks = Vec::new();
        wanted.iter().for_each(|formula| collect(formula, place, &mut checks));
        let number = before.and_then(Tree::as_number);
        values.extend(numbers::around(&checks, number.as_ref()).into_iter().map(|number| plain(number.to_string())));
        for check in &checks {
            match check {
                Check::Bool(_) => values.extend(["true", "false"].map(|text| plain(text.to_owned()))),
                Check::Texts(texts) => values.extend(texts.iter().map(|text| plain(json_quote(text)))),
                _ => {}
            }
        }
        if let (Some(text), Some(formula)) = (before.and_then(Tree::as_text), &wanted)
            && let Some(nearest) = texts::nearest_text(formula, place, &text, budget)
        {
            values.insert(plain(json_quote(&nearest)));
        }
        let mut values: Vec<Option<Tree>> = values.into_iter().map(|text| text.map(Tree::Plain)).collect();
        // Values with parts cannot be told apart as texts.
        values.extend(now.filter(|now| !matches!(now, Tree::Plain(_))).map(|now| Some(now.clone())));
        values.retain(|value| !matches!(value, Some(Tree::Plain(text)) if text.starts_with(['[', '{'])));
        values.extend(self.arrays(arguments, place, &checks).into_iter().map(Some));
        values.extend(wanted.and_then(|formula| self.mended(arguments, place, &formula, budget)).map(Some));
        values
    }

    /// What is asked of the value at a place and within, all others being as they are.
    fn at(&self, arguments: &Tree, place: &[Step]) -> Option<Formula> {
        let arguments = Json::parse(&arguments.to_string()).ok()?;
        let values = Values { arguments: arguments.root(), caller: self.search.call.caller };
        let is_free = |other: &Place| other.root == Root::Args && other.steps.starts_with(place);
        let parts = [&self.search.wanted, self.admitted].map(|formula| formula.given(values, &is_free));
        Some(Formula::And(parts.into()))
    }

    /// The array of the call with each text with which alone it would not do replaced by the nearest that may stand
    /// there.
    fn mended(&self, arguments: &Tree, place: &[Step], wanted: &Formula, budget: &mut Budget) -> Option<Tree> {
        let Some(Tree::Array(items)) = self.original.at(place) else { return None };
        let mut asked = Vec::new();
        of_elements(wanted, place, true, &mut asked);
        let asked = (!asked.is_empty()).then_some(Formula::And(asked))?;
        let mut mended = Vec::new();
        for item in items.iter().take(MOST_VALUES) {
            let text = item.as_text().filter(|_| !self.does(arguments, place, std::slice::from_ref(item)));
            let nearest = text.and_then(|text| texts::nearest_text(&asked, &[], &text, budget));
            mended.push(nearest.map_or_else(|| item.clone(), |text| Tree::Plain(json_quote(&text))));
        }
        Some(Tree::Array(mended))
    }

    /// Whether arguments with these elements in the array at a place are wanted.
    fn does(&self, arguments: &Tree, place: &[Step], items: &[Tree]) -> bool {
        let arguments = arguments.with(place, Some(&Tree::Array(items.to_vec())));
        arguments.is_some_and(|arguments| self.search.is_wanted(&arguments))
    }

    /// Arrays with those elements of the array of the call with which alone it would do, also cut to each length
    /// that is tested.
    fn arrays(&self, arguments: &Tree, place: &[Step], checks: &[&Check]) -> Vec<Tree> {
        let Some(Tree::Array(items)) = self.original.at(place) else { return Vec::new() };
        let good: Vec<Tree> = items
            .iter()
            .take(MOST_VALUES)
            .filter(|item| self.does(arguments, place, std::slice::from_ref(*item)))
            .cloned()
            .collect();
        let mut arrays = Vec::new();
        for items in [items, &good] {
            arrays.push(Tree::Array(items.clone()));
            for check in checks {
                let Check::ArrayLength(_, bound) = check else { continue };
                let bound = bound.to_u64().and_then(|bound| usize::try_from(bound).ok()).unwrap_or(usize::MAX);
                let lengths = [bound.saturating_sub(1), bound].into_iter().filter(|length| *length < items.len());
                arrays.extend(lengths.map(|length| Tree::Array(items.iter().take(length).cloned().collect())));
            }
        }
        arrays
    }
}

/// What is asked of all elements of the array at a place, where something is. `is_asked` says whether the formula is to
/// hold or not to.
fn of_elements(formula: &Formula, place: &[Step], is_asked: bool, found: &mut Vec<Formula>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| of_elements(part, place, is_asked, found));
        }
        Formula::Not(inner) => of_elements(inner, place, !is_asked, found),
        Formula::Every(at, inner) if at.steps == place && is_asked => found.push((**inner).clone()),
        Formula::Some(at, inner) if at.steps == place && !is_asked => found.push((**inner).clone().negated()),
        Formula::Is(..) | Formula::Test(..) | Formula::Every(..) | Formula::Some(..) => {}
    }
}

/// The tests of the value at a place.
fn collect<'f>(formula: &'f Formula, place: &[Step], found: &mut Vec<&'f Check>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|part| collect(part, place, found)),
        Formula::Not(inner) => collect(inner, place, found),
        Formula::Test(at, check) if at.steps == place => found.push(check),
        Formula::Is(..) | Formula::Test(..) | Formula::Every(..) | Formula::Some(..) => {}
    }
}

/// How far a value is from what was there before: first by whether it is of the same type, of another, or missing, then
/// by difference, by edits, or by elements, and for arrays by edits of the elements.
fn distance(before: Option<&Tree>, value: Option<&Tree>) -> (u8, Decimal, usize) {
    let (Some(before), Some(value)) = (before, value) else {
        return (if value.is_none() { 2 } else { 0 }, Decimal::ZERO, 0);
    };
    // An array without elements is seldom what anybody wants.
    if before.kind() != value.kind() || *value == Tree::Array(Vec::new()) {
        return (1, Decimal::ZERO, 0);
    }
    if let (Tree::Array(before), Tree::Array(value)) = (before, value) {
        let missing = |from: &[Tree], of: &[Tree]| from.iter().filter(|item| !of.contains(item)).count();
        let edits = before.iter().zip(value).filter_map(|(before, value)| text_edits(before, value)).sum();
        return (0, Decimal::from((missing(before, value) + missing(value, before)) as u64), edits);
    }
    let numbers = before.as_number().zip(value.as_number());
    let difference = numbers.map(|(before, value)| numbers::difference(&before, &value));
    (0, difference.unwrap_or(Decimal::ZERO), text_edits(before, value).unwrap_or(0))
}

fn text_edits(before: &Tree, value: &Tree) -> Option<usize> {
    Some(texts::edits(&before.as_text()?, &value.as_text()?))
}
