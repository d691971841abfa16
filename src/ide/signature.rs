//! Signature help: the parts of a limit, the arguments of a call.

use std::ops::Range;

use super::View;
use super::card;
use super::completion::{Cursor, CursorIn, Expect, Facts, Form, Text, members_of, read};
use crate::ir::ToolId;
use crate::predicate::{Path, Step};
use crate::source::offset;
use crate::syntax::print;
use crate::syntax::token::TokenKind;

/// How something is written, and which part of it the cursor is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The whole on one line.
    pub label: String,
    /// What it means, in Markdown.
    pub documentation: String,
    /// The parts: bytes of the label, and what each means, in Markdown.
    pub parameters: Vec<(Range<u32>, String)>,
    /// The part that the cursor is at.
    pub active: Option<u32>,
}

impl Signature {
    fn new(label: &str, documentation: impl Into<String>) -> Self {
        Self { label: label.to_owned(), documentation: documentation.into(), parameters: Vec::new(), active: None }
    }

    fn text(&mut self, text: &str) {
        self.label.push_str(text);
    }

    /// Adds a part.
    fn part(&mut self, text: &str, documentation: impl Into<String>) {
        let start = offset(self.label.len());
        self.label.push_str(text);
        self.parameters.push((start..offset(self.label.len()), documentation.into()));
    }
}

/// How what stands at an offset is written: a limit, or the call of a tool in a test.
#[must_use]
pub fn signature(view: &View<'_>, at: u32) -> Option<Signature> {
    let cursor = Cursor::new(view.text(), view.tokens(), view.file(), at);
    if matches!(cursor.place, CursorIn::Comment(_) | CursorIn::Foreign) {
        return None;
    }
    let (facts, expect) = read(cursor.text, cursor.file, &cursor.before);
    match facts.form {
        Form::Limit => Some(limit(&facts, &expect)),
        Form::AssertLimit => Some(assert_limit(&facts, &expect)),
        Form::Call => call(view, &cursor, &facts, &expect),
        _ => None,
    }
}

/// Where in a limit the cursor is.
fn place(facts: &Facts, expect: &Expect) -> Option<TokenKind> {
    match expect {
        Expect::Item { .. } => Some(TokenKind::Name),
        // The next thing is the number.
        Expect::AfterItem { .. } | Expect::Slash | Expect::Unit(_) => Some(TokenKind::Number),
        // Behind a clause that is complete no part is the current one.
        Expect::Clause => None,
        Expect::Text(Text::Counter) => Some(TokenKind::As),
        Expect::Text(Text::Reason) => Some(TokenKind::Because),
        _ => facts.clause.map(|clause| if clause == TokenKind::Unless { TokenKind::When } else { clause }),
    }
}

const TOOLS: &str = "The tools, each with a counter of its own unless it says `total`.";
const RATE: &str = "How many calls pass in a window: `30/min`, `5/10min`, `1_000/day`. Windows are aligned to UTC.";
const SCOPE: &str = "Who shares a count: `grant` (each token, the default), `server` (all), `caller.CLAIM`.";

fn limit(facts: &Facts, expect: &Expect) -> Signature {
    let mut signature = Signature::new("limit ", "At most so many calls of each tool in a window of time.");
    let parts = [
        (TokenKind::Total, "[total]", "One counter over all selected tools; it needs a name."),
        (TokenKind::Name, "TOOLS", TOOLS),
        (TokenKind::Number, "N/[K]UNIT", RATE),
        (TokenKind::Of, "[of PATH]", "A numeric argument that is summed, instead of counting calls."),
        (TokenKind::Per, "[per SCOPE]", SCOPE),
        (TokenKind::When, "[when CONDITION]", "Only for calls for which it holds, or `unless` it does."),
        (TokenKind::As, "[as \"NAME\"]", "The name of the counter."),
        (TokenKind::Because, "[because \"REASON\"]", "What a refused caller reads."),
    ];
    fill(&mut signature, &parts, place(facts, expect));
    signature
}

