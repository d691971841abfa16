//! Limits that the host counts: a table of them, and rules that deny where it says that nothing is left.
//!
//! OPA keeps no counts, and its arithmetic rounds to 64 bits, so the module adds nothing: the host hands in what is left of each
//! counter, and the module compares, which OPA does exactly. What is missing, no number or more than the limit leaves no room.

use std::collections::BTreeMap;

use super::dialect::quoted;
use crate::emit::decision_list::{Counted, Limits};
use crate::ir::{Limit, Scope};
use crate::predicate::{Path, PathRoot, Step};

/// The table of limits by tool.
pub(super) const TABLE: &str = "limits";
/// The limits of all other tools.
pub(super) const OTHERS: &str = "other_limits";
/// How much a call counts.
pub(super) const CHARGES: &str = "charges";
/// What is counted by a limit without a sum.
pub(super) const CALLS: &str = "calls";

/// The rules that are the same in every module. An amount with more digits than the language sums is no amount: the text of a number
/// that passes has at most 3,000 characters and an exponent of three digits.
pub(super) const RULES: &str = r#"# The limits of the tool that is called, by the names of their counters. The host hands in as `left` what is left of each.
counters := object.get(limits, input.name, other_limits)

charged := decision if decision.decision == "deny"

charged := object.union(decision, {"charges": charges}) if decision.decision != "deny"

is_full(counter) if {
	counter in object.keys(charges)
	not has_room(counter)
}

lacks_amount(counter) if charges[counter] == null

has_room(counter) if {
	left := input.left[counter]
	is_number(left)
	left <= counters[counter].max
	is_number(charges[counter])
	charges[counter] <= left
}

as_amount(value) := value if {
	is_number(value)
	text := json.marshal(value)
	count(text) <= 3000
	regex.match("^-?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?$", text)
	value >= 0
} else := null
"#;

/// The table and the rules about it.
pub(super) fn table(limits: &Limits<Counted>) -> String {
    let tools: BTreeMap<&String, String> = limits.tools.iter().map(|(tool, own)| (tool, rows(own, 1))).collect();
    let tools: Vec<String> = tools.into_iter().map(|(tool, rows)| format!("{}: {rows}", quoted(tool))).collect();
    format!(
        "# What the host counts for each tool: how much, within which window in seconds, and for whom.\n{TABLE} := {}\n\n{OTHERS} := {}\n\n{RULES}\n",
        object(&tools, 0),
        rows(&limits.others, 0),
    )
}

fn rows(own: &[Counted], depth: usize) -> String {
    let rows: BTreeMap<&str, String> = own.iter().map(|counted| (counted.name(), row(&counted.limit))).collect();
    let rows: Vec<String> = rows.into_iter().map(|(name, row)| format!("{}: {row}", quoted(name))).collect();
    object(&rows, depth)
}

fn row(limit: &Limit) -> String {
    format!(
        r#"{{"counts": {}, "max": {}, "per": {}, "total": {}, "window": {}}}"#,
        quoted(&counts(limit)),
        limit.max,
        quoted(&per(&limit.scope)),
        limit.total,
        limit.window
    )
}

/// An object as OPA's formatter lays it out: several members on lines of their own.
fn object(members: &[String], depth: usize) -> String {
    match members {
        [] => "{}".to_owned(),
        // What a single member has on lines of its own is indented like the member.
        [only] => format!("{{{}}}", only.replace("\n\t", "\n")),
        several => {
            let indent = "\t".repeat(depth + 1);
            let lines: String = several.iter().map(|member| format!("{indent}{member},\n")).collect();
            format!("{{\n{lines}{}}}", "\t".repeat(depth))
        }
    }
}

/// What a limit counts: calls, or the argument that it sums.
pub(super) fn counts(limit: &Limit) -> String {
    limit.sum_of.as_ref().map_or_else(|| CALLS.to_owned(), Path::to_string)
}

/// Who has a count of their own.
fn per(scope: &Scope) -> String {
    match scope {
        Scope::Grant => "grant".to_owned(),
        Scope::Server => "server".to_owned(),
        Scope::Caller(claim) => format!("caller.{claim}"),
    }
}

/// Reads who has a count of their own.
pub(super) fn scope(text: &str) -> Option<Scope> {
    match text {
        "grant" => Some(Scope::Grant),
        "server" => Some(Scope::Server),
        text => text.strip_prefix("caller.").map(|claim| Scope::Caller(claim.to_owned())),
    }
}

/// How much a call counts, as an expression that is never undefined.
pub(super) fn charge(limit: &Limit) -> String {
    let Some(path) = &limit.sum_of else { return "1".to_owned() };
    let steps = path.steps.iter().map(|step| match step {
        Step::Key(key) => quoted(key),
        Step::Index(index) => index.to_string(),
    });
    let keys: Vec<String> = std::iter::once(quoted(root(path.root))).chain(steps).collect();
    format!("as_amount(object.get(input, [{}], null))", keys.join(", "))
}

/// The member of the input that paths begin at.
pub(super) const fn root(root: PathRoot) -> &'static str {
    match root {
        PathRoot::Args => "arguments",
        PathRoot::Caller => "caller",
    }
}
