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
            Part::Merges | Part::Messages | Part::Secrets | Part::Permissions | Part::Removals if means.approval => {
                approved(SENSITIVE)
            }
            Part::Payments if means.approval => approved(PAYMENTS),
            _ => kept_away(),
        }
    }
}

/// Why a call is denied that its schema would not admit.
const OUT_OF_BOUNDS: &str = "Outside the bounds of its schema.";
/// How many names stand on a line of a comment.
const ON_A_LINE: usize = 6;

const CHANGES: &str = "30/min";
const EXECUTIONS: &str = "10/min";
/// Not above the others: an assertion about a class is about its tools in each part.
const SENSITIVE: &str = "10/hour";
const PAYMENTS: &str = "5/hour";
/// For all changes together: what none of the limits of single tools can promise. Where a person approves nearly all of them, no
/// more than that person can look at.
const TOGETHER: [&str; 2] = ["100/hour", "20/hour"];

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
        "// A first policy for {}. It opens tools by name, so that what {of} may add stays closed.\n\
         // The parts follow the classes of the tools: see that each tool is in the right one.\n\ndeny *;\n",
        count(tools.len())
    );
    for part in Part::ALL {
        let names: Vec<&str> = tools.in_part(part).map(|tool| tool.name.as_str()).collect();
        if !names.is_empty() {
            section(part, &names, tools, means, &mut out);
        }
    }
    if let Some(rate) = together(tools, means) {
        let _ = writeln!(out, "// All changes together, whichever tools make them.");
        let _ = writeln!(out, "limit total @changes {rate} as \"changes\";\n");
    }
    promises(tools, means, &mut out);
    out
}

fn count(tools: usize) -> String {
    if tools == 1 { "one tool".to_owned() } else { format!("{tools} tools") }
}

/// The one limit for all changes: the widest that refuses something which those of single tools let pass.
fn together(tools: &Tools, means: &Means) -> Option<&'static str> {
    let in_an_hour = |part| match Treatment::of(part, means) {
        Treatment::Limited(rate) | Treatment::Approved(Some(rate)) => hourly(rate),
        // What a person approves without a limit can be any number.
        Treatment::Open | Treatment::Approved(None) => u64::MAX,
        Treatment::Hidden | Treatment::Closed => 0,
    };
    let changes = tools.all().filter(|tool| tool.is_in(BuiltIn::Changes));
    let all = changes.fold(0_u64, |all, tool| all.saturating_add(in_an_hour(tool.part)));
    TOGETHER.into_iter().find(|rate| means.limits && means.total && all > hourly(rate))
}

/// How many calls a rate such as `30/min` lets pass in an hour.
fn hourly(rate: &str) -> u64 {
    let (number, unit) = rate.split_once('/').unwrap_or((rate, ""));
    let number: u64 = number.parse().unwrap_or(u64::MAX);
    if unit == "min" { number.saturating_mul(60) } else { number }
}

/// Names in a comment.
fn listed(names: &[&str], out: &mut String) {
    for line in names.chunks(ON_A_LINE) {
        let _ = writeln!(out, "//   {}", line.join(", "));
    }
}

fn section(part: Part, names: &[&str], tools: &Tools, means: &Means, out: &mut String) {
    let treatment = Treatment::of(part, means);
    let group = part.group();
    let what = match part {
        Part::Reads => "These only read",
        Part::Changes => "These add or change something",
        Part::Executions => "These run code, commands, queries, jobs or agents",
        Part::Merges => "These bring code to where others use it",
        Part::Messages => "These reach people",
        Part::Secrets => "These read or change passwords, keys, tokens, or settings that hold some",
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
    let doubtful: Vec<&str> = tools.in_part(part).filter(|tool| tool.doubtful).map(|tool| tool.name.as_str()).collect();
    if !doubtful.is_empty() && part != Part::Suspicious {
        let _ = writeln!(out, "// Look first at these, of which the catalogue says little:");
        listed(&doubtful, out);
    }
    if treatment == Treatment::Closed {
        listed(names, out);
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
            let _ = writeln!(out, "require {bound} for {} because {};", tools.join(", "), print::string(OUT_OF_BOUNDS));
        }
    }
    out.push('\n');
}

/// What the policy promises, as assertions: first by the names of the tools as they are in this catalogue, whatever becomes of the
/// groups, then by their classes and tags, for what a later catalogue lists.
fn promises(tools: &Tools, means: &Means, out: &mut String) {
    let mut opened: Vec<String> = Vec::new();
    let mut named = String::new();
    for part in Part::ALL {
        let names: Vec<&str> = tools.in_part(part).map(|tool| tool.name.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        let names = names.join(", ");
        let treatment = Treatment::of(part, means);
        if !matches!(treatment, Treatment::Hidden | Treatment::Closed) {
            opened.push(format!("@{}", part.group()));
        }
        let _ = match treatment {
            Treatment::Open => Ok(()),
            // Changes are many and harmless enough; what counts is how many there are together.
            Treatment::Limited(_) if part == Part::Changes && together(tools, means).is_some() => Ok(()),
            Treatment::Limited(rate) => writeln!(named, "assert limit {names} {rate};"),
            Treatment::Approved(_) => writeln!(named, "assert approval for {names};"),
            Treatment::Hidden | Treatment::Closed => writeln!(named, "assert deny {names};"),
        };
    }
    let _ = writeln!(out, "// Promises. Nothing is open but what these groups list.");
    let except = if opened.is_empty() { String::new() } else { format!(" except {}", opened.join(", ")) };
    let _ = writeln!(out, "assert deny *{except};");
    if let Some(rate) = together(tools, means) {
        let _ = writeln!(out, "assert limit @changes {rate};");
    }
    if !named.is_empty() {
        let _ = writeln!(out, "\n// By name, whatever group a tool is moved to.\n{named}");
    }
    let sets = [
        (BuiltIn::Tag(Tag::Sends), Part::Messages),
        (BuiltIn::Tag(Tag::Secrets), Part::Secrets),
        (BuiltIn::Tag(Tag::Permissions), Part::Permissions),
        (BuiltIn::Class(Class::Destructive), Part::Removals),
        (BuiltIn::Class(Class::Financial), Part::Payments),
    ];
    let (mut held, mut denied): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (set, part) in sets.into_iter().filter(|(set, _)| tools.have(*set)) {
        let approved = matches!(Treatment::of(part, means), Treatment::Approved(_));
        if approved { &mut held } else { &mut denied }.push(format!("@{}", set.name()));
    }
    if held.is_empty() && denied.is_empty() {
        return;
    }
    let _ = writeln!(out, "// By class and tag: they also hold for what a later catalogue lists.");
    for (what, sets) in [("approval for", held), ("deny", denied)] {
        if !sets.is_empty() {
            let _ = writeln!(out, "assert {what} {};", sets.join(", "));
        }
    }
}
