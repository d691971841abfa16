//! The hosted PolicyLayer gateway: one JSON document for each server.

mod cases;
mod decider;
pub mod document;
mod lower;

use std::collections::{BTreeMap, BTreeSet};

use document::{Document, Limit, Predicate, Tool};
use lower::Lowered;

use super::confirm::Suspect;
use super::operators::limits;
use super::operators::look_alikes::look_alikes;
use super::operators::values::possible;
use super::operators::window::Window;
use super::options::TargetOption;
use super::origins::{Origins, Traced, normalized};
use super::plan::{Fate, Plan, RuleNumbers, Rules, ToolPlan, denial};
use super::refusal::Refusal;
use super::target::{Counting, Draft, GiveBack, OnFailure, Processes, Request, Target};
use crate::analysis::condition::NumberDomain;
use crate::analysis::limits::WindowModel;
use crate::diagnostics::Diagnostic;
use crate::ir::{Effect, Policy, Rule, Scope, ServerId};
use crate::predicate::Condition;
use crate::source::Span;

/// What a document is called in messages.
const TITLE: &str = "the PolicyLayer document";

/// The target.
pub(super) static TARGET: Target = Target {
    name: "policylayer",
    title: "PolicyLayer hosted gateway (JSON)",
    document: TITLE,
    extension: "json",
    is_json: true,
    main_file: None,
    page: include_str!("../../../docs/targets/policylayer.md"),
    // The vendor documents a window by its name only, and a way back for calls that were not
    // forwarded.
    counting: Counting {
        lengths: Some(Window::SECONDS),
        windows: WindowModel::Aligned,
        processes: Processes::Share,
        give_back: GiveBack::WhenFailed,
        on_failure: OnFailure::Unknown,
        is_on_trust: true,
    },
    numbers: NumberDomain::Double,
    asks: false,
    knows_caller: false,
    options: &[TargetOption::SERVER],
    look_alikes,
    // Any object that no other target recognises.
    recognises: |text| text.starts_with('{'),
    build,
    parse: |text| Ok(Box::new(decider::Enforced::new(Document::read(text)?))),
};

fn build(request: &Request<'_>) -> Draft {
    let Request { policy, server, .. } = *request;
    let plan = Plan::new(policy, server);
    let mut emitter = Emitter {
        policy,
        server,
        numbers: RuleNumbers::new(policy),
        diagnostics: Vec::new(),
        memo: BTreeMap::new(),
        stricter: Vec::new(),
    };
    let drafted = emitter.document(&plan);
    let Emitter { diagnostics, stricter, .. } = emitter;
    let (document, origins) = drafted.finish();
    let text = serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default();
    Draft { text, beside: Vec::new(), diagnostics, origins, stricter }
}

/// A document in the making.
#[derive(Default)]
struct Drafted {
    default_allow: bool,
    hide: BTreeSet<String>,
    /// The statements that hide tools.
    hidden_by: Vec<usize>,
    all_limits: Vec<Traced<Limit>>,
    tools: BTreeMap<String, DraftedTool>,
}

/// The rules of a tool in the making.
#[derive(Default)]
struct DraftedTool {
    require: Vec<Traced<Predicate>>,
    deny_if: Vec<Traced<Predicate>>,
    limits: Vec<Traced<Limit>>,
}

impl Drafted {
    /// The document, and where each of its rules comes from, in the order in which the reader
    /// numbers them.
    fn finish(self) -> (Document, Origins) {
        let mut origins = Origins::default();
        origins.push(self.hidden_by);
        let tools = self.tools.into_iter().map(|(name, tool)| {
            let require = origins.number(normalized(tool.require, Predicate::canonical));
            let deny_if = origins.number(normalized(tool.deny_if, Predicate::canonical));
            (name, Tool { require, deny_if, limits: origins.number(normalized(tool.limits, Limit::order)) })
        });
        let tools = tools.collect();
        let all_limits = origins.number(normalized(self.all_limits, Limit::order));
        (Document { default_allow: self.default_allow, hide: self.hide, all_limits, tools }, origins)
    }
}

impl DraftedTool {
    fn is_empty(&self) -> bool {
        self.require.is_empty() && self.deny_if.is_empty() && self.limits.is_empty()
    }
}

/// Which way a statement decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sense {
    /// The calls for which the condition holds pass.
    Require,
    /// The calls for which the condition holds are denied.
    Deny,
}

