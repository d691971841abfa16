//! The values that formulas mention, including elements of arrays.

use std::collections::BTreeSet;

use crate::predicate::Step;
use crate::solver::formula::{Formula, Place, Root};

/// A step from a value to others inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hop {
    /// To the member with this key.
    Key(String),
    /// To the element at this position, from 0.
    Index(u32),
    /// To each element.
    Element,
}

/// The way from the arguments to values inside them.
pub type Reach = Vec<Hop>;

/// Adds the values within the arguments that a formula mentions.
pub fn reaches(formula: &Formula, found: &mut BTreeSet<Reach>) {
    inside(formula, None, found);
}

/// The way to a place; `element` is the way to the element that the enclosing formula is about.
/// `None` for a place outside the arguments.
fn way(place: &Place, element: Option<&Reach>) -> Option<Reach> {
    let mut way = match place.root {
        Root::Args => Reach::new(),
        Root::Caller => return None,
        Root::Element => element?.clone(),
    };
    way.extend(place.steps.iter().map(|step| match step {
        Step::Key(key) => Hop::Key(key.clone()),
        Step::Index(index) => Hop::Index(*index),
    }));
    Some(way)
}

/// The depth of the recursion is bounded by the parser.
fn inside(formula: &Formula, element: Option<&Reach>, found: &mut BTreeSet<Reach>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|part| inside(part, element, found)),
        Formula::Not(inner) => inside(inner, element, found),
        Formula::Is(place, _) | Formula::Test(place, _) => found.extend(way(place, element)),
        Formula::Every(place, inner) | Formula::Some(place, inner) => {
            let Some(mut way) = way(place, element) else { return };
            found.insert(way.clone());
            way.push(Hop::Element);
            inside(inner, Some(&way), found);
        }
    }
}
