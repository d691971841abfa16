//! Two tools whose names are easily confused.
//!
//! ## What it does
//!
//! Reports a tool that the policy opens if another tool, whose name differs only in case, in `-`,
//! `_` and `.`, or in letters that look alike, is not opened, or belongs to another server.
//!
//! ## Why it matters
//!
//! A server can offer a tool that looks like a trusted one, and the author of the next rule may
//! open the wrong one.
//!
//! ## Example
//!
//! ```pol lint code=lookalike-tools
//! server trap from "catalogues/hidden.json";
//! deny *;
//! allow get_weather;
//! ```
//!
//! ## Use instead
//!
//! Hide the wrong one:
//!
//! ```pol lint
//! server trap from "catalogues/hidden.json";
//! deny *;
//! hide get-weather;
//! allow get_weather;
//! ```

use std::collections::BTreeMap;

use unicode_security::confusable_detection::skeleton;

use super::helpers::{opened, tools};
use super::prelude::*;
use crate::ir::ToolId;

pub(super) const RULE: Rule = Rule {
    group: Group::Strict,
    confidence: Confidence::Medium,
    shared: Shared::Any,
    ..Rule::new(codes::LOOKALIKE_TOOLS, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut alike: BTreeMap<String, Vec<ToolId>> = BTreeMap::new();
    for (id, tool) in context.tools() {
        alike.entry(folded(&tool.name)).or_default().push(id);
    }
    alike.retain(|_, tools| tools.len() > 1);
    if alike.is_empty() {
        return Vec::new();
    }
    let opened = opened::tools(context);
    let hidden = tools::hidden(context);
    let open: BTreeMap<ToolId, &opened::Opened<'_>> = opened.iter().rev().map(|opened| (opened.tool, opened)).collect();
    let found = alike.values().filter_map(|all| {
        let first = all.iter().filter_map(|tool| open.get(tool).copied());
        let first = first.min_by_key(|opened| opened.tool)?;
        let name = |tool: ToolId| context.policy().tool(tool).map(|tool| tool.name.as_str());
        let others = all.iter().copied().filter(|tool| *tool != first.tool && name(*tool) != name(first.tool));
        let shut: Vec<ToolId> =
            others.filter(|tool| !hidden.contains(tool) && !open.contains_key(tool)).collect();
        if shut.is_empty() {
            return None;
        }
        let names = tools::names(context, shut.iter().copied());
        let message = format!("{} is open, and {names} looks like it", quote(&tools::name(context, first.tool)?));
        let finding = Diagnostic::new(codes::LOOKALIKE_TOOLS, opened::origin(context, first.by())?.span, message);
        let entry = shut.first().and_then(|tool| context.policy().tool(*tool)).and_then(|tool| context.entries(tool).next());
        let finding = match entry {
            Some(entry) => finding.because(entry.span, "the other one"),
            None => finding,
        };
        Some(finding.help("check that it is the right one, and `hide` the other"))
    });
    found.collect()
}

/// A name without what is easily overlooked.
fn folded(name: &str) -> String {
    let plain: String = name.chars().filter(|char| !matches!(char, '-' | '_' | '.' | ' ')).collect();
    skeleton(&plain.to_lowercase()).collect()
}
