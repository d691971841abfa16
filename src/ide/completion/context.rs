//! What may stand at the cursor: a reader of the tokens of one statement that stops where they do.
//!
//! Each part of the grammar is a function that consumes what belongs to it. Where the tokens run out it gives the [`Expect`] that says what
//! could come next; what it has read until then is in [`Facts`]. A token that does not fit is stepped over, so that what is wrong in front of
//! the cursor does not end all help.

use super::condition::{PathAt, Purpose, Tested};
use super::json::Keys;
use crate::predicate::Step;
use crate::source::{FileId, Span};
use crate::syntax::ast::{Ident, Selection, SelectionItem, SelectionKind};
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::unescape;

/// What may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expect {
    /// A name of the author's own, punctuation, or nothing that is known.
    Nothing,
    /// A statement.
    Statement,
    /// One of these words.
    Words(&'static [&'static str]),
    /// What an assertion demands.
    Demand,
    /// After `require`: `approval` or a condition.
    Requirement,
    /// An item of a selection.
    Item {
        /// The server in front of `::`.
        server: Option<String>,
        /// Whether it stands behind `except`.
        excepting: bool,
        /// Whether `total` may stand here.
        total: bool,
    },
    /// What comes behind an item of a selection.
    AfterItem {
        /// Whether it stands behind `except`.
        excepting: bool,
    },
    /// `/` and a window.
    Slash,
    /// A unit of time; `true` behind a number.
    Unit(bool),
    /// A clause of the statement.
    Clause,
    /// A condition.
    Condition,
    /// What comes behind a condition; `true` inside parentheses.
    AfterCondition(bool),
    /// A path; what for.
    Path(Purpose),
    /// The next name of a path.
    Step(PathAt, Purpose),
    /// What stands in `[]` of a path; what the path is for.
    Index(Purpose),
    /// `]` behind what stands in `[]` of a path.
    IndexEnd,
    /// An operator on the value of a path.
    Operator(PathAt, Tested),
    /// A value to compare with.
    Value {
        /// The path.
        path: PathAt,
        /// What of it is compared.
        subject: Tested,
        /// How.
        operator: TokenKind,
        /// Inside `[]`, what is listed already.
        listed: Option<Vec<String>>,
    },
    /// The value of a `let`.
    Literal,
    /// The scope of a limit.
    Scope,
    /// The claim behind `caller.` in a scope.
    ScopeClaim,
    /// `by` or `for` behind `require approval`.
    AfterApproval,
    /// A string.
    Text(Text),
    /// A tool that a test calls.
    Tool {
        /// The server in front of `::`.
        server: Option<String>,
    },
    /// What comes behind the tool of a call.
    AfterTool,
    /// A key of a JSON object.
    Key(Keys),
    /// A JSON value.
    JsonValue(Keys),
    /// What must come of a call.
    Outcome,
    /// A length of time.
    Duration,
    /// A count of repetitions.
    Times,
}

/// What a string is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// The path of a catalogue.
    Catalogue,
    /// The path of a policy.
    Import,
    /// The name of a counter.
    Counter,
    /// A reason.
    Reason,
    /// The name of a test.
    Test,
    /// What a denial says.
    Denial,
    /// The grant of a call.
    Grant,
    /// Who must approve.
    Approver,
}

/// The kinds of statement, as far as what may stand in them differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Form {
    /// One without selection and clauses, or none yet.
    #[default]
    Other,
    /// `group`
    Group,
    /// `allow`
    Allow,
    /// `deny`
    Deny,
    /// `hide`
    Hide,
    /// `limit`
    Limit,
    /// `require CONDITION for`
    Require,
    /// `require approval for`
    Approval,
    /// `assert deny`, `assert allow` and `assert approval for`
    Assert,
    /// `assert limit`
    AssertLimit,
    /// `call`
    Call,
}

