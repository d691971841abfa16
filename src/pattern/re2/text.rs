//! Writes text that every RE2 engine reads in the same way.

use std::fmt::Write as _;

use regex_syntax::hir::ClassUnicode;

/// Appends `char` as a text that stands for it outside brackets.
pub(in crate::pattern) fn push_literal(out: &mut String, char: char) {
    if "\\.+*?()|[]{}^$".contains(char) {
        out.push('\\');
    }
    out.push(char);
}

/// Appends a class as a list of ranges; `folding` says whether `(?i)` is in force there, which is then switched off.
pub(in crate::pattern) fn push_class(out: &mut String, class: &ClassUnicode, folding: bool) {
    out.push_str(if folding { "(?-i:[" } else { "[" });
    for range in class.ranges() {
        push_member(out, range.start());
        if range.start() != range.end() {
            out.push('-');
            push_member(out, range.end());
        }
    }
    if class.ranges().is_empty() {
        out.push_str("^\\x{0}-\\x{10ffff}");
    }
    out.push_str(if folding { "])" } else { "]" });
}

fn push_member(out: &mut String, char: char) {
    if char.is_ascii_alphanumeric() {
        out.push(char);
    } else {
        // Writing to a string does not fail.
        let _ = write!(out, "\\x{{{:x}}}", u32::from(char));
    }
}
