//! A text that is read again after an edit is read as if it were new.

use std::fs;
use std::path::{Path, PathBuf};

use policyc_core::source::FileId;
use policyc_core::syntax::{Parse, parse, parse_again};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// What is typed and pasted: whole statements, halves, and what turns the meaning of all that follows.
const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    ";",
    "{",
    "}",
    "(",
    ")",
    "[",
    "\"",
    "/",
    "//",
    "/*",
    "x",
    "allow",
    "allow a;\n",
    "deny b when args.x == 1;\n",
    "limit ",
    "limit total * 5/min as \"a\";",
    "policy p {",
    "policy p { deny c; }\n",
    "test \"t\" {",
    "test \"t\" { call a {\"k\": [1]} -> allow; }",
    "call a -> ",
    " when args.",
    " and not (args.a.b[0] in [1, \"é\"])",
    "require ",
    " for a, b",
    "@",
    "*",
    "shop::",
    "😀",
    "&&",
    "\u{202e}",
    "import \"x.pol\";",
    "let a = 1;",
    "group g = a, b;",
    "assert deny * for valid calls;",
    " because \"r\"",
];

/// An edit: where it begins, in thousandths of the text, how many bytes it takes out, and what it puts in.
type Edit = (u16, usize, usize);

fn policies(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            policies(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "pol") {
            found.push(path);
        }
    }
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap()
}

/// The statements of a text that can stand in a block, in one.
fn in_a_block(text: &str) -> String {
    let blocks = text.lines().any(|line| line.starts_with("policy "));
    let outside = |line: &&str| {
        ["server ", "import ", "policy "].iter().any(|word| line.starts_with(word)) || blocks && *line == "}"
    };
    let inside = text.lines().filter(|line| !outside(line));
    format!("policy p {{\n{}\n}}\n", inside.collect::<Vec<_>>().join("\n"))
}

fn assert_same(again: &Parse, text: &str) {
    let new = parse(text, FileId(0));
    assert_eq!(again.tokens, new.tokens, "{text}");
    let differs = again.errors.iter().zip(&new.errors).find(|(one, other)| one != other);
    assert_eq!(differs, None, "{text}");
    assert_eq!(again.errors.len(), new.errors.len(), "{text}");
    let differs = again.file.items.iter().zip(&new.file.items).find(|(one, other)| one != other);
    assert_eq!(differs, None, "{text}");
    assert_eq!(again.file.items.len(), new.file.items.len(), "{text}");
}

#[test]
fn a_text_that_is_edited_is_read_as_if_it_were_new() {
    let root = crate::support::root();
    let mut paths = Vec::new();
    for folder in ["examples", "tests"] {
        policies(&root.join(folder), &mut paths);
    }
    paths.sort();
    let texts: Vec<String> = paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    assert!(texts.len() > 100, "{}", texts.len());

    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    // Texts of several files put together are longer, and have more to keep; some are put into blocks.
    let start = proptest::collection::vec((0..texts.len(), any::<bool>()), 1..4);
    let edit = (0_u16..=1000, prop_oneof![Just(0_usize), 0_usize..4, 0_usize..200], 0..PIECES.len());
    let edits = proptest::collection::vec(edit, 1..12);
    runner
        .run(&(start, edits), |(start, edits): (Vec<(usize, bool)>, Vec<Edit>)| {
            let part = |(index, inside): &(usize, bool)| match inside {
                true => in_a_block(&texts[*index]),
                false => format!("{}\n", texts[*index]),
            };
            let mut text: String = start.iter().map(part).collect();
            let mut before = parse(&text, FileId(0));
            for (place, length, piece) in edits {
                let from = boundary(&text, text.len() * usize::from(place) / 1000);
                let to = boundary(&text, from + length);
                let mut next = text.clone();
                next.replace_range(from..to, PIECES[piece]);
                before = parse_again(&next, FileId(0), &before, &text);
                assert_same(&before, &next);
                text = next;
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_text_that_did_not_change_is_the_same() {
    for text in ["", ";", "allow a;", "deny *;\nallow a, b when args.x == 1;\n", "allow", "}"] {
        let before = parse(text, FileId(0));
        assert_same(&parse_again(text, FileId(0), &before, text), text);
        assert_same(&parse_again("", FileId(0), &before, text), "");
        assert_same(&parse_again(text, FileId(0), &parse("", FileId(0)), ""), text);
    }
}
