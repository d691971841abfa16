//! Policies in sentences: what is said, and that it is true.
//!
//! `tests/fixtures/describe/NAME.pol` is described rule by rule and tool by tool; examples are described as they would be for
//! a reader. A new file is a new test.

use std::path::Path;

use crate::run::in_process;
use crate::support::{calls, describable, policy_text, with_policy};
use policyc_core::describe;
use policyc_core::diagnostics::is_hidden;
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::ir::{Effect, Parts, ServerId, ToolId};
use policyc_core::json::{Json, Kind, Value};
use policyc_core::sema::{NoFiles, Options, analyze};
use proptest::prelude::*;

fn described(arguments: &[&str]) -> String {
    let (exit, output, error) = in_process(arguments, b"");
    assert_eq!((exit as u8, error.as_str()), (0, ""), "{arguments:?}");
    output
}

#[test]
fn fixtures() {
    insta::glob!("../fixtures/describe", "*.pol", |path| {
        let path = path.to_str().unwrap();
        let ways = ["rule", "tool"].map(|by| described(&["describe", path, "--by", by]));
        let source = std::fs::read_to_string(path).unwrap();
        insta::assert_snapshot!("sentences", format!("{source}\n{}", ways.join("\n---\n\n")));
    });
}

#[test]
fn examples() {
    insta::glob!("../../examples", "**/*.pol", |path| {
        insta::assert_snapshot!("example", described(&["describe", path.to_str().unwrap(), "--format", "markdown"]));
    });
}

#[test]
fn json_says_the_same() {
    let path = crate::support::root().join("tests/fixtures/describe/shop.pol");
    let path = path.to_str().unwrap();
    let parsed = |by: &str| -> serde_json::Value {
        serde_json::from_str(&described(&["describe", path, "--by", by, "--format", "json"])).unwrap()
    };
    let by_rule = &parsed("rule")["policies"][0];
    assert_eq!(by_rule["policy"], "shop");
    assert_eq!(by_rule["rules"][3]["line"], "10");
    assert_eq!(by_rule["rules"][3]["tools"][0]["name"], "delete_customer");
    let by_tool = &parsed("tool")["policies"][0];
    assert_eq!(by_tool["tools"].as_array().unwrap().len(), 12);
    let text = described(&["describe", path]).split_whitespace().collect::<Vec<_>>().join(" ");
    for tool in by_tool["tools"].as_array().unwrap() {
        for sentence in tool["sentences"].as_array().unwrap() {
            assert!(text.contains(sentence.as_str().unwrap()), "{sentence}");
        }
    }
}

