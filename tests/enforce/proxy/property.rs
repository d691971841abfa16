//! Whatever a client says: what reaches the server as a call is allowed by the policy, in every way in which it may be read.

use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::json::Json;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::{NOW, options, policy, proxy_with, to_server};
use policyc_enforce::proxy::Effect;

pub(super) const POLICIES: &[&str] = &[
    "deny *; allow send when args.amount <= 100; hide secret; require approval by \"ann\" for pay; allow pay, read;",
    "allow *; deny drop; deny send when args.amount > 100; hide secret; require args.amount < 7 for pay;",
    "server s from \"tools.json\"; allow *; hide secret; deny erase; require args.to == \"ann\" for wire;",
];

/// Names of members and methods as they are, escaped, and in another case.
fn spelt(text: &'static str) -> BoxedStrategy<String> {
    let escaped = text.chars().map(|char| format!("\\u{:04x}", char as u32)).collect::<String>();
    let first = text.chars().next().map_or(0, char::len_utf8);
    let one = format!("\\u{:04X}{}", text.chars().next().map_or(0, |char| char as u32), &text[first..]);
    prop_oneof![
        12 => Just(text.to_owned()),
        1 => Just(escaped),
        1 => Just(one),
        1 => Just(text.to_uppercase()),
        1 => Just(format!("{}{}", text[..first].to_uppercase(), &text[first..])),
        1 => Just(text.replace('s', "ſ").replace('k', "\u{212a}")),
        1 => Just(format!("{text} ")),
        1 => Just(format!("{text}\\u0000")),
    ]
    .boxed()
}

/// Blanks between the parts of JSON, some of which end a line for some readers.
fn blank() -> BoxedStrategy<&'static str> {
    select(&["", "", "", "", " ", "\r", "\t", "\r\r", "\u{2028}"][..]).boxed()
}

fn tool() -> BoxedStrategy<String> {
    select(&["send", "secret", "pay", "read", "drop", "erase", "wire", "unknown"][..]).prop_flat_map(spelt).boxed()
}

fn number() -> BoxedStrategy<String> {
    let text = select(
        &[
            "5",
            "50",
            "101",
            "100.0",
            "1e2",
            "100.00000000000000000001",
            "9007199254740993",
            "1e400",
            "-0",
            "NaN",
            "\"5\"",
            "null",
        ][..],
    );
    text.prop_map(str::to_owned).boxed()
}

/// Objects, with some keys twice.
fn object(members: BoxedStrategy<(String, String)>, most: usize) -> BoxedStrategy<String> {
    (proptest::collection::vec((members, blank(), blank()), 0..=most))
        .prop_map(|members| {
            let members: Vec<String> = members
                .into_iter()
                .map(|((key, value), before, after)| format!("{before}\"{key}\":{after}{value}"))
                .collect();
            format!("{{{}}}", members.join(","))
        })
        .boxed()
}

fn arguments() -> BoxedStrategy<String> {
    let member = prop_oneof![
        (spelt("amount"), number()),
        (spelt("to"), select(&["\"ann\"", "\"bob\"", "[]"][..]).prop_map(str::to_owned)),
        (spelt("x"), Just("{\"name\":\"drop\"}".to_owned())),
    ]
    .boxed();
    prop_oneof![6 => object(member, 3), 1 => select(&["null", "[]", "\"{}\""][..]).prop_map(str::to_owned)].boxed()
}

fn params() -> BoxedStrategy<String> {
    (
        spelt("name"),
        tool(),
        spelt("arguments"),
        arguments(),
        proptest::option::weighted(0.1, tool()),
        blank(),
        any::<bool>(),
    )
        .prop_map(|(name, tool, key, arguments, twice, blank, first)| {
            let mut members = vec![format!("\"{name}\":\"{tool}\""), format!("\"{key}\"{blank}:{arguments}")];
            members.extend(twice.map(|tool| format!("\"name\":\"{tool}\"")));
            if first {
                members.reverse();
            }
            format!("{{{}}}", members.join(","))
        })
        .boxed()
}

