//! Which tool of which server a client means.
//!
//! Clients join the names of server and tool into one and replace characters, each by its own rule; what was joined cannot be split
//! again. So the names of known tools are written as the client would, and compared whole. What could mean two tools is no name: the
//! call is denied.

use std::collections::BTreeSet;

use policyc_core::diagnostics::quote;
use policyc_core::eval::{Call, Evaluator, HIDDEN};
use policyc_core::ir::Policy;
use policyc_core::json::Json;

use super::shape::Client;

/// How a client makes the names of tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Naming {
    /// What is in front of the server.
    pub(super) before: &'static str,
    /// What is between server and tool.
    pub(super) between: &'static str,
    /// The characters that stay, besides ASCII letters and digits.
    pub(super) keeps: &'static str,
    /// What takes the place of the others.
    pub(super) other: char,
    /// Where the event also has the server by itself.
    pub(super) server: Option<&'static str>,
    /// Where the event also has the tool by itself.
    pub(super) tool: Option<&'static str>,
    /// The one name under which the client calls tools of servers; other names are its own tools.
    pub(super) only: Option<&'static str>,
    /// Whether the name is that of the tool, and nothing names the server.
    pub(super) bare: bool,
}

impl Naming {
    /// `mcp__SERVER__TOOL`
    pub(super) const MCP: Self = Self {
        before: "mcp__",
        between: "__",
        keeps: "-_",
        other: '_',
        server: None,
        tool: None,
        only: None,
        bare: false,
    };

    /// A name as the client writes it.
    fn written(&self, name: &str) -> String {
        let stays = |char: char| char.is_ascii_alphanumeric() || self.keeps.contains(char);
        name.chars().map(|char| if stays(char) { char } else { self.other }).collect()
    }

    /// What follows the server in the name of one of its tools. Whatever may take the place of a special character is
    /// recognised.
    fn behind_server<'n>(&self, name: &'n str, server: &str) -> Option<&'n str> {
        let mut rest = name.strip_prefix(self.before)?.chars();
        for wanted in server.chars() {
            let found = rest.next()?;
            let replaced = !wanted.is_ascii_alphanumeric() && matches!(found, '_' | '-');
            if found != wanted && !replaced {
                return None;
            }
        }
        rest.as_str().strip_prefix(self.between)
    }
}

/// Names from this length on may have been shortened by a client.
const LONG: usize = 48;
/// No client shortens names of so many characters.
const KEPT_WHOLE: usize = 56;

/// The servers that policies govern, by the names that the client has for them.
#[derive(Debug, Default)]
pub struct Servers<'p>(Vec<Server<'p>>);

#[derive(Debug)]
struct Server<'p> {
    /// The policy, as an index of the gate.
    policy: usize,
    rules: &'p Policy,
    /// Its name in the policy; empty for the only one of a policy that names none.
    name: &'p str,
    /// Its name in the settings of the client.
    called: String,
    tools: Vec<&'p str>,
}

impl<'p> Server<'p> {
    /// The tools that the policy hides.
    fn hidden(&self) -> Vec<&'p str> {
        let evaluator = Evaluator::new(self.rules);
        let Ok(nothing) = Json::parse("{}") else { return Vec::new() };
        let is_hidden = |tool: &&str| {
            let call = Call {
                server: Some(self.name).filter(|name| !name.is_empty()),
                name: tool,
                arguments: nothing.root(),
                caller: None,
                grant: None,
                at: 0,
                approved: false,
            };
            evaluator.consider(&call).within_limits().rule() == HIDDEN
        };
        self.tools.iter().copied().filter(is_hidden).collect()
    }
}

/// A server whose tools are decided, as a client calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Its name in the settings of the client.
    pub called: String,
    /// The same as it is written in the names of tools.
    pub written: String,
    /// What is in front of it there.
    pub before: &'static str,
    /// What follows it there.
    pub between: &'static str,
    /// The tools that the policies know, by the client's names.
    pub tools: Vec<String>,
    /// Those of them that some policy hides.
    pub hidden: Vec<String>,
}

/// A tool as a policy knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meant<'p> {
    pub(super) policy: usize,
    /// `None` where the event does not say.
    pub(super) server: Option<&'p str>,
    pub(super) tool: String,
}

/// What the event says of server and tool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'e> {
    /// As the client calls the tool.
    pub(super) name: &'e str,
    pub(super) server: Option<&'e str>,
    pub(super) tool: Option<&'e str>,
}

