//! Globs and built-in sets that select no tool of the catalogue.
//!
//! A glob that a protection relies on and that matches nothing is an error, because what was to be protected is not. How
//! bad it is depends on the statement that uses it, so those in groups are collected until all statements were seen.

use std::collections::BTreeMap;

use super::Unit;
use crate::diagnostics::{Diagnostic, Label, Severity, codes, quote};
use crate::source::{FileId, Span};
use crate::syntax::ast::Effect;

/// What an item of a selection means to the statement that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// In the list of an `allow`: without a tool it opens nothing.
    Opens,
    /// In the `except` of a `deny`, `hide` or `assert`: without a tool it leaves more protected.
    Spares,
    /// Elsewhere it protects: in what is denied, hidden, limited, required or asserted, and in what an `allow`, `limit` or
    /// `require` leaves out.
    Protects,
}

impl Use {
    /// What the lists of a rule mean: its items, and what stands after `except`.
    pub(super) const fn of_rule(effect: &Effect) -> [Self; 2] {
        match effect {
            Effect::Allow => [Self::Opens, Self::Protects],
            Effect::Deny | Effect::Hide => [Self::Protects, Self::Spares],
            Effect::Limit { .. } | Effect::Require(_) | Effect::Approval { .. } => [Self::Protects, Self::Protects],
        }
    }

    /// What the lists of an assertion mean.
    pub(super) const fn of_assertion() -> [Self; 2] {
        [Self::Protects, Self::Spares]
    }

    /// How bad a glob without a tool is here.
    const fn severity(self) -> Severity {
        match self {
            Self::Protects => Severity::Error,
            Self::Opens | Self::Spares => Severity::Warning,
        }
    }
}

/// A glob or a built-in set of a group that selects no tool.
#[derive(Debug, Clone)]
pub(super) struct Unmatched {
    /// What is said of it, as of one that nothing uses.
    pub(super) finding: Diagnostic,
    /// Whether it stands in the `except` of its group, or of one around it.
    pub(super) in_except: bool,
}

/// The use of a group in a statement.
#[derive(Debug, Clone)]
pub(super) struct GroupUse {
    /// What has no tool in the group.
    pub(super) items: Vec<Unmatched>,
    /// Whether the group stands after `except`.
    pub(super) in_except: bool,
    /// Where it stands.
    pub(super) at: Span,
}

/// What is said of the unmatched items of groups, by their places.
#[derive(Debug, Default)]
pub(super) struct InGroups {
    findings: BTreeMap<Span, Diagnostic>,
    uses: usize,
}

impl InGroups {
    /// Takes up the items of a group as they are declared.
    pub(super) fn declared(&mut self, items: &[Unmatched]) {
        for item in items {
            self.findings.entry(item.finding.primary.span).or_insert_with(|| item.finding.clone());
        }
    }

    /// Takes up a use of a group by a statement whose lists mean this. The most severe use of an item is reported.
    pub(super) fn used(&mut self, group: &GroupUse, uses: [Use; 2]) {
        self.uses += 1;
        let [listed, excepted] = uses;
        for item in &group.items {
            let used = if group.in_except || item.in_except { excepted } else { listed };
            let Some(known) = self.findings.get_mut(&item.finding.primary.span) else { continue };
            // A built-in set without a tool is a warning wherever it stands.
            let severity = if known.code == codes::DEAD_GLOB { used.severity() } else { Severity::Warning };
            let first = known.secondary.is_empty();
            if first || severity < known.severity {
                known.secondary.clear();
                *known = Diagnostic { severity, ..known.clone() }.because(group.at, "it is used here");
            }
        }
    }

    /// How often a statement used a group in which something has no tool.
    pub(super) const fn uses(&self) -> usize {
        self.uses
    }

    pub(super) fn into_findings(self) -> impl Iterator<Item = Diagnostic> {
        self.findings.into_values()
    }
}

/// A finding about a glob that matches no tool, as where it stands in a list used so.
pub(super) fn dead_glob(glob: &str, span: Span, near: &[String], used: Option<Use>) -> Diagnostic {
    let message = format!("{} matches no tool of the catalogue", quote(glob));
    let mut finding = Diagnostic::new(codes::DEAD_GLOB, span, message);
    finding.severity = used.map_or(Severity::Warning, Use::severity);
    let does = match used {
        Some(Use::Protects) => "the tools that it should protect are not protected",
        Some(Use::Opens | Use::Spares) | None => "it selects nothing",
    };
    finding.help(match near {
        [] => format!("{does}; correct or remove it, or keep it with `// policyc: allow(dead-glob) REASON` above"),
        _ => format!("{does}; similar tools are {}", near.join(", ")),
    })
}

/// A finding about a built-in set that has no tool.
pub(super) fn empty_set(set: &str, span: Span) -> Diagnostic {
    let set = format!("@{set}");
    let message = format!("no tool of the catalogue is in {}", quote(&set));
    Diagnostic::new(codes::EMPTY_SET, span, message).help(
        "it selects nothing here; `policyc catalogue show` lists the classes, and `[classes.SERVER]` in policyc.toml sets them",
    )
}

/// Findings about items that stand in imported files become information at the `import`: a baseline is written for many
/// catalogues, and what one of them lacks another may have.
pub(super) fn move_to_imports(found: &mut [Diagnostic], units: &[Unit], main: FileId) {
    for finding in found.iter_mut().filter(|finding| is_about_items(finding)) {
        let place = finding.primary.span;
        let unit = units.iter().find(|unit| unit.file == place.file && place.file != main);
        let Some(import) = unit.and_then(|unit| unit.import) else { continue };
        finding.severity = Severity::Info;
        finding.primary.span = import;
        finding.secondary.insert(0, Label { span: place, text: "it is here".to_owned() });
        finding.help = Some(OTHERS.to_owned());
    }
}

/// Why it is no mistake that nothing is selected.
const OTHERS: &str = "it may be meant for another catalogue";

/// Findings about items of a baseline become information where they stand.
pub(super) fn inform(found: &mut [Diagnostic], main: FileId) {
    for finding in found.iter_mut().filter(|finding| is_about_items(finding) && finding.primary.span.file == main) {
        finding.severity = Severity::Info;
        finding.help = Some(OTHERS.to_owned());
    }
}

/// Whether a finding is about a glob or set without a tool.
pub(super) fn is_about_items(finding: &Diagnostic) -> bool {
    codes::SELECTING_NOTHING.contains(&finding.code)
}
