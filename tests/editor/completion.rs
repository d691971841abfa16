//! Completion and signature help.
//!
//! `tests/fixtures/ide/complete/NAME.pol` has cases that begin with `// case: title`; what stands before the first is put in front of each. A case
//! has cursors (`│`), and a snapshot shows for each the line it stands on and what is offered there, in order. The rest of the case is there
//! when it is asked, so that what stands behind the cursor counts.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policyc_core::disk::Unreadable;
use policyc_core::ide::{self, Completion, Entry, Listing, View};
use policyc_core::sema::{self, Analysis, Loader, Options};
use proptest::prelude::*;

const CURSOR: char = '│';

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        fs::read(path).map_err(Unreadable::from)
    }
}

/// Some folders that are not there.
struct Folders;

impl Listing for Folders {
    fn list(&self, folder: &Path) -> Vec<Entry> {
        let entry = |name: &str| match name.strip_suffix('/') {
            Some(name) => Entry { name: name.to_owned(), is_folder: true },
            None => Entry { name: name.to_owned(), is_folder: false },
        };
        let names: &[&str] = match folder.to_str().unwrap() {
            "" => &["catalogues/", "shared rules/", "base.pol", "main.pol", "shop.json", "notes.txt", ".hidden/"],
            "catalogues" => &["shop.json", "old/", "more\"quotes.json"],
            "/" => &["etc/"],
            ".." => &["up.pol"],
            _ => &[],
        };
        names.iter().map(|name| entry(name)).collect()
    }
}

fn analyze(path: &Path, text: &str) -> Analysis {
    sema::analyze("policy.pol", path, text, &Options::default(), &Disk)
}

/// The text before the first case, and the cases: title and text.
fn cases(text: &str) -> (String, Vec<(String, String)>) {
    let mut before = String::new();
    let mut cases: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix("// case: "), cases.last_mut()) {
            (Some(title), _) => cases.push((title.trim().to_owned(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => before.push_str(line),
        }
    }
    (before, cases)
}

/// The text without cursors, and their offsets.
fn cursors(marked: &str) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut found = Vec::new();
    for char in marked.chars() {
        if char == CURSOR {
            found.push(text.len());
        } else {
            text.push(char);
        }
    }
    (text, found)
}

fn with_cursor(text: &str, at: usize) -> String {
    let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
    let end = text[at..].find('\n').map_or(text.len(), |line| at + line);
    format!("{}{CURSOR}{}", &text[start..at], &text[at..end])
}

fn listed(completion: &Completion, text: &str) -> String {
    let mut line = format!("  {:<28} {:?}", completion.label, completion.kind);
    for part in [&completion.detail, &completion.description].into_iter().flatten() {
        let _ = write!(line, " | {part}");
    }
    if completion.insert != completion.label {
        let mark = if completion.snippet { "snippet" } else { "text" };
        let _ = write!(line, " | {mark} {:?}", completion.insert);
    }
    if let Some(filter) = &completion.filter {
        let _ = write!(line, " | filter {filter:?}");
    }
    let replaced = &text[completion.replace.range()];
    if !replaced.is_empty() {
        let _ = write!(line, " | for {replaced:?}");
    }
    if completion.deprecated {
        line.push_str(" | deprecated");
    }
    line.trim_end().to_owned() + "\n"
}

