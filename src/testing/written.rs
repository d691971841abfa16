//! Writes tests for rules, with calls found by the exact analysis and outcomes given by the evaluator.

mod shared;

use super::boundary::Boundary;
use crate::analysis::ask::{Answer, Domain, Witness};
use crate::decider::{PolicyDecider, Wanted};
use crate::diagnostics::shown;
use crate::eval::{Call, Evaluator, Verdict};
use crate::ir::{Effect, Guard, Limit, Policy, Rule, Selection, ToolId};
use crate::json::Json;
use crate::predicate::Condition;
use crate::syntax::print;

/// How many tools of a rule are tried.
const TOOLS: usize = 3;

/// A limit up to which a test fills it.
const FILLED: u64 = 1_000;

/// A test that was made for a rule.
pub(crate) struct WrittenTest {
    /// A name for it: the tool, what becomes of its calls, and of which.
    pub(crate) name: String,
    steps: Vec<Step>,
}

/// A step of a test.
struct Step {
    call: Witness,
    /// Whether a person has approved it.
    approved: bool,
    times: u64,
    /// The minutes that pass before it.
    wait: u64,
    verdict: Verdict,
    /// What the reason, the rule or the counter of a denial holds.
    because: Option<String>,
}

impl WrittenTest {
    /// A test with a call that the rule is about, and one that it is not about. `None` if no such call is found.
    pub(crate) fn of_rule(policy: &Policy, rule: &Rule) -> Option<Self> {
        let mut tools = rule.selection.named.iter().copied().take(TOOLS);
        if let Effect::Limit(limit) = &rule.effect
            && limit.total
            && let Some(found) = shared::shared(policy, rule, limit)
        {
            return Some(found);
        }
        let steps = tools.find_map(|tool| steps(policy, rule, tool))?;
        let name = name(rule, steps.first()?);
        Some(Self { name, steps })
    }

    /// A test with calls of a tool that the policy lets pass, at least after approval, and of which each is one that a guard rules out.
    /// `None` if there are no such calls.
    pub(crate) fn outside(policy: &Policy, tool: ToolId, name: &str, guards: &[&Guard]) -> Option<Self> {
        let selection = Selection { named: vec![tool], opens: vec![tool], star: None };
        let steps = guards.iter().map(|guard| {
            let out = Guard { condition: Condition::Not(Box::new(guard.condition.clone())), ..(*guard).clone() };
            let found = call(policy, &selection, Some(&out), Verdict::Allow);
            found.or_else(|| call(policy, &selection, Some(&out), Verdict::Approval)).map(|call| step(policy, call))
        });
        let steps: Vec<Step> = steps.collect::<Option<_>>()?;
        Some(Self { name: shown(name, 100), steps })
    }

    /// Whether it passes.
    pub(crate) fn passes(&self, policy: &Policy) -> bool {
        let mut evaluator = Evaluator::new(policy);
        let mut at = 0;
        self.steps.iter().all(|step| {
            at += i64::try_from(step.wait).unwrap_or_default() * 60;
            let good = step.with(|call| {
                let call = &Call { at, ..*call };
                (0..step.times).all(|_| {
                    let decision = evaluator.call(call);
                    let said = step.because.as_ref().is_none_or(|text| {
                        decision.reason().contains(text.as_str()) || decision.rule().contains(text.as_str())
                    });
                    decision.verdict == step.verdict && said
                })
            });
            good == Some(true) && Json::parse(&step.call.arguments).is_ok()
        })
    }

    /// The statement, on one line, with this name.
    pub(crate) fn text(&self, policy: &Policy, name: &str) -> String {
        let calls: Vec<String> = self.steps.iter().map(|step| format!("{};", step.text(policy))).collect();
        format!("test {} {{ {} }}", print::string(name), calls.join(" "))
    }
}

