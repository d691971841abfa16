//! Writes images.

use super::FORMAT;
use crate::ir::{Effect, Limit, Policy, Rule, Scope, Selection};
use crate::predicate::{Condition, Path, PathRoot, Scalar, ScalarValue, Step, Test};
use crate::source::offset;

/// The image of a policy.
#[must_use]
pub fn write(policy: &Policy) -> Vec<u8> {
    let mut out = Writer(Vec::new());
    out.number(FORMAT);
    out.text(&policy.name);
    out.list(policy.servers.iter(), |out, server| out.text(&server.name));
    out.list(policy.tools.iter(), |out, tool| {
        out.number(tool.server.0);
        out.text(&tool.name);
    });
    out.flag(policy.default.allow);
    out.option(policy.default.reason.as_ref(), |out, reason| out.text(reason));
    out.list(policy.rules.iter(), Writer::rule);
    out.0
}

/// Numbers are of four bytes, the last first significant; texts and lists have their length in front.
struct Writer(Vec<u8>);

impl Writer {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(offset(text.len()));
        self.0.extend_from_slice(text.as_bytes());
    }

    fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, write: impl Fn(&mut Self, T)) {
        self.number(offset(items.len()));
        items.for_each(|item| write(self, item));
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn rule(&mut self, rule: &Rule) {
        match &rule.effect {
            Effect::Allow => self.byte(0),
            Effect::Deny => self.byte(1),
            Effect::Hide => self.byte(2),
            Effect::Require => self.byte(3),
            Effect::Approval { by } => {
                self.byte(4);
                self.option(by.as_ref(), |out, by| out.text(by));
            }
            Effect::Limit(limit) => {
                self.byte(5);
                self.limit(limit);
            }
        }
        self.selection(&rule.selection);
        self.option(rule.guard.as_ref(), |out, guard| {
            out.condition(&guard.condition);
            out.text(&guard.text);
        });
        self.option(rule.reason.as_ref(), |out, reason| out.text(reason));
        self.text(&rule.origin.line);
    }

    fn limit(&mut self, limit: &Limit) {
        self.text(&limit.max.to_string());
        self.0.extend_from_slice(&limit.window.to_le_bytes());
        match &limit.scope {
            Scope::Grant => self.byte(0),
            Scope::Server => self.byte(1),
            Scope::Caller(claim) => {
                self.byte(2);
                self.text(claim);
            }
        }
        self.option(limit.sum_of.as_ref(), Self::path);
        self.flag(limit.total);
        self.option(limit.counter.as_ref(), |out, name| out.text(name));
    }

    fn selection(&mut self, selection: &Selection) {
        self.list(selection.named.iter(), |out, tool| out.number(tool.0));
        self.list(selection.opens.iter(), |out, tool| out.number(tool.0));
        self.option(selection.star.as_ref(), |out, star| {
            out.option(star.servers.as_ref(), |out, servers| {
                out.list(servers.iter(), |out, server| out.number(server.0));
            });
            out.list(star.except.iter(), |out, tool| out.number(tool.0));
            out.list(star.except_servers.iter(), |out, server| out.number(server.0));
        });
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Or(parts) => {
                self.byte(0);
                self.list(parts.iter(), Self::condition);
            }
            Condition::And(parts) => {
                self.byte(1);
                self.list(parts.iter(), Self::condition);
            }
            Condition::Not(inner) => {
                self.byte(2);
                self.condition(inner);
            }
            Condition::Atom(atom) => {
                self.byte(3);
                self.path(&atom.path);
                self.test(&atom.test);
            }
        }
    }

    fn path(&mut self, path: &Path) {
        self.flag(path.root == PathRoot::Caller);
        self.steps(&path.steps);
    }

    fn steps(&mut self, steps: &[Step]) {
        self.list(steps.iter(), |out, step| match step {
            Step::Key(key) => {
                out.byte(0);
                out.text(key);
            }
            Step::Index(index) => {
                out.byte(1);
                out.number(*index);
            }
        });
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Has => self.byte(0),
            Test::Compare(comparison, scalar) => {
                self.byte(1);
                self.text(comparison.symbol());
                self.scalar(scalar);
            }
            Test::In(scalars) => {
                self.byte(2);
                self.list(scalars.iter(), Self::scalar);
            }
            Test::NotIn(scalars) => {
                self.byte(3);
                self.list(scalars.iter(), Self::scalar);
            }
            Test::Contains(scalar) => {
                self.byte(4);
                self.scalar(scalar);
            }
            Test::Like(patterns) => {
                self.byte(5);
                self.list(patterns.iter(), |out, pattern| out.text(pattern.source()));
            }
            Test::Matches(patterns) => {
                self.byte(6);
                self.list(patterns.iter(), |out, pattern| out.text(pattern.source()));
            }
            Test::Every(elements) | Test::Some(elements) => {
                self.byte(if matches!(test, Test::Every(_)) { 7 } else { 8 });
                self.steps(&elements.steps);
                self.text(&elements.text);
                self.test(&elements.test);
            }
            Test::Length(length) => {
                self.byte(9);
                self.text(length.comparison.symbol());
                self.text(&length.number.to_string());
            }
        }
    }

    fn scalar(&mut self, scalar: &Scalar) {
        match &scalar.value {
            ScalarValue::Null => self.byte(0),
            ScalarValue::Bool(value) => self.byte(1 + u8::from(*value)),
            ScalarValue::Number(number) => {
                self.byte(3);
                self.text(&number.to_string());
            }
            ScalarValue::Str(text) => {
                self.byte(4);
                self.text(text);
            }
        }
        self.text(&scalar.text);
    }
}
