//! Deciding assertions.
//!
//! An assertion speaks of all calls, and the exact analysis decides it for all of them: it holds, or there is a call that
//! breaks it, which is shown with what each rule says of it. Tools that the same rules select in the same way are decided
//! together. What is too much work to decide is reported as such and counts as nothing.

use crate::analysis::ask::{Answer, Asked, Domain, Question, Witness};
use crate::analysis::case::{Case, Limited};
use crate::analysis::condition;
use crate::analysis::limits::{WindowModel, most_within};
use crate::decider::{Decider, Group, PolicyDecider, Servers, is_about, selected};
use crate::decimal::Decimal;
use crate::diagnostics::{Diagnostic, codes, listed, quote};
use crate::eval::{Call, Verdict};
use crate::ir::{Assertion, Demand, Parts, Policy, Scope, ServerId};
use crate::solver::formula::Formula;
use crate::solver::space::{Space, Truth};
use crate::source::Span;

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
    let decider = PolicyDecider::new(policy);
    let servers = Servers::matching(&decider, policy);
    decide(policy, &Checker { decider: &decider, servers, name: None })
}

/// Decides the assertions of a baseline for another policy, which messages call `name`. Servers are matched by name, or
/// because there is but one on each side, tools by name. Places are those of the baseline.
#[must_use]
pub fn check_policy(baseline: &Parts, policy: &Policy, name: &str) -> Vec<Diagnostic> {
    let decider = PolicyDecider::new(policy);
    let servers = Servers::matching(&decider, baseline);
    decide(baseline, &Checker { decider: &decider, servers, name: Some(name) })
}

/// Decides the assertions of a baseline for a document that a gateway enforces for one server of the baseline.
/// Numbers are taken as the gateway takes them.
#[must_use]
pub fn check_artefact(baseline: &Parts, server: ServerId, document: &dyn Decider, name: &str) -> Vec<Diagnostic> {
    decide(baseline, &Checker { decider: document, servers: Servers::only(server), name: Some(name) })
}

fn decide(parts: &Parts, checker: &Checker<'_>) -> Vec<Diagnostic> {
    parts.assertions.iter().filter_map(|assertion| checker.check(parts, assertion)).collect()
}

struct Checker<'c> {
    /// What the assertions are decided about.
    decider: &'c dyn Decider,
    servers: Servers,
    /// What messages call it; `None` where the assertion stands in it.
    name: Option<&'c str>,
}

impl Checker<'_> {
    fn check(&self, parts: &Parts, assertion: &Assertion) -> Option<Diagnostic> {
        let about = match &assertion.guard {
            Some(guard) => condition::formula(&guard.condition, self.decider.numbers()),
            None => Formula::TRUE,
        };
        let mut broken: Option<Witness> = None;
        let mut others: Vec<String> = Vec::new();
        let mut undecided: Vec<String> = Vec::new();
        for Group { case, tools } in selected(self.decider, parts, &self.servers, &assertion.selection) {
            if holds_at_once(assertion, &case) {
                continue;
            }
            // In the domain of all JSON, tools that the same rules select have the same answer.
            let alike = !assertion.valid_only;
            let mut before: Option<Answer> = None;
            for asked in tools.into_iter().map(|tool| tool.asked) {
                let domain = if alike { Domain::Any } else { Domain::Valid };
                let answer = match before {
                    // The same call of another tool.
                    Some(Answer::Yes(witness)) if alike => Answer::Yes(witness),
                    _ => self.ask(assertion, &case, &about, &asked, domain),
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

    fn ask(&self, assertion: &Assertion, case: &Case, about: &Formula, asked: &Asked<'_>, domain: Domain) -> Answer {
        let demands = |space: &mut Space| -> Vec<Truth> {
            let verdicts = case.verdicts(space);
            let broken = match assertion.demand {
                Demand::Deny => !verdicts.denied,
                // A limit is left aside: what only a limit denies breaks nothing.
                Demand::Allow => {
                    let let_through = space.any([verdicts.allowed, verdicts.limited]);
                    !let_through
                }
                Demand::Limit { .. } | Demand::Approval => verdicts.allowed,
            };
            vec![space.holds(about), broken]
        };
        let confirm =
            |call: &Call<'_>| is_about(self.decider, assertion.guard.as_ref(), call) && self.breaks(assertion, call);
        let formulas = case.formulas().chain([about]).collect();
        let question = Question { formulas, demands: &demands, confirm: &confirm };
        question.answer_for(self.decider.numbers(), asked, domain)
    }

    /// Whether a call that an assertion is about breaks it, limits that would have served aside.
    fn breaks(&self, assertion: &Assertion, call: &Call<'_>) -> bool {
        let ruling = self.decider.decide(call);
        let (verdict, by_limit) = (ruling.verdict, ruling.by_limit);
        match assertion.demand {
            Demand::Deny => verdict != Verdict::Deny,
            Demand::Allow => verdict != Verdict::Allow && !by_limit,
            Demand::Limit { .. } | Demand::Approval => verdict == Verdict::Allow,
        }
    }

    fn failure(&self, assertion: &Assertion, witness: &Witness, others: &[String]) -> Diagnostic {
        let told = witness.with(|call| {
            let ruling = self.decider.decide(call);
            let what = match (&assertion.demand, ruling.verdict) {
                (Demand::Limit { .. }, _) => "is allowed, and no limit of that kind applies to it".to_owned(),
                (_, Verdict::Allow) => "is allowed".to_owned(),
                (_, Verdict::Approval) => format!("is held for approval by {}", quote(&ruling.rule())),
                (_, Verdict::Deny) => format!("is denied by {}", quote(&ruling.rule())),
            };
            (what, self.decider.explain(call))
        });
        let Some((what, explanation)) = told else {
            return not_decided(assertion, &witness.tool, self.name);
        };
        let message = format!("the assertion fails{}: a call of {} {what}", of(self.name), quote(&witness.tool));
        let mut help = format!("the call:\n{}", witness.json());
        if !explanation.conclusion.is_empty() {
            help.push('\n');
            help.push_str(&explanation.conclusion);
        }
        let mut rules: Vec<(Span, String)> = Vec::new();
        for (number, sentence) in explanation.rules.into_iter().take(MOST_RULES) {
            let Some(origin) = self.decider.origin(number) else { continue };
            match self.name {
                None => rules.push((origin.span, sentence)),
                // The places of what is decided about are in another text than those of the assertion.
                Some(_) => help.push_str(&format!("\nline {}: {sentence}", origin.line)),
            }
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
    match &assertion.demand {
        Demand::Allow => false,
        Demand::Deny | Demand::Approval => case.is_closed(),
        Demand::Limit { max, window, scope } => {
            let mut limits = case.limits.iter().filter(|limit| *limit.applies == Formula::TRUE);
            case.is_closed() || case.unread.is_empty() && limits.any(|limit| serves(limit, max, *window, scope))
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

/// Whether an unconditional limit on calls serves a demand: no more calls pass in a window of the demand.
fn serves(limited: &Limited, max: &Decimal, window: u64, scope: &Scope) -> bool {
    let limit = &limited.limit;
    let is_wide = limit.scope == *scope || limit.scope == Scope::Server;
    let most = || most_within(limited, WindowModel::Aligned, window);
    is_wide && !limited.is_apart && limit.sum_of.is_none() && most().is_some_and(|most| most <= *max)
}
