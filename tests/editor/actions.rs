//! Code actions and formatting in editors.
//!
//! `tests/fixtures/ide/actions/*.pol` has cases: parts that begin with `// case: what`, each a policy beside the catalogues of `docs/catalogues`
//! with a cursor `│`, or two of them around a selection. After `| lint` in the first line the findings of all lint rules are given, too;
//! after `| show: WORD` the snapshot has the changes of the actions only whose titles have the word. It always has all titles.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use policyc_core::analysis::ask::Domain;
use policyc_core::decider::PolicyDecider;
use policyc_core::diagnostics::{Applicability, Diagnostic, Edit};
use policyc_core::diff::{self, Verdict};
use policyc_core::disk::Unreadable;
use policyc_core::findings::{self, Depth};
use policyc_core::ide::{self, Action, ActionKind, View};
use policyc_core::lint::{Level, Levels, Named};
use policyc_core::sema::{Analysis, Cache, Loader, Options, analyze};
use policyc_core::source::Span;
use policyc_core::testing;
use proptest::prelude::*;

#[derive(Default)]
struct Disk(Cache);

impl Loader for Disk {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        fs::read(path).map_err(Unreadable::from)
    }

    fn cache(&self) -> Option<&Cache> {
        Some(&self.0)
    }
}

fn read(text: &str, disk: &Disk) -> Analysis {
    let path = crate::support::root().join("docs/catalogues/policy.pol");
    analyze("policy.pol", &path, text, &Options::default(), disk)
}

fn lints(analysis: &Analysis) -> Vec<Diagnostic> {
    let mut levels = Levels::default();
    levels.select = Some(vec![Named::parse("all").unwrap()]);
    findings::of(analysis, &analysis.policies().collect::<Vec<_>>(), &levels, Depth::Lint)
}

struct Case {
    what: String,
    lint: bool,
    show: Option<String>,
    text: String,
    range: (u32, u32),
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("// case: ") {
            Some(what) => cases.push((what.trim().to_owned(), String::new())),
            None => cases.last_mut().unwrap().1.push_str(line),
        }
    }
    let case = |(head, marked): (String, String)| {
        let mut parts = head.split(" | ");
        let what = parts.next().unwrap().to_owned();
        let (mut lint, mut show) = (false, None);
        for part in parts {
            match part.strip_prefix("show: ") {
                Some(word) => show = Some(word.to_owned()),
                None => lint = part == "lint",
            }
        }
        let marked = marked.replace("\\r", "\r").trim_end_matches('\n').to_owned() + "\n";
        let start = marked.find('│').unwrap_or_else(|| panic!("no cursor: {marked}"));
        let text = marked.replacen('│', "", 1);
        let (text, end) = match text.find('│') {
            Some(end) => (text.replacen('│', "", 1), end),
            None => (text, start),
        };
        let text = text.strip_suffix("¶\n").map(str::to_owned).unwrap_or(text);
        Case { what, lint, show, text, range: (start as u32, end as u32) }
    };
    cases.into_iter().map(case).collect()
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut new = String::new();
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        assert!(at <= range.start, "edits are not in order, or lie over each other: {edits:?}");
        new.push_str(&text[at..range.start]);
        new.push_str(&edit.text);
        at = range.end;
    }
    new + &text[at..]
}

/// The lines that change.
fn changed(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let mut out = String::new();
    for change in diff.iter_all_changes() {
        let sign = match change.tag() {
            similar::ChangeTag::Delete => '-',
            similar::ChangeTag::Insert => '+',
            similar::ChangeTag::Equal => continue,
        };
        writeln!(out, "    {sign} {}", change.value().trim_end_matches('\n').replace('\r', "\\r")).unwrap();
    }
    out
}

fn errors(analysis: &Analysis) -> usize {
    analysis.diagnostics.iter().filter(|finding| finding.is_error()).count()
}

fn verdict(old: &Analysis, new: &Analysis) -> Option<Verdict> {
    let (old, new) = (old.checked.as_ref()?, new.checked.as_ref()?);
    let pairs = old.policies().iter().zip(new.policies());
    let each = pairs.map(|(old, new)| {
        diff::compare(&PolicyDecider::new(old), &PolicyDecider::new(new), Domain::Any, false).verdict
    });
    Some(each.fold(Verdict::Same, Verdict::and))
}

