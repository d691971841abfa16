//! The way to one value of a call.

use std::fmt;

use crate::diagnostics::visible_json;
use crate::json::json_quote;

/// A way to one value of a call. Its [`Display`](fmt::Display) is the path as the formatter writes it:
/// `args.items[0]."odd key"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The arguments or the caller.
    pub root: PathRoot,
    /// The steps; at least one.
    pub steps: Vec<Step>,
}

/// What a path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathRoot {
    /// The arguments of the call.
    Args,
    /// The identity that the gateway authenticated.
    Caller,
}

/// A step from a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The member of an object with this key.
    Key(String),
    /// The element of an array, from 0.
    Index(u32),
}

impl Path {
    /// A path from the arguments of a call.
    #[must_use]
    pub fn args(steps: &[Step]) -> Self {
        Self { root: PathRoot::Args, steps: steps.to_vec() }
    }

    /// The last key of the path, by which default counters are named; empty for a path without key.
    #[must_use]
    pub fn last_name(&self) -> &str {
        let keys = self.steps.iter().rev().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        });
        keys.into_iter().next().unwrap_or_default()
    }
}

impl PathRoot {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Args => "args",
            Self::Caller => "caller",
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.root.name())?;
        let mut continues = true;
        for step in &self.steps {
            match step {
                Step::Index(index) => {
                    write!(out, "[{index}]")?;
                    continues = false;
                }
                Step::Key(key) => continues = write_key(out, key, continues)?,
            }
        }
        Ok(())
    }
}

/// Writes the dot and the key of a step, in quotes where it needs them. `continues` says whether the key continues a name, as
/// in `args.a`, or begins one, as in `[0].a`; the result says it for a key that follows.
pub(crate) fn write_key(out: &mut impl fmt::Write, key: &str, continues: bool) -> Result<bool, fmt::Error> {
    out.write_char('.')?;
    let bare = is_bare_key(key, continues);
    if bare {
        out.write_str(key)?;
    } else {
        out.write_str(&visible_json(&json_quote(key)))?;
    }
    Ok(bare)
}

/// Whether a key can stand in a path without quotes. Keywords can.
pub(crate) fn is_bare_key(key: &str, continues: bool) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    key.bytes().all(|byte| word(byte) || byte == b'-')
        && key.bytes().last().is_some_and(word)
        && (continues || key.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_'))
}
