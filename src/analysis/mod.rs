//! Questions about all calls that a policy decides.
//!
//! The rules of a policy become formulas ([`condition`], [`case`]), which the [solver](crate::solver) decides. What it
//! finds is a call, and the evaluator confirms it before anyone sees it.

pub mod ask;
pub mod case;
pub mod condition;
mod valid;

pub use valid::{Valid, valid};
