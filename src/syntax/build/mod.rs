//! The context with which actions of the grammar build nodes.
//!
//! The context turns places into texts and values, and collects the errors found on the way. No function here
//! fails: what cannot be read is reported and replaced by the likeliest reading, so that one mistake has one
//! message.

use std::collections::BTreeSet;

mod calls;
mod clauses;
mod conditions;

pub(crate) use calls::{JsonTree, Modifier};
pub(crate) use clauses::{Clause, seconds_of_unit};

use super::ast::{Ident, Item, ItemKind, Number, SelectionKind, Str};
use super::errors;
use super::text::unescape;
use super::token::TokenKind;
use crate::decimal::Decimal;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::source::{FileId, Span};

/// The deepest nesting of a condition or of JSON in a test. It bounds the recursion of everything that walks trees.
pub(crate) const MAX_DEPTH: u16 = 100;

/// The text that is parsed, and the errors found in it.
#[derive(Debug)]
pub(crate) struct Context<'t> {
    text: &'t str,
    file: FileId,
    too_deep: bool,
    errors: Vec<Diagnostic>,
    /// The statements whose errors of syntax only repeat what was reported; in order.
    damaged: Vec<(u32, u32)>,
    /// Where strings begin that cannot be read.
    bad_strings: BTreeSet<u32>,
    /// Where statements end that are unfinished: a missing `;` is not what is wrong there.
    unfinished: BTreeSet<u32>,
}

impl<'t> Context<'t> {
    pub(crate) fn new(text: &'t str, file: FileId, errors: Vec<Diagnostic>, damaged: Vec<(u32, u32)>) -> Self {
        Self { text, file, too_deep: false, errors, damaged, bad_strings: BTreeSet::new(), unfinished: BTreeSet::new() }
    }

    /// Everything that was reported.
    pub(crate) fn into_errors(self) -> Vec<Diagnostic> {
        let Self { mut errors, unfinished, .. } = self;
        errors
            .retain(|error| error.code != codes::MISSING_SEMICOLON || !unfinished.contains(&error.primary.span.start));
        errors
    }

    pub(crate) fn span(&self, start: u32, end: u32) -> Span {
        // An empty production takes its end from the token before its start.
        Span::new(self.file, start, end.max(start))
    }

    pub(crate) fn text(&self, start: u32, end: u32) -> &'t str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }

    pub(crate) fn syntax_error(&mut self, error: errors::ParseError) {
        let diagnostic = errors::describe(&error, self.text, self.file);
        let place = diagnostic.primary.span;
        let after = self.damaged.partition_point(|(begin, _)| *begin <= place.start);
        let before = after.checked_sub(1).and_then(|index| self.damaged.get(index));
        if before.is_some_and(|(_, end)| place.start <= *end) {
            return;
        }
        // A word that is no path was hardly meant as the beginning of a test.
        let word = self.errors.last_mut().filter(|last| last.code == codes::BAD_PATH);
        if let Some(last) = word.filter(|last| last.primary.span.end <= place.start) {
            let between = self.text.get(last.primary.span.end as usize..place.start as usize);
            if between.is_some_and(|between| between.trim().is_empty()) {
                last.fixes.clear();
                last.help = Some("a condition compares a value: `args.amount <= 100`, `has args.note`".to_owned());
                return;
            }
        }
        if place.start == place.end {
            self.unfinished.insert(place.start);
        }
        // Half a word, where a statement could begin, is a statement that is being typed.
        if errors::expects_statement(&error) {
            self.unfinished.insert(place.end);
        }
        self.report(diagnostic);
    }

    pub(crate) fn item(&self, kind: ItemKind, start: u32, end: u32) -> Item {
        Item { kind, span: self.span(start, end) }
    }

    pub(crate) fn ident(&self, start: u32, end: u32) -> Ident {
        Ident { text: self.text(start, end).to_owned(), span: self.span(start, end) }
    }

    pub(crate) fn missing_name(&self, at: u32) -> Ident {
        Ident { text: String::new(), span: self.span(at, at) }
    }

