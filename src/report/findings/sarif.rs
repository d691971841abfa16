//! Findings as SARIF 2.1.0, for code scanning.
//!
//! The form is that of the OASIS standard with errata 01 (sections are those of its text), with what GitHub's code scanning
//! reads of it. The id of a rule is its code and its `name` the name that people write: ids shall stay the same for ever
//! (3.49.3), names may be read (3.49.7). Messages hold links to related places (3.11.6), since GitHub shows only those
//! that are linked. Source lines are not copied into the report: a literal may be a secret.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::file::{FileReport, RuleInfo, is_file, message, path};
use crate::diagnostics::{Applicability, Code, Diagnostic, Edit, Fix, Label, Severity, visible_lines};
use crate::report::line;
use crate::source::{FileId, SourceMap, Span};

/// Where the schema stands, for editors.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name of the folder that relative paths begin at; GitHub takes it for the root of the repository.
const ROOT: &str = "%SRCROOT%";
/// The name and version of our fingerprints.
const FINGERPRINT: &str = "policycFingerprint/v1";
/// What stays as it is in the path of a URI (RFC 3986, 2.3), and what parts it.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The whole report, on one line. `rules` are described in it, in this order; findings of other kinds are reported, too,
/// but nothing more is said of their kind.
#[must_use]
pub fn sarif(reports: &[FileReport<'_>], rules: &[RuleInfo]) -> String {
    let mut results = Vec::new();
    let mut artifacts: Vec<Value> = Vec::new();
    for report in reports {
        let found = report.marked();
        results.extend(found.map(|(finding, mark)| result(report, finding, mark, rules)));
        artifacts.push(json!({ "location": artifact(report.file), "roles": ["analysisTarget"] }));
    }
    // The standard has each artifact once (3.14.15); the same file may be named twice.
    let mut seen = BTreeSet::new();
    artifacts.retain(|artifact| seen.insert(artifact.to_string()));
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "policyc",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.iter().map(rule).collect::<Vec<_>>(),
                },
            },
            "originalUriBaseIds": { ROOT: { "description": { "text": "The folder in which policyc was run." } } },
            "columnKind": "unicodeCodePoints",
            "artifacts": artifacts,
            "results": results,
        }],
    });
    line(&log)
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A `reportingDescriptor` (3.49).
fn rule(info: &RuleInfo) -> Value {
    let Code { id, name, severity, page } = *info.code;
    let Page { title, about, text } = Page::read(page);
    let mut properties = Map::new();
    for (key, value) in &info.properties {
        properties.insert((*key).to_owned(), json!(value));
        // What GitHub calls it.
        if *key == "confidence" {
            properties.insert("precision".to_owned(), json!(value));
        }
    }
    let problem = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    };
    properties.insert("problem.severity".to_owned(), json!(problem));
    properties.insert("tags".to_owned(), json!(["security"]));
    json!({
        "id": id,
        "name": name,
        "shortDescription": { "text": title },
        "fullDescription": { "text": about },
        "help": { "text": text, "markdown": text },
        "defaultConfiguration": { "level": level(severity) },
        "properties": properties,
    })
}

/// What a rule's page says, in parts.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    /// Its first paragraph.
    title: String,
    /// The text before the first heading, or under `What it does`.
    about: String,
    /// All of it but its heading, without what marks examples for our tests.
    text: String,
}

impl Page {
    fn read(page: &str) -> Self {
        let page = match page.strip_prefix("# ") {
            Some(rest) => rest.split_once('\n').map_or("", |(_, rest)| rest),
            None => page,
        };
        let page = page.trim();
        let mut sections = page.split("\n## ");
        let intro = sections.next().unwrap_or_default();
        let says = sections.find_map(|section| section.strip_prefix("What it does\n")).unwrap_or(intro);
        let lines: Vec<&str> = page.lines().map(without_attributes).collect();
        let title = intro.split("\n\n").next().unwrap_or_default();
        Self { title: one_line(title), about: one_line(says), text: lines.join("\n") }
    }
}

