//! Coverage as LCOV, for other programs.
//!
//! The format is that of `geninfo(1)`, section "TRACEFILE FORMAT". The lines of a rule are the one on which it starts and
//! those on which its atoms start. Each counts the calls that exercised the rule; of several rules on one line, the one
//! that was exercised least. An atom is a block with two branches, 0 true and 1 false. Where the line counts nothing they
//! are `-`, not evaluated, because readers refuse branches that are taken on a line that is not.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::coverage::{Branch, Coverage, RuleCoverage};

/// The coverage of rules and branches as LCOV. Rules of standard input are left out: there is no file to show.
#[must_use]
pub fn lcov(coverage: &Coverage) -> String {
    let mut files: Vec<(&str, Vec<&RuleCoverage>)> = Vec::new();
    for rule in coverage.rules().filter(|rule| rule.file != "<stdin>") {
        // Rules come file by file.
        match files.last_mut() {
            Some((file, rules)) if *file == rule.file => rules.push(rule),
            _ => files.push((&rule.file, vec![rule])),
        }
    }
    files.iter().map(|(file, rules)| record(file, rules)).collect()
}

#[derive(Default)]
struct Line<'a> {
    hits: Option<u64>,
    atoms: Vec<&'a Branch>,
}

fn record(file: &str, rules: &[&RuleCoverage]) -> String {
    let mut lines: BTreeMap<u32, Line<'_>> = BTreeMap::new();
    for rule in rules {
        for line in std::iter::once(rule.line).chain(rule.atoms.iter().map(|atom| atom.line)) {
            let line = lines.entry(line).or_default();
            line.hits = Some(line.hits.map_or(rule.exercised, |hits| hits.min(rule.exercised)));
        }
        for atom in &rule.atoms {
            lines.entry(atom.line).or_default().atoms.push(atom);
        }
    }
    let (mut branches, mut taken, mut hit) = (0_usize, 0_usize, 0_usize);
    let (mut of_branches, mut of_lines) = (String::new(), String::new());
    // Writing to a string cannot fail.
    for (number, line) in &lines {
        let hits = line.hits.unwrap_or_default();
        hit += usize::from(hits > 0);
        let _ = writeln!(of_lines, "DA:{number},{hits}");
        for (block, atom) in line.atoms.iter().enumerate() {
            for (branch, count) in [atom.yes, atom.no].into_iter().enumerate() {
                branches += 1;
                if hits > 0 {
                    taken += usize::from(count > 0);
                    let _ = writeln!(of_branches, "BRDA:{number},{block},{branch},{count}");
                } else {
                    let _ = writeln!(of_branches, "BRDA:{number},{block},{branch},-");
                }
            }
        }
    }
    // A line end in a name would begin another record.
    let file: String = file.chars().map(|char| if char.is_control() { '_' } else { char }).collect();
    format!(
        "TN:\nSF:{file}\n{of_branches}BRF:{branches}\nBRH:{taken}\n{of_lines}LF:{}\nLH:{hit}\nend_of_record\n",
        lines.len()
    )
}
