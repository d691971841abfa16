//! Tools as messages name them, and what they can do.

use std::collections::BTreeSet;

use crate::catalogue::{Class, Classes, Tags};
use crate::diagnostics::{join_some, quote};
use crate::ir::ToolId;
use crate::lint::context::Context;

/// How many tools a message names.
const MOST_NAMED: usize = 3;

/// Some tools, as a message names them: three at most, and how many more there are.
pub(in crate::lint::rules) fn names(context: &Context<'_>, tools: impl IntoIterator<Item = ToolId>) -> String {
    listed(tools.into_iter().filter_map(|tool| Some(quote(&name(context, tool)?))).collect())
}

/// Some things, as a message lists them: three at most, and how many more there are.
pub(in crate::lint::rules) fn listed(names: Vec<String>) -> String {
    join_some(names, MOST_NAMED)
}

/// The name of a tool, with its server if there are several.
pub(in crate::lint::rules) fn name(context: &Context<'_>, tool: ToolId) -> Option<String> {
    let policy = context.policy();
    let tool = policy.tool(tool)?;
    let server = policy.server(tool.server).filter(|_| policy.servers.len() > 1);
    Some(server.map_or_else(|| tool.name.clone(), |server| format!("{}::{}", server.name, tool.name)))
}

/// The risk classes of a tool, if a catalogue has it.
pub(in crate::lint::rules) fn classes(context: &Context<'_>, tool: ToolId) -> Option<Classes> {
    let tool = context.policy().tool(tool)?;
    context.policy().server(tool.server)?.only_classes(tool)
}

/// The tags of a tool; none if no catalogue has it.
pub(in crate::lint::rules) fn tags(context: &Context<'_>, tool: ToolId) -> Tags {
    let policy = context.policy();
    let tags = policy.tool(tool).and_then(|tool| policy.server(tool.server)?.tags(tool));
    tags.unwrap_or_default()
}

/// Whether a tool deletes something, runs what the caller writes, or moves money.
pub(in crate::lint::rules) fn is_risky(context: &Context<'_>, tool: ToolId) -> bool {
    let risky = [Class::Execute, Class::Destructive, Class::Financial];
    classes(context, tool).is_some_and(|classes| risky.into_iter().any(|class| classes.has(class)))
}

/// The hidden tools: no call reaches them, and no list shows them.
pub(in crate::lint::rules) fn hidden(context: &Context<'_>) -> BTreeSet<ToolId> {
    let groups = context.groups().iter().filter(|group| group.case.hidden.is_some());
    groups.flat_map(|group| group.subjects.iter().filter_map(|subject| subject.tool)).collect()
}