/// What stands after `when`, and the words for it.
const WORDS: &[(&str, &str)] = &[
    ("has args.a", "the argument `a` is given and not null"),
    ("not has args.a", "the argument `a` is missing or null"),
    ("args.a == 5", "the argument `a` is 5"),
    ("args.a == null", "the argument `a` is null"),
    ("args.a != null", "the argument `a` is given and not null"),
    ("not (args.a == null)", "the argument `a` either is missing or is not null"),
    ("args.a == true", "the argument `a` is `true`"),
    ("args.a != \"x\"", "the argument `a` is a text other than `\"x\"`"),
    ("not (args.a != \"x\")", "the argument `a` either is missing, or is `\"x\"`, or is not a text"),
    ("args.a < 50_000", "the argument `a` is a number below 50,000"),
    ("args.a >= -0.5", "the argument `a` is a number of at least -0.5"),
    ("not (args.a > 100)", "the argument `a` either is missing or is not a number above 100"),
    ("args.a in [1]", "the argument `a` is 1"),
    ("args.a in [1, \"b\", null]", "the argument `a` is one of 1, `\"b\"` or null"),
    ("args.a not in [1, 2]", "the argument `a` is a number other than 1 and 2"),
    ("args.a not in [1, \"b\", null]", "the argument `a` is a number or a text other than 1, `\"b\"` and null"),
    (
        "not (args.a not in [1, \"b\"])",
        "the argument `a` either is missing, or is one of 1 or `\"b\"`, or is neither a number nor a text",
    ),
    (
        "args.a contains \"x\"",
        "the argument `a` is either a text that contains `\"x\"` or a list with the element `\"x\"`",
    ),
    ("args.a contains 5", "the argument `a` is a list with the element 5"),
    (
        "not (args.a contains \"x\")",
        "the argument `a` either is missing or is neither a text that contains `\"x\"` nor a list with the element `\"x\"`",
    ),
    ("args.a like \"x\"", "the argument `a` is `\"x\"`"),
    ("args.a like \"*\"", "the argument `a` is a text"),
    ("args.a like \"feat/*\"", "the argument `a` is a text that starts with `\"feat/\"`"),
    ("args.a like \"*.pol\"", "the argument `a` is a text that ends with `\".pol\"`"),
    ("args.a like \"*`*\"", "the argument `a` is a text that contains `` \"`\" ``"),
    ("args.a like \"a*a\"", "the argument `a` is a text like `\"a*a\"`, where `*` stands for any characters or none"),
    ("args.a matches \"[a-z]+\"", "the argument `a` is a text that matches the regular expression `[a-z]+` as a whole"),
    ("every args.a != null", "the argument `a` is a list in which every element is not null (an empty one passes)"),
    (
        "not (every args.a < 5)",
        "the argument `a` either is missing, or is not a list, or has an element that is not a number below 5",
    ),
    (
        "every args.to[*].email like [\"*@a.com\", \"b*\"]",
        "the argument `to` is a list in which the `email` of every element is either a text that ends with `\"@a.com\"` \
         or a text that starts with `\"b\"` (an empty one passes)",
    ),
    (
        "not every args.to[*].email == \"x\"",
        "the argument `to` either is missing, or is not a list, or has an element whose `email` either is missing or is not `\"x\"`",
    ),
    (
        "some args.rows[*].cells[*].v > 0",
        "the argument `rows` is a list in which the `cells` of some element is a list in which the `v` of some element is a number above 0",
    ),
    (
        "not some args.rows[*].cells[*] > 0",
        "the argument `rows` either is missing, or is not a list, or has no element whose `cells` is a list in which some element is a \
         number above 0",
    ),
    (
        "args.a matches [\"x+\", \"y\"]",
        "the argument `a` is a text that matches one of the regular expressions `x+` or `y` as a whole",
    ),
    ("some args.a in [1, 2]", "the argument `a` is a list in which some element is one of 1 or 2"),
    (
        "not (some args.a == \"x\")",
        "the argument `a` either is missing, or is not a list, or has no element that is `\"x\"`",
    ),
    (
        "length(args.a) > 1",
        "the argument `a` is either a list of more than 1 element or a text of more than 1 character",
    ),
    (
        "not (length(args.a) == 2)",
        "the argument `a` either is missing or is neither a list of exactly 2 elements nor a text of exactly 2 characters",
    ),
    (
        "args.items[0].\"odd key\" == 1 and caller.role == \"x\"",
        "the argument `items[0].\"odd key\"` is 1 and the caller's `role` is `\"x\"`",
    ),
    (
        "not (args.a == 1 or has args.b and args.c == 2)",
        "the argument `a` either is missing or is not 1 and \
         (the argument `b` is missing or null or the argument `c` either is missing or is not 2)",
    ),
];

fn of_text<T>(text: &str, check: impl FnOnce(&Parts) -> T) -> T {
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.as_ref().unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    check(&checked.policies()[0])
}

#[test]
fn conditions_in_words() {
    for (condition, words) in WORDS {
        of_text(&format!("allow *; deny x when {condition};"), |policy| {
            let guard = policy.rules[0].guard.as_ref().unwrap();
            assert_eq!(describe::condition(&guard.condition), *words, "{condition}");
        });
    }
}

/// Rules, and what must be said of values that are missing or of another type; empty for nothing.
const GAPS: &[(&str, &str)] = &[
    (
        "deny x when args.a > 100",
        "A call in which the argument `a` is missing or not a number is not caught by this rule.",
    ),
    ("deny x when args.a == 100", ""),
    ("deny x unless args.a <= 100", ""),
    ("deny x when has args.a", ""),
    (
        "deny x when args.a > 100 and args.a != 200 and length(args.b) > 2",
        "A call in which the argument `a` is missing or not a number, or the argument `b` is missing or neither a text \
         nor a list, is not caught by this rule.",
    ),
    ("deny x when args.a > 100 or args.b > 100", "A call that has none of these values is not caught by this rule."),
    ("deny x when args.a > 100 or not has args.a", ""),
    ("deny x when args.a > 100 or has args.b", "A call that has none of these values is not caught by this rule."),
    (
        "deny x when args.a > 100 and has args.a",
        "A call in which the argument `a` is missing or null is not caught by this rule.",
    ),
    ("require args.a < 5 for x", "A call in which the argument `a` is missing or not a number is denied."),
    (
        "limit x 5/min when args.a < 5",
        "A call in which the argument `a` is missing or not a number is neither counted nor refused by this limit.",
    ),
    (
        "require approval for x when every args.a == 1",
        "A call in which the argument `a` is missing or not a list is not held by this rule.",
    ),
];

