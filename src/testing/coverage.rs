//! What the tests of one or several files exercise: rules, branches of conditions, tools.
//!
//! A rule is exercised when a call reached its step and its condition was true; a requirement, when a call reached
//! its step. Each atom of a condition has two branches, true and false, taken when a call asked the condition and the
//! atom came out so; all atoms of a condition that is asked are asked. A rule of several policies, or of a file that
//! several import, counts once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::places::{self, Places};
use super::watch::Watched;
use crate::ir::Policy;
use crate::sema::Analysis;

/// What tests exercised.
#[derive(Debug, Default)]
pub struct Coverage {
    /// By file, and place in it.
    rules: BTreeMap<(PathBuf, u32, u32), RuleCoverage>,
    /// By server and name.
    tools: BTreeMap<(String, String), ToolCoverage>,
}

/// A rule and how often tests exercised it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCoverage {
    /// The file, as it is shown to people.
    pub file: String,
    /// The line on which the rule starts, from 1.
    pub line: u32,
    /// The rule on one line, without `;`.
    pub text: String,
    /// How many calls exercised it.
    pub exercised: u64,
    /// The atoms of its condition, from left to right.
    pub atoms: Vec<Branch>,
    counted: bool,
}

/// A single test of a condition, and how often it came out which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The line on which it starts, from 1.
    pub line: u32,
    /// How it reads.
    pub text: String,
    /// How many calls saw it true.
    pub yes: u64,
    /// How many calls saw it false.
    pub no: u64,
}

/// A tool of a catalogue (without one, a tool that the policy names), and how often tests called it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCoverage {
    /// Its server; empty for the unnamed server of a policy without catalogue.
    pub server: String,
    /// Its name.
    pub name: String,
    /// How many calls were about it.
    pub calls: u64,
    counted: bool,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// How many are covered.
    pub covered: usize,
    /// Of how many.
    pub total: usize,
}

impl Ratio {
    /// Tenths of a percent, rounded down, so that only all are 100%. Of nothing, all is covered.
    #[must_use]
    pub const fn permille(self) -> usize {
        match (self.covered.saturating_mul(1000)).checked_div(self.total) {
            Some(permille) => permille,
            None => 1000,
        }
    }

    /// Whether this is less than a number of percent.
    #[must_use]
    pub const fn is_below(self, percent: u8) -> bool {
        self.covered.saturating_mul(100) < self.total.saturating_mul(percent as usize)
    }

    fn of(covered: impl Iterator<Item = bool>) -> Self {
        covered.fold(Self { covered: 0, total: 0 }, |ratio, covered| Self {
            covered: ratio.covered + usize::from(covered),
            total: ratio.total + 1,
        })
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let permille = self.permille();
        write!(out, "{}.{}%", permille / 10, permille % 10)
    }
}

impl Coverage {
    /// Adds what a run exercised. Rules and tools of policies that are not `counted` are there only to exercise those
    /// of others. `identity` gives the same path for all paths of the same file.
    pub fn add(
        &mut self,
        analysis: &Analysis,
        watched: &[Watched],
        counted: bool,
        identity: &dyn Fn(&Path) -> PathBuf,
    ) {
        let Some(checked) = &analysis.checked else { return };
        let places = Places::new(analysis);
        let files: BTreeMap<_, _> = analysis
            .units
            .iter()
            .map(|unit| (unit.file, identity(Path::new(analysis.sources.name(unit.file)))))
            .collect();
        for watched in watched {
            let Some(policy) = checked.policies().get(watched.policy) else { continue };
            self.add_tools(policy, watched, counted);
            for (rule, hits) in policy.rules.iter().zip(&watched.rules) {
                let span = rule.origin.span;
                let file = files.get(&span.file).cloned().unwrap_or_default();
                let entry = self.rules.entry((file, span.start, span.end)).or_insert_with(|| {
                    let written = places.rule(span);
                    let atom = |(span, text)| Branch { line: analysis.sources.line(span), text, yes: 0, no: 0 };
                    RuleCoverage {
                        file: analysis.sources.name(span.file).to_owned(),
                        line: analysis.sources.line(span),
                        text: written.map(places::text).unwrap_or_default(),
                        exercised: 0,
                        atoms: written.map(places::atoms).unwrap_or_default().into_iter().map(atom).collect(),
                        counted,
                    }
                });
                entry.counted |= counted;
                entry.exercised += hits.exercised;
                // Conditions are lowered atom by atom, so that those of the tree and of the model are the same.
                for (atom, [yes, no]) in entry.atoms.iter_mut().zip(&hits.atoms) {
                    atom.yes += yes;
                    atom.no += no;
                }
            }
        }
    }

    fn add_tools(&mut self, policy: &Policy, watched: &Watched, counted: bool) {
        for (tool, calls) in policy.tools.iter().zip(&watched.tools) {
            let server = policy.server(tool.server).map_or("", |server| server.name.as_str());
            let entry = self.tools.entry((server.to_owned(), tool.name.clone())).or_insert_with(|| ToolCoverage {
                server: server.to_owned(),
                name: tool.name.clone(),
                calls: 0,
                counted,
            });
            entry.counted |= counted;
            entry.calls += calls;
        }
    }

    /// The rules, by file and place.
    pub fn rules(&self) -> impl Iterator<Item = &RuleCoverage> {
        self.rules.values().filter(|rule| rule.counted)
    }

    /// The tools, by server and name.
    pub fn tools(&self) -> impl Iterator<Item = &ToolCoverage> {
        self.tools.values().filter(|tool| tool.counted)
    }

    /// How many rules are exercised.
    #[must_use]
    pub fn of_rules(&self) -> Ratio {
        Ratio::of(self.rules().map(|rule| rule.exercised > 0))
    }

    /// How many branches are taken; each atom has two.
    #[must_use]
    pub fn of_branches(&self) -> Ratio {
        Ratio::of(self.rules().flat_map(|rule| &rule.atoms).flat_map(|atom| [atom.yes > 0, atom.no > 0]))
    }

    /// How many tools are called.
    #[must_use]
    pub fn of_tools(&self) -> Ratio {
        Ratio::of(self.tools().map(|tool| tool.calls > 0))
    }
}
