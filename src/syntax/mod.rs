//! From text to tree.
pub mod ast;
pub mod token;
