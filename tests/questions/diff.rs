//! What a change of a policy does to all calls: what is found, and that it is true.

use crate::support::{calls, classed_text, policy_text, with_classes, with_policy};
use policyc_core::analysis::ask::Domain;
use policyc_core::decider::PolicyDecider;
use policyc_core::diff::limits::Relation;
use policyc_core::diff::{Diff, Outcome, ToolName, Verdict, compare};
use policyc_core::eval::{Call, Evaluator};
use policyc_core::ir::{Effect, Policy};
use policyc_core::json::Json;
use proptest::prelude::*;
use proptest::sample::select;

fn diff(old: &Policy, new: &Policy) -> Diff {
    let [old, new] = [old, new].map(PolicyDecider::new);
    compare(&old, &new, Domain::Any, false)
}

fn diff_texts(old: &str, new: &str) -> Diff {
    let mut found = None;
    with_policy(old, |before| {
        with_policy(new, |after| {
            found = Some(diff(before, after));
            Ok(())
        })
    })
    .unwrap();
    found.unwrap_or_else(|| panic!("one of these has errors:\n{old}\n---\n{new}"))
}

/// What is said of each tool, short: `t: denied -> allowed {"n": 1}`, `t: limit LOOSER OLD => NEW`.
fn said(diff: &Diff) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &diff.changes {
        let name = |tool: &ToolName| tool.tool.clone().unwrap_or_else(|| "any other".to_owned());
        let tools: Vec<String> = change.tools.iter().map(name).collect();
        let tools = tools.join(", ");
        for step in &change.moves {
            let example = step.example.as_ref().map_or("-", |example| &example.call.arguments);
            lines.push(format!("{tools}: {} -> {} {example}", step.from.name(), step.to.name()));
        }
        for limit in &change.limits {
            let text = |text: &Option<policyc_core::diff::limits::LimitText>| {
                text.as_ref().map_or_else(|| "-".to_owned(), |text| text.text.clone())
            };
            let example = limit.example.as_ref().map_or_else(String::new, |call| format!(" {}", call.arguments));
            let (old, new) = (text(&limit.old), text(&limit.new));
            lines.push(format!("{tools}: {} {old} => {new}{example}", limit.relation.name()));
        }
    }
    lines.sort();
    lines
}

const SAME: Verdict = Verdict::Same;
const TIGHTER: Verdict = Verdict::Tighter;
const LOOSER: Verdict = Verdict::Looser;
const BOTH: Verdict = Verdict::Both;

