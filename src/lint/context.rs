//! The policy that lint rules check, with shared answers to their questions about it.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use super::file::File;
use crate::analysis::ask::{Answer, Asked, Domain, Question, STEPS};
use crate::analysis::case::{Case, Formulas};
use crate::analysis::condition::NumberDomain;
use crate::catalogue::{Classes, ToolEntry};
use crate::dead::{self, Detail};
use crate::eval::{Call, Evaluator, Verdict};
use crate::ir::{Policy, Rule, Selected, Subject, Tool, ToolId};
use crate::solver::Budget;
use crate::solver::formula::Formula;
use crate::solver::space::{Feasible, Space, Truth};
use crate::source::{Span, offset};
use crate::syntax::ast::Item;

/// One policy of a file.
///
/// Results are kept, so that each question about all calls is asked once, and only if some rule
/// asks it.
pub struct Context<'a> {
    file: &'a File<'a>,
    policy: &'a Policy,
    dead: OnceCell<dead::Report>,
    formulas: OnceCell<Formulas<'a>>,
    groups: OnceCell<Vec<Group>>,
    places: OnceCell<Places>,
    /// How many more rules may be looked at for questions about single tools.
    asks: Cell<usize>,
    evaluator: OnceCell<Evaluator<'a>>,
}

/// How many rules may be looked at to answer all questions about single tools of a policy; further
/// questions stay undecided.
const MOST_ASKED: usize = 30_000;

/// Indexes of groups and tools.
#[derive(Debug, Default)]
struct Places {
    /// By rule: the groups that it selects, each with how it selects them.
    of_rule: Vec<Vec<(usize, Selected)>>,
    /// The group of each tool.
    of_subject: BTreeMap<Subject, usize>,
    /// The tools with a name.
    of_name: BTreeMap<String, Vec<ToolId>>,
}

/// Tools that the same rules select in the same way, and what becomes of their calls.
#[derive(Debug)]
pub struct Group {
    /// The indices of the rules that select them, in source order, each with how it selects them.
    pub rules: Vec<(usize, Selected)>,
    /// The tools.
    pub subjects: Vec<Subject>,
    /// What becomes of their calls, as formulas.
    pub case: Case,
}

impl<'a> Context<'a> {
    /// The context of a policy of a file.
    #[must_use]
    pub const fn new(file: &'a File<'a>, policy: &'a Policy) -> Self {
        Self {
            file,
            policy,
            dead: OnceCell::new(),
            formulas: OnceCell::new(),
            groups: OnceCell::new(),
            places: OnceCell::new(),
            asks: Cell::new(MOST_ASKED),
            evaluator: OnceCell::new(),
        }
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// The file that it stands in.
    #[must_use]
    pub const fn file(&self) -> &'a File<'a> {
        self.file
    }

    /// Rules, and parts of rules, that change nothing.
    pub fn dead(&self) -> &dead::Report {
        self.dead.get_or_init(|| dead::check(self.policy, Detail::Rules))
    }

    /// The rules as formulas.
    pub fn formulas(&self) -> &Formulas<'a> {
        self.formulas.get_or_init(|| Formulas::new(self.policy, NumberDomain::Exact))
    }

