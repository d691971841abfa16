//! Cerbos: a resource policy for a server, whose actions are its tools.
//!
//! A rule allows the actions of some tools where conditions hold. No rule denies under a condition: if
//! that is an error, Cerbos passes over the denial. Conditions are variables of the policy, so that tools
//! share them, and what a rule puts out if its condition is not met is the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Engine, Host, read, unknown_form, write};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::decision_list::{Allowance, Group, ListDecider, Tools, build, groups, lists};
use crate::emit::expression::{CEL, Kind, Tree};
use crate::emit::listing_note;
use crate::emit::options::TargetOption;
use crate::emit::refusal::Refusal;
use crate::emit::target::{Counting, Draft, ReadDocument, Request, Target};
use crate::ir::{Policy, ServerId, Subject};
use crate::json::json_quote;
use crate::located::{self, Entry, Format, Mistakes, Node};
use crate::predicate::Condition;
use crate::source::FileId;

/// Where a host puts the parts of a call: `R` is the resource, `P` the principal.
static HOST: Host = Host { args: "R.attr.args", caller: "P.attr", engine: Engine::Go };
/// Whether the arguments are there, which the conditions take for granted.
const ARGS: &str = "has(R.attr.args) && type(R.attr.args) == map";
const API: &str = "api.cerbos.dev/v1";
const POLICY: &str = "resourcePolicy";

/// The target.
pub(in crate::emit) static TARGET: Target = Target {
    name: "cerbos",
    title: "Cerbos (resource policy)",
    document: "the Cerbos policy",
    extension: "yaml",
    is_json: false,
    main_file: None,
    page: include_str!("../../../docs/targets/cerbos.md"),
    counting: Counting::NONE,
    // Attributes are values of protocol buffers.
    numbers: NumberDomain::Double,
    asks: false,
    knows_caller: true,
    options: &[TargetOption::SERVER],
    look_alikes: |_| Vec::new(),
    recognises: |text| text.lines().any(|line| line.trim_end() == "resourcePolicy:"),
    build: build_document,
    parse,
};

/// What must hold: a variable, or that it does not.
#[derive(Debug)]
struct Part {
    variable: String,
    holds: bool,
}

fn build_document(request: &Request<'_>) -> Draft {
    let Request { policy, server, .. } = *request;
    let built = build(policy, server);
    let limits =
        built.limits.iter().map(|rule| Refusal::of_limit("Cerbos keeps no counts").of_rule(rule, TARGET.document));
    let mut diagnostics: Vec<Diagnostic> = limits.collect();
    // The expressions by number, and the numbers by expression.
    let (mut variables, mut numbers): (Vec<String>, BTreeMap<String, usize>) = Default::default();
    let mut groups = groups(&built.lists, |denied| {
        let (condition, holds) = match &**denied {
            Condition::Not(inner) => (&**inner, true),
            other => (other, false),
        };
        let text = write::condition(&HOST, condition)?;
        let number = *numbers.entry(text).or_insert_with_key(|text| {
            variables.push(text.clone());
            variables.len()
        });
        Ok(Part { variable: format!("c{number}"), holds })
    });
    diagnostics.extend(groups.refusals(policy, TARGET.document));
    diagnostics.extend(listing_note(policy, server, TARGET.document));
    let is_open = groups.groups.iter().any(|group| group.others);
    let mut rules = String::new();
    for Group { names, others, wanted } in &groups.groups {
        // What opens all tools opens these as well.
        if is_open && !names.is_empty() && !*others && !wanted.is_empty() {
            diagnostics.extend(names.iter().filter_map(|name| open(policy, server, name)));
        }
        let actions = if *others { vec!["*".to_owned()] } else { names.clone() };
        rules.push_str(&rule(&actions, "EFFECT_ALLOW", &output(wanted), &conjunction(wanted)));
    }
    let passing: BTreeSet<&String> = groups.groups.iter().flat_map(|group| &group.names).collect();
    for (name, list) in built.lists.tools.iter().filter(|(name, _)| !passing.contains(name)) {
        let reason = list.iter().find(|traced| traced.part.when.is_none()).map(|traced| traced.part.reason.as_str());
        let reason = reason.unwrap_or(&built.lists.default_reason);
        let output = format!("ruleActivated: |-\n{:12}{}\n", "", CEL.escapes.quoted(reason));
        rules.push_str(&rule(std::slice::from_ref(name), "EFFECT_DENY", &output, ""));
    }
    let names = built.lists.tools.keys().filter(|name| !is_action(name));
    diagnostics.extend(names.map(|name| unwritable(request, name)));
    let own = policy.server(server).map(|server| server.name.as_str()).filter(|name| !name.is_empty());
    let resource = format!("mcp::{}", own.unwrap_or(&policy.name));
    let left = request.left_words().map(|words| format!("# {}\n", crate::diagnostics::visible(&words)));
    let variables = variables.iter().enumerate().map(|(index, text)| variable(&format!("c{}", index + 1), text));
    let text = format!(
        "# Written by policyc from the policy {}. Change the policy, not this file.\n{}apiVersion: {API}\n{POLICY}:\n  version: default\n  \
         resource: {}\n  variables:\n    local:\n{}{}  rules:{}",
        crate::diagnostics::visible(&json_quote(&policy.name)),
        left.unwrap_or_default(),
        json_quote(&resource),
        variable("args", ARGS),
        variables.collect::<String>(),
        if rules.is_empty() { " []\n".to_owned() } else { format!("\n{rules}") },
    );
    Draft { text, beside: Vec::new(), diagnostics, origins: groups.origins(), stricter: Vec::new() }
}

