//! Hover, inlay hints and code lenses.

use policyc_core::diagnostics::Diagnostic;
use policyc_core::ide::{self, HintKind, LensAction, View};
use serde_json::json;
use tower_lsp_server::ls_types::*;

use super::typing::markdown;
use crate::convert::Places;

/// What there is to read about what stands at a position.
pub(crate) fn hover(places: &Places<'_>, view: &View<'_>, position: Position) -> Option<Hover> {
    let found = ide::hover(view, places.offset(position))?;
    Some(Hover { range: Some(places.range(found.span)), contents: HoverContents::Markup(markdown(found.markdown)) })
}

/// The hints within a part of the text.
pub(crate) fn hints(places: &Places<'_>, view: &View<'_>, range: Range) -> Vec<InlayHint> {
    if !places.world.settings().hints {
        return Vec::new();
    }
    let hint = |hint: ide::Hint| InlayHint {
        position: places.range(policyc_core::source::Span::new(view.file(), hint.at, hint.at)).start,
        label: InlayHintLabel::String(hint.text),
        kind: match hint.kind {
            HintKind::Type => Some(InlayHintKind::TYPE),
            HintKind::Other => None,
        },
        text_edits: None,
        tooltip: Some(InlayHintTooltip::MarkupContent(markdown(hint.tooltip))),
        padding_left: Some(hint.before),
        padding_right: None,
        data: None,
    };
    ide::hints(view, places.span(range)).into_iter().map(hint).collect()
}

/// The lenses of the text. `found` is what the linter says of it, as far as that is known.
pub(crate) fn lenses(places: &Places<'_>, view: &View<'_>, found: &[Diagnostic]) -> Vec<CodeLens> {
    if !places.world.settings().lenses {
        return Vec::new();
    }
    let results = places.world.results(&places.version.uri);
    // A result speaks of the text that was tested, and of no other.
    let result = |name: &str| {
        let (_, passed, said) = results.get(name).filter(|(stamp, _, _)| *stamp == places.version.stamp)?;
        Some((*passed, said.clone()))
    };
    let uri = &places.version.uri;
    let lens = |lens: ide::Lens| {
        let range = places.range(lens.span);
        let (command, arguments) = match lens.action {
            LensAction::RunTest(name) if name.is_empty() => ("policyc.runTests", Some(vec![json!(uri)])),
            LensAction::RunTest(name) => ("policyc.runTests", Some(vec![json!(uri), json!(name)])),
            LensAction::Show(spans) if places.world.client().shows_places => {
                let locations: Vec<Location> = spans.iter().filter_map(|span| places.location(*span)).collect();
                ("policyc.showPlaces", Some(vec![json!(uri), json!(range.start), json!(locations)]))
            }
            // A lens without a command only says something.
            LensAction::Show(_) | LensAction::None => ("", None),
        };
        let command = Command { title: lens.title, command: command.to_owned(), arguments };
        CodeLens { range, command: Some(command), data: None }
    };
    ide::lenses(view, found, &result).into_iter().map(lens).collect()
}