    /// All tools, including those unknown to the policy, grouped by the rules that select them.
    pub fn groups(&self) -> &[Group] {
        self.groups.get_or_init(|| {
            let formulas = self.formulas();
            let groups = formulas.groups(formulas.parts().subjects()).into_iter();
            groups
                .map(|(rules, subjects)| Group {
                    case: formulas.case(&rules),
                    rules: rules.into_iter().map(|selecting| (selecting.rule as usize, selecting.how)).collect(),
                    subjects,
                })
                .collect()
        })
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| {
            let mut places = Places { of_rule: vec![Vec::new(); self.policy.rules.len()], ..Places::default() };
            for (at, group) in self.groups().iter().enumerate() {
                for (rule, by) in &group.rules {
                    if let Some(groups) = places.of_rule.get_mut(*rule) {
                        groups.push((at, *by));
                    }
                }
                places.of_subject.extend(group.subjects.iter().map(|subject| (*subject, at)));
            }
            for (id, tool) in self.tools() {
                places.of_name.entry(tool.name.clone()).or_default().push(id);
            }
            places
        })
    }

    /// The groups that a rule selects, each with how it selects them.
    pub fn groups_of(&self, rule: usize) -> impl Iterator<Item = (&Group, Selected)> {
        let places = self.places().of_rule.get(rule).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|(at, by)| Some((self.groups().get(*at)?, *by)))
    }

    /// The group of a tool.
    #[must_use]
    pub fn group_of(&self, subject: Subject) -> Option<&Group> {
        self.groups().get(*self.places().of_subject.get(&subject)?)
    }

    /// The known tools with a name, of all servers.
    #[must_use]
    pub fn named(&self, name: &str) -> &[ToolId] {
        self.places().of_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Counts a question about a tool that these rules select; `None` if there were too many
    /// questions.
    fn count(&self, rules: &[(usize, Selected)]) -> Option<()> {
        let left = self.asks.get().checked_sub(rules.len().saturating_add(1));
        self.asks.set(left.unwrap_or(0));
        left.map(drop)
    }

    /// The rules with their indices.
    pub fn rules(&self) -> impl Iterator<Item = (usize, &'a Rule)> + use<'a> {
        self.policy.rules.iter().enumerate()
    }

    /// The statement of a rule.
    #[must_use]
    pub fn statement(&self, rule: &Rule) -> Option<&'a Item> {
        self.file.statement(rule.origin.span)
    }

    /// The known tools with their indices.
    pub fn tools(&self) -> impl Iterator<Item = (ToolId, &'a Tool)> + use<'a> {
        self.policy.tools.iter().enumerate().map(|(index, tool)| (ToolId(offset(index)), tool))
    }

    /// What the catalogue says about a tool: more than one entry for a tool that is listed twice,
    /// none without a catalogue.
    pub fn entries(&self, tool: &'a Tool) -> impl Iterator<Item = &'a ToolEntry> + use<'a> {
        let catalogue = self.policy.server(tool.server).and_then(|server| server.catalogue.as_ref());
        tool.entries.iter().filter_map(move |entry| catalogue?.tool(*entry))
    }

    /// The risk classes of a tool and why it has them; `None` without a catalogue.
    #[must_use]
    pub fn classes(&self, tool: &'a Tool) -> Option<(Classes, &'a str)> {
        self.policy.server(tool.server)?.classes(tool)
    }

    /// Whether some call of a tool gets `verdict`, before anything has been counted, and makes all
    /// of `demands` true. `confirm` tests the same for a call by other means.
    #[must_use]
    pub fn ask(
        &self,
        subject: Subject,
        verdict: Verdict,
        demands: &[&Formula],
        confirm: &dyn Fn(&Call<'_>) -> bool,
        domain: Domain,
    ) -> Answer {
        let group = self.group_of(subject).filter(|group| self.count(&group.rules).is_some());
        let Some(case) = group.map(|group| &group.case) else { return Answer::Undecided };
        let evaluator = self.evaluator.get_or_init(|| Evaluator::new(self.policy));
        let truths = |space: &mut Space| -> Vec<Truth> {
            let verdicts = case.verdicts(space);
            let comes_out = match verdict {
                Verdict::Allow => verdicts.allowed,
                Verdict::Approval => verdicts.held,
                Verdict::Deny => verdicts.denied,
            };
            demands.iter().map(|demand| space.holds(demand)).chain([comes_out]).collect()
        };
        let confirm = |call: &Call<'_>| confirm(call) && evaluator.decide(call).verdict == verdict;
        let formulas = case.formulas().chain(demands.iter().copied()).collect();
        let question = Question { formulas, demands: &truths, confirm: &confirm };
        question.answer(&Asked::of(self.policy, subject), domain)
    }

    /// Whether some call of a tool gets `verdict`, before anything has been counted, and makes all
    /// of `demands` true; `None` if that is too much work. Cheaper than [`Context::ask`], which also
    /// finds the call.
    #[must_use]
    pub fn can(&self, subject: Subject, verdict: Verdict, demands: &[&Formula]) -> Option<bool> {
        let group = self.group_of(subject)?;
        self.count(&group.rules)?;
        let mut space = Space::new(group.case.formulas().chain(demands.iter().copied()));
        let verdicts = group.case.verdicts(&mut space);
        let comes_out = match verdict {
            Verdict::Allow => verdicts.allowed,
            Verdict::Approval => verdicts.held,
            Verdict::Deny => verdicts.denied,
        };
        let demands: Vec<Truth> = demands.iter().map(|demand| space.holds(demand)).chain([comes_out]).collect();
        Some(space.feasible(&demands, &mut Budget::new(STEPS)).ok()? == Feasible::Yes)
    }

    /// The text at a place.
    #[must_use]
    pub fn text(&self, span: Span) -> &'a str {
        self.file.text(span)
    }
}