struct Emitter<'p> {
    policy: &'p Policy,
    server: ServerId,
    /// The number of each rule.
    numbers: RuleNumbers,
    diagnostics: Vec<Diagnostic>,
    /// What became of a statement, so that one over many tools is lowered once.
    memo: BTreeMap<(Vec<Span>, Sense), Result<Lowered, Refusal>>,
    stricter: Vec<Suspect>,
}

impl<'p> Emitter<'p> {
    fn document(&mut self, plan: &Plan<'p>) -> Drafted {
        let (default_allow, refused) = plan.default_allow(self.policy, TITLE);
        self.diagnostics.extend(refused);
        let mut document = Drafted { default_allow, ..Drafted::default() };
        if plan.hides_all {
            document.hide.insert("*".to_owned());
            return document;
        }
        for tool in &plan.tools {
            self.tool(tool, &mut document);
        }
        for rule in &plan.totals {
            match self.total(plan, rule) {
                Ok(limit) => document.all_limits.push(Traced::new(limit, [self.numbers.of(rule)])),
                Err(refusals) => {
                    self.diagnostics.extend(refusals.into_iter().map(|refusal| refusal.of_rule(rule, TITLE)));
                }
            }
        }
        document
    }

    fn tool(&mut self, plan: &ToolPlan<'p>, document: &mut Drafted) {
        let name = plan.tool.name.as_str();
        let (tool, rule) = match &plan.fate {
            Fate::Hidden(rule) => {
                document.hide.insert(name.to_owned());
                document.hidden_by.push(self.numbers.of(rule));
                (None, Some(*rule))
            }
            Fate::Denied(rules) => (self.denied(rules, document.default_allow), rules.first().copied()),
            Fate::Unopened => {
                let reason = self.policy.default.reason.clone();
                let denial = || Traced::new(always(reason.unwrap_or_else(|| "Denied by policy.".to_owned())), []);
                let tool =
                    document.default_allow.then(|| DraftedTool { deny_if: vec![denial()], ..DraftedTool::default() });
                (tool, None)
            }
            Fate::Open(rules) => {
                let first = rules.first();
                let tool = self.open(plan, rules);
                ((!tool.is_empty() || !document.default_allow).then_some(tool), first)
            }
        };
        if name == "*" && (tool.is_some() || document.hide.contains(name)) {
            let refusal = Refusal::new(
                "there `*` stands for all tools, so a tool of that name cannot be spoken of",
                "leave the tool to the default",
            );
            let origin = rule.map(|rule| rule.origin.span).or(self.policy.default.origin.as_ref().map(|at| at.span));
            self.diagnostics.push(refusal.at(origin.unwrap_or_default(), "statement", TITLE));
        }
        if let Some(tool) = tool {
            document.tools.insert(name.to_owned(), tool);
        }
    }

    /// The rules of a tool of which some calls may pass.
    fn open(&mut self, plan: &ToolPlan<'p>, rules: &Rules<'p>) -> DraftedTool {
        let mut tool = DraftedTool::default();
        if let Some(opening) = rules.opening() {
            let from = rules.openers.iter().map(|rule| self.numbers.of(rule)).collect();
            let lowered = self.lowered(plan, opening.places, &opening.condition, Sense::Require);
            self.add(&mut tool, plan, (opening.first, from), lowered, &opening.text);
        }
        for rule in &rules.requires {
            self.guarded(&mut tool, plan, rule, Sense::Require);
        }
        for rule in rules.denies.iter().chain(&rules.approvals) {
            self.guarded(&mut tool, plan, rule, Sense::Deny);
        }
        for (rule, limit) in &rules.limits {
            let conditional = (!limits::always_applies(rule, rules)).then(limits::conditional);
            match (self.limit(&plan.tool.name, limit), conditional) {
                (Ok(limit), None) => tool.limits.push(Traced::new(limit, [self.numbers.of(rule)])),
                (lowered, conditional) => {
                    let refusals = lowered.err().into_iter().flatten().chain(conditional);
                    self.diagnostics.extend(refusals.map(|refusal| refusal.of_rule(rule, TITLE)));
                }
            }
        }
        let denies_all = |traced: &Traced<Predicate>| traced.part.conditions.is_empty();
        if tool.deny_if.iter().any(denies_all) {
            tool.deny_if.retain(denies_all);
            return DraftedTool { deny_if: tool.deny_if, ..DraftedTool::default() };
        }
        tool
    }

