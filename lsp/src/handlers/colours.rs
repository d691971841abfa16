//! Semantic tokens: of the whole text, as changes to the previous answer, and of a range.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use policyc_core::ide::View;
use policyc_core::ide::tokens::{self, TokenType};
use policyc_core::source::{Span, offset};
use tower_lsp_server::ls_types::*;

use crate::convert::Places;

/// What was sent last of each document, so that only what has changed need be sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    kept: Mutex<Kept>,
}

/// How many answers there were, and the last one of each document with its name.
type Kept = (u64, BTreeMap<Uri, (String, Vec<SemanticToken>)>);

impl Sent {
    /// A document was closed.
    pub(crate) fn forget(&self, uri: &Uri) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).1.remove(uri);
    }

    /// All tokens of a text.
    pub(crate) fn full(&self, places: &Places<'_>, view: &View<'_>) -> SemanticTokensResult {
        let data = all(places, view);
        let id = self.keep(&places.version.uri, data.clone());
        SemanticTokensResult::Tokens(SemanticTokens { result_id: Some(id), data })
    }

    /// What has changed since an answer; all tokens if that was not the last one.
    pub(crate) fn delta(&self, places: &Places<'_>, view: &View<'_>, since: &str) -> SemanticTokensFullDeltaResult {
        let data = all(places, view);
        let before = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.1.get(&places.version.uri).filter(|(id, _)| id == since).map(|(_, data)| data.clone())
        };
        let edit = before.map(|before| difference(&before, &data));
        let id = Some(self.keep(&places.version.uri, data.clone()));
        match edit {
            Some(edits) => SemanticTokensFullDeltaResult::TokensDelta(SemanticTokensDelta { result_id: id, edits }),
            None => SemanticTokensFullDeltaResult::Tokens(SemanticTokens { result_id: id, data }),
        }
    }

    fn keep(&self, uri: &Uri, data: Vec<SemanticToken>) -> String {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        let id = kept.0.to_string();
        kept.1.insert(uri.clone(), (id.clone(), data));
        id
    }
}

/// One replacement of what lies between the first and the last token that differ; none if all are
/// the same. Numbers count five for each token.
fn difference(before: &[SemanticToken], after: &[SemanticToken]) -> Vec<SemanticTokensEdit> {
    let first = before.iter().zip(after).take_while(|(old, new)| old == new).count();
    let (old, new) = (before.get(first..).unwrap_or_default(), after.get(first..).unwrap_or_default());
    let last = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (old.len() - last, new.get(..new.len() - last).unwrap_or_default());
    if old == 0 && new.is_empty() {
        return Vec::new();
    }
    vec![SemanticTokensEdit { start: offset(first * 5), delete_count: offset(old * 5), data: Some(new.to_vec()) }]
}

/// The tokens of a part of a text.
#[must_use]
pub(crate) fn range(places: &Places<'_>, view: &View<'_>, range: Range) -> SemanticTokensRangeResult {
    let data = encode(places, view, places.span(range));
    SemanticTokensRangeResult::Tokens(SemanticTokens { result_id: None, data })
}

fn all(places: &Places<'_>, view: &View<'_>) -> Vec<SemanticToken> {
    encode(places, view, Span::new(view.file(), 0, offset(view.text().len())))
}

/// Each token by its distance from the one before.
fn encode(places: &Places<'_>, view: &View<'_>, range: Span) -> Vec<SemanticToken> {
    let mut last = Position::default();
    let encoded = tokens::tokens(view, range).into_iter().map(|token| {
        let Range { start, end } = places.range(token.span);
        let delta_line = start.line.saturating_sub(last.line);
        let delta_start =
            if delta_line == 0 { start.character.saturating_sub(last.character) } else { start.character };
        last = start;
        let kind = TokenType::ALL.iter().position(|kind| *kind == token.kind).unwrap_or_default();
        SemanticToken {
            delta_line,
            delta_start,
            length: end.character.saturating_sub(start.character),
            token_type: offset(kind),
            token_modifiers_bitset: token.modifiers.bits(),
        }
    });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(length: u32) -> SemanticToken {
        SemanticToken { delta_line: 0, delta_start: 1, length, token_type: 0, token_modifiers_bitset: 0 }
    }

    #[test]
    fn a_difference_makes_the_new_out_of_the_old() {
        let texts: [&[u32]; 7] = [&[], &[1], &[1, 2, 3], &[1, 9, 3], &[1, 3], &[1, 1, 1], &[1, 1]];
        for old in texts {
            for new in texts {
                let tokens = |text: &[u32]| text.iter().map(|length| token(*length)).collect::<Vec<_>>();
                let (mut before, after) = (tokens(old), tokens(new));
                for edit in difference(&before, &after) {
                    let start = edit.start as usize / 5;
                    before.splice(start..start + edit.delete_count as usize / 5, edit.data.unwrap_or_default());
                }
                assert_eq!(before, after, "{old:?} {new:?}");
            }
        }
    }
}
