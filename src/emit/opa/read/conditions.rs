//! Reads the conditions of a module: tests of the dialect, and rules that conditions have become.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{MOST_DEPTH, MOST_NESTED, Named, Parser, Read, Wrong};
use crate::decimal::Decimal;
use crate::emit::opa::dialect::{FUNCTIONS, RULE};
use crate::emit::opa::lex::Kind;
use crate::emit::patterns::{self, Syntax};
use crate::json::Json;
use crate::pattern::{Like, like_literal};
use crate::predicate::{Atom, Comparison, Condition, Elements, LengthTest, Path, PathRoot, Scalar, ScalarValue, Test};
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn skip_to_conditions(&mut self) {
        while self.at < self.tokens.len() && !(self.starts_line() && (self.is_condition() || self.is_function())) {
            self.at += 1;
        }
    }

    fn starts_line(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.is_none_or(|token| token.kind == Kind::Line)
    }

    /// Whether a rule that a condition has become is next: `when_1 if`.
    fn is_condition(&self) -> bool {
        let follows = self.tokens.get(self.at + 1).map(|token| &token.kind);
        matches!(self.peek(), Some(Kind::Name(name)) if name.starts_with(RULE))
            && matches!(follows, Some(Kind::Name(word)) if word == "if")
    }

    /// Whether the definition of a function is next. Where one is used, a path stands in the place of its parameter.
    fn is_function(&self) -> bool {
        let follows = |by: usize| self.tokens.get(self.at + by).map(|token| &token.kind);
        matches!(self.peek(), Some(Kind::Name(name)) if FUNCTIONS.iter().any(|(known, _)| known == name))
            && matches!(follows(1), Some(Kind::Mark("(")))
            && matches!(follows(2), Some(Kind::Name(name)) if name == "value")
    }

    /// The rules that conditions have become, each of which uses only those before it, and the functions, to the end.
    pub(super) fn read_conditions(&mut self) -> Read<()> {
        while self.is_condition() {
            let Kind::Name(name) = self.next()? else { return Err(Wrong) };
            let mut bodies = vec![self.condition_body()?];
            self.end_of_rule()?;
            self.lines();
            while self.is_condition() && self.is_name(name) {
                self.at += 1;
                bodies.push(self.condition_body()?);
                self.end_of_rule()?;
                self.lines();
            }
            let condition = if bodies.len() == 1 { bodies.pop().ok_or(Wrong)? } else { Condition::Or(bodies) };
            let (size, depth) = (size(&condition), depth(&condition));
            let named = Named { condition: Arc::new(condition), size };
            if depth > MOST_NESTED || self.conditions.insert(name.clone(), named).is_some() {
                return Err(Wrong);
            }
        }
        let mut seen = BTreeSet::new();
        while self.is_function() {
            let (name, text) = FUNCTIONS.iter().find(|(name, _)| self.is_name(name)).ok_or(Wrong)?;
            // The last line of a file may have no end.
            let is_whole = self.takes(text) || self.takes(text.trim_end());
            if !is_whole || !seen.insert(name) {
                return Err(Wrong);
            }
            self.lines();
        }
        if self.at < self.tokens.len() { Err(Wrong) } else { Ok(()) }
    }

    fn condition_body(&mut self) -> Read<Condition> {
        self.expect("if")?;
        if !self.takes("{\n") {
            return self.expression(None, 0);
        }
        self.rest_of_block(None, 0)
    }

    /// One expression, or the quantifier that the rest of the block belongs to.
    pub(super) fn expression(&mut self, element: Option<&str>, depth: usize) -> Read<Condition> {
        if self.takes("not") {
            // Of anything else it is not known what is negated.
            let is_rule = matches!(self.peek(), Some(Kind::Name(name)) if self.conditions.contains_key(name));
            let inner = if is_rule { self.expression(element, depth)? } else { return Err(Wrong) };
            return Ok(Condition::Not(Box::new(inner)));
        }
        if self.takes("true") {
            return Ok(Condition::And(Vec::new()));
        }
        if self.takes("false") {
            return Ok(Condition::Or(Vec::new()));
        }
        if let Some(Kind::Name(name)) = self.peek()
            && let Some(known) = self.conditions.get(name)
        {
            self.copies = self.copies.checked_sub(known.size).ok_or(Wrong)?;
            self.at += 1;
            return Ok((*known.condition).clone());
        }
        let (path, test) = self.atom(element, depth)?;
        Ok(Condition::Atom(Atom { path, test, span: Span::default() }))
    }

    /// A test of a value. Inside of a quantifier the path is that from the element.
    fn atom(&mut self, element: Option<&str>, depth: usize) -> Read<(Path, Test)> {
        let start = self.at;
        let read = self.test(element, depth);
        if read.is_err() {
            self.failed = self.failed.or(Some(start));
        }
        read
    }

    fn test(&mut self, element: Option<&str>, depth: usize) -> Read<(Path, Test)> {
        for (word, is_every) in [("every", true), ("some", false)] {
            if self.takes(word) {
                return self.quantifier(is_every, element, depth);
            }
        }
        let Some(Kind::Name(function)) = self.peek() else { return Err(Wrong) };
        let function = function.as_str();
        match function {
            "as_number" | "as_string" | "size" => {
                let path = self.wrapped(function, element)?;
                let comparison = self.comparison()?;
                let scalar = self.scalar()?;
                let test = match (function, &scalar.value) {
                    ("size", ScalarValue::Number(number)) => {
                        Test::Length(LengthTest { comparison, number: number.clone() })
                    }
                    ("as_number", ScalarValue::Number(_)) => Test::Compare(comparison, scalar),
                    ("as_string", ScalarValue::Str(_)) if comparison == Comparison::NotEqual => {
                        Test::Compare(comparison, scalar)
                    }
                    _ => return Err(Wrong),
                };
                Ok((path, test))
            }
            "none_of" | "has_part" | "matches_one" => {
                self.at += 1;
                self.mark("(")?;
                let path = self.path(element)?;
                self.mark(",")?;
                let test = match function {
                    "none_of" => Test::NotIn(self.scalars()?),
                    "has_part" => Test::Contains(self.scalar()?),
                    _ => self.patterns()?,
                };
                self.mark(")")?;
                Ok((path, test))
            }
            "startswith" | "endswith" => {
                self.at += 1;
                self.mark("(")?;
                let path = self.wrapped("as_string", element)?;
                self.mark(",")?;
                let Kind::Text(text) = self.next()? else { return Err(Wrong) };
                self.mark(")")?;
                let text = like_literal(text);
                let pattern = if function == "startswith" { format!("{text}*") } else { format!("*{text}") };
                Ok((path, Test::Like(vec![Like::new(&pattern).map_err(|_| Wrong)?])))
            }
            "regex" => {
                self.expect("regex.match(")?;
                let Kind::Text(pattern) = self.next()? else { return Err(Wrong) };
                self.mark(",")?;
                let path = self.wrapped("as_string", element)?;
                self.mark(")")?;
                Ok((path, patterns::whole(&[pattern], Syntax::Re2).ok_or(Wrong)?))
            }
            _ => {
                let path = self.path(element)?;
                if self.takes("in") {
                    return Ok((path, Test::In(self.scalars()?)));
                }
                let comparison = self.comparison()?;
                let scalar = self.scalar()?;
                match (comparison, &scalar.value) {
                    (Comparison::Equal, ScalarValue::Null | ScalarValue::Bool(_) | ScalarValue::Str(_)) => {
                        Ok((path, Test::Compare(comparison, scalar)))
                    }
                    (Comparison::NotEqual, ScalarValue::Null) => Ok((path, Test::Has)),
                    _ => Err(Wrong),
                }
            }
        }
    }

    /// `every element_1 in as_array(PATH) { .. }`, or `some element_1 in as_array(PATH)` with the test on the next line.
    fn quantifier(&mut self, is_every: bool, element: Option<&str>, depth: usize) -> Read<(Path, Test)> {
        if depth >= MOST_DEPTH {
            return Err(Wrong);
        }
        let Kind::Name(own) = self.next()? else { return Err(Wrong) };
        if *own != format!("element_{}", depth + 1) {
            return Err(Wrong);
        }
        self.expect("in")?;
        let path = self.wrapped("as_array", element)?;
        if is_every {
            self.mark("{")?;
        }
        if !matches!(self.peek(), Some(Kind::Line)) {
            return Err(Wrong);
        }
        self.lines();
        let (inside, test) = self.atom(Some(own), depth + 1)?;
        self.lines();
        // The test is the last of the block.
        if is_every {
            self.mark("}")?;
        } else if !self.is_mark("}") {
            return Err(Wrong);
        }
        let elements = Box::new(Elements { steps: inside.steps, test, text: String::new() });
        Ok((path, if is_every { Test::Every(elements) } else { Test::Some(elements) }))
    }

    /// A path as the argument of a function of one argument.
    fn wrapped(&mut self, function: &str, element: Option<&str>) -> Read<Path> {
        self.expect(&format!("{function}("))?;
        let path = self.path(element)?;
        self.mark(")")?;
        Ok(path)
    }

    /// A path: from the element inside of a quantifier, else from the arguments or the caller.
    fn path(&mut self, element: Option<&str>) -> Read<Path> {
        let root = match element {
            Some(element) => {
                self.expect(element)?;
                PathRoot::Args
            }
            None if self.takes(self.adapter.arguments) => PathRoot::Args,
            None => {
                self.expect(self.adapter.caller)?;
                PathRoot::Caller
            }
        };
        let steps = self.steps()?;
        if element.is_none() && steps.is_empty() { Err(Wrong) } else { Ok(Path { root, steps }) }
    }

    fn comparison(&mut self) -> Read<Comparison> {
        let Kind::Mark(mark) = self.next()? else { return Err(Wrong) };
        Comparison::of_symbol(mark).ok_or(Wrong)
    }

    fn scalar(&mut self) -> Read<Scalar> {
        let value = match self.next()? {
            Kind::Text(text) => ScalarValue::Str(Arc::from(text.as_str())),
            Kind::Number(number) if is_json(number) => ScalarValue::Number(Decimal::parse(number).ok_or(Wrong)?),
            Kind::Name(name) => match name.as_str() {
                "null" => ScalarValue::Null,
                "true" => ScalarValue::Bool(true),
                "false" => ScalarValue::Bool(false),
                _ => return Err(Wrong),
            },
            _ => return Err(Wrong),
        };
        Ok(Scalar { value, text: String::new() })
    }

    /// A list in brackets of what `item` reads, at least one.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.mark("[")?;
        let mut list = Vec::new();
        loop {
            list.push(item(self)?);
            if self.takes("]") {
                return Ok(list);
            }
            self.mark(",")?;
        }
    }

    fn scalars(&mut self) -> Read<Vec<Scalar>> {
        self.list(Self::scalar)
    }

    fn patterns(&mut self) -> Read<Test> {
        let texts = self.list(|parser| match parser.next()? {
            Kind::Text(text) => Ok(text.as_str()),
            _ => Err(Wrong),
        })?;
        patterns::whole(&texts, Syntax::Re2).ok_or(Wrong)
    }
}

/// How many conditions there are in one.
fn size(condition: &Condition) -> usize {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => 1 + parts.iter().map(size).sum::<usize>(),
        Condition::Not(inner) => 1 + size(inner),
        Condition::Atom(_) => 1,
    }
}

/// How deep a condition is. It is made of conditions at most [`MOST_NESTED`] deep.
fn depth(condition: &Condition) -> usize {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => 1 + parts.iter().map(depth).max().unwrap_or_default(),
        Condition::Not(inner) => 1 + depth(inner),
        Condition::Atom(_) => 1,
    }
}

/// Whether a number is written as JSON has it.
pub(super) fn is_json(number: &str) -> bool {
    Json::parse(number).is_ok_and(|json| json.root().kind() == crate::json::Kind::Number)
}
