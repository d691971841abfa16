//! Where values are, and of which types they are known to be.

use super::gateway::Gateway;
use crate::diagnostics::quote;
use crate::emit::refusal::Refusal;
use crate::ir::{Policy, Tool};
use crate::predicate::{Path, PathRoot, Step};

/// What a path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// The arguments of the call.
    Arguments,
    /// The claims of the caller.
    Claims,
}

/// A type of Cedar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// `String`
    Text,
    /// `Bool`
    Bool,
    /// `Long`
    Whole,
    /// `decimal`
    Decimal,
    /// `Set`, of strings, Booleans or whole numbers where it is known of what.
    Set(Element),
}

/// What is in a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// `String`
    Text,
    /// `Bool`
    Bool,
    /// `Long`
    Whole,
    /// It is not known.
    Any,
}

/// What is known of the type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It is of this type, or the request is refused.
    Is(Type),
    /// Nothing: any test may err.
    Nothing,
    /// It is a string, a Boolean or a decimal, or is not to be seen.
    Scalar,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The expression.
    pub(super) value: String,
    /// What must hold so that it can be asked whether there is the value.
    pub(super) outside: Vec<String>,
    /// What asks whether there is the value.
    pub(super) inside: Vec<String>,
    /// What is known of it.
    pub(super) known: Known,
}

/// Words that cannot follow a dot in every version of Cedar.
const RESERVED: [&str; 9] = ["true", "false", "if", "then", "else", "in", "is", "like", "has"];

/// Whether a key can follow a dot.
pub(super) fn is_name(key: &str) -> bool {
    key.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !key.starts_with("__cedar")
        && !RESERVED.contains(&key)
}

/// A key after `has`.
pub(super) fn key(gateway: Gateway, key: &str) -> String {
    if is_name(key) { key.to_owned() } else { gateway.quoted(key) }
}

/// A value with a step to a member.
pub(super) fn member(gateway: Gateway, value: &str, key: &str) -> String {
    if is_name(key) { format!("{value}.{key}") } else { format!("{value}[{}]", gateway.quoted(key)) }
}

/// Where a path leads in the calls of a tool.
///
/// # Errors
/// The gateway does not show what is there, or it is not known of which type it is.
pub(super) fn place(gateway: Gateway, policy: &Policy, tool: Option<&Tool>, path: &Path) -> Result<Place, Refusal> {
    let mut keys = Vec::new();
    for step in &path.steps {
        match step {
            Step::Key(key) => keys.push(key.as_str()),
            Step::Index(_) => {
                return Err(Refusal::new(
                    "Cedar has sets, whose elements have no places",
                    "ask for all or some elements: `every`, `some`",
                ));
            }
        }
    }
    match path.root {
        PathRoot::Args => argument(gateway, policy, tool, &path.steps, &keys),
        PathRoot::Caller => claim(gateway, &keys),
    }
}

fn argument(
    gateway: Gateway,
    policy: &Policy,
    tool: Option<&Tool>,
    steps: &[Step],
    keys: &[&str],
) -> Result<Place, Refusal> {
    let known = match gateway {
        Gateway::AgentCore => Known::Is(declared(policy, tool, steps, keys)?),
        Gateway::Docker => Known::Nothing,
        Gateway::ToolHive if keys.len() > 1 => {
            return Err(Refusal::new(
                "ToolHive shows no arguments that are objects",
                "ask for a string, a Boolean or a number that is an argument itself",
            ));
        }
        // What is said of another argument that is an object would be taken for this one.
        Gateway::ToolHive if keys.iter().any(|key| key.ends_with("_present")) => {
            return Err(Refusal::new(
                "ToolHive takes names that end with `_present` for whether other arguments are there",
                "leave the condition to a target that reads arguments as they are: `policyc targets` shows which do",
            ));
        }
        Gateway::ToolHive => Known::Scalar,
    };
    let (root, prefix) = gateway.root(Root::Arguments);
    let mut guards: Vec<String> = gateway.guard(Root::Arguments).map(str::to_owned).into_iter().collect();
    let mut value = root.to_owned();
    for (index, name) in keys.iter().enumerate() {
        let name = if index == 0 { format!("{prefix}{name}") } else { (*name).to_owned() };
        guards.push(format!("{value} has {}", key(gateway, &name)));
        value = member(gateway, &value, &name);
    }
    // What is missing on the way may be missing only there.
    let inside = if gateway == Gateway::AgentCore { guards.split_off(0) } else { guards.split_off(guards.len() - 1) };
    Ok(Place { value, outside: guards, inside, known })
}

