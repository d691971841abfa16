//! LiteLLM's proxy: the lists of a server in `config.yaml`.
//!
//! With a list `allowed_tools` that has an entry only these tools are called, and `disallowed_tools` is
//! not looked at; without one all tools are, but for those in `disallowed_tools`. An empty list of
//! allowed tools is as if there were none, and opens all. A tool in `allowed_params` is called only with arguments of these names,
//! whatever their values. An entry stands for a tool by its own name and
//! by its name behind a prefix, `SERVER-TOOL`. Taken from the source of the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::arguments::Narrowed;
use super::fates::{Fates, fates};
use super::names::{self, Allowed};
use super::{Fate, OPTIONS, Program, Read};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{codes, quote};
use crate::emit::refusal::Refusal;
use crate::emit::target::{Counting, Draft, ReadDocument, Request, Target};
use crate::eval;
use crate::json::json_quote;
use crate::located::{self, Format, Mistakes, Node, Object};
use crate::source::FileId;

const SERVERS: &str = "mcp_servers";
const ALLOWED: &str = "allowed_tools";
const DISALLOWED: &str = "disallowed_tools";
const ARGUMENTS: &str = "allowed_params";

const LITELLM: Program = Program {
    document: "the LiteLLM configuration",
    asks: false,
    hides_unnamed: true,
    lists_arguments: true,
    counts: false,
    // What follows the first hyphen is the name of a tool.
    server: Allowed {
        is: |name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        words: "ASCII letters, digits and underscores",
    },
    tool: Allowed::PLAIN,
    longest: None,
};

/// The target.
pub(in crate::emit) static TARGET: Target = Target {
    name: "litellm",
    title: "LiteLLM proxy (config.yaml)",
    document: LITELLM.document,
    extension: "yaml",
    is_json: false,
    main_file: None,
    page: include_str!("../../../docs/targets/litellm.md"),
    counting: Counting::NONE,
    numbers: NumberDomain::Exact,
    asks: LITELLM.asks,
    knows_caller: false,
    options: OPTIONS,
    look_alikes: |_| Vec::new(),
    recognises: |text| text.lines().any(|line| line.trim_end() == "mcp_servers:"),
    build,
    parse,
};

fn build(request: &Request<'_>) -> Draft {
    let Fates { server, tools, others, arguments, stricter, origins, mut diagnostics } = fates(&LITELLM, request);
    let of = |wanted: &[Fate]| -> Vec<&String> {
        tools.iter().filter(|(_, fate)| wanted.contains(fate)).map(|(tool, _)| tool).collect()
    };
    let (allowed, denied) = (of(&[Fate::Allow]), of(&[Fate::Ask, Fate::Deny, Fate::Hide]));
    let is_closed = others != Fate::Allow;
    if is_closed && allowed.is_empty() && diagnostics.is_empty() {
        let refusal = Refusal::new(
            "a list of allowed tools without an entry opens all tools",
            "leave the server out of the configuration, or allow a tool",
        );
        diagnostics.push(names::refused_whole(&LITELLM, request, refusal));
    }
    let taken = tools.keys().chain(arguments.keys()).filter(|tool| has_prefix(tool, &server));
    diagnostics.extend(taken.map(|tool| names::prefixed(&LITELLM, request, tool)));
    let list = |key: &str, tools: &[&String]| {
        let items: Vec<String> = tools.iter().map(|tool| format!("      - {}\n", json_quote(tool))).collect();
        if items.is_empty() { String::new() } else { format!("    {key}:\n{}", items.concat()) }
    };
    let mut lists = list(ALLOWED, if is_closed { &allowed } else { &[] }) + &list(DISALLOWED, &denied);
    if !arguments.is_empty() {
        let _ = writeln!(lists, "    {ARGUMENTS}:");
    }
    for (tool, names) in &arguments {
        let names: Vec<String> = names.iter().map(|name| json_quote(name)).collect();
        let _ = writeln!(lists, "      {}: [{}]", json_quote(tool), names.join(", "));
    }
    let lists = if lists.is_empty() { format!("    {DISALLOWED}: []\n") } else { lists };
    let text = format!("{SERVERS}:\n  {server}:\n{lists}");
    Draft { text, beside: Vec::new(), diagnostics, origins, stricter }
}

/// Whether the name of a tool is that of another behind the prefix of the server.
fn has_prefix(tool: &str, server: &str) -> bool {
    tool.to_lowercase().starts_with(&format!("{}-", server.to_lowercase()))
}

fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Yaml);
    let root = located::yaml(text, located::core::plain, &mut mistakes);
    let read = root.and_then(|root| read(&root, &mut mistakes));
    let (read, arguments) = mistakes.into_result(read)?;
    Ok(Box::new(Narrowed::new(read.decider(), arguments, ARGUMENTS)))
}

fn read(root: &Node, mistakes: &mut Mistakes) -> Option<(Read, BTreeMap<String, BTreeSet<String>>)> {
    let servers = root.as_object("the document", &[SERVERS], mistakes)?.required(SERVERS, mistakes)?;
    let [server] = servers.as_entries("`mcp_servers`", mistakes)? else {
        servers.is_wrong("the document is not about one server", "give the lists of one server", mistakes);
        return None;
    };
    let what = quote(&server.key.name);
    let lists = server.value.as_object(&what, &[ALLOWED, DISALLOWED, ARGUMENTS], mistakes)?;
    let allowed = tools(&lists, ALLOWED, &server.key.name, mistakes);
    let denied = tools(&lists, DISALLOWED, &server.key.name, mistakes);
    let mut read = Read::default();
    let is_closed = !allowed.is_empty();
    read.tools.extend(denied.into_iter().map(|tool| (tool, (Fate::Hide, DISALLOWED))));
    read.tools.extend(allowed.into_iter().map(|tool| (tool, (Fate::Allow, ALLOWED))));
    read.others = Some(if is_closed { (Fate::Hide, eval::DEFAULT_DENY) } else { (Fate::Allow, "(default)") });
    let arguments = lists.optional(ARGUMENTS).map(|lists| arguments(lists, &server.key.name, mistakes));
    Some((read, arguments.unwrap_or_default()))
}

/// The arguments that tools may have.
fn arguments(lists: &Node, server: &str, mistakes: &mut Mistakes) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for entry in lists.as_entries(&quote(ARGUMENTS), mistakes).unwrap_or_default() {
        let tool = &entry.key.name;
        if is_taken_otherwise(tool, server) {
            let help = "write the name of the tool as the server has it";
            entry.value.is_wrong(format!("{} is not read as the name of one tool", quote(tool)), help, mistakes);
        }
        let items = entry.value.as_list(&quote(tool), mistakes).unwrap_or_default();
        let names = items.iter().filter_map(|item| item.as_text("an argument", mistakes).map(str::to_owned));
        found.insert(tool.to_string(), names.collect());
    }
    found
}

/// Whether the proxy may take a name for another, or does not read it as one.
fn is_taken_otherwise(tool: &str, server: &str) -> bool {
    has_prefix(tool, server) || !(LITELLM.tool.is)(tool)
}

fn tools(lists: &Object<'_>, key: &str, server: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let items = lists.optional(key).and_then(|list| list.as_list(&quote(key), mistakes)).unwrap_or_default();
    let mut names = Vec::new();
    for item in items {
        let Some(name) = item.as_text("a tool", mistakes) else { continue };
        if is_taken_otherwise(name, server) {
            let help = "write the names of tools as the server has them, one by one";
            item.is_wrong(format!("{} is not read as the name of one tool", quote(name)), help, mistakes);
        }
        names.push(name.to_owned());
    }
    names
}
