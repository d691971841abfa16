//! A comparison as JSON: the whole of it, in the form that docs/diff.md describes.

use serde_json::{Map, Value, json};

use crate::analysis::ask::Witness;
use crate::diff::catalogue::{ArgumentFacts, CatalogueChange, ToolChange, ToolInfo};
use crate::diff::limits::{LimitChange, LimitText};
use crate::diff::{Change, ExplainedOutcome, Move, PolicyDiff, Report, ToolName};

/// The comparison as a JSON document, version 1.
#[must_use]
pub fn json(report: &Report) -> Value {
    let findings = report.findings.iter().map(|finding| {
        json!({
            "severity": finding.severity,
            "code": finding.code,
            "place": finding.place,
            "message": finding.message,
            "help": finding.help,
        })
    });
    json!({
        "version": 1,
        "old": report.old,
        "new": report.new,
        "verdict": report.verdict().name(),
        "universe": if report.valid_only { "valid" } else { "any" },
        "policies": report.policies.iter().map(policy).collect::<Vec<_>>(),
        "added": report.added,
        "removed": report.removed,
        "catalogues": report.catalogues.iter().map(catalogue).collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
    })
}

fn policy(policy: &PolicyDiff) -> Value {
    let selections = policy.selections.iter().map(|change| {
        json!({
            "line": change.line,
            "statement": change.statement,
            "gains": change.gains.iter().map(tool).collect::<Vec<_>>(),
            "loses": change.loses.iter().map(tool).collect::<Vec<_>>(),
        })
    });
    let conditions = policy.conditions.iter().map(|change| {
        let example = change.example.as_ref().map(|(witness, holds)| json!({ "call": call(witness), "holds": holds }));
        json!({
            "tool": tool(&change.tool),
            "line": change.line,
            "condition": change.condition,
            "what": change.what,
            "example": example,
        })
    });
    json!({
        "old": policy.old,
        "new": policy.new,
        "verdict": policy.diff.verdict.name(),
        "compared": policy.diff.compared,
        "notes": policy.diff.notes,
        "changes": policy.diff.changes.iter().map(change).collect::<Vec<_>>(),
        "selections": selections.collect::<Vec<_>>(),
        "conditions": conditions.collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    json!({
        "tools": change.tools.iter().map(tool).collect::<Vec<_>>(),
        "verdict": change.verdict.name(),
        "moves": change.moves.iter().map(step).collect::<Vec<_>>(),
        "limits": change.limits.iter().map(limit).collect::<Vec<_>>(),
        "undecided": change.undecided,
    })
}

/// A tool; its name is null for all tools that neither side knows.
fn tool(name: &ToolName) -> Value {
    let mut object = Map::new();
    if let Some(server) = &name.server {
        object.insert("server".to_owned(), json!(server));
    }
    object.insert("name".to_owned(), json!(name.tool));
    Value::Object(object)
}

fn step(step: &Move) -> Value {
    let example = step.example.as_ref().map(|example| {
        json!({
            "call": call(&example.call),
            "valid": example.call.valid,
            "was": told(&example.was),
            "now": told(&example.now),
        })
    });
    json!({
        "from": step.from.name(),
        "to": step.to.name(),
        "verdict": step.verdict().name(),
        "certain": step.certain,
        "example": example,
    })
}

/// The call as an object. Numbers that a double does not hold exactly stand in `text` as they are.
fn call(witness: &Witness) -> Value {
    json!({ "text": witness.json() })
}

fn told(told: &ExplainedOutcome) -> Value {
    json!({ "outcome": told.outcome.name(), "rule": told.rule, "reason": told.reason })
}

fn limit(change: &LimitChange) -> Value {
    let text = |text: &LimitText| json!({ "text": text.text, "counter": text.counter });
    json!({
        "relation": change.relation.name(),
        "verdict": change.relation.verdict().name(),
        "old": change.old.as_ref().map(text),
        "new": change.new.as_ref().map(text),
        "example": change.example.as_ref().map(call),
    })
}

pub(super) fn catalogue(change: &CatalogueChange) -> Value {
    let infos = |tools: &[ToolInfo]| -> Vec<Value> {
        tools.iter().map(|tool| json!({ "name": tool.name, "class": tool.class.names() })).collect()
    };
    let renamed = change.renamed.iter().map(|one| json!({ "old": one.old, "new": one.new, "why": one.why }));
    json!({
        "server": change.server,
        "before": change.before,
        "after": change.after,
        "added": infos(&change.added),
        "removed": infos(&change.removed),
        "renamed": renamed.collect::<Vec<_>>(),
        "changed": change.changed.iter().map(tool_change).collect::<Vec<_>>(),
    })
}

fn tool_change(change: &ToolChange) -> Value {
    let said = |said: &ArgumentFacts| json!({ "type": said.type_text, "required": said.required, "description": said.description });
    let arguments = change.arguments.iter().map(|argument| {
        let [old, new] = &argument.said;
        json!({ "name": argument.name, "old": old.as_ref().map(said), "new": new.as_ref().map(said) })
    });
    let pair = |texts: &Option<[String; 2]>| texts.as_ref().map(|[old, new]| json!({ "old": old, "new": new }));
    let annotations =
        change.annotations.iter().map(|(name, [old, new])| json!({ "name": name, "old": old, "new": new }));
    let class =
        change.class.as_ref().map(|([old, new], why)| json!({ "old": old.names(), "new": new.names(), "why": why }));
    json!({
        "name": change.name,
        "title": pair(&change.title),
        "description": pair(&change.description),
        "annotations": annotations.collect::<Vec<_>>(),
        "class": class,
        "arguments": arguments.collect::<Vec<_>>(),
        "schema": change.schema,
        "listed": change.listed.map(|[old, new]| json!({ "old": old, "new": new })),
    })
}