/// What must be true of every action.
fn sound(analysis: &Analysis, action: &Action, disk: &Disk) -> String {
    let text = analysis.sources.get(analysis.main).unwrap().text().as_str();
    let new = apply(text, &action.change.edits);
    let after = read(&new, disk);
    let told = format!("{}\n--- of\n{text}\n--- makes\n{new}\n{:?}", action.title, after.diagnostics);
    assert!(errors(&after) <= errors(analysis), "an action brings errors: {told}");
    if let Some(at) = action.change.rename_at {
        let view = View::new(&after, None);
        let mark = view.mark_at(at).unwrap_or_else(|| panic!("nothing to rename: {told}"));
        assert_eq!(mark.span.start, at, "{told}");
    }
    if action.change.configure.is_none() {
        assert_ne!(text, new, "{told}");
    }
    if let Some(verdict) = verdict(analysis, &after)
        && !action.title.contains("may change decisions")
        && (!action.title.starts_with("exclude ") || action.title.contains("another rule denies"))
    {
        let may = if action.title.contains("also denies") {
            verdict == Verdict::Tighter || verdict == Verdict::Same
        } else {
            verdict == Verdict::Same
        };
        assert!(may, "an action changes the policy ({verdict:?}): {told}");
        for test in testing::run(after.checked.as_ref().unwrap()) {
            let failed_before = testing::run(analysis.checked.as_ref().unwrap())
                .iter()
                .any(|before| before.name == test.name && before.failure.is_some());
            assert!(test.failure.is_none() || failed_before, "a test fails: {told}\n{:?}", test.failure);
        }
    }
    // What was formatted stays so.
    let is_formatted =
        |analysis: &Analysis| ide::format(&View::new(analysis, None)).is_some_and(|edits| edits.is_empty());
    if is_formatted(analysis) && action.kind != ActionKind::QuickFix && action.kind != ActionKind::FixAll {
        assert!(is_formatted(&after), "an action leaves the file unformatted: {told}");
    }
    new
}

/// What an action says that it resolves is gone afterwards. The fixes of lint rules have tests of their own.
fn resolved(analysis: &Analysis, found: &[Diagnostic], action: &Action, disk: &Disk) {
    let own = ["allow `", "exclude ", "add a "].iter().any(|start| action.title.starts_with(start));
    if !own || action.resolves.is_empty() || action.change.edits.is_empty() {
        return;
    }
    let text = analysis.sources.get(analysis.main).unwrap().text().as_str();
    let new = apply(text, &action.change.edits);
    let left = lints(&read(&new, disk));
    let count = |found: &[Diagnostic], name: &str| found.iter().filter(|finding| finding.code.name == name).count();
    let told = format!("{}\n--- of\n{text}\n--- makes\n{new}", action.title);
    for index in &action.resolves {
        let name = found[*index].code.name;
        assert!(count(&left, name) < count(found, name), "{name} is still there: {told}");
        if action.title.ends_with("in this file") {
            assert_eq!(count(&left, name), 0, "{name} is still there: {told}");
        }
    }
    let silences = action.title.starts_with("allow `");
    for name in ["unused-suppression", "bad-suppression"].into_iter().filter(|_| silences) {
        assert!(count(&left, name) <= count(found, name), "{name}: {told}");
    }
}

/// Fixes that change nothing each for itself, and much together, are not applied together.
#[test]
fn all_fixes_together_change_nothing() {
    let text = "allow *;\ndeny a when args.n > 5;\ndeny a when args.n > 5;\ndeny b, b;\n";
    let disk = Disk::default();
    let analysis = read(text, &disk);
    let statement = "deny a when args.n > 5;\n";
    let first = text.find(statement).unwrap();
    let second = text.rfind(statement).unwrap();
    let repeated = text.find(", b").unwrap();
    let finding = |start: usize, len: usize| {
        let span = Span::new(analysis.main, start as u32, (start + len) as u32);
        let code = policyc_core::diagnostics::codes::REDUNDANT_RULE;
        Diagnostic::new(code, span, "").fix(Applicability::Safe, "remove it", span, "")
    };
    let view = View::new(&analysis, None);
    let rules = [finding(first, statement.len()), finding(second, statement.len())];
    let all = ide::fix_all(&view, &rules, &|| false).unwrap();
    assert_eq!(all.resolves, [0]);
    let good = [rules[0].clone(), finding(repeated, 3)];
    let all = ide::fix_all(&view, &good, &|| false).unwrap();
    assert_eq!(apply(text, &all.change.edits), "allow *;\ndeny a when args.n > 5;\ndeny b;\n");
    assert_eq!(ide::fix_all(&view, &[], &|| false), None);
}

