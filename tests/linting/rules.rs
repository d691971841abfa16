//! The lint rules, each by itself.
//!
//! `tests/fixtures/lint/NAME.pol` has the cases of a rule: parts that begin with `// fires: why` or `// quiet: why`. A part is a policy of
//! its own, beside the catalogues of `docs/catalogues`. Where the rule fires, a snapshot shows the policy, what is said, and the policy after all fixes of the rule; where it is quiet,
//! it must say nothing. Every rule has both, and a page in `docs/diagnostics` that is the comment of its file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policyc::human;
use policyc_core::diagnostics::{Code, Diagnostic, Edit};
use policyc_core::disk::Unreadable;
use policyc_core::lint::{self, Group, Levels, RULES, Rule};
use policyc_core::sema::{self, Analysis, Loader, Options};
use policyc_core::source::FileId;
use policyc_core::suppress;
use policyc_core::syntax;

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        fs::read(crate::support::root().join(path)).map_err(Unreadable::from)
    }
}

/// What the rule says of a policy.
fn findings(code: &Code, text: &str) -> (Analysis, Vec<Diagnostic>) {
    let path = Path::new("docs/catalogues/policy.pol");
    let analysis = sema::analyze("policy.pol", path, text, &Options::default(), &Disk);
    let errors: Vec<_> =
        analysis.diagnostics.iter().filter(|finding| finding.is_error()).map(|finding| &finding.message).collect();
    assert!(errors.is_empty(), "{}: a case has errors: {errors:?}\n{text}", code.name);
    let wanted = |other: &Code| other.id == code.id;
    let mut found = lint::check(&analysis, &wanted);
    suppress::apply(&mut found, analysis.files(), &analysis.sources, analysis.main, &wanted);
    found.retain(|finding| finding.code.id == code.id);
    policyc_core::diagnostics::sort(&mut found);
    (analysis, found)
}

/// Applies the first fix of each finding, one after the other, until there are none.
fn fixed(code: &Code, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..50 {
        let (analysis, found) = findings(code, &text);
        let Some(fix) = found.iter().find_map(|finding| finding.fixes.first()) else { return text };
        let mut edits: Vec<&Edit> = fix.edits.iter().collect();
        assert!(edits.iter().all(|edit| edit.span.file == analysis.main), "a fix changes another file");
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        for edit in edits {
            text.replace_range(edit.span.range(), &edit.text);
        }
    }
    panic!("{}: the fixes do not come to an end:\n{text}", code.name)
}

/// The parts of a file: whether the rule fires, why, and the policy.
fn cases(text: &str) -> Vec<(bool, String, String)> {
    let mut cases: Vec<(bool, String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let begins = |word: &str| line.strip_prefix(word).map(|why| why.trim().to_owned());
        match (begins("// fires:"), begins("// quiet:")) {
            (Some(why), _) => cases.push((true, why, String::new())),
            (_, Some(why)) => cases.push((false, why, String::new())),
            _ => match cases.last_mut() {
                Some((_, _, policy)) => policy.push_str(line),
                None => {
                    assert!(line.trim().is_empty() || line.starts_with("//"), "a line before the first case: {line}")
                }
            },
        }
    }
    // A lone carriage return is shown as a sign, so that it can be seen.
    let policy = |policy: String| format!("{}\n", policy.trim().replace('␍', "\r"));
    cases.into_iter().map(|(fires, why, text)| (fires, why, policy(text))).collect()
}

fn file(rule: &Rule) -> PathBuf {
    crate::support::root().join("tests/fixtures/lint").join(format!("{}.pol", rule.code.name))
}

