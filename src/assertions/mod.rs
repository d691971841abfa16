//! Deciding assertions.
//!
//! An assertion speaks of all calls, and the exact analysis decides it for all of them: it holds, or there is a call that
//! breaks it, which is shown with what each rule says of it. Tools that the same rules select in the same way are decided
//! together. What is too much work to decide is reported as such and counts as nothing.

use crate::analysis::ask::{Answer, Asked, Question, Universe, Witness};
use crate::analysis::case::{Case, Formulas};
use crate::analysis::condition::{self, Precision};
use crate::decimal::Decimal;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::eval::{Call, Evaluator, Verdict, holds, words};
use crate::ir::{Assertion, Claim, Effect, Limit, Policy, Scope, Selected};
use crate::solver::formula::Formula;
use crate::solver::space::{Space, Truth};

/// How many rules are shown beside a call that breaks an assertion.
const MOST_RULES: usize = 6;
/// How many further tools are named.
const MOST_NAMED: usize = 5;

/// Decides all assertions of a policy. What fails is an error, what is not decided a warning.
#[must_use]
pub fn check(policy: &Policy) -> Vec<Diagnostic> {
    if policy.assertions.is_empty() {
        return Vec::new();
    }
    let checker =
        Checker { policy, formulas: Formulas::new(policy, Precision::Exact), evaluator: Evaluator::new(policy) };
    policy.assertions.iter().filter_map(|assertion| checker.check(assertion)).collect()
}

struct Checker<'p> {
    policy: &'p Policy,
    formulas: Formulas<'p>,
    evaluator: Evaluator<'p>,
}

impl Checker<'_> {
    fn check(&self, assertion: &Assertion) -> Option<Diagnostic> {
        let about = match &assertion.guard {
            Some(guard) => condition::formula(&guard.condition, Precision::Exact),
            None => Formula::TRUE,
        };
        let selected = self.formulas.subjects().filter(|subject| match subject.tool {
            Some(tool) => assertion.selection.selects(tool, subject.server).is_some(),
            None => assertion.selection.selects_other(subject.server),
        });
        let mut broken: Option<Witness> = None;
        let mut others: Vec<String> = Vec::new();
        let mut undecided: Vec<String> = Vec::new();
        for (rules, subjects) in self.formulas.groups(selected) {
            let case = self.formulas.case(&rules);
            if self.holds_at_once(assertion, &case, &rules) {
                continue;
            }
            // In the universe of all JSON, tools that the same rules select have the same answer.
            let alike = !assertion.valid_only;
            let mut before: Option<Answer> = None;
            for subject in subjects {
                let asked = Asked::of(self.policy, subject);
                let universe = if alike { Universe::Any } else { Universe::Valid };
                let answer = match &before {
                    Some(answer) if alike => answer.clone(),
                    _ => self.ask(assertion, &case, &about, &asked, universe),
                };
                match &answer {
                    Answer::Yes(_) if broken.is_some() => others.push(asked.name),
                    Answer::Yes(witness) => broken = Some(witness.clone()),
                    Answer::Undecided => undecided.push(asked.name),
                    Answer::No if alike => break,
                    Answer::No => {}
                }
                before = Some(answer);
            }
        }
        match (broken, undecided.first()) {
            (Some(witness), _) => Some(self.failure(assertion, &witness, &others)),
            (None, Some(tool)) => Some(not_decided(assertion, tool)),
            (None, None) => None,
        }
    }

    /// Whether an assertion holds for a tool whatever the conditions say.
    fn holds_at_once(&self, assertion: &Assertion, case: &Case, rules: &[(u32, Selected)]) -> bool {
        match &assertion.claim {
            Claim::Allow => false,
            Claim::Deny | Claim::Approval => case.is_closed(),
            Claim::Limit { max, window, scope } => {
                let limits = rules.iter().filter_map(|(index, _)| self.policy.rules.get(*index as usize));
                let mut limits = limits.filter(|rule| rule.guard.is_none());
                case.is_closed()
                    || limits.any(|rule| match &rule.effect {
                        Effect::Limit(limit) => serves(limit, max, *window, scope),
                        _ => false,
                    })
            }
        }
    }

    fn ask(
        &self,
        assertion: &Assertion,
        case: &Case,
        about: &Formula,
        asked: &Asked<'_>,
        universe: Universe,
    ) -> Answer {
        let claims = |space: &mut Space| -> Vec<Truth> {
            let verdicts = case.verdicts(space);
            let broken = match assertion.claim {
                Claim::Deny => !verdicts.denied,
                // A limit is left aside: what only a limit denies breaks nothing.
                Claim::Allow => {
                    let let_through = space.any([verdicts.allowed, verdicts.limited]);
                    !let_through
                }
                Claim::Limit { .. } | Claim::Approval => verdicts.allowed,
            };
            vec![space.holds(about), broken]
        };
        let confirm = |call: &Call<'_>| {
            let about = assertion.guard.as_ref().is_none_or(|guard| holds(&guard.condition, call));
            about && self.breaks(assertion, call)
        };
        let formulas = case.formulas().chain([about]).collect();
        Question { formulas, claims: &claims, confirm: &confirm }.answer(asked, universe)
    }

    /// Whether a call that an assertion is about breaks it, limits that would have served aside.
    fn breaks(&self, assertion: &Assertion, call: &Call<'_>) -> bool {
        let decision = self.evaluator.decide(call);
        let by_limit = decision.decided_by.and_then(|index| self.policy.rules.get(index));
        let by_limit = by_limit.is_some_and(|rule| matches!(rule.effect, Effect::Limit(_)));
        match assertion.claim {
            Claim::Deny => decision.verdict != Verdict::Deny,
            Claim::Allow => decision.verdict != Verdict::Allow && !by_limit,
            Claim::Limit { .. } | Claim::Approval => decision.verdict == Verdict::Allow,
        }
    }

    fn failure(&self, assertion: &Assertion, witness: &Witness, others: &[String]) -> Diagnostic {
        let told = witness.with(|call| {
            let decision = self.evaluator.decide(call);
            let what = match (&assertion.claim, decision.verdict) {
                (Claim::Limit { .. }, _) => "is allowed, and no limit of that kind applies to it".to_owned(),
                (_, Verdict::Allow) => "is allowed".to_owned(),
                (_, Verdict::Approval) => format!("is held for approval by {}", quote(&decision.rule())),
                (_, Verdict::Deny) => format!("is denied by {}", quote(&decision.rule())),
            };
            (what, self.evaluator.trace(call))
        });
        let Some((what, trace)) = told else { return not_decided(assertion, &witness.tool) };
        let message = format!("the assertion fails: a call of {} {what}", quote(&witness.tool));
        let mut help = format!("the call:\n{}", witness.json());
        let tool = trace.decides.and_then(|index| trace.tools.get(index));
        if let Some(tool) = tool {
            help.push_str(&format!("\n{}", words::conclusion(tool, self.policy)));
        }
        if witness.valid == Some(false) {
            help.push_str(
                "\nno call that satisfies the inputSchema breaks it; `for valid calls` asks only about those",
            );
        }
        if let Some(more) = listed(others) {
            help.push_str(&format!("\nso do calls of {more}"));
        }
        let mut diagnostic = Diagnostic::new(codes::ASSERTION_FAILS, assertion.origin.span, message).help(help);
        for said in tool.map(|tool| tool.rules.as_slice()).unwrap_or_default().iter().take(MOST_RULES) {
            if let Some(rule) = self.policy.rules.get(said.index) {
                diagnostic = diagnostic.because(rule.origin.span, words::sentence(said, rule));
            }
        }
        diagnostic
    }
}