/// A text that is analysed again, without its files being read, is as if they were.
#[test]
fn again_is_as_at_first() {
    struct Files;
    impl Loader for Files {
        fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
            let text = match path.to_str().unwrap() {
                "a.pol" => "import \"c.pol\"; deny x when args.n > most; let most = 5;",
                "b.pol" => "allow x; group mine = x, y;",
                "c.pol" => "limit x 5/min;",
                _ => return Err(Unreadable::Missing),
            };
            Ok(text.as_bytes().to_vec())
        }
    }
    let look = |text: &str| analyze("main.pol", Path::new("main.pol"), text, &Options::default(), &Files);
    let said = |analysis: &Analysis| {
        let rules = analysis.policies().flat_map(|policy| &policy.rules).map(|rule| rule.origin.line.clone());
        (rules.collect::<Vec<_>>(), analysis.diagnostics.clone(), analysis.order.clone())
    };
    let imports = "deny *; allow y; import \"a.pol\"; import \"b.pol\"; deny y when args.n == most;";
    let first = look(imports);
    assert!(first.checked.is_some(), "{:?}", first.diagnostics);
    for text in [
        imports.to_owned(),
        imports.replace("allow y;", "\n\nallow @mine; limit y 3/min;\n"),
        imports.replace("most;", "least;"),
        imports.replace("allow y;", "allow y"),
        format!("{imports} policy p {{ allow z; }}"),
    ] {
        assert_eq!(said(&first.again(&text).unwrap()), said(&look(&text)), "{text}");
    }
    // What is imported no longer is still known, and counts no longer.
    for text in ["deny *; allow y;".to_owned(), imports.replace("import \"b.pol\";", "")] {
        assert_eq!(said(&first.again(&text).unwrap()).0, said(&look(&text)).0, "{text}");
    }
    for text in [imports.replace("b.pol", "c.pol"), format!("{imports} import \"c.pol\";")] {
        assert!(first.again(&text).is_none(), "{text}");
    }
}

fn fixtures() -> Vec<PathBuf> {
    let folder = crate::support::root().join("tests/fixtures/ide/actions");
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|extension| extension == "pol"));
    all.sort();
    all
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../fixtures/ide/actions/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn actions_do_what_they_say() {
    let disk = Disk::default();
    settings().bind(|| {
        for path in fixtures() {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if name.starts_with("format") {
                continue;
            }
            let mut shown = String::new();
            for case in cases(&fs::read_to_string(&path).unwrap()) {
                let analysis = read(&case.text, &disk);
                let found = if case.lint { lints(&analysis) } else { Vec::new() };
                let view = View::new(&analysis, None);
                let range = Span::new(analysis.main, case.range.0, case.range.1);
                let actions = ide::actions(&view, range, &found, &|| false);
                let mut marked = case.text.clone();
                if case.range.1 > case.range.0 {
                    marked.insert(case.range.1 as usize, '│');
                }
                marked.insert(case.range.0 as usize, '│');
                writeln!(shown, "=== {}\n{}", case.what, marked.trim_end().replace('\r', "\\r")).unwrap();
                for action in &actions {
                    write!(shown, "{:?}: {}", action.kind, action.title).unwrap();
                    if action.preferred {
                        shown.push_str(" (preferred)");
                    }
                    for index in &action.resolves {
                        write!(shown, " [{}]", found[*index].code.name).unwrap();
                    }
                    shown.push('\n');
                    let new = sound(&analysis, action, &disk);
                    resolved(&analysis, &found, action, &disk);
                    if case.show.as_ref().is_none_or(|word| action.title.contains(word.as_str())) {
                        shown.push_str(&changed(&case.text, &new));
                        if let Some((name, level)) = action.change.configure {
                            writeln!(shown, "    policyc.toml: {name} = {level:?}").unwrap();
                        }
                    }
                }
                shown.push('\n');
            }
            insta::assert_snapshot!(name, shown);
        }
    });
}

