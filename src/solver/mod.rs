//! An exact decision procedure for formulas about the JSON values of a call.

mod budget;
mod circuit;
pub mod formula;
mod sat;
pub mod space;
pub mod strings;

pub use budget::{Budget, Exhausted};
