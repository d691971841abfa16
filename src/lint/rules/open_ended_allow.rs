//! A rule that opens tools that an update may add.
//!
//! ## What it does
//!
//! Reports rules that open tools by a glob, a built-in set or `server::*`, and says how many tools
//! that currently is.
//!
//! ## Why it matters
//!
//! The next release of the server may add a tool that the rule opens unnoticed. Often that is
//! intended, as for `@read`. Compare catalogues before an update: `policyc diff POLICY
//! --catalogue-old A --catalogue-new B`.
//!
//! ## Example
//!
//! ```pol lint code=open-ended-allow catalogue
//! deny *;
//! allow get_*;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order, get_comments;
//! ```

use super::helpers::{opened, selection};
use super::prelude::*;
use crate::ir::Effect;
use crate::syntax::ast::{ItemKind, SelectionKind};

pub(super) const RULE: Rule =
    Rule { group: Group::Pedantic, ..Rule::new(codes::OPEN_ENDED_ALLOW, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let opened = opened::tools(context);
    let found = context.rules().filter_map(|(index, rule)| {
        let opens = |opened: &&opened::Opened<'_>| opened.case.opened.iter().any(|(by, _)| *by == Some(index));
        let count = opened.iter().filter(opens).count();
        let ItemKind::Rule(written) = &context.statement(rule)?.kind else { return None };
        let open_ended = written.selection.items.iter().find(|item| match &item.kind {
            SelectionKind::Glob(_) | SelectionKind::Everything => true,
            SelectionKind::Set(set) => selection::is_built_in(context, set),
            _ => false,
        })?;
        // What waits for approval is not open.
        if count == 0 || matches!(rule.effect, Effect::Approval { .. }) {
            return None;
        }
        let tools = if count == 1 { "one tool" } else { "tools" };
        let number = if count == 1 { String::new() } else { format!("{count} ") };
        let message = format!("this opens {number}{tools} now, and any that a later release of the server adds to them");
        let finding = Diagnostic::new(codes::OPEN_ENDED_ALLOW, open_ended.span, message);
        Some(finding.help("name the tools, or compare the catalogues with `policyc diff` before an update"))
    });
    found.collect()
}
