//! A comparison: as text, as Markdown, and as JSON.

pub mod catalogues;
mod json;
mod markdown;
mod text;
mod words;

pub use json::json;
pub use markdown::markdown;
pub use text::text;
