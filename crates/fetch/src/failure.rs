//! Why a server could not be fetched.

use std::fmt;
use std::time::Duration;

use policyc_core::diagnostics::shown;

use crate::secrets::Secrets;

/// Characters of a text of a server that a message quotes.
const QUOTED: usize = 300;

/// Why a server could not be fetched: a message for people, with what the server wrote beside the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, as a clause without capital or period.
    pub message: String,
    /// The last lines that the server wrote to standard error, and the first that it wrote to standard output and that are not
    /// messages; each on one line, with everything visible.
    pub log: Vec<String>,
}

impl Failure {
    /// A failure without a log.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), log: Vec::new() }
    }

    /// The time is up, and the server owes an answer to one of these requests.
    pub(crate) fn timed_out(timeout: Duration, waits_for: Option<String>) -> Self {
        let seconds = timeout.as_secs_f64();
        let what = waits_for.map_or_else(|| "connect".to_owned(), |method| format!("answer `{method}`"));
        Self::new(format!("it did not {what} within {seconds} s; `--timeout` allows more"))
    }

    /// The same with what the server wrote.
    pub(crate) fn with_log(self, log: Vec<String>) -> Self {
        Self { log, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        self.log.iter().try_for_each(|line| write!(out, "\n  {line}"))
    }
}

impl std::error::Error for Failure {}

/// A text of a server as a message quotes it: without credentials, on one line, cut where it is long.
pub(crate) fn quoted(text: &str, secrets: &Secrets) -> String {
    // A secret that was cut would not be found any more.
    shown(secrets.mask(text.trim()).trim(), QUOTED)
}
