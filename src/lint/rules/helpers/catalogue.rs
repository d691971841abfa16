//! What the catalogues of a policy say, and where findings about them are placed.

use crate::catalogue::ToolEntry;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{ServerId, Tool};
use crate::lint::context::Context;
use crate::source::{Span, offset};
use crate::syntax::ast::ItemKind;

/// How many places in the catalogue are shown.
const MOST_SHOWN: usize = 3;

/// Something odd about an entry of a catalogue: where, and what.
pub(in crate::lint::rules) struct Odd<'a> {
    pub(in crate::lint::rules) tool: &'a Tool,
    pub(in crate::lint::rules) span: Span,
    pub(in crate::lint::rules) why: String,
}

/// The entries of the known tools of a server.
pub(in crate::lint::rules) fn entries<'a>(
    context: &Context<'a>,
    server: ServerId,
) -> impl Iterator<Item = (&'a Tool, &'a ToolEntry)> {
    let tools = context.policy().tools_of(server);
    let entries: Vec<_> =
        tools.flat_map(|(_, tool)| context.entries(tool).map(move |entry| (tool, entry)).collect::<Vec<_>>()).collect();
    entries.into_iter()
}

/// A finding for each server about whose catalogue there is something to say. It is placed at the
/// `server` statement or, if the catalogue comes from elsewhere, where the policy begins.
pub(in crate::lint::rules) fn findings<'a>(
    context: &Context<'a>,
    code: &'static Code,
    help: &str,
    look: &dyn Fn(ServerId) -> Vec<Odd<'a>>,
    message: &dyn Fn(&[String]) -> String,
) -> Vec<Diagnostic> {
    let policy = context.policy();
    let servers = policy.servers.iter().enumerate().map(|(index, server)| (ServerId(offset(index)), server));
    let found = servers.filter_map(|(id, server)| {
        let odd = look(id);
        let mut names: Vec<String> = odd.iter().map(|odd| odd.tool.name.clone()).collect();
        names.dedup();
        if names.is_empty() {
            return None;
        }
        let finding = Diagnostic::new(code, place(context, &server.name)?, message(&names)).help(help);
        Some(odd.into_iter().take(MOST_SHOWN).fold(finding, |finding, odd| finding.because(odd.span, odd.why)))
    });
    found.collect()
}

fn place(context: &Context<'_>, server: &str) -> Option<Span> {
    let declared = context.file().servers().iter().find_map(|item| match &item.kind {
        ItemKind::Server { name, .. } if name.text == server => Some(item.span),
        _ => None,
    });
    let policy = context.policy();
    let first = policy.rules.iter().map(|rule| &rule.origin).chain(&policy.default.origin).map(|origin| origin.span);
    declared.or_else(|| first.min())
}
