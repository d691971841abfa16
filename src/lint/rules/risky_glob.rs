//! A glob that opens risky tools that no rule names.
//!
//! ## What it does
//!
//! Reports a rule whose glob or `*` opens tools that delete something, run what the caller writes
//! or move money, if no rule of the policy names them and some call of them passes without
//! approval.
//!
//! ## Why it matters
//!
//! A `limit` or a `require` with a glob opens every tool that it matches and that no `allow`
//! selects. The author of `limit api_* 60/min` thinks of a limit, but also opens `api_delete`.
//!
//! ## Example
//!
//! ```pol lint code=risky-glob catalogue
//! deny *;
//! allow get_order;
//! limit *_order 60/min;
//! ```
//!
//! ## Use instead
//!
//! Name the tools that should be open, or exclude those that should not:
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order;
//! limit *_order except create_order, cancel_order, refund_order 60/min;
//! ```

use std::collections::BTreeSet;

use super::helpers::{opened, selection, tools};
use super::prelude::*;
use crate::ir::{ServerId, ToolId};
use crate::source::offset;
use crate::syntax::ast::{ItemKind, SelectionKind};

pub(super) const RULE: Rule = Rule {
    confidence: Confidence::Medium,
    imported: Imported::AtImport,
    shared: Shared::Any,
    ..Rule::new(codes::RISKY_GLOB, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut risky = opened::tools(context);
    // Tools that nothing guards have a finding of their own.
    risky.retain(|opened| tools::is_risky(context, opened.tool) && !opened.is_unguarded() && opened.by().is_some());
    if risky.is_empty() {
        return Vec::new();
    }
    let named = named(context);
    risky.retain(|opened| !named.contains(&opened.tool));
    let found = opened::by_rule(risky).into_iter().filter_map(|(by, risky)| {
        let rule = context.policy().rules.get(by?)?;
        let ItemKind::Rule(written) = &context.statement(rule)?.kind else { return None };
        let glob = written.selection.items.iter().find(|item| {
            matches!(item.kind, SelectionKind::Glob(_) | SelectionKind::Everything)
        })?;
        let passing: Vec<ToolId> =
            risky.iter().filter(|opened| opened.can_pass(context)).map(|opened| opened.tool).collect();
        if passing.is_empty() {
            return None;
        }
        let names = tools::names(context, passing.iter().copied());
        let message = format!("{} opens {names}, which no rule names", quote(context.text(glob.span)));
        let finding = Diagnostic::new(codes::RISKY_GLOB, glob.span, message);
        let classes = passing.first().and_then(|tool| tools::classes(context, *tool));
        let finding = match classes {
            Some(classes) => finding.label(format!("the first is {}", classes.names())),
            None => finding,
        };
        Some(finding.help("name the intended tools, or exclude these with `except`"))
    });
    found.collect()
}

/// The tools that a selection of the policy names, also after `except`.
fn named(context: &Context<'_>) -> BTreeSet<ToolId> {
    let policy = context.policy();
    let mut found = BTreeSet::new();
    for selection in context.file().statements().filter_map(selection::of) {
        let items = selection.items.iter().chain(&selection.except);
        for (item, name) in items.filter_map(|item| Some((item, selection::name(item)?))) {
            // A name without a server counts for the tools of all servers: a tool that is named
            // anywhere is no surprise.
            let servers = policy.servers.iter().enumerate();
            let of = servers.filter(|(_, server)| item.server.as_ref().is_none_or(|wanted| wanted.text == server.name));
            found.extend(of.filter_map(|(index, _)| policy.find_tool(ServerId(offset(index)), name)));
        }
    }
    found
}
