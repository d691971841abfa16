//! The arguments of all commands, with the help that `--help` prints.

mod catalogue;
#[cfg(feature = "enforce")]
mod hook;
mod init;
mod lint;
#[cfg(feature = "enforce")]
mod live;
mod lock;
#[cfg(feature = "enforce")]
mod proxy;
mod questions;
#[cfg(feature = "http")]
mod serve;
mod watch;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use catalogue::{CatalogueArgs, CatalogueCommand, CataloguesArgs, FetchArgs};
#[cfg(feature = "enforce")]
pub(super) use hook::{HookArgs, PlaceArgs, Scope};
pub(super) use init::InitArgs;
pub(super) use lint::{LintArgs, LintFormat};
#[cfg(feature = "enforce")]
pub(super) use live::{CountersSync, LiveArgs, OnStoreFailure};
pub(super) use lock::{CatalogueDiffArgs, LockArgs, ReviewArgs};
#[cfg(feature = "enforce")]
#[cfg(feature = "http-proxy")]
pub(super) use proxy::HttpArgs;
pub(super) use proxy::{ProxyArgs, Refuse};
pub(super) use questions::{CanArgs, DiffArgs, DiffFormat, Expected, FailOn, LimitsArgs, Wanted};
#[cfg(feature = "http")]
pub(super) use serve::{ListenArgs, ServeArgs};
pub(super) use watch::WatchArgs;

use super::reads::Reads;

const EXAMPLES: &str = "\
Examples:
  policyc compile policy.pol                      the document for the hosted PolicyLayer gateway
  policyc compile policy.pol --target intercept   the same policy for Intercept
  policyc check policy.pol                        find errors
  policyc lint policy.pol                         find rules that are probably wrong or unsafe
  policyc test policy.pol                         run the tests in the file
  policyc explain unknown-tool                    explain a message

A policy in one line:
  deny *; limit send_dm_to_user 30/min per grant

Exit status: 0 all is well; 1 the policy has errors or a test failed; 2 the command line is wrong or
a file cannot be read or written.";

/// Compiler and checker for policies about MCP tool calls
///
/// A policy says which tool calls of an AI agent pass, with which arguments, how often, and who must approve them.
/// policyc checks it against the tools that the servers really offer, and compiles it to the document that your
/// gateway enforces.
#[derive(Debug, Parser)]
#[command(name = "policyc", version = env!("POLICYC_VERSION"), after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    // To write policies.
    Init(InitArgs),
    Check(CheckArgs),
    Lint(LintArgs),
    Test(TestArgs),
    Fmt(FmtArgs),
    Watch(WatchArgs),
    // To ask about them.
    Describe(DescribeArgs),
    Eval(EvalArgs),
    Can(CanArgs),
    Diff(DiffArgs),
    Limits(LimitsArgs),
    Replay(ReplayArgs),
    // To have them enforced.
    Targets(TargetsArgs),
    Compile(CompileArgs),
    #[cfg(feature = "enforce")]
    Hook(HookArgs),
    #[cfg(feature = "enforce")]
    Proxy(Box<ProxyArgs>),
    #[cfg(feature = "http")]
    Serve(ServeArgs),
    // What they rest on, and what helps.
    Catalogue(CatalogueArgs),
    Explain(ExplainArgs),
    /// Start the language server, for editors
    ///
    /// It speaks the Language Server Protocol over standard input and output. Its settings come from
    /// the editor (section `policyc`) and from policyc.toml.
    Lsp {
        /// Has no effect; many editors add it
        #[arg(long)]
        stdio: bool,
    },
    /// Print a completion script for a shell
    ///
    /// For bash: policyc completions bash > ~/.local/share/bash-completion/completions/policyc
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    Man(ManArgs),
}

/// Write the manual pages into a folder
///
/// One for policyc and one for each command; packages have them already.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  policyc man ~/.local/share/man/man1

Exit status: 0 they are written; 2 a file cannot be written.")]
pub(super) struct ManArgs {
    /// The folder; it is made if there is none
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}

/// The names of the targets, which shells then complete.
pub(crate) fn targets() -> clap::builder::PossibleValuesParser {
    policyc_core::emit::TARGETS
        .iter()
        .map(|target| clap::builder::PossibleValue::new(target.name))
        .collect::<Vec<_>>()
        .into()
}

