//! Reads a module of the form that is written here, and decides what it means. Anything else is refused: an expression
//! that is not one of the tests of the dialect could be undefined where it should be false.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::adapter::Adapter;
use super::dialect::{FUNCTIONS, RULE, is_name};
use super::lex::{Kind, Token, tokens};
use super::write::{DECISION, IMPORT, NAMED};
use crate::decimal::Decimal;
use crate::diagnostics::{Diagnostic, codes};
use crate::emit::decision_list::{Entry, Lists, Outcome};
use crate::emit::patterns::{self, Syntax};
use crate::eval;
use crate::json::Json;
use crate::pattern::{Like, like_literal};
use crate::predicate::{
    Atom, Comparison, Condition, Elements, LengthTest, Path, PathRoot, Scalar, ScalarValue, Step, Test,
};
use crate::source::Span;

/// How deep conditions may be: rules of a module can stand in each other deeper than the language has it.
const MOST_NESTED: usize = 200;
/// How many conditions are copied from rules into others before a module is refused. What is written here copies none but
/// those of the policy.
const MOST_COPIES: usize = 1_000_000;

/// How deep quantifiers may stand in each other: that of the language.
const MOST_DEPTH: usize = 3;

/// Reads a module.
///
/// # Errors
/// It is not of the form that is written here: the first place where it differs.
pub(super) fn module(adapter: &'static Adapter, text: &str) -> Result<Lists<Entry>, Vec<Diagnostic>> {
    let fail = |span| {
        let message = "this is not of the form that policyc writes, so what it decides is not known";
        let help = "compile the policy again, and give the module as it was written";
        vec![Diagnostic::new(codes::BAD_DOCUMENT, span, message).help(help)]
    };
    let tokens = tokens(text).map_err(fail)?;
    let mut parser = Parser {
        adapter,
        tokens: &tokens,
        at: 0,
        conditions: BTreeMap::new(),
        turned: BTreeMap::new(),
        copies: MOST_COPIES,
        failed: None,
    };
    parser.module().map_err(|Wrong| fail(parser.place()))
}

/// The token that is next is not as it must be.
struct Wrong;

type Read<T> = Result<T, Wrong>;

struct Parser<'t> {
    adapter: &'static Adapter,
    tokens: &'t [Token],
    at: usize,
    /// The rules that conditions have become, by name.
    conditions: BTreeMap<String, Named>,
    /// Conditions that are turned round, by the names of their rules.
    turned: BTreeMap<String, Arc<Condition>>,
    /// How many more conditions may be copied from rules into others.
    copies: usize,
    /// Where the first expression begins that is none of the dialect.
    failed: Option<usize>,
}

/// A rule that a condition has become.
struct Named {
    condition: Arc<Condition>,
    size: usize,
}

/// What a module says of a tool, or of those that it does not name.
type OfTool = (Option<String>, Vec<Entry>);

impl<'t> Parser<'t> {
    fn place(&self) -> Span {
        let token = self.tokens.get(self.failed.unwrap_or(self.at)).or(self.tokens.last());
        token.map_or_else(Span::default, |token| token.span)
    }

    fn peek(&self) -> Option<&'t Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn next(&mut self) -> Read<&'t Kind> {
        let token = self.tokens.get(self.at).ok_or(Wrong)?;
        self.at += 1;
        Ok(&token.kind)
    }

    /// Takes tokens if they are those of a text.
    fn takes(&mut self, text: &str) -> bool {
        let wanted = tokens(text).unwrap_or_default();
        let found = self.tokens.get(self.at..self.at + wanted.len());
        let is_same =
            found.is_some_and(|found| found.iter().zip(&wanted).all(|(found, wanted)| found.kind == wanted.kind));
        if is_same {
            self.at += wanted.len();
        }
        is_same
    }

    fn expect(&mut self, text: &str) -> Read<()> {
        if self.takes(text) { Ok(()) } else { Err(Wrong) }
    }

