//! `policyc targets`

use super::args::{TargetsArgs, TargetsFormat};
use super::{CommandResult, Exit, Streams, policy, print};
use policyc_core::emit::{Request, TARGETS};
use policyc_core::ir::ServerId;
use policyc_core::report;
use policyc_core::report::targets::{Attempt, Attempts};
use policyc_core::source::offset;

pub(super) fn run(arguments: &TargetsArgs, streams: &mut Streams<'_>) -> CommandResult {
    let Some(file) = &arguments.file else {
        let text = match arguments.format {
            TargetsFormat::Json => report::document(&report::targets::json(TARGETS, None)),
            TargetsFormat::Human => report::targets::text(TARGETS),
            TargetsFormat::Markdown => report::targets::markdown(TARGETS),
        };
        print(streams.output, &text)?;
        return Ok(Exit::Fine);
    };
    if arguments.format == TargetsFormat::Markdown {
        return Err("`--format markdown` is for the table of all targets; leave the policy out".to_owned());
    }
    let loaded = policy::load(file, &arguments.source, streams)?;
    let Some(policies) = policy::usable(&loaded, arguments.source.policy.as_deref(), streams)? else {
        return Ok(Exit::Findings);
    };
    let mut all: Vec<Attempts<'_>> = Vec::new();
    for target in TARGETS {
        let mut attempts = Vec::new();
        for policy in &policies {
            for (index, server) in policy.servers.iter().enumerate() {
                attempts.push(Attempt {
                    policy: if policies.len() > 1 { &policy.name } else { "" },
                    server: if policy.servers.len() > 1 { &server.name } else { "" },
                    emission: target.make(&Request::new(
                        policy,
                        ServerId(offset(index)),
                        loaded.config.options.of(target),
                    )),
                });
            }
        }
        all.push((target, attempts));
    }
    let sources = &loaded.analysis.sources;
    let text = match arguments.format {
        TargetsFormat::Json => report::document(&report::targets::json(TARGETS, Some((&all, sources)))),
        _ => report::targets::fitness_text(&all, sources),
    };
    print(streams.output, &text)?;
    Ok(Exit::Fine)
}
