//! The fewest arguments that have to change.

use std::collections::BTreeSet;

use super::closest::Closest;
use super::tree::Tree;
use crate::analysis::{reaches, valid};
use crate::eval::Call;
use crate::json::Json;
use crate::predicate::Step;
use crate::schema::Schema;
use crate::solver::Budget;
use crate::solver::formula::{Formula, Place, Root};
use crate::solver::given::Values;
use crate::solver::space::Space;

/// The most sets of arguments that are tried.
const MOST_SETS: usize = 256;
/// Of the sets of one size that would do, how many are looked at more closely.
const MOST_CLOSER: usize = 8;

/// A search for other arguments of a call.
pub(super) struct Search<'s, 'a> {
    /// The call as it was made.
    pub(super) call: &'s Call<'a>,
    /// The calls that are wanted.
    pub(super) wanted: Formula,
    /// The schemas of the arguments, of each tool that the call may mean; the call satisfies one of each list, and
    /// so does what is found.
    pub(super) schemas: &'s [Vec<Schema<'s>>],
    /// Whether a call is wanted, decided without formulas.
    pub(super) confirm: &'s dyn Fn(&Call<'_>) -> bool,
}

/// Other arguments.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// All arguments.
    pub(super) arguments: Tree,
    /// Whether it is proved that no fewer have to change.
    pub(super) fewest: bool,
}

/// The answer of a search.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// These arguments would do.
    Found(Found),
    /// No arguments would, a proof. Where there are schemas, it is one about arguments that satisfy them.
    Nothing,
    /// The budget ended, or what was found could not be confirmed.
    Undecided,
}

/// What comes of changing some arguments.
enum Attempt {
    Found(Candidate),
    Nothing,
    Unknown,
}

/// Other arguments that would do, and may be far from those of the call.
struct Candidate {
    arguments: Tree,
    /// The places that may change and are tested.
    places: BTreeSet<Vec<Step>>,
}

impl Search<'_, '_> {
    /// Looks for arguments of which as few as possible are changed, and those as little as possible.
    pub(super) fn run(&self, budget: &mut Budget) -> Answer {
        let admitted = self.admitted();
        let tested = names(&[&self.wanted]);
        let mut widest = self.attempt(&admitted, &tested, budget);
        if matches!(widest, Attempt::Nothing) && !self.schemas.is_empty() {
            // The schema may ask for other arguments where these change.
            widest = self.attempt(&admitted, &names(&[&self.wanted, &admitted]), budget);
        }
        let widest = match widest {
            Attempt::Found(candidate) => candidate,
            Attempt::Nothing => return Answer::Nothing,
            Attempt::Unknown => return Answer::Undecided,
        };
        let tested: Vec<String> = tested.into_iter().collect();
        let (mut tried, mut is_sure) = (0, true);
        for size in 1..tested.len() {
            let mut found = Vec::new();
            for set in combinations(tested.len(), size) {
                tried += 1;
                if tried > MOST_SETS {
                    return Answer::Found(self.shrunk(&admitted, &tested, widest, budget));
                }
                let free: BTreeSet<String> = set.into_iter().filter_map(|index| tested.get(index).cloned()).collect();
                match self.attempt(&admitted, &free, budget) {
                    Attempt::Found(candidate) if found.len() < MOST_CLOSER => found.push(candidate),
                    Attempt::Found(_) => {}
                    Attempt::Nothing => {}
                    Attempt::Unknown => is_sure = false,
                }
            }
            // Of several sets the first whose values keep their types.
            let found: Vec<Tree> =
                found.into_iter().map(|candidate| self.closest(candidate, &admitted, budget)).collect();
            let kept = |arguments: &Tree| !arguments.has_other_kinds(self.call.arguments);
            let best = found.iter().position(kept).unwrap_or(0);
            if let Some(arguments) = found.into_iter().nth(best) {
                return Answer::Found(Found { arguments, fewest: is_sure && self.counts_all(size) });
            }
        }
        let arguments = self.closest(widest, &admitted, budget);
        Answer::Found(Found { arguments, fewest: is_sure && self.counts_all(tested.len()) })
    }

    /// Whether sets of so many tested arguments are the smallest where all smaller sets of tested arguments failed.
    /// Where there is a schema, fewer of them and others that it asks for might do.
    fn counts_all(&self, size: usize) -> bool {
        self.schemas.is_empty() || size <= 2
    }

    /// A set of which no argument can be left out, where there are too many sets.
    fn shrunk(&self, admitted: &Formula, tested: &[String], widest: Candidate, budget: &mut Budget) -> Found {
        let (mut free, mut candidate): (BTreeSet<String>, Candidate) = (tested.iter().cloned().collect(), widest);
        for name in tested {
            let without: BTreeSet<String> = free.iter().filter(|free| *free != name).cloned().collect();
            if let Attempt::Found(found) = self.attempt(admitted, &without, budget) {
                (free, candidate) = (without, found);
            }
        }
        Found { arguments: self.closest(candidate, admitted, budget), fewest: false }
    }

