//! Looks for calls that a document decides otherwise than its source.
//!
//! A lowering that is marked as stricter is tried on calls made from the conditions of the tool: for each path
//! the values around every literal, one of each kind, and strings that look like other kinds. Only a call on
//! which evaluator and gateway disagree is told to the author.

use serde_json::{Map, Value as Out, json};

use super::literal::{Literal, float_text};
use super::numbers::Numbers;
use super::strings::Strings;
use super::values::{Arrays, Values};
use super::{Gateway, GatewayCall};
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::eval::{Call, Evaluator, Verdict};
use crate::ir::{Path, Policy, Rule, ScalarValue, ServerId, Tool, ToolId};
use crate::json::Json;
use crate::probe::{Probe, probes};
use crate::schema::Kinds;

/// A statement that the document holds more strictly, and a tool at which it does.
#[derive(Debug, Clone)]
pub(crate) struct Suspect<'p> {
    /// The tool.
    pub(crate) tool: ToolId,
    /// The statement.
    pub(crate) rule: &'p Rule,
    /// What the gateway tells the caller when the statement denies.
    pub(crate) message: String,
}

/// Calls that are tried at one tool.
const MOST_CALLS: usize = 2_000;
/// Tools that are tried for one statement before it is let go.
const MOST_TOOLS: usize = 4;
/// Tools that are tried for one document.
const MOST_TRIALS: usize = 200;

/// What a call that is valid for the tool's schema can have at a path; `None` when nothing is known.
pub(crate) fn possible(policy: &Policy, tool: &Tool, path: &Path) -> Option<Values> {
    let catalogue = policy.server(tool.server)?.catalogue.as_ref()?;
    let mut kinds: Option<Kinds> = None;
    for entry in &tool.entries {
        let of_entry = catalogue.schema(*entry).possible_kinds(path);
        kinds = Some(kinds.map_or(of_entry, |known| known.union(of_entry)));
    }
    let kinds = kinds?;
    Some(Values {
        missing: kinds.contains(Kinds::MISSING),
        null: kinds.contains(Kinds::NULL),
        bools: [kinds.contains(Kinds::BOOL); 2],
        numbers: if kinds.contains(Kinds::NUMBER) { Numbers::all() } else { Numbers::NONE },
        strings: if kinds.contains(Kinds::STRING) { Strings::ALL } else { Strings::NONE },
        arrays: if kinds.contains(Kinds::ARRAY) { Arrays::All } else { Arrays::None },
        objects: kinds.contains(Kinds::OBJECT),
    })
}

