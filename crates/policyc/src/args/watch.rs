//! The arguments of `policyc watch`.

use std::path::PathBuf;

use clap::Args;

use super::CheckOptions;

/// Check policies again whenever a file changes
///
/// Checks as `policyc check` does, and again each time that one of the policies, what they import, their catalogues, policyc.toml or
/// policyc.lock changes, is made or is removed, and when a policy comes into a folder. Ctrl-C ends it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc watch                                   all policies in this folder and below
  policyc watch policies/ --lint --test           with the findings of the linter, and the tests
  policyc watch policy.pol --target opa
  policyc watch --format short policies/          a line for each finding, for editors
  policyc watch --format json policies/           a line for each run, for other programs
  policyc watch --poll 5 /mnt/share/policies      on a network drive, whose changes the system does not report

Exit status: 2 the command line is wrong; 130 ended by Ctrl-C, in most shells; 0 the reader of the output has gone.")]
pub(crate) struct WatchArgs {
    /// The policies, or folders of them with all their subfolders
    #[arg(default_value = ".")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) options: CheckOptions,
    /// Also report what `policyc lint` finds
    #[arg(long, conflicts_with = "assertions")]
    pub(crate) lint: bool,
    /// When there are no errors, also run the tests, as `policyc test` does
    #[arg(long)]
    pub(crate) test: bool,
    /// Look for changes every so many seconds, instead of being notified of them by the system
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) poll: Option<u32>,
}
