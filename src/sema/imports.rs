//! The files of a policy: the main file and what it imports. A file counts once, however often and by whatever path it is imported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::load::{Loader, MAX_POLICY, Reader, normalize, show};
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast::ItemKind;
use crate::syntax::{Parse, parse};

/// The longest chain of imports.
const MAX_CHAIN: usize = 64;

/// A policy file that was read.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its id.
    pub file: FileId,
    /// Its tree and tokens.
    pub parse: Arc<Parse>,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// What decisions write before the line: empty for the main file, `FILE:` for an imported one.
    pub label: String,
    /// The path in the `import` of the main file by which it came; `None` for the main file itself.
    pub import: Option<Span>,
}

/// All files of a policy, and their top-level statements in order, imports in their place.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) units: Vec<Unit>,
    /// Index of a unit and of a statement in it.
    pub(super) items: Vec<(usize, usize)>,
}

struct Imports<'a, 'b> {
    reader: &'b mut Reader<'a>,
    root: PathBuf,
    units: Units,
    /// Files being read, with the import that asked for each, outermost first.
    active: Vec<(PathBuf, Option<Span>)>,
    done: BTreeMap<PathBuf, ()>,
}

/// Reads the main file, whose text is given, and all that it imports.
pub(super) fn read_all(reader: &mut Reader<'_>, main: FileId, text: &str, path: &Path) -> Units {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let identity = reader.loader.identity(path);
    let mut imports = Imports {
        reader,
        root: folder.clone(),
        units: Units::default(),
        active: vec![(identity, None)],
        done: BTreeMap::new(),
    };
    let parse = imports.reader.parse(text, main, path);
    imports.include(Unit { file: main, parse, folder, label: String::new(), import: None });
    imports.units
}

impl Imports<'_, '_> {
    fn include(&mut self, unit: Unit) {
        self.reader.diagnostics.extend(unit.parse.errors.iter().cloned());
        let index = self.units.units.len();
        let (parse, folder) = (Arc::clone(&unit.parse), unit.folder.clone());
        self.units.units.push(unit);
        for (number, item) in parse.file.items.iter().enumerate() {
            match &item.kind {
                ItemKind::Import { path } => self.import(&folder, &path.text, path.span),
                ItemKind::Policy { name, .. } if index > 0 => {
                    let message = "a file with policies cannot be imported";
                    let import = self.active.last().and_then(|(_, span)| *span).unwrap_or(name.span);
                    let error = Diagnostic::new(codes::IMPORT_WITH_POLICIES, import, message)
                        .because(name.span, "it contains this policy")
                        .help("move the rules that both files need into a separate file, and import that");
                    if !self.reader.diagnostics.contains(&error) {
                        self.reader.diagnostics.push(error);
                    }
                }
                _ => self.units.items.push((index, number)),
            }
        }
    }

    fn import(&mut self, folder: &Path, written: &str, span: Span) {
        let path = normalize(&folder.join(written));
        let identity = self.reader.loader.identity(&path);
        if let Some(position) = self.active.iter().position(|(active, _)| *active == identity) {
            let mut error = Diagnostic::new(codes::IMPORT_CYCLE, span, format!("{} imports itself", quote(written)))
                .help("move the statements that both files need into a third file, and import that");
            if self.active.len() > position + 1 {
                error.message = format!("{} is imported by a file that it imports", quote(written));
                for (_, import) in self.active.iter().skip(position + 1) {
                    if let Some(import) = import {
                        error = error.because(*import, "through this import");
                    }
                }
            }
            self.reader.diagnostics.push(error);
            return;
        }
        if self.done.contains_key(&identity) {
            return;
        }
        if self.active.len() >= MAX_CHAIN {
            let message = format!("a chain of more than {MAX_CHAIN} imports");
            self.reader.diagnostics.push(Diagnostic::new(codes::NESTED_TOO_DEEP, span, message));
            return;
        }
        let Some((file, text)) = self.reader.read(&path, span, "import", MAX_POLICY) else { return };
        self.done.insert(identity.clone(), ());
        self.active.push((identity, Some(span)));
        let label = format!("{}:", relative(&path, &self.root));
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let import = self.active.iter().find_map(|(_, import)| *import);
        let parse = self.reader.parse(&text, file, &path);
        self.include(Unit { file, parse, folder, label, import });
        self.active.pop();
    }
}

impl Units {
    /// Takes up a question: what an assertion says after its demand.
    pub(super) fn ask(&mut self, reader: &mut Reader<'_>, question: &str) -> FileId {
        let text = format!("assert deny {question}");
        let file = reader.sources.add("the question", &text);
        let parse = Arc::new(parse(&text, file));
        reader.diagnostics.extend(parse.errors.iter().cloned());
        let index = self.units.len();
        match parse.file.items.as_slice() {
            [item] if matches!(item.kind, ItemKind::Assert(_)) => self.items.push((index, 0)),
            [_, second, ..] if parse.errors.is_empty() => {
                let message = "a question is a selection of tools and optionally a condition";
                let error = Diagnostic::new(codes::MISPLACED_STATEMENT, second.span, message);
                reader.diagnostics.push(error.help("write `TOOLS`, or `TOOLS when CONDITION`"));
            }
            _ => {}
        }
        self.units.push(Unit { file, parse, folder: PathBuf::new(), label: String::new(), import: None });
        file
    }
}

/// The identities of the files that a policy file imports itself, in order.
#[must_use]
pub fn imports(text: &str, path: &Path, loader: &dyn Loader) -> Vec<PathBuf> {
    // Most files import nothing, and need not be parsed to know it.
    if !text.contains("import") {
        return Vec::new();
    }
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let file = SourceMap::default().add("", text);
    let items = parse(text, file).file.items;
    let named = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Import { path } => Some(loader.identity(&normalize(&folder.join(&path.text)))),
        _ => None,
    });
    named.collect()
}

/// The way from `root` to `path`, if it leads down or up; else the path itself.
fn relative(path: &Path, root: &Path) -> String {
    let root = normalize(root);
    let mut up = 0;
    let mut base = Some(root.as_path());
    while let Some(folder) = base {
        if let Ok(rest) = path.strip_prefix(folder) {
            return format!("{}{}", "../".repeat(up), show(rest));
        }
        up += 1;
        base = folder.parent();
    }
    show(path)
}
