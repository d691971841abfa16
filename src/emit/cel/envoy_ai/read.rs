//! Reads routes as the gateway does.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::write::{API, BACKENDS, PARENTS};
use super::{CALLS, LONGEST, MOST_RULES, MOST_TOOLS, asks_caller, is_object, is_scope};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::codes;
use crate::emit::cel::passing::finds;
use crate::emit::cel::{read, unknown_form};
use crate::emit::decision_list::{Allowance, ListDecider, Tools, lists};
use crate::emit::target::ReadDocument;
use crate::located::{self, Format, Mistakes, Node};
use crate::predicate::{Condition, PathRoot};
use crate::source::FileId;

/// What the gateway answers to a call that it denies.
const DENIED: &str = "access denied";

pub(super) fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Yaml);
    let read = located::yaml(text, located::core::plain, &mut mistakes).and_then(|root| route(&root, &mut mistakes));
    let allowances = mistakes.into_result(read)?;
    Ok(Box::new(ListDecider::new(lists(&allowances, DENIED), NumberDomain::Double)))
}

fn route(root: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<Allowance>> {
    let root = root.as_object("the document", &["apiVersion", "kind", "metadata", "spec"], mistakes)?;
    root.required("apiVersion", mistakes)?.as_word("`apiVersion`", &[(API, ())], mistakes);
    root.required("kind", mistakes)?.as_word("`kind`", &[("MCPRoute", ())], mistakes);
    let metadata = root.required("metadata", mistakes)?.as_object("`metadata`", &["name", "namespace"], mistakes)?;
    object_name(metadata.required("name", mistakes)?, mistakes);
    if let Some(namespace) = metadata.optional("namespace") {
        object_name(namespace, mistakes);
    }
    let known = ["parentRefs", "backendRefs", "securityPolicy"];
    let spec = root.required("spec", mistakes)?.as_object("`spec`", &known, mistakes)?;
    reference(spec.required("parentRefs", mistakes)?, "Gateway", PARENTS, mistakes)?;
    let backend = reference(spec.required("backendRefs", mistakes)?, "Backend", BACKENDS, mistakes)?;
    // Without the part below, everything is allowed.
    let security = spec.required("securityPolicy", mistakes)?;
    let security = security.as_object("`securityPolicy`", &["oauth", "authorization"], mistakes)?;
    let is_verified = security.optional("oauth").is_some_and(|oauth| issuer(oauth, mistakes).is_some());
    let authorization = security.required("authorization", mistakes)?;
    let authorization = authorization.as_object("`authorization`", &["defaultAction", "rules"], mistakes)?;
    let allows = action(authorization.required("defaultAction", mistakes)?, "`defaultAction`", mistakes)?;
    let rules = authorization.required("rules", mistakes)?;
    let items = rules.as_list("`rules`", mistakes)?;
    if items.len() > MOST_RULES {
        let message = format!("these are {} rules, and a route has at most {MOST_RULES}", items.len());
        rules.is_wrong(message, "write fewer rules", mistakes);
    }
    let mut first = FirstMatch::default();
    for item in items {
        if let Some(rule) = rule(item, &backend, is_verified, mistakes) {
            first.add(rule);
        }
    }
    first.add(Rule { allows, tools: Vec::new(), when: Vec::new() });
    Some(first.allowances)
}

fn object_name(node: &Node<'_>, mistakes: &mut Mistakes) {
    if node.as_text("the name of an object", mistakes).is_some_and(|name| !is_object(name)) {
        let help = "write small letters, digits, `-` and `.`";
        node.is_wrong("this is no name of an object of Kubernetes", help, mistakes);
    }
}

/// The name of the only object that is referred to.
fn reference(list: &Node<'_>, kind: &str, group: &str, mistakes: &mut Mistakes) -> Option<String> {
    let [only] = list.as_list("references", mistakes)? else {
        list.is_wrong(format!("a route of policyc has one {kind}"), "write a route for each", mistakes);
        return None;
    };
    let object = only.as_object("a reference", &["name", "kind", "group"], mistakes)?;
    object.required("kind", mistakes)?.as_word("`kind`", &[(kind, ())], mistakes);
    object.required("group", mistakes)?.as_word("`group`", &[(group, ())], mistakes);
    let name = object.required("name", mistakes)?;
    object_name(name, mistakes);
    name.as_text("`name`", mistakes).map(str::to_owned)
}

fn issuer(oauth: &Node<'_>, mistakes: &mut Mistakes) -> Option<()> {
    let oauth = oauth.as_object("`oauth`", &["issuer", "audiences", "protectedResourceMetadata"], mistakes)?;
    oauth.required("issuer", mistakes)?.as_text("`issuer`", mistakes)?;
    let audiences = oauth.required("audiences", mistakes)?;
    if audiences.as_list("`audiences`", mistakes)?.is_empty() {
        audiences.is_wrong("tokens for any other server would be taken", "write what tokens must be for", mistakes);
    }
    for audience in audiences.as_list("`audiences`", mistakes)? {
        audience.as_text("an audience", mistakes)?;
    }
    let metadata = oauth.required("protectedResourceMetadata", mistakes)?;
    let metadata = metadata.as_object("`protectedResourceMetadata`", &["resource"], mistakes)?;
    metadata.required("resource", mistakes)?.as_text("`resource`", mistakes)?;
    Some(())
}

fn action(node: &Node<'_>, what: &str, mistakes: &mut Mistakes) -> Option<bool> {
    node.as_word(what, &[("Allow", true), ("Deny", false)], mistakes)
}

/// A rule, which matches calls of its tools, of all if it names none, for which all conditions hold.
struct Rule {
    allows: bool,
    tools: Vec<String>,
    when: Vec<Arc<Condition>>,
}

fn rule(item: &Node<'_>, backend: &str, is_verified: bool, mistakes: &mut Mistakes) -> Option<Rule> {
    let rule = item.as_object("a rule", &["action", "target", "cel"], mistakes)?;
    // What is left out would allow.
    let allows = action(rule.required("action", mistakes)?, "`action`", mistakes)?;
    let tools = match rule.optional("target") {
        Some(target) => {
            tools(target.as_object("`target`", &["tools"], mistakes)?.required("tools", mistakes)?, backend, mistakes)?
        }
        None => Vec::new(),
    };
    let Some(cel) = rule.optional("cel") else { return Some(Rule { allows, tools, when: Vec::new() }) };
    let text = cel.as_text("`cel`", mistakes)?;
    if text.chars().count() > LONGEST {
        cel.is_wrong(format!("this is longer than {LONGEST} characters"), "write a shorter expression", mistakes);
        return None;
    }
    if !allows {
        let help = "allow calls where it is true, and deny the tool in the next rule";
        cel.is_wrong("an expression that is an error would let the call pass this denial", help, mistakes);
        return None;
    }
    let Some(parts) = read::tree(text).ok().and_then(|tree| CALLS.read(&tree)) else {
        unknown_form(cel, mistakes);
        return None;
    };
    let when: Vec<Condition> = parts.into_iter().map(|part| part.condition).collect();
    if !is_verified && when.iter().any(asks_caller) {
        let help = "write `oauth` with the issuer of tokens";
        cel.is_wrong("nobody verifies the token that these claims are from", help, mistakes);
    }
    if when.iter().any(|when| finds(when, &|atom| atom.path.root == PathRoot::Caller && is_scope(&atom.path.steps))) {
        let help = "ask for another claim";
        cel.is_wrong("the gateway takes the claims `scope` and `scp` out before", help, mistakes);
    }
    Some(Rule { allows, tools, when: when.into_iter().map(Arc::new).collect() })
}

fn tools(list: &Node<'_>, backend: &str, mistakes: &mut Mistakes) -> Option<Vec<String>> {
    let items = list.as_list("`tools`", mistakes)?;
    // A list without tools would match all.
    if !(1..=MOST_TOOLS).contains(&items.len()) {
        let message = format!("a rule names 1 to {MOST_TOOLS} tools, or has no `target`");
        list.is_wrong(message, "split the rule", mistakes);
        return None;
    }
    let mut names = Vec::new();
    for item in items {
        let tool = item.as_object("a tool", &["backend", "tool"], mistakes)?;
        tool.required("backend", mistakes)?.as_word("`backend`", &[(backend, ())], mistakes);
        names.push(tool.required("tool", mistakes)?.as_text("`tool`", mistakes)?.to_owned());
    }
    Some(names)
}

/// Rules of which the first that matches decides, as allowances.
#[derive(Default)]
struct FirstMatch {
    allowances: Vec<Allowance>,
    /// Tools of which all calls are decided.
    decided: BTreeSet<String>,
    /// Whether all calls of all tools are.
    is_over: bool,
}

impl FirstMatch {
    /// Adds the next rule. A denial has no conditions.
    fn add(&mut self, rule: Rule) {
        let Rule { allows, tools, when } = rule;
        if self.is_over {
            return;
        }
        let is_last = when.is_empty();
        let about_all = tools.is_empty();
        let open: Vec<String> = tools.into_iter().filter(|name| !self.decided.contains(name)).collect();
        if is_last {
            self.is_over = about_all;
            self.decided.extend(open.iter().cloned());
        }
        if allows {
            let tools =
                if about_all { Tools::AllBut(self.decided.iter().cloned().collect()) } else { Tools::Named(open) };
            self.allowances.push(Allowance { tools, wanted: when });
        }
    }
}
