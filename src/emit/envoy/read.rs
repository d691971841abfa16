//! Reads the filters of the form that is written here, and decides what they let pass.

use serde_json::Value as Json;

use super::expression;
use super::permission::{Filter, Permission, Place, Text, Value};
use super::write::{ANY, CALL, FILTERS, JWT, MCP, PROTOCOL, RolePolicy, parser, protocol};
use crate::diagnostics::{codes, quote};
use crate::emit::decision_list::{Bucket, Tools};
use crate::located::{Content, Format, Mistakes, Node, Object};
use crate::pattern::{Like, Regex};
use crate::source::FileId;

/// What a document says.
pub(super) struct Read {
    /// What passes.
    pub(super) policies: Vec<RolePolicy>,
    /// What passing calls take from.
    pub(super) buckets: Vec<Bucket>,
}

/// Reads a document.
pub(super) fn document(root: &Node<'_>, mistakes: &mut Mistakes) -> Option<Read> {
    let root = root.as_object("the document", &[FILTERS], mistakes)?;
    let filters = root.required(FILTERS, mistakes)?;
    let items = filters.as_list("`http_filters`", mistakes)?;
    let [mcp, access, limiters @ ..] = items else {
        let help = "give the filter for MCP, the filter for access control, and then only those for limits";
        filters.is_wrong("there must be two filters or more", help, mistakes);
        return None;
    };
    if !is_same(mcp, &parser()) {
        let help = "write it as policyc does: in another mode calls pass that the next filter cannot see";
        mcp.is_wrong("the first filter is not the one for MCP as it must be", help, mistakes);
    }
    let access = access.as_object("the filter for access control", &["name", "typed_config"], mistakes)?;
    word(&access, "name", "envoy.filters.http.rbac", mistakes);
    let config = access.required("typed_config", mistakes)?;
    let config = config.as_object("the configuration", &["@type", "rules"], mistakes)?;
    word(&config, "@type", "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", mistakes);
    let rules = config.required("rules", mistakes)?.as_object("`rules`", &["action", "policies"], mistakes)?;
    // A list of denials lets pass what it has no test for.
    word(&rules, "action", "ALLOW", mistakes);
    let mut policies = Vec::new();
    for entry in rules.required("policies", mistakes)?.as_entries("`policies`", mistakes)? {
        if entry.key.name == PROTOCOL {
            if !is_same(&entry.value, &protocol()) {
                let help = "write it as policyc does: other methods may call tools";
                entry.value.is_wrong("the policy `protocol` is not as it must be", help, mistakes);
            }
            continue;
        }
        policies.extend(policy(&entry.key.name, &entry.value, mistakes));
    }
    let mut buckets = Vec::new();
    for (rank, node) in limiters.iter().enumerate() {
        match limiter(rank, node) {
            Some(found) => buckets.extend(found),
            None => {
                let help = "write it as policyc does: otherwise it may let more calls pass";
                node.is_wrong("this is not a filter for limits as it must be", help, mistakes);
            }
        }
    }
    Some(Read { policies, buckets })
}

/// The buckets of a filter for limits; `None` if it is another filter, or not as it is written here.
fn limiter(rank: usize, node: &Node<'_>) -> Option<Vec<Bucket>> {
    let config = node.member("typed_config")?;
    let Content::List(descriptors) = &config.member("descriptors")?.content else { return None };
    let buckets: Option<Vec<Bucket>> = descriptors
        .iter()
        .map(|descriptor| {
            let Content::List(entries) = &descriptor.member("entries")?.content else { return None };
            let Content::Text(tool) = &entries.last()?.member("value")?.content else { return None };
            let bucket = descriptor.member("token_bucket")?;
            let count = |key: &str| match &bucket.member(key)?.content {
                Content::Number(number) => number.text().parse().ok().filter(|count: &u64| *count > 0),
                _ => None,
            };
            let Content::Text(interval) = &bucket.member("fill_interval")?.content else { return None };
            let interval = interval.strip_suffix('s')?.parse().ok().filter(|seconds: &u64| *seconds > 0)?;
            Some(Bucket::new(tool.to_string(), count("max_tokens")?, count("tokens_per_fill")?, interval))
        })
        .collect();
    // Written again it says whether anything else is in it. Envoy refuses two buckets for a tool.
    buckets.filter(|buckets| {
        let tools: std::collections::BTreeSet<&String> = buckets.iter().map(|bucket| &bucket.tool).collect();
        tools.len() == buckets.len() && is_same(node, &super::write::limiter(rank, buckets))
    })
}

