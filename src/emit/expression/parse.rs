//! The operators of expressions and their precedence, and a cursor for what stands around expressions.

use super::lex::{self, Token, tokens};
use super::{DEEPEST, Dialect, Kind, Tree};
use crate::predicate::Comparison;
use crate::source::Span;

/// Reads a text from its beginning to its end. An error is the place that cannot be read.
pub(crate) struct Reader<'t> {
    dialect: &'static Dialect,
    tokens: Vec<Token<'t>>,
    at: usize,
}

type Read<T> = Result<T, Span>;

impl<'t> Reader<'t> {
    /// A reader of a text.
    ///
    /// # Errors
    /// The place of the first character that begins no token.
    pub(crate) fn new(text: &'t str, dialect: &'static Dialect) -> Read<Self> {
        Ok(Self { dialect, tokens: tokens(text)?, at: 0 })
    }

    /// Where the next token is, or else the last one.
    pub(crate) fn place(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or_else(Span::default, |token| token.span)
    }

    /// Whether nothing is left.
    pub(crate) fn is_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn peek(&self) -> Option<lex::Kind<'t>> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// Takes a name or a mark if it is next.
    pub(crate) fn takes(&mut self, wanted: &str) -> bool {
        let is_next = matches!(self.peek(), Some(lex::Kind::Name(found) | lex::Kind::Mark(found)) if found == wanted);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes a name or a mark.
    ///
    /// # Errors
    /// Something else is next.
    pub(crate) fn expect(&mut self, wanted: &str) -> Read<()> {
        if self.takes(wanted) { Ok(()) } else { Err(self.place()) }
    }

    /// Takes a name.
    ///
    /// # Errors
    /// Something else is next.
    pub(crate) fn name(&mut self) -> Read<&'t str> {
        let Some(lex::Kind::Name(name)) = self.peek() else { return Err(self.place()) };
        self.at += 1;
        Ok(name)
    }

    /// Takes a string, its escapes read.
    ///
    /// # Errors
    /// Something else is next.
    pub(crate) fn text(&mut self) -> Read<String> {
        let escapes = self.dialect.escapes;
        self.string(|raw| escapes.text(raw))
    }

    fn string(&mut self, read: impl Fn(&str) -> Option<String>) -> Read<String> {
        let Some(lex::Kind::Text(raw)) = self.peek() else { return Err(self.place()) };
        let text = read(raw).ok_or_else(|| self.place())?;
        self.at += 1;
        Ok(text)
    }

    /// Takes an expression.
    ///
    /// # Errors
    /// The place where it stops being one, or is too deep.
    pub(crate) fn expression(&mut self) -> Read<Tree> {
        self.or(0)
    }

    /// A tree from what was next at `start` to what has been taken.
    fn tree(&self, start: usize, kind: Kind) -> Read<Tree> {
        let first = self.tokens.get(start).map_or_else(Span::default, |token| token.span);
        let last = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(first, |token| token.span);
        let parts: usize = match &kind {
            Kind::Name(_) | Kind::Entity(..) | Kind::Text(_) | Kind::Number(_) => 0,
            Kind::List(parts) | Kind::And(parts) | Kind::Or(parts) => deepest(parts),
            Kind::Member(tree, _) | Kind::Not(tree) | Kind::Has(tree, _) | Kind::Like(tree, _) | Kind::Is(tree, _) => {
                tree.depth
            }
            Kind::Call(tree, parts) => tree.depth.max(deepest(parts)),
            Kind::Index(left, right) | Kind::Compare(_, left, right) | Kind::In(left, right) => {
                left.depth.max(right.depth)
            }
        };
        if parts >= DEEPEST { Err(first) } else { Ok(Tree { kind, span: first.to(last), depth: parts + 1 }) }
    }

    fn or(&mut self, depth: usize) -> Read<Tree> {
        if depth >= DEEPEST {
            return Err(self.place());
        }
        self.chain("||", Kind::Or, |reader| reader.and(depth))
    }

    fn and(&mut self, depth: usize) -> Read<Tree> {
        self.chain("&&", Kind::And, |reader| reader.relation(depth))
    }

    /// What `part` reads, once or with a mark between.
    fn chain(&mut self, mark: &str, kind: fn(Vec<Tree>) -> Kind, part: impl Fn(&mut Self) -> Read<Tree>) -> Read<Tree> {
        let start = self.at;
        let first = part(self)?;
        if !self.takes(mark) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.takes(mark) {
            parts.push(part(self)?);
        }
        self.tree(start, kind(parts))
    }

