//! The surroundings of the cursor: the word under it, the tokens of its statement before and after
//! it, and the block it is in.
//!
//! It works on the tokens alone, because the statement that is being typed is broken most of the time. A statement ends at `;`, at
//! the brace of its block, and where a line begins with a word that begins a statement and nothing else.

use crate::line;
use crate::source::{FileId, Span};
use crate::syntax::token::{Token, TokenKind};

/// The most tokens that are looked at after the cursor.
const MOST_AFTER: usize = 400;

/// What the cursor is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CursorIn {
    /// Words and punctuation.
    Code,
    /// A string; it may lack its closing quote.
    Text(Token),
    /// A comment.
    Comment(Token),
    /// Something that has no meaning here.
    Foreign,
}

/// The block that a statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    /// None: the file itself.
    File,
    /// `policy NAME { ... }`
    Policy,
    /// `test "..." { ... }`
    Test,
}

/// The surroundings of an offset.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    /// The text of the file.
    pub(crate) text: &'a str,
    /// The offset.
    pub(crate) at: u32,
    /// The file.
    pub(crate) file: FileId,
    /// What the offset is in the middle of.
    pub(crate) place: CursorIn,
    /// The block that the statement stands in.
    pub(crate) block: Block,
    /// The word or string that the cursor stands in or at the end of.
    pub(crate) word: Option<Token>,
    /// The tokens of the statement before the word, without white space and comments.
    pub(crate) before: Vec<Token>,
    /// The tokens of the statement after the word, likewise.
    pub(crate) after: Vec<Token>,
    /// Whether the word, or what is to be typed, is the first of its line.
    pub(crate) new_line: bool,
    /// Whether more of the statement follows on the line of the cursor.
    pub(crate) line_goes_on: bool,
}

impl<'a> Cursor<'a> {
    /// Looks round an offset. One that is beyond the end, or inside a character, is moved back to where text can be.
    pub(crate) fn new(text: &'a str, tokens: &[Token], file: FileId, at: u32) -> Self {
        let mut at = (at as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let at = crate::source::offset(at);
        let touched = tokens.partition_point(|token| token.end < at);
        let touched = tokens.get(touched).filter(|token| token.start < at).copied();
        let place = place(touched, at);
        let word = touched.filter(|token| is_word(*token, place, text));
        let from = word.map_or(at, |word| word.start);
        let split = tokens.partition_point(|token| token.end <= from);
        let (front, back) = tokens.split_at_checked(split).unwrap_or((tokens, &[]));
        let mut scan = Scan { text, blocks: Vec::new(), statement: Vec::new(), depth: 0, new_line: true };
        for token in front {
            scan.next(*token);
        }
        // The line may begin in the white space that the cursor stands in.
        let gap = front.last().map_or(0, |last| last.end) as usize..from as usize;
        let new_line = scan.new_line || line::is_broken(text.get(gap).unwrap_or_default());
        // A word at the cursor is the first of what is behind the split.
        let back = back.get(usize::from(word.is_some())..).unwrap_or_default();
        let (after, line_goes_on) = rest(text, back, at, scan.depth);
        let block = scan.blocks.last().copied().unwrap_or(Block::File);
        Self { text, at, file, place, block, word, before: scan.statement, after, new_line, line_goes_on }
    }

    /// The place of the word, or the empty place of the cursor.
    pub(crate) fn replace(&self) -> Span {
        let (start, end) = self.word.map_or((self.at, self.at), |word| match word.kind {
            // What follows on the line of a string without end is not part of what was meant.
            TokenKind::UnterminatedString => (word.start, self.at),
            _ => (word.start, word.end),
        });
        Span::new(self.file, start, end)
    }

    /// The word before the cursor.
    pub(crate) fn typed(&self) -> &'a str {
        let start = self.word.map_or(self.at, |word| word.start);
        self.text.get(start as usize..self.at as usize).unwrap_or_default()
    }
}

fn place(touched: Option<Token>, at: u32) -> CursorIn {
    let Some(token) = touched else { return CursorIn::Code };
    match token.kind {
        TokenKind::Comment => CursorIn::Comment(token),
        TokenKind::Str if at < token.end => CursorIn::Text(token),
        TokenKind::UnterminatedString => CursorIn::Text(token),
        TokenKind::ForeignString | TokenKind::SmartString if at < token.end => CursorIn::Foreign,
        TokenKind::ForeignComment => CursorIn::Foreign,
        _ => CursorIn::Code,
    }
}

