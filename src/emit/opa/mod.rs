//! Open Policy Agent: a Rego module for each server, and the hosts that ask one.
//!
//! The module is a [decision list](super::decision_list) for each tool. Hosts differ only in where they put the parts of a call
//! and in what they read of the answer: an `adapter` says both, and there is a target for each. Limits are held where the host counts.

mod adapter;
mod counters;
mod dialect;
mod lex;
mod manifest;
mod read;
mod write;

use std::collections::BTreeSet;

use super::decision_list::{Limits, ListDecider, build};
use super::operators::limits::is_of_server;
use super::options::TargetOption;
use super::refusal::Refusal;
use super::target::{Counting, Draft, GiveBack, OnFailure, Processes, ReadDocument, Request, Target};
use crate::analysis::condition::NumberDomain;
use crate::analysis::limits::WindowModel;
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Effect, Policy, Rule, ServerId};
use adapter::Adapter;

/// What a host that counts has to do.
const BY_HOST: Counting = Counting {
    lengths: None,
    windows: WindowModel::Aligned,
    processes: Processes::Share,
    give_back: GiveBack::Never,
    on_failure: OnFailure::Closed,
    is_on_trust: true,
};

const fn target(adapter: &'static Adapter) -> Target {
    Target {
        name: adapter.name,
        title: adapter.title,
        document: adapter.document,
        extension: "rego",
        is_json: false,
        page: include_str!("../../../docs/targets/opa.md"),
        counting: if adapter.counting.is_some() { BY_HOST } else { Counting::NONE },
        // Observed: integers of any size and decimals of two hundred digits are told apart.
        numbers: NumberDomain::Exact,
        asks: adapter.ask.is_some(),
        knows_caller: true,
        main_file: adapter.main_file,
        options: if adapter.counting.is_some() {
            &[TargetOption::SERVER, TargetOption::COUNTERS]
        } else {
            &[TargetOption::SERVER]
        },
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
    let Request { policy, server, settings, .. } = *request;
    let built = build(policy, server);
    let counts = adapter.counting.is_some() && settings.get(&TargetOption::COUNTERS).is_some();
    let refusals = if counts { unlike(policy, server, &built.limits) } else { uncounted(adapter, &built.limits) };
    let mut diagnostics: Vec<Diagnostic> =
        refusals.into_iter().map(|(rule, refusal)| refusal.of_rule(rule, adapter.document)).collect();
    let (lists, mut origins) = built.lists.finish();
    let limits = if counts { built.counted.finish(&mut origins) } else { Limits::default() };
    let package = package(adapter, policy, server);
    let text = write::module(adapter, &package, &policy.name, request.left_words(), &lists, &limits);
    let beside = (adapter.beside)(&package, &lists);
    if adapter.lists_tools && !lists.others.is_empty() {
        diagnostics.extend(unlisted(adapter, policy));
    }
    Draft { text, beside, diagnostics, origins, stricter: Vec::new() }
}

/// Limits that nobody counts.
fn uncounted<'p>(adapter: &Adapter, limits: &[&'p Rule]) -> Vec<(&'p Rule, Refusal)> {
    let refusal = || {
        let refusal = Refusal::of_limit("a module keeps no counts");
        let Some(_) = adapter.counting else { return refusal };
        let table = format!("[targets.{}]", adapter.name);
        refusal.or_rather(&format!(
            "if the host can count, write `counters = \"host\"` in the table `{table}` of policyc.toml"
        ))
    };
    limits.iter().map(|rule| (*rule, refusal())).collect()
}

/// Limits that a host would count in another way than they are meant.
fn unlike<'p>(policy: &Policy, server: ServerId, limits: &[&'p Rule]) -> Vec<(&'p Rule, Refusal)> {
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for rule in limits {
        let Effect::Limit(limit) = &rule.effect else { continue };
        if !limit.total {
            continue;
        }
        let refused = is_of_server(policy, server, rule).and_then(|()| match names.insert(limit.counter_name("")) {
            true => Ok(()),
            false => Err(Refusal::new(
                "a count over several tools is found by its name, and another limit has this name",
                "give it another name with `as`",
            )),
        });
        found.extend(refused.err().map(|refusal| (*rule, refusal)));
    }
    found
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
    let (lists, limits) = read::module(adapter, text)?;
    Ok(Box::new(ListDecider::new(lists, NumberDomain::Exact).with_limits(limits)))
}
