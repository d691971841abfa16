//! Code actions.

use std::path::PathBuf;

use policyc_core::config::FILE_NAME;
use policyc_core::diagnostics::Diagnostic;
use policyc_core::disk::{self, MAX_SETTINGS};
use policyc_core::ide::{self, Action, ActionKind, View};
use policyc_core::lint::Level;
use tower_lsp_server::ls_types::*;

use super::typing::edits;
use crate::convert::Places;
use crate::position::Lines;

/// The kind of action that applies all safe fixes.
pub(crate) const FIX_ALL: &str = "source.fixAll.policyc";

/// What can be done at a range. `found` is what is said of the text.
pub(crate) fn actions(
    places: &Places<'_>,
    view: &View<'_>,
    found: &[Diagnostic],
    range: Range,
    only: Option<&[CodeActionKind]>,
) -> CodeActionResponse {
    let wanted = |kind: &CodeActionKind| is_wanted(only, kind);
    let stopped = || places.world.turn().stopped();
    // On saving, editors ask for this one kind, and often at a range that is the whole file.
    let mut all = match only_fix_all(only) {
        true => Vec::new(),
        false => ide::actions(view, places.span(range), found, &stopped),
    };
    if only.is_some()
        && wanted(&CodeActionKind::new(FIX_ALL))
        && !all.iter().any(|action| action.kind == ActionKind::FixAll)
    {
        // Who asks for it by its kind, as on saving, asks for the whole file.
        all.extend(ide::fix_all(view, found, &stopped));
    }
    let of = |action: Action| {
        let kind = kind(action.kind);
        if !wanted(&kind) {
            return None;
        }
        let edit = match action.change.configure {
            Some((name, level)) => configure(places, name, level)?,
            None => places.edit(edits(places, &action.change.edits)),
        };
        let resolves: Vec<_> =
            action.resolves.iter().filter_map(|index| found.get(*index)).map(|one| places.diagnostic(one)).collect();
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: action.title,
            kind: Some(kind),
            diagnostics: (!resolves.is_empty()).then_some(resolves),
            edit: Some(edit),
            is_preferred: action.preferred.then_some(true),
            ..CodeAction::default()
        }))
    };
    all.into_iter().filter_map(of).collect()
}

/// Whether a client that asks for some kinds of actions asks for this one.
fn is_wanted(only: Option<&[CodeActionKind]>, kind: &CodeActionKind) -> bool {
    let Some(only) = only else { return true };
    // `refactor` asks for `refactor.extract`, too.
    only.iter()
        .any(|only| kind == only || kind.as_str().strip_prefix(only.as_str()).is_some_and(|rest| rest.starts_with('.')))
}

/// Whether a client asks for nothing but all safe fixes of the file.
pub(crate) fn only_fix_all(only: Option<&[CodeActionKind]>) -> bool {
    const OTHERS: [ActionKind; 5] =
        [ActionKind::QuickFix, ActionKind::Extract, ActionKind::Inline, ActionKind::Rewrite, ActionKind::Source];
    is_wanted(only, &CodeActionKind::new(FIX_ALL)) && !OTHERS.into_iter().any(|one| is_wanted(only, &kind(one)))
}

fn kind(kind: ActionKind) -> CodeActionKind {
    match kind {
        ActionKind::QuickFix => CodeActionKind::QUICKFIX,
        ActionKind::FixAll => CodeActionKind::new(FIX_ALL),
        ActionKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
        ActionKind::Inline => CodeActionKind::REFACTOR_INLINE,
        ActionKind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
        // What adds to the file at the cursor is asked for like a refactoring; `source` is for the
        // file as a whole.
        ActionKind::Source => CodeActionKind::REFACTOR,
    }
}

/// The change of the configuration that holds for the text; of one that does not exist its
/// creation, where the client can do that.
fn configure(places: &Places<'_>, name: &str, level: Level) -> Option<WorkspaceEdit> {
    let world = places.world;
    let nearest =
        places.version.path.ancestors().skip(1).map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file());
    let create = nearest.is_none();
    if create && !world.client().creates_files {
        return None;
    }
    let path: PathBuf = match nearest {
        Some(path) => path,
        None => {
            let folders = world.folders();
            let inside = folders.iter().filter(|folder| places.version.path.starts_with(folder));
            let folder = inside.max_by_key(|folder| folder.as_os_str().len()).cloned();
            folder.or_else(|| places.version.path.parent().map(std::path::Path::to_path_buf))?.join(FILE_NAME)
        }
    };
    let open = world.at_path(&path);
    let text = match &open {
        Some(open) => open.text.as_str().to_owned(),
        None if create => String::new(),
        None => String::from_utf8(disk::read(&path, MAX_SETTINGS).ok()?).ok()?,
    };
    let new_text = ide::configure(&text, name, level).ok()?;
    let uri = open.as_ref().map(|open| open.uri.clone()).or_else(|| Uri::from_file_path(&path))?;
    let range = Lines::new(&text).range(&text, 0, text.len(), places.encoding);
    let edit = TextEdit { range, new_text };
    if !create {
        return Some(super::navigation::workspace_edit(world, [(uri, vec![edit])].into()));
    }
    let created = ResourceOp::Create(CreateFile {
        uri: uri.clone(),
        options: Some(CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(true) }),
        annotation_id: None,
    });
    let text_document = OptionalVersionedTextDocumentIdentifier { uri, version: None };
    let written = TextDocumentEdit { text_document, edits: vec![OneOf::Left(edit)] };
    let operations = vec![DocumentChangeOperation::Op(created), DocumentChangeOperation::Edit(written)];
    Some(WorkspaceEdit { document_changes: Some(DocumentChanges::Operations(operations)), ..WorkspaceEdit::default() })
}

impl Places<'_> {
    /// Edits of the text itself, in the form that the client understands.
    fn edit(&self, edits: Vec<TextEdit>) -> WorkspaceEdit {
        super::navigation::workspace_edit(self.world, [(self.version.uri.clone(), edits)].into())
    }
}
