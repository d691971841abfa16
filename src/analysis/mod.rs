//! What policies do with all calls there can be, as formulas for the [solver](crate::solver).

mod valid;

pub use valid::{Valid, valid};
