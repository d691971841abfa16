//! Generates a test for a rule, with calls found by the exact analysis and outcomes given by the
//! evaluator.

use std::collections::BTreeSet;

use super::annotate::rules;
use super::site::Site;
use super::{Action, ActionKind, Change};
use crate::analysis::ask::{Answer, Domain, Witness};
use crate::decider::{PolicyDecider, Wanted};
use crate::diagnostics::{Edit, shown};
use crate::eval::{Evaluator, Verdict};
use crate::ide::format::statement;
use crate::ir::{Effect, Guard, Limit, Policy, Rule, Selection, ToolId};
use crate::json::Json;
use crate::line;
use crate::predicate::Condition;
use crate::source::{Span, offset};
use crate::syntax::ast::ItemKind;
use crate::syntax::print;

/// How many tools of a rule are tried.
const TOOLS: usize = 3;

/// A limit up to which a test fills it.
const FILLED: u64 = 1_000;

/// Writes a test for the rule at the range: a call that it is about, and one that it is not.
pub(super) fn offer(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let Some(item) = site.item.filter(|item| matches!(item.kind, ItemKind::Rule(_))) else { return };
    let all: Vec<(&Policy, &Rule)> = rules(site, item).collect();
    let Some((policy, rule)) = all.first().copied() else { return };
    let tools = rule.selection.named.iter().copied().take(TOOLS);
    let Some(steps) = tools.into_iter().find_map(|tool| steps(policy, rule, tool)) else { return };
    let Some(first) = steps.first() else { return };
    let block = site.view.items().find(|outer| match &outer.kind {
        ItemKind::Policy { items, .. } => items.iter().any(|inner| inner.span == item.span),
        _ => false,
    });
    // A test outside of the blocks runs against every policy of the file.
    let policies: Vec<&Policy> = match block {
        Some(_) => vec![policy],
        None => site.view.analysis().policies().collect(),
    };
    if !policies.iter().all(|policy| passes(policy, &steps)) {
        return;
    }
    let name = free_name(site, &name(rule, first));
    let calls: Vec<String> = steps.iter().map(|step| format!("{};", step.text(policy))).collect();
    let written = format!("test {} {{ {} }}", print::string(&name), calls.join(" "));
    let Some(formatted) = statement(&written, block.is_some()) else { return };
    let edit = match block {
        Some(block) => within(site, block.span, &formatted),
        None => at_end(site, &formatted),
    };
    out.push(Action {
        title: "write a test for this rule".to_owned(),
        kind: ActionKind::Source,
        resolves: Vec::new(),
        preferred: false,
        change: Change { edits: vec![edit], ..Change::default() },
    });
}

/// A step of a test.
struct Step {
    call: Witness,
    times: u64,
    verdict: Verdict,
    /// What the reason, the rule or the counter of a denial holds.
    because: Option<String>,
}

impl Step {
    fn text(&self, policy: &Policy) -> String {
        let tool = print::tool(&self.call.tool);
        let server = self.call.server.as_ref().filter(|_| policy.servers.len() > 1);
        let server = server.map_or_else(String::new, |server| format!("{server}::"));
        let arguments = if self.call.arguments == "{}" { String::new() } else { format!(" {}", self.call.arguments) };
        let caller = self.call.caller.as_ref().map_or_else(String::new, |caller| format!(" from {caller}"));
        let times = if self.times == 1 { String::new() } else { format!(" times {}", self.times) };
        let text = self.because.as_ref().map_or_else(String::new, |text| format!(" {}", print::string(text)));
        format!("call {server}{tool}{arguments}{caller}{times} -> {}{text}", self.verdict.name())
    }
}

