//! opencode: the `permission` of `opencode.json`.
//!
//! A key is a pattern for the names of tools, `SERVER_TOOL`; of all keys that match, the last one
//! in the file decides. So what is wider stands first: `*` denies everything, `SERVER_*` says what
//! becomes of the tools that the policy does not name, and each tool follows. That `*` denies even
//! where `SERVER_*` says as much, so a name of the server that is misspelt opens nothing.
//! JavaScript moves keys that look like integers to the front, so none is read. A value that is an
//! object, patterns of arguments, means nothing for the tools of a server.

use super::fates::{Fates, fates};
use super::names::{Allowed, is_plain};
use super::top_level::has_key;
use super::{Fate, OPTIONS, Program, Read};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::target::{Counting, Draft, ReadDocument, Request, Target};
use crate::located::{self, Entry, Format, Mistakes, Node};
use crate::source::FileId;

const PERMISSION: &str = "permission";

/// Characters of a tool as the model sees it. Longer names are not known to be kept whole.
const LONGEST: usize = 64;

/// Keys that are about the program itself, beside those of its own tools.
const OWN: [&str; 2] = ["doom_loop", "external_directory"];

const OPENCODE: Program = Program {
    document: "the opencode settings",
    asks: true,
    hides_unnamed: true,
    lists_arguments: false,
    counts: false,
    server: Allowed {
        is: |name| is_plain(name) && !OWN.iter().any(|own| own.starts_with(&format!("{name}_"))),
        words: "ASCII letters, digits, hyphens and underscores, other than `doom` and `external`",
    },
    tool: Allowed::PLAIN,
    longest: Some((LONGEST, |server, tool| server.len() + 1 + tool.len())),
};

/// The target.
pub(in crate::emit) static TARGET: Target = Target {
    name: "opencode",
    title: "opencode (opencode.json)",
    document: OPENCODE.document,
    extension: "json",
    is_json: true,
    main_file: None,
    page: include_str!("../../../docs/targets/opencode.md"),
    counting: Counting::NONE,
    numbers: NumberDomain::Exact,
    asks: OPENCODE.asks,
    knows_caller: false,
    options: OPTIONS,
    look_alikes: |_| Vec::new(),
    recognises: |text| text.starts_with('{') && has_key(text, PERMISSION),
    build,
    parse,
};

const fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Allow => "allow",
        Fate::Ask => "ask",
        Fate::Deny | Fate::Hide => "deny",
    }
}

fn build(request: &Request<'_>) -> Draft {
    let Fates { server, tools, others, origins, diagnostics, .. } = fates(&OPENCODE, request);
    let mut text =
        format!("{{\n  \"{PERMISSION}\": {{\n    \"*\": \"deny\",\n    \"{server}_*\": \"{}\"", word(others));
    for (tool, fate) in &tools {
        text.push_str(&format!(",\n    \"{server}_{tool}\": \"{}\"", word(*fate)));
    }
    text.push_str("\n  }\n}\n");
    Draft { text, beside: Vec::new(), diagnostics, origins, stricter: Vec::new() }
}

fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Json);
    let read = located::json(text, &mut mistakes).and_then(|root| read(&root, &mut mistakes));
    let read: Result<Read, Vec<Diagnostic>> = mistakes.into_result(read);
    Ok(Box::new(read?.decider()))
}

fn read(root: &Node, mistakes: &mut Mistakes) -> Option<Read> {
    let root = root.as_object("the document", &["$schema", PERMISSION], mistakes)?;
    let permission = root.required(PERMISSION, mistakes)?;
    let entries = permission.as_entries("`permission`", mistakes)?;
    let servers: Vec<&str> = entries.iter().filter_map(|entry| entry.key.name.strip_suffix("_*")).collect();
    let [server] = servers.as_slice() else {
        let message = "the document does not say which server it is about";
        permission.is_wrong(message, "write one key `SERVER_*`, for all tools of the server", mistakes);
        return None;
    };
    if !(OPENCODE.server.is)(server) {
        let help = "give the server another name";
        permission.is_wrong(format!("{} is not read as the name of a server", quote(server)), help, mistakes);
        return None;
    }
    let prefix = format!("{server}_");
    let words = [("allow", Fate::Allow), ("ask", Fate::Ask), ("deny", Fate::Hide)];
    // Nothing written means allowed.
    let mut read = Read { others: Some((Fate::Allow, "(default)")), ..Read::default() };
    for Entry { key, value } in entries {
        let Some(fate) = value.as_word(&quote(&key.name), &words, mistakes) else { continue };
        let fate = (fate, word(fate));
        match key.name.strip_prefix(&prefix) {
            Some("*") => wide(&mut read, fate),
            None if key.name == "*" => wide(&mut read, fate),
            Some(tool) if is_plain(tool) => drop(read.tools.insert(tool.to_owned(), fate)),
            _ => {
                let message = format!("{} is neither a tool of the server nor all of them", quote(&key.name));
                let help = format!("write {}, or leave it out", quote(&format!("{prefix}TOOL")));
                mistakes.report(key.span, message, help);
            }
        }
    }
    Some(read)
}

/// A key that matches every tool of the server decides all that stands in front of it.
fn wide(read: &mut Read, fate: (Fate, &'static str)) {
    read.tools.values_mut().for_each(|tool| *tool = fate);
    read.others = Some(fate);
}
