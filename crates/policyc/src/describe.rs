//! `policyc describe`

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::args::{By, DescribeArgs, DescribeFormat};
use super::{CommandResult, Exit, Streams, policy, print_json, written};
use policyc_core::describe::{self, code, markdown};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::source::offset;

/// What is said under one title.
struct Section {
    title: String,
    sentences: Vec<String>,
}

pub(super) fn run(arguments: &DescribeArgs, streams: &mut Streams<'_>) -> CommandResult {
    let loaded = policy::load(&arguments.file, &arguments.source, streams)?;
    let wanted = arguments.source.policy.as_deref();
    let Some(policies) = policy::usable(&loaded, wanted, streams)? else { return Ok(Exit::Findings) };
    if arguments.format == DescribeFormat::Json {
        let policies: Vec<Value> = policies.iter().map(|policy| document(policy, by(policy, arguments))).collect();
        let document = json!({ "version": 1, "policies": policies });
        print_json(streams.output, &document)?;
        return Ok(Exit::Fine);
    }
    for (index, policy) in policies.iter().enumerate() {
        if index > 0 {
            written(writeln!(streams.output))?;
        }
        let sections = match by(policy, arguments) {
            By::Tool => tools(policy),
            By::Rule => rules(policy),
        };
        let text = match arguments.format {
            DescribeFormat::Markdown => as_markdown(policy, &sections),
            _ => as_text(policy, &sections, streams.width),
        };
        written(streams.output.write_all(text.as_bytes()))?;
    }
    Ok(Exit::Fine)
}

fn by(policy: &Policy, arguments: &DescribeArgs) -> By {
    let catalogue = policy.servers.iter().any(|server| server.catalogue.is_some());
    arguments.by.unwrap_or(if catalogue { By::Tool } else { By::Rule })
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
    let title = |line: &str| match line.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("Line {line}"),
        false => code(line),
    };
    let rules = policy.rules.iter().map(|rule| section(title(&rule.origin.line), describe::rule(rule, policy)));
    let default = match &policy.default.origin {
        Some(origin) => format!("{}, the default", title(&origin.line)),
        None => "The default".to_owned(),
    };
    rules.chain([section(default, describe::default(policy))]).collect()
}

fn as_text(policy: &Policy, sections: &[Section], width: usize) -> String {
    let mut out = format!("Policy {}\n\n", code(&policy.name));
    wrap(describe::ORDER, "", width, &mut out);
    for Section { title, sentences } in sections {
        out.push('\n');
        wrap(title, "", width, &mut out);
        for sentence in sentences {
            wrap(sentence, "  - ", width, &mut out);
        }
    }
    out
}

/// Breaks a text into lines of at most `width` characters; lines after the first are indented as far as its mark.
pub(super) fn wrap(text: &str, mark: &str, width: usize, out: &mut String) {
    out.push_str(mark);
    let indent = mark.chars().count();
    let mut column = indent;
    for (index, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 {
            if column + 1 + length > width.max(40) {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

fn as_markdown(policy: &Policy, sections: &[Section]) -> String {
    let mut out = format!("# Policy {}\n\n{}\n", markdown(&code(&policy.name)), markdown(describe::ORDER));
    for Section { title, sentences } in sections {
        out.push_str(&format!("\n## {}\n\n", markdown(title)));
        for sentence in sentences {
            out.push_str(&format!("- {}\n", markdown(sentence)));
        }
    }
    out
}

fn document(policy: &Policy, by: By) -> Value {
    let mut document = json!({ "policy": policy.name });
    let server_name = |id: ServerId| policy.server(id).map(|server| server.name.as_str()).unwrap_or_default();
    let tool_name = |tool: &policyc_core::ir::Tool| json!({ "server": server_name(tool.server), "name": tool.name });
    let Some(object) = document.as_object_mut() else { return document };
    match by {
        By::Tool => {
            let numbered =
                policy.tools.iter().enumerate().map(|(index, tool)| (policyc_core::ir::ToolId(offset(index)), tool));
            let tools = numbered.map(|(id, tool)| {
                let mut entry = tool_name(tool);
                if let Some(entry) = entry.as_object_mut() {
                    entry.insert("sentences".to_owned(), json!(describe::tool(policy, id)));
                }
                entry
            });
            let others = (0..policy.servers.len())
                .map(|index| ServerId(offset(index)))
                .map(|id| json!({ "server": server_name(id), "sentences": describe::other_tools(policy, id) }));
            object.insert("tools".to_owned(), tools.collect());
            object.insert("other_tools".to_owned(), others.collect());
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
            object.insert("rules".to_owned(), rules.collect());
        }
    }
    object.insert("default".to_owned(), json!(describe::default(policy)));
    document
}
