//! A tool whose annotations contradict what it does.
//!
//! ## What it does
//!
//! Reports tools that the policy opens and whose annotations contradict their name or description:
//! those with `readOnlyHint: true` that delete something, run what the caller writes or move money,
//! and those with `destructiveHint: false` that delete something.
//!
//! ## Why it matters
//!
//! Annotations are only the server's own claim. Clients that trust them call such a tool without
//! asking first. policyc does not rely on them alone when it determines the class of a tool, but
//! somebody may have written rules that do.
//!
//! ## Example
//!
//! ```pol lint code=annotation-conflict
//! server errors from "catalogues/errors.json";
//! deny *;
//! limit purge_errors 1/day;
//! ```
//!
//! ## Use instead
//!
//! Have the server corrected, or set the class of the tool in policyc.toml (below
//! `[classes.errors]`: `purge_errors = "destructive"`), which silences the finding. Until then, do
//! not open the tool:
//!
//! ```pol lint
//! server errors from "catalogues/errors.json";
//! deny *;
//! allow list_errors;
//! ```

use super::helpers::catalogue::{self, Odd};
use super::helpers::{opened, tools};
use super::prelude::*;
use crate::catalogue::Class;

pub(super) const RULE: Rule = Rule {
    group: Group::Strict,
    confidence: Confidence::Medium,
    shared: Shared::Any,
    ..Rule::new(codes::ANNOTATION_CONFLICT, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let opened = opened::tools(context);
    let look = |server| {
        let entries = catalogue::entries(context, server);
        let open = entries.filter(|(tool, _)| {
            opened.iter().any(|opened| context.policy().tool(opened.tool).is_some_and(|other| other.name == tool.name && other.server == tool.server))
        });
        let settings = context.policy().server(server).map(|server| &server.settings);
        let odd = open.filter_map(|(tool, entry)| {
            // The owner of the policy has set the class of the tool.
            if settings.is_some_and(|settings| settings.classes(&tool.name).is_some()) {
                return None;
            }
            let classes = context.policy().server(server)?.only_classes(tool)?;
            let severe = classes.most_severe() > Class::Write;
            let claim = match (entry.annotations.read_only, entry.annotations.destructive) {
                (Some(true), _) if severe => "`readOnlyHint` is true",
                (_, Some(false)) if classes.has(Class::Destructive) => "`destructiveHint` is false",
                _ => return None,
            };
            let (_, reason) = context.classes(tool)?;
            Some(Odd { tool, span: entry.span, why: format!("{claim}, and {reason}") })
        });
        odd.collect()
    };
    let help = "do not base rules on annotations; `[classes.SERVER]` in policyc.toml sets the class of a tool";
    catalogue::findings(context, codes::ANNOTATION_CONFLICT, help, &look, &|names| {
        format!("the annotations of {} contradict its name", tools::listed(names.iter().map(|name| quote(name)).collect()))
    })
}
