//! How a decision was reached, as plain data for those who present it.
//!
//! A [`Trace`] lists, for each tool that a call may mean, every rule that selects the tool, in
//! source order, and what the rule says about the call. A condition comes with the atoms that made
//! it true or false and the values that they found, a limit with what is left of it.

use super::condition::{holds, value};
use super::counters::{Applied, Room, amount};
use super::left::window_end;
use super::rule_index::CalledTool;
use super::{Call, Decision, Evaluator, Verdict, applies, reason};
use crate::decimal::Decimal;
use crate::ir::{DecisionStep, Effect, Guard, Limit, Rule, Selected, ServerId, window_name};
use crate::json::json_quote;
use crate::json::{Kind, Value};
use crate::pattern::{Like, Regex};
use crate::predicate::{Atom, Condition, Elements, Path, Scalar, Test};

/// How many characters of a value are shown, and how many literals of a list.
const SHOWN: usize = 120;
const SHOWN_LITERALS: usize = 8;

/// How the decision about a call was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The decision.
    pub answer: ExplainedDecision,
    /// The tools that the call may mean: perhaps several if it names no server, none if it names a
    /// server that the policy does not know.
    pub tools: Vec<ToolTrace>,
    /// Index of the tool whose decision is that of the call: the first with the most restrictive
    /// verdict.
    pub decides: Option<usize>,
}

/// A [`Decision`] that owns its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedDecision {
    /// What happens to the call.
    pub verdict: Verdict,
    /// The name of what decided, as [`Decision::rule`] gives it.
    pub rule: String,
    /// The reason, as [`Decision::reason`] gives it.
    pub reason: String,
    /// Index in the policy of the rule that decided, if one did.
    pub decided_by: Option<usize>,
}

impl From<&Decision<'_>> for ExplainedDecision {
    fn from(decision: &Decision<'_>) -> Self {
        Self {
            verdict: decision.verdict,
            rule: decision.rule().into_owned(),
            reason: decision.reason().into_owned(),
            decided_by: decision.decided_by,
        }
    }
}

/// What a policy says about a call of one tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolTrace {
    /// The server of the tool.
    pub server: ServerId,
    /// The name of the tool.
    pub name: String,
    /// Whether the policy knows the tool: from a catalogue or, without one, by name.
    pub known: bool,
    /// The decision for this tool.
    pub answer: ExplainedDecision,
    /// What opens the tool for the call, or why nothing does.
    pub opening: Opening,
    /// The rules that select the tool, in the order of the source.
    pub rules: Vec<RuleTrace>,
}

/// What opens a tool for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// The rule with this index: an `allow`, or a limit, requirement or approval that selects the
    /// tool by name.
    Rule(usize),
    /// The default, which allows.
    Default,
    /// Nothing: the tool has `allow` rules, and none of them applies.
    NotAllowed,
    /// Nothing: no rule opens the tool, and the default denies.
    DefaultDeny,
}

/// What one rule says about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTrace {
    /// Its index in the policy.
    pub index: usize,
    /// Its name in decisions: `deny@3`.
    pub name: String,
    /// How it selects the tool.
    pub selected: Selected,
    /// What it says.
    pub says: Says,
    /// Its condition, if it has one.
    pub guard: Option<GuardTrace>,
    /// What is left, if the rule is a limit that applies.
    pub room: Option<RoomTrace>,
    /// Whether it is the rule that decides.
    pub decides: bool,
}

/// What one rule alone says about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The rule does not apply, so it says nothing.
    Nothing,
    /// The rule lets the call pass: an `allow` that applies, a requirement that is met, a limit
    /// with room.
    Pass,
    /// The call waits for approval.
    Hold,
    /// The call is denied.
    Deny,
}

/// The condition of a rule, evaluated for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardTrace {
    /// The condition as the formatter writes it.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
    /// The atoms that explain the result. Where one part decides (one that holds in an `or`, one
    /// that fails in an `and`), only its atoms are listed, otherwise those of all parts.
    pub because: Vec<AtomTrace>,
}

/// An atom of a condition, evaluated for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtomTrace {
    /// The atom, as it would be written.
    pub text: String,
    /// Whether it holds by itself, regardless of any `not` before it.
    pub holds: bool,
    /// The path that it reads.
    pub path: String,
    /// The JSON text of the value at the path, shortened with `…` if it is long; `None` if there is
    /// no value.
    pub found: Option<String>,
    /// The length of the value, if the atom tests it: in elements, or in Unicode scalar values.
    pub length: Option<usize>,
    /// The type of the value, if the test can be true only for values of other types.
    pub other_type: Option<Kind>,
}

