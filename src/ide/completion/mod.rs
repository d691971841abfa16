//! Completion: what could be typed at the cursor.
//!
//! [`cursor`] finds the tokens of the statement, [`context`] says what may stand at their end, and a file for each kind of thing lists what
//! there is of it. The list is made on every keystroke, so it looks into no schema that the answer does not name; what there is to
//! read about an entry is made by [`documentation`] when someone looks at it.

mod arguments;
mod calls;
mod comment;
mod condition;
mod context;
mod cursor;
mod files;
mod json;
mod key;
mod members;
mod sample;
mod selected;
mod statements;
#[cfg(test)]
mod tests;
mod tools;
mod values;

pub use files::{Entry, Listing};
pub use key::{Key, NoKey, documentation};

pub(super) use context::{Expect, Facts, Form, Text, read};
pub(super) use cursor::{Cursor, CursorIn};
pub(super) use members::sorted as members_of;

use super::View;
use crate::ir::{Subject, ToolId};
use crate::source::Span;
use crate::syntax::ast::Selection;

/// Something that could be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// How it is listed.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What is shown behind the label: a type, or the first sentence of a description.
    pub detail: Option<String>,
    /// What is shown beside it: a class, or how many tools have it.
    pub description: Option<String>,
    /// The text that replaces `replace`.
    pub insert: String,
    /// Whether `insert` is a snippet with places `$1`, `${2:x}` and `$0`.
    pub snippet: bool,
    /// What is replaced.
    pub replace: Span,
    /// What a client compares with the typed text; `None` for the label.
    pub filter: Option<String>,
    /// Its order among the others.
    pub sort: String,
    /// What to look up with [`documentation`].
    pub key: Option<Key>,
    /// Whether it is better not used.
    pub deprecated: bool,
}

/// The kinds of things that are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletionKind {
    /// A word of the language.
    Keyword,
    /// A word of the language with what belongs to it.
    Snippet,
    /// An operator.
    Operator,
    /// A tool.
    Tool,
    /// A glob that matches several tools.
    Glob,
    /// A built-in set.
    Set,
    /// A declared group.
    Group,
    /// A server.
    Server,
    /// An argument of a tool, or a member of one.
    Argument,
    /// A claim of the caller.
    Claim,
    /// A value.
    Value,
    /// One of the values that are listed.
    Member,
    /// A `let`.
    Let,
    /// A number and a window, or a unit of time.
    Rate,
    /// The name of a counter, or a reason.
    Text,
    /// The name of a finding.
    Code,
    /// A file.
    File,
    /// A folder.
    Folder,
}

impl Completion {
    fn new(label: impl Into<String>, kind: CompletionKind, replace: Span) -> Self {
        let label = label.into();
        Self {
            insert: label.clone(),
            kind,
            detail: None,
            description: None,
            snippet: false,
            replace,
            filter: None,
            sort: String::new(),
            key: None,
            deprecated: false,
            label,
        }
    }

    fn insert(mut self, text: impl Into<String>) -> Self {
        self.insert = text.into();
        self
    }

    /// Inserts a snippet instead of the label.
    fn snippet(mut self, snippet: impl Into<String>) -> Self {
        self.insert = snippet.into();
        self.snippet = true;
        self
    }

    fn detail(mut self, detail: Option<String>) -> Self {
        self.detail = detail.filter(|detail| !detail.is_empty());
        self
    }

    fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into()).filter(|description| !description.is_empty());
        self
    }

    fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }

    fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Puts it into a rank, and there in the order of its label.
    fn rank(mut self, rank: u8) -> Self {
        self.sort = format!("{rank}{}", self.label);
        self
    }

    /// Puts it into a rank, and there at a place.
    fn place(mut self, rank: u8, index: usize) -> Self {
        self.sort = format!("{rank}{index:04}");
        self
    }
}

/// A request with what is known about its place.
struct Ask<'v, 'a> {
    view: &'v View<'a>,
    cursor: &'v Cursor<'a>,
    facts: &'v Facts,
    replace: Span,
    found: Vec<Completion>,
    is_incomplete: bool,
}

impl Ask<'_, '_> {
    fn push(&mut self, completion: Completion) {
        self.found.push(completion);
    }

    /// Whether the cursor stands in a string.
    fn in_string(&self) -> bool {
        matches!(self.cursor.place, CursorIn::Text(_))
    }

    /// The tools that the statement is about; `None` if it does not say so yet.
    fn selected(&self) -> Option<Vec<ToolId>> {
        let ahead = || context::selection_ahead(self.cursor.text, self.cursor.file, &self.cursor.after);
        let requires = self.facts.form == Form::Require;
        let selection = self.facts.selection().or_else(|| requires.then(ahead).flatten())?;
        Some(tools_of(self.view, self.cursor.at, &selection))
    }
}

/// The known tools of a selection, as it is understood at a place.
fn tools_of(view: &View<'_>, at: u32, selection: &Selection) -> Vec<ToolId> {
    let found = view.scope(at).select(selection);
    let tools = view.known_tools().tools().iter().enumerate();
    let tools = tools.map(|(index, tool)| (ToolId(crate::source::offset(index)), tool.server));
    tools.filter(|(id, server)| found.selects(Subject::known(*server, *id)).is_some()).map(|(id, _)| id).collect()
}