/// Whether a value is equal to another.
fn is_same(node: &Node<'_>, wanted: &Json) -> bool {
    match (&node.content, wanted) {
        (Content::Null, Json::Null) => true,
        (Content::Bool(found), Json::Bool(wanted)) => found == wanted,
        (Content::Number(found), Json::Number(wanted)) => found.text() == wanted.to_string(),
        (Content::Text(found), Json::String(wanted)) => found == wanted,
        (Content::List(found), Json::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(found, wanted)| is_same(found, wanted))
        }
        (Content::Mapping(found), Json::Object(wanted)) => {
            found.len() == wanted.len()
                && found
                    .iter()
                    .all(|entry| wanted.get(&*entry.key.name).is_some_and(|wanted| is_same(&entry.value, wanted)))
        }
        _ => false,
    }
}

/// A key that has one value.
fn word(object: &Object<'_>, key: &str, wanted: &str, mistakes: &mut Mistakes) {
    if let Some(value) = object.required(key, mistakes) {
        value.as_word(&quote(key), &[(wanted, ())], mistakes);
    }
}

fn policy(name: &str, node: &Node<'_>, mistakes: &mut Mistakes) -> Option<RolePolicy> {
    let object = node.as_object("a policy", &["permissions", "principals"], mistakes)?;
    if let Some(principals) = object.required("principals", mistakes)
        && !is_same(principals, &serde_json::json!([{"any": true}]))
    {
        principals.is_wrong("a policy is about every caller", "write `[{\"any\": true}]`", mistakes);
    }
    let permissions = object.required("permissions", mistakes)?;
    let [only] = permissions.as_list("`permissions`", mistakes)? else {
        permissions.is_wrong("a policy has one permission", "write several as a policy each", mistakes);
        return None;
    };
    let rules = only.as_object("a permission", &["and_rules"], mistakes)?;
    let rules = rules.required("and_rules", mistakes)?;
    let mut rules = list(rules, mistakes)?.iter();
    let has = |place: Place, permission: Option<Permission>| match permission {
        Some(Permission::Has(found, value)) if found == place => Some(value),
        _ => None,
    };
    let method = rules.next().and_then(|rule| permission(rule, mistakes));
    if has(Place::method(), method) != Some(Value::Text(Text::Exact(CALL.to_owned()))) {
        let help = "begin with the test that the method is `tools/call`";
        only.is_wrong("the policy is not about calls of tools", help, mistakes);
        return None;
    }
    let tools = match has(Place::tool(), rules.next().and_then(|rule| permission(rule, mistakes))) {
        Some(Value::Text(Text::Any)) => {
            let mut rest = rules.clone();
            // What is wrong with it is said when it is read as a rule like others.
            let mut unsaid = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Json);
            let but = match rest.next().and_then(|rule| permission(rule, &mut unsaid)) {
                Some(Permission::Not(inner)) => has(Place::tool(), Some(*inner)).and_then(names),
                _ => None,
            };
            if but.is_some() {
                rules = rest;
            }
            Some(Tools::AllBut(but.unwrap_or_default()))
        }
        Some(value) => names(value).map(Tools::Named),
        None => None,
    };
    let Some(tools) = tools else {
        let help = "test the name of the tool next, for being one of some names or any but some";
        only.is_wrong("the policy does not say which tools it is about", help, mistakes);
        return None;
    };
    let permissions: Option<Vec<Permission>> = rules
        .map(|rule| {
            let found = permission(rule, mistakes)?;
            if !found.is_of_values() {
                let help = "test arguments of the call or claims of the caller, which are below `jwt_payload`";
                rule.is_wrong("the test is about no argument and no claim", help, mistakes);
            }
            Some(found)
        })
        .collect();
    Some(RolePolicy { name: name.to_owned(), tools, permissions: permissions? })
}

