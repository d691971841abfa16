//! The bounds that the schema of a tool puts on what it runs.

use crate::ir::{Policy, Tool};
use crate::predicate::{Path, Step};
use crate::schema::Schema;

/// More values than this are no list that a person checks.
const VALUES: usize = 12;

/// Words of arguments of which a greater number means more work. Of an age or a threshold a small number may be the worse one, and
/// a bound from above would protect nothing.
const WORK: &[&str] = &[
    "attempts",
    "batch",
    "bytes",
    "chars",
    "characters",
    "concurrency",
    "count",
    "depth",
    "duration",
    "iterations",
    "jobs",
    "length",
    "limit",
    "lines",
    "max",
    "maximum",
    "memory",
    "pages",
    "parallel",
    "parallelism",
    "replicas",
    "results",
    "retries",
    "rows",
    "runs",
    "size",
    "steps",
    "threads",
    "timeout",
    "tokens",
    "top",
    "ttl",
    "wait",
    "workers",
];
/// Words of arguments whose listed values say what is run, where, and how far it reaches.
const SCOPE: &[&str] = &[
    "action",
    "command",
    "engine",
    "env",
    "environment",
    "interpreter",
    "language",
    "mode",
    "model",
    "op",
    "operation",
    "region",
    "role",
    "runtime",
    "scope",
    "shell",
    "strategy",
    "subcommand",
    "target",
    "verb",
];
/// Words of arguments that have nothing to do with it, whatever else their names have.
const ASIDE: &[&str] = &[
    "age",
    "auth",
    "authentication",
    "delay",
    "format",
    "min",
    "minimum",
    "older",
    "output",
    "retry",
    "since",
    "stale",
];

/// What the schemas of a tool say of its arguments, as conditions of the language: the largest number, the listed values. A gateway need not
/// check schemas, so that these are worth a rule.
pub(super) fn of(policy: &Policy, tool: &Tool) -> Vec<String> {
    let Some(catalogue) = policy.server(tool.server).and_then(|server| server.catalogue.as_ref()) else {
        return Vec::new();
    };
    let [entry] = tool.entries.as_slice() else { return Vec::new() };
    let schema: Schema<'_> = catalogue.schema(*entry);
    let mut found = Vec::new();
    for argument in schema.arguments() {
        let steps = [Step::Key(argument.name.clone())];
        let Some(info) = schema.info(&steps) else { continue };
        let words = words(&argument.name);
        let about = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if about(ASIDE) {
            continue;
        }
        let path = Path::args(&steps);
        let most = info.bounds.iter().find_map(|bound| bound.strip_prefix("maximum "));
        let condition = if let Some(most) = most.filter(|_| about(WORK)) {
            format!("{path} <= {most}")
        } else if (2..=VALUES).contains(&info.values.len()) && about(SCOPE) {
            format!("{path} in [{}]", info.values.join(", "))
        } else {
            continue;
        };
        found.push(if argument.required { condition } else { format!("not has {path} or {condition}") });
    }
    found
}

/// The words of a name in lower case: `maxRows`, `max_rows` and `max-rows` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for char in name.chars() {
        if (!char.is_alphanumeric() || char.is_uppercase() && small)
            && words.last().is_some_and(|word| !word.is_empty())
        {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char.is_alphanumeric()) {
            word.extend(char.to_lowercase());
        }
        small = char.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_of_arguments() {
        for (name, wanted) in [
            ("maxRows", "max rows"),
            ("max_rows", "max rows"),
            ("auth-method", "auth method"),
            ("TTL", "ttl"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), wanted, "{name}");
        }
    }
}
