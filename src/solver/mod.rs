//! An exact decision procedure for formulas about the JSON values of a call.

mod budget;
pub mod formula;
pub mod strings;

pub use budget::{Budget, Exhausted};
