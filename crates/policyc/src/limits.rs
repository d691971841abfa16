//! `policyc limits`

use super::args::{LimitsArgs, SummaryFormat};
use super::{CommandResult, Exit, Streams, policy, print};
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::ir::Policy;
use policyc_core::report;

pub(super) fn run(arguments: &LimitsArgs, streams: &mut Streams<'_>) -> CommandResult {
    let loaded = policy::load(&arguments.file, &arguments.source, streams)?;
    let wanted = arguments.source.policy.as_deref();
    let Some(policies) = policy::usable(&loaded, wanted, streams)? else { return Ok(Exit::Findings) };
    if let Some(tool) = &arguments.tool {
        known(tool, &policies)?;
    }
    let found = policies.iter().map(|policy| (*policy, report::limits::Found::of(policy, arguments.tool.as_deref())));
    let text = match arguments.format {
        SummaryFormat::Human => {
            let width = streams.width;
            found.map(|(policy, found)| report::limits::text(policy, &found, width)).collect::<Vec<_>>().join("\n")
        }
        SummaryFormat::Json => {
            let documents = found.map(|(policy, found)| report::limits::json(policy, &found)).collect();
            report::document(&report::policies(documents))
        }
    };
    print(streams.output, &text)?;
    Ok(Exit::Fine)
}

/// A misspelt tool would look like one that nothing is said of.
fn known(tool: &str, policies: &[&Policy]) -> Result<(), String> {
    let names = || policies.iter().flat_map(|policy| policy.tools.iter()).map(|tool| tool.name.as_str());
    if names().any(|name| name == tool) {
        return Ok(());
    }
    Err(match nearest(tool, names()) {
        Some(near) => format!("the policy knows no tool `{tool}`; did you mean `{near}`?"),
        None => format!("the policy knows no tool `{tool}`"),
    })
}
