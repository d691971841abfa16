//! The permits of a policy. There are no conditional forbids: one that errs is passed over.

use std::collections::BTreeSet;

use super::gateway::Gateway;
use super::lower::{Expression, Lowering};
use crate::diagnostics::{Diagnostic, quote};
use crate::emit::confirm::Suspect;
use crate::emit::decision_list::{Entry, Lists, Outcome};
use crate::emit::origins::{Origins, Traced};
use crate::emit::refusal::Refusal;
use crate::emit::target::Request;
use crate::ir::{Rule, Tool, ToolId};
use crate::predicate::Condition;
use crate::source::Span;

/// A permit.
#[derive(Debug, Clone)]
pub(super) struct Permit {
    /// The tool; `None` for all that are not [named](Permits::named).
    pub(super) tool: Option<String>,
    /// Why a person is asked, if one is.
    pub(super) ask: Option<String>,
    /// Whether it asks for claims of the caller.
    pub(super) asks_caller: bool,
    /// The calls it is about.
    pub(super) when: Expression,
}

/// The permits of a document.
#[derive(Debug, Default)]
pub(super) struct Permits {
    /// In the order of the tools, those of others last.
    pub(super) permits: Vec<Permit>,
    /// The tools to which what is said of others does not apply.
    pub(super) named: Vec<String>,
    pub(super) origins: Origins,
    pub(super) stricter: Vec<Suspect>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The places of what has been reported.
    reported: BTreeSet<Span>,
}

impl Permits {
    /// Notes rules that are held more strictly for a tool, or for those that the policy does not
    /// name.
    fn suspect(&mut self, tool: Option<ToolId>, mut rules: Vec<usize>) {
        rules.sort_unstable();
        rules.dedup();
        self.stricter.extend(rules.into_iter().map(|rule| Suspect { tool, rule }));
    }

    /// Reports what cannot be held, once for each place: several tools may have it.
    fn report(&mut self, found: Diagnostic) {
        if self.reported.insert(found.primary.span) {
            self.diagnostics.push(found);
        }
    }
}

/// The permits of some lists.
pub(super) fn permits(gateway: Gateway, request: &Request<'_>, lists: &Lists<Traced<Entry>>, asks: bool) -> Permits {
    let mut out = Permits { named: lists.tools.keys().cloned().collect(), ..Permits::default() };
    for (name, list) in &lists.tools {
        let id = request.policy.find_tool(request.server, name);
        let tool = id.and_then(|id| request.policy.tool(id));
        let mut builder = Builder { gateway, request, name: Some(name), tool, asks, out: &mut out };
        let narrow = builder.list(list);
        out.suspect(id, narrow);
    }
    let narrow = Builder { gateway, request, name: None, tool: None, asks, out: &mut out }.list(&lists.others);
    out.suspect(None, narrow);
    out
}

struct Builder<'a, 'p> {
    gateway: Gateway,
    request: &'a Request<'p>,
    name: Option<&'a String>,
    tool: Option<&'a Tool>,
    asks: bool,
    out: &'a mut Permits,
}

impl Builder<'_, '_> {
    /// Adds the permits of a list, those that ask last. Says which rules are held more strictly.
    fn list(&mut self, list: &[Traced<Entry>]) -> Vec<usize> {
        let mut narrow = Vec::new();
        let mut from = Vec::new();
        let mut held = Vec::new();
        // What is true where no rule so far applies.
        let mut rest = vec![Expression::TRUE];
        let mut asks_caller = false;
        for Traced { part: entry, from: own } in list {
            from.extend(own.iter().copied());
            let reason = match &entry.outcome {
                Outcome::Hide => break,
                Outcome::Allow => {
                    self.add(&rest, None, asks_caller, &from);
                    break;
                }
                Outcome::Ask { by } if self.asks => {
                    self.nobody_in_particular(by.as_deref(), own);
                    Some(entry.reason.clone())
                }
                Outcome::Ask { .. } | Outcome::Deny => None,
            };
            let Some(when) = entry.when.as_deref() else {
                held.extend(reason.map(|reason| (rest, reason, asks_caller, from.clone())));
                break;
            };
            if let Some(reason) = reason {
                let (asked, asks) = self.lower(when, true, own, &mut narrow);
                let asked = self.lowering().both(rest.clone(), asked);
                held.push((asked, reason, asks_caller || asks, from.clone()));
            }
            let (passing, asks) = self.lower(when, false, own, &mut narrow);
            asks_caller |= asks;
            let mut lowering = self.lowering();
            rest = lowering.both(std::mem::take(&mut rest), passing);
            if lowering.is_narrow {
                narrow.extend(own.iter().copied());
            }
        }
        for (asked, reason, asks_caller, from) in held {
            self.add(&asked, Some(reason), asks_caller, &from);
        }
        narrow
    }

    fn lowering(&self) -> Lowering<'_> {
        let (gateway, policy, tool) = (self.gateway, self.request.policy, self.tool);
        Lowering { gateway, policy, tool, is_narrow: false, asks_caller: false, given_up: None }
    }

    /// A condition as expressions, and whether they ask for claims. What cannot be held is
    /// reported.
    fn lower(
        &mut self,
        when: &Condition,
        holds: bool,
        from: &[usize],
        narrow: &mut Vec<usize>,
    ) -> (Vec<Expression>, bool) {
        let mut lowering = self.lowering();
        let lowered = lowering.condition(when, holds);
        let (is_narrow, asks_caller) = (lowering.is_narrow, lowering.asks_caller);
        if is_narrow {
            narrow.extend(from.iter().copied());
        }
        // Without anything else, nothing would be left.
        let lowered = lowered.and_then(|found| match lowering.given_up.take().filter(|_| found.is_empty()) {
            Some(refusal) => Err(refusal),
            None => Ok(found),
        });
        match lowered {
            Ok(expressions) => (expressions, asks_caller),
            Err(refusal) => {
                let rule = from.iter().find_map(|rule| self.request.policy.rules.get(*rule));
                if let Some(found) = rule.map(|rule| refusal.of_condition(rule, self.gateway.document())) {
                    self.out.report(found);
                }
                (Vec::new(), false)
            }
        }
    }

    fn add(&mut self, alternatives: &[Expression], ask: Option<String>, asks_caller: bool, from: &[usize]) {
        let several = self.gateway.passes_over_errors();
        let whole = |alternatives: &[Expression]| vec![Expression::any(alternatives.to_vec())];
        let alternatives = match alternatives {
            [] => return,
            alternatives if several => alternatives.to_vec(),
            alternatives => whole(alternatives),
        };
        for when in alternatives {
            let tool = self.name.cloned();
            self.out.permits.push(Permit { tool, ask: ask.clone(), asks_caller, when });
            self.out.origins.push(from.to_vec());
        }
    }

    /// Refuses that somebody in particular is asked.
    fn nobody_in_particular(&mut self, by: Option<&str>, from: &[usize]) {
        let rule: Option<&Rule> = from.first().and_then(|rule| self.request.policy.rules.get(*rule));
        let (Some(by), Some(rule)) = (by, rule) else { return };
        let reason = format!("the gateway asks whoever uses it, not {}", quote(by));
        let help = "leave out `by` if that person may approve it, or choose a target that knows who approves";
        self.out.report(Refusal::new(reason, help).of_rule(rule, self.gateway.document()));
    }
}

/// Refuses a limit.
pub(super) fn limit(gateway: Gateway, rule: &Rule) -> Diagnostic {
    Refusal::of_limit("Cedar keeps no counts").of_rule(rule, gateway.document())
}
