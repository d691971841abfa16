//! Targets: documents, refusals and warnings as snapshots; the readers are tested beside their code.

use std::fmt::Write as _;
use std::path::Path;

use policyc_core::disk::Unreadable;
use policyc_core::emit::{Emission, TARGETS, find};
use policyc_core::ir::ServerId;
use policyc_core::sema::{Analysis, Loader, Options, analyze};

use crate::support::emitted;

/// Reads the catalogues beside the fixtures.
pub(crate) struct Files;

impl Loader for Files {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        std::fs::read(path).map_err(Unreadable::from)
    }
}

fn analyzed(path: &Path, text: &str) -> Analysis {
    let analysis = analyze("policy.pol", path, text, &Options::default(), &Files);
    let errors: Vec<&str> =
        analysis.diagnostics.iter().filter(|found| found.is_error()).map(|found| found.message.as_str()).collect();
    assert!(errors.is_empty(), "{text}\n{errors:#?}");
    analysis
}

/// Source, then for each target and server the findings with their places, and the document.
fn report(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let analysis = analyzed(path, &text);
    let mut out = text;
    for policy in analysis.checked.as_ref().unwrap().policies() {
        // Modules for other hosts of OPA differ in their frame only, which `tests/targets/opa.rs` shows.
        for target in TARGETS.iter().filter(|target| !matches!(target.name, "opa-envoy" | "acs")) {
            for (index, server) in policy.servers.iter().enumerate() {
                let Emission { artefact, diagnostics } =
                    emitted(target, policy, ServerId(u32::try_from(index).unwrap()));
                let _ = writeln!(out, "\n==== {} {}", target.name, server.name);
                for found in diagnostics {
                    let place = analysis.sources.slice(found.primary.span);
                    let _ = writeln!(out, "{}: {}\n  at {place}", found.code.name, found.message);
                    if let Some(help) = found.help {
                        let _ = writeln!(out, "  help: {help}");
                    }
                }
                out.push_str(&artefact.map_or(String::new(), |artefact| artefact.text));
            }
        }
    }
    out
}

#[test]
fn documents() {
    insta::glob!("../fixtures/emit", "*.pol", |path| {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(report(path));
        });
    });
}

#[test]
fn messages_follow_the_convention() {
    for entry in std::fs::read_dir(crate::support::root().join("tests/fixtures/emit")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pol") {
            continue;
        }
        let analysis = analyzed(&path, &std::fs::read_to_string(&path).unwrap());
        for policy in analysis.checked.as_ref().unwrap().policies() {
            for target in TARGETS {
                for found in emitted(target, policy, ServerId(0)).diagnostics {
                    let message = &found.message;
                    assert!(message.starts_with(|first: char| first.is_lowercase()), "{message}");
                    assert!(!message.ends_with('.') && !message.contains('\n'), "{message}");
                    assert!(found.help.is_some(), "{message}");
                }
            }
        }
    }
}

#[test]
fn the_order_of_statements_leaves_no_trace() {
    let statements = [
        "deny *;",
        "allow a when args.k == \"y\";",
        "allow a when args.k == \"x\";",
        "deny a when args.n > 5;",
        "deny a when args.n < 0 because \"low\";",
        "limit a 5/min;",
        "limit a 9/day;",
        "hide c;",
        "require has args.n for b;",
        "require has args.m for b;",
    ];
    let emit = |statements: &[&str]| {
        let analysis = analyzed(Path::new("p.pol"), &statements.join("\n"));
        let policies = analysis.checked.as_ref().unwrap().policies();
        let artefact = find("policylayer").unwrap().emit(&policies[0], ServerId(0)).artefact.unwrap();
        assert_eq!(artefact.digest().len(), 64);
        assert!(
            String::from_utf8(artefact.canonical().unwrap()).unwrap().starts_with("{\"default\":\"deny\",\"hide\":")
        );
        artefact
    };
    let first = emit(&statements);
    for turn in 1..statements.len() {
        let mut turned = statements;
        turned.rotate_left(turn);
        assert_eq!(emit(&turned), first);
        turned.reverse();
        assert_eq!(emit(&turned).digest(), first.digest());
    }
}
