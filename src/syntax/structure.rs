//! The pass between lexer and parser.
//!
//! It hands the parser the significant tokens, with every missing `;` and closing delimiter put in as a token
//! of no width, and reports what it had to put in. Statement keywords are reserved, so a statement that
//! should have ended before one of them is recognised as such: an unfinished line costs one message, and the
//! statements round it survive. Tokens of other languages (`&&`, quotes of another kind, `#` comments) become
//! what their author meant, with a message.

use super::text::unescape;
use super::token::{Token, TokenKind};
use crate::diagnostics::{Applicability, Diagnostic, codes, quote, shown};
use crate::json::json_quote;
use crate::line;
use crate::source::{FileId, Span, offset};

/// The most characters of a string that a fix shows.
const MOST_SHOWN: usize = 60;

/// The tokens for the parser and the errors found so far.
pub(super) struct Structured {
    pub(super) tokens: Vec<Token>,
    pub(super) errors: Vec<Diagnostic>,
    /// The statements in which something was reported that the parser would only stumble over again.
    pub(super) damaged: Vec<(u32, u32)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// `(`, `[`, or `{` of JSON.
    None,
    Policy,
    Test,
}

struct Open {
    token: Token,
    block: Block,
}

struct Pass<'t> {
    text: &'t str,
    file: FileId,
    out: Vec<Token>,
    errors: Vec<Diagnostic>,
    damaged: Vec<(u32, u32)>,
    open: Vec<Open>,
    /// The keyword that the current statement began with; `None` between statements.
    statement: Option<TokenKind>,
    /// The first byte of the current statement.
    begin: u32,
    /// Whether something of the current statement was already reported as unfinished.
    reported: bool,
    /// Whether the current token is the first of its line.
    new_line: bool,
    /// How many more `{` than `}` come after the current token.
    braces_ahead: i64,
    /// The tokens after the current one.
    ahead: &'t [Token],
}

pub(super) fn structure(text: &str, file: FileId, tokens: &[Token]) -> Structured {
    let mut pass = Pass {
        text,
        file,
        out: Vec::with_capacity(tokens.len()),
        errors: Vec::new(),
        damaged: Vec::new(),
        open: Vec::new(),
        statement: None,
        begin: 0,
        reported: false,
        new_line: true,
        braces_ahead: tokens.iter().map(|token| brace(token.kind)).sum(),
        ahead: tokens,
    };
    while let Some((token, ahead)) = pass.ahead.split_first() {
        pass.ahead = ahead;
        pass.braces_ahead -= brace(token.kind);
        if token.kind.is_trivia() {
            pass.new_line |= line::is_broken(token.text(text));
        } else {
            if let Some(token) = pass.translate(*token) {
                pass.next(token);
            }
            pass.new_line = false;
        }
    }
    pass.end();
    Structured { tokens: pass.out, errors: pass.errors, damaged: pass.damaged }
}

