//! Conditions in the Common Expression Language (CEL), every test total.
//!
//! An expression of CEL is true, false or an error: of a key that is missing, or of a value of another
//! type. Hosts take an error for false, which under a `!` would be a call that passes. So each test is
//! a conjunction that asks first whether the value is there and what it is, and whose last part cannot
//! fail then: it is true where the test holds and false everywhere else. Equality needs no such
//! question, for values of different types are unequal. Observed with both implementations ([`Engine`]).

pub(super) mod agentgateway;
pub(super) mod cerbos;
pub(super) mod envoy_ai;
mod passing;
mod read;
mod write;

use super::patterns::Syntax;
use crate::located::{Mistakes, Node};
use crate::predicate::{PathRoot, Step};

/// Where a host puts the parts of a call, both of which are maps, and what decides.
pub(super) struct Host {
    /// The arguments.
    args: &'static str,
    /// The claims of the caller.
    caller: &'static str,
    /// The implementation of CEL.
    engine: Engine,
}

/// An implementation of CEL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    /// cel-go. Numbers of a call are doubles.
    Go,
    /// The one in Rust that agentgateway has. Numbers of a call are doubles or of one of two types of integers, which it
    /// compares with doubles as doubles; the size of a string is its bytes; expressions are those of the crate `regex`.
    Rust,
}

impl Engine {
    /// How it reads regular expressions.
    const fn patterns(self) -> Syntax {
        match self {
            Self::Go => Syntax::Re2,
            Self::Rust => Syntax::Rust,
        }
    }

    /// Whether a value is of a type; a number is `double`.
    fn is(self, value: &str, kind: &str) -> String {
        match self {
            Self::Rust if kind == "double" => format!("type({value}) in [double, int, uint]"),
            _ => format!("type({value}) == {kind}"),
        }
    }
}

impl Host {
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
