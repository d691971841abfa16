//! The arguments of `policyc hook`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use policyc_enforce::hook::Client;

use super::{LiveArgs, PolicyArgs};

/// The names of the clients, which shells then complete.
fn clients() -> PossibleValuesParser {
    Client::ALL.iter().map(|client| PossibleValue::new(client.name)).collect::<Vec<_>>().into()
}

/// Decide one call as a hook of a client: Claude Code, Codex, Gemini CLI and others
///
/// A client that can run a program before it calls a tool runs this one: the event comes over standard input, the answer goes
/// back in the client's own form. Whatever cannot be read or decided is denied. Tools of servers that no policy governs, and the
/// client's own tools, get no answer: the rules of the client decide.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc hook --client claude-code /home/me/shop.pol       a command in the settings of Claude Code
  policyc hook --client codex /home/me/shop.pol --server pay
                                                            the policy names no server; Codex calls it `pay`
  policyc hook --client copilot /home/me/*.pol --log /home/me/calls.jsonl --observe
                                                            deny nothing yet, log what would be denied

Exit status: 0 the call passes, a person is asked, or no policy governs the tool; 2 the call is denied.")]
pub(crate) struct HookArgs {
    /// The client that runs this hook
    #[arg(long, value_name = "CLIENT", value_parser = clients())]
    pub(crate) client: String,
    /// The policies; each governs the servers that it names, and a call needs the consent of all that govern its server
    #[arg(required = true, value_name = "POLICY")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) source: PolicyArgs,
    /// How the client calls a server: NAME is the server in the policy, and may be left out if it has only one
    #[arg(long, value_name = "[NAME=]CLIENT_NAME")]
    pub(crate) server: Vec<String>,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    /// The folder with policies in compiled form, which are made there; without it, one in the folder for caches
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
}
