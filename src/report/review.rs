//! What catalogues say of tools that nobody has read yet.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::diff::catalogues::{flag_json, flag_line};
use super::words::{count, join_some};
use crate::catalogue::flags::{self, Flag};
use crate::catalogue::{Catalogue, Class, Classes};
use crate::diagnostics::{quote, shown, visible, visible_lines};
use crate::json::compact;
use crate::lock::{LockedServer, Review, Unseen};

/// The most characters that are shown of a member that is neither text nor schema.
const MOST_CHARS: usize = 400;

/// A tool that somebody should read.
pub struct ToolReview<'a> {
    /// The name of its server in the lock.
    pub server: &'a str,
    /// Its name.
    pub tool: &'a str,
    catalogue: &'a Catalogue,
    unseen: Unseen,
    /// The last mark.
    last: Option<Review>,
    classes: Option<(Classes, String)>,
    flags: Vec<Flag>,
}

/// What was marked as read.
#[derive(Debug, Default)]
pub struct Marked {
    /// How many tools.
    pub count: usize,
    /// Tools that could not be marked, since they are not in the lock.
    pub unlocked: Vec<String>,
}

impl ToolReview<'_> {
    /// Whether it has text that does not show or that addresses the model.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        !self.flags.is_empty()
    }
}

/// The tools of a server that nobody has read as they are, in order of their names; of some names only, if some are given.
#[must_use]
pub fn unseen<'a>(
    server: &'a str,
    locked: &'a LockedServer,
    catalogue: &'a Catalogue,
    names: &[String],
) -> Vec<ToolReview<'a>> {
    let names =
        catalogue.names().iter().filter(|name| names.is_empty() || names.iter().any(|wanted| **wanted == ***name));
    let review = |tool: &'a str| {
        let unseen = locked.unseen(catalogue, tool)?;
        let entries = catalogue.entries(tool);
        let known = locked.tools.get(tool);
        let listings = entries.iter().filter_map(|entry| catalogue.value(*entry));
        Some(ToolReview {
            server,
            tool,
            catalogue,
            unseen,
            last: known.and_then(|tool| tool.reviewed.clone()),
            classes: catalogue
                .classes_of(entries, known.map(|tool| tool.sets.classes))
                .map(|(classes, why)| (classes, why.to_owned())),
            flags: listings.flat_map(flags::of_listing).collect(),
        })
    };
    names.filter_map(|name| review(name)).collect()
}

/// The tools for people, with everything that a model reads.
#[must_use]
pub fn text(reviews: &[ToolReview<'_>], marked: Option<&Marked>) -> String {
    let mut out = String::new();
    for review in reviews {
        one(review, &mut out);
        out.push('\n');
    }
    let flagged = reviews.iter().filter(|review| review.is_flagged()).count();
    // Writing to a string cannot fail.
    let _ = match (reviews.len(), marked) {
        (0, _) => writeln!(out, "everything has been read"),
        (all, None) => writeln!(out, "{} to read, {flagged} with text to look at first", count(all, "tool")),
        (_, Some(marked)) => writeln!(out, "{} marked as read", count(marked.count, "tool")),
    };
    if let Some(marked) = marked.filter(|marked| !marked.unlocked.is_empty()) {
        let names: Vec<String> = marked.unlocked.iter().map(|name| quote(name)).collect();
        let _ = writeln!(
            out,
            "not in the lock, so not marked: {}; run `policyc catalogue lock` first",
            join_some(names, 12)
        );
    }
    out
}

fn one(review: &ToolReview<'_>, out: &mut String) {
    let classes = review
        .classes
        .as_ref()
        .map_or_else(String::new, |(classes, why)| format!("  ({}: {})", classes.names(), visible(why)));
    let state = match (&review.unseen, &review.last) {
        (Unseen::Change, Some(Review { at, by: Some(by), .. })) => {
            format!("changed since {at}, when {} read it", shown(by, 80))
        }
        (Unseen::Change, Some(Review { at, .. })) => format!("changed since it was read at {at}"),
        _ => "never read".to_owned(),
    };
    let _ = writeln!(out, "{}::{}{classes}: {state}", visible(review.server), visible(review.tool));
    for flag in &review.flags {
        let _ = writeln!(out, "  LOOK AT {}", flag_line(review.tool, flag, |text| shown(text, MOST_CHARS)));
    }
    for entry in review.catalogue.entries(review.tool) {
        let Some(tool) = review.catalogue.value(*entry) else { continue };
        for (key, value) in tool.entries() {
            let key = key.as_str().unwrap_or_default();
            match (key, value.as_str()) {
                ("name" | "inputSchema" | "x-policyc", _) => {}
                (_, Some(text)) => indented(key, text, out),
                _ => {
                    let _ = writeln!(out, "  {}: {}", visible(key), shown(&compact(value.source()), MOST_CHARS));
                }
            }
        }
        for argument in review.catalogue.schema(*entry).arguments() {
            let required = if argument.required { "required" } else { "optional" };
            let name = format!("args.{} {}, {required}", argument.name, argument.type_text);
            indented(&name, argument.description.as_deref().unwrap_or_default(), out);
        }
        flags::sentences(tool, &mut |text, way| {
            // What is shown above is not shown again.
            let names: Vec<&str> = way.iter().map(String::as_str).collect();
            if !matches!(names.as_slice(), [_] | ["inputSchema", "properties", _, "description"]) {
                indented(&flags::place(way), text, out);
            }
        });
    }
}

/// A text below its name; what does not show is written out.
fn indented(name: &str, text: &str, out: &mut String) {
    let text = visible_lines(text);
    let mut lines = text.lines();
    let _ = match (lines.next(), text.contains('\n')) {
        (None, _) => writeln!(out, "  {}", visible(name)),
        (Some(line), false) => writeln!(out, "  {}: {line}", visible(name)),
        (Some(_), true) => {
            // A bar in front of each line, so that none of them can be taken for one of ours.
            writeln!(out, "  {}:\n    | {}", visible(name), text.lines().collect::<Vec<_>>().join("\n    | "))
        }
    };
}

/// The tools as JSON, version 1.
#[must_use]
pub fn json(reviews: &[ToolReview<'_>], marked: Option<&Marked>) -> Value {
    let tools = reviews.iter().map(|review| {
        let state = match review.unseen {
            Unseen::Tool => "new",
            Unseen::Change => "changed",
        };
        let last = review.last.as_ref().map(|last| json!({ "at": last.at, "by": last.by }));
        let classes = review.classes.iter().flat_map(|(classes, _)| classes.iter().map(Class::name));
        json!({
            "server": review.server,
            "tool": review.tool,
            "state": state,
            "last": last,
            "classes": classes.collect::<Vec<_>>(),
            "flags": review.flags.iter().map(|flag| flag_json(review.tool, flag)).collect::<Vec<_>>(),
            "digest": review.catalogue.digests(review.tool).map(|digests| digests.whole().to_string()),
        })
    });
    let marked = marked.map(|marked| json!({ "count": marked.count, "unlocked": marked.unlocked }));
    json!({ "version": 1, "tools": tools.collect::<Vec<_>>(), "marked": marked })
}
