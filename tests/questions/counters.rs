//! Counters of documents under comparison: whatever a run of calls shows, the verdict has said.

use policyc_core::analysis::ask::Domain;
use policyc_core::analysis::condition::NumberDomain;
use policyc_core::decider::{Decider, PolicyDecider};
use policyc_core::diff::{Verdict, compare};
use policyc_core::emit::find;
use policyc_core::eval::{Call, Verdict as Decided};
use policyc_core::ir::ServerId;
use policyc_core::json::Json;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::with_policy;

fn intercept(rules: &str) -> Box<dyn Decider> {
    let text = format!("version: \"1\"\ndefault: allow\ntools:\n  pay:\n    rules:\n{rules}");
    find("intercept").unwrap().read(&text).unwrap_or_else(|found| panic!("{found:?}\n{text}"))
}

fn cap(counter: &str, operator: &str, most: &str, window: &str, more: &str) -> String {
    format!(
        "      - name: {counter}\n        conditions: [{{path: state.pay.{counter}, op: {operator}, value: {most}}}]\n        \
         state: {{counter: {counter}, window: {window}{more}}}\n"
    )
}

/// A rule that lets only amounts between 0 and 100 through, so that no first call is refused by a sum.
const EACH: &str = "      - name: each\n        conditions: [{path: args.amount, op: lte, value: 100}, \
                    {path: args.amount, op: gte, value: 0}]\n";

#[test]
fn what_documents_count_is_compared() {
    let sum = |most: &str, window: &str| cap("spent", "lte", most, window, ", increment_from: args.amount") + EACH;
    let count = |most: &str, window: &str| cap("calls", "lte", most, window, "") + EACH;
    let twice = cap("calls", "lte", "4", "day", ", increment: 2") + EACH;
    let other = cap("spent", "lte", "100", "day", ", increment_from: args.fee") + EACH;
    let watch = |most: &str| {
        let looks = "      - name: looks\n        conditions: [{path: state.pay.calls, op: lt, value: ";
        format!("{}{looks}{most}}}]\n{EACH}", cap("calls", "lte", "9", "day", ""))
    };
    use Verdict::{Both, Looser, Same, Tighter, Undecided};
    let cases = [
        (sum("100", "day"), sum("100", "day"), Same),
        (sum("100", "day"), EACH.to_owned(), Looser),
        (EACH.to_owned(), sum("100", "day"), Tighter),
        (sum("100", "day"), sum("100000", "day"), Looser),
        (sum("100000", "day"), sum("100", "day"), Tighter),
        // In another window a negative amount makes room, so nothing is known without looking at amounts.
        (sum("100", "day"), sum("100", "hour"), Undecided),
        (sum("100", "day"), other.clone(), Both),
        (count("5", "day"), count("5", "day"), Same),
        (count("5", "day"), count("6", "day"), Looser),
        (count("5", "day"), count("4", "day"), Tighter),
        (count("24", "day"), count("1", "hour"), Tighter),
        (count("24", "day"), count("24", "hour"), Looser),
        (count("2", "day"), twice.clone(), Same),
        (count("3", "day"), twice.clone(), Tighter),
        (sum("100", "day"), count("1", "day"), Both),
        (watch("3"), watch("3"), Same),
        (watch("3"), watch("5"), Undecided),
        (watch("3"), count("9", "day"), Undecided),
        (count("9", "day"), watch("3"), Undecided),
    ];
    for (old, new, expected) in cases {
        let [before, after] = [&old, &new].map(|rules| intercept(rules));
        let diff = compare(before.as_ref(), after.as_ref(), Domain::Any, false);
        assert_eq!(diff.verdict, expected, "{old}--- and\n{new}");
    }
}

