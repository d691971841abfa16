//! Hover on statements: their meaning, the comments above them, and what an import adds.

use std::fmt::Write as _;

use super::super::View;
use super::{Hover, listing};
use crate::describe::{self, code, markdown};
use crate::diagnostics::{self, codes, count};
use crate::ir;
use crate::line;
use crate::lint;
use crate::sema::{Unit, sets_default};
use crate::source::{Span, offset};
use crate::syntax::ast::{Ident, Item, ItemKind, Rule, StepKind, Str, Test};
use crate::syntax::token::{Token, TokenKind};

/// The statement, in any file, that declares a name at a place.
fn declaration<'a>(view: &View<'a>, name: Span) -> Option<&'a Item> {
    let unit = unit(view, name)?;
    let around = |item: &&Item| item.span.start <= name.start && name.end <= item.span.end;
    let item = unit.parse.file.items.iter().find(around)?;
    match &item.kind {
        ItemKind::Policy { items, .. } => items.iter().find(around).or(Some(item)),
        _ => Some(item),
    }
}

fn unit<'a>(view: &View<'a>, place: Span) -> Option<&'a Unit> {
    view.analysis().units.iter().find(|unit| unit.file == place.file)
}

/// What is written above the statement that declares a name at a place.
pub(super) fn documentation_at(view: &View<'_>, name: Span) -> Option<String> {
    documentation(view, declaration(view, name)?)
}

/// The `///` lines directly above a statement, which document it. They are Markdown. Suppressions, which have to stand on the line
/// before, may come between.
pub(super) fn documentation(view: &View<'_>, item: &Item) -> Option<String> {
    let unit = unit(view, item.span)?;
    let source = view.analysis().sources.get(item.span.file)?.text();
    let tokens = &unit.parse.tokens;
    let before = tokens.partition_point(|token| token.start < item.span.start);
    let mut lines = Vec::new();
    let mut breaks = 0;
    for token in tokens.get(..before)?.iter().rev() {
        let text = token.text(source);
        match token.kind {
            TokenKind::Space => breaks = line::count(text),
            TokenKind::Comment if breaks == 1 => {
                breaks = 0;
                match text.strip_prefix("///").filter(|rest| !rest.starts_with('/')) {
                    Some(said) => lines.push(said.strip_prefix(' ').unwrap_or(said).trim_end()),
                    None if is_suppression(text) => {}
                    None => break,
                }
            }
            _ => break,
        }
        if breaks > 1 {
            break;
        }
    }
    lines.reverse();
    let text = lines.join("\n");
    (!text.trim().is_empty()).then_some(text)
}

fn is_suppression(comment: &str) -> bool {
    comment.trim_start_matches('/').trim_start().starts_with("policyc:")
}

/// What a rule says, in sentences; nothing while the text has errors.
pub(super) fn says(view: &View<'_>, item: &Item) -> Option<String> {
    if view.is_stale() {
        return None;
    }
    let policy = view.policies().find(|policy| {
        policy.rules.iter().any(|rule| rule.origin.span == item.span)
            || policy.default.origin.as_ref().is_some_and(|origin| origin.span == item.span)
    })?;
    let rule = policy.rules.iter().find(|rule| rule.origin.span == item.span);
    Some(markdown(&rule.map_or_else(|| describe::default(policy), |rule| describe::rule(rule, policy))))
}

/// A server: its catalogue, and its tools by class.
pub(super) fn server(view: &View<'_>, name: &str) -> Option<String> {
    let known_tools = view.known_tools();
    let Some(id) = known_tools.server(name).filter(|_| !name.is_empty()) else {
        return Some(match known_tools.is_broken() {
            true => format!("The catalogue of the server {} cannot be read.", code(name)),
            false => format!("No server is named {}.", code(name)),
        });
    };
    let mut text = format!("**Server {}**", code(name));
    let catalogue = known_tools.servers().get(id.0 as usize).and_then(|server| server.catalogue.as_deref());
    let Some(catalogue) = catalogue else { return Some(text + " has no catalogue.") };
    if let Some(info) = catalogue.server() {
        let said = info.name.iter().chain(&info.version).map(|said| code(said)).collect::<Vec<_>>().join(" ");
        if !said.is_empty() {
            let _ = write!(text, ", which calls itself {said}");
        }
    }
    let file = view.analysis().sources.name(catalogue.file());
    let _ = write!(text, "\n\nCatalogue: {}", code(file));
    let listed = catalogue.tools().len().saturating_sub(catalogue.names().len());
    if listed > 0 {
        let _ = write!(text, " ({} twice)", count(listed, "tool"));
    }
    let _ = write!(text, "\n\n{}", listing(view, &known_tools.all(Some(id))));
    Some(text)
}

