//! Groups and flags.

use super::{Before, DEPTH, Flags, Frame, Parser, PatternError};
use crate::diagnostics::quote;

impl<'p> Parser<'p> {
    /// What begins with the parenthesis at `start`.
    pub(super) fn open(&mut self, start: usize) -> Result<(), PatternError> {
        let restored = self.flags;
        if self.eat("?") {
            self.special(start)?;
            if self.slice(start..self.at).ends_with(')') {
                self.frame.before = Before::FlagGroup;
                return Ok(());
            }
        } else {
            self.re2.push('(');
        }
        if self.outer.len() >= DEPTH {
            return Err(PatternError::new(start..start + 1, format!("groups are nested more than {DEPTH} deep")));
        }
        let outer = std::mem::replace(&mut self.frame, Frame::new(start, restored));
        self.outer.push(outer);
        Ok(())
    }

    /// The parenthesis at `start` that ends a group.
    pub(super) fn close(&mut self, start: usize) -> Result<(), PatternError> {
        let Some(outer) = self.outer.pop() else {
            return Err(
                PatternError::new(start..start + 1, "this `)` closes nothing").help("write `\\)` for a parenthesis")
            );
        };
        let inner = std::mem::replace(&mut self.frame, outer);
        self.flags = inner.restored;
        let weight = inner.weight;
        self.heavy_atom(inner.finish(), weight);
        self.re2.push(')');
        Ok(())
    }

    /// What follows `(?`, up to and with the character that ends it.
    fn special(&mut self, start: usize) -> Result<(), PatternError> {
        for (text, what, help) in FOREIGN {
            if self.eat(text) {
                return Err(PatternError::new(start..self.at, format!("RE2 has no {what}")).help(help));
            }
        }
        if self.eat("P<") || self.eat("<") {
            return self.name(start);
        }
        let flags = self.new_flags(start)?;
        self.flags = flags;
        self.copy(start);
        Ok(())
    }

    /// A group name with the `>` behind it. Older engines know only the longer of the two forms.
    fn name(&mut self, start: usize) -> Result<(), PatternError> {
        let name = self.rest().split_once('>').map_or(self.rest(), |(name, _)| name);
        let range = start..self.at + name.len();
        let well_formed = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
        if name.is_empty() || !well_formed || range.end == self.source.len() {
            return Err(PatternError::new(range, "this group name is malformed")
                .help("write `(?P<name>...)` with letters, digits and `_`, or `(?:...)`"));
        }
        if !self.names.insert(name) {
            return Err(PatternError::new(range, format!("two groups are named {}", quote(name)))
                .help("write `(?:...)` for a group without a name"));
        }
        self.at = range.end + 1;
        self.re2.push_str("(?P<");
        self.re2.push_str(name);
        self.re2.push('>');
        Ok(())
    }

    /// Flags with the `)` or `:` behind them.
    fn new_flags(&mut self, start: usize) -> Result<Flags, PatternError> {
        let mut flags = self.flags;
        let mut on = true;
        let mut complete = self.peek() == Some(':');
        while let Some(char) = self.bump() {
            match char {
                'i' => flags.fold = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_all = on,
                // Swaps greedy and lazy, which does not matter to the question whether there is a match.
                'U' => {}
                '-' if on => {
                    on = false;
                    complete = false;
                    continue;
                }
                ')' | ':' if complete => return Ok(flags),
                ')' | ':' | '-' => break,
                other => {
                    let message = format!("RE2 has no flag {}", quote(other.encode_utf8(&mut [0; 4])));
                    return Err(PatternError::new(start..self.at, message).help("the flags are `i`, `m`, `s` and `U`"));
                }
            }
            complete = true;
        }
        Err(PatternError::new(start..self.at, "this flag group is malformed")
            .help("write `(?i)`, `(?i:...)` or `(?:...)`"))
    }
}

/// What other dialects write after `(?`, how it is called, and what to write instead.
const FOREIGN: [(&str, &str, &str); 14] = [
    ("=", "look-around", LOOK_AROUND),
    ("!", "look-around", LOOK_AROUND),
    ("<=", "look-around", LOOK_AROUND),
    ("<!", "look-around", LOOK_AROUND),
    ("P=", "back-references", "list the repeated texts as alternatives"),
    ("P>", "recursion", RECURSION),
    ("&", "recursion", RECURSION),
    ("R", "recursion", RECURSION),
    ("0", "recursion", RECURSION),
    (">", "atomic groups", "write `(?:...)`; a match is found in linear time anyway"),
    ("#", "comments", "write a comment of the policy, `//`"),
    ("|", "branch reset groups", "write `(?:...)`"),
    ("(", "conditions", "write the cases as alternatives"),
    ("'", "groups named in quotes", "write `(?P<name>...)`"),
];
const LOOK_AROUND: &str = "join several conditions with `and` and `not`, each with a simpler expression";
const RECURSION: &str = "repeat the group as deep as needed";
