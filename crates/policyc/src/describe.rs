//! `policyc describe`

use super::args::{self, DescribeArgs, DescribeFormat};
use super::{CommandResult, Exit, Streams, policy, print};
use policyc_core::report;
use policyc_core::report::describe::{By, json, markdown, text};

pub(super) fn run(arguments: &DescribeArgs, streams: &mut Streams<'_>) -> CommandResult {
    let loaded = policy::load(&arguments.file, &arguments.source, streams)?;
    let wanted = arguments.source.policy.as_deref();
    let Some(policies) = policy::usable(&loaded, wanted, streams)? else { return Ok(Exit::Findings) };
    let all = policies.into_iter().map(|policy| match arguments.by {
        None => (policy, By::usual(policy)),
        Some(args::By::Tool) => (policy, By::Tool),
        Some(args::By::Rule) => (policy, By::Rule),
    });
    let width = streams.width;
    let described = match arguments.format {
        DescribeFormat::Text => all.map(|(policy, by)| text(policy, by, width)).collect::<Vec<_>>().join("\n"),
        DescribeFormat::Markdown => all.map(|(policy, by)| markdown(policy, by)).collect::<Vec<_>>().join("\n"),
        DescribeFormat::Json => report::document(&report::policies(all.map(|(policy, by)| json(policy, by)).collect())),
    };
    print(streams.output, &described)?;
    Ok(Exit::Fine)
}
