//! Combines formulas, and leaves out parts that are plainly true, false or repeated.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::decimal::Decimal;
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula, Place};

/// Up to this many parts, each is compared with every other.
const FEW: usize = 48;
/// Up to this many pairs of parts are compared to find what one implies about the other.
const MOST_PAIRS: usize = 400;

/// The conjunction of these, simplified.
pub(super) fn and(parts: impl IntoIterator<Item = Formula>) -> Formula {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Formula::And(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    loop {
        let facts = facts(&mut flat);
        if facts.values().any(|kinds| kinds.is_empty()) || flat.contains(&Formula::FALSE) {
            return Formula::FALSE;
        }
        let mut again = false;
        let mut next = Vec::with_capacity(flat.len());
        for part in flat {
            match part {
                Formula::Or(parts) => match narrowed(parts, &facts) {
                    (Formula::And(inner), _) => {
                        again |= !inner.is_empty();
                        next.extend(inner);
                    }
                    (other, changed) => {
                        again |= changed;
                        next.push(other);
                    }
                },
                other => next.push(other),
            }
        }
        next.extend(facts.into_iter().map(|(place, kinds)| Formula::Is(place, kinds)));
        flat = next;
        if !again {
            break;
        }
    }
    if !listed(&mut flat) {
        return Formula::FALSE;
    }
    drop_implied(&mut flat);
    single(distinct(flat), Formula::And)
}

/// The disjunction of these, simplified.
pub(super) fn or(parts: impl IntoIterator<Item = Formula>) -> Formula {
    let mut flat: Vec<Formula> = Vec::new();
    for part in parts {
        let inner = match part {
            Formula::Or(inner) => inner,
            other => vec![other],
        };
        for part in inner {
            if part == Formula::TRUE {
                return part;
            }
            if !flat.iter_mut().take(FEW).any(|before| joined(before, &part)) {
                flat.push(part);
            }
        }
    }
    if flat.iter().any(|part| matches!(part, Formula::Is(_, Kinds::ALL))) {
        return Formula::TRUE;
    }
    single(distinct(flat), Formula::Or)
}

fn single(mut parts: Vec<Formula>, make: fn(Vec<Formula>) -> Formula) -> Formula {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            make(parts)
        }
    }
}

fn distinct(parts: Vec<Formula>) -> Vec<Formula> {
    if parts.len() > FEW {
        return parts;
    }
    let mut found: Vec<Formula> = Vec::with_capacity(parts.len());
    for part in parts {
        if !found.contains(&part) {
            found.push(part);
        }
    }
    found
}

/// Takes the [`Formula::Is`] parts out of a conjunction, as one set of kinds for each place.
fn facts(parts: &mut Vec<Formula>) -> BTreeMap<Place, Kinds> {
    let mut facts = BTreeMap::new();
    parts.retain(|part| match part {
        Formula::Is(place, kinds) => {
            let known = facts.entry(place.clone()).or_insert(Kinds::ALL);
            *known = known.intersection(*kinds);
            false
        }
        _ => true,
    });
    facts
}

/// A disjunction, simplified by what is known about kinds, and whether that changed it.
fn narrowed(parts: Vec<Formula>, facts: &BTreeMap<Place, Kinds>) -> (Formula, bool) {
    let mut changed = false;
    let mut left = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Formula::Is(place, kinds) => match facts.get(&place) {
                Some(fact) if kinds.contains(*fact) => return (Formula::TRUE, true),
                Some(fact) => {
                    let both = kinds.intersection(*fact);
                    changed |= both != kinds;
                    left.extend((!both.is_empty()).then_some(Formula::Is(place, both)));
                }
                None => left.push(Formula::Is(place, kinds)),
            },
            other => left.push(other),
        }
    }
    (single(left, Formula::Or), changed)
}

/// Removes the tests that lists of values decide, and from the lists the values that fail them.
/// Returns false if a list is empty then.
fn listed(parts: &mut Vec<Formula>) -> bool {
    let mut lists: BTreeMap<Place, Check> = BTreeMap::new();
    parts.retain(|part| match part {
        Formula::Test(place, check @ (Check::Texts(_) | Check::Numbers(_))) => match lists.get_mut(place) {
            // If one list has texts and the other numbers, both remain, and no value passes both.
            Some(list) => !filter(list, check),
            None => {
                lists.insert(place.clone(), check.clone());
                false
            }
        },
        _ => true,
    });
    parts.retain(|part| match part {
        Formula::Test(place, check) => !lists.get_mut(place).is_some_and(|list| filter(list, check)),
        _ => true,
    });
    let possible = !lists.values().any(is_empty);
    parts.extend(lists.into_iter().map(|(place, list)| Formula::Test(place, list)));
    possible
}

fn is_empty(list: &Check) -> bool {
    match list {
        Check::Texts(texts) => texts.is_empty(),
        Check::Numbers(numbers) => numbers.is_empty(),
        _ => false,
    }
}

