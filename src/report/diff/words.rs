//! Sentences about changes. Texts from policies and catalogues stand in them as a [`Mark`] writes them, all else is plain.

use std::fmt::Write as _;

use crate::catalogue::Classes;
use crate::diagnostics::visible_json;
use crate::diff::catalogue::{CatalogueChange, ToolChange, ToolInfo};
use crate::diff::impact::{self, SelectionChange};
use crate::diff::limits::{LimitChange, LimitText, Relation};
pub(super) use crate::diff::moved::sentence as step;
use crate::diff::{ExplainedOutcome, Move, Outcome, PolicyDiff, Report, ToolName, Verdict};
use crate::report::words::{self, Mark, count, is_own, list};

/// A tool as it stands in a policy, or in words all that neither side knows.
pub(super) fn tool(name: &ToolName, mark: Mark) -> String {
    words::tool(name.server.as_deref(), name.tool.as_deref(), mark)
}

/// Some tools; of a long list the first, and how many more there are.
pub(super) fn tools(names: &[ToolName], mark: Mark) -> String {
    list(names.iter().map(|name| tool(name, mark)).collect())
}

/// What a side says of a call.
pub(super) fn told(told: &ExplainedOutcome, mark: Mark) -> String {
    let plain = |text: &str| text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, ' ' | ','));
    let by = match told.rule.as_str() {
        "" => String::new(),
        // No rule, but that there is none: `(default deny)`.
        rule if rule.starts_with('(') => format!(" {}", mark(rule)),
        rule if plain(rule) => format!(" by {rule}"),
        rule => format!(" by {}", mark(rule)),
    };
    let why = if told.reason.is_empty() { String::new() } else { format!(": {}", mark(&told.reason)) };
    match told.outcome {
        Outcome::Allowed => format!("allowed{by}"),
        Outcome::Approval => format!("held{by}{why}"),
        Outcome::Denied => format!("denied{by}{why}"),
        Outcome::Hidden => "hidden".to_owned(),
        Outcome::Absent => "not there".to_owned(),
        Outcome::Invalid => "not valid for the inputSchema".to_owned(),
    }
}

/// That no valid call moves so, where that is known.
pub(super) const ONLY_INVALID: &str = "no call of this tool that its inputSchema admits moves so";

/// A limit that changes.
pub(super) fn limit(change: &LimitChange, mark: Mark) -> String {
    let quoted = |text: &LimitText| mark(&format!("limit {}", text.text));
    let verdict = match change.relation {
        Relation::NotComparable => "not comparable, which counts as looser and tighter",
        Relation::Undecided => "not decided, which counts as looser",
        other => other.name(),
    };
    match (&change.old, &change.new, change.relation) {
        (Some(old), Some(new), Relation::Same) => {
            format!("{}: counter {} renamed to {}", quoted(new), mark(&old.counter), mark(&new.counter))
        }
        (_, Some(new), Relation::OfNewCalls) => format!("{} applies to what is newly allowed", quoted(new)),
        (Some(old), Some(new), _) if old.text == new.text => {
            format!("{}: {verdict}", quoted(new))
        }
        (Some(old), Some(new), _) => format!("{} -> {}: {verdict}", quoted(old), mark(&new.text)),
        (Some(old), None, _) => format!("{} removed: {verdict}", quoted(old)),
        (None, Some(new), _) => format!("{} added: {verdict}", quoted(new)),
        (None, None, _) => verdict.to_owned(),
    }
}

/// What the calls are that a limit no longer counts, or counts now.
pub(super) const fn counted(relation: Relation) -> &'static str {
    match relation {
        Relation::Tighter => "counted now, for example",
        Relation::Looser => "no longer counted, for example",
        _ => "counted on one side only, for example",
    }
}

/// A rule that gains or loses tools.
pub(super) fn selection(change: &SelectionChange, mark: Mark) -> String {
    let mut text = format!("line {} {}", mark_line(&change.line, mark), mark(&change.statement));
    let parts: Vec<String> = [("gains", &change.gains), ("loses", &change.loses)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(word, names)| format!("{word} {}", tools(names, mark)))
        .collect();
    let _ = write!(text, ": {}", parts.join(", "));
    text
}

/// The line of a rule; that of an imported one has the name of a file in it.
pub(super) fn mark_line(line: &str, mark: Mark) -> String {
    if is_own(line) { line.to_owned() } else { mark(line) }
}

/// The tools that only one catalogue has, and those that were renamed.
pub(super) struct Lists {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) renamed: Vec<String>,
}

impl Lists {
    /// The lists of a change, a line for each tool.
    pub(super) fn of(change: &CatalogueChange, mark: Mark) -> Self {
        let infos = |tools: &[ToolInfo]| -> Vec<String> {
            tools.iter().map(|tool| format!("{} ({})", mark(&tool.name), tool.class.names())).collect()
        };
        let renamed = change
            .renamed
            .iter()
            .map(|renamed| format!("{} to {}, with {}", mark(&renamed.old), mark(&renamed.new), renamed.why));
        Self { added: infos(&change.added), removed: infos(&change.removed), renamed: renamed.collect() }
    }
}