/// What was read of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Which statement it is.
    pub(crate) form: Form,
    /// Whether it has `total`.
    pub(crate) total: bool,
    /// The items of its selection.
    pub(crate) items: Vec<SelectionItem>,
    /// Those behind `except`.
    pub(crate) except: Vec<SelectionItem>,
    /// The last clause, as a token.
    pub(crate) clause: Option<TokenKind>,
    /// Whether a number and a window were read.
    pub(crate) rated: bool,
    /// The tool of a call: server and name.
    pub(crate) tool: Option<(Option<String>, String)>,
    /// What was read of a call behind its tool.
    pub(crate) parts: Vec<TokenKind>,
    /// Whether a call is `approved`.
    pub(crate) approved: bool,
}

impl Facts {
    /// The selection as a tree; `None` without items.
    pub(crate) fn selection(&self) -> Option<Selection> {
        let span = self.items.first()?.span;
        Some(Selection { items: self.items.clone(), except: self.except.clone(), span })
    }
}

/// Reads a statement up to the cursor.
pub(crate) fn read(text: &str, file: FileId, tokens: &[Token]) -> (Facts, Expect) {
    let mut reader = Reader { text, file, tokens, at: 0, facts: Facts::default() };
    let expect = reader.statement().err().unwrap_or(Expect::Nothing);
    (reader.facts, expect)
}

/// The selection behind the `for` of a requirement whose condition is being typed.
pub(crate) fn selection_ahead(text: &str, file: FileId, tokens: &[Token]) -> Option<Selection> {
    let at = tokens.iter().position(|token| token.kind == TokenKind::For)?;
    let mut reader = Reader { text, file, tokens, at: at + 1, facts: Facts::default() };
    // Where the selection ends the tokens may, too: what was read is in the facts.
    let _ = reader.selection();
    reader.facts.selection()
}

/// Goes on, or says what could stand where the tokens end.
pub(super) type Read<T> = Result<T, Expect>;

pub(super) struct Reader<'t> {
    text: &'t str,
    file: FileId,
    tokens: &'t [Token],
    at: usize,
    pub(super) facts: Facts,
}

impl<'t> Reader<'t> {
    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    /// The kind of the next token, or what could stand in its place.
    pub(super) fn kind(&self, expect: impl FnOnce() -> Expect) -> Read<TokenKind> {
        self.peek().map(|token| token.kind).ok_or_else(expect)
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// Steps over the next token if it is of a kind.
    pub(super) fn eat(&mut self, kind: TokenKind) -> Option<Token> {
        let token = self.peek().filter(|token| token.kind == kind)?;
        self.at += 1;
        Some(token)
    }

    /// Steps over a token of a kind; one of another kind is left for others. Says what could stand there if the tokens end.
    pub(super) fn want(&mut self, kind: TokenKind, expect: Expect) -> Read<Option<Token>> {
        self.kind(|| expect)?;
        Ok(self.eat(kind))
    }

    pub(super) fn text(&self, token: Token) -> &'t str {
        token.text(self.text)
    }

    pub(super) fn string(&self, token: Token) -> String {
        unescape(self.text(token)).unwrap_or_else(|error| error.text)
    }

    fn statement(&mut self) -> Read<()> {
        use TokenKind as T;
        let first = self.kind(|| Expect::Statement)?;
        self.skip();
        match first {
            T::Server => {
                self.name()?;
                self.want(T::From, Expect::Words(&["from"]))?;
                self.want(T::Str, Expect::Text(Text::Catalogue))?;
            }
            T::Import => {
                self.want(T::Str, Expect::Text(Text::Import))?;
            }
            T::Let => {
                self.name()?;
                self.want(T::Equal, Expect::Nothing)?;
                self.kind(|| Expect::Literal)?;
                // Inside a list the same may stand again; the end of the tokens decides.
                let list = self.eat(T::LeftBracket).is_some();
                while let Some(token) = self.peek() {
                    self.skip();
                    if list && matches!(token.kind, T::Comma) && self.peek().is_none() {
                        return Err(Expect::Literal);
                    }
                }
                if list && self.tokens.last().is_some_and(|last| last.kind == T::LeftBracket) {
                    return Err(Expect::Literal);
                }
            }
            T::Group => {
                self.facts.form = Form::Group;
                self.name()?;
                self.want(T::Equal, Expect::Nothing)?;
                self.selection()?;
            }
            T::Policy => self.name()?,
            T::Test => {
                self.want(T::Str, Expect::Text(Text::Test))?;
            }
            T::Allow => self.rule(Form::Allow)?,
            T::Deny => self.rule(Form::Deny)?,
            T::Hide => self.rule(Form::Hide)?,
            T::Limit => self.rule(Form::Limit)?,
            T::Require => self.requirement()?,
            T::Assert => self.assertion()?,
            T::Call => self.call()?,
            T::Wait => self.duration(|| Expect::Duration)?,
            _ => {}
        }
        Err(Expect::Nothing)
    }

