//! How diagnostics are shown: on one line each, as JSON, and in the forms that other services read.
//!
//! The drawing for people is the program's own.
//! All forms take the findings in the order given and write the same text for the same findings, whatever the
//! terminal. Texts that come from files are shown with control characters and direction marks made visible.

mod github;
mod gitlab;
mod json;
pub mod junit;
mod report;
mod sarif;
mod short;
pub mod targets;
pub mod trace;

pub use github::github;
pub use gitlab::gitlab;
pub use json::{join_json, json, json_value};
pub use report::{FileReport, RuleInfo, path};
pub use sarif::sarif;
pub use short::short;

use crate::diagnostics::visible;
