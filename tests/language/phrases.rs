//! Phrases of other languages: what is said of each.
//!
//! `tests/fixtures/phrases/NAME.pol` has a statement on each line, which is read by itself; those of `tests.pol` are steps of a test. The
//! snapshot shows the message, the help and the fix of each. A fix that shows a whole statement must lead to one.

use std::fmt::Write as _;
use std::path::Path;

use policyc_core::diagnostics::Diagnostic;
use policyc_core::source::FileId;
use policyc_core::syntax;

fn errors(text: &str) -> Vec<Diagnostic> {
    syntax::parse(text, FileId::default()).errors
}

/// The text with the first fix of an error.
fn fixed(text: &str, error: &Diagnostic) -> Option<String> {
    let mut text = text.to_owned();
    for edit in error.fixes.first()?.edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    Some(text)
}

fn phrases(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let in_test = path.ends_with("tests.pol");
    let mut shown = String::new();
    for line in text.lines() {
        let text = if in_test { format!("test \"t\" {{ {line} }}") } else { line.to_owned() };
        let found = errors(&text);
        assert!(!found.is_empty(), "nothing is wrong with {line}");
        writeln!(shown, "{line}").unwrap();
        for error in found {
            writeln!(shown, "    {} {}", error.code.id, error.message).unwrap();
            if let Some(help) = &error.help {
                writeln!(shown, "    help: {help}").unwrap();
            }
            if let Some(after) = fixed(&text, &error) {
                let after = after.trim_start_matches("test \"t\" { ").trim_end_matches(" }");
                let left = errors(&fixed(&text, &error).unwrap()).len();
                let left = if left == 0 { String::new() } else { format!("  ({left} left)") };
                writeln!(shown, "    fix: {after}{left}").unwrap();
            }
        }
        shown.push('\n');
    }
    shown
}

#[test]
fn phrases_of_other_languages() {
    insta::glob!("../fixtures/phrases", "*.pol", |path| {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../fixtures/phrases/snapshots" }, {
            insta::assert_snapshot!("phrases", phrases(path));
        });
    });
}
