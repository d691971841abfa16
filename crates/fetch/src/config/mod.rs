//! Which servers the settings of agent programs name.
//!
//! Each program writes servers in its own way: Claude Code (`.mcp.json`), Claude Desktop (`claude_desktop_config.json`), VS Code
//! (`mcp.json` with `servers`), Cursor (`.cursor/mcp.json`), Gemini CLI (`settings.json`) and Codex (`config.toml` with
//! `[mcp_servers.NAME]`), each from its documentation. Which it is shows in the name and the content of the file. Variables are
//! replaced where that program does it.
//!
//! Messages name the place of a mistake and never quote the text there: it could hold a credential.

mod expand;
mod jsonc;

use std::path::{Path, PathBuf};

use policyc_core::diagnostics::codes::BAD_CONFIGURATION;
use policyc_core::diagnostics::{quote, shown};
use policyc_core::located::{Content, Format, Mistakes, Node, json, toml};
use policyc_core::source::SourceMap;

use crate::server::{Command, Connection, Server, Url};
use expand::Expansion;

/// Where settings stand, and what their variables may name.
pub struct Settings<'a> {
    /// The file.
    pub path: &'a Path,
    /// The home folder of the user.
    pub home: Option<&'a Path>,
    /// The variables of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A server in settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name there.
    pub name: String,
    /// The server, or why it cannot be fetched.
    pub server: Result<Server, Skipped>,
}

/// Why a server of settings is not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skipped {
    /// The settings turn it off.
    Disabled,
    /// Something is wrong with it, as a clause.
    Wrong(String),
}

/// The programs whose settings are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    ClaudeCode,
    ClaudeDesktop,
    VsCode,
    Cursor,
    Gemini,
    Codex,
}

/// A server at a URL, with headers as a command line has them: `NAME: VALUE`, with `${VARIABLE}` in the value.
///
/// # Errors
/// A header has no colon, or names a variable that is not set.
pub fn at_url(url: &str, headers: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Result<Server, String> {
    let mut pairs = Vec::new();
    for header in headers {
        let Some((name, value)) = header.split_once(':') else {
            return Err("a header has no colon; write `--header 'NAME: VALUE'`".to_owned());
        };
        let expansion = Expansion { client: Client::ClaudeCode, workspace: None, home: None, variable };
        let value = expansion.text(value.trim()).map_err(|why| format!("the header {}: {why}", quote(name.trim())))?;
        pairs.push((name.trim().to_owned(), value));
    }
    Ok(Server::url(Url { url: url.to_owned(), headers: pairs }))
}

/// A name as the name of a file: letters, digits, `.`, `_` and `-` stay, everything else becomes `_`.
#[must_use]
pub fn file_stem(name: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-') { char } else { '_' };
    let stem: String = name.chars().map(plain).collect();
    match stem.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if stem.is_empty() => "_".to_owned(),
        None => stem,
    }
}

