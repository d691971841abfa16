//! A description that addresses the model.
//!
//! ## What it does
//!
//! Reports descriptions of tools with phrases that tell the model to do more than make the call: to
//! ignore other instructions, to keep something from the user, to read secrets first; and sections
//! marked by a tag like `<IMPORTANT>`.
//!
//! ## Why it matters
//!
//! The description of a tool is part of the prompt. A poisoned description works as soon as the
//! tool is listed, whether it is called or not; `hide` removes it from the list.
//!
//! ## Example
//!
//! ```pol lint code=suspicious-description
//! server trap from "catalogues/hidden.json";
//! deny *;
//! allow get_weather;
//! ```
//!
//! ## Use instead
//!
//! Hide the tool, or do not use the server:
//!
//! ```pol lint
//! server trap from "catalogues/hidden.json";
//! deny *;
//! hide get_joke;
//! allow get_weather;
//! ```

use super::helpers::catalogue::{self, Odd};
use super::helpers::tools;
use super::prelude::*;
use crate::catalogue::flags::Oddity;

pub(super) const RULE: Rule = Rule {
    group: Group::Strict,
    confidence: Confidence::Low,
    shared: Shared::Any,
    ..Rule::new(codes::SUSPICIOUS_DESCRIPTION, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    // A tool that is hidden is not listed, so nobody reads what it says.
    let all_hidden = tools::hidden(context);
    let hidden = |tool: &crate::ir::Tool| {
        context.policy().find_tool(tool.server, &tool.name).is_some_and(|id| all_hidden.contains(&id))
    };
    let look = |server| {
        let odd = catalogue::entries(context, server).filter(|(tool, _)| !hidden(tool)).filter_map(|(tool, entry)| {
            let found = Oddity::Instruction.find(entry.description.as_deref()?)?;
            Some(Odd { tool, span: entry.span, why: format!("its description contains {found}") })
        });
        odd.collect()
    };
    let help = "read the description; `hide` removes the tool from the list that the model sees";
    catalogue::findings(context, codes::SUSPICIOUS_DESCRIPTION, help, &look, &|names| {
        format!("the description of {} addresses the model", tools::listed(names.iter().map(|name| quote(name)).collect()))
    })
}
