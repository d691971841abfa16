//! The arguments of `policyc hook`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{ArgGroup, Args, ValueEnum};
use policyc_enforce::hook::Client;

use super::{LiveArgs, PolicyArgs};

/// The names of the clients, which shells then complete.
fn clients() -> PossibleValuesParser {
    Client::ALL.iter().map(|client| PossibleValue::new(client.name)).collect::<Vec<_>>().into()
}

/// Whose settings are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// Those of the user, for all projects
    User,
    /// Those of the project in the current folder
    Project,
}

/// Decide one call as a hook of a client: Claude Code, Codex, Gemini CLI and others
///
/// A client that can run a program before it calls a tool runs this one: the event comes over standard input, the answer goes
/// back in the client's own form. Whatever cannot be read or decided is denied. Tools of servers that no policy governs, and the
/// client's own tools, get no answer: the rules of the client decide.
///
/// `--install` writes the hook into the settings of the client, with the other options as they are given, and what closes the
/// client where the hook does not run. `--check` says whether it is there as it must be, `--uninstall` takes it away.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("task").required(true).args(["client", "install", "uninstall", "check"])))]
#[command(after_help = "\
Examples:
  policyc hook --install claude-code shop.pol               write the hook into ~/.claude/settings.json
  policyc hook --check claude-code shop.pol                 is it there, and does nothing switch it off?
  policyc hook --client claude-code /home/me/shop.pol       a command in the settings of Claude Code
  policyc hook --client codex /home/me/shop.pol --server pay
                                                            the policy names no server; Codex calls it `pay`
  policyc hook --client copilot /home/me/*.pol --log /home/me/calls.jsonl --observe
                                                            deny nothing yet, log what would be denied

Exit status: 0 the call passes, a person is asked, or no policy governs the tool; 2 the call is denied. For `--install`,
`--uninstall` and `--check`: 0 all is well, or nothing was to be written; 1 something remains to be done; 2 it failed, and nothing was \
written.")]
pub(crate) struct HookArgs {
    /// The client that runs this hook
    #[arg(long, value_name = "CLIENT", value_parser = clients())]
    pub(crate) client: Option<String>,
    /// Write the hook into the settings of this client
    #[arg(long, value_name = "CLIENT", value_parser = clients())]
    pub(crate) install: Option<String>,
    /// Take the hook for these policies out of the settings of this client
    #[arg(long, value_name = "CLIENT", value_parser = clients())]
    pub(crate) uninstall: Option<String>,
    /// Say what in the settings of this client is not as `--install` with the same options writes it
    #[arg(long, value_name = "CLIENT", value_parser = clients())]
    pub(crate) check: Option<String>,
    /// The policies; each governs the servers that it names, and a call passes only if all that govern its server allow it
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
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Where a hook is installed, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of --install, --uninstall and --check")]
pub(crate) struct PlaceArgs {
    /// Whose settings; without it, those of the user, if the client has such
    #[arg(long, value_enum, conflicts_with_all = ["client", "settings"])]
    pub(crate) scope: Option<Scope>,
    /// The file with the settings, instead of the usual one
    #[arg(long, value_name = "FILE", conflicts_with = "client")]
    pub(crate) settings: Option<PathBuf>,
    /// The program that the client starts; without it, this one
    #[arg(long, value_name = "PATH", conflicts_with_all = ["client", "uninstall"])]
    pub(crate) program: Option<PathBuf>,
    /// Write without asking
    #[arg(long, conflicts_with_all = ["client", "check"])]
    pub(crate) yes: bool,
    /// Show what would be written, and write nothing
    #[arg(long, conflicts_with_all = ["client", "check", "yes"])]
    pub(crate) dry_run: bool,
}
