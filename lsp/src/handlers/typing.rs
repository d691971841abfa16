//! Completion, signature help and formatting.

use std::path::Path;
use std::str::FromStr;

use policyc_core::diagnostics::Edit;
use policyc_core::ide::{self, CompletionKind, Entry, Key, Listing, View};
use serde_json::json;
use tower_lsp_server::ls_types::*;

use crate::convert::Places;

/// Folders of the disk, beside a file.
struct Folders<'a>(&'a Path);

impl Listing for Folders<'_> {
    fn list(&self, folder: &Path) -> Vec<Entry> {
        let entries = std::fs::read_dir(self.0.join(folder)).into_iter().flatten().flatten();
        let mut found: Vec<Entry> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                Some(Entry { is_folder: entry.path().is_dir(), name })
            })
            .collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }
}

/// What could be typed at a position; `None` in a comment, where [`in_comment`] knows.
pub(crate) fn completion(places: &Places<'_>, view: &View<'_>, position: Position) -> Option<CompletionResponse> {
    let at = places.offset(position);
    (!ide::is_comment(view, at)).then(|| completion_at(places, view, at))
}

/// What could be typed at a position of a comment. The view has the findings that can be suppressed
/// there.
pub(crate) fn in_comment(places: &Places<'_>, view: &View<'_>, position: Position) -> CompletionResponse {
    completion_at(places, view, places.offset(position))
}

fn completion_at(places: &Places<'_>, view: &View<'_>, at: u32) -> CompletionResponse {
    let folder = places.version.path.parent().unwrap_or(Path::new(""));
    let mut found = ide::complete(view, at, &Folders(folder));
    found.items.sort_by(|one, other| (&one.sort, &one.label).cmp(&(&other.sort, &other.label)));
    let items = found.items.iter().map(|one| item(places, one)).collect();
    CompletionResponse::List(CompletionList { is_incomplete: found.is_incomplete, items })
}

fn item(places: &Places<'_>, one: &ide::Completion) -> CompletionItem {
    let snippets = places.world.client().snippets;
    let (text, snippet) = match one.snippet {
        true if !snippets => (plain(&one.insert), false),
        snippet => (one.insert.clone(), snippet),
    };
    CompletionItem {
        label: one.label.clone(),
        label_details: Some(label_details(one)),
        kind: Some(kind(one.kind)),
        detail: one.detail.clone().or_else(|| one.description.clone()),
        tags: one.deprecated.then(|| vec![CompletionItemTag::DEPRECATED]),
        sort_text: Some(one.sort.clone()),
        filter_text: one.filter.clone(),
        insert_text_format: snippet.then_some(InsertTextFormat::SNIPPET),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: places.range(one.replace), new_text: text })),
        data: one.key.as_ref().map(|key| json!({"uri": places.version.uri, "key": key.to_string()})),
        ..CompletionItem::default()
    }
}

/// The text of a snippet without its places.
fn plain(snippet: &str) -> String {
    let mut text = String::new();
    let mut rest = snippet.chars().peekable();
    // How many `${` are open, and stand for nothing themselves.
    let mut open = 0_usize;
    while let Some(char) = rest.next() {
        match char {
            '\\' => text.extend(rest.next()),
            '$' => {
                let braced = rest.next_if_eq(&'{').is_some();
                while rest.next_if(char::is_ascii_digit).is_some() {}
                if braced {
                    open += 1;
                    rest.next_if_eq(&':');
                }
            }
            '}' if open > 0 => open -= 1,
            other => text.push(other),
        }
    }
    text
}

