//! Arguments that are changed place by place.

use std::collections::BTreeSet;
use std::fmt;

use crate::decimal::Decimal;
use crate::json::{Json, Kind, Value, json_quote};
use crate::predicate::Step;

/// A JSON value that can be changed. What is not changed stays as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tree {
    /// A value without parts, as it is written.
    Plain(String),
    /// An array.
    Array(Vec<Tree>),
    /// An object.
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// A value that was read. The recursion is as deep as the JSON reader allows.
    pub(super) fn of(value: Value<'_>) -> Self {
        match value.kind() {
            Kind::Array => Self::Array(value.items().map(Self::of).collect()),
            Kind::Object => {
                let member = |(key, value): (Value<'_>, Value<'_>)| Some((key.as_str()?.to_owned(), Self::of(value)));
                Self::Object(value.entries().filter_map(member).collect())
            }
            _ => Self::Plain(value.source().to_owned()),
        }
    }

    /// The value at a place; `None` if there is none.
    pub(super) fn at(&self, steps: &[Step]) -> Option<&Self> {
        steps.iter().try_fold(self, |tree, step| match (tree, step) {
            (Self::Object(members), Step::Key(key)) => {
                members.iter().find(|(name, _)| name == key).map(|(_, tree)| tree)
            }
            (Self::Array(items), Step::Index(index)) => items.get(*index as usize),
            _ => None,
        })
    }

    /// The same with another value at a place, or without one there; `None` if what is around the place cannot hold
    /// it, or if an element would be missing in front of others.
    pub(super) fn with(&self, steps: &[Step], value: Option<&Self>) -> Option<Self> {
        let Some((first, rest)) = steps.split_first() else { return value.cloned() };
        match (self, first) {
            (Self::Object(members), Step::Key(key)) => {
                let mut members = members.clone();
                let at = members.iter().position(|(name, _)| name == key);
                match (at, rest.is_empty(), value) {
                    (Some(at), true, None) => drop(members.remove(at)),
                    (None, true, None) => {}
                    (Some(at), ..) => {
                        let (_, member) = members.get_mut(at)?;
                        *member = member.with(rest, value)?;
                    }
                    (None, true, Some(value)) => members.push((key.clone(), value.clone())),
                    (None, false, _) => return None,
                }
                Some(Self::Object(members))
            }
            (Self::Array(items), Step::Index(index)) => {
                let (mut items, index) = (items.clone(), *index as usize);
                match (rest.is_empty(), value) {
                    (true, None) if index + 1 == items.len() => drop(items.pop()),
                    (true, None) if index >= items.len() => {}
                    (true, None) => return None,
                    (true, Some(value)) if index == items.len() => items.push(value.clone()),
                    _ => {
                        let item = items.get_mut(index)?;
                        *item = item.with(rest, value)?;
                    }
                }
                Some(Self::Array(items))
            }
            _ => None,
        }
    }
}

impl Tree {
    /// This value in place of another at a place, with those members of the other that none of the tested places is
    /// about.
    pub(super) fn merged_into(&self, before: Option<&Self>, at: &[Step], tested: &BTreeSet<Vec<Step>>) -> Self {
        let (Self::Object(members), Some(Self::Object(old))) = (self, before) else { return self.clone() };
        let within = |name: &String| at.iter().cloned().chain([Step::Key(name.clone())]).collect::<Vec<Step>>();
        let find = |members: &[(String, Self)], name: &String| {
            members.iter().find(|(key, _)| key == name).map(|(_, member)| member.clone())
        };
        let mut merged = Vec::new();
        for (name, value) in old {
            let steps = within(name);
            if tested.iter().any(|place| place.starts_with(&steps)) {
                let new = find(members, name).map(|new| new.merged_into(Some(value), &steps, tested));
                merged.extend(new.map(|new| (name.clone(), new)));
            } else {
                merged.push((name.clone(), value.clone()));
            }
        }
        merged.extend(members.iter().filter(|(name, _)| find(old, name).is_none()).cloned());
        Self::Object(merged)
    }

    /// Whether some argument of a call is now of another type, or missing.
    pub(super) fn has_other_kinds(&self, before: Value<'_>) -> bool {
        let before = Self::of(before);
        let Self::Object(members) = &before else { return false };
        members
            .iter()
            .any(|(name, value)| self.at(&[Step::Key(name.clone())]).is_none_or(|now| now.kind() != value.kind()))
    }

    pub(super) fn as_number(&self) -> Option<Decimal> {
        let Self::Plain(text) = self else { return None };
        Json::parse(text).ok()?.root().as_number()
    }

    pub(super) fn as_text(&self) -> Option<String> {
        let Self::Plain(text) = self else { return None };
        Json::parse(text).ok()?.root().as_str().map(str::to_owned)
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Array(_) => Kind::Array,
            Self::Object(_) => Kind::Object,
            Self::Plain(text) => match text.as_bytes().first() {
                Some(b'"') => Kind::String,
                Some(b't' | b'f') => Kind::Bool,
                Some(b'n') => Kind::Null,
                _ => Kind::Number,
            },
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (index, (key, member)) in members.iter().enumerate() {
                    write!(f, "{}{}: {member}", if index == 0 { "" } else { ", " }, json_quote(key))?;
                }
                f.write_str("}")
            }
        }
    }
}
