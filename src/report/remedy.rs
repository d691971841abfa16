//! What can be done about a denied or held call, as JSON. The words are those of [`Remedy::sentences`].

use crate::eval::words::time;
use crate::json::json_quote;
use crate::remedy::{Change, Remedy};

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