impl Pass<'_> {
    fn span(&self, token: Token) -> Span {
        Span::new(self.file, token.start, token.end)
    }

    /// Turns tokens of other languages into ours. `None` drops the token.
    fn translate(&mut self, token: Token) -> Option<Token> {
        let span = self.span(token);
        let text = token.text(self.text);
        let kind = match token.kind {
            TokenKind::UnterminatedString => {
                let error =
                    Diagnostic::new(codes::UNTERMINATED_STRING, span, "a string has no closing quote on its line");
                let error = error.help("close it with `\"`; a line end inside a string is written `\\n`");
                // What ends a statement or a list is hardly part of the string.
                let inside = text.trim_end_matches(|char: char| char.is_whitespace() || ";,])}\\".contains(char));
                self.errors.push(match inside.len() {
                    0 | 1 => error,
                    length => {
                        let end = span.start + offset(length);
                        let title = format!("write `{}\"`", shown(inside, MOST_SHOWN));
                        error.fix(Applicability::Unsafe, title, Span { start: end, end, ..span }, "\"")
                    }
                });
                self.reported = true;
                TokenKind::Str
            }
            TokenKind::ForeignString | TokenKind::SmartString => {
                let what = if token.kind == TokenKind::SmartString { "typographic" } else { "other" };
                let content = unescape(text).unwrap_or_else(|error| error.text);
                let message = format!("a string in {what} quotes");
                let error = Diagnostic::new(codes::WRONG_QUOTES, span, message).help("write strings in `\"`");
                let fixed = json_quote(&content);
                let title = format!("write `{}`", shown(&fixed, MOST_SHOWN));
                self.errors.push(error.fix(Applicability::Safe, title, span, fixed));
                TokenKind::Str
            }
            TokenKind::ForeignOperator => {
                let (kind, right) = match text {
                    "&&" | "&" => (TokenKind::And, "and"),
                    "||" | "|" => (TokenKind::Or, "or"),
                    "!" => (TokenKind::Not, "not "),
                    "===" => (TokenKind::EqualEqual, "=="),
                    "=~" => (TokenKind::Matches, "matches"),
                    "=<" | "\u{2264}" => (TokenKind::LessEqual, "<="),
                    "\u{2265}" => (TokenKind::GreaterEqual, ">="),
                    "=>" if self.statement != Some(TokenKind::Call) => (TokenKind::GreaterEqual, ">="),
                    "=>" | "\u{2192}" => (TokenKind::Arrow, "->"),
                    _ => (TokenKind::NotEqual, "!="),
                };
                let message = format!("{} is an operator of another language", quote(text));
                let title = format!("write `{}`", right.trim_end());
                let error = Diagnostic::new(codes::WRONG_OPERATOR, span, message);
                // `=>` is the arrow of as many languages as it is `>=` turned round.
                let is_arrow = text == "=>" && kind != TokenKind::Arrow;
                let applicability = if is_arrow { Applicability::Unsafe } else { Applicability::Safe };
                self.errors.push(error.fix(applicability, title, span, right));
                kind
            }
            TokenKind::ForeignComment if text.starts_with("/*") && self.follows_path(token) => {
                let error = Diagnostic::new(codes::WRONG_COMMENT, span, "`/*` begins a comment of another language");
                self.errors.push(error.help("write the name of a file in quotes: `like \"/srv/*\"`"));
                self.reported = true;
                return None;
            }
            TokenKind::ForeignComment if text.starts_with("/*") && self.follows_name(token) => {
                let error = Diagnostic::new(codes::WRONG_COMMENT, span, "`/*` begins a comment of another language");
                let name = self.out.last().map(|last| last.text(self.text)).unwrap_or_default();
                let help = format!("write {} for the tools of a server", quote(&format!("{name}::*")));
                let place = Span { end: span.start + 2, ..span };
                let title = format!("write `{name}::*`");
                self.errors.push(error.help(help).fix(Applicability::Unsafe, title, place, "::*"));
                self.reported = true;
                return None;
            }
            TokenKind::ForeignComment => {
                let error = Diagnostic::new(codes::WRONG_COMMENT, span, "a comment begins with `//`");
                let inner = text.trim_start_matches(['#', '/', '*', '-', '<', '!']);
                let inner = if text.starts_with('<') {
                    inner.trim_end_matches(['-', '>'])
                } else {
                    inner.trim_end_matches(['*', '/'])
                };
                let lines: Vec<&str> = line::lines_with_ends(inner).collect();
                let fixed: Vec<String> = lines.iter().map(|line| format!("// {}", line.trim())).collect();
                // What stands behind it on its line would become a part of it.
                let behind = self.text.get(span.end as usize..).unwrap_or_default();
                let behind = line::lines_with_ends(behind).next().unwrap_or_default();
                let single = fixed.len() == 1 && (text.starts_with(['#', '-']) || behind.trim().is_empty());
                self.errors.push(match single {
                    true => error.fix(Applicability::Safe, "write `//`", span, fixed.concat()),
                    false => error.help("put `//` in front of each of its lines"),
                });
                return None;
            }
            TokenKind::Stray => {
                let message = format!("{} means nothing here", quote(text));
                self.errors.push(Diagnostic::new(codes::STRAY_CHARACTER, span, message).help(stray_help(text)));
                self.reported = true;
                return None;
            }
            TokenKind::ForeignName => {
                let message = format!("{} has letters that a name cannot have", quote(text));
                let error = Diagnostic::new(codes::STRAY_CHARACTER, span, message);
                let help = "a name has letters from A to Z; write a tool with another name as a string, and also a key";
                self.errors
                    .push(error.help(format!("{help}: {}", json_quote(text.rsplit('.').next().unwrap_or(text)))));
                self.reported = true;
                TokenKind::Name
            }
            TokenKind::BadNumber => {
                let message = format!("{} is not a number", quote(text));
                let error = Diagnostic::new(codes::BAD_NUMBER, span, message);
                let error =
                    error.help("numbers are those of JSON, with `_` allowed between digits: `50_000`, `-1`, `0.5`");
                self.errors.push(match number(text) {
                    Some(number) => error.fix(Applicability::Safe, format!("write `{number}`"), span, number),
                    None => error,
                });
                TokenKind::Number
            }
            other => other,
        };
        Some(Token { kind, ..token })
    }

    /// Whether a token stands directly behind a name.
    /// Whether a token stands directly behind a name with a slash in front, as in `/srv/*`.
    fn follows_path(&self, token: Token) -> bool {
        let slash = self.out.len().checked_sub(2).and_then(|at| self.out.get(at));
        self.follows_name(token) && slash.is_some_and(|slash| slash.kind == TokenKind::Slash)
    }

    fn follows_name(&self, token: Token) -> bool {
        self.out.last().is_some_and(|last| last.kind == TokenKind::Name && last.end == token.start)
    }

    fn next(&mut self, token: Token) {
        let kind = token.kind;
        if kind.starts_statement() && self.ends_statement() {
            self.unfinished(token);
        } else if kind.starts_statement() && self.new_line && self.breaks_off(kind) {
            self.close_inner(token);
            self.semicolon(self.out.last().map_or(token.start, |last| last.end));
        }
        self.close_blocks_before(token);
        match kind {
            TokenKind::Semicolon => {
                self.close_inner(token);
                self.push(token);
                self.finish(token.end);
            }
            TokenKind::Arrow if self.statement == Some(TokenKind::Call) => {
                self.close_inner(token);
                self.push(token);
            }
            TokenKind::LeftBrace | TokenKind::LeftBracket | TokenKind::LeftParen => {
                let plain =
                    kind != TokenKind::LeftBrace || self.open.last().is_some_and(|open| open.block == Block::None);
                let block = match self.statement {
                    Some(TokenKind::Policy) if !plain => Block::Policy,
                    Some(TokenKind::Test) if !plain => Block::Test,
                    _ => Block::None,
                };
                self.open.push(Open { token, block });
                if block == Block::None {
                    self.push(token);
                } else {
                    self.push(Token { kind: TokenKind::BlockStart, ..token });
                    self.finish(token.end);
                }
            }
            TokenKind::RightParen | TokenKind::RightBracket => self.close(token, matching(kind)),
            TokenKind::RightBrace => self.close_brace(token),
            _ => self.push(token),
        }
    }

    fn push(&mut self, token: Token) {
        if self.statement.is_none() {
            self.statement = Some(token.kind);
            self.begin = token.start;
        }
        self.out.push(token);
    }

    /// Whether the statement could end after the last token.
    fn ends_statement(&self) -> bool {
        use TokenKind as T;
        let mut back = self.out.iter().rev();
        let (Some(last), before) = (back.next(), back.next()) else { return false };
        if self.statement.is_none() {
            return false;
        }
        match last.kind {
            T::Name
            | T::Glob
            | T::Star
            | T::Set
            | T::Str
            | T::Number
            | T::RightBracket
            | T::RightParen
            | T::True
            | T::False
            | T::Null
            | T::RightBrace => true,
            T::Allow | T::Deny | T::Approval => before.is_some_and(|before| before.kind == T::Arrow),
            _ => false,
        }
    }

    /// Ends a statement before `token`, which begins another.
    fn unfinished(&mut self, token: Token) {
        self.close_inner(token);
        let at = self.out.last().map_or(token.start, |last| last.end);
        if !self.reported {
            let span = Span::new(self.file, at, at);
            let keyword = quote(token.text(self.text));
            let error = Diagnostic::new(codes::MISSING_SEMICOLON, span, format!("missing `;` before {keyword}"))
                .because(self.span(token), "a new statement begins here")
                .fix(Applicability::Safe, "insert `;`", span, ";");
            self.errors.push(error);
        }
        self.semicolon(at);
    }

    fn semicolon(&mut self, at: u32) {
        self.out.push(Token { kind: TokenKind::Semicolon, start: at, end: at });
        self.finish(at);
    }

    /// The current statement is over.
    fn finish(&mut self, end: u32) {
        if std::mem::take(&mut self.reported) && self.statement.is_some() {
            self.damaged.push((self.begin, end));
        }
        self.statement = None;
    }

    /// Whether the current statement cannot go on with a keyword that begins one, so that one at the beginning of a
    /// line begins another: what comes before is unfinished, which the parser will say.
    fn breaks_off(&self, kind: TokenKind) -> bool {
        use TokenKind as T;
        let goes_on = self.out.last().is_none_or(|last| match last.kind {
            T::Assert => matches!(kind, T::Allow | T::Deny | T::Limit),
            T::Arrow => matches!(kind, T::Allow | T::Deny),
            T::Per => kind == T::Server,
            T::Dot => !self.goes_on_as_statement(),
            _ => false,
        });
        self.statement.is_some() && !goes_on
    }

    /// Whether the current token, a keyword behind a dot, is followed by what never follows a path: then the path is unfinished, and
    /// the keyword no part of it.
    fn goes_on_as_statement(&self) -> bool {
        use TokenKind as T;
        let next = self.ahead.iter().find(|token| !token.kind.is_trivia());
        next.is_some_and(|next| {
            matches!(
                next.kind,
                T::Name
                    | T::Glob
                    | T::Star
                    | T::Set
                    | T::Str
                    | T::Total
                    | T::Approval
                    | T::Allow
                    | T::Deny
                    | T::Limit
                    | T::Has
                    | T::Every
                    | T::Some
                    | T::Length
            )
        })
    }

    /// Closes parentheses, brackets and JSON braces that are open where a statement ends.
    fn close_inner(&mut self, before: Token) {
        while let Some(open) = self.open.pop_if(|open| open.block == Block::None) {
            self.never_closed(open.token);
            let at = self.out.last().map_or(before.start, |last| last.end);
            self.out.push(Token { kind: closer(open.token.kind), start: at, end: at });
        }
    }

    fn never_closed(&mut self, open: Token) {
        if !std::mem::replace(&mut self.reported, true) {
            let message = format!("this {} is never closed", quote(open.text(self.text)));
            let help = format!("add the matching `{}`", closer_text(open.kind));
            self.errors.push(Diagnostic::new(codes::UNCLOSED_DELIMITER, self.span(open), message).help(help));
        }
    }

    /// Closes a block that cannot hold the statement which begins with `token`.
    fn close_blocks_before(&mut self, token: Token) {
        use TokenKind as T;
        if self.statement.is_some() || !token.kind.starts_statement() {
            return;
        }
        while let Some(open) = self.open.last() {
            let fits = match open.block {
                Block::Test => matches!(token.kind, T::Call | T::Wait),
                Block::Policy => !matches!(token.kind, T::Policy | T::Server | T::Import | T::Call | T::Wait),
                Block::None => true,
            };
            // A wrong statement inside a well-formed block is for the parser or `sema` to report; only a block
            // that is not closed later on is closed here.
            if fits || self.closed_later() {
                return;
            }
            let open = open.token;
            self.open.pop();
            self.never_closed(open);
            self.reported = false;
            let at = self.out.last().map_or(token.start, |last| last.end);
            self.out.push(Token { kind: T::RightBrace, start: at, end: at });
        }
    }

    /// Whether the rest of the text closes all blocks that are open now.
    fn closed_later(&self) -> bool {
        i64::try_from(self.open.len()).unwrap_or(i64::MAX) + self.braces_ahead <= 0
    }

    fn close(&mut self, token: Token, wanted: TokenKind) {
        let mut inner = self.open.iter().rev().take_while(|open| open.block == Block::None);
        let Some(depth) = inner.position(|open| open.token.kind == wanted) else {
            return self.unopened(token);
        };
        for _ in 0..depth {
            if let Some(open) = self.open.pop() {
                self.never_closed(open.token);
                self.out.push(Token { kind: closer(open.token.kind), start: token.start, end: token.start });
            }
        }
        self.open.pop();
        self.push(token);
    }

    fn unopened(&mut self, token: Token) {
        let message = format!("this {} closes nothing", quote(token.text(self.text)));
        let span = self.span(token);
        let error = Diagnostic::new(codes::UNOPENED_DELIMITER, span, message);
        self.errors.push(error.fix(Applicability::Unsafe, "remove it", span, ""));
    }

    fn close_brace(&mut self, token: Token) {
        let json = self.open.iter().rev().take_while(|open| open.block == Block::None);
        if json.into_iter().any(|open| open.token.kind == TokenKind::LeftBrace) {
            return self.close(token, TokenKind::LeftBrace);
        }
        if !self.open.iter().any(|open| open.block != Block::None) {
            return self.unopened(token);
        }
        self.close_inner(token);
        if self.statement.is_some() {
            let at = self.out.last().map_or(token.start, |last| last.end);
            self.semicolon(at);
        }
        self.open.pop();
        self.out.push(token);
        self.finish(token.end);
    }

    fn end(&mut self) {
        let at = self.out.last().map_or(0, |last| last.end);
        let end = Token { kind: TokenKind::Semicolon, start: at, end: at };
        loop {
            self.close_inner(end);
            if self.statement.is_some() {
                self.semicolon(at);
            }
            let Some(open) = self.open.pop() else { break };
            self.never_closed(open.token);
            self.out.push(Token { kind: TokenKind::RightBrace, start: at, end: at });
        }
    }
}

