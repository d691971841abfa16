//! The arguments of the commands about catalogues.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::lock::{CatalogueDiffArgs, LockArgs, ReviewArgs};

/// Fetch, show, compare and lock catalogues: the tools that servers offer
#[derive(Debug, Args)]
pub(crate) struct CatalogueArgs {
    #[command(subcommand)]
    pub(crate) command: CatalogueCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Show the tools of a catalogue, with class and arguments
    #[command(after_help = "\
Examples:
  policyc catalogue show github.json              all tools, a line each
  policyc catalogue show github.json create_issue the arguments of one tool
  policyc catalogue show --json catalogues/       all catalogues in a folder, a line of JSON for each

Exit status: 0 they are shown; 1 a catalogue has errors; 2 a file cannot be read, or there is no tool of that name.")]
    Show {
        #[command(flatten)]
        what: CataloguesArgs,
        /// Print JSON; for several catalogues, a line for each
        #[arg(long)]
        json: bool,
    },
    /// Say what the tools of a catalogue do: their classes and tags, how sure that is, and why
    ///
    /// Where policyc.toml or the catalogue gives the classes or tags, that counts, and is said.
    #[command(after_help = "\
Examples:
  policyc catalogue classify github.json                        all tools, a line each
  policyc catalogue classify github.json create_issue --explain all evidence for one tool
  policyc catalogue classify catalogues/ more.json              the tools of many servers

Exit status: 0 they are shown; 1 a catalogue has errors; 2 a file cannot be read, or there is no tool of that name.")]
    Classify {
        #[command(flatten)]
        what: CataloguesArgs,
        /// Show all evidence
        #[arg(long, conflicts_with = "jsonl")]
        explain: bool,
        /// Print JSON, which always has the evidence; for several catalogues, a line for each
        #[arg(long, conflicts_with = "explain")]
        json: bool,
    },
    Fetch(FetchArgs),
    Diff(CatalogueDiffArgs),
    Lock(LockArgs),
    Review(ReviewArgs),
}

/// Catalogues, or tools of one.
#[derive(Debug, Args)]
pub(crate) struct CataloguesArgs {
    /// The answer of a server to tools/list, as JSON; `-` reads standard input. Several, or folders of .json files with all their
    /// subfolders, are reported one after the other. Of a single catalogue only some tools, if their names follow
    #[arg(value_name = "CATALOGUE|TOOL", required = true)]
    pub(crate) what: Vec<PathBuf>,
    /// Print a line of JSON for each catalogue, also for a single one
    #[arg(long)]
    pub(crate) jsonl: bool,
}

/// Fetch the tools of MCP servers and write them as catalogues
///
/// Starts a server, or calls one at a URL, asks it for its tools, and ends it again. The catalogue has one order and layout, so
/// version control shows what a server changed. Headers, the environment and other credentials are never written or shown. Of the
/// other commands only `policyc proxy` connects to anything, at the addresses of its options.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("whence").required(true).args(["command", "url", "from_config"]),
    after_help = "\
Examples:
  policyc catalogue fetch -o time.json -- uvx mcp-server-time
  policyc catalogue fetch -o files.json -- npx -y @modelcontextprotocol/server-filesystem /tmp
  policyc catalogue fetch -o github.json --url https://api.githubcopilot.com/mcp/ \\
      --header 'Authorization: Bearer ${GITHUB_TOKEN}'
                                                  the token is read from the environment
  policyc catalogue fetch -o catalogues/ --from-config .mcp.json
                                                  every server that a client knows, a file each
  policyc catalogue fetch -o shop.json --lock policyc.lock -- shop-server
                                                  what is fetched is agreed to at once

Exit status: 0 everything is fetched; 1 a catalogue has errors, which are shown; 2 a server could not be fetched, and \
its file is as it was."
)]
pub(crate) struct FetchArgs {
    /// The server: a program and its arguments, after `--`. It gets the environment of this command
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// The server: its address, for streamable HTTP
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// A header for each request, `NAME: VALUE`. `${VARIABLE}` in the value stands for a variable of the environment, which keeps
    /// tokens out of the list of processes
    #[arg(long, value_name = "HEADER", requires = "url")]
    pub(crate) header: Vec<String>,
    /// All servers in the settings of a client: .mcp.json of Claude Code, claude_desktop_config.json, mcp.json of VS Code or Cursor,
    /// settings.json of Gemini CLI, config.toml of Codex
    #[arg(long, value_name = "FILE", requires = "output")]
    pub(crate) from_config: Option<PathBuf>,
    /// Only the server with this name in the settings
    #[arg(long, value_name = "NAME", requires = "from_config")]
    pub(crate) server: Vec<String>,
    /// Write to this file; with --from-config into this folder, a file for each server. Without it to standard output
    #[arg(long, short, value_name = "FILE|DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Bring this lock up to date with what was fetched, and where from: policyc.lock, beside policyc.toml or the policies. What
    /// changes is printed. A server is found in it by the path of its catalogue, and else has the name of the file
    #[arg(long, value_name = "FILE", requires = "output")]
    pub(crate) lock: Option<PathBuf>,
    /// How long a server may take for everything
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) timeout: u32,
}
