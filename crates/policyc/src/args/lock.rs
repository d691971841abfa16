//! The arguments of the commands about the lock.

use std::path::PathBuf;

use clap::Args;

use super::ReportFormat;

/// Write policyc.lock: what the catalogues of servers say, as agreed to
///
/// The lock has for each tool digests of its name, description, schema and annotations, and its risk classes. A catalogue that
/// differs from it is reported by every command that reads a policy, and is an error with --locked. What changes is printed
/// before it is written; whatever has not changed keeps its text.
#[derive(Debug, Args)]
#[command(after_help = "\
The lock is beside policyc.toml, or without one beside the policy. Without policies, the catalogues of policyc.toml and of
--catalogue are locked. Other servers that are in the lock stay.

Examples:
  policyc catalogue lock policy.pol
  policyc catalogue lock                          the catalogues of policyc.toml
  policyc catalogue lock --check policies/*.pol   exit status 1 if the lock is not up to date
  policyc check --locked policies/*.pol           in CI: what differs, and whether it matters to the policies

Exit status: 0 the lock is written or up to date; 1 with --check it is not, or a file has errors; 2 a file cannot be read or
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
