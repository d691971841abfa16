//! What expressions mean for calls, in conditions of the language.
//!
//! An expression of Cedar is true, false or errs, and what it sees of a call is not all of it. So
//! the meaning has two sides: a condition that holds for all calls for which the expression is
//! true, and one for whose calls it is true or errs. `!` turns them round. Where an expression says
//! no more of a call, the sides are everything and nothing.

use std::collections::BTreeMap;

use super::gateway::Gateway;
use super::leaves::{
    all_of, atom, is_call_of_smallest, nearly, other_of_type, scalar, scalars, tag, ten_thousandths, texts,
};
use super::literals::decimal_text;
use super::places::Root;
use crate::decimal::Decimal;
use crate::emit::expression::{Kind, Tree};
use crate::pattern::Like;
use crate::predicate::{Comparison, Condition, Elements, Path, PathRoot, Scalar, ScalarValue, Step, Test};
use crate::source::Span;

/// From here on numbers may become the smallest decimal in ToolHive.
const OVERFLOW: &str = "922337203685477.6";

/// The two sides of what an expression means.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    /// Holds wherever the expression is true.
    pub(super) may: Condition,
    /// Where it holds, the expression is true or errs.
    pub(super) must: Condition,
}

/// What is said of values at a path: how many tests, and how many of them are about values that may
/// be missing there.
#[derive(Debug, Clone, Copy, Default)]
struct Tested {
    all: usize,
    lost: usize,
}

/// Reads the meaning of expressions.
pub(super) struct Meanings {
    gateway: Gateway,
    /// What has been asked to be there, with how often.
    known: BTreeMap<Path, usize>,
    tested: BTreeMap<Path, Tested>,
}

/// The place of what is not of the form that is written here.
pub(super) type Read<T> = Result<T, Span>;

pub(super) const NOTHING: Condition = Condition::Or(Vec::new());
pub(super) const EVERYTHING: Condition = Condition::And(Vec::new());

impl Meanings {
    pub(super) const fn new(gateway: Gateway) -> Self {
        Self { gateway, known: BTreeMap::new(), tested: BTreeMap::new() }
    }

