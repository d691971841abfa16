use std::time::{Duration, Instant};

use super::*;
use policyc_core::diagnostics::{Applicability, Diagnostic, codes, is_hidden};
use policyc_core::report::findings::{json, json_value, short};
use policyc_core::source::{FileId, SourceMap, Span, offset};

/// The `nth` place (from 0) where `what` stands in a file.
fn find(sources: &SourceMap, file: FileId, what: &str, nth: usize) -> Span {
    let text = sources.get(file).unwrap().text();
    let (at, _) = text.match_indices(what).nth(nth).unwrap();
    Span::new(file, offset(at), offset(at + what.len()))
}

/// Sources and every rendering of the findings.
fn show(sources: &SourceMap, files: &[FileId], diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for &file in files {
        out.push_str(&format!("--- {}\n{}\n", sources.name(file), sources.get(file).unwrap().text()));
    }
    out.push_str("--- short\n");
    out.push_str(&short(diagnostics, sources));
    let value = json_value(diagnostics, sources);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json(diagnostics, sources)).unwrap(), value);
    out.push_str(&format!("--- json\n{}\n", serde_json::to_string_pretty(&value).unwrap()));
    out.push_str(&format!("--- human\n{}", draw(diagnostics, sources, Options::default())));
    out
}

#[test]
fn one_place_with_help_and_fix() {
    let mut sources = SourceMap::default();
    let file = sources.add("support.pol", "// Grüße\ndeny *;\nlimit send_dm 30/min when args.größe = 3;\n");
    let unknown = Diagnostic::new(codes::UNKNOWN_TOOL, find(&sources, file, "send_dm", 0), "unknown tool `send_dm`")
        .label("no server has it")
        .help("did you mean `send_dm_to_user`?")
        .fix(Applicability::Unsafe, "write `send_dm_to_user`", find(&sources, file, "send_dm", 0), "send_dm_to_user");
    let operator = find(&sources, file, "=", 0);
    let wrong = Diagnostic::new(codes::WRONG_OPERATOR, operator, "`=` does not compare").fix(
        Applicability::Safe,
        "write `==`",
        operator,
        "==",
    );
    insta::assert_snapshot!(show(&sources, &[file], &[unknown, wrong]));
}

#[test]
fn several_places_also_in_other_files() {
    let mut sources = SourceMap::default();
    let main = sources.add("a.pol", "import \"b.pol\";\n\nlet x = 1;\n\n\n\n\n\nlet x = 2;\r\nlet x = 3;\r\n");
    let other = sources.add("b.pol", "// one\nlet y = 1;\nlet x = 2;\n");
    let twice = Diagnostic::new(codes::DUPLICATE_NAME, find(&sources, main, "x", 2), "`x` is declared twice")
        .label("declared again here")
        .because(find(&sources, main, "x", 1), "")
        .because(find(&sources, main, "x", 0), "first declared here")
        .because(find(&sources, other, "x", 0), "and in the imported file");
    insta::assert_snapshot!(show(&sources, &[main, other], &[twice]));
}

#[test]
fn places_over_lines_and_at_the_ends() {
    let mut sources = SourceMap::default();
    let file = sources.add("a.pol", "policy a {\n\tdeny x;\n\n  allow y\n");
    let empty = sources.add("empty.pol", "");
    let long = sources.add("long.pol", format!("test \"t\" {{\n{}", "  wait 1s;\n".repeat(30)));
    let at = |file, start, end| Span::new(file, start, end);
    let diagnostics = [
        Diagnostic::new(codes::UNCLOSED_DELIMITER, at(file, 9, 31), "`{` is never closed").label("this block"),
        Diagnostic::new(codes::MISSING_SEMICOLON, at(file, 31, 31), "`;` is missing").label("expected here"),
        Diagnostic::new(codes::UNCLOSED_DELIMITER, at(file, 32, 32), "the file ends").label("here"),
        Diagnostic::new(codes::NO_DEFAULT, at(empty, 0, 0), "no default").label("the file is empty"),
        Diagnostic::new(codes::TEST_FAILS, at(long, 0, 341), "a test fails").label("this one"),
        Diagnostic::new(codes::UNREADABLE_FILE, at(FileId(99), 7, 9), "a place in no file"),
        // Offsets that no text has, or inside a character, must not hurt.
        Diagnostic::new(codes::UNREADABLE_FILE, at(file, 4_000, 5_000), "past the end"),
    ];
    insta::assert_snapshot!(show(&sources, &[file, empty], &diagnostics));
}

