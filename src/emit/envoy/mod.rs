//! Envoy: the filters of its connection manager that read calls of tools and decide about them.
//!
//! The filter for MCP makes metadata of a message, and the filter for role-based access control lets
//! pass what one of its policies is about: a list of what is allowed, so that what is not understood
//! is denied. Tools of which the same conditions hold are one policy.

mod expression;
mod lower;
mod permission;
mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::confirm::Suspect;
use super::decision_list::{Entry, List, ListDecider, Lists, Outcome, build};
use super::options::TargetOption;
use super::origins::{Origins, Traced};
use super::refusal::Refusal;
use super::target::{Counting, Draft, ReadDocument, Request, Target};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes};
use crate::eval;
use crate::ir::{Policy, Rule};
use crate::located::{self, Format, Mistakes};
use crate::predicate::Condition;
use crate::source::FileId;
use lower::Lowered;
use permission::Permission;
use write::{RolePolicy, Tools};

/// The target.
pub(super) static TARGET: Target = Target {
    name: "envoy",
    title: "Envoy (MCP and RBAC filters)",
    document: "the Envoy configuration",
    extension: "json",
    is_json: true,
    main_file: None,
    page: include_str!("../../../docs/targets/envoy.md"),
    counting: Counting::NONE,
    // Observed: 9007199254740993 equals 9007199254740992.
    numbers: NumberDomain::Double,
    asks: false,
    knows_caller: true,
    options: &[TargetOption::SERVER],
    look_alikes: |_| Vec::new(),
    recognises: |text| text.starts_with('{') && super::tool_lists::has_key(text, write::FILTERS),
    build: build_document,
    parse,
};

fn build_document(request: &Request<'_>) -> Draft {
    let Request { policy, server, .. } = *request;
    let built = build(policy, server);
    let limits = built.limits.iter().map(|rule| {
        let help =
            "leave the limit to a part that counts, and write `--leave limits` here; `policyc targets` shows which can";
        Refusal::new("the filters keep no counts", help).of_rule(rule, TARGET.document)
    });
    let mut writing = Writing {
        policy,
        lowered: BTreeMap::new(),
        refused: BTreeMap::new(),
        groups: BTreeMap::new(),
        stricter: BTreeSet::new(),
        diagnostics: limits.collect(),
    };
    let Lists { tools, others, .. } = &built.lists;
    let opens = |list: &List<Traced<Entry>>| list.last().is_some_and(|last| last.part.outcome == Outcome::Allow);
    let others_open = opens(others);
    for (name, list) in tools.iter().filter(|(_, list)| opens(list)) {
        writing.add(Some(name), list);
    }
    if others_open {
        writing.add(None, others);
    }
    let mut named: BTreeMap<String, Vec<Vec<usize>>> = BTreeMap::new();
    let mut unnamed = Vec::new();
    let mut policies = Vec::new();
    for Group { names, others: is_others, parts } in writing.groups.values() {
        let from: Vec<Vec<usize>> = parts.iter().map(|part| part.from.clone()).collect();
        let permissions: Vec<Permission> = parts.iter().map(|part| part.part.clone()).collect();
        if let [first, rest @ ..] = names.as_slice() {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let tools = Tools::Named(names.clone());
            policies.push(RolePolicy { name: format!("tool {first}{more}"), tools, permissions: permissions.clone() });
            named.extend(names.iter().map(|name| (name.clone(), from.clone())));
        }
        if *is_others {
            let tools = Tools::AllBut(built.lists.tools.keys().cloned().collect());
            policies.push(RolePolicy { name: "other tools".to_owned(), tools, permissions });
            unnamed = from;
        }
    }
    policies.sort_by(|left, right| left.name.cmp(&right.name));
    let text = write::document(&policies);
    let mut origins = Origins::default();
    // As the reader numbers them.
    for list in named.into_values().chain([unnamed]).filter(|list| !list.is_empty()) {
        list.into_iter().chain([Vec::new()]).for_each(|from| origins.push(from));
    }
    let Writing { stricter, mut diagnostics, refused, .. } = writing;
    diagnostics.extend(refused.into_values());
    let find = |name: Option<String>| name.map(|name| policy.find_tool(server, &name));
    let suspect = |(name, rule)| match find(name) {
        None => Some(Suspect { tool: None, rule }),
        Some(tool) => Some(Suspect { tool: Some(tool?), rule }),
    };
    let stricter = stricter.into_iter().filter_map(suspect).collect();
    Draft { text, beside: Vec::new(), diagnostics, origins, stricter }
}

/// Tools of which the same conditions hold.
struct Group {
    names: Vec<String>,
    /// Whether all tools that are not named are among them.
    others: bool,
    /// What must hold of their calls.
    parts: Vec<Traced<Permission>>,
}

