//! Builds JSON values path by path.

use std::fmt;

use crate::json::json_quote;
use crate::predicate::Step;

/// A JSON value that can be added to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A value that is written out.
    Text(String),
    /// An object.
    Object(Vec<(String, Shape)>),
    /// An array; places that nothing was put in are null.
    Array(Vec<Shape>),
}

/// The longest array that is made to put something at an index.
const MOST_ITEMS: usize = 64;

impl Shape {
    pub(super) const fn object() -> Self {
        Self::Object(Vec::new())
    }

    /// Puts a value at a path. A value on the way that has no such step gives way to one that has.
    pub(super) fn put(&mut self, steps: &[Step], value: &str) {
        let Some((first, rest)) = steps.split_first() else {
            // What was put below this place stays there if the value can hold it.
            if matches!((&*self, value), (Self::Object(_), "{}") | (Self::Array(_), "[]")) {
                return;
            }
            *self = Self::Text(value.to_owned());
            return;
        };
        match first {
            Step::Key(key) => {
                if !matches!(self, Self::Object(_)) {
                    *self = Self::object();
                }
                let Self::Object(members) = self else { return };
                match members.iter_mut().find(|(name, _)| name == key) {
                    Some((_, member)) => member.put(rest, value),
                    None => {
                        let mut member = Self::Text("null".to_owned());
                        member.put(rest, value);
                        members.push((key.clone(), member));
                    }
                }
            }
            Step::Index(index) => {
                let index = (*index as usize).min(MOST_ITEMS);
                if !matches!(self, Self::Array(_)) {
                    *self = Self::Array(Vec::new());
                }
                let Self::Array(items) = self else { return };
                while items.len() <= index {
                    items.push(Self::Text("null".to_owned()));
                }
                if let Some(item) = items.get_mut(index) {
                    item.put(rest, value);
                }
            }
        }
    }
}

/// An array with one element, in which a value stands where the steps lead.
pub(super) fn array_of(steps: &[Step], value: &str) -> String {
    let mut element = Shape::Text("null".to_owned());
    element.put(steps, value);
    format!("[{element}]")
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Object(members) => {
                f.write_str("{")?;
                for (index, (key, value)) in members.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{}: {value}", json_quote(key))?;
                }
                f.write_str("}")
            }
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{item}")?;
                }
                f.write_str("]")
            }
        }
    }
}
