//! Modules for the hosts of OPA, whole, and what their readers refuse.

use std::path::Path;

use policyc_core::emit::{Leave, Request, Settings, find, target_of};
use policyc_core::ir::ServerId;
use policyc_core::sema::{Checked, NoFiles, Options, analyze};

const POLICY: &str = "deny *; allow read; allow pay when args.amount <= 50 and caller.role == \"clerk\"; \
     require approval by \"finance\" for refund when args.amount > 10; hide drop; deny read when args.path like \"/etc/*\" because \"Not there.\";";

fn checked(text: &str) -> Checked {
    analyze("shop.pol", Path::new("shop.pol"), text, &Options::default(), &NoFiles).checked.unwrap()
}

/// The module for each host, and the files beside it.
#[test]
fn hosts() {
    let checked = checked(POLICY);
    let policy = &checked.policies()[0];
    for name in ["opa", "opa-envoy", "acs"] {
        let artefact = find(name).unwrap().emit(policy, ServerId(0)).artefact.unwrap();
        assert_eq!(target_of(&artefact.text).map(|target| target.name), Some(name));
        let beside = artefact.beside.iter().map(|file| format!("==== {}\n{}", file.path, file.text));
        let all = artefact.text.clone() + &beside.collect::<String>();
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, all);
        });
    }
}

/// Statements that are left out are named at the top and by warnings, and no others are left out.
#[test]
fn what_is_left_out_is_named() {
    let checked =
        checked("deny *;\nallow pay, read;\nlimit pay 5/min;\nlimit total * 9/hour;\nrequire approval for read;\n");
    let policy = &checked.policies()[0];
    let request = Request::new(policy, ServerId(0), Settings::NONE);
    let opa = find("opa").unwrap();
    assert!(opa.make_leaving(&request, &[]).artefact.is_none());
    assert!(opa.make_leaving(&request, &[Leave::Approval]).artefact.is_none());
    let emission = opa.make_leaving(&request, &[Leave::Limits, Leave::Approval]);
    let text = emission.artefact.unwrap().text;
    assert!(text.contains("# Left out, so something else must hold it: limit@3, limit@4.\n"), "{text}");
    assert!(text.contains("\"approval\""), "{text}");
    let told: Vec<&str> = emission.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(told, ["the Rego module leaves this statement out"; 2]);
    // What a target can hold stays.
    let emission = find("policylayer").unwrap().make_leaving(&request, &[Leave::Limits, Leave::Approval]);
    assert!(emission.artefact.unwrap().text.contains("\"limits\""));
}

/// Limits that the host counts: the module, and what is refused with and without such a host.
#[test]
fn limits_of_a_host_that_counts() {
    let text = "allow *; deny drop; limit send_dm_to_user 30/min per grant; limit pay 1_000.5/day of args.amount per caller.team; \
                limit pay, read 5/hour when args.n > 5 and has args.id as \"large\" because \"Later.\"; limit total pay, read 20/hour as \"both\"; \
                limit * 100/hour per server; require approval for pay when args.amount > 10;";
    let counting = |name: &str| {
        let target = find(name).unwrap();
        (target, target.settings_of_examples())
    };
    let (opa, settings) = counting("opa");
    let checked = checked(text);
    let policy = &checked.policies()[0];
    let emission = opa.make(&Request::new(policy, ServerId(0), &settings));
    assert!(emission.diagnostics.is_empty(), "{:?}", emission.diagnostics);
    let module = emission.artefact.unwrap().text;
    assert_eq!(target_of(&module).map(|target| target.name), Some("opa"));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("opa-counters", module);
    });
    // Without limits it is the same module as always.
    let plain = self::checked(POLICY);
    let with = opa.make(&Request::new(&plain.policies()[0], ServerId(0), &settings)).artefact.unwrap();
    assert_eq!(with, opa.emit(&plain.policies()[0], ServerId(0)).artefact.unwrap());
    let refused = |name: &str, settings: &Settings, text: &str| -> Vec<(String, String)> {
        let checked = self::checked(text);
        let emission = find(name).unwrap().make(&Request::new(&checked.policies()[0], ServerId(0), settings));
        assert!(emission.artefact.is_none());
        let found = emission.diagnostics.into_iter().map(|found| (found.message, found.help.unwrap_or_default()));
        found.collect()
    };
    let limit = "deny *; limit pay 5/min;";
    let leave =
        "leave the limit to a part that counts, and write `--leave limits` here; `policyc targets` shows which can";
    for (name, help) in [
        (
            "opa",
            format!(
                "if the host can count, write `counters = \"host\"` in the table `[targets.opa]` of policyc.toml; or {leave}"
            ),
        ),
        ("opa-envoy", leave.to_owned()),
        ("acs", leave.to_owned()),
    ] {
        let found = refused(name, Settings::NONE, limit);
        let document = find(name).unwrap().document;
        assert_eq!(found, [(format!("{document} cannot hold this statement: a module keeps no counts"), help)]);
    }
    let twice = "deny *; allow a, b, c, d; limit total a, b 5/min as \"x\"; limit total c, d 5/min as \"x\";";
    assert_eq!(refused("opa", &settings, twice).len(), 1);
}

/// A module that differs from what is written is refused at the place where it does.
#[test]
fn other_modules_are_refused() {
    let opa = find("opa").unwrap();
    let text = opa.emit(&checked(POLICY).policies()[0], ServerId(0)).artefact.unwrap().text;
    for (from, to, at) in [
        ("import rego.v1", "import future.keywords", "import"),
        ("as_number(input.arguments.amount) <= 50", "input.arguments.amount <= 50", "input"),
        ("not when_1", "not input.arguments.amount", "input"),
        ("\"decision\": \"allow\"}", "\"decision\": \"maybe\"}", "if"),
        ("\"read\"", "'read'", "'"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let found = opa.read(&changed).err().unwrap();
        let span = found[0].primary.span;
        let rest = &changed[span.start as usize..];
        assert!(rest.starts_with(at), "{from}: {}", rest.lines().next().unwrap());
    }
}

/// Rules in rules come to an end, however they use each other.
#[test]
fn hostile_modules_are_refused() {
    let opa = find("opa").unwrap();
    let text = opa.emit(&checked(POLICY).policies()[0], ServerId(0)).artefact.unwrap().text;
    let with = |rules: &str| text.replacen("\n\nas_number(value)", &format!("\n\n{rules}\n\nas_number(value)"), 1);
    let doubling: Vec<String> =
        (10..60).map(|at| format!("when_{at} if {{\n\twhen_{}\n\twhen_{}\n}}", at - 1, at - 1)).collect();
    let chain: Vec<String> = (10..5_000).map(|at| format!("when_{at} if not when_{}", at - 1)).collect();
    for rules in [doubling, chain] {
        let text = with(&format!("when_9 if input.arguments.a == 1\n\n{}", rules.join("\n\n")));
        assert!(opa.read(&text).is_err());
    }
    let circle = with("when_8 if when_9\n\nwhen_9 if when_8");
    assert!(opa.read(&circle).is_err());
}