    /// A name of the author's own.
    fn name(&mut self) -> Read<()> {
        self.kind(|| Expect::Nothing)?;
        self.skip();
        Ok(())
    }

    fn rule(&mut self, form: Form) -> Read<()> {
        self.facts.form = form;
        if form == Form::Limit && self.eat(TokenKind::Total).is_some() {
            self.facts.total = true;
        }
        self.selection()?;
        if matches!(form, Form::Limit | Form::AssertLimit) {
            self.rate()?;
        }
        self.clauses()
    }

    fn requirement(&mut self) -> Read<()> {
        self.facts.form = Form::Require;
        if self.kind(|| Expect::Requirement)? == TokenKind::Approval {
            self.skip();
            self.facts.form = Form::Approval;
            self.approver()?;
        } else {
            self.condition()?;
        }
        self.want(TokenKind::For, Expect::Words(&["for"]))?;
        let form = self.facts.form;
        self.rule(form)
    }

    /// `by STRING`, if it stands there.
    fn approver(&mut self) -> Read<()> {
        self.kind(|| Expect::AfterApproval)?;
        if self.peek().is_some_and(|token| token.kind == TokenKind::Name && self.text(token) == "by") {
            self.skip();
            self.want(TokenKind::Str, Expect::Text(Text::Approver))?;
        }
        Ok(())
    }

    fn assertion(&mut self) -> Read<()> {
        let demand = self.kind(|| Expect::Demand)?;
        self.skip();
        match demand {
            TokenKind::Limit => self.rule(Form::AssertLimit),
            TokenKind::Approval => {
                self.want(TokenKind::For, Expect::Words(&["for"]))?;
                self.rule(Form::Assert)
            }
            _ => self.rule(Form::Assert),
        }
    }

    fn selection(&mut self) -> Read<()> {
        use TokenKind as T;
        let mut excepting = false;
        loop {
            let first = self.facts.items.is_empty();
            let total = first && self.facts.form == Form::Limit && !self.facts.total;
            self.kind(|| Expect::Item { server: None, excepting, total })?;
            let start = self.peek().map_or(0, |token| token.start);
            if let Some(item) = self.item(excepting, start)? {
                if excepting { &mut self.facts.except } else { &mut self.facts.items }.push(item);
            }
            match self.kind(|| Expect::AfterItem { excepting })? {
                T::Comma => self.skip(),
                T::Except => {
                    self.skip();
                    excepting = true;
                }
                _ => return Ok(()),
            }
        }
    }

    /// An item; `None` for what is none, which is stepped over only if it cannot belong to what follows.
    fn item(&mut self, excepting: bool, start: u32) -> Read<Option<SelectionItem>> {
        use TokenKind as T;
        let Some(token) = self.peek() else { return Ok(None) };
        let mut server = None;
        let mut token = token;
        let ahead = self.tokens.get(self.at + 1).map(|next| next.kind);
        if token.kind == T::Name && ahead == Some(T::ColonColon) {
            let name = self.text(token).to_owned();
            self.at += 2;
            let span = Span::new(self.file, token.start, token.end);
            server = Some(Ident { text: name.clone(), span });
            self.kind(|| Expect::Item { server: Some(name), excepting, total: false })?;
            let Some(next) = self.peek() else { return Ok(None) };
            token = next;
        }
        let text = self.text(token);
        let kind = match token.kind {
            T::Name | T::ForeignName => SelectionKind::Name(text.to_owned()),
            T::Str | T::ForeignString | T::SmartString => SelectionKind::Quoted(self.string(token)),
            T::Glob => SelectionKind::Glob(text.to_owned()),
            T::Star => SelectionKind::Everything,
            T::Set => SelectionKind::Set(text.trim_start_matches('@').to_owned()),
            _ => return Ok(None),
        };
        self.skip();
        Ok(Some(SelectionItem { server, kind, span: Span::new(self.file, start, token.end) }))
    }