/// How a catalogue differs: a line for each thing, and for each tool.
pub(super) fn catalogue(change: &CatalogueChange, mark: Mark) -> Vec<String> {
    let Lists { added, removed, renamed } = Lists::of(change, mark);
    let lists = [("added", added), ("removed", removed), ("likely renamed", renamed)];
    let mut lines: Vec<String> =
        lists.iter().flat_map(|(what, list)| list.iter().map(move |line| format!("{what}: {line}"))).collect();
    for tool in &change.changed {
        lines.extend(tool_change(tool, mark).into_iter().map(|line| format!("{}: {line}", mark(&tool.name))));
    }
    lines
}

/// How a tool differs: a line for each thing.
pub(super) fn tool_change(tool: &ToolChange, mark: Mark) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(([old, new], why)) = &tool.class {
        // A tool may have several classes, so it may only leave a set, or only join one.
        let moves = |word: &str, from: Classes, to: Classes| {
            let sets = from.iter().filter(|class| !to.has(*class)).map(|class| mark(&format!("@{}", class.name())));
            let sets: Vec<String> = sets.collect();
            (!sets.is_empty()).then(|| format!("{word} {}", sets.join(" and ")))
        };
        let moves: Vec<String> =
            [moves("leaves", *old, *new), moves("joins", *new, *old)].into_iter().flatten().collect();
        lines.push(format!(
            "its class was {} and is {}, because {}; it {}",
            old.names(),
            new.names(),
            mark(why),
            moves.join(" and ")
        ));
    }
    for (word, texts) in [("title", &tool.title), ("description", &tool.description)] {
        if let Some([old, new]) = texts {
            lines.push(match words::text_diff(old, new).filter(|_| !old.is_empty() && !new.is_empty()) {
                Some(diff) => format!("its {word}, which models read: {}", mark(&diff)),
                None => format!("its {word}, which models read, was {} and is {}", text(old, mark), text(new, mark)),
            });
        }
    }
    let hint = |value: &Option<bool>| value.map_or_else(|| "not given".to_owned(), |value| value.to_string());
    for (name, [old, new]) in &tool.annotations {
        lines.push(format!("{name} was {} and is {}", hint(old), hint(new)));
    }
    for argument in &tool.arguments {
        lines.push(format!("argument {}", impact::clause(argument, mark)));
    }
    if tool.schema && tool.arguments.is_empty() {
        lines.push("its inputSchema differs, but not in the names, types and necessity of its arguments".to_owned());
    }
    if let Some([old, new]) = tool.listed {
        lines.push(format!("it was listed {} and is listed {}", count(old, "time"), count(new, "time")));
    }
    lines
}

fn text(text: &str, mark: Mark) -> String {
    if text.is_empty() { "empty".to_owned() } else { mark(&format!("\"{text}\"")) }
}

/// Tools that are new and that the policy opens, which nobody may have had in mind.
pub(super) fn opened(policy: &PolicyDiff, mark: Mark) -> Option<String> {
    let opens = |step: &Move| step.from == Outcome::Absent && step.to == Outcome::Allowed;
    let changes = policy.diff.changes.iter().filter(|change| change.moves.iter().any(opens));
    let names: Vec<ToolName> = changes.flat_map(|change| change.tools.iter().cloned()).collect();
    let (are, calls) = if names.len() == 1 { ("is", "calls of it") } else { ("are", "calls of them") };
    (!names.is_empty()).then(|| {
        format!(
            "{} {are} new, and the policy already allows {calls}: {}",
            count(names.len(), "tool"),
            tools(&names, mark)
        )
    })
}

/// What a verdict means, as a sentence.
pub(super) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "Every call is decided alike, and every limit bounds as much.",
        Verdict::Tighter => "The new side refuses or bounds more, and nothing less.",
        Verdict::Looser => "The new side refuses or bounds less, and nothing more.",
        Verdict::Both => "The new side refuses or bounds less in some ways; in others more, or it is not decided.",
        Verdict::Undecided => "Not all could be decided, so the new side may let pass more.",
    }
}

/// Which policies only one side has.
pub(super) fn alone(report: &Report, mark: Mark) -> Vec<String> {
    let added = report.added.iter().map(|name| format!("Policy {} is new; it cannot be compared.", mark(name)));
    let removed = report.removed.iter().map(|name| format!("Policy {} is gone; it cannot be compared.", mark(name)));
    added.chain(removed).collect()
}

/// The name of a policy, by which several are told apart.
pub(super) fn policy(policy: &PolicyDiff, mark: Mark) -> String {
    match policy.old == policy.new {
        true => format!("Policy {}", mark(&policy.new)),
        false => format!("Policy {}, before {}", mark(&policy.new), mark(&policy.old)),
    }
}

/// A call as JSON, in which what does not show is escaped as JSON escapes it. It stays on one line.
pub(super) fn call(json: &str) -> String {
    visible_json(json).into_owned()
}

/// What a condition says of a call.
pub(super) const fn holds(holds: bool) -> &'static str {
    if holds { "holds" } else { "does not hold" }
}
