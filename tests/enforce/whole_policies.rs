//! Policies as people write them are enforced whole: for calls on both sides of each of their conditions, hook and proxy decide as the
//! evaluator does. What needs approval is asked for, or held, or denied where the client cannot ask.

use std::path::{Path, PathBuf};

use policyc_core::disk::{self, Unreadable};
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::ir::{Policy, Subject};
use policyc_core::json::Json;
use policyc_core::probe::probes;
use policyc_core::sema::{Loader, Options as Sources, analyze};
use policyc_enforce::counters::Memory;
use policyc_enforce::gate::{Gate, OnStoreFailure};
use policyc_enforce::hook::{Answer, Caller, Client, Hook, Servers};
use policyc_enforce::proxy::{Effect, Options, Proxy};
use serde_json::{Value, json};

use super::root;
#[cfg(feature = "http")]
use super::serve::Service;

/// The time of all calls: 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;
/// Calls that are tried at a tool.
const MOST: usize = 60;

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
        disk::read(path, most)
    }
}

/// Where the shared inputs are.
fn shared() -> Option<PathBuf> {
    std::env::var_os("POLICYC_SHARED").map(PathBuf::from)
}

/// The policies: examples, and those of the shared inputs.
fn policies() -> Vec<(PathBuf, Policy)> {
    let mut files: Vec<PathBuf> = ["coding_agent", "on_call", "data_analyst"]
        .map(|name| root().join(format!("examples/{name}/{name}.pol")))
        .to_vec();
    if let Some(shared) = shared() {
        let folder = std::fs::read_dir(shared.join("faults/natural")).unwrap();
        let mut shared: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        shared.retain(|path| path.extension().is_some_and(|extension| extension == "pol"));
        shared.sort();
        assert!(shared.len() >= 3);
        files.extend(shared);
    }
    let read = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        let analysis = analyze(&file.to_string_lossy(), file, &text, &Sources::default(), &Disk);
        let checked = analysis.checked.unwrap_or_else(|| panic!("{}: {:#?}", file.display(), analysis.diagnostics));
        checked.policies().iter().map(|policy| (file.clone(), policy.clone())).collect::<Vec<_>>()
    };
    files.iter().flat_map(read).collect()
}

/// A call of a server by arguments and claims as they are written.
struct Tried {
    server: String,
    tool: String,
    arguments: Json,
    caller: Option<Json>,
}

impl Tried {
    fn call(&self) -> Call<'_> {
        Call {
            server: Some(&self.server),
            name: &self.tool,
            arguments: self.arguments.root(),
            caller: self.caller.as_ref().map(Json::root),
            grant: None,
            at: NOW,
            approved: false,
        }
    }
}

/// Calls on both sides of each condition, of known tools and of one that no catalogue has.
fn calls(policy: &Policy) -> Vec<Tried> {
    let mut all = Vec::new();
    for (id, tool) in policy.known_tools() {
        let server = policy.server(tool.server).unwrap();
        let selects = |subject| policy.rules.iter().filter(move |rule| rule.selection.selects(subject).is_some());
        let guards = selects(Subject::known(tool.server, id)).filter_map(|rule| rule.guard.as_ref());
        let tried = probes(guards.map(|guard| &guard.condition), [], MOST, &|_| Vec::new());
        all.extend(tried.into_iter().map(|probe| Tried {
            server: server.name.clone(),
            tool: tool.name.to_string(),
            arguments: Json::parse(&probe.arguments).unwrap(),
            caller: probe.caller.map(|caller| Json::parse(&caller).unwrap()),
        }));
    }
    all.extend(policy.servers.iter().map(|server| Tried {
        server: server.name.clone(),
        tool: "no_such_tool".to_owned(),
        arguments: Json::parse("{}").unwrap(),
        caller: None,
    }));
    all
}

fn gate(policy: &Policy) -> Gate<'_> {
    // What would pass instead is looked for at each denial, and is no matter here.
    let mut gate = Gate::new(Box::new(Memory::default()), OnStoreFailure::Deny).undisclosed(vec!["*".to_owned()]);
    gate.add(policy, "policy".to_owned());
    gate
}

