//! What becomes of each tool of a server, where a program looks at names only.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fate, Program, arguments, names};
use crate::diagnostics::{Diagnostic, quote};
use crate::emit::confirm::Suspect;
use crate::emit::decision_list::{Entry, List, Lists, Outcome, build};
use crate::emit::origins::{Origins, Traced};
use crate::emit::refusal::Refusal;
use crate::emit::target::Request;
use crate::ir::{Effect, Rule};

/// A policy for one server, as far as a program can hold it.
pub(in crate::emit) struct Fates {
    /// The name of the server in the program.
    pub(in crate::emit) server: String,
    /// What becomes of the tools whose fate is not that of all others, and of those that are denied
    /// by name.
    pub(in crate::emit) tools: BTreeMap<String, Fate>,
    /// What becomes of all others.
    pub(in crate::emit) others: Fate,
    /// The arguments that some of the tools may have, which are allowed with these alone.
    pub(in crate::emit) arguments: BTreeMap<String, BTreeSet<String>>,
    /// The statements that such a list holds more strictly.
    pub(in crate::emit) stricter: Vec<Suspect>,
    /// The statements of what each tool, then the others, and then each list of arguments is written as, one rule for each.
    pub(in crate::emit) origins: Origins,
    /// What cannot be held. The rest is worth something only without errors.
    pub(in crate::emit) diagnostics: Vec<Diagnostic>,
}

/// What a program can hold of the policy of a request.
pub(in crate::emit) fn fates(program: &Program, request: &Request<'_>) -> Fates {
    let built = build(request.policy, request.server);
    let limits = built.limits.into_iter().filter(|_| !program.counts);
    let mut diagnostics: Vec<Diagnostic> = limits.map(|rule| limit(rule).of_rule(rule, program.document)).collect();
    let server = names::server(program, request).map_err(|found| diagnostics.push(*found)).unwrap_or_default();
    let Lists { tools, others, .. } = built.lists;
    let mut blocking = Blocking::default();
    let others_from = all_from(&others);
    let others = blocking.fate(program, request, &others);
    let mut fates: BTreeMap<String, Traced<Fate>> = BTreeMap::new();
    let mut arguments: BTreeMap<String, Traced<BTreeSet<String>>> = BTreeMap::new();
    for (name, list) in tools {
        let names = if program.lists_arguments { arguments::listed(request, &name, &list) } else { None };
        let fate = match names {
            Some(names) => {
                arguments.insert(name.clone(), Traced::new(names, all_from(&list)));
                Fate::Allow
            }
            None => blocking.fate(program, request, &list),
        };
        // What passes or is asked like all others needs no name; what is denied by name stays so if
        // settings are merged.
        if fate != others || matches!(fate, Fate::Deny | Fate::Hide) {
            fates.insert(name, Traced::new(fate, all_from(&list)));
        }
    }
    diagnostics.extend(blocking.refusals(program, request));
    diagnostics.extend(unnamed_hidden(program, request, others, &others_from, &fates));
    let unwritable = fates.keys().filter(|name| !(program.tool.is)(name));
    diagnostics.extend(unwritable.map(|name| names::unwritable(program, request, name)));
    if let Some((longest, length)) = program.longest {
        let too_long = fates.keys().filter(|name| length(&server, name) > longest);
        diagnostics.extend(too_long.map(|name| names::too_long(program, request, name, longest)));
    }
    let mut origins = Origins::default();
    let mut named = BTreeMap::new();
    for (name, traced) in fates {
        origins.push(traced.from);
        named.insert(name, traced.part);
    }
    origins.push(others_from);
    let (mut lists, mut stricter) = (BTreeMap::new(), Vec::new());
    for (name, traced) in arguments {
        let tool = request.policy.find_tool(request.server, &name);
        stricter.extend(traced.from.iter().map(|rule| Suspect { tool, rule: *rule }));
        origins.push(traced.from);
        lists.insert(name, traced.part);
    }
    Fates { server, tools: named, others, arguments: lists, stricter, origins, diagnostics }
}