#[test]
fn what_does_not_show_is_made_visible() {
    let mut sources = SourceMap::default();
    let file = sources.add("a\u{1b}[2J.pol", "deny \"a\u{1b}[31m\u{202e}b\u{9b}\" \u{1f600}, 漢字 x;\n");
    let diagnostic =
        Diagnostic::new(codes::STRAY_CHARACTER, find(&sources, file, "漢字", 0), "stray \u{1b}[31m \u{7} characters")
            .label("here\u{202e}")
            .help("remove\u{1b} them\nall")
            .fix(Applicability::Safe, "remove \u{1b}", find(&sources, file, "漢字 ", 0), "");
    let mut shown = short(std::slice::from_ref(&diagnostic), &sources);
    shown.push_str(&draw(&[diagnostic], &sources, Options::default()));
    assert!(shown.chars().all(|char| char == '\n' || !is_hidden(char)), "{shown:?}");
    insta::assert_snapshot!(shown);
}

#[test]
fn long_lines_are_clipped() {
    let mut sources = SourceMap::default();
    let tools: String = (0..200_000).map(|n| format!("{{\"name\":\"tool_{n}\",\"täg\":1}},")).collect();
    let catalogue = sources.add("catalogue.json", format!("[{tools}{{}}]"));
    let policy = sources.add("a.pol", "deny tool_77;\n");
    let mut start = Diagnostic::new(codes::DUPLICATE_TOOL, Span::new(catalogue, 0, 1), "at the start");
    start = start.because(find(&sources, catalogue, "{}]", 0), "at the end");
    let end = Diagnostic::new(codes::DUPLICATE_TOOL, find(&sources, catalogue, "{}]", 0), "at the end").label("x");
    let both = Diagnostic::new(codes::BAD_VALUE, find(&sources, policy, "tool_77", 0), "in another file")
        .label("this tool")
        .because(find(&sources, catalogue, "tool_77777", 0), "is declared here");
    let whole = Diagnostic::new(
        codes::BAD_CATALOGUE,
        Span::new(catalogue, 0, offset(sources.get(catalogue).unwrap().text().len())),
        "all of it",
    );
    let shown = draw(&[start, end, both, whole], &sources, Options::default());
    assert!(shown.lines().all(|line| line.chars().count() <= 120), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn colours_only_when_asked() {
    let mut sources = SourceMap::default();
    let file = sources.add("a.pol", "deny x;\n");
    let diagnostic = Diagnostic::new(codes::UNKNOWN_TOOL, find(&sources, file, "x", 0), "unknown tool `x`")
        .label("here")
        .fix(Applicability::Unsafe, "write `y`", find(&sources, file, "x", 0), "y");
    let diagnostics = [diagnostic];
    let plain = draw(&diagnostics, &sources, Options::default());
    let coloured = draw(&diagnostics, &sources, Options { colour: true, width: 100 });
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains("\u{1b}[36m  fix: \u{1b}["), "{coloured:?}");
}

#[test]
fn many_findings_in_a_large_file_take_little_time() {
    let mut sources = SourceMap::default();
    let lines = sources.add("lines.pol", "deny some_tool_name;\n".repeat(100_000));
    let line = sources.add("line.json", "{\"name\":\"some_tool\"},".repeat(100_000));
    let diagnostics: Vec<Diagnostic> = (0..2_000)
        .flat_map(|n| [(lines, n * 21 * 50 + 5), (line, n * 21 * 50 + 8)])
        .map(|(file, at)| Diagnostic::new(codes::UNKNOWN_TOOL, Span::new(file, at, at + 4), "unknown").label("x"))
        .collect();
    let mut sorted = diagnostics.clone();
    policyc_core::diagnostics::sort(&mut sorted);
    let start = Instant::now();
    let mut length = json(&sorted, &sources).len() + short(&sorted, &sources).len();
    length += draw(&sorted, &sources, Options::default()).len();
    assert!(length > 100_000);
    // Reading each text from its start for each finding would take minutes here.
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

mod properties {
    use proptest::prelude::*;

    use super::super::*;
    use policyc_core::diagnostics::{Diagnostic, codes, is_hidden};
    use policyc_core::source::{FileId, SourceMap, Span};

    proptest! {
        /// Any places in any texts are drawn, however narrow, without control characters getting through.
        #[test]
        fn drawing_is_total(
            texts in prop::collection::vec("([a-c{é漢\t\u{1b}]|\r|\n|\r\n|[x ]{40}){0,40}", 1..3),
            spans in prop::collection::vec((0..3u32, 0..200u32, 0..200u32), 1..6),
            width in 0..120usize,
        ) {
            let mut sources = SourceMap::default();
            for text in texts {
                sources.add("f\u{7}", text);
            }
            let mut spans = spans.into_iter().map(|(file, start, length)| Span::new(FileId(file), start, start + length));
            let mut diagnostic = Diagnostic::new(codes::UNKNOWN_TOOL, spans.next().unwrap(), "a message").label("l");
            for span in spans {
                diagnostic = diagnostic.because(span, "why");
            }
            let shown = draw(&[diagnostic], &sources, Options { colour: false, width });
            prop_assert!(shown.contains("message"), "{shown}");
            prop_assert!(shown.chars().all(|char| char == '\n' || !is_hidden(char)), "{shown:?}");
        }
    }
}