fn each_case(path: &Path, mut show: impl FnMut(&View<'_>, &str, usize, &mut String)) -> String {
    let (before, cases) = cases(&fs::read_to_string(path).unwrap());
    let mut shown = String::new();
    for (title, marked) in cases {
        let _ = writeln!(shown, "# {title}\n");
        let (text, offsets) = cursors(&format!("{before}{marked}"));
        assert!(!offsets.is_empty(), "{title}: no cursor");
        let analysis = analyze(path, &text);
        let view = View::new(&analysis, None);
        for at in offsets {
            let _ = writeln!(shown, "{}", with_cursor(&text, at).trim());
            show(&view, &text, at, &mut shown);
            shown.push('\n');
        }
    }
    shown
}

#[test]
fn completions() {
    insta::glob!("../fixtures/ide/complete", "*.pol", |path| {
        let shown = each_case(path, |view, text, at, shown| {
            let mut found = ide::complete(view, u32::try_from(at).unwrap(), &Folders).items;
            found.sort_by(|a, b| a.sort.cmp(&b.sort));
            for completion in &found {
                shown.push_str(&listed(completion, text));
            }
            if found.is_empty() {
                shown.push_str("  nothing\n");
            }
        });
        insta::assert_snapshot!(shown);
    });
}

#[test]
fn documentation_of_what_is_offered() {
    let path = crate::support::root().join("tests/fixtures/ide/complete/documented.txt");
    let shown = each_case(&path, |view, text, at, shown| {
        let mut found = ide::complete(view, u32::try_from(at).unwrap(), &Folders).items;
        found.sort_by(|a, b| a.sort.cmp(&b.sort));
        let fits = |found: &Completion| found.key.is_some() && found.label.starts_with(&text[found.replace.range()]);
        let first = found.into_iter().find(fits).expect("something is offered");
        let key = first.key.expect("something to read");
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key.clone()), "{text}");
        let _ = writeln!(shown, "{} {text}\n", first.label);
        let read = ide::documentation(view, &key).expect("something to read");
        shown.extend(read.lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n"));
    });
    insta::assert_snapshot!(shown);
}

#[test]
fn signatures() {
    let path = crate::support::root().join("tests/fixtures/ide/complete/signatures.txt");
    let shown = each_case(&path, |view, _, at, shown| {
        let Some(found) = ide::signature(view, u32::try_from(at).unwrap()) else {
            shown.push_str("  nothing\n");
            return;
        };
        let _ = writeln!(shown, "  {}", found.label);
        if let Some((range, said)) = found.active.and_then(|active| found.parameters.get(active as usize)) {
            let range = range.start as usize..range.end as usize;
            let width = found.label[range.clone()].chars().count();
            let gap = found.label[..range.start].chars().count();
            let _ = writeln!(shown, "  {}{} {said}", " ".repeat(gap), "^".repeat(width));
        }
        let _ = writeln!(shown, "  {}", found.documentation);
    });
    insta::assert_snapshot!(shown);
}

#[test]
fn keys_travel_as_texts() {
    for text in
        ["", "tool", "[]", "[\"tool\"]", "[\"set\",\"x\"]", "[\"argument\",[1],[]]", "{\"tool\":1}", "[\"no\",\"x\"]"]
    {
        assert!(text.parse::<ide::Key>().is_err(), "{text}");
    }
    let steps =
        vec![policyc_core::predicate::Step::Key("a \"b\"\n".to_owned()), policyc_core::predicate::Step::Index(7)];
    let key = ide::Key::Argument { tools: vec!["s::t".to_owned()], steps };
    assert_eq!(key.to_string().parse(), Ok(key));
}

struct Made(String);

impl Loader for Made {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(self.0.clone().into_bytes())
    }
}

