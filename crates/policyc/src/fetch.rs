//! `policyc catalogue fetch`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::args::{FetchArgs, Format};
use super::files::{self, shown};
use super::printing::print_findings;
use super::{CommandResult, Exit, Streams, print};
use policyc_core::catalogue::Catalogue;
use policyc_core::diagnostics::{Diagnostic, quote, visible};
use policyc_core::sema::{MAX_CATALOGUE, MAX_POLICY};
use policyc_core::source::SourceMap;
use policyc_fetch::config::{self, Settings};
use policyc_fetch::{Connection, Event, Failure, Fetched, Listener, Server};

/// A server, and where its catalogue goes.
struct Wanted {
    server: Server,
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &FetchArgs, streams: &mut Streams<'_>) -> CommandResult {
    let mut exit = Exit::Fine;
    let wanted = match &arguments.from_config {
        Some(file) => from_config(file, arguments, &mut exit, streams)?,
        None => vec![Wanted {
            server: named(arguments)?,
            output: arguments.output.clone().filter(|path| !files::is_stdin(path)),
        }],
    };
    let mut earlier = Vec::new();
    for one in &wanted {
        for warning in one.server.warnings() {
            say(streams, &format!("{}: warning: {warning}", visible(&one.server.name)))?;
        }
        // What cannot be replaced is not fetched at all.
        earlier.push(one.output.as_deref().map(before).transpose()?.flatten());
    }
    let servers: Vec<Server> = wanted.iter().map(|one| one.server.clone()).collect();
    let listener = listener(&servers, streams.progress);
    let timeout = Duration::from_secs(arguments.timeout.into());
    let results = policyc_fetch::fetch_all(servers, timeout, &listener);
    for ((one, earlier), result) in wanted.iter().zip(&earlier).zip(results) {
        exit = exit.max(finish(one, earlier.as_deref(), result, arguments.lock.as_deref(), streams)?);
    }
    Ok(exit)
}

/// The server of the command line.
fn named(arguments: &FetchArgs) -> Result<Server, String> {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(url) = &arguments.url {
        return config::at_url(url, &arguments.header, &variable);
    }
    let mut words = arguments.command.iter().cloned();
    let program = words.next().ok_or("there is no program after `--`")?;
    Ok(Server::command(policyc_fetch::Command { program, arguments: words.collect(), ..Default::default() }))
}