/// What is left of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomTrace {
    /// The name of the counter.
    pub counter: String,
    /// The most that passes in a window.
    pub max: Decimal,
    /// What was counted in this window before the call; `None` if the window lies too far back to
    /// be remembered.
    pub used: Option<Decimal>,
    /// What the call adds; `None` if the argument that is summed is missing or is not a number that
    /// can be summed.
    pub adds: Option<Decimal>,
    /// What is left before the call: zero for a window that is no longer remembered.
    pub left: Decimal,
    /// The path that is summed; `None` if calls are counted.
    pub sum_of: Option<String>,
    /// The length of the window: `minute`, `5minute`, `day`.
    pub window: String,
    /// When the window ends, in seconds since 1970-01-01T00:00:00Z.
    pub ends: i64,
    /// The limit as a sentence: how much, of what, for whom.
    pub meaning: String,
}

impl Evaluator<'_> {
    /// Explains the decision about a call. Nothing is counted.
    #[must_use]
    pub fn trace(&self, call: &Call<'_>) -> Trace {
        let answer = ExplainedDecision::from(&self.decide(call));
        let targets = self.lookup.targets(call).into_iter().flatten();
        let tools: Vec<ToolTrace> = targets.map(|target| self.trace_tool(target, call)).collect();
        let decides = tools.iter().position(|tool| tool.answer.verdict == answer.verdict);
        Trace { answer, tools, decides }
    }

    fn trace_tool(&self, target: CalledTool<'_>, call: &Call<'_>) -> ToolTrace {
        let answer = ExplainedDecision::from(&self.decide_for(target, call));
        let mut rules: Vec<RuleTrace> = DecisionStep::ALL
            .into_iter()
            .flat_map(|step| self.lookup.rules(target, step))
            .map(|(index, rule, selected)| {
                let decides = answer.decided_by == Some(index);
                self.trace_rule(Selecting { index, rule, selected, target }, call, decides)
            })
            .collect();
        rules.sort_by_key(|rule| rule.index);
        let opening = self.opening(target, call);
        ToolTrace {
            server: target.server,
            name: target.name.to_owned(),
            known: target.tool.is_some(),
            answer,
            opening,
            rules,
        }
    }

    fn opening(&self, target: CalledTool<'_>, call: &Call<'_>) -> Opening {
        let mut allows = self.lookup.rules(target, DecisionStep::Open).peekable();
        if allows.peek().is_some() {
            let opened = allows.find(|(_, rule, _)| applies(rule, call));
            return opened.map_or(Opening::NotAllowed, |(index, _, _)| Opening::Rule(index));
        }
        let opens = |(index, rule, selected): (usize, &Rule, Selected)| {
            let opens = matches!(rule.effect, Effect::Require) || applies(rule, call);
            (selected == Selected::ByName && opens).then_some(index)
        };
        let steps = [DecisionStep::Require, DecisionStep::Limit, DecisionStep::Approve];
        match steps.into_iter().filter_map(|step| self.lookup.rules(target, step).find_map(opens)).min() {
            Some(index) => Opening::Rule(index),
            None if self.policy().default.allow => Opening::Default,
            None => Opening::DefaultDeny,
        }
    }

    fn trace_rule(&self, selecting: Selecting<'_>, call: &Call<'_>, decides: bool) -> RuleTrace {
        let Selecting { index, rule, selected, target } = selecting;
        let guard = rule.guard.as_ref().map(|guard| trace_guard(guard, call));
        let applies = guard.as_ref().is_none_or(|guard| guard.holds);
        let mut room = None;
        let says = match &rule.effect {
            Effect::Hide => Says::Deny,
            Effect::Require if applies => Says::Pass,
            Effect::Require => Says::Deny,
            _ if !applies => Says::Nothing,
            Effect::Deny => Says::Deny,
            Effect::Allow => Says::Pass,
            Effect::Approval { .. } => Says::Hold,
            Effect::Limit(limit) => {
                let applied = Applied { index, limit, target };
                room = Some(self.trace_room(applied, call));
                if self.counters.room(applied, call) == Room::Free { Says::Pass } else { Says::Deny }
            }
        };
        RuleTrace { index, name: reason::name(rule), selected, says, guard, room, decides }
    }

    fn trace_room(&self, applied: Applied<'_>, call: &Call<'_>) -> RoomTrace {
        let limit: &Limit = applied.limit;
        let used = self.counters.used(applied, call);
        let left = self.left_of(applied, call);
        RoomTrace {
            counter: limit.counter_name(applied.target.name),
            max: limit.max.clone(),
            used,
            adds: amount(limit, call),
            left,
            sum_of: limit.sum_of.as_ref().map(ToString::to_string),
            window: window_name(limit.window),
            ends: window_end(limit, call),
            meaning: reason::full(limit, applied.target.name),
        }
    }
}

/// A rule and the tool that it selects.
#[derive(Clone, Copy)]
struct Selecting<'a> {
    index: usize,
    rule: &'a Rule,
    selected: Selected,
    target: CalledTool<'a>,
}

