//! The exact analysis against trying calls: what is found is confirmed, what is called impossible is not found.

use std::path::Path;

use policyc_core::analysis::ask::{Answer, Asked, Domain, Question};
use policyc_core::analysis::condition::{NumberDomain, formula};
use policyc_core::eval::{Call, holds};
use policyc_core::json::Json;
use policyc_core::predicate::Condition;
use policyc_core::sema::{NoFiles, Options, analyze};
use policyc_core::solver::space::Space;
use proptest::prelude::*;
use proptest::sample::select;

/// Atoms by the argument that they speak of, so that several often meet at one value.
const ATOMS: &[(&str, &[&str])] = &[
    (
        "n",
        &[
            "has args.n",
            "args.n == 1",
            "args.n != 1.0",
            "args.n < 2.5",
            "args.n <= 2",
            "args.n > 2",
            "args.n >= 9007199254740993",
            "args.n in [1, 2, 1e3]",
            "args.n not in [1, 2]",
            "args.n not in [1, null, \"x\"]",
            "args.n == true",
            "args.n != false",
            "args.n == null",
            "args.n == \"x\"",
        ],
    ),
    (
        "s",
        &[
            "has args.s",
            "args.s == \"x\"",
            "args.s != \"xy\"",
            "args.s in [\"x\", \"y\", 5]",
            "args.s not in [\"x\", \"\"]",
            "args.s like \"x*\"",
            "args.s like \"*y\"",
            "args.s like \"*x*y*\"",
            "args.s matches \"[xy]+\"",
            "args.s matches \"(xy)*\"",
            "args.s matches \"(?i)X?[^x]\"",
            "args.s matches \"x{2}|y\"",
            "args.s like [\"x*\", \"*y\"]",
            "args.s matches [\"x+\", \"y\", \"[^x]{2}\"]",
            "args.s contains \"y\"",
            "args.s contains \"xx\"",
            "length(args.s) > 1",
            "length(args.s) <= 2.5",
            "length(args.s) == 3",
        ],
    ),
    (
        "l",
        &[
            "has args.l",
            "args.l contains 1",
            "args.l contains \"x\"",
            "every args.l < 3",
            "every args.l == \"x\"",
            "every args.l like \"x*\"",
            "some args.l == \"x\"",
            "some args.l > 2",
            "some args.l not in [1, 5]",
            "every args.l contains 1",
            "args.l[0] == 1",
            "has args.l[1]",
            "args.l[1] == \"x\"",
            "args.l[0] in [1, \"x\"]",
            "length(args.l) == 2",
            "length(args.l) < 2",
            "length(args.l) >= 2",
            "length(args.l) != 1",
        ],
    ),
    (
        "o",
        &[
            "has args.o",
            "has args.o.k",
            "args.o.k == 1",
            "args.o.k[0] == 1",
            "args.o == null",
            "args.o[0] == 1",
            "length(args.o) > 0",
            "args.o contains 1",
            "args.o.k like \"*\"",
            "not has args.o.k",
        ],
    ),
    (
        "r",
        &[
            "has args.r",
            "every args.r[*].k == 1",
            "every args.r[*].k like [\"x*\", \"*y\"]",
            "every args.r[*].k matches [\"x+\", \"y\"]",
            "some args.r[*].k == \"x\"",
            "some args.r[*].k like [\"x*\", \"*y\"]",
            "some args.r[*].k not in [1, 5]",
            "every args.r[*].l[*] < 3",
            "some args.r[*].l[*] == 1",
            "every args.r[*].l contains 1",
            "every args.r[*] == 1",
            "some args.r != 1",
            "args.r[0].k == 1",
            "has args.r[1].l",
            "length(args.r) == 1",
            "length(args.r) > 1",
        ],
    ),
    ("caller", &["caller.team == \"x\"", "has caller.team", "caller.team like \"y*\"", "caller.team != \"x\""]),
];

fn values(name: &str) -> Vec<String> {
    let scalars = ["null", "true", "false", "0", "1", "1.5", "2", "2.25", "2.5", "3", "1000", "9007199254740993"];
    let mut texts = vec![String::new()];
    for length in 0..4 {
        let longest: Vec<String> = texts.iter().filter(|text| text.chars().count() == length).cloned().collect();
        texts.extend(longest.iter().flat_map(|text| ["x", "y", "z"].map(|char| format!("{text}{char}"))));
    }
    let texts = texts.iter().map(|text| format!("{text:?}"));
    let mut lists = vec!["[]".to_owned()];
    let items = ["1", "2", "3", "5", "\"x\"", "\"xy\"", "[1]", "null"];
    for item in items {
        lists.push(format!("[{item}]"));
        for other in items {
            lists.push(format!("[{item}, {other}]"));
            lists.extend(["1", "5", "\"x\""].map(|last| format!("[{item}, {other}, {last}]")));
        }
    }
    let mut rows = vec!["[]".to_owned(), "5".to_owned()];
    let elements = [
        "{}",
        "1",
        "{\"k\": 1}",
        "{\"k\": \"x\"}",
        "{\"k\": \"xy\"}",
        "{\"k\": 5}",
        "{\"l\": []}",
        "{\"l\": [1]}",
        "{\"l\": [2, 5]}",
        "{\"k\": 1, \"l\": [1, 5]}",
        "{\"k\": \"y\", \"l\": [2]}",
        "{\"l\": 1}",
    ];
    for element in elements {
        rows.push(format!("[{element}]"));
        rows.extend(elements.map(|other| format!("[{element}, {other}]")));
    }
    let objects = ["{}", "{\"k\": null}", "{\"k\": 1}", "{\"k\": [1]}", "{\"k\": \"y\"}", "[1]", "[1, 2]", "\"1\""];
    let mut all: Vec<String> = vec![String::new()];
    all.extend(scalars.map(str::to_owned));
    all.extend(["\"x\"", "\"\"", "[]", "{}"].map(str::to_owned));
    match name {
        "s" => all.extend(texts),
        "l" => all.extend(lists),
        "r" => all.extend(rows),
        "o" => all.extend(objects.map(str::to_owned)),
        _ => {}
    }
    all
}

