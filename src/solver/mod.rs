//! An exact decision procedure for formulas about the JSON values of a call.

mod budget;
mod circuit;
pub mod formula;
pub mod given;
mod sat;
pub mod space;
pub mod strings;

pub use budget::{Budget, Exhausted};
