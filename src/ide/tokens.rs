//! Semantic tokens: what each name refers to, how risky a tool is, and whether it exists.

use super::View;
use super::mark::MarkKind;
use super::navigate::called;
use crate::catalogue::{BuiltIn, Class};
use crate::ir::ToolId;
use crate::line;
use crate::source::Span;
use crate::syntax::ast::{SelectionItem, SelectionKind};
use crate::syntax::token::{Token as Lexed, TokenKind};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenType {
    /// A reserved word.
    Keyword,
    /// A tool.
    Function,
    /// A set: a glob, `*`, a group or a built-in set.
    EnumMember,
    /// A `let`.
    Variable,
    /// An argument, or a claim of the caller.
    Property,
    /// A server or a policy.
    Namespace,
    /// `args` and `caller`.
    Parameter,
    /// A string.
    String,
    /// A pattern of `like` or `matches`.
    Regexp,
    /// A number.
    Number,
    /// A unit of time.
    Macro,
    /// An operator.
    Operator,
    /// A comment.
    Comment,
}

impl TokenType {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Keyword,
        Self::Function,
        Self::EnumMember,
        Self::Variable,
        Self::Property,
        Self::Namespace,
        Self::Parameter,
        Self::String,
        Self::Regexp,
        Self::Number,
        Self::Macro,
        Self::Operator,
        Self::Comment,
    ];

    /// The name by which editors know it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Function => "function",
            Self::EnumMember => "enumMember",
            Self::Variable => "variable",
            Self::Property => "property",
            Self::Namespace => "namespace",
            Self::Parameter => "parameter",
            Self::String => "string",
            Self::Regexp => "regexp",
            Self::Number => "number",
            Self::Macro => "macro",
            Self::Operator => "operator",
            Self::Comment => "comment",
        }
    }
}

/// More about a piece of text: a set of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modifiers(u32);

impl Modifiers {
    /// The names by which editors know them, from the lowest bit on. Risk classes and `unknown` are our own.
    pub const NAMES: [&'static str; 10] = [
        "declaration",
        "documentation",
        "defaultLibrary",
        "deprecated",
        "read",
        "write",
        "execute",
        "destructive",
        "financial",
        "unknown",
    ];
    /// The name is declared here.
    pub const DECLARATION: Self = Self(1);
    /// A comment that documents what follows.
    pub const DOCUMENTATION: Self = Self(2);
    /// A set that is built in.
    pub const BUILT_IN: Self = Self(4);
    /// No catalogue has it.
    pub const UNKNOWN: Self = Self(1 << 9);

    /// A tool of this class.
    #[must_use]
    pub const fn of(class: Class) -> Self {
        Self(match class {
            Class::Read => 1 << 4,
            Class::Write => 1 << 5,
            Class::Execute => 1 << 6,
            Class::Destructive => 1 << 7,
            Class::Financial => 1 << 8,
        })
    }

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A piece of text on one line, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: TokenType,
    /// More about it.
    pub modifiers: Modifiers,
}

/// The pieces of a text within a range, in order; they do not overlap.
#[must_use]
pub fn tokens(view: &View<'_>, range: Span) -> Vec<Token> {
    let mut found = Vec::new();
    let marks = view.marks();
    let text = view.text();
    let all = view.tokens();
    let first = all.partition_point(|token| token.end <= range.start);
    let mut mark_index = all.get(first).map_or(0, |token| marks.partition_point(|mark| mark.span.start < token.start));
    let mut before = Before::of(all.get(..first).unwrap_or_default());
    for token in all.get(first..).unwrap_or_default().iter().take_while(|token| token.start < range.end) {
        if token.kind == TokenKind::Space {
            continue;
        }
        let mut marked = false;
        while let Some(mark) = marks.get(mark_index).filter(|mark| mark.span.start < token.end) {
            mark_index += 1;
            if mark.span.start < token.start {
                continue;
            }
            if let Some((kind, modifiers)) = name(view, mark.kind, mark.span) {
                let span = Span { end: mark.span.end.min(token.end), ..mark.span };
                found.push(Token { span, kind, modifiers });
                marked = true;
            }
        }
        if !marked && let Some((kind, modifiers)) = plain(token, before, text) {
            lines(view, token, &mut |span| found.push(Token { span, kind, modifiers }));
        }
        before.step(token.kind);
    }
    found
}

/// What stands before a token, as far as it says what the token is.
#[derive(Debug, Clone, Copy)]
struct Before {
    /// The token before it.
    last: TokenKind,
    /// Whether a list of patterns is open.
    patterns: bool,
}

impl Before {
    /// Behind some tokens: the last statement of them decides.
    fn of(tokens: &[Lexed]) -> Self {
        let mut before = Self { last: TokenKind::Semicolon, patterns: false };
        let statement = tokens.iter().rposition(|token| token.kind == TokenKind::Semicolon).unwrap_or_default();
        tokens.iter().skip(statement).for_each(|token| before.step(token.kind));
        before
    }

    fn step(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Comment | TokenKind::Space => return,
            TokenKind::LeftBracket => self.patterns = matches!(self.last, TokenKind::Like | TokenKind::Matches),
            TokenKind::Str | TokenKind::Comma => {}
            _ => self.patterns = false,
        }
        self.last = kind;
    }
}

