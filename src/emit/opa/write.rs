//! Writes the module of a policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::adapter::Adapter;
use super::counters::{CHARGES, charge, table};
use super::dialect::{Conditions, body, is_name, quoted};
use crate::diagnostics::visible;
use crate::emit::decision_list::{Counted, Entry, Limits, Lists, Outcome};
use crate::eval;
use crate::predicate::Condition;

/// The rule that decides about a call of a tool.
pub(super) const DECISION: &str = "decision";
/// Whether a counter has no room for a call.
pub(super) const IS_FULL: &str = "is_full";
/// Whether a call has no amount that a counter can sum.
pub(super) const LACKS_AMOUNT: &str = "lacks_amount";
/// The names of the tools that the module names.
pub(super) const NAMED: &str = "named";
/// The name of the package language that every module imports.
pub(super) const IMPORT: &str = "import rego.v1\n";

/// The module of some lists, and of limits if the host counts.
pub(super) fn module(
    adapter: &Adapter,
    package: &[String],
    policy: &str,
    left: Option<String>,
    lists: &Lists<Entry>,
    limits: &Limits<Counted>,
) -> String {
    let left = left.map(|words| format!("# {}\n", visible(&words))).unwrap_or_default();
    let mut writer = Writer { adapter, conditions: Conditions::new(adapter), memo: BTreeMap::new() };
    let (mut decisions, mut charges) = (String::new(), String::new());
    for (tool, list) in &lists.tools {
        let is_tool = format!("{} == {}", adapter.tool, quoted(tool));
        let own = limits.tools.get(tool).map(Vec::as_slice).unwrap_or_default();
        writer.decision(&mut decisions, &is_tool, list, own);
        writer.charges(&mut charges, &is_tool, own);
    }
    let has_others = !lists.others.is_empty();
    if has_others {
        let is_other = format!("not {} in {NAMED}", adapter.tool);
        writer.decision(&mut decisions, &is_other, &lists.others, &limits.others);
        writer.charges(&mut charges, &is_other, &limits.others);
    }
    let counts = adapter.counting.filter(|_| !limits.is_empty());
    let default = Entry {
        when: None,
        outcome: Outcome::Deny,
        rule: eval::DEFAULT_DENY.to_owned(),
        reason: lists.default_reason.clone(),
    };
    let place = package_path(package);
    let first = match counts {
        Some(_) => format!(
            "# Before that it asks for data.{place}.counters, and hands in what is left of each: see `policyc explain {}`.\n",
            adapter.name
        ),
        None => String::new(),
    };
    let mut out = format!(
        "# Written by policyc from the policy {}. Change the policy, not this file.\n# A host asks for data.{place}.{}.\n{first}{left}\
         package {place}\n\n{IMPORT}\n{}\n{}# What becomes of a call of a tool: the first rule of the tool that applies.\n\
         default {DECISION} := {}\n\n{decisions}{charges}",
        visible(&quoted(policy)),
        adapter.query,
        counts.unwrap_or(adapter.answer),
        if counts.is_some() { table(limits) } else { String::new() },
        object(adapter, &default),
    );
    if has_others {
        let names: Vec<String> = lists.tools.keys().map(|name| quoted(name)).collect();
        let set = match names.as_slice() {
            [] => "set()".to_owned(),
            [only] => format!("{{{only}}}"),
            several => format!("{{\n\t{},\n}}", several.join(",\n\t")),
        };
        out.push_str(&format!("{NAMED} := {set}\n\n"));
    }
    out.push_str(&writer.conditions.rules);
    for function in writer.conditions.functions() {
        out.push_str(function);
        out.push('\n');
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

/// A package as a path below `data`.
pub(super) fn package_path(package: &[String]) -> String {
    let mut out = String::new();
    for part in package {
        match (is_name(part), out.is_empty()) {
            (true, true) => out.push_str(part),
            (true, false) => out.push_str(&format!(".{part}")),
            (false, _) => out.push_str(&format!("[{}]", quoted(part))),
        }
    }
    out
}

struct Writer<'a> {
    adapter: &'a Adapter,
    conditions: Conditions<'a>,
    /// The lines of conditions that several tools share, by their address.
    memo: BTreeMap<*const Condition, Arc<Vec<String>>>,
}

impl Writer<'_> {
    /// The rules of a tool, as one rule with alternatives. Limits come after all denials.
    fn decision(&mut self, out: &mut String, is_tool: &str, list: &[Entry], limits: &[Counted]) {
        let first = list.iter().position(|entry| matches!(entry.outcome, Outcome::Allow | Outcome::Ask { .. }));
        let (denials, rest) = list.split_at_checked(first.unwrap_or(list.len())).unwrap_or((list, &[]));
        let mut alternatives: Vec<(String, Vec<String>)> = Vec::new();
        for entry in denials {
            alternatives.push(self.alternative(entry));
        }
        for counted in limits {
            let denial = |reason: &str, test: &str| {
                let rule = counted.name();
                let entry =
                    Entry { when: None, outcome: Outcome::Deny, rule: rule.to_owned(), reason: reason.to_owned() };
                (object(self.adapter, &entry), vec![format!("{test}({})", quoted(rule))])
            };
            alternatives.extend(counted.no_amount.as_ref().map(|reason| denial(reason, LACKS_AMOUNT)));
            alternatives.push(denial(&counted.reason, IS_FULL));
        }
        for entry in rest {
            alternatives.push(self.alternative(entry));
        }
        for (index, (decision, tests)) in alternatives.iter().enumerate() {
            let lines: Vec<String> = std::iter::once(is_tool.to_owned()).chain(tests.iter().cloned()).collect();
            let start = if index == 0 { DECISION } else { " else" };
            out.push_str(&format!("{start} := {decision} if {}", body(&lines)));
        }
        if !alternatives.is_empty() {
            out.push_str("\n\n");
        }
    }

    /// The decision of a rule, and the lines that must hold for it.
    fn alternative(&mut self, entry: &Entry) -> (String, Vec<String>) {
        let lines = entry.when.as_ref().map(|when| self.lines(when).to_vec());
        (object(self.adapter, entry), lines.unwrap_or_default())
    }

    /// How much calls of a tool count, by counter.
    fn charges(&mut self, out: &mut String, is_tool: &str, limits: &[Counted]) {
        for counted in limits {
            let mut lines = vec![is_tool.to_owned()];
            if let Some(when) = &counted.when {
                lines.extend(self.lines(when).iter().cloned());
            }
            let (name, amount) = (quoted(counted.name()), charge(&counted.limit));
            out.push_str(&format!("{CHARGES}[{name}] := {amount} if {}\n\n", body(&lines)));
        }
    }

    fn lines(&mut self, condition: &Arc<Condition>) -> Arc<Vec<String>> {
        if let Some(known) = self.memo.get(&Arc::as_ptr(condition)) {
            return known.clone();
        }
        // What several tools share is written once.
        let is_shared = Arc::strong_count(condition) > 1;
        let lines =
            Arc::new(if is_shared { self.conditions.shared(condition) } else { self.conditions.lines(condition) });
        self.memo.insert(Arc::as_ptr(condition), lines.clone());
        lines
    }
}

/// The decision of a rule.
fn object(adapter: &Adapter, entry: &Entry) -> String {
    let [rule, reason] = adapter.keys;
    let decision = match &entry.outcome {
        Outcome::Allow => return r#"{"decision": "allow"}"#.to_owned(),
        Outcome::Ask { .. } => adapter.ask.unwrap_or("deny"),
        Outcome::Deny | Outcome::Hide => "deny",
    };
    let by = match &entry.outcome {
        Outcome::Ask { by: Some(by) } if adapter.ask.is_some() => format!(", \"by\": {}", quoted(by)),
        _ => String::new(),
    };
    format!(
        r#"{{"decision": "{decision}", "{rule}": {}, "{reason}": {}{by}}}"#,
        quoted(&entry.rule),
        quoted(&entry.reason)
    )
}
