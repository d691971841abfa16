//! Lists for gateways that say of some tools what must hold of their calls: tools of which the same must
//! hold are a group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Entry, List, Lists, Outcome};
use crate::diagnostics::Diagnostic;
use crate::emit::origins::{Origins, Traced};
use crate::emit::refusal::Refusal;
use crate::eval;
use crate::ir::Policy;
use crate::predicate::Condition;

/// Tools of which the same must hold so that a call passes.
#[derive(Debug, Clone)]
pub(crate) struct Group<P> {
    /// Their names, sorted.
    pub(crate) names: Vec<String>,
    /// Whether all tools that the policy does not name are among them.
    pub(crate) others: bool,
    /// What must hold, each part with the reason that a caller reads if it does not.
    pub(crate) wanted: Vec<Wanted<P>>,
}

/// Something that must hold.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<P> {
    /// It, in the language of the gateway.
    pub(crate) part: Arc<P>,
    /// Why a call is denied for which it does not hold.
    pub(crate) reason: String,
    /// The statements that it comes from.
    pub(crate) from: Vec<usize>,
}

/// The tools of which some calls pass, and what stands in the way of writing that.
pub(crate) struct Groups<P> {
    /// The tools.
    pub(crate) groups: Vec<Group<P>>,
    /// Why a rule cannot be held, by its number.
    refused: BTreeMap<usize, Refusal>,
}

impl<P> Groups<P> {
    /// What cannot be held, as findings about a document.
    pub(crate) fn refusals(&mut self, policy: &Policy, document: &str) -> Vec<Diagnostic> {
        let refused = std::mem::take(&mut self.refused).into_iter();
        let found = refused.filter_map(|(rule, refusal)| Some(refusal.of_condition(policy.rules.get(rule)?, document)));
        found.collect()
    }

    /// The statements of the rules of a document of these groups, by the numbers that the decider of [`lists`] gives
    /// them.
    pub(crate) fn origins(&self) -> Origins {
        let parts = |group: &Group<P>| -> Vec<Vec<usize>> {
            group.wanted.iter().map(|wanted| wanted.from.clone()).chain([Vec::new()]).collect()
        };
        let named = self.groups.iter().flat_map(|group| group.names.iter().map(move |name| (name, parts(group))));
        let named: BTreeMap<&String, Vec<Vec<usize>>> = named.collect();
        let others = self.groups.iter().filter(|group| group.others).flat_map(parts);
        let mut origins = Origins::default();
        named.into_values().flatten().chain(others).for_each(|from| origins.push(from));
        origins
    }
}

/// Groups the tools of lists of which some calls pass. `write` brings a condition of calls that must not pass into the
/// language of the gateway, as what must hold. What needs approval does not pass.
pub(crate) fn groups<P>(
    lists: &Lists<Traced<Entry>>,
    mut write: impl FnMut(&Arc<Condition>) -> Result<P, Refusal>,
) -> Groups<P> {
    let mut written: BTreeMap<*const Condition, Option<Arc<P>>> = BTreeMap::new();
    let mut refused = BTreeMap::new();
    let mut groups: BTreeMap<Vec<*const Condition>, Group<P>> = BTreeMap::new();
    let tools = lists.tools.iter().map(|(name, list)| (Some(name), list)).chain([(None, &lists.others)]);
    'tools: for (name, list) in tools.filter(|(_, list)| opens(list)) {
        let mut wanted = Vec::new();
        let mut key = Vec::new();
        for Traced { part: entry, from } in list {
            // The last lets all calls pass.
            let Some(when) = &entry.when else { continue };
            let part = written.entry(Arc::as_ptr(when)).or_insert_with(|| match write(when) {
                Ok(part) => Some(Arc::new(part)),
                Err(refusal) => {
                    if let Some(rule) = from.first() {
                        refused.entry(*rule).or_insert(refusal);
                    }
                    None
                }
            });
            let Some(part) = part else { continue 'tools };
            key.push(Arc::as_ptr(when));
            wanted.push(Wanted { part: part.clone(), reason: entry.reason.clone(), from: from.clone() });
        }
        let group = groups.entry(key).or_insert(Group { names: Vec::new(), others: false, wanted });
        match name {
            Some(name) => group.names.push(name.clone()),
            None => group.others = true,
        }
    }
    let mut groups: Vec<Group<P>> = groups.into_values().collect();
    // Their order must not be that of addresses.
    groups.sort_by(|left, right| (left.others, &left.names).cmp(&(right.others, &right.names)));
    Groups { groups, refused }
}

/// Whether some calls of a tool with a list pass without approval.
fn opens(list: &List<Traced<Entry>>) -> bool {
    list.last().is_some_and(|last| last.part.outcome == Outcome::Allow)
}

/// Tools by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tools {
    /// These.
    Named(Vec<String>),
    /// All but these.
    AllBut(Vec<String>),
}

/// Of some tools calls pass for which all of some conditions hold.
#[derive(Debug, Clone)]
pub(crate) struct Allowance {
    /// The tools.
    pub(crate) tools: Tools,
    /// The conditions.
    pub(crate) wanted: Vec<Arc<Condition>>,
}

/// The lists of a document that lets pass what one of some allowances does, and denies everything else for a reason.
pub(crate) fn lists(allowances: &[Allowance], reason: &str) -> Lists<Entry> {
    // Which are about a tool, and which about all that are not named.
    let mut of_tools: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    let mut of_others = Vec::new();
    for (index, allowance) in (0..).zip(allowances) {
        let (Tools::Named(names) | Tools::AllBut(names)) = &allowance.tools;
        let is_named = matches!(allowance.tools, Tools::Named(_));
        for name in names {
            let own = of_tools.entry(name).or_default();
            own.extend(is_named.then_some(index));
        }
        of_others.extend((!is_named).then(|| (index, names.iter().collect::<BTreeSet<_>>())));
    }
    for (name, own) in &mut of_tools {
        own.extend(of_others.iter().filter(|(_, but)| !but.contains(name)).map(|(index, _)| *index));
    }
    let denial = |wanted: &Arc<Condition>| {
        let when = Arc::new((**wanted).clone().negated());
        let (rule, reason) = (eval::NOT_ALLOWED.to_owned(), reason.to_owned());
        Entry { when: Some(when), outcome: Outcome::Deny, rule, reason }
    };
    let denials: Vec<Vec<Entry>> =
        allowances.iter().map(|allowance| allowance.wanted.iter().map(denial).collect()).collect();
    let allowing = |allowance: &Allowance| {
        let all = || Arc::new(Condition::And(allowance.wanted.iter().map(|part| (**part).clone()).collect()));
        Entry { when: (!allowance.wanted.is_empty()).then(all), ..Entry::ALLOW }
    };
    let list = |about: &[usize]| match about {
        // What one wants is as much as a requirement each.
        [only] => denials.get(*only).into_iter().flatten().cloned().chain([Entry::ALLOW]).collect(),
        several => several.iter().filter_map(|index| allowances.get(*index)).map(allowing).collect(),
    };
    let others: Vec<usize> = of_others.iter().map(|(index, _)| *index).collect();
    Lists {
        tools: of_tools.iter().map(|(name, about)| ((*name).clone(), list(about))).collect(),
        others: list(&others),
        default_reason: reason.to_owned(),
    }
}