fn all_from(list: &List<Traced<Entry>>) -> Vec<usize> {
    list.iter().flat_map(|traced| traced.from.iter().copied()).collect()
}

fn limit(rule: &Rule) -> Refusal {
    let span = match &rule.effect {
        Effect::Limit(limit) => limit.spans.map(|spans| spans.rate),
        _ => None,
    };
    Refusal::of_limit("the program keeps no counts").of_part(span, "limit")
}

/// Refuses that all unnamed tools are hidden where the program can only deny them.
fn unnamed_hidden(
    program: &Program,
    request: &Request<'_>,
    others: Fate,
    from: &[usize],
    fates: &BTreeMap<String, Traced<Fate>>,
) -> Option<Diagnostic> {
    let passes = |fate: &Traced<Fate>| matches!(fate.part, Fate::Allow | Fate::Ask);
    if others != Fate::Hide || program.hides_unnamed || !fates.values().any(passes) {
        return None;
    }
    let rule = request.policy.rules.get(*from.first()?)?;
    Some(Refusal::hides_unnamed().of_rule(rule, program.document))
}

/// Rules that stand in the way: those with conditions, and those that ask somebody in particular.
#[derive(Default)]
struct Blocking {
    conditional: BTreeSet<usize>,
    asking: BTreeSet<usize>,
}

impl Blocking {
    /// What becomes of all calls of a tool with a list. Without a better answer they are denied.
    fn fate(&mut self, program: &Program, request: &Request<'_>, list: &[Traced<Entry>]) -> Fate {
        let fate = |traced: &Traced<Entry>| match &traced.part.outcome {
            Outcome::Allow => Fate::Allow,
            Outcome::Ask { .. } if program.asks => Fate::Ask,
            Outcome::Ask { .. } | Outcome::Deny => Fate::Deny,
            Outcome::Hide => Fate::Hide,
        };
        // A call to which no rule applies is denied.
        let end = list.last().filter(|last| last.part.when.is_none()).map_or(Fate::Deny, fate);
        let conditional = list.iter().filter(|traced| traced.part.when.is_some());
        // What only some calls meet makes no difference where all meet the same in the end.
        let differing = conditional.filter(|traced| fate(traced) != end).flat_map(|traced| traced.from.iter().copied());
        let has_condition = |rule: &usize| request.policy.rules.get(*rule).is_some_and(|rule| rule.guard.is_some());
        self.conditional.extend(differing.filter(has_condition));
        if end == Fate::Ask {
            let by = list.iter().filter(|traced| matches!(traced.part.outcome, Outcome::Ask { by: Some(_) }));
            self.asking.extend(by.flat_map(|traced| traced.from.iter().copied()));
        }
        end
    }

    fn refusals(&self, program: &Program, request: &Request<'_>) -> Vec<Diagnostic> {
        let rules = |numbers: &BTreeSet<usize>| -> Vec<&Rule> {
            numbers.iter().filter_map(|number| request.policy.rules.get(*number)).collect()
        };
        let conditional = rules(&self.conditional).into_iter().map(|rule| {
            let all = match rule.effect {
                Effect::Allow if program.asks => {
                    "allow the tool for all calls, or have a person asked with `require approval for`"
                }
                Effect::Allow => "allow the tool for all calls",
                Effect::Approval { .. } => "require approval for all calls of the tool",
                _ => "deny the tool for all calls",
            };
            let help = format!("{all}; or choose a target that reads arguments: `policyc targets` shows which do");
            let looks = match program.lists_arguments {
                true => "the program looks only at which arguments of the catalogue there are",
                false => "the program looks at no argument",
            };
            Refusal::new(looks, help).of_condition(rule, program.document)
        });
        let asking = rules(&self.asking).into_iter().map(|rule| {
            let by = match &rule.effect {
                Effect::Approval { by: Some(by) } => by.as_str(),
                _ => "",
            };
            let reason = format!("the program asks whoever uses it, not {}", quote(by));
            Refusal::new(
                reason,
                "leave out `by` if that person may approve it, or choose a target that knows who approves",
            )
            .of_rule(rule, program.document)
        });
        conditional.chain(asking).collect()
    }
}
