//! The documentation of a completion entry, made when someone looks at it.

use std::fmt;
use std::str::FromStr;

use super::tools_of;
use crate::catalogue::BuiltIn;
use crate::describe::code;
use crate::diagnostics::codes;
use crate::glossary::{self, Within};
use crate::ide::{View, card};
use crate::ir::ToolId;
use crate::json::json_quote;
use crate::json::{Json, Kind};
use crate::lint;
use crate::predicate::{Path, Step};
use crate::syntax::print;
use crate::syntax::token::{TokenKind, lex};

/// The most tools of a set that are named.
const MOST_TOOLS: usize = 40;

/// What an entry of a list is about. As a text it can travel through a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A tool, as messages name it: with its server where there are several.
    Tool(String),
    /// An argument of some tools, or a value inside one.
    Argument {
        /// The tools, as messages name them.
        tools: Vec<String>,
        /// The steps to it.
        steps: Vec<Step>,
    },
    /// A set or group without its `@`, and the offset at which it is understood.
    Set(String, u32),
    /// A `let`, and the offset at which it is understood.
    Let(String, u32),
    /// A server.
    Server(String),
    /// The id of a kind of finding.
    Code(String),
    /// A word of the language.
    Word(String),
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |parts: Vec<String>| format!("[{}]", parts.join(","));
        let text = match self {
            Self::Tool(name) => list(vec![json_quote("tool"), json_quote(name)]),
            Self::Argument { tools, steps } => {
                let tools = list(tools.iter().map(|tool| json_quote(tool)).collect());
                let steps = steps.iter().map(|step| match step {
                    Step::Key(key) => json_quote(key),
                    Step::Index(index) => index.to_string(),
                });
                list(vec![json_quote("argument"), tools, list(steps.collect())])
            }
            Self::Set(name, at) => list(vec![json_quote("set"), json_quote(name), at.to_string()]),
            Self::Let(name, at) => list(vec![json_quote("let"), json_quote(name), at.to_string()]),
            Self::Server(name) => list(vec![json_quote("server"), json_quote(name)]),
            Self::Code(id) => list(vec![json_quote("code"), json_quote(id)]),
            Self::Word(word) => list(vec![json_quote("word"), json_quote(word)]),
        };
        formatter.write_str(&text)
    }
}

/// The text is none that a [`Key`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKey;

impl fmt::Display for NoKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not the key of a completion")
    }
}

impl std::error::Error for NoKey {}

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let json = Json::parse(text).map_err(|_| NoKey)?;
        let root = json.root();
        let text = |index: usize| Some(root.at(index)?.as_str()?.to_owned());
        let number = |index: usize| u32::try_from(root.at(index)?.as_number()?.to_u64()?).ok();
        let read = || match text(0)?.as_str() {
            "tool" => Some(Self::Tool(text(1)?)),
            "argument" => {
                let tools: Option<Vec<String>> =
                    root.at(1)?.items().map(|tool| tool.as_str().map(str::to_owned)).collect();
                let steps = root.at(2)?.items().map(|step| match step.kind() {
                    Kind::Number => Some(Step::Index(u32::try_from(step.as_number()?.to_u64()?).ok()?)),
                    _ => Some(Step::Key(step.as_str()?.to_owned())),
                });
                Some(Self::Argument { tools: tools?, steps: steps.collect::<Option<_>>()? })
            }
            "set" => Some(Self::Set(text(1)?, number(2)?)),
            "let" => Some(Self::Let(text(1)?, number(2)?)),
            "server" => Some(Self::Server(text(1)?)),
            "code" => Some(Self::Code(text(1)?)),
            "word" => Some(Self::Word(text(1)?)),
            _ => None,
        };
        if root.kind() == Kind::Array { read().ok_or(NoKey) } else { Err(NoKey) }
    }
}

