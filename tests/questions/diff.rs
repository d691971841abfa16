//! What a change of a policy, or of a catalogue, does to all calls: what is said, and that it is true.
//!
//! `tests/diff/NAME.old.pol` and `NAME.new.pol` are compared, and snapshots show what people and pull requests are told;
//! a new pair of files is a new test.

use std::path::Path;

use crate::support::{calls, classed_text, in_process, policy_text, with_classes, with_policy};
use policyc::analysis::ask::Universe;
use policyc::cli::Exit;
use policyc::decider::PolicyDecider;
use policyc::diff::limits::Relation;
use policyc::diff::{Diff, Outcome, ToolName, Verdict, compare};
use policyc::eval::{Call, Evaluator};
use policyc::ir::{Effect, Policy};
use policyc::json::Json;
use proptest::prelude::*;
use proptest::sample::select;

fn diff(old: &Policy, new: &Policy) -> Diff {
    let [old, new] = [old, new].map(PolicyDecider::new);
    compare(&old, &new, Universe::Any, false)
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
            let text = |text: &Option<policyc::diff::limits::LimitText>| {
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
        policyc::eval::Verdict::Allow => Outcome::Allowed,
        policyc::eval::Verdict::Approval => Outcome::Approval,
        policyc::eval::Verdict::Deny if matches!(rule, Some(Effect::Hide)) => Outcome::Hidden,
        policyc::eval::Verdict::Deny => Outcome::Denied,
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
fn of_tool<'d>(diff: &'d Diff, name: &str, known: &[&str]) -> Vec<&'d policyc::diff::Change> {
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
                    let moved = call.with(|call| (outcome(&before, call), outcome(&after, call)));
                    prop_assert_eq!(moved, Some((Outcome::Allowed, Outcome::Allowed)));
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
                if is == policyc::eval::Verdict::Allow {
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
                if after.call(&call).verdict == policyc::eval::Verdict::Allow {
                    let refused = before.decide(&call).verdict != policyc::eval::Verdict::Allow;
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

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff").join(name);
    path.to_str().unwrap().to_owned()
}

/// What a command prints, with the place of the fixtures left out.
fn printed(arguments: &[&str]) -> (Exit, String) {
    let (exit, output, error) = in_process(arguments, b"");
    assert_eq!(error, "", "{arguments:?}");
    let folder = format!("{}/", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff").to_str().unwrap());
    (exit, output.replace(&folder, ""))
}

#[test]
fn pairs_of_policies() {
    insta::glob!("../diff", "*.old.pol", |path| {
        let old = path.to_str().unwrap();
        let new = old.replace(".old.pol", ".new.pol");
        let ways = ["human", "markdown"].map(|format| printed(&["diff", old, &new, "--format", format]).1);
        insta::assert_snapshot!("pair", ways.join("\n=====\n\n"));
    });
}

#[test]
fn two_catalogues_under_one_policy() {
    let [policy, old, new] = ["mail.pol", "mail-1.json", "mail-2.json"].map(fixture);
    let arguments = ["diff", &policy, "--catalogue-old", &old, "--catalogue-new", &new];
    let ways = ["human", "markdown"].map(|format| printed(&[&arguments[..], &["--format", format]].concat()));
    assert_eq!(ways[0].0, Exit::Findings);
    insta::assert_snapshot!("catalogues", format!("{}\n=====\n\n{}", ways[0].1, ways[1].1));
    let json: serde_json::Value = serde_json::from_str(&printed(&[&arguments[..], &["--json"]].concat()).1).unwrap();
    insta::assert_snapshot!("catalogues_json", format!("{json:#}"));
    // Back again, what was added is removed, and the other way round.
    let back = printed(&["diff", &policy, "--catalogue-old", &new, "--catalogue-new", &old]).1;
    assert!(back.contains("removed: delete_thread") && back.contains("added: list_labels"), "{back}");
    let same = printed(&["diff", &policy, "--catalogue-old", &new, "--catalogue-new", &new]);
    assert!(same.0 == Exit::Fine && same.1.contains(": same\n"), "{}", same.1);
}

#[test]
fn a_catalogue_that_breaks_the_policy_is_undecided() {
    let [policy, old, new] = ["breaks.pol", "mail-1.json", "mail-2.json"].map(fixture);
    let (exit, text) = printed(&["diff", &policy, "--catalogue-old", &old, "--catalogue-new", &new]);
    assert_eq!(exit, Exit::Findings);
    assert!(text.contains(": undecided\n") && text.contains("error[P201 unknown-tool]"), "{text}");
    assert!(text.contains("likely renamed: get_mail to get_message"), "{text}");
}

/// Runs `policyc diff` on texts, each with the name of its file.
fn run(files: &[(&str, &str)], arguments: &[&str]) -> (Exit, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let is_file = |argument: &&str| files.iter().any(|(name, _)| name == argument);
    let full: Vec<String> = arguments
        .iter()
        .map(|argument| match is_file(argument) {
            true => folder.path().join(argument).to_str().unwrap().to_owned(),
            false => (*argument).to_owned(),
        })
        .collect();
    let full: Vec<&str> = ["diff"].into_iter().chain(full.iter().map(String::as_str)).collect();
    let (exit, output, error) = in_process(&full, b"");
    (exit, output + &error)
}

#[test]
fn exit_status() {
    let files = [
        ("a.pol", "deny *; allow t;"),
        ("b.pol", "deny *;"),
        ("c.pol", "deny *; allow u;"),
        ("e.pol", "allow t when;"),
    ];
    let cases = [
        (["a.pol", "a.pol"], [Exit::Fine; 4]),
        (["a.pol", "b.pol"], [Exit::Fine, Exit::Findings, Exit::Findings, Exit::Fine]),
        (["b.pol", "a.pol"], [Exit::Findings, Exit::Fine, Exit::Findings, Exit::Fine]),
        (["a.pol", "c.pol"], [Exit::Findings, Exit::Findings, Exit::Findings, Exit::Fine]),
        (["a.pol", "e.pol"], [Exit::Findings; 4]),
        (["a.pol", "none.pol"], [Exit::Failure; 4]),
    ];
    for (sides, exits) in cases {
        for (fail_on, exit) in ["looser", "tighter", "any", "never"].into_iter().zip(exits) {
            let (found, text) = run(&files, &[sides[0], sides[1], "--fail-on", fail_on]);
            assert_eq!(found, exit, "{sides:?} {fail_on}: {text}");
        }
    }
    assert_eq!(run(&files, &["a.pol", "b.pol"]).0, Exit::Fine);
    assert_eq!(run(&files, &["b.pol", "a.pol"]).0, Exit::Findings);
}

#[test]
fn policies_of_several_blocks_are_compared_by_name() {
    let files = [
        ("a.pol", "deny *;\npolicy x { allow t; }\npolicy y { allow u; }\n"),
        ("b.pol", "deny *;\npolicy z { allow t; }\npolicy y { allow u; allow v; }\n"),
        ("one.pol", "deny *; allow u;"),
    ];
    let (exit, text) = run(&files, &["a.pol", "b.pol"]);
    assert_eq!(exit, Exit::Findings);
    for line in ["Policy z is new; it cannot be compared.", "Policy x is gone; it cannot be compared."] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("v: looser"), "{text}");
    assert_eq!(run(&files, &["a.pol", "b.pol", "--policy", "y", "--fail-on", "tighter"]).0, Exit::Fine);
    assert_eq!(run(&files, &["one.pol", "a.pol", "--policy", "y", "--fail-on", "any"]).0, Exit::Fine);
}

#[test]
fn documents_of_gateways_stand_on_either_side() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/just_facebook");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let [policy, hosted, intercept] =
        ["just_facebook.pol", "just_facebook.policylayer.json", "just_facebook.intercept.yaml"].map(path);
    for (old, new, exit, verdict) in [
        (&policy, &hosted, Exit::Fine, "same"),
        (&hosted, &policy, Exit::Fine, "same"),
        // Intercept counts for all callers together.
        (&policy, &intercept, Exit::Fine, "tighter"),
        (&intercept, &hosted, Exit::Findings, "looser"),
    ] {
        let (found, text, error) = in_process(&["diff", old, new], b"");
        assert!(found == exit && text.contains(&format!(": {verdict}\n")), "{text}{error}");
    }
    let document = r#"{"version": "1", "default": "deny", "tools": {"t": {"require": [{"conditions": [{"path": "args.n", "op": "lte", "value": 10}], "on_deny": "no"}]}}}"#;
    let files = [("a.pol", "deny *; allow t when args.n <= 5; require approval for u;"), ("d.json", document)];
    let (exit, text) = run(&files, &["a.pol", "d.json"]);
    assert!(exit == Exit::Findings && text.contains("{\"name\": \"t\", \"arguments\": {\"n\": 10}}"), "{text}");
    assert!(text.contains("u: tighter"), "{text}");
    for (name, text) in [("d.yaml", ""), ("d.yml", "# nothing\n"), ("d.JSON", "deny *;")] {
        let (exit, said) = run(&[("a.pol", "deny *; allow t;"), (name, text)], &["a.pol", name]);
        assert!(exit == Exit::Failure && said.contains("policies end in `.pol`"), "{name}: {said}");
    }
    let (exit, text) = run(&[("d.json", "{}"), ("a.pol", "deny *;")], &["d.json", "a.pol"]);
    assert!(exit == Exit::Failure && text.contains("is no document for the PolicyLayer hosted gateway"), "{text}");
}

/// Nothing in a policy ends the part of the Markdown that it stands in.
#[test]
fn hostile_texts_stay_texts() {
    let name = "x`y </details> <img src=x> | [a](b) @all \\u202e ``` #1";
    let old = format!("deny *; deny \"{name}\" when args.a == \"```\\n</details>\" because \"``` <script> | `\";");
    let new = format!(
        "deny *; allow \"{name}\" when args.a == \"```\\n</details>\u{202e}\"; limit \"{name}\" 1/min as \"`|\";"
    );
    let files = [("a.pol", old.as_str()), ("b.pol", new.as_str())];
    let (_, text) = run(&files, &["a.pol", "b.pol", "--format", "markdown"]);
    assert!(!text.contains('\u{202e}'), "{text}");
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            assert!(line == "  ```json" && !fenced || line == "  ```" && fenced, "{line}");
            fenced = !fenced;
        } else if !fenced {
            // Outside of code, only our own tags.
            let mut outside = String::new();
            let mut rest = line;
            while let Some(at) = rest.find('`') {
                outside.push_str(&rest[..at]);
                let ticks = rest[at..].len() - rest[at..].trim_start_matches('`').len();
                let after = &rest[at + ticks..];
                let fence = "`".repeat(ticks);
                let end = after
                    .match_indices(&fence)
                    .map(|(end, _)| end)
                    .find(|end| !after[..*end].ends_with('`') && !after[end + ticks..].starts_with('`'));
                let end = end.unwrap_or_else(|| panic!("code does not end: {line}"));
                rest = &after[end + ticks..];
            }
            outside.push_str(rest);
            for tag in ["<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"] {
                outside = outside.replace(tag, "");
            }
            assert!(!outside.contains('<') && !outside.contains("@all") && !outside.contains("]("), "{line}");
        }
    }
    assert!(!fenced);
    let (_, json) = run(&files, &["a.pol", "b.pol", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["policies"][0]["changes"][0]["moves"][0]["from"], "denied");
}