fn brace(kind: TokenKind) -> i64 {
    match kind {
        TokenKind::LeftBrace => 1,
        TokenKind::RightBrace => -1,
        _ => 0,
    }
}

fn matching(kind: TokenKind) -> TokenKind {
    match kind {
        TokenKind::RightParen => TokenKind::LeftParen,
        TokenKind::RightBracket => TokenKind::LeftBracket,
        _ => TokenKind::LeftBrace,
    }
}

fn closer(kind: TokenKind) -> TokenKind {
    match kind {
        TokenKind::LeftParen => TokenKind::RightParen,
        TokenKind::LeftBracket => TokenKind::RightBracket,
        _ => TokenKind::RightBrace,
    }
}

fn closer_text(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::LeftParen => ")",
        TokenKind::LeftBracket => "]",
        _ => "}",
    }
}

/// The number of the language that other digits stand for: `.5`, `5.`, `1_`; not `007`, which is no number at all, and not `1.2.3`.
fn number(text: &str) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let digits = digits.trim_end_matches(['.', '_']);
    let digits = if digits.starts_with('.') { format!("0{digits}") } else { digits.to_owned() };
    let number = format!("{sign}{digits}");
    let is_number = matches!(super::token::lex(&number).as_slice(), [only] if only.kind == TokenKind::Number);
    is_number.then_some(number)
}

fn stray_help(text: &str) -> &'static str {
    match text.chars().next() {
        Some('\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»') => "write strings in `\"`",
        Some('@') => "a set is `@` and a name: `@write`",
        Some('+' | '%' | '^') => "there is no arithmetic: compare the value itself with a number",
        Some('\\') => "a backslash is only allowed in strings; write a rate with `/`: `30/min`",
        Some('?') => "write a value in the policy itself; quote a key with such a character: `args.\"a?\"`",
        Some('$' | '~') => "quote a key with such a character: `args.\"$and\"`; write a tool name with it as a string",
        _ => "remove it",
    }
}
