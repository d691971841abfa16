//! Definitions, references, highlights, renaming and links.

use std::collections::BTreeSet;

use policyc_core::ide::View;
use policyc_core::ide::navigate::{self, Referent, Use};
use policyc_core::source::{FileId, Span, offset};
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::*;

use crate::convert::Places;
use crate::world::World;

/// Where the name at a position is declared.
#[must_use]
pub(crate) fn definition(places: &Places<'_>, view: &View<'_>, position: Position) -> Option<GotoDefinitionResponse> {
    let found = navigate::definition(view, places.offset(position))?;
    if !places.world.client().links {
        let targets = found.targets.iter().filter_map(|target| places.location(target.span));
        return Some(GotoDefinitionResponse::Array(targets.collect()));
    }
    let origin = places.range(found.origin);
    let link = |target: &navigate::Declared| {
        Some(LocationLink {
            origin_selection_range: Some(origin),
            target_uri: places.uri(target.span)?,
            target_range: places.range(target.whole),
            target_selection_range: places.range(target.span),
        })
    };
    Some(GotoDefinitionResponse::Link(found.targets.iter().filter_map(link).collect()))
}

/// From the entry of a tool in an open catalogue to the statements that select it.
///
/// # Errors
/// The request was given up.
pub(crate) fn from_catalogue(world: &World, uri: &Uri, position: Position) -> Result<Option<GotoDefinitionResponse>> {
    let found = in_policies(world, uri, position, false)?;
    Ok((!found.is_empty()).then_some(GotoDefinitionResponse::Array(found)))
}

/// The places that speak of the same thing as the name at a position: in the policy itself, and in
/// the other policies that are open or in the workspace; also from the entry of a tool in a
/// catalogue.
///
/// # Errors
/// The request was given up.
pub(crate) fn references(world: &World, parameters: &ReferenceParams) -> Result<Option<Vec<Location>>> {
    let at = &parameters.text_document_position;
    let with_declaration = parameters.context.include_declaration;
    let uri = &at.text_document.uri;
    if !world.is_policy(uri) {
        return in_policies(world, uri, at.position, with_declaration).map(Some);
    }
    let Some(version) = world.version(uri) else { return Ok(None) };
    let encoding = world.client().encoding;
    // Where the thing is declared is what other policies know it by.
    let (mut found, declared) = world.view(&version, |view| {
        let places = Places { version: &version, sources: &view.analysis().sources, encoding, world };
        let offset = places.offset(at.position);
        let own = navigate::references(view, offset, with_declaration);
        let locations: Vec<Location> = own.iter().filter_map(|span| places.location(*span)).collect();
        let declared = navigate::definition(view, offset).map(|found| found.targets).unwrap_or_default();
        let declared: Vec<Location> = declared.iter().filter_map(|target| places.location(target.span)).collect();
        (locations, declared)
    });
    if !declared.is_empty() {
        let all = elsewhere(world, Some(uri), &mut |places, view| {
            let subjects: Vec<Referent> = declared
                .iter()
                .flat_map(|place| spans(places, view, place))
                .flat_map(|span| navigate::declared_at(view, span))
                .collect();
            let spans = navigate::references_of(view, &subjects, with_declaration);
            Ok(spans.iter().filter_map(|span| places.location(*span)).collect())
        })?;
        add(&mut found, all);
    }
    Ok(Some(found))
}

/// Adds places that are not there yet.
fn add(found: &mut Vec<Location>, more: Vec<Location>) {
    let key = |place: &Location| (place.uri.clone(), place.range.start, place.range.end);
    let mut known: BTreeSet<_> = found.iter().map(key).collect();
    found.extend(more.into_iter().filter(|place| known.insert(key(place))));
}

/// What all policies but one say: those that are open, and those of the workspace as the disk has
/// them.
fn elsewhere<T>(
    world: &World,
    but: Option<&Uri>,
    answer: &mut dyn FnMut(&Places<'_>, &View<'_>) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    let encoding = world.client().encoding;
    let mut found = Vec::new();
    for version in world.all_policies().filter(|version| Some(&version.uri) != but) {
        if world.turn().stopped() {
            return Err(world.turn().given_up());
        }
        found.extend(world.glance(&version, |view| {
            answer(&Places { version: &version, sources: &view.analysis().sources, encoding, world }, view)
        })?);
    }
    Ok(found)
}

/// What the policies say of the tool at a position of a catalogue.
fn in_policies(world: &World, uri: &Uri, position: Position, with_declaration: bool) -> Result<Vec<Location>> {
    let place = Location { uri: uri.clone(), range: Range { start: position, end: position } };
    let mut found = Vec::new();
    let all = elsewhere(world, None, &mut |places, view| {
        let subjects: Vec<Referent> =
            spans(places, view, &place).into_iter().flat_map(|span| navigate::in_catalogue(view, span)).collect();
        let spans = navigate::references_of(view, &subjects, with_declaration);
        Ok(spans.iter().filter_map(|span| places.location(*span)).collect())
    })?;
    add(&mut found, all);
    Ok(found)
}

/// A place of the protocol as places of the files that a policy is made of.
fn spans(places: &Places<'_>, view: &View<'_>, place: &Location) -> Vec<Span> {
    let count = view.analysis().sources.names().count();
    let files = (0..count).map(|file| Span::new(FileId(offset(file)), 0, 0));
    let of_it = files.filter(|start| places.uri(*start).as_ref() == Some(&place.uri));
    of_it.filter_map(|start| places.span_in(start.file, place.range)).collect()
}

