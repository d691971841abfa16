//! Reads configurations as the gateway does.

use std::sync::Arc;

use super::{CALLS, OTHERS, expression, is_host, is_target};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::codes;
use crate::emit::cel::{read, unknown_form};
use crate::emit::decision_list::{Allowance, ListDecider, Tools, lists};
use crate::emit::expression::{Kind, Tree};
use crate::emit::target::ReadDocument;
use crate::located::{self, Format, Mistakes, Node};
use crate::predicate::{Comparison, Condition};
use crate::source::FileId;

/// What the gateway answers to a call that it denies, but for the name of the tool.
const DENIED: &str = "Unknown tool";

pub(super) fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Yaml);
    let read =
        located::yaml(text, located::core::plain, &mut mistakes).and_then(|root| configuration(&root, &mut mistakes));
    let allowances = mistakes.into_result(read)?;
    Ok(Box::new(ListDecider::new(lists(&allowances, DENIED), NumberDomain::Double)))
}

fn configuration(root: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<Allowance>> {
    let root = root.as_object("the document", &["gateways", "mcp"], mistakes)?;
    let gateways = root.required("gateways", mistakes)?.as_object("`gateways`", &["default"], mistakes)?;
    let gateway = gateways.required("default", mistakes)?.as_object("a gateway", &["port"], mistakes)?;
    port(gateway.required("port", mistakes)?, mistakes);
    let mcp = root.required("mcp", mistakes)?.as_object("`mcp`", &["targets", "policies"], mistakes)?;
    let server = target(mcp.required("targets", mistakes)?, mistakes)?;
    let policies = mcp.required("policies", mistakes)?.as_object("`policies`", &["mcpAuthorization"], mistakes)?;
    let authorization = policies.required("mcpAuthorization", mistakes)?;
    let authorization = authorization.as_object("`mcpAuthorization`", &["rules"], mistakes)?;
    let rules = authorization.required("rules", mistakes)?;
    let items = rules.as_list("`rules`", mistakes)?;
    if items.is_empty() {
        rules.is_wrong("without rules everything is allowed", format!("write `{OTHERS}`"), mistakes);
    }
    Some(items.iter().filter_map(|item| rule(item, &server, mistakes)).collect())
}

fn port(node: &Node<'_>, mistakes: &mut Mistakes) {
    let is_port = matches!(&node.content, located::Content::Number(number) if number.to_i64().is_some_and(|port| (1..=65535).contains(&port)));
    if !is_port {
        node.is_wrong("a port is a whole number from 1 to 65535", "write such a number", mistakes);
    }
}

/// The name of the only target.
fn target(list: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let [only] = list.as_list("`targets`", mistakes)? else {
        list.is_wrong("a configuration of policyc has one target", "write a configuration for each", mistakes);
        return None;
    };
    let target = only.as_object("a target", &["name", "mcp"], mistakes)?;
    let address = target.required("mcp", mistakes)?.as_object("`mcp`", &["host"], mistakes)?;
    let host = address.required("host", mistakes)?;
    if host.as_text("`host`", mistakes).is_some_and(|host| !is_host(host)) {
        host.is_wrong("this is no address", "write the address of the server", mistakes);
    }
    let node = target.required("name", mistakes)?;
    let name = node.as_text("`name`", mistakes)?;
    if !is_target(name) {
        let help = "write only ASCII letters, digits and hyphens";
        node.is_wrong("this is no name of a target that policyc writes", help, mistakes);
    }
    Some(name.to_owned())
}

/// What a rule lets pass; nothing where it is about no tools.
fn rule(item: &Node<'_>, server: &str, mistakes: &mut Mistakes) -> Option<Allowance> {
    if matches!(item.content, located::Content::Mapping(_)) {
        let message = "this is a denial or a demand, which policyc does not write";
        let help = "write a rule that allows: where its expression is an error nothing passes";
        item.is_wrong(message, help, mistakes);
        return None;
    }
    let text = item.as_text("a rule", mistakes)?;
    if text == OTHERS {
        return None;
    }
    let allowance = read::tree(text).ok().and_then(|tree| allowance(&tree, server));
    if allowance.is_none() {
        unknown_form(item, mistakes);
    }
    allowance
}

fn allowance(tree: &Tree, server: &str) -> Option<Allowance> {
    let parts = match &tree.kind {
        Kind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(tree),
    };
    let (first, mut rest) = parts.split_first()?;
    let Kind::Compare(Comparison::Equal, left, right) = &first.kind else { return None };
    let is_server =
        left.keys()? == ["mcp", "tool", "target"] && matches!(&right.kind, Kind::Text(name) if name == server);
    if !is_server {
        return None;
    }
    let mut tools = Tools::AllBut(Vec::new());
    if let Some((part, after)) = rest.split_first()
        && let Some(named) = named(part)
    {
        tools = named;
        rest = after;
    }
    let wanted = match rest {
        [] => Vec::new(),
        [only] => wanted(only)?,
        _ => return None,
    };
    Some(Allowance { tools, wanted: wanted.into_iter().map(Arc::new).collect() })
}

/// The tools of `mcp.tool.name in [..]`, or of its opposite.
fn named(tree: &Tree) -> Option<Tools> {
    let (tree, is_negated) = match &tree.kind {
        Kind::Not(inner) => (&**inner, true),
        _ => (tree, false),
    };
    let Kind::In(name, list) = &tree.kind else { return None };
    let Kind::List(items) = &list.kind else { return None };
    if name.keys()? != ["mcp", "tool", "name"] || items.is_empty() {
        return None;
    }
    let names = items.iter().map(|item| match &item.kind {
        Kind::Text(name) => Some(name.clone()),
        _ => None,
    });
    let names = names.collect::<Option<Vec<String>>>()?;
    Some(if is_negated { Tools::AllBut(names) } else { Tools::Named(names) })
}

/// The conditions of what is left of a rule.
fn wanted(tree: &Tree) -> Option<Vec<Condition>> {
    let passing = match &tree.kind {
        Kind::Call(_, arguments) => arguments.get(1)?,
        _ => tree,
    };
    let parts = CALLS.read(passing)?;
    let again = read::tree(&expression(&parts.iter().collect::<Vec<_>>())).ok()?;
    again.is_like(tree).then(|| parts.into_iter().map(|part| part.condition).collect())
}
