//! Open Policy Agent: a Rego module for each server, and the hosts that ask one.
//!
//! The module is a [decision list](super::decision_list) for each tool. Hosts differ only in where they put the parts of a call
//! and in what they read of the answer: an `adapter` says both, and there is a target for each.

mod adapter;
mod dialect;
mod lex;
mod manifest;
mod read;
mod write;

use super::decision_list::{ListDecider, build};
use super::options::TargetOption;
use super::refusal::Refusal;
use super::target::{Counting, Draft, ReadDocument, Request, Target};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Policy, ServerId};
use adapter::Adapter;

const fn target(adapter: &'static Adapter) -> Target {
    Target {
        name: adapter.name,
        title: adapter.title,
        document: adapter.document,
        extension: "rego",
        is_json: false,
        page: include_str!("../../../docs/targets/opa.md"),
        counting: Counting::NONE,
        // Observed: integers of any size and decimals of two hundred digits are told apart.
        numbers: NumberDomain::Exact,
        asks: adapter.ask.is_some(),
        knows_caller: true,
        main_file: adapter.main_file,
        options: &[TargetOption::SERVER],
        look_alikes: |_| Vec::new(),
        recognises: adapter.recognises,
        build: adapter.build,
        parse: adapter.parse,
    }
}

/// Hosts that ask OPA over its own interface.
pub(super) static OPA: Target = target(&adapter::REST);
/// Envoy, and gateways that speak its protocol for authorization.
pub(super) static OPA_ENVOY: Target = target(&adapter::ENVOY);
/// Agent Control Specification: the policy layer of Microsoft's agent governance toolkit.
pub(super) static ACS: Target = target(&adapter::ACS);

fn build_for(adapter: &Adapter, request: &Request<'_>) -> Draft {
    let Request { policy, server, .. } = *request;
    let built = build(policy, server);
    let refuse = |rule| Refusal::of_limit("a module keeps no counts").of_rule(rule, adapter.document);
    let diagnostics = built.limits.into_iter().map(refuse).collect();
    let (lists, origins) = built.lists.finish();
    let package = package(adapter, policy, server);
    let text = write::module(adapter, &package, &policy.name, request.left_words(), &lists);
    let beside = (adapter.beside)(&package, &lists);
    let mut diagnostics: Vec<Diagnostic> = diagnostics;
    if adapter.lists_tools && !lists.others.is_empty() {
        diagnostics.extend(unlisted(adapter, policy));
    }
    Draft { text, beside, diagnostics, origins, stricter: Vec::new() }
}

/// Says of a host that knows tools by a list that tools which the policy does not name are denied there.
fn unlisted(adapter: &Adapter, policy: &Policy) -> Option<Diagnostic> {
    let origin = policy.default.origin.as_ref().filter(|_| policy.default.allow)?;
    let message = format!("{} is more strict: its host denies tools that the policy does not name", adapter.document);
    let found = Diagnostic::new(codes::STRICTER_ARTEFACT, origin.span, message);
    Some(found.help("name the tools that may be called, or declare a catalogue that has them"))
}

/// The package of the module of a server: that of the host, the name of the policy, and the name of the server if there are several.
fn package(adapter: &Adapter, policy: &Policy, server: ServerId) -> Vec<String> {
    let server = policy.server(server).filter(|_| policy.servers.len() > 1).map(|server| server.name.clone());
    [adapter.package.to_owned(), policy.name.clone()].into_iter().chain(server).collect()
}

fn parse_for(adapter: &'static Adapter, text: &str) -> ReadDocument {
    let lists = read::module(adapter, text)?;
    Ok(Box::new(ListDecider::new(lists, NumberDomain::Exact)))
}
