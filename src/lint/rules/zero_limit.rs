//! A limit that lets nothing through.
//!
//! ## What it does
//!
//! Reports a limit that allows no calls: `limit t 0/min`. A sum of 0 is not reported: calls with
//! the amount 0 pass.
//!
//! ## Why it matters
//!
//! It is a `deny` that reads like a limit, and tells the agent to try again in a minute.
//!
//! ## Example
//!
//! ```pol lint code=zero-limit catalogue
//! allow *;
//! limit refund_order 0/day because "Refunds are made by hand.";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! deny refund_order because "Refunds are made by hand.";
//! ```

use super::helpers::selection;
use super::prelude::*;
use crate::decimal::Decimal;
use crate::ir::{self, Effect};
use crate::syntax::ast::ItemKind;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::ZERO_LIMIT, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let zero = context.rules().filter(|(_, rule)| match &rule.effect {
        Effect::Limit(limit) => limit.sum_of.is_none() && limit.max < Decimal::ONE,
        _ => false,
    });
    let found = zero.map(|(_, rule)| {
        let message = "this limit lets no call through";
        let finding = Diagnostic::new(codes::ZERO_LIMIT, rule.origin.span, message);
        match denied(context, rule) {
            Some(text) => finding.fix(Applicability::Safe, "write `deny`", rule.origin.span, text),
            None => finding.help("write `deny`, or the intended number"),
        }
    });
    found.collect()
}

/// The rule as a `deny` of the same calls. These are refused before and after, and nothing changes
/// for other calls.
fn denied(context: &Context<'_>, rule: &ir::Rule) -> Option<String> {
    let item = context.statement(rule)?;
    let ItemKind::Rule(written) = &item.kind else { return None };
    let clauses = &written.clauses;
    let alone = written.selection.except.is_empty() && written.selection.items.iter().all(selection::is_star);
    // `deny *` is the default and no rule; and a comment within the statement would be lost.
    if alone && clauses.when.is_none() || context.text(item.span).contains("//") {
        return None;
    }
    let mut text = format!("deny {}", context.text(written.selection.span));
    if let Some(when) = &clauses.when {
        text.push_str(&format!(" {}", context.text(when.span)));
    }
    if let Some(because) = &clauses.because {
        text.push_str(&format!(" because {}", context.text(because.span)));
    }
    text.push(';');
    Some(text)
}
