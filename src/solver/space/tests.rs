//! Spaces built by hand, and numbers compared with trying many of them.

use proptest::prelude::*;
use proptest::sample::select;

use super::numbers::is_multiple;
use super::*;
use crate::decimal::Decimal;
use crate::predicate::Comparison;
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula};

fn place(key: &str) -> Place {
    Place { root: Root::Args, steps: vec![Step::Key(key.to_owned())] }
}

#[test]
fn gives_small_examples() {
    let has = Formula::Is(place("n"), Kinds::VALUES.without(Kinds::NULL));
    let mut space = Space::new([&has]);
    let demand = space.holds(&has);
    let example = space.example(&[demand], &mut Budget::new(10_000)).unwrap().unwrap();
    assert_eq!(example.arguments, r#"{"n": ""}"#);
}

#[test]
fn a_core_names_the_claims_that_contradict_each_other() {
    let number =
        |comparison, at: &str| Formula::Test(place("n"), Check::Number(comparison, Decimal::parse(at).unwrap()));
    let formulas = [
        Formula::Is(place("other"), Kinds::STRING),
        number(Comparison::Less, "1"),
        Formula::Is(place("n"), Kinds::NUMBER),
        number(Comparison::Greater, "2"),
    ];
    let mut space = Space::new(&formulas);
    let demands: Vec<Truth> = formulas.iter().map(|formula| space.holds(formula)).collect();
    assert_eq!(space.feasible(&demands, &mut Budget::new(10_000)), Ok(Feasible::No(vec![1, 3])));
    assert_eq!(space.feasible(&demands[..3], &mut Budget::new(10_000)), Ok(Feasible::Yes));
}

#[test]
fn what_the_space_was_not_made_for_is_not_answered() {
    let (known, unknown) = (Formula::Is(place("a"), Kinds::NULL), Formula::Is(place("b"), Kinds::NULL));
    let mut space = Space::new([&known]);
    let demands = [space.holds(&known), space.holds(&unknown)];
    assert_eq!(space.feasible(&demands, &mut Budget::new(10_000)), Err(Exhausted));
}

fn passes(check: &Check, number: &Decimal) -> bool {
    match check {
        Check::Number(Comparison::Less, at) => number < at,
        Check::Number(Comparison::GreaterEqual, at) => number >= at,
        Check::Number(Comparison::Equal, at) => number == at,
        Check::Multiple(step) => is_multiple(number, step),
        _ => unreachable!("not generated"),
    }
}

proptest! {
    #[test]
    fn numbers_and_multiples(
        checks in proptest::collection::vec(
            (
                select(&["<", ">=", "==", "*"][..]),
                select(&["0", "1", "-1", "2.5", "3", "0.5", "1.25", "-4", "6"][..]),
                any::<bool>(),
            ),
            1..6,
        ),
    ) {
        let number = |text: &str| Decimal::parse(text).unwrap();
        let checks: Vec<(Check, bool)> = checks
            .iter()
            .map(|(kind, at, holds)| {
                let at = number(at);
                let check = match *kind {
                    "<" => Check::Number(Comparison::Less, at),
                    ">=" => Check::Number(Comparison::GreaterEqual, at),
                    "==" => Check::Number(Comparison::Equal, at),
                    // Steps are above zero.
                    _ if at.is_zero() => Check::Multiple(Decimal::ONE),
                    _ if at.is_negative() => Check::Multiple(at.negated()),
                    _ => Check::Multiple(at),
                };
                (check, *holds)
            })
            .collect();
        let formulas: Vec<Formula> = checks.iter().map(|(check, _)| Formula::Test(place("n"), check.clone())).collect();
        let is_number = Formula::Is(place("n"), Kinds::NUMBER);
        let mut space = Space::new(formulas.iter().chain([&is_number]));
        let mut demands = vec![space.holds(&is_number)];
        for (formula, (_, holds)) in formulas.iter().zip(&checks) {
            let truth = space.holds(formula);
            demands.push(if *holds { truth } else { !truth });
        }
        let wanted = |number: &Decimal| checks.iter().all(|(check, holds)| passes(check, number) == *holds);
        let tried = (-400..400).map(|eighths| number(&format!("{}", f64::from(eighths) / 8.0))).find(wanted);
        match space.example(&demands, &mut Budget::new(100_000)).unwrap() {
            Some(example) => {
                let json = crate::json::Json::parse(&example.arguments).unwrap();
                let found = json.root().get("n").unwrap().as_number().unwrap();
                prop_assert!(wanted(&found), "{} for {:?}", found, checks);
            }
            None => prop_assert_eq!(tried, None, "{:?}", checks),
        }
    }
}