#[test]
fn every_rule_fires_where_it_should() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../fixtures/lint/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for rule in RULES {
            let name = rule.code.name;
            let text =
                fs::read_to_string(file(rule)).unwrap_or_else(|_| panic!("{name} has no file in tests/fixtures/lint"));
            let cases = cases(&text);
            assert!(cases.iter().any(|(fires, _, _)| *fires), "{name}: no case in which it fires");
            assert!(cases.iter().any(|(fires, _, _)| !fires), "{name}: no case in which it is quiet");
            let mut shown = String::new();
            for (fires, why, policy) in cases {
                let (analysis, found) = findings(rule.code, &policy);
                if !fires {
                    let found = human::draw(&found, &analysis.sources, human::Options::default());
                    assert!(found.is_empty(), "{name} should be quiet ({why}):\n{policy}\n{found}");
                    continue;
                }
                assert!(!found.is_empty(), "{name} says nothing ({why}):\n{policy}");
                for finding in &found {
                    let kinds: BTreeSet<_> = finding.fixes.iter().map(|fix| fix.applicability).collect();
                    assert!(kinds.is_empty() || rule.fix.is_some(), "{name} offers a fix, and does not say so");
                    assert!(finding.help.is_some() || !finding.fixes.is_empty(), "{name} says no way out");
                }
                writeln!(shown, "// {why}\n{policy}").unwrap();
                shown.push_str(&human::draw(&found, &analysis.sources, human::Options::default()));
                if found.iter().any(|finding| !finding.fixes.is_empty()) {
                    let fixed = fixed(rule.code, &policy);
                    // A fix that leaves errors is none.
                    findings(rule.code, &fixed);
                    writeln!(shown, "--- after its fixes\n{fixed}").unwrap();
                }
            }
            insta::assert_snapshot!(name, shown.replace('\r', "␍"));
        }
    });
}

/// What the default rules say of a policy: how often each of them does; `None` if it has errors.
fn by_default(text: &str) -> Option<BTreeMap<&'static str, usize>> {
    let path = Path::new("docs/catalogues/policy.pol");
    let analysis = sema::analyze("policy.pol", path, text, &Options::default(), &Disk);
    analysis.checked.as_ref()?;
    let levels = Levels::default();
    let mut said = BTreeMap::new();
    for finding in lint::check(&analysis, &|code| levels.wants(code)) {
        *said.entry(finding.code.name).or_insert(0) += 1;
    }
    Some(said)
}

/// A text with some places replaced.
fn edited(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = text.to_owned();
    edits.into_iter().for_each(|edit| text.replace_range(edit.span.range(), &edit.text));
    text
}

/// What is said of a policy that says what one of the statements hides that a finding points at: where two rules contradict each other, a
/// fix may only bring to light what is to be said of the one that stays.
fn hidden(policy: &str, finding: &Diagnostic) -> Vec<BTreeMap<&'static str, usize>> {
    let without = finding.secondary.iter().map(|label| {
        let edits = [Edit { span: label.span, text: String::new() }];
        edited(policy, &edits)
    });
    without.filter_map(|text| by_default(&text)).collect()
}

/// Each fix, alone, and what the default rules say of its outcome that they did not say before: nothing, but what is to be said of the policy
/// without the rule that the finding points at.
#[test]
fn no_fix_writes_what_another_rule_reports() {
    let mut reported = BTreeSet::new();
    for rule in RULES {
        let text = fs::read_to_string(file(rule)).unwrap();
        for (_, why, policy) in cases(&text).into_iter().filter(|(fires, _, _)| *fires) {
            let Some(before) = by_default(&policy) else { continue };
            for finding in findings(rule.code, &policy).1 {
                for fix in &finding.fixes {
                    let Some(after) = by_default(&edited(&policy, &fix.edits)) else { continue };
                    let is_new = |said: &BTreeMap<_, usize>, name: &str, count: usize| {
                        said.get(name).is_none_or(|old| *old < count)
                    };
                    let more = after.iter().filter(|(name, count)| is_new(&before, name, **count));
                    for (name, count) in more.filter(|(name, _)| **name != rule.code.name) {
                        if hidden(&policy, &finding).iter().all(|said| is_new(said, name, *count)) {
                            reported.insert(format!("{} ({why}): {}: {name}\n", rule.code.name, fix.title));
                        }
                    }
                }
            }
        }
    }
    assert!(reported.is_empty(), "{}", reported.into_iter().collect::<String>());
}

