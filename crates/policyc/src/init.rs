//! `policyc init`

mod from_log;

use std::path::{Component, Path, PathBuf};

use super::args::{Format, InitArgs};
use super::files::{Disk, shown};
use super::printing::{To, print_findings};
use super::{CommandResult, Exit, Streams, config, policy, print, write};
use policyc_core::disk::Unreadable;
use policyc_core::emit::Target;
use policyc_core::sema::{CatalogueOption, Options};
use policyc_core::starter::{self, NotWritten, Refused, Starter, StarterServer, Wanted};

/// Where a policy stands that goes to standard output: beside where the program runs.
const NOWHERE: &str = "policy.pol";

pub(super) fn run(arguments: &InitArgs, streams: &mut Streams<'_>) -> CommandResult {
    let path = arguments.output.as_deref().unwrap_or(Path::new(NOWHERE));
    if let Some(taken) = arguments.output.as_deref().filter(|path| path.exists()) {
        return Err(format!(
            "`{}` exists, and a policy is not overwritten; name another file with `-o`, or remove it first",
            shown(taken)
        ));
    }
    let config = config::find(path)?;
    let targets = policy::targets(&arguments.target, &config)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let given = policy::catalogue_options(&arguments.catalogue)?;
    let servers = given.iter().map(|option| server(option, folder)).collect::<Result<Vec<_>, _>>()?;
    let options = Options { settings: config.settings.clone(), ..Options::default() };
    let wanted = Wanted { servers: &servers, path, options: &options, targets: &targets, settings: &config.options };
    if let Some(log) = &arguments.from_log {
        return from_log::run(arguments, log, &wanted, streams);
    }
    match starter::write(&wanted, &Disk::default()) {
        Ok(Starter { text, refused }) => {
            if let Some(refused) = refused {
                print(streams.error, &given_up(&refused))?;
            }
            finish(arguments, &text, streams)
        }
        Err(reason) => not_written(reason, streams),
    }
}

/// Writes a policy where it should go.
fn finish(arguments: &InitArgs, text: &str, streams: &mut Streams<'_>) -> CommandResult {
    let Some(output) = &arguments.output else {
        print(streams.output, text)?;
        return Ok(Exit::Fine);
    };
    write::write(output, text.as_bytes())?;
    let file = shown(output);
    print(streams.error, &format!("wrote `{file}`; read it, then try `policyc test {file}`\n"))?;
    Ok(Exit::Fine)
}

/// Says why there is no policy.
fn not_written(reason: NotWritten, streams: &mut Streams<'_>) -> CommandResult {
    match reason {
        NotWritten::Unusable(analysis) => {
            print_findings(&analysis.diagnostics, &analysis.sources, Format::Human, To::Error, streams)?;
            Ok(Exit::Findings)
        }
        NotWritten::NoTools => Err("the catalogue lists no tool, so there is nothing to write about".to_owned()),
        NotWritten::Refused(Refused { target, diagnostics, analysis }) => {
            print_findings(&diagnostics, &analysis.sources, Format::Human, To::Error, streams)?;
            Err(no_policy(target))
        }
    }
}

/// What the policy does without, and why.
fn given_up(refused: &Refused) -> String {
    let mut said: Vec<String> = Vec::new();
    for found in refused.diagnostics.iter().filter(|found| found.is_error()) {
        let help = found.help.as_deref().map_or_else(String::new, |help| format!("\n    {help}"));
        let reason = format!("  {}{help}", found.message);
        if !said.contains(&reason) {
            said.push(reason);
        }
    }
    format!("the policy does without what {} cannot hold:\n{}\n", refused.target.name, said.join("\n"))
}

fn no_policy(target: &Target) -> String {
    format!("nothing is written: {} refuses even a policy that opens only reads, as shown above", target.name)
}

/// A server as the policy declares it: named as the option says or as the file, with the path from the folder of the policy.
fn server(option: &CatalogueOption, folder: &Path) -> Result<StarterServer, String> {
    let stem = || option.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = option.server.clone().unwrap_or_else(stem);
    let catalogue = from_folder(&option.path, folder)?;
    let catalogue = catalogue.to_str().map(|path| path.replace('\\', "/"));
    let catalogue =
        catalogue.ok_or_else(|| format!("the path `{}` is not Unicode; rename the file", shown(&option.path)))?;
    Ok(StarterServer { name, catalogue })
}

/// The way to a file from a folder. An absolute path stays one.
fn from_folder(file: &Path, folder: &Path) -> Result<PathBuf, String> {
    if file.is_absolute() || folder == Path::new(".") {
        return Ok(file.to_path_buf());
    }
    let real = |path: &Path| {
        let found = std::fs::canonicalize(path);
        found.map_err(|error| format!("cannot find `{}`: {}", shown(path), Unreadable::from(error)))
    };
    let (file, folder) = (real(file)?, real(folder)?);
    let same = file.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(same).map(|_| Component::ParentDir);
    Ok(up.chain(file.components().skip(same)).collect())
}
