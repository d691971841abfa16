//! Reads a module of the form that is written here, and decides what it means. Anything else is refused: an expression
//! that is not one of the tests of the dialect could be undefined where it should be false.

mod conditions;
mod counters;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::adapter::Adapter;
use super::dialect::is_name;
use super::lex::{Kind, Token, tokens};
use super::write::{DECISION, IMPORT, IS_FULL, LACKS_AMOUNT, NAMED};
use crate::diagnostics::{Diagnostic, codes};
use crate::emit::decision_list::{Counted, Entry, Limits, Lists, Outcome};
use crate::eval;
use crate::predicate::{Condition, Step};
use crate::source::Span;
use conditions::is_json;

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
pub(super) fn module(
    adapter: &'static Adapter,
    text: &str,
) -> Result<(Lists<Entry>, Limits<Counted>), Vec<Diagnostic>> {
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
#[derive(Default)]
struct List {
    entries: Vec<Entry>,
    denials: Vec<LimitDenial>,
}

/// The denial of a call for which a counter has no room.
struct LimitDenial {
    counter: String,
    reason: String,
    no_amount: Option<String>,
}

/// Which calls of its tool a rule is about.
enum About {
    All,
    When(Arc<Condition>),
    Full(String),
    NoAmount(String),
}

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

    fn module(&mut self) -> Read<(Lists<Entry>, Limits<Counted>)> {
        self.lines();
        self.package()?;
        self.lines();
        self.expect(IMPORT)?;
        let mut table = None;
        if !self.takes(self.adapter.answer) {
            self.expect(self.adapter.counting.ok_or(Wrong)?)?;
            table = Some(self.table()?);
        }
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
        let mut denials = BTreeMap::new();
        while self.is_name(DECISION) {
            let (tool, List { entries, denials: own }) = self.decision()?;
            denials.insert(tool.clone(), own);
            let is_new = match tool {
                Some(tool) => tools.insert(tool, entries).is_none(),
                None => others.replace(entries).is_none(),
            };
            self.end_of_rule()?;
            // Two rules for a tool could give two decisions, which is an error.
            if !is_new {
                return Err(Wrong);
            }
            self.lines();
        }
        let limits = self.limits(table, denials)?;
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
        Ok((Lists { tools, others: others.unwrap_or_default(), default_reason: default.reason }, limits))
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
    fn decision(&mut self) -> Read<(Option<String>, List)> {
        self.expect(DECISION)?;
        let mut list = List::default();
        let mut of: Option<Option<String>> = None;
        let mut no_amount: Option<(String, String)> = None;
        loop {
            self.mark(":=")?;
            let entry = self.outcome()?;
            let (tool, about) = self.body_of_tool()?;
            if of.get_or_insert_with(|| tool.clone()) != &tool {
                return Err(Wrong);
            }
            let passes = |entry: &Entry| matches!(entry.outcome, Outcome::Allow | Outcome::Ask { .. });
            let denies_by = |counter: &str| entry.outcome == Outcome::Deny && entry.rule == counter;
            match about {
                // The denial of an amount stands before that of its counter.
                About::NoAmount(counter) if denies_by(&counter) && no_amount.is_none() => {
                    no_amount = Some((counter, entry.reason));
                }
                About::Full(counter) if denies_by(&counter) && !list.entries.iter().any(passes) => {
                    let own = no_amount.take();
                    if own.as_ref().is_some_and(|(of, _)| *of != counter) {
                        return Err(Wrong);
                    }
                    let no_amount = own.map(|(_, reason)| reason);
                    list.denials.push(LimitDenial { counter, reason: entry.reason, no_amount });
                }
                About::Full(_) | About::NoAmount(_) => return Err(Wrong),
                About::All | About::When(_) => {
                    let when = if let About::When(when) = about { Some(when) } else { None };
                    let is_hidden_when = entry.outcome == Outcome::Hide && when.is_some();
                    // Limits are asked about what nothing else denies.
                    let is_late = !passes(&entry) && !list.denials.is_empty();
                    if is_hidden_when || is_late || no_amount.is_some() {
                        return Err(Wrong);
                    }
                    list.entries.push(Entry { when, ..entry });
                }
            }
            if !self.takes("else") {
                break;
            }
        }
        if no_amount.is_some() { Err(Wrong) } else { Ok((of.ok_or(Wrong)?, list)) }
    }

    /// `if` with a body that begins by asking for the tool.
    fn body_of_tool(&mut self) -> Read<(Option<String>, About)> {
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
            return Ok((tool, About::All));
        }
        self.lines();
        if self.takes("}") {
            return Ok((tool, About::All));
        }
        for (test, about) in [(IS_FULL, About::Full as fn(String) -> About), (LACKS_AMOUNT, About::NoAmount)] {
            if self.is_name(test) {
                self.expect(&format!("{test}("))?;
                let Kind::Text(counter) = self.next()? else { return Err(Wrong) };
                self.mark(")")?;
                self.lines();
                self.mark("}")?;
                return Ok((tool, about(counter.clone())));
            }
        }
        if let Some(shared) = self.shared() {
            return Ok((tool, About::When(shared)));
        }
        let when = self.rest_of_block(None, 0)?;
        Ok((tool, About::When(Arc::new(when))))
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
}
