//! Code lenses: facts about a statement, and commands to run on it.

use std::collections::BTreeMap;

use super::View;
use super::selections::{Picker, line};
use crate::diagnostics::{Diagnostic, codes, count, shown};
use crate::ir::ToolId;
use crate::sema::sets_default;
use crate::source::Span;
use crate::syntax::ast::{Item, ItemKind, Rule, SelectionKind, Test};

/// The most places that one lens shows.
const MOST_PLACES: usize = 200;
/// The most characters of a failure.
const MOST_CHARS: usize = 120;

/// A remark above a line, which can be an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lens {
    /// The place it belongs to, on one line.
    pub span: Span,
    /// What it says, on one line.
    pub title: String,
    /// What it does.
    pub action: LensAction,
}

/// What a lens does when it is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LensAction {
    /// Nothing.
    None,
    /// Shows these places; they may be of other files.
    Show(Vec<Span>),
    /// Runs the tests of this name; with an empty one all tests of the file.
    RunTest(String),
}

/// The lenses of a file, in order. `dead` is what the slower analysis found about this text, as far as it is known; `results` tells
/// how the test of a name went last, and why it failed.
#[must_use]
pub fn lenses(view: &View<'_>, dead: &[Diagnostic], results: &dyn Fn(&str) -> Option<(bool, String)>) -> Vec<Lens> {
    let mut about: BTreeMap<Span, Vec<&Diagnostic>> = BTreeMap::new();
    for finding in dead {
        about.entry(finding.primary.span).or_default().push(finding);
    }
    let mut maker = Maker { view, picker: Picker::new(view), found: Vec::new() };
    maker.file();
    for item in view.items() {
        match &item.kind {
            ItemKind::Rule(rule) => maker.rule(item, rule),
            ItemKind::Policy { items, .. } => maker.policy(item, items),
            ItemKind::Test(test) => maker.test(item, test, results),
            _ => {}
        }
        for finding in about.get(&item.span).into_iter().flatten() {
            maker.finding(item, finding);
        }
    }
    maker.found.sort_by_key(|lens| lens.span.start);
    maker.found
}

struct Maker<'v, 'a> {
    view: &'v View<'a>,
    picker: Picker<'v, 'a>,
    found: Vec<Lens>,
}

