//! The words that `policyc explain` knows.

use crate::diagnostics::Code;
use crate::emit;
use crate::glossary;
use crate::lint::{Group, Rule};

/// All that there is a page for, but for findings, which are many.
#[must_use]
pub fn overview() -> String {
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
    text
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
#[must_use]
pub fn list(codes: impl Iterator<Item = &'static Code>) -> String {
    let line = |code: &'static Code| {
        let rule = Rule::of(code);
        let group = rule.map_or("", |rule| rule.group.name());
        let fix = rule.and_then(|rule| rule.fix).map_or("", |_| "fix");
        format!("{} {:<8} {group:<9} {fix:<4} {}\n", code.id, code.severity.name(), code.name)
    };
    codes.map(line).collect()
}