fn id() -> BoxedStrategy<Option<String>> {
    const ODD: &[&str] = &["1", "2", "\"1\"", "\"a\"", "null", "1.0", "-1", "1e0", "9007199254740993", "true", "[1]"];
    prop_oneof![
        8 => (0..1000_u32).prop_map(|id| Some(id.to_string())),
        4 => select(ODD).prop_map(|id| Some(id.to_owned())),
        1 => Just(None),
    ]
    .boxed()
}

fn message() -> BoxedStrategy<String> {
    let method = prop_oneof![8 => spelt("tools/call"), 1 => spelt("tools/list"), 1 => spelt("ping"), 1 => spelt("notifications/cancelled")];
    let extra = select(
        &[
            "",
            "",
            "",
            "",
            "",
            "",
            ",\"result\":{}",
            ",\"method\":\"tools/call\"",
            ",\"Params\":{\"name\":\"drop\"}",
            ",\"x\":\r{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\",\"params\":{\"name\":\"secret\"}}\r",
            ",\"_meta\":{\"progressToken\":1}",
        ][..],
    );
    (spelt("method"), method, spelt("params"), params(), spelt("id"), id(), extra, blank(), spelt("jsonrpc")).prop_map(
        |(method_key, method, params_key, params, id_key, id, extra, blank, version)| {
            let id = id.map_or(String::new(), |id| format!(",\"{id_key}\":{id}"));
            format!("{{\"{version}\":\"2.0\"{id},{blank}\"{method_key}\":{blank}\"{method}\",\"{params_key}\":{params}{extra}}}")
        },
    ).boxed()
}

pub(super) fn line() -> BoxedStrategy<String> {
    let batch = proptest::collection::vec(message(), 0..4).prop_map(|messages| format!("[{}]", messages.join(",\r")));
    let whole = prop_oneof![6 => message(), 2 => batch];
    let around = select(&["", "", "", "", "", "", "", "\u{feff}", " ", "\r", "x"][..]);
    let cut = proptest::option::weighted(0.05, 0..200_usize);
    (around, whole, cut)
        .prop_map(|(around, whole, cut)| {
            let text = format!("{around}{whole}{}", if around == "\r" { "\r" } else { "" });
            let cut = cut.map_or(text.len(), |cut| {
                (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
            });
            text[..cut].to_owned()
        })
        .boxed()
}

/// What happens around approvals.
#[derive(Debug, Clone)]
enum Step {
    Call(u32),
    Answer(usize, bool),
    Cancel(usize),
    Later,
}

fn step() -> BoxedStrategy<Step> {
    prop_oneof![
        4 => (0..3_u32).prop_map(Step::Call),
        4 => (0..9_usize, any::<bool>()).prop_map(|(which, yes)| Step::Answer(which, yes)),
        1 => (0..9_usize).prop_map(Step::Cancel),
        1 => Just(Step::Later),
    ]
    .boxed()
}

/// What a server that ignores case, blanks and what follows a null character takes a name for.
fn careless(text: &str) -> String {
    text.to_uppercase().to_lowercase().split('\0').next().unwrap_or_default().trim().to_owned()
}

/// All values of a key for readers that ignore case.
fn members<'v>(object: &'v Value, key: &str) -> Vec<&'v Value> {
    let Some(object) = object.as_object() else { return Vec::new() };
    object.iter().filter(|(name, _)| careless(name) == key).map(|(_, value)| value).collect()
}

/// All calls that some reader may see in a line: with every choice among keys, the tool and the arguments.
pub(super) fn calls(line: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    // Readers that end lines at a carriage return, and readers that do not.
    for part in line.split(['\r', '\n']).chain([line]) {
        let Ok(value) = serde_json::from_str::<Value>(part.trim_start_matches('\u{feff}')) else { continue };
        let messages = value.as_array().cloned().unwrap_or_else(|| vec![value]);
        for message in messages {
            let is_call = |method: &&Value| method.as_str().is_some_and(|method| careless(method) == "tools/call");
            if !members(&message, "method").iter().any(is_call) {
                continue;
            }
            for params in members(&message, "params") {
                for name in members(params, "name").iter().filter_map(|name| name.as_str()) {
                    let arguments = members(params, "arguments");
                    let arguments = if arguments.is_empty() { vec![&Value::Null] } else { arguments };
                    found.extend(arguments.into_iter().map(|arguments| (name.to_owned(), arguments.clone())));
                }
            }
        }
    }
    found
}

