//! What became of each statement of a policy in a document: as text and as JSON.

use serde_json::{Value, json};

use crate::diagnostics::{Code, Diagnostic, codes, visible};
use crate::emit::{Emission, GiveBack, Target};
use crate::ir::{Effect, Policy, Rule, ServerId, Subject};
use crate::source::SourceMap;

use super::words::{add, count};

/// An attempt to compile a policy for one of its servers.
pub struct Compiled<'a> {
    /// The target.
    pub target: &'a Target,
    /// The policy.
    pub policy: &'a Policy,
    /// The server.
    pub server: ServerId,
    /// What came of it.
    pub emission: &'a Emission,
}

/// What became of a statement, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// The document says what it says.
    Exact,
    /// Calls that a person could approve are denied.
    AsDenial,
    /// The document denies calls that it allows.
    Stricter,
    /// The document leaves it to something else.
    LeftOut,
    /// It is why there is no document.
    Refused,
}

impl Fate {
    const fn words(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::AsDenial => "as a denial",
            Self::Stricter => "stricter",
            Self::LeftOut => "left out",
            Self::Refused => "refused",
        }
    }

    /// What a finding says of the statement that it is about.
    fn of(code: &Code) -> Option<Self> {
        let fates = [
            (codes::NOT_EXPRESSIBLE, Self::Refused),
            (codes::UNSOUND_ARTEFACT, Self::Refused),
            (codes::LEFT_OUT, Self::LeftOut),
            (codes::STRICTER_ARTEFACT, Self::Stricter),
            (codes::APPROVAL_AS_DENIAL, Self::AsDenial),
        ];
        fates.into_iter().find(|(known, _)| *known == code).map(|(_, fate)| fate)
    }
}

/// A statement, and the findings about it.
struct Row<'a> {
    rule: &'a Rule,
    fate: Fate,
    findings: Vec<&'a Diagnostic>,
    /// How the gateway counts otherwise than the language, where that is not refused.
    note: Option<&'static str>,
}

/// Of a gateway that gives counts back.
const GIVEN_BACK: &str = "a call that failed at the server is given back, so it does not count";

impl<'a> Compiled<'a> {
    /// The statements that say something of the server, in the order of the source.
    fn rows(&self) -> Vec<Row<'a>> {
        let (policy, server) = (self.policy, self.server);
        let is_about = |rule: &&Rule| {
            rule.selection.selects(Subject::others(server)).is_some()
                || policy.tools_of(server).any(|(id, _)| rule.selection.selects(Subject::known(server, id)).is_some())
        };
        let row = |rule: &'a Rule| {
            let statement = rule.origin.span;
            let is_within = |found: &&Diagnostic| {
                let span = found.primary.span;
                span.file == statement.file && statement.start <= span.start && span.end <= statement.end
            };
            let findings: Vec<&Diagnostic> = self.emission.diagnostics.iter().filter(is_within).collect();
            let fate = findings.iter().filter_map(|found| Fate::of(found.code)).max().unwrap_or(Fate::Exact);
            Row {
                rule,
                fate,
                findings: findings
                    .into_iter()
                    .filter(|found| Fate::of(found.code) == Some(fate) || found.code == codes::LIMIT_FAILS_OPEN)
                    .collect(),
                note: (matches!(rule.effect, Effect::Limit(_))
                    && fate < Fate::LeftOut
                    && self.target.counting.give_back == GiveBack::WhenFailed)
                    .then_some(GIVEN_BACK),
            }
        };
        policy.rules.iter().filter(is_about).map(row).collect()
    }

    fn name(&self) -> String {
        let server = self.policy.server(self.server).filter(|_| self.policy.servers.len() > 1);
        let server = server.map(|server| format!(", server {}", visible(&server.name))).unwrap_or_default();
        format!("{}: policy {}{server}", self.target.name, visible(&self.policy.name))
    }
}

/// The report for a terminal.
#[must_use]
pub fn text(compiled: &[Compiled<'_>]) -> String {
    let mut out = String::new();
    for one in compiled {
        let rows = one.rows();
        let fates = [Fate::Refused, Fate::LeftOut, Fate::Stricter, Fate::AsDenial].into_iter().filter_map(|fate| {
            let number = rows.iter().filter(|row| row.fate == fate).count();
            (number > 0).then(|| format!("{} {}", count(number, "statement"), fate.words()))
        });
        let mut parts: Vec<String> = fates.collect();
        if parts.is_empty() {
            parts.push("every statement exact".to_owned());
        }
        if one.emission.artefact.is_none() {
            parts.push("nothing is written".to_owned());
        }
        out.push_str(&format!("{}: {}\n", one.name(), parts.join(", ")));
        for Row { rule, fate, findings, note } in rows {
            let line = visible(&rule.origin.line);
            out.push_str(&format!("  line {line:<5} {:<9} {}\n", rule.effect.name(), fate.words()));
            for found in findings {
                out.push_str(&format!("    {}\n", visible(&found.message)));
                let help = found.help.as_ref().map(ToString::to_string).unwrap_or_default();
                help.lines().for_each(|line| out.push_str(&format!("      {}\n", visible(line))));
            }
            out.extend(note.map(|note| format!("    {note}\n")));
        }
    }
    out
}

/// The report for other programs.
#[must_use]
pub fn json(compiled: &[Compiled<'_>], sources: &SourceMap) -> Value {
    let of = |one: &Compiled<'_>| {
        let statement = |row: Row<'_>| {
            let mut object = json!({
                "file": sources.name(row.rule.origin.span.file),
                "line": sources.line(row.rule.origin.span),
                "statement": row.rule.effect.name(),
                "status": row.fate.words(),
            });
            let finding = |found: &&Diagnostic| json!({ "code": found.code.name, "message": found.message, "help": found.help.as_ref().map(ToString::to_string) });
            if !row.findings.is_empty() {
                add(&mut object, [("findings", row.findings.iter().map(finding).collect())]);
            }
            if let Some(note) = row.note {
                add(&mut object, [("notes", json!([note]))]);
            }
            object
        };
        json!({
            "target": one.target.name,
            "policy": one.policy.name,
            "server": one.policy.server(one.server).map(|server| server.name.as_str()),
            "written": one.emission.artefact.is_some(),
            "statements": one.rows().into_iter().map(statement).collect::<Vec<_>>(),
        })
    };
    json!({ "version": 1, "documents": compiled.iter().map(of).collect::<Vec<_>>() })
}
