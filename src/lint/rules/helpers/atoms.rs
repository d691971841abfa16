//! The single tests of the conditions of a policy, each with what it does to calls.

use std::collections::BTreeMap;

use crate::ir::{Effect, Guard, Rule};
use crate::line;
use crate::lint::context::Context;
use crate::lint::file::{File, parts};
use crate::pattern::{Like, Regex};
use crate::predicate::{Atom, Condition, Path, Test};
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind, Item, List, Operand, ValueTest};

/// A test in the condition of a rule of the linted file.
#[derive(Clone, Copy)]
pub(in crate::lint::rules) struct RuleAtom<'a> {
    /// The rule, by index.
    pub index: usize,
    /// The rule.
    pub rule: &'a Rule,
    /// Its condition, with `unless` turned into `not`.
    pub guard: &'a Guard,
    /// The test.
    pub atom: &'a Atom,
    /// Whether it stands below an odd number of `not`, counting `unless`.
    pub negated: bool,
    /// The statement as it is written.
    pub item: &'a Item,
    /// The test as it is written.
    pub written: &'a ast::Atom,
    /// Which pattern of a list is looked at; see [`patterns`].
    pub pattern: Option<usize>,
}

impl RuleAtom<'_> {
    /// Whether calls pass because the test is true for them.
    pub(in crate::lint::rules) const fn lets_pass(&self) -> bool {
        match self.rule.effect {
            Effect::Allow | Effect::Require => !self.negated,
            Effect::Deny | Effect::Approval { .. } => self.negated,
            Effect::Hide | Effect::Limit(_) => false,
        }
    }

    /// Whether calls are denied or held because the test is true for them.
    pub(in crate::lint::rules) const fn refuses(&self) -> bool {
        match self.rule.effect {
            Effect::Allow | Effect::Require => self.negated,
            Effect::Deny | Effect::Approval { .. } => !self.negated,
            Effect::Hide | Effect::Limit(_) => false,
        }
    }

    /// The calls that the rule would let pass if the test were `value` for all calls.
    pub(in crate::lint::rules) fn opens_if(&self, value: bool) -> Condition {
        self.opens_where(&|atom| (atom.span == self.atom.span).then_some(value))
    }

    /// The calls that the rule would let pass if some tests had fixed values.
    pub(in crate::lint::rules) fn opens_where(&self, value: &dyn Fn(&Atom) -> Option<bool>) -> Condition {
        let assumed = assume(&self.guard.condition, value);
        match self.rule.effect {
            Effect::Allow | Effect::Require => assumed,
            _ => Condition::Not(Box::new(assumed)),
        }
    }

    /// The calls for which the test decides: the rule lets them pass only if the test is `value`.
    pub(in crate::lint::rules) fn needs(&self, value: bool) -> Condition {
        Condition::And(vec![self.opens_if(value), Condition::Not(Box::new(self.opens_if(!value)))])
    }

    /// Whether the condition as written is the test and nothing else, `unless` aside.
    pub(in crate::lint::rules) fn is_whole(&self) -> bool {
        File::condition(self.item).is_some_and(|whole| whole.span == self.atom.span)
    }
}

/// How many tests of one condition are looked at one by one: the work for each is linear in the
/// length of the condition.
const MOST_TESTS: usize = 500;

/// The tests of the conditions of the rules that stand in the linted file.
pub(in crate::lint::rules) fn all<'a>(context: &Context<'a>) -> Vec<RuleAtom<'a>> {
    let main = context.file().main_id();
    let mut found = Vec::new();
    for (index, rule) in context.rules().filter(|(_, rule)| rule.origin.span.file == main) {
        let Some(guard) = &rule.guard else { continue };
        let Some(item) = context.statement(rule) else { continue };
        let Some(whole) = File::condition(item) else { continue };
        let written = parts(whole).into_iter().filter_map(|part| match &part.kind {
            ExprKind::Atom(written) => Some((part.span, &**written)),
            _ => None,
        });
        let written: BTreeMap<Span, &ast::Atom> = written.collect();
        for (atom, negated) in of(&guard.condition).into_iter().take(MOST_TESTS) {
            if let Some(written) = written.get(&atom.span).copied() {
                found.push(RuleAtom { index, rule, guard, atom, negated, item, written, pattern: None });
            }
        }
    }
    found
}

