//! Questions about all calls that a policy decides.
//!
//! The rules of a policy become formulas ([`condition`], [`case`]), and so do the schemas of
//! arguments ([`valid`]); the [solver](crate::solver) decides them. If it finds a call, the
//! evaluator confirms it before anyone sees it.

pub mod ask;
pub mod case;
pub mod condition;
pub mod limits;
mod valid;

pub use valid::{Hop, Reach, Valid, reaches, valid};
