//! What an editor asks of a policy: pure functions over an analysed file.
//!
//! Places are byte offsets, texts are Markdown or plain; the language server turns them into its protocol. Everything here works on
//! broken texts too: on the tokens, on the tree with its error nodes, and on the servers and tools that are known. What needs a policy without
//! errors takes the last one that there was.

pub mod card;
mod completion;
mod mark;
mod signature;
mod view;

pub use completion::{Completion, CompletionKind, Entry, Key, Listing, NoKey, complete, documentation};
pub use mark::{Mark, MarkKind};
pub use signature::{Signature, signature};
pub use view::View;