/// What every command that reads a policy takes.
#[derive(Debug, Clone, Args)]
pub(super) struct PolicyArgs {
    /// The catalogue of a server: its answer to tools/list, as JSON. NAME is the server; without it, the only one
    #[arg(long, value_name = "[NAME=]PATH")]
    pub(super) catalogue: Vec<String>,
    /// Use the policy with this name, if the file has several
    #[arg(long, value_name = "NAME")]
    pub(super) policy: Option<String>,
    /// Fail if a catalogue differs from policyc.lock
    #[arg(long)]
    pub(super) locked: bool,
    /// Where it is written down what is read; no option.
    #[arg(skip)]
    pub(super) reads: Reads,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// With the source, for people
    Human,
    /// One line each
    Short,
    /// One JSON document
    Json,
}

/// What else counts as an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    /// Warnings
    Warnings,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    Human,
    /// For other programs
    Json,
}

/// Statements that a document may leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Leave {
    /// `limit` statements, where something else counts
    Limits,
    /// `require approval` statements, where something else asks
    Approval,
}

impl From<Leave> for policyc_core::emit::Leave {
    fn from(leave: Leave) -> Self {
        match leave {
            Leave::Limits => Self::Limits,
            Leave::Approval => Self::Approval,
        }
    }
}

/// Compile a policy to the document of a gateway
///
/// The document is never weaker than the policy. A statement that the gateway cannot enforce is an error that says
/// what to write instead; if the document is stricter, a warning shows a call.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc compile policy.pol
  policyc compile policy.pol --target intercept -o intercept.yaml
  echo 'deny *; limit send_dm_to_user 30/min per grant' | policyc compile -
  policyc compile teams.pol -o out/               one document for each policy of the file
  policyc compile policy.pol --target opa --target policylayer -o out/ --leave limits --report
  policyc compile policy.pol -o policy.json --check
                                                  in CI: is the document what the policy says?

Exit status: 0 the document is written, or with --check up to date; 1 the policy has errors, its gateway cannot enforce it, or a file is \
not up to date; 2 a file cannot be read or written.")]
pub(super) struct CompileArgs {
    /// The policy; `-` reads standard input
    pub(super) file: PathBuf,
    /// The gateway, one of those that `policyc targets` lists; several only with a folder. By default that of
    /// policyc.toml, or policylayer
    #[arg(long, short, value_name = "TARGET", value_parser = targets())]
    pub(super) target: Vec<String>,
    #[command(flatten)]
    pub(super) source: PolicyArgs,
    /// Compile for the server with this name, if the policy has several. By default that of policyc.toml
    #[arg(long, value_name = "NAME")]
    pub(super) server: Option<String>,
    /// Write to this file, or into this folder
    #[arg(long, short, value_name = "FILE|DIR")]
    pub(super) output: Option<PathBuf>,
    /// Print the document as RFC 8785 canonical JSON
    #[arg(long)]
    pub(super) canonical: bool,
    /// Print the SHA-256 of the canonical JSON instead of the document
    #[arg(long, conflicts_with = "canonical")]
    pub(super) digest: bool,
    /// Refuse a document that is stricter than the policy, that denies what a person could approve, whose limits hold only
    /// while counters can be asked, or that could not be proved
    #[arg(long)]
    pub(super) exact: bool,
    /// Write nothing; exit with 1 if a file is not what would be written
    #[arg(long, requires = "output")]
    pub(super) check: bool,
    /// Write a file beside each document that names what it was made from, with digests
    #[arg(long, requires = "output")]
    pub(super) provenance: bool,
    /// Print to standard output what becomes of each statement: exact, stricter with an example, left out, or refused
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "human", requires = "output")]
    pub(super) report: Option<ReportFormat>,
    /// Leave out statements of this kind that the gateway cannot hold, with a warning for each: something else must hold
    /// them. The document is never weaker than the policy without them
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) leave: Vec<Leave>,
    /// Treat these findings as errors
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) deny: Option<Deny>,
    /// How findings are printed, on standard error
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Format,
}

