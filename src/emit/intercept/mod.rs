//! Intercept, the open-source proxy: one YAML document for each server.

mod cases;
mod decider;
pub mod document;
mod lower;
mod parse;
mod scalars;

use std::collections::{BTreeMap, BTreeSet};

use document::{Document, Rule, State};
use lower::Lowered;

use super::confirm::Suspect;
use super::operators::limits;
use super::operators::literal::DocumentValue;
use super::operators::look_alikes::look_alikes;
use super::operators::window::Window;
use super::operators::{Condition, Operator};
use super::options::TargetOption;
use super::origins::{Origins, Traced};
use super::plan::{Fate, Plan, RuleNumbers, Rules, ToolPlan, denial};
use super::refusal::Refusal;
use super::target::{Counting, Draft, GiveBack, OnFailure, Processes, Request, Target};
use crate::analysis::condition::NumberDomain;
use crate::analysis::limits::WindowModel;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::ir::{self, Effect, Policy, Scope, ServerId};
use crate::predicate;
use crate::source::Span;

/// What a document is called in messages.
const TITLE: &str = "the Intercept document";

/// The name that stands for all tools in paths of counters.
const GLOBAL: &str = "_global";

/// A key that is longer, quotes and escapes included, cannot stand before a colon in YAML.
const LONGEST_KEY: usize = 1_000;

/// The target.
pub(super) static TARGET: Target = Target {
    name: "intercept",
    title: "Intercept proxy (YAML)",
    document: TITLE,
    extension: "yaml",
    is_json: false,
    main_file: None,
    page: include_str!("../../../docs/targets/intercept.md"),
    counting: Counting {
        lengths: Some(Window::SECONDS),
        windows: WindowModel::Aligned,
        processes: Processes::Share,
        give_back: GiveBack::WhenFailed,
        on_failure: OnFailure::Closed,
        is_on_trust: false,
    },
    numbers: NumberDomain::Double,
    asks: false,
    knows_caller: false,
    options: &[TargetOption::SERVER],
    look_alikes,
    recognises: is_document,
    build,
    parse: |text| Ok(Box::new(decider::Enforced::new(Document::read(text)?))),
};

/// Whether a text begins as a mapping of YAML, behind comments: no policy begins so.
fn is_document(text: &str) -> bool {
    let line = text.lines().map(str::trim_end).find(|line| !line.is_empty() && !line.starts_with('#'));
    line.is_some_and(|line| {
        let key = line.split_once(':').filter(|(_, value)| value.is_empty() || value.starts_with(' '));
        let is_key =
            |key: &str| key.trim_matches(['"', '\'']).bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        line.starts_with("---") || line.starts_with("%YAML") || key.is_some_and(|(key, _)| is_key(key))
    })
}

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
        shared_count: None,
    };
    let drafted = emitter.document(&plan);
    let Emitter { mut diagnostics, stricter, shared_count, .. } = emitter;
    diagnostics.extend(shared_count);
    let (document, origins) = drafted.finish();
    Draft { text: document.to_yaml(), beside: Vec::new(), diagnostics, origins, stricter }
}

/// A document in the making.
#[derive(Default)]
struct Drafted {
    default_allow: bool,
    hide: BTreeSet<String>,
    /// The statements that hide tools.
    hidden_by: Vec<usize>,
    tools: BTreeMap<String, Vec<Traced<Rule>>>,
}

impl Drafted {
    /// The document, and where each of its rules comes from, in the order in which the reader
    /// numbers them.
    fn finish(self) -> (Document, Origins) {
        let mut origins = Origins::default();
        origins.push(self.hidden_by);
        let tools = self.tools.into_iter().map(|(name, rules)| (name, unique(origins.number(rules)))).collect();
        (Document { default_allow: self.default_allow, hide: self.hide, tools }, origins)
    }
}