    /// The entry of a tool whose calls are all denied; `None` when the default says as much.
    fn denied(&self, rules: &[&Rule], default_allow: bool) -> Option<DraftedTool> {
        let is_said =
            |rule: &&&Rule| default_allow || rule.reason.is_some() || matches!(rule.effect, Effect::Approval { .. });
        let said = rules.iter().filter(is_said);
        let denials = said.map(|rule| Traced::new(always(denial(rule)), [self.numbers.of(rule)]));
        let tool = DraftedTool { deny_if: denials.collect(), ..DraftedTool::default() };
        (!tool.is_empty()).then_some(tool)
    }

    fn guarded(&mut self, tool: &mut DraftedTool, plan: &ToolPlan<'p>, rule: &'p Rule, sense: Sense) {
        let Some(guard) = &rule.guard else { return };
        let lowered = self.lowered(plan, vec![rule.origin.span], &guard.condition, sense);
        let from = vec![self.numbers.of(rule)];
        self.add(tool, plan, (rule, from), lowered, &denial(rule));
    }

    fn add(
        &mut self,
        tool: &mut DraftedTool,
        plan: &ToolPlan<'p>,
        (rule, from): (&'p Rule, Vec<usize>),
        lowered: Result<Lowered, Refusal>,
        text: &str,
    ) {
        match lowered {
            Err(refusal) => self.diagnostics.push(refusal.of_condition(rule, TITLE)),
            Ok(lowered) => {
                let predicate =
                    |conditions| Traced::new(Predicate { conditions, on_deny: text.to_owned() }, from.clone());
                if !lowered.require.is_empty() {
                    tool.require.push(predicate(lowered.require));
                }
                tool.deny_if.extend(lowered.deny_if.into_iter().map(predicate));
                if lowered.stricter {
                    self.stricter.push(Suspect { tool: Some(plan.id), rule: self.numbers.of(rule) });
                }
            }
        }
    }

    /// Lowers a condition, the same one for many tools once. `places` are those of the statements
    /// it is from.
    fn lowered(
        &mut self,
        plan: &ToolPlan<'p>,
        places: Vec<Span>,
        condition: &Condition,
        sense: Sense,
    ) -> Result<Lowered, Refusal> {
        let lower = match sense {
            Sense::Require => lower::require,
            Sense::Deny => lower::deny,
        };
        let known = self.memo.entry((places, sense)).or_insert_with(|| lower(condition, &|_| None)).clone();
        // Only where it is refused as such does the schema of the tool matter.
        known.or_else(|_| lower(condition, &|path| possible(self.policy, plan.tool, path)))
    }

    fn total(&self, plan: &Plan<'p>, rule: &'p Rule) -> Result<Limit, Vec<Refusal>> {
        let Effect::Limit(limit) = &rule.effect else { return Err(vec![limits::conditional()]) };
        match (self.limit("", limit), limits::covers_server(self.policy, self.server, plan, rule)) {
            (Ok(limit), Ok(())) => Ok(limit),
            (limit, covered) => Err(limit.err().into_iter().flatten().chain(covered.err()).collect()),
        }
    }

    /// A limit as the document has it.
    ///
    /// # Errors
    /// All that the document cannot hold of it.
    fn limit(&self, tool: &str, limit: &crate::ir::Limit) -> Result<Limit, Vec<Refusal>> {
        let span = limit.spans.and_then(|spans| spans.scope);
        let scope = match &limit.scope {
            Scope::Grant => None,
            Scope::Server => Some(Refusal::new(
                "it is known to count for each grant only, not for the whole server",
                "leave out `per server` and divide the limit among the grants",
            )),
            Scope::Caller(claim) => Some(Refusal::new(
                format!("it knows no identity, as `per caller.{claim}` needs"),
                "leave out `per` and give each caller a grant of its own",
            )),
        };
        match (limits::count(limit), limits::window(limit), scope) {
            (Ok(max), Ok(window), None) => Ok(Limit { counter: limit.counter_name(tool), window, max }),
            (max, window, scope) => {
                let scope = scope.map(|refusal| refusal.of_part(span, "scope"));
                Err(max.err().into_iter().chain(window.err()).chain(scope).collect())
            }
        }
    }
}

/// A denial of every call.
fn always(on_deny: String) -> Predicate {
    Predicate { conditions: Vec::new(), on_deny }
}