/// What the fixes of phrases of other languages write, and what the default rules say of it. The snapshot has what is known; there should
/// be nothing that is about how the statement is written.
#[test]
fn no_phrase_writes_what_a_rule_reports() {
    let folder = crate::support::root().join("tests/fixtures/phrases");
    let mut reported = String::new();
    for file in ["conditions.pol", "rules.pol", "others.pol"] {
        for line in fs::read_to_string(folder.join(file)).unwrap().lines() {
            let errors = syntax::parse(line, FileId::default()).errors;
            let [fix] = errors.iter().filter_map(|error| error.fixes.first()).collect::<Vec<_>>()[..] else { continue };
            let mut text = line.to_owned();
            fix.edits.iter().rev().for_each(|edit| text.replace_range(edit.span.range(), &edit.text));
            // A default beside which the rule does something.
            let default = if text.starts_with("deny") { "allow *;" } else { "deny *;" };
            let (Some(before), Some(after)) = (by_default(default), by_default(&format!("{default}\n{text}"))) else {
                continue;
            };
            for (name, _) in after.iter().filter(|(name, count)| before.get(*name).is_none_or(|old| old < count)) {
                writeln!(reported, "{text}: {name}").unwrap();
            }
        }
    }
    insta::assert_snapshot!(reported);
}

/// Every rule that can fix something does so in one of its cases.
#[test]
fn rules_fix_what_they_say() {
    for rule in RULES {
        let text = fs::read_to_string(file(rule)).unwrap();
        let fires = cases(&text).into_iter().filter(|(fires, _, _)| *fires);
        let kinds: BTreeSet<_> = fires
            .flat_map(|(_, _, policy)| findings(rule.code, &policy).1)
            .flat_map(|finding| finding.fixes)
            .map(|fix| fix.applicability)
            .collect();
        match rule.fix {
            None => assert!(kinds.is_empty(), "{}", rule.code.name),
            Some(kind) => assert!(kinds.contains(&kind), "{} shows no {} fix", rule.code.name, kind.name()),
        }
    }
}

#[test]
fn every_file_of_rules_is_in_the_list() {
    let folder = crate::support::root().join("src/lint/rules");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() || stem == "mod" {
            continue;
        }
        assert!(Rule::find(&stem.replace('_', "-")).is_some(), "{} is in no list", path.display());
    }
    assert!(RULES.windows(2).all(|pair| pair[0].code.id < pair[1].code.id), "the rules are in the order of their ids");
}

/// The table in `docs/lint.md`, written anew with `UPDATE_PAGES=1`.
#[test]
fn the_table_of_rules_has_them_all() {
    const MARK: &str = "<!-- rules: written by UPDATE_PAGES=1 cargo test --test linting -->\n";
    let path = crate::support::root().join("docs/lint.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, _) = text.split_once(MARK).unwrap();
    let mut table = String::new();
    for group in Group::ALL {
        writeln!(table, "\n### {}\n", group.name()).unwrap();
        table.push_str("| | rule | finds | fix | confidence |\n|---|---|---|---|---|\n");
        for rule in RULES.iter().filter(|rule| rule.group == group) {
            let code = rule.code;
            let finds = code.page.lines().next().unwrap().trim_end_matches('.');
            let finds = finds[..1].to_lowercase() + &finds[1..];
            let fix = rule.fix.map_or("", policyc_core::diagnostics::Applicability::name);
            let (id, name, confidence) = (code.id, code.name, rule.confidence.name());
            writeln!(table, "| {id} | [{name}](diagnostics/{name}.md) | {finds} | {fix} | {confidence} |").unwrap();
        }
    }
    let wanted = format!("{before}{MARK}{table}");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == wanted, "docs/lint.md: UPDATE_PAGES=1 cargo test --test linting");
}

/// The pages in `docs/diagnostics`, written anew with `UPDATE_PAGES=1`.
#[test]
fn pages_are_the_comments_of_the_rules() {
    let folder = crate::support::root().join("docs/diagnostics");
    for rule in RULES {
        let page = lint::page(rule.code);
        let path = folder.join(format!("{}.md", rule.code.name));
        for section in ["## What it does", "## Why it matters", "## Example", "## Use instead"] {
            assert!(page.contains(&format!("\n{section}\n")), "{}: no section {section}", rule.code.name);
        }
        if std::env::var_os("UPDATE_PAGES").is_some() {
            fs::write(&path, &page).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == page,
            "{} is not the comment of the rule: UPDATE_PAGES=1 cargo test --test linting",
            path.display()
        );
    }
}
