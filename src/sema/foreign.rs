//! Recognises names of tools as clients and other policies write them: with a server in front, or a
//! word for all tools.

use super::KnownTools;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::ir::ServerId;
use crate::syntax::ast::{SelectionItem, SelectionKind};
use crate::syntax::print;

/// Words that are taken for all tools.
const ALL: [&str; 6] = ["all", "any", "everything", "anything", "every", "everyone"];

/// What separates the name of a server from that of a tool elsewhere.
const SEPARATORS: [&str; 8] = ["__", "::", "/", ".", ":", "-", "_", " "];

/// How a tool, or a glob, that no catalogue has under this name is written here: `*` for `all`, `shop::pay` for `mcp__shop__pay`,
/// `shop.pay` and `shop/pay`. `None` if it is no such name.
pub(super) fn tool(name: &str, server: Option<ServerId>, known_tools: &KnownTools) -> Option<String> {
    if server.is_none() && ALL.iter().any(|word| word.eq_ignore_ascii_case(name)) {
        return Some("*".to_owned());
    }
    // A regular expression for any characters.
    let plain = name.replace(".*", "*");
    if plain != name && !plain.trim_matches('*').is_empty() && !plain.contains("**") && has(known_tools, &plain, server)
    {
        return Some(plain);
    }
    // The name of a server stands for its tools.
    if server.is_none() && known_tools.servers().iter().any(|known| known.name == name) {
        return Some(format!("{}::*", print::tool(name)));
    }
    let name =
        ["mcp__", "mcp_", "mcp.", "mcp:", "mcp/"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    let written = |server: &str, tool: &str| {
        format!("{}::{}", print::tool(server), if tool.contains('*') { tool.to_owned() } else { print::tool(tool) })
    };
    for (index, known) in known_tools.servers().iter().enumerate() {
        let id = ServerId(crate::source::offset(index));
        if server.is_some_and(|server| server != id) {
            continue;
        }
        let rest =
            SEPARATORS.iter().find_map(|separator| name.strip_prefix(known.name.as_str())?.strip_prefix(separator));
        if let Some(tool) = rest.filter(|tool| has(known_tools, tool, Some(id))) {
            return Some(written(&known.name, tool));
        }
    }
    // The client may know the server by another name.
    let (_, tool) = name.split_once("__").or_else(|| name.split_once('/')).or_else(|| name.split_once('.'))?;
    let found = known_tools.named(tool, server);
    match found.as_slice() {
        [only] => {
            let server = known_tools.servers().get(known_tools.tool(*only)?.server.0 as usize)?;
            Some(written(&server.name, tool))
        }
        _ => None,
    }
}

/// The built-in set that other policies know by another name, without its `@`; `*` for all tools.
pub(super) fn set(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "all" | "any" | "everything" | "tools" => "*",
        "readonly" | "read_only" | "read-only" | "reader" | "viewer" | "get" => "read",
        "mutating" | "mutation" | "modify" | "change" | "edit" | "editor" => "changes",
        "delete" | "dangerous" | "destroy" => "destructive",
        "exec" | "shell" | "code" => "execute",
        "money" | "payment" | "payments" | "finance" => "financial",
        _ => return None,
    })
}

fn has(known_tools: &KnownTools, tool: &str, server: Option<ServerId>) -> bool {
    if tool.contains('*') {
        tool.chars().all(|char| char == '*') || !known_tools.matching(tool, server).is_empty()
    } else {
        !known_tools.named(tool, server).is_empty()
    }
}

/// Without a catalogue any name can be that of a tool; but a word for all tools hardly is, unless it stands in quotes.
pub(super) fn for_all(name: &str, item: &SelectionItem) -> Option<Diagnostic> {
    let is_word = item.server.is_none()
        && matches!(item.kind, SelectionKind::Name(_))
        && ALL.iter().any(|word| word.eq_ignore_ascii_case(name));
    is_word.then(|| {
        Diagnostic::new(codes::WORD_FOR_ALL, item.span, format!("{} is read as the name of a tool", quote(name)))
            .help(format!(
                "write `*` for all tools, and a tool of that name as a string: {}",
                quote(&print::string(name))
            ))
            .fix(Applicability::Unsafe, "write `*`", item.span, "*")
    })
}
