//! Symbols, folds and selection ranges.

use policyc_core::ide::View;
use policyc_core::ide::outline::{self, FoldKind, Symbol};
use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types::*;

use crate::convert::Places;
use crate::world::World;

/// How many symbols of the workspace are answered.
const MOST: usize = 500;

/// What the text declares and says.
#[must_use]
pub(crate) fn symbols(places: &Places<'_>, view: &View<'_>) -> DocumentSymbolResponse {
    let all = outline::symbols(view);
    if places.world.client().nested_symbols {
        return DocumentSymbolResponse::Nested(all.iter().map(|one| nested(places, one)).collect());
    }
    let mut flat = Vec::new();
    all.iter().for_each(|one| flatten(places, one, None, &mut flat));
    DocumentSymbolResponse::Flat(flat)
}

#[expect(deprecated, reason = "the field has to be given a value")]
fn nested(places: &Places<'_>, symbol: &Symbol) -> DocumentSymbol {
    DocumentSymbol {
        name: symbol.name.clone(),
        detail: Some(symbol.detail.clone()).filter(|detail| !detail.is_empty()),
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: places.range(symbol.span),
        selection_range: places.range(symbol.name_span),
        children: (!symbol.inner.is_empty()).then(|| symbol.inner.iter().map(|inner| nested(places, inner)).collect()),
    }
}

#[expect(deprecated, reason = "the field has to be given a value")]
fn flatten(places: &Places<'_>, symbol: &Symbol, container: Option<&str>, found: &mut Vec<SymbolInformation>) {
    if let Some(location) = places.location(symbol.span) {
        found.push(SymbolInformation {
            name: symbol.name.clone(),
            kind: kind(symbol.kind),
            tags: None,
            deprecated: None,
            location,
            container_name: container.map(str::to_owned),
        });
    }
    symbol.inner.iter().for_each(|inner| flatten(places, inner, Some(&symbol.name), found));
}

const fn kind(kind: outline::SymbolKind) -> SymbolKind {
    match kind {
        outline::SymbolKind::Server => SymbolKind::NAMESPACE,
        outline::SymbolKind::Import => SymbolKind::MODULE,
        outline::SymbolKind::Let => SymbolKind::CONSTANT,
        outline::SymbolKind::Group => SymbolKind::ARRAY,
        outline::SymbolKind::Policy => SymbolKind::CLASS,
        outline::SymbolKind::Rule => SymbolKind::FUNCTION,
        outline::SymbolKind::Assertion => SymbolKind::BOOLEAN,
        outline::SymbolKind::Test => SymbolKind::METHOD,
    }
}

/// The symbols of the policies of the workspace whose names have the letters of a query in their
/// order.
///
/// # Errors
/// The request was given up.
pub(crate) fn workspace(world: &World, query: &str) -> Result<WorkspaceSymbolResponse> {
    let mut found = Vec::new();
    for version in world.all_policies() {
        if found.len() >= MOST {
            break;
        }
        if world.turn().is_cancelled() {
            return Err(world.turn().given_up());
        }
        let encoding = world.client().encoding;
        world.glance(&version, |view| {
            let places = Places { version: &version, sources: &view.analysis().sources, encoding, world };
            outline::symbols(view).iter().for_each(|one| flatten(&places, one, None, &mut found));
        });
        found.retain(|symbol| matches(query, &symbol.name));
    }
    found.truncate(MOST);
    Ok(WorkspaceSymbolResponse::Flat(found))
}

/// Whether the letters of a query stand in a name in their order, whatever their case.
fn matches(query: &str, name: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().flat_map(char::to_lowercase).all(|wanted| letters.any(|letter| letter == wanted))
}

/// What can be folded.
#[must_use]
pub(crate) fn folds(places: &Places<'_>, view: &View<'_>) -> Vec<FoldingRange> {
    let fold = |fold: &outline::Fold| {
        let range = places.range(fold.span);
        FoldingRange {
            start_line: range.start.line,
            start_character: None,
            end_line: range.end.line,
            end_character: None,
            kind: match fold.kind {
                FoldKind::Region => Some(FoldingRangeKind::Region),
                FoldKind::Comment => Some(FoldingRangeKind::Comment),
                FoldKind::Imports => Some(FoldingRangeKind::Imports),
            },
            collapsed_text: None,
        }
    };
    outline::folds(view).iter().map(fold).collect()
}

/// What grows around each position.
#[must_use]
pub(crate) fn selections(places: &Places<'_>, view: &View<'_>, positions: &[Position]) -> Vec<SelectionRange> {
    let one = |position: &Position| {
        let spans = outline::around(view, places.offset(*position));
        let grown = spans.iter().rev().fold(None, |parent, span| {
            Some(SelectionRange { range: places.range(*span), parent: parent.map(Box::new) })
        });
        grown.unwrap_or(SelectionRange { range: Range { start: *position, end: *position }, parent: None })
    };
    positions.iter().map(one).collect()
}
