//! A limit that never refuses a call.
//!
//! ## What it does
//!
//! Reports a limit that other limits, which apply to the same calls, make needless: no more calls than
//! it admits, and no larger sum, can come through them in its window. It is computed exactly, over
//! windows of different length and over the conditions of the limits.
//!
//! ## Why it matters
//!
//! Who lowers the limit believes to have made the policy stricter, and has not.
//!
//! ## Example
//!
//! ```pol lint code=limit-never-binds catalogue
//! deny *;
//! limit create_order 10/min;
//! limit create_order 50_000/day;
//! ```
//!
//! ## Use instead
//!
//! A number that the shorter window does not reach by itself:
//!
//! ```pol lint catalogue
//! deny *;
//! limit create_order 10/min;
//! limit create_order 500/day;
//! ```

use std::collections::BTreeSet;

use super::prelude::*;
use crate::bounds::{self, Never};
use crate::describe::number;
use crate::ir::{self, Effect};

pub(super) const RULE: Rule = Rule::new(codes::LIMIT_NEVER_BINDS, Check::Policy(check));

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    // A limit that is alone with its calls may always bind.
    if !context.groups().iter().any(|group| group.case.limits.len() > 1 && !group.case.is_closed()) {
        return Vec::new();
    }
    let kinds = context.kinds();
    let never = bounds::never(context.policy(), &kinds.kinds);
    let found = context.rules().filter_map(|(index, rule)| {
        let Effect::Limit(limit) = &rule.effect else { return None };
        let needless: Vec<&Never> = never.iter().filter(|never| never.rule == index).collect();
        let first = needless.first()?;
        let of: BTreeSet<_> = kinds.kinds.iter().filter(|kind| kind.limits.contains(&index)).map(|kind| kind.subject).collect();
        // Where it binds for one tool it is needed; where that is not decided it may be.
        let everywhere = needless.iter().any(|never| never.subject.is_none()) || needless.len() >= of.len();
        let undecided = kinds.undecided.iter().any(|subject| subject.is_selected_by(rule));
        (everywhere && !undecided).then(|| finding(context, rule, limit, first))
    });
    found.collect()
}

fn finding(context: &Context<'_>, rule: &ir::Rule, limit: &ir::Limit, never: &Never) -> Diagnostic {
    let window = ir::window_words(limit.window);
    let (max, most) = (number(&limit.max), number(&never.most));
    let message = match &limit.sum_of {
        None => format!("this limit never refuses a call: at most {most} pass in {window} by others, and it admits {max}"),
        Some(_) => format!("this limit never refuses a call: the sum in {window} is at most {most} by others, and it admits {max}"),
    };
    let mut finding = Diagnostic::new(codes::LIMIT_NEVER_BINDS, rule.origin.span, message);
    for by in never.by.iter().take(3).filter_map(|by| context.policy().rules.get(*by)) {
        finding = finding.because(by.origin.span, "because of this limit");
    }
    finding.help("lower its number, or remove it")
}
