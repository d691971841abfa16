//! Deciding assertions.
//!
//! An assertion speaks of all calls. This module looks for a call that breaks it, among calls made from the
//! conditions of the policy and of the assertion; one that is found is shown, and the evaluator has confirmed
//! it. Where none is found the answer is "not decided", unless it can be read off the rules without looking at
//! their conditions: a hidden tool is denied, and a limit without condition bounds every call.

use crate::decimal::Decimal;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::eval::{Call, Decision, Evaluator, Verdict, holds};
use crate::ir::{Assertion, Claim, Condition, Effect, Guard, Limit, Policy, Rule, Scope, Selected, ServerId, ToolId};
use crate::json::Json;
use crate::probe::{Probe, probes};
use crate::source::offset;

/// How many calls are tried for one tool.
const MOST_CALLS: usize = 4_000;
/// How many calls are tried for one assertion.
const MOST_CALLS_IN_ALL: usize = 200_000;

/// Looks at all assertions of a policy. What fails is an error, what is not decided a warning.
#[must_use]
pub fn check(policy: &Policy) -> Vec<Diagnostic> {
    policy.assertions.iter().filter_map(|assertion| check_one(policy, assertion)).collect()
}

/// A tool that an assertion speaks of: a known one, or one that the catalogue lacks.
#[derive(Clone, Copy)]
struct Subject<'p> {
    server: ServerId,
    tool: Option<ToolId>,
    name: &'p str,
}

/// The name of a tool that no catalogue has.
const OTHER: &str = "a_tool_that_the_catalogue_lacks";

fn check_one(policy: &Policy, assertion: &Assertion) -> Option<Diagnostic> {
    let evaluator = Evaluator::new(policy);
    let mut undecided = false;
    let mut tried = 0;
    for subject in subjects(policy, assertion) {
        let held = match &assertion.claim {
            Claim::Deny => never_passes(policy, subject, false),
            Claim::Approval => never_passes(policy, subject, true),
            Claim::Limit { max, window, scope } => {
                never_passes(policy, subject, true) || under_limit(policy, subject, max, *window, scope)
            }
            Claim::Allow => false,
        };
        if held {
            continue;
        }
        undecided = true;
        if assertion.valid_only || tried > MOST_CALLS_IN_ALL {
            // Whether a call satisfies the inputSchema is not looked at, so no counterexample is certain.
            continue;
        }
        let calls = calls(policy, assertion, subject);
        tried += calls.len();
        if let Some(found) = calls.iter().find_map(|probe| breaks(policy, assertion, subject, probe, &evaluator)) {
            return Some(found);
        }
    }
    undecided.then(|| {
        let message = "the assertion is not decided: no call that breaks it was found, which proves nothing";
        let help = "a test shows what happens to the calls that you care about most";
        Diagnostic::new(codes::ASSERTION_UNDECIDED, assertion.origin.span, message).help(help)
    })
}

fn subjects<'p>(policy: &'p Policy, assertion: &Assertion) -> Vec<Subject<'p>> {
    let known = policy.tools.iter().enumerate().filter_map(|(index, tool)| {
        let id = ToolId(offset(index));
        assertion.selection.selects(id, tool.server)?;
        Some(Subject { server: tool.server, tool: Some(id), name: &tool.name })
    });
    let others = (0..policy.servers.len()).map(|index| ServerId(offset(index)));
    let others = others.filter(|server| assertion.selection.selects_other(*server));
    let others = others.map(|server| Subject { server, tool: None, name: OTHER });
    known.chain(others).collect()
}

fn selected(rule: &Rule, subject: Subject<'_>) -> Option<Selected> {
    match subject.tool {
        Some(tool) => rule.selection.selects(tool, subject.server),
        None => rule.selection.selects_other(subject.server).then_some(Selected::ByStar),
    }
}

fn selects(rule: &Rule, subject: Subject<'_>) -> bool {
    selected(rule, subject).is_some()
}

fn calls(policy: &Policy, assertion: &Assertion, subject: Subject<'_>) -> Vec<Probe> {
    let rules: Vec<_> = policy.rules.iter().filter(|rule| selects(rule, subject)).collect();
    let guards = rules.iter().filter_map(|rule| rule.guard.as_ref()).chain(&assertion.guard);
    let conditions: Vec<&Condition> = guards.map(|guard: &Guard| &guard.condition).collect();
    let summed = rules.iter().filter_map(|rule| match &rule.effect {
        Effect::Limit(limit) => limit.sum_of.as_ref(),
        _ => None,
    });
    probes(conditions, summed, MOST_CALLS, &|_| Vec::new())
}

