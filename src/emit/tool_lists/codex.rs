//! Codex: the table of a server in `config.toml`.
//!
//! `enabled_tools` is an allow list of names as the server says them, `disabled_tools` beats it,
//! and a mode of approval for each tool says whether a person is asked. The modes `auto`, which
//! holds where none is written, and `writes` believe what the server says of its own tools, so
//! every tool that is written here has one of the other two.

use std::collections::{BTreeMap, BTreeSet};

use super::fates::{Fates, fates};
use super::names::{self, Allowed, is_plain};
use super::{Fate, OPTIONS, Program, Read};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes, quote, visible};
use crate::emit::target::{Counting, Draft, ReadDocument, Request, Target};
use crate::eval;
use crate::json::json_quote;
use crate::located::{self, Content, Entry, Format, Mistakes, Node, Object};
use crate::source::FileId;

const SERVERS: &str = "mcp_servers";
const ENABLED: &str = "enabled_tools";
const DISABLED: &str = "disabled_tools";
const DEFAULT_MODE: &str = "default_tools_approval_mode";
const MODE: &str = "approval_mode";

/// Other keys of a server, which say nothing about its tools.
const TRANSPORT: [&str; 15] = [
    "command",
    "args",
    "env",
    "env_vars",
    "cwd",
    "url",
    "bearer_token_env_var",
    "http_headers",
    "env_http_headers",
    "startup_timeout_sec",
    "startup_timeout_ms",
    "tool_timeout_sec",
    "required",
    "scopes",
    "enabled",
];

const CODEX: Program = Program {
    document: "the Codex settings",
    asks: true,
    hides_unnamed: true,
    lists_arguments: false,
    counts: false,
    server: Allowed::PLAIN,
    tool: Allowed {
        is: |name| !name.is_empty() && !name.chars().any(char::is_control),
        words: "characters other than control characters",
    },
    longest: None,
};

/// The target.
pub(in crate::emit) static TARGET: Target = Target {
    name: "codex",
    title: "Codex settings (config.toml)",
    document: CODEX.document,
    extension: "toml",
    is_json: false,
    main_file: None,
    page: include_str!("../../../docs/targets/codex.md"),
    counting: Counting::NONE,
    numbers: NumberDomain::Exact,
    asks: true,
    knows_caller: false,
    options: OPTIONS,
    look_alikes: |_| Vec::new(),
    recognises: |text| {
        let mut lines = text.lines().map(|line| line.trim_start().trim_start_matches('[').trim_start());
        lines.any(|line| line.strip_prefix(SERVERS).is_some_and(|rest| rest.trim_start().starts_with(['.', '=', ']'])))
    },
    build,
    parse,
};

fn build(request: &Request<'_>) -> Draft {
    let Fates { server, tools, others, origins, mut diagnostics, .. } = fates(&CODEX, request);
    let passing = tools.iter().filter(|(_, fate)| matches!(fate, Fate::Allow | Fate::Ask)).map(|(name, _)| name);
    if let Some(two) = look_alike(passing.map(String::as_str)) {
        diagnostics.push(names::confused(&CODEX, request, two));
    }
    let text = document(&request.policy.name, request.left_words(), &server, &tools, others);
    Draft { text, beside: Vec::new(), diagnostics, origins, stricter: Vec::new() }
}

/// Two tools that have one name before the model, which sees `_` for what is no letter or digit.
fn look_alike<'a>(tools: impl Iterator<Item = &'a str>) -> Option<[&'a str; 2]> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for tool in tools {
        let shown = tool.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
        if let Some(other) = seen.insert(shown, tool) {
            return Some([other, tool]);
        }
    }
    None
}

/// A string of TOML.
fn string(text: &str) -> String {
    // What JSON writes as it is and TOML does not.
    json_quote(text).replace('\u{7f}', "\\u007f")
}

fn key(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { string(name) }
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.map(|name| string(name)).collect();
    match names.as_slice() {
        [] => "[]".to_owned(),
        [only] => format!("[{only}]"),
        several => format!("[\n    {},\n]", several.join(",\n    ")),
    }
}

const fn mode(fate: Fate) -> &'static str {
    match fate {
        Fate::Allow => "approve",
        _ => "prompt",
    }
}

fn document(policy: &str, left: Option<String>, server: &str, tools: &BTreeMap<String, Fate>, others: Fate) -> String {
    let left = left.map(|words| format!("# {}\n", visible(&words))).unwrap_or_default();
    let server = key(server);
    let mut out = format!(
        "# Written by policyc from the policy {}. Change the policy, not this file.\n{left}\n[{SERVERS}.{server}]\n\
         required = true\n{DEFAULT_MODE} = \"{}\"\n",
        visible(&json_quote(policy)),
        mode(others),
    );
    let of = |wanted: &'static [Fate]| tools.iter().filter(move |(_, fate)| wanted.contains(fate));
    let (passing, denied) = (&[Fate::Allow, Fate::Ask], &[Fate::Deny, Fate::Hide]);
    if denied.contains(&others) {
        out.push_str(&format!("{ENABLED} = {}\n", list(of(passing).map(|(name, _)| name))));
    }
    if of(denied).next().is_some() {
        out.push_str(&format!("{DISABLED} = {}\n", list(of(denied).map(|(name, _)| name))));
    }
    for (name, fate) in of(passing) {
        out.push_str(&format!("\n[{SERVERS}.{server}.tools.{}]\n{MODE} = \"{}\"\n", key(name), mode(*fate)));
    }
    out
}

fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Toml).ignored_by("Codex");
    let read = located::toml(text, &mut mistakes).and_then(|root| read(&root, &mut mistakes));
    let read: Result<Read, Vec<Diagnostic>> = mistakes.into_result(read);
    Ok(Box::new(read?.decider()))
}

fn read(root: &Node, mistakes: &mut Mistakes) -> Option<Read> {
    let mut found = None;
    for Entry { key, value } in root.as_entries("the document", mistakes)? {
        if key.name != SERVERS {
            let message = format!("{} is not read here, so what it changes is not known", quote(&key.name));
            mistakes.report(key.span, message, "give a document with the table of one server and nothing else");
            continue;
        }
        let servers = value.as_entries(&quote(SERVERS), mistakes)?;
        let [Entry { value, .. }] = servers else {
            value.is_wrong("a document is about one server", "give the table of one server", mistakes);
            continue;
        };
        found = Some(value);
    }
    let Some(server) = found else {
        if mistakes.is_empty() {
            root.is_wrong(format!("the document has no {}", quote(SERVERS)), "add the table of a server", mistakes);
        }
        return None;
    };
    let known: Vec<&str> = [ENABLED, DISABLED, DEFAULT_MODE, "tools"].into_iter().chain(TRANSPORT).collect();
    let server = server.as_object("a server", &known, mistakes)?;
    if let Some(enabled) = server.optional("enabled")
        && enabled.as_bool("`enabled`", mistakes) == Some(false)
    {
        enabled.is_wrong("the server is switched off", "leave out `enabled`", mistakes);
    }
    if let Some(required) = server.optional("required") {
        required.as_bool("`required`", mistakes);
    }
    tools(&server, mistakes)
}

fn tools(server: &Object<'_>, mistakes: &mut Mistakes) -> Option<Read> {
    let enabled = server.optional(ENABLED).map(|list| read_names(list, ENABLED, mistakes));
    let disabled = server.optional(DISABLED).map(|list| read_names(list, DISABLED, mistakes)).unwrap_or_default();
    let default = read_mode(server.optional(DEFAULT_MODE), DEFAULT_MODE, mistakes);
    let mut modes = BTreeMap::new();
    let entries = server.optional("tools").and_then(|tools| tools.as_entries("`tools`", mistakes));
    for Entry { key, value } in entries.unwrap_or_default() {
        let tool = value.as_object("a tool", &[MODE], mistakes);
        let mode = tool.and_then(|tool| read_mode(tool.optional(MODE), MODE, mistakes));
        modes.insert(&*key.name, mode);
    }
    let names: BTreeSet<&str> =
        enabled.iter().flatten().chain(&disabled).copied().chain(modes.keys().copied()).collect();
    let mut read = Read::default();
    let mut is_unsaid = false;
    for name in names {
        let is_enabled = enabled.as_ref().is_none_or(|enabled| enabled.contains(name));
        let fate = if disabled.contains(name) {
            (Fate::Hide, DISABLED)
        } else if !is_enabled {
            (Fate::Hide, ENABLED)
        } else if let Some(mode) = modes.get(name).copied().flatten() {
            (mode, MODE)
        } else {
            is_unsaid |= default.is_none();
            (default.unwrap_or(Fate::Ask), DEFAULT_MODE)
        };
        read.tools.insert(name.to_owned(), fate);
    }
    let has_list = enabled.is_some();
    is_unsaid |= !has_list && default.is_none();
    // A mode that cannot be read, or a misspelt key, has been reported.
    if is_unsaid && mistakes.is_empty() {
        let message = "without a mode of approval, what the server says of its own tools decides who is asked";
        let help = format!("add `{DEFAULT_MODE} = \"prompt\"`, or a mode for each tool");
        server.node().is_wrong(message, help, mistakes);
    }
    let passing = read.tools.iter().filter(|(_, (fate, _))| *fate != Fate::Hide).map(|(name, _)| name.as_str());
    if let Some([one, other]) = look_alike(passing) {
        let message = format!("{} and {} have one name before the model", quote(one), quote(other));
        server.node().is_wrong(message, "enable one of the two", mistakes);
    }
    read.others = Some(match default {
        _ if has_list => (Fate::Hide, eval::DEFAULT_DENY),
        default => (default.unwrap_or(Fate::Ask), DEFAULT_MODE),
    });
    Some(read)
}

fn read_names<'a>(list: &'a Node, what: &str, mistakes: &mut Mistakes) -> BTreeSet<&'a str> {
    let items = list.as_list(&quote(what), mistakes).unwrap_or_default();
    items.iter().filter_map(|item| item.as_text("the name of a tool", mistakes)).collect()
}

/// What a mode does with calls; `None` where none is written or it has been reported.
fn read_mode(mode: Option<&Node>, key: &str, mistakes: &mut Mistakes) -> Option<Fate> {
    let mode = mode?;
    if matches!(&mode.content, Content::Text(text) if text == "auto" || text == "writes") {
        let message = "this mode lets what the server says of its own tools decide who is asked";
        mode.is_wrong(message, "write `prompt` or `approve`", mistakes);
        return None;
    }
    mode.as_word(&quote(key), &[("prompt", Fate::Ask), ("approve", Fate::Allow)], mistakes)
}
