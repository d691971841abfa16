//! The text of a first policy.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::means::Means;
use super::part::{Part, Tools};
use super::{StarterServer, Wanted};
use crate::catalogue::{BuiltIn, Class, Tag};
use crate::syntax::print;

/// What becomes of the tools of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treatment {
    Open,
    Limited(&'static str),
    /// A person approves each call; perhaps not more than so many.
    Approved(Option<&'static str>),
    Hidden,
    Closed,
}

impl Treatment {
    fn of(part: Part, means: &Means) -> Self {
        // Without limits the agent could go on for ever, unless a person looks at each call.
        let approved_or_closed = || if means.approval { Self::Approved(None) } else { Self::Closed };
        let approved = |rate| Self::Approved(means.limits.then_some(rate));
        let kept_away = || if means.hiding { Self::Hidden } else { Self::Closed };
        match part {
            Part::Reads => Self::Open,
            Part::Changes if means.limits => Self::Limited(CHANGES),
            Part::Executions if means.limits => Self::Limited(EXECUTIONS),
            Part::Changes | Part::Executions => approved_or_closed(),
            Part::Messages | Part::Secrets | Part::Permissions | Part::Removals if means.approval => {
                approved(SENSITIVE)
            }

            Part::Payments if means.approval => approved(PAYMENTS),
            _ => kept_away(),
        }
    }
}

const CHANGES: &str = "30/min";
const EXECUTIONS: &str = "10/min";
/// Not above the others: an assertion about a class is about its tools in each part.
const SENSITIVE: &str = "10/hour";
const PAYMENTS: &str = "5/hour";

/// The statements that declare the servers.
pub(super) fn servers(servers: &[StarterServer]) -> String {
    let mut out = String::new();
    for server in servers {
        let _ = writeln!(out, "server {} from {};", name(&server.name), print::string(&server.catalogue));
    }
    out.push('\n');
    out
}

/// A name of a server: what no name of the language can have becomes a hyphen.
fn name(wanted: &str) -> String {
    let safe = |char: char| if char.is_ascii_alphanumeric() || char == '_' { char } else { '-' };
    let name: String = wanted.chars().map(safe).collect();
    let name = name.trim_matches('-');
    let name = if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name.to_owned()
    } else {
        format!("server-{name}")
    };
    let name = name.trim_end_matches('-').to_owned();
    if print::is_bare(&name) { name } else { format!("{name}-server") }
}

/// Everything after the servers, but for the tests.
pub(super) fn body(tools: &Tools, means: &Means, wanted: &Wanted<'_>) -> String {
    let mut out = String::new();
    let of = if wanted.servers.len() == 1 { "the server" } else { "the servers" };
    let _ = writeln!(
        out,
        "// A first policy for {} tools. It opens tools by name, so that what {of} may add stays closed.\n\
         // The parts follow the classes of the tools: see that each tool is in the right one.\n\ndeny *;\n",
        tools.len()
    );
    for part in Part::ALL {
        let names: Vec<&str> = tools.in_part(part).map(|tool| tool.name.as_str()).collect();
        if !names.is_empty() {
            section(part, &names, tools, means, &mut out);
        }
    }
    promises(tools, means, &mut out);
    out
}

fn section(part: Part, names: &[&str], tools: &Tools, means: &Means, out: &mut String) {
    let treatment = Treatment::of(part, means);
    let group = part.group();
    let what = match part {
        Part::Reads => "These only read",
        Part::Changes => "These add or change something",
        Part::Executions => "These run what the agent writes",
        Part::Messages => "These reach people",
        Part::Secrets => "These handle passwords, keys or tokens",
        Part::Permissions => "These change who may do what",
        Part::Removals => "What these take away may not come back",
        Part::Payments => "These move money, or commit to it",
        Part::Suspicious => "Their descriptions seem to give orders to the model, so read them",
    };
    let becomes = match treatment {
        Treatment::Open => "they are open.",
        Treatment::Limited(_) => "the number of calls is limited.",
        Treatment::Approved(_) => "a person approves each call.",
        Treatment::Hidden => "the agent is not offered them.",
        Treatment::Closed => "they stay closed.",
    };
    let _ = writeln!(out, "// {what}: {becomes}");
    if treatment == Treatment::Closed {
        for line in names.chunks(6) {
            let _ = writeln!(out, "//   {}", line.join(", "));
        }
        out.push('\n');
        return;
    }
    let _ = writeln!(out, "group {group} = {};", names.join(", "));
    match treatment {
        Treatment::Open => {
            let _ = writeln!(out, "allow @{group};");
        }
        Treatment::Limited(rate) => {
            let _ = writeln!(out, "limit @{group} {rate};");
        }
        Treatment::Approved(rate) => {
            let _ = writeln!(out, "require approval for @{group};");
            if let Some(rate) = rate {
                let _ = writeln!(out, "limit @{group} {rate};");
            }
        }
        Treatment::Hidden => {
            let _ = writeln!(out, "hide @{group};");
        }
        Treatment::Closed => {}
    }
    if means.bounds && treatment != Treatment::Hidden {
        // Tools with the same arguments share a rule.
        let mut bounds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for tool in tools.in_part(part) {
            tool.bounds.iter().for_each(|bound| bounds.entry(bound).or_default().push(&tool.name));
        }
        for (bound, tools) in bounds {
            let _ = writeln!(out, "require {bound} for {};", tools.join(", "));
        }
    }
    out.push('\n');
}

/// What the policy promises, as assertions about classes: they also hold for what a later catalogue lists.
fn promises(tools: &Tools, means: &Means, out: &mut String) {
    let sets = [
        (BuiltIn::Class(Class::Write), Part::Changes),
        (BuiltIn::Class(Class::Execute), Part::Executions),
        (BuiltIn::Tag(Tag::Sends), Part::Messages),
        (BuiltIn::Tag(Tag::Secrets), Part::Secrets),
        (BuiltIn::Tag(Tag::Permissions), Part::Permissions),
        (BuiltIn::Class(Class::Destructive), Part::Removals),
        (BuiltIn::Class(Class::Financial), Part::Payments),
    ];
    for (set, part) in sets.into_iter().filter(|(set, _)| tools.have(*set)) {
        let set = set.name();
        let _ = match Treatment::of(part, means) {
            Treatment::Open => continue,
            Treatment::Limited(rate) => writeln!(out, "assert limit @{set} {rate};"),
            Treatment::Approved(_) => writeln!(out, "assert approval for @{set};"),
            Treatment::Hidden | Treatment::Closed => writeln!(out, "assert deny @{set};"),
        };
    }
}
