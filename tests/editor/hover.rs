//! What editors show of a policy: hovers, inlay hints, code lenses.
//!
//! `tests/fixtures/ide/hover/NAME.pol` has cursors (`│`), at each of which the snapshot shows what is read there; `tests/fixtures/ide/hints` and
//! `tests/fixtures/ide/lenses` have none, and the snapshot shows the text with what is put in. A new file is a new test.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policyc_core::diagnostics::Diagnostic;
use policyc_core::disk::Unreadable;
use policyc_core::eval::{Evaluator, OwnedCall};
use policyc_core::ide::{self, Hint, HintKind, Hover, Lens, LensAction, View};
use policyc_core::lint;
use policyc_core::sema::{self, Analysis, Loader, Options};
use policyc_core::source::Span;
use policyc_core::syntax::ast::{Effect, ItemKind};
use proptest::prelude::*;

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        fs::read(path).map_err(Unreadable::from)
    }
}

fn analyse(path: &Path, text: &str) -> Analysis {
    sema::analyze(path.file_name().unwrap().to_str().unwrap(), path, text, &Options::default(), &Disk)
}

/// A path below the package, from where tests run.
fn inside(path: &Path) -> PathBuf {
    path.strip_prefix(crate::support::root()).unwrap_or(path).to_owned()
}

/// A text without its cursors, and where they stood.
fn cursors(text: &str) -> (String, Vec<u32>) {
    let mut plain = String::new();
    let mut places = Vec::new();
    for char in text.chars() {
        match char {
            '│' => places.push(u32::try_from(plain.len()).unwrap()),
            char => plain.push(char),
        }
    }
    (plain, places)
}

