//! What limits let pass.

mod json;
mod sequence;

pub use json::json;

use std::collections::BTreeMap;

use sequence::{Clock, words};

use super::About;
use super::words::{capital, is_own, join, tool, wrap};
use crate::bounds::{self, Bound, CallKinds, DAY, HOUR, Model, Never, Report, Stretch, ToolBounds};
use crate::decimal::Decimal;
use crate::describe::{code, number};
use crate::ir::{Subject, window_words};
use crate::predicate::Path;

/// The lengths that are asked about, besides those of windows.
const ASKED: [u64; 2] = [HOUR, DAY];

/// What limits let pass, and of which tools that is not known.
#[derive(Debug, Clone)]
pub struct LimitFindings {
    report: Report,
    undecided: Vec<Subject>,
}

impl LimitFindings {
    /// Finds out what the limits of a policy or a document let pass: of the tools of one name, or of all.
    #[must_use]
    pub fn of(model: &Model<'_>, tool: Option<&str>) -> Self {
        let CallKinds { kinds, mut undecided } = bounds::kinds(model);
        let asked = |subject: &Subject| tool.is_none() || model.name(*subject) == tool;
        let decided = |subject: &Subject| !undecided.contains(subject);
        let subjects: Vec<Subject> = model.subjects().into_iter().filter(asked).filter(decided).collect();
        let mut report = bounds::bounds(model, &subjects, &kinds, &ASKED);
        // A total counts calls of which nothing is known.
        report.never.retain(|never| never.subject.as_ref().map_or(undecided.is_empty(), &asked));
        undecided.retain(asked);
        // Of gateways that count otherwise than the language some bound may be known.
        undecided.retain(|subject| {
            let found = bounds::coarse(model, *subject, &ASKED);
            let is_open = found.is_none();
            report.tools.extend(found);
            is_open
        });
        report.tools.sort_by_key(|tool| (tool.subject.server, tool.subject.tool.is_none(), tool.subject.tool));
        Self { report, undecided }
    }
}

/// "line 4", the file and the line of an imported rule, or the name of a rule of a document.
fn place(model: &Model<'_>, rule: usize) -> String {
    match model.decider().origin(rule) {
        Some(origin) if is_own(&origin.line) => format!("line {}", origin.line),
        Some(origin) => code(&origin.line),
        None => code(&model.decider().rule_name(rule)),
    }
}

/// "lines 4 and 6"
fn places(model: &Model<'_>, rules: &[usize]) -> String {
    let mut all: Vec<String> = rules.iter().map(|rule| place(model, *rule)).collect();
    all.dedup();
    let text = join(&all, "and");
    // "lines 3 and 5"
    if all.len() > 1 && all.iter().all(|place| place.starts_with("line ")) {
        return format!("lines {}", text.replace("line ", ""));
    }
    text
}

fn subject_name(model: &Model<'_>, subject: Subject) -> String {
    let server = Some(model.server(subject)).filter(|_| model.count_servers() > 1);
    match (model.name(subject), server) {
        (None, Some(server)) => format!("any other tool of the server {}", code(server)),
        (name, server) => tool(server, name, code),
    }
}

const FRAME: &str = "What one grant with one caller can get through of each tool: from one full window, hour or day to the \
next (by the clock), and in any stretch of that length, across their edges. Calls that need approval are taken as approved. Nothing bounds all grants together unless it \
is said.";

/// What the limits of a policy or a document let pass, in lines of some width.
#[must_use]
pub fn text(about: About<'_>, model: &Model<'_>, found: &LimitFindings, width: usize) -> String {
    let LimitFindings { report, undecided } = found;
    let mut out = format!("{} {}\n\n", capital(about.key()), code(about.name()));
    wrap(FRAME, "", width, &mut out);
    // Tools of which the same is said stand together, in the order of the first of each.
    let mut groups: Vec<(Vec<String>, String)> = Vec::new();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let (mut free, mut closed) = (Vec::new(), Vec::new());
    for tool in &report.tools {
        let name = subject_name(model, tool.subject);
        let text = tool_text(model, report, tool, width);
        match (tool.kinds, is_free(tool)) {
            (0, _) => closed.push(name),
            (_, true) => free.push(name),
            _ => {
                let number = *numbers.entry(text.clone()).or_insert(groups.len());
                match groups.get_mut(number) {
                    Some((names, _)) => names.push(name),
                    None => groups.push((vec![name], text)),
                }
            }
        }
    }
    for (names, text) in groups {
        out.push('\n');
        wrap(&names.join(", "), "", width, &mut out);
        out.push_str(&text);
    }
    let totals: Vec<String> =
        report.never.iter().filter(|never| never.subject.is_none()).map(|never| never_words(model, never)).collect();
    if !totals.is_empty() {
        out.push_str("\nTotals\n");
        totals.iter().for_each(|text| wrap(text, "  - ", width, &mut out));
    }
    let undecided = undecided.iter().map(|subject| subject_name(model, *subject)).collect();
    let open = match about {
        About::Policy(_) => "Too much work to decide",
        About::Document(_) => {
            "Not decided, because its counters are like no limit of the language or it is too much work"
        }
    };
    let rest = [("Without any limit", free), ("No call passes", closed), (open, undecided)];
    for (title, names) in rest {
        if !names.is_empty() {
            out.push('\n');
            wrap(&format!("{title}: {}", names.join(", ")), "", width, &mut out);
        }
    }
    out
}

