//! Tools of the catalogue that no rule speaks of.
//!
//! ## What it does
//!
//! Lists, for each server of the file, the tools that no rule selects by a name, a glob or a set: the
//! default decides about them.
//!
//! ## Why it matters
//!
//! It shows what a policy does not cover, for a review.
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

use super::helpers::tools;
use super::prelude::*;
use crate::syntax::ast::ItemKind;

pub(super) const RULE: Rule = Rule {
    group: Group::Pedantic,
    shared: Shared::Any,
    ..Rule::new(codes::UNMENTIONED_TOOL, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let policy = context.policy();
    let found = context.file().items().into_iter().filter_map(|item| {
        let ItemKind::Server { name, .. } = &item.kind else { return None };
        let server = policy.find_server(&name.text)?;
        let selected = |tool| policy.rules.iter().any(|rule| rule.selection.named.binary_search(&tool).is_ok());
        let left: Vec<_> = policy.tools_of(server).map(|(id, _)| id).filter(|id| !selected(*id)).collect();
        if left.is_empty() {
            return None;
        }
        let (are, decision) = (if left.len() == 1 { "is" } else { "are" }, if policy.default.allow { "open" } else { "denied" });
        let message = format!("no rule speaks of {}, which {are} {decision} by default", tools::names(context, left));
        let finding = Diagnostic::new(codes::UNMENTIONED_TOOL, name.span, message);
        Some(finding.help("say of each class what is meant: `allow @read; deny @destructive;`"))
    });
    found.collect()
}