/// Warns of statements that the document holds more strictly, each with a call that shows it, and reports a
/// document that is weaker than the source.
pub(crate) fn confirm(
    policy: &Policy,
    server: ServerId,
    gateway: &dyn Gateway,
    suspects: &[Suspect<'_>],
    title: &str,
) -> Vec<Diagnostic> {
    let evaluator = Evaluator::new(policy);
    let mut out: Vec<Diagnostic> = Vec::new();
    let mut tried: Vec<(crate::source::Span, usize)> = Vec::new();
    for (trials, suspect) in suspects.iter().enumerate() {
        let span = suspect.rule.origin.span;
        let known = out.iter().any(|told| told.primary.span == span);
        let before = tried.iter_mut().find(|(of, _)| *of == span);
        if known || trials >= MOST_TRIALS || before.as_ref().is_some_and(|(_, count)| *count >= MOST_TOOLS) {
            continue;
        }
        match before {
            Some((_, count)) => *count += 1,
            None => tried.push((span, 1)),
        }
        let Some(tool) = policy.tool(suspect.tool) else { continue };
        let name = &tool.name;
        match search(policy, server, &evaluator, gateway, suspect, name) {
            Found::Nothing => {}
            Found::Stricter(call) => out.push(
                Diagnostic::new(
                    codes::STRICTER_ARTEFACT,
                    span,
                    format!(
                        "{title} holds this statement more strictly: it denies calls of {} that the policy allows",
                        quote(name)
                    ),
                )
                .help(format!("for example this call:\n{call}")),
            ),
            Found::Weaker(call) => {
                out.push(
                    Diagnostic::new(
                        codes::UNSOUND_ARTEFACT,
                        span,
                        format!("{title} would allow a call of {} that the policy refuses", quote(name)),
                    )
                    .help(format!("nothing was written; please report this with the policy and this call:\n{call}")),
                );
                return out;
            }
        }
    }
    out
}

/// Reports a document that its own reader refuses.
pub(crate) fn unreadable(policy: &Policy, error: &str) -> Option<Diagnostic> {
    let span = policy.rules.first().map(|rule| rule.origin.span).unwrap_or_default();
    let message = format!("the document made from this policy is not valid: {error}");
    Some(Diagnostic::new(codes::UNSOUND_ARTEFACT, span, message).help("nothing was written; please report this"))
}

enum Found {
    Nothing,
    Stricter(String),
    Weaker(String),
}

fn search(
    policy: &Policy,
    server: ServerId,
    evaluator: &Evaluator<'_>,
    gateway: &dyn Gateway,
    suspect: &Suspect<'_>,
    name: &str,
) -> Found {
    let server_name = policy.server(server).map(|server| server.name.as_str()).filter(|name| !name.is_empty());
    let mut best: Option<(bool, usize, String)> = None;
    for Probe { arguments, .. } in calls(policy, server, suspect.tool) {
        let call = format!("{{\"name\": {}, \"arguments\": {arguments}}}", json!(name));
        let Ok(json) = Json::parse(&arguments) else { continue };
        let source = evaluator.decide(&Call {
            server: server_name,
            name,
            arguments: json.root(),
            caller: None,
            grant: None,
            at: 0,
        });
        let asked = GatewayCall { name, arguments: json.root(), grant: "", at: 0 };
        let ruling = gateway.fresh().decide(&asked);
        match (source.verdict == Verdict::Allow, ruling.allow) {
            (false, true) => return Found::Weaker(call),
            (true, false) => {
                // An example that this statement denies is best, and the shortest of those.
                let found = (ruling.message != suspect.message, call.len(), call);
                if best.as_ref().is_none_or(|best| found < *best) {
                    best = Some(found);
                }
            }
            _ => {}
        }
    }
    best.map_or(Found::Nothing, |(_, _, call)| Found::Stricter(call))
}

/// Calls worth trying at a tool.
fn calls(policy: &Policy, server: ServerId, tool: ToolId) -> Vec<Probe> {
    let rules = policy.rules.iter().filter(|rule| rule.selection.selects(tool, server).is_some());
    let conditions = rules.filter_map(|rule| rule.guard.as_ref()).map(|guard| &guard.condition);
    probes(conditions, [], MOST_CALLS, &look_alikes)
}

/// A value that is not a string and that Go prints as the text, for texts without nesting.
fn twin(text: &str) -> Option<Out> {
    let scalar = |text: &str| match text {
        "<nil>" => Some(Out::Null),
        _ => serde_json::from_str::<Out>(text).ok().filter(|value| !value.is_string()),
    };
    if let Some(entries) = text.strip_prefix("map[").and_then(|rest| rest.strip_suffix(']')) {
        let entries = entries.split(' ').filter(|entry| !entry.is_empty()).map(|entry| {
            let (key, value) = entry.split_once(':')?;
            Some((key.to_owned(), scalar(value).unwrap_or_else(|| json!(value))))
        });
        return entries.collect::<Option<Map<_, _>>>().map(Out::Object);
    }
    if let Some(items) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let items = items.split(' ').filter(|item| !item.is_empty());
        return Some(items.map(|item| scalar(item).unwrap_or_else(|| json!(item))).collect());
    }
    scalar(text)
}

/// Values that these gateways may take for the literal, as JSON texts: they compare what Go prints.
fn look_alikes(value: &ScalarValue) -> Vec<String> {
    let values = match value {
        ScalarValue::Null => vec![json!("<nil>"), json!([null]), json!(["<nil>"])],
        // The text of the other one too: `!= true` is written as `eq false`, which holds for `"false"`.
        ScalarValue::Bool(value) => {
            let other = (!value).to_string();
            vec![json!(value.to_string()), json!(other), json!([value]), json!([value.to_string()])]
        }
        ScalarValue::Number(number) => {
            let number = number.to_f64();
            let text = Literal::number(number).text();
            vec![json!(text), json!([number]), json!([text]), json!(float_text(number))]
        }
        ScalarValue::Str(text) => {
            let twin = twin(text);
            let inside = twin.iter().map(|twin| json!([twin])).collect::<Vec<_>>();
            std::iter::once(json!([text.as_ref()])).chain(twin).chain(inside).collect()
        }
    };
    values.iter().map(ToString::to_string).collect()
}
