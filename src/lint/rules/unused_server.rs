//! A server that no rule uses.
//!
//! ## What it does
//!
//! Reports a `server` of the file if no rule or assertion selects any of its tools by a name, a
//! glob, a set or `server::*`, and the default denies tools that no rule opens.
//!
//! ## Why it matters
//!
//! The agent cannot use the server at all. Either rules for it are missing, or it need not be
//! declared.
//!
//! ## Example
//!
//! ```pol lint code=unused-server
//! server shop from "catalogues/shop.json";
//! server errors from "catalogues/errors.json";
//! deny *;
//! allow shop::get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint
//! server shop from "catalogues/shop.json";
//! deny *;
//! allow get_order;
//! ```

use super::prelude::*;
use crate::ir::{Parts, Selection, ServerId};
use crate::source::offset;
use crate::syntax::ast::ItemKind;

pub(super) const RULE: Rule = Rule::new(codes::UNUSED_SERVER, Check::File(check));

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let policies = file.checked().policies();
    // A file that only declares is there to be imported.
    if policies.iter().all(|policy| policy.rules.is_empty()) {
        return Vec::new();
    }
    let found = file.items().into_iter().filter_map(|item| {
        let ItemKind::Server { name, .. } = &item.kind else { return None };
        let uses = |policy: &Parts| {
            let server = policy.servers.iter().position(|server| server.name == name.text);
            server.is_some_and(|server| speaks_of(policy, ServerId(offset(server))))
        };
        if policies.iter().any(|policy| uses(policy)) {
            return None;
        }
        let message = format!("no rule uses the server {}", quote(&name.text));
        let finding = Diagnostic::new(codes::UNUSED_SERVER, item.span, message);
        Some(finding.help("write rules for its tools, or remove it: tools that no rule opens are denied"))
    });
    found.collect()
}

fn speaks_of(policy: &Parts, server: ServerId) -> bool {
    let named = |selection: &Selection| {
        let tool_of = |tool: &crate::ir::ToolId| policy.tool(*tool).is_some_and(|tool| tool.server == server);
        let star = selection.star.as_ref().and_then(|star| star.servers.as_ref());
        selection.named.iter().any(tool_of) || star.is_some_and(|servers| servers.contains(&server))
    };
    let opens_all = policy.rules.iter().any(|rule| {
        matches!(rule.effect, crate::ir::Effect::Allow) && rule.selection.star.as_ref().is_some_and(|star| star.servers.is_none())
    });
    policy.default.allow
        || opens_all
        || policy.rules.iter().any(|rule| named(&rule.selection))
        || policy.assertions.iter().any(|assertion| named(&assertion.selection))
}