impl<'a> Maker<'_, 'a> {
    /// Adds a lens to the first word of a statement.
    fn add(&mut self, item: &Item, title: String, action: LensAction) {
        let tokens = self.view.tokens();
        let first = tokens.get(tokens.partition_point(|token| token.start < item.span.start));
        let end = first.map_or(item.span.start, |token| token.end.min(item.span.end).max(item.span.start));
        self.found.push(Lens { span: Span { end, ..item.span }, title, action });
    }

    /// What the file as a whole has, above its first line.
    fn file(&mut self) {
        let (mut rules, mut tests, mut blocks) = (0, 0, false);
        for item in self.view.items() {
            match &item.kind {
                ItemKind::Rule(rule) => rules += usize::from(sets_default(rule).is_none()),
                ItemKind::Test(_) => tests += 1,
                ItemKind::Policy { .. } => blocks = true,
                _ => {}
            }
        }
        let span = Span::new(self.view.file(), 0, 0);
        if rules > 0 && !blocks {
            self.found.push(Lens { span, title: sizes(rules, tests), action: LensAction::None });
        }
        if tests > 0 {
            let action = LensAction::RunTest(String::new());
            self.found.push(Lens { span, title: "run all tests".to_owned(), action });
        }
    }

    fn policy(&mut self, item: &Item, items: &[Item]) {
        let rules =
            items.iter().filter(|item| matches!(&item.kind, ItemKind::Rule(rule) if sets_default(rule).is_none()));
        let tests = items.iter().filter(|item| matches!(item.kind, ItemKind::Test(_)));
        self.add(item, sizes(rules.count(), tests.count()), LensAction::None);
    }

    /// How many tools a rule selects, if its text does not show that.
    fn rule(&mut self, item: &Item, rule: &'a Rule) {
        let named = |kind: &SelectionKind| {
            matches!(kind, SelectionKind::Name(_) | SelectionKind::Quoted(_) | SelectionKind::Error)
        };
        let items = &rule.selection.items;
        let plain = items.len() < 2 && items.iter().all(|item| named(&item.kind));
        if plain || sets_default(rule).is_some() || !self.view.known_tools().has_catalogue() {
            return;
        }
        let picked = self.picker.selection(&rule.selection);
        let places: Vec<Span> = picked.tools.iter().take(MOST_PLACES).filter_map(|tool| self.declared(*tool)).collect();
        let action = if places.is_empty() { LensAction::None } else { LensAction::Show(places) };
        self.add(item, format!("selects {}", count(picked.tools.len(), "tool")), action);
    }

    /// The place of a tool in its catalogue.
    fn declared(&self, tool: ToolId) -> Option<Span> {
        self.view.entry(tool).map(|entry| entry.span)
    }

    fn test(&mut self, item: &Item, test: &Test, results: &dyn Fn(&str) -> Option<(bool, String)>) {
        let name = &test.name.text;
        self.add(item, "run test".to_owned(), LensAction::RunTest(name.clone()));
        let Some((passed, message)) = results(name) else { return };
        let title = match (passed, message.lines().next().unwrap_or_default()) {
            (true, _) => "passed".to_owned(),
            (false, "") => "failed".to_owned(),
            (false, message) => format!("failed: {}", shown(message, MOST_CHARS)),
        };
        self.add(item, title, LensAction::None);
    }

    /// What the slower analysis found of a statement.
    fn finding(&mut self, item: &Item, finding: &Diagnostic) {
        let Some((_, alone, with)) = FINDINGS.iter().find(|(code, ..)| *code == finding.code.id) else { return };
        let places: Vec<Span> = finding.secondary.iter().map(|label| label.span).take(MOST_PLACES).collect();
        let title = match places.as_slice() {
            [first, rest @ ..] if !with.is_empty() => {
                let more = if rest.is_empty() { String::new() } else { format!(" and {}", rest.len()) + " more" };
                format!("{with} {}{more}", line(self.view, *first))
            }
            _ => (*alone).to_owned(),
        };
        let action = if places.is_empty() { LensAction::None } else { LensAction::Show(places) };
        self.add(item, title, action);
    }
}

/// What is said of findings that a statement changes nothing: by themselves, and with the place of what is to blame.
const FINDINGS: &[(&str, &str, &str)] = &[
    (codes::IMPOSSIBLE_CONDITION.id, "never applies", ""),
    (codes::SHADOWED_RULE.id, "changes nothing", "shadowed by"),
    (codes::OVERRIDDEN_RULE.id, "changes nothing", "overridden by"),
    (codes::UNOPENED_RULE.id, "changes nothing: nothing opens these calls", ""),
    (codes::REDUNDANT_RULE.id, "says what the default says", "says what the default says at"),
    (codes::EMPTY_SELECTION.id, "selects nothing", ""),
    (codes::DUPLICATE_RULE.id, "said twice", "says the same as"),
    (codes::CONTRADICTORY_RULES.id, "contradicted", "contradicts"),
    (codes::HIDDEN_BUT_ALLOWED.id, "hidden anyway", "hidden by"),
    (codes::NEEDLESS_ALLOW.id, "opened anyway", "opened anyway by"),
    (codes::OPENS_NOTHING.id, "opens nothing", ""),
    (codes::LIMIT_NEVER_BINDS.id, "never refuses a call", "never refuses a call because of"),
];

fn sizes(rules: usize, tests: usize) -> String {
    match tests {
        0 => count(rules, "rule"),
        _ => format!("{}, {}", count(rules, "rule"), count(tests, "test")),
    }
}