/// The arguments that a condition may speak of, and the condition.
fn condition() -> impl Strategy<Value = (Vec<&'static str>, String)> {
    let groups = prop_oneof![
        select(ATOMS).prop_map(|one| vec![one]),
        select(ATOMS).prop_map(|one| vec![one]),
        (select(ATOMS), select(ATOMS)).prop_map(|(left, right)| vec![left, right]),
    ];
    groups.prop_flat_map(|groups| {
        let atoms: Vec<&'static str> = groups.iter().flat_map(|(_, atoms)| atoms.iter().copied()).collect();
        let mut names: Vec<&'static str> = groups.iter().map(|(name, _)| *name).collect();
        names.dedup();
        let leaf = select(atoms).prop_flat_map(|atom| select(vec![format!("({atom})"), format!("(not ({atom}))")]));
        let tree = leaf.prop_recursive(4, 12, 3, |inner| {
            prop_oneof![
                3 => proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
                1 => proptest::collection::vec(inner.clone(), 2..3).prop_map(|parts| format!("({})", parts.join(" or "))),
                1 => inner.prop_map(|part| format!("(not {part})")),
            ]
        });
        (Just(names), tree)
    })
}

/// All combinations of the values of at most two arguments.
fn calls(names: &[&str]) -> Vec<(String, Option<String>)> {
    let member =
        |name: &str, value: &str| if value.is_empty() { String::new() } else { format!("\"{name}\": {value}") };
    let mut calls = vec![(String::new(), None)];
    for name in names {
        let mut next = Vec::new();
        for (arguments, caller) in &calls {
            for value in values(name) {
                if *name == "caller" {
                    next.push((arguments.clone(), Some(format!("{{{}}}", member("team", &value)))));
                } else {
                    let more = member(name, &value);
                    let comma = if arguments.is_empty() || more.is_empty() { "" } else { ", " };
                    next.push((format!("{arguments}{comma}{more}"), caller.clone()));
                }
            }
        }
        calls = next;
    }
    calls.into_iter().map(|(arguments, caller)| (format!("{{{arguments}}}"), caller)).collect()
}

fn with_condition(
    text: &str,
    check: impl FnOnce(&Condition) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let policy = format!("deny *; allow t when {text};");
    let analysis = analyze("p.pol", Path::new("p.pol"), &policy, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    check(&checked.policies()[0].rules[0].guard.as_ref().unwrap().condition)
}

fn asked() -> Asked<'static> {
    Asked { server: None, name: "t".to_owned(), schemas: Vec::new() }
}

/// What the analysis says of a condition: an example, or that there is none.
fn decide(condition: &Condition) -> Answer {
    let formula = formula(condition, NumberDomain::Exact);
    let demands = |space: &mut Space| vec![space.holds(&formula)];
    let confirm = |call: &Call<'_>| holds(condition, call);
    Question { formulas: vec![&formula], demands: &demands, confirm: &confirm }.answer(&asked(), Domain::Any)
}

fn possible(condition: &Condition, calls: &[(String, Option<String>)]) -> Option<String> {
    calls.iter().find_map(|(arguments, caller)| {
        let arguments_json = Json::parse(arguments).unwrap();
        let caller = caller.as_ref().map(|caller| Json::parse(caller).unwrap());
        let call = Call {
            server: None,
            name: "t",
            arguments: arguments_json.root(),
            caller: caller.as_ref().map(Json::root),
            grant: None,
            at: 0,
            approved: false,
        };
        holds(condition, &call).then(|| arguments.clone())
    })
}

proptest! {
    #[test]
    fn agrees_with_trying_calls((names, text) in condition()) {
        with_condition(&text, |condition| {
            let found = possible(condition, &calls(&names));
            match decide(condition) {
                Answer::Yes(_) => {}
                Answer::No => prop_assert_eq!(found, None, "called impossible: {}", text),
                Answer::Undecided => prop_assert!(false, "undecided: {}", text),
            }
            Ok(())
        })?;
    }
}
