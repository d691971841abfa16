//! Two catalogues of a server, compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::words;
use crate::catalogue::flags::Flag;
use crate::describe::code;
use crate::diagnostics::{shown, visible_json};
use crate::diff::catalogues::{Admitted, Answer, CatalogueDiff};
use crate::diff::{Verdict, catalogues};
use crate::report::words::{Mark, count, join, text_diff};

/// The most characters of one text or example.
const MOST_CHARS: usize = 2_000;
/// Longer lists are folded away in Markdown.
const MOST_LINES: usize = 40;

fn plain(text: &str) -> String {
    shown(text, MOST_CHARS)
}

/// The comparison for people at a terminal. `names` are the files, the old one first.
#[must_use]
pub fn text(diff: &CatalogueDiff, names: &[String; 2]) -> String {
    let [old, new] = names;
    let mut out = format!("{} -> {}: {}\n{}\n", plain(old), plain(new), diff.verdict().name(), sizes(diff));
    for (title, lines) in sections(diff, plain) {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "\n{title}");
        lines.iter().for_each(|line| {
            let _ = writeln!(out, "  {line}");
        });
    }
    out
}

/// The comparison as Markdown, for a comment on a pull request.
#[must_use]
pub fn markdown(diff: &CatalogueDiff, names: &[String; 2]) -> String {
    let [old, new] = names;
    let verdict = diff.verdict();
    let sign = match verdict {
        _ if !diff.flags.is_empty() => "⚠️",
        Verdict::Same => "✅",
        Verdict::Tighter => "🔒",
        Verdict::Looser | Verdict::Both | Verdict::Undecided => "⚠️",
    };
    let head =
        format!("## {sign} Catalogue change: {}\n\n{} → {}. {}\n", verdict.name(), code(old), code(new), sizes(diff));
    sections(diff, code).into_iter().fold(head, |mut out, (title, lines)| {
        let list: String = lines.iter().map(|line| format!("- {line}\n")).collect();
        let _ = match lines.len() > MOST_LINES {
            true => write!(out, "\n<details><summary>{title} ({})</summary>\n\n{list}\n</details>\n", lines.len()),
            false => write!(out, "\n### {title}\n\n{list}"),
        };
        out
    })
}

fn sizes(diff: &CatalogueDiff) -> String {
    format!("{} before, {} now.", count(diff.change.before, "tool"), diff.change.after)
}

/// What is said, by title. Texts from catalogues stand in it as `mark` writes them.
fn sections(diff: &CatalogueDiff, mark: Mark) -> Vec<(&'static str, Vec<String>)> {
    let change = &diff.change;
    let flagged = diff.flags.iter().flat_map(|(tool, flags)| flags.iter().map(move |flag| flag_line(tool, flag, mark)));
    let mut lists = words::Lists::of(change, mark);
    let mut changed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for tool in &change.changed {
        let mut lines = words::tool_change(tool, mark);
        for argument in tool.arguments.iter().filter(|argument| argument.matters()) {
            let [Some(old), Some(new)] = &argument.said else { continue };
            let [old, new] = [old, new].map(|said| said.description.as_deref().unwrap_or_default());
            if let Some(texts) = text_diff(old, new).filter(|_| old != new) {
                lines.push(format!(
                    "argument {}: its description, which models read: {}",
                    mark(&argument.name),
                    mark(&texts)
                ));
            }
        }
        changed.insert(&tool.name, lines);
    }
    for (tool, schema) in &diff.schemas {
        let lines = changed.entry(tool).or_default();
        for (argument, admitted) in &schema.arguments {
            lines.push(format!("argument {}: {}", mark(argument), admitted_words(admitted, "value", mark)));
        }
        lines.push(format!("its calls: {}", admitted_words(&schema.calls, "call", mark)));
    }
    for (tool, texts) in &diff.texts {
        let lines = changed.entry(tool).or_default();
        for (place, [old, new]) in texts {
            let texts = text_diff(old, new).unwrap_or_else(|| format!("{old} -> {new}"));
            lines.push(format!("{}, which models read: {}", mark(place), mark(&texts)));
        }
    }
    for (tool, members) in &diff.members {
        changed.entry(tool).or_default().push(members_line(members, mark));
    }
    let lines = changed.iter().flat_map(|(tool, lines)| lines.iter().map(|line| format!("{}: {line}", mark(tool))));
    let all = [
        ("Text to look at", flagged.collect()),
        ("Added", std::mem::take(&mut lists.added)),
        ("Removed", std::mem::take(&mut lists.removed)),
        ("Likely renamed", std::mem::take(&mut lists.renamed)),
        ("Changed", lines.collect()),
    ];
    all.into_iter().filter(|(_, lines): &(_, Vec<String>)| !lines.is_empty()).collect()
}

