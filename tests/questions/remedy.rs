//! Remedies against trying all calls of a small domain: what is given passes, no call of the domain that passes changes
//! fewer arguments or less, and where nothing is said to help nothing does.

use std::path::Path;

use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::json::{Json, Value};
use policyc_core::remedy::{Remedy, remedy};
use policyc_core::sema::{NoFiles, Options, analyze};
use proptest::prelude::*;
use proptest::sample::select;

/// The values of each argument of the domain; an empty text stands for none.
const DOMAIN: &[(&str, &[&str])] = &[
    ("a", &["", "-1", "0", "1", "2", "3", "4"]),
    ("b", &["", "0", "1", "2", "3", "4", "5"]),
    ("s", &["", "\"\"", "\"x\"", "\"xy\"", "\"yx\"", "\"xyy\""]),
    ("f", &["", "true", "false"]),
];

const ATOMS: &[&str] = &[
    "args.a <= 2",
    "args.a > 1",
    "args.a == 3",
    "args.a in [0, 4]",
    "args.b >= 2",
    "args.b < 5",
    "args.b != 3",
    "has args.b",
    "args.s like \"x*\"",
    "args.s like \"*y\"",
    "args.s contains \"yx\"",
    "args.s in [\"x\", \"xyy\"]",
    "args.s matches \"x?y+\"",
    "length(args.s) <= 2",
    "args.f == true",
    "has args.f",
    "caller.team == \"ops\"",
];

fn condition() -> impl Strategy<Value = String> {
    let atom = select(ATOMS).prop_map(str::to_owned);
    atom.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} and {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} or {right})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

fn statement() -> impl Strategy<Value = String> {
    let condition = condition();
    (select(&["allow", "allow", "deny", "require", "approval", "limit", "sum"][..]), condition).prop_map(
        |(kind, condition)| match kind {
            "require" => format!("require {condition} for t;"),
            "approval" => format!("require approval for t when {condition};"),
            "limit" => format!("limit t 1/min when {condition} as \"c{}\";", condition.len()),
            "sum" => format!("limit t 3/min of args.a when {condition} as \"s{}\";", condition.len()),
            kind => format!("{kind} t when {condition};"),
        },
    )
}

fn policy() -> impl Strategy<Value = String> {
    (select(&["deny *;", "allow *;"][..]), prop::collection::vec(statement(), 1..5)).prop_map(
        |(default, statements)| {
            let mut seen = std::collections::BTreeSet::new();
            let counter = |text: &String| text.split(" as ").nth(1).map(str::to_owned);
            let statements: Vec<String> =
                statements.into_iter().filter(|text| counter(text).is_none_or(|name| seen.insert(name))).collect();
            format!("{default} {}", statements.join(" "))
        },
    )
}

fn values() -> impl Strategy<Value = Vec<usize>> {
    DOMAIN.iter().map(|(_, values)| 0..values.len()).collect::<Vec<_>>()
}

fn arguments(chosen: &[usize]) -> String {
    let members = DOMAIN.iter().zip(chosen).filter(|((_, values), at)| !values[**at].is_empty());
    let members: Vec<String> = members.map(|((name, values), at)| format!("\"{name}\": {}", values[*at])).collect();
    format!("{{{}}}", members.join(", "))
}

/// All choices of values.
fn all() -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for (_, values) in DOMAIN {
        all = all
            .iter()
            .flat_map(|chosen: &Vec<usize>| (0..values.len()).map(|at| [chosen.as_slice(), &[at]].concat()))
            .collect();
    }
    all
}

/// The arguments that differ.
fn changed<'v>(from: Value<'v>, to: Value<'v>) -> Vec<(Option<Value<'v>>, Option<Value<'v>>)> {
    let pairs = DOMAIN.iter().map(|(name, _)| (from.get(name), to.get(name)));
    pairs.filter(|(from, to)| from.map(Value::source) != to.map(Value::source)).collect()
}

/// How far apart two values of one kind are.
fn distance(from: Option<Value<'_>>, to: Option<Value<'_>>) -> Option<u64> {
    let (from, to) = (from?, to?);
    match (from.as_number(), to.as_number(), from.as_str(), to.as_str()) {
        (Some(from), Some(to), ..) => Some((from.to_f64() - to.to_f64()).abs() as u64),
        (.., Some(from), Some(to)) => Some(strsim::levenshtein(from, to) as u64),
        _ => None,
    }
}

