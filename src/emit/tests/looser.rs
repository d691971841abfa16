//! Policies and looser ones: a document of any target that is made from the looser one is rejected
//! for the other.
//!
//! A target joins by being in `TARGETS`. What it cannot hold of a looser policy is left out for it.

use super::planted::{checked, is_rejected};
use crate::diagnostics::codes;
use crate::emit::{Request, TARGETS};
use crate::ir::ServerId;

/// A policy, and policies each of which lets some call or some sequence of calls pass that the
/// first refuses. `deny *` is the default where none is written; ` per server` is put behind each
/// limit for gateways that count so.
const LOOSER: &[(&str, &[&str])] = &[
    // Counts, windows, missing limits.
    (
        "limit t 30/hour;",
        &[
            "limit t 31/hour;",
            "limit t 3000000/hour;",
            "limit t 30/min;",
            "limit t 720/day;",
            "allow t;",
            "allow t; limit u 30/hour;",
            "allow t; limit total * 31/hour;",
        ],
    ),
    ("limit t 10/min;", &["limit t 11/min;", "limit t 600/hour;", "limit t 14400/day;"]),
    ("limit t 5/day;", &["limit t 6/day;", "limit t 5/hour;", "limit t 5/min;"]),
    ("limit t 0/min;", &["limit t 1/min;", "allow t;"]),
    (
        "limit t 3/min; limit t 10/day;",
        &["limit t 3/min;", "limit t 10/day;", "limit t 3/min; limit t 11/day;", "limit t 4/min; limit t 10/day;"],
    ),
    ("limit t, u 5/day;", &["limit t 5/day; allow u;", "limit t 5/day; limit u 6/day;", "allow t, u;"]),
    ("limit t 5/90min;", &["limit t 5/hour;", "limit t 80/day;"]),
    ("limit t 5/2day;", &["limit t 5/day;"]),
    (
        "allow t, u; limit total * 5/day;",
        &[
            "allow t, u; limit total * 6/day;",
            "allow t, u; limit t 5/day; limit u 5/day;",
            "allow t, u; limit t 5/day;",
            "allow t, u;",
            "allow t, u; limit total * 5/hour;",
        ],
    ),
    ("allow t; limit t 5/day when args.n > 1;", &["allow t;", "allow t; limit t 6/day;"]),
    ("allow t; limit t 100/day of args.n;", &["allow t; limit t 100/day;", "allow t; limit t 1/day;", "allow t;"]),
    // Conditions of `allow`.
    (
        "allow t when args.n <= 5;",
        &[
            "allow t when args.n <= 6;",
            "allow t when args.n < 6;",
            "allow t when args.n >= 5;",
            "allow t when args.n <= 5.0001;",
            "allow t when args.m <= 5;",
            "allow t when has args.n;",
            "allow t;",
        ],
    ),
    ("allow t when args.n < 5;", &["allow t when args.n <= 5;"]),
    (
        "allow t when args.n > 0 and args.n < 10;",
        &["allow t when args.n > 0;", "allow t when args.n < 10;", "allow t when args.n >= 0 and args.n < 10;"],
    ),
    (
        "allow t when args.n == 1;",
        &["allow t when args.n == 2;", "allow t when args.n in [1, 2];", "allow t when args.n >= 1;"],
    ),
    (
        "allow t when args.s == \"a\";",
        &[
            "allow t when args.s == \"A\";",
            "allow t when args.s in [\"a\", \"b\"];",
            "allow t when args.s like \"a*\";",
            "allow t when args.s matches \"(?i)a\";",
            "allow t when has args.s;",
            "allow t when args.s != \"b\";",
        ],
    ),
    (
        "allow t when args.s in [\"a\", \"b\"];",
        &["allow t when args.s in [\"a\", \"b\", \"c\"];", "allow t when args.s not in [\"a\", \"b\"];"],
    ),
    (
        "allow t when args.s like \"/srv/*\";",
        &[
            "allow t when args.s like \"/srv*\";",
            "allow t when args.s like \"*/srv/*\";",
            "allow t when args.s like [\"/srv/*\", \"/tmp/*\"];",
            "allow t when args.s matches \"(?s)/sr.*\";",
        ],
    ),
    (
        "allow t when args.s matches \"[a-z]+\";",
        &[
            "allow t when args.s matches \"[a-z]*\";",
            "allow t when args.s matches \"[a-zA-Z]+\";",
            "allow t when args.s matches \"[a-z]+.*\";",
        ],
    ),
    ("allow t when args.s contains \"x\";", &["allow t when has args.s;", "allow t when args.s contains \"y\";"]),
    ("allow t when args.b == true;", &["allow t when has args.b;", "allow t when args.b == false;"]),
    (
        "allow t when args.a.b == \"x\";",
        &["allow t when args.a.b == \"y\";", "allow t when args.b == \"x\";", "allow t when has args.a;"],
    ),
    ("allow t when args.n <= 5 and args.s == \"a\";", &["allow t when args.n <= 5;", "allow t when args.s == \"a\";"]),
    ("allow t when not has args.x;", &["allow t;", "allow t when has args.x;"]),
    ("allow t when length(args.s) <= 5;", &["allow t;", "allow t when has args.s;"]),
    ("allow t when every args.to like \"*@acme.com\";", &["allow t;", "allow t when has args.to;"]),
    ("allow t when caller.role == \"admin\";", &["allow t;"]),
    // Requirements.
    ("require args.n >= 1 for t;", &["require args.n >= 0 for t;", "require has args.n for t;", "allow t;"]),
    (
        "require args.n >= 1 for t; require args.m >= 1 for t;",
        &["require args.n >= 1 for t;", "require args.m >= 1 for t;"],
    ),
    ("require args.s like \"a*\" for t, u;", &["require args.s like \"a*\" for t; allow u;"]),
    // Denials.
    ("allow t, u; deny t;", &["allow t, u;", "allow t, u; deny u;"]),
    (
        "allow t; deny t when args.n > 5;",
        &[
            "allow t;",
            "allow t; deny t when args.n > 6;",
            "allow t; deny t when args.n >= 6;",
            "allow t; deny t when args.m > 5;",
            "allow t; deny t when args.n < 5;",
        ],
    ),
    ("allow t; deny t when args.s == \"a\";", &["allow t;", "allow t; deny t when args.s == \"b\";"]),
    (
        "allow t; deny t when args.s like \"x*\";",
        &["allow t;", "allow t; deny t when args.s like \"xy*\";", "allow t; deny t when args.s == \"x\";"],
    ),
    ("allow t; deny t when has args.x;", &["allow t;", "allow t; deny t when args.x == 1;"]),
    ("allow t; deny t when args.s == \"a\"; deny t when args.s == \"b\";", &["allow t; deny t when args.s == \"a\";"]),
    (
        "allow t; deny t when args.x == \"a\" or args.y == \"b\";",
        &["allow t; deny t when args.x == \"a\";", "allow t;"],
    ),
    // Approvals, hidden tools, tools that open, the default.
    ("require approval for t;", &["allow t;", "require args.n >= 1 for t;"]),
    (
        "allow t; require approval for t when args.n > 5;",
        &["allow t;", "allow t; require approval for t when args.n > 6;"],
    ),
    ("hide t; allow u;", &["allow t, u;"]),
    ("allow t;", &["allow t, u;", "allow T;", "allow *; deny u;", "allow *;"]),
    ("allow t; allow u when args.n <= 5;", &["allow t, u;"]),
    ("allow *; deny t;", &["allow *;", "allow *; deny u;", "allow *; deny t when args.n > 1;"]),
    ("allow *; limit t 5/min;", &["allow *;", "allow *; limit t 6/min;", "allow *; limit u 5/min;"]),
    ("allow *; limit total * 5/day;", &["allow *; limit total * 6/day;", "allow *;"]),
    ("allow *; require args.n <= 5 for t;", &["allow *;", "allow *; require args.n <= 6 for t;"]),
    ("deny *;", &["allow t;", "allow *;", "require approval for t when args.n > 1; allow t;"]),
];

