//! Compiler and checker for a small declarative policy language about MCP tool calls.

pub mod assertions;
pub mod catalogue;
#[cfg(feature = "cli")]
pub mod cli;
pub mod decimal;
pub mod diagnostics;
pub mod emit;
pub mod eval;
pub mod fmt;
pub mod ir;
pub mod json;
pub mod lint;
pub mod pattern;
pub mod probe;
pub mod render;
pub mod schema;
pub mod sema;
pub mod source;
pub mod syntax;
pub mod testing;