#[test]
fn missing_values_are_spoken_of_where_it_matters() {
    for (rule, wanted) in GAPS {
        let said = of_text(&format!("allow *; {rule};"), |policy| describe::rule(&policy.rules[0], policy));
        match wanted.is_empty() {
            true => assert!(!said.contains("A call in which") && !said.contains("A call that has"), "{rule}: {said}"),
            false => assert!(said.contains(wanted), "{rule}: {said}"),
        }
    }
}

/// What an argument of the generated calls is, for the words of a gap.
fn argument<'a>(arguments: Value<'a>, path: &str) -> Option<Value<'a>> {
    path.split('.').try_fold(arguments, |value, key| value.get(key))
}

/// Whether a call is one of those that "is missing or not a number" and the like speak of.
fn is_without(value: Option<Value<'_>>, words: &str) -> bool {
    let Some(value) = value else { return true };
    let noun = match value.kind() {
        Kind::Null => "null",
        Kind::Bool => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a text",
        Kind::Array => "a list",
        Kind::Object => "an object",
    };
    match words {
        "" => false,
        " or null" => value.is_null(),
        words => !words.contains(noun),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// No rule catches a call of which it is said that none does.
    #[test]
    fn what_is_said_of_missing_values_is_true(condition in describable(), calls in calls()) {
        with_policy(&format!("allow *;\ndeny * when {condition};"), |policy| {
            let said = describe::rule(&policy.rules[0], policy);
            let evaluator = Evaluator::new(policy);
            for (_, arguments, _, _) in &calls {
                let json = Json::parse(arguments).unwrap();
                let call = Call { server: None, name: "alpha", arguments: json.root(), caller: None, grant: None, at: 0, approved: false };
                let denied = evaluator.decide(&call).verdict == Verdict::Deny;
                let nothing = ["n", "s", "o.k"].iter().all(|path| argument(json.root(), path).is_none());
                if said.contains("A call that has none of these values is not caught") && nothing {
                    prop_assert!(!denied, "{condition}\n{said}\n{arguments}");
                }
                let Some((_, gap)) = said.split_once(". A call in which ") else { continue };
                let gap = gap.trim_end_matches(" is not caught by this rule.").trim_end_matches(',');
                for part in gap.split(", or ") {
                    let (path, words) = part.strip_prefix("the argument `").unwrap().split_once("` is missing").unwrap();
                    if is_without(argument(json.root(), path), words) {
                        prop_assert!(!denied, "{condition}\n{said}\n{arguments}");
                    }
                }
            }
            Ok(())
        })?;
    }

    /// Whatever a policy says, it can be described, on one line each and without what does not show, and a tool of
    /// which one thing is said behaves so.
    #[test]
    fn descriptions_of_tools_are_true(text in policy_text(), calls in calls()) {
        with_policy(&text, |policy| {
            let mut all = vec![describe::default(policy)];
            all.extend(policy.rules.iter().map(|rule| describe::rule(rule, policy)));
            let tools = (0..=policy.tools.len()).map(|id| describe::tool(policy, ToolId(u32::try_from(id).unwrap())));
            all.extend(tools.flatten());
            all.extend(describe::other_tools(policy, ServerId(0)));
            for sentence in &all {
                prop_assert!(!sentence.is_empty() && !sentence.chars().any(is_hidden), "{sentence:?}");
                prop_assert!(!sentence.contains("  ") && !sentence.contains(" ."), "{sentence:?}");
            }
            let evaluator = Evaluator::new(policy);
            let limited = policy.rules.iter().any(|rule| matches!(rule.effect, Effect::Limit(_)));
            for (name, arguments, _, _) in &calls {
                let json = Json::parse(arguments).unwrap();
                let call = Call { server: None, name, arguments: json.root(), caller: None, grant: None, at: 0, approved: false };
                let said = match policy.find_tool(ServerId(0), name) {
                    Some(tool) => describe::tool(policy, tool),
                    None => describe::other_tools(policy, ServerId(0)),
                };
                let verdict = evaluator.decide(&call).verdict;
                let told = format!("{text}\n{name} {arguments}\n{said:#?}\n{verdict:?}");
                let speaks = |words: &str| said.iter().any(|sentence| sentence.contains(words));
                prop_assert!(verdict != Verdict::Approval || speaks(" wait"), "{told}");
                prop_assert!(verdict != Verdict::Deny || speaks(" denied") || limited && speaks(" pass"), "{told}");
                prop_assert!(verdict != Verdict::Allow || speaks(" is allowed."), "{told}");
                if let [only] = said.as_slice() {
                    let wanted = if only == "Every call is allowed." { Verdict::Allow }
                        else if only.starts_with("Every call waits") { Verdict::Approval }
                        else { Verdict::Deny };
                    prop_assert_eq!(verdict, wanted, "{}", told);
                }
            }
            Ok(())
        })?;
    }
}