fn variable(name: &str, text: &str) -> String {
    format!("      {name}: |-\n        {text}\n")
}

fn rule(actions: &[String], effect: &str, output: &str, condition: &str) -> String {
    let actions: Vec<String> = actions.iter().map(|action| json_quote(action)).collect();
    let condition = if condition.is_empty() {
        String::new()
    } else {
        format!("      condition:\n        match:\n          expr: |-\n            {condition}\n")
    };
    let output =
        if output.is_empty() { String::new() } else { format!("      output:\n        when:\n          {output}") };
    format!(
        "    - actions: [{}]\n      effect: {effect}\n      roles: [\"*\"]\n{condition}{output}",
        actions.join(", ")
    )
}

type Wanted = crate::emit::decision_list::Wanted<Part>;

fn conjunction(wanted: &[Wanted]) -> String {
    let parts = wanted.iter().map(|wanted| term(&wanted.part));
    if wanted.is_empty() {
        return String::new();
    }
    std::iter::once("V.args".to_owned()).chain(parts).collect::<Vec<_>>().join(" && ")
}

fn term(part: &Part) -> String {
    format!("{}V.{}", if part.holds { "" } else { "!" }, part.variable)
}

/// The reason of the first part that does not hold.
fn output(wanted: &[Wanted]) -> String {
    if wanted.is_empty() {
        return String::new();
    }
    let reasons = wanted.iter().map(|wanted| {
        let negated = term(&Part { variable: wanted.part.variable.clone(), holds: !wanted.part.holds });
        format!("{:12}{negated} ? {} :\n", "", CEL.escapes.quoted(&wanted.reason))
    });
    let reasons: String = reasons.collect();
    let missing = CEL.escapes.quoted("The arguments of the call are missing.");
    let space = " ".repeat(12);
    format!("conditionNotMet: |-\n{space}!V.args ? {missing} :\n{reasons}{space}\"\"\n")
}

/// Says of a tool with conditions that it cannot have them where all tools are open.
fn open(policy: &Policy, server: ServerId, name: &str) -> Option<Diagnostic> {
    let refusal = Refusal::new(
        "under `allow *` a condition would be a denial, which Cerbos passes over where the condition is an error",
        "write `deny *;` and allow the tools by name",
    );
    let subject = Subject::known(server, policy.find_tool(server, name)?);
    let rules = policy.rules.iter().filter(|rule| rule.guard.is_some());
    let rule = rules.into_iter().find(|rule| rule.selection.selects(subject).is_some())?;
    Some(refusal.of_condition(rule, TARGET.document))
}

/// Whether a name stands for itself among the actions, in which some characters stand for others.
fn is_action(name: &str) -> bool {
    !name.is_empty() && !name.contains(['*', '?', '[', ']', '{', '}', '!', '\\', ','])
}

fn unwritable(request: &Request<'_>, name: &str) -> Diagnostic {
    let reason = format!("in actions some characters of {} stand for others", quote(name));
    request.refuse_tool(Refusal::new(reason, "leave the tool to a gateway that holds its name"), name, TARGET.document)
}

fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Yaml);
    let read = located::yaml(text, located::core::plain, &mut mistakes).and_then(|root| document(&root, &mut mistakes));
    let allowances = mistakes.into_result(read)?;
    Ok(Box::new(ListDecider::new(lists(&allowances, DENIED), NumberDomain::Double)))
}

/// What is known of a denial without the words of the policy.
const DENIED: &str = "EFFECT_DENY";