struct Writing<'p> {
    policy: &'p Policy,
    /// What must hold so that a rule of a list does not refuse, by the address of its condition.
    lowered: BTreeMap<*const Condition, Option<Arc<Lowered>>>,
    /// What cannot be held, by the number of its rule.
    refused: BTreeMap<usize, Diagnostic>,
    groups: BTreeMap<Vec<*const Condition>, Group>,
    /// Statements of tools that are held more strictly, and of all that are not named.
    stricter: BTreeSet<(Option<String>, usize)>,
    diagnostics: Vec<Diagnostic>,
}

impl Writing<'_> {
    /// Adds a tool, or all that are not named, by a list that ends by letting calls pass.
    fn add(&mut self, name: Option<&String>, list: &[Traced<Entry>]) {
        let mut parts = Vec::new();
        let mut key = Vec::new();
        for Traced { part: entry, from } in list {
            // What has no condition refuses all calls, and what is held is not asked about.
            let Some(when) = &entry.when else {
                if entry.outcome == Outcome::Allow {
                    continue;
                }
                return;
            };
            let Some(lowered) = self.lower(when, from) else { return };
            if lowered.is_stricter {
                self.stricter.extend(from.iter().map(|rule| (name.cloned(), *rule)));
            }
            key.push(Arc::as_ptr(when));
            parts.push(Traced::new(lowered.permission.clone(), from.clone()));
        }
        let group = self.groups.entry(key).or_insert(Group { names: Vec::new(), others: false, parts });
        match name {
            Some(name) => group.names.push(name.clone()),
            None => group.others = true,
        }
    }

    fn lower(&mut self, when: &Arc<Condition>, from: &[usize]) -> Option<Arc<Lowered>> {
        if let Some(known) = self.lowered.get(&Arc::as_ptr(when)) {
            return known.clone();
        }
        let lowered = match lower::lower(when, false) {
            Ok(lowered) => Some(Arc::new(lowered)),
            Err(refusal) => {
                self.refuse(refusal, from);
                None
            }
        };
        self.lowered.insert(Arc::as_ptr(when), lowered.clone());
        lowered
    }

    fn refuse(&mut self, refusal: Refusal, from: &[usize]) {
        let rule = from.first().and_then(|number| Some((*number, self.policy.rules.get(*number)?)));
        if let Some((number, rule)) = rule {
            let rule: &Rule = rule;
            self.refused.entry(number).or_insert_with(|| refusal.of_condition(rule, TARGET.document));
        }
    }
}

fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Json);
    let read = located::json(text, &mut mistakes).and_then(|root| read::document(&root, &mut mistakes));
    let policies = mistakes.into_result(read)?;
    Ok(Box::new(ListDecider::new(lists(&policies), NumberDomain::Double)))
}

/// The policies as lists of the tools that they name.
fn lists(policies: &[RolePolicy]) -> Lists<Entry> {
    // Which policies are about a tool, and about all that are not named.
    let mut of_tools: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    let mut of_others = Vec::new();
    for (index, policy) in (0..).zip(policies) {
        let (Tools::Named(names) | Tools::AllBut(names)) = &policy.tools;
        let is_named = matches!(policy.tools, Tools::Named(_));
        for name in names {
            let own = of_tools.entry(name).or_default();
            own.extend(is_named.then_some(index));
        }
        of_others.extend((!is_named).then(|| (index, names.iter().collect::<BTreeSet<_>>())));
    }
    for (name, own) in &mut of_tools {
        own.extend(of_others.iter().filter(|(_, but)| !but.contains(name)).map(|(index, _)| *index));
    }
    let wanted = |policy: &RolePolicy| policy.permissions.iter().map(|part| Arc::new(part.meaning())).collect();
    let wanted: Vec<Vec<Arc<Condition>>> = policies.iter().map(wanted).collect();
    let denials: Vec<Vec<Entry>> = wanted.iter().map(|parts| parts.iter().map(denial).collect()).collect();
    let list = |about: &[usize]| match about {
        // What one policy wants is as much as a requirement each.
        [only] => denials.get(*only).into_iter().flatten().cloned().chain([Entry::ALLOW]).collect(),
        several => several.iter().filter_map(|index| wanted.get(*index)).map(|parts| allowance(parts)).collect(),
    };
    let others: Vec<usize> = of_others.iter().map(|(index, _)| *index).collect();
    Lists {
        tools: of_tools.iter().map(|(name, about)| ((*name).clone(), list(about))).collect(),
        others: list(&others),
        default_reason: DENIED.to_owned(),
    }
}

/// What Envoy answers.
const DENIED: &str = "RBAC: access denied";

fn denial(condition: &Arc<Condition>) -> Entry {
    let when = Arc::new((**condition).clone().negated());
    Entry { when: Some(when), outcome: Outcome::Deny, rule: eval::NOT_ALLOWED.to_owned(), reason: DENIED.to_owned() }
}

fn allowance(wanted: &[Arc<Condition>]) -> Entry {
    let all = || Arc::new(Condition::And(wanted.iter().map(|part| (**part).clone()).collect()));
    Entry { when: (!wanted.is_empty()).then(all), ..Entry::ALLOW }
}