/// Keeps the values of a list that pass a test. Returns whether the test is redundant then.
fn filter(list: &mut Check, check: &Check) -> bool {
    match (list, check) {
        (Check::Texts(texts), Check::Texts(others)) => texts.retain(|text| others.contains(text)),
        (Check::Texts(texts), Check::Language(language)) => texts.retain(|text| language.has(text)),
        (Check::Texts(texts), Check::TextLength(comparison, number)) => texts.retain(|text| {
            let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
            compares(Decimal::from(length).cmp(number), *comparison)
        }),
        (Check::Numbers(numbers), Check::Numbers(others)) => numbers.retain(|number| others.contains(number)),
        (Check::Numbers(numbers), Check::Number(comparison, bound)) => {
            numbers.retain(|number| compares(number.cmp(bound), *comparison));
        }
        (Check::Numbers(numbers), Check::Multiple(divisor)) if *divisor == Decimal::ONE => {
            numbers.retain(Decimal::is_whole);
        }
        _ => return false,
    }
    true
}

fn compares(order: Ordering, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterEqual => order != Ordering::Less,
    }
}

/// Removes the [`Formula::Is`] parts that the rest implies.
fn drop_implied(parts: &mut Vec<Formula>) {
    let said = parts.iter().filter(|part| matches!(part, Formula::Is(..))).count();
    let choices = parts.iter().filter(|part| matches!(part, Formula::Or(_))).count();
    // If there are too many pairs to compare, only what tests imply is used.
    let search = said.saturating_mul(choices) <= MOST_PAIRS;
    let mut known: BTreeMap<Place, Kinds> = BTreeMap::new();
    for part in parts.iter() {
        if let Formula::Test(place, _) | Formula::Every(place, _) | Formula::Some(place, _) = part {
            let kinds = known.entry(place.clone()).or_insert(Kinds::ALL);
            *kinds = kinds.intersection(possible(part, place, 0));
        }
        if let Formula::Test(place, _) | Formula::Every(place, _) | Formula::Some(place, _) | Formula::Is(place, _) =
            part
        {
            let mut outer = place.clone();
            while outer.steps.pop().is_some() {
                let kinds = possible(part, &outer, 0);
                if kinds != Kinds::ALL {
                    let known = known.entry(outer.clone()).or_insert(Kinds::ALL);
                    *known = known.intersection(kinds);
                }
            }
        }
    }
    let (choices, others): (Vec<_>, Vec<_>) = parts.drain(..).partition(|part| matches!(part, Formula::Or(_)));
    parts.extend(others.into_iter().filter(|part| match part {
        Formula::Is(place, kinds) => {
            let single = known.get(place).is_some_and(|known| kinds.contains(*known));
            !(single || search && choices.iter().any(|choice| kinds.contains(possible(choice, place, 0))))
        }
        _ => true,
    }));
    parts.extend(choices);
}

/// The kinds that the value at a place can have if the formula holds, and perhaps some more.
fn possible(formula: &Formula, place: &Place, depth: usize) -> Kinds {
    match formula {
        Formula::Is(other, kinds) if other == place => *kinds,
        Formula::Is(other, kinds) if !kinds.intersects(Kinds::MISSING) => around(other, place),
        Formula::Test(other, check) if other == place => kind(check),
        Formula::Every(other, _) | Formula::Some(other, _) if other == place => Kinds::ARRAY,
        Formula::Test(other, _) | Formula::Every(other, _) | Formula::Some(other, _) => around(other, place),
        // Deeper levels yield nothing that is worth the search.
        Formula::And(parts) if depth < 3 => {
            parts.iter().fold(Kinds::ALL, |kinds, part| kinds.intersection(possible(part, place, depth + 1)))
        }
        Formula::Or(parts) if depth < 3 => {
            parts.iter().fold(Kinds::NONE, |kinds, part| kinds.union(possible(part, place, depth + 1)))
        }
        _ => Kinds::ALL,
    }
}

/// The kinds that the value at a place can have, given that there is a value at `inner`.
fn around(inner: &Place, place: &Place) -> Kinds {
    if inner.root != place.root || !inner.steps.starts_with(&place.steps) {
        return Kinds::ALL;
    }
    match inner.steps.get(place.steps.len()) {
        Some(Step::Key(_)) => Kinds::OBJECT,
        Some(Step::Index(_)) => Kinds::ARRAY,
        None => Kinds::VALUES,
    }
}

const fn kind(check: &Check) -> Kinds {
    match check {
        Check::Bool(_) => Kinds::BOOL,
        Check::Number(..) | Check::Numbers(_) | Check::Multiple(_) | Check::MinusZero => Kinds::NUMBER,
        Check::Texts(_) | Check::Language(_) | Check::TextLength(..) => Kinds::STRING,
        Check::ArrayLength(..) => Kinds::ARRAY,
        Check::Closed | Check::Only(_) => Kinds::OBJECT,
        Check::Opaque(_) => Kinds::ARRAY.union(Kinds::OBJECT),
    }
}

/// Merges a part of a disjunction into an earlier one, if both are sets of values or kinds of one
/// place. Returns whether it did.
fn joined(before: &mut Formula, part: &Formula) -> bool {
    match (before, part) {
        (Formula::Is(place, kinds), Formula::Is(other, more)) if place == other => *kinds = kinds.union(*more),
        (Formula::Test(place, Check::Texts(texts)), Formula::Test(other, Check::Texts(more))) if place == other => {
            texts.extend(more.iter().cloned());
        }
        (Formula::Test(place, Check::Numbers(numbers)), Formula::Test(other, Check::Numbers(more)))
            if place == other =>
        {
            numbers.extend(more.iter().cloned());
        }
        _ => return false,
    }
    true
}

/// Whether the formula holds only if the value at the place is of the kind.
pub(super) fn implies_kind(formula: &Formula, place: &Place, kind: Kinds) -> bool {
    kind.contains(possible(formula, place, 0))
}
