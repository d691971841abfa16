//! Diagnostics as plain data.
//!
//! A message is one line in lower case without a period and names user text in backticks; advice stands in
//! `help` or in a fix. How it is shown is decided elsewhere: by `report`, and by the language server.

pub mod codes;
mod confidence;
pub mod suggest;
mod words;

pub use codes::Code;
pub use confidence::Confidence;
pub(crate) use words::{capital, count, cut, join, join_some};

use std::borrow::Cow;

use crate::source::Span;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy cannot be used.
    Error,
    /// The policy can be used, but probably does not do what its author thinks.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// `error`, `warning` or `info`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A place with a short text that says what it has to do with the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The text; may be empty for a primary place.
    pub text: String,
}

/// One replacement of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// Whether a fix may be applied without looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// The fix writes what the author meant, or changes no decision.
    Safe,
    /// The fix is a guess, or changes decisions.
    Unsafe,
}

impl Applicability {
    /// `safe` or `unsafe`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// A change that would make the finding go away. Edits are sorted and do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, as an order: "write `==`".
    pub title: String,
    /// Whether it may be applied without looking.
    pub applicability: Applicability,
    /// Whether it is called unsafe only because its proof was too much work. Together with others it may still be proved.
    pub untried: bool,
    /// The replacements, all in one file.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Whether it is safe, or would be if its proof were tried and succeeded.
    #[must_use]
    pub fn may_be_safe(&self) -> bool {
        self.untried || self.applicability == Applicability::Safe
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding it is.
    pub code: &'static Code,
    /// How bad it is; the code's own severity unless the configuration says otherwise.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub primary: Label,
    /// Other places that say why.
    pub secondary: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
    /// Changes that would make it go away, the likeliest first.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A finding at one place.
    #[must_use]
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Puts a text under the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds a place that says why.
    #[must_use]
    pub fn because(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a change of one place.
    #[must_use]
    pub fn fix(
        self,
        applicability: Applicability,
        title: impl Into<String>,
        span: Span,
        text: impl Into<String>,
    ) -> Self {
        self.fix_all(applicability, title, vec![Edit { span, text: text.into() }])
    }

    /// Adds a change of several places of one file.
    #[must_use]
    pub fn fix_all(mut self, applicability: Applicability, title: impl Into<String>, mut edits: Vec<Edit>) -> Self {
        edits.sort_by_key(|edit| edit.span);
        self.fixes.push(Fix { title: title.into(), applicability, untried: false, edits });
        self
    }

    /// Whether the finding keeps the policy from being used.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Every place in it, also those that its fixes change.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        let labels = std::iter::once(&self.primary).chain(&self.secondary).map(|label| label.span);
        labels.chain(self.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span))
    }

    /// Whether it is information about a glob or set without a tool, in a file that is written for many catalogues.
    #[must_use]
    pub fn selects_nothing(&self) -> bool {
        self.severity == Severity::Info && codes::SELECTING_NOTHING.contains(&self.code)
    }

    /// Where such a glob or set stands, if it is reported at the `import` of its file.
    #[must_use]
    pub fn moved_from(&self) -> Option<Span> {
        let place = self.secondary.first().filter(|_| self.selects_nothing())?.span;
        (place.file != self.primary.span.file).then_some(place)
    }
}

/// Puts findings in the order in which they are shown: by place, then by code, equal ones once.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|left, right| {
        (left.primary.span, left.code.id, &left.message).cmp(&(right.primary.span, right.code.id, &right.message))
    });
    diagnostics.dedup();
}

/// User text in backticks, shortened and with control characters made visible.
#[must_use]
pub fn quote(text: &str) -> String {
    format!("`{}`", shown(text, 80))
}

/// Some names between backticks, as a list in words of which at most so many are named; `None` without any.
pub(crate) fn listed(names: &[String], most: usize) -> Option<String> {
    (!names.is_empty()).then(|| join_some(names.iter().map(|name| quote(name)).collect(), most))
}

/// At most `most` characters of a text, those that do not show written as `\u{..}`.
#[must_use]
pub fn shown(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (count, char) in text.chars().enumerate() {
        if count == most {
            shown.push('…');
            break;
        }
        push_visible(&mut shown, char);
    }
    shown
}

/// The text with everything that does not show written as `\u{..}`, so that it stays on its line.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        push_visible(&mut shown, char);
    }
    Cow::Owned(shown)
}

/// Appends a character, or its `\u{..}` if it does not show.
pub fn push_visible(shown: &mut String, char: char) {
    if is_hidden(char) {
        shown.extend(char.escape_unicode());
    } else {
        shown.push(char);
    }
}

/// A text for people with its line ends kept, and everything else that does not show written as `\u{..}`.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| visible(line.strip_suffix('\r').unwrap_or(line))).collect();
    lines.join("\n")
}

/// JSON with everything that does not show escaped as JSON does it. Outside of strings it has nothing of the kind but line ends, which stay.
#[must_use]
pub fn visible_json(json: &str) -> Cow<'_, str> {
    let is_escaped = |char: char| is_hidden(char) && char != '\n';
    if is_plain(json) || !json.chars().any(is_escaped) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 8);
    for char in json.chars() {
        if is_escaped(char) {
            let mut units = [0_u16; 2];
            for unit in char.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// Whether a text is of characters of ASCII that show. Nearly every text is, and this is seen sooner than what each character is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether a character does not show, or changes how its neighbours show: control characters, line separators,
/// and the marks that turn the direction of text (`\u202e` makes a line read otherwise than it is written).
#[must_use]
pub fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
        || matches!(char, '\u{2060}'..='\u{2069}')
}

/// The proof that some findings hold no error.
///
/// A policy of the model cannot be made without one, so nothing can be emitted from a source with errors.
#[derive(Debug, Clone, Copy)]
pub struct NoErrors(());

impl NoErrors {
    /// A proof, if there is no error among the findings.
    #[must_use]
    pub fn check(diagnostics: &[Diagnostic]) -> Option<Self> {
        (!diagnostics.iter().any(Diagnostic::is_error)).then_some(Self(()))
    }
}
