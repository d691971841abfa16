//! How a server is reached.

use std::path::PathBuf;

use crate::secrets::Secrets;

/// An MCP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// How messages call it; never an argument, and of a URL only scheme and host.
    pub name: String,
    /// How it is reached.
    pub connection: Connection,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// A program that speaks over its standard input and output.
    Command(Command),
    /// Streamable HTTP.
    Url(Url),
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// Its name or path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables that it gets beside those of this process.
    pub environment: Vec<(String, String)>,
    /// The folder in which it runs, if not that of this process.
    pub folder: Option<PathBuf>,
}

/// An address, and headers for each request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Url {
    /// The address, `https://...`.
    pub url: String,
    /// Headers: names and values.
    pub headers: Vec<(String, String)>,
}

impl Server {
    /// A server that a command line starts.
    #[must_use]
    pub fn command(command: Command) -> Self {
        let name = command.program.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        Self { name, connection: Connection::Command(command) }
    }

    /// A server at an address.
    #[must_use]
    pub fn url(url: Url) -> Self {
        Self { name: origin(&url.url), connection: Connection::Url(url) }
    }

    /// What must not be shown of it.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::of_environment();
        match &self.connection {
            Connection::Command(command) => {
                secrets.add_arguments(&command.arguments);
                command.environment.iter().for_each(|(name, value)| secrets.add_variable(name, value));
            }
            Connection::Url(url) => {
                secrets.add_url(&url.url);
                url.headers.iter().for_each(|(_, value)| secrets.add_header(value));
            }
        }
        secrets
    }

    /// What an owner should know before a request goes out.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        match &self.connection {
            Connection::Url(url) if !url.headers.is_empty() && is_plain(&url.url) => {
                vec!["the headers go over `http:`, so everyone on the way can read them; use `https:`".to_owned()]
            }
            _ => Vec::new(),
        }
    }
}

/// The scheme, host and port of a URL.
pub(crate) fn origin(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "the URL".to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// Whether requests leave the machine without encryption.
fn is_plain(url: &str) -> bool {
    let origin = origin(url).to_ascii_lowercase();
    origin.strip_prefix("http://").is_some_and(|host| !is_loopback(host))
}

/// Whether a host, perhaps with a port, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
