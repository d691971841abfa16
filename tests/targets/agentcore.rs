//! Rate limits of AgentCore: the document, and what is refused.

use std::path::Path;

use policyc_core::emit::Request;
use policyc_core::emit::{Emission, find, target_of};
use policyc_core::ir::ServerId;
use policyc_core::sema::{NoFiles, Options, analyze};

fn emission(text: &str) -> Emission {
    let checked = analyze("shop.pol", Path::new("shop.pol"), text, &Options::default(), &NoFiles).checked.unwrap();
    let target = find("agentcore").unwrap();
    target.make(&Request::new(&checked.policies()[0], ServerId(0), &target.settings_of_examples()))
}

fn told(emission: &Emission) -> String {
    let found = emission.diagnostics.iter();
    found
        .map(|found| {
            format!("{}: {}\n  {}\n", found.code.name, found.message, found.help.as_deref().unwrap_or_default())
        })
        .collect()
}

#[test]
fn rates() {
    let emission = emission(
        "deny *; limit send_dm_to_user 30/min per grant; limit list 5/s per caller.team; limit total pay 9/min as \"pays\"; allow get;",
    );
    let text = emission.artefact.clone().unwrap().text;
    assert_eq!(target_of(&text).map(|target| target.name), Some("agentcore"));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("agentcore-rates", format!("{text}{}", told(&emission)));
    });
}

/// What a rate limit of the gateway does not hold.
#[test]
fn refused_rates() {
    let policies = [
        "deny *; limit t 10/hour;",
        "deny *; limit t 10/2min;",
        "deny *; limit t 1/min;",
        "deny *; limit t 0/min;",
        "deny *; limit t 20_000_002/min;",
        "deny *; limit t 10/min of args.n;",
        "deny *; allow t; limit t 10/min when args.n > 5;",
        "deny *; limit t 10/min; limit t 2/s;",
        "deny *; allow t, u; limit total t, u 10/min as \"both\";",
        "allow *; limit * 10/min;",
    ];
    let shown = policies.map(|policy| {
        let emission = emission(policy);
        assert!(emission.artefact.is_none(), "{policy}");
        format!("{policy}\n{}", told(&emission))
    });
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("agentcore-refused", shown.concat());
    });
}