/// Whether no call is allowed, whatever its arguments: a rule without condition forbids all of them, or no rule
/// opens the tool. With `held`, a call that waits for approval is not allowed either; without, none may wait.
fn never_passes(policy: &Policy, subject: Subject<'_>, held: bool) -> bool {
    let forbids = |rule: &Rule| {
        rule.guard.is_none()
            && match rule.effect {
                Effect::Hide | Effect::Deny => true,
                Effect::Approval => held,
                Effect::Allow | Effect::Limit(_) | Effect::Require => false,
            }
    };
    let opens = |rule: &Rule, by: Selected| match rule.effect {
        Effect::Allow => true,
        Effect::Limit(_) | Effect::Require | Effect::Approval => by == Selected::ByName,
        Effect::Hide | Effect::Deny => false,
    };
    let selecting = || policy.rules.iter().filter_map(|rule| Some((rule, selected(rule, subject)?)));
    selecting().any(|(rule, _)| forbids(rule))
        || !policy.default.allow && !selecting().any(|(rule, by)| opens(rule, by))
}

/// Whether an unconditional limit on calls serves a claim: `n` per `w` serves `N` per `W` if `n <= N` and `W`
/// divides `w`, or if `n * (W / w) <= N` and `w` divides `W`.
fn under_limit(policy: &Policy, subject: Subject<'_>, max: &Decimal, window: u64, scope: &Scope) -> bool {
    let serves = |limit: &Limit| {
        let wide = limit.scope == *scope || limit.scope == Scope::Server;
        let times = |count: u64| {
            let bound = limit.max.to_u64()?.checked_mul(count)?;
            Some(Decimal::from(bound))
        };
        wide && limit.sum_of.is_none()
            && (limit.window.is_multiple_of(window) && limit.max <= *max
                || window.is_multiple_of(limit.window) && times(window / limit.window).is_some_and(|most| most <= *max))
    };
    policy.rules.iter().filter(|rule| rule.guard.is_none() && selects(rule, subject)).any(|rule| match &rule.effect {
        Effect::Limit(limit) => serves(limit),
        _ => false,
    })
}

fn breaks(
    policy: &Policy,
    assertion: &Assertion,
    subject: Subject<'_>,
    probe: &Probe,
    evaluator: &Evaluator<'_>,
) -> Option<Diagnostic> {
    let arguments = Json::parse(&probe.arguments).ok()?;
    let caller = match &probe.caller {
        Some(caller) => Some(Json::parse(caller).ok()?),
        None => None,
    };
    let server = policy.server(subject.server).map(|server| server.name.as_str()).filter(|name| !name.is_empty());
    let call = Call {
        server,
        name: subject.name,
        arguments: arguments.root(),
        caller: caller.as_ref().map(Json::root),
        grant: None,
        at: 0,
    };
    if assertion.guard.as_ref().is_some_and(|guard| !holds(&guard.condition, &call)) {
        return None;
    }
    let decision = evaluator.decide(&call);
    let by_limit = decision.decided_by.and_then(|index| policy.rules.get(index));
    let by_limit = by_limit.is_some_and(|rule| matches!(rule.effect, Effect::Limit(_)));
    let broken = match assertion.claim {
        Claim::Deny => decision.verdict != Verdict::Deny,
        Claim::Allow => decision.verdict != Verdict::Allow && !by_limit,
        Claim::Limit { .. } | Claim::Approval => decision.verdict == Verdict::Allow,
    };
    broken.then(|| failure(policy, assertion, &call, probe, &decision))
}

fn failure(
    policy: &Policy,
    assertion: &Assertion,
    call: &Call<'_>,
    probe: &Probe,
    decision: &Decision<'_>,
) -> Diagnostic {
    let what = match (&assertion.claim, decision.verdict) {
        (Claim::Limit { .. }, _) => "is allowed, and no limit of that kind applies to it".to_owned(),
        (_, Verdict::Allow) => "is allowed".to_owned(),
        (_, Verdict::Approval) => format!("is held for approval by {}", quote(&decision.rule())),
        (_, Verdict::Deny) => format!("is denied by {}", quote(&decision.rule())),
    };
    let message = format!("the assertion fails: a call of {} {what}", quote(call.name));
    let caller = probe.caller.as_ref().map_or_else(String::new, |caller| format!(", \"caller\": {caller}"));
    let name = crate::syntax::json_quote(call.name);
    let example = format!("{{\"name\": {name}, \"arguments\": {}{caller}}}", probe.arguments);
    let diagnostic =
        Diagnostic::new(codes::ASSERTION_FAILS, assertion.origin.span, message).help(format!("the call:\n{example}"));
    match decision.decided_by.and_then(|index| policy.rules.get(index)) {
        Some(rule) => diagnostic.because(rule.origin.span, "this rule decides"),
        None => diagnostic,
    }
}
