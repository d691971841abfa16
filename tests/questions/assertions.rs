//! What `policyc check` says of assertions, and of policies without a catalogue.

use policyc_core::assertions;
use policyc_core::disk::Unreadable;
use policyc_core::sema::{Loader, Options, analyze};

struct Nothing;

impl Loader for Nothing {
    fn read(&self, path: &std::path::Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Err(Unreadable::Other(format!("{} is not there", path.display())))
    }
}

/// The names of the findings about a policy.
fn found(text: &str) -> Vec<&'static str> {
    let analysis = analyze("policy.pol", "policy.pol".as_ref(), text, &Options::default(), &Nothing);
    assert!(analysis.checked.is_some(), "{text}: {:?}", analysis.diagnostics);
    let checked = analysis.checked.unwrap();
    let asserted = checked.policies().iter().flat_map(assertions::check);
    analysis.diagnostics.iter().cloned().chain(asserted).map(|diagnostic| diagnostic.code.name).collect()
}

#[test]
fn assertions_hold_fail_or_stay_open() {
    const HOLDS: &[&str] = &[];
    const FAILS: &[&str] = &["assertion-fails"];
    const OPEN: &[&str] = &["assertion-undecided"];
    // Refuting this needs all sets of ten places from the end.
    let blow_up = "allow *; deny a when args.s matches \"(a|b)*a(a|b){40}\"; \
                   assert deny a when args.s matches \"(a|b)*a(a|b){40}|(a|b)*b(a|b){40}\"";
    for (policy, expected) in [
        // Hidden or denied whatever the arguments are.
        ("allow *; hide a; assert deny a", HOLDS),
        ("allow *; deny a; assert deny a", HOLDS),
        ("allow *; deny a; assert deny a when args.n > 1", HOLDS),
        ("allow *; deny a when args.n > 1; assert deny a", FAILS),
        ("allow *; deny a when args.n > 1; assert deny a when args.n > 1", HOLDS),
        // Opened by nothing; `*` opens in an `allow` only.
        ("deny *; assert deny a", HOLDS),
        ("deny *; limit total * 5/min; assert deny a", HOLDS),
        ("deny *; limit * 5/min; require approval for *; assert deny *", HOLDS),
        ("deny *; limit a 5/min; assert deny a", FAILS),
        ("deny *; allow a when args.n > 1; assert deny a", FAILS),
        ("deny *; require args.n > 1 for a; assert deny a", FAILS),
        ("deny *; allow b; assert deny *", FAILS),
        ("deny *; allow b; assert deny * except b", HOLDS),
        ("allow *; assert deny a", FAILS),
        // Approval is not a denial, but it is no permission either.
        ("deny *; require approval for a; assert deny a", FAILS),
        ("deny *; require approval for a; assert approval for a", HOLDS),
        ("deny *; assert approval for a", HOLDS),
        ("allow *; require approval for a when args.n > 1; assert approval for a", FAILS),
        // What is never allowed needs no limit.
        ("deny *; limit a 5/min; assert limit * 5/min", HOLDS),
        ("deny *; allow b; limit a 5/min; assert limit * 5/min", FAILS),
        ("deny *; require approval for a; assert limit a 5/min", HOLDS),
        ("deny *; limit a 6/min; assert limit a 5/min", FAILS),
        ("deny *; limit a 5/min when args.n > 1; allow a; assert limit a 5/min", FAILS),
        ("deny *; allow a; assert allow a", HOLDS),
        // Conditions are compared as sets of calls, not as texts.
        ("allow *; deny a when args.n > 1; assert deny a when args.n >= 2", HOLDS),
        ("allow *; deny a when args.n > 1; assert deny a when args.n > 1 or has args.n", FAILS),
        ("allow *; deny a unless args.n <= 1; assert deny a when args.n > 1 or not has args.n", HOLDS),
        (
            "allow *; require args.to like \"*@acme.com\" for a; assert deny a when args.to matches \"[^@]+@evil\\\\.com\"",
            HOLDS,
        ),
        ("allow *; deny a when args.n > 1; deny a when args.n < 2; assert deny a when has args.n", FAILS),
        ("allow *; deny a when args.n > 1; deny a unless args.n > 1; assert deny a", HOLDS),
        ("deny *; allow a when every args.l in [1, 2]; assert deny a when args.l contains 3", HOLDS),
        ("deny *; allow a when length(args.l) < 2; assert deny a when args.l contains 1 and args.l contains 2", HOLDS),
        ("deny *; allow a when caller.team == \"x\"; assert deny a unless has caller.team", HOLDS),
        ("deny *; limit a 100/day of args.n; assert deny a when args.n > 100", HOLDS),
        ("deny *; limit a 100/day of args.n; assert allow a", HOLDS),
        ("deny *; limit a 100/day of args.n; assert deny a when args.n > 99", FAILS),
        (blow_up, OPEN),
        ("deny *; allow a; hide a; assert allow a", FAILS),
    ] {
        let mut said = found(policy);
        said.retain(|name| *name != "no-catalogue");
        assert_eq!(said, expected, "{policy}");
    }
}

#[test]
fn a_catalogue_is_missed_only_where_it_could_check_something() {
    for (policy, missed) in [
        ("deny *", false),
        ("deny *; limit total * 5/min; assert limit * 5/min", false),
        ("deny *; limit a 5/min", true),
        ("allow *; deny \"a\"", true),
        ("allow *; limit * except a 5/min", true),
        ("allow *; limit * 5/min when args.n > 1", true),
        ("allow *; require has args.n for *", true),
        ("deny *; policy one { allow a }", true),
    ] {
        assert_eq!(found(policy).contains(&"no-catalogue"), missed, "{policy}");
    }
}