#[test]
fn many_tools_are_counted() {
    let tools: Vec<String> = (0..60)
        .map(|index| {
            let more = if index % 3 == 0 { r#", "meta": {"type": "object", "properties": {"a": {"type": "integer"}}}"# } else { "" };
            let properties = format!(r#"{{"id": {{"type": "string"}}{more}}}"#);
            format!(r#"{{"name": "t_{index}", "inputSchema": {{"type": "object", "properties": {properties}, "required": ["id"]}}}}"#)
        })
        .collect();
    let catalogue = Made(format!(r#"{{"tools": [{}]}}"#, tools.join(",")));
    let offered = |statement: &str| -> Vec<String> {
        let text = format!("server s from \"s.json\";\n{statement}");
        let analysis = sema::analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &catalogue);
        let view = View::new(&analysis, None);
        let mut found = ide::complete(&view, u32::try_from(text.len()).unwrap(), &Folders).items;
        found.sort_by(|a, b| a.sort.cmp(&b.sort));
        let shown = |found: &Completion| {
            let [detail, beside] = [&found.detail, &found.description].map(|part| part.clone().unwrap_or_default());
            format!("{} | {detail} | {beside}", found.label)
        };
        found.iter().map(shown).collect()
    };
    // Of many tools nobody looks whether all of them require it.
    assert_eq!(offered("deny * when args."), ["id | string | ", "meta | object | 20 of 60 tools"]);
    assert_eq!(offered("deny * when args.meta."), ["a | integer | "]);
    assert_eq!(offered("deny t_0, t_1 when args."), ["id | string | required", "meta | object | 1 of 2 tools"]);
    assert!(offered("deny t").contains(&"t_* |  | 60 tools".to_owned()));
}

#[test]
fn of_very_many_tools_the_fitting_ones_are_offered() {
    let tool = |index: usize| format!(r#"{{"name": "tool_{index:04}_{}"}}"#, ["read", "send"][index % 2]);
    let tools: Vec<String> = (0..1_000).map(tool).collect();
    let catalogue = Made(format!(r#"{{"tools": [{}]}}"#, tools.join(",")));
    let offered = |statement: &str| {
        let text = format!("server s from \"s.json\";\ndeny tool_0000_read;\n{statement}");
        let analysis = sema::analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &catalogue);
        let found = ide::complete(&View::new(&analysis, None), u32::try_from(text.len()).unwrap(), &Folders);
        let mut labels: Vec<String> = found.items.into_iter().map(|one| one.label).collect();
        labels.sort();
        (labels, found.is_incomplete)
    };
    let (all, is_incomplete) = offered("limit ");
    assert!(is_incomplete);
    let tools = all.iter().filter(|label| label.starts_with("tool_0")).count();
    assert_eq!(tools, 100);
    // What a rule speaks of already is among the last; what is no tool is there all the same.
    assert!(!all.contains(&"tool_0000_read".to_owned()), "{all:?}");
    for other in ["@read", "tool_*", "total", "*"] {
        assert!(all.contains(&other.to_owned()), "{other}: {all:?}");
    }
    let found = |typed: &str| {
        let (labels, is_incomplete) = offered(typed);
        let tools: Vec<String> = labels.into_iter().filter(|label| label.starts_with("tool_0")).collect();
        (tools, is_incomplete)
    };
    assert_eq!(found("limit 0765"), (vec!["tool_0765_send".to_owned()], true));
    assert_eq!(found("limit T0765S"), (vec!["tool_0765_send".to_owned()], true));
    assert_eq!(found("limit nothing_like_it"), (Vec::new(), true));
}

/// All fixture texts, without cursors.
fn texts() -> Vec<(PathBuf, String)> {
    let folder = crate::support::root().join("tests/fixtures/ide/complete");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (before, cases) = cases(&fs::read_to_string(&path).unwrap());
        found.extend(cases.into_iter().map(|(_, text)| (path.clone(), cursors(&format!("{before}{text}")).0)));
    }
    found.sort();
    found
}

fn answers_everywhere(path: &Path, text: &str) {
    let analysis = analyze(path, text);
    let view = View::new(&analysis, None);
    for at in 0..=text.len() + 1 {
        let found = ide::complete(&view, u32::try_from(at).unwrap(), &Folders).items;
        let mut documented = 0;
        for completion in found {
            let replace = completion.replace;
            assert_eq!(replace.file, view.file());
            assert!(replace.start <= replace.end, "{replace:?} {at}");
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            assert!(replace.start as usize <= at && at <= replace.end as usize, "{completion:?} at {at} in {text:?}");
            assert!(text.get(replace.range()).is_some(), "{completion:?} at {at} in {text:?}");
            assert!(!text[replace.range()].contains('\n'), "{completion:?} at {at} in {text:?}");
            assert!(!completion.sort.is_empty(), "{completion:?}");
            if let Some(key) = completion.key.filter(|_| documented < 2) {
                documented += 1;
                assert_eq!(key.to_string().parse(), Ok(key.clone()));
                let _ = ide::documentation(&view, &key);
            }
        }
        if let Some(signature) = ide::signature(&view, u32::try_from(at).unwrap()) {
            for (range, _) in &signature.parameters {
                assert!(signature.label.get(range.start as usize..range.end as usize).is_some(), "{signature:?}");
            }
            assert!(signature.active.is_none_or(|active| (active as usize) < signature.parameters.len()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn broken_texts_are_answered(
        index in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[a-z@*.,;:\"{}()\\[\\]/ \n\\\\é│0-9-]{0,4}"), 1..5),
    ) {
        let texts = texts();
        let (path, text) = index.get(&texts);
        let mut chars: Vec<char> = text.chars().collect();
        for (place, length, put) in cuts {
            if chars.is_empty() {
                break;
            }
            let from = place.index(chars.len());
            let to = (from + length).min(chars.len());
            chars.splice(from..to, put.chars());
        }
        answers_everywhere(path, &chars.into_iter().collect::<String>());
    }
}
