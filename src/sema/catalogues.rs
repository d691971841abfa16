//! Which catalogue each server has: its statement, unless the command line says otherwise.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::imports::Units;
use super::load::{MAX_CATALOGUE, Reader, normalize};
use super::locked::{self, ToolDrift};
use super::{CatalogueOption, Options};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::ir::Server;
use crate::source::{FileId, Span};

/// A `server` statement.
pub(super) struct DeclaredServer {
    pub(super) name: String,
    pub(super) name_span: Span,
    pub(super) unit: usize,
    pub(super) path: String,
    pub(super) path_span: Span,
}

/// Servers with their catalogues, in order of declaration; those that the command line adds come last.
pub(super) struct Loaded {
    pub(super) servers: Vec<Server>,
    /// Whether a catalogue that was named could not be read.
    pub(super) broken: bool,
    /// The tools that are not as they are locked.
    pub(super) drift: Vec<ToolDrift>,
}

pub(super) fn load(
    reader: &mut Reader<'_>,
    units: &Units,
    declared: Vec<DeclaredServer>,
    options: &Options,
    main: FileId,
) -> Loaded {
    let start = Span::new(main, 0, 0);
    // For each server: its name, the file, and where to complain.
    let mut wanted: Vec<(String, PathBuf, Span)> = Vec::new();
    for server in &declared {
        let folder = units.units.get(server.unit).map(|unit| unit.folder.clone()).unwrap_or_default();
        let path = normalize(&folder.join(&server.path));
        match wanted.iter().position(|(name, _, _)| *name == server.name) {
            None => wanted.push((server.name.clone(), path, server.path_span)),
            Some(first) => {
                let same = wanted.get(first).is_some_and(|(_, other, _)| *other == path);
                if !same {
                    let message = format!("a second server named {}", quote(&server.name));
                    let error = Diagnostic::new(codes::DUPLICATE_NAME, server.name_span, message);
                    let first = declared.iter().find(|other| other.name == server.name);
                    let error =
                        first.iter().fold(error, |error, first| error.because(first.name_span, "the first is here"));
                    reader.diagnostics.push(error.help("give it another name"));
                }
            }
        }
    }
    apply(options, &mut wanted, start, reader);
    let mut loaded = Loaded { servers: Vec::new(), broken: false, drift: Vec::new() };
    let mut places = Vec::new();
    for (name, path, span) in wanted {
        let catalogue = read(&path, span, reader);
        loaded.broken |= catalogue.is_none();
        let settings = options.settings.get(&name).cloned().unwrap_or_default();
        loaded.servers.push(Server { name, catalogue, settings, locked: Arc::default() });
        places.push(span);
    }
    if let Some(option) = &options.lock {
        loaded.drift = locked::apply(reader, option, &mut loaded.servers, &places, start);
    }
    loaded
}

/// Reads a catalogue, or finds it where another policy has left it.
fn read(path: &Path, span: Span, reader: &mut Reader<'_>) -> Option<Arc<Catalogue>> {
    reader.read_once(path, &|reader| reader.read(path, span, "catalogue", MAX_CATALOGUE), &Catalogue::load_shared)
}

fn apply(options: &Options, wanted: &mut Vec<(String, PathBuf, Span)>, start: Span, reader: &mut Reader<'_>) {
    let declared = wanted.len();
    let mut replaced: Vec<usize> = Vec::new();
    for CatalogueOption { server, path } in &options.catalogues {
        let target = match server {
            Some(name) => wanted.iter().position(|(other, _, _)| other == name),
            None => (declared == 1).then_some(0),
        };
        match target {
            Some(index) if !replaced.contains(&index) => {
                replaced.push(index);
                if let Some(entry) = wanted.get_mut(index) {
                    entry.1.clone_from(path);
                    entry.2 = start;
                }
            }
            Some(_) => {
                let message = "two catalogues are given for one server";
                let error = Diagnostic::new(codes::BAD_CONFIGURATION, start, message);
                reader.diagnostics.push(error.help("write `--catalogue NAME=PATH` with different names"));
            }
            None => {
                let name = server.clone().unwrap_or_else(|| stem(path));
                if wanted.iter().any(|(other, _, _)| *other == name) {
                    let message = format!("two catalogues are given for the server {}", quote(&name));
                    let error = Diagnostic::new(codes::BAD_CONFIGURATION, start, message);
                    reader.diagnostics.push(error.help("write `--catalogue NAME=PATH` with different names"));
                    continue;
                }
                replaced.push(wanted.len());
                wanted.push((name, path.clone(), start));
            }
        }
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "server".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