/// How many statements of each kind there are.
#[derive(Default)]
struct StatementKinds<'a> {
    default: Option<bool>,
    rules: Vec<&'a Rule>,
    groups: Vec<&'a str>,
    lets: Vec<&'a str>,
    servers: Vec<&'a str>,
    assertions: usize,
    tests: usize,
}

impl<'a> StatementKinds<'a> {
    fn of(items: impl Iterator<Item = &'a Item>) -> Self {
        let mut kinds = Self::default();
        for item in items {
            match &item.kind {
                ItemKind::Rule(rule) => match sets_default(rule) {
                    Some(allow) => kinds.default = Some(allow),
                    None => kinds.rules.push(rule),
                },
                ItemKind::Group { name, .. } => kinds.groups.push(&name.text),
                ItemKind::Let { name, .. } => kinds.lets.push(&name.text),
                ItemKind::Server { name, .. } => kinds.servers.push(&name.text),
                ItemKind::Assert(_) => kinds.assertions += 1,
                ItemKind::Test(_) => kinds.tests += 1,
                ItemKind::Import { .. } | ItemKind::Policy { .. } | ItemKind::Empty | ItemKind::Error => {}
            }
        }
        kinds
    }

    /// The rules by what they do: "12 rules: 4 deny, 8 limit".
    fn rules(&self) -> String {
        let mut said = count(self.rules.len(), "rule");
        let mut separator = ": ";
        for effect in ["allow", "deny", "hide", "limit", "limit total", "require", "require approval"] {
            let number = self.rules.iter().filter(|rule| rule.effect.name() == effect).count();
            if number > 0 {
                let _ = write!(said, "{separator}{number} `{effect}`");
                separator = ", ";
            }
        }
        said
    }
}

/// The most names of one kind that are listed.
const MOST_NAMES: usize = 12;

fn names(noun: &str, names: &[&str], sigil: &str) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let listed: Vec<String> = names.iter().take(MOST_NAMES).map(|name| code(&format!("{sigil}{name}"))).collect();
    let more = if names.len() > MOST_NAMES { ", …" } else { "" };
    Some(format!("{}: {}{more}", count(names.len(), noun), listed.join(", ")))
}

/// What an imported file brings.
pub(super) fn import(view: &View<'_>, path: &Str) -> String {
    let mut brought = view.analysis().units.iter().filter(|unit| unit.import == Some(path.span)).peekable();
    if brought.peek().is_none() {
        return format!("{} adds nothing: it cannot be read, or was imported before.", code(&path.text));
    }
    let kinds = StatementKinds::of(brought.flat_map(|unit| &unit.parse.file.items));
    let mut lines = Vec::new();
    if let Some(allow) = kinds.default {
        lines.push(format!("the default: {}", if allow { "`allow *`" } else { "`deny *`" }));
    }
    if !kinds.rules.is_empty() {
        lines.push(kinds.rules());
    }
    lines.extend(names("group", &kinds.groups, "@"));
    lines.extend(names("`let`", &kinds.lets, ""));
    lines.extend(names("server", &kinds.servers, ""));
    if kinds.assertions > 0 {
        lines.push(count(kinds.assertions, "assertion"));
    }
    if lines.is_empty() {
        return format!("{} adds nothing.", code(&path.text));
    }
    format!("{} adds:\n\n- {}", code(&path.text), lines.join("\n- "))
}