/// What there is to read about an entry, in Markdown; `None` if there is nothing, or nothing any more.
#[must_use]
pub fn documentation(view: &View<'_>, key: &Key) -> Option<String> {
    match key {
        Key::Tool(name) => Some(card::tool(view, find(view, name)?)),
        Key::Argument { tools, steps } => {
            let tools: Vec<ToolId> = tools.iter().filter_map(|name| find(view, name)).collect();
            card::argument(view, &tools, steps, &Path::args(steps).to_string())
        }
        Key::Set(name, at) => set(view, name, *at),
        Key::Let(name, at) => {
            let (_, _, value) = view.scope(*at).lets().find(|(known, ..)| *known == name.as_str())?;
            Some(format!("```pol\nlet {name} = {};\n```", print::let_value(value)))
        }
        Key::Server(name) => {
            let server = view.known_tools().server(name)?;
            let server = view.known_tools().servers().get(server.0 as usize)?;
            let info = server.catalogue.as_deref()?.server();
            let version = info.and_then(|info| info.version.as_deref()).map(|version| format!(" {}", code(version)));
            let title = info.and_then(|info| info.name.as_deref()).map(code).unwrap_or_default();
            let count = server.catalogue.as_ref().map_or(0, |catalogue| catalogue.names().len());
            Some(format!("Server {title}{} with {}.", version.unwrap_or_default(), super::tool_count(count)))
        }
        Key::Code(id) => codes::find(id).map(lint::page),
        Key::Word(word) => about(word),
    }
}

/// The tool of a name as messages write it.
fn find(view: &View<'_>, name: &str) -> Option<ToolId> {
    let known_tools = view.known_tools();
    if known_tools.servers().len() > 1 {
        let (server, tool) = name.split_once("::")?;
        return known_tools.named(tool, Some(known_tools.server(server)?)).first().copied();
    }
    known_tools.named(name, None).first().copied()
}

fn set(view: &View<'_>, name: &str, at: u32) -> Option<String> {
    let mut said = String::new();
    let tools = match BuiltIn::meant(name, || view.scope(at).find_group(name).is_some()) {
        Some(set) => {
            said.push_str(&match set {
                BuiltIn::Class(class) => format!("Tools of class `{name}`, severity {}.", class.severity()),
                BuiltIn::Changes => "All tools but those of class `read`.".to_owned(),
                BuiltIn::Tag(tag) => format!("Tools with the tag `{name}`: each {}.", tag.meaning()),
            });
            view.known_tools().of_set(set, None)
        }
        None => {
            let (_, _, selection) = view.scope(at).groups().find(|(known, ..)| *known == name)?;
            said.push_str(&format!("```pol\ngroup {name} = {};\n```", print::selection(selection)));
            tools_of(view, at, selection)
        }
    };
    if tools.is_empty() {
        said.push_str("\n\nNo known tool is in it.");
        return Some(said);
    }
    let named: Vec<String> =
        tools.iter().take(MOST_TOOLS).map(|tool| code(&view.known_tools().display(*tool))).collect();
    said.push_str(&format!("\n\n{}: {}", super::tool_count(tools.len()), named.join(", ")));
    if tools.len() > MOST_TOOLS {
        said.push_str(", …");
    }
    Some(said)
}

/// What a word of the language means, or the first of several; the names of scopes are words, too.
fn about(word: &str) -> Option<String> {
    let known = glossary::find(word);
    let found = match known.iter().find(|word| word.kind.is_some()).or(known.first()) {
        Some(found) => *found,
        // The first of several words. What only a test or an assertion has is explained all the same.
        None => {
            let first = lex(word).into_iter().find(|token| token.kind != TokenKind::Space)?;
            let kinds = [Within::Any, Within::Test, Within::Assertion];
            kinds.into_iter().find_map(|within| glossary::of_token(first.kind, within))?
        }
    };
    Some(format!("{}\n\n```pol\n{}\n```", found.meaning, found.example))
}
