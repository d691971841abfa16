//! `policyc compile`

use std::path::{Path, PathBuf};

use super::args::{CompileArgs, ReportFormat};
use super::policy::{self, Loaded, chosen};
use super::printing::{To, print_findings};
use super::{CommandResult, Exit, Streams, files, keep, print, written};
use policyc_core::config::Config;
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::diagnostics::{Diagnostic, Severity, codes, quote};
use policyc_core::emit::{self, Artefact, Emission, Leave, Request, Target};
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
    print_findings(&found, &loaded.analysis.sources, arguments.format, To::Error, streams)?;
    if let Some(format) = arguments.report {
        print(streams.output, &reported(&attempts, &loaded.analysis.sources, format))?;
    }
    if found.iter().any(Diagnostic::is_error) {
        return Ok(Exit::Findings);
    }
    let documents: Vec<(PathBuf, &Target, &Artefact)> = attempts
        .iter()
        .filter_map(|attempt| {
            let Attempt { target, policy, server, emission } = attempt;
            Some((file_name(policy, *server, target), *target, emission.artefact.as_ref()?))
        })
        .collect();
    // All that can go wrong without the disk goes wrong before anything is written.
    let mut written_files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for (name, target, artefact) in &documents {
        let text = bytes(artefact, arguments, target)?;
        match &arguments.output {
            Some(output) if is_folder(output) => {
                let folder = output.join(name);
                match target.main_file {
                    None => written_files.push((folder, text)),
                    Some(main) => {
                        written_files.push((folder.join(main), text));
                        let beside = artefact.beside.iter();
                        written_files
                            .extend(beside.map(|file| (folder.join(file.path), file.text.clone().into_bytes())));
                    }
                }
            }
            _ if target.main_file.is_some() && !arguments.digest => {
                return Err(format!("the target `{}` needs several files; name a folder with `-o DIR`", target.name));
            }
            Some(output) => written_files.push((output.clone(), text)),
            None => written(streams.output.write_all(&text))?,
        }
    }
    let outputs: Vec<PathBuf> = written_files.iter().map(|(path, _)| path.clone()).collect();
    refuse_inputs(&outputs, &loaded)?;
    if arguments.check {
        let exit = check(&written_files, streams)?;
        keep(loaded);
        return Ok(exit);
    }
    for (path, text) in written_files {
        if arguments.output.as_deref().is_some_and(is_folder)
            && let Some(folder) = path.parent()
        {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make the folder `{}`: {error}", files::shown(folder)))?;
        }
        files::write(&path, &text)?;
    }
    drop(attempts);
    keep(loaded);
    Ok(Exit::Fine)
}

/// What came of compiling a policy for one of its servers.
struct Attempt<'a> {
    target: &'static Target,
    policy: &'a Policy,
    server: ServerId,
    emission: Emission,
}

/// What became of each statement.
fn reported(attempts: &[Attempt<'_>], sources: &SourceMap, format: ReportFormat) -> String {
    let compiled: Vec<Compiled<'_>> = attempts
        .iter()
        .map(|attempt| {
            let Attempt { target, policy, server, emission } = attempt;
            Compiled { target, policy, server: *server, emission }
        })
        .collect();
    match format {
        ReportFormat::Human => report::compile::text(&compiled),
        ReportFormat::Json => report::document(&report::compile::json(&compiled, sources)),
    }
}

/// Says which files are not what would be written.
fn check(wanted: &[(PathBuf, Vec<u8>)], streams: &mut Streams<'_>) -> CommandResult {
    let mut exit = Exit::Fine;
    for (path, text) in wanted {
        let shown = files::shown(path);
        let problem = match std::fs::read(path) {
            Ok(found) if found == *text => continue,
            Ok(_) => "is not what the policy compiles to",
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "does not exist",
            Err(error) => return Err(format!("cannot read `{shown}`: {error}")),
        };
        exit = Exit::Findings;
        print(streams.error, &format!("{shown} {problem}; compile without `--check` to write it\n"))?;
    }
    Ok(exit)
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

/// With `--exact` a document that is stricter than the policy is an error.
fn exact(mut diagnostic: Diagnostic, exact: bool) -> Diagnostic {
    if exact && diagnostic.code == codes::STRICTER_ARTEFACT {
        diagnostic.severity = Severity::Error;
    }
    diagnostic
}

fn bytes(artefact: &Artefact, arguments: &CompileArgs, target: &Target) -> Result<Vec<u8>, String> {
    if !arguments.canonical && !arguments.digest {
        return Ok(artefact.text.clone().into_bytes());
    }
    let none = || format!("`--canonical` and `--digest` are for JSON; the {} document is not JSON", target.name);
    let canonical = artefact.canonical().ok_or_else(none)?;
    Ok(if arguments.digest { format!("{}\n", artefact.digest()).into_bytes() } else { canonical })
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

fn file_name(policy: &Policy, server: ServerId, target: &Target) -> PathBuf {
    // A server may be named after a file, a policy after standard input: only plain characters reach the disk.
    let plain = |name: &str| -> String {
        name.chars().map(|char| if char.is_alphanumeric() || "_-.".contains(char) { char } else { '_' }).collect()
    };
    let server = match policy.server(server) {
        Some(server) if policy.servers.len() > 1 => format!(".{}", plain(&server.name)),
        _ => String::new(),
    };
    let extension = if target.main_file.is_some() { String::new() } else { format!(".{}", target.extension) };
    PathBuf::from(format!("{}{server}.{}{extension}", plain(&policy.name), target.name))
}
