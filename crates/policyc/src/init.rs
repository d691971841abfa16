//! `policyc init`

mod from_log;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::args::{Format, InitArgs};
use super::files::{Disk, shown};
use super::many::{self, Look};
use super::printing::print_findings;
use super::{CommandResult, Exit, Streams, config, policy, print, select, write};
use policyc_core::diagnostics::{quote, visible};
use policyc_core::disk::{self, Unreadable};
use policyc_core::emit::Target;
use policyc_core::sema::{CatalogueOption, Options};
use policyc_core::starter::{self, NotWritten, Refused, Starter, StarterServer, Wanted};

/// Where a policy stands that goes to standard output: beside where the program runs.
const NOWHERE: &str = "policy.pol";

pub(super) fn run(arguments: &InitArgs, streams: &mut Streams<'_>) -> CommandResult {
    let given = catalogues(arguments)?;
    let Some(output) = &arguments.output else {
        return one(&given, arguments, None, streams).map(Written::exit);
    };
    if arguments.each {
        return each(given, output, arguments, streams);
    }
    if output.is_dir() {
        let folder = shown(output);
        return Err(format!("`{folder}` is a folder; name a file, or write a policy for each catalogue with `--each`"));
    }
    let written = one(&given, arguments, Some(output), streams)?;
    if written == Written::Whole {
        let file = shown(output);
        print(streams.error, &format!("wrote `{file}`; read it, then try `policyc test {file}`\n"))?;
    }
    Ok(written.exit())
}

/// Whether a policy was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Whole,
    /// The catalogue has errors.
    Unusable,
}

impl Written {
    const fn exit(self) -> Exit {
        match self {
            Self::Whole => Exit::Fine,
            Self::Unusable => Exit::Findings,
        }
    }
}

/// The catalogues that the command line names, those in folders each.
fn catalogues(arguments: &InitArgs) -> Result<Vec<CatalogueOption>, String> {
    let named = policy::catalogue_options(&arguments.catalogue)?;
    let unnamed = arguments.catalogues.iter().map(|path| CatalogueOption { server: None, path: path.clone() });
    let mut all = Vec::new();
    for option in named.into_iter().chain(unnamed) {
        if let (Some(name), true) = (&option.server, option.path.is_dir()) {
            return Err(format!(
                "{} is the name of one server, and `{}` is a folder",
                quote(name),
                shown(&option.path)
            ));
        }
        let files = select::in_order(&[option.path], "json")?;
        all.extend(files.into_iter().map(|path| CatalogueOption { server: option.server.clone(), path }));
    }
    Ok(all)
}

/// Writes a policy for each catalogue into a folder, as many at once as there are processors.
fn each(given: Vec<CatalogueOption>, folder: &Path, arguments: &InitArgs, streams: &mut Streams<'_>) -> CommandResult {
    let mut taken: BTreeMap<String, &Path> = BTreeMap::new();
    for option in &given {
        // Not every system tells `a.pol` from `A.pol`.
        let name = name(option);
        if let Some(other) = taken.insert(name.to_lowercase(), &option.path) {
            let (one, other) = (shown(other), shown(&option.path));
            let both = format!("`{one}` and `{other}` would both be written to `{}.pol`", visible(&name));
            return Err(format!("{both}; name one of them with `--catalogue NAME=PATH`"));
        }
    }
    let made = std::fs::create_dir_all(folder);
    made.map_err(|error| format!("cannot make the folder `{}`: {}", shown(folder), Unreadable::from(error)))?;
    let look = Look::of(streams);
    let work = |option: CatalogueOption| {
        let output = folder.join(format!("{}.pol", name(&option)));
        look.capture(&[], |streams| one(&[option], arguments, Some(&output), streams).map(Written::exit))
    };
    let (all, mut done, mut exit) = (given.len(), 0, Exit::Fine);
    many::in_order(given, work, |captured| {
        let own = captured.print(streams)?;
        done += usize::from(own == Exit::Fine);
        exit = exit.max(own);
        Ok::<(), String>(())
    })?;
    let folder = shown(folder);
    let missing = match all - done {
        0 => String::new(),
        missing => format!("; {missing} could not be written"),
    };
    let wrote = if done == 1 { "1 policy".to_owned() } else { format!("{done} policies") };
    print(
        streams.error,
        &format!("wrote {wrote} to `{folder}`{missing}; read them, then try `policyc test {folder}`\n"),
    )?;
    Ok(exit)
}

