//! Targets: what a gateway enforces, made from the model, and a reader of each that decides as the
//! gateway does.
//!
//! A target is never weaker than the source: what it cannot hold it refuses, and what it can only
//! hold more strictly it warns about with an example. To add a target, write a [`Target`] in a
//! module of its own and put it into [`TARGETS`]: data about its gateway, a function that builds a
//! document and one that reads it. Gateways with Boolean conditions share `decision_list`: the rules
//! of each tool in their order. Gateways of the PolicyLayer family share these steps: `plan` says what
//! the policy means for each tool of one server, `clauses` brings a condition into clauses,
//! `operators::values` says which values of one argument a literal stands for, and
//! `operators::lower` finds gateway conditions for such a set.

mod cedar;
mod cel;
mod confirm;
mod constructs;
mod contextforge;
mod decision_list;
mod document;
mod envoy;
mod expression;
mod gemini;
mod intercept;
mod leave;
mod opa;
mod operators;
mod options;
mod origins;
mod patterns;
mod plan;
mod policylayer;
mod refusal;
mod target;
#[cfg(test)]
mod tests;
mod tool_lists;

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::analysis::condition::NumberDomain;
use crate::decider::{Decider as _, PolicyDecider};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::ir::{Effect, Policy, Rule, ServerId, Subject};

pub use constructs::{Construct, ExampleCatalogue, Held, Holds};
pub use intercept::document as intercept_document;
pub use leave::Leave;
pub use operators::literal::DocumentValue;
pub use operators::window::Window;
pub use operators::{Condition, Operator};
pub use options::{OptionKind, Settings, TargetOption, TargetSettings};
pub use policylayer::document as policylayer_document;
pub use target::{Counting, GiveBack, OnFailure, Processes, ReadDocument, Request, Target};

/// All targets, the default first.
pub static TARGETS: &[&Target] = &[
    &policylayer::TARGET,
    &intercept::TARGET,
    &opa::OPA,
    &opa::OPA_ENVOY,
    &opa::ACS,
    &tool_lists::codex::TARGET,
    &tool_lists::claude_code::TARGET,
    &tool_lists::opencode::TARGET,
    &envoy::TARGET,
    &cel::cerbos::TARGET,
    &cedar::AGENTCORE,
    &cedar::DOCKER,
    &cedar::TOOLHIVE,
    &gemini::TARGET,
    &tool_lists::litellm::TARGET,
    &cel::envoy_ai::TARGET,
    &cel::agentgateway::TARGET,
    &contextforge::TARGET,
];

/// The target with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().copied().find(|target| target.name == name)
}

/// The target with this name.
///
/// # Errors
/// There is none: what there is, and what was meant.
pub fn named(name: &str) -> Result<&'static Target, String> {
    let names = || TARGETS.iter().map(|target| target.name);
    find(name).ok_or_else(|| match nearest(name, names()) {
        Some(near) => format!("no target is named {}; did you mean `{near}`?", quote(name)),
        None => format!(
            "no target is named {}; there are {}",
            quote(name),
            names().map(quote).collect::<Vec<_>>().join(", ")
        ),
    })
}

/// Compiles a policy for one of its servers: the document of a target, or why there is none.
#[must_use]
pub fn compile(policy: &Policy, server: ServerId, target: &Target) -> Emission {
    target.emit(policy, server)
}

/// The target whose document a text is, found out by what is in it. `None` for a policy, and for
/// what is neither.
///
/// A file is the same document for every command, whatever its name.
#[must_use]
pub fn target_of(text: &str) -> Option<&'static Target> {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    // The default takes any object of JSON, so it is asked last.
    TARGETS.iter().rev().copied().find(|target| (target.recognises)(text))
}

/// Says once for a policy that nobody can approve anything with a target that has no approval.
fn approval_note(policy: &Policy, server: ServerId, title: &str) -> Option<Diagnostic> {
    let selects = |rule: &&Rule| {
        rule.selection.selects(Subject::others(server)).is_some()
            || policy.tools_of(server).any(|(id, _)| rule.selection.selects(Subject::known(server, id)).is_some())
    };
    let rule = policy.rules.iter().filter(|rule| matches!(rule.effect, Effect::Approval { .. })).find(selects)?;
    let message = format!("{title} has no approval: calls that need one are denied, and nobody can release them");
    let note = Diagnostic::new(codes::APPROVAL_AS_DENIAL, rule.origin.span, message);
    Some(note.help("where a person must be able to say yes, choose a gateway that can ask"))
}

/// Says of each limit of calls that can pass that it holds only while its counter can be asked.
fn fails_open(policy: &Policy, server: ServerId, document: &str) -> Vec<Diagnostic> {
    let source = PolicyDecider::new(policy).of_server(server, NumberDomain::Exact);
    let tools = source.tools(0).into_iter().map(Some).chain([None]);
    let cases = tools.filter_map(|tool| source.case(0, tool)).filter(|case| !case.is_closed());
    let held: BTreeSet<usize> =
        cases.flat_map(|case| case.limits.iter().map(|limited| limited.rule).collect::<Vec<_>>()).collect();
    let found = held.into_iter().filter_map(|rule| policy.rules.get(rule)).map(|rule| {
        let message = format!("{document} holds this limit only while the gateway can count: if it cannot, the calls pass");
        let help = "where it must hold always, choose a gateway whose counters deny when they fail, or another part that counts";
        Diagnostic::new(codes::LIMIT_FAILS_OPEN, rule.origin.span, message).help(help)
    });
    found.collect()
}

/// Says once for a policy that hidden tools are denied and still listed, with a target that hides nothing.
fn listing_note(policy: &Policy, server: ServerId, document: &str) -> Option<Diagnostic> {
    let hides = policy.rules.iter().find(|rule| {
        let selects = |subject| rule.selection.selects(subject).is_some();
        matches!(rule.effect, Effect::Hide)
            && (selects(Subject::others(server))
                || policy.tools_of(server).any(|(id, _)| selects(Subject::known(server, id))))
    })?;
    let message = format!("{document} denies hidden tools and cannot hide them: the gateway lists every tool");
    let found = Diagnostic::new(codes::STRICTER_ARTEFACT, hides.origin.span, message);
    Some(found.help("write `deny` where that is enough, or choose a target that hides tools"))
}

/// What came of an attempt to make an artefact.
#[derive(Debug, Clone, Default)]
pub struct Emission {
    /// The artefact; `None` if and only if a diagnostic is an error.
    pub artefact: Option<Artefact>,
    /// What cannot be carried over, and where the artefact is stricter.
    pub diagnostics: Vec<Diagnostic>,
}

/// A document for a gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Artefact {
    /// The text as it is written to a file, with a final newline.
    pub text: String,
    /// The files that go with it, which decide nothing that the text does not decide.
    pub beside: Vec<SideFile>,
    /// Whether its format is JSON.
    pub is_json: bool,
}

/// A file that a gateway needs beside a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideFile {
    /// Its place in the folder of the document.
    pub path: &'static str,
    /// Its text.
    pub text: String,
}

impl Artefact {
    /// The document as canonical JSON (RFC 8785); `None` for other formats.
    #[must_use]
    pub fn canonical(&self) -> Option<Vec<u8>> {
        let document: serde_json::Value = self.is_json.then(|| serde_json::from_str(&self.text).ok())??;
        serde_jcs::to_vec(&document).ok()
    }

    /// SHA-256 of the canonical JSON, for other formats of the text, in lower-case hexadecimal
    /// digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let bytes = self.canonical().unwrap_or_else(|| self.text.clone().into_bytes());
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
