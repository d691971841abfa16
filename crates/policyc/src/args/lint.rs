//! The arguments of `policyc lint`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::PolicyArgs;

/// How findings of the linter are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    /// With the source, for people
    Human,
    /// One line each
    Short,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations in the log of GitHub Actions
    Github,
    /// JUnit XML
    Junit,
    /// GitLab code quality
    Gitlab,
}

impl LintFormat {
    /// Whether a report contains the fingerprints of findings.
    pub(crate) const fn has_fingerprints(self) -> bool {
        matches!(self, Self::Sarif | Self::Gitlab)
    }
}

/// Find rules that are valid but probably wrong or unsafe
///
/// Does everything that `policyc check` does, and finds rules that change nothing, conditions that calls escape, tools that are
/// open without need, limits that never bind. Findings about all calls are proved, or shown with a call.
#[derive(Debug, Args)]
#[command(after_help = "\
Names are those of findings (`shadowed-rule`, `P703`) and of groups: `default`; `strict`, which includes default; \
`pedantic` or `all`, which is everything. policyc.toml sets levels; a comment above a finding silences it:
  // policyc: allow(shadowed-rule) the reason            the next line, and the statement on it
  // policyc: allow-file(silent-deny) the reason         the whole file

Examples:
  policyc lint policies/
  policyc lint --fix policies/                     apply all fixes that change no decision
  policyc lint --diff --unsafe-fixes policy.pol    what all fixes would change
  policyc lint --select strict policy.pol          for a review
  policyc lint --deny warnings policies/           in CI
  policyc lint --write-baseline lint.json .        record known findings, and then show only new ones:
  policyc lint --baseline lint.json .
  policyc explain shadowed-rule                    explain a finding

Exit status: 0 no errors; 1 errors, or warnings with --deny, or --diff shows changes; 2 the command line is wrong or a \
file cannot be read or written.")]
pub(crate) struct LintArgs {
    /// The policies, or folders of them with all their subfolders; `-` reads standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) source: PolicyArgs,
    /// Also report statements that this gateway cannot enforce, as compile would; by default for the targets of policyc.toml
    #[arg(long, short, value_name = "TARGET", value_parser = super::targets())]
    pub(crate) target: Vec<String>,
    /// Show only these findings and groups; errors are always shown
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Do not show these findings and groups
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Treat these as errors: `warnings`, findings and groups
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) deny: Vec<String>,
    /// Apply the fixes that change no decision
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix or --diff: also apply fixes that change decisions or may not be what you meant
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Print what --fix would change, and change nothing
    #[arg(long, conflicts_with = "fix")]
    pub(crate) diff: bool,
    /// Do not show findings that are recorded in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Record all findings except errors in this file, for --baseline
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "diff", "baseline"])]
    pub(crate) write_baseline: Option<PathBuf>,
    /// How findings are printed
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: LintFormat,
}

impl LintArgs {
    /// What shows the findings of files, and changes nothing.
    pub(crate) const fn showing(
        files: Vec<PathBuf>,
        source: PolicyArgs,
        target: Vec<String>,
        deny: Vec<String>,
        format: LintFormat,
    ) -> Self {
        Self {
            files,
            source,
            target,
            select: Vec::new(),
            ignore: Vec::new(),
            deny,
            fix: false,
            unsafe_fixes: false,
            diff: false,
            baseline: None,
            write_baseline: None,
            format,
        }
    }
}