fn call<'a>(arguments: Value<'a>, caller: &'a Json, at: i64) -> Call<'a> {
    Call { server: None, name: "t", arguments, caller: Some(caller.root()), grant: None, at, approved: false }
}

proptest! {
    #[test]
    fn remedies_are_the_nearest_of_all(policy in policy(), chosen in values(), before in prop::collection::vec(values(), 0..3)) {
        let analysis = analyze("p.pol", Path::new("p.pol"), &policy, &Options::default(), &NoFiles);
        let Some(checked) = analysis.checked.as_ref() else { return Ok(()) };
        let mut evaluator = Evaluator::new(checked.policy().unwrap());
        let caller = Json::parse("{\"team\": \"dev\"}").unwrap();
        for chosen in before {
            let json = Json::parse(&arguments(&chosen)).unwrap();
            evaluator.call(&call(json.root(), &caller, 0));
        }
        let json = Json::parse(&arguments(&chosen)).unwrap();
        let denied = call(json.root(), &caller, 30);
        let verdict = evaluator.decide(&denied).verdict;
        let Some(remedy) = remedy(&evaluator, &denied) else {
            prop_assert_eq!(verdict, Verdict::Allow);
            return Ok(());
        };
        let fresh = Evaluator::new(checked.policy().unwrap());
        let all: Vec<Json> = all().iter().map(|chosen| Json::parse(&arguments(chosen)).unwrap()).collect();
        let context = format!("{policy}\n{}\n{remedy:?}", arguments(&chosen));
        match &remedy {
            Remedy::Undecided => prop_assert!(false, "{}", context),
            Remedy::Final { .. } => {
                for other in &all {
                    prop_assert_eq!(fresh.decide(&call(other.root(), &caller, 0)).verdict, Verdict::Deny, "{}\n{}", context, other.text());
                }
            }
            Remedy::Ways(ways) => {
                prop_assert_eq!(ways.approval.is_some(), verdict == Verdict::Approval);
                if let Some(time) = ways.retry_at {
                    prop_assert!(verdict == Verdict::Deny && evaluator.decide(&call(json.root(), &caller, time)).verdict != Verdict::Deny, "{}", context);
                    prop_assert_eq!(evaluator.decide(&call(json.root(), &caller, time - 1)).verdict, Verdict::Deny, "{}", context);
                }
                let passing: Vec<&Json> = all.iter().filter(|other| evaluator.decide(&call(other.root(), &caller, 30)).verdict == Verdict::Allow).collect();
                let Some(change) = &ways.change else {
                    prop_assert!(passing.is_empty(), "{}\n{}", context, passing[0].text());
                    return Ok(());
                };
                let given = Json::parse(&change.arguments).unwrap();
                let time = change.at.unwrap_or(30);
                prop_assert_eq!(evaluator.decide(&call(given.root(), &caller, time)).verdict, change.verdict, "{}", context);
                prop_assert!(change.fewest && change.verdict != Verdict::Deny, "{}", context);
                let differs = changed(json.root(), given.root());
                prop_assert_eq!(differs.len(), change.edits.len(), "{}", context);
                for other in passing {
                    prop_assert!(change.at.is_none(), "{}\n{}", context, other.text());
                    let other = changed(json.root(), other.root());
                    prop_assert!(differs.len() <= other.len(), "{}\n{:?}", context, other);
                    // A call that is held is given only where fewer arguments change.
                    prop_assert!(change.verdict == Verdict::Allow || differs.len() < other.len(), "{}\n{:?}", context, other);
                    if change.verdict == Verdict::Approval {
                        continue;
                    }
                    let ([one], [other]) = (differs.as_slice(), other.as_slice()) else { continue };
                    let same = one.0.map(Value::id) == other.0.map(Value::id) && one.0.is_some();
                    if let (true, Some(least)) = (same, distance(other.0, other.1)) {
                        let own = distance(one.0, one.1);
                        prop_assert!(own.is_some_and(|own| own <= least), "{}\n{:?} {:?}", context, other, own);
                    }
                }
            }
        }
    }
}
