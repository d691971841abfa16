//! The arguments of `policyc init`.

use std::path::PathBuf;

use clap::Args;

/// Write a first policy for the tools of servers, or learn one from recorded calls
///
/// It denies by default and opens tools by name: reads are open, changes limited, execution limited further, and what sends, handles
/// secrets, changes rights, destroys or moves money needs approval, or is hidden where the target cannot ask a person. Assertions and
/// tests are written with it.
///
/// With --from-log the policy is the narrowest of a stated form that lets the recorded calls pass: tools that were called, for the
/// ranges, lists and prefixes of the recorded arguments, up to one and a half times the recorded peaks. Risky tools need
/// approval all the same. Before anything is written, the log is replayed, and each part is proved to be needed by a recorded call.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  policyc init --catalogue github.json -o github.pol
  policyc init --catalogue github.json --from-log calls.jsonl -o github.pol
  policyc init --catalogue shop=tools.json --catalogue mail.json --target opa -o agent.pol
  policyc init --catalogue github.json            print it
  policyc init --each catalogues/ -o policies/    a policy for each catalogue in a folder

Exit status: 0 the policy is written; 1 a catalogue or the log has errors; 2 a file cannot be written.")]
pub(crate) struct InitArgs {
    /// The catalogue of a server: its answer to tools/list, as JSON. NAME is what the policy calls the server; without it, the name
    /// of the file
    #[arg(long, value_name = "[NAME=]PATH", required_unless_present = "catalogues")]
    pub(crate) catalogue: Vec<String>,
    /// Further catalogues, named as their files, or folders of .json files with all their subfolders
    #[arg(value_name = "CATALOGUE")]
    pub(crate) catalogues: Vec<PathBuf>,
    /// Write a policy for each catalogue, instead of one for all of them: NAME.pol in the folder of -o
    #[arg(long, requires = "output")]
    pub(crate) each: bool,
    /// Learn the policy from this log of calls, one on a line, as `policyc replay` reads it; `-` reads standard input
    #[arg(long, value_name = "CALLS.jsonl", conflicts_with = "each")]
    pub(crate) from_log: Option<PathBuf>,
    /// Show for each part of the learnt policy the recorded call that needs it, on standard error
    #[arg(long, requires = "from_log")]
    pub(crate) explain: bool,
    /// What must be able to hold the policy; without it, the `target` of policyc.toml
    #[arg(long, value_name = "TARGET", value_parser = super::targets())]
    pub(crate) target: Vec<String>,
    /// The file to write, which must not exist; without it, standard output. With --each the folder, which is made if there is none
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) output: Option<PathBuf>,
}