fn members_line(members: &BTreeSet<String>, mark: Mark) -> String {
    let names: Vec<String> = members.iter().map(|name| mark(name)).collect();
    format!("{} {}", join(&names, "and"), if names.len() == 1 { "differs" } else { "differ" })
}

/// Where something odd stands, and what it is.
pub(in crate::report) fn flag_line(tool: &str, flag: &Flag, mark: Mark) -> String {
    // The excerpt is in backticks already.
    let excerpt = flag.excerpt.trim_start_matches('`').trim_end_matches('`');
    format!("{}, {}: {}: {}", mark(tool), mark(&flag.place), flag.oddity.words(), mark(excerpt))
}

fn admitted_words(admitted: &Admitted, what: &str, mark: Mark) -> String {
    let mut parts = Vec::new();
    for (answer, verdict, is) in
        [(&admitted.more, "looser", "newly valid"), (&admitted.less, "tighter", "no longer valid")]
    {
        match answer {
            Answer::None => {}
            Answer::Example(example) => {
                parts.push(format!("{verdict}, as {} is {is}", mark(&visible_json(example))));
            }
            Answer::Undecided => parts.push(format!("undecided whether some {what} is {is}")),
        }
    }
    if parts.is_empty() { format!("every {what} is as valid as before") } else { parts.join("; ") }
}

/// The comparison as JSON, version 1.
#[must_use]
pub fn json(diff: &CatalogueDiff, names: &[String; 2]) -> Value {
    let [old, new] = names;
    let schemas = diff.schemas.iter().map(|(tool, schema)| {
        let arguments = schema.arguments.iter().map(|(name, admitted)| {
            let mut value = admitted_json(admitted);
            crate::report::words::add(&mut value, [("name", json!(name))]);
            value
        });
        json!({ "tool": tool, "calls": admitted_json(&schema.calls), "arguments": arguments.collect::<Vec<_>>() })
    });
    let flags = diff.flags.iter().flat_map(|(tool, flags)| flags.iter().map(move |flag| flag_json(tool, flag)));
    let texts = diff.texts.iter().flat_map(|(tool, texts)| {
        let one = move |(place, [old, new]): &(String, [String; 2])| {
            json!({ "tool": tool, "place": place, "old": old, "new": new })
        };
        texts.iter().map(one)
    });
    json!({
        "version": 1,
        "old": old,
        "new": new,
        "verdict": diff.verdict().name(),
        "flags": flags.collect::<Vec<_>>(),
        "change": super::json::catalogue(&diff.change),
        "schemas": schemas.collect::<Vec<_>>(),
        "texts": texts.collect::<Vec<_>>(),
        "members": diff.members,
    })
}

/// Something odd as JSON.
pub(in crate::report) fn flag_json(tool: &str, flag: &Flag) -> Value {
    json!({ "tool": tool, "place": flag.place, "what": flag.oddity.words(), "excerpt": flag.excerpt })
}

fn admitted_json(admitted: &catalogues::Admitted) -> Value {
    let answer = |answer: &Answer| match answer {
        Answer::None => json!({ "certain": true, "example": null }),
        Answer::Example(example) => json!({ "certain": true, "example": example }),
        Answer::Undecided => json!({ "certain": false, "example": null }),
    };
    json!({ "verdict": admitted.verdict().name(), "more": answer(&admitted.more), "less": answer(&admitted.less) })
}
