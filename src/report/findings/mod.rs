//! Findings: on one line each, as JSON, and in the forms that other services read.
//!
//! All forms take the findings in the order given.

mod file;
mod github;
mod gitlab;
mod json;
pub mod junit;
mod sarif;
mod short;
mod summary;

pub use file::{FileReport, RuleInfo, path};
pub use github::github;
pub use gitlab::gitlab;
pub use json::{JSON_BEGINS, JSON_ENDS, each_json, json, json_items, json_value};
pub use sarif::sarif;
pub use short::short;
pub use summary::{Summary, applied, of_kinds};
