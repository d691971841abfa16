//! The features of an editor as pure functions over an analysed file.
//!
//! Places are byte offsets, texts are Markdown or plain; the language server turns them into its protocol. Everything here works on
//! broken texts too: on the tokens, on the tree with its error nodes, and on the servers and tools that are known. What needs a policy without
//! errors takes the last one that there was.

mod actions;
pub mod card;
mod completion;
mod format;
mod hints;
mod hover;
mod lenses;
mod mark;
mod model;
pub mod navigate;
pub mod outline;
mod overruled_limits;
mod selections;
mod signature;
pub mod tokens;
mod view;

pub use actions::{Action, ActionKind, Change, actions, configure, fix_all};
pub use completion::{
    Completion, CompletionKind, Completions, Entry, Key, Listing, NoKey, complete, documentation, is_comment,
};
pub use format::{format, format_range, format_typed};
pub use hints::{Hint, HintKind, hints};
pub use hover::{Hover, hover};
pub use lenses::{Lens, LensAction, lenses};
pub use mark::{Mark, MarkKind};
pub use signature::{Signature, signature};
pub use view::View;

use crate::diagnostics::{Code, codes};

/// How an editor shows the text that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// It can go without changing anything: shown faded.
    Unnecessary,
    /// It should not be used any more: struck through.
    Deprecated,
}

/// How an editor shows the text that a finding of a kind is about, if not as it is.
#[must_use]
pub fn tag(code: &Code) -> Option<Tag> {
    const UNNECESSARY: [&Code; 21] = [
        codes::UNUSED_SUPPRESSION,
        codes::IMPOSSIBLE_CONDITION,
        codes::NEEDLESS_CONDITION,
        codes::SHADOWED_RULE,
        codes::OVERRIDDEN_RULE,
        codes::REDUNDANT_RULE,
        codes::EMPTY_SELECTION,
        codes::DUPLICATE_RULE,
        codes::NEEDLESS_ALLOW,
        codes::REPEATED_ITEM,
        codes::COVERED_ITEM,
        codes::NEEDLESS_EXCEPT,
        codes::UNUSED_SERVER,
        codes::REPEATED_VALUE,
        codes::NEEDLESS_ANCHOR,
        codes::LIMIT_NEVER_BINDS,
        codes::UNUSED_LET,
        codes::UNUSED_GROUP,
        codes::UNUSED_IMPORT,
        codes::EMPTY_TEST,
        codes::REPEATED_ASSERTION,
    ];
    // A tool that a test still calls and the catalogue has no more.
    const DEPRECATED: [&Code; 1] = [codes::UNKNOWN_TOOL_IN_TEST];
    if UNNECESSARY.iter().any(|other| other.id == code.id) {
        Some(Tag::Unnecessary)
    } else if DEPRECATED.iter().any(|other| other.id == code.id) {
        Some(Tag::Deprecated)
    } else {
        None
    }
}
