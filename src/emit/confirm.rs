//! Looks for calls that a document decides otherwise than its source.
//!
//! That a document is not weaker is [proved](crate::diff::proof). For a lowering that is marked as
//! stricter the solver finds a call that shows it. What is too much work to decide is tried on
//! calls made from the conditions of the tool: for each path the values around every literal, one
//! of each kind, and strings that look like other kinds. Only a call on which evaluator and gateway
//! disagree is reported to the author.

use serde_json::json;

use super::origins::Origins;
use crate::analysis::ask::{Answer, Asked, Domain, Question, STEPS};
use crate::decider::{Decider, PolicyDecider};
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::diff::proof::{LooserLimit, Proof, prove};
use crate::eval::{Call, Verdict};
use crate::ir::{Policy, Rule, ServerId, Subject, ToolId};
use crate::json::Json;
use crate::predicate::ScalarValue;
use crate::probe::{Probe, probes};
use crate::solver::Budget;
use crate::solver::space::{Space, Truth};
use crate::source::Span;

/// A statement that the document holds more strictly, and a tool at which it does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suspect {
    /// The tool; `None` for those that the policy does not name.
    pub(crate) tool: Option<ToolId>,
    /// The number of the statement's rule.
    pub(crate) rule: usize,
}

/// Calls that are tried at one tool.
const MOST_CALLS: usize = 2_000;
/// Tools that are tried for one statement before it is let go.
const MOST_TOOLS: usize = 4;
/// Tools that are tried for one document.
const MOST_TRIALS: usize = 200;

/// A policy and a document made from it for one of its servers.
pub(crate) struct Pair<'a> {
    /// The policy.
    pub(crate) source: PolicyDecider<'a>,
    /// The server.
    pub(crate) server: ServerId,
    /// The document, read back.
    pub(crate) document: &'a dyn Decider,
    /// Which statements the rules of the document come from.
    pub(crate) origins: Origins,
    /// What the document is called in messages.
    pub(crate) title: &'a str,
    /// Values that the gateway may take for a literal, as JSON texts.
    pub(crate) look_alikes: fn(&ScalarValue) -> Vec<String>,
}

impl<'a> Pair<'a> {
    fn policy(&self) -> &'a Policy {
        self.source.policy()
    }

    /// Whether the policy allows a first call.
    fn source_allows(&self, call: &Call<'_>) -> bool {
        self.source.decide(call).verdict == Verdict::Allow
    }

    /// Whether the rule of the document with a number comes from the statement of a suspect.
    fn is_of(&self, number: usize, suspect: Suspect) -> bool {
        self.origins.is_of(number, suspect.rule)
    }

    fn span(&self, rule: Option<usize>) -> Span {
        let rule = rule.and_then(|rule| self.policy().rules.get(rule)).or(self.policy().rules.first());
        let of_default = self.policy().default.origin.as_ref().map(|origin| origin.span);
        rule.map(|rule| rule.origin.span).or(of_default).unwrap_or_default()
    }

    fn unsound(&self, span: Span, tool: &str, call: &str) -> Diagnostic {
        let message = format!("{} would allow a call of {} that the policy refuses", self.title, quote(tool));
        let help = format!("nothing was written; please report this with the policy and this call:\n{call}");
        Diagnostic::new(codes::UNSOUND_ARTEFACT, span, message).help(help)
    }

    fn unbounded(&self, span: Span, tool: Option<&str>) -> Diagnostic {
        let tool = tool.map_or_else(|| "tools that the policy does not know".to_owned(), quote);
        let message = format!("{} would let more calls of {tool} pass than this limit", self.title);
        let help = "nothing was written; please report this with the policy";
        Diagnostic::new(codes::UNSOUND_ARTEFACT, span, message).help(help)
    }

    fn stricter(&self, span: Span, tool: Option<ToolId>, call: &str) -> Diagnostic {
        let tool = tool.and_then(|tool| self.policy().tool(tool)).map(|tool| quote(&tool.name));
        let tool = tool.unwrap_or_else(|| "tools that the policy does not name".to_owned());
        let message = format!(
            "{} holds this statement more strictly: it denies calls of {tool} that the policy allows",
            self.title
        );
        Diagnostic::new(codes::STRICTER_ARTEFACT, span, message).help(format!("for example this call:\n{call}"))
    }
}