fn line_with_cursor(text: &str, at: u32) -> String {
    let at = at as usize;
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    format!("{}│{}", &text[start..at], &text[at..end])
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../fixtures/ide/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn hovers() {
    let mut count = 0;
    settings().bind(|| {
        insta::glob!("../fixtures/ide/hover", "*.pol", |path| {
            let (text, places) = cursors(&fs::read_to_string(path).unwrap());
            let analysis = analyse(&inside(path), &text);
            let view = View::new(&analysis, None);
            let mut shown = String::new();
            for at in places {
                count += 1;
                writeln!(shown, "━━━ {}", line_with_cursor(&text, at).trim()).unwrap();
                match ide::hover(&view, at) {
                    Some(Hover { span, markdown }) => {
                        let about = view.slice(span);
                        writeln!(shown, "«{about}»\n{markdown}\n").unwrap();
                    }
                    None => writeln!(shown, "nothing\n").unwrap(),
                }
            }
            insta::assert_snapshot!("hover", shown);
        });
    });
    assert!(count > 80, "only {count} places were looked at");
}

/// What a text last said stands in for what it says while it has errors, and says so.
#[test]
fn the_last_sound_text_decides() {
    let path = Path::new("tests/fixtures/ide/hover/stale.pol");
    let sound = analyse(path, "deny *; allow get_order; policy a { deny get_order; } policy b { hide get_order; }");
    let text = "deny *; allow get_order; policy a { deny get_order when } policy b { limit get_order 5/min; }";
    let broken = analyse(path, text);
    assert!(sound.checked.is_some() && broken.checked.is_none());
    let at = u32::try_from(text.rfind("get_order").unwrap()).unwrap();
    let read = |view: View<'_>| ide::hover(&view, at).unwrap().markdown;
    let shown = read(View::new(&broken, Some(&sound)));
    insta::assert_snapshot!(shown, @r"
    **`get_order`**

    No catalogue describes this tool.

    ---

    _The text has errors; this is from its last version without errors:_

    **Decision of `b`**

    1. The list of tools that clients see leaves it out, and every call is denied (line 1).

    **Decision of `a`**

    1. Every call is denied (line 1).
    ");
    let unknown = read(View::new(&broken, None));
    assert!(unknown.ends_with("_What the policy decides is known once it has no errors._"), "{unknown}");
}

fn with_hints(text: &str, hints: &[Hint]) -> String {
    let mut shown = text.to_owned();
    for hint in hints.iter().rev() {
        let space = if hint.before { " " } else { "" };
        shown.insert_str(hint.at as usize, &format!("{space}⟨{}⟩", hint.text));
    }
    shown
}

fn whole(view: &View<'_>) -> Span {
    Span::new(view.file(), 0, u32::try_from(view.text().len()).unwrap())
}

#[test]
fn inlay_hints() {
    settings().bind(|| {
        insta::glob!("../fixtures/ide/hints", "*.pol", |path| {
            let text = fs::read_to_string(path).unwrap();
            let analysis = analyse(&inside(path), &text);
            let view = View::new(&analysis, None);
            let hints = ide::hints(&view, whole(&view));
            let mut shown = with_hints(&text, &hints);
            for hint in &hints {
                let kind = if hint.kind == HintKind::Type { "type" } else { "other" };
                write!(shown, "\n⟨{}⟩ ({kind})\n{}\n", hint.text, hint.tooltip).unwrap();
            }
            insta::assert_snapshot!("hints", shown);
            // A part of the file has the same hints as the whole has there.
            for item in view.items() {
                let wanted: Vec<&Hint> =
                    hints.iter().filter(|hint| item.span.start <= hint.at && hint.at <= item.span.end).collect();
                assert_eq!(ide::hints(&view, item.span).iter().collect::<Vec<_>>(), wanted);
            }
        });
    });
}

fn results(name: &str) -> Option<(bool, String)> {
    match name {
        "passes" => Some((true, String::new())),
        "fails" => Some((false, "step 1 was allowed\nwanted a denial".to_owned())),
        _ => None,
    }
}

fn findings(analysis: &Analysis) -> Vec<Diagnostic> {
    let mut found = lint::check(analysis, &|_| true);
    policyc_core::diagnostics::sort(&mut found);
    found
}

#[test]
fn code_lenses() {
    settings().bind(|| {
        insta::glob!("../fixtures/ide/lenses", "*.pol", |path| {
            let text = fs::read_to_string(path).unwrap();
            let analysis = analyse(&inside(path), &text);
            assert!(analysis.checked.is_some(), "{:?}", analysis.diagnostics);
            let view = View::new(&analysis, None);
            let lenses = ide::lenses(&view, &findings(&analysis), &results);
            let mut shown = String::new();
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                let end = start + line.len();
                for Lens { span, title, action } in &lenses {
                    if !(start..end).contains(&(span.start as usize)) {
                        continue;
                    }
                    let action = match action {
                        LensAction::None => String::new(),
                        LensAction::RunTest(name) => format!(" → run {name:?}"),
                        LensAction::Show(places) => {
                            let places = places.iter().map(|place| view.slice(*place).split('\n').next().unwrap());
                            format!(" → {}", places.collect::<Vec<_>>().join(" | "))
                        }
                    };
                    writeln!(shown, "    ⟨{title}⟩ «{}»{action}", view.slice(*span)).unwrap();
                }
                shown.push_str(line);
                start = end;
            }
            insta::assert_snapshot!("lenses", shown);
        });
    });
}

/// The fixtures, without cursors.
fn texts() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["hover", "hints", "lenses"] {
        for entry in fs::read_dir(Path::new("tests/fixtures/ide").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "pol") {
                let text = cursors(&fs::read_to_string(&path).unwrap()).0;
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// Places are within the text and between characters.
fn sane(view: &View<'_>, span: Span) -> bool {
    let text = view.text();
    span.file == view.file() && span.start <= span.end && text.get(span.range()).is_some()
}

/// Everything answers at every place of a text.
fn answers(path: &Path, text: &str, sound: &Analysis) -> Result<(), TestCaseError> {
    let analysis = analyse(path, text);
    let view = View::new(&analysis, Some(sound));
    for at in 0..=u32::try_from(text.len() + 2).unwrap() {
        if let Some(hover) = ide::hover(&view, at) {
            prop_assert!(sane(&view, hover.span), "hover at {at} in {text}");
            prop_assert!(!hover.markdown.trim().is_empty(), "hover at {at} in {text}");
        }
    }
    for hint in ide::hints(&view, whole(&view)) {
        prop_assert!(text.is_char_boundary(hint.at as usize) && !hint.text.contains('\n'), "{hint:?} in {text}");
    }
    for lens in ide::lenses(&view, &findings(sound), &results) {
        prop_assert!(sane(&view, lens.span) && !lens.title.contains('\n'), "{lens:?} in {text}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn broken_texts_are_answered(
        file in any::<prop::sample::Index>(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..12_usize, "[a-z@*;\"{}().,é/ \n]{0,3}"), 1..5),
    ) {
        let all = texts();
        let (path, text) = &all[file.index(all.len())];
        let sound = analyse(path, text);
        let mut broken = text.clone();
        for (at, length, put) in cuts {
            let boundary = |mut at: usize| {
                while !broken.is_char_boundary(at.min(broken.len())) {
                    at -= 1;
                }
                at.min(broken.len())
            };
            let from = boundary(at.index(broken.len() + 1));
            let to = boundary(from + length).max(from);
            broken.replace_range(from..to, &put);
        }
        answers(path, &broken, &sound)?;
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// A limit that a hint calls moot can be raised, and no call is decided otherwise.
    #[test]
    fn moot_limits_refuse_nothing(
        limits in proptest::collection::vec(limit(), 2..4),
        calls in proptest::collection::vec((0..2_usize, 0..2_u8, 0..2_u8, 0..4_u8, 0..12_i64), 60),
    ) {
        let numbered = limits.iter().enumerate().map(|(index, limit)| format!("limit {}\n", limit.replace('#', &index.to_string())));
        let text = format!("deny *; allow a; allow b;\n{}", numbered.collect::<String>());
        let path = Path::new("moot.pol");
        let analysis = analyse(path, &text);
        prop_assert!(analysis.checked.is_some(), "{text}: {:?}", analysis.diagnostics);
        let view = View::new(&analysis, None);
        let verdicts = |text: &str| {
            let analysis = analyse(path, text);
            let mut evaluator = Evaluator::new(analysis.policies().next().unwrap());
            let mut now = 0;
            let decided = calls.iter().map(|(tool, grant, team, amount, later)| {
                now += later;
                let tool = ["a", "b"][*tool];
                let call = format!(r#"{{"name": "{tool}", "arguments": {{"n": {amount}}}, "grant": "{grant}", "caller": {{"team": {team}}}}}"#);
                evaluator.call(&OwnedCall::parse(&call).unwrap().at(now)).verdict
            });
            decided.collect::<Vec<_>>()
        };
        for hint in ide::hints(&view, whole(&view)).iter().filter(|hint| hint.text.starts_with('→')) {
            let raised = view.items().find_map(|item| match &item.kind {
                ItemKind::Rule(rule) => match &rule.effect {
                    Effect::Limit { rate, .. } if rate.span.end == hint.at => Some(rate.max.span),
                    _ => None,
                },
                _ => None,
            });
            let mut other = text.clone();
            other.replace_range(raised.unwrap().range(), "1_000_000");
            prop_assert_eq!(verdicts(&text), verdicts(&other), "{}\n{:?}", text, hint);
        }
    }
}

/// What stands after `limit`, with `#` for a number of its own.
fn limit() -> impl Strategy<Value = String> {
    let tools = prop::sample::select(&["a", "b", "a, b", "*", "* except b"][..]);
    let windows = prop::sample::select(&["min", "2min", "30s", "3min", "hour"][..]);
    let scopes = prop::sample::select(&["", " per server", " per caller.team"][..]);
    let sums = prop::sample::select(&["", "", " of args.n"][..]);
    let guards = prop::sample::select(&["", "", " when args.n == 2"][..]);
    let totals = prop::sample::select(&["", "total "][..]);
    (totals, tools, 1..6_u8, windows, sums, scopes, guards).prop_map(
        |(total, tools, max, window, sum, scope, guard)| {
            format!("{total}{tools} {max}/{window}{sum}{scope}{guard} as \"l#\";")
        },
    )
}