/// A `policy` block: its default, its rules, and what it gets from around it.
pub(super) fn policy(view: &View<'_>, name: &Ident, item: &Item) -> String {
    let ItemKind::Policy { items, .. } = &item.kind else { return String::new() };
    let mut text = format!("**Policy {}**", code(&name.text));
    if let Some(documentation) = documentation(view, item) {
        let _ = write!(text, "\n\n{documentation}");
    }
    let model = view.policies().find(|policy| policy.name == name.text);
    if let Some(model) = model {
        let _ = write!(text, "\n\n{}", markdown(&describe::default(model)));
    }
    let kinds = StatementKinds::of(items.iter());
    let mut lines = vec![kinds.rules()];
    let shared = model.filter(|_| !view.is_stale()).map(|model| {
        let inside = |rule: &&ir::Rule| {
            let span = rule.origin.span;
            span.file == item.span.file && item.span.start <= span.start && span.end <= item.span.end
        };
        model.rules.len() - model.rules.iter().filter(inside).count()
    });
    if let Some(shared) = shared.filter(|shared| *shared > 0) {
        lines.push(format!("{} from outside the block", count(shared, "rule")));
    }
    for (number, noun) in [(kinds.assertions, "assertion"), (kinds.tests, "test")] {
        if number > 0 {
            lines.push(count(number, noun));
        }
    }
    let _ = write!(text, "\n\n- {}", lines.join("\n- "));
    text
}

/// A test: how much it does, and of which policy.
pub(super) fn test(view: &View<'_>, test: &Test, item: &Item) -> String {
    let mut text = String::new();
    if let Some(documentation) = documentation(view, item) {
        let _ = write!(text, "{documentation}\n\n");
    }
    let calls = test.steps.iter().filter(|step| matches!(step.kind, StepKind::Call(_))).count();
    let policies = view.items().filter_map(|around| match &around.kind {
        ItemKind::Policy { name, items } => Some((name, items)),
        _ => None,
    });
    let mut blocks = 0;
    let mut own = None;
    for (name, items) in policies {
        blocks += 1;
        if items.iter().any(|inner| std::ptr::eq(inner, item)) {
            own = Some(name);
        }
    }
    let _ = write!(text, "A test with {}", count(calls, "call"));
    match own {
        Some(name) => {
            let _ = write!(text, ", run against the policy {}.", code(&name.text));
        }
        None if blocks > 1 => text.push_str(", run against every policy of the file."),
        None => text.push('.'),
    }
    text.push_str(" It starts at the boundary of a window of every unit.");
    text
}

/// What is said of the name of a finding in a suppression.
pub(super) fn comment(view: &View<'_>, token: &Token, at: u32) -> Option<Hover> {
    let text = token.text(view.text());
    let place =
        |start: usize, end: usize| Span::new(view.file(), token.start + offset(start), token.start + offset(end));
    if !is_suppression(text) {
        return None;
    }
    let (open, close) = (text.find('(')?, text.find(')').unwrap_or(text.len()));
    let mut start = open + 1;
    for part in text.get(start..close)?.split(',') {
        let from = start + part.len() - part.trim_start().len();
        let to = from + part.trim().len();
        start += part.len() + 1;
        let span = place(from, to);
        if from < to && span.start <= at && at <= span.end {
            let name = part.trim();
            let markdown = match codes::find(name) {
                Some(found) => page(found),
                None => format!("No finding is named {}.", code(name)),
            };
            return Some(Hover { span, markdown });
        }
    }
    let reach = if text.contains("allow-file(") {
        "in the whole file"
    } else {
        "on the next line, and in a statement that begins there"
    };
    let span = Span::new(view.file(), token.start, token.end);
    Some(Hover {
        span,
        markdown: format!("Silences findings of these names {reach}. The text after it is the reason."),
    })
}

/// The beginning of the page of a finding, and where the rest is.
fn page(code: &diagnostics::Code) -> String {
    let page = lint::page(code);
    // The heading, and what stands before the second section.
    let mut lines = Vec::new();
    let mut sections = 0;
    for line in page.lines() {
        if line.starts_with("## ") {
            sections += 1;
            if sections > 1 || line == "## Example" {
                break;
            }
            continue;
        }
        lines.push(match line.strip_prefix("# ") {
            Some(title) => format!("**{title}**"),
            None => line.to_owned(),
        });
    }
    let mut text = lines.join("\n").replace("\n\n\n", "\n\n").trim().to_owned();
    let _ = write!(text, "\n\nMore: `policyc explain {}`", code.name);
    text
}