/// Whether an offset is in a comment. Only there does [`complete`] want to know what was found.
#[must_use]
pub fn is_comment(view: &View<'_>, at: u32) -> bool {
    matches!(Cursor::new(view.text(), view.tokens(), view.file(), at).place, CursorIn::Comment(_))
}

/// What could be typed somewhere.
#[derive(Debug, Clone, Default)]
pub struct Completions {
    /// In no particular order; see [`Completion::sort`].
    pub items: Vec<Completion>,
    /// There are more, which are found when more is typed.
    pub is_incomplete: bool,
}

/// What could be typed at an offset.
#[must_use]
pub fn complete(view: &View<'_>, at: u32, listing: &dyn Listing) -> Completions {
    let cursor = Cursor::new(view.text(), view.tokens(), view.file(), at);
    let (facts, expect) = read(cursor.text, cursor.file, &cursor.before);
    let replace = cursor.replace();
    let mut ask = Ask { view, cursor: &cursor, facts: &facts, replace, found: Vec::new(), is_incomplete: false };
    match cursor.place {
        CursorIn::Comment(comment) => comment::complete(&mut ask, comment),
        CursorIn::Foreign => {}
        CursorIn::Text(text) => in_text(&mut ask, text, expect, listing),
        CursorIn::Code => in_code(&mut ask, expect, listing),
    }
    Completions { items: ask.found, is_incomplete: ask.is_incomplete }
}

/// Inside a string, where only some things are written as one.
fn in_text(ask: &mut Ask<'_, '_>, text: crate::syntax::token::Token, expect: Expect, listing: &dyn Listing) {
    match expect {
        Expect::Item { server, excepting, .. } => tools::items(ask, server.as_deref(), excepting, false),
        Expect::Tool { server } => calls::tools(ask, server.as_deref()),
        Expect::Step(path, purpose) => arguments::steps(ask, &path, purpose),
        Expect::Value { path, subject, operator, listed } => {
            values::values(ask, &path, subject, operator, listed.as_deref());
        }
        Expect::Key(keys) => calls::keys(ask, &keys),
        Expect::JsonValue(keys) => calls::values(ask, &keys),
        Expect::Text(Text::Denial) => calls::denials(ask),
        Expect::Text(kind @ (Text::Catalogue | Text::Import)) => files::paths(ask, kind, text, listing),
        _ => {}
    }
}

fn in_code(ask: &mut Ask<'_, '_>, expect: Expect, listing: &dyn Listing) {
    let ends = matches!(expect, Expect::AfterItem { .. } | Expect::Clause | Expect::AfterCondition(false));
    match expect {
        Expect::Nothing => {}
        Expect::Statement => statements::statements(ask, 1),
        Expect::Words(words) => statements::words(ask, words),
        Expect::Demand => statements::demands(ask),
        Expect::Requirement => {
            statements::approval(ask);
            arguments::condition(ask);
        }
        Expect::Item { server, excepting, total } => tools::items(ask, server.as_deref(), excepting, total),
        Expect::AfterItem { excepting } => statements::after_item(ask, excepting),
        Expect::Slash => statements::slash(ask),
        Expect::Unit(counted) => statements::units(ask, counted),
        Expect::Clause => statements::clauses(ask),
        Expect::Condition => arguments::condition(ask),
        Expect::AfterCondition(inner) => statements::after_condition(ask, inner),
        Expect::Path(purpose) => arguments::path(ask, purpose),
        Expect::Step(path, purpose) => arguments::steps(ask, &path, purpose),
        Expect::Index(purpose) => values::index(ask, purpose),
        Expect::IndexEnd => values::index_end(ask),
        Expect::Operator(path, subject) => values::operators(ask, &path, subject),
        Expect::Value { path, subject, operator, listed } => {
            values::values(ask, &path, subject, operator, listed.as_deref());
        }
        Expect::Literal => values::literals(ask),
        Expect::Scope => statements::scopes(ask),
        Expect::ScopeClaim => arguments::claims(ask, 1),
        Expect::AfterApproval => statements::approver(ask),
        Expect::Text(kind) => files::strings(ask, kind, listing),
        Expect::Tool { server } => calls::tools(ask, server.as_deref()),
        Expect::AfterTool => calls::after_tool(ask),
        Expect::Key(keys) => calls::keys(ask, &keys),
        Expect::JsonValue(keys) => calls::values(ask, &keys),
        Expect::Outcome => calls::outcomes(ask),
        Expect::Duration => calls::durations(ask),
        Expect::Times => calls::times(ask),
    }
    // A new line that could go on with the statement may as well begin one, if the `;` was forgotten.
    if ends && ask.cursor.new_line && !ask.cursor.typed().is_empty() {
        statements::statements(ask, 8);
    }
}

/// A text as it stands in a snippet, where three characters mean something.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(char, '$' | '}' | '\\') {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

/// The first sentence of a description on one line.
fn first_sentence(text: &str) -> String {
    const MOST: usize = 80;
    let line = text.trim_start().lines().next().unwrap_or_default();
    let sentence = line.split_once(". ").map_or(line, |(first, _)| first);
    crate::diagnostics::shown(sentence.trim_end().trim_end_matches('.'), MOST)
}

/// `1 tool`, `2 tools`
fn tool_count(number: usize) -> String {
    crate::diagnostics::count(number, "tool")
}
