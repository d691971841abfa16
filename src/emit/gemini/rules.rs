//! A decision list as rules that each ask for something that can be matched.
//!
//! A pattern cannot say what is not the case. So a rule for calls to which some test does not apply
//! is written behind rules for those to which it applies: first the rest of the list for calls with
//! the test, then the rule for all that are left.

use std::collections::BTreeSet;

use super::members::{Key, Members, Tree, has_expression, pattern, tree, two_tests};
use super::set::Set;
use crate::emit::decision_list::{Entry, Outcome};
use crate::emit::origins::Traced;
use crate::emit::refusal::Refusal;

/// Clauses that the conditions of a tool may come to, and steps that their rules may take.
const MOST_CLAUSES: usize = 128;
const MOST_STEPS: usize = 1_000;

/// A rule of the document.
pub(super) struct Rule {
    /// What it asks of the arguments; `None` for all calls.
    pub(super) pattern: Option<String>,
    /// What becomes of the calls.
    pub(super) outcome: Outcome,
    /// What the caller reads.
    pub(super) reason: String,
}

/// The rules of a tool.
#[derive(Default)]
pub(super) struct Rules {
    /// The rules, the last one for all calls.
    pub(super) rules: Vec<Traced<Rule>>,
    /// Statements that they hold more strictly.
    pub(super) stricter: BTreeSet<usize>,
}

/// Why a list has no rules, and the statements that stand in the way.
pub(super) struct Blocked {
    pub(super) refusal: Refusal,
    pub(super) from: Vec<usize>,
}

/// A conjunction of tests of arguments, and tests that do not apply.
#[derive(Clone, Default)]
struct Clause {
    has: Members,
    lacks: Vec<(Key, Set)>,
}

/// A clause of an entry.
struct Step<'l> {
    clause: Clause,
    entry: &'l Traced<Entry>,
}

/// A test that holds where a rule is reached.
#[derive(Clone)]
struct Given {
    key: Key,
    values: Set,
    /// Whether all calls to which it does not apply are denied. A denial need not ask for it then.
    else_denied: bool,
}

/// Makes the rules of a list that ends with an entry for all calls.
pub(super) fn rules(list: &[Traced<Entry>]) -> Result<Rules, Blocked> {
    let mut out = Rules::default();
    let mut steps = Vec::new();
    for entry in list {
        let block = |refusal| Blocked { refusal, from: entry.from.clone() };
        let clauses = match &entry.part.when {
            None => vec![Clause::default()],
            Some(when) => {
                // Entries with conditions deny or ask, so what they have too much is stricter.
                let mut approximated = false;
                let tree = tree(when, true, &mut approximated).map_err(block)?;
                if approximated && matches!(entry.part.outcome, Outcome::Ask { .. }) {
                    return Err(block(Refusal::new(
                        "a pattern cannot tell arrays apart, so a person would be asked about more calls",
                        "ask with `like` or `matches`, which are about strings only, in place of `contains` or `length`",
                    )));
                }
                if approximated {
                    out.stricter.extend(entry.from.iter().copied());
                }
                clauses(&tree, true).map_err(block)?
            }
        };
        for clause in clauses {
            steps.extend(simplified(clause).map_err(block)?.map(|clause| Step { clause, entry }));
        }
        if steps.len() > MOST_CLAUSES {
            return Err(block(too_many()));
        }
    }
    let mut writer = Writer { steps: &steps, out, seen: BTreeSet::new(), left: MOST_STEPS };
    writer.from(0, &mut Vec::new())?;
    Ok(writer.out)
}

fn too_many() -> Refusal {
    Refusal::new(
        "the conditions of a tool come to too many rules",
        "use `in` in place of `or`, or say in fewer statements what becomes of the tool",
    )
}

struct Writer<'l> {
    steps: &'l [Step<'l>],
    out: Rules,
    /// The patterns of rules that are written: a second rule with one is never reached.
    seen: BTreeSet<Option<String>>,
    left: usize,
}

impl Writer<'_> {
    /// Writes the rules from a step on, for calls to which the given tests apply. Says whether no
    /// call is left for later ones.
    fn from(&mut self, at: usize, given: &mut Vec<Given>) -> Result<bool, Blocked> {
        let Some(Step { clause, entry }) = self.steps.get(at) else { return Ok(false) };
        self.left =
            self.left.checked_sub(1).ok_or_else(|| Blocked { refusal: too_many(), from: entry.from.clone() })?;
        let denies = matches!(entry.part.outcome, Outcome::Deny | Outcome::Hide);
        let is_last = |index: usize| index + 1 == clause.lacks.len();
        for (index, (key, values)) in clause.lacks.iter().enumerate() {
            let else_denied = denies && clause.has.is_empty() && is_last(index);
            given.push(Given { key: key.clone(), values: values.clone(), else_denied });
            let is_over = self.from(at + 1, given)?;
            given.pop();
            if is_over {
                return Ok(true);
            }
        }
        if self.rule(clause, entry, denies, given)? {
            return Ok(given.is_empty() || self.is_closed());
        }
        self.from(at + 1, given)
    }

    /// Whether a rule for all calls is written.
    fn is_closed(&self) -> bool {
        self.seen.contains(&None)
    }

    /// Writes a rule. Says whether no call of those that are given is left for later ones.
    fn rule(&mut self, clause: &Clause, entry: &Traced<Entry>, denies: bool, given: &[Given]) -> Result<bool, Blocked> {
        let block = |refusal| Blocked { refusal, from: entry.from.clone() };
        let mut members = clause.has.clone();
        for Given { key, values, .. } in given.iter().filter(|given| !(denies && given.else_denied)) {
            if !narrow(&mut members, key, values).map_err(block)? {
                return Ok(clause.has.is_empty());
            }
        }
        let pattern = pattern(&members).map_err(block)?;
        if !self.is_closed() && self.seen.insert(pattern.clone()) {
            let Entry { outcome, reason, .. } = &entry.part;
            let rule = Rule { pattern, outcome: outcome.clone(), reason: reason.clone() };
            self.out.rules.push(Traced::new(rule, entry.from.clone()));
        }
        Ok(clause.has.is_empty())
    }
}