/// Writes one policy, to standard output without a file.
fn one(
    given: &[CatalogueOption],
    arguments: &InitArgs,
    output: Option<&Path>,
    streams: &mut Streams<'_>,
) -> Result<Written, String> {
    let path = output.unwrap_or(Path::new(NOWHERE));
    if let Some(taken) = output.filter(|path| disk::is_taken(path)) {
        return Err(format!(
            "`{}` exists, and a policy is not overwritten; name another file with `-o`, or remove it first",
            shown(taken)
        ));
    }
    let config = config::find(path)?;
    let targets = policy::targets(&arguments.target, &config)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let servers = given.iter().map(|option| server(option, folder)).collect::<Result<Vec<_>, _>>()?;
    let options = Options { settings: config.settings.clone(), ..Options::default() };
    let wanted = Wanted { servers: &servers, path, options: &options, targets: &targets, settings: &config.options };
    if let Some(log) = &arguments.from_log {
        return from_log::run(arguments, log, &wanted, output, streams);
    }
    match starter::write(&wanted, &Disk::default()) {
        Ok(Starter { text, refused }) => {
            if let Some(refused) = refused {
                let policy =
                    if arguments.each { format!("the policy `{}`", shown(path)) } else { "the policy".to_owned() };
                print(streams.error, &given_up(&policy, &refused))?;
            }
            finish(&text, output, streams)
        }
        Err(reason) => {
            let what = match (arguments.each, given) {
                (true, [option]) => format!("the catalogue `{}`", shown(&option.path)),
                _ => "the catalogue".to_owned(),
            };
            not_written(reason, &what, streams)
        }
    }
}

/// Writes a policy where it should go.
fn finish(text: &str, output: Option<&Path>, streams: &mut Streams<'_>) -> Result<Written, String> {
    match output {
        None => print(streams.output, text)?,
        Some(output) => write::write(output, text.as_bytes())?,
    }
    Ok(Written::Whole)
}

/// Says why there is no policy. `what` is the catalogue in words.
fn not_written(reason: NotWritten, what: &str, streams: &mut Streams<'_>) -> Result<Written, String> {
    match reason {
        NotWritten::Unusable(analysis) => {
            print_findings(&analysis.diagnostics, &analysis.sources, Format::Human, streams)?;
            Ok(Written::Unusable)
        }
        NotWritten::NoTools => Err(format!("{what} lists no tool, so there is nothing to write about")),
        NotWritten::Refused(Refused { target, diagnostics, analysis }) => {
            print_findings(&diagnostics, &analysis.sources, Format::Human, streams)?;
            Err(no_policy(target))
        }
    }
}

/// What the policy does without, and why.
fn given_up(policy: &str, refused: &Refused) -> String {
    let mut said: Vec<String> = Vec::new();
    for found in refused.diagnostics.iter().filter(|found| found.is_error()) {
        let help = found.help.as_deref().map_or_else(String::new, |help| format!("\n    {help}"));
        let reason = format!("  {}{help}", found.message);
        if !said.contains(&reason) {
            said.push(reason);
        }
    }
    format!("{policy} does without what {} cannot hold:\n{}\n", refused.target.name, said.join("\n"))
}

fn no_policy(target: &Target) -> String {
    format!("nothing is written: {} refuses even a policy that opens only reads, as shown above", target.name)
}

/// A server as the policy declares it: named as the option says or as the file, with the path from the folder of the policy.
fn server(option: &CatalogueOption, folder: &Path) -> Result<StarterServer, String> {
    let name = name(option);
    let catalogue = from_folder(&option.path, folder)?;
    let catalogue = catalogue.to_str().map(|path| path.replace('\\', "/"));
    let catalogue =
        catalogue.ok_or_else(|| format!("the path `{}` is not Unicode; rename the file", shown(&option.path)))?;
    Ok(StarterServer { name, catalogue })
}

/// How a server is called: as the option says, else as the file.
fn name(option: &CatalogueOption) -> String {
    let stem = || option.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    option.server.clone().unwrap_or_else(stem)
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