impl<'p> Servers<'p> {
    /// Adds the servers of the next policy. `called` gives the name that the client has for a server of the policy, where it is
    /// not the same.
    ///
    /// # Errors
    /// A message for people: the client's name for a server is not known, or cannot be recognised in the names of tools.
    pub fn add(&mut self, policy: &'p Policy, called: impl Fn(&str) -> Option<String>) -> Result<(), String> {
        let index = self.0.iter().map(|server| server.policy + 1).max().unwrap_or(0);
        for (id, server) in (0..).map(policyc_core::ir::ServerId).zip(policy.servers.iter()) {
            let name = called(&server.name).unwrap_or_else(|| server.name.clone());
            if name.is_empty() {
                return Err(format!(
                    "the policy {} names no server; say how the client calls it with `--server NAME`",
                    quote(&policy.name)
                ));
            }
            if !name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
                return Err(format!(
                    "no client keeps the server name {} as it is; use ASCII letters, digits, `-` and `_`",
                    quote(&name)
                ));
            }
            let tools = policy.tools_of(id).map(|(_, tool)| tool.name.as_str()).collect();
            self.0.push(Server { policy: index, rules: policy, name: &server.name, called: name, tools });
        }
        Ok(())
    }

    /// The servers, sorted, in the names that a client gives to their tools.
    #[must_use]
    pub fn covered(&self, client: Client) -> Vec<Covered> {
        let Some(naming) = client.shapes.first().map(|shape| shape.naming) else { return Vec::new() };
        let mut called: Vec<&str> = self.0.iter().map(|server| server.called.as_str()).collect();
        called.sort_unstable();
        called.dedup();
        let covered = |called: &str| {
            let written = naming.written(called);
            let (before, between) = (naming.before, naming.between);
            let full = |tool: &&str| format!("{before}{written}{between}{}", naming.written(tool));
            let of_server = || self.0.iter().filter(|server| server.called == called);
            let names = |tools: BTreeSet<&str>| tools.iter().map(full).collect();
            let tools = names(of_server().flat_map(|server| server.tools.iter().copied()).collect());
            let hidden = names(of_server().flat_map(Server::hidden).collect());
            Covered { called: called.to_owned(), written, before, between, tools, hidden }
        };
        called.into_iter().map(covered).collect()
    }

    /// What a name means: for each policy that governs the tool, the tool. Nothing if no policy does.
    ///
    /// # Errors
    /// A sentence: more than one tool may be meant.
    pub(super) fn meant(&self, naming: &Naming, named: Named<'_>) -> Result<Vec<Meant<'p>>, String> {
        if naming.bare {
            let policies: BTreeSet<usize> = self.0.iter().map(|server| server.policy).collect();
            let meant = |policy| Meant { policy, server: None, tool: named.name.to_owned() };
            return Ok(policies.into_iter().map(meant).collect());
        }
        let ambiguous = |why: String| format!("It is not certain which tool {} means: {why}.", quote(named.name));
        let Some((called, rest)) = self.server(naming, named).map_err(ambiguous)? else { return Ok(Vec::new()) };
        let of_server = || self.0.iter().filter(|server| server.called == called);
        let tool = match named.tool {
            Some(tool) => tool.to_owned(),
            None => tool(naming, named.name, rest, of_server().flat_map(|server| server.tools.iter().copied()))
                .map_err(ambiguous)?,
        };
        let meant =
            |server: &Server<'p>| Meant { policy: server.policy, server: Some(server.name), tool: tool.clone() };
        Ok(of_server().map(meant).collect())
    }

    /// The server that is meant, by the client's name, and what follows it in the name of the tool.
    fn server<'e>(&self, naming: &Naming, named: Named<'e>) -> Result<Option<(&str, &'e str)>, String> {
        if let Some(given) = named.server {
            let Some(server) = self.0.iter().find(|server| server.called == given) else { return Ok(None) };
            let rest = match named.tool {
                Some(_) => "",
                None => naming
                    .behind_server(named.name, given)
                    .ok_or_else(|| format!("the event says that it is a tool of the server {}", quote(given)))?,
            };
            return Ok(Some((&server.called, rest)));
        }
        let mut found: Option<(&str, &'e str)> = None;
        for server in &self.0 {
            let Some(rest) = naming.behind_server(named.name, &server.called) else { continue };
            match found {
                Some((other, _)) if other != server.called => {
                    return Err(format!(
                        "it may belong to the server {} or to {}",
                        quote(other),
                        quote(&server.called)
                    ));
                }
                _ => found = Some((&server.called, rest)),
            }
        }
        Ok(found)
    }
}

/// The tool of a server that is meant by what follows the server in a name. A name of none that is known is that of an unknown tool.
fn tool<'t>(naming: &Naming, name: &str, rest: &str, known: impl Iterator<Item = &'t str>) -> Result<String, String> {
    let known: BTreeSet<&str> = known.collect();
    let mut exact = known.iter().filter(|tool| naming.written(tool) == rest);
    match (exact.next(), exact.next()) {
        (Some(one), Some(other)) => return Err(format!("the client calls {} and {} so", quote(one), quote(other))),
        (Some(one), None) => return Ok((*one).to_owned()),
        _ => {}
    }
    if rest.is_empty() {
        return Err("it has no tool".to_owned());
    }
    let plain = |name: &str| -> String { name.chars().filter(char::is_ascii_alphanumeric).collect() };
    if let Some(similar) = known.iter().find(|tool| plain(tool) == plain(rest)) {
        return Err(format!("it may be {}, or another tool", quote(similar)));
    }
    let in_front = name.len() - rest.len();
    match known.iter().find(|tool| in_front + tool.len() > KEPT_WHOLE) {
        Some(long) if name.len() >= LONG => Err(format!("it may be a shorter form of {}", quote(long))),
        _ => Ok(rest.to_owned()),
    }
}
