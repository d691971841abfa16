//! Policies in plain sentences: as text, as Markdown and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::words::{add, is_own, wrap};
use crate::describe::{self, code, markdown as escaped};
use crate::ir::{Policy, ServerId, Tool, ToolId};
use crate::source::offset;

/// How a description is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// What becomes of the calls of each tool.
    Tool,
    /// What each rule does.
    Rule,
}

impl By {
    /// By tool where a catalogue says which tools there are.
    #[must_use]
    pub fn usual(policy: &Policy) -> Self {
        if policy.servers.iter().any(|server| server.catalogue.is_some()) { Self::Tool } else { Self::Rule }
    }
}

/// What is said under one title.
struct Section {
    title: String,
    sentences: Vec<String>,
}

fn sections(policy: &Policy, by: By) -> Vec<Section> {
    match by {
        By::Tool => tools(policy),
        By::Rule => rules(policy),
    }
}

/// Tools with the same sentences stand together, in the order of the first of each.
fn tools(policy: &Policy) -> Vec<Section> {
    let several = policy.servers.len() > 1;
    let server_ids = || (0..policy.servers.len()).map(|index| ServerId(offset(index)));
    let mut groups: Vec<Vec<String>> = Vec::new();
    let mut numbers: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for server in server_ids() {
        for (id, tool) in policy.tools_of(server) {
            let sentences = describe::tool(policy, id);
            let server = policy.server(server).filter(|_| several).map(|server| format!("{}::", server.name));
            let name = code(&format!("{}{}", server.unwrap_or_default(), tool.name));
            let number = *numbers.entry(sentences).or_insert(groups.len());
            match groups.get_mut(number) {
                Some(names) => names.push(name),
                None => groups.push(vec![name]),
            }
        }
    }
    let mut numbered: Vec<(usize, Vec<String>)> =
        numbers.into_iter().map(|(sentences, number)| (number, sentences)).collect();
    numbered.sort_unstable();
    let titled = groups.into_iter().zip(numbered);
    let mut sections: Vec<Section> =
        titled.map(|(names, (_, sentences))| Section { title: names.join(", "), sentences }).collect();
    for id in server_ids() {
        let of = policy.server(id).filter(|_| several).map(|server| format!(" of the server {}", code(&server.name)));
        let title = format!("Any other tool{}", of.unwrap_or_default());
        sections.push(Section { title, sentences: describe::other_tools(policy, id) });
    }
    sections
}

fn rules(policy: &Policy) -> Vec<Section> {
    let section = |title: String, sentence: String| Section { title, sentences: vec![sentence] };
    let title = |line: &str| if is_own(line) { format!("Line {line}") } else { code(line) };
    let rules = policy.rules.iter().map(|rule| section(title(&rule.origin.line), describe::rule(rule, policy)));
    let default = match &policy.default.origin {
        Some(origin) => format!("{}, the default", title(&origin.line)),
        None => "The default".to_owned(),
    };
    rules.chain([section(default, describe::default(policy))]).collect()
}

/// A description in lines of some width.
#[must_use]
pub fn text(policy: &Policy, by: By, width: usize) -> String {
    let mut out = format!("Policy {}\n\n", code(&policy.name));
    wrap(describe::ORDER, "", width, &mut out);
    for Section { title, sentences } in sections(policy, by) {
        out.push('\n');
        wrap(&title, "", width, &mut out);
        for sentence in sentences {
            wrap(&sentence, "  - ", width, &mut out);
        }
    }
    out
}

/// A description as a Markdown document.
#[must_use]
pub fn markdown(policy: &Policy, by: By) -> String {
    let mut out = format!("# Policy {}\n\n{}\n", escaped(&code(&policy.name)), escaped(describe::ORDER));
    for Section { title, sentences } in sections(policy, by) {
        out.push_str(&format!("\n## {}\n\n", escaped(&title)));
        for sentence in sentences {
            out.push_str(&format!("- {}\n", escaped(&sentence)));
        }
    }
    out
}

/// A description as JSON.
#[must_use]
pub fn json(policy: &Policy, by: By) -> Value {
    let mut document = json!({ "policy": policy.name });
    let server_name = |id: ServerId| policy.server(id).map(|server| server.name.as_str()).unwrap_or_default();
    let tool_name = |tool: &Tool| json!({ "server": server_name(tool.server), "name": tool.name });
    match by {
        By::Tool => {
            let numbered = policy.tools.iter().enumerate().map(|(index, tool)| (ToolId(offset(index)), tool));
            let tools = numbered.map(|(id, tool)| {
                let mut entry = tool_name(tool);
                add(&mut entry, [("sentences", json!(describe::tool(policy, id)))]);
                entry
            });
            let others = (0..policy.servers.len())
                .map(|index| ServerId(offset(index)))
                .map(|id| json!({ "server": server_name(id), "sentences": describe::other_tools(policy, id) }));
            add(&mut document, [("tools", tools.collect()), ("other_tools", others.collect())]);
        }
        By::Rule => {
            let rules = policy.rules.iter().map(|rule| {
                let tools = rule.selection.named.iter().filter_map(|id| policy.tool(*id)).map(tool_name);
                json!({
                    "line": rule.origin.line,
                    "sentence": describe::rule(rule, policy),
                    "tools": tools.collect::<Vec<_>>(),
                })
            });
            add(&mut document, [("rules", rules.collect())]);
        }
    }
    add(&mut document, [("default", json!(describe::default(policy)))]);
    document
}
