//! Regular expressions of JavaScript over arguments as Gemini CLI prints them.
//!
//! A string stands there as `JSON.stringify` writes it, in UTF-16: quotes, backslashes and control
//! characters are escaped, everything else is itself, and a character beyond U+FFFF is two units.
//! The program drops a rule whose pattern is too long, or has a group with a quantifier in it
//! before a group with a quantifier behind it. A quantifier inside of a group therefore always
//! stands behind a group of its own, `([0-9])*`, and the characters that could be taken for one are
//! written by their numbers.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

use super::ambiguity::is_ambiguous;
use crate::emit::refusal::Refusal;

/// Any run of characters of a string.
pub(super) const ANY: &str = r#"([^"\\]|\\[^u]|\\u....)*"#;
/// The mark before and behind each argument.
pub(super) const MARK: &str = r"\x00";
/// What may lie between two arguments.
pub(super) const GAP: &str = "[^]*";
/// Characters that a pattern may have.
pub(super) const LONGEST: usize = 2048;
/// Characters that JSON escapes by a letter, and the letters, in their order.
pub(super) const LETTERS: [(char, char); 7] =
    [('"', '"'), ('\\', '\\'), ('\u{8}', 'b'), ('\u{c}', 'f'), ('\n', 'n'), ('\r', 'r'), ('\t', 't')];

/// The code points of surrogates.
const SURROGATES: (u32, u32) = (0xd800, 0xdfff);

/// Whether the program keeps a rule with a pattern.
pub(super) fn is_kept(pattern: &str) -> bool {
    if pattern.len() > LONGEST {
        return false;
    }
    let is_quantifier = |byte: Option<&u8>| matches!(byte, Some(b'*' | b'+' | b'?' | b'{'));
    let bytes = pattern.as_bytes();
    // After this place a group with a quantifier behind it is one too many.
    let mut open = None;
    let mut in_group = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' => in_group = true,
            b')' if open.is_some() && is_quantifier(bytes.get(at + 1)) => return false,
            b')' => in_group = false,
            byte if in_group && is_quantifier(Some(byte)) => open = Some(at),
            _ => {}
        }
    }
    true
}

/// An array of elements that an expression stands for.
pub(super) fn array(element: &str) -> String {
    format!(r"\[({element}(,{element})*)?\]")
}

/// Writes a unit that is no part of a class.
fn unit(out: &mut String, unit: u32) {
    match char::from_u32(unit) {
        Some(char) if char.is_ascii_alphanumeric() || " _-,:;@/=&%#!<>~\"`".contains(char) => out.push(char),
        Some(char) if ".^$|[]".contains(char) => {
            out.push('\\');
            out.push(char);
        }
        _ if unit < 0x80 => out.push_str(&format!("\\x{unit:02x}")),
        _ => out.push_str(&format!("\\u{unit:04x}")),
    }
}

/// Writes a unit of a class.
fn class_unit(out: &mut String, unit: u32) {
    match char::from_u32(unit) {
        Some(char) if "\\]^-[".contains(char) => {
            out.push('\\');
            out.push(char);
        }
        Some(char) if char.is_ascii_graphic() && !"*+?{}()'".contains(char) || char == ' ' => out.push(char),
        _ if unit < 0x80 => out.push_str(&format!("\\x{unit:02x}")),
        _ => out.push_str(&format!("\\u{unit:04x}")),
    }
}

/// Ranges of units as a class, or one unit as itself.
fn units(ranges: &[(u32, u32)]) -> String {
    let mut out = String::new();
    if let [(low, high)] = ranges
        && low == high
    {
        unit(&mut out, *low);
        return out;
    }
    out.push('[');
    for (low, high) in ranges {
        class_unit(&mut out, *low);
        if high > low {
            if *high > low + 1 {
                out.push('-');
            }
            class_unit(&mut out, *high);
        }
    }
    out.push(']');
    out
}

/// Writes the content of a string.
pub(super) fn literal(out: &mut String, text: &str) {
    for char in text.chars() {
        let code = u32::from(char);
        match LETTERS.iter().find(|(escaped, _)| *escaped == char) {
            Some((_, letter)) => {
                out.push_str(r"\\");
                out.push_str(if *letter == '\\' { r"\\" } else { "" });
                out.extend((*letter != '\\').then_some(*letter));
            }
            None if code < 0x20 => out.push_str(&format!(r"\\u{code:04x}")),
            None => {
                let mut buffer = [0; 2];
                for part in char.encode_utf16(&mut buffer) {
                    unit(out, u32::from(*part));
                }
            }
        }
    }
}

/// The alternatives for one character of some ranges of code points, in their order.
fn alternatives(ranges: &[(u32, u32)]) -> Vec<String> {
    let has = |code: u32| ranges.iter().any(|(low, high)| (*low..=*high).contains(&code));
    let mut out = Vec::new();
    // What stands there as itself, in one unit.
    let mut single = Vec::new();
    for (low, high) in ranges {
        for (from, to) in [(0x20, 0x21), (0x23, 0x5b), (0x5d, SURROGATES.0 - 1), (SURROGATES.1 + 1, 0xffff)] {
            let (low, high) = ((*low).max(from), (*high).min(to));
            if low <= high {
                single.push((low, high));
            }
        }
    }
    if !single.is_empty() {
        out.push(units(&single));
    }
    for (low, high) in ranges {
        pairs(&mut out, (*low).max(0x1_0000), *high);
    }
    let letters: Vec<char> =
        LETTERS.iter().filter(|(char, _)| has(u32::from(*char))).map(|(_, letter)| *letter).collect();
    match letters.as_slice() {
        [] => {}
        ['\\'] => out.push(r"\\\\".to_owned()),
        [only] => out.push(format!(r"\\{only}")),
        several => {
            let class: String = several
                .iter()
                .map(|letter| if *letter == '\\' { r"\\".to_owned() } else { letter.to_string() })
                .collect();
            out.push(format!(r"\\[{class}]"));
        }
    }
    for tens in 0..2 {
        let is_written = |low: &u32| {
            let code = tens * 16 + low;
            has(code) && !LETTERS.iter().any(|(char, _)| u32::from(*char) == code)
        };
        let digits: Vec<u32> = (0..16).filter(is_written).map(hex).collect();
        if !digits.is_empty() {
            out.push(format!(r"\\u00{tens}{}", units(&runs(&digits))));
        }
    }
    out
}

