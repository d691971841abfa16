//! `policyc targets`

use super::args::{TargetsArgs, TargetsFormat};
use super::{CommandResult, Exit, Streams, policy, print_json, written};
use policyc_core::emit::TARGETS;
use policyc_core::ir::ServerId;
use policyc_core::render::targets::{self, Attempt, Attempts};
use policyc_core::source::offset;

pub(super) fn run(arguments: &TargetsArgs, streams: &mut Streams<'_>) -> CommandResult {
    let Some(file) = &arguments.file else {
        match arguments.format {
            TargetsFormat::Json => print_json(streams.output, &targets::json(TARGETS, None))?,
            TargetsFormat::Human => written(streams.output.write_all(targets::text(TARGETS).as_bytes()))?,
            TargetsFormat::Markdown => written(streams.output.write_all(targets::markdown(TARGETS).as_bytes()))?,
        }
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
                    emission: target.emit(policy, ServerId(offset(index))),
                });
            }
        }
        all.push((target, attempts));
    }
    let sources = &loaded.analysis.sources;
    match arguments.format {
        TargetsFormat::Json => print_json(streams.output, &targets::json(TARGETS, Some((&all, sources))))?,
        _ => written(streams.output.write_all(targets::fitness_text(&all, sources).as_bytes()))?,
    }
    Ok(Exit::Fine)
}