struct Emitter<'p> {
    policy: &'p Policy,
    server: ServerId,
    /// The number of each rule.
    numbers: RuleNumbers,
    diagnostics: Vec<Diagnostic>,
    /// What became of a statement by its place and whether its condition must hold.
    memo: BTreeMap<(Vec<Span>, bool), Result<Lowered, Refusal>>,
    stricter: Vec<Suspect>,
    /// The warning that all clients share the counts; one is enough.
    shared_count: Option<Diagnostic>,
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
        let mut shared = Vec::new();
        for rule in &plan.totals {
            let Effect::Limit(limit) = &rule.effect else { continue };
            let covered = limits::covers_server(self.policy, self.server, plan, rule);
            match covered.map_err(|refusal| vec![refusal]).and_then(|()| self.limit(GLOBAL, rule, limit)) {
                Ok(lowered) => shared.push(Traced::new(lowered, [self.numbers.of(rule)])),
                Err(refusals) => self.refuse(rule, refusals),
            }
        }
        if !shared.is_empty() {
            document.tools.insert("*".to_owned(), shared);
        }
        document
    }

    fn tool(&mut self, plan: &ToolPlan<'p>, document: &mut Drafted) {
        let name = plan.tool.name.as_str();
        let (rules, about) = match &plan.fate {
            Fate::Hidden(rule) => {
                document.hide.insert(name.to_owned());
                document.hidden_by.push(self.numbers.of(rule));
                (None, Some(*rule))
            }
            Fate::Denied(rules) => {
                let said = rules.iter().find(|rule| {
                    document.default_allow || rule.reason.is_some() || matches!(rule.effect, Effect::Approval { .. })
                });
                let denial = |rule: &&ir::Rule| {
                    vec![Traced::new(always(rule_name(rule), denial(rule)), [self.numbers.of(rule)])]
                };
                (said.map(denial), rules.first().copied())
            }
            Fate::Unopened => {
                let reason = self.policy.default.reason.clone().unwrap_or_else(|| "Denied by policy.".to_owned());
                let denial = || vec![Traced::new(always("default".to_owned(), reason), [])];
                (document.default_allow.then(denial), None)
            }
            Fate::Open(rules) => {
                let first = rules.first();
                let rules = self.open(plan, rules);
                ((!rules.is_empty() || !document.default_allow).then_some(rules), first)
            }
        };
        let spoken_of = rules.is_some() || document.hide.contains(name);
        let refusal = match name {
            "*" if spoken_of => Some("there `*` stands for all tools, so a tool of that name cannot be spoken of"),
            _ if spoken_of && name.len() > LONGEST_KEY => Some("the name of the tool is too long for a key of YAML"),
            "" if document.hide.contains(name) => Some("it cannot hide a tool without name"),
            _ => None,
        };
        if let Some(reason) = refusal {
            let origin = about.map(|rule| rule.origin.span).or(self.policy.default.origin.as_ref().map(|at| at.span));
            let refusal = Refusal::new(reason, "leave the tool to the default");
            self.diagnostics.push(refusal.at(origin.unwrap_or_default(), "statement", TITLE));
        }
        if let Some(rules) = rules {
            document.tools.insert(name.to_owned(), rules);
        }
    }

    /// The rules of a tool of which some calls may pass, in the order of the source.
    fn open(&mut self, plan: &ToolPlan<'p>, rules: &Rules<'p>) -> Vec<Traced<Rule>> {
        let mut out: Vec<Traced<Rule>> = Vec::new();
        if let Some(opening) = rules.opening() {
            let from = rules.openers.iter().map(|rule| self.numbers.of(rule)).collect();
            let lowered = self.lowered(opening.places, &opening.condition, true);
            self.take(&mut out, plan, (opening.first, from), lowered, opening.text);
        }
        for rule in &rules.requires {
            self.guarded(&mut out, plan, rule, true);
        }
        for rule in rules.denies.iter().chain(&rules.approvals) {
            self.guarded(&mut out, plan, rule, false);
        }
        for (rule, limit) in &rules.limits {
            let lowered = if limits::always_applies(rule, rules) {
                self.limit(&plan.tool.name, rule, limit)
            } else {
                Err(vec![limits::conditional()])
            };
            match lowered {
                Ok(lowered) => out.push(Traced::new(lowered, [self.numbers.of(rule)])),
                Err(refusals) => self.refuse(rule, refusals),
            }
        }
        out.sort_by_key(|traced| traced.from.first().copied());
        out
    }

    fn refuse(&mut self, rule: &ir::Rule, refusals: Vec<Refusal>) {
        self.diagnostics.extend(refusals.into_iter().map(|refusal| refusal.of_rule(rule, TITLE)));
    }

    fn guarded(&mut self, out: &mut Vec<Traced<Rule>>, plan: &ToolPlan<'p>, rule: &'p ir::Rule, positive: bool) {
        let Some(guard) = &rule.guard else { return };
        let lowered = self.lowered(vec![rule.origin.span], &guard.condition, positive);
        let from = vec![self.numbers.of(rule)];
        self.take(out, plan, (rule, from), lowered, denial(rule));
    }

    fn lowered(
        &mut self,
        places: Vec<Span>,
        condition: &predicate::Condition,
        positive: bool,
    ) -> Result<Lowered, Refusal> {
        self.memo.entry((places, positive)).or_insert_with(|| lower::conditions(condition, positive)).clone()
    }

    fn take(
        &mut self,
        out: &mut Vec<Traced<Rule>>,
        plan: &ToolPlan<'p>,
        (rule, from): (&'p ir::Rule, Vec<usize>),
        lowered: Result<Lowered, Refusal>,
        text: String,
    ) {
        let lowered = match lowered {
            Ok(lowered) => lowered,
            Err(refusal) => {
                self.diagnostics.push(refusal.of_condition(rule, TITLE));
                return;
            }
        };
        if lowered.stricter {
            self.stricter.push(Suspect { tool: Some(plan.id), rule: self.numbers.of(rule) });
        }
        let name = rule_name(rule);
        if lowered.never {
            out.push(Traced::new(always(name, text), from));
        } else if !lowered.conditions.is_empty() {
            let rule_of = Rule { name, conditions: Some(lowered.conditions), on_deny: Some(text), state: None };
            out.push(Traced::new(rule_of, from));
        }
    }

    /// The rule that counts the calls of `owner`, a tool or all.
    ///
    /// # Errors
    /// What the document cannot hold of it.
    fn limit(&mut self, owner: &str, rule: &ir::Rule, limit: &ir::Limit) -> Result<Rule, Vec<Refusal>> {
        let scope = match &limit.scope {
            Scope::Caller(claim) => Some(
                Refusal::new(
                    format!("it knows no identity, as `per caller.{claim}` needs"),
                    "leave out `per`, and give each caller a proxy with a store of its own",
                )
                .of_part(limit.spans.and_then(|spans| spans.scope), "scope"),
            ),
            Scope::Grant | Scope::Server => None,
        };
        let (max, window) = match (limits::count(limit), limits::window(limit), scope) {
            // A limit of 0 counts nothing, for nobody.
            (Ok(max), Ok(window), scope) if scope.is_none() || max == 0 => (max, window),
            (max, window, scope) => return Err(max.err().into_iter().chain(window.err()).chain(scope).collect()),
        };
        let counter = limit.counter_name(if limit.total { "" } else { owner });
        let calls = if max == 1 { "call" } else { "calls" };
        let text = rule.reason.clone().unwrap_or_else(|| format!("At most {max} {calls} per {}.", window.name()));
        let name = format!("limit {counter}");
        if max == 0 {
            return Ok(always(name, text));
        }
        if owner == GLOBAL && !limit.total {
            return Err(vec![Refusal::new(
                format!("the counters of a tool named {} are those of all tools", quote(GLOBAL)),
                "leave out the limit of this tool, or deny the tool",
            )]);
        }
        for (what, part) in [("tool", owner), ("counter", counter.as_str())] {
            if part.contains('.') || part.is_empty() {
                return Err(vec![Refusal::new(
                    format!(
                        "it cannot count for the {what} {}: the parts of a counter's path are split at dots",
                        quote(part)
                    ),
                    "name the counter with `as` and without dots; a tool with a dot in its name can only be allowed or denied",
                )]);
            }
        }
        if limit.scope == Scope::Grant {
            self.warn_shared(rule, max, window.name());
        }
        let path = format!("state.{owner}.{counter}");
        let most = DocumentValue::Int(i64::try_from(max).unwrap_or(i64::MAX));
        Ok(Rule {
            name,
            conditions: Some(vec![Condition { path, operator: Operator::Lte, value: most }]),
            on_deny: Some(text),
            state: Some(State { counter, window, increment: 1, increment_from: None }),
        })
    }

    fn warn_shared(&mut self, rule: &ir::Rule, max: u64, window: &str) {
        if self.shared_count.is_some() {
            return;
        }
        let message =
            format!("{TITLE} counts the calls of all grants together, and this limit gives each its own count");
        let calls = if max == 1 { "call".to_owned() } else { format!("{max} calls") };
        let help = format!(
            "for example, after {calls} under one grant, a call under another grant in the same {window} is denied; \
             write `per server` if that is meant"
        );
        let span = rule.origin.span;
        self.shared_count = Some(Diagnostic::new(codes::STRICTER_ARTEFACT, span, message).help(help));
    }
}

/// A rule that denies every call.
fn always(name: String, on_deny: String) -> Rule {
    Rule { name, conditions: None, on_deny: Some(on_deny), state: None }
}

/// Numbers the rules of a tool that would have one name. Lines of the source are no part of a name:
/// a comment that is added to the policy must not change the document.
fn unique(mut rules: Vec<Rule>) -> Vec<Rule> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for rule in &mut rules {
        let count = seen.entry(rule.name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            rule.name = format!("{} {count}", rule.name);
        }
    }
    rules
}

fn rule_name(rule: &ir::Rule) -> String {
    rule.effect.name().to_owned()
}