/// The answer of a client's hook.
fn hook<'p>(client: &str, gate: &mut Gate<'p>, servers: &Servers<'p>, tried: &Tried) -> Answer {
    let (server, tool) = (&tried.server, &tried.tool);
    let mut event =
        json!({"session_id": "1", "hook_event_name": "PreToolUse", "tool_name": format!("mcp__{server}__{tool}")});
    match client {
        "claude-code" => {
            event["tool_use_id"] = json!("2");
            event["mcp_server"] = json!({"name": server});
        }
        _ => event["tool_call_id"] = json!("2"),
    }
    let event = event.to_string();
    // The arguments stay as they are written.
    let event = format!("{}, \"tool_input\": {}}}", event.strip_suffix('}').unwrap(), tried.arguments.text());
    let caller = Caller { grant: None, claims: tried.caller.as_ref().map(Json::root) };
    let client = Client::named(client).unwrap();
    let mut hook = Hook { client, servers, gate, caller, now: NOW, observe: false };
    hook.answer(event.as_bytes(), &mut |_| Ok(()))
}

fn is_denial(answer: &Answer) -> bool {
    answer.status == 2 && answer.output.contains("\"permissionDecision\":\"deny\"") && !answer.error.is_empty()
}

/// What a proxy makes of a call: it passes, a person is asked, or the client gets an error.
fn proxied(proxy: &mut Proxy<'_>, tried: &Tried, id: usize) -> Verdict {
    let name = json!(tried.tool);
    let params = format!("{{\"name\":{name},\"arguments\":{}}}", tried.arguments.text());
    let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{params}}}");
    let effects = proxy.from_client(line.clone().into_bytes(), NOW);
    match effects.as_slice() {
        [Effect::ToServer(sent)] if *sent == line => Verdict::Allow,
        [Effect::ToClient(answer)] => {
            let answer: Value = serde_json::from_str(answer).unwrap();
            let is_asked = answer["method"] == "elicitation/create";
            assert!(is_asked || answer["id"] == id, "{answer}");
            if is_asked { Verdict::Approval } else { Verdict::Deny }
        }
        other => panic!("{line}: {other:?}"),
    }
}

fn proxy<'p>(policy: &'p Policy, server: &str, claims: Option<&Json>) -> Proxy<'p> {
    let options = Options {
        grant: None,
        claims: claims.cloned(),
        observe: false,
        locked: false,
        refused: Default::default(),
        has_command: false,
        patience: 300,
        log: None,
    };
    let mut proxy = Proxy::new(gate(policy), &[policy], Some(server), options).unwrap();
    let begin = "{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"initialize\",\"params\":{\"capabilities\":{\"elicitation\":{}}}}";
    proxy.from_client(begin.into(), NOW);
    proxy.from_server(br#"{"jsonrpc":"2.0","id":"b","result":{}}"#.to_vec(), NOW);
    proxy
}

/// Each call by itself, with empty counters.
#[test]
fn each_call_is_decided_as_by_the_evaluator() {
    if shared().is_none() {
        eprintln!("POLICYC_SHARED is not set; only the examples were tried");
    }
    let mut counts = [0_usize; 3];
    for (file, policy) in policies() {
        let mut servers = Servers::default();
        servers.add(&policy, |_| None).unwrap();
        let evaluator = Evaluator::new(&policy);
        for (id, tried) in calls(&policy).iter().enumerate() {
            let verdict = evaluator.decide(&tried.call()).verdict;
            let shown = || format!("{}: {} {}", file.display(), tried.tool, tried.arguments.text());
            let asks = hook("claude-code", &mut gate(&policy), &servers, tried);
            let word = match verdict {
                Verdict::Allow => "\"permissionDecision\":\"allow\"",
                Verdict::Approval => "\"permissionDecision\":\"ask\"",
                Verdict::Deny => "\"permissionDecision\":\"deny\"",
            };
            assert!(asks.output.contains(word), "{}: {verdict:?}, but {}", shown(), asks.output);
            assert_eq!(is_denial(&asks), verdict == Verdict::Deny, "{}", shown());
            // A client that cannot ask a person.
            let silent = hook("qwen-code", &mut gate(&policy), &servers, tried);
            assert_eq!(is_denial(&silent), verdict != Verdict::Allow, "{}: {verdict:?}, but {silent:?}", shown());
            assert!(verdict != Verdict::Allow || silent.output.is_empty() && silent.status == 0, "{}", shown());
            let mut proxy = proxy(&policy, &tried.server, tried.caller.as_ref());
            assert_eq!(proxied(&mut proxy, tried, id), verdict, "{}", shown());
            counts[verdict as usize] += 1;
        }
    }
    eprintln!("calls that pass, need approval, are denied: {counts:?}");
    assert!(counts.iter().all(|count| *count > 5), "{counts:?}");
}

