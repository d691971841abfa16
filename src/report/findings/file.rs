//! What reports for other programs are made of.

use std::borrow::Cow;

use crate::diagnostics::{Code, Diagnostic, visible_lines};
use crate::lint::Rule;
use crate::source::SourceMap;

/// The findings about one policy file.
#[derive(Debug, Clone, Copy)]
pub struct FileReport<'a> {
    /// The file as it was named on the command line, or `<stdin>`.
    pub file: &'a str,
    /// The findings, in the order in which they are shown; some may lie in other files that it reads.
    pub findings: &'a [Diagnostic],
    /// The texts that the findings point into.
    pub sources: &'a SourceMap,
    /// One per finding, in the same order: what stays the same when lines move.
    pub fingerprints: &'a [String],
}

impl<'a> FileReport<'a> {
    /// Each finding with its fingerprint.
    pub(super) fn marked(&self) -> impl Iterator<Item = (&'a Diagnostic, &'a str)> + use<'a> {
        let prints = self.fingerprints.iter().map(String::as_str).chain(std::iter::repeat(""));
        self.findings.iter().zip(prints)
    }

    /// The file that a finding lies in. One that lies in no file is said of the policy.
    pub(super) fn place(&self, finding: &Diagnostic) -> &'a str {
        self.sources.get(finding.primary.span.file).map_or(self.file, |source| source.name())
    }
}

/// What is said of a rule besides its code.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    /// The kind of finding.
    pub code: &'static Code,
    /// `group`, `confidence` and `fix` of a lint rule; other kinds have none.
    pub properties: Vec<(&'static str, String)>,
}

impl RuleInfo {
    /// What is known of a kind of finding.
    #[must_use]
    pub fn of(code: &'static Code) -> Self {
        let mut properties = Vec::new();
        if let Some(rule) = Rule::of(code) {
            properties.push(("group", rule.group.name().to_owned()));
            properties.push(("confidence", rule.confidence.name().to_owned()));
            properties.extend(rule.fix.map(|fix| ("fix", fix.name().to_owned())));
        }
        Self { code, properties }
    }

    /// The kinds that some findings are of, each once, in order of their ids.
    #[must_use]
    pub fn of_findings<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<Self> {
        let mut codes: Vec<&'static Code> = findings.into_iter().map(|finding| finding.code).collect();
        codes.sort_by_key(|code| code.id);
        codes.dedup_by_key(|code| code.id);
        codes.into_iter().map(Self::of).collect()
    }
}

/// Whether a name is that of a file. Standard input and the like are written in angle brackets.
pub(super) fn is_file(name: &str) -> bool {
    !(name.is_empty() || name.starts_with('<') && name.ends_with('>'))
}

/// A path as reports write it: with `/`, and without `.` and `..` as far as they can be left out.
///
/// Readers compare such paths with those of their repository, in which `./a.pol` does not occur. A `..` takes away the
/// name before it, as in a URI (RFC 3986, 5.2.4), so it is taken for granted that no folder is a link.
#[must_use]
pub fn path(name: &str) -> Cow<'_, str> {
    if !is_file(name) {
        return Cow::Borrowed(name);
    }
    let slashes = if cfg!(windows) { Cow::Owned(name.replace('\\', "/")) } else { Cow::Borrowed(name) };
    if !slashes.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return slashes;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in slashes.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if slashes.starts_with('/') { "/" } else { "" };
    Cow::Owned(format!("{root}{}", parts.join("/")))
}

/// What is wrong, and below it what to do about it.
pub(super) fn message(finding: &Diagnostic) -> String {
    let message = visible_lines(&finding.message);
    match &finding.help {
        Some(help) => format!("{message}\nhelp: {}", visible_lines(help)),
        None => message,
    }
}
