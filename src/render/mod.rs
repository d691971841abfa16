//! How diagnostics are shown: to people, on one line each, as JSON, and in the forms that other services read.
//!
//! All forms take the findings in the order given and write the same text for the same findings, whatever the
//! terminal. Texts that come from files are shown with control characters and direction marks made visible.

mod github;
mod gitlab;
mod json;
mod report;
mod sarif;
mod short;
pub mod targets;
pub mod trace;

#[cfg(feature = "cli")]
mod human;
#[cfg(feature = "cli")]
mod junit;
#[cfg(feature = "cli")]
mod view;

pub use github::github;
pub use gitlab::gitlab;
#[cfg(feature = "cli")]
pub use human::{Options, human};
pub use json::{join_json, json, json_value};
#[cfg(feature = "cli")]
pub use junit::junit;
#[cfg(feature = "cli")]
pub(crate) use junit::{Case as JunitCase, Problem as JunitProblem, Suite as JunitSuite, document as junit_document};
#[cfg(feature = "cli")]
pub(crate) use report::path as report_path;
pub use report::{FileReport, RuleInfo};
pub use sarif::sarif;
pub use short::short;

#[cfg(feature = "cli")]
use crate::diagnostics::push_visible;
use crate::diagnostics::visible;

#[cfg(test)]
#[cfg(feature = "cli")]
mod tests;
