//! The arguments of `policyc hook`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};
use policyc_enforce::hook::Client;

use super::PolicyArgs;

/// What happens to a call whose limits cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnStoreFailure {
    /// It is denied
    Deny,
    /// It is decided as if every limit had room
    Allow,
}

/// The names of the clients, which shells then complete.
fn clients() -> PossibleValuesParser {
    Client::ALL.iter().map(|client| PossibleValue::new(client.name)).collect::<Vec<_>>().into()
}

/// Decide a call for a client, as its hook
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
    /// The grant under which all calls are made; without it, all are of one grant
    #[arg(long, value_name = "TEXT")]
    pub(crate) grant: Option<String>,
    /// The claims of the caller, a JSON object; without it, there are none
    #[arg(long, value_name = "JSON")]
    pub(crate) caller: Option<String>,
    /// The file with the counters of limits, for all processes of this machine; without it, one in the folder for the state of
    /// programs
    #[arg(long, value_name = "PATH")]
    pub(crate) counters: Option<PathBuf>,
    /// The folder with policies in compiled form, which are made there; without it, one in the folder for caches
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// What happens to a call with limits if the counters cannot be used
    #[arg(long, value_enum, default_value = "deny")]
    pub(crate) on_store_failure: OnStoreFailure,
    /// Decide, count and log, but let everything pass to the rules of the client
    #[arg(long)]
    pub(crate) observe: bool,
    /// Append each decision to this file, as `policyc replay` reads it; a call that cannot be logged is denied
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) log: Option<PathBuf>,
    /// Log the arguments of calls, too
    #[arg(long, requires = "log")]
    pub(crate) log_arguments: bool,
    /// Leave the value of this argument out of the log
    #[arg(long, value_name = "args.PATH", requires = "log_arguments")]
    pub(crate) mask: Vec<String>,
}
