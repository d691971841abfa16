//! Assertions of a baseline about a document that a gateway enforces.

use super::{Decided, Explained, MOST_RULES, Outcome, listed};
use crate::analysis::ask::Asked;
use crate::analysis::case::Case;
use crate::analysis::condition::Precision;
use crate::emit::{Cases, Gateway, GatewayCall, Ruling};
use crate::eval::{Call, Verdict};
use crate::ir::{Assertion, Parts, ServerId, Subject};

/// A document that assertions are decided about.
pub(super) struct OfArtefact<'a> {
    baseline: &'a Parts,
    server: ServerId,
    gateway: &'a dyn Gateway,
    cases: Cases,
}

impl<'a> OfArtefact<'a> {
    pub(super) fn new(baseline: &'a Parts, server: ServerId, gateway: &'a dyn Gateway) -> Self {
        Self { baseline, server, gateway, cases: gateway.cases() }
    }

    fn ruling(&self, call: &Call<'_>) -> Ruling {
        let asked = GatewayCall { name: call.name, arguments: call.arguments, grant: "", at: 0 };
        self.gateway.fresh().decide(&asked)
    }

    fn rules<'n>(&'n self, case: &'n Case) -> impl Iterator<Item = &'n str> {
        let predicates = case.required.iter().chain(&case.denied).map(|held| held.rule);
        let limits = case.limits.iter().map(|limit| limit.rule).chain(case.quotas.iter().map(|quota| quota.rule));
        predicates.chain(limits).map(|rule| self.cases.name(rule))
    }
}

impl Decided for OfArtefact<'_> {
    fn precision(&self) -> Precision {
        Precision::Double
    }

    fn groups(&self, assertion: &Assertion) -> Vec<(Case, Vec<Asked<'_>>)> {
        let Self { baseline, server, cases, .. } = self;
        let (server, selection) = (*server, &assertion.selection);
        let mut groups = Vec::new();
        let mut others = Vec::new();
        for (id, tool) in baseline.tools_of(server) {
            if selection.selects(Subject::known(server, id)).is_none() {
                continue;
            }
            let asked = Asked::of(baseline, Subject { server, tool: Some(id) });
            match cases.tools.get(&tool.name) {
                Some(case) => groups.push((case.clone(), vec![asked])),
                None => others.push(asked),
            }
        }
        if selection.selects(Subject::others(server)).is_some() {
            let unknown = Asked::of(baseline, Subject { server, tool: None });
            for (name, case) in &cases.tools {
                if baseline.find_tool(server, name).is_none() {
                    groups.push((case.clone(), vec![Asked { name: name.clone(), ..unknown.clone() }]));
                }
            }
            let mut unknown = unknown;
            while cases.tools.contains_key(&unknown.name) {
                unknown.name.push('_');
            }
            others.push(unknown);
        }
        groups.push((cases.other.clone(), others));
        groups
    }

    fn outcome(&self, call: &Call<'_>) -> Outcome {
        let Ruling { allow, rule, .. } = self.ruling(call);
        let case = self.cases.of(call.name);
        let limits = case.limits.iter().map(|limit| limit.rule).chain(case.quotas.iter().map(|quota| quota.rule));
        let by_limit = !allow && limits.into_iter().any(|limit| self.cases.name(limit) == rule);
        Outcome { verdict: if allow { Verdict::Allow } else { Verdict::Deny }, by_limit, rule }
    }

    fn explain(&self, call: &Call<'_>) -> Explained {
        let Ruling { allow, rule, message } = self.ruling(call);
        let named = self.cases.tools.contains_key(call.name);
        let rules: Vec<String> = self.rules(self.cases.of(call.name)).map(str::to_owned).collect();
        let text = match (allow, listed(&rules, MOST_RULES)) {
            (false, _) => format!("the rule {} refuses it: {message}", crate::diagnostics::quote(&rule)),
            (true, Some(rules)) => format!("none of its rules refuses it: {rules}"),
            (true, None) if named => "the document names the tool and has no rule for it".to_owned(),
            (true, None) => "the document does not name the tool, and its default allows".to_owned(),
        };
        Explained { text: vec![text], rules: Vec::new() }
    }
}