fn trace_guard(guard: &Guard, call: &Call<'_>) -> GuardTrace {
    let mut because = Vec::new();
    let holds = witnesses(&guard.condition, call, &mut because);
    GuardTrace { text: guard.text.clone(), holds, because }
}

/// Whether a condition holds. Adds the atoms that explain the result. The depth of the recursion is
/// bounded by the parser.
fn witnesses(condition: &Condition, call: &Call<'_>, because: &mut Vec<AtomTrace>) -> bool {
    // One part decides an `or` if it holds, and an `and` if it fails; otherwise all parts decide
    // together.
    let decided_by_one = match condition {
        Condition::Or(_) => true,
        Condition::And(_) => false,
        Condition::Not(inner) => return !witnesses(inner, call, because),
        Condition::Atom(atom) => {
            let trace = trace_atom(atom, call);
            let holds = trace.holds;
            because.push(trace);
            return holds;
        }
    };
    let (Condition::Or(parts) | Condition::And(parts)) = condition else { return false };
    let before = because.len();
    for part in parts {
        let start = because.len();
        if witnesses(part, call, because) == decided_by_one {
            // The atoms of the parts before it do not matter.
            because.drain(before..start);
            return decided_by_one;
        }
    }
    !decided_by_one
}

fn trace_atom(atom: &Atom, call: &Call<'_>) -> AtomTrace {
    let found = value(&atom.path, call);
    let length = found.filter(|_| matches!(atom.test, Test::Length(_))).and_then(|value| match value.kind() {
        Kind::Array => Some(value.items().count()),
        Kind::String => value.as_str().map(|text| text.chars().count()),
        _ => None,
    });
    AtomTrace {
        text: atom_text(&atom.path, &atom.test),
        holds: holds(&Condition::Atom(atom.clone()), call),
        path: atom.path.to_string(),
        found: found.map(|value| shortened(value.source())),
        length,
        other_type: found.map(Value::kind).filter(|kind| !speaks_of(&atom.test, *kind)),
    }
}

/// Whether a test can hold for some value of a type.
fn speaks_of(test: &Test, kind: Kind) -> bool {
    match test {
        Test::Has => true,
        Test::Compare(_, scalar) => scalar.value.kind() == kind,
        Test::In(list) | Test::NotIn(list) => list.iter().any(|scalar| scalar.value.kind() == kind),
        Test::Contains(scalar) => kind == Kind::Array || kind == Kind::String && scalar.value.kind() == Kind::String,
        Test::Like(_) | Test::Matches(_) => kind == Kind::String,
        Test::Every(_) | Test::Some(_) => kind == Kind::Array,
        Test::Length(_) => matches!(kind, Kind::Array | Kind::String),
    }
}

/// A text of at most [`SHOWN`] characters.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn atom_text(path: &Path, test: &Test) -> String {
    match test {
        Test::Has => format!("has {path}"),
        Test::Length(length) => format!("length({path}) {} {}", length.comparison.symbol(), length.number),
        Test::Every(elements) => format!("every {} {}", innermost_text(elements), test_text(test.innermost())),
        Test::Some(elements) => format!("some {} {}", innermost_text(elements), test_text(test.innermost())),
        other => format!("{path} {}", test_text(other)),
    }
}

/// The path to the innermost elements, as it is written.
fn innermost_text(elements: &Elements) -> &str {
    match &elements.test {
        Test::Every(inner) | Test::Some(inner) => innermost_text(inner),
        _ => &elements.text,
    }
}

/// The right-hand part of an atom.
fn test_text(test: &Test) -> String {
    match test {
        Test::Compare(comparison, scalar) => format!("{} {}", comparison.symbol(), shortened(&scalar.text)),
        Test::In(list) => format!("in {}", list_text(list)),
        Test::NotIn(list) => format!("not in {}", list_text(list)),
        Test::Contains(scalar) => format!("contains {}", shortened(&scalar.text)),
        Test::Like(patterns) => format!("like {}", patterns_text(patterns.iter().map(Like::source))),
        Test::Matches(patterns) => format!("matches {}", patterns_text(patterns.iter().map(Regex::source))),
        Test::Has | Test::Every(_) | Test::Some(_) | Test::Length(_) => "!= null".to_owned(),
    }
}

fn patterns_text<'a>(sources: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = sources.len();
    let mut texts: Vec<String> = sources.take(SHOWN_LITERALS).map(|source| shortened(&json_quote(source))).collect();
    if count == 1 {
        return texts.concat();
    }
    if count > texts.len() {
        texts.push(format!("… {} more", count - texts.len()));
    }
    format!("[{}]", texts.join(", "))
}

fn list_text(list: &[Scalar]) -> String {
    let mut texts: Vec<String> = list.iter().take(SHOWN_LITERALS).map(|scalar| shortened(&scalar.text)).collect();
    if list.len() > texts.len() {
        texts.push(format!("… {} more", list.len() - texts.len()));
    }
    format!("[{}]", texts.join(", "))
}