/// How many patterns of one list are looked at one by one.
const MOST_PATTERNS: usize = 100;

/// Like [`all`], but with a test for each pattern where a test has a list of them.
pub(in crate::lint::rules) fn patterns<'a>(context: &Context<'a>) -> impl Iterator<Item = RuleAtom<'a>> {
    let mut rule = None;
    let mut left = 0;
    all(context).into_iter().flat_map(each).filter(move |found| {
        if rule != Some(found.index) {
            rule = Some(found.index);
            left = MOST_TESTS;
        }
        let within = left > 0;
        left = left.saturating_sub(1);
        within
    })
}

/// A test for each pattern of its list; any other test as it is.
pub(in crate::lint::rules) fn each(found: RuleAtom<'_>) -> impl Iterator<Item = RuleAtom<'_>> {
    let count = listed(&found.atom.test);
    let patterns = (0..count.min(MOST_PATTERNS)).map(move |index| RuleAtom { pattern: Some(index), ..found });
    patterns.chain((count == 0).then_some(found))
}

/// How many patterns a test has, if more than one.
fn listed(test: &Test) -> usize {
    let count = match test.innermost() {
        Test::Like(patterns) => patterns.len(),
        Test::Matches(patterns) => patterns.len(),
        _ => 0,
    };
    if count > 1 { count } else { 0 }
}

/// Whether a test has several patterns.
pub(in crate::lint::rules) fn is_list_of_patterns(test: &Test) -> bool {
    listed(test) > 0
}

/// The tests of a condition, each with whether it stands below an odd number of `not`.
pub(in crate::lint::rules) fn of(condition: &Condition) -> Vec<(&Atom, bool)> {
    let mut atoms = Vec::new();
    collect(condition, false, &mut atoms);
    atoms
}

/// The depth of the recursion is bounded by the parser.
fn collect<'a>(condition: &'a Condition, negated: bool, found: &mut Vec<(&'a Atom, bool)>) {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| collect(part, negated, found)),
        Condition::Not(inner) => collect(inner, !negated, found),
        Condition::Atom(atom) => found.push((atom, negated)),
    }
}

/// The condition with some tests replaced.
fn assume(condition: &Condition, value: &dyn Fn(&Atom) -> Option<bool>) -> Condition {
    let all = |parts: &[Condition]| parts.iter().map(|part| assume(part, value)).collect();
    match condition {
        Condition::And(parts) => Condition::And(all(parts)),
        Condition::Or(parts) => Condition::Or(all(parts)),
        Condition::Not(inner) => Condition::Not(Box::new(assume(inner, value))),
        Condition::Atom(atom) => match value(atom) {
            Some(true) => Condition::And(Vec::new()),
            Some(false) => Condition::Or(Vec::new()),
            None => condition.clone(),
        },
    }
}

/// Whether some test of the guard is `has` of the path, or compares it with null.
pub(in crate::lint::rules) fn speaks_of_missing(guard: &Guard, path: &Path) -> bool {
    of(&guard.condition).iter().any(|(atom, _)| {
        atom.path == *path
            && match &atom.test {
                Test::Has => true,
                Test::Compare(_, scalar) => scalar.value == crate::predicate::ScalarValue::Null,
                _ => false,
            }
    })
}

/// How many tests of a guard are about a path.
pub(in crate::lint::rules) fn count(guard: &Guard, path: &Path) -> usize {
    of(&guard.condition).iter().filter(|(atom, _)| atom.path == *path).count()
}

/// The part of a test that is about one value (under `every` and `some`, about the values that are
/// reached), and whether it stands under one of these two.
pub(in crate::lint::rules) fn inner(test: &Test) -> (&Test, bool) {
    (test.innermost(), matches!(test, Test::Every(_) | Test::Some(_)))
}

