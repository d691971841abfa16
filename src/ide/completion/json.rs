//! Reads the JSON of a call up to the cursor.

use super::context::{Expect, Read, Reader};
use crate::predicate::Step;
use crate::syntax::token::TokenKind;

/// A place in the JSON of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Whether it is in the caller's claims, and not in the arguments.
    pub(crate) claims: bool,
    /// The way to the object whose key is expected, or to the value that is.
    pub(crate) steps: Vec<Step>,
    /// The keys that the object has before the cursor.
    pub(crate) seen: Vec<String>,
}

/// An object or array that is open.
struct Frame {
    /// The keys so far; `None` for an array.
    seen: Option<Vec<String>>,
    /// How many elements came before.
    index: u32,
}

impl Reader<'_> {
    /// An object of arguments or claims.
    pub(super) fn json(&mut self, claims: bool) -> Read<()> {
        use TokenKind as T;
        let mut frames: Vec<Frame> = Vec::new();
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let place = |steps: &[Step], seen: &[String]| Keys { claims, steps: steps.to_vec(), seen: seen.to_vec() };
            // What leads to the value is taken back where it ends, that to an object or array where that is closed.
            let mut led = true;
            if let Some(Frame { seen: Some(seen), .. }) = frames.last_mut() {
                match self.kind(|| Expect::Key(place(&steps, seen)))? {
                    T::Str => {
                        let key = self.peek().map(|token| self.string(token)).unwrap_or_default();
                        self.skip();
                        seen.push(key.clone());
                        self.want(T::Colon, Expect::Nothing)?;
                        steps.push(Step::Key(key));
                    }
                    T::RightBrace => led = false,
                    T::Arrow => return Ok(()),
                    _ => {
                        self.skip();
                        continue;
                    }
                }
            } else if let Some(Frame { index, .. }) = frames.last() {
                steps.push(Step::Index(*index));
            }
            match self.kind(|| Expect::JsonValue(place(&steps, &[])))? {
                T::LeftBrace => {
                    self.skip();
                    frames.push(Frame { seen: Some(Vec::new()), index: 0 });
                    continue;
                }
                T::LeftBracket => {
                    self.skip();
                    frames.push(Frame { seen: None, index: 0 });
                    continue;
                }
                T::RightBrace | T::RightBracket => {}
                T::Arrow => return Ok(()),
                _ => self.skip(),
            }
            if led {
                steps.pop();
            }
            while !frames.is_empty() {
                match self.kind(|| Expect::Nothing)? {
                    T::RightBrace | T::RightBracket => {
                        self.skip();
                        frames.pop();
                        steps.pop();
                    }
                    T::Comma => {
                        self.skip();
                        if let Some(frame) = frames.last_mut() {
                            frame.index += 1;
                        }
                        break;
                    }
                    T::Arrow => return Ok(()),
                    _ => self.skip(),
                }
            }
            if frames.is_empty() {
                return Ok(());
            }
        }
    }
}
