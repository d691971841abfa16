//! Running the tests of a policy file.
//!
//! A test starts with empty counters at a boundary of every window; time passes only by `wait`.

use crate::diagnostics::{Diagnostic, codes, quote};
use crate::eval::{Call, Decision, Evaluator, Verdict};
use crate::ir::Policy;
use crate::json::Json;
use crate::sema::{Checked, TestCase};
use crate::source::Span;
use crate::syntax::ast::{self, OutcomeKind, StepKind};

/// What came of one test against one policy.
#[derive(Debug, Clone)]
pub struct TestResult {
    /// The name of the test.
    pub name: String,
    /// The policy it ran against.
    pub policy: String,
    /// Where its name stands.
    pub span: Span,
    /// The first step that went otherwise; `None` if the test passed.
    pub failure: Option<Diagnostic>,
}

/// Runs all tests, in order of the source; each against the policy it belongs to, or against all.
#[must_use]
pub fn run(checked: &Checked) -> Vec<TestResult> {
    let mut results = Vec::new();
    for TestCase { test, policy } in checked.tests() {
        for (index, model) in checked.policies().iter().enumerate() {
            if policy.is_none_or(|policy| policy == index) {
                results.push(TestResult {
                    name: test.name.text.clone(),
                    policy: model.name.clone(),
                    span: test.name.span,
                    failure: run_one(test, model),
                });
            }
        }
    }
    results
}

fn run_one(test: &ast::Test, policy: &Policy) -> Option<Diagnostic> {
    let mut evaluator = Evaluator::new(policy);
    let mut now: i64 = 0;
    for step in &test.steps {
        match &step.kind {
            StepKind::Wait(duration) => now = now.saturating_add_unsigned(duration.seconds),
            StepKind::Call(call) => {
                if let Some(failure) = run_call(call, now, &mut evaluator) {
                    return Some(failure);
                }
            }
            StepKind::Empty | StepKind::Error => {}
        }
    }
    None
}

fn run_call(call: &ast::Call, now: i64, evaluator: &mut Evaluator<'_>) -> Option<Diagnostic> {
    // The parser made sure that both are JSON objects.
    let parse = |text: Option<&ast::JsonText>| Json::parse(text.map_or("{}", |text| text.text.as_str())).ok();
    let arguments = parse(call.arguments.as_ref())?;
    let caller = match &call.from {
        None => None,
        Some(claims) => Some(parse(Some(claims))?),
    };
    let made = Call {
        server: call.server.as_ref().map(|server| server.text.as_str()),
        name: &call.tool.text,
        arguments: arguments.root(),
        caller: caller.as_ref().map(Json::root),
        grant: call.grant.as_ref().map(|grant| grant.text.as_str()),
        at: now,
    };
    let times = call.times.as_ref().and_then(|times| times.value.to_u64()).unwrap_or(1);
    for count in 1..=times {
        let decision = evaluator.decide(&made);
        if !expected(&call.outcome, &decision, || evaluator.denials(&made)) {
            return Some(failure(call, (count, times), &decision, evaluator.policy()));
        }
        if decision.verdict == Verdict::Allow {
            evaluator.count(&made);
        }
    }
    None
}

fn expected<'a>(outcome: &ast::Outcome, decision: &Decision<'_>, denials: impl Fn() -> Vec<Decision<'a>>) -> bool {
    match (outcome.kind, decision.verdict) {
        (OutcomeKind::Allow, Verdict::Allow) | (OutcomeKind::Approval, Verdict::Approval) => true,
        (OutcomeKind::Deny, Verdict::Deny) => outcome.text.as_ref().is_none_or(|text| {
            let names =
                |denial: &Decision<'a>| denial.rule().contains(&text.text) || denial.reason().contains(&text.text);
            denials().iter().any(names)
        }),
        _ => false,
    }
}

fn failure(call: &ast::Call, (count, times): (u64, u64), decision: &Decision<'_>, policy: &Policy) -> Diagnostic {
    let which = if times > 1 { format!("call {count} of {times}: ") } else { String::new() };
    let wanted = match call.outcome.kind {
        OutcomeKind::Allow => "allowed",
        OutcomeKind::Deny => "denied",
        OutcomeKind::Approval => "held for approval",
    };
    let got = match decision.verdict {
        Verdict::Allow => "it is allowed".to_owned(),
        Verdict::Approval => format!("it is held for approval by {}", quote(&decision.rule())),
        Verdict::Deny => format!("it is denied by {}", quote(&decision.rule())),
    };
    let message = match (&call.outcome.text, decision.verdict) {
        (Some(text), Verdict::Deny) => {
            format!(
                "{which}{} is denied, but no rule that denies it says {}",
                quote(&call.tool.text),
                quote(&text.text)
            )
        }
        _ => format!("{which}{} should be {wanted}, but {got}", quote(&call.tool.text)),
    };
    let mut diagnostic = Diagnostic::new(codes::TEST_FAILS, call.outcome.span, message);
    if !decision.reason().is_empty() {
        diagnostic = diagnostic.label(format!("{}: {}", decision.rule(), decision.reason()));
    }
    let rule = decision.decided_by.and_then(|index| policy.rules.get(index));
    if let Some(rule) = rule {
        diagnostic = diagnostic.because(rule.origin.span, "this rule decides");
    }
    diagnostic
}
