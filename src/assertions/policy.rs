//! Assertions about a policy: its own, or those of a baseline.

use std::collections::BTreeMap;

use super::{Decided, Explained, MOST_RULES, Outcome};
use crate::analysis::ask::Asked;
use crate::analysis::case::{Case, Formulas};
use crate::analysis::condition::Precision;
use crate::eval::{Call, Evaluator, words};
use crate::ir::{Assertion, Effect, Parts, Policy, Selecting, ServerId, Subject};

/// A policy that assertions are decided about.
pub(super) struct OfPolicy<'p> {
    policy: &'p Policy,
    /// Where the assertions stand, if not in the policy.
    baseline: Option<&'p Parts>,
    formulas: Formulas<'p>,
    evaluator: Evaluator<'p>,
}

impl<'p> OfPolicy<'p> {
    pub(super) fn new(policy: &'p Policy, baseline: Option<&'p Parts>) -> Self {
        let formulas = Formulas::new(policy, Precision::Exact);
        Self { policy, baseline, formulas, evaluator: Evaluator::new(policy) }
    }

    /// The tools that an assertion selects, each with the subject that it is to the policy; `None` on a server that
    /// the policy does not know.
    fn selected(&self, assertion: &Assertion) -> Vec<(Option<Subject>, Asked<'p>)> {
        let selection = &assertion.selection;
        let Some(baseline) = self.baseline else {
            let selected = self.policy.subjects().filter(|subject| selection.selects(*subject).is_some());
            return selected.map(|subject| (Some(subject), Asked::of(self.policy, subject))).collect();
        };
        let mut out = Vec::new();
        for subject in self.policy.subjects() {
            let Some(server) = matching(self.policy, subject.server, baseline) else {
                // `*` speaks of servers, too, that nobody has declared.
                if selection.star.as_ref().is_some_and(|star| star.servers.is_none()) {
                    out.push((Some(subject), Asked::of(self.policy, subject)));
                }
                continue;
            };
            let name = subject.tool.and_then(|tool| self.policy.tool(tool)).map(|tool| tool.name.as_str());
            let known = name.and_then(|name| baseline.find_tool(server, name));
            let selects = known.map_or_else(
                || selection.selects(Subject::others(server)).is_some(),
                |tool| selection.selects(Subject::known(server, tool)).is_some(),
            );
            if !selects {
                continue;
            }
            let mut asked = Asked::of(self.policy, subject);
            if let Some(tool) = known {
                let schemas = Asked::of(baseline, Subject { server, tool: Some(tool) }).schemas;
                asked.schemas = if schemas.is_empty() { asked.schemas } else { schemas };
            } else if name.is_none() {
                // A name that neither side knows.
                while baseline.find_tool(server, &asked.name).is_some() {
                    asked.name.push('_');
                }
            }
            out.push((Some(subject), asked));
        }
        // Tools that only the baseline knows.
        for tool in baseline.tools.iter().filter_map(|tool| baseline.find_tool(tool.server, &tool.name)) {
            let Some(known) = baseline.tool(tool) else { continue };
            if selection.selects(Subject::known(known.server, tool)).is_none() {
                continue;
            }
            let mut asked = Asked::of(baseline, Subject { server: known.server, tool: Some(tool) });
            let server = matching(baseline, known.server, self.policy);
            if let Some(server) = server {
                if self.policy.find_tool(server, &known.name).is_some() {
                    continue;
                }
                asked.server = self.policy.server(server).map(|server| server.name.as_str());
                asked.server = asked.server.filter(|name| !name.is_empty());
            }
            out.push((server.map(|server| Subject { server, tool: None }), asked));
        }
        out
    }
}

/// The server of another policy that a server is: the one of its name, or the only one if each side has but one.
pub(super) fn matching(of: &Parts, server: ServerId, other: &Parts) -> Option<ServerId> {
    if of.servers.len() == 1 && other.servers.len() == 1 {
        return Some(ServerId(0));
    }
    other.find_server(&of.server(server)?.name)
}

impl Decided for OfPolicy<'_> {
    fn precision(&self) -> Precision {
        Precision::Exact
    }

    fn groups(&self, assertion: &Assertion) -> Vec<(Case, Vec<Asked<'_>>)> {
        let mut groups: Vec<(Case, Vec<Asked<'_>>)> = Vec::new();
        let mut found: BTreeMap<Option<Vec<Selecting>>, usize> = BTreeMap::new();
        for (subject, asked) in self.selected(assertion) {
            let rules = subject.map(|subject| self.formulas.rules(subject));
            let at = *found.entry(rules.clone()).or_insert(groups.len());
            match groups.get_mut(at) {
                Some((_, tools)) => tools.push(asked),
                None => {
                    let case = rules.map(|rules| self.formulas.case(&rules)).unwrap_or_default();
                    groups.push((case, vec![asked]));
                }
            }
        }
        groups
    }

    fn outcome(&self, call: &Call<'_>) -> Outcome {
        let decision = self.evaluator.decide(call);
        let rule = decision.decided_by.and_then(|index| self.policy.rules.get(index));
        Outcome {
            verdict: decision.verdict,
            by_limit: rule.is_some_and(|rule| matches!(rule.effect, Effect::Limit(_))),
            rule: decision.rule().into_owned(),
        }
    }

    fn explain(&self, call: &Call<'_>) -> Explained {
        let trace = self.evaluator.trace(call);
        let Some(tool) = trace.decides.and_then(|index| trace.tools.get(index)) else { return Explained::default() };
        let mut explained = Explained { text: vec![words::conclusion(tool, self.policy)], rules: Vec::new() };
        for said in tool.rules.iter().take(MOST_RULES) {
            let Some(rule) = self.policy.rules.get(said.index) else { continue };
            let sentence = words::sentence(said, rule);
            match self.baseline {
                None => explained.rules.push((rule.origin.span, sentence)),
                // The places of the policy are in another text than those of the assertion.
                Some(_) => explained.text.push(format!("line {}: {sentence}", rule.origin.line)),
            }
        }
        explained
    }
}