/// The parts of a token, line by line.
fn lines(view: &View<'_>, token: &Lexed, add: &mut dyn FnMut(Span)) {
    let mut start = token.start;
    for line in line::lines_with_ends(token.text(view.text())) {
        let length = crate::source::offset(line.len());
        let shown = crate::source::offset(line::without_end(line).len());
        if shown > 0 {
            add(Span::new(view.file(), start, start + shown));
        }
        start += length;
    }
}

/// What a token is by itself.
fn plain(token: &Lexed, before: Before, text: &str) -> Option<(TokenType, Modifiers)> {
    let none = Modifiers::default();
    Some(match token.kind {
        kind if kind.is_keyword() => (TokenType::Keyword, none),
        TokenKind::Comment if token.text(text).starts_with("///") => (TokenType::Comment, Modifiers::DOCUMENTATION),
        TokenKind::Comment => (TokenType::Comment, none),
        TokenKind::Str if before.patterns || matches!(before.last, TokenKind::Like | TokenKind::Matches) => {
            (TokenType::Regexp, none)
        }
        TokenKind::Str => (TokenType::String, none),
        TokenKind::Number => (TokenType::Number, none),
        // Words that are reserved nowhere else; where `approved` names something, it has a mark.
        TokenKind::Name if before.last == TokenKind::Approval && token.text(text) == "by" => (TokenType::Keyword, none),
        TokenKind::Name if token.text(text) == "approved" => (TokenType::Keyword, none),
        // The unit behind `/` or the number of a window.
        TokenKind::Name if matches!(before.last, TokenKind::Slash | TokenKind::Number | TokenKind::Wait) => {
            (TokenType::Macro, none)
        }
        TokenKind::Equal
        | TokenKind::EqualEqual
        | TokenKind::NotEqual
        | TokenKind::Less
        | TokenKind::LessEqual
        | TokenKind::Greater
        | TokenKind::GreaterEqual
        | TokenKind::Slash
        | TokenKind::Arrow
        | TokenKind::ColonColon => (TokenType::Operator, none),
        _ => return None,
    })
}

/// What a name is.
fn name(view: &View<'_>, kind: MarkKind<'_>, span: Span) -> Option<(TokenType, Modifiers)> {
    let none = Modifiers::default();
    let server = |name: &str| match view.known_tools().server(name) {
        Some(_) => none,
        None => Modifiers::UNKNOWN,
    };
    Some(match kind {
        MarkKind::ServerName(_) | MarkKind::PolicyName(_) => (TokenType::Namespace, Modifiers::DECLARATION),
        MarkKind::Server(name) => (TokenType::Namespace, server(&name.text)),
        MarkKind::LetName(_) => (TokenType::Variable, Modifiers::DECLARATION),
        MarkKind::Let(name) => {
            let known = view.scope(span.start).find_let(&name.text).is_some();
            (TokenType::Variable, if known { none } else { Modifiers::UNKNOWN })
        }
        MarkKind::GroupName(_) => (TokenType::EnumMember, Modifiers::DECLARATION),
        MarkKind::Selected(item) => selected(view, item, span),
        MarkKind::Called { server, tool } => (TokenType::Function, tools(view, &called(view, server, tool))),
        MarkKind::Root(path) if path.root.is_none() => return None,
        MarkKind::Root(_) => (TokenType::Parameter, none),
        MarkKind::Step(..) => (TokenType::Property, none),
        MarkKind::Catalogue(_)
        | MarkKind::Import(_)
        | MarkKind::Rate
        | MarkKind::Scope(_)
        | MarkKind::TestName(_)
        | MarkKind::Counter(_) => return None,
    })
}

fn selected(view: &View<'_>, item: &SelectionItem, span: Span) -> (TokenType, Modifiers) {
    match &item.kind {
        SelectionKind::Name(_) | SelectionKind::Quoted(_) => {
            (TokenType::Function, tools(view, &view.scope(span.start).tools(item)))
        }
        SelectionKind::Set(name) => match BuiltIn::meant(name, || view.scope(span.start).find_group(name).is_some()) {
            Some(BuiltIn::Class(class)) => (TokenType::EnumMember, Modifiers::BUILT_IN.and(Modifiers::of(class))),
            Some(BuiltIn::Changes | BuiltIn::Tag(_)) => (TokenType::EnumMember, Modifiers::BUILT_IN),
            None if view.scope(span.start).find_group(name).is_some() => (TokenType::EnumMember, Modifiers::default()),
            None => (TokenType::EnumMember, Modifiers::UNKNOWN),
        },
        SelectionKind::Glob(_) => {
            let found = view.scope(span.start).tools(item);
            let unknown = found.is_empty() && view.known_tools().has_catalogue() && !view.known_tools().is_broken();
            (TokenType::EnumMember, if unknown { Modifiers::UNKNOWN } else { Modifiers::default() })
        }
        SelectionKind::Everything | SelectionKind::Error => (TokenType::EnumMember, Modifiers::default()),
    }
}

/// The class of a tool, or that no catalogue has it.
fn tools(view: &View<'_>, found: &[ToolId]) -> Modifiers {
    if !view.known_tools().has_catalogue() || view.known_tools().is_broken() && found.is_empty() {
        return Modifiers::default();
    }
    match found.iter().filter_map(|tool| view.class(*tool)).max() {
        Some(class) => Modifiers::of(class),
        None => Modifiers::UNKNOWN,
    }
}
