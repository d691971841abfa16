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
use crate::catalogue::flags::Oddity;

pub(super) const RULE: Rule = Rule { shared: Shared::Any, ..Rule::new(codes::HIDDEN_TEXT, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let look = |server| {
        let odd = catalogue::entries(context, server).filter_map(|(tool, entry)| {
            let texts = [Some(entry.name.as_str()), entry.title.as_deref(), entry.description.as_deref()];
            let find = |text| [Oddity::Invisible, Oddity::Escape].into_iter().find_map(|oddity| oddity.find(text));
            let why = texts.into_iter().flatten().find_map(find)?;
            Some(Odd { tool, span: entry.span, why: format!("here: {why}") })
        });
        odd.collect()
    };
    let help = "read the catalogue with `policyc catalogue show`; do not use the server until it is clean";
    catalogue::findings(context, codes::HIDDEN_TEXT, help, &look, &|names| {
        format!("invisible text in the catalogue, at {}", tools::listed(names.iter().map(|name| quote(name)).collect()))
    })
}
