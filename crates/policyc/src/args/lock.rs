//! The arguments of the commands that watch what changes in catalogues.

use std::path::PathBuf;

use clap::Args;

use super::{DiffFormat, FailOn, ReportFormat};

/// Write policyc.lock: what the catalogues of servers say, as agreed to
///
/// The lock has for each tool digests of its name, description, schema and annotations, and its risk classes. A catalogue that
/// differs from it is reported by every command that reads a policy, and is an error with --locked. What changes is printed
/// before it is written; whatever has not changed keeps its text.
#[derive(Debug, Args)]
#[command(after_help = "\
The lock is beside policyc.toml, or without one beside the policy. Without policies, the catalogues of policyc.toml and of \
--catalogue are locked. Other servers that are in the lock stay.

Examples:
  policyc catalogue lock policy.pol
  policyc catalogue lock                          the catalogues of policyc.toml
  policyc catalogue lock --check policies/*.pol   exit status 1 if the lock is not up to date
  policyc check --locked policies/*.pol           in CI: what differs, and whether it matters to the policies

Exit status: 0 the lock is written or up to date; 1 with --check it is not, or a file has errors; 2 a file cannot be read or \
written.")]
pub(crate) struct LockArgs {
    /// The policies whose catalogues are locked
    pub(crate) files: Vec<PathBuf>,
    /// The catalogue of a server: its answer to tools/list, as JSON. NAME is the server; without it, the only one
    #[arg(long, value_name = "[NAME=]PATH")]
    pub(crate) catalogue: Vec<String>,
    /// Record where the catalogue of a server came from: an address, without user and query, or the name of a program
    #[arg(long, value_name = "NAME=WHENCE")]
    pub(crate) from: Vec<String>,
    /// Write nothing; exit with 1 if the lock would change
    #[arg(long)]
    pub(crate) check: bool,
    /// How changes are printed
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ReportFormat,
}

/// Show what differs between two catalogues of a server
///
/// Tools that are added, removed or likely renamed; schemas that admit more or fewer calls, each with an example, as far as that
/// can be decided; texts word by word; annotations and classes. Text that does not show or that addresses the model is shown
/// first.
#[derive(Debug, Args)]
#[command(after_help = "\
More tools, more valid calls and a milder class are looser, the opposites tighter. Of other texts nobody knows what they make a \
model do: they are undecided. What it means for a policy, `policyc diff POLICY --catalogue-old OLD --catalogue-new NEW` says.

Examples:
  policyc catalogue diff was.json is.json
  policyc catalogue diff was.json is.json --format markdown    for a pull request
  git show HEAD:shop.json | policyc catalogue diff - shop.json

Exit status: 0 nothing is looser; 1 something is, or is undecided (see --fail-on), or a catalogue has errors; 2 a file cannot be \
read.")]
pub(crate) struct CatalogueDiffArgs {
    /// The old catalogue; `-` reads standard input
    pub(crate) old: PathBuf,
    /// The new catalogue
    pub(crate) new: PathBuf,
    /// Show all text of the new catalogue that does not show or addresses the model, not only what is new
    #[arg(long)]
    pub(crate) all_flags: bool,
    /// The verdicts that end with exit status 1
    #[arg(long, value_enum, value_name = "WHAT", default_value = "looser")]
    pub(crate) fail_on: FailOn,
    /// How the comparison is printed
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: DiffFormat,
}

/// Show what catalogues say that nobody has read yet, and mark it as read
///
/// Shows the tools of the lock that are new or have changed since somebody marked them: everything that a model reads, those
/// with text that does not show or addresses the model first. Nothing is marked without --mark.
#[derive(Debug, Args)]
#[command(after_help = "\
With `reviewed = true` in the table `[lock]` of policyc.toml, `--locked` asks for a mark on each tool.

Examples:
  policyc catalogue review                        all servers of the lock
  policyc catalogue review shop                   one server
  policyc catalogue review shop.json pay refund   some tools of a catalogue
  policyc catalogue review shop --mark --by Ada   mark what is shown

Exit status: 0 everything has been read; 1 something has not, or a file has errors; 2 a file cannot be read or written.")]
pub(crate) struct ReviewArgs {
    /// A server of the lock, or the file of its catalogue
    #[arg(value_name = "SERVER|FILE")]
    pub(crate) server: Option<String>,
    /// Only these tools
    #[arg(value_name = "TOOL")]
    pub(crate) tools: Vec<String>,
    /// Mark what is shown as read
    #[arg(long)]
    pub(crate) mark: bool,
    /// Who has read it, for the mark
    #[arg(long, value_name = "NAME", requires = "mark")]
    pub(crate) by: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ReportFormat,
}
