//! Paths of catalogues and imported files, and other strings.

use std::path::{Path, PathBuf};

use super::{Ask, Completion, CompletionKind, Text, escape};
use crate::source::Span;
use crate::syntax::print;
use crate::syntax::token::{Token, TokenKind};

/// Lists a folder for completing paths.
pub trait Listing {
    /// What is in the folder, which is relative to that of the policy unless it is absolute. Nothing for a folder that cannot be read.
    fn list(&self, folder: &Path) -> Vec<Entry>;
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// The most entries of a folder that are listed.
const MOST_ENTRIES: usize = 500;

/// Paths inside a string. Only the last part of the path is replaced.
pub(super) fn paths(ask: &mut Ask<'_, '_>, kind: Text, token: Token, listing: &dyn Listing) {
    let inside = token.start + 1;
    let typed = ask.cursor.text.get(inside as usize..ask.cursor.at as usize).unwrap_or_default();
    // A path with escapes is not one that can be followed here.
    if typed.contains('\\') {
        return;
    }
    let (folder, part) = typed.rsplit_once('/').map_or(("", typed), |(folder, part)| (folder, part));
    let folder = match (folder, typed.starts_with('/')) {
        ("", true) => PathBuf::from("/"),
        (folder, _) => PathBuf::from(folder),
    };
    let start = ask.cursor.at - crate::source::offset(part.len());
    let closed = if token.kind == TokenKind::Str { token.end.saturating_sub(1) } else { ask.cursor.at };
    let behind = ask.cursor.text.get(ask.cursor.at as usize..closed as usize).unwrap_or_default();
    let end = ask.cursor.at + crate::source::offset(behind.find('/').unwrap_or(behind.len()));
    let replace = Span { start, end, ..ask.replace };
    for found in entries(kind, &folder, part, listing) {
        // Inside the quotes, without them.
        let written = print::string(&found.name);
        let written = written.get(1..written.len().saturating_sub(1)).unwrap_or_default().to_owned();
        let (kind, suffix) = if found.is_folder { (CompletionKind::Folder, "/") } else { (CompletionKind::File, "") };
        let rank = if found.is_folder { 2 } else { 1 };
        ask.push(Completion::new(format!("{written}{suffix}"), kind, replace).rank(rank));
    }
}

/// The entries of a folder that can be meant, sorted.
fn entries(kind: Text, folder: &Path, part: &str, listing: &dyn Listing) -> Vec<Entry> {
    let ending = if kind == Text::Import { ".pol" } else { ".json" };
    let mut found = listing.list(folder);
    // What begins with a dot is listed for whoever types one.
    found.retain(|entry| {
        entry.name.starts_with('.') == part.starts_with('.') && (entry.is_folder || entry.name.ends_with(ending))
    });
    found.sort_by(|a, b| (a.is_folder, &a.name).cmp(&(b.is_folder, &b.name)));
    found.truncate(MOST_ENTRIES);
    found
}

/// A string that is not begun yet.
pub(super) fn strings(ask: &mut Ask<'_, '_>, kind: Text, listing: &dyn Listing) {
    match kind {
        Text::Catalogue | Text::Import => {
            for found in entries(kind, Path::new(""), "", listing) {
                let suffix = if found.is_folder { "/" } else { "" };
                let text = format!("{}{suffix}", found.name);
                let label = print::string(&text);
                let written = label.get(1..label.len().saturating_sub(1)).unwrap_or_default();
                // In a folder the path goes on, so the cursor stays inside the quotes.
                let snippet = format!("\"{}$0\"", escape(written));
                let (kind, rank) =
                    if found.is_folder { (CompletionKind::Folder, 2) } else { (CompletionKind::File, 1) };
                let completion = Completion::new(label.clone(), kind, ask.replace).rank(rank);
                ask.push(if found.is_folder { completion.snippet(snippet) } else { completion });
            }
        }
        Text::Denial => super::calls::denials(ask),
        Text::Counter | Text::Reason | Text::Test | Text::Grant | Text::Approver => {
            let text = Completion::new("\"…\"", CompletionKind::Value, ask.replace).filter("\"\"");
            let detail = match kind {
                Text::Counter => "the name of the counter",
                Text::Reason => "the text that the caller reads",
                Text::Test => "what the test shows",
                Text::Approver => "who must approve",
                _ => "the name of a grant",
            };
            ask.push(text.snippet("\"$1\"").detail(Some(detail.to_owned())).place(1, 0));
        }
    }
}
