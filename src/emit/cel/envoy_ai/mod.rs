//! Envoy AI Gateway: an `MCPRoute`, an object of Kubernetes with rules of which the first that matches decides.
//!
//! An expression that is an error matches nothing, so a rule that denies never has one: a rule allows tools where
//! an expression is true, and where all other tools are open, the next one denies the same tools. What the rules can
//! hold has bounds, and what exceeds them is refused. Written from the types of the object (`api/v1beta1/mcp_route.go`)
//! and from the part that decides (`internal/mcpproxy/authorization.go`).

mod read;
mod write;

use super::passing::{ARGUMENTS, Calls, Part, finds};
use super::{Engine, Host};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::decision_list::{Group, build, groups};
use crate::emit::options::TargetOption;
use crate::emit::refusal::Refusal;
use crate::emit::target::{Counting, Draft, Request, Target};
use crate::predicate::{Condition, PathRoot, Step};
use write::{Issuer, Route, Rule};

/// How the gateway shows calls to rules. While it lists tools there are no parameters; a call has always some.
static CALLS: Calls = Calls {
    host: Host { args: ARGUMENTS, caller: "request.auth.jwt.claims", engine: Engine::Go },
    listing: "request.mcp.params == null",
    arguments: "request.mcp.params.arguments",
    always: "request.mcp.method == \"tools/call\"",
};
/// Claims that the gateway takes out before rules see them.
const SCOPES: [&str; 2] = ["scope", "scp"];
/// The most rules of a route.
const MOST_RULES: usize = 32;
/// The most tools of a rule.
const MOST_TOOLS: usize = 16;
/// The most characters of an expression.
const LONGEST: usize = 4096;

/// The target.
pub(in crate::emit) static TARGET: Target = Target {
    name: "envoy-ai-gateway",
    title: "Envoy AI Gateway (MCPRoute)",
    document: "the MCPRoute",
    extension: "yaml",
    is_json: false,
    main_file: None,
    page: include_str!("../../../../docs/targets/envoy-ai-gateway.md"),
    counting: Counting::NONE,
    // The gateway reads numbers as doubles, and passes on what it has read.
    numbers: NumberDomain::Double,
    asks: false,
    knows_caller: true,
    options: &[
        TargetOption::SERVER,
        TargetOption::ALIAS,
        TargetOption::PARENT,
        TargetOption::NAMESPACE,
        TargetOption::ISSUER,
        TargetOption::RESOURCE,
    ],
    look_alikes: |_| Vec::new(),
    recognises: |text| text.lines().any(|line| line.trim_end() == "kind: MCPRoute"),
    build: build_document,
    parse: read::parse,
};

fn build_document(request: &Request<'_>) -> Draft {
    let built = build(request.policy, request.server);
    let limit = "a rule of the gateway counts nothing, and limits of a route do not tell tools apart";
    let mut diagnostics: Vec<Diagnostic> =
        built.limits.iter().map(|rule| Refusal::of_limit(limit).of_rule(rule, TARGET.document)).collect();
    let mut groups = groups(&built.lists, |denied| {
        if finds(denied, &|atom| atom.path.root == PathRoot::Caller && is_scope(&atom.path.steps)) {
            let reason = "the gateway takes the claims `scope` and `scp` out before its rules see them";
            return Err(Refusal::new(reason, "ask for another claim that the issuer gives with the scope"));
        }
        CALLS.part(denied)
    });
    diagnostics.extend(groups.refusals(request.policy, TARGET.document));
    let (parents, found) = names(request);
    diagnostics.extend(found);
    let asks_caller =
        groups.groups.iter().flat_map(|group| &group.wanted).any(|wanted| asks_caller(&wanted.part.condition));
    let issuer = issuer(request, asks_caller).unwrap_or_else(|found| {
        diagnostics.push(*found);
        None
    });
    let mut rules = Vec::new();
    let others = groups.groups.iter().find(|group| group.others);
    for group in groups.groups.iter().filter(|group| !group.others) {
        let expression = expression(group);
        if expression.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
            diagnostics.push(too_long(request, group));
        }
        for tools in group.names.chunks(MOST_TOOLS) {
            rules.push(Rule { allows: true, tools: tools.to_vec(), expression: expression.clone() });
        }
    }
    if let Some(others) = others {
        // What opens all tools must not open these.
        let is_apart = |name: &&String| !others.names.contains(name) && !passes_always(&groups.groups, name);
        let apart: Vec<String> = built.lists.tools.keys().filter(is_apart).cloned().collect();
        for tools in apart.chunks(MOST_TOOLS) {
            rules.push(Rule { allows: false, tools: tools.to_vec(), expression: None });
        }
        if let Some(text) = expression(others) {
            if text.chars().count() > LONGEST {
                diagnostics.push(too_long(request, others));
            }
            rules.push(Rule { allows: true, tools: Vec::new(), expression: Some(text) });
        }
    }
    if let Some(rule) = rules.get(MOST_RULES) {
        let reason = format!(
            "it would be {} rules, and a route has at most {MOST_RULES}, each of {MOST_TOOLS} tools",
            rules.len()
        );
        let help = "give tools the same conditions, so that they share a rule, or give each server a policy of its own";
        let refusal = Refusal::new(reason, help);
        diagnostics.push(request.refuse_tool(refusal, rule.tools.first().map_or("", String::as_str), TARGET.document));
    }
    let route = Route {
        policy: &request.policy.name,
        left: request.left_words(),
        server: request.server_name().unwrap_or_default(),
        parent: parents.parent,
        namespace: parents.namespace,
        issuer,
        allows: others.is_some_and(|others| others.wanted.is_empty()),
        rules: &rules,
    };
    Draft { text: route.text(), beside: Vec::new(), diagnostics, origins: groups.origins(), stricter: Vec::new() }
}