/// How many documents are planted, with those of `planted`.
const AT_LEAST: usize = 200;

/// A policy as it is compared for a gateway that counts for all clients together, or for each
/// grant.
fn written(policy: &str, per_server: bool) -> String {
    let statements = policy.split_inclusive(';').map(|statement| {
        let is_limit = per_server && statement.trim_start().starts_with("limit");
        let (before, after) = statement
            .split_once(" when")
            .map_or((statement, String::new()), |(before, after)| (before, format!(" when{after}")));
        match is_limit {
            true if after.is_empty() => format!("{} per server;", before.trim_end_matches(';')),
            true => format!("{before} per server{after}"),
            false => statement.to_owned(),
        }
    });
    let text: String = statements.collect();
    if text.starts_with("allow *") || text.starts_with("deny *") { text } else { format!("deny *; {text}") }
}

#[test]
fn documents_of_looser_policies_are_rejected() {
    let texts = super::planted_rego::COUNT
        + super::planted_envoy::COUNT
        + super::planted_counters::COUNT
        + super::planted_cerbos::COUNT
        + super::planted_cedar::COUNT
        + super::planted_envoy_ai::COUNT
        + super::planted_agentgateway::COUNT
        + super::planted_contextforge::COUNT;
    let mut planted = super::planted::COUNT + texts;
    for target in TARGETS {
        // Intercept counts for all clients together, which is tighter than a count for each grant.
        let per_server = target.name == "intercept";
        let settings = target.settings_of_examples();
        for (tight, looser) in LOOSER {
            let means = checked(&written(tight, per_server));
            for loose in *looser {
                let emits = checked(&written(loose, per_server));
                let request = Request::new(&emits.policies()[0], ServerId(0), &settings);
                let emission = target.make(&request);
                let Some(artefact) = emission.artefact else { continue };
                // A document that is more strict than the looser policy may be right for the other.
                let is_stricter = emission.diagnostics.iter().any(|found| found.code == codes::STRICTER_ARTEFACT);
                assert!(
                    is_stricter || is_rejected(target.name, &artefact.text, &means.policies()[0]),
                    "{}: {loose} for {tight}\n{}",
                    target.name,
                    artefact.text
                );
                planted += 1;
            }
        }
    }
    assert!(planted >= AT_LEAST, "only {planted} documents are planted");
}