/// A pattern.
pub(in crate::lint::rules) enum Single<'a> {
    /// Of `like`.
    Like(&'a Like),
    /// Of `matches`.
    Regex(&'a Regex),
}

/// The pattern of a test that has only one, or the one of several that is looked at.
pub(in crate::lint::rules) fn single<'a>(found: &RuleAtom<'a>) -> Option<Single<'a>> {
    match inner(&found.atom.test).0 {
        Test::Like(patterns) => chosen(found, patterns).map(Single::Like),
        Test::Matches(patterns) => chosen(found, patterns).map(Single::Regex),
        _ => None,
    }
}

fn chosen<'l, T>(found: &RuleAtom<'_>, list: &'l [T]) -> Option<&'l T> {
    match (found.pattern, list) {
        (Some(index), _) => list.get(index),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// The right-hand part of a test as it is written.
pub(in crate::lint::rules) const fn value_test(written: &ast::Atom) -> Option<&ValueTest> {
    match written {
        ast::Atom::Test(_, test) | ast::Atom::Every(_, test) | ast::Atom::Some(_, test) => Some(test),
        ast::Atom::Has(_) | ast::Atom::Length(..) => None,
    }
}

/// The one value that a test compares with, as it is written, or the one pattern of several that is
/// looked at; `None` for lists.
pub(in crate::lint::rules) fn operand<'a>(found: &RuleAtom<'a>) -> Option<&'a Operand> {
    match value_test(found.written) {
        Some(ValueTest::Compare(_, operand) | ValueTest::Contains(operand)) => Some(operand),
        // If a name stands for a list, only the name is written here.
        Some(ValueTest::Like(ast::Patterns::One(operand)) | ValueTest::Matches(ast::Patterns::One(operand))) => {
            Some(operand)
        }
        Some(ValueTest::Like(patterns) | ValueTest::Matches(patterns)) => chosen(found, patterns.operands()),
        _ => None,
    }
}

/// From the end of the path to the end of the test, without parentheses around it.
pub(in crate::lint::rules) fn test_span(written: &ast::Atom) -> Option<Span> {
    let end = match value_test(written)? {
        ValueTest::Compare(_, operand) | ValueTest::Contains(operand) => operand.span(),
        ValueTest::Like(patterns) | ValueTest::Matches(patterns) => patterns.span(),
        ValueTest::In { list: List::Items(_, span), .. } => *span,
        ValueTest::In { list: List::Name(name), .. } => name.span,
    };
    Some(Span { end: end.end, ..written.path().span.at_end() })
}

/// Like [`test_span`], but `None` if writing something else there would lose a comment or another
/// pattern.
pub(in crate::lint::rules) fn plain_test_span(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Span> {
    let span = test_span(found.written).filter(|_| found.pattern.is_none())?;
    (!may_hold_comment(context.text(span))).then_some(span)
}

/// Whether a piece of a condition may contain a comment. A comment ends with its line, so slashes
/// within one line are part of a string.
pub(in crate::lint::rules) fn may_hold_comment(text: &str) -> bool {
    text.contains("//") && line::is_broken(text)
}

/// Whether what is added to a test with `and` needs parentheses around both.
pub(in crate::lint::rules) fn needs_parentheses(found: &RuleAtom<'_>) -> bool {
    let Some(whole) = File::condition(found.item) else { return true };
    let is_it = |part: &Expr| part.span == found.atom.span;
    !(is_it(whole) || matches!(&whole.kind, ExprKind::And(parts) if parts.iter().any(is_it)))
}

/// A test as it is written, with a demand beside it, in parentheses if the two must stay together.
pub(in crate::lint::rules) fn with_demand(found: &RuleAtom<'_>, test: &str, demand: &str) -> String {
    let written = format!("{test} and {demand}");
    if needs_parentheses(found) { format!("({written})") } else { written }
}
