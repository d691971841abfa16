//! What is decided over and over allocates nothing.

use policyc_core::eval::{Evaluator, OwnedCall};
use policyc_core::sema::{NoFiles, Options, analyze};

const POLICY: &str = r#"
    deny *;
    allow pay when args.amount <= 99.95 and args.currency in ["EUR", "USD"] and not (args.note contains "secret");
    deny pay when args.amount > 9007199254740993 or args.to like "*@evil.*";
    require length(args.to) < 100 and every args.items != "x" for pay;
    limit pay 1_000_000/min of args.amount per caller.team;
    limit total * 1_000_000/hour per server as "all";
    limit pay 1_000_000/day;
    limit slow 2/min per grant;
    require approval for slow when args.amount > 1e6;
    hide drop;
"#;

/// Calls, and what comes of each again and again.
const CALLS: &[(&str, &str)] = &[
    (
        r#"{"name": "pay", "arguments": {"amount": 12.50, "currency": "EUR", "note": "n", "to": "a@b.c", "items": ["a"]},
            "grant": "key-7", "caller": {"team": "blue"}}"#,
        "allow",
    ),
    (r#"{"name": "pay", "arguments": {"amount": 100, "currency": "EUR", "to": "a"}}"#, "deny (not allowed)"),
    (r#"{"name": "pay", "arguments": {"amount": 1, "currency": "EUR", "to": "a@evil.com"}}"#, "deny deny@4"),
    (r#"{"name": "pay", "arguments": {"amount": 1, "currency": "EUR", "items": []}}"#, "deny require@5"),
    (r#"{"name": "slow", "arguments": {"amount": 5}, "grant": "key-8"}"#, "deny slow_rate"),
    (r#"{"name": "slow", "arguments": {"amount": 1000001}, "grant": "key-9"}"#, "approval approval@10"),
    (r#"{"name": "drop", "arguments": {}}"#, "deny (hidden)"),
    (r#"{"name": "unknown", "arguments": {}}"#, "deny (default deny)"),
];

#[test]
fn decisions_and_counts_of_known_keys_allocate_nothing() {
    let analysis = analyze("p.pol", "p.pol".as_ref(), POLICY, &Options::default(), &NoFiles);
    let checked = analysis.checked.as_ref().unwrap_or_else(|| panic!("{:#?}", analysis.diagnostics));
    let mut evaluator = Evaluator::new(&checked.policies()[0]);
    for (text, expected) in CALLS {
        let call = OwnedCall::parse(text).unwrap();
        // The first calls make the counters, and use up the limit that is to be used up.
        for _ in 0..3 {
            let _ = evaluator.call(&call.at(0));
        }
        let decision = evaluator.decide(&call.at(0));
        assert_eq!(format!("{} {}", decision.verdict.name(), decision.rule()).trim_end(), *expected, "{text}");
        let counted = allocation_counter::measure(|| {
            for _ in 0..100 {
                let decision = evaluator.call(&call.at(0));
                assert_eq!(
                    decision.decided_by.is_some(),
                    expected.contains('@') || expected.ends_with("_rate") || *expected == "deny (hidden)"
                );
            }
        });
        assert_eq!(counted.count_total, 0, "{text}");
    }
    // That allocations are seen at all.
    assert!(allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1)))).count_total > 0);
}