/// The first line of an example, only with its language.
fn without_attributes(line: &str) -> &str {
    if line.starts_with("```") { line.split(' ').next().unwrap_or(line) } else { line }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A `result` (3.27).
fn result(report: &FileReport<'_>, finding: &Diagnostic, fingerprint: &str, rules: &[RuleInfo]) -> Value {
    let sources = report.sources;
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(finding.code.id));
    if let Some(index) = rules.iter().position(|rule| rule.code.id == finding.code.id) {
        result.insert("ruleIndex".to_owned(), json!(index));
    }
    result.insert("level".to_owned(), json!(level(finding.severity)));
    result.insert("message".to_owned(), json!({ "text": text(finding) }));
    let place =
        json!({ "artifactLocation": artifact(report.place(finding)), "region": region(finding.primary.span, sources) });
    let mut location = json!({ "physicalLocation": place });
    if !finding.primary.text.is_empty()
        && let Some(fields) = location.as_object_mut()
    {
        fields.insert("message".to_owned(), json!({ "text": literal(&finding.primary.text) }));
    }
    result.insert("locations".to_owned(), json!([location]));
    let related: Vec<Value> = linked(finding).map(|(id, label)| related(id, label, sources)).collect();
    if !related.is_empty() {
        result.insert("relatedLocations".to_owned(), related.into());
    }
    if !fingerprint.is_empty() {
        result.insert("partialFingerprints".to_owned(), json!({ FINGERPRINT: fingerprint }));
    }
    let fixes: Vec<Value> = finding.fixes.iter().filter_map(|change| fix(change, sources)).collect();
    if !fixes.is_empty() {
        result.insert("fixes".to_owned(), fixes.into());
    }
    Value::Object(result)
}

/// The other places of a finding with their ids, which count from 1.
fn linked(finding: &Diagnostic) -> impl Iterator<Item = (usize, &Label)> {
    finding.secondary.iter().enumerate().map(|(index, label)| (index + 1, label))
}

/// The message, the help, and links to the other places.
fn text(finding: &Diagnostic) -> String {
    let mut text = literal(&message(finding));
    for (id, label) in linked(finding) {
        let words = if label.text.is_empty() { "here" } else { label.text.as_str() };
        let words = one_line(&visible_lines(words)).replace('\\', r"\\").replace('[', r"\[").replace(']', r"\]");
        text.push_str(&format!("\nsee: [{words}]({id})"));
    }
    text
}

/// A text in which nothing is a link: catalogues are written by strangers.
fn literal(text: &str) -> String {
    visible_lines(text).replace("](", "] (")
}

fn related(id: usize, label: &Label, sources: &SourceMap) -> Value {
    let words = if label.text.is_empty() { "here".to_owned() } else { literal(&label.text) };
    json!({ "id": id, "physicalLocation": physical(label.span, sources), "message": { "text": words } })
}

/// A `fix` (3.55), if its file can be named.
fn fix(fix: &Fix, sources: &SourceMap) -> Option<Value> {
    let file = fix.edits.first()?.span.file;
    let name = known(file, sources).filter(|name| is_file(name))?;
    let replacement = |edit: &Edit| {
        let mut replacement = json!({ "deletedRegion": region(edit.span, sources) });
        if !edit.text.is_empty()
            && let Some(fields) = replacement.as_object_mut()
        {
            fields.insert("insertedContent".to_owned(), json!({ "text": edit.text }));
        }
        replacement
    };
    let replacements: Vec<Value> = fix.edits.iter().map(replacement).collect();
    let title = literal(&fix.title);
    let title = match fix.applicability {
        Applicability::Safe => title,
        Applicability::Unsafe => format!("{title} (unsafe)"),
    };
    Some(json!({
        "description": { "text": title },
        "artifactChanges": [{ "artifactLocation": artifact(name), "replacements": replacements }],
        "properties": { "applicability": fix.applicability.name() },
    }))
}