/// At every place of the examples of all lint rules, with all their findings, every action is sound.
#[test]
fn actions_are_sound_everywhere() {
    let disk = Disk::default();
    let folder = crate::support::root().join("tests/fixtures/lint");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut seen = BTreeSet::new();
    // All parts of each file take a minute.
    let parts = if std::env::var_os("ALL_PARTS").is_some() { usize::MAX } else { 1 };
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pol")) {
        let text = fs::read_to_string(path).unwrap();
        let text = text.replace("// quiet:", "// fires:");
        for part in text.split("// fires:").skip(1).take(parts) {
            let text = part.split_once('\n').unwrap().1;
            let analysis = read(text, &disk);
            let found = lints(&analysis);
            let view = View::new(&analysis, None);
            for token in view.tokens().iter().filter(|token| !token.kind.is_trivia()) {
                for range in [(token.start, token.start), (token.start, token.end)] {
                    let range = Span::new(analysis.main, range.0, range.1);
                    for action in ide::actions(&view, range, &found, &|| false) {
                        if seen.insert((text.to_owned(), action.title.clone(), format!("{:?}", action.change))) {
                            sound(&analysis, &action, &disk);
                            resolved(&analysis, &found, &action, &disk);
                        }
                    }
                }
            }
        }
    }
    assert!(seen.len() > 500, "only {} actions", seen.len());
}

#[test]
fn formatting() {
    let disk = Disk::default();
    settings().bind(|| {
        for path in fixtures() {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if !name.starts_with("format") {
                continue;
            }
            let mut shown = String::new();
            for case in cases(&fs::read_to_string(&path).unwrap()) {
                let analysis = read(&case.text, &disk);
                let view = View::new(&analysis, None);
                let range = Span::new(analysis.main, case.range.0, case.range.1);
                let mut marked = case.text.clone();
                if case.range.1 > case.range.0 {
                    marked.insert(case.range.1 as usize, '│');
                }
                marked.insert(case.range.0 as usize, '│');
                writeln!(shown, "=== {}\n{}", case.what, marked.trim_end_matches('\n').replace('\r', "\\r")).unwrap();
                let answers = [
                    ("file", ide::format(&view)),
                    ("range", Some(ide::format_range(&view, range))),
                    (
                        "typed",
                        case.text[..case.range.0 as usize]
                            .chars()
                            .last()
                            .map(|typed| ide::format_typed(&view, case.range.0, typed)),
                    ),
                ];
                for (what, edits) in answers {
                    match edits {
                        None => writeln!(shown, "{what}: none").unwrap(),
                        Some(edits) => {
                            let new = apply(&case.text, &edits);
                            if what == "file" {
                                let parse = policyc_core::syntax::parse(&case.text, analysis.main);
                                assert_eq!(new, policyc_core::fmt::format(&case.text, &parse).unwrap());
                            }
                            writeln!(shown, "{what}: {} edits\n{}", edits.len(), changed(&case.text, &new).trim_end())
                                .unwrap();
                        }
                    }
                }
                shown.push('\n');
            }
            insta::assert_snapshot!(name, shown);
        }
    });
}

#[test]
fn levels_are_set_in_the_configuration() {
    let set = |text: &str| ide::configure(text, "silent-deny", Level::Allow).unwrap();
    let texts = [
        set(""),
        set("# ours\ntarget = \"policylayer\"\n\n[catalogues]\nshop = \"shop.json\" # the shop\n"),
        set("[lints]\n# why\nsilent-deny = \"warn\" # loud\nall = \"info\"\n"),
        set("lints = { all = \"warn\" }\n"),
    ];
    settings().bind(|| insta::assert_snapshot!("configuration", texts.join("---\n")));
    let by_id = policyc_core::diagnostics::codes::SILENT_DENY.id;
    assert_eq!(set(&format!("[lints]\n{by_id} = \"deny\"\n")), format!("[lints]\n{by_id} = \"allow\"\n"));
    assert!(ide::configure("lints = 1", "silent-deny", Level::Warn).is_err());
    assert!(ide::configure("[", "silent-deny", Level::Warn).is_err());
}

/// What is wrong: a mistake that an action copies is no new one, and what is said of a broken statement names the one after it.
fn kinds(analysis: &Analysis) -> BTreeSet<&'static str> {
    analysis.diagnostics.iter().filter(|finding| finding.is_error()).map(|error| error.code.name).collect()
}

