//! `policyc proxy`: what it makes of messages, and what becomes of it between clients and servers that do not behave.

mod approvals;
#[cfg(feature = "http-proxy")]
mod http;
mod lists;
mod messages;
mod property;
mod server;
mod streams;

use std::path::Path;

use policyc_core::disk::Unreadable;
use policyc_core::ir::Policy;
use policyc_core::sema::{Loader, Options as Sources, analyze};
use policyc_enforce::counters::Memory;
use policyc_enforce::gate::{Gate, OnStoreFailure};
use policyc_enforce::proxy::{Effect, Options, Proxy};

/// The time of all calls: 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;

const POLICY: &str = r#"server pay from "tools.json";
deny * because "Closed.";
allow wire, list_orders, get_status;
deny wire when args.amount > 100 because "More than a hundred goes through the bank.";
require approval by "ann" for wire when args.amount > 10;
limit list_orders 2/day;
hide secret;
"#;

const TOOLS: &str = r#"{"tools": [
    {"name": "wire", "inputSchema": {"type": "object", "properties": {"amount": {"type": "number"}, "to": {"type": "string"}}}},
    {"name": "list_orders", "description": "Lists orders.", "inputSchema": {"type": "object"}},
    {"name": "get_status", "inputSchema": {"type": "object"}},
    {"name": "erase", "inputSchema": {"type": "object"}},
    {"name": "secret", "inputSchema": {"type": "object"}}
]}"#;

struct OneCatalogue;

impl Loader for OneCatalogue {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        if path.ends_with("tools.json") { Ok(TOOLS.as_bytes().to_vec()) } else { Err(Unreadable::Missing) }
    }
}

/// A policy for the tools above, for as long as the test runs.
fn policy(text: &str) -> &'static Policy {
    let analysis = analyze("pay.pol", "pay.pol".as_ref(), text, &Sources::default(), &OneCatalogue);
    let Some(checked) = analysis.checked else { panic!("{:#?}", analysis.diagnostics) };
    Box::leak(Box::new(checked.policies()[0].clone()))
}

/// How the proxies of these tests work, as far as nothing else is said.
fn options() -> Options {
    Options {
        grant: None,
        claims: None,
        observe: false,
        locked: false,
        refused: Default::default(),
        has_command: false,
        patience: 300,
        log: None,
    }
}

fn proxy_with(text: &str, options: Options) -> Proxy<'static> {
    let policy = policy(text);
    let mut gate = Gate::new(Box::new(Memory::default()), OnStoreFailure::Deny);
    gate.add(policy, "pay".to_owned());
    Proxy::new(gate, &[policy], None, options).unwrap()
}

fn proxy() -> Proxy<'static> {
    proxy_with(POLICY, options())
}

/// What a proxy does, a line for each effect. What is made up at random is replaced.
fn shown(effects: &[Effect]) -> String {
    let line = |effect: &Effect| match effect {
        Effect::ToServer(line) => format!("  server: {line}\n"),
        Effect::ToClient(line) => format!("  client: {line}\n"),
        Effect::Ask(question) => format!("  asked about {}: {}\n", question.ticket, question.json),
        Effect::Note(note) => format!("  note: {note}\n"),
    };
    let text: String = effects.iter().map(line).collect();
    let text = if text.is_empty() { "  nothing\n".to_owned() } else { text };
    let mut parts = text.split("policyc-");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let random = part.find(|char: char| !char.is_ascii_hexdigit() && char != '-').unwrap_or(part.len());
        out.push_str("policyc-…");
        out.push_str(&part[random..]);
    }
    out
}

/// The lines that go to the server.
fn to_server(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::ToServer(line) => Some(line.as_str()),
            _ => None,
        })
        .collect()
}
