//! Which findings are shown, and how severe they are.

use std::collections::BTreeMap;

use super::rule::{Group, Rule};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Code, Diagnostic, Severity, codes, quote};

/// What is done with findings of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Not shown.
    Allow,
    /// Worth knowing.
    Info,
    /// A warning.
    Warn,
    /// An error.
    Deny,
}

impl Level {
    /// The level of this name: `allow`, `info`, `warn` or `deny`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "allow" => Some(Self::Allow),
            "info" => Some(Self::Info),
            "warn" => Some(Self::Warn),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// Findings that a name stands for: those of one kind, or of a group of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// One kind of finding.
    Code(&'static Code),
    /// The rules of a group and of those before it. `default` includes the warnings of the checker.
    Group(Group),
}

impl Named {
    /// What a name means: an id or name of a finding, or a group; `all` is the largest group.
    ///
    /// # Errors
    /// There is no such name. The message suggests the nearest one, if one is near.
    pub fn parse(name: &str) -> Result<Self, String> {
        let group = if name == "all" { Some(Group::Pedantic) } else { Group::find(name) };
        if let Some(group) = group {
            return Ok(Self::Group(group));
        }
        codes::find(name).map(Self::Code).ok_or_else(|| {
            let names = codes::ALL.iter().map(|code| code.name).chain(Group::ALL.map(Group::name));
            let near = nearest(name, names).map_or_else(
                || "`policyc explain --list` lists the names".to_owned(),
                |near| format!("did you mean {}?", quote(near)),
            );
            format!("no finding is named {}; {near}", quote(name))
        })
    }

    fn is(self, code: &Code) -> bool {
        matches!(self, Self::Code(named) if named.id == code.id)
    }

    fn has(self, code: &Code) -> bool {
        match self {
            Self::Code(_) => self.is(code),
            Self::Group(group) => group_of(code) <= group,
        }
    }
}

/// The smallest group with a kind of finding. Findings that no rule reports belong to `default`.
fn group_of(code: &Code) -> Group {
    Rule::of(code).map_or(Group::Default, |rule| rule.group)
}

/// Findings that the file which imports this one may resolve: about names that this file does not
/// declare, tools that it does not open, declarations that it does not use.
const MADE_GOOD: &[&Code] = &[
    codes::UNKNOWN_TOOL,
    codes::UNKNOWN_SERVER,
    codes::UNKNOWN_SET,
    codes::UNKNOWN_LET,
    codes::NEEDS_CATALOGUE,
    codes::DEAD_GLOB,
    codes::NO_DEFAULT,
    codes::EMPTY_SET,
    codes::SELECTS_NOTHING,
    codes::NO_CATALOGUE,
    codes::ASSERTION_FAILS,
    codes::ASSERTION_UNDECIDED,
    codes::NEEDLESS_CONDITION,
    codes::UNOPENED_RULE,
    codes::REDUNDANT_RULE,
    codes::EMPTY_SELECTION,
    codes::NEEDLESS_ALLOW,
    codes::OPENS_NOTHING,
    codes::NEEDLESS_EXCEPT,
    codes::UNUSED_SERVER,
    codes::UNGUARDED_RISK,
    codes::UNLIMITED_WRITE,
    codes::UNCAPPED_SPEND,
    codes::EXFILTRATION_PATH,
    codes::UNMENTIONED_TOOL,
    codes::LIMIT_NEVER_BINDS,
    codes::UNUSED_LET,
    codes::UNUSED_GROUP,
    codes::UNUSED_IMPORT,
    codes::UNTESTED_RULE,
    codes::VACUOUS_ASSERTION,
];

/// What the configuration and the command line say about findings.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    /// From the configuration: levels by the ids of kinds of finding.
    kinds: BTreeMap<&'static str, Level>,
    /// From the configuration: levels of groups, each for the rules of just this group.
    groups: BTreeMap<Group, Level>,
    /// Show only these, instead of what the configuration shows.
    pub select: Option<Vec<Named>>,
    /// Do not show these.
    pub ignore: Vec<Named>,
    /// Report these as errors.
    pub deny: Vec<Named>,
    /// Report all warnings as errors.
    pub deny_warnings: bool,
    /// The file is checked as part of another one, so that only what is wrong with it by itself is
    /// shown.
    pub is_part: bool,
}

impl Levels {
    /// Sets the level of a kind of finding, or of the rules of just one group. The level of a kind
    /// takes precedence over that of its group.
    pub fn set(&mut self, named: Named, level: Level) {
        match named {
            Named::Code(code) => self.kinds.insert(code.id, level),
            Named::Group(group) => self.groups.insert(group, level),
        };
    }

    /// Whether findings of a kind are left to the file that imports this one.
    #[must_use]
    pub fn leaves(&self, code: &Code) -> bool {
        self.is_part && MADE_GOOD.contains(&code)
    }

    /// Whether findings of a kind are shown. Errors always are, unless they are left to another
    /// file.
    #[must_use]
    pub fn wants(&self, code: &Code) -> bool {
        if self.leaves(code) || self.ignore.iter().any(|named| named.has(code)) {
            return false;
        }
        match &self.select {
            Some(select) => select.iter().any(|named| named.has(code)),
            // Whoever wants it to be an error wants to see it.
            None if self.deny.iter().any(|named| named.is(code)) => true,
            None => self.level(code).map_or(group_of(code) == Group::Default, |level| level != Level::Allow),
        }
    }

    /// The level from the configuration: that of the kind or, without one, that of its group.
    fn level(&self, code: &Code) -> Option<Level> {
        let of_group = || Rule::of(code).and_then(|rule| self.groups.get(&rule.group));
        self.kinds.get(code.id).or_else(of_group).copied()
    }

    /// Removes the findings that are not shown, and sets the severity of the others. Errors stay
    /// errors.
    pub fn apply(&self, found: &mut Vec<Diagnostic>) {
        found.retain_mut(|finding| {
            if self.leaves(finding.code) {
                return false;
            }
            if finding.is_error() {
                return true;
            }
            if !self.wants(finding.code) {
                return false;
            }
            finding.severity = match self.level(finding.code) {
                Some(Level::Deny) => Severity::Error,
                Some(Level::Warn) => Severity::Warning,
                Some(Level::Info) => Severity::Info,
                // Whoever selects what the configuration leaves out wants to see it.
                Some(Level::Allow) | None => finding.severity,
            };
            let warning = self.deny_warnings && finding.severity == Severity::Warning;
            if warning || self.deny.iter().any(|named| named.has(finding.code)) {
                finding.severity = Severity::Error;
            }
            true
        });
    }
}