    fn is_mark(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Kind::Mark(mark)) if *mark == wanted)
    }

    fn is_name(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Kind::Name(name)) if name == wanted)
    }

    fn mark(&mut self, wanted: &str) -> Read<()> {
        if !self.is_mark(wanted) {
            return Err(Wrong);
        }
        self.at += 1;
        Ok(())
    }

    fn lines(&mut self) {
        while matches!(self.peek(), Some(Kind::Line)) {
            self.at += 1;
        }
    }

    fn module(&mut self) -> Read<Lists<Entry>> {
        self.lines();
        self.package()?;
        self.lines();
        self.expect(IMPORT)?;
        self.expect(self.adapter.answer)?;
        self.expect(&format!("default {DECISION} :="))?;
        let default = self.outcome()?;
        if default.outcome != Outcome::Deny || default.rule != eval::DEFAULT_DENY {
            return Err(Wrong);
        }
        self.lines();
        // The rules that conditions use follow, so they are read first.
        let start = self.at;
        self.skip_to_conditions();
        let conditions = self.at;
        self.read_conditions()?;
        self.at = start;
        let mut tools = BTreeMap::new();
        let mut others = None;
        while self.is_name(DECISION) {
            let (tool, list) = self.decision()?;
            let is_new = match tool {
                Some(tool) => tools.insert(tool, list).is_none(),
                None => others.replace(list).is_none(),
            };
            self.end_of_rule()?;
            // Two rules for a tool could give two decisions, which is an error.
            if !is_new {
                return Err(Wrong);
            }
            self.lines();
        }
        let named = if others.is_some() { Some(self.named()?) } else { None };
        self.lines();
        // Whatever lies between would be read by nobody.
        if self.at != conditions {
            return Err(Wrong);
        }
        if let Some(named) = named {
            // A tool that is named and has no rule is denied by default.
            if tools.keys().any(|tool| !named.contains(tool)) {
                return Err(Wrong);
            }
            for name in named {
                tools.entry(name).or_default();
            }
        }
        Ok(Lists { tools, others: others.unwrap_or_default(), default_reason: default.reason })
    }

    fn package(&mut self) -> Read<()> {
        self.expect(&format!("package {}", self.adapter.package))?;
        while !matches!(self.peek(), Some(Kind::Line)) {
            let Step::Key(_) = self.step()? else { return Err(Wrong) };
        }
        Ok(())
    }

    /// A rule ends with its line.
    fn end_of_rule(&self) -> Read<()> {
        if matches!(self.peek(), None | Some(Kind::Line)) { Ok(()) } else { Err(Wrong) }
    }

    /// One step of a path.
    fn step(&mut self) -> Read<Step> {
        if self.takes(".") {
            let Kind::Name(name) = self.next()? else { return Err(Wrong) };
            return if is_name(name) { Ok(Step::Key(name.clone())) } else { Err(Wrong) };
        }
        self.mark("[")?;
        let step = match self.next()? {
            Kind::Text(key) => Step::Key(key.clone()),
            Kind::Number(index) if is_json(index) => Step::Index(index.parse().map_err(|_| Wrong)?),
            _ => return Err(Wrong),
        };
        self.mark("]")?;
        Ok(step)
    }

    fn steps(&mut self) -> Read<Vec<Step>> {
        let mut steps = Vec::new();
        while self.is_mark(".") || self.is_mark("[") {
            steps.push(self.step()?);
        }
        Ok(steps)
    }

    /// `named := {...}`
    fn named(&mut self) -> Read<BTreeSet<String>> {
        self.expect(&format!("{NAMED} :="))?;
        let mut names = BTreeSet::new();
        if self.takes("set()") {
            return Ok(names);
        }
        self.mark("{")?;
        self.lines();
        loop {
            let Kind::Text(name) = self.next()? else { return Err(Wrong) };
            names.insert(name.clone());
            let is_more = self.takes(",");
            self.lines();
            if self.takes("}") {
                return Ok(names);
            }
            if !is_more {
                return Err(Wrong);
            }
        }
    }

    /// A decision: `{"decision": ..}`.
    fn outcome(&mut self) -> Read<Entry> {
        self.mark("{")?;
        let mut fields = BTreeMap::new();
        loop {
            let Kind::Text(key) = self.next()? else { return Err(Wrong) };
            self.mark(":")?;
            let Kind::Text(value) = self.next()? else { return Err(Wrong) };
            if fields.insert(key.as_str(), value.clone()).is_some() {
                return Err(Wrong);
            }
            if self.takes("}") {
                break;
            }
            self.mark(",")?;
        }
        let [rule_key, reason_key] = self.adapter.keys;
        let decision = fields.remove("decision").ok_or(Wrong)?;
        let by = fields.remove("by");
        let (rule, reason) = (fields.remove(rule_key), fields.remove(reason_key));
        if !fields.is_empty() {
            return Err(Wrong);
        }
        if decision == "allow" {
            return if rule.is_none() && reason.is_none() && by.is_none() { Ok(Entry::ALLOW) } else { Err(Wrong) };
        }
        let (rule, reason) = (rule.ok_or(Wrong)?, reason.ok_or(Wrong)?);
        let outcome = match decision.as_str() {
            "deny" if by.is_some() => return Err(Wrong),
            "deny" if rule == eval::HIDDEN => Outcome::Hide,
            "deny" => Outcome::Deny,
            asked if Some(asked) == self.adapter.ask => Outcome::Ask { by },
            _ => return Err(Wrong),
        };
        Ok(Entry { when: None, outcome, rule, reason })
    }

    /// The rule of a tool with its alternatives.
    fn decision(&mut self) -> Read<OfTool> {
        self.expect(DECISION)?;
        let mut list = Vec::new();
        let mut about: Option<Option<String>> = None;
        loop {
            self.mark(":=")?;
            let entry = self.outcome()?;
            let (tool, when) = self.body_of_tool()?;
            if about.get_or_insert_with(|| tool.clone()) != &tool || entry.outcome == Outcome::Hide && when.is_some() {
                return Err(Wrong);
            }
            list.push(Entry { when, ..entry });
            if !self.takes("else") {
                break;
            }
        }
        Ok((about.ok_or(Wrong)?, list))
    }

    /// `if` with a body that begins by asking for the tool.
    fn body_of_tool(&mut self) -> Read<(Option<String>, Option<Arc<Condition>>)> {
        self.expect("if")?;
        let is_block = self.takes("{\n");
        let tool = if self.takes(&format!("not {} in {NAMED}", self.adapter.tool)) {
            None
        } else {
            self.expect(&format!("{} ==", self.adapter.tool))?;
            let Kind::Text(name) = self.next()? else { return Err(Wrong) };
            Some(name.clone())
        };
        if !is_block {
            return Ok((tool, None));
        }
        self.lines();
        if self.takes("}") {
            return Ok((tool, None));
        }
        if let Some(shared) = self.shared() {
            return Ok((tool, Some(shared)));
        }
        let when = self.rest_of_block(None, 0)?;
        Ok((tool, Some(Arc::new(when))))
    }

    /// The rest of a block if it is the name of a rule, or `not` and the name. Tools that name the same rule share it.
    fn shared(&mut self) -> Option<Arc<Condition>> {
        let start = self.at;
        let is_turned = self.takes("not");
        let name = match self.next() {
            Ok(Kind::Name(name)) => Some(name),
            _ => None,
        };
        self.lines();
        let known = name.and_then(|name| Some((name, self.conditions.get(name)?)));
        let Some((name, named)) = known.filter(|_| self.is_mark("}")) else {
            self.at = start;
            return None;
        };
        let condition = named.condition.clone();
        self.at += 1;
        if !is_turned {
            return Some(condition);
        }
        let turn = || Arc::new((*condition).clone().negated());
        Some(self.turned.entry(name.clone()).or_insert_with(turn).clone())
    }

    /// The expressions of a block up to its end.
    fn rest_of_block(&mut self, element: Option<&str>, depth: usize) -> Read<Condition> {
        let mut parts = Vec::new();
        loop {
            parts.push(self.expression(element, depth)?);
            self.lines();
            if self.takes("}") {
                break;
            }
        }
        let mut parts = parts.into_iter();
        Ok(match (parts.next(), parts.len()) {
            (Some(only), 0) => only,
            (first, _) => Condition::And(first.into_iter().chain(parts).collect()),
        })
    }

    fn skip_to_conditions(&mut self) {
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
    fn read_conditions(&mut self) -> Read<()> {
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
    fn expression(&mut self, element: Option<&str>, depth: usize) -> Read<Condition> {
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
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
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
fn is_json(number: &str) -> bool {
    Json::parse(number).is_ok_and(|json| json.root().kind() == crate::json::Kind::Number)
}
