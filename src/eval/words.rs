//! A trace in sentences for a reader who does not know the language.

use std::borrow::Cow;

use super::Verdict;
use super::trace::{AtomTrace, GuardTrace, Opening, RoomTrace, RuleTrace, Says, ToolTrace};
use crate::diagnostics::{is_hidden, push_visible};
use crate::ir::{Effect, Parts, Rule};
use crate::json::Kind;

/// The place of a rule: `line 3`.
#[must_use]
pub fn line(rule: &Rule) -> String {
    format!("line {}", rule.origin.line)
}

/// What a rule says about the call, as a predicate such as `denies the call: ...`. `stands` is the
/// rule as the policy has it.
#[must_use]
pub fn sentence(rule: &RuleTrace, stands: &Rule) -> String {
    let why = rule.guard.as_ref().map_or_else(String::new, |guard| format!(": {}", because(guard)));
    match (&stands.effect, rule.says) {
        (_, Says::Nothing) => format!("does not apply{why}"),
        (Effect::Hide, _) => "hides the tool: every call of it is denied".to_owned(),
        (Effect::Deny, _) => format!("denies the call{why}"),
        (Effect::Allow, _) => format!("allows the call, unless another rule refuses it{why}"),
        (Effect::Require, Says::Deny) => format!("requires something that the call does not satisfy{why}"),
        (Effect::Require, _) => format!("requires something that the call satisfies{why}"),
        (Effect::Approval { by }, _) => {
            format!("holds the call until {} approves{why}", by.as_deref().unwrap_or("someone"))
        }
        (Effect::Limit(_), says) => {
            let room = rule.room.as_ref().map_or_else(String::new, |room| room_text(room, says == Says::Pass));
            if why.is_empty() { room } else { format!("{room}; it applies{why}") }
        }
    }
}

fn room_text(room: &RoomTrace, free: bool) -> String {
    let RoomTrace { counter, max, used, adds, left, sum_of, window, .. } = room;
    let ends = time(room.ends).map_or_else(String::new, |ends| format!(", which ends at {ends}"));
    let Some(adds) = adds else {
        let path = sum_of.as_deref().unwrap_or_default();
        return format!("denies the call: it sums `{path}`, which must be a number that is not negative");
    };
    let Some(used) = used else {
        return format!("denies the call: its {window} is too far in the past (counter `{counter}`)");
    };
    let what = match sum_of {
        Some(path) => format!("a sum of {max} over `{path}`"),
        None => format!("{max} {}", if max.to_u64() == Some(1) { "call" } else { "calls" }),
    };
    let this = match sum_of {
        Some(_) => format!(", the call adds {adds}"),
        None => String::new(),
    };
    let says = if free { "has room" } else { "has no room and denies the call" };
    format!("{says}: of {what} in this {window}{ends}, {used} used and {left} left{this} (counter `{counter}`)")
}

/// Why a condition holds or fails.
fn because(guard: &GuardTrace) -> String {
    let atoms: Vec<String> = guard.because.iter().map(atom_text).collect();
    one_line(&atoms.join("; ")).into_owned()
}

fn atom_text(atom: &AtomTrace) -> String {
    let AtomTrace { text, holds, path, found, length, other_type } = atom;
    let truth = if *holds { "is true" } else { "is not true" };
    let Some(found) = found else { return format!("`{text}` {truth}, the call has no `{path}`") };
    let more = match (length, other_type) {
        (Some(length), _) => format!(", of length {length}"),
        (None, Some(Kind::Null)) | (None, None) => String::new(),
        (None, Some(kind @ (Kind::Array | Kind::Object))) => format!(", which is an {}", kind.name()),
        (None, Some(kind)) => format!(", which is a {}", kind.name()),
    };
    format!("`{text}` {truth}, `{path}` is {found}{more}")
}

/// The verdict for one tool and why, as a sentence.
#[must_use]
pub fn conclusion(tool: &ToolTrace, policy: &Parts) -> String {
    let answer = &tool.answer;
    let decides = answer.decided_by.and_then(|index| policy.rules.get(index)).map(line);
    match (answer.verdict, decides, tool.opening) {
        (Verdict::Deny, Some(line), _) => format!("Denied by {line}: {}", one_line(&answer.reason)),
        (Verdict::Deny, None, Opening::NotAllowed) => {
            "Denied: the policy says when this tool may be called, and none of those rules applies.".to_owned()
        }
        (Verdict::Deny, None, _) => {
            let origin = policy.default.origin.as_ref();
            let written = origin.map_or_else(String::new, |origin| format!(" (line {} says so)", origin.line));
            format!("Denied: calls of tools that no rule opens are denied{written}. {}", one_line(&answer.reason))
        }
        (Verdict::Approval, Some(line), _) => format!("Held for approval by {line}: {}", one_line(&answer.reason)),
        (_, _, Opening::Rule(index)) => {
            let line = policy.rules.get(index).map(line).unwrap_or_default();
            format!("Allowed: {line} opens the tool, and no rule refuses the call.")
        }
        _ => "Allowed: the default allows calls that no rule refuses, and no rule refuses this one.".to_owned(),
    }
}

/// A time in the format of RFC 3339, from seconds since 1970-01-01T00:00:00Z; `None` if it is out
/// of range.
#[must_use]
pub fn time(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|time| time.to_string())
}

/// Escapes a text from a policy or a caller for an answer, which is one line of fields: tabs and
/// line ends become `\t`, `\n` and `\r`, every other invisible character `\u{..}`.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\t' | '\n' | '\r' => shown.extend(char.escape_debug()),
            other => push_visible(&mut shown, other),
        }
    }
    shown.into()
}
