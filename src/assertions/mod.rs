//! Deciding assertions.
//!
//! An assertion speaks of all calls, and the exact analysis decides it for all of them: it holds, or there is a call that
//! breaks it, which is shown with what each rule says of it. Tools that the same rules select in the same way are decided
//! together. What is too much work to decide is reported as such and counts as nothing.

mod artefact;
mod policy;

use crate::analysis::ask::{Answer, Asked, Question, STEPS, Universe, Witness};
use crate::analysis::case::Case;
use crate::analysis::condition::{self, Precision};
use crate::decimal::Decimal;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::Gateway;
use crate::eval::{Call, Verdict, holds};
use crate::ir::{Assertion, Claim, Limit, Parts, Policy, Scope, ServerId};
use crate::json::Json;
use crate::solver::Budget;
use crate::solver::formula::Formula;
use crate::solver::space::{Space, Truth};
use crate::source::Span;
use artefact::OfArtefact;
use policy::OfPolicy;

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
    decide(&policy.assertions, &OfPolicy::new(policy, None), None)
}

/// Decides the assertions of a baseline for another policy, which messages call `name`. Servers are matched by name, or
/// because there is but one on each side, tools by name. Places are those of the baseline.
#[must_use]
pub fn check_policy(baseline: &Parts, policy: &Policy, name: &str) -> Vec<Diagnostic> {
    decide(&baseline.assertions, &OfPolicy::new(policy, Some(baseline)), Some(name))
}

/// Decides the assertions of a baseline for a document that a gateway enforces for one server of the baseline.
/// Numbers are taken as gateways take them, as the nearest doubles.
#[must_use]
pub fn check_artefact(baseline: &Parts, server: ServerId, gateway: &dyn Gateway, name: &str) -> Vec<Diagnostic> {
    decide(&baseline.assertions, &OfArtefact::new(baseline, server, gateway), Some(name))
}

fn decide(assertions: &[Assertion], about: &dyn Decided, name: Option<&str>) -> Vec<Diagnostic> {
    let checker = Checker { about, name };
    assertions.iter().filter_map(|assertion| checker.check(assertion)).collect()
}

/// What assertions are decided about.
trait Decided {
    /// How it reads numbers.
    fn precision(&self) -> Precision;

