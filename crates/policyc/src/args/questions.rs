//! The arguments of the commands that ask about all calls: diff, limits, can.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use policyc_core::diff::Verdict;

use super::{PolicyArgs, SummaryFormat};

/// How a comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For a terminal
    Human,
    /// One JSON document
    Json,
    /// For a comment on a pull request
    Markdown,
}

/// Which verdicts end with exit status 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Looser, both or undecided
    Looser,
    /// Tighter, both or undecided
    Tighter,
    /// Any change
    Any,
    /// None
    Never,
}

impl FailOn {
    /// Whether a comparison with this verdict fails.
    pub(crate) fn fails(self, verdict: Verdict) -> bool {
        match self {
            Self::Looser => verdict.may_be_looser(),
            Self::Tighter => verdict.may_be_tighter(),
            Self::Any => verdict != Verdict::Same,
            Self::Never => false,
        }
    }
}

/// Show what a change of a policy, or of a catalogue, does to all calls
///
/// For each tool: which calls are newly allowed, held, denied or hidden, each with the smallest example, and which limits
/// are looser or tighter. The answer holds for all calls that a client could send; what cannot be decided is reported and counts
/// as looser.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc diff old.pol new.pol
  git show main:policy.pol | policyc diff - policy.pol --format markdown    for a pull request
  policyc diff policy.pol --catalogue-old was.json --catalogue-new is.json  for a new version of a server
  policyc diff policy.pol gateway.json --server shop                        a policy and the document of a gateway

Exit status: 0 nothing is looser; 1 something is (see --fail-on), or a policy has errors; 2 a file cannot be read.")]
pub(crate) struct DiffArgs {
    /// The old side: a policy, or a document of a gateway; `-` reads standard input
    pub(crate) old: PathBuf,
    /// The new side
    #[arg(required_unless_present = "catalogue_new", conflicts_with_all = ["catalogue_old", "catalogue_new"])]
    pub(crate) new: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) source: PolicyArgs,
    /// The catalogue of a server on the old side; by default, the one that the policy names
    #[arg(long, value_name = "[NAME=]PATH", requires = "catalogue_new")]
    pub(crate) catalogue_old: Vec<String>,
    /// The catalogue of a server on the new side: compares two catalogues under one policy
    #[arg(long, value_name = "[NAME=]PATH")]
    pub(crate) catalogue_new: Vec<String>,
    /// The server that a document of a gateway is for, if the policy has several
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,
    /// Ask only about calls that the inputSchema of their tool admits
    #[arg(long)]
    pub(crate) valid: bool,
    /// The verdicts that end with exit status 1
    #[arg(long, value_enum, value_name = "WHAT", default_value = "looser")]
    pub(crate) fail_on: FailOn,
    /// How the comparison is printed
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: DiffFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

/// Show how much the limits of a policy let pass
///
/// For each tool: the most calls and the largest sum of amounts that one grant can get through, by the clock and in any
/// hour or day, also across the boundaries of windows; with calls that reach it, which have been tried. Limits that never
/// refuse a call are listed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc limits policy.pol
  policyc limits policy.pol --tool create_charge
  policyc limits policy.pol --format json         for other programs

Exit status: 0 they are shown; 1 the policy has errors; 2 a file cannot be read.")]
pub(crate) struct LimitsArgs {
    /// A policy or a gateway's document; `-` reads standard input
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) source: PolicyArgs,
    /// Only the tool with this name
    #[arg(long, value_name = "NAME")]
    pub(crate) tool: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: SummaryFormat,
}

/// The outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    /// It passes without approval
    Allowed,
    /// It is held until someone approves
    Approval,
    /// It is refused
    Denied,
}

/// An answer that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expected {
    /// There is such a call
    Yes,
    /// There is none
    No,
}

/// Ask whether some call can pass
///
/// The question is a selection of tools and optionally a condition, written as in rules. The answer is yes with an example, or no
/// for all calls that a client could send: a proof, not a search.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc can policy.pol '@financial'                                       which of them need no approval?
  policyc can policy.pol 'send_email unless args.to like \"*@acme.com\"'      can mail leave the company?
  policyc can policy.pol '@destructive' --expect no                         exit 1 if one can
  policyc can policy.pol 'create_charge when args.amount > 100' --outcome approval

Exit status: 0 whatever the answer; 1 the policy or the question has errors, or the answer is not the one that `--expect` \
names; 2 a file cannot be read.")]
pub(crate) struct CanArgs {
    /// A policy or a gateway's document; `-` reads standard input
    pub(crate) file: PathBuf,
    /// `TOOLS [when CONDITION]`; groups, sets and `let` names of the policy can be used
    pub(crate) question: String,
    #[command(flatten)]
    pub(crate) source: PolicyArgs,
    /// The outcome that the question is about
    #[arg(long, value_enum, default_value = "allowed")]
    pub(crate) outcome: Wanted,
    /// Ask only about calls that satisfy the inputSchema
    #[arg(long)]
    pub(crate) valid: bool,
    /// Exit with 1 if this is not the answer
    #[arg(long, value_enum, value_name = "ANSWER")]
    pub(crate) expect: Option<Expected>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: SummaryFormat,
}
