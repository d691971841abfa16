//! What documents say of all calls is what their readers decide for each.

use crate::formula::Look;
use crate::support::call;
use policyc_core::analysis::case::Case;
use policyc_core::decider::Decider;
use policyc_core::emit::{
    Condition, DocumentValue, Operator, Window, find, intercept_document as intercept,
    policylayer_document as policylayer,
};
use policyc_core::eval::Verdict;
use policyc_core::json::Json;
use policyc_core::solver::formula::Formula;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const NAMES: &[&str] = &["alpha", "beta", "_global", "*", "a.b"];
const PATHS: &[&str] = &["args.n", "args.n", "args.s", "args.o.k", "args.o", "args..n", "args.o.", "args.args.n"];

fn scalar() -> BoxedStrategy<DocumentValue> {
    let texts = [
        "main", "5", "-0", "0", "true", "false", "<nil>", "", "[1 2]", "[]", "map[a:1]", "map[]", "1e+06", "1000000",
        "1e6", "0.1", "-1.5", "[main]", "]", "NaN", "+Inf",
    ];
    let floats = [5.0, 0.0, -0.0, 0.1, -1.5, 1e6, 4.5, 9_007_199_254_740_993.0, f64::MAX, f64::MIN, 5e-324];
    prop_oneof![
        6 => select(texts.to_vec()).prop_map(|text| DocumentValue::Str(text.to_owned())),
        4 => select(floats.to_vec()).prop_map(DocumentValue::Float),
        1 => any::<bool>().prop_map(DocumentValue::Bool),
        1 => Just(DocumentValue::Null),
        1 => Just(DocumentValue::List(vec![DocumentValue::Float(1.0), DocumentValue::Float(2.0)])),
        1 => Just(DocumentValue::Map([("a".to_owned(), DocumentValue::Float(1.0))].into())),
    ]
    .boxed()
}

fn number() -> BoxedStrategy<DocumentValue> {
    select(vec![5.0, 0.0, -0.0, 0.1, -1.5, 1e6, 4.5, f64::MAX, f64::MIN]).prop_map(DocumentValue::Float).boxed()
}

fn condition() -> impl Strategy<Value = Condition> {
    let operand = |operator: Operator| match operator {
        Operator::Eq | Operator::Neq | Operator::Contains => scalar(),
        Operator::In | Operator::NotIn => vec(scalar(), 0..4).prop_map(DocumentValue::List).boxed(),
        Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte => number(),
        Operator::Exists => any::<bool>().prop_map(DocumentValue::Bool).boxed(),
        Operator::Regex => {
            select(vec!["^", "", "main", "^a/", "^(main|5)$", "[0-9]", "^a.b$", "^(?:a.*|5)$", "^(?:)$"])
                .prop_map(|pattern| DocumentValue::Str(pattern.to_owned()))
                .boxed()
        }
    };
    (select(PATHS), select(Operator::ALL.to_vec())).prop_flat_map(move |(path, operator)| {
        operand(operator).prop_map(move |value| Condition { path: path.to_owned(), operator, value })
    })
}

fn policylayer() -> impl Strategy<Value = policylayer::Document> {
    let predicate = || {
        let conditions = vec(condition(), 0..4);
        conditions.prop_map(|conditions| policylayer::Predicate { conditions, on_deny: "No.".to_owned() })
    };
    let limit = || {
        (select(vec!["a", "b"]), select(Window::ALL.to_vec()), 0u64..4)
            .prop_map(|(counter, window, max)| policylayer::Limit { counter: counter.to_owned(), window, max })
    };
    let tool = (vec(predicate(), 0..3), vec(predicate(), 0..3), vec(limit(), 0..3))
        .prop_map(|(require, deny_if, limits)| policylayer::Tool { require, deny_if, limits });
    let named = proptest::collection::btree_map(select(NAMES).prop_map(str::to_owned), tool, 0..4);
    (any::<bool>(), hidden(), vec(limit(), 0..2), named).prop_map(|(default_allow, hide, all_limits, tools)| {
        policylayer::Document { default_allow, hide, all_limits, tools }
    })
}

fn hidden() -> impl Strategy<Value = std::collections::BTreeSet<String>> {
    let names = prop_oneof![6 => Just(""), 2 => Just("beta"), 1 => Just("*"), 1 => Just("gamma")];
    names.prop_map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()).into_iter().collect())
}

/// Rules of Intercept for a tool, `*` among them.
fn rules(tool: &'static str) -> impl Strategy<Value = (String, Vec<intercept::Rule>)> {
    let owner = if tool == "*" { "_global" } else { tool };
    let counted = (
        select(vec![Operator::Lte, Operator::Lt, Operator::Eq, Operator::Gte, Operator::Neq]),
        select(vec![0.0, 1.0, 2.5, -1.0, -0.5, 1e6, 1e19, -1e19, 9e15]),
        select(vec![1, 2, -1, 3]),
        select(vec![None, Some("args.n"), Some("args.o.k"), Some("args.args.n")]),
        vec(condition(), 0..2),
    );
    // A tool with a dot in its name can have no counter.
    let counts = !owner.contains('.');
    let state = counted.prop_map(move |(operator, bound, increment, from, more)| {
        let path = format!("state.{owner}.c");
        let count = Condition { path, operator, value: DocumentValue::Float(bound) };
        let state = intercept::State {
            counter: "c".to_owned(),
            window: Window::Minute,
            increment,
            increment_from: from.map(str::to_owned),
        };
        let conditions = std::iter::once(count).chain(more).collect();
        let rule = |state, conditions| intercept::Rule { name: "count".to_owned(), conditions, on_deny: None, state };
        rule(Some(state), Some(conditions))
    });
    let plain = prop_oneof![
        8 => vec(condition(), 1..4).prop_map(Some),
        1 => Just(None),
    ];
    let plain = plain.prop_map(|conditions| intercept::Rule {
        name: "rule".to_owned(),
        conditions,
        on_deny: None,
        state: None,
    });
    (vec(plain, 0..3), proptest::option::of(state), any::<bool>()).prop_map(move |(mut rules, state, first)| {
        let state = state.filter(|_| counts);
        match first {
            true => rules.splice(0..0, state).for_each(drop),
            false => rules.extend(state),
        }
        (tool.to_owned(), rules)
    })
}

