//! A writing tool without a limit.
//!
//! ## What it does
//!
//! Reports tools of the class write without any bound on the number of calls: no limit applies to
//! them, and nobody approves them.
//!
//! ## Why it matters
//!
//! An agent that runs wild writes until somebody notices: thousands of issues, messages, files.
//!
//! ## Example
//!
//! ```pol lint code=unlimited-write catalogue
//! deny *;
//! allow send_mail when every args.to like "*@acme.com";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow send_mail when every args.to like "*@acme.com";
//! limit send_mail 20/hour;
//! ```

use super::helpers::{opened, tools};
use super::prelude::*;
use crate::catalogue::Class;

pub(super) const RULE: Rule = Rule {
    group: Group::Strict,
    imported: Imported::AtImport,
    shared: Shared::Any,
    ..Rule::new(codes::UNLIMITED_WRITE, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut unlimited = opened::tools(context);
    unlimited.retain(|opened| {
        tools::classes(context, opened.tool).is_some_and(|classes| classes.has(Class::Write))
            && opened.case.limits.is_empty()
            && opened.can_pass(context)
    });
    let found = opened::by_rule(unlimited).into_iter().filter_map(|(by, unlimited)| {
        let origin = opened::origin(context, by)?;
        let names = tools::names(context, unlimited.iter().map(|opened| opened.tool));
        let message = format!("nothing limits how often {names} can be called");
        let finding = Diagnostic::new(codes::UNLIMITED_WRITE, origin.span, message);
        Some(finding.help("add a `limit`, for these tools or for `*`"))
    });
    found.collect()
}