fn document(root: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<Allowance>> {
    let root = root.as_object("the document", &["apiVersion", POLICY], mistakes)?;
    if let Some(version) = root.required("apiVersion", mistakes) {
        version.as_word("`apiVersion`", &[(API, ())], mistakes);
    }
    let known = ["version", "resource", "variables", "rules"];
    let policy = root.required(POLICY, mistakes)?.as_object("`resourcePolicy`", &known, mistakes)?;
    for key in ["version", "resource"] {
        if let Some(value) = policy.required(key, mistakes) {
            value.as_text(&quote(key), mistakes);
        }
    }
    let variables = policy.required("variables", mistakes)?.as_object("`variables`", &["local"], mistakes)?;
    let entries = variables.required("local", mistakes)?.as_entries("`local`", mistakes)?;
    let mut conditions = BTreeMap::new();
    for Entry { key, value } in entries {
        let Some(text) = value.as_text("a variable", mistakes) else { continue };
        let condition = match &*key.name {
            "args" => (text == ARGS).then(|| Condition::And(Vec::new())),
            _ => read::tree(text).and_then(|tree| read::condition(&HOST, &tree)).ok(),
        };
        match condition {
            Some(condition) => drop(conditions.insert(key.name.to_string(), Arc::new(condition))),
            None => unknown_form(value, mistakes),
        }
    }
    let (mut allowances, mut denied) = (Vec::new(), BTreeSet::new());
    for item in policy.required("rules", mistakes)?.as_list("`rules`", mistakes)? {
        match read_rule(item, &conditions, mistakes) {
            Some((true, actions, wanted)) => allowances.push((actions, wanted)),
            Some((false, actions, _)) => denied.extend(actions),
            None => {}
        }
    }
    let allowances = allowances.into_iter().map(|(actions, wanted)| {
        let tools = if actions.iter().any(|action| action == "*") {
            Tools::AllBut(denied.iter().cloned().collect())
        } else {
            Tools::Named(actions.into_iter().filter(|action| !denied.contains(action)).collect())
        };
        Allowance { tools, wanted }
    });
    Some(allowances.collect())
}

/// Whether a rule allows, its actions, and what must hold.
type ReadRule = (bool, Vec<String>, Vec<Arc<Condition>>);

fn read_rule(
    item: &Node<'_>,
    conditions: &BTreeMap<String, Arc<Condition>>,
    mistakes: &mut Mistakes,
) -> Option<ReadRule> {
    let rule = item.as_object("a rule", &["actions", "effect", "roles", "condition", "output"], mistakes)?;
    let words = [("EFFECT_ALLOW", true), ("EFFECT_DENY", false)];
    let allows = rule.required("effect", mistakes)?.as_word("`effect`", &words, mistakes)?;
    for role in rule.required("roles", mistakes)?.as_list("`roles`", mistakes)? {
        role.as_word("a role", &[("*", ())], mistakes);
    }
    let mut actions = Vec::new();
    for action in rule.required("actions", mistakes)?.as_list("`actions`", mistakes)? {
        let name = action.as_text("an action", mistakes)?;
        if !is_action(name) && name != "*" || name == "*" && !allows {
            action.is_wrong("an action is one tool, or `*` for all", "write the names of the tools", mistakes);
        }
        actions.push(name.to_owned());
    }
    let mut wanted = Vec::new();
    if let Some(condition) = rule.optional("condition") {
        let matching = condition.as_object("`condition`", &["match"], mistakes)?.required("match", mistakes)?;
        let expr = matching.as_object("`match`", &["expr"], mistakes)?.required("expr", mistakes)?;
        let text = expr.as_text("`expr`", mistakes)?;
        match read::tree(text).ok().and_then(|tree| terms(&tree, conditions)) {
            Some(terms) if allows => wanted = terms,
            _ => unknown_form(expr, mistakes),
        }
    }
    if let Some(output) = rule.optional("output") {
        output.as_object("`output`", &["when"], mistakes);
    }
    Some((allows, actions, wanted))
}

/// The conditions of `V.args && V.c1 && !V.c2`.
fn terms(tree: &Tree, conditions: &BTreeMap<String, Arc<Condition>>) -> Option<Vec<Arc<Condition>>> {
    let Kind::And(parts) = &tree.kind else { return None };
    let (first, rest) = parts.split_first()?;
    if variable_of(first)? != "args" {
        return None;
    }
    let term = |part: &Tree| match &part.kind {
        Kind::Not(inner) => {
            let condition = conditions.get(variable_of(inner)?)?;
            Some(Arc::new((**condition).clone().negated()))
        }
        _ => conditions.get(variable_of(part)?).cloned(),
    };
    rest.iter().map(term).collect()
}

fn variable_of(tree: &Tree) -> Option<&str> {
    let Kind::Member(outer, name) = &tree.kind else { return None };
    matches!(&outer.kind, Kind::Name(name) if name == "V").then_some(name)
}
