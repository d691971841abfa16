//! What an editor asks of a policy: pure functions over an analysed file.
//!
//! Places are byte offsets, texts are Markdown or plain; the language server turns them into its protocol. Everything here works on
//! broken texts too: on the tokens, on the tree with its error nodes, and on the servers and tools that are known. What needs a policy without
//! errors takes the last one that there was.

pub mod card;
mod hints;
mod hover;
mod lenses;
mod mark;
mod moot;
mod picked;
mod view;

pub use hints::{Hint, HintKind, hints};
pub use hover::{Hover, hover};
pub use lenses::{Lens, LensAction, lenses};
pub use mark::{Mark, MarkKind};
pub use view::View;