/// Proves that the document is not weaker than the policy, and warns of statements that it holds
/// more strictly, each with a call that shows it.
pub(crate) fn confirm(pair: &Pair<'_>, suspects: &[Suspect]) -> Vec<Diagnostic> {
    let Proof { weaker, looser, undecided } = prove(&pair.source, pair.document);
    if let Some(witness) = weaker {
        let rule = witness.with(|call| pair.source.decide(call).decided_by).flatten();
        return vec![pair.unsound(pair.span(rule), &witness.tool, &witness.json())];
    }
    if let Some(LooserLimit { tool, rule }) = looser {
        return vec![pair.unbounded(pair.span(Some(rule)), tool.as_deref())];
    }
    let mut out = Vec::new();
    if !undecided.is_empty() {
        let open: Vec<ToolId> =
            undecided.iter().filter_map(|tool| pair.policy().find_tool(pair.server, tool.as_deref()?)).collect();
        // Something may be found where nothing is decided.
        for tool in open.iter().take(MOST_TRIALS) {
            if let Difference::Weaker(call) = search(pair, *tool, None) {
                let name = pair.policy().tool(*tool).map(|tool| tool.name.as_str()).unwrap_or_default();
                return vec![pair.unsound(pair.span(None), name, &call)];
            }
        }
        out.push(unproved(pair, &open));
    }
    out.extend(stricter(pair, suspects));
    out
}

/// Says that the proof was too much work.
fn unproved(pair: &Pair<'_>, open: &[ToolId]) -> Diagnostic {
    let mut names = open.iter().filter_map(|tool| pair.policy().tool(*tool)).map(|tool| quote(&tool.name));
    let first = names.next().unwrap_or_else(|| "tools that the policy does not know".to_owned());
    let more = match names.count() {
        0 => String::new(),
        1 => " and of one more tool".to_owned(),
        more => format!(" and of {more} more tools"),
    };
    let message =
        format!("it is not proved that {} denies every call of {first}{more} that the policy refuses", pair.title);
    let rule = pair.policy().rules.iter().position(|rule| {
        open.first().is_some_and(|tool| {
            rule.guard.is_some() && rule.selection.selects(Subject::known(pair.server, *tool)).is_some()
        })
    });
    Diagnostic::new(codes::UNPROVED_ARTEFACT, pair.span(rule), message).help(
        "the proof is too much work; calls were tried, and none was found. Simpler conditions help, above all \
         regular expressions without large repetitions",
    )
}

/// Warns of statements that the document holds more strictly.
fn stricter(pair: &Pair<'_>, suspects: &[Suspect]) -> Vec<Diagnostic> {
    let mut out: Vec<Diagnostic> = Vec::new();
    let mut tried: Vec<(Span, usize)> = Vec::new();
    for (trials, suspect) in suspects.iter().enumerate() {
        let span = pair.span(Some(suspect.rule));
        let known = out.iter().any(|told| told.primary.span == span);
        let before = tried.iter_mut().find(|(of, _)| *of == span);
        if known || trials >= MOST_TRIALS || before.as_ref().is_some_and(|(_, count)| *count >= MOST_TOOLS) {
            continue;
        }
        match before {
            Some((_, count)) => *count += 1,
            None => tried.push((span, 1)),
        }
        let (answer, name) = denied(pair, *suspect);
        match answer {
            Answer::No => {}
            Answer::Yes(witness) => out.push(pair.stricter(span, suspect.tool, &witness.json_without_server())),
            Answer::Undecided => {
                let Some(tool) = suspect.tool else { continue };
                match search(pair, tool, Some(*suspect)) {
                    Difference::Nothing => {}
                    Difference::Stricter(call) => out.push(pair.stricter(span, suspect.tool, &call)),
                    Difference::Weaker(call) => return vec![pair.unsound(span, &name, &call)],
                }
            }
        }
    }
    out
}