/// What is shown next to the label. Of two things one stands right behind it and the other at the
/// edge; a single one stands at the edge, where some editors would repeat it otherwise.
fn label_details(one: &ide::Completion) -> CompletionItemLabelDetails {
    let (behind, edge) = match (&one.detail, &one.description) {
        (Some(single), None) => (None, Some(single.clone())),
        // Lists are narrow, and cut what is far from the name; what stands at the edge would cut
        // the class of a tool, too.
        (Some(sentence), Some(class)) if one.kind == CompletionKind::Tool => {
            (Some(format!("{class} · {sentence}")), None)
        }
        (detail, description) => (detail.clone(), description.clone()),
    };
    CompletionItemLabelDetails {
        detail: behind.map(|text| format!(" {text}")),
        description: edge.filter(|text| *text != one.label),
    }
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Keyword => CompletionItemKind::KEYWORD,
        CompletionKind::Snippet => CompletionItemKind::SNIPPET,
        CompletionKind::Operator => CompletionItemKind::OPERATOR,
        CompletionKind::Tool => CompletionItemKind::FUNCTION,
        CompletionKind::Glob | CompletionKind::Set | CompletionKind::Group => CompletionItemKind::ENUM,
        CompletionKind::Server => CompletionItemKind::MODULE,
        CompletionKind::Argument | CompletionKind::Claim => CompletionItemKind::FIELD,
        CompletionKind::Value => CompletionItemKind::VALUE,
        CompletionKind::Member => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Let => CompletionItemKind::CONSTANT,
        CompletionKind::Rate => CompletionItemKind::UNIT,
        CompletionKind::Text => CompletionItemKind::TEXT,
        CompletionKind::Code => CompletionItemKind::EVENT,
        CompletionKind::File => CompletionItemKind::FILE,
        CompletionKind::Folder => CompletionItemKind::FOLDER,
    }
}

/// The document and the key of a completion that was sent.
pub(crate) fn key(item: &CompletionItem) -> Option<(Uri, Key)> {
    let data = item.data.as_ref()?;
    let uri = serde_json::from_value(data.get("uri")?.clone()).ok()?;
    Some((uri, Key::from_str(data.get("key")?.as_str()?).ok()?))
}

/// What there is to read about a completion. Clients that do not name Markdown get a plain string,
/// which is what the protocol had first.
pub(crate) fn documentation(places: &Places<'_>, view: &View<'_>, key: &Key) -> Option<Documentation> {
    let text = ide::documentation(view, key)?;
    Some(match places.world.client().documents_in_markdown {
        true => Documentation::MarkupContent(markdown(text)),
        false => Documentation::String(text),
    })
}

/// A text in Markdown.
pub(crate) fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

/// How what stands at a position is written.
pub(crate) fn signature(places: &Places<'_>, view: &View<'_>, position: Position) -> Option<SignatureHelp> {
    let found = ide::signature(view, places.offset(position))?;
    // Places in a label count UTF-16 units, whatever positions count.
    let units = |at: u32| {
        let before = found.label.get(..at as usize).unwrap_or(&found.label);
        policyc_core::source::offset(before.encode_utf16().count())
    };
    let parameters = found.parameters.iter().map(|(range, text)| ParameterInformation {
        label: ParameterLabel::LabelOffsets([units(range.start), units(range.end)]),
        documentation: Some(Documentation::MarkupContent(markdown(text.clone()))),
    });
    let signature = SignatureInformation {
        parameters: Some(parameters.collect()),
        active_parameter: found.active,
        documentation: Some(Documentation::MarkupContent(markdown(found.documentation.clone()))),
        label: found.label.clone(),
    };
    Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter: found.active })
}

/// Edits of the text.
pub(crate) fn edits(places: &Places<'_>, edits: &[Edit]) -> Vec<TextEdit> {
    edits.iter().map(|edit| TextEdit { range: places.range(edit.span), new_text: edit.text.clone() }).collect()
}

/// What makes the text formatted.
pub(crate) fn format(places: &Places<'_>, view: &View<'_>) -> Option<Vec<TextEdit>> {
    Some(edits(places, &ide::format(view)?))
}

/// What makes a part of the text formatted.
pub(crate) fn format_range(places: &Places<'_>, view: &View<'_>, range: Range) -> Vec<TextEdit> {
    edits(places, &ide::format_range(view, places.span(range)))
}

/// What formats the text around what was just typed.
pub(crate) fn format_typed(places: &Places<'_>, view: &View<'_>, position: Position, typed: &str) -> Vec<TextEdit> {
    let Some(typed) = typed.chars().next() else { return Vec::new() };
    edits(places, &ide::format_typed(view, places.offset(position), typed))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn snippets_without_their_places() {
        for (snippet, text) in [
            ("allow ${1:tool} when $2;$0", "allow tool when ;"),
            ("{${1:\"a\": ${2:1\\}}}}", "{\"a\": 1}}"),
            ("cost \\$5", "cost $5"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(plain(snippet), text, "{snippet}");
        }
    }
}
