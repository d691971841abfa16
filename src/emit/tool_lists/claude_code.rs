//! Claude Code: the `permissions` of its settings.
//!
//! A rule names a tool of a server, `mcp__SERVER__TOOL`, or all of them, `mcp__SERVER`. The lists
//! are asked in the order `deny`, `ask`, `allow`, and the first that has a rule for the tool
//! decides, however narrow the rule is. What no list has depends on `defaultMode`: only `dontAsk`
//! denies it, and there `ask` denies as well. So nobody is asked by what is written here. A rule in
//! parentheses, about arguments, is skipped, which makes a denial mean nothing; none is written,
//! and none is read.

use std::collections::{BTreeMap, BTreeSet};

use super::fates::{Fates, fates};
use super::names::{Allowed, is_plain};
use super::top_level::has_key;
use super::{Fate, OPTIONS, Program, Read, json_list};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::target::{Counting, Draft, ReadDocument, Request, Target};
use crate::eval;
use crate::located::{self, Format, Mistakes, Node, Object};
use crate::source::FileId;

const PERMISSIONS: &str = "permissions";
const PREFIX: &str = "mcp__";
const BYPASS: &str = "disableBypassPermissionsMode";
const MODE: &str = "defaultMode";

/// Characters of a tool as the model sees it. Longer names are not known to be kept whole.
const LONGEST: usize = 64;

const CLAUDE: Program = Program {
    document: "the Claude Code settings",
    asks: false,
    hides_unnamed: false,
    lists_arguments: false,
    counts: false,
    // Two underscores end the name of a server.
    server: Allowed {
        is: |name| is_plain(name) && !name.contains("__") && !name.starts_with('_') && !name.ends_with('_'),
        words: "ASCII letters, digits, hyphens and single underscores between them",
    },
    tool: Allowed::PLAIN,
    longest: Some((LONGEST, |server, tool| PREFIX.len() + server.len() + 2 + tool.len())),
};

/// The target.
pub(in crate::emit) static TARGET: Target = Target {
    name: "claude-code",
    title: "Claude Code (settings.json)",
    document: CLAUDE.document,
    extension: "json",
    is_json: true,
    main_file: None,
    page: include_str!("../../../docs/targets/claude-code.md"),
    counting: Counting::NONE,
    numbers: NumberDomain::Exact,
    asks: CLAUDE.asks,
    knows_caller: false,
    options: OPTIONS,
    look_alikes: |_| Vec::new(),
    recognises: |text| text.starts_with('{') && has_key(text, PERMISSIONS),
    build,
    parse,
};

fn build(request: &Request<'_>) -> Draft {
    let Fates { server, tools, others, origins, diagnostics, .. } = fates(&CLAUDE, request);
    let all = format!("{PREFIX}{server}");
    let of = |wanted: &[Fate], others_too: bool| -> Vec<String> {
        let named = tools.iter().filter(|(_, fate)| wanted.contains(fate)).map(|(tool, _)| format!("{all}__{tool}"));
        others_too.then(|| all.clone()).into_iter().chain(named).collect()
    };
    let allow = json_list(4, &of(&[Fate::Allow], others == Fate::Allow));
    let deny = json_list(4, &of(&[Fate::Deny, Fate::Hide], others == Fate::Hide));
    let text = format!(
        "{{\n  \"{PERMISSIONS}\": {{\n    \"{MODE}\": \"dontAsk\",\n    \"{BYPASS}\": \"disable\",\n    \"allow\": {allow},\n    \
         \"deny\": {deny}\n  }}\n}}\n"
    );
    Draft { text, beside: Vec::new(), diagnostics, origins, stricter: Vec::new() }
}

fn parse(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Json);
    let read = located::json(text, &mut mistakes).and_then(|root| read(&root, &mut mistakes));
    let read: Result<Read, Vec<Diagnostic>> = mistakes.into_result(read);
    Ok(Box::new(read?.decider()))
}

/// What becomes of tools that no list has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    DontAsk,
    Default,
}

/// The rules of a list: some tools of a server, and perhaps all.
#[derive(Default)]
struct Rules<'a> {
    tools: BTreeSet<&'a str>,
    all: bool,
}

impl Rules<'_> {
    fn has(&self, tool: Option<&str>) -> bool {
        self.all || tool.is_some_and(|tool| self.tools.contains(tool))
    }
}

fn read(root: &Node, mistakes: &mut Mistakes) -> Option<Read> {
    let root = root.as_object("the document", &["$schema", PERMISSIONS], mistakes)?;
    let permissions = root.required(PERMISSIONS, mistakes)?;
    let known = [MODE, BYPASS, "allow", "ask", "deny"];
    let permissions = permissions.as_object("`permissions`", &known, mistakes)?;
    let words = [("dontAsk", Mode::DontAsk), ("default", Mode::Default)];
    let mode = permissions.required(MODE, mistakes).and_then(|mode| mode.as_word("`defaultMode`", &words, mistakes));
    if let Some(bypass) = permissions.required(BYPASS, mistakes) {
        bypass.as_word(&quote(BYPASS), &[("disable", ())], mistakes);
    }
    let mut server = None;
    let mut list = |name| rules(&permissions, name, &mut server, mistakes);
    let (deny, ask, allow) = (list("deny"), list("ask"), list("allow"));
    let is_strict = mode? == Mode::DontAsk;
    let fate = |tool: Option<&str>| match () {
        () if deny.has(tool) => (Fate::Hide, "deny"),
        () if ask.has(tool) => (if is_strict { Fate::Deny } else { Fate::Ask }, "ask"),
        () if allow.has(tool) => (Fate::Allow, "allow"),
        () if is_strict => (Fate::Deny, eval::DEFAULT_DENY),
        () => (Fate::Ask, MODE),
    };
    let names = [&deny, &ask, &allow].into_iter().flat_map(|rules| rules.tools.iter().copied());
    let tools: BTreeMap<_, _> = names.map(|tool| (tool.to_owned(), fate(Some(tool)))).collect();
    Some(Read { tools, others: Some(fate(None)) })
}

/// Reads the rules of a list, all of one server.
fn rules<'a>(permissions: &Object<'a>, name: &str, server: &mut Option<&'a str>, mistakes: &mut Mistakes) -> Rules<'a> {
    let mut rules = Rules::default();
    let items = permissions.optional(name).and_then(|list| list.as_list(&quote(name), mistakes));
    for item in items.unwrap_or_default() {
        let Some(text) = item.as_text("a rule", mistakes) else { continue };
        let Some((own, tool)) = rule(text) else {
            let help = "write `mcp__SERVER__TOOL` or `mcp__SERVER`: a rule in parentheses is skipped, and what a glob matches is not \
                        known here";
            item.is_wrong(
                format!("{} is no rule about one tool of a server or about all", quote(text)),
                help,
                mistakes,
            );
            continue;
        };
        if *server.get_or_insert(own) != own {
            item.is_wrong("the rules are about several servers", "give the rules of one server", mistakes);
        }
        match tool {
            Some(tool) => drop(rules.tools.insert(tool)),
            None => rules.all = true,
        }
    }
    rules
}

/// The server and the tool of a rule; no tool for all of them.
fn rule(text: &str) -> Option<(&str, Option<&str>)> {
    let rest = text.strip_prefix(PREFIX)?;
    let (server, tool) = match rest.split_once("__") {
        None | Some((_, "*")) => (rest.strip_suffix("__*").unwrap_or(rest), None),
        Some((server, tool)) => (server, Some(tool)),
    };
    let is_literal = (CLAUDE.server.is)(server) && tool.is_none_or(is_plain);
    is_literal.then_some((server, tool))
}
