//! Text in a catalogue that only the model reads.
//!
//! ## What it does
//!
//! Reports characters that are invisible, or that change the direction of text, in the names,
//! titles and descriptions of tools: direction marks, zero-width spaces, tag characters. Single
//! zero-width spaces, which some editors leave behind, are not reported.
//!
//! ## Why it matters
//!
//! A person who reviews the list of tools does not see the text, but the model reads it as
//! instructions. No honest server needs such characters.
//!
//! ## Example
//!
//! ```pol lint code=hidden-text
//! server trap from "catalogues/hidden.json";
//! deny *;
//! allow get_weather;
//! ```
//!
//! ## Use instead
//!
//! Do not use the server until its catalogue is clean:
//!
//! ```pol lint
//! server errors from "catalogues/errors.json";
//! deny *;
//! allow list_errors;
//! ```

use super::helpers::catalogue::{self, Odd};
use super::helpers::tools;
use super::prelude::*;
use crate::diagnostics::{is_hidden, shown};

pub(super) const RULE: Rule = Rule { shared: Shared::Any, ..Rule::new(codes::HIDDEN_TEXT, Check::Policy(check)) };

/// Half as many characters are shown before a hidden character, and twice as many in all.
const AROUND: usize = 40;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let look = |server| {
        let odd = catalogue::entries(context, server).filter_map(|(tool, entry)| {
            let texts = [Some(entry.name.as_str()), entry.title.as_deref(), entry.description.as_deref()];
            let why = texts.into_iter().flatten().find_map(hidden)?;
            Some(Odd { tool, span: entry.span, why })
        });
        odd.collect()
    };
    let help = "read the catalogue with `policyc catalogue show`; do not use the server until it is clean";
    catalogue::findings(context, codes::HIDDEN_TEXT, help, &look, &|names| {
        format!("invisible text in the catalogue, at {}", tools::listed(names.iter().map(|name| quote(name)).collect()))
    })
}

/// The text around the first hidden character, if there is one.
fn hidden(text: &str) -> Option<String> {
    let first = text.char_indices().position(|(at, char)| {
        let alone = char == '\u{200b}' && !text.get(at + char.len_utf8()..).is_some_and(|rest| rest.starts_with('\u{200b}'));
        let harmless = alone || char.is_whitespace() || at == 0 && char == '\u{feff}';
        is_tag(char) || is_hidden(char) && !harmless
    })?;
    let around: String = text.chars().skip(first.saturating_sub(AROUND / 2)).map(visible).collect();
    Some(format!("here: {}", quote(&shown(&around, AROUND * 2))))
}

/// Tag characters: a whole alphabet that no font shows.
const fn is_tag(char: char) -> bool {
    matches!(char, '\u{e0000}'..='\u{e007f}')
}

/// A tag character as the letter that a model reads in it; any other character as it is.
fn visible(char: char) -> char {
    if is_tag(char) { char::from_u32(u32::from(char) - 0xe0000).filter(char::is_ascii_graphic).unwrap_or('_') } else { char }
}
