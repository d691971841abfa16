//! The arguments of all commands that decide live calls.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What happens to a call whose limits cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnStoreFailure {
    /// It is denied
    Deny,
    /// It is decided as if every limit had room
    Allow,
}

/// When a count in a file is safe from a power failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CountersSync {
    /// Before the call passes
    Full,
    /// Some seconds later; quicker
    Normal,
}

/// On whose behalf calls are decided, what counts them, and where decisions are written down.
#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    /// The grant under which all calls are made; without it, all are of one grant
    #[arg(long, value_name = "TEXT")]
    pub(crate) grant: Option<String>,
    /// The claims of the caller, a JSON object; without it, there are none
    #[arg(long, value_name = "JSON")]
    pub(crate) caller: Option<String>,
    /// The file with the counters of limits, for all processes that use it; without it, one in the folder for the state of
    /// programs. Or a Redis or Valkey server, for several machines: `redis://HOST:PORT/DATABASE`, or `rediss` for TLS
    #[arg(long, value_name = "PATH|URL")]
    pub(crate) counters: Option<PathBuf>,
    /// What the counters belong to instead of the path of the policy; with Redis it is needed, the same on all machines
    #[arg(long, value_name = "NAME")]
    pub(crate) counter_namespace: Option<String>,
    /// A file with the password of Redis
    #[arg(long, value_name = "FILE")]
    pub(crate) counters_password_file: Option<PathBuf>,
    /// When a count in a file is safe from a power failure
    #[arg(long, value_enum, default_value = "full")]
    pub(crate) counters_sync: CountersSync,
    /// What happens to a call with limits if the counters cannot be used
    #[arg(long, value_enum, default_value = "deny")]
    pub(crate) on_store_failure: OnStoreFailure,
    /// Do not say what would pass instead of denied calls of these tools; `*` stands for any characters
    #[arg(long, value_name = "GLOB")]
    pub(crate) undisclosed: Vec<String>,
    /// Decide, count and log, but let everything pass
    #[arg(long)]
    pub(crate) observe: bool,
    /// Append each decision to this file, as `policyc replay` reads it; a call that cannot be logged is denied, but not with --observe
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) log: Option<PathBuf>,
    /// Log the arguments of calls, too
    #[arg(long, requires = "log")]
    pub(crate) log_arguments: bool,
    /// Leave the value of this argument out of the log
    #[arg(long, value_name = "args.PATH", requires = "log_arguments")]
    pub(crate) mask: Vec<String>,
}