#[test]
fn servers_are_matched_by_name() {
    let [mail, shop] = ["read_mail", "get_order"].map(|tool| format!(r#"{{"tools": [{{"name": "{tool}"}}]}}"#));
    let files = [
        ("mail.json", mail.as_str()),
        ("shop.json", shop.as_str()),
        (
            "both.pol",
            "server mail from \"mail.json\"; server shop from \"shop.json\"; deny *; allow mail::*, get_order;",
        ),
        ("mail.pol", "server mail from \"mail.json\"; deny *; allow mail::*;"),
        ("post.pol", "server post from \"mail.json\"; deny *; allow post::*;"),
        ("plain.pol", "deny *; allow read_mail, get_order;"),
    ];
    let (exit, text) = run(&files, &["both.pol", "mail.pol"]);
    assert!(exit == Exit::Fine && text.contains("shop::get_order: tighter"), "{text}");
    assert!(text.contains("{\"name\": \"get_order\", \"arguments\": {}, \"server\": \"shop\"}"), "{text}");
    let (exit, text) = run(&files, &["mail.pol", "post.pol"]);
    assert!(exit == Exit::Fine && text.contains("compared as one server"), "{text}");
    // A side without names takes any server for its own.
    let (exit, text) = run(&files, &["both.pol", "plain.pol"]);
    assert!(exit == Exit::Findings && !text.contains("mail::get_order"), "{text}");
    assert!(text.contains("any other tool of mail: tighter") && text.contains("shop::read_mail: looser"), "{text}");
}

/// Examples satisfy the schema where a call that does can move, and it is said where none can.
#[test]
fn valid_calls() {
    let catalogue = r#"{"tools": [{"name": "t", "inputSchema": {"type": "object", "required": ["n"], "properties": {
        "n": {"type": "integer", "maximum": 10}}}}]}"#;
    let files = [
        ("shop.json", catalogue),
        ("a.pol", "server shop from \"shop.json\"; deny *; allow t when args.n <= 5;"),
        ("b.pol", "server shop from \"shop.json\"; deny *; allow t when args.n <= 7;"),
        (
            "c.pol",
            "server shop from \"shop.json\"; deny *; allow t when args.n <= 5 or args.n > 5.25 and args.n < 5.75;",
        ),
    ];
    let (_, text) = run(&files, &["a.pol", "b.pol"]);
    assert!(text.contains("{\"n\": 6}") || text.contains("{\"n\": 7}"), "{text}");
    let (exit, text) = run(&files, &["a.pol", "c.pol"]);
    assert!(exit == Exit::Findings && text.contains("no call of this tool that its inputSchema admits"), "{text}");
    let (exit, text) = run(&files, &["a.pol", "c.pol", "--valid"]);
    assert!(exit == Exit::Fine && text.contains(": same\n"), "{text}");
    let (exit, _) = run(&files, &["a.pol", "b.pol", "--valid"]);
    assert_eq!(exit, Exit::Findings);
}
