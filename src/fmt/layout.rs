//! Breaking lines.
//!
//! A statement is a flat sequence of [`Op`]s with groups in it. A group is written on one line if it fits, up to
//! the next place where a line may end; otherwise each of its own breaks ends a line, and the groups in it decide
//! for themselves. That is the layout algorithm of Oppen ("Prettyprinting", 1980) in its usual simple form. A group
//! that holds a comment never fits, since a comment ends its line.

use super::comments::Comment;

/// The longest line that is written if there is a choice.
pub(super) const WIDTH: usize = 100;

/// One step of writing a statement.
#[derive(Debug)]
pub(super) enum Op {
    /// Text without line ends and without space at its ends.
    Text(String),
    /// A space where no line ends.
    Space,
    /// A space, or a line end in a broken group.
    Line,
    /// Nothing, or a line end in a broken group.
    Soft,
    /// Opens a group, or only an indentation within the current one, deeper by so many columns.
    Open {
        /// Whether the part decides for itself whether it breaks.
        group: bool,
        /// Columns.
        indent: usize,
    },
    /// Closes what was opened last.
    Close,
    /// A comment, after which the line ends.
    Comment(Comment),
}

/// Writes lines.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    /// Characters on the current line.
    column: usize,
    /// Whether the current line ends before anything else is written.
    ends: bool,
    /// Whether a space is written before the next text on this line.
    space: bool,
    /// Whether the current line holds a comment.
    commented: bool,
}

impl Writer {
    /// The text, with a line end at its end unless it is empty.
    pub(super) fn finish(mut self) -> String {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out
    }

    /// Ends the current line; after it comes an empty one if `blank`.
    pub(super) fn end_line(&mut self, blank: bool) {
        if !self.out.is_empty() {
            self.new_line();
            if blank {
                self.out.push('\n');
            }
        }
    }

    /// Writes a comment: behind what is on the line if it is a trailing one, else on a line of its own.
    pub(super) fn comment(&mut self, comment: &Comment, indent: usize) {
        let behind = comment.trailing && self.column > 0 && !self.commented;
        if behind {
            self.ends = false;
            self.space = true;
        } else {
            self.ends = true;
        }
        self.text(&comment.text, indent);
        self.ends = true;
        self.commented = true;
    }

    /// Writes the steps of a statement, whose lines are indented by `indent`.
    pub(super) fn write(&mut self, ops: &[Op], indent: usize) {
        let mut open = vec![Mode { broken: true, indent }];
        for (index, op) in ops.iter().enumerate() {
            let mode = open.last().copied().unwrap_or(Mode { broken: true, indent });
            match op {
                Op::Text(text) => self.text(text, mode.indent),
                Op::Comment(comment) => self.comment(comment, mode.indent),
                Op::Line | Op::Soft if mode.broken => self.ends = true,
                Op::Space | Op::Line => self.space = true,
                Op::Soft => {}
                Op::Open { group, indent } => {
                    let indent = mode.indent + indent;
                    let broken = mode.broken && !(*group && fits(ops.get(index..), self.room(mode.indent)));
                    open.push(Mode { broken, indent });
                }
                Op::Close => {
                    open.pop();
                }
            }
        }
    }

    /// Characters left on the line.
    fn room(&self, indent: usize) -> usize {
        let used = if self.column == 0 || self.ends { indent } else { self.column + usize::from(self.space) };
        WIDTH.saturating_sub(used)
    }

    fn text(&mut self, text: &str, indent: usize) {
        if std::mem::take(&mut self.ends) && self.column > 0 {
            self.new_line();
        }
        if self.column == 0 {
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.column = indent;
        } else if self.space {
            self.out.push(' ');
            self.column += 1;
        }
        self.space = false;
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.ends = false;
        self.space = false;
        self.commented = false;
    }
}

#[derive(Clone, Copy)]
struct Mode {
    broken: bool,
    indent: usize,
}

/// Whether the group that `ops` begins with, and what follows it up to the next break, takes no more than `room`.
fn fits(ops: Option<&[Op]>, room: usize) -> bool {
    let mut left = room;
    let mut depth = 0_usize;
    let mut closed = false;
    for op in ops.unwrap_or_default() {
        let width = match op {
            Op::Text(text) => text.chars().count(),
            Op::Space => 1,
            Op::Line | Op::Soft | Op::Comment(_) if closed => return true,
            Op::Line => 1,
            Op::Soft => 0,
            Op::Comment(_) => return false,
            Op::Open { .. } => {
                depth += 1;
                0
            }
            Op::Close => {
                depth = depth.saturating_sub(1);
                closed |= depth == 0;
                0
            }
        };
        match left.checked_sub(width) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
    true
}
