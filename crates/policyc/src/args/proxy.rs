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
/// The client starts this command in place of the server, which is the command behind `--`. Calls that the policies deny do not reach the
/// server; hidden tools are left out of its list. Everything else passes as it is: resources, prompts and sampling too,
/// unless `--refuse` names them.
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

Exit status: 0 the client has ended; 2 the policies cannot be used, or the server could not be started or ended first.")]
pub(crate) struct ProxyArgs {
    /// The policies; a call needs the consent of all
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
    /// The server: a program with its arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}