    /// The tools that an assertion selects; those that are decided alike stand together.
    fn groups(&self, assertion: &Assertion) -> Vec<(Case, Vec<Asked<'_>>)>;

    /// What comes of a call before which nothing has been counted.
    fn outcome(&self, call: &Call<'_>) -> Outcome;

    /// What each rule says of a call.
    fn explain(&self, call: &Call<'_>) -> Explained;
}

/// What comes of a call.
struct Outcome {
    verdict: Verdict,
    /// Whether only a limit denies it.
    by_limit: bool,
    /// What denies or holds it, as decisions name it.
    rule: String,
}

/// Why it comes so.
#[derive(Default)]
struct Explained {
    /// Lines about the whole.
    text: Vec<String>,
    /// Rules beside which something stands.
    rules: Vec<(Span, String)>,
}

struct Checker<'c> {
    about: &'c dyn Decided,
    /// What messages call it; `None` where the assertion stands in it.
    name: Option<&'c str>,
}

impl Checker<'_> {
    fn check(&self, assertion: &Assertion) -> Option<Diagnostic> {
        let about = match &assertion.guard {
            Some(guard) => condition::formula(&guard.condition, self.about.precision()),
            None => Formula::TRUE,
        };
        let mut broken: Option<Witness> = None;
        let mut others: Vec<String> = Vec::new();
        let mut undecided: Vec<String> = Vec::new();
        for (case, tools) in self.about.groups(assertion) {
            if holds_at_once(assertion, &case) {
                continue;
            }
            // In the universe of all JSON, tools that the same rules select have the same answer.
            let alike = !assertion.valid_only;
            let mut before: Option<Answer> = None;
            for asked in tools {
                let universe = if alike { Universe::Any } else { Universe::Valid };
                let answer = match before {
                    // The same call of another tool.
                    Some(Answer::Yes(witness)) if alike => Answer::Yes(witness),
                    _ => self.ask(assertion, &case, &about, &asked, universe),
                };
                match &answer {
                    Answer::Yes(_) if broken.is_some() => others.push(asked.name),
                    Answer::Yes(witness) => broken = Some(witness.clone()),
                    Answer::Undecided => undecided.push(asked.name),
                    Answer::No => {}
                }
                if alike && !matches!(answer, Answer::Yes(_)) {
                    break;
                }
                before = Some(answer);
            }
        }
        match (broken, undecided.first()) {
            (Some(witness), _) => Some(self.failure(assertion, &witness, &others)),
            (None, Some(tool)) => Some(not_decided(assertion, tool, self.name)),
            (None, None) => None,
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
            let about = |call: &Call<'_>| assertion.guard.as_ref().is_none_or(|guard| holds(&guard.condition, call));
            let is_about = match self.about.precision() {
                Precision::Exact => about(call),
                // The gateway sees the nearest doubles, so a number between two of them shows nothing.
                Precision::Double => Json::parse(&call.arguments.with_doubles())
                    .is_ok_and(|rounded| about(&Call { arguments: rounded.root(), ..*call })),
            };
            is_about && self.breaks(assertion, call)
        };
        let formulas = case.formulas().chain([about]).collect();
        let question = Question { formulas, claims: &claims, confirm: &confirm };
        match self.about.precision() {
            Precision::Exact => question.answer(asked, universe),
            Precision::Double => question.answer_about(asked, universe, &mut Budget::new(STEPS)),
        }
    }

    /// Whether a call that an assertion is about breaks it, limits that would have served aside.
    fn breaks(&self, assertion: &Assertion, call: &Call<'_>) -> bool {
        let Outcome { verdict, by_limit, .. } = self.about.outcome(call);
        match assertion.claim {
            Claim::Deny => verdict != Verdict::Deny,
            Claim::Allow => verdict != Verdict::Allow && !by_limit,
            Claim::Limit { .. } | Claim::Approval => verdict == Verdict::Allow,
        }
    }

    fn failure(&self, assertion: &Assertion, witness: &Witness, others: &[String]) -> Diagnostic {
        let told = witness.with(|call| {
            let Outcome { verdict, rule, .. } = self.about.outcome(call);
            let what = match (&assertion.claim, verdict) {
                (Claim::Limit { .. }, _) => "is allowed, and no limit of that kind applies to it".to_owned(),
                (_, Verdict::Allow) => "is allowed".to_owned(),
                (_, Verdict::Approval) => format!("is held for approval by {}", quote(&rule)),
                (_, Verdict::Deny) => format!("is denied by {}", quote(&rule)),
            };
            (what, self.about.explain(call))
        });
        let Some((what, Explained { text, rules })) = told else {
            return not_decided(assertion, &witness.tool, self.name);
        };
        let message = format!("the assertion fails{}: a call of {} {what}", of(self.name), quote(&witness.tool));
        let mut help = format!("the call:\n{}", witness.json());
        for line in text {
            help.push('\n');
            help.push_str(&line);
        }
        if witness.valid == Some(false) {
            help.push_str(
                "\nno call that satisfies the inputSchema breaks it; `for valid calls` asks only about those",
            );
        }
        if let Some(more) = listed(others, MOST_NAMED) {
            help.push_str(&format!("\nso do calls of {more}"));
        }
        let failure = Diagnostic::new(codes::ASSERTION_FAILS, assertion.origin.span, message).help(help);
        rules.into_iter().fold(failure, |failure, (span, sentence)| failure.because(span, sentence))
    }
}

/// Whether an assertion holds for a tool whatever the conditions say.
fn holds_at_once(assertion: &Assertion, case: &Case) -> bool {
    match &assertion.claim {
        Claim::Allow => false,
        Claim::Deny | Claim::Approval => case.is_closed(),
        Claim::Limit { max, window, scope } => {
            let mut limits = case.limits.iter().filter(|limit| *limit.applies == Formula::TRUE);
            case.is_closed() || limits.any(|limit| serves(&limit.limit, max, *window, scope))
        }
    }
}

/// ` for NAME`, where it has one.
fn of(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" for {}", quote(name)))
}

fn not_decided(assertion: &Assertion, tool: &str, name: Option<&str>) -> Diagnostic {
    let message = format!("the assertion is not decided{} for calls of {}: it is too much work", of(name), quote(tool));
    let help = "simpler conditions help, above all regular expressions without large repetitions; \
                until then a test shows what happens to the calls that you care about most";
    Diagnostic::new(codes::ASSERTION_UNDECIDED, assertion.origin.span, message).help(help)
}

/// Some names in words, the first of them; `None` without any.
fn listed(names: &[String], most: usize) -> Option<String> {
    let mut shown: Vec<String> = names.iter().take(most).map(|name| quote(name)).collect();
    let more = names.len() - shown.len();
    if more > 0 {
        shown.push(format!("{more} more"));
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