/// What must hold of the calls of a group; `None` if all pass.
fn expression(group: &Group<Part>) -> Option<String> {
    let parts: Vec<&Part> = group.wanted.iter().map(|wanted| &*wanted.part).collect();
    (!parts.is_empty()).then(|| CALLS.passing(&parts))
}

/// Whether all calls of a tool pass by a rule of its own.
fn passes_always(groups: &[Group<Part>], name: &String) -> bool {
    groups.iter().any(|group| group.wanted.is_empty() && group.names.contains(name))
}

fn asks_caller(condition: &Condition) -> bool {
    finds(condition, &|atom| atom.path.root == PathRoot::Caller)
}

/// Whether the first of some steps leads to scopes.
fn is_scope(steps: &[Step]) -> bool {
    matches!(steps.first(), Some(Step::Key(key)) if SCOPES.contains(&key.as_str()))
}

fn too_long(request: &Request<'_>, group: &Group<Part>) -> Diagnostic {
    let reason = format!("with what else must hold of these calls it is longer than {LONGEST} characters of CEL");
    let refusal = Refusal::new(reason, "write fewer or shorter conditions");
    let rule = group.wanted.iter().rev().flat_map(|wanted| &wanted.from).next();
    match rule.and_then(|rule| request.policy.rules.get(*rule)) {
        Some(rule) => refusal.of_condition(rule, TARGET.document),
        None => refusal.at(request.place(), "policy", TARGET.document),
    }
}

/// The objects around a route.
#[derive(Default)]
struct Around<'a> {
    parent: &'a str,
    namespace: Option<&'a str>,
}

/// The objects around a route, and what is wrong with their names.
fn names<'a>(request: &Request<'a>) -> (Around<'a>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let table = "in the table of the target in policyc.toml";
    let mut fail = |message: String, help: String| {
        found.push(Diagnostic::new(codes::NOT_EXPRESSIBLE, request.place(), message).help(help));
    };
    let mut checked = |what: &str, key: &str, name: &str| {
        if !is_object(name) {
            let message = format!("{} is no name of {what} in Kubernetes", quote(name));
            fail(message, format!("write the name that it has there as `{key} = \"NAME\"` {table}"));
        }
    };
    let (server, parent) = (request.server_name(), request.settings.get(&TargetOption::PARENT));
    let namespace = request.settings.get(&TargetOption::NAMESPACE);
    if let Some(server) = server {
        checked("a backend", "alias", server);
    }
    if let Some(parent) = parent {
        checked("a Gateway", "parent", parent);
    }
    if let Some(namespace) = namespace {
        checked("a namespace", "namespace", namespace);
    }
    if server.is_none() {
        let message = format!(
            "{} cannot be written without the name of the backend, and the policy declares no server",
            TARGET.document
        );
        let help = format!(
            "declare the server (`server NAME from \"catalogue.json\";`), or write the name of its backend as `alias = \"NAME\"` {table}"
        );
        fail(message, help);
    }
    if parent.is_none() {
        let message = format!("{} cannot be written without the name of the Gateway that serves it", TARGET.document);
        fail(message, format!("write it as `parent = \"NAME\"` {table}"));
    }
    (Around { parent: parent.unwrap_or_default(), namespace }, found)
}

/// Whether a text can be the name of an object of Kubernetes.
fn is_object(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(|byte| is_letter(*byte))
            && bytes.last().is_some_and(|byte| is_letter(*byte))
            && bytes.iter().all(|byte| is_letter(*byte) || *byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Who issues the tokens of callers, if that is said. Without it the gateway takes claims from a token that nobody has verified.
fn issuer<'a>(request: &Request<'a>, is_needed: bool) -> Result<Option<Issuer<'a>>, Box<Diagnostic>> {
    let (issuer, resource) =
        (request.settings.get(&TargetOption::ISSUER), request.settings.get(&TargetOption::RESOURCE));
    match (issuer, resource) {
        (Some(issuer), Some(resource)) => Ok(Some(Issuer { issuer, resource })),
        (None, None) if !is_needed => Ok(None),
        _ => {
            let message = if is_needed {
                format!("{} cannot ask about the caller without an issuer: anyone could write a token", TARGET.document)
            } else {
                format!("{} needs the issuer of tokens and the resource that they are for, or neither", TARGET.document)
            };
            let help = "write `issuer = \"https://..\"` and `resource = \"https://..\"`, the address of the route, in the table of the target in policyc.toml";
            Err(Box::new(Diagnostic::new(codes::NOT_EXPRESSIBLE, request.place(), message).help(help)))
        }
    }
}
