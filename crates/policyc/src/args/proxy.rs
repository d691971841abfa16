//! The arguments of `policyc proxy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LiveArgs, PolicyArgs};

/// What does not pass, besides calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Refuse {
    /// The resources of the server
    Resources,
    /// The prompts of the server
    Prompts,
    /// That the server asks the model of the client
    Sampling,
}

/// Run an MCP server behind a policy: decide each call of its tools
///
/// The client starts this command in place of the server, which is the command behind `--` or at `--url`; with `--listen` clients
/// connect over HTTP. Calls that the policies deny do not reach the server; hidden tools are left out of its list. Everything else
/// passes as it is: resources, prompts and sampling too, unless `--refuse` names them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc proxy shop.pol -- node shop-server.js         in the settings of a client, in place of `node shop-server.js`
  policyc proxy team.pol mine.pol --server shop -- node shop-server.js
                                                        both policies govern the server `shop`
  policyc proxy shop.pol --locked -- node shop-server.js
                                                        refuse tools that the server has changed since they were locked
  policyc proxy shop.pol --observe --log calls.jsonl -- node shop-server.js
                                                        deny nothing yet, log what would be denied
  policyc proxy shop.pol --url https://shop.example/mcp --header 'Authorization: Bearer ${TOKEN}'
                                                        a server at an address, for a client that starts programs
  policyc proxy shop.pol --url https://shop.example/mcp --listen 127.0.0.1:8182
                                                        clients connect to http://127.0.0.1:8182/mcp

Exit status: 0 the client has ended; 2 the policies cannot be used, or the server could not be started or ended first.")]
pub(crate) struct ProxyArgs {
    /// The policies; a call passes only if all of them allow it
    #[arg(required = true, value_name = "POLICY")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) source: PolicyArgs,
    /// Which server of the policies this is; may be left out if each has only one
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    /// Refuse this as well; may be given several times
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) refuse: Vec<Refuse>,
    /// A program that approves calls for clients that cannot ask a person: the call is on its standard input, and exit status 0 is a yes
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) approve_command: Option<PathBuf>,
    /// How long a call waits for an approval, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) approve_timeout: u32,
    #[cfg(feature = "http-proxy")]
    #[command(flatten)]
    pub(crate) http: HttpArgs,
    /// The server: a program with its arguments
    #[cfg_attr(feature = "http-proxy", arg(required_unless_present = "url", last = true, value_name = "COMMAND"))]
    #[cfg_attr(not(feature = "http-proxy"), arg(required = true, last = true, value_name = "COMMAND"))]
    pub(crate) command: Vec<String>,
}

/// What is done over HTTP.
#[cfg(feature = "http-proxy")]
#[derive(Debug, Args)]
pub(crate) struct HttpArgs {
    /// The server: its address, for streamable HTTP
    #[arg(long, value_name = "URL", conflicts_with = "command")]
    pub(crate) url: Option<String>,
    /// A header for each request to the server, `NAME: VALUE`. `${VARIABLE}` in the value stands for a variable of the environment, which
    /// keeps tokens out of the list of processes
    #[arg(long, value_name = "HEADER", requires = "url", conflicts_with = "command")]
    pub(crate) header: Vec<String>,
    /// A file with such headers, one on each line
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with = "command")]
    pub(crate) header_file: Option<PathBuf>,
    /// How long the server may say nothing, in seconds, before a request to it fails
    #[arg(long, value_name = "SECONDS", requires = "url", conflicts_with = "command", default_value_t = 300)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) server_timeout: u32,
    /// Listen for clients at this address, `127.0.0.1:8182`, `[::1]:8182` or `unix:PATH`, in place of standard input and output. They
    /// connect to its path /mcp
    #[arg(long, value_name = "ADDRESS", requires = "url", conflicts_with = "command")]
    pub(crate) listen: Option<String>,
    /// A file with the tokens of clients, one on each line, which may have a name before it: then the name is the grant of its calls,
    /// unless --grant says another. Needed to listen for other machines
    #[arg(long, value_name = "FILE", requires = "listen", conflicts_with = "command")]
    pub(crate) token_file: Option<PathBuf>,
    /// Answer also under this name in `Host`, where there are no tokens; may be given several times
    #[arg(long, value_name = "NAME", requires = "listen", conflicts_with = "command")]
    pub(crate) allow_host: Vec<String>,
    /// Answer also pages of this origin, `https://HOST`; may be given several times
    #[arg(long, value_name = "ORIGIN", requires = "listen", conflicts_with = "command")]
    pub(crate) allow_origin: Vec<String>,
    /// Send the header `Authorization` of clients to the server. Without this, the server gets no credentials of clients
    #[arg(long, requires = "listen", conflicts_with_all = ["command", "token_file"])]
    pub(crate) forward_authorization: bool,
    /// A service that approves calls for clients that cannot ask a person: the call is posted to it as JSON, and `{"approve": true}` with
    /// the status 200 is a yes. `${VARIABLE}` stands for a variable of the environment
    #[arg(long, value_name = "URL", conflicts_with = "approve_command")]
    pub(crate) approve_url: Option<String>,
}
