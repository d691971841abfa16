//! Running the tests of a policy file, and what they exercise.
//!
//! A test starts with empty counters at a boundary of every window; time passes only by `wait`. What the calls of
//! tests reach is watched from outside, by asking the evaluator for its answers and trying the conditions once more, so
//! that deciding calls costs nothing for it.

mod boundary;
mod coverage;
mod failure;
mod lcov;
mod places;
mod watch;
mod written;

pub use coverage::{Branch, Coverage, Ratio, RuleCoverage, ToolCoverage};
pub use lcov::lcov;
pub use watch::Watched;
pub(crate) use written::WrittenTest;

use crate::diagnostics::Diagnostic;
use crate::eval::trace::Trace;
use crate::eval::{Call, Decision, Evaluator, Verdict};
use crate::ir::Policy;
use crate::json::Json;
use crate::remedy::{Remedy, remedy};
use crate::sema::{Checked, TestCase};
use crate::source::Span;
use crate::syntax::ast::{self, OutcomeKind, StepKind};
use failure::Surprise;
use watch::Watch;

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
    /// How the decision of that step came about.
    pub trace: Option<Box<Trace>>,
}

/// Which tests run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Only against the policy of this name.
    pub policy: Option<&'a str>,
    /// Only tests with this text in their name.
    pub name: Option<&'a str>,
    /// Whether to watch what the tests exercise.
    pub watched: bool,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct TestRun {
    /// The tests that ran, in order of the source; each against the policy it belongs to, or against all.
    pub results: Vec<TestResult>,
    /// How many of the wanted policies' tests were left out because of their names.
    pub left_out: usize,
    /// What the tests exercised in each wanted policy; empty unless the run was watched.
    pub watched: Vec<Watched>,
}

/// Runs all tests.
#[must_use]
pub fn run(checked: &Checked) -> Vec<TestResult> {
    run_wanted(checked, Wanted::default()).results
}

/// Runs the wanted tests.
#[must_use]
pub fn run_wanted(checked: &Checked, wanted: Wanted<'_>) -> TestRun {
    let mut run = TestRun::default();
    let mut policies: Vec<(usize, &Policy, Option<Watch<'_>>)> = checked
        .policies()
        .iter()
        .enumerate()
        .filter(|(_, policy)| wanted.policy.is_none_or(|name| policy.name == name))
        .map(|(index, policy)| (index, policy, wanted.watched.then(|| Watch::new(policy))))
        .collect();
    for TestCase { test, policy } in checked.tests() {
        for (index, model, watch) in &mut policies {
            if policy.is_some_and(|policy| policy != *index) {
                continue;
            }
            if wanted.name.is_some_and(|part| !test.name.text.contains(part)) {
                run.left_out += 1;
                continue;
            }
            let (failure, trace) = run_one(test, model, watch.as_mut()).unzip();
            run.results.push(TestResult {
                name: test.name.text.clone(),
                policy: model.name.clone(),
                span: test.name.span,
                failure,
                trace,
            });
        }
    }
    run.watched = policies.into_iter().filter_map(|(index, _, watch)| watch.map(|watch| watch.finish(index))).collect();
    run
}

/// What is reported of a test that fails, and how the decision came about.
type Failure = (Diagnostic, Box<Trace>);

fn run_one(test: &ast::Test, policy: &Policy, mut watch: Option<&mut Watch<'_>>) -> Option<Failure> {
    let mut evaluator = Evaluator::new(policy);
    for (now, step) in calls(test) {
        let run = |call: &Call<'_>| run_call(step, call, &mut evaluator, watch.as_deref_mut());
        if let Some(Some(failure)) = with_call(step, now, run) {
            return Some(failure);
        }
    }
    None
}

/// What can be done about a call of a test, the one with this outcome, when it comes; `None` if it passes.
pub(crate) fn remedy_of(test: &ast::Test, outcome: Span, policy: &Policy) -> Option<Remedy> {
    let mut evaluator = Evaluator::new(policy);
    for (now, step) in calls(test) {
        if step.outcome.span == outcome {
            return with_call(step, now, |call| remedy(&evaluator, call))?;
        }
        with_call(step, now, |call| {
            for _ in 1..=times(step) {
                evaluator.call(call);
            }
        });
    }
    None
}

/// The calls of a test, each with its time in seconds after the beginning.
fn calls(test: &ast::Test) -> impl Iterator<Item = (i64, &ast::Call)> {
    let mut now: i64 = 0;
    test.steps.iter().filter_map(move |step| match &step.kind {
        StepKind::Wait(duration) => {
            now = now.saturating_add_unsigned(duration.seconds);
            None
        }
        StepKind::Call(call) => Some((now, call.as_ref())),
        StepKind::Empty | StepKind::Error => None,
    })
}

/// How often a call of a test is made.
fn times(step: &ast::Call) -> u64 {
    step.times.as_ref().and_then(|times| times.value.to_u64()).unwrap_or(1)
}

/// Passes the call of a step to `run`.
fn with_call<T>(step: &ast::Call, now: i64, run: impl FnOnce(&Call<'_>) -> T) -> Option<T> {
    // The parser made sure that both are JSON objects.
    let parse = |text: Option<&ast::JsonText>| Json::parse(text.map_or("{}", |text| text.text.as_str())).ok();
    let arguments = parse(step.arguments.as_ref())?;
    let caller = match &step.from {
        None => None,
        Some(claims) => Some(parse(Some(claims))?),
    };
    Some(run(&Call {
        server: step.server.as_ref().map(|server| server.text.as_str()),
        name: &step.tool.text,
        arguments: arguments.root(),
        caller: caller.as_ref().map(Json::root),
        grant: step.grant.as_ref().map(|grant| grant.text.as_str()),
        at: now,
        approved: step.approved.is_some(),
    }))
}

fn run_call(
    step: &ast::Call,
    call: &Call<'_>,
    evaluator: &mut Evaluator<'_>,
    mut watch: Option<&mut Watch<'_>>,
) -> Option<Failure> {
    let times = times(step);
    for count in 1..=times {
        let decision = evaluator.decide(call);
        if let Some(watch) = watch.as_deref_mut() {
            watch.call(evaluator, call, &decision);
        }
        if !expected(&step.outcome, &decision, || evaluator.denials(call)) {
            let surprise = Surprise { step, count: (count, times), call, evaluator, decision: &decision };
            return Some((surprise.diagnostic(), Box::new(evaluator.trace(call))));
        }
        if decision.verdict == Verdict::Allow {
            evaluator.count(call);
        }
    }
    None
}

fn expected<'a>(
    outcome: &ast::ExpectedOutcome,
    decision: &Decision<'_>,
    denials: impl Fn() -> Vec<Decision<'a>>,
) -> bool {
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