/// The steps of a test of a rule by one tool: a call that the rule decides, then one on its other side.
fn steps(policy: &Policy, rule: &Rule, tool: ToolId) -> Option<Vec<Step>> {
    let selection = Selection { named: vec![tool], opens: vec![tool], star: None };
    let outside = rule
        .guard
        .as_ref()
        .map(|guard| Guard { condition: Condition::Not(Box::new(guard.condition.clone())), ..guard.clone() });
    let find = |guard: Option<&Guard>, verdict: Verdict| call(policy, &selection, guard, verdict);
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
    Step { call, times: 1, verdict, because }
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
    let refused = call.with(|call| {
        let mut evaluator = Evaluator::new(policy);
        (0..most).all(|_| evaluator.call(call).verdict == Verdict::Allow)
            && evaluator.call(call).decided_by == Some(index)
    });
    let pass = Step { call: call.clone(), times: most, verdict: Verdict::Allow, because: None };
    let refuse = Step { call, times: 1, verdict: Verdict::Deny, because: Some(counter) };
    (refused == Some(true)).then(|| vec![pass, refuse])
}

/// Whether the steps come out as they say.
fn passes(policy: &Policy, steps: &[Step]) -> bool {
    let mut evaluator = Evaluator::new(policy);
    steps.iter().all(|step| {
        let good = step.call.with(|call| {
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

/// What the test is called: the tool, what becomes of its calls, and of which.
fn name(rule: &Rule, first: &Step) -> String {
    let becomes = match &rule.effect {
        Effect::Deny | Effect::Require => "is denied",
        Effect::Hide => "is hidden",
        Effect::Allow => "passes",
        Effect::Limit(_) => "is limited",
        Effect::Approval { .. } => "needs approval",
    };
    let word = if matches!(rule.effect, Effect::Require) { "unless" } else { "when" };
    let when = rule.guard.as_ref().map_or_else(String::new, |guard| format!(" {word} {}", guard.text));
    shown(&format!("{} {becomes}{when}", first.call.tool), 100)
}

/// The name, with a number if another test has it.
fn free_name(site: &Site<'_, '_>, wanted: &str) -> String {
    let taken: BTreeSet<&str> = site
        .view
        .items()
        .filter_map(|item| match &item.kind {
            ItemKind::Test(test) => Some(test.name.text.as_str()),
            _ => None,
        })
        .collect();
    let numbered = (2_u32..).map(|number| format!("{wanted} ({number})"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken.contains(name.as_str())).unwrap_or_default()
}

/// A test at the end of the file.
fn at_end(site: &Site<'_, '_>, test: &str) -> Edit {
    let text = site.view.text();
    let end = line::end_of(text);
    let last = site.view.tokens().iter().rev().find(|token| !token.kind.is_trivia());
    let open = last.is_some_and(|token| !matches!(token.text(text), ";" | "}"));
    let at = last.map_or(0, |token| token.end);
    let test = test.replace('\n', end);
    if open {
        // The last statement may lack its semicolon, and a comment may follow it.
        let rest = text.get(at as usize..).unwrap_or_default();
        let whole = offset(text.len());
        let tail = rest.trim_end();
        let text = format!(";{tail}{end}{end}{test}{end}");
        return Edit { span: Span::new(site.view.file(), at, whole), text };
    }
    let at = offset(text.trim_end().len());
    let span = Span::new(site.view.file(), at, offset(text.len()));
    Edit { span, text: format!("{end}{end}{test}{end}") }
}

/// A test before the closing brace of a block.
fn within(site: &Site<'_, '_>, block: Span, test: &str) -> Edit {
    let text = site.view.text();
    let end = line::end_of(text);
    let brace = block.end - 1;
    let inside = text.get(..brace as usize).unwrap_or_default();
    let at = offset(inside.trim_end().len());
    let last = site.view.tokens().iter().rev().find(|token| token.end <= brace && !token.kind.is_trivia());
    let open = last.is_some_and(|token| !matches!(token.text(text), ";" | "}" | "{"));
    let (from, kept) = match last.filter(|_| open) {
        Some(last) => (last.end, format!(";{}", text.get(last.end as usize..at as usize).unwrap_or_default())),
        None => (at, String::new()),
    };
    let test = test.replace('\n', end);
    Edit { span: Span { start: from, end: brace, ..block }, text: format!("{kept}{end}{end}  {test}{end}") }
}
