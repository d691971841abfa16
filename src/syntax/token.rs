//! Tokens and the lexer.
//!
//! Lexing is total: the texts of the tokens of any input, put together, are the input. What is not part of the
//! language becomes a token of its own kind, so that the parser can say what to write instead.

use logos::Logos;

use crate::source::offset;

/// The kind of a token. The text is found through its place.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// Spaces, tabs and line ends.
    #[regex(r"[ \t\r\n\f\u{feff}]+")]
    Space,
    /// `// ...` to the end of the line, which is before LF, CR LF or a lone CR.
    #[regex(r"//[^\n\r]*", allow_greedy = true)]
    Comment,

    /// A tool, path or declared name.
    #[regex(r"[A-Za-z_]([A-Za-z0-9_.\-]*[A-Za-z0-9_])?", priority = 3)]
    Name,
    /// A name with stars.
    #[regex(r"[A-Za-z_*]([A-Za-z0-9_.*\-]*[A-Za-z0-9_*])?", priority = 2)]
    Glob,
    /// `*`
    #[token("*", priority = 10)]
    Star,
    /// `@name`
    #[regex(r"@[A-Za-z_]([A-Za-z0-9_.\-]*[A-Za-z0-9_])?")]
    Set,
    /// A string in double quotes.
    #[regex(r#""([^"\\\n\r]|\\[^\n\r])*""#)]
    Str,
    /// A JSON number, `_` allowed between digits.
    #[regex(r"-?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9]+)?", priority = 5)]
    Number,

    /// `server`
    #[token("server", priority = 20)]
    Server,
    /// `from`
    #[token("from", priority = 20)]
    From,
    /// `import`
    #[token("import", priority = 20)]
    Import,
    /// `let`
    #[token("let", priority = 20)]
    Let,
    /// `group`
    #[token("group", priority = 20)]
    Group,
    /// `policy`
    #[token("policy", priority = 20)]
    Policy,
    /// `allow`
    #[token("allow", priority = 20)]
    Allow,
    /// `deny`
    #[token("deny", priority = 20)]
    Deny,
    /// `hide`
    #[token("hide", priority = 20)]
    Hide,
    /// `limit`
    #[token("limit", priority = 20)]
    Limit,
    /// `total`
    #[token("total", priority = 20)]
    Total,
    /// `of`
    #[token("of", priority = 20)]
    Of,
    /// `per`
    #[token("per", priority = 20)]
    Per,
    /// `require`
    #[token("require", priority = 20)]
    Require,
    /// `approval`
    #[token("approval", priority = 20)]
    Approval,
    /// `for`
    #[token("for", priority = 20)]
    For,
    /// `when`
    #[token("when", priority = 20)]
    When,
    /// `unless`
    #[token("unless", priority = 20)]
    Unless,
    /// `because`
    #[token("because", priority = 20)]
    Because,
    /// `except`
    #[token("except", priority = 20)]
    Except,
    /// `as`
    #[token("as", priority = 20)]
    As,
    /// `and`
    #[token("and", priority = 20)]
    And,
    /// `or`
    #[token("or", priority = 20)]
    Or,
    /// `not`
    #[token("not", priority = 20)]
    Not,
    /// `has`
    #[token("has", priority = 20)]
    Has,
    /// `in`
    #[token("in", priority = 20)]
    In,
    /// `contains`
    #[token("contains", priority = 20)]
    Contains,
    /// `like`
    #[token("like", priority = 20)]
    Like,
    /// `matches`
    #[token("matches", priority = 20)]
    Matches,
    /// `every`
    #[token("every", priority = 20)]
    Every,
    /// `some`
    #[token("some", priority = 20)]
    Some,
    /// `length`
    #[token("length", priority = 20)]
    Length,
    /// `assert`
    #[token("assert", priority = 20)]
    Assert,
    /// `test`
    #[token("test", priority = 20)]
    Test,
    /// `call`
    #[token("call", priority = 20)]
    Call,
    /// `times`
    #[token("times", priority = 20)]
    Times,
    /// `wait`
    #[token("wait", priority = 20)]
    Wait,
    /// `true`
    #[token("true", priority = 20)]
    True,
    /// `false`
    #[token("false", priority = 20)]
    False,
    /// `null`
    #[token("null", priority = 20)]
    Null,
    /// A word kept for conditions about the order of calls.
    #[token("after", priority = 20)]
    #[token("before", priority = 20)]
    #[token("within", priority = 20)]
    #[token("during", priority = 20)]
    #[token("until", priority = 20)]
    Reserved,

    /// `;`
    #[token(";")]
    Semicolon,
    /// `,`
    #[token(",")]
    Comma,
    /// `.`, where a path goes on after `]` or before a quoted key.
    #[token(".")]
    Dot,
    /// `::`
    #[token("::")]
    ColonColon,
    /// `:`
    #[token(":")]
    Colon,
    /// `/`
    #[token("/")]
    Slash,
    /// `->`
    #[token("->")]
    Arrow,
    /// `{`
    #[token("{")]
    LeftBrace,
    /// `{` of a `policy` or `test` block: the parser learns which it is, so that after a mistake it does not take another for it. No text
    /// is lexed as this.
    BlockStart,
    /// `}`
    #[token("}")]
    RightBrace,
    /// `[`
    #[token("[")]
    LeftBracket,
    /// `]`
    #[token("]")]
    RightBracket,
    /// `(`
    #[token("(")]
    LeftParen,
    /// `)`
    #[token(")")]
    RightParen,
    /// `=`
    #[token("=")]
    Equal,
    /// `==`
    #[token("==")]
    EqualEqual,
    /// `!=`
    #[token("!=")]
    NotEqual,
    /// `<`
    #[token("<")]
    Less,
    /// `<=`
    #[token("<=")]
    LessEqual,
    /// `>`
    #[token(">")]
    Greater,
    /// `>=`
    #[token(">=")]
    GreaterEqual,

    /// A string without its closing quote.
    #[regex(r#""([^"\\\n\r]|\\[^\n\r])*\\?"#, priority = 1)]
    UnterminatedString,
    /// A string in single quotes or backticks.
    #[regex(r"'([^'\\\n\r]|\\[^\n\r])*'")]
    #[regex(r"`[^`\n\r]*`")]
    ForeignString,
    /// A string in typographic quotes.
    #[regex("[\u{201c}-\u{201e}\u{ab}][^\u{201c}-\u{201e}\u{ab}\u{bb}\n\r]*[\u{201c}\u{201d}\u{bb}]")]
    #[regex("[\u{201c}-\u{201e}\u{ab}][^\u{201c}-\u{201e}\u{ab}\u{bb}\"\n\r]*\"")]
    #[regex("[\u{2018}-\u{201a}][^\u{2018}-\u{201a}\n\r]*[\u{2018}\u{2019}]")]
    #[regex("[\u{2018}-\u{201a}][^\u{2018}-\u{201a}'\n\r]*'")]
    SmartString,
    /// Digits that are not a number of the language: `007`, `1_`, `5.`.
    #[regex(r"-?[0-9][0-9_.]*", priority = 4)]
    #[regex(r"-?\.[0-9][0-9_]*", priority = 4)]
    BadNumber,
    /// `&&`, `||`, `!`, `<>`, `=<`, `=>` and `===`: operators of other languages.
    #[token("&&")]
    #[token("&")]
    #[token("||")]
    #[token("|")]
    #[token("!")]
    #[token("<>")]
    #[token("=<")]
    #[token("=>")]
    #[token("===")]
    #[token("=~")]
    #[token("!==")]
    #[token("\u{2192}")]
    #[token("\u{2260}")]
    #[token("\u{2264}")]
    #[token("\u{2265}")]
    ForeignOperator,
    /// `# ...`, `-- ...`, `/* ... */` or `<!-- ... -->`: a comment of another language.
    #[regex(r"#[^\n\r]*", allow_greedy = true)]
    #[regex(r"--[ \t][^\n\r]*", allow_greedy = true)]
    #[regex(r"<!--([^-]|-[^-]|--+[^->])*--+>")]
    #[regex(r"/\*[^*]*\*+([^/*][^*]*\*+)*/")]
    #[regex(r"/\*[^*]*(\*+[^/*][^*]*)*\**", allow_greedy = true)]
    ForeignComment,
    /// A word with letters that names do not have.
    #[regex(r"[\p{L}_]([\p{L}\p{M}\p{Nd}_.\-]*[\p{L}\p{M}\p{Nd}_])?", priority = 1)]
    ForeignName,
    /// Characters that mean nothing here.
    Stray,
}