/// The code of a hexadecimal digit as JSON writes it.
const fn hex(digit: u32) -> u32 {
    if digit < 10 { 0x30 + digit } else { 0x57 + digit }
}

/// Sorted codes as ranges.
fn runs(codes: &[u32]) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = Vec::new();
    for code in codes {
        match out.last_mut() {
            Some((_, high)) if *high + 1 == *code => *high = *code,
            _ => out.push((*code, *code)),
        }
    }
    out
}

/// The alternatives for code points beyond U+FFFF: of two units.
fn pairs(out: &mut Vec<String>, low: u32, high: u32) {
    if low > high {
        return;
    }
    let split = |code: u32| (0xd800 + ((code - 0x1_0000) >> 10), 0xdc00 + ((code - 0x1_0000) & 0x3ff));
    let ((first, first_low), (last, last_high)) = (split(low), split(high));
    let mut push = |from: u32, to: u32, low: u32, high: u32| {
        if from <= to {
            out.push(format!("{}{}", units(&[(from, to)]), units(&[(low, high)])));
        }
    };
    if first == last {
        return push(first, last, first_low, last_high);
    }
    let whole_from = if first_low == 0xdc00 { first } else { first + 1 };
    let whole_to = if last_high == 0xdfff { last } else { last - 1 };
    if whole_from > first {
        push(first, first, first_low, 0xdfff);
    }
    push(whole_from, whole_to, 0xdc00, 0xdfff);
    if whole_to < last {
        push(last, last, 0xdc00, last_high);
    }
}

/// The characters of a class.
pub(super) fn ranges(class: &Class) -> Vec<(u32, u32)> {
    match class {
        Class::Unicode(class) => class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect(),
        Class::Bytes(class) => class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect(),
    }
}

/// An expression of the policy over the content of a string.
///
/// # Errors
/// It asks for a place in the string (`\b`), or can match nothing.
fn expression(hir: &Hir) -> Result<String, Refusal> {
    let mut out = String::new();
    write(&mut out, hir, false)?;
    Ok(out)
}

/// The same as a part of a sequence.
pub(super) fn part(hir: &Hir) -> Result<String, Refusal> {
    let mut out = String::new();
    write(&mut out, hir, true)?;
    Ok(out)
}

fn grouped(out: &mut String, alternatives: &[String], is_part: bool) {
    let in_group = is_part && alternatives.len() > 1;
    out.push_str(if in_group { "(" } else { "" });
    out.push_str(&alternatives.join("|"));
    out.push_str(if in_group { ")" } else { "" });
}

/// Writes an expression; as a part of a sequence, alternatives are in a group.
fn write(out: &mut String, hir: &Hir, is_part: bool) -> Result<(), Refusal> {
    let unknown = || {
        Refusal::new(
            "it cannot ask about the neighbours of a character, as `\\b`, `^` and `$` do, and a class needs a character",
            "leave out `^` and `$`, for a pattern of `matches` covers the whole value; for `\\bword\\b` write `(.*\\W)?word(\\W.*)?`",
        )
    };
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(bytes) => literal(out, std::str::from_utf8(&bytes.0).map_err(|_| unknown())?),
        HirKind::Class(class) => {
            let alternatives = alternatives(&ranges(class));
            if alternatives.is_empty() {
                return Err(unknown());
            }
            grouped(out, &alternatives, is_part);
        }
        HirKind::Look(_) => return Err(unknown()),
        HirKind::Capture(capture) => write(out, &capture.sub, is_part)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(out, part, true)?;
            }
        }
        HirKind::Alternation(parts) => {
            let parts = parts.iter().map(expression).collect::<Result<Vec<_>, _>>()?;
            grouped(out, &parts, is_part);
        }
        HirKind::Repetition(Repetition { min, max, sub, .. }) => {
            let is_any = matches!(sub.kind(), HirKind::Class(class) if ranges(class) == ANYTHING);
            match (min, max) {
                (_, Some(0)) => {}
                (1, Some(1)) => write(out, sub, is_part)?,
                (0, None) if is_any => out.push_str(ANY),
                _ if *max != Some(1) && is_ambiguous(sub) => {
                    return Err(Refusal::new(
                        "a repetition in its pattern can be gone through in two ways, for which JavaScript may take exponential time",
                        "write it so that each character says how to go on: `a+` for `(a+)+`, `[a-z]+(-[a-z]+)*` for `([a-z]+-?)*`",
                    ));
                }
                _ => {
                    let quantifier = match (min, max) {
                        (0, None) => "*".to_owned(),
                        (1, None) => "+".to_owned(),
                        (0, Some(1)) => "?".to_owned(),
                        (min, None) => format!("{{{min},}}"),
                        (min, Some(max)) if min == max => format!("{{{min}}}"),
                        (min, Some(max)) => format!("{{{min},{max}}}"),
                    };
                    out.push_str(&format!("({}){quantifier}", expression(sub)?));
                }
            }
        }
    }
    Ok(())
}

/// The ranges of all characters.
const ANYTHING: [(u32, u32); 2] = [(0, SURROGATES.0 - 1), (SURROGATES.1 + 1, 0x10_ffff)];