/// A call that the policy allows and the document denies, one that the statement denies, if there
/// is any; and the name of the tool that is asked about.
fn denied(pair: &Pair<'_>, suspect: Suspect) -> (Answer, String) {
    let number = pair.source.number_of(pair.server).unwrap_or_default();
    let asked = Asked::of(pair.policy(), Subject { server: pair.server, tool: suspect.tool });
    let name = asked.name.clone();
    let (Some(source), Some(document)) = (pair.source.case(number, Some(&name)), pair.document.case(0, Some(&name)))
    else {
        return (Answer::Undecided, name);
    };
    let by_statement = |space: &mut Space| -> Vec<Truth> {
        let mut demands = vec![source.verdicts(space).allowed];
        let mut broken = Vec::new();
        let denied = document.denied.iter().map(|held| (held, false));
        for (held, holds) in document.required.iter().map(|held| (held, true)).chain(denied) {
            let truth = space.holds(&held.formula);
            let met = if holds { truth } else { !truth };
            if pair.is_of(held.rule, suspect) { broken.push(!met) } else { demands.push(met) }
        }
        demands.push(space.any(broken));
        demands
    };
    let by_anything =
        |space: &mut Space| -> Vec<Truth> { vec![source.verdicts(space).allowed, document.verdicts(space).denied] };
    let mut answer = Answer::No;
    for (demands, exactly) in [(&by_statement as &dyn Fn(&mut Space) -> Vec<Truth>, true), (&by_anything, false)] {
        let confirm = |call: &Call<'_>| {
            let ruling = pair.document.decide(call);
            let by_statement = || ruling.decided_by.is_some_and(|number| pair.is_of(number, suspect));
            pair.source_allows(call) && ruling.verdict != Verdict::Allow && (!exactly || by_statement())
        };
        let formulas = source.formulas().chain(document.formulas()).collect();
        let question = Question { formulas, demands, confirm: &confirm };
        answer = question.answer_about(&asked, Domain::Any, &mut Budget::new(STEPS));
        if answer != Answer::No {
            break;
        }
    }
    (answer, name)
}

/// Reports a document that its own reader refuses.
pub(crate) fn unreadable(policy: &Policy, found: &[Diagnostic]) -> Option<Diagnostic> {
    let error = found.first().map_or("it cannot be read", |found| found.message.as_str());
    let span = policy.rules.first().map(|rule| rule.origin.span).unwrap_or_default();
    let message = format!("the document made from this policy is not valid: {error}");
    Some(Diagnostic::new(codes::UNSOUND_ARTEFACT, span, message).help("nothing was written; please report this"))
}

enum Difference {
    Nothing,
    Stricter(String),
    Weaker(String),
}

/// Tries calls. Of those that the document denies, the shortest that the statement denies is best.
fn search(pair: &Pair<'_>, tool: ToolId, suspect: Option<Suspect>) -> Difference {
    let (policy, server) = (pair.policy(), &pair.server);
    let server_name = policy.server(*server).map(|server| server.name.as_str()).filter(|name| !name.is_empty());
    let name = policy.tool(tool).map(|tool| tool.name.as_str()).unwrap_or_default();
    let mut best: Option<(bool, usize, String)> = None;
    for Probe { arguments, .. } in calls(pair, tool) {
        let text = format!("{{\"name\": {}, \"arguments\": {arguments}}}", json!(name));
        let Ok(json) = Json::parse(&arguments) else { continue };
        let call = Call {
            server: server_name,
            name,
            arguments: json.root(),
            caller: None,
            grant: None,
            at: 0,
            approved: false,
        };
        let ruling = pair.document.decide(&call);
        match (pair.source_allows(&call), ruling.verdict == Verdict::Allow) {
            (false, true) => return Difference::Weaker(text),
            (true, false) => {
                let is_own = suspect.zip(ruling.decided_by).is_some_and(|(own, number)| pair.is_of(number, own));
                let found = (!is_own, text.len(), text);
                if best.as_ref().is_none_or(|best| found < *best) {
                    best = Some(found);
                }
            }
            _ => {}
        }
    }
    best.map_or(Difference::Nothing, |(_, _, call)| Difference::Stricter(call))
}

/// Calls worth trying at a tool.
fn calls(pair: &Pair<'_>, tool: ToolId) -> Vec<Probe> {
    let selects = |rule: &&Rule| rule.selection.selects(Subject::known(pair.server, tool)).is_some();
    let rules = pair.policy().rules.iter().filter(selects);
    let conditions = rules.filter_map(|rule| rule.guard.as_ref()).map(|guard| &guard.condition);
    probes(conditions, [], MOST_CALLS, &pair.look_alikes)
}
