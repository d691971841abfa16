//! What a document of Intercept says of all calls, as formulas.

use std::sync::Arc;

use super::TARGET;
use super::decider::{Bound, Enforced, bound, holds_for_none};
use super::document::{Document, Rule};
use crate::analysis::case::{Case, Limited, RuleFormula};
use crate::decimal::Decimal;
use crate::emit::Processes;
use crate::emit::operators::formulas::place;
use crate::ir::{self, Scope};
use crate::predicate::{Comparison, Path};
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula};

/// The number of the rule that hides tools; those of the tools follow.
pub(super) const HIDDEN: usize = 0;

impl Enforced {
    /// What becomes of the calls of a tool; of one that the document does not name for `None`.
    pub(super) fn case_of(&self, tool: Option<&str>) -> Case {
        let document = self.document();
        let mut case = Case::default();
        let is_hidden = document.hide.contains("*") || tool.is_some_and(|name| document.hide.contains(name));
        case.hidden = is_hidden.then_some(HIDDEN);
        let own = tool.and_then(|name| Some((name, name, document.tools.get(name)?)));
        if own.is_some() || document.default_allow {
            case.opened.push((None, Arc::new(Formula::TRUE)));
        }
        let shared = document.tools.get("*").map(|rules| ("*", "_global", rules));
        for (key, owner, rules) in own.into_iter().chain(shared) {
            let first = self.first_of(key).unwrap_or_default();
            for (index, rule) in rules.iter().enumerate() {
                self.add(rule, first + index, owner, key == "*", &mut case);
            }
        }
        if document.counts_unread(tool) {
            // What the count is at a later call depends on every rule that raises it.
            let rules = own.into_iter().chain(shared).map(|(_, owner, rules)| format!("{owner}: {rules:?}"));
            case.unread.extend(rules);
        }
        case
    }

    /// Adds a rule. The first call is meant: conditions on counts look at a count of nothing.
    fn add(&self, rule: &Rule, index: usize, owner: &str, total: bool, case: &mut Case) {
        let held = |formula| RuleFormula { rule: index, formula: Arc::new(formula) };
        let Some(conditions) = &rule.conditions else {
            case.denied.push(held(Formula::TRUE));
            return;
        };
        let (counts, arguments): (Vec<_>, Vec<_>) =
            conditions.iter().partition(|condition| !condition.path.starts_with("args."));
        if !counts.into_iter().all(holds_for_none) {
            case.denied.push(held(Formula::TRUE));
        }
        if !arguments.is_empty() {
            case.required.push(held(self.translate(arguments)));
        }
        let Some(Bound { state, max, .. }) = bound(owner, rule) else { return };
        let refused = |most: i64, amount: i64| if amount > most { Formula::TRUE } else { Formula::FALSE };
        let meaning = |max: Decimal, sum_of: Option<Path>| {
            Arc::new(ir::Limit {
                max,
                window: state.window.seconds(),
                scope: Scope::Server,
                sum_of,
                total,
                counter: Some(state.counter.clone()),
                spans: None,
            })
        };
        let applies = Arc::new(Formula::TRUE);
        match &state.increment_from {
            Some(path) => {
                let steps = place(path.strip_prefix("args.").unwrap_or(path)).steps;
                let max_text = Decimal::parse(&max.to_string()).unwrap_or(Decimal::ZERO);
                case.limits.push(Limited {
                    rule: index,
                    limit: meaning(max_text, Some(Path::args(&steps))),
                    applies,
                    refuses: Arc::new(exceeds(path.strip_prefix("args.").unwrap_or(path), max)),
                    whole: true,
                    windows: TARGET.counting.windows,
                    refill: None,
                    is_apart: TARGET.counting.processes == Processes::CountApart,
                    is_wider: false,
                });
            }
            None if state.increment < 1 => case.quotas.push(held(refused(max, state.increment))),
            None => {
                case.limits.push(Limited {
                    rule: index,
                    limit: meaning(Decimal::from((max / state.increment).max(0).unsigned_abs()), None),
                    applies,
                    refuses: Arc::new(refused(max, state.increment)),
                    whole: false,
                    windows: TARGET.counting.windows,
                    refill: None,
                    is_apart: TARGET.counting.processes == Processes::CountApart,
                    is_wider: false,
                });
            }
        }
    }
}

impl Document {
    /// Whether the calls of a tool are counted in a way that is no limit of the language: a
    /// condition looks at a count that its rule does not bound, or two rules share a count.
    fn counts_unread(&self, tool: Option<&str>) -> bool {
        let own = tool.and_then(|name| Some((name, self.tools.get(name)?)));
        let shared = self.tools.get("*").map(|rules| ("_global", rules));
        let looks = |(owner, rules): (&str, &Vec<Rule>)| {
            rules.iter().any(|rule| {
                let counts = rule.conditions.iter().flatten().filter(|condition| !condition.path.starts_with("args."));
                let bounding = bound(owner, rule).map(|bound| bound.condition);
                counts.into_iter().any(|condition| bounding.is_none_or(|bounding| !std::ptr::eq(bounding, condition)))
            })
        };
        // The counts of a tool of this name are those of all tools.
        let clashes = self.tools.get("_global").is_some_and(|rules| rules.iter().any(|rule| rule.state.is_some()))
            && shared.is_some_and(|(_, rules)| rules.iter().any(|rule| rule.state.is_some()));
        clashes || own.into_iter().chain(shared).any(looks)
    }
}

/// The calls whose amount is no number, or cut to a whole one above the most.
fn exceeds(path: &str, max: i64) -> Formula {
    const FIRST_TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
    let place = place(path);
    let number = |comparison, bound: f64| {
        let bound = Decimal::parse(&bound.to_string()).unwrap_or(Decimal::ZERO);
        Formula::Test(place.clone(), Check::Number(comparison, bound))
    };
    let fits = if max < 0 {
        number(Comparison::LessEqual, at_least(i128::from(max)))
    } else {
        number(Comparison::Less, at_least(i128::from(max) + 1))
    };
    // Beyond the integers the lowest is taken.
    let beyond = number(Comparison::GreaterEqual, FIRST_TOO_LARGE);
    let fits = Formula::Or(vec![fits, beyond]);
    Formula::And(vec![Formula::Is(place.clone(), Kinds::NUMBER), fits]).negated()
}

/// The lowest double that is not below an integer.
fn at_least(number: i128) -> f64 {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "put right below")]
    let (near, back) = (number as f64, number as f64 as i128);
    if back < number { near.next_up() } else { near }
}
