//! The log of decisions: one JSON object on each line, which `policyc replay` reads.
//!
//! A line is a `tools/call` of JSON-RPC, as MCP has it, with what was decided next to it. Without the arguments, `replay` decides a
//! call without any.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use policyc_core::diagnostics::{visible, visible_json};
use policyc_core::json::{Kind, Value, compact, json_quote};

use crate::hook::Decided;

/// What stands for a value that is masked.
const MASKED: &str = "\"***\"";

/// A log that is appended to.
#[derive(Debug)]
pub struct Log {
    /// The file, which is made if there is none.
    pub path: PathBuf,
    /// Whether the arguments are logged.
    pub arguments: bool,
    /// Arguments of which the value is not logged.
    pub masks: Vec<Mask>,
    /// The client.
    pub client: &'static str,
    /// For each policy its name and the SHA-256 of its files and catalogues.
    pub policies: Vec<(String, String)>,
    /// Whether calls pass whatever is decided.
    pub observed: bool,
}

/// The place of an argument: keys from the outside in. The elements of an array are at the place of the array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask(Vec<String>);

impl Mask {
    /// Reads `args.card.number`.
    ///
    /// # Errors
    /// A message for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let keys: Option<Vec<String>> =
            text.strip_prefix("args.").map(|keys| keys.split('.').map(str::to_owned).collect());
        match keys {
            Some(keys) if keys.iter().all(|key| !key.is_empty()) => Ok(Self(keys)),
            _ => Err(format!("`{}` is no path of an argument, such as `args.card.number`", visible(text))),
        }
    }
}

impl Log {
    /// Appends a line.
    ///
    /// # Errors
    /// A clause that says why the file cannot be written.
    pub fn append(&self, decided: &Decided<'_>) -> Result<(), String> {
        let fail = |error: std::io::Error| format!("cannot write `{}`: {error}", visible(&self.path.to_string_lossy()));
        let mut options = File::options();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path).map_err(fail)?;
        // In one piece, so that the lines of several processes do not mix.
        let before = if self.is_unfinished() { "\n" } else { "" };
        file.write_all(format!("{before}{}\n", self.line(decided)).as_bytes()).map_err(fail)
    }

    /// Whether the last line has no end, because whoever wrote it was killed. The next one shall not be lost with it.
    fn is_unfinished(&self) -> bool {
        let last = || {
            let is_file = std::fs::metadata(&self.path).ok()?.is_file();
            let mut file = is_file.then(|| File::open(&self.path).ok()).flatten()?;
            file.seek(SeekFrom::End(-1)).ok()?;
            let mut last = [0];
            file.read_exact(&mut last).ok().map(|()| last != *b"\n")
        };
        last().unwrap_or(false)
    }

    fn line(&self, decided: &Decided<'_>) -> String {
        let Decided { call, session, outcome } = decided;
        let mut params = format!("\"name\":{}", json_quote(call.name));
        if self.arguments {
            let masks: Vec<&[String]> = self.masks.iter().map(|mask| mask.0.as_slice()).collect();
            params.push_str(",\"arguments\":");
            write_masked(call.arguments, &masks, &mut params);
        }
        let mut members = vec![
            "\"jsonrpc\":\"2.0\"".to_owned(),
            "\"method\":\"tools/call\"".to_owned(),
            format!("\"params\":{{{params}}}"),
        ];
        let mut text = |key: &str, value: &str| members.push(format!("\"{key}\":{}", json_quote(value)));
        if let Some(server) = call.server {
            text("server", server);
        }
        if let Some(grant) = call.grant {
            text("grant", grant);
        }
        if let Ok(at) = jiff::Timestamp::from_second(call.at) {
            text("at", &at.to_string());
        }
        text("client", self.client);
        text("session", session);
        text("decision", outcome.verdict.name());
        text("rule", &outcome.rule);
        text("reason", &outcome.reason);
        if let Some((name, digest)) = outcome.policy.and_then(|policy| self.policies.get(policy)) {
            text("policy", name);
            text("sha256", digest);
        }
        if let Some(failure) = &outcome.store_failure {
            text("storeFailure", failure);
        }
        if let Some(caller) = call.caller {
            members.push(format!("\"caller\":{}", compact(caller.source())));
        }
        if call.approved {
            // Decided again, it is one that a person has approved.
            members.push("\"approved\":true".to_owned());
        }
        members.push(format!("\"observed\":{}", self.observed));
        visible_json(&format!("{{{}}}", members.join(","))).into_owned()
    }
}

/// Writes a value, with what is masked in it replaced. Goes no deeper than the masks do.
fn write_masked(value: Value<'_>, masks: &[&[String]], out: &mut String) {
    if masks.iter().any(|mask| mask.is_empty()) {
        out.push_str(MASKED);
        return;
    }
    match value.kind() {
        Kind::Object if !masks.is_empty() => {
            out.push('{');
            for (index, (key, member)) in value.entries().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(key.source());
                out.push(':');
                let below: Vec<&[String]> = masks
                    .iter()
                    .filter_map(|mask| mask.split_first().filter(|(first, _)| Some(first.as_str()) == key.as_str()))
                    .map(|(_, rest)| rest)
                    .collect();
                write_masked(member, &below, out);
            }
            out.push('}');
        }
        Kind::Array if !masks.is_empty() => {
            // Arrays in arrays are not told apart by a mask, and are bounded by what is parsed, so they are masked whole.
            out.push('[');
            for (index, item) in value.items().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if item.kind() == Kind::Array {
                    out.push_str(MASKED);
                } else {
                    write_masked(item, masks, out);
                }
            }
            out.push(']');
        }
        _ => out.push_str(&compact(value.source())),
    }
}