fn is_word(token: Token, place: CursorIn, text: &str) -> bool {
    use TokenKind as T;
    match token.kind {
        T::Name | T::Glob | T::Set | T::Number | T::BadNumber | T::ForeignName => true,
        T::Str | T::UnterminatedString => matches!(place, CursorIn::Text(_)),
        // An `@` without a name.
        T::Stray => token.text(text) == "@",
        kind => kind.is_keyword(),
    }
}

/// Reads tokens and remembers those of the last statement.
struct Scan<'a> {
    text: &'a str,
    blocks: Vec<Block>,
    statement: Vec<Token>,
    /// Delimiters that are open in the statement.
    depth: u32,
    new_line: bool,
}

impl Scan<'_> {
    fn next(&mut self, token: Token) {
        use TokenKind as T;
        let kind = token.kind;
        if kind.is_trivia() || kind == T::ForeignComment {
            self.new_line |= line::is_broken(token.text(self.text));
            return;
        }
        if kind.starts_statement() && breaks_off(&self.statement, kind, self.new_line) {
            self.end();
        }
        self.new_line = false;
        if self.statement.is_empty() {
            self.leave_blocks(kind);
        }
        match kind {
            T::Semicolon => return self.end(),
            T::LeftBrace if self.depth == 0 => match self.statement.first().map(|first| first.kind) {
                Some(T::Policy) => return self.enter(Block::Policy),
                Some(T::Test) => return self.enter(Block::Test),
                _ => self.depth += 1,
            },
            T::LeftBrace | T::LeftBracket | T::LeftParen => self.depth += 1,
            T::RightBrace if self.depth == 0 => {
                self.blocks.pop();
                return self.end();
            }
            T::RightBrace | T::RightBracket | T::RightParen => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.statement.push(token);
    }

    fn end(&mut self) {
        self.statement.clear();
        self.depth = 0;
    }

    fn enter(&mut self, block: Block) {
        self.blocks.push(block);
        self.end();
    }

    /// A block that cannot hold the statement was not closed.
    fn leave_blocks(&mut self, kind: TokenKind) {
        use TokenKind as T;
        if kind.starts_statement() {
            while let Some(block) = self.blocks.last() {
                let fits = match block {
                    Block::Test => matches!(kind, T::Call | T::Wait),
                    Block::Policy => !matches!(kind, T::Policy | T::Server | T::Import),
                    Block::File => true,
                };
                if fits {
                    break;
                }
                self.blocks.pop();
            }
        }
    }
}

/// Whether a word that can begin a statement does so after these tokens of one.
fn breaks_off(statement: &[Token], kind: TokenKind, new_line: bool) -> bool {
    use TokenKind as T;
    new_line
        && statement.last().is_some_and(|last| match last.kind {
            T::Assert => !matches!(kind, T::Allow | T::Deny | T::Limit),
            T::Arrow => !matches!(kind, T::Allow | T::Deny),
            T::Per => kind != T::Server,
            _ => true,
        })
}

/// The tokens of the statement after the cursor, and whether one of them, or its `;`, is on its line. `depth` counts the delimiters that
/// are open at the cursor.
fn rest(text: &str, tokens: &[Token], at: u32, mut depth: u32) -> (Vec<Token>, bool) {
    use TokenKind as T;
    let mut found: Vec<Token> = Vec::new();
    let mut new_line = false;
    let mut goes_on = false;
    for token in tokens {
        let kind = token.kind;
        if kind.is_trivia() {
            let start = token.start.max(at) as usize;
            new_line |= line::is_broken(text.get(start..token.end as usize).unwrap_or_default());
            continue;
        }
        if found.len() == MOST_AFTER || new_line && kind.starts_statement() {
            break;
        }
        match kind {
            T::Semicolon => {
                goes_on |= !new_line;
                break;
            }
            T::RightBrace if depth == 0 => break,
            T::LeftBrace | T::LeftBracket | T::LeftParen => depth += 1,
            T::RightBrace | T::RightBracket | T::RightParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        goes_on |= !new_line;
        found.push(*token);
    }
    (found, goes_on)
}