/// The names that a value is one of.
fn names(value: Value) -> Option<Vec<String>> {
    let values = match value {
        Value::OneOf(values) => values,
        value => vec![value],
    };
    let names = values.into_iter().map(|value| match value {
        Value::Text(Text::Exact(name)) => Some(name),
        _ => None,
    });
    names.collect()
}

/// The rules of a list, of which there must be one.
fn list<'a>(node: &'a Node<'a>, mistakes: &mut Mistakes) -> Option<&'a [Node<'a>]> {
    let object = node.as_object("a list of rules", &["rules"], mistakes)?;
    let rules = object.required("rules", mistakes)?;
    let items = rules.as_list("`rules`", mistakes)?;
    if items.is_empty() {
        rules.is_wrong("there is no rule", "write at least one", mistakes);
        return None;
    }
    Some(items)
}

/// The only member of an object, with its key.
fn only<'a>(
    node: &'a Node<'a>,
    what: &str,
    known: &[&str],
    mistakes: &mut Mistakes,
) -> Option<(&'a str, &'a Node<'a>)> {
    node.as_object(what, known, mistakes)?;
    let [entry] = node.as_entries(what, mistakes)? else {
        node.is_wrong(format!("{what} has one key"), format!("write one of {}", known.join(", ")), mistakes);
        return None;
    };
    Some((&entry.key.name, &entry.value))
}