    fn rate(&mut self) -> Read<()> {
        use TokenKind as T;
        if self.eat(T::Number).is_none() && self.eat(T::BadNumber).is_none() {
            return Ok(());
        }
        self.want(T::Slash, Expect::Slash)?;
        self.window()?;
        self.facts.rated = true;
        Ok(())
    }

    fn window(&mut self) -> Read<()> {
        self.kind(|| Expect::Unit(false))?;
        match self.eat(TokenKind::Name) {
            Some(_) => Ok(()),
            None => self.duration(|| Expect::Unit(false)),
        }
    }

    fn duration(&mut self, first: impl FnOnce() -> Expect) -> Read<()> {
        self.kind(first)?;
        if self.eat(TokenKind::Number).is_some() {
            self.want(TokenKind::Name, Expect::Unit(true))?;
        }
        Ok(())
    }

    fn clauses(&mut self) -> Read<()> {
        use TokenKind as T;
        loop {
            let kind = self.kind(|| Expect::Clause)?;
            self.skip();
            if !matches!(kind, T::Of | T::Per | T::When | T::Unless | T::As | T::Because | T::For) {
                continue;
            }
            self.facts.clause = Some(kind);
            match kind {
                T::Of => {
                    self.path(Purpose::Sum)?;
                }
                T::Per => self.scope()?,
                T::When | T::Unless => self.condition()?,
                T::As => {
                    self.want(T::Str, Expect::Text(Text::Counter))?;
                }
                T::Because => {
                    self.want(T::Str, Expect::Text(Text::Reason))?;
                }
                _ => {
                    self.want(T::Name, Expect::Words(&["valid calls"]))?;
                    self.want(T::Name, Expect::Words(&["calls"]))?;
                }
            }
        }
    }

    fn scope(&mut self) -> Read<()> {
        use TokenKind as T;
        self.kind(|| Expect::Scope)?;
        self.skip();
        if self.eat(T::Dot).is_some() {
            self.kind(|| Expect::ScopeClaim)?;
            self.skip();
        }
        Ok(())
    }

    fn call(&mut self) -> Read<()> {
        use TokenKind as T;
        self.facts.form = Form::Call;
        self.kind(|| Expect::Tool { server: None })?;
        let Some(first) = self.peek() else { return Ok(()) };
        self.skip();
        let named = |reader: &Self, token: Token| match token.kind {
            T::Str => reader.string(token),
            _ => reader.text(token).to_owned(),
        };
        let mut tool = (None, named(self, first));
        if self.eat(T::ColonColon).is_some() {
            let server = tool.1;
            self.kind(|| Expect::Tool { server: Some(server.clone()) })?;
            let Some(second) = self.peek() else { return Ok(()) };
            self.skip();
            tool = (Some(server), named(self, second));
        }
        self.facts.tool = Some(tool);
        loop {
            let kind = self.kind(|| Expect::AfterTool)?;
            self.facts.parts.push(kind);
            match kind {
                T::LeftBrace => self.json(false)?,
                T::From => {
                    self.skip();
                    self.json(true)?;
                }
                T::As => {
                    self.skip();
                    self.want(T::Str, Expect::Text(Text::Grant))?;
                }
                T::Times => {
                    self.skip();
                    self.want(T::Number, Expect::Times)?;
                }
                T::Name => {
                    self.facts.approved |= self.peek().is_some_and(|token| self.text(token) == "approved");
                    self.skip();
                }
                T::Arrow => {
                    self.skip();
                    let outcome = self.kind(|| Expect::Outcome)?;
                    self.skip();
                    if outcome == T::Deny {
                        self.kind(|| Expect::Text(Text::Denial))?;
                    }
                    return Err(Expect::Nothing);
                }
                _ => self.skip(),
            }
        }
    }
}

/// The steps of a dotted name.
pub(super) fn split(name: &str) -> impl Iterator<Item = Step> {
    name.split('.').map(|key| Step::Key(key.to_owned()))
}