/// Adds a test to those of some arguments. Says whether a call is left.
fn narrow(members: &mut Members, key: &Key, values: &Set) -> Result<bool, Refusal> {
    let both = match members.get(key) {
        None => values.clone(),
        Some(known) => known.intersection(values).filter(has_expression).ok_or_else(|| two_tests(key))?,
    };
    let is_left = !both.is_none();
    members.insert(key.clone(), both);
    Ok(is_left)
}

/// The clause with as few tests that do not apply as possible; `None` if it has no call.
fn simplified(clause: Clause) -> Result<Option<Clause>, Refusal> {
    let Clause { mut has, lacks } = clause;
    let mut left = Vec::new();
    for (key, values) in lacks {
        match has.get(&key) {
            Some(known) => {
                let without = known.without(&values);
                if let Some(without) = without.filter(|without| without.is_none() || has_expression(without)) {
                    if without.is_none() {
                        return Ok(None);
                    }
                    has.insert(key, without);
                } else {
                    left.push((key, values));
                }
            }
            None if values.is_none() => {}
            None => left.push((key, values)),
        }
    }
    // Tests of one argument of which it must be in none are one test.
    let mut lacks: Vec<(Key, Set)> = Vec::new();
    for (key, values) in left {
        let same = lacks.iter_mut().find(|(known, _)| *known == key);
        match same.map(|(_, known)| known.union(&values).filter(has_expression).map(|both| *known = both)) {
            Some(Some(())) => {}
            _ => lacks.push((key, values)),
        }
    }
    Ok(Some(Clause { has, lacks }))
}

/// A condition, or its opposite when not `positive`, as clauses of which one must hold.
fn clauses(tree: &Tree, positive: bool) -> Result<Vec<Clause>, Refusal> {
    let (parts, is_and) = match tree {
        Tree::Member(key, values) => {
            let mut clause = Clause::default();
            if positive {
                if values.is_none() {
                    return Ok(Vec::new());
                }
                clause.has.insert(key.clone(), values.clone());
            } else {
                clause.lacks.push((key.clone(), values.clone()));
            }
            return Ok(vec![clause]);
        }
        Tree::Not(inner) => return clauses(inner, !positive),
        Tree::And(parts) => (parts, positive),
        Tree::Or(parts) => (parts, !positive),
    };
    if !is_and {
        let mut all: Vec<Clause> = Vec::new();
        for part in parts {
            for clause in clauses(part, positive)? {
                add(&mut all, clause);
            }
        }
        return Ok(all);
    }
    let mut product = vec![Clause::default()];
    for part in parts {
        let lists = clauses(part, positive)?;
        if product.len().saturating_mul(lists.len()) > MOST_CLAUSES {
            return Err(too_many());
        }
        let mut next = Vec::new();
        for left in &product {
            for right in &lists {
                if let Some(both) = joined(left, right)? {
                    add(&mut next, both);
                }
            }
        }
        product = next;
    }
    Ok(product)
}

/// Adds a clause; what one other asks of the same argument alone is joined with it.
fn add(all: &mut Vec<Clause>, clause: Clause) {
    let only = |clause: &Clause| -> Option<(Key, Set)> {
        let (key, values) =
            clause.has.first_key_value().filter(|_| clause.has.len() == 1 && clause.lacks.is_empty())?;
        Some((key.clone(), values.clone()))
    };
    if let Some((key, values)) = only(&clause) {
        for known in all.iter_mut() {
            if let Some((other, before)) = only(known)
                && other == key
                && let Some(both) = before.union(&values).filter(has_expression)
            {
                known.has.insert(key, both);
                return;
            }
        }
    }
    all.push(clause);
}

fn joined(left: &Clause, right: &Clause) -> Result<Option<Clause>, Refusal> {
    let mut both = left.clone();
    for (key, values) in &right.has {
        if !narrow(&mut both.has, key, values)? {
            return Ok(None);
        }
    }
    both.lacks.extend(right.lacks.iter().cloned());
    Ok(Some(both))
}