fn intercept() -> impl Strategy<Value = intercept::Document> {
    let tools = vec(select(NAMES).prop_flat_map(rules), 0..4).prop_map(|tools| tools.into_iter().collect());
    (any::<bool>(), hidden(), tools).prop_map(|(default_allow, hide, tools)| intercept::Document {
        default_allow,
        hide,
        tools,
    })
}

fn arguments() -> impl Strategy<Value = String> {
    let values = [
        "",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.0",
        "5",
        "5.0",
        "4.5",
        "-1.5",
        "0.1",
        "0.1000000000000000000001",
        "1000000",
        "1e6",
        "9007199254740993",
        "-1e-400",
        "1e19",
        "3",
        "2",
        "1",
        "\"main\"",
        "\"5\"",
        "\"0\"",
        "\"-0\"",
        "\"true\"",
        "\"<nil>\"",
        "\"\"",
        "\"[1 2]\"",
        "\"[]\"",
        "\"map[a:1]\"",
        "\"1e+06\"",
        "\"1000000\"",
        "\"a/b\"",
        "\"a\\nb\"",
        "\"NaN\"",
        "\"]\"",
        "[]",
        "[1, 2]",
        "[\"main\"]",
        "[5]",
        "[\"5\"]",
        "[null]",
        "[true]",
        "[[1, 2]]",
        "[-0]",
        "[0]",
        "{}",
        "{\"a\": 1}",
        "{\"k\": 5}",
        "{\"\": \"main\"}",
    ];
    let one = || select(values.to_vec());
    (one(), one(), one(), one(), one()).prop_map(|(n, s, k, empty, nested)| {
        let member = |key: &str, value: &str| (!value.is_empty()).then(|| format!("\"{key}\": {value}"));
        let inner = |key: &str, members: [Option<String>; 2]| {
            let members: Vec<String> = members.into_iter().flatten().collect();
            (!members.is_empty()).then(|| format!("\"{key}\": {{{}}}", members.join(", ")))
        };
        let all = [
            member("n", n),
            member("s", s),
            inner("o", [member("k", k), member("", empty)]),
            inner("args", [member("n", nested), None]),
            inner("", [member("n", nested), None]),
        ];
        format!("{{{}}}", all.into_iter().flatten().collect::<Vec<_>>().join(", "))
    })
}

/// Whether a case allows a first call; `None` where that is left open.
fn allows(case: &Case, look: Look<'_>) -> Option<bool> {
    let mut all = vec![Formula::Or(case.opened.iter().map(|(_, formula)| (**formula).clone()).collect())];
    all.push(if case.hidden.is_some() { Formula::FALSE } else { Formula::TRUE });
    all.extend(case.required.iter().map(|held| (*held.formula).clone()));
    all.extend(case.denied.iter().chain(&case.quotas).map(|held| (*held.formula).clone().negated()));
    all.extend(case.limits.iter().map(|limit| (*limit.refuses).clone().negated()));
    assert!(case.held.is_empty());
    look.holds(&Formula::And(all))
}

fn agrees(gateway: &dyn Decider, calls: &[(&str, String)], text: &str) -> Result<(), TestCaseError> {
    for (name, arguments) in calls {
        let json = Json::parse(arguments).unwrap();
        let ruling = gateway.decide(&call(name, json.root(), "", 0));
        let case = gateway.case(0, Some(name)).unwrap();
        if let Some(number) = ruling.decided_by {
            prop_assert_eq!(ruling.rule(), gateway.rule_name(number), "{} {}", text, number);
        }
        let look = Look { arguments: json.root(), caller: None, element: None };
        let said = allows(&case, look);
        prop_assert!(
            said.is_none_or(|said| said == (ruling.verdict == Verdict::Allow)),
            "{text}\n{name} {arguments}: {ruling:?}\n{case:#?}"
        );
        let nested = arguments.contains('[') || arguments.get(1..).unwrap().contains('{');
        prop_assert!(said.is_some() || nested, "{text}\nleft open: {name} {arguments}");
    }
    Ok(())
}

fn calls() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    vec((select(&["alpha", "alpha", "beta", "_global", "*", "a.b", "gamma"][..]), arguments()), 24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hosted_documents_say_what_they_do(document in policylayer(), calls in calls()) {
        let text = serde_json::to_string_pretty(&document).unwrap();
        let gateway = find("policylayer").unwrap().read(&text);
        let gateway = gateway.map_err(|error| TestCaseError::fail(format!("{text}\n{error:?}")))?;
        agrees(gateway.as_ref(), &calls, &text)?;
    }

    #[test]
    fn intercept_documents_say_what_they_do(document in intercept(), calls in calls()) {
        let text = document.to_yaml();
        let gateway = find("intercept").unwrap().read(&text);
        let gateway = gateway.map_err(|error| TestCaseError::fail(format!("{text}\n{error:?}")))?;
        agrees(gateway.as_ref(), &calls, &text)?;
    }
}