fn not_decided(assertion: &Assertion, tool: &str) -> Diagnostic {
    let message = format!("the assertion is not decided for calls of {}: it is too much work", quote(tool));
    let help = "simpler conditions help, above all regular expressions without large repetitions; \
                until then a test shows what happens to the calls that you care about most";
    Diagnostic::new(codes::ASSERTION_UNDECIDED, assertion.origin.span, message).help(help)
}

/// Some names in words; `None` without any.
fn listed(names: &[String]) -> Option<String> {
    let mut shown: Vec<String> = names.iter().take(MOST_NAMED).map(|name| quote(name)).collect();
    let more = names.len() - shown.len();
    if more > 0 {
        shown.push(format!("{more} more tools"));
    }
    let last = shown.pop()?;
    Some(if shown.is_empty() { last } else { format!("{} and {last}", shown.join(", ")) })
}

/// Whether an unconditional limit on calls serves a claim: `n` per `w` serves `N` per `W` if `n <= N` and `W`
/// divides `w`, or if `n * (W / w) <= N` and `w` divides `W`.
fn serves(limit: &Limit, max: &Decimal, window: u64, scope: &Scope) -> bool {
    let wide = limit.scope == *scope || limit.scope == Scope::Server;
    let times = |count: u64| {
        let bound = limit.max.to_u64()?.checked_mul(count)?;
        Some(Decimal::from(bound))
    };
    wide && limit.sum_of.is_none()
        && (limit.window.is_multiple_of(window) && limit.max <= *max
            || window.is_multiple_of(limit.window) && times(window / limit.window).is_some_and(|most| most <= *max))
}
