//! Reads a condition or path up to the cursor.

use super::context::{Expect, Read, Reader, split};
use crate::predicate::{PathRoot, Step};
use crate::syntax::token::TokenKind;

/// A path as far as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathAt {
    /// What it starts from, if that can be read.
    pub(crate) root: Option<PathRoot>,
    /// The steps. A `[*]` is the first element here: all of them have its schema, except those of a tuple.
    pub(crate) steps: Vec<Step>,
    /// Whether it has a `[*]`.
    pub(crate) each: bool,
}

impl PathAt {
    /// A path from a root on which there is no step yet.
    pub(super) fn from(root: Option<PathRoot>) -> Self {
        Self { root, steps: Vec::new(), each: false }
    }
}

/// What a path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be tested.
    Test,
    /// `has`
    Has,
    /// `every` and `some`
    Elements,
    /// `length(`
    Length,
    /// `of`
    Sum,
}

/// What of the value of a path is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tested {
    /// The value.
    Value,
    /// Its elements.
    Elements,
    /// Its length.
    Length,
}

impl Reader<'_> {
    /// A condition; what is left where it ends is for others.
    pub(super) fn condition(&mut self) -> Read<()> {
        use TokenKind as T;
        let mut depth = 0_u32;
        loop {
            match self.kind(|| Expect::Condition)? {
                T::Not => {
                    self.skip();
                    continue;
                }
                T::LeftParen => {
                    self.skip();
                    depth += 1;
                    continue;
                }
                T::For | T::When | T::Unless | T::Because | T::As | T::Per | T::Of => return Ok(()),
                _ => self.atom()?,
            }
            loop {
                match self.kind(|| Expect::AfterCondition(depth > 0))? {
                    T::RightParen if depth > 0 => {
                        self.skip();
                        depth -= 1;
                    }
                    T::And | T::Or => {
                        self.skip();
                        break;
                    }
                    // Another atom without a word between them: read on, so that the last is understood.
                    T::Name | T::Has | T::Every | T::Some | T::Length => break,
                    T::For | T::When | T::Unless | T::Because | T::As | T::Per | T::Of => return Ok(()),
                    _ => self.skip(),
                }
            }
        }
    }

    fn atom(&mut self) -> Read<()> {
        use TokenKind as T;
        match self.kind(|| Expect::Condition)? {
            T::Has => {
                self.skip();
                self.path(Purpose::Has)?;
                Ok(())
            }
            T::Every | T::Some => {
                self.skip();
                let path = self.path(Purpose::Elements)?;
                let subject = if path.each { Tested::Value } else { Tested::Elements };
                self.test(path, subject)
            }
            T::Length => {
                self.skip();
                self.want(T::LeftParen, Expect::Nothing)?;
                let path = self.path(Purpose::Length)?;
                self.want(T::RightParen, Expect::Nothing)?;
                self.test(path, Tested::Length)
            }
            T::Name => {
                let path = self.path(Purpose::Test)?;
                self.test(path, Tested::Value)
            }
            _ => {
                self.skip();
                Ok(())
            }
        }
    }

    /// A path: as much of it as there is.
    pub(super) fn path(&mut self, purpose: Purpose) -> Read<PathAt> {
        use TokenKind as T;
        let mut path = PathAt::from(None);
        self.kind(|| Expect::Path(purpose))?;
        let Some(head) = self.eat(T::Name) else { return Ok(path) };
        let name = self.text(head);
        let (root, rest) = name.split_once('.').map_or((name, None), |(root, rest)| (root, Some(rest)));
        path.root = match root {
            "args" => Some(PathRoot::Args),
            "caller" => Some(PathRoot::Caller),
            _ => None,
        };
        path.steps.extend(rest.into_iter().flat_map(split));
        loop {
            match self.peek().map(|token| token.kind) {
                Some(T::Dot) => {
                    self.skip();
                    self.kind(|| Expect::Step(path.clone(), purpose))?;
                    let Some(token) = self.peek() else { return Ok(path) };
                    match token.kind {
                        T::Name => path.steps.extend(split(self.text(token))),
                        T::Str => path.steps.push(Step::Key(self.string(token))),
                        kind if kind.is_keyword() => path.steps.push(Step::Key(self.text(token).to_owned())),
                        _ => return Ok(path),
                    }
                    self.skip();
                }
                Some(T::LeftBracket) => {
                    self.skip();
                    self.kind(|| Expect::Index(purpose))?;
                    if let Some(number) = self.eat(T::Number) {
                        path.steps.push(Step::Index(self.text(number).parse().unwrap_or_default()));
                    } else if self.eat(T::Star).is_some() {
                        path.steps.push(Step::Index(0));
                        path.each = true;
                    }
                    self.want(T::RightBracket, Expect::IndexEnd)?;
                }
                _ => return Ok(path),
            }
        }
    }

    fn test(&mut self, path: PathAt, subject: Tested) -> Read<()> {
        use TokenKind as T;
        let kind = self.kind(|| Expect::Operator(path.clone(), subject))?;
        match kind {
            T::Not => {
                self.skip();
                self.want(T::In, Expect::Words(&["in"]))?;
                self.list(path, subject, T::In)
            }
            T::In | T::Like | T::Matches => {
                self.skip();
                self.list(path, subject, kind)
            }
            T::EqualEqual
            | T::Equal
            | T::NotEqual
            | T::Less
            | T::LessEqual
            | T::Greater
            | T::GreaterEqual
            | T::Contains => {
                self.skip();
                self.kind(|| Expect::Value { path, subject, operator: kind, listed: None })?;
                self.skip();
                Ok(())
            }
            // What follows is left to the condition, which knows where to go on.
            _ => Ok(()),
        }
    }

    /// What `in`, `like` and `matches` take: a list, or one value.
    fn list(&mut self, path: PathAt, subject: Tested, operator: TokenKind) -> Read<()> {
        use TokenKind as T;
        let value = |listed| Expect::Value { path, subject, operator, listed };
        if self.kind(|| value.clone()(None))? != T::LeftBracket {
            self.skip();
            return Ok(());
        }
        self.skip();
        let mut listed = Vec::new();
        loop {
            let kind = self.kind(|| value.clone()(Some(listed.clone())))?;
            if matches!(kind, T::And | T::Or | T::For | T::Because | T::As) {
                // The list was not closed.
                return Ok(());
            }
            if let Some(token) = self.peek() {
                listed.push(self.text(token).to_owned());
            }
            self.skip();
            match kind {
                T::RightBracket => return Ok(()),
                T::Comma => {}
                _ => match self.kind(|| Expect::Nothing)? {
                    T::RightBracket => {
                        self.skip();
                        return Ok(());
                    }
                    _ => {
                        self.eat(T::Comma);
                    }
                },
            }
        }
    }
}