/// The servers of settings, and a file for each in the folder. What cannot be fetched is said, and makes the exit status a failure.
fn from_config(
    file: &Path,
    arguments: &FetchArgs,
    exit: &mut Exit,
    streams: &mut Streams<'_>,
) -> Result<Vec<Wanted>, String> {
    let bytes = files::read(file, MAX_POLICY)?;
    let text = String::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8", shown(file)))?;
    let home = std::env::home_dir();
    let settings = Settings { path: file, home: home.as_deref(), variable: &|name| std::env::var(name).ok() };
    let found = settings.read(&text).map_err(|why| format!("`{}` {why}", shown(file)))?;
    if let Some(missing) = arguments.server.iter().find(|name| found.iter().all(|one| one.name != **name)) {
        let names: Vec<String> = found.iter().map(|one| quote(&one.name)).collect();
        return Err(format!("`{}` has no server {}; it has {}", shown(file), quote(missing), names.join(", ")));
    }
    let folder = arguments.output.clone().unwrap_or_default();
    if !folder.is_dir() {
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make the folder `{}`: {error}", shown(&folder)))?;
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    for one in found.into_iter().filter(|one| arguments.server.is_empty() || arguments.server.contains(&one.name)) {
        match one.server {
            Ok(server) => {
                let output = folder.join(format!("{}.json", config::file_stem(&one.name)));
                let is_taken = |other: &Wanted| {
                    let name = |path: &Path| path.as_os_str().to_ascii_lowercase();
                    other.output.as_deref().is_some_and(|taken| name(taken) == name(&output))
                };
                if let Some(other) = wanted.iter().find(|other| is_taken(other)) {
                    let (left, right) = (quote(&other.server.name), quote(&server.name));
                    return Err(format!(
                        "the servers {left} and {right} would have the same file; fetch one of them with `--server`"
                    ));
                }
                wanted.push(Wanted { server, output: Some(output) });
            }
            Err(config::Skipped::Disabled) => say(streams, &format!("{}: disabled, not fetched", visible(&one.name)))?,
            Err(config::Skipped::Wrong(why)) => {
                *exit = Exit::Failure;
                say(streams, &format!("policyc: cannot fetch {}: {why}", quote(&one.name)))?;
            }
        }
    }
    Ok(wanted)
}

/// The catalogue that a file holds, if there is one.
fn before(path: &Path) -> Result<Option<String>, String> {
    if path.is_dir() {
        return Err(format!("cannot write `{}`: it is a folder; name a file in it", shown(path)));
    }
    // A device or a pipe holds nothing that could be kept.
    if !path.is_file() {
        return Ok(None);
    }
    let text = String::from_utf8(files::read(path, MAX_CATALOGUE)?).map_err(|_| ());
    let text =
        text.ok().filter(|text| text.trim().is_empty() || policyc_core::catalogue::canonical::canonical(text).is_ok());
    let text = text.ok_or_else(|| {
        format!("`{}` is there and is no catalogue; delete it, or write to another file", shown(path))
    })?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// Writes what was fetched, or says why it was not.
fn finish(
    wanted: &Wanted,
    earlier: Option<&str>,
    result: Result<Fetched, Failure>,
    lock: Option<&Path>,
    streams: &mut Streams<'_>,
) -> Result<Exit, String> {
    let name = visible(&wanted.server.name).into_owned();
    let made = result.and_then(|fetched| Ok((fetched.catalogue(earlier)?, fetched)));
    let (catalogue, fetched) = match made {
        Ok(made) => made,
        Err(failure) => {
            say(streams, &format!("policyc: cannot fetch {}: {failure}", quote(&name)))?;
            return Ok(Exit::Failure);
        }
    };
    for warning in &catalogue.warnings {
        say(streams, &format!("{name}: warning: {warning}"))?;
    }
    let place = wanted.output.as_deref();
    let mut sources = SourceMap::default();
    let id = sources.add(place.map_or_else(|| name.clone(), shown), catalogue.text.as_str());
    let (loaded, found) = Catalogue::load(&catalogue.text, id);
    print_findings(&found, &sources, Format::Human, streams)?;
    let count = loaded.as_ref().map_or(0, |loaded| loaded.tools().len());
    match place {
        None => print(streams.output, &catalogue.text)?,
        Some(path) => {
            let is_same = earlier == Some(catalogue.text.as_str());
            if !is_same {
                files::write(path, catalogue.text.as_bytes())?;
            }
            let tools = if count == 1 { "1 tool".to_owned() } else { format!("{count} tools") };
            let how = if is_same { "unchanged in" } else { "written to" };
            let version = fetched.protocol_version();
            say(streams, &format!("{name}: {tools}, MCP {version}, {how} {}", shown(path)))?;
        }
    }
    if found.iter().any(Diagnostic::is_error) {
        return Ok(Exit::Findings);
    }
    match (lock, place, loaded) {
        (Some(lock), Some(path), Some(loaded)) => {
            let from = match &wanted.server.connection {
                Connection::Command(command) => &command.program,
                Connection::Url(url) => &url.url,
            };
            super::catalogue::lock_fetched(lock, path, from, loaded, streams)
        }
        _ => Ok(Exit::Fine),
    }
}

fn say(streams: &mut Streams<'_>, line: &str) -> Result<(), String> {
    print(streams.error, &format!("{line}\n"))
}

/// Shows on a terminal what each server has sent so far.
fn listener(servers: &[Server], is_shown: bool) -> Listener {
    if !is_shown {
        return Arc::new(|_, _| {});
    }
    let all = MultiProgress::new();
    let style =
        ProgressStyle::with_template("{spinner} {prefix}: {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = |server: &Server| {
        let bar = all.add(ProgressBar::new_spinner().with_style(style.clone()));
        bar.set_prefix(visible(&server.name).into_owned());
        bar.set_message("waiting for an answer");
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    };
    let bars: Vec<ProgressBar> = servers.iter().map(bar).collect();
    Arc::new(move |index, event| match (bars.get(index), event) {
        (Some(bar), Event::Page { pages, tools }) => bar.set_message(format!("{tools} tools on {pages} pages")),
        (Some(bar), Event::Done) => bar.finish_and_clear(),
        (None, _) => {}
    })
}