    /// At most one comparison: what a chain of them means differs between languages.
    fn relation(&mut self, depth: usize) -> Read<Tree> {
        let start = self.at;
        let left = self.unary(depth)?;
        let kind = match self.peek() {
            Some(lex::Kind::Mark(mark)) => {
                let Some(comparison) = Comparison::of_symbol(mark) else { return Ok(left) };
                self.at += 1;
                Kind::Compare(comparison, Box::new(left), Box::new(self.unary(depth)?))
            }
            Some(lex::Kind::Name("in")) => {
                self.at += 1;
                Kind::In(Box::new(left), Box::new(self.unary(depth)?))
            }
            Some(lex::Kind::Name(word @ ("has" | "like" | "is"))) if self.dialect.is_cedar => {
                self.at += 1;
                self.right_of(word, Box::new(left))?
            }
            _ => return Ok(left),
        };
        self.tree(start, kind)
    }

    /// The operators of Cedar whose right side is no expression.
    fn right_of(&mut self, word: &str, left: Box<Tree>) -> Read<Kind> {
        let escapes = self.dialect.escapes;
        Ok(match word {
            "like" => Kind::Like(left, self.string(|raw| escapes.pattern(raw))?),
            "is" => Kind::Is(left, self.path()?),
            _ if matches!(self.peek(), Some(lex::Kind::Text(_))) => Kind::Has(left, self.text()?),
            _ => Kind::Has(left, self.name()?.to_owned()),
        })
    }

    fn unary(&mut self, depth: usize) -> Read<Tree> {
        if depth >= DEEPEST {
            return Err(self.place());
        }
        let start = self.at;
        if self.takes("!") {
            let operand = self.unary(depth + 1)?;
            return self.tree(start, Kind::Not(Box::new(operand)));
        }
        if self.takes("-") {
            // Only a literal is negated: what the minus of other values means differs between languages.
            let Some(lex::Kind::Number(number)) = self.peek() else { return Err(self.place()) };
            self.at += 1;
            return self.tree(start, Kind::Number(format!("-{number}")));
        }
        self.postfix(depth)
    }

    fn postfix(&mut self, depth: usize) -> Read<Tree> {
        let start = self.at;
        let mut tree = self.primary(depth)?;
        loop {
            let kind = if self.takes(".") {
                Kind::Member(Box::new(tree), self.name()?.to_owned())
            } else if self.takes("[") {
                let index = self.or(depth + 1)?;
                self.expect("]")?;
                Kind::Index(Box::new(tree), Box::new(index))
            } else if self.takes("(") {
                Kind::Call(Box::new(tree), self.list(")", depth)?)
            } else {
                return Ok(tree);
            };
            tree = self.tree(start, kind)?;
        }
    }

    fn primary(&mut self, depth: usize) -> Read<Tree> {
        let start = self.at;
        let kind = match self.peek() {
            Some(lex::Kind::Text(_)) => Kind::Text(self.text()?),
            Some(lex::Kind::Number(number)) => {
                self.at += 1;
                Kind::Number(number.to_owned())
            }
            Some(lex::Kind::Name(_)) => {
                let path = self.path()?;
                match self.peek() {
                    Some(lex::Kind::Mark("::")) if self.dialect.is_cedar => {
                        self.at += 1;
                        Kind::Entity(path, self.text()?)
                    }
                    _ => Kind::Name(path),
                }
            }
            Some(lex::Kind::Mark("[")) => {
                self.at += 1;
                Kind::List(self.list("]", depth)?)
            }
            Some(lex::Kind::Mark("(")) => {
                self.at += 1;
                let inner = self.or(depth + 1)?;
                self.expect(")")?;
                return Ok(inner);
            }
            _ => return Err(self.place()),
        };
        self.tree(start, kind)
    }

    /// A name, with `::` in it where the language has that.
    fn path(&mut self) -> Read<String> {
        let mut path = self.name()?.to_owned();
        let follows = |reader: &Self, by: usize| reader.tokens.get(reader.at + by).map(|token| token.kind);
        while self.dialect.is_cedar
            && follows(self, 0) == Some(lex::Kind::Mark("::"))
            && let Some(lex::Kind::Name(name)) = follows(self, 1)
        {
            self.at += 2;
            path.push_str("::");
            path.push_str(name);
        }
        Ok(path)
    }

    /// Expressions with commas between, up to a closing mark; perhaps none.
    fn list(&mut self, end: &str, depth: usize) -> Read<Vec<Tree>> {
        let mut list = Vec::new();
        if self.takes(end) {
            return Ok(list);
        }
        loop {
            list.push(self.or(depth + 1)?);
            if self.takes(end) {
                return Ok(list);
            }
            self.expect(",")?;
        }
    }
}

fn deepest(parts: &[Tree]) -> usize {
    parts.iter().map(|part| part.depth).max().unwrap_or_default()
}
