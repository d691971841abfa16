//! What a document of the hosted gateway says of all calls: docs/targets/policylayer.md, as
//! formulas.

use std::sync::Arc;

use super::TARGET;
use super::decider::Enforced;
use super::document::{Limit, Predicate, Tool};
use crate::analysis::case::{Case, Limited, RuleFormula};
use crate::decimal::Decimal;
use crate::emit::Processes;
use crate::ir::{self, Scope};
use crate::solver::formula::Formula;

/// The number of the rule that hides tools; those of the tools follow.
pub(super) const HIDDEN: usize = 0;

impl Enforced {
    /// What becomes of the calls of a tool; of one that the document does not name for `None`.
    pub(super) fn case_of(&self, tool: Option<&str>) -> Case {
        let document = self.document();
        let mut case = Case::default();
        let is_hidden = document.hide.contains("*") || tool.is_some_and(|name| document.hide.contains(name));
        case.hidden = is_hidden.then_some(HIDDEN);
        let named = tool.and_then(|name| Some((document.tools.get(name)?, self.first_of(name)?)));
        if named.is_some() || document.default_allow {
            case.opened.push((None, Arc::new(Formula::TRUE)));
        }
        let mut limits: Vec<(usize, &Limit, bool)> = Vec::new();
        if let Some((tool, first)) = named {
            let held = |first: usize, predicates: &[Predicate]| -> Vec<RuleFormula> {
                let numbered = predicates.iter().enumerate();
                let held = numbered.map(|(index, predicate)| RuleFormula {
                    rule: first + index,
                    formula: Arc::new(self.translate(&predicate.conditions)),
                });
                held.collect()
            };
            let Tool { require, deny_if, limits: own } = tool;
            case.required = held(first, require);
            case.denied = held(first + require.len(), deny_if);
            let first = first + require.len() + deny_if.len();
            limits.extend(own.iter().enumerate().map(|(index, limit)| (first + index, limit, false)));
        }
        let shared = document.all_limits.iter().enumerate();
        limits.extend(shared.map(|(index, limit)| (self.first_shared() + index, limit, true)));
        for (rule, limit, total) in &limits {
            let refuses = if limit.max < 1 { Formula::TRUE } else { Formula::FALSE };
            let same = |other: &&(usize, &Limit, bool)| other.2 == *total && other.1.counter == limit.counter;
            // What a counter does that has several limits is not known.
            if limits.iter().filter(same).count() > 1 {
                case.quotas.push(RuleFormula { rule: *rule, formula: Arc::new(refuses) });
                case.unread.push(format!("one of several limits of a counter: {limit:?}, total: {total}"));
                continue;
            }
            let meaning = ir::Limit {
                max: Decimal::from(limit.max),
                window: limit.window.seconds(),
                scope: Scope::Grant,
                sum_of: None,
                total: *total,
                counter: Some(limit.counter.clone()),
                spans: None,
            };
            case.limits.push(Limited {
                rule: *rule,
                limit: Arc::new(meaning),
                applies: Arc::new(Formula::TRUE),
                refuses: Arc::new(refuses),
                whole: false,
                windows: TARGET.counting.windows,
                refill: None,
                is_apart: TARGET.counting.processes == Processes::CountApart,
                is_wider: false,
            });
        }
        case
    }
}