impl TokenKind {
    /// Whether the parser never sees the token.
    #[must_use]
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Space | Self::Comment)
    }

    /// Whether the token is a reserved word.
    #[must_use]
    pub fn is_keyword(self) -> bool {
        self >= Self::Server && self <= Self::Reserved
    }

    /// Whether a statement can begin with the token, and nothing but a statement can where one may end.
    #[must_use]
    pub fn starts_statement(self) -> bool {
        use TokenKind as T;
        matches!(
            self,
            T::Server
                | T::Import
                | T::Let
                | T::Group
                | T::Policy
                | T::Allow
                | T::Deny
                | T::Hide
                | T::Limit
                | T::Require
                | T::Assert
                | T::Test
                | T::Call
                | T::Wait
        )
    }
}

/// A token and its place: bytes `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Token {
    /// The text of the token within the text it was made from.
    #[must_use]
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Cuts a text into tokens. Neighbouring stray characters become one token.
#[must_use]
pub fn lex(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 4);
    let mut lexer = TokenKind::lexer(text);
    // Where the text begins that the lexer was given last.
    let mut base = 0;
    while let Some(kind) = lexer.next() {
        let range = lexer.span();
        let start = offset(base + range.start);
        let mut end = offset(base + range.end);
        let kind = kind.unwrap_or_else(|()| {
            // What the lexer could not use may hold good tokens after its first character.
            let first = lexer.slice().chars().next().map_or(1, char::len_utf8);
            if first < range.len() {
                base += range.start + first;
                end = offset(base);
                lexer = TokenKind::lexer(text.get(base..).unwrap_or_default());
            }
            TokenKind::Stray
        });
        match tokens.last_mut() {
            Some(last) if kind == TokenKind::Stray && last.kind == TokenKind::Stray => last.end = end,
            _ => tokens.push(Token { kind, start, end }),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        let tokens = lex(text);
        assert_eq!(tokens.iter().map(|token| token.text(text)).collect::<String>(), text);
        tokens
            .iter()
            .filter(|token| token.kind != TokenKind::Space)
            .map(|token| (token.kind, token.text(text)))
            .collect()
    }

    #[test]
    fn splits_where_the_language_does() {
        use TokenKind as T;
        assert_eq!(kinds("x->deny"), [(T::Name, "x"), (T::Arrow, "->"), (T::Deny, "deny")]);
        assert_eq!(kinds("-1 a-1"), [(T::Number, "-1"), (T::Name, "a-1")]);
        assert_eq!(
            kinds("30/60s 50_000 1.5e-3"),
            [
                (T::Number, "30"),
                (T::Slash, "/"),
                (T::Number, "60"),
                (T::Name, "s"),
                (T::Number, "50_000"),
                (T::Number, "1.5e-3")
            ]
        );
        assert_eq!(
            kinds("* *_a a*b delete_*"),
            [(T::Star, "*"), (T::Glob, "*_a"), (T::Glob, "a*b"), (T::Glob, "delete_*")]
        );
        assert_eq!(kinds("limits limit in"), [(T::Name, "limits"), (T::Limit, "limit"), (T::In, "in")]);
        assert_eq!(
            kinds("args.\"a\"[0].b."),
            [
                (T::Name, "args"),
                (T::Dot, "."),
                (T::Str, "\"a\""),
                (T::LeftBracket, "["),
                (T::Number, "0"),
                (T::RightBracket, "]"),
                (T::Dot, "."),
                (T::Name, "b"),
                (T::Dot, ".")
            ]
        );
        assert_eq!(kinds("args.n<-1"), [(T::Name, "args.n"), (T::Less, "<"), (T::Number, "-1")]);
        assert_eq!(kinds("\"a\\\"b\" \"c"), [(T::Str, "\"a\\\"b\""), (T::UnterminatedString, "\"c")]);
        assert_eq!(
            kinds("'a' “b” „c“ 007 1__0 5. .5"),
            [
                (T::ForeignString, "'a'"),
                (T::SmartString, "“b”"),
                (T::SmartString, "„c“"),
                (T::BadNumber, "007"),
                (T::BadNumber, "1__0"),
                (T::BadNumber, "5."),
                (T::BadNumber, ".5")
            ]
        );
        assert_eq!(kinds("a // b \" c\n/// d"), [(T::Name, "a"), (T::Comment, "// b \" c"), (T::Comment, "/// d")]);
        assert_eq!(
            kinds("“a \"b\" c” ‘it's’ näme args.é a’;\n/* b"),
            [
                (T::SmartString, "“a \"b\" c”"),
                (T::SmartString, "‘it's’"),
                (T::ForeignName, "näme"),
                (T::ForeignName, "args.é"),
                (T::Name, "a"),
                (T::Stray, "’"),
                (T::Semicolon, ";"),
                (T::ForeignComment, "/* b"),
            ]
        );
        assert_eq!(
            kinds("<!-- a-b > c --><b"),
            [(T::ForeignComment, "<!-- a-b > c -->"), (T::Less, "<"), (T::Name, "b")]
        );
        assert_eq!(
            kinds("a && !b § § /* x */ # y"),
            [
                (T::Name, "a"),
                (T::ForeignOperator, "&&"),
                (T::ForeignOperator, "!"),
                (T::Name, "b"),
                (T::Stray, "§"),
                (T::Stray, "§"),
                (T::ForeignComment, "/* x */"),
                (T::ForeignComment, "# y")
            ]
        );
    }
}