fn assert_limit(facts: &Facts, expect: &Expect) -> Signature {
    let text = "Every allowed call falls under a limit that lets at most so many through.";
    let mut signature = Signature::new("assert limit ", text);
    let parts = [
        (TokenKind::Name, "TOOLS", "The tools that it is claimed of."),
        (TokenKind::Number, "N/[K]UNIT", RATE),
        (TokenKind::Per, "[per SCOPE]", SCOPE),
        (TokenKind::For, "[for valid calls]", "Speaks only of calls that satisfy the inputSchema."),
    ];
    fill(&mut signature, &parts, place(facts, expect));
    signature
}

fn fill(signature: &mut Signature, parts: &[(TokenKind, &str, &str)], at: Option<TokenKind>) {
    for (index, (kind, text, documentation)) in parts.iter().enumerate() {
        if index > 0 {
            signature.text(" ");
        }
        signature.part(text, *documentation);
        if Some(*kind) == at {
            signature.active = Some(offset(index));
        }
    }
}

/// The arguments of the tool that is called. The whole call while its tool is typed.
fn call(view: &View<'_>, cursor: &Cursor<'_>, facts: &Facts, expect: &Expect) -> Option<Signature> {
    let Some((server, name)) = &facts.tool else {
        let mut signature = Signature::new("call ", "A call, and what must come of it.");
        signature.part("TOOL", "The tool, with `server::` where several have it.");
        signature.text(" ");
        signature.part("{…}", "The arguments, `{}` if left out.");
        signature.text(" [from {…}] [as \"GRANT\"] [approved] [times N] -> ");
        signature.part("OUTCOME", "`allow`, `deny`, `deny \"text\"` or `approval`.");
        signature.active = Some(0);
        return Some(signature);
    };
    let known_tools = view.known_tools();
    let server = match server {
        Some(name) => Some(known_tools.server(name)?),
        None => None,
    };
    let tool = *known_tools.named(name, server).first()?;
    // The name of a member, and the place of the object that has it.
    let (steps, member) = match expect {
        Expect::Key(keys) if !keys.claims => (keys.steps.as_slice(), key_at(cursor)),
        Expect::JsonValue(keys) if !keys.claims => {
            let last_key = keys.steps.iter().rposition(|step| matches!(step, Step::Key(_)));
            let split = last_key.and_then(|at| Some((keys.steps.get(..at)?, keys.steps.get(at)?)));
            match split {
                Some((above, Step::Key(key))) => (above, Some(key.clone())),
                _ => (keys.steps.as_slice(), None),
            }
        }
        _ => (&[][..], None),
    };
    Some(arguments(view, tool, steps, member.as_deref()))
}

/// The key that the cursor stands in.
fn key_at(cursor: &Cursor<'_>) -> Option<String> {
    let CursorIn::Text(token) = cursor.place else { return None };
    crate::syntax::unescape(token.text(cursor.text)).ok()
}

fn arguments(view: &View<'_>, tool: ToolId, steps: &[Step], active: Option<&str>) -> Signature {
    let description = view.entry(tool).and_then(|entry| entry.description.as_deref());
    let description = description.map(|said| card::text(said, 300)).unwrap_or_default();
    let path = if steps.is_empty() { String::new() } else { format!(" {}", Path::args(steps)) };
    let name = view.known_tools().display(tool);
    let mut signature = Signature::new(&format!("{name}{path} {{"), description);
    for (index, member) in members_of(view, tool, steps).into_iter().enumerate() {
        if index > 0 {
            signature.text(", ");
        }
        let optional = if member.required { "" } else { "?" };
        let text = format!("{}{optional}: {}", print::string(&member.name), member.type_text);
        let documentation = member.description.as_deref().map(|said| card::text(said, 300)).unwrap_or_default();
        signature.part(&text, documentation);
        let begun = |typed: &str| !typed.is_empty() && member.name.starts_with(typed);
        // While a key is typed, the first that begins so.
        if active == Some(member.name.as_str()) || signature.active.is_none() && active.is_some_and(begun) {
            signature.active = Some(offset(index));
        }
    }
    signature.text("}");
    signature
}
