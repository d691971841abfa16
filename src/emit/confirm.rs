//! Looks for calls that a document decides otherwise than its source.
//!
//! A lowering that is marked as stricter is tried on calls made from the conditions of the tool: for each path
//! the values around every literal, one of each kind, and strings that look like other kinds. Only a call on
//! which evaluator and gateway disagree is told to the author.

use serde_json::{Map, Value as Out, json};

use super::literal::{Literal, float_text};
use super::numbers::Numbers;
use super::samples::samples;
use super::strings::Strings;
use super::values::{Arrays, Values};
use super::{Gateway, GatewayCall};
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::eval::{Call, Evaluator, Verdict};
use crate::ir::{Atom, Condition, Path, Policy, Rule, Scalar, ScalarValue, ServerId, Step, Test, Tool, ToolId};
use crate::json::Json;
use crate::schema::Kinds;
use crate::syntax::ast::PathRoot;

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
                .help(format!("for example {call}")),
            ),
            Found::Weaker(call) => {
                out.push(
                    Diagnostic::new(
                        codes::UNSOUND_ARTEFACT,
                        span,
                        format!("{title} would allow a call of {} that the policy refuses", quote(name)),
                    )
                    .help(format!("nothing was written; please report this with the policy and the call {call}")),
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
    for arguments in calls(policy, server, suspect.tool) {
        let call = json!({"name": name, "arguments": arguments}).to_string();
        let Ok(json) = Json::parse(&arguments.to_string()) else { continue };
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

/// Arguments worth trying at a tool.
fn calls(policy: &Policy, server: ServerId, tool: ToolId) -> Vec<Out> {
    let mut paths: Vec<(Vec<&str>, Vec<Option<Out>>)> = Vec::new();
    for rule in policy.rules.iter().filter(|rule| rule.selection.selects(tool, server).is_some()) {
        let Some(guard) = &rule.guard else { continue };
        for atom in atoms(&guard.condition) {
            let keys: Option<Vec<&str>> = atom
                .path
                .steps
                .iter()
                .map(|step| match step {
                    Step::Key(key) => Some(key.as_str()),
                    Step::Index(_) => None,
                })
                .collect();
            let (Some(keys), PathRoot::Args) = (keys, atom.path.root) else { continue };
            let at = paths.iter().position(|(known, _)| *known == keys).unwrap_or_else(|| {
                paths.push((keys, general()));
                paths.len() - 1
            });
            if let Some((_, values)) = paths.get_mut(at) {
                values.extend(around(&atom.test).into_iter().map(Some));
            }
        }
    }
    for (_, values) in &mut paths {
        let mut seen: Vec<Option<Out>> = Vec::new();
        values.retain(|value| {
            let new = !seen.contains(value);
            if new {
                seen.push(value.clone());
            }
            new
        });
    }
    let all = paths.iter().try_fold(1usize, |product, (_, values)| product.checked_mul(values.len()));
    let count = all.filter(|all| *all <= MOST_CALLS);
    // A fixed sequence of well-mixed numbers (Knuth's MMIX constants), so that equal policies are told equal things.
    let mut state = 1u64;
    (0..count.unwrap_or(MOST_CALLS))
        .map(|number| {
            let mut rest = number;
            let mut arguments = Map::new();
            for (keys, values) in &paths {
                let size = values.len().max(1);
                let pick = if count.is_some() {
                    let pick = rest % size;
                    rest /= size;
                    pick
                } else {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    usize::try_from(state >> 33).unwrap_or(0) % size
                };
                if let Some(Some(value)) = values.get(pick) {
                    put(&mut arguments, keys, value.clone());
                }
            }
            Out::Object(arguments)
        })
        .collect()
}

fn atoms(condition: &Condition) -> Vec<&Atom> {
    match condition {
        Condition::Atom(atom) => vec![atom],
        Condition::Not(inner) => atoms(inner),
        Condition::And(parts) | Condition::Or(parts) => parts.iter().flat_map(atoms).collect(),
    }
}

fn put(object: &mut Map<String, Out>, keys: &[&str], value: Out) {
    match keys {
        [] => {}
        [last] => {
            object.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let inner = object.entry((*first).to_owned()).or_insert_with(|| Out::Object(Map::new()));
            if !inner.is_object() {
                *inner = Out::Object(Map::new());
            }
            if let Out::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// One value of each kind, and nothing.
fn general() -> Vec<Option<Out>> {
    let values = [json!(null), json!(true), json!(false), json!(0), json!(1.5), json!(""), json!("x"), json!("<nil>")];
    let words = [json!("true"), json!("false")];
    let nested = [json!([]), json!(["x"]), json!({}), json!({"x": 1})];
    std::iter::once(None).chain(values.into_iter().chain(words).chain(nested).map(Some)).collect()
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

/// Values around the literals of a test.
fn around(test: &Test) -> Vec<Out> {
    let scalar = |scalar: &Scalar| -> Vec<Out> {
        match &scalar.value {
            ScalarValue::Null => vec![json!(null), json!("<nil>"), json!([null]), json!(["<nil>"])],
            ScalarValue::Bool(value) => {
                let text = value.to_string();
                vec![json!(value), json!(text), json!([value]), json!([text])]
            }
            ScalarValue::Number(number) => {
                let number = number.to_f64();
                let exact = Literal::number(number);
                let beside = [number - 1.0, number + 1.0].map(|at| Literal::number(at).to_json());
                let text = exact.text();
                let own = [exact.to_json(), json!(text), json!([number]), json!([text])];
                own.into_iter().chain([json!(float_text(number))]).chain(beside).collect()
            }
            ScalarValue::Str(text) => {
                let longer = format!("a{text}b");
                let twin = twin(text);
                let inside = twin.iter().map(|twin| json!([twin])).collect::<Vec<_>>();
                let own = [json!(text.as_ref()), json!(longer), json!([text.as_ref()])];
                own.into_iter().chain(twin).chain(inside).collect()
            }
        }
    };
    match test {
        Test::Has => Vec::new(),
        Test::Compare(_, literal) | Test::Contains(literal) => scalar(literal),
        Test::In(list) | Test::NotIn(list) => list.iter().take(8).flat_map(scalar).collect(),
        Test::Like(like) => {
            let text = |run: &str| json!(like.source().replace("\\*", "*").replace('*', run));
            vec![text(""), text("x"), text("a/b")]
        }
        Test::Matches(regex) => samples(regex.source()).into_iter().map(Out::String).collect(),
        Test::Every(inner) | Test::Some(inner) => around(inner).into_iter().map(|value| json!([value])).collect(),
        Test::Length(_) => vec![json!(["x"]), json!("xx")],
    }
}