    /// The calls that satisfy the schemas.
    fn admitted(&self) -> Formula {
        let mut places = BTreeSet::new();
        reaches(&self.wanted, &mut places);
        let places: Vec<_> = places.into_iter().collect();
        let one = |schemas: &Vec<Schema<'_>>| {
            Formula::Or(schemas.iter().map(|schema| valid(schema, &places).formula).collect())
        };
        Formula::And(self.schemas.iter().map(one).collect())
    }

    /// Looks for other values of these arguments.
    fn attempt(&self, admitted: &Formula, free: &BTreeSet<String>, budget: &mut Budget) -> Attempt {
        let values = Values { arguments: self.call.arguments, caller: self.call.caller };
        let is_free = |place: &Place| first(place).is_some_and(|name| free.contains(name));
        let wanted = Formula::And(vec![self.wanted.given(values, &is_free), admitted.given(values, &is_free)]);
        let mut space = Space::new([&wanted]);
        let holds = space.holds(&wanted);
        let example = match space.example(&[holds], budget) {
            Ok(Some(example)) => example,
            Ok(None) => return Attempt::Nothing,
            Err(_) => return Attempt::Unknown,
        };
        let Ok(example) = Json::parse(&example.arguments) else { return Attempt::Unknown };
        let mut places = Vec::new();
        [&self.wanted, admitted].into_iter().for_each(|formula| formula.places(&mut places));
        places.retain(is_free);
        let places: BTreeSet<Vec<Step>> = places.into_iter().map(|place| place.steps).collect();
        let (original, example) = (Tree::of(self.call.arguments), Tree::of(example.root()));
        let mut merged = original.clone();
        for name in free {
            let steps = [Step::Key(name.clone())];
            let value = example.at(&steps).map(|value| value.merged_into(original.at(&steps), &steps, &places));
            let Some(next) = merged.with(&steps, value.as_ref()) else { return Attempt::Unknown };
            merged = next;
        }
        if !self.is_wanted(&merged) {
            return Attempt::Unknown;
        }
        Attempt::Found(Candidate { arguments: merged, places })
    }

    /// A candidate, brought as close to the call as possible.
    fn closest(&self, candidate: Candidate, admitted: &Formula, budget: &mut Budget) -> Tree {
        let original = Tree::of(self.call.arguments);
        let closest = Closest { search: self, admitted, original: &original, places: &candidate.places };
        closest.to(candidate.arguments, budget)
    }

    /// Whether the call with other arguments is wanted.
    pub(super) fn is_wanted(&self, arguments: &Tree) -> bool {
        let Ok(arguments) = Json::parse(&arguments.to_string()) else { return false };
        let admits =
            |schemas: &Vec<Schema<'_>>| schemas.iter().any(|schema| schema.admits(arguments.root()) == Some(true));
        self.schemas.iter().all(admits) && (self.confirm)(&Call { arguments: arguments.root(), ..*self.call })
    }
}

/// The argument that a place is in.
fn first(place: &Place) -> Option<&str> {
    match (place.root, place.steps.first()) {
        (Root::Args, Some(Step::Key(name))) => Some(name),
        _ => None,
    }
}

/// The arguments that formulas test.
fn names(formulas: &[&Formula]) -> BTreeSet<String> {
    let mut places = Vec::new();
    formulas.iter().for_each(|formula| formula.places(&mut places));
    places.iter().filter_map(first).map(str::to_owned).collect()
}

/// All choices of `size` numbers below `count`, in order.
fn combinations(count: usize, size: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut next = (size <= count).then(|| (0..size).collect::<Vec<usize>>());
    std::iter::from_fn(move || {
        let chosen = next.clone()?;
        // The last number that can grow does, and those behind it follow.
        let grows = (0..size).rev().find(|at| chosen.get(*at).is_some_and(|number| number + size < count + at));
        next = grows.map(|at| {
            let number = chosen.get(at).copied().unwrap_or_default();
            let behind = (1..=size - at).map(|further| number + further);
            chosen.iter().copied().take(at).chain(behind).collect()
        });
        Some(chosen)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_choices_come_in_order() {
        let found: Vec<Vec<usize>> = combinations(4, 2).collect();
        assert_eq!(found, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert_eq!(combinations(3, 3).count(), 1);
        assert_eq!(combinations(2, 3).count(), 0);
        assert_eq!(combinations(10, 4).count(), 210);
    }
}
