//! Conditions in the Common Expression Language (CEL), every test total.
//!
//! An expression of CEL is true, false or an error: of a key that is missing, or of a value of another
//! type. Hosts take an error for false, which under a `!` would be a call that passes. So each test is
//! a conjunction that asks first whether the value is there and what it is, and whose last part cannot
//! fail then: it is true where the test holds and false everywhere else. Equality needs no such
//! question, for values of different types are unequal. Observed with cel-go, whose numbers of a call
//! are doubles.

pub(super) mod cerbos;
pub(super) mod envoy_ai;
mod passing;
mod read;
mod write;

use crate::located::{Mistakes, Node};
use crate::predicate::{PathRoot, Step};

/// Where a host puts the parts of a call. Both are maps.
pub(super) struct Names {
    /// The arguments.
    args: &'static str,
    /// The claims of the caller.
    caller: &'static str,
}

impl Names {
    const fn of(&self, root: PathRoot) -> &'static str {
        match root {
            PathRoot::Args => self.args,
            PathRoot::Caller => self.caller,
        }
    }
}

/// Words that are no names.
const RESERVED: [&str; 20] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "while",
];

/// Whether a key can follow a dot.
fn is_name(key: &str) -> bool {
    key.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !RESERVED.contains(&key)
        && key != "void"
}

/// The name of the element in a quantifier so deep.
fn element(depth: usize) -> String {
    format!("e{depth}")
}

/// Whether the first of some steps looks into an array, which neither arguments nor claims are.
fn begins_in_array(steps: &[Step]) -> bool {
    matches!(steps.first(), Some(Step::Index(_)))
}

/// Reports an expression that was not written here.
fn unknown_form(node: &Node<'_>, mistakes: &mut Mistakes) {
    let message = "this is not of the form that policyc writes, so what it decides is not known";
    node.is_wrong(message, "compile the policy again, and give the document as it was written", mistakes);
}
