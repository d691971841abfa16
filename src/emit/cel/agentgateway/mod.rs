//! agentgateway: a configuration whose rules of `mcpAuthorization` let calls pass.
//!
//! Only rules that allow are written. An expression that is an error is false, at which a denial would be passed
//! over. Rules see the names of a call, and its arguments only in the body of the request, which is JSON and parsed
//! there. Written from the gateway's sources: `http/authorization.rs`, `mcp/rbac.rs`, `schema/cel.md`.

mod read;
mod write;

use super::passing::{ARGUMENTS, Calls, Part, asks_arguments};
use super::{Engine, Host};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::decision_list::{Tools, build, groups};
use crate::emit::options::TargetOption;
use crate::emit::refusal::Refusal;
use crate::emit::target::{Counting, Draft, Request, Target};
use write::{Configuration, Rule};

/// How the gateway shows calls to rules. `b` is the body. A list of tools is decided by the same rules, with the body of the
/// request for the list. Without a token there are no claims.
static CALLS: Calls = Calls {
    host: Host { args: ARGUMENTS, caller: "default(jwt, json(\"{}\"))", engine: Engine::Rust },
    listing: "b.method == \"tools/list\"",
    arguments: "b.params.arguments",
    always: "has(mcp.tool)",
};
/// The rule for what is no call of a tool: as soon as one rule allows, whatever none allows is denied.
const OTHERS: &str = "!has(mcp.tool)";
/// Where the gateway listens, if nothing else is said.
const PORT: &str = "3000";

/// The target.
pub(in crate::emit) static TARGET: Target = Target {
    name: "agentgateway",
    title: "agentgateway (config.yaml)",
    document: "the agentgateway configuration",
    extension: "yaml",
    is_json: false,
    main_file: None,
    page: include_str!("../../../../docs/targets/agentgateway.md"),
    counting: Counting::NONE,
    // Integers are compared with doubles as doubles; all literals are doubles.
    numbers: NumberDomain::Double,
    asks: false,
    knows_caller: true,
    options: &[TargetOption::SERVER, TargetOption::ALIAS, TargetOption::HOST, TargetOption::PORT],
    look_alikes: |_| Vec::new(),
    recognises: |text| text.lines().any(|line| line.trim() == "mcpAuthorization:"),
    build: build_document,
    parse: read::parse,
};

fn build_document(request: &Request<'_>) -> Draft {
    let built = build(request.policy, request.server);
    let limit = "its own limits are shared by all callers and are passed over where their condition is an error, and others need a service that counts";
    let mut diagnostics: Vec<Diagnostic> =
        built.limits.iter().map(|rule| Refusal::of_limit(limit).of_rule(rule, TARGET.document)).collect();
    let mut groups = groups(&built.lists, |denied| CALLS.part(denied));
    diagnostics.extend(groups.refusals(request.policy, TARGET.document));
    let (server, host) = (request.server_name(), request.settings.get(&TargetOption::HOST));
    diagnostics.extend(names(request, server, host));
    let mut rules = Vec::new();
    for group in &groups.groups {
        let parts: Vec<&Part> = group.wanted.iter().map(|wanted| &*wanted.part).collect();
        let tools = if group.others {
            // What opens all tools must not open these.
            let is_apart = |name: &&String| !group.names.contains(name);
            Tools::AllBut(built.lists.tools.keys().filter(is_apart).cloned().collect())
        } else {
            Tools::Named(group.names.clone())
        };
        let expression = (!parts.is_empty()).then(|| expression(&parts));
        rules.push(Rule { tools, expression });
    }
    let configuration = Configuration {
        policy: &request.policy.name,
        left: request.left_words(),
        server: server.unwrap_or_default(),
        host: host.unwrap_or_default(),
        port: request.settings.get(&TargetOption::PORT).unwrap_or(PORT),
        rules: &rules,
    };
    Draft {
        text: configuration.text(),
        beside: Vec::new(),
        diagnostics,
        origins: groups.origins(),
        stricter: Vec::new(),
    }
}

/// What must hold of a call, as a part of a conjunction.
fn expression(parts: &[&Part]) -> String {
    let passing = CALLS.passing(parts);
    if asks_arguments(parts.iter().map(|part| &part.condition)) {
        format!("[json(request.body)].exists(b, {passing})")
    } else {
        format!("({passing})")
    }
}

/// What is wrong with the names of a document.
fn names(request: &Request<'_>, server: Option<&str>, host: Option<&str>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let table = "in the table of the target in policyc.toml";
    let mut fail = |message: String, help: String| {
        found.push(Diagnostic::new(codes::NOT_EXPRESSIBLE, request.place(), message).help(help));
    };
    match server {
        None => {
            let message = format!(
                "{} cannot be written without the name of the server, and the policy declares none",
                TARGET.document
            );
            let help = format!(
                "declare the server (`server NAME from \"catalogue.json\";`), or write the name of the target in the gateway as `alias = \"NAME\"` {table}"
            );
            fail(message, help);
        }
        Some(server) if !is_target(server) => {
            let message = format!(
                "{} cannot hold the name {} of a target: only ASCII letters, digits and hyphens",
                TARGET.document,
                quote(server)
            );
            fail(message, format!("give it another name in the gateway, and write it as `alias = \"NAME\"` {table}"));
        }
        Some(_) => {}
    }
    match host {
        None => {
            let message = format!("{} cannot be written without the address of the server", TARGET.document);
            fail(message, format!("write it as `host = \"http://..\"` {table}"));
        }
        Some(host) if !is_host(host) => {
            let message = format!("{} is no address of a server", quote(host));
            fail(message, format!("write it as `host = \"http://..\"` {table}"));
        }
        Some(_) => {}
    }
    if let Some(port) = request.settings.get(&TargetOption::PORT).filter(|port| port.parse::<u16>().is_err()) {
        fail(format!("{} is no port", quote(port)), format!("write `port` as a whole number up to 65535 {table}"));
    }
    found
}

/// Whether a text can be the name of a target. The gateway puts an underscore behind it, before the names of tools.
fn is_target(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a text can be an address.
fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic())
}
