//! What targets say that they hold.

use std::fs;
use std::path::Path;

use policyc_core::emit::{Construct, Holds, TARGETS, find};
use policyc_core::report::targets;
use policyc_core::sema::{NoFiles, Options, analyze};

#[test]
fn every_example_is_a_policy() {
    for construct in Construct::ALL {
        let analysis = analyze("e.pol", Path::new("e.pol"), construct.example, &Options::default(), &NoFiles);
        let known = |found: &&policyc_core::diagnostics::Diagnostic| found.code.name == "no-catalogue";
        let found: Vec<_> =
            analysis.diagnostics.iter().filter(|found| !known(found)).map(|found| &found.message).collect();
        assert!(analysis.checked.is_some() && found.is_empty(), "{}: {found:?}", construct.example);
    }
}

#[test]
fn the_answers_are_those_of_the_compiler() {
    let holds = |target: &str, name: &str| {
        let construct = Construct::ALL.iter().find(|construct| construct.name == name).unwrap();
        find(target).unwrap().holds(construct)
    };
    assert_eq!(holds("policylayer", "`or` about two arguments"), Holds::Yes);
    assert_eq!(holds("intercept", "`or` about two arguments"), Holds::No);
    assert_eq!(holds("intercept", "`limit t 30/min`"), Holds::Stricter);
    assert_eq!(holds("policylayer", "`require approval`"), Holds::AsDenial);
}

/// The tables of docs/targets.md are those that the program prints. `UPDATE_PAGES=1` writes them.
#[test]
fn the_page_has_the_tables() {
    let path = crate::support::root().join("docs/targets.md");
    let page = fs::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- from `policyc targets --format markdown` -->\n\n", "\n<!-- end -->");
    let (before, rest) = page.split_once(start).expect("the mark where the tables begin");
    let (tables, after) = rest.split_once(end).expect("the mark where they end");
    let wanted = targets::markdown(TARGETS);
    if tables != wanted && std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, format!("{before}{start}{wanted}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(tables, wanted, "run with UPDATE_PAGES=1");
}