impl Settings<'_> {
    /// The servers in the order of the text.
    ///
    /// # Errors
    /// The text is not JSON or TOML, or names no servers; as a clause: "has no servers".
    pub fn read(&self, text: &str) -> Result<Vec<Found>, String> {
        let is_toml = self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        let plain = if is_toml { text.to_owned() } else { jsonc::without_comments(text) };
        let mut sources = SourceMap::default();
        let file = sources.add("settings", plain.as_str());
        let mut mistakes = Mistakes::new(file, BAD_CONFIGURATION, if is_toml { Format::Toml } else { Format::Json });
        let root = if is_toml { toml(&plain, &mut mistakes) } else { json(&plain, &mut mistakes) };
        let root = mistakes.into_result(root).map_err(|found| {
            let first = found.first();
            let line = first.map_or(0, |first| {
                plain.get(..first.primary.span.start as usize).unwrap_or_default().matches('\n').count() + 1
            });
            let message = first.map_or("", |first| first.message.as_str());
            // Between backticks stands what the text has there.
            let kind = message.split_once(':').map(|(kind, _)| kind).filter(|kind| !kind.contains('`'));
            let message = if message.contains('`') { kind.unwrap_or("something is wrong there") } else { message };
            format!("cannot be read: line {line}: {message}")
        })?;
        let client = self.client(&root, is_toml);
        let list = match client {
            Client::Codex => root.member("mcp_servers"),
            Client::VsCode => root.member("servers").or_else(|| root.member("mcp")?.member("servers")),
            _ => root.member("mcpServers"),
        };
        let Some(Content::Mapping(entries)) = list.map(|list| &list.content) else {
            let keys = if is_toml { "`[mcp_servers.NAME]`" } else { "`mcpServers` or `servers`" };
            return Err(format!("names no servers: there is no {keys}"));
        };
        let workspace = self.workspace(client);
        let expansion = Expansion { client, workspace: workspace.as_deref(), home: self.home, variable: self.variable };
        let server = |name: &str, node: &Node<'_>| {
            let reader = Reader { node, expansion: &expansion };
            reader.connection(workspace.as_deref()).map(|connection| Server { name: name.to_owned(), connection })
        };
        let found = |name: &str, node: &Node<'_>| Found { name: name.to_owned(), server: server(name, node) };
        Ok(entries.iter().map(|entry| found(&entry.key.name, &entry.value)).collect())
    }

    fn client(&self, root: &Node<'_>, is_toml: bool) -> Client {
        let is_named = |name: &str| self.path.file_name().is_some_and(|own| own.eq_ignore_ascii_case(name));
        if is_toml {
            Client::Codex
        } else if root.member("mcpServers").is_none()
            && (root.member("servers").is_some() || root.member("mcp").is_some())
        {
            Client::VsCode
        } else if is_named("claude_desktop_config.json") {
            Client::ClaudeDesktop
        } else if is_named("settings.json") {
            Client::Gemini
        } else if is_named("mcp.json") {
            Client::Cursor
        } else {
            Client::ClaudeCode
        }
    }

    /// The folder in which the program runs servers, where the settings are those of a project.
    fn workspace(&self, client: Client) -> Option<PathBuf> {
        let path = std::path::absolute(self.path).ok()?;
        let folder = path.parent()?;
        let is_own = folder
            .file_name()
            .is_some_and(|name| [".vscode", ".cursor", ".gemini", ".codex"].iter().any(|own| name == *own));
        let workspace = match client {
            Client::ClaudeDesktop => return None,
            _ if is_own => folder.parent()?,
            Client::ClaudeCode | Client::VsCode | Client::Cursor => folder,
            Client::Gemini | Client::Codex => return None,
        };
        (Some(workspace) != self.home).then(|| workspace.to_path_buf())
    }
}

/// One server of settings.
struct Reader<'a> {
    node: &'a Node<'a>,
    expansion: &'a Expansion<'a>,
}

