//! The arguments of `policyc serve`.

use std::path::PathBuf;

use clap::Args;

use super::{LiveArgs, PolicyArgs};

/// Decide calls for gateways that ask over HTTP
///
/// Answers questions about calls in the forms of AuthZEN, of OPA and of Envoy's filter `ext_authz`, and in one of its own. Calls that are
/// allowed count. Policies are read again when a file changes; as long as the new ones have errors, the old ones decide.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc serve shop.pol                                at 127.0.0.1:8181, for programs of this machine
  policyc serve shop.pol --listen unix:/run/policyc.sock
                                                        at a socket that only this user can open
  policyc serve shop.pol --listen 0.0.0.0:8181 --token-file tokens
                                                        for other machines, which must have a token

Exit status: 0 it was asked to end; 2 the policies cannot be used, or the address cannot.")]
pub(crate) struct ServeArgs {
    /// The policies; a call passes only if all that govern its server allow it
    #[arg(required = true, value_name = "POLICY")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) source: PolicyArgs,
    /// The server of calls that name none
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    #[command(flatten)]
    pub(crate) listen: ListenArgs,
    /// Answer `/metrics` at this address and nowhere else; there are also `/healthz` and `/readyz`, and no decisions
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) metrics_listen: Option<String>,
    /// Believe what a request says of its grant, its claims, approvals and dry runs also without a token
    #[arg(long)]
    pub(crate) trust_callers: bool,
    /// Where clients of AuthZEN find the service; without it, there is no description for them
    #[arg(long, value_name = "https://NAME")]
    pub(crate) public_url: Option<String>,
    /// Look for changes of files every so many seconds, also where the system reports them
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) poll: Option<u32>,
}

/// Where to listen, and who may ask.
#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Where to listen: an address with a port, or `unix:` and the path of a socket
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8181")]
    pub(crate) listen: String,
    /// The tokens that callers must have: one on each line, a name may be in front of it
    #[arg(long, value_name = "PATH")]
    pub(crate) token_file: Option<PathBuf>,
    /// Answer requests for this name, too, besides those of the machine itself; without tokens only
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Answer pages of this origin, for example `https://console.example`
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
}