/// The type that the listings of a tool declare for an argument.
fn declared(policy: &Policy, tool: Option<&Tool>, steps: &[Step], keys: &[&str]) -> Result<Type, Refusal> {
    let untyped = |reason: String| {
        Refusal::new(
            reason,
            "give the argument one type in the catalogue, or choose a target that needs none: `policyc targets`",
        )
    };
    let Some(tool) = tool else {
        return Err(Refusal::new(
            "the gateway knows arguments by the schemas of tools, and of other tools there is none",
            "name the tools in this statement",
        ));
    };
    let catalogue = policy.server(tool.server).and_then(|server| server.catalogue.as_ref());
    let Some(catalogue) = catalogue.filter(|_| !tool.entries.is_empty()) else {
        return Err(Refusal::new(
            format!("the gateway knows arguments by the schemas of tools, and there is none of {}", quote(&tool.name)),
            "declare the server with its catalogue: `server NAME from \"tools.json\";`",
        ));
    };
    if let Some(odd) = keys.iter().find(|key| !is_name(key)) {
        return Err(untyped(format!("the gateway takes no schema with an argument named {}", quote(odd))));
    }
    let mut found = None;
    for entry in &tool.entries {
        let schema = catalogue.schema(*entry);
        for length in 1..steps.len() {
            let text = steps.get(..length).and_then(|steps| schema.info(steps)).map(|info| info.type_text);
            if text.as_deref() != Some("object") {
                return Err(untyped(format!(
                    "the schema of {} does not declare the objects on the way",
                    quote(&tool.name)
                )));
            }
        }
        let Some(info) = schema.info(steps).filter(|info| info.span.is_some()) else {
            return Err(untyped(format!("the schema of {} does not declare the argument", quote(&tool.name))));
        };
        let own = type_of(&info.type_text).filter(|own| found.is_none_or(|found| found == *own));
        let Some(own) = own else {
            let text = &info.type_text;
            return Err(untyped(format!("the gateway has no conditions on a value of the type {}", quote(text))));
        };
        found = Some(own);
    }
    found.ok_or_else(|| untyped("nothing is known of its type".to_owned()))
}

fn type_of(text: &str) -> Option<Type> {
    // The other formats become types of their own.
    const FORMATS: [&str; 7] = ["byte", "email", "hostname", "regex", "time", "uri", "uuid"];
    let format = text.strip_prefix("string (").and_then(|rest| rest.strip_suffix(')'));
    match text {
        "string" => Some(Type::Text),
        "boolean" => Some(Type::Bool),
        "integer" => Some(Type::Whole),
        "number" => Some(Type::Decimal),
        "array of string" => Some(Type::Set(Element::Text)),
        "array of boolean" => Some(Type::Set(Element::Bool)),
        "array of integer" => Some(Type::Set(Element::Whole)),
        _ if format.is_some_and(|format| FORMATS.contains(&format)) => Some(Type::Text),
        _ => None,
    }
}

fn claim(gateway: Gateway, keys: &[&str]) -> Result<Place, Refusal> {
    let [name] = keys else {
        return Err(Refusal::new("claims that are objects are not to be seen", "ask for a claim that is a string"));
    };
    match gateway {
        Gateway::AgentCore => {
            let quoted = gateway.quoted(name);
            Ok(Place {
                value: format!("principal.getTag({quoted})"),
                outside: Vec::new(),
                inside: vec![format!("principal.hasTag({quoted})")],
                known: Known::Is(Type::Text),
            })
        }
        Gateway::Docker => Err(Refusal::new(
            "it never matches what it asks of the caller",
            "leave the condition out and apply the policy to the right teams in Docker's settings",
        )),
        Gateway::ToolHive => {
            let (root, prefix) = gateway.root(Root::Claims);
            let name = format!("{prefix}{name}");
            Ok(Place {
                value: member(gateway, root, &name),
                outside: Vec::new(),
                inside: vec![format!("{root} has {}", key(gateway, &name))],
                known: Known::Nothing,
            })
        }
    }
}