fn known(file: FileId, sources: &SourceMap) -> Option<&str> {
    sources.get(file).map(|source| source.name())
}

fn physical(span: Span, sources: &SourceMap) -> Value {
    let name = known(span.file, sources).unwrap_or_default();
    json!({ "artifactLocation": artifact(name), "region": region(span, sources) })
}

/// A `region` (3.30): as text only, since a place in bytes would be a second meaning where something is replaced.
fn region(span: Span, sources: &SourceMap) -> Value {
    let [(_, start), (_, end)] = sources.bounds(span);
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// An `artifactLocation` (3.4). What is not a file has no URI.
fn artifact(name: &str) -> Value {
    match name {
        "<stdin>" => return json!({ "description": { "text": "standard input" } }),
        _ if !is_file(name) => return json!({ "description": { "text": "no file" } }),
        _ => {}
    }
    let path = path(name);
    match absolute(&path) {
        Some(uri) => json!({ "uri": uri }),
        None => json!({ "uri": encoded(&path), "uriBaseId": ROOT }),
    }
}

/// The URI of an absolute path (RFC 8089), which on Windows begins with a drive.
fn absolute(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return Some(format!("file://{}", encoded(path)));
    }
    let (drive, rest) = path.split_once(":/").filter(|(drive, _)| cfg!(windows) && drive.len() == 1)?;
    Some(format!("file:///{drive}:/{}", encoded(rest)))
}

fn encoded(path: &str) -> String {
    utf8_percent_encode(path, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::codes;

    #[test]
    fn names_become_uris() {
        let uri = |name| artifact(name).to_string();
        let relative = |uri: &str| json!({ "uri": uri, "uriBaseId": ROOT }).to_string();
        for (name, expected) in [
            ("a.pol", "a.pol"),
            ("./a//b/./c.pol", "a/b/c.pol"),
            ("a/../b.pol", "b.pol"),
            ("../../b.pol", "../../b.pol"),
            ("größe 1%2f#?.pol", "gr%C3%B6%C3%9Fe%201%252f%23%3F.pol"),
            ("c:x.pol", "c%3Ax.pol"),
        ] {
            assert_eq!(uri(name), relative(expected), "{name}");
        }
        assert_eq!(uri("/a b/../c.pol"), json!({ "uri": "file:///c.pol" }).to_string());
        assert_eq!(uri("/a b/c.pol"), json!({ "uri": "file:///a%20b/c.pol" }).to_string());
        for nowhere in ["<stdin>", "", "<command line>"] {
            assert!(!uri(nowhere).contains("uri"), "{nowhere}");
        }
    }

    #[test]
    fn pages_come_in_parts() {
        let rule = "A title\nof two lines.\n\n## What it does\n\nOne.\n\nTwo.\n\n## Example\n\n```pol lint x\na\n```\n";
        let read = Page::read(rule);
        assert_eq!((read.title.as_str(), read.about.as_str()), ("A title of two lines.", "One. Two."));
        assert!(read.text.contains("\n```pol\na\n```"), "{}", read.text);
        let read = Page::read("# P1 x\n\nFirst.\n\nMore.\n\n## Example\n");
        assert_eq!((read.title.as_str(), read.about.as_str()), ("First.", "First. More."));
        assert!(read.text.starts_with("First."));
    }

    #[test]
    fn every_page_has_parts_that_code_scanning_shows() {
        for &code in codes::ALL {
            let Page { title, about, text } = Page::read(code.page);
            // The bounds are GitHub's; it cuts off what is longer.
            assert!((1..=255).contains(&title.len()), "{}: `{title}`", code.name);
            assert!((1..=1024).contains(&about.len()), "{}: {}", code.name, about.len());
            assert!(!about.contains("```") && !text.is_empty(), "{}", code.name);
        }
    }
}
