//! What it means for a policy that the catalogues are not as they are locked: which calls are decided otherwise.
//!
//! The policy is compared with itself, over the tools and classes of the lock and over those of today. The lock has digests of
//! schemas and not the schemas, so nothing is said of calls that only one of two schemas admits.

use std::collections::BTreeMap;

use super::moved::sentence;
use super::{Change, ToolName, compare};
use crate::analysis::ask::Domain;
use crate::catalogue::Part;
use crate::decider::PolicyDecider;
use crate::diagnostics::{codes, quote, shown, visible_json};
use crate::ir::Policy;
use crate::lock;
use crate::sema::{Analysis, ToolDrift};

/// Adds to each finding about a tool that is not as it is locked what that means for the policies. `before` is the analysis
/// over what is locked, `after` the one over the catalogues as they are.
pub fn explain(analysis: &mut Analysis, before: &Analysis, after: &Analysis) {
    let changes = changes(before, after);
    let drift = std::mem::take(&mut analysis.drift);
    for finding in analysis.diagnostics.iter_mut().filter(|finding| finding.code == codes::CATALOGUE_DRIFT) {
        let message = &finding.message;
        let of = |tool: &&ToolDrift| tool.span == finding.primary.span && tool.drift.message() == *message;
        let Some(tool) = drift.iter().find(of) else { continue };
        let mut lines: Vec<String> = finding.help.take().into_iter().collect();
        match &changes {
            Ok(changes) => lines.extend(of_tool(tool, changes)),
            Err(why) => lines.push(why.clone()),
        }
        finding.help = Some(lines.join("\n"));
    }
    analysis.drift = drift;
}

/// By server and tool, what changes for its calls, as sentences.
type Changes = BTreeMap<(String, String), Vec<String>>;

/// What changes for all calls.
fn changes(before: &Analysis, after: &Analysis) -> Result<Changes, String> {
    for (analysis, with) in [(after, "the catalogues as they are"), (before, "the tools that are locked")] {
        if let Some(error) = analysis.diagnostics.iter().find(|finding| finding.is_error()) {
            return Err(format!("with {with} the policy has errors: {}", error.message));
        }
    }
    let mut found = Changes::new();
    let several = after.policies().count() > 1;
    for new in after.policies() {
        let Some(old) = before.policies().find(|old| old.name == new.name) else { continue };
        let sides = [old, new].map(|policy| PolicyDecider::new(policy).closed());
        let [was, is] = &sides;
        for change in compare(was, is, Domain::Any, true).changes {
            let sentences = sentences(&change, new, several);
            for tool in &change.tools {
                if let Some(key) = key(tool, new) {
                    found.entry(key).or_default().extend(sentences.iter().cloned());
                }
            }
        }
    }
    Ok(found)
}

/// The server and name of a tool. A policy with one server does not name it.
fn key(name: &ToolName, policy: &Policy) -> Option<(String, String)> {
    let only = || policy.servers.first().map(|server| server.name.clone());
    Some((name.server.clone().or_else(only)?, name.tool.clone()?))
}

fn sentences(change: &Change, policy: &Policy, several: bool) -> Vec<String> {
    let of = if several { format!("in the policy {}, ", quote(&policy.name)) } else { String::new() };
    let moves = change.moves.iter().map(|step| {
        let call = step.example.as_ref().map(|example| format!(": {}", visible_json(&example.call.json())));
        format!("{of}{}{}", sentence(step), call.unwrap_or_default())
    });
    let limits = change.limits.iter().map(|limit| {
        let text = |text: &Option<super::limits::LimitText>| text.as_ref().map(|text| text.text.clone());
        let text = text(&limit.new).or_else(|| text(&limit.old)).unwrap_or_default();
        format!("{of}its limit {} is {}", shown(&text, 80), limit.relation.name())
    });
    moves.chain(limits).chain(change.undecided.iter().map(|what| format!("{of}{what}"))).collect()
}

/// What changes for the calls of a tool.
fn of_tool(tool: &ToolDrift, changes: &Changes) -> Vec<String> {
    let mut lines = match changes.get(&(tool.server.clone(), tool.drift.tool.clone())) {
        Some(sentences) => sentences.clone(),
        None => vec!["this policy decides no call of it otherwise".to_owned()],
    };
    if matches!(&tool.drift.change, lock::Change::Changed { parts, .. } if parts.contains(&Part::Schema)) {
        lines.push("which calls are valid now, `policyc diff` says of the old and the new catalogue".to_owned());
    }
    lines
}
