//! Policies for Cerbos, whole, and what cannot be one.

use std::path::Path;

use policyc_core::emit::{Emission, find, target_of};
use policyc_core::ir::ServerId;
use policyc_core::sema::{NoFiles, Options, analyze};

use crate::support::refusals;

fn emission(text: &str) -> Emission {
    let analysis = analyze("shop.pol", Path::new("shop.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    find("cerbos").unwrap().emit(&checked.policies()[0], ServerId(0))
}

#[test]
fn policies() {
    let closed = "deny *; allow read, list; allow pay when args.amount <= 50 and caller.role == \"clerk\"; \
                  deny pay when args.note contains \"secret\" because \"No secrets.\"; require every args.to[*].email like \"*@acme.com\" for mail; \
                  require approval for refund when args.amount > 10; deny erase because \"Never.\"; hide drop;";
    let open = "allow *; deny drop; hide secret; require approval for pay;";
    for (name, text) in [("cerbos", closed), ("cerbos-open", open)] {
        let artefact = emission(text).artefact.unwrap();
        assert_eq!(target_of(&artefact.text).map(|target| target.name), Some("cerbos"));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, artefact.text);
        });
    }
}

/// What is refused, each with a way out.
#[test]
fn what_policies_cannot_hold() {
    let policies = [
        "deny *; allow t; limit t 5/min;",
        "allow *; allow t when args.n <= 5;",
        "allow *; deny t when args.n > 5;",
        "deny *; allow t when args.n <= 9007199254740993;",
        "deny *; allow \"a*b\" when args.n <= 5;",
    ];
    let told = policies.iter().map(|policy| refusals(policy, &emission(policy)));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("cerbos-refused", told.collect::<String>());
    });
}
