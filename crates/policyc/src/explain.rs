//! `policyc explain`: the pages of diagnostics, of lint rules, of targets, and of the words of the language.

use super::args::ExplainArgs;
use super::{CommandResult, Exit, Streams, written};
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::diagnostics::{Code, codes, quote};
use policyc_core::lint::{self, Group, Named, Rule};
use policyc_core::{emit, glossary};

pub(super) fn run(arguments: &ExplainArgs, streams: &mut Streams<'_>) -> CommandResult {
    if arguments.list {
        return list(codes::ALL.iter().copied(), streams);
    }
    let wanted = arguments.word.join(" ");
    if wanted.is_empty() {
        return overview(streams);
    }
    if let Ok(Named::Group(group)) = Named::parse(&wanted) {
        let of_group = |code: &&Code| Rule::of(code).is_some_and(|rule| rule.group <= group);
        return list(codes::ALL.iter().copied().filter(of_group), streams);
    }
    let target = || emit::find(&wanted).map(|target| target.page.to_owned());
    let code = || codes::find(&wanted).map(lint::page);
    let page = target().or_else(code).or_else(|| glossary::page(&wanted)).ok_or_else(|| unknown(&wanted))?;
    written(streams.output.write_all(page.as_bytes()))?;
    Ok(Exit::Fine)
}

/// That there is no such page, and what was meant.
fn unknown(wanted: &str) -> String {
    let words = glossary::overview().into_iter().flat_map(|section| section.words);
    let targets = emit::TARGETS.iter().map(|target| target.name);
    let known = codes::ALL.iter().map(|code| code.name).chain(words).chain(targets);
    match nearest(wanted, known) {
        Some(near) => format!("nothing is named {}; did you mean `{near}`?", quote(wanted)),
        None => format!("nothing is named {}; `policyc explain` lists what there is", quote(wanted)),
    }
}

/// All that there is a page for, but for findings, which are many.
fn overview(streams: &mut Streams<'_>) -> CommandResult {
    let mut text = String::new();
    for section in glossary::overview() {
        text.push_str(&format!("{}:\n", section.title));
        for line in lines(&section.words) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    let targets: Vec<&str> = emit::TARGETS.iter().map(|target| target.name).collect();
    let groups: Vec<&str> = Group::ALL.iter().map(|group| group.name()).collect();
    text.push_str(&format!("targets:\n  {}\n", targets.join("  ")));
    text.push_str(&format!("groups of lint rules:\n  {}\n", groups.join("  ")));
    text.push_str("findings, by code or name:\n  `policyc explain --list` lists them\n");
    written(streams.output.write_all(text.as_bytes()))?;
    Ok(Exit::Fine)
}

/// Words side by side, two spaces between them, in lines of a usual terminal.
fn lines(words: &[&str]) -> Vec<String> {
    const WIDTH: usize = 76;
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut().filter(|line| line.len() + 2 + word.len() <= WIDTH) {
            Some(line) => {
                line.push_str("  ");
                line.push_str(word);
            }
            None => lines.push((*word).to_owned()),
        }
    }
    lines
}

/// A line for each kind of finding: id, severity, the group of a lint rule and whether it fixes itself, name.
fn list(codes: impl Iterator<Item = &'static Code>, streams: &mut Streams<'_>) -> CommandResult {
    for code in codes {
        let rule = Rule::of(code);
        let group = rule.map_or("", |rule| rule.group.name());
        let fix = rule.and_then(|rule| rule.fix).map_or("", |_| "fix");
        written(writeln!(streams.output, "{} {:<8} {group:<9} {fix:<4} {}", code.id, code.severity.name(), code.name))?;
    }
    Ok(Exit::Fine)
}
