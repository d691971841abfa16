//! Reads images.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{DEEPEST, FORMAT};
use crate::decimal::Decimal;
use crate::diagnostics::NoErrors;
use crate::ir::{
    Default, Effect, Guard, Limit, Origin, Parts, Policy, Rule, Scope, Selection, Server, ServerId, Star, Tool, ToolId,
};
use crate::pattern::{Like, Regex};
use crate::predicate::{
    Atom, Comparison, Condition, Elements, LengthTest, Path, PathRoot, Scalar, ScalarValue, Step, Test,
};
use crate::source::{FileId, Span};

/// The policy of an image; `None` for bytes that are no image of this form.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Policy> {
    let mut from = Reader { rest: bytes, depth: 0 };
    if from.number()? != FORMAT {
        return None;
    }
    let parts = Parts {
        name: from.text()?,
        servers: from.list(Reader::server)?.into(),
        tools: from.list(Reader::tool)?.into(),
        default: Default { allow: from.flag()?, reason: from.option(Reader::text)?, origin: None },
        rules: from.list(Reader::rule)?,
        assertions: Vec::new(),
    };
    // Only a policy without errors has an image.
    let policy = Policy::new(parts, NoErrors::check(&[])?);
    from.rest.is_empty().then_some(policy)
}

struct Reader<'b> {
    rest: &'b [u8],
    depth: u32,
}

const NOWHERE: Span = Span::new(FileId(0), 0, 0);

impl<'b> Reader<'b> {
    fn bytes(&mut self, count: usize) -> Option<&'b [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()? as usize;
        std::str::from_utf8(self.bytes(length)?).ok().map(str::to_owned)
    }

    /// A list. It grows item by item, so that a length that is wrong costs nothing.
    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.number()?).map(|_| read(self)).collect()
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Some(None) }
    }

    /// Reads what may contain itself.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let value = if self.depth <= DEEPEST { read(self) } else { None };
        self.depth -= 1;
        value
    }

    fn decimal(&mut self) -> Option<Decimal> {
        Decimal::parse(&self.text()?)
    }

    fn server(&mut self) -> Option<Server> {
        Some(Server {
            name: self.text()?,
            catalogue: None,
            settings: Arc::default(),
            locked: Arc::new(BTreeMap::new()),
        })
    }

    fn server_id(&mut self) -> Option<ServerId> {
        self.number().map(ServerId)
    }

    fn tool(&mut self) -> Option<Tool> {
        Some(Tool { server: self.server_id()?, name: self.text()?, entries: Vec::new() })
    }

    fn tool_id(&mut self) -> Option<ToolId> {
        self.number().map(ToolId)
    }

    fn rule(&mut self) -> Option<Rule> {
        Some(Rule {
            effect: match self.byte()? {
                0 => Effect::Allow,
                1 => Effect::Deny,
                2 => Effect::Hide,
                3 => Effect::Require,
                4 => Effect::Approval { by: self.option(Self::text)? },
                5 => Effect::Limit(self.limit()?),
                _ => return None,
            },
            selection: self.selection()?,
            guard: self.option(Self::guard)?,
            reason: self.option(Self::text)?,
            origin: Origin { span: NOWHERE, line: self.text()? },
        })
    }

    fn guard(&mut self) -> Option<Guard> {
        Some(Guard { condition: self.condition()?, text: self.text()?, span: NOWHERE })
    }

    fn limit(&mut self) -> Option<Limit> {
        Some(Limit {
            max: self.decimal()?,
            window: u64::from_le_bytes(self.bytes(8)?.try_into().ok()?),
            scope: match self.byte()? {
                0 => Scope::Grant,
                1 => Scope::Server,
                2 => Scope::Caller(self.text()?),
                _ => return None,
            },
            sum_of: self.option(Self::path)?,
            total: self.flag()?,
            counter: self.option(Self::text)?,
            spans: None,
        })
    }

    fn selection(&mut self) -> Option<Selection> {
        Some(Selection {
            named: self.list(Self::tool_id)?,
            opens: self.list(Self::tool_id)?,
            star: self.option(Self::star)?,
        })
    }

    fn star(&mut self) -> Option<Star> {
        Some(Star {
            servers: self.option(|from| from.list(Self::server_id))?,
            except: self.list(Self::tool_id)?,
            except_servers: self.list(Self::server_id)?,
        })
    }

    fn condition(&mut self) -> Option<Condition> {
        self.nested(|from| {
            Some(match from.byte()? {
                0 => Condition::Or(from.list(Self::condition)?),
                1 => Condition::And(from.list(Self::condition)?),
                2 => Condition::Not(Box::new(from.condition()?)),
                3 => Condition::Atom(Atom { path: from.path()?, test: from.test()?, span: NOWHERE }),
                _ => return None,
            })
        })
    }

    fn path(&mut self) -> Option<Path> {
        let root = if self.flag()? { PathRoot::Caller } else { PathRoot::Args };
        Some(Path { root, steps: self.steps()? })
    }

    fn steps(&mut self) -> Option<Vec<Step>> {
        self.list(|from| match from.byte()? {
            0 => from.text().map(Step::Key),
            1 => from.number().map(Step::Index),
            _ => None,
        })
    }

    fn comparison(&mut self) -> Option<Comparison> {
        Comparison::of_symbol(&self.text()?)
    }

    fn test(&mut self) -> Option<Test> {
        self.nested(|from| {
            Some(match from.byte()? {
                0 => Test::Has,
                1 => Test::Compare(from.comparison()?, from.scalar()?),
                2 => Test::In(from.list(Self::scalar)?),
                3 => Test::NotIn(from.list(Self::scalar)?),
                4 => Test::Contains(from.scalar()?),
                5 => Test::Like(from.list(|from| Like::new(&from.text()?).ok())?),
                6 => Test::Matches(from.list(|from| Regex::new(&from.text()?).ok())?),
                7 => Test::Every(from.elements()?),
                8 => Test::Some(from.elements()?),
                9 => Test::Length(LengthTest { comparison: from.comparison()?, number: from.decimal()? }),
                _ => return None,
            })
        })
    }

    fn elements(&mut self) -> Option<Box<Elements>> {
        let (steps, text) = (self.steps()?, self.text()?);
        Some(Box::new(Elements { steps, text, test: self.test()? }))
    }

    fn scalar(&mut self) -> Option<Scalar> {
        let value = match self.byte()? {
            0 => ScalarValue::Null,
            1 => ScalarValue::Bool(false),
            2 => ScalarValue::Bool(true),
            3 => ScalarValue::Number(self.decimal()?),
            4 => ScalarValue::Str(self.text()?.into()),
            _ => return None,
        };
        Some(Scalar { value, text: self.text()? })
    }
}