/// Check policies: syntax, names, types, assertions
///
/// With a catalogue, every tool and argument in a policy is checked against the declarations of the server.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc check policy.pol
  policyc check --catalogue github.json policies/
  policyc check --deny warnings policies/         in CI
  policyc check --format json policy.pol          for other programs
  policyc check --assertions baseline.pol policies/*.pol gateway.json
                                                  check assertions for policies and documents

Exit status: 0 there are no errors; 1 there are; 2 a file cannot be read.")]
pub(super) struct CheckArgs {
    /// The policies, or folders of them with all their subfolders; `-` reads standard input. With --assertions also documents of gateways
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) options: CheckOptions,
}

/// What `policyc check` and `policyc watch` take.
#[derive(Debug, Clone, Args)]
pub(super) struct CheckOptions {
    #[command(flatten)]
    pub(super) source: PolicyArgs,
    /// Also report statements that this gateway cannot enforce, as compile would; by default for the targets of policyc.toml
    #[arg(long, short, value_name = "TARGET", value_parser = targets())]
    pub(super) target: Vec<String>,
    /// Also decide the assertions of this file for each of the files; its rules are ignored
    #[arg(long, value_name = "FILE.pol")]
    pub(super) assertions: Option<PathBuf>,
    /// The server that documents are for, if the assertions name several
    #[arg(long, value_name = "NAME", requires = "assertions")]
    pub(super) server: Option<String>,
    /// Treat these findings as errors
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) deny: Option<Deny>,
    /// How findings are printed
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Format,
}

/// Format policies
///
/// Comments and blank lines stay, and the meaning never changes; files with syntax errors are not changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc fmt policy.pol
  policyc fmt --check policies/*.pol              in CI: exit status 1 if a file is not formatted
  policyc fmt - < policy.pol                      to standard output

Exit status: 0 the files are formatted; 1 one has syntax errors, or with --check is not formatted; 2 a file cannot be read or written.")]
pub(super) struct FmtArgs {
    /// The policies; `-` formats standard input to standard output
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Change nothing; list the files that are not formatted
    #[arg(long)]
    pub(super) check: bool,
}

/// Decide calls under a policy
///
/// Prints one line for each call: `allow`, or `deny` or `approval` with the rule and the reason, separated by tabs.
/// Limits count from call to call. A line that is not a call is denied and reported on standard error; the exit status
/// is then 2.
#[derive(Debug, Args)]
#[command(after_help = "\
A call is a JSON object: {\"name\": \"pay\", \"arguments\": {\"amount\": 5}}, optionally with \"server\", \"grant\", \
\"caller\" (an object of claims) and \"at\" (an RFC 3339 time).

Examples:
  policyc eval policy.pol --call '{\"name\": \"pay\", \"arguments\": {\"amount\": 5}}'
  policyc eval policy.pol --calls calls.jsonl
  policyc eval policy.pol --calls calls.jsonl --trace   with the result of every rule
  my-log | policyc eval policy.pol --calls - --json

Exit status: 0 whatever is decided; 1 the policy has errors; 2 a file cannot be read, or a line is not a call.")]
pub(super) struct EvalArgs {
    /// The policy; `-` reads standard input
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) source: PolicyArgs,
    /// One call as JSON
    #[arg(long, value_name = "JSON", required_unless_present = "calls", conflicts_with = "calls")]
    pub(super) call: Option<String>,
    /// A file with one call on each line; `-` reads standard input
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) calls: Option<PathBuf>,
    /// Print each answer as a JSON object
    #[arg(long)]
    pub(super) json: bool,
    /// After each answer, print the result of every rule that selects the tool, and why
    #[arg(long)]
    pub(super) trace: bool,
    /// After each denial, print what can be done: the nearest call that passes, when to try again, or that nothing helps
    #[arg(long)]
    pub(super) remedy: bool,
}

/// How a summary is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SummaryFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
}

/// Decide a recorded log of calls and sum up the results
///
/// Shows for each tool how many calls would be allowed, denied and held for approval, and by which rules. With
/// `--against`, decides under two policies and shows only the calls that the second decides differently.
#[derive(Debug, Args)]
#[command(after_help = "\
A log has one JSON object on each line: a call as `policyc eval` reads it, or a JSON-RPC message of MCP. `tools/call` \
is decided (with `at`, `grant`, `caller` and `server` next to `jsonrpc`); other messages are skipped.

Examples:
  policyc replay policy.pol --log calls.jsonl
  policyc replay policy.pol --log calls.jsonl --against new.pol
  zcat calls.jsonl.gz | policyc replay policy.pol --log - --format json

Exit status: 0 whatever is decided; 1 a policy has errors; 2 a file cannot be read, or lines of the log are not calls.")]
pub(super) struct ReplayArgs {
    /// A policy or a gateway's document; `-` reads standard input
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) source: PolicyArgs,
    /// The log; `-` reads standard input
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) log: PathBuf,
    /// Show what changes when this policy or document replaces the first
    #[arg(long, value_name = "OTHER")]
    pub(super) against: Option<PathBuf>,
    /// How the summary is printed
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: SummaryFormat,
}

/// How a description is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// What happens to the calls of each tool; the default with a catalogue
    Tool,
    /// What each rule does; the default without a catalogue
    Rule,
}

/// How a description is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DescribeFormat {
    /// For a terminal
    Text,
    /// A Markdown document
    Markdown,
    /// One JSON document
    Json,
}

/// Describe a policy in plain sentences
///
/// For readers who do not know the language: what happens to the calls of each tool, in the order of the decision, or
/// what each rule does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc describe policy.pol
  policyc describe policy.pol --by rule
  policyc describe policy.pol --format markdown > policy.md

Exit status: 0 it is described; 1 the policy has errors; 2 a file cannot be read.")]
pub(super) struct DescribeArgs {
    /// The policy; `-` reads standard input
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) source: PolicyArgs,
    /// Tool by tool, or rule by rule
    #[arg(long, value_enum)]
    pub(super) by: Option<By>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: DescribeFormat,
}

/// How test results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// JUnit XML, for the test reports of continuous integration
    Junit,
}

/// Run the tests of policies
///
/// A test makes calls and states their expected outcomes. Tests inside a `policy` block run against that policy, all
/// others against every policy of the file. The `.pol` files in a folder `tests` next to a policy run too; each is a
/// policy of its own that imports the policy it tests. A folder stands for the `.pol` files in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Example of a test:
  test \"a flood is stopped\" {
    call send_dm_to_user {\"user_id\": \"42\"} times 30 -> allow;
    call send_dm_to_user {\"user_id\": \"42\"} -> deny \"send_dm_to_user_rate\";
    wait 1min;
    call send_dm_to_user -> allow;
  }

Examples:
  policyc test policy.pol                         its tests, and those in tests/*.pol next to it
  policyc test policies/ --filter flood           the tests with `flood` in their name
  policyc test policies/ --format junit > junit.xml
  policyc test policies/ --min-coverage 80        exit status 1 if tests exercise less than 80% of the rules
  policyc test policies/ --lcov policies.lcov && genhtml --branch-coverage policies.lcov -o report

Exit status: 0 all tests passed; 1 one failed, a policy has errors, or too few rules are exercised; 2 a file cannot be read or written.")]
pub(super) struct TestArgs {
    /// The policies, or folders of them; `-` reads standard input
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) source: PolicyArgs,
    /// Run only the tests whose names contain this text
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// How results are printed
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: TestFormat,
    /// Show which rules, branches of conditions and tools no test exercises
    #[arg(long)]
    pub(super) coverage: bool,
    /// Write coverage as LCOV to this file
    #[arg(long, value_name = "FILE")]
    pub(super) lcov: Option<PathBuf>,
    /// Fail if tests exercise fewer of the rules, in percent from 0 to 100; implies --coverage
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(super) min_coverage: Option<u8>,
}

/// How targets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TargetsFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// The table of all targets, for a page
    Markdown,
}

/// Show what each target can hold, or which targets can enforce a policy
///
/// Without a policy: how the gateway of each target counts calls, reads numbers and asks for approval, and which statements it
/// can enforce. With a policy: whether each target can enforce it, and which statements it cannot enforce, or only more strictly.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc targets
  policyc targets policy.pol                      which gateways can enforce this policy

Exit status: 0 whatever can enforce it; 1 the policy has errors; 2 the file cannot be read.")]
pub(super) struct TargetsArgs {
    /// The policy; `-` reads standard input
    pub(super) file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) source: PolicyArgs,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: TargetsFormat,
}

/// Explain a diagnostic, a lint rule or a target
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc explain P201
  policyc explain unknown-tool
  policyc explain require                         a word of the language
  policyc explain @destructive                    a built-in set; `per grant` a scope, `30/min` a window
  policyc explain intercept                       what a target can enforce and what it refuses
  policyc explain strict                          the lint rules of a group
  policyc explain --list

Exit status: 0 it is explained; 2 there is nothing of that name.")]
pub(super) struct ExplainArgs {
    /// A code like `P201`, a name like `unknown-tool`, a word of the language, a group of lint rules, or a target; without it,
    /// all of them are listed
    pub(super) word: Vec<String>,
    /// List all codes: code, severity, group of a lint rule, kind of its fixes, name
    #[arg(long, conflicts_with = "word")]
    pub(super) list: bool,
}