fn all_texts() -> Vec<String> {
    fixtures().iter().flat_map(|path| cases(&fs::read_to_string(path).unwrap())).map(|case| case.text).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is cut out of a text or put into it, every answer lies in it.
    #[test]
    fn broken_texts_are_answered(pick in any::<prop::sample::Index>(), cut in any::<(prop::sample::Index, prop::sample::Index)>(), put in prop::sample::select(vec!["", "{", "}", ";", "\"", "deny ", "@", " in [", "é", "\n", "::", "not "])) {
        let texts = all_texts();
        let disk = Disk::default();
        let text = pick.get(&texts);
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (mut from, mut to) = (*cut.0.get(&places), *cut.1.get(&places));
        if from > to {
            std::mem::swap(&mut from, &mut to);
        }
        to = to.min(from + 12);
        while !text.is_char_boundary(to) {
            to += 1;
        }
        let text = format!("{}{put}{}", &text[..from], &text[to..]);
        let analysis = read(&text, &disk);
        let found = analysis.diagnostics.clone();
        let view = View::new(&analysis, None);
        let check = |edits: &[Edit]| { apply(&text, edits); };
        ide::format(&view).iter().for_each(|edits| check(edits));
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]).step_by(3) {
            let at = at as u32;
            for end in [at, (at + 9).min(text.len() as u32)] {
                if !text.is_char_boundary(end as usize) {
                    continue;
                }
                let range = Span::new(analysis.main, at, end);
                for action in ide::actions(&view, range, &found, &|| false) {
                    let new = apply(&text, &action.change.edits);
                    let after = read(&new, &disk);
                    prop_assert!(
                        action.kind == ActionKind::QuickFix
                            || action.kind == ActionKind::FixAll
                            || kinds(&after).is_subset(&kinds(&analysis)),
                        "{} brings errors into\n{text}\n---\n{new}\n{:?}", action.title, after.diagnostics
                    );
                }
                check(&ide::format_range(&view, range));
            }
            for typed in [';', '}', '\n'] {
                check(&ide::format_typed(&view, at, typed));
            }
        }
    }
}

/// Not part of the tests: `cargo test --test editor actions -- --ignored --nocapture` says what actions take on a big file.
#[test]
#[ignore = "a measurement"]
fn speed() {
    struct Memory(String, Cache);
    impl Loader for Memory {
        fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
            Ok(self.0.clone().into_bytes())
        }
        fn cache(&self) -> Option<&Cache> {
            Some(&self.1)
        }
    }
    let tools: Vec<String> = (0..1_000)
        .map(|n| format!(r#"{{"name":"{}_thing_{n}","description":"Does it.","inputSchema":{{"type":"object","properties":{{"amount":{{"type":"number"}},"name":{{"type":"string"}}}}}}}}"#, ["get", "delete", "create", "send"][n % 4]))
        .collect();
    let memory = Memory(format!("[{}]", tools.join(",")), Cache::default());
    let mut text = "server shop from \"shop.json\";\ndeny *;\ngroup mine = get_thing_0, delete_thing_1;\n".to_owned();
    for n in 0..1_000 {
        let verb = ["get", "delete", "create", "send"][n % 4];
        writeln!(
            text,
            "allow {verb}_thing_{n};\ndeny {verb}_thing_{n} when args.amount > {n} and args.name like \"a*\";"
        )
        .unwrap();
    }
    text.push_str("limit @destructive, *_thing_1* 5/min;\n");
    let analysis = analyze("policy.pol", Path::new("policy.pol"), &text, &Options::default(), &memory);
    assert!(analysis.checked.is_some(), "{:?}", analysis.diagnostics);
    for needle in ["deny get_thing_500", "allow get_thing_500", "amount > 500", "@destructive", "mine ="] {
        let at = text.find(needle).unwrap() as u32 + 2;
        let view = View::new(&analysis, None);
        view.marks();
        view.scope(0);
        let start = std::time::Instant::now();
        let found = ide::actions(&view, Span::new(analysis.main, at, at), &[], &|| false);
        let titles: Vec<&str> = found.iter().map(|action| action.title.as_str()).collect();
        writeln!(std::io::stderr(), "{needle}: {:?} {titles:?}", start.elapsed()).unwrap();
    }
    let start = std::time::Instant::now();
    analysis.again(&text).unwrap();
    writeln!(std::io::stderr(), "again: {:?}", start.elapsed()).unwrap();
}
