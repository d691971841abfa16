//! What policies with mistakes are told, as people see it.
//!
//! `tests/fixtures/ui/AREA/NAME.pol` is analysed, and tested where it has no error; the snapshot shows the source, the
//! findings, and the source after all safe fixes. `no-catalogue` and `no-default` are left out unless the first
//! line is `// all findings`. Folders within an area hold what its fixtures import.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use policyc::human;
use policyc_core::diagnostics::{Applicability, Diagnostic, Edit};
use policyc_core::disk::Unreadable;
use policyc_core::sema::{self, Analysis, Loader, Options};
use policyc_core::suppress;
use policyc_core::{assertions, testing};

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        fs::read(crate::support::root().join(path)).map_err(Unreadable::from)
    }
}

/// The findings about a text that stands in place of the fixture.
fn findings(path: &Path, text: &str) -> (Analysis, Vec<Diagnostic>) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let analysis = sema::analyze(name, path, text, &Options::default(), &Disk);
    let mut found = analysis.diagnostics.clone();
    if let Some(checked) = &analysis.checked {
        found.extend(checked.policies().iter().flat_map(assertions::check));
        found.extend(testing::run(checked).into_iter().filter_map(|result| result.failure));
    }
    suppress::apply(&mut found, analysis.files(), &analysis.sources, analysis.main, &|_| true);
    policyc_core::diagnostics::sort(&mut found);
    if !text.starts_with("// all findings") {
        found.retain(|finding| !matches!(finding.code.name, "no-catalogue" | "no-default"));
    }
    (analysis, found)
}

/// Applies the safe fixes within the fixture until there are no more.
fn fix(path: &Path, text: &str) -> Result<String, String> {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let (analysis, found) = findings(path, &text);
        let mut edits: Vec<&Edit> = Vec::new();
        for finding in &found {
            let fix = finding.fixes.iter().find(|fix| fix.applicability == Applicability::Safe);
            let Some(fix) = fix.filter(|fix| fix.edits.iter().all(|edit| edit.span.file == analysis.main)) else {
                continue;
            };
            let apart = |edit: &Edit| {
                edits.iter().all(|other| edit.span.end <= other.span.start || other.span.end <= edit.span.start)
                    && edits.iter().all(|other| edit.span != other.span)
            };
            if fix.edits.iter().all(apart) {
                edits.extend(&fix.edits);
            }
        }
        if edits.is_empty() {
            return Ok(text);
        }
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        for edit in edits {
            text.replace_range(edit.span.range(), &edit.text);
        }
    }
    Err(format!("the fixes do not come to an end:\n{text}"))
}

#[test]
fn fixtures() {
    let mut count = 0;
    let mut problems = Vec::new();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../fixtures/ui/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../fixtures/ui", "*/*.pol", |path| {
            count += 1;
            let text = fs::read_to_string(path).unwrap();
            let path = path.strip_prefix(crate::support::root()).unwrap();
            let (analysis, found) = findings(path, &text);
            let mut shown = String::new();
            shown.push_str(text.trim_end_matches('\n'));
            write!(shown, "\n\n--- findings: {}\n", found.len()).unwrap();
            shown.push_str(&human::draw(&found, &analysis.sources, human::Options::default()));
            match fix(path, &text) {
                Err(problem) => problems.push(format!("{}: {problem}", path.display())),
                Ok(fixed) if fixed != text => {
                    if findings(path, &fixed).1.len() >= found.len() {
                        problems.push(format!("{}: the fixes make it no better:\n{fixed}", path.display()));
                    }
                    write!(shown, "\n--- after safe fixes\n{fixed}").unwrap();
                }
                Ok(_) => {}
            }
            insta::assert_snapshot!("ui", shown);
        });
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count >= 40, "only {count} fixtures were found");
}
