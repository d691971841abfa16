//! What is said of policies, for people and for other programs: a file or folder for each report, with its text, its JSON and its
//! Markdown where it has them.
//!
//! A report is a pure function: it gives a `String` or a JSON value of what was found out before, and knows no files, no terminal and
//! no exit status. The same findings give the same text. Texts that come from files are shown with control characters and direction
//! marks made visible. What draws findings with the lines they are about is the program's own, and handed in as a [`Draw`].

pub mod baseline;
pub mod can;
pub mod catalogue;
pub mod classify;
pub mod compile;
pub mod describe;
pub mod diff;
pub mod explain;
pub mod findings;
pub mod learn;
pub mod limits;
pub mod lock;
pub mod provenance;
pub mod remedy;
pub mod replay;
pub mod review;
pub mod targets;
pub mod test;
pub mod trace;
mod words;

use serde_json::{Value, json};

use crate::diagnostics::{Diagnostic, visible_json};
use crate::source::SourceMap;

/// How one finding is drawn for people.
pub type Draw<'a> = &'a dyn Fn(&Diagnostic, &SourceMap) -> String;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<'a> {
    /// The policy of this name.
    Policy(&'a str),
    /// The document of a gateway in the file of this name.
    Document(&'a str),
}

impl<'a> About<'a> {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'a str {
        match self {
            Self::Policy(name) | Self::Document(name) => name,
        }
    }

    /// `policy` or `document`: how JSON calls it.
    const fn key(self) -> &'static str {
        match self {
            Self::Policy(_) => "policy",
            Self::Document(_) => "document",
        }
    }
}

/// A JSON document on several lines, for people as well, with what does not show escaped.
#[must_use]
pub fn document(document: &Value) -> String {
    format!("{}\n", visible_json(&format!("{document:#}")))
}

/// A JSON document on one line, with what does not show escaped.
#[must_use]
pub fn line(document: &Value) -> String {
    format!("{}\n", visible_json(&document.to_string()))
}

/// The document about some policies, version 1.
#[must_use]
pub fn policies(policies: Vec<Value>) -> Value {
    json!({ "version": 1, "policies": policies })
}
