//! What targets say that they hold.

use std::fs;
use std::path::{Path, PathBuf};

use policyc_core::emit::{Construct, ExampleCatalogue, Holds, Leave, Request, TARGETS, Target, find};
use policyc_core::ir::ServerId;
use policyc_core::report::targets;
use policyc_core::sema::{Options, analyze};

#[test]
fn every_example_is_a_policy() {
    for construct in Construct::ALL {
        for server in ["", "server example from \"catalogue.json\";\n"] {
            let text = format!("{server}{}", construct.example);
            let analysis = analyze("e.pol", Path::new("e.pol"), &text, &Options::default(), &ExampleCatalogue);
            let known = |found: &&policyc_core::diagnostics::Diagnostic| found.code.name == "no-catalogue";
            let found: Vec<_> =
                analysis.diagnostics.iter().filter(|found| !known(found)).map(|found| &found.message).collect();
            assert!(analysis.checked.is_some() && found.is_empty(), "{text}: {found:?}");
        }
    }
}

#[test]
fn the_answers_are_those_of_the_compiler() {
    let holds = |target: &str, name: &str| {
        let construct = Construct::ALL.iter().find(|construct| construct.name == name).unwrap();
        find(target).unwrap().holds(construct).holds
    };
    assert_eq!(holds("policylayer", "`or` about two arguments"), Holds::Yes);
    assert_eq!(holds("intercept", "`or` about two arguments"), Holds::No);
    assert_eq!(holds("intercept", "`limit t 30/min`"), Holds::Stricter);
    assert_eq!(holds("policylayer", "`require approval`"), Holds::AsDenial);
}

/// What is between two marks of a page is as wanted. `UPDATE_PAGES=1` writes it.
pub(crate) fn the_page_has(page: &str, start: &str, wanted: &str) {
    let path = crate::support::root().join(page);
    let page = fs::read_to_string(&path).unwrap();
    let (start, end) = (format!("<!-- {start} -->\n\n"), "\n<!-- end -->");
    let (before, rest) = page.split_once(&start).expect("the mark where the tables begin");
    let (tables, after) = rest.split_once(end).expect("the mark where they end");
    if tables != wanted && std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, format!("{before}{start}{wanted}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(tables, wanted, "run with UPDATE_PAGES=1");
}

/// The pages have the tables that the program prints, and what becomes of the examples. One test, because several write a
/// page.
#[test]
fn the_pages_have_the_tables() {
    the_page_has("docs/targets.md", "from `policyc targets --format markdown`", &targets::markdown(TARGETS));
    the_page_has("docs/targets.md", "from the policies in examples", &examples());
    the_page_has("README.md", "what each target holds", &matrix());
}

/// A table of all targets and what each holds of the language, by the examples of some constructs.
fn matrix() -> String {
    const COLUMNS: &[(&str, &str)] = &[
        ("tools", "`allow t`, `deny t`, `hide t`"),
        ("bounds and values", "`allow t when` a bound, a value, a list"),
        ("patterns", "`like`, `matches`"),
        ("elements of arrays", "`every`, `some`"),
        ("claims", "`caller.role`"),
        ("limits", "`limit t 30/min`"),
        ("approval", "`require approval`"),
    ];
    let names: Vec<&str> = COLUMNS.iter().map(|(column, _)| *column).collect();
    let mut out = format!("| target | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(COLUMNS.len()));
    for target in TARGETS {
        let cells = COLUMNS.iter().map(|(_, name)| {
            let construct = Construct::ALL.iter().find(|construct| construct.name == *name).expect(name);
            target.holds(construct).words()
        });
        let cells: Vec<String> = cells.collect();
        out.push_str(&format!("| `{}`: {} | {} |\n", target.name, target.title, cells.join(" | ")));
    }
    out
}

/// The files of policies in a folder and below it, sorted.
pub(crate) fn policies(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            policies(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "pol") {
            found.push(path);
        }
    }
    found.sort();
}

/// A table of the policies in `examples` and of what becomes of each in every target.
fn examples() -> String {
    let root = crate::support::root();
    let mut files = Vec::new();
    policies(&root.join("examples"), &mut files);
    let names = TARGETS.iter().map(|target| format!("`{}` |", target.name));
    let mut out =
        format!("| policy | {}\n|---|{}\n", names.collect::<Vec<_>>().join(" "), "---|".repeat(TARGETS.len()));
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let analysis = analyze("policy.pol", &file, &text, &Options::default(), &crate::documents::Files);
        // A baseline is no policy of its own.
        let Some(checked) =
            analysis.checked.filter(|checked| checked.policies().iter().all(|policy| !policy.rules.is_empty()))
        else {
            continue;
        };
        for policy in checked.policies() {
            let of = |target: &Target| {
                let settings = target.settings_of_examples();
                let request = Request::new(policy, ServerId(0), &settings);
                match Holds::of(&target.make(&request)) {
                    Holds::No if target.make_leaving(&request, &[Leave::Limits]).artefact.is_some() => "without limits",
                    holds => holds.words(),
                }
            };
            let cells: Vec<&str> = TARGETS.iter().map(|target| of(target)).collect();
            out.push_str(&format!("| `{}` | {} |\n", policy.name, cells.join(" | ")));
        }
    }
    out
}