/// An old and a new policy, the verdict, and what is said.
const CASES: &[(&str, &str, Verdict, &[&str])] = &[
    ("deny *; allow t;", "deny *; allow t;", SAME, &[]),
    // Other words for the same.
    ("deny *; allow t when args.n >= 1;", "deny *; allow t when not (args.n < 1) and args.n >= 1;", SAME, &[]),
    ("deny *; allow t when args.n in [1, 2];", "allow t when args.n == 1; allow t when args.n == 2.0;", SAME, &[]),
    ("deny *; deny t;", "deny *;", SAME, &[]),
    ("allow *; deny t;", "deny *; allow * except t;", SAME, &[]),
    ("deny *; allow t when args.s like \"a*\";", "allow t when args.s matches \"a(.|\\\\n)*\";", SAME, &[]),
    ("deny *; allow t;", "deny *; hide t;", TIGHTER, &["t: allowed -> hidden {}"]),
    ("deny *; hide t;", "deny *; deny t;", LOOSER, &["t: hidden -> denied {}"]),
    ("deny *; allow t;", "deny *; require approval for t;", TIGHTER, &["t: allowed -> approval {}"]),
    ("deny *; require approval for t;", "deny *; allow t;", LOOSER, &["t: approval -> allowed {}"]),
    ("deny *; require approval for t;", "deny *;", TIGHTER, &["t: approval -> denied {}"]),
    (
        "deny *; allow t when args.n <= 100;",
        "deny *; allow t when args.n <= 500;",
        LOOSER,
        &["t: denied -> allowed {\"n\": 500}"],
    ),
    (
        "deny *; allow t when args.s == \"a\";",
        "deny *; allow t when args.s == \"b\";",
        BOTH,
        &["t: allowed -> denied {\"s\": \"a\"}", "t: denied -> allowed {\"s\": \"b\"}"],
    ),
    ("deny *; allow a; allow b;", "deny *; allow c;", BOTH, &["a, b: allowed -> denied {}", "c: denied -> allowed {}"]),
    // Tools that nobody names.
    ("deny *; allow t;", "allow *;", LOOSER, &["any other: denied -> allowed {}"]),
    // Limits.
    ("limit t 30/min;", "limit t 60/min;", LOOSER, &["t: looser 30/minute per grant => 60/minute per grant"]),
    (
        "limit t 30/min;",
        "limit t 30/min per server;",
        TIGHTER,
        &["t: tighter 30/minute per grant => 30/minute per server"],
    ),
    (
        "limit t 30/min;",
        "limit t 30/min per caller.team;",
        BOTH,
        &["t: not comparable 30/minute per grant => 30/minute per caller.team"],
    ),
    // 60 minutes have room for 60 calls, but not all in one minute.
    ("limit t 60/hour;", "limit t 1/min;", TIGHTER, &["t: tighter 60/hour per grant => 1/minute per grant"]),
    ("limit t 60/hour;", "limit t 2/min;", BOTH, &["t: not comparable 60/hour per grant => 2/minute per grant"]),
    ("limit t 7/90s;", "limit t 5/min;", BOTH, &["t: not comparable 7/90second per grant => 5/minute per grant"]),
    (
        "limit t 61/hour;",
        "limit t 1/min; limit t 60/hour per server;",
        TIGHTER,
        &["t: tighter - => 60/hour per server", "t: tighter 61/hour per grant => 1/minute per grant"],
    ),
    ("limit t 30/min;", "limit t 30/min as \"other\";", SAME, &["t: same 30/minute per grant => 30/minute per grant"]),
    ("limit t 30/min;", "allow t;", LOOSER, &["t: looser 30/minute per grant => -"]),
    ("allow t;", "allow t; limit t 5/hour;", TIGHTER, &["t: tighter - => 5/hour per grant"]),
    ("deny *;", "limit t 5/hour;", LOOSER, &["t: denied -> allowed {}", "t: of new calls - => 5/hour per grant"]),
    (
        "allow t; limit t 5/hour;",
        "allow t; limit t 5/hour when has args.n;",
        LOOSER,
        &["t: looser 5/hour per grant => 5/hour per grant when has args.n {}"],
    ),
    // Two limits that share the calls between them let pass twice as much.
    (
        "allow t; limit t 5/hour;",
        "allow t; limit t 5/hour when has args.n as \"a\"; limit t 5/hour when not has args.n as \"b\";",
        LOOSER,
        &["t: looser 5/hour per grant => 5/hour per grant when has args.n {}"],
    ),
    // The condition of the new limit is wider than what is allowed.
    (
        "deny *; allow t when args.n == 1; limit t 5/hour;",
        "deny *; allow t when args.n == 1; limit t 5/hour when args.n < 2 as \"t_rate_hour\";",
        SAME,
        &[],
    ),
    (
        "limit total a, b 9/min as \"x\";",
        "limit a 9/min; limit b 9/min;",
        LOOSER,
        &["a, b: looser total 9/minute per grant => 9/minute per grant"],
    ),
    (
        "limit total a, b 9/min as \"x\";",
        "limit total a, b, c 9/min as \"x\";",
        LOOSER,
        &["c: denied -> allowed {}", "c: of new calls - => total 9/minute per grant"],
    ),
    (
        "allow *; limit total * 9/min;",
        "allow *; limit * 9/min;",
        LOOSER,
        &["any other: looser total 9/minute per grant => 9/minute per grant"],
    ),
    // Of the two tools one is refused now, so the limit of the other is as tight as it was.
    ("limit total a, b 9/min as \"x\";", "limit a 9/min; deny b;", TIGHTER, &["b: allowed -> denied {}"]),
    (
        "limit t 100/day of args.n;",
        "limit t 50.5/day of args.n;",
        TIGHTER,
        &[
            "t: allowed -> denied {\"n\": 100}",
            "t: tighter 100/day of args.n per grant => 50.5/day of args.n per grant",
        ],
    ),
    (
        "allow t; limit t 100/day of args.n;",
        "allow t; limit t 100/day of args.m;",
        BOTH,
        &[
            "t: allowed -> denied {\"n\": 100}",
            "t: denied -> allowed {\"m\": 100}",
            "t: not comparable 100/day of args.n per grant => 100/day of args.m per grant",
        ],
    ),
    (
        "limit total a, b 9/min as \"x\"; allow c;",
        "limit total a, b, c 9/min as \"x\";",
        TIGHTER,
        &[
            "a, b: tighter total 9/minute per grant => total 9/minute per grant",
            "c: tighter - => total 9/minute per grant",
        ],
    ),
    ("allow t; limit t 0/min;", "allow t; limit t 0/hour;", SAME, &[]),
    // What is denied anyway is bounded by nothing.
    ("deny t; limit t 5/min;", "deny t; limit t 50/min;", SAME, &[]),
];