/// The places of the text that speak of the same thing as the name at a position.
#[must_use]
pub(crate) fn highlights(places: &Places<'_>, view: &View<'_>, position: Position) -> Vec<DocumentHighlight> {
    let found = navigate::highlights(view, places.offset(position));
    let highlight = |(span, kind): &(Span, Use)| DocumentHighlight {
        range: places.range(*span),
        kind: Some(match kind {
            Use::Write => DocumentHighlightKind::WRITE,
            Use::Read => DocumentHighlightKind::READ,
        }),
    };
    found.iter().map(highlight).collect()
}

/// The name at a position, if it can be changed.
///
/// # Errors
/// Why it cannot.
pub(crate) fn prepare_rename(
    places: &Places<'_>,
    view: &View<'_>,
    position: Position,
) -> std::result::Result<PrepareRenameResponse, String> {
    let (span, placeholder) = navigate::renamable(view, places.offset(position))?;
    Ok(PrepareRenameResponse::RangeWithPlaceholder { range: places.range(span), placeholder })
}

/// The edits that give something another name, in all policies that speak of it: those that are
/// open, and those of the workspace.
///
/// # Errors
/// Why it cannot have this name: here, or in a policy that imports this one.
pub(crate) fn rename(world: &World, parameters: &RenameParams) -> Result<Option<WorkspaceEdit>> {
    let at = &parameters.text_document_position;
    let (uri, to) = (&at.text_document.uri, parameters.new_name.as_str());
    let Some(version) = world.version(uri).filter(|_| world.is_policy(uri)) else { return Ok(None) };
    let encoding = world.client().encoding;
    let (mut all, declared) = world.view(&version, |view| {
        let places = Places { version: &version, sources: &view.analysis().sources, encoding, world };
        let offset = places.offset(at.position);
        let spans = navigate::rename(view, offset, to).map_err(Error::invalid_params)?;
        let own: Vec<Location> = spans.iter().filter_map(|span| places.location(*span)).collect();
        let declared = navigate::definition(view, offset).map(|found| found.targets).unwrap_or_default();
        let declared: Vec<Location> = declared.iter().filter_map(|target| places.location(target.span)).collect();
        Ok::<_, Error>((own, declared))
    })?;
    // What imports the file uses the name, too, or has the new one already.
    let others = elsewhere(world, Some(uri), &mut |places, view| {
        let subjects: Vec<Referent> = declared
            .iter()
            .flat_map(|place| spans(places, view, place))
            .flat_map(|span| navigate::declared_at(view, span))
            .collect();
        if let Some((what, place)) = subjects.iter().find_map(|subject| navigate::taken(view, subject, to)) {
            let line = view.analysis().sources.line(place);
            let here = places.version.path.display();
            let there = view.analysis().sources.name(place.file);
            return Err(Error::invalid_params(match place.file == view.file() {
                true => format!("{here} imports this file, and has a {what} named `{to}` already, on line {line}"),
                false => format!(
                    "{here} imports this file, and {there}, which has a {what} named `{to}` already, on line {line}"
                ),
            }));
        }
        Ok(navigate::renames(view, &subjects).iter().filter_map(|span| places.location(*span)).collect())
    })?;
    add(&mut all, others);
    Ok(Some(edit(world, all.into_iter().map(|place| (place, parameters.new_name.clone())).collect())))
}

/// Edits of places, in the form that the client understands.
fn edit(world: &World, edits: Vec<(Location, String)>) -> WorkspaceEdit {
    let mut by_uri: std::collections::BTreeMap<Uri, Vec<TextEdit>> = std::collections::BTreeMap::new();
    for (place, new_text) in edits {
        by_uri.entry(place.uri).or_default().push(TextEdit { range: place.range, new_text });
    }
    workspace_edit(world, by_uri)
}

/// Edits by document, in the form that the client understands.
#[must_use]
pub(crate) fn workspace_edit(world: &World, by_uri: std::collections::BTreeMap<Uri, Vec<TextEdit>>) -> WorkspaceEdit {
    if !world.client().document_changes {
        return WorkspaceEdit { changes: Some(by_uri.into_iter().collect()), ..WorkspaceEdit::default() };
    }
    let document = |(uri, edits): (Uri, Vec<TextEdit>)| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier {
            version: world.version(&uri).map(|version| version.number),
            uri,
        },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    };
    let edits = by_uri.into_iter().map(document).collect();
    WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(edits)), ..WorkspaceEdit::default() }
}

/// The paths of the text that lead to other files.
#[must_use]
pub(crate) fn links(places: &Places<'_>, view: &View<'_>) -> Vec<DocumentLink> {
    let folder = places.version.path.parent().unwrap_or(std::path::Path::new(""));
    let link = |(span, path): &(Span, &str)| {
        let mut range = places.range(*span);
        // The quotes are no part of the link.
        range.start.character += 1;
        range.end.character = range.end.character.saturating_sub(1).max(range.start.character);
        let target = Uri::from_file_path(crate::uris::normalized(&folder.join(path)))?;
        Some(DocumentLink { range, target: Some(target), tooltip: None, data: None })
    };
    navigate::links(view).iter().filter_map(link).collect()
}
