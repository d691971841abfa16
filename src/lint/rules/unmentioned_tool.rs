//! Tools of the catalogue that no rule mentions.
//!
//! ## What it does
//!
//! Lists, for each server of the file, the tools that no rule selects by a name, a glob or a set:
//! only rules for `*` and the default decide their calls.
//!
//! ## Why it matters
//!
//! In a review, it shows what the policy does not cover.
//!
//! ## Example
//!
//! ```pol lint code=unmentioned-tool
//! server shop from "catalogues/shop.json";
//! deny *;
//! allow @read;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint
//! server shop from "catalogues/shop.json";
//! deny *;
//! allow @read;
//! require approval for @write, @execute;
//! deny @destructive, @financial;
//! ```

use std::collections::BTreeSet;

use super::helpers::tools;
use super::prelude::*;
use crate::ir::{Subject, ToolId};
use crate::syntax::ast::ItemKind;

pub(super) const RULE: Rule = Rule {
    group: Group::Pedantic,
    shared: Shared::Any,
    ..Rule::new(codes::UNMENTIONED_TOOL, Check::Policy(check))
};

/// How many rules for `*` are searched for each tool.
const MOST_STARS: usize = 1_000;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let policy = context.policy();
    let named: BTreeSet<ToolId> = policy.rules.iter().flat_map(|rule| rule.selection.named.iter().copied()).collect();
    let stars: Vec<_> = policy.rules.iter().map(|rule| &rule.selection).filter(|selection| selection.star.is_some()).take(MOST_STARS).collect();
    let found = context.file().servers().iter().filter_map(|item| {
        let ItemKind::Server { name, .. } = &item.kind else { return None };
        let server = policy.find_server(&name.text)?;
        let left = policy.tools_of(server).map(|(id, _)| id).filter(|id| !named.contains(id));
        let by_star = |id: &ToolId| stars.iter().any(|selection| selection.selects(Subject::known(server, *id)).is_some());
        let (by_star, by_default): (Vec<ToolId>, Vec<ToolId>) = left.partition(by_star);
        let told = |message: String| {
            let finding = Diagnostic::new(codes::UNMENTIONED_TOOL, name.span, message);
            finding.help("decide about each class: `allow @read; deny @destructive;`")
        };
        let open = if policy.default.allow { "open" } else { "denied" };
        let are = if by_default.len() == 1 { "is" } else { "are" };
        let by_default = (!by_default.is_empty())
            .then(|| format!("no rule selects {}, which {are} {open} by default", tools::names(context, by_default)));
        let by_star = (!by_star.is_empty())
            .then(|| format!("only rules for `*` select {}", tools::names(context, by_star)));
        Some([by_default, by_star].into_iter().flatten().map(told).collect::<Vec<_>>())
    });
    found.flatten().collect()
}
