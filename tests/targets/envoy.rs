//! Filters for Envoy, whole, and what cannot be one.

use std::path::Path;

use policyc_core::emit::{Emission, Request, Settings, TargetOption, find, target_of};
use policyc_core::ir::ServerId;
use policyc_core::sema::{NoFiles, Options, analyze};

use crate::support::refusals;

fn emission(text: &str) -> Emission {
    let analysis = analyze("shop.pol", Path::new("shop.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    let target = find("envoy").unwrap();
    target.make(&Request::new(&checked.policies()[0], ServerId(0), &target.settings_of_examples()))
}

#[test]
fn filters() {
    let text = "deny *; allow read, list; allow pay when args.amount <= 50 and caller.role == \"clerk\"; \
                deny pay when args.note contains \"secret\"; require approval for refund when args.amount > 10; hide drop;";
    let artefact = emission(text).artefact.unwrap();
    assert_eq!(target_of(&artefact.text).map(|target| target.name), Some("envoy"));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("envoy", artefact.text);
    });
    let open = emission("allow *; deny * when args.force == true; deny drop;").artefact.unwrap();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("envoy-open", open.text);
    });
}

/// What is refused, each with a way out.
#[test]
fn what_filters_cannot_hold() {
    let deep = (0..40).fold("args.a == 1".to_owned(), |inner, depth| {
        format!("({inner} {} args.b == {depth})", if depth % 2 == 0 { "or" } else { "and" })
    });
    let deep = format!("deny *; allow t when {deep};");
    let long = format!("deny *; allow t when args.s like \"{}*b\";", "a".repeat(200));
    let policies = [
        "deny *; limit t 1/min;",
        "deny *; limit t 30/min of args.n;",
        "deny *; limit t 30/min when args.n > 5; allow t;",
        "deny *; allow t, u; limit total t, u 30/min as \"both\";",
        "allow *; limit * 30/min;",
        "deny *; allow t when every args.to like \"*@acme.com\";",
        "deny *; allow t when args.to[0] == \"a\";",
        "deny *; allow t when args.to contains 5;",
        "deny *; allow t unless has args.force;",
        "deny *; allow t when length(args.s) <= 5;",
        "deny *; allow t when args.s matches \"a.b\";",
        "deny *; allow t when args.s matches \"[a-z]{1,99}\";",
        "deny *; allow t when args.n <= 9007199254740993;",
        "deny *; allow t when args.\"\" == \"a\";",
        &deep,
        &long,
    ];
    let told = policies.iter().map(|policy| {
        let name = if policy.len() > 100 { "(long)" } else { *policy };
        refusals(name, &emission(policy))
    });
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("envoy-refused", told.collect::<String>());
    });
}

/// The whole idea, for one process and for several.
#[test]
fn limits() {
    let text = "deny *; limit send_dm_to_user 30/min per grant; limit send_dm_to_user 100/day as \"daily\"; limit list 10/5min;";
    let emission = emission(text);
    let mut shown = emission.artefact.unwrap().text;
    shown.extend(emission.diagnostics.iter().map(|found| {
        format!("{}: {}\n  help: {}\n", found.code.name, found.message, found.help.as_deref().unwrap_or_default())
    }));
    let analysis = analyze("shop.pol", Path::new("shop.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap();
    for processes in [None, Some("3"), Some("20")] {
        let mut settings = Settings::default();
        processes.into_iter().for_each(|count| settings.set(&TargetOption::PROCESSES, count));
        let target = find("envoy").unwrap();
        let emission = target.make(&Request::new(&checked.policies()[0], ServerId(0), &settings));
        shown.push_str(&format!("\n{processes:?}\n"));
        shown.extend(emission.diagnostics.iter().map(|found| format!("{}: {}\n", found.code.name, found.message)));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("envoy-limits", shown);
    });
}
