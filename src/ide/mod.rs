//! What an editor asks of a policy: pure functions over an analysed file.
//!
//! Places are byte offsets, texts are Markdown or plain; the language server turns them into its protocol. Everything here works on
//! broken texts too: on the tokens, on the tree with its error nodes, and on the servers and tools that are known. What needs a policy without
//! errors takes the last one that there was.

mod actions;
mod format;
mod mark;
mod view;

pub use actions::{Action, ActionKind, Change, actions, configure, fix_all};
pub use format::{format, format_range, format_typed};
pub use mark::{Mark, MarkKind};
pub use view::View;