fn permission(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Permission> {
    let known = ["any", "and_rules", "or_rules", "not_rule", "sourced_metadata"];
    let (key, value) = only(node, "a permission", &known, mistakes)?;
    let mut all =
        |node| list(node, mistakes)?.iter().map(|rule| permission(rule, mistakes)).collect::<Option<Vec<_>>>();
    match key {
        "and_rules" => Some(Permission::All(all(value)?)),
        "or_rules" => Some(Permission::OneOf(all(value)?)),
        "not_rule" => Some(Permission::Not(Box::new(permission(value, mistakes)?))),
        "any" => {
            if value.as_bool("`any`", mistakes)? {
                return Some(Permission::Any);
            }
            value.is_wrong("`any` must be true", "write `true`", mistakes);
            None
        }
        "sourced_metadata" => metadata(value, mistakes),
        // Reported as unknown.
        _ => None,
    }
}

fn metadata(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Permission> {
    let object = node.as_object("`sourced_metadata`", &["metadata_matcher"], mistakes)?;
    let matcher = object.required("metadata_matcher", mistakes)?;
    let matcher = matcher.as_object("a matcher", &["filter", "path", "value"], mistakes)?;
    let filter = matcher.required("filter", mistakes)?;
    let filter = filter.as_word("`filter`", &[(MCP, Filter::Mcp), (JWT, Filter::Jwt)], mistakes)?;
    let path = matcher.required("path", mistakes)?;
    let mut keys = Vec::new();
    for step in path.as_list("`path`", mistakes)? {
        let key = step.as_object("a step", &["key"], mistakes)?.required("key", mistakes)?;
        keys.push(key.as_text("`key`", mistakes)?.to_owned());
    }
    let value = value(matcher.required("value", mistakes)?, mistakes)?;
    Some(Permission::Has(Place { filter, keys }, value))
}

fn value(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Value> {
    let known = ["present_match", "null_match", "bool_match", "double_match", "string_match", "list_match", "or_match"];
    let (key, inner) = only(node, "a value", &known, mistakes)?;
    match key {
        "present_match" => {
            if inner.as_bool("`present_match`", mistakes)? {
                return Some(Value::Present);
            }
            inner.is_wrong("`present_match` must be true", "write `true`, and `not_rule` around it", mistakes);
            None
        }
        "null_match" => {
            inner.as_object("`null_match`", &[], mistakes)?;
            Some(Value::Null)
        }
        "bool_match" => Some(Value::Bool(inner.as_bool("`bool_match`", mistakes)?)),
        "double_match" => {
            let (key, inner) = only(inner, "`double_match`", &["exact", "range"], mistakes)?;
            if key == "exact" {
                return Some(Value::Number(number(inner, mistakes)?));
            }
            let range = inner.as_object("`range`", &["start", "end"], mistakes)?;
            let mut end = |key| number(range.required(key, mistakes)?, mistakes);
            Some(Value::Range(end("start")?, end("end")?))
        }
        "string_match" => Some(Value::Text(text(inner, mistakes)?)),
        "list_match" => {
            let (_, inner) = only(inner, "`list_match`", &["one_of"], mistakes)?;
            let (_, inner) = only(inner, "an element", &["string_match"], mistakes)?;
            Some(Value::Element(text(inner, mistakes)?))
        }
        "or_match" => {
            let object = inner.as_object("`or_match`", &["value_matchers"], mistakes)?;
            let values = object.required("value_matchers", mistakes)?;
            let items = values.as_list("`value_matchers`", mistakes)?;
            if items.len() < 2 {
                values.is_wrong("Envoy wants at least two values here", "write the only one by itself", mistakes);
            }
            Some(Value::OneOf(items.iter().map(|item| value(item, mistakes)).collect::<Option<_>>()?))
        }
        // Reported as unknown.
        _ => None,
    }
}

fn number(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<f64> {
    let found = match &node.content {
        Content::Number(number) => number.text().parse().ok().filter(|number: &f64| number.is_finite()),
        Content::Text(text) if text == "Infinity" => Some(f64::INFINITY),
        Content::Text(text) if text == "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    if found.is_none() {
        node.must_be("the bound", "a double", "write a number, `\"Infinity\"` or `\"-Infinity\"`", mistakes);
    }
    found
}

fn text(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Text> {
    let known = ["exact", "prefix", "suffix", "contains", "safe_regex"];
    let (key, inner) = only(node, "`string_match`", &known, mistakes)?;
    if key == "safe_regex" {
        let (_, inner) = only(inner, "`safe_regex`", &["regex"], mistakes)?;
        let source = inner.as_text("`regex`", mistakes)?;
        let found = of_expression(source);
        if found.is_none() {
            let help = "write an expression of the language that means the same over bytes and is small";
            inner.is_wrong(format!("Envoy does not take {} as it is meant", quote(source)), help, mistakes);
        }
        return found;
    }
    let wanted = inner.as_text(&quote(key), mistakes)?.to_owned();
    if wanted.is_empty() && key != "exact" {
        inner.is_wrong("Envoy wants at least one character here", "use `safe_regex` with `(?s:.*)`", mistakes);
        return None;
    }
    Some(match key {
        "exact" => Text::Exact(wanted),
        "prefix" => Text::Prefix(wanted),
        "suffix" => Text::Suffix(wanted),
        _ => Text::Contains(wanted),
    })
}

fn of_expression(source: &str) -> Option<Text> {
    if source == ANY {
        return Some(Text::Any);
    }
    if let Some(like) = Like::from_re2(source) {
        return expression::check_like(&like).is_ok().then_some(Text::Like(like));
    }
    let regex = Regex::new(source).ok()?;
    expression::written(&regex).ok().filter(|written| written == source).map(Text::Matches)
}
