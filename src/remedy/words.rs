//! Remedies in words.

use super::{Approval, Change, Edit, Remedy, Ways};
use crate::diagnostics::{capital, cut, join};
use crate::eval::Verdict;
use crate::eval::words::{one_line, time};

/// How many characters of a value are shown.
const LONGEST: usize = 120;

impl Remedy {
    /// Each thing that can be done, as a sentence. `tool` is the name of the tool.
    #[must_use]
    pub fn sentences(&self, tool: &str) -> Vec<String> {
        let ways = match self {
            Self::Final { of_valid } => {
                let (valid, tool) = (if *of_valid { "valid " } else { "" }, one_line(tool));
                return vec![format!("Nothing helps: no {valid}call of `{tool}` by this caller passes.")];
            }
            Self::Undecided => return vec!["What would pass was not found out.".to_owned()],
            Self::Ways(ways) => ways,
        };
        let Ways { approval, retry_at, change } = ways;
        let mut sentences = Vec::new();
        sentences.extend(approval.as_ref().map(approve));
        sentences.extend(retry_at.and_then(time).map(|at| format!("Make the same call again at {at}.")));
        sentences.extend(change.as_ref().map(instead));
        sentences
    }
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
