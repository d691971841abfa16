//! What the tools of a catalogue do, how sure that is, and why.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::catalogue::{WIDEST, entries};
use super::words::count;
use crate::catalogue::{Catalogue, Class, Classes, Evidence, Tag, Tags, ToolEntry};
use crate::diagnostics::visible;
use crate::ir::Server;

/// Who says what a tool does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Settings,
    Catalogue,
    Inferred,
}

impl By {
    const fn name(self) -> &'static str {
        match self {
            Self::Settings => "policyc.toml",
            Self::Catalogue => "x-policyc",
            Self::Inferred => "inferred",
        }
    }
}

/// A tool with all that is to be said of it.
struct Row<'a> {
    tool: &'a ToolEntry,
    classes: (Classes, By),
    tags: (Tags, By),
    /// How sure the classes are, if they are inferred.
    confidence: Option<&'static str>,
    evidence: &'a [Evidence],
}

fn rows<'a>(server: &'a Server, catalogue: &'a Catalogue, names: &[String]) -> Vec<Row<'a>> {
    let row = |(index, tool): (u32, &'a ToolEntry)| {
        let inferred = catalogue.inferred(index)?;
        let by = |is_set: bool, is_given: bool| match (is_set, is_given) {
            (true, _) => By::Settings,
            (false, true) => By::Catalogue,
            (false, false) => By::Inferred,
        };
        let set = (server.settings.classes(&tool.name), server.settings.tags(&tool.name));
        let classes = set.0.or(tool.given_classes()).unwrap_or(inferred.classes);
        let tags = set.1.or(tool.given_tags()).unwrap_or(inferred.tags);
        let by_classes = by(set.0.is_some(), tool.given_classes().is_some());
        Some(Row {
            tool,
            classes: (classes, by_classes),
            tags: (tags, by(set.1.is_some(), tool.given_tags().is_some())),
            confidence: (by_classes == By::Inferred).then(|| inferred.confidence.name()),
            evidence: &inferred.evidence,
        })
    };
    entries(catalogue, names).into_iter().filter_map(row).collect()
}

/// A line for each tool of some names, or of all: its classes, how sure they are or who gives them, and its tags. With
/// `explain` all evidence follows, also that which does not count because something wins over it.
#[must_use]
pub fn text(server: &Server, catalogue: &Catalogue, names: &[String], explain: bool) -> String {
    let rows = rows(server, catalogue, names);
    let width = rows.iter().map(|row| visible(&row.tool.name).chars().count()).max().unwrap_or(0).min(WIDEST);
    let classes = rows.iter().map(|row| row.classes.0.names().len()).max().unwrap_or(0);
    let mut out = String::new();
    for row in &rows {
        let by = row.confidence.unwrap_or(row.classes.1.name());
        let mut line = format!("{:width$}  {:classes$}  {by:<6}", visible(&row.tool.name), row.classes.0.names());
        if row.tags.0 != Tags::NONE {
            let _ = write!(line, "  {}", row.tags.0.names());
        }
        if row.tags.1 != By::Inferred {
            let _ = write!(line, " (tags: {})", row.tags.1.name());
        }
        let _ = writeln!(out, "{}", line.trim_end());
        if explain {
            for evidence in row.evidence {
                let (sign, weight) = (evidence.sign.name(), evidence.weight.name());
                let _ = writeln!(out, "    {sign}, {weight}: {}", visible(&evidence.saw));
            }
            if row.evidence.is_empty() {
                out.push_str("    nothing says what it does\n");
            }
        }
    }
    let low = rows.iter().filter(|row| row.confidence == Some("low")).count();
    let unsure = if low == 0 { String::new() } else { format!(", {low} with low confidence") };
    let _ = writeln!(out, "{}{unsure}", count(rows.len(), "tool"));
    out
}

/// The same as JSON, always with the evidence.
#[must_use]
pub fn json(server: &Server, catalogue: &Catalogue, names: &[String]) -> Value {
    let tools: Vec<Value> = rows(server, catalogue, names).iter().map(row_json).collect();
    json!({ "version": 1, "tools": tools })
}

fn row_json(row: &Row<'_>) -> Value {
    let evidence = row.evidence.iter().map(|evidence| {
        json!({
            "source": evidence.source.name(),
            "for": evidence.sign.name(),
            "weight": evidence.weight.name(),
            "saw": evidence.saw,
        })
    });
    let most = row.classes.0.most_severe();
    json!({
        "name": row.tool.name,
        "class": most.name(),
        "classes": row.classes.0.iter().map(Class::name).collect::<Vec<_>>(),
        "severity": most.severity(),
        "classesFrom": row.classes.1.name(),
        "confidence": row.confidence,
        "tags": row.tags.0.iter().map(Tag::name).collect::<Vec<_>>(),
        "tagsFrom": row.tags.1.name(),
        "evidence": evidence.collect::<Vec<_>>(),
    })
}