/// The same calls one after the other, so that limits are full at some time: hook, proxy and evaluator count alike.
#[test]
fn limits_fill_as_in_the_evaluator() {
    let mut full = 0;
    for (file, policy) in policies() {
        let mut servers = Servers::default();
        servers.add(&policy, |_| None).unwrap();
        let tried: Vec<Tried> = calls(&policy).into_iter().filter(|tried| tried.caller.is_none()).collect();
        let mut evaluator = Evaluator::new(&policy);
        let mut hooked = gate(&policy);
        let mut proxies: Vec<(String, Proxy<'_>)> = Vec::new();
        // Only then counters are the proxy's alone.
        let is_single = policy.servers.len() == 1;
        for (id, tried) in tried.iter().chain(&tried).chain(&tried).enumerate() {
            let before = evaluator.consider(&tried.call()).within_limits().verdict;
            let verdict = evaluator.call(&tried.call()).verdict;
            full += usize::from(verdict != before);
            let shown = || format!("{}: call {id}, {} {}", file.display(), tried.tool, tried.arguments.text());
            let answer = hook("qwen-code", &mut hooked, &servers, tried);
            assert_eq!(is_denial(&answer), verdict != Verdict::Allow, "{}: {verdict:?}, but {answer:?}", shown());
            if is_single {
                if proxies.is_empty() {
                    proxies.push((tried.server.clone(), proxy(&policy, &tried.server, None)));
                }
                let found = proxied(&mut proxies[0].1, tried, id);
                // A client may have only so many questions open.
                let is_crowded = verdict == Verdict::Approval && found == Verdict::Deny;
                assert!(found == verdict || is_crowded, "{}: {verdict:?}, but {found:?}", shown());
            }
        }
    }
    eprintln!("calls that a limit refused: {full}");
    assert!(full > 10, "{full}");
}

/// A service says the same of each call.
#[cfg(feature = "http")]
#[test]
fn the_service_decides_as_the_evaluator() {
    let mut counts = [0_usize; 3];
    for (file, policy) in policies() {
        let evaluator = Evaluator::new(&policy);
        let options = ["--listen", "127.0.0.1:0", "--trust-callers", "--policy", &policy.name];
        let service = Service::of(&std::fs::canonicalize(&file).unwrap(), tempfile::tempdir().unwrap(), &options);
        for some in calls(&policy).chunks(500) {
            let asked: Vec<String> = some
                .iter()
                .map(|tried| {
                    let (tool, server) = (json!(tried.tool), json!(tried.server));
                    let caller = tried.caller.as_ref().map_or("{}", Json::text);
                    format!(
                        "{{\"name\":{tool},\"server\":{server},\"arguments\":{},\"caller\":{caller}}}",
                        tried.arguments.text()
                    )
                })
                .collect();
            let answer = service.post("/v1/decide", &format!("{{\"dryRun\":true,\"calls\":[{}]}}", asked.join(",")));
            let body = answer.strip_prefix("200 ").unwrap_or_else(|| panic!("{}: {answer}", file.display()));
            let answer: Value = serde_json::from_str(body).unwrap();
            let decisions = answer["decisions"].as_array().unwrap();
            assert_eq!(decisions.len(), some.len());
            for (tried, decision) in some.iter().zip(decisions) {
                let verdict = evaluator.decide(&tried.call()).verdict;
                let shown = || format!("{}: {} {}", file.display(), tried.tool, tried.arguments.text());
                assert_eq!(decision["decision"], verdict.name(), "{}: {decision}", shown());
                counts[verdict as usize] += 1;
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 5), "{counts:?}");
}
