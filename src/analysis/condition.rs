//! Conditions of policies as formulas.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::decimal::Decimal;
use crate::predicate::{Atom, Comparison, Condition, Elements, Path, PathRoot, Scalar, ScalarValue, Test};
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::solver::strings::Language;

/// How numbers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberDomain {
    /// Exactly, as the language has it.
    Exact,
    /// As the nearest double, as gateways do. Each literal of a formula is replaced by the shortest
    /// decimal that denotes its double; the numbers of a call are thought of in the same way.
    Double,
}

impl NumberDomain {
    /// The text for tables.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Double => "nearest double",
        }
    }

    /// The number that stands for a literal.
    #[must_use]
    pub fn of(self, number: &Decimal) -> Decimal {
        match self {
            Self::Exact => number.clone(),
            // Doubles represent all whole numbers up to 2^53 exactly.
            Self::Double if number.to_u64().is_some_and(|whole| whole < 1 << 53) => number.clone(),
            // Rust prints the shortest digits that denote a double.
            Self::Double => Decimal::parse(&number.to_f64().to_string()).unwrap_or_else(|| number.clone()),
        }
    }
}

/// The formula of a condition: it holds for the calls for which the condition is true. The depth of
/// the recursion is bounded by the parser.
#[must_use]
pub fn formula(condition: &Condition, numbers: NumberDomain) -> Formula {
    match condition {
        Condition::And(parts) => Formula::And(parts.iter().map(|part| formula(part, numbers)).collect()),
        Condition::Or(parts) => Formula::Or(parts.iter().map(|part| formula(part, numbers)).collect()),
        Condition::Not(inner) => formula(inner, numbers).negated(),
        Condition::Atom(atom) => of_atom(atom, numbers),
    }
}

/// The formula of one atom.
#[must_use]
pub fn of_atom(atom: &Atom, numbers: NumberDomain) -> Formula {
    of_test(&place(&atom.path), &atom.test, numbers)
}

/// The place that a path leads to.
#[must_use]
pub fn place(path: &Path) -> Place {
    let root = match path.root {
        PathRoot::Args => Root::Args,
        PathRoot::Caller => Root::Caller,
    };
    Place { root, steps: path.steps.clone() }
}

fn of_test(place: &Place, test: &Test, numbers: NumberDomain) -> Formula {
    let is = |kinds| Formula::Is(place.clone(), kinds);
    let check = |check| Formula::Test(place.clone(), check);
    let quantified = |elements: &Elements| {
        let inside = Place { root: Root::Element, steps: elements.steps.clone() };
        Arc::new(of_test(&inside, &elements.test, numbers))
    };
    match test {
        Test::Has => is(Kinds::VALUES.without(Kinds::NULL)),
        Test::Compare(comparison, scalar) => compare(place, *comparison, scalar, numbers),
        Test::In(list) => Listed::of(list, numbers).one(place),
        Test::NotIn(list) => Listed::of(list, numbers).none_of_their_kinds(place),
        Test::Contains(scalar) => {
            let equal = compare(&Place::root(Root::Element), Comparison::Equal, scalar, numbers);
            let in_array = Formula::Some(place.clone(), Arc::new(equal));
            match &scalar.value {
                ScalarValue::Str(text) if text.is_empty() => Formula::Or(vec![in_array, is(Kinds::STRING)]),
                ScalarValue::Str(text) => {
                    Formula::Or(vec![in_array, check(Check::Language(Language::containing(text)))])
                }
                _ => in_array,
            }
        }
        Test::Like(patterns) => {
            let texts: BTreeSet<Arc<str>> = patterns.iter().filter_map(|like| like.literal().map(Arc::from)).collect();
            let languages = patterns.iter().filter(|like| like.literal().is_none()).map(Language::like);
            let mut parts: Vec<Formula> = languages.map(|language| check(Check::Language(language))).collect();
            parts.extend((!texts.is_empty()).then(|| check(Check::Texts(texts))));
            any(parts)
        }
        Test::Matches(patterns) => {
            any(patterns.iter().map(|regex| check(Check::Language(Language::regex(regex)))).collect())
        }
        Test::Every(elements) => Formula::Every(place.clone(), quantified(elements)),
        Test::Some(elements) => Formula::Some(place.clone(), quantified(elements)),
        Test::Length(length) => Formula::Or(vec![
            check(Check::ArrayLength(length.comparison, length.number.clone())),
            check(Check::TextLength(length.comparison, length.number.clone())),
        ]),
    }
}

/// The disjunction of these; a single one is returned as it is.
fn any(mut parts: Vec<Formula>) -> Formula {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            Formula::Or(parts)
        }
    }
}

fn compare(place: &Place, comparison: Comparison, scalar: &Scalar, numbers: NumberDomain) -> Formula {
    let equal = comparison == Comparison::Equal;
    let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let texts = |text: &Arc<str>| Formula::Test(place.clone(), Check::Texts(BTreeSet::from([text.clone()])));
    match &scalar.value {
        ScalarValue::Number(number) => Formula::Test(place.clone(), Check::Number(comparison, numbers.of(number))),
        _ if ordered => Formula::FALSE,
        ScalarValue::Null if equal => Formula::Is(place.clone(), Kinds::NULL),
        // There is no other value of this kind.
        ScalarValue::Null => Formula::FALSE,
        ScalarValue::Bool(value) => Formula::Test(place.clone(), Check::Bool(*value == equal)),
        ScalarValue::Str(text) if equal => texts(text),
        ScalarValue::Str(text) => Formula::And(vec![Formula::Is(place.clone(), Kinds::STRING), texts(text).negated()]),
    }
}

/// The literals of a list by kind.
#[derive(Default)]
struct Listed {
    null: bool,
    bools: BTreeSet<bool>,
    numbers: BTreeSet<Decimal>,
    texts: BTreeSet<Arc<str>>,
}

impl Listed {
    fn of(list: &[Scalar], numbers: NumberDomain) -> Self {
        let mut listed = Self::default();
        for scalar in list {
            match &scalar.value {
                ScalarValue::Null => listed.null = true,
                ScalarValue::Bool(value) => {
                    listed.bools.insert(*value);
                }
                ScalarValue::Number(number) => {
                    listed.numbers.insert(numbers.of(number));
                }
                ScalarValue::Str(text) => {
                    listed.texts.insert(text.clone());
                }
            }
        }
        listed
    }

    /// That the value equals one of the literals.
    fn one(self, place: &Place) -> Formula {
        let check = |check| Formula::Test(place.clone(), check);
        let mut parts = Vec::new();
        parts.extend(self.null.then(|| Formula::Is(place.clone(), Kinds::NULL)));
        parts.extend(self.bools.into_iter().map(|value| check(Check::Bool(value))));
        parts.extend((!self.numbers.is_empty()).then(|| check(Check::Numbers(self.numbers))));
        parts.extend((!self.texts.is_empty()).then(|| check(Check::Texts(self.texts))));
        Formula::Or(parts)
    }

    /// That the value has the kind of some literal and equals none of them.
    fn none_of_their_kinds(self, place: &Place) -> Formula {
        let kinds = [
            (self.null, Kinds::NULL),
            (!self.bools.is_empty(), Kinds::BOOL),
            (!self.numbers.is_empty(), Kinds::NUMBER),
            (!self.texts.is_empty(), Kinds::STRING),
        ];
        let kinds = kinds.into_iter().filter(|(listed, _)| *listed).fold(Kinds::NONE, |all, (_, kind)| all.union(kind));
        Formula::And(vec![Formula::Is(place.clone(), kinds), self.one(place).negated()])
    }
}
