//! Writes the module of a policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::adapter::Adapter;
use super::dialect::{Conditions, body, is_name, quoted};
use crate::diagnostics::visible;
use crate::emit::decision_list::{Entry, Lists, Outcome};
use crate::eval;
use crate::predicate::Condition;

/// The rule that decides about a call of a tool.
pub(super) const DECISION: &str = "decision";
/// The names of the tools that the module names.
pub(super) const NAMED: &str = "named";
/// The name of the package language that every module imports.
pub(super) const IMPORT: &str = "import rego.v1\n";

/// The module of some lists.
pub(super) fn module(
    adapter: &Adapter,
    package: &[String],
    policy: &str,
    left: Option<String>,
    lists: &Lists<Entry>,
) -> String {
    let left = left.map(|words| format!("# {}\n", visible(&words))).unwrap_or_default();
    let mut writer = Writer { adapter, conditions: Conditions::new(adapter), memo: BTreeMap::new() };
    let mut decisions = String::new();
    for (tool, list) in &lists.tools {
        let is_tool = format!("{} == {}", adapter.tool, quoted(tool));
        writer.decision(&mut decisions, &is_tool, list);
    }
    let has_others = !lists.others.is_empty();
    if has_others {
        writer.decision(&mut decisions, &format!("not {} in {NAMED}", adapter.tool), &lists.others);
    }
    let default = Entry {
        when: None,
        outcome: Outcome::Deny,
        rule: eval::DEFAULT_DENY.to_owned(),
        reason: lists.default_reason.clone(),
    };
    let place = package_path(package);
    let mut out = format!(
        "# Written by policyc from the policy {}. Change the policy, not this file.\n# A host asks for data.{place}.{}.\n{left}\
         package {place}\n\n{IMPORT}\n{}\n# What becomes of a call of a tool: the first rule of the tool that applies.\n\
         default {DECISION} := {}\n\n{decisions}",
        visible(&quoted(policy)),
        adapter.query,
        adapter.answer,
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
    /// The rules of a tool, as one rule with alternatives.
    fn decision(&mut self, out: &mut String, is_tool: &str, list: &[Entry]) {
        let list = if list.is_empty() { return } else { list };
        for (index, entry) in list.iter().enumerate() {
            let mut lines = vec![is_tool.to_owned()];
            if let Some(when) = &entry.when {
                lines.extend(self.lines(when).iter().cloned());
            }
            let start = if index == 0 { DECISION } else { " else" };
            out.push_str(&format!("{start} := {} if {}", object(self.adapter, entry), body(&lines)));
        }
        out.push_str("\n\n");
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