#[test]
fn cases() {
    let mut wrong = Vec::new();
    for (old, new, verdict, lines) in CASES {
        let found = diff_texts(old, new);
        let found = (found.verdict, said(&found));
        let mut wanted: Vec<String> = lines.iter().map(ToString::to_string).collect();
        wanted.sort();
        if found != (*verdict, wanted) {
            wrong.push(format!("{old}\n{new}\n{:?}\n{}", found.0, found.1.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The other way round, looser is tighter.
#[test]
fn the_other_way_round() {
    let turned = |verdict: Verdict| match verdict {
        Verdict::Looser => Verdict::Tighter,
        Verdict::Tighter => Verdict::Looser,
        other => other,
    };
    for (old, new, verdict, _) in CASES {
        assert_eq!(diff_texts(new, old).verdict, turned(*verdict), "{new} -> {old}");
    }
}

fn outcome(evaluator: &Evaluator<'_>, call: &Call<'_>) -> Outcome {
    let decision = evaluator.decide(call);
    let rule = decision.decided_by.map(|index| &evaluator.policy().rules[index].effect);
    match decision.verdict {
        policyc_core::eval::Verdict::Allow => Outcome::Allowed,
        policyc_core::eval::Verdict::Approval => Outcome::Approval,
        policyc_core::eval::Verdict::Deny if matches!(rule, Some(Effect::Hide)) => Outcome::Hidden,
        policyc_core::eval::Verdict::Deny => Outcome::Denied,
    }
}

/// Two policies: unrelated, or the second with some statements of the first left out or put in.
fn two_policies() -> impl Strategy<Value = (String, String)> {
    let related = (policy_text(), policy_text(), any::<u8>(), any::<u8>()).prop_map(|(first, second, keep, add)| {
        let picked = |text: &str, bits: u8| -> Vec<String> {
            let statements = text.lines().skip(1).filter(|line| !line.is_empty()).enumerate();
            statements.filter(|(at, _)| bits >> (at % 8) & 1 == 1).map(|(_, line)| line.to_owned()).collect()
        };
        let default = first.lines().next().unwrap_or_default();
        let mut lines = vec![default.to_owned()];
        lines.extend(picked(&first, keep));
        lines.extend(picked(&second, add & 1));
        (first.clone(), lines.join("\n"))
    });
    prop_oneof![1 => (policy_text(), policy_text()), 3 => related]
}

/// What a diff says of a tool.
fn of_tool<'d>(diff: &'d Diff, name: &str, known: &[&str]) -> Vec<&'d policyc_core::diff::Change> {
    let is = |tool: &ToolName| match &tool.tool {
        Some(tool) => tool == name,
        None => !known.contains(&name),
    };
    diff.changes.iter().filter(|change| change.tools.iter().any(is)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_call_that_moves_is_told((old_text, new_text) in two_policies(), calls in calls()) {
        with_policy(&old_text, |old| with_policy(&new_text, |new| {
            let diff = diff(old, new);
            prop_assert_ne!(diff.verdict, Verdict::Undecided);
            let known: Vec<&str> =
                old.tools.iter().chain(new.tools.iter()).map(|tool| tool.name.as_str()).collect();
            let (before, after) = (Evaluator::new(old), Evaluator::new(new));
            for (name, arguments, _, _) in &calls {
                let arguments = Json::parse(arguments).unwrap();
                let call =
                    Call { server: None, name, arguments: arguments.root(), caller: None, grant: None, at: 0, approved: false };
                let (was, is) = (outcome(&before, &call), outcome(&after, &call));
                if was == is {
                    continue;
                }
                let told = of_tool(&diff, name, &known).into_iter().flat_map(|change| &change.moves)
                    .any(|step| (step.from, step.to) == (was, is));
                prop_assert!(told, "{} {}: {:?} -> {:?} is not told", name, arguments.text(), was, is);
                let right = if is < was { diff.verdict.may_be_looser() } else { diff.verdict.may_be_tighter() };
                prop_assert!(right, "{:?}", diff.verdict);
            }
            // Examples move as they are said to.
            for change in &diff.changes {
                for step in &change.moves {
                    let example = step.example.as_ref().expect("an example");
                    let moved = example.call.with(|call| (outcome(&before, call), outcome(&after, call)));
                    prop_assert_eq!(moved, Some((step.from, step.to)));
                    prop_assert_eq!((example.was.outcome, example.now.outcome), (step.from, step.to));
                }
                for call in change.limits.iter().filter_map(|limit| limit.example.as_ref()) {
                    // A limit counts the calls that pass, those that wait for approval among them.
                    let passes = |outcome| matches!(outcome, Outcome::Allowed | Outcome::Approval);
                    let (was, is) = call.with(|call| (outcome(&before, call), outcome(&after, call))).unwrap();
                    prop_assert!(passes(was) && passes(is), "{:?} -> {:?}", was, is);
                }
            }
            Ok(())
        }))?;
    }

    /// The same where rules select by sets that overlap, of a catalogue and of settings.
    #[test]
    fn every_call_of_a_set_that_moves_is_told(old_text in classed_text(), new_text in classed_text(), calls in calls()) {
        with_classes(&old_text, |old| with_classes(&new_text, |new| {
            let diff = diff(old, new);
            prop_assert_ne!(diff.verdict, Verdict::Undecided);
            let (before, after) = (Evaluator::new(old), Evaluator::new(new));
            for (name, arguments, _, _) in &calls {
                let arguments = Json::parse(arguments).unwrap();
                let call =
                    Call { server: None, name, arguments: arguments.root(), caller: None, grant: None, at: 0, approved: false };
                let (was, is) = (outcome(&before, &call), outcome(&after, &call));
                let right = if is < was { diff.verdict.may_be_looser() } else { diff.verdict.may_be_tighter() };
                prop_assert!(was == is || right, "{:?}: {} {}", diff.verdict, name, arguments.text());
            }
            Ok(())
        }))?;
    }

    /// Where nothing is looser, the new policy lets nothing pass, over any sequence of calls, that the old one would refuse
    /// had it counted exactly the calls that the new one let pass.
    #[test]
    fn what_is_not_looser_lets_no_more_pass((old_text, new_text) in two_policies(), calls in calls()) {
        with_policy(&old_text, |old| with_policy(&new_text, |new| {
            if diff(old, new).verdict.may_be_looser() {
                return Ok(());
            }
            let (mut before, mut after) = (Evaluator::new(old), Evaluator::new(new));
            let mut sorted: Vec<_> = calls.iter().collect();
            sorted.sort_by_key(|call| call.3);
            for (name, arguments, grant, at) in sorted.into_iter().cycle().take(120) {
                let arguments = Json::parse(arguments).unwrap();
                let call =
                    Call { server: None, name, arguments: arguments.root(), caller: None, grant: Some(grant), at: *at, approved: false };
                let is = after.call(&call).verdict;
                if is == policyc_core::eval::Verdict::Allow {
                    let was = before.decide(&call);
                    prop_assert_eq!(was.verdict, is, "{} {}: {}", name, arguments.text(), was.reason());
                    before.count(&call);
                }
            }
            Ok(())
        }))?;
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    /// The same for limits alone, with policies that differ in one thing or two.
    #[test]
    fn limits_that_are_not_looser_bound_as_much((old, new) in two_lists_of_limits(), times in proptest::collection::vec(limited_call(), 40)) {
        with_policy(&old, |old| with_policy(&new, |new| {
            let diff = diff(old, new);
            let looser = diff.verdict.may_be_looser();
            let (mut before, mut after) = (Evaluator::new(old), Evaluator::new(new));
            let mut times = times.clone();
            times.sort_by_key(|time| time.0);
            for (at, name, grant, arguments) in times {
                let arguments = Json::parse(arguments).unwrap();
                let call =
                    Call { server: None, name, arguments: arguments.root(), caller: None, grant: Some(grant), at, approved: false };
                if after.call(&call).verdict == policyc_core::eval::Verdict::Allow {
                    let refused = before.decide(&call).verdict != policyc_core::eval::Verdict::Allow;
                    prop_assert!(looser || !refused, "{:?}", said(&diff));
                    before.count(&call);
                }
            }
            if diff.verdict == Verdict::Same {
                let quiet = |relation: Relation| matches!(relation, Relation::Same | Relation::OfNewCalls);
                prop_assert!(diff.changes.iter().flat_map(|change| &change.limits).all(|limit| quiet(limit.relation)));
            }
            Ok(())
        }))?;
    }
}

/// A time, a tool, a grant, and arguments. There are few, so that limits are reached.
fn limited_call() -> impl Strategy<Value = (i64, &'static str, &'static str, &'static str)> {
    let arguments = select(&["{}", "{\"n\": 1}", "{\"n\": -1}"][..]);
    (0i64..190, select(&["a", "a", "b", "c"][..]), select(&["x", "y"][..]), arguments)
}

type LimitParts = (&'static str, &'static str, &'static str, &'static str);

fn limit_parts() -> impl Strategy<Value = LimitParts> {
    (
        select(&["a", "b", "total a, b", "total *", "total * except b"][..]),
        select(&["1/min", "2/min", "3/min", "1/30s", "2/30s", "2/90s", "4/2min", "3/3min"][..]),
        select(&["", "", " per server"][..]),
        select(&["", "", " when has args.n", " when args.n > 0", " when not has args.n"][..]),
    )
}

/// One or two limits, and the same with some parts of some taken from others.
fn two_lists_of_limits() -> impl Strategy<Value = (String, String)> {
    let text = |limits: &[LimitParts], dropped: Option<usize>, default: &str| {
        let kept = limits.iter().enumerate().filter(|(at, _)| Some(*at) != dropped);
        let lines =
            kept.map(|(at, (tools, rate, scope, when))| format!("limit {tools} {rate}{scope}{when} as \"c{at}\";"));
        format!("{default}\n{}\n", lines.collect::<Vec<_>>().join("\n"))
    };
    let default = select(&["allow *;", "allow *; deny b;", "allow *; deny * when args.n > 0;"][..]);
    let lists = (proptest::collection::vec(limit_parts(), 1..3), proptest::collection::vec(limit_parts(), 2));
    (lists, 0u8..16, proptest::option::weighted(0.2, 0usize..2), default).prop_map(
        move |((old, other), parts, dropped, default)| {
            let mixed = old.iter().zip(&other).enumerate().map(|(at, (old, other))| {
                // Only the first list entry is changed for small numbers.
                let pick = |bit: u8| at == 0 && parts >> bit & 1 == 1;
                (
                    if pick(0) { other.0 } else { old.0 },
                    if pick(1) { other.1 } else { old.1 },
                    if pick(2) { other.2 } else { old.2 },
                    if pick(3) { other.3 } else { old.3 },
                )
            });
            let new: Vec<LimitParts> = mixed.collect();
            (text(&old, None, "allow *;"), text(&new, dropped, default))
        },
    )
}