#[test]
fn sums_of_a_policy_and_of_a_document_are_compared() {
    let document = cap("spent", "lte", "100", "day", ", increment_from: args.amount") + EACH;
    let bounds = "require args.amount <= 100 for pay; require args.amount >= 0 for pay;";
    let cases = [
        // A sum of the language adds fractions and refuses negative amounts.
        ("limit pay 100/day of args.amount per server", Verdict::Undecided, Verdict::Undecided),
        ("limit pay 100/day of args.amount", Verdict::Undecided, Verdict::Undecided),
        ("limit pay 200/day of args.amount per server", Verdict::Undecided, Verdict::Undecided),
        ("limit pay 1/day per server", Verdict::Both, Verdict::Both),
        ("", Verdict::Looser, Verdict::Tighter),
    ];
    for (limit, to_policy, to_document) in cases {
        let policy = format!("allow *; {bounds} {limit}");
        with_policy(&policy, |policy| {
            let other = PolicyDecider::new(policy).of_server(ServerId(0), NumberDomain::Double);
            let document = intercept(&document);
            let verdict = |old: &dyn Decider, new: &dyn Decider| compare(old, new, Domain::Any, false).verdict;
            assert_eq!(verdict(document.as_ref(), &other), to_policy, "document -> {limit}");
            assert_eq!(verdict(&other, document.as_ref()), to_document, "{limit} -> document");
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn who_must_approve_is_compared() {
    let cases = [
        ("require approval by \"ann\" for t;", "require approval by \"ann\" for t;", Verdict::Same),
        ("require approval by \"ann\" for t;", "require approval by \"bob\" for t;", Verdict::Undecided),
        ("require approval by \"ann\" for t;", "require approval for t;", Verdict::Undecided),
        (
            "require approval by \"ann\" for t when args.n > 5; require approval by \"bob\" for t unless args.n > 5;",
            "require approval by \"bob\" for t when args.n > 5; require approval by \"ann\" for t unless args.n > 5;",
            Verdict::Undecided,
        ),
        (
            "require approval by \"ann\" for t when args.n > 5;",
            "require approval by \"ann\" for t when args.n > 3;",
            Verdict::Tighter,
        ),
        ("require approval by \"ann\" for t; deny t;", "require approval by \"bob\" for t; deny t;", Verdict::Same),
    ];
    for (old, new, expected) in cases {
        with_policy(&format!("allow *; {old}"), |before| {
            with_policy(&format!("allow *; {new}"), |after| {
                let [before, after] = [before, after].map(PolicyDecider::new);
                assert_eq!(compare(&before, &after, Domain::Any, false).verdict, expected, "{old}\n{new}");
                Ok(())
            })
        })
        .unwrap();
    }
}

/// The rules of one tool, or of all: counters of every kind, and conditions on counts that belong to another rule.
fn rules(owner: &'static str) -> impl Strategy<Value = String> {
    let increments =
        select(vec!["", ", increment: 2", ", increment: -1", ", increment_from: args.n", ", increment_from: args.n"]);
    let counter = (select(vec!["lte", "lt", "gte"]), -1_i8..4, select(vec!["minute", "hour"]), increments);
    let looks = proptest::option::weighted(0.2, (select(vec!["lt", "neq"]), 0_i8..3));
    let bounds = proptest::option::of(-1_i8..2);
    (proptest::collection::vec(counter, 0..3), looks, bounds).prop_map(move |(counters, looks, bounds)| {
        let mut out = String::new();
        for (index, (operator, value, window, more)) in counters.iter().enumerate() {
            out.push_str(&format!(
                "      - name: c{index}\n        conditions: [{{path: state.{owner}.c{index}, op: {operator}, value: {value}}}]\n        \
                 state: {{counter: c{index}, window: {window}{more}}}\n"
            ));
        }
        if let Some((operator, value)) = looks.filter(|_| !counters.is_empty()) {
            out.push_str(&format!(
                "      - name: looks\n        conditions: [{{path: state.{owner}.c0, op: {operator}, value: {value}}}]\n"
            ));
        }
        if let Some(least) = bounds {
            out.push_str(&format!("      - name: each\n        conditions: [{{path: args.n, op: gte, value: {least}}}]\n"));
        }
        out
    })
}

fn document() -> impl Strategy<Value = String> {
    (rules("t"), rules("u"), rules("_global")).prop_map(|(t, u, all)| {
        let list = |name: &str, rules: &str| match rules {
            "" => format!("  {name}: {{}}\n"),
            rules => format!("  {name}:\n    rules:\n{rules}"),
        };
        format!("version: \"1\"\ntools:\n{}{}{}", list("t", &t), list("u", &u), list("\"*\"", &all))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The first call of a run that the two documents decide otherwise goes in a direction that the verdict has.
    #[test]
    fn no_run_of_calls_contradicts_the_verdict(
        old in document(),
        new in document(),
        alike in any::<bool>(),
        number in 0_i8..4,
        run in proptest::collection::vec(
            (select(vec!["t", "u", "v"]), select(vec!["-2", "-1", "0", "0.5", "1", "1", "2", "3", "\"x\""]), 0_i64..90), 1..24
        ),
    ) {
        // Two documents that hardly differ are the harder case.
        let new = if alike { old.replacen("value: 2", &format!("value: {number}"), 1) } else { new };
        let target = find("intercept").unwrap();
        let (before, after) = (target.read(&old).unwrap(), target.read(&new).unwrap());
        let verdict = compare(before.as_ref(), after.as_ref(), Domain::Any, false).verdict;
        let (mut before, mut after) = (before.run(), after.run());
        let mut at = 0;
        for (tool, n, wait) in run {
            at += wait;
            let arguments = Json::parse(&format!("{{\"n\": {n}}}")).unwrap();
            let arguments = arguments.root();
            let call = Call { server: None, name: tool, arguments, caller: None, grant: None, at, approved: false };
            let passes = |verdict: Decided| verdict == Decided::Allow;
            let (was, is) = (passes(before.call(&call).verdict), passes(after.call(&call).verdict));
            if was != is {
                let said = if is { verdict.may_be_looser() } else { verdict.may_be_tighter() };
                prop_assert!(said, "{verdict:?}, yet {tool} {n} at {at} was {was} and is {is}\n{old}---\n{new}");
                return Ok(());
            }
        }
    }
}
