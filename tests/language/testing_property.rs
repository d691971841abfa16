//! What always holds of coverage, tried on random policies and calls.

use std::path::Path;

use policyc_core::eval::{Evaluator, OwnedCall, Verdict, holds};
use policyc_core::ir::Effect;
use policyc_core::sema::{NoFiles, Options, analyze};
use policyc_core::testing::{Coverage, Wanted, run_wanted};
use proptest::prelude::*;

fn condition() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        (0..4).prop_map(|number| format!("args.x > {number}")),
        (0..4).prop_map(|number| format!("args.y == {number}")),
        Just("has args.x".to_owned()),
        Just("caller.role == \"boss\"".to_owned()),
    ];
    atom.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) and ({right})")),
            (inner.clone(), inner).prop_map(|(left, right)| format!("({left}) or ({right})")),
        ]
    })
}

fn rule() -> impl Strategy<Value = String> {
    let tools = prop_oneof![4 => Just("a"), 4 => Just("b"), 2 => Just("a, b"), 1 => Just("*")];
    let when =
        prop_oneof![2 => Just(String::new()), 3 => condition().prop_map(|condition| format!(" when {condition}"))];
    (0..6, tools, when, condition(), 0..1000).prop_map(|(kind, tools, when, required, name)| match kind {
        // `allow *` and `deny *` alone would be defaults.
        0 => format!("allow {tools}, c{when};"),
        1 => format!("deny {tools}, c{when};"),
        2 => format!("hide {tools};"),
        3 => format!("limit {tools} {}/min{when} as \"n{name}\";", name % 3),
        4 => format!("require {required} for {tools};"),
        _ => format!("require approval for {tools}{when};"),
    })
}

fn step() -> impl Strategy<Value = (&'static str, String, bool)> {
    let argument = |key: &'static str| {
        prop_oneof![Just(String::new()), (0..5).prop_map(move |number| format!("\"{key}\": {number}"))]
    };
    let tool = prop_oneof![Just("a"), Just("b"), Just("d")];
    (tool, argument("x"), argument("y"), any::<bool>()).prop_map(|(tool, x, y, boss)| {
        let both = if x.is_empty() || y.is_empty() { "" } else { ", " };
        (tool, format!("{{{x}{both}{y}}}"), boss)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// What decides is exercised, what comes after it is not, and watching changes no result.
    #[test]
    fn the_rules_that_act_are_exercised(
        rules in prop::collection::vec(rule(), 0..7),
        steps in prop::collection::vec(step(), 1..6),
    ) {
        let policy = format!("deny *;\n{}\n", rules.join("\n"));
        let read = |text: &str| analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
        let analysis = read(&policy);
        // Two limits of one name are an error.
        prop_assume!(analysis.checked.is_some());
        let model = &analysis.checked.as_ref().unwrap().policies()[0];

        let mut evaluator = Evaluator::new(model);
        let mut must = vec![false; model.rules.len()];
        let mut may = vec![false; model.rules.len()];
        let mut test = String::from("test \"t\" {\n");
        for (tool, arguments, boss) in &steps {
            let from = if *boss { r#"{"role": "boss"}"# } else { "{}" };
            let call = format!(r#"{{"name": "{tool}", "arguments": {arguments}, "caller": {from}}}"#);
            let call = OwnedCall::parse(&call).unwrap();
            let call = call.at(0);
            let denials = evaluator.denials(&call);
            let decision = evaluator.call(&call);
            test.push_str(&format!("  call {tool} {arguments} from {from} -> {};\n", decision.verdict.name()));
            let order = |effect: &Effect| match effect {
                Effect::Hide => 0,
                Effect::Deny => 1,
                Effect::Allow => 2,
                Effect::Require => 3,
                Effect::Limit(_) => 4,
                Effect::Approval { .. } => 5,
            };
            let last = match (decision.verdict, decision.decided_by) {
                (Verdict::Allow, _) => 6,
                (_, Some(rule)) => order(&model.rules[rule].effect),
                (_, None) => 2,
            };
            for by in denials.iter().chain([&decision]).filter_map(|decision| decision.decided_by) {
                must[by] = true;
            }
            for (index, rule) in model.rules.iter().enumerate() {
                let guard = rule.guard.as_ref().is_none_or(|guard| holds(&guard.condition, &call));
                may[index] |= order(&rule.effect) <= last && (guard || matches!(rule.effect, Effect::Require));
            }
        }
        test.push('}');

        let analysis = read(&(policy + &test));
        let checked = analysis.checked.as_ref().unwrap();
        let watched = run_wanted(checked, Wanted { watched: true, ..Wanted::default() });
        prop_assert!(watched.results.iter().all(|result| result.failure.is_none()), "{test}\n{:?}", watched.results);
        let mut coverage = Coverage::default();
        coverage.add(&analysis, &watched.watched, true, &Path::to_path_buf);
        let exercised: Vec<bool> = coverage.rules().map(|rule| rule.exercised > 0).collect();
        prop_assert_eq!(exercised.len(), must.len());
        for (index, exercised) in exercised.into_iter().enumerate() {
            prop_assert!(exercised || !must[index], "{} decided", rules[index]);
            prop_assert!(may[index] || !exercised, "{} was not reached", rules[index]);
        }
        for rule in coverage.rules() {
            // Whatever acts was asked before, and each atom was asked as often as the others.
            let asked: Vec<u64> = rule.atoms.iter().map(|atom| atom.yes + atom.no).collect();
            prop_assert!(asked.iter().all(|count| *count >= rule.exercised && *count == asked[0]));
        }
    }
}
