//! The files that a compilation writes.

use std::path::PathBuf;

use super::super::args::CompileArgs;
use super::super::{CommandResult, Exit, Streams, files, print};
use super::{Attempt, is_folder};
use policyc_core::emit::{Artefact, Target};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::report;
use policyc_core::source::SourceMap;

/// A file, and what is to be in it.
pub(super) type Output = (PathBuf, Vec<u8>);

/// All files, in the order of the documents. Without an output there is one, for standard output.
pub(super) fn planned(
    attempts: &[Attempt<'_>],
    arguments: &CompileArgs,
    sources: &SourceMap,
) -> Result<Vec<Output>, String> {
    let mut outputs = Vec::new();
    for attempt in attempts {
        let (target, Some(artefact)) = (attempt.target, &attempt.emission.artefact) else { continue };
        let text = bytes(artefact, arguments, target)?;
        let folder = arguments.output.as_deref().filter(|output| is_folder(output));
        if folder.is_none() && target.main_file.is_some() && !arguments.digest {
            return Err(format!("the target `{}` needs several files; name a folder with `-o DIR`", target.name));
        }
        // The document, or the folder of a document that needs other files.
        let place = match (folder, &arguments.output) {
            (Some(folder), _) => folder.join(file_name(attempt.policy, attempt.server, target)),
            (None, output) => output.clone().unwrap_or_default(),
        };
        let path = folder.and(target.main_file).map_or_else(|| place.clone(), |main| place.join(main));
        if arguments.provenance {
            let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let version = env!("CARGO_PKG_VERSION");
            if let Some(json) = report::provenance::json(&attempt.compiled(), &file, &text, sources, version) {
                let beside = path.with_file_name(format!("{file}.provenance.json"));
                outputs.push((beside, report::document(&json).into_bytes()));
            }
        }
        let beside = artefact.beside.iter().filter(|_| folder.is_some());
        outputs.extend(beside.map(|file| (place.join(file.path), file.text.clone().into_bytes())));
        outputs.push((path, text));
    }
    Ok(outputs)
}

/// Writes the files, and with `folders` the folders that they need.
pub(super) fn write(outputs: &[Output], folders: bool) -> Result<(), String> {
    for (path, text) in outputs {
        if let Some(folder) = path.parent().filter(|_| folders) {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make the folder `{}`: {error}", files::shown(folder)))?;
        }
        files::write(path, text)?;
    }
    Ok(())
}

/// Says which files are not what would be written.
pub(super) fn check(wanted: &[Output], streams: &mut Streams<'_>) -> CommandResult {
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

fn bytes(artefact: &Artefact, arguments: &CompileArgs, target: &Target) -> Result<Vec<u8>, String> {
    if !arguments.canonical && !arguments.digest {
        return Ok(artefact.text.clone().into_bytes());
    }
    let none = || format!("`--canonical` and `--digest` are for JSON; the {} document is not JSON", target.name);
    let canonical = artefact.canonical().ok_or_else(none)?;
    Ok(if arguments.digest { format!("{}\n", artefact.digest()).into_bytes() } else { canonical })
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