    pub(crate) fn quoted_name(&mut self, start: u32, end: u32) -> Ident {
        let name = self.string(start, end);
        let mut error =
            Diagnostic::new(codes::UNEXPECTED_TOKEN, name.span, "a declared name is written without quotes");
        if is_plain_name(&name.text) {
            error = error.fix(Applicability::Safe, "remove the quotes", name.span, name.text.clone());
        }
        self.report(error);
        name
    }

    pub(crate) fn string(&mut self, start: u32, end: u32) -> Str {
        let span = self.span(start, end);
        let raw = self.text(start, end);
        match unescape(raw) {
            Ok(text) => Str { text, span },
            Err(error) => {
                let at = |offset: usize| start + crate::source::offset(offset);
                let place = self.span(at(error.range.start), at(error.range.end));
                let mut found = Diagnostic::new(codes::BAD_STRING, place, error.message).help(error.help);
                if let Some(written) = error.double.then(|| self.windows_path(raw, start)).flatten() {
                    let help = "in a pattern of `like` a backslash is written `\\\\\\\\`";
                    let title = format!("write `{written}`");
                    found = found.help(help).fix(Applicability::Unsafe, title, span, written);
                } else if error.double {
                    let title = format!("write `\\{}`", self.text(place.start, place.end));
                    found = found.fix(Applicability::Safe, title, place.at_start(), "\\");
                }
                self.report(found);
                self.bad_strings.insert(span.start);
                Str { text: error.text, span }
            }
        }
    }

    /// A path like `C:\Temp\*` behind `like`, with each backslash as one: as that of a string and as that of a pattern.
    fn windows_path(&self, raw: &str, start: u32) -> Option<String> {
        let is_pattern = self.text(0, start).trim_end().ends_with("like");
        let drive = raw.strip_prefix('"')?.strip_prefix(|char: char| char.is_ascii_alphabetic())?;
        (is_pattern && drive.starts_with(":\\") && !raw.contains("\\\\")).then(|| raw.replace('\\', "\\\\\\\\"))
    }

    pub(crate) fn number(&mut self, start: u32, end: u32) -> Number {
        let text = self.text(start, end);
        // What the lexer took for a number but is none was reported by the structure pass.
        let value = Decimal::parse(text).unwrap_or_else(|| Decimal::from(0));
        Number { text: text.to_owned(), value, span: self.span(start, end) }
    }

    pub(crate) fn wrong_operator(&mut self, start: u32, end: u32, right: &str) {
        let span = self.span(start, end);
        let message = match right {
            "=" => "`==` compares; a declaration has `=`".to_owned(),
            _ => "`=` declares; a comparison has `==`".to_owned(),
        };
        let fix = format!("write `{right}`");
        self.report(Diagnostic::new(codes::WRONG_OPERATOR, span, message).fix(Applicability::Safe, fix, span, right));
    }

    // Selections

    pub(crate) fn glob(&mut self, start: u32, end: u32) -> SelectionKind {
        let text = self.text(start, end);
        if text.contains("**") {
            let span = self.span(start, end);
            let mut short = text.to_owned();
            while short.contains("**") {
                short = short.replace("**", "*");
            }
            let error = Diagnostic::new(codes::BAD_GLOB, span, format!("two stars in a row in {}", quote(text)));
            let error = error.help("one `*` already stands for any run of characters");
            self.report(error.fix(Applicability::Safe, format!("write `{short}`"), span, short));
            return SelectionKind::Error;
        }
        SelectionKind::Glob(text.to_owned())
    }

    pub(crate) fn set(&self, start: u32, end: u32) -> SelectionKind {
        SelectionKind::Set(self.text(start, end).trim_start_matches('@').to_owned())
    }
}

/// Whether a text can stand as a bare name.
pub fn is_plain_name(text: &str) -> bool {
    matches!(super::token::lex(text).as_slice(), [token] if token.kind == TokenKind::Name)
}