    /// The meaning of parts all of which must be true.
    ///
    /// # Errors
    /// The place of the first part that is not of the form that is written here.
    pub(super) fn all(&mut self, parts: &[Tree]) -> Read<Meaning> {
        let mut guards: Vec<(usize, Path, Tested)> = Vec::new();
        let mut meanings = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if let Some(path) = self.guard(part) {
                *self.known.entry(path.clone()).or_default() += 1;
                let before = self.tested.get(&path).copied().unwrap_or_default();
                guards.push((index, path, before));
                meanings.push(Meaning { may: EVERYTHING, must: EVERYTHING });
            } else {
                meanings.push(self.one(part)?);
            }
        }
        for (index, path, before) in guards {
            let after = self.tested.get(&path).copied().unwrap_or_default();
            let meaning = self.of_guard(&path, before, after);
            if let Some(place) = meanings.get_mut(index) {
                *place = meaning;
            }
            if let Some(count) = self.known.get_mut(&path) {
                *count -= 1;
            }
        }
        let (may, must) = meanings.into_iter().map(|Meaning { may, must }| (may, must)).unzip();
        Ok(Meaning { may: all_of(may), must: all_of(must) })
    }

    /// What it means that something is there, by what else is asked of it.
    fn of_guard(&self, path: &Path, before: Tested, after: Tested) -> Meaning {
        let has = || if path.steps.is_empty() { EVERYTHING } else { atom(path, Test::Has) };
        let (all, lost) = (after.all - before.all, after.lost - before.lost);
        let may = has();
        let must = match self.gateway {
            // What is there is to be seen.
            Gateway::AgentCore => has(),
            // Strings and Booleans are.
            _ if all > 0 && lost == 0 => {
                let bools = [true, false].map(|value| Scalar { value: ScalarValue::Bool(value), text: String::new() });
                Condition::Or(vec![texts(path), atom(path, Test::In(bools.into()))])
            }
            _ => NOTHING,
        };
        Meaning { may, must }
    }

    /// The path of which an expression asks whether it is there; without steps for the arguments.
    fn guard(&self, tree: &Tree) -> Option<Path> {
        match &tree.kind {
            Kind::Has(value, key) => {
                let mut value = value.keys()?;
                value.push(key);
                if self.gateway == Gateway::Docker && value == ["context", "args"] {
                    return Some(Path { root: PathRoot::Args, steps: Vec::new() });
                }
                self.path_of(&value)
            }
            Kind::Call(callee, arguments) if self.gateway == Gateway::AgentCore => tag("hasTag", callee, arguments),
            _ => None,
        }
    }

    /// The path of a value.
    fn path(&self, tree: &Tree) -> Option<Path> {
        if let Kind::Call(callee, arguments) = &tree.kind {
            return tag("getTag", callee, arguments).filter(|_| self.gateway == Gateway::AgentCore);
        }
        self.path_of(&tree.keys()?)
    }

    fn path_of(&self, keys: &[&str]) -> Option<Path> {
        let steps = |keys: &[&str]| keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
        match (self.gateway, keys) {
            (Gateway::AgentCore, ["context", "input", rest @ ..])
            | (Gateway::Docker, ["context", "args", rest @ ..])
                if !rest.is_empty() =>
            {
                Some(Path { root: PathRoot::Args, steps: steps(rest) })
            }
            (Gateway::ToolHive, ["context", key]) => {
                let (_, argument) = self.gateway.root(Root::Arguments);
                let (_, claim) = self.gateway.root(Root::Claims);
                // Such a name may say of another argument that it is there.
                let own = key.strip_prefix(argument).filter(|name| !name.ends_with("_present"));
                let own = own.map(|name| (PathRoot::Args, name));
                let (root, name) = own.or_else(|| Some((PathRoot::Caller, key.strip_prefix(claim)?)))?;
                Some(Path { root, steps: steps(&[name]) })
            }
            _ => None,
        }
    }

    /// The path of a value that is tested, all of which has been asked to be there.
    fn value(&mut self, tree: &Tree, is_lost: bool) -> Read<Path> {
        let path = self.path(tree).ok_or(tree.span)?;
        let is_root_asked = self.gateway == Gateway::Docker && path.root == PathRoot::Args;
        for length in usize::from(!is_root_asked)..=path.steps.len() {
            let steps = path.steps.get(..length).unwrap_or_default().to_vec();
            let part = Path { root: path.root, steps };
            if self.known.get(&part).copied().unwrap_or_default() == 0 {
                return Err(tree.span);
            }
            let tested = self.tested.entry(part).or_default();
            if length == path.steps.len() {
                tested.all += 1;
                tested.lost += usize::from(is_lost);
            }
        }
        Ok(path)
    }

    fn one(&mut self, tree: &Tree) -> Read<Meaning> {
        match &tree.kind {
            Kind::And(parts) => self.all(parts),
            Kind::Or(parts) => {
                let meanings = parts.iter().map(|part| self.nested(part)).collect::<Read<Vec<Meaning>>>()?;
                let (may, must) = meanings.into_iter().map(|Meaning { may, must }| (may, must)).unzip();
                Ok(Meaning { may: Condition::Or(may), must: Condition::Or(must) })
            }
            Kind::Not(inner) => {
                let Meaning { may, must } = self.nested(inner)?;
                Ok(Meaning { may: must.negated(), must: may.negated() })
            }
            Kind::Compare(comparison, left, right) => self.compared(*comparison, left, right),
            Kind::Like(value, pattern) => {
                let path = self.value(value, false)?;
                let pattern = Like::new(pattern).map_err(|_| tree.span)?;
                Ok(self.exactly(&path, Test::Like(vec![pattern])))
            }
            Kind::Call(callee, arguments) => self.called(tree, callee, arguments),
            _ => Err(tree.span),
        }
    }

    /// An expression that may be a guard alone.
    fn nested(&mut self, tree: &Tree) -> Read<Meaning> {
        match &tree.kind {
            Kind::And(parts) => self.all(parts),
            _ => self.all(std::slice::from_ref(tree)),
        }
    }

    /// What is true exactly where a test holds, of values that are there.
    fn exactly(&self, path: &Path, test: Test) -> Meaning {
        let must = self.must(path, &test);
        Meaning { may: atom(path, test), must }
    }

    /// Where a test is true or errs, of values that are there. Requests with a value of another
    /// type are refused by AgentCore; elsewhere they are unequal, and everything else errs.
    fn must(&self, path: &Path, test: &Test) -> Condition {
        match (self.gateway, test) {
            (Gateway::Docker | Gateway::ToolHive, Test::Compare(Comparison::Equal, _) | Test::In(_)) => {
                atom(path, test.clone())
            }
            _ => other_of_type(path, test).negated(),
        }
    }

    /// Whether values that are equal to a literal may be missing, or of another type.
    fn loses(&self, scalar: &Scalar) -> bool {
        self.gateway != Gateway::AgentCore && matches!(scalar.value, ScalarValue::Number(_))
    }

    fn compared(&mut self, comparison: Comparison, left: &Tree, right: &Tree) -> Read<Meaning> {
        if let Some(number) = ten_thousandths(right) {
            let number = number.filter(|_| self.gateway == Gateway::AgentCore).ok_or(right.span)?;
            let path = self.value(left, false)?;
            return if comparison == Comparison::Equal { Ok(nearly(&path, &[number])) } else { Err(right.span) };
        }
        let scalar = scalar(right)?;
        let is_number = matches!(scalar.value, ScalarValue::Number(_));
        let is_lost = self.loses(&scalar);
        // Numbers are decimals there.
        if is_number && self.gateway == Gateway::ToolHive || comparison.is_ordering() && !is_number {
            return Err(right.span);
        }
        let path = self.value(left, is_lost)?;
        match comparison {
            // What is of another type is not equal, so of a number nothing is known where it may be
            // of another.
            Comparison::NotEqual if is_lost => Err(right.span),
            Comparison::NotEqual if self.gateway == Gateway::AgentCore => {
                Ok(self.exactly(&path, Test::Compare(comparison, scalar)))
            }
            Comparison::NotEqual => {
                let unequal = atom(&path, Test::Compare(Comparison::Equal, scalar)).negated();
                Ok(Meaning { may: unequal.clone(), must: unequal })
            }
            Comparison::Equal if is_lost => {
                Ok(Meaning { may: atom(&path, Test::Compare(comparison, scalar)), must: NOTHING })
            }
            _ => Ok(self.exactly(&path, Test::Compare(comparison, scalar))),
        }
    }

    fn called(&mut self, tree: &Tree, callee: &Tree, arguments: &[Tree]) -> Read<Meaning> {
        let Kind::Member(value, method) = &callee.kind else { return Err(tree.span) };
        let [argument] = arguments else { return Err(tree.span) };
        let is_docker_or_claim = self.gateway != Gateway::AgentCore;
        match (method.as_str(), &value.kind) {
            ("lessThan" | "lessThanOrEqual" | "greaterThan" | "greaterThanOrEqual", _) => {
                self.decimal(value, method, argument)
            }
            ("contains" | "containsAll", Kind::List(list)) if list.is_empty() => Err(value.span),
            ("contains", Kind::List(list)) => {
                if let Some(numbers) = list.iter().map(ten_thousandths).collect::<Option<Vec<_>>>() {
                    let numbers = numbers.into_iter().collect::<Option<Vec<i64>>>();
                    let numbers = numbers.filter(|_| self.gateway == Gateway::AgentCore).ok_or(value.span)?;
                    let path = self.value(argument, false)?;
                    return Ok(nearly(&path, &numbers));
                }
                let list = scalars(list, value.span)?;
                let is_lost = list.iter().any(|scalar| self.loses(scalar));
                if is_lost && self.gateway == Gateway::ToolHive {
                    return Err(value.span);
                }
                let path = self.value(argument, is_lost)?;
                let must = if is_lost { NOTHING } else { self.must(&path, &Test::In(list.clone())) };
                Ok(Meaning { may: atom(&path, Test::In(list)), must })
            }
            ("containsAll", Kind::List(list)) if self.gateway == Gateway::AgentCore => {
                let list = scalars(list, value.span)?;
                let path = self.value(argument, false)?;
                Ok(self.exactly(&path, Test::Every(Box::new(Elements::themselves(Test::In(list))))))
            }
            ("contains" | "containsAny", _) => {
                let list = match (&argument.kind, method.as_str()) {
                    (Kind::List(list), "containsAny") => scalars(list, argument.span)?,
                    (_, "contains") => vec![scalar(argument)?],
                    _ => return Err(argument.span),
                };
                let is_number = list.iter().any(|scalar| self.loses(scalar));
                let path = self.value(value, is_docker_or_claim)?;
                if self.gateway == Gateway::ToolHive && (path.root == PathRoot::Args || is_number) {
                    return Err(tree.span);
                }
                let test = Test::Some(Box::new(Elements::themselves(Test::In(list))));
                let must = if is_number { NOTHING } else { self.must(&path, &test) };
                Ok(Meaning { may: atom(&path, test), must })
            }
            _ => Err(tree.span),
        }
    }

    /// An ordering of decimals. The decimal of a number differs from it by less than its last
    /// place, and is the same for numbers of four places.
    fn decimal(&mut self, value: &Tree, method: &str, argument: &Tree) -> Read<Meaning> {
        let is_less = method.starts_with("less");
        let is_smallest = is_call_of_smallest(argument);
        if self.gateway == Gateway::Docker {
            return Err(value.span);
        }
        let path = self.value(value, self.gateway == Gateway::ToolHive)?;
        let compare = |comparison, number: &str| {
            let number = Decimal::parse(number).ok_or(argument.span)?;
            let scalar = Scalar { value: ScalarValue::Number(number), text: String::new() };
            Ok(atom(&path, Test::Compare(comparison, scalar)))
        };
        if is_smallest {
            let is_guard = self.gateway == Gateway::ToolHive && method == "greaterThan";
            let may = if is_guard { compare(Comparison::Less, OVERFLOW)? } else { return Err(argument.span) };
            return Ok(Meaning { may, must: NOTHING });
        }
        let number = ten_thousandths(argument).flatten().ok_or(argument.span)?;
        if self.gateway == Gateway::ToolHive && (-9_999..0).contains(&number) {
            return Err(argument.span);
        }
        let (strict, sign) = if is_less { (Comparison::Less, 1) } else { (Comparison::Greater, -1) };
        let is_strict = !method.ends_with("OrEqual");
        let at = |places: i64| decimal_text(number.saturating_add(places));
        let mut may = compare(strict, &at(if is_strict { 0 } else { sign }))?;
        // Of other numbers it is not.
        let mut must = match (is_less, is_strict) {
            (true, true) => compare(Comparison::Greater, &at(-1))?,
            (false, true) => compare(Comparison::Less, &at(1))?,
            (true, false) => compare(Comparison::Greater, &at(0))?,
            (false, false) => compare(Comparison::Less, &at(0))?,
        }
        .negated();
        if self.gateway == Gateway::ToolHive {
            must = NOTHING;
            if is_less {
                may = Condition::Or(vec![may, compare(Comparison::GreaterEqual, OVERFLOW)?]);
            }
        }
        Ok(Meaning { may, must })
    }
}