/// Whether no limit says anything of the calls that pass.
fn is_free(tool: &ToolBounds) -> bool {
    tool.sums.is_empty() && tool.calls.iter().all(|stretch| stretch.any.most.is_none())
}

fn tool_text(model: &Model<'_>, report: &Report, tool: &ToolBounds, width: usize) -> String {
    let mut out = table(model, "calls", &tool.calls);
    for sum in &tool.sums {
        out.push_str(&table(model, &format!("sum of {}", code(&sum.path.to_string())), &sum.stretches));
    }
    let mut said = sequences(None, &tool.calls);
    for sum in &tool.sums {
        said.extend(sequences(Some(&sum.path), &sum.stretches));
    }
    said.extend(wide(tool));
    let never = report.never.iter().filter(|never| never.subject == Some(tool.subject));
    said.extend(never.map(|never| never_words(model, never)));
    said.iter().for_each(|text| wrap(text, "  - ", width, &mut out));
    out
}

/// The unit or window of a row: "minute", "5 minutes".
fn length_words(seconds: u64) -> String {
    let words = window_words(seconds);
    words.strip_prefix("one ").map(str::to_owned).unwrap_or(words)
}

fn bound_words(bound: &Bound) -> String {
    match &bound.most {
        None => "no bound".to_owned(),
        Some(most) if bound.exact => number(most),
        Some(most) => format!("at most {}", number(most)),
    }
}

fn table(model: &Model<'_>, title: &str, stretches: &[Stretch]) -> String {
    let head = [title.to_owned(), "by the clock".to_owned(), "in any stretch".to_owned(), "by".to_owned()];
    let rows = stretches.iter().map(|stretch| {
        let any = &stretch.any;
        [length_words(stretch.seconds), bound_words(&stretch.by_the_clock), bound_words(any), places(model, &any.by)]
    });
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (first, second, third) = (width(0), width(1), width(2));
    let mut out = String::new();
    for [length, clock, any, by] in &rows {
        let line = format!("  {length:<first$}  {clock:>second$}  {any:>third$}  {by}");
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// How the most in an hour and in a day comes about.
fn sequences(path: Option<&Path>, stretches: &[Stretch]) -> Vec<String> {
    let said = stretches.iter().filter(|stretch| [HOUR, DAY].contains(&stretch.seconds)).filter_map(|stretch| {
        let bound = &stretch.any;
        let most = bound.most.as_ref().filter(|most| !most.is_zero())?;
        let unit = if stretch.seconds == HOUR { "hour" } else { "day" };
        let of = path.map_or_else(String::new, |path| format!("sum of {}, ", code(&path.to_string())));
        let Some(sequence) = &bound.sequence else {
            return (!bound.exact).then(|| {
                format!(
                    "{of}in any {unit}: that more than {} cannot pass is proved, that so much can is not.",
                    number(most)
                )
            });
        };
        let aside = match (bound.exact, path) {
            (true, _) => "",
            (false, _) => "the most that was found is ",
        };
        let total = match path {
            None => {
                format!("{} {}", number(&sequence.total), if sequence.total == Decimal::ONE { "call" } else { "calls" })
            }
            Some(_) => number(&sequence.total),
        };
        let daily = stretches.iter().all(|stretch| DAY.is_multiple_of(stretch.seconds));
        let clock = if daily { Clock::TimeOfDay } else { Clock::Date };
        Some(format!("{of}in any {unit}: {aside}{total}, as {}.", words(sequence, clock)))
    });
    said.map(|text| capital(&text)).collect()
}

/// What several callers can do, where that is more, and what all grants can do, where something bounds it.
fn wide(tool: &ToolBounds) -> Vec<String> {
    let own = |length: u64| {
        let found = tool.calls.iter().find(|stretch| stretch.seconds == length);
        found.and_then(|stretch| stretch.any.most.clone())
    };
    let own: Vec<Option<Decimal>> = ASKED.iter().map(|length| own(*length)).collect();
    let words = |wide: &[Option<Decimal>]| match wide {
        [Some(hour), Some(day)] => format!("at most {} in any hour and {} in any day", number(hour), number(day)),
        _ => "no bound".to_owned(),
    };
    let mut said = Vec::new();
    if tool.any_caller != own {
        said.push(format!("One grant with any number of callers: {}.", words(&tool.any_caller)));
    }
    if tool.all_grants.iter().all(Option::is_some) {
        said.push(format!("All grants together: {}.", words(&tool.all_grants)));
    }
    said
}

fn never_words(model: &Model<'_>, never: &Never) -> String {
    let window = model.decider().limit(never.rule).map_or_else(String::new, |limit| window_words(limit.window));
    let reason = match never.by.is_empty() {
        true => "by what calls hold".to_owned(),
        false => format!("by {}", places(model, &never.by)),
    };
    capital(&format!(
        "{} never refuses a call: {reason}, no more than {} can pass in {window} anyway.",
        place(model, never.rule),
        number(&never.most)
    ))
}
