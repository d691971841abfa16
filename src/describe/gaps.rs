//! What becomes of a call whose value is missing or of another type, where the words of a condition leave it open.
//!
//! "A call is denied when the argument `n` is a number above 100" is easily read as if a call without `n` were
//! looked at, too. It is not: the atom is false. So it is said. Negated atoms need no such sentence, because their
//! words name the missing value.

use crate::json::Kind;
use crate::predicate::{Atom, Condition, Path, Test};

use super::condition::{Normal, kinds, names, normal, subject};
use super::words::none_of;

/// What is said of calls for which a condition is false because a value is missing or of another type: `ending`
/// comes after "A call in which ...". `None` where nothing needs to be said.
pub(super) fn sentence(condition: &Condition, ending: &str) -> Option<String> {
    let normal = normal(condition, true);
    let mut atoms = Vec::new();
    collect(&normal, &mut atoms);
    let mut paths: Vec<&Path> = Vec::new();
    for (atom, holds) in &atoms {
        if *holds && is_easily_misread(&atom.test) && !paths.contains(&&atom.path) {
            paths.push(&atom.path);
        }
    }
    let decisive: Vec<String> = paths
        .iter()
        .filter(|path| value(&normal, &|atom| (atom.path == ***path).then_some(false)) == Some(false))
        .filter_map(|path| without(path, &atoms))
        .collect();
    if !decisive.is_empty() {
        let comma = if decisive.len() > 1 { "," } else { "" };
        return Some(format!("A call in which {}{comma} {ending}.", decisive.join(", or ")));
    }
    let together = !paths.is_empty() && value(&normal, &|_| Some(false)) == Some(false);
    together.then(|| format!("A call that has none of these values {ending}."))
}

fn collect<'a>(part: &Normal<'a>, atoms: &mut Vec<(&'a Atom, bool)>) {
    match part {
        Normal::All(parts) | Normal::Any(parts) => parts.iter().for_each(|part| collect(part, atoms)),
        Normal::Atom(atom, holds) => atoms.push((atom, *holds)),
    }
}

/// Whether readers tend to forget what is neither above nor below: nothing at all.
fn is_easily_misread(test: &Test) -> bool {
    match test {
        Test::Compare(comparison, _) => {
            comparison.is_ordering() || *comparison == crate::predicate::Comparison::NotEqual
        }
        Test::NotIn(_) | Test::Every(_) | Test::Length(_) => true,
        Test::Has | Test::In(_) | Test::Contains(_) | Test::Like(_) | Test::Matches(_) | Test::Some(_) => false,
    }
}

/// The value of a condition when some of its atoms are known.
fn value(part: &Normal<'_>, known: &dyn Fn(&Atom) -> Option<bool>) -> Option<bool> {
    let all = |parts: &[Normal<'_>], neutral: bool| {
        let values: Vec<Option<bool>> = parts.iter().map(|part| value(part, known)).collect();
        if values.contains(&Some(!neutral)) {
            Some(!neutral)
        } else {
            values.iter().all(Option::is_some).then_some(neutral)
        }
    };
    match part {
        Normal::All(parts) => all(parts, true),
        Normal::Any(parts) => all(parts, false),
        Normal::Atom(atom, holds) => known(atom).map(|value| value == *holds),
    }
}

/// The values for which every atom on a path is false, whatever it compares with.
fn without(path: &Path, atoms: &[(&Atom, bool)]) -> Option<String> {
    let tests = || atoms.iter().filter(|(atom, _)| atom.path == *path).map(|(atom, _)| &atom.test);
    let mut found: Vec<Kind> = tests().flat_map(kinds).collect();
    found.sort_unstable();
    found.dedup();
    let subject = subject(path);
    if tests().any(|test| matches!(test, Test::Has)) {
        let null = if found.contains(&Kind::Null) { "" } else { " or null" };
        return Some(format!("{subject} is missing{null}"));
    }
    (!found.is_empty()).then(|| format!("{subject} is missing or {}", none_of(&names(&found))))
}