impl Step {
    fn with<T>(&self, look: impl FnOnce(&Call<'_>) -> T) -> Option<T> {
        self.call.with(|call| look(&Call { approved: self.approved, ..*call }))
    }

    fn text(&self, policy: &Policy) -> String {
        let tool = print::tool(&self.call.tool);
        let server = self.call.server.as_ref().filter(|_| policy.servers.len() > 1);
        let server = server.map_or_else(String::new, |server| format!("{server}::"));
        let arguments = if self.call.arguments == "{}" { String::new() } else { format!(" {}", self.call.arguments) };
        let caller = self.call.caller.as_ref().map_or_else(String::new, |caller| format!(" from {caller}"));
        let approved = if self.approved { " approved" } else { "" };
        let times = if self.times == 1 { String::new() } else { format!(" times {}", self.times) };
        let text = self.because.as_ref().map_or_else(String::new, |text| format!(" {}", print::string(text)));
        let wait = if self.wait == 0 { String::new() } else { format!("wait {}min; ", self.wait) };
        format!("{wait}call {server}{tool}{arguments}{caller}{approved}{times} -> {}{text}", self.verdict.name())
    }
}

/// The steps of a test of a rule by one tool: a call that the rule decides, then one on its other side.
fn steps(policy: &Policy, rule: &Rule, tool: ToolId) -> Option<Vec<Step>> {
    let selection = Selection { named: vec![tool], opens: vec![tool], star: None };
    let outside = rule
        .guard
        .as_ref()
        .map(|guard| Guard { condition: Condition::Not(Box::new(guard.condition.clone())), ..guard.clone() });
    // The values next to the border say most; where there is none, any call on that side does.
    let boundary = rule.guard.as_ref().and_then(|guard| Boundary::of(&guard.condition));
    let next_to = |guard: &Guard, inside: bool| {
        let boundary = boundary.as_ref()?;
        let edge = if inside { &boundary.inside } else { &boundary.outside };
        Some(Guard { condition: Condition::And(vec![guard.condition.clone(), edge.clone()]), ..guard.clone() })
    };
    let find = |guard: Option<&Guard>, verdict: Verdict| {
        let inside = guard.is_some_and(|guard| rule.guard.as_ref().is_some_and(|own| std::ptr::eq(own, guard)));
        let near = guard.and_then(|guard| next_to(guard, inside));
        let near = near.and_then(|guard| call(policy, &selection, Some(&guard), verdict));
        near.or_else(|| call(policy, &selection, guard, verdict))
    };
    let guard = rule.guard.as_ref();
    let (own, other) = match &rule.effect {
        Effect::Deny | Effect::Hide => (find(guard, Verdict::Deny), outside.as_ref().map(|out| (out, Verdict::Allow))),
        Effect::Allow | Effect::Limit(_) => (
            find(guard, Verdict::Allow).or_else(|| find(guard, Verdict::Approval)),
            outside.as_ref().map(|out| (out, Verdict::Deny)),
        ),
        Effect::Require => (find(outside.as_ref(), Verdict::Deny), guard.map(|guard| (guard, Verdict::Allow))),
        Effect::Approval { .. } => (find(guard, Verdict::Approval), outside.as_ref().map(|out| (out, Verdict::Allow))),
    };
    let own = own?;
    let mut steps = match &rule.effect {
        Effect::Limit(limit) => filled(policy, rule, limit, own.clone()).unwrap_or_else(|| vec![step(policy, own)]),
        _ => vec![step(policy, own)],
    };
    // The other side is a test of a rule only where the outcome is another.
    let other = other.and_then(|(guard, verdict)| find(Some(guard), verdict));
    steps.extend(other.map(|call| step(policy, call)));
    Some(steps)
}

/// A call of a tool that comes out in a certain way, one that the server would take if there is one.
fn call(policy: &Policy, selection: &Selection, guard: Option<&Guard>, verdict: Verdict) -> Option<Witness> {
    let wanted = Wanted { selection, guard, verdict, domain: Domain::Any };
    PolicyDecider::new(policy).can(&wanted).into_iter().find_map(|found| match found.answer {
        Answer::Yes(witness) => Some(witness),
        Answer::No | Answer::Undecided => None,
    })
}

/// What becomes of a call, as a step.
fn step(policy: &Policy, call: Witness) -> Step {
    let said = call.with(|call| {
        let evaluator = Evaluator::new(policy);
        let decision = evaluator.decide(call);
        // A reason that was written is worth more than one of ours, which may be worded otherwise one day.
        let decided = decision.decided_by.and_then(|index| policy.rules.get(index));
        (decision.verdict, decided.filter(|_| decision.verdict == Verdict::Deny).and_then(|rule| rule.reason.clone()))
    });
    let (verdict, because) = said.unwrap_or((Verdict::Deny, None));
    Step { call, approved: false, times: 1, wait: 0, verdict, because }
}

/// As many calls as a limit lets pass, and one more; `None` if the limit is too wide for that, or another one is tighter.
fn filled(policy: &Policy, rule: &Rule, limit: &Limit, call: Witness) -> Option<Vec<Step>> {
    // A sum is tried with a single call: the found one often has just the largest amount.
    let most = match limit.sum_of {
        None => limit.max.to_u64().filter(|most| (1..=FILLED).contains(most))?,
        Some(_) => 1,
    };
    let counter = limit.counter_name(&call.tool);
    let index = policy.rules.iter().position(|other| other.origin == rule.origin)?;
    // Only calls that are carried out are counted, so that one which needs approval has it.
    let approved = call.with(|call| Evaluator::new(policy).decide(call).verdict == Verdict::Approval)?;
    let pass = Step { call, approved, times: most, wait: 0, verdict: Verdict::Allow, because: None };
    let refused = pass.with(|call| {
        let mut evaluator = Evaluator::new(policy);
        (0..most).all(|_| evaluator.call(call).verdict == Verdict::Allow)
            && evaluator.call(call).decided_by == Some(index)
    });
    let refuse = Step { times: 1, verdict: Verdict::Deny, because: Some(counter), call: pass.call.clone(), ..pass };
    (refused == Some(true)).then(|| vec![pass, refuse])
}

/// What the test is called: the tool, what becomes of its calls, and of which.
fn name(rule: &Rule, first: &Step) -> String {
    let becomes = match &rule.effect {
        Effect::Deny | Effect::Require => "is denied",
        Effect::Hide => "is hidden",
        Effect::Allow => "passes",
        Effect::Limit(_) => "is limited",
        Effect::Approval { .. } => "needs approval",
    };
    let when = rule.guard.as_ref().map_or_else(String::new, |guard| match &rule.effect {
        Effect::Require => match Boundary::of(&guard.condition) {
            Some(boundary) => format!(" when {}", boundary.beyond),
            None => format!(" unless {}", guard.text),
        },
        _ => format!(" when {}", guard.text),
    });
    shown(&format!("{} {becomes}{when}", first.call.tool), 100)
}
