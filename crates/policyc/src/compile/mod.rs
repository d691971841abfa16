//! `policyc compile`

mod output;

use std::path::{Path, PathBuf};

use super::args::{CompileArgs, ReportFormat};
use super::policy::{self, Loaded, chosen};
use super::printing::print_findings;
use super::{CommandResult, Exit, Streams, files, keep, print, written};
use policyc_core::config::Config;
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::diagnostics::{Code, Diagnostic, Severity, codes, quote};
use policyc_core::emit::{self, Emission, Leave, Request, Target};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::lint::Rule;
use policyc_core::report::compile::Compiled;
use policyc_core::source::{SourceMap, Span, offset};
use policyc_core::{report, revision};

pub(super) fn run(arguments: &CompileArgs, streams: &mut Streams<'_>) -> CommandResult {
    let loaded = policy::load(&arguments.file, &arguments.source, streams)?;
    let targets = targets(arguments, &loaded)?;
    let mut found = loaded.analysis.diagnostics.clone();
    let mut attempts: Vec<Attempt<'_>> = Vec::new();
    let leave: Vec<Leave> = arguments.leave.iter().map(|kind| (*kind).into()).collect();
    if let Some(checked) = &loaded.analysis.checked {
        match chosen(checked, arguments.source.policy.as_deref(), Span::new(loaded.analysis.main, 0, 0)) {
            Err(error) => found.push(*error),
            Ok(policies) => {
                found.extend(revision::check(&loaded.analysis, &policies));
                let wanted = wanted(&policies, &targets, &loaded.config, arguments)?;
                for (target, (policy, server)) in
                    targets.iter().flat_map(|target| wanted.iter().map(move |of| (target, *of)))
                {
                    let settings = loaded.config.options.of(target);
                    let emission = target.make_leaving(&Request::new(policy, server, settings), &leave);
                    let told = emission.diagnostics.iter().cloned();
                    found.extend(told.map(|diagnostic| exact(diagnostic, arguments.exact)));
                    attempts.push(Attempt { target, policy, server, emission });
                }
            }
        }
    }
    let found = loaded.settle(found, &loaded.levels(arguments.deny), &|code| Rule::of(code).is_none());
    print_findings(&found, &loaded.analysis.sources, arguments.format, streams)?;
    if let Some(format) = arguments.report {
        print(streams.output, &reported(&attempts, &loaded.analysis.sources, format))?;
    }
    if found.iter().any(Diagnostic::is_error) {
        return Ok(Exit::Findings);
    }
    let outputs = output::planned(&attempts, arguments, &loaded.analysis.sources)?;
    let Some(output) = &arguments.output else {
        for (_, text) in outputs {
            written(streams.output.write_all(&text))?;
        }
        drop(attempts);
        keep(loaded);
        return Ok(Exit::Fine);
    };
    let paths: Vec<PathBuf> = outputs.iter().map(|(path, _)| path.clone()).collect();
    refuse_inputs(&paths, &loaded)?;
    let exit = if arguments.check {
        output::check(&outputs, streams)?
    } else {
        output::write(&outputs, is_folder(output))?;
        Exit::Fine
    };
    drop(attempts);
    keep(loaded);
    Ok(exit)
}

/// What came of compiling a policy for one of its servers.
struct Attempt<'a> {
    target: &'static Target,
    policy: &'a Policy,
    server: ServerId,
    emission: Emission,
}

impl Attempt<'_> {
    fn compiled(&self) -> Compiled<'_> {
        let Self { target, policy, server, emission } = self;
        Compiled { target, policy, server: *server, emission }
    }
}

/// What became of each statement.
fn reported(attempts: &[Attempt<'_>], sources: &SourceMap, format: ReportFormat) -> String {
    let compiled: Vec<Compiled<'_>> = attempts.iter().map(Attempt::compiled).collect();
    match format {
        ReportFormat::Human => report::compile::text(&compiled),
        ReportFormat::Json => report::document(&report::compile::json(&compiled, sources)),
    }
}

/// The targets that the command line names, else those of the configuration, else the first there is. Several need a folder.
fn targets(arguments: &CompileArgs, loaded: &Loaded) -> Result<Vec<&'static Target>, String> {
    let named = policy::targets(&arguments.target, &loaded.config)?;
    let targets = if named.is_empty() { emit::TARGETS.iter().copied().take(1).collect() } else { named };
    if targets.len() > 1 && !arguments.output.as_deref().is_some_and(is_folder) {
        let names: Vec<&str> = targets.iter().map(|target| target.name).collect();
        return Err(format!(
            "there are several targets ({}); name one with `--target NAME`, or a folder with `-o DIR`",
            names.join(", ")
        ));
    }
    Ok(targets)
}

/// The policies and servers to compile: one of each, unless the output is a folder.
fn wanted<'a>(
    policies: &[&'a Policy],
    targets: &[&Target],
    config: &Config,
    arguments: &CompileArgs,
) -> Result<Vec<(&'a Policy, ServerId)>, String> {
    let many = arguments.output.as_deref().is_some_and(is_folder);
    let list = |names: Vec<&str>| names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ");
    if policies.len() > 1 && !many {
        let names = list(policies.iter().map(|policy| policy.name.as_str()).collect());
        return Err(format!(
            "the file has several policies ({names}); name one with `--policy NAME`, or a folder with `-o DIR`"
        ));
    }
    let mut wanted = Vec::new();
    for policy in policies {
        let servers = || policy.servers.iter().map(|server| server.name.as_str());
        match &arguments.server {
            Some(name) => {
                let Some(server) = policy.find_server(name) else {
                    let near = nearest(name, servers()).map(|near| format!("; did you mean {}?", quote(near)));
                    return Err(format!("the policy has no server named {}{}", quote(name), near.unwrap_or_default()));
                };
                wanted.push((*policy, server));
            }
            None if policy.servers.len() > 1 && !many => {
                // Several targets need a folder, so there is one.
                let configured = targets.first().map(|target| config.server(target, policy)).transpose()?.flatten();
                if let Some(server) = configured {
                    wanted.push((*policy, server));
                    continue;
                }
                let names = list(servers().collect());
                return Err(format!(
                    "the policy speaks of several servers ({names}); name one with `--server NAME`, or a folder with `-o DIR`"
                ));
            }
            None => wanted.extend((0..policy.servers.len()).map(|index| (*policy, ServerId(offset(index))))),
        }
    }
    Ok(wanted)
}

/// What `--exact` makes an error: a document that is stricter than the policy, a limit that holds only while its counter does, and
/// what could not be proved.
const NOT_EXACT: [&Code; 4] =
    [codes::STRICTER_ARTEFACT, codes::APPROVAL_AS_DENIAL, codes::LIMIT_FAILS_OPEN, codes::UNPROVED_ARTEFACT];

fn exact(mut diagnostic: Diagnostic, exact: bool) -> Diagnostic {
    if exact && NOT_EXACT.contains(&diagnostic.code) {
        diagnostic.severity = Severity::Error;
    }
    diagnostic
}

/// Refuses to write over a file that the policy was read from: `-o github.json` is easily the catalogue.
fn refuse_inputs(outputs: &[PathBuf], loaded: &Loaded) -> Result<(), String> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let inputs: Vec<PathBuf> = loaded.analysis.sources.names().filter_map(|name| real(Path::new(name))).collect();
    match outputs.iter().find(|output| real(output).is_some_and(|output| inputs.contains(&output))) {
        None => Ok(()),
        Some(output) => {
            Err(format!("`{}` is read by this very command; write the document to another file", files::shown(output)))
        }
    }
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}
