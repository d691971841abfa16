//! What a lint rule is.

use std::fmt::Write as _;

use super::context::Context;
use super::rules::RULES;
pub use crate::diagnostics::Confidence;
use crate::diagnostics::{Applicability, Code, Diagnostic};

/// A group of rules that are selected together. Each group includes the rules of the groups before
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// On by default: what is hardly ever intended.
    Default,
    /// What a careful reviewer asks about.
    Strict,
    /// Matters of taste, and what is worth knowing now and then.
    Pedantic,
}

impl Group {
    /// All groups, the smallest first.
    pub const ALL: [Self; 3] = [Self::Default, Self::Strict, Self::Pedantic];

    /// `default`, `strict` or `pedantic`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
            Self::Pedantic => "pedantic",
        }
    }

    /// The group of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}

/// What a rule says about statements that the linted file only imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// Nothing: the author of the imported file sees the finding when that file is linted.
    Silent,
    /// The same, at the `import`: what is opened there is opened here.
    AtImport,
}

/// When a finding about a statement that several policies of a file share is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// When it is true of all of them: a rule that some block needs is needed.
    All,
    /// When it is true of at least one of them.
    Any,
}

/// Checks one policy of a file.
pub(super) type PolicyCheck = fn(&Context<'_>) -> Vec<Diagnostic>;
/// Checks a file as it is written.
pub(super) type FileCheck = fn(&super::File<'_>) -> Vec<Diagnostic>;

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Each policy of a file.
    Policy(PolicyCheck),
    /// The file as it is written, once.
    File(FileCheck),
}

/// A lint rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name, id and severity. The page is the comment at the top of the rule's file.
    pub code: &'static Code,
    /// The smallest group that has it.
    pub group: Group,
    /// How certain its findings are.
    pub confidence: Confidence,
    /// Whether it offers fixes, and of which kind; some findings may have none.
    pub fix: Option<Applicability>,
    /// What it says about imported statements.
    pub imported: Imported,
    /// When findings about shared statements are reported.
    pub shared: Shared,
    /// What it looks at, and the function that does so.
    pub check: Check,
}

impl Rule {
    /// A rule of the group `default` with high confidence and without fixes, silent about imports.
    #[must_use]
    pub const fn new(code: &'static Code, check: Check) -> Self {
        Self {
            code,
            group: Group::Default,
            confidence: Confidence::High,
            fix: None,
            imported: Imported::Silent,
            shared: Shared::All,
            check,
        }
    }

    /// The rule with this id or name.
    #[must_use]
    pub fn find(id_or_name: &str) -> Option<&'static Self> {
        RULES.iter().copied().find(|rule| rule.code.is_called(id_or_name))
    }

    /// The rule that reports findings of a kind, if a rule does.
    #[must_use]
    pub fn of(code: &Code) -> Option<&'static Self> {
        RULES.iter().copied().find(|rule| rule.code.id == code.id)
    }
}

/// The documentation of a kind of finding, in Markdown.
#[must_use]
pub fn page(code: &Code) -> String {
    let Some(rule) = Rule::of(code) else { return code.page.to_owned() };
    let mut page = format!("# {} {}\n\n{}", code.id, code.name, code.severity.name());
    let _ = write!(page, " · group `{}` · confidence {}", rule.group.name(), rule.confidence.name());
    if let Some(fix) = rule.fix {
        let _ = write!(page, " · fixes itself ({})", fix.name());
    }
    page.push_str("\n\n");
    page.push_str(code.page);
    page
}