impl Reader<'_> {
    fn connection(&self, workspace: Option<&Path>) -> Result<Connection, Skipped> {
        if !matches!(self.node.content, Content::Mapping(_)) {
            return Err(wrong("it is no object"));
        }
        if self.flag("disabled") == Some(true) || self.flag("enabled") == Some(false) {
            return Err(Skipped::Disabled);
        }
        let kind = self.text("type")?.or(self.text("transport")?).unwrap_or_default().to_ascii_lowercase();
        let is_gemini = self.expansion.client == Client::Gemini;
        // Gemini CLI means the older transport by `url` alone.
        let url = match self.text("httpUrl")? {
            None if is_gemini && kind.is_empty() && self.text("url")?.is_some() => {
                return Err(wrong(
                    "its `url` is one of the transport SSE, which MCP has given up; if the server has streamable HTTP, write `httpUrl`",
                ));
            }
            None => self.text("url")?,
            found => found,
        };
        if kind == "sse" {
            return Err(wrong(
                "its transport is SSE, which MCP has given up; if the server has streamable HTTP, write `\"type\": \"http\"`",
            ));
        }
        match (self.text("command")?, url) {
            (Some(program), None) => {
                if self.node.member("envFile").is_some() {
                    return Err(wrong("its `envFile` is not read; set the variables in the environment or in `env`"));
                }
                let folder = self.text("cwd")?.map(PathBuf::from);
                let folder = match (workspace, folder) {
                    (Some(workspace), Some(folder)) => Some(workspace.join(folder)),
                    (workspace, folder) => folder.or_else(|| workspace.map(Path::to_path_buf)),
                };
                let arguments = self.list("args")?;
                Ok(Connection::Command(Command { program, arguments, environment: self.pairs("env")?, folder }))
            }
            (None, Some(url)) => Ok(Connection::Url(Url { url, headers: self.headers()? })),
            (Some(_), Some(_)) => Err(wrong("it has both a `command` and a URL")),
            (None, None) => Err(wrong("it has neither a `command` nor a URL")),
        }
    }

    fn headers(&self) -> Result<Vec<(String, String)>, Skipped> {
        let mut headers = self.pairs("headers")?;
        headers.extend(self.pairs("http_headers")?);
        let set = |name: &str| {
            (self.expansion.variable)(name).ok_or_else(|| wrong(&format!("the variable {} is not set", quote(name))))
        };
        for (header, variable) in self.pairs("env_http_headers")? {
            headers.push((header, set(&variable)?));
        }
        if let Some(variable) = self.text("bearer_token_env_var")? {
            headers.push(("Authorization".to_owned(), format!("Bearer {}", set(&variable)?)));
        }
        Ok(headers)
    }

    fn flag(&self, key: &str) -> Option<bool> {
        match self.node.member(key)?.content {
            Content::Bool(value) => Some(value),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> Result<Option<String>, Skipped> {
        match self.node.member(key).map(|node| &node.content) {
            None | Some(Content::Null) => Ok(None),
            Some(Content::Text(text)) => self.expanded(key, text).map(Some),
            Some(_) => Err(wrong(&format!("its `{key}` is no string"))),
        }
    }

    fn list(&self, key: &str) -> Result<Vec<String>, Skipped> {
        let items = match self.node.member(key).map(|node| &node.content) {
            None | Some(Content::Null) => return Ok(Vec::new()),
            Some(Content::List(items)) => items,
            Some(_) => return Err(wrong(&format!("its `{key}` is no list"))),
        };
        let item = |item: &Node<'_>| match &item.content {
            Content::Text(text) => self.expanded(key, text),
            _ => Err(wrong(&format!("its `{key}` has something that is no string"))),
        };
        items.iter().map(item).collect()
    }

    fn pairs(&self, key: &str) -> Result<Vec<(String, String)>, Skipped> {
        let entries = match self.node.member(key).map(|node| &node.content) {
            None | Some(Content::Null) => return Ok(Vec::new()),
            Some(Content::Mapping(entries)) => entries,
            Some(_) => return Err(wrong(&format!("its `{key}` is no object"))),
        };
        let mut pairs = Vec::new();
        for entry in entries {
            let name = entry.key.name.to_string();
            let value = match &entry.value.content {
                Content::Text(text) => self.expanded(key, text)?,
                Content::Number(number) => number.text().to_owned(),
                Content::Bool(value) => value.to_string(),
                // VS Code: the variable is not set.
                Content::Null => continue,
                _ => return Err(wrong(&format!("{} in its `{key}` is no string", quote(&name)))),
            };
            pairs.push((name, value));
        }
        Ok(pairs)
    }

    fn expanded(&self, key: &str, text: &str) -> Result<String, Skipped> {
        self.expansion.text(text).map_err(|why| wrong(&format!("its `{}`: {why}", shown(key, 80))))
    }
}

fn wrong(why: &str) -> Skipped {
    Skipped::Wrong(why.to_owned())
}

#[cfg(test)]
mod tests;
