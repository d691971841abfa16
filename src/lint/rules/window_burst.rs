//! A long window that lets twice its number pass at its boundary.
//!
//! ## What it does
//!
//! Reports a limit on risky tools with a window of an hour or more, if there is no limit with a
//! shorter window.
//!
//! ## Why it matters
//!
//! Windows are aligned to the clock. The whole number can pass in the last second of one window,
//! and again a second later: twice the number, at once. `policyc limits` computes what passes in
//! any hour and any day.
//!
//! ## Example
//!
//! ```pol lint code=window-burst catalogue
//! deny *;
//! limit refund_order 50/day;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! limit refund_order 50/day;
//! limit refund_order 5/min;
//! ```

use std::collections::BTreeMap;

use super::helpers::{opened, tools};
use super::prelude::*;
use crate::analysis::case::Limited;
use crate::bounds::HOUR;
use crate::decimal::Decimal;
use crate::describe::number;
use crate::ir::{self, Effect, ToolId};

pub(super) const RULE: Rule = Rule { group: Group::Pedantic, ..Rule::new(codes::WINDOW_BURST, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut risky = opened::tools(context);
    risky.retain(|opened| tools::is_risky(context, opened.tool) && !opened.is_held());
    // By limit: the tools for which no other limit on the calls, or on the same sum, has a shorter
    // window.
    let mut shortest: BTreeMap<usize, Vec<ToolId>> = BTreeMap::new();
    for opened in &risky {
        let of = |limit: &ir::Limit| limit.sum_of.as_ref().map(ToString::to_string);
        let mut least: BTreeMap<Option<String>, u64> = BTreeMap::new();
        for Limited { limit, .. } in &opened.case.limits {
            let window = least.entry(of(limit)).or_insert(limit.window);
            *window = limit.window.min(*window);
        }
        for Limited { limit, rule, .. } in &opened.case.limits {
            if least.get(&of(limit)) == Some(&limit.window) {
                shortest.entry(*rule).or_default().push(opened.tool);
            }
        }
    }
    let found = context.rules().filter_map(|(index, rule)| {
        let Effect::Limit(limit) = &rule.effect else { return None };
        if limit.window < HOUR || limit.max < Decimal::from(2) {
            return None;
        }
        let named = tools::names(context, shortest.remove(&index).unwrap_or_default());
        if named.is_empty() {
            return None;
        }
        let twice = limit.max.checked_add(&limit.max, 400)?;
        let what = if limit.sum_of.is_some() { "a sum of" } else { "as many as" };
        let message = format!("{what} {} can pass within two seconds, around the boundary of {}", number(&twice), ir::window_words(limit.window));
        let finding = Diagnostic::new(codes::WINDOW_BURST, rule.origin.span, message);
        Some(finding.label(named).help("add a limit with a shorter window, such as `5/min`"))
    });
    found.collect()
}
