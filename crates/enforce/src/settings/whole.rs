//! Files that are the hook's alone, and what its commands and matchers mean.

use policyc_core::json::{Json, Kind, json_quote};
use policyc_core::pattern::Regex;

use super::{Wanted, clients};

/// The first line of files that the hook has for itself.
const MARK: &str = "Written by `policyc hook --install`.";

/// The program that Cline runs: a script of a shell.
#[must_use]
pub fn script(command: &str) -> String {
    format!("#!/bin/sh\n# {MARK}\nexec {command}\n")
}

/// The plugin that opencode loads. Tools are opened by the names that the client has for them, as far as nothing else in the settings
/// than `closed`, the keys of the installation, refuses them or asks: the last key that matches counts there.
#[must_use]
pub fn plugin(words: &[String], closed: &[String], tools: &[String]) -> String {
    let list = |words: &[String]| words.iter().map(|word| json_quote(word)).collect::<Vec<_>>().join(", ");
    format!(
        r#"// {MARK}
import {{ spawnSync }} from "node:child_process"

const hook = [{}]
const closed = [{}]
const tools = [{}]

// What the settings say of a tool without the keys that close its server.
const said = (rules, tool) => {{
  let last = "allow"
  for (const [key, rule] of Object.entries(rules)) {{
    const pattern = key.replace(/[.+^${{}}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")
    if (!closed.includes(key) && new RegExp(`^${{pattern}}$`, "s").test(tool)) last = rule
  }}
  return last
}}

export const Policyc = async (context) => ({{
  // What the keys of this hook deny is opened here, and judged below.
  config: async (settings) => {{
    const rules = typeof settings.permission === "string" ? {{ "*": settings.permission }} : {{ ...settings.permission }}
    for (const tool of tools) {{
      const rule = said(rules, tool)
      if (rule !== "allow" && rule !== "ask") continue
      delete rules[tool]
      rules[tool] = rule
    }}
    settings.permission = rules
  }},
  "tool.execute.before": async (call, {{ args }}) => {{
    const input = JSON.stringify({{ ...call, args, cwd: context.directory }})
    const ended = spawnSync(hook[0], hook.slice(1), {{ input, timeout: 10000 }})
    if (ended.status !== 0) throw new Error(String(ended.stderr ?? "").trim() || "policyc could not be run")
  }},
}})
"#,
        list(words),
        list(closed),
        list(tools),
    )
}

/// What a file of the hook runs: a command of a shell, or words. `None` for a file of somebody else.
#[must_use]
pub fn command_of(text: &str) -> Option<Result<String, Vec<String>>> {
    if let Some(rest) = text.strip_prefix("#!/bin/sh\n") {
        let rest = rest.strip_prefix("# ")?.strip_prefix(MARK)?.strip_prefix("\nexec ")?;
        return rest.strip_suffix('\n').filter(|line| !line.contains('\n')).map(|line| Ok(line.to_owned()));
    }
    let rest = text.strip_prefix("// ")?.strip_prefix(MARK)?;
    let line = rest.lines().find_map(|line| line.strip_prefix("const hook = "))?;
    let json = Json::parse(line).ok().filter(|json| json.root().kind() == Kind::Array)?;
    Some(Err(json.root().items().filter_map(|word| word.as_str().map(str::to_owned)).collect()))
}

/// Whether a command seems to be a hook of this program, for any client.
pub(super) fn is_hook(command: &str) -> bool {
    command.contains("policyc") && command.contains(" hook --client ")
}

/// What a matcher leaves out of the tools of the servers.
pub(super) fn uncovered(matcher: &str, wanted: &Wanted<'_>) -> Option<String> {
    let client = wanted.client.name;
    let is_all = matcher.is_empty() || matcher == "*" && !clients::is_whole(client);
    if is_all || matcher == clients::matcher(client, wanted.servers) {
        return None;
    }
    let plain = match client {
        "claude-code" => Some("_-|, "),
        "codex" => Some("_|"),
        _ => None,
    };
    let is_plain =
        plain.is_some_and(|plain| matcher.chars().all(|char| char.is_ascii_alphanumeric() || plain.contains(char)));
    let regex = if clients::is_whole(client) { Regex::new(matcher) } else { Regex::search(matcher) };
    let regex = match regex {
        Ok(regex) if !is_plain => regex,
        Ok(_) => {
            return Some("`matcher` is a list of whole names, so it leaves out tools that no catalogue has".to_owned());
        }
        Err(_) => return Some("`matcher` is no regular expression that can be read".to_owned()),
    };
    for server in wanted.servers {
        let unknown = format!("{}{}{}another_tool", server.before, server.written, server.between);
        let mut names = server.tools.iter().chain([&unknown]);
        if let Some(name) = names.find(|name| !regex.is_match(name)) {
            return Some(format!("`matcher` does not find the tool {}", policyc_core::diagnostics::quote(name)));
        }
    }
    None
}
