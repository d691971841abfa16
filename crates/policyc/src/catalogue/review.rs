//! `policyc catalogue review`

use std::path::{Path, PathBuf};

use super::lock::{now, read};
use crate::args::{ReportFormat, ReviewArgs};
use crate::printing::print;
use crate::{CommandResult, Exit, Streams, config, files};
use policyc_core::catalogue::Catalogue;
use policyc_core::diagnostics::quote;
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::lock::{FILE_NAME, Lock};
use policyc_core::report;
use policyc_core::report::review::{Marked, ToolReview};

pub(super) fn run(arguments: &ReviewArgs, streams: &mut Streams<'_>) -> CommandResult {
    let (path, lock, servers) = match find(arguments.server.as_deref(), streams)? {
        Some(found) => found,
        None => return Ok(Exit::Findings),
    };
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut catalogues: Vec<(String, Catalogue)> = Vec::new();
    for name in servers {
        let Some(server) = lock.servers.get(&name) else { continue };
        let (Some(catalogue), true) = super::load(&folder.join(&server.catalogue), streams)? else {
            return Ok(Exit::Findings);
        };
        catalogues.push((name, catalogue));
    }
    for tool in &arguments.tools {
        if catalogues.iter().all(|(_, catalogue)| catalogue.entries(tool).is_empty()) {
            let names = catalogues.iter().flat_map(|(_, catalogue)| catalogue.names()).map(AsRef::as_ref);
            let hint = nearest(tool, names).map_or_else(String::new, |near| format!("; did you mean {}?", quote(near)));
            return Err(format!("no catalogue has the tool {}{hint}", quote(tool)));
        }
    }
    let mut reviews = Vec::new();
    for (name, catalogue) in &catalogues {
        let Some(server) = lock.servers.get(name) else { continue };
        reviews.extend(report::review::unseen(name, server, catalogue, &arguments.tools));
    }
    reviews.sort_by_key(|review| !review.is_flagged());
    let mut new = lock.clone();
    let marked = if arguments.mark { Some(mark(&mut new, &catalogues, &reviews, arguments)) } else { None };
    let text = match arguments.format {
        ReportFormat::Human => report::review::text(&reviews, marked.as_ref()),
        ReportFormat::Json => report::document(&report::review::json(&reviews, marked.as_ref())),
    };
    print(streams.output, &text)?;
    match &marked {
        Some(marked) if marked.count > 0 => files::write(&path, new.text().as_bytes())?,
        _ => {}
    }
    let is_done = reviews.is_empty() || marked.is_some_and(|marked| marked.unlocked.is_empty());
    Ok(if is_done { Exit::Fine } else { Exit::Findings })
}

/// Marks what is shown; tools that are not in the lock cannot be.
fn mark(
    lock: &mut Lock,
    catalogues: &[(String, Catalogue)],
    reviews: &[ToolReview<'_>],
    arguments: &ReviewArgs,
) -> Marked {
    let at = now();
    let mut marked = Marked::default();
    for review in reviews {
        let catalogue = catalogues.iter().find(|(name, _)| name == review.server).map(|(_, catalogue)| catalogue);
        let done = match (lock.servers.get_mut(review.server), catalogue) {
            (Some(server), Some(catalogue)) => server.mark(catalogue, review.tool, &at, arguments.by.as_deref()),
            _ => false,
        };
        match done {
            true => marked.count += 1,
            false => marked.unlocked.push(review.tool.to_owned()),
        }
    }
    marked
}

/// The lock with its place, and the servers that are meant; `None` if the lock is damaged, which is printed.
fn find(wanted: Option<&str>, streams: &mut Streams<'_>) -> Result<Option<(PathBuf, Lock, Vec<String>)>, String> {
    let here = config::find(Path::new("-"))?.lock_path(Path::new(""));
    let is_here = here.exists();
    if is_here || wanted.is_none() {
        let Some(lock) = existing(&here, streams)? else { return Ok(None) };
        let Some(wanted) = wanted else {
            let all = lock.servers.keys().cloned().collect();
            return Ok(Some((here, lock, all)));
        };
        if lock.servers.contains_key(wanted) {
            return Ok(Some((here, lock, vec![wanted.to_owned()])));
        }
        if !Path::new(wanted).exists() {
            let near = nearest(wanted, lock.servers.keys().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {}?", quote(near)));
            return Err(format!("the lock has no server {}, and there is no such file{hint}", quote(wanted)));
        }
    }
    let file = Path::new(wanted.unwrap_or_default());
    let path = config::find(file)?.lock_path(file);
    let Some(lock) = existing(&path, streams)? else { return Ok(None) };
    let name = files::name_from(&path, file);
    let servers: Vec<String> =
        lock.servers.iter().filter(|(_, server)| server.catalogue == name).map(|(name, _)| name.clone()).collect();
    if servers.is_empty() {
        return Err(format!("`{}` has no server with the catalogue {}", files::shown(&path), quote(&name)));
    }
    Ok(Some((path, lock, servers)))
}

fn existing(path: &Path, streams: &mut Streams<'_>) -> Result<Option<Lock>, String> {
    match read(path, streams)? {
        None => Ok(None),
        Some((lock, Some(_))) => Ok(Some(lock)),
        Some((_, None)) => {
            Err(format!("there is no {FILE_NAME} at `{}`; write it with `policyc catalogue lock`", files::shown(path)))
        }
    }
}
