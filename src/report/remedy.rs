//! What can be done about a denied or held call, in words and as JSON.

use super::words::{capital, cut, join};
use crate::eval::Verdict;
use crate::eval::words::{one_line, time};
use crate::json::json_quote;
use crate::remedy::{Approval, Change, Edit, Remedy, Ways};

/// How many characters of a value are shown.
const LONGEST: usize = 120;

/// Each thing that can be done, as a sentence. `tool` is the name of the tool.
#[must_use]
pub fn sentences(remedy: &Remedy, tool: &str) -> Vec<String> {
    let ways = match remedy {
        Remedy::Final { of_valid } => {
            let (valid, tool) = (if *of_valid { "valid " } else { "" }, one_line(tool));
            return vec![format!("Nothing helps: no {valid}call of `{tool}` by this caller passes.")];
        }
        Remedy::Undecided => return vec!["What would pass was not found out.".to_owned()],
        Remedy::Ways(ways) => ways,
    };
    let Ways { approval, retry_at, change } = ways;
    let mut sentences = Vec::new();
    sentences.extend(approval.as_ref().map(approve));
    sentences.extend(retry_at.and_then(time).map(|at| format!("Make the same call again at {at}.")));
    sentences.extend(change.as_ref().map(instead));
    sentences
}

fn approve(approval: &Approval) -> String {
    let names: Vec<String> = approval.by.iter().map(|name| one_line(name).into_owned()).collect();
    if names.is_empty() {
        "Have the call approved.".to_owned()
    } else {
        format!("Have the call approved by {}.", join(&names, "and"))
    }
}

fn instead(change: &Change) -> String {
    let edits = capital(&join(&change.edits.iter().map(edit).collect::<Vec<_>>(), "and"));
    let at = change.at.and_then(time).map_or_else(String::new, |at| format!(", and make the call at {at}"));
    let held = if change.verdict == Verdict::Approval { "; the call then waits for approval" } else { "" };
    format!("{edits}{at}{held}.")
}

fn edit(edit: &Edit) -> String {
    let path = edit.path.to_string();
    let shown = |text: &String| cut(&one_line(text), LONGEST);
    match (&edit.from, &edit.to) {
        (Some(from), Some(to)) => format!("set `{path}` to {} instead of {}", shown(to), shown(from)),
        (None, Some(to)) => format!("add `{path}` with {}", shown(to)),
        (_, None) => format!("leave out `{path}`"),
    }
}

/// A remedy as a JSON text. Values are written as in the call, digit for digit; one that is missing is left out.
#[must_use]
pub fn json(remedy: &Remedy) -> String {
    let ways = match remedy {
        Remedy::Final { of_valid } => {
            return object([("final", Some("true".to_owned())), ("onlyValid", Some(of_valid.to_string()))]);
        }
        Remedy::Undecided => return object([("undecided", Some("true".to_owned()))]),
        Remedy::Ways(ways) => ways,
    };
    object([
        (
            "approval",
            ways.approval
                .as_ref()
                .map(|approval| object([("by", Some(list(approval.by.iter().map(|name| json_quote(name)))))])),
        ),
        ("retryAt", quoted_time(ways.retry_at)),
        ("change", ways.change.as_ref().map(change_json)),
    ])
}

fn change_json(change: &Change) -> String {
    let edits = change.edits.iter().map(|edit| {
        let path = json_quote(&edit.path.to_string());
        object([("path", Some(path)), ("from", edit.from.clone()), ("to", edit.to.clone())])
    });
    object([
        ("decision", Some(json_quote(change.verdict.name()))),
        ("at", quoted_time(change.at)),
        ("arguments", Some(change.arguments.clone())),
        ("edits", Some(list(edits))),
        ("fewest", Some(change.fewest.to_string())),
    ])
}

fn quoted_time(seconds: Option<i64>) -> Option<String> {
    seconds.and_then(time).map(|time| json_quote(&time))
}

/// An object with those members that have a value.
fn object<const N: usize>(members: [(&str, Option<String>); N]) -> String {
    let members = members.into_iter().filter_map(|(name, value)| Some(format!("{}: {}", json_quote(name), value?)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}