pub(super) fn is_allowed(policy: &policyc_core::ir::Policy, tool: &str, arguments: &str) -> bool {
    let arguments = Json::parse(arguments).unwrap();
    let server = policy.servers[0].name.as_str();
    let server = (!server.is_empty()).then_some(server);
    let call =
        Call { server, name: tool, arguments: arguments.root(), caller: None, grant: None, at: NOW, approved: false };
    Evaluator::new(policy).decide(&call).verdict == Verdict::Allow
}

/// The identifiers in a line, of requests or of all messages.
fn ids(line: &str, requests: bool) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(line) else { return Vec::new() };
    let messages = value.as_array().cloned().unwrap_or_else(|| vec![value]);
    let wanted = messages.iter().filter(|message| !requests || message.get("method").is_some());
    wanted.filter_map(|message| message.get("id")).map(ToString::to_string).collect()
}

proptest! {
    #[test]
    fn what_is_forwarded_is_allowed(lines in proptest::collection::vec(line(), 1..4), which in 0..POLICIES.len()) {
        let policy = policy_of(which);
        let mut proxy = proxy_with(POLICIES[which], options());
        for line in &lines {
            let effects = proxy.from_client(line.clone().into_bytes(), NOW);
            for forwarded in to_server(&effects) {
                prop_assert!(!forwarded.contains(['\r', '\n']), "{forwarded:?}");
                prop_assert!(Json::parse(forwarded).is_ok_and(|json| json.duplicate_key().is_none()), "{forwarded:?}");
                prop_assert!(!forwarded.starts_with('\u{feff}'), "a byte-order mark");
                for (tool, arguments) in calls(forwarded) {
                    let text = if arguments.is_null() { "{}".to_owned() } else { arguments.to_string() };
                    // Whether it is read exactly or as doubles, and by its name or by what a careless server makes of it.
                    prop_assert!(is_allowed(policy, &tool, &text), "{tool} {text} of {forwarded:?}");
                    let known = policy.tools.iter().any(|known| known.name == careless(&tool));
                    prop_assert!(!known || is_allowed(policy, &careless(&tool), &text), "{tool} {text} of {forwarded:?}");
                }
                // Nothing is made up: it is what the client wrote, or parts of it.
                let bare = |text: &str| text.replace(['\r', ' ', '\n'], "");
                let own = bare(line);
                let is_part = own.contains(&bare(forwarded)) || forwarded.starts_with('[');
                prop_assert!(is_part, "{forwarded:?} of {line:?}");
            }
        }
    }

    /// Nobody waits for ever: each request is forwarded, held, or answered.
    #[test]
    fn each_request_is_answered(line in line(), which in 0..POLICIES.len()) {
        let mut proxy = proxy_with(POLICIES[which], options());
        let effects = proxy.from_client(line.clone().into_bytes(), NOW);
        let mut seen: Vec<String> = Vec::new();
        for effect in &effects {
            match effect {
                Effect::ToServer(text) | Effect::ToClient(text) => seen.extend(ids(text, false)),
                _ => {}
            }
        }
        for id in ids(&line, true) {
            let usable = id.starts_with('"') || id.parse::<i64>().is_ok_and(|id| id.abs() < 1 << 53);
            prop_assert!(!usable || seen.contains(&id) || seen.contains(&"null".to_owned()), "{id} of {line:?}: {effects:?}");
        }
    }

    /// Whatever is asked, answered, cancelled and forgotten in whatever order: a held call passes once, after a yes to the question about it.
    #[test]
    fn only_what_was_approved_passes(steps in proptest::collection::vec(step(), 1..30)) {
        let mut proxy = proxy_with("deny *; require approval by \"ann\" for pay; allow pay;", options());
        let begin = r#"{"jsonrpc":"2.0","id":"begin","method":"initialize","params":{"capabilities":{"elicitation":{}}}}"#;
        proxy.from_client(begin.into(), NOW);
        // Each question, the call that it is about, and whether it may still be answered.
        let mut asked: Vec<(String, u32, String, bool)> = Vec::new();
        let (mut now, mut next) = (NOW, 0);
        for step in steps {
            let (effects, wanted) = match step {
                Step::Call(amount) => {
                    next += 1;
                    let call = format!(
                        "{{\"jsonrpc\":\"2.0\",\"id\":{next},\"method\":\"tools/call\",\"params\":{{\"name\":\"pay\",\"arguments\":{{\"n\":{amount}}}}}}}"
                    );
                    let effects = proxy.from_client(call.clone().into_bytes(), now);
                    for effect in &effects {
                        if let Effect::ToClient(line) = effect
                            && let Some(id) = serde_json::from_str::<Value>(line).unwrap()["id"].as_str()
                        {
                            asked.push((id.to_owned(), next, call.clone(), true));
                        }
                    }
                    (effects, None)
                }
                Step::Answer(which, yes) if !asked.is_empty() => {
                    let which = which % asked.len();
                    let (id, _, call, open) = &mut asked[which];
                    let answer = format!(
                        "{{\"jsonrpc\":\"2.0\",\"id\":\"{id}\",\"result\":{{\"action\":\"accept\",\"content\":{{\"approve\":{yes}}}}}}}"
                    );
                    let wanted = (std::mem::take(open) && yes).then(|| call.clone());
                    (proxy.from_client(answer.into_bytes(), now), wanted)
                }
                Step::Cancel(which) if !asked.is_empty() => {
                    let which = which % asked.len();
                    let (_, id, _, open) = &mut asked[which];
                    let line = format!("{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{{\"requestId\":{id}}}}}");
                    let effects = proxy.from_client(line.into_bytes(), now);
                    // A call that has passed is the server's, who is told.
                    let own = effects.into_iter().filter(|effect| !matches!(effect, Effect::ToServer(line) if line.contains("cancelled")));
                    *open = false;
                    (own.collect(), None)
                }
                Step::Later => {
                    now += 300;
                    asked.iter_mut().for_each(|(_, _, _, open)| *open = false);
                    (proxy.expire(now), None)
                }
                _ => (Vec::new(), None),
            };
            prop_assert_eq!(to_server(&effects), wanted.as_deref().into_iter().collect::<Vec<_>>());
        }
    }

    /// Whatever a server says, no hidden tool is in the list that the client sees.
    #[test]
    fn no_hidden_tool_is_listed(
        tools in proptest::collection::vec((spelt("name"), tool(), blank()), 0..5),
        (ask, say) in (id(), id()),
        twice in any::<bool>(),
    ) {
        let mut proxy = proxy_with(POLICIES[0], options());
        if let Some(ask) = &ask {
            proxy.from_client(format!("{{\"jsonrpc\":\"2.0\",\"id\":{ask},\"method\":\"tools/list\"}}").into_bytes(), NOW);
        }
        let tools: Vec<String> = tools.iter().map(|(key, tool, blank)| format!("{{\"{key}\":{blank}\"{tool}\"}}")).collect();
        let list = format!("\"tools\":[{}]", tools.join(","));
        let list = if twice { format!("{list},{list}") } else { list };
        let id = say.map_or(String::new(), |id| format!("\"id\":{id},"));
        let line = format!("{{\"jsonrpc\":\"2.0\",{id}\"result\":{{{list}}}}}");
        for effect in proxy.from_server(line.into_bytes(), NOW) {
            if let Effect::ToClient(text) = effect {
                let json: Value = serde_json::from_str(&text).unwrap();
                let tools = json["result"]["tools"].as_array().cloned().unwrap_or_default();
                prop_assert!(!tools.iter().any(|tool| tool["name"] == "secret"), "{text}");
            }
        }
    }
}

pub(super) fn policy_of(which: usize) -> &'static policyc_core::ir::Policy {
    policy(POLICIES[which])
}
