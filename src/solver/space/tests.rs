//! Spaces by hand.

use super::*;
use crate::solver::formula::Formula;

#[test]
fn gives_small_examples() {
    let place = |key: &str| Place { root: Root::Args, steps: vec![Step::Key(key.to_owned())] };
    let has = Formula::Is(place("n"), Kinds::VALUES.without(Kinds::NULL));
    let mut space = Space::new([&has]);
    let claim = space.holds(&has);
    let example = space.example(&[claim], &mut Budget::new(10_000)).unwrap().unwrap();
    assert_eq!(example.arguments, r#"{"n": ""}"#);
}
