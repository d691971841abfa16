//! What must hold of decisions about any policy.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use policyc_core::decimal::Decimal;
use policyc_core::disk::Unreadable;
use policyc_core::eval::trace::Opening;
use policyc_core::eval::{Call, Decision, Evaluator, OwnedCall, Verdict, holds};
use policyc_core::image;
use policyc_core::ir::{Effect, Opened, Policy, Rule, RulesByTool, Selected, ServerId, Steps, Subject, ToolId};
use policyc_core::sema::{CatalogueOption, Loader, Options, analyze, sets_default};
use policyc_core::source::FileId;
use policyc_core::syntax::ast::ItemKind;
use policyc_core::syntax::{parse, print};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Two servers that share a tool.
const FILES: &[(&str, &str)] = &[
    (
        "a.json",
        r#"[{"name": "alpha", "inputSchema": {}, "x-policyc": {"class": "read"}},
            {"name": "beta", "inputSchema": {}, "x-policyc": {"class": ["execute", "destructive"]}}]"#,
    ),
    (
        "b.json",
        r#"[{"name": "beta", "inputSchema": {}, "x-policyc": {"class": "write"}},
            {"name": "gamma", "inputSchema": {}, "x-policyc": {"class": "financial"}}]"#,
    ),
];

/// Groups that every policy has.
const GROUPS: &str = "group grave = @financial, a::beta; group most = @grave, al*, @write except b::beta;";

/// A selection as it is written, the tools that a limit of it opens, the others that it selects, and the servers whose unknown
/// tools it selects.
type Selects = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const SELECTIONS: &[Selects] = &[
    ("alpha", &["a alpha"], &[], &[]),
    ("alpha", &["a alpha"], &[], &[]),
    ("gamma", &["b gamma"], &[], &[]),
    ("a::beta", &["a beta"], &[], &[]),
    ("b::beta", &["b beta"], &[], &[]),
    ("alpha, gamma", &["a alpha", "b gamma"], &[], &[]),
    ("*a", &["a alpha", "a beta", "b beta", "b gamma"], &[], &[]),
    ("al*, b::beta", &["a alpha", "b beta"], &[], &[]),
    ("a::*", &[], &["a alpha", "a beta"], &["a"]),
    ("b::* except b::beta", &[], &["b gamma"], &["b"]),
    ("* except alpha", &[], &["a beta", "b beta", "b gamma"], &["a", "b"]),
    ("*", &[], &["a alpha", "a beta", "b beta", "b gamma"], &["a", "b"]),
    ("@read", &[], &["a alpha"], &[]),
    ("@changes except @financial", &[], &["a beta", "b beta"], &[]),
    ("@destructive, alpha", &["a alpha"], &["a beta"], &[]),
    ("@execute, @write", &[], &["a beta", "b beta"], &[]),
    ("b::@changes, a::beta", &["a beta"], &["b beta", "b gamma"], &[]),
    ("@grave", &["a beta"], &["b gamma"], &[]),
    ("@most", &["a alpha", "a beta"], &["b gamma"], &[]),
    ("a::@most except alpha", &["a beta"], &[], &[]),
];

/// A selection as it is written.
fn selection() -> impl Strategy<Value = &'static str> {
    select(SELECTIONS).prop_map(|(text, ..)| text)
}
const ATOMS: &[&str] = &[
    "has args.n",
    "args.n == 1",
    "args.n != 1.0",
    "args.n < 2.5",
    "args.n >= 9007199254740993",
    "args.n in [1, 2, 1e3]",
    "args.n not in [1, 2]",
    "args.s == \"x\"",
    "args.s in [\"x\", \"y\", 5]",
    "args.s like \"x*\"",
    "args.s matches \"[xy]+\"",
    "args.s contains \"y\"",
    "args.l contains 1",
    "every args.l < 3",
    "some args.l == \"x\"",
    "every args.l[*].k > 0",
    "not some args.l[*].k like [\"x*\", \"y\"]",
    "args.s like [\"y*\", \"x\"]",
    "args.s matches [\"x\", \"yx?\"]",
    "length(args.s) > 1",
    "args.o.k[1] == null",
    "caller.team == \"x\"",
    "has caller.team",
];
/// What a call may have under each argument; empty for nothing.
const VALUES: &[(&str, &[&str])] = &[
    ("n", &["", "null", "0", "1", "1.0", "1e3", "2.5", "-1", "9007199254740992", "9007199254740993", "1e400", "\"1\""]),
    ("s", &["", "null", "\"\"", "\"x\"", "\"y\"", "\"xyx\"", "5", "[\"x\"]"]),
    ("l", &["", "[]", "[1]", "[1, 5]", "[\"x\", 2]", "[{\"k\": 1}]", "[{\"k\": \"xx\"}, 3]", "{}"]),
    ("o", &["", "{}", "{\"k\": [0, null]}", "{\"k\": [0, 1]}"]),
];

fn condition() -> impl Strategy<Value = String> {
    let leaf = select(ATOMS).prop_map(str::to_owned);
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} and {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} or {right})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

fn guard() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just(String::new()),
        1 => (select(&["when", "unless"][..]), condition()).prop_map(|(word, condition)| format!(" {word} {condition}")),
    ]
}

fn limit() -> impl Strategy<Value = String> {
    let scope = select(&["", "", " per server", " per caller.team"][..]);
    let window = select(&["min", "hour", "5min"][..]);
    (selection(), any::<bool>(), any::<bool>(), 0..4, window, scope, guard()).prop_map(
        |(selection, total, sum, count, window, scope, guard)| {
            let total = if total { "total " } else { "" };
            let sum = if sum { " of args.n" } else { "" };
            format!("limit {total}{selection} {count}/{window}{sum}{scope}{guard} as \"NAME\";")
        },
    )
}

fn deny() -> impl Strategy<Value = String> {
    (selection(), condition()).prop_map(|(selection, condition)| format!("deny {selection} when {condition};"))
}

fn require() -> impl Strategy<Value = String> {
    (selection(), condition()).prop_map(|(selection, condition)| format!("require {condition} for {selection};"))
}

fn statement() -> impl Strategy<Value = String> {
    let approval =
        (selection(), guard()).prop_map(|(selection, guard)| format!("require approval for {selection}{guard};"));
    let allow = (selection(), guard()).prop_map(|(selection, guard)| match (selection, guard.as_str()) {
        // That would be the default, of which there is one.
        ("*", "") => "allow alpha;".to_owned(),
        _ => format!("allow {selection}{guard};"),
    });
    let hide = select(&["alpha", "b::beta"][..]).prop_map(|tool| format!("hide {tool};"));
    prop_oneof![4 => allow, 3 => deny(), 2 => require(), 4 => limit(), 2 => approval, 1 => hide]
}

/// Statements, each with a counter name of its own.
fn statements() -> impl Strategy<Value = Vec<String>> {
    let default = select(&["allow *;", "deny *;", "deny * because \"Closed.\";"][..]).prop_map(str::to_owned);
    (default, vec(statement(), 1..7)).prop_map(|(default, rules)| {
        let numbered = rules.iter().enumerate().map(|(index, rule)| rule.replace("NAME", &format!("c{index}")));
        // Where they stand does not matter.
        std::iter::once(format!("{GROUPS} {default}")).chain(numbered).collect()
    })
}

/// Calls in order, as JSON.
fn calls() -> impl Strategy<Value = Vec<OwnedCall>> {
    let member = |index: usize| {
        let (key, values) = VALUES[index];
        select(values).prop_map(move |value| (!value.is_empty()).then(|| format!("\"{key}\": {value}")))
    };
    let arguments = (member(0), member(1), member(2), member(3))
        .prop_map(|(n, s, l, o)| [n, s, l, o].into_iter().flatten().collect::<Vec<_>>().join(", "));
    let rest = [
        "",
        ", \"grant\": \"g\"",
        ", \"server\": \"a\"",
        ", \"server\": \"b\", \"caller\": {\"team\": \"x\"}",
        ", \"server\": \"b\", \"caller\": {\"team\": 1.0}",
        ", \"caller\": {\"team\": 1}",
        ", \"caller\": {\"team\": null}",
        ", \"at\": \"1970-01-01T00:00:59Z\"",
        ", \"at\": \"1970-01-01T00:01:00Z\"",
        ", \"at\": \"1970-01-01T01:00:00Z\"",
        ", \"approved\": true",
        ", \"approved\": false, \"server\": \"a\"",
    ];
    let tool = select(&["alpha", "alpha", "beta", "gamma", "other"][..]);
    let call = (tool, arguments, select(rest.to_vec())).prop_map(|(tool, arguments, rest)| {
        OwnedCall::parse(&format!("{{\"name\": \"{tool}\", \"arguments\": {{{arguments}}}{rest}}}")).unwrap()
    });
    vec(call, 30)
}

/// The two catalogues, and one file that is imported.
struct Files<'a>(&'a str);

impl Loader for Files<'_> {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        let known = FILES.iter().find(|(name, _)| path.ends_with(name)).map(|(_, text)| *text);
        Ok(known.unwrap_or(self.0).as_bytes().to_vec())
    }
}

fn with<T>(text: &str, imported: &str, work: impl FnOnce(&Policy) -> T) -> T {
    let catalogue = |name: &str, path: &str| CatalogueOption { server: Some(name.to_owned()), path: path.into() };
    let options =
        Options { catalogues: vec![catalogue("a", "a.json"), catalogue("b", "b.json")], ..Options::default() };
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &options, &Files(imported));
    let found: Vec<_> = analysis.diagnostics.iter().filter(|found| found.is_error()).collect();
    let checked = analysis.checked.as_ref().unwrap_or_else(|| panic!("{text}\n{found:#?}"));
    work(&checked.policies()[0])
}

/// The answers to calls that are made one after another.
fn answers(policy: &Policy, calls: &[OwnedCall]) -> Vec<(Verdict, Option<usize>)> {
    let mut evaluator = Evaluator::new(policy);
    let mut now = 0;
    let mut answer = |call: &OwnedCall| {
        let call = call.at(now);
        now = call.at;
        let decision = evaluator.call(&call);
        (decision.verdict, decision.decided_by)
    };
    calls.iter().map(&mut answer).collect()
}

/// The steps of the language as they are written down, without any preparation.
struct Plain<'p> {
    policy: &'p Policy,
    /// What the selection of each rule was written for.
    selects: Vec<Selects>,
    counts: HashMap<String, Decimal>,
}

/// The selections of the rules of a text, in order.
fn written(text: &str) -> Vec<Selects> {
    let items = parse(text, FileId(0)).file.items;
    let rules = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Rule(rule) if sets_default(rule).is_none() => Some(print::selection(&rule.selection)),
        _ => None,
    });
    rules.map(|text| *SELECTIONS.iter().find(|(written, ..)| *written == text).unwrap()).collect()
}

impl<'p> Plain<'p> {
    fn targets(&self, call: &Call<'_>) -> Vec<(ServerId, Option<ToolId>)> {
        let all = [ServerId(0), ServerId(1)].map(|server| (server, self.policy.find_tool(server, call.name)));
        if let Some(server) = call.server {
            return all.into_iter().filter(|(id, _)| Some(*id) == self.policy.find_server(server)).collect();
        }
        let known: Vec<_> = all.into_iter().filter(|(_, tool)| tool.is_some()).collect();
        if known.is_empty() { all.to_vec() } else { known }
    }

    fn rules(&self, (server, tool): (ServerId, Option<ToolId>)) -> Vec<(usize, &'p Rule, Selected)> {
        let server_name = &self.policy.server(server).unwrap().name;
        let tool = tool.map(|tool| format!("{server_name} {}", self.policy.tool(tool).unwrap().name));
        let has = |list: &[&str], wanted: &str| list.contains(&wanted);
        let selects = |(_, opens, others, unknown): &Selects| match &tool {
            Some(tool) if has(opens, tool) => Some(Selected::ByName),
            Some(tool) => has(others, tool).then_some(Selected::BySet),
            None => has(unknown, server_name).then_some(Selected::BySet),
        };
        assert_eq!(self.policy.rules.len(), self.selects.len());
        let rules = self.policy.rules.iter().zip(&self.selects).enumerate();
        rules.filter_map(|(index, (rule, written))| Some((index, rule, selects(written)?))).collect()
    }

    /// The key of a counter and what the call adds to it, if it adds anything that can be summed.
    fn counter(index: usize, rule: &Rule, target: ServerId, call: &Call<'_>) -> Option<(String, Decimal, Decimal)> {
        let Effect::Limit(limit) = &rule.effect else { panic!("not a limit") };
        let amount = match &limit.sum_of {
            None => Decimal::from(1),
            Some(_) => call.arguments.get("n")?.as_number().filter(|number| !number.is_negative())?,
        };
        let tool = if limit.total { String::new() } else { format!("{target:?} {}", call.name) };
        let scope = match &limit.scope {
            policyc_core::ir::Scope::Server => String::new(),
            policyc_core::ir::Scope::Grant => format!("{:?}", call.grant),
            policyc_core::ir::Scope::Caller(claim) => {
                let claim = call.caller.and_then(|caller| caller.get(claim)).filter(|claim| !claim.is_null());
                format!("{:?} {:?}", claim.and_then(|claim| claim.as_number()), claim.and_then(|claim| claim.as_str()))
            }
        };
        let window = call.at.div_euclid(i64::try_from(limit.window).unwrap());
        Some((format!("{index} {tool} {scope} {window}"), amount, limit.max.clone()))
    }

    fn decide(&self, call: &Call<'_>) -> (Verdict, Option<usize>) {
        let of = |effect: &dyn Fn(&Effect) -> bool, rules: &[(usize, &'p Rule, Selected)]| {
            rules.iter().filter(|(_, rule, _)| effect(&rule.effect)).copied().collect::<Vec<_>>()
        };
        let applies = |rule: &&Rule| rule.guard.as_ref().is_none_or(|guard| holds(&guard.condition, call));
        let one = |target: (ServerId, Option<ToolId>)| {
            let rules = self.rules(target);
            if let Some((index, _, _)) = of(&|effect| matches!(effect, Effect::Hide), &rules).first() {
                return (Verdict::Deny, Some(*index));
            }
            let denies = of(&|effect| matches!(effect, Effect::Deny), &rules);
            if let Some((index, _, _)) = denies.iter().find(|(_, rule, _)| applies(rule)) {
                return (Verdict::Deny, Some(*index));
            }
            let allows = of(&|effect| matches!(effect, Effect::Allow), &rules);
            let opened = if allows.is_empty() {
                self.policy.default.allow
                    || rules.iter().any(|(_, rule, selected)| {
                        *selected == Selected::ByName
                            && match rule.effect {
                                Effect::Require => true,
                                Effect::Limit(_) | Effect::Approval { .. } => applies(rule),
                                _ => false,
                            }
                    })
            } else {
                allows.iter().any(|(_, rule, _)| applies(rule))
            };
            if !opened {
                return (Verdict::Deny, None);
            }
            let requires = of(&|effect| matches!(effect, Effect::Require), &rules);
            if let Some((index, _, _)) = requires.iter().find(|(_, rule, _)| !applies(rule)) {
                return (Verdict::Deny, Some(*index));
            }
            for (index, rule, _) in of(&|effect| matches!(effect, Effect::Limit(_)), &rules) {
                if !applies(&rule) {
                    continue;
                }
                let room = Self::counter(index, rule, target.0, call).is_some_and(|(key, amount, max)| {
                    let used = self.counts.get(&key).cloned().unwrap_or_else(|| Decimal::from(0));
                    used.checked_add(&amount, 4_096).is_some_and(|sum| sum <= max)
                });
                if !room {
                    return (Verdict::Deny, Some(index));
                }
            }
            if call.approved {
                return (Verdict::Allow, None);
            }
            let approvals = of(&|effect| matches!(effect, Effect::Approval { .. }), &rules);
            let held = approvals.iter().find(|(_, rule, _)| applies(rule));
            held.map_or((Verdict::Allow, None), |(index, _, _)| (Verdict::Approval, Some(*index)))
        };
        let mut answers = self.targets(call).into_iter().map(one);
        let first = answers.next().unwrap();
        answers.fold(first, |worst, answer| if answer.0 > worst.0 { answer } else { worst })
    }

    fn count(&mut self, call: &Call<'_>) {
        // A counter has the call once, whatever tools it may mean.
        let mut counted = BTreeSet::new();
        for target in self.targets(call) {
            for (index, rule, _) in self.rules(target) {
                if !matches!(rule.effect, Effect::Limit(_))
                    || !rule.guard.as_ref().is_none_or(|guard| holds(&guard.condition, call))
                {
                    continue;
                }
                if let Some((key, amount, _)) = Self::counter(index, rule, target.0, call)
                    && counted.insert(key.clone())
                {
                    let used = self.counts.entry(key).or_insert_with(|| Decimal::from(0));
                    *used = used.checked_add(&amount, 4_096).unwrap();
                }
            }
        }
    }
}

fn summary(decision: &Decision<'_>) -> (Verdict, Option<usize>) {
    (decision.verdict, decision.decided_by)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decisions_are_those_of_the_seven_steps(statements in statements(), calls in calls()) {
        let text = statements.join("\n");
        with(&text, "", |policy| {
            let mut evaluator = Evaluator::new(policy);
            let mut plain = Plain { policy, selects: written(&text), counts: HashMap::new() };
            let mut now = 0;
            for call in &calls {
                let call = call.at(now);
                now = call.at;
                let trace = evaluator.trace(&call);
                let denials = evaluator.denials(&call);
                let decision = evaluator.call(&call);
                prop_assert_eq!(summary(&decision), plain.decide(&call), "{}\n{:?}", text, call);
                if decision.verdict == Verdict::Allow {
                    plain.count(&call);
                }
                // What is told beside the decision agrees with it.
                prop_assert_eq!((trace.answer.verdict, trace.answer.decided_by), summary(&decision));
                prop_assert!(trace.answer.rule == decision.rule() && trace.answer.reason == decision.reason());
                prop_assert_eq!(denials.is_empty(), decision.verdict != Verdict::Deny);
                prop_assert_eq!(denials.first().map(summary), Some(summary(&decision)).filter(|_| !denials.is_empty()));
                prop_assert_eq!(decision.rule().is_empty(), decision.verdict == Verdict::Allow);
                prop_assert_eq!(decision.reason().is_empty(), decision.verdict == Verdict::Allow);
            }
            Ok(())
        })?;
    }

    /// The evaluator keeps the rules in a layout of its own.
    #[test]
    fn the_evaluator_finds_the_rules_that_the_model_finds(statements in statements(), calls in calls()) {
        let text = statements.join("\n");
        with(&text, "", |policy| {
            let evaluator = Evaluator::new(policy);
            let by_tool = RulesByTool::new(policy);
            for call in &calls {
                let call = call.at(0);
                for tool in evaluator.trace(&call).tools {
                    let subject = Subject { server: tool.server, tool: policy.find_tool(tool.server, &tool.name) };
                    let selecting = by_tool.selecting(policy, subject);
                    let found: Vec<(usize, Selected)> = tool.rules.iter().map(|rule| (rule.index, rule.selected)).collect();
                    let wanted: Vec<(usize, Selected)> =
                        selecting.iter().map(|selecting| (selecting.rule as usize, selecting.how)).collect();
                    prop_assert_eq!(found, wanted, "{}\n{:?}", text, call);
                    let opened = Steps::new(policy, &selecting).opened;
                    let opener = opened
                        .rules()
                        .iter()
                        .find(|opener| opener.opens_when().is_none_or(|guard| holds(&guard.condition, &call)));
                    let wanted = match (&opened, opener) {
                        (_, Some(opener)) => Opening::Rule(opener.index),
                        (Opened::ByDefault, None) => Opening::Default,
                        (Opened::ByAllows(_), None) => Opening::NotAllowed,
                        (Opened::ByName(_), None) => Opening::DefaultDeny,
                    };
                    // Where the default opens the tool, a rule that would open it is named all the same.
                    let is_named = matches!((tool.opening, wanted), (Opening::Rule(_), Opening::Default));
                    prop_assert!(is_named || tool.opening == wanted, "{}\n{:?}: {:?}", text, call, tool.opening);
                }
            }
            Ok(())
        })?;
    }

    /// What is kept of a policy for deciding decides as the policy does, and asks for the same counters.
    #[test]
    fn an_image_decides_as_its_policy_does(statements in statements(), calls in calls()) {
        let text = statements.join("\n");
        with(&text, "", |policy| {
            let image = image::read(&image::write(policy)).unwrap();
            let (mut evaluator, mut other) = (Evaluator::new(policy), Evaluator::new(&image));
            for call in &calls {
                let call = call.at(0);
                let demands = |evaluator: &Evaluator<'_>| format!("{:?}", evaluator.consider(&call).demands());
                prop_assert_eq!(demands(&evaluator), demands(&other));
                let (found, wanted) = (other.call(&call), evaluator.call(&call));
                prop_assert_eq!(summary(&found), summary(&wanted), "{}\n{:?}", text, call);
                prop_assert!(found.rule() == wanted.rule() && found.reason() == wanted.reason());
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_order_of_statements_does_not_matter(
        (statements, shuffled) in statements().prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        calls in calls(),
    ) {
        let verdicts = |policy: &Policy| answers(policy, &calls).into_iter().map(|(verdict, _)| verdict).collect::<Vec<_>>();
        let (text, other) = (statements.join("\n"), shuffled.join("\n"));
        prop_assert_eq!(with(&text, "", verdicts), with(&other, "", verdicts), "{}\n\n{}", text, other);
    }

    #[test]
    fn a_further_refusal_never_allows_more(
        statements in statements(),
        further in prop_oneof![deny(), require(), limit()],
        calls in calls(),
    ) {
        let further = further.replace("NAME", "further");
        let text = statements.join("\n");
        let more = format!("{text}\n{further}");
        with(&text, "", |policy| with(&more, "", |stricter| {
            let (mut base, mut strict) = (Evaluator::new(policy), Evaluator::new(stricter));
            let mut now = 0;
            for call in &calls {
                let call = call.at(now);
                now = call.at;
                let opened = base.trace(&call).tools.iter().all(|tool| tool.opening != Opening::DefaultDeny);
                let (before, after) = (base.decide(&call).verdict, strict.decide(&call).verdict);
                // A limit or a requirement opens a tool that nothing else speaks of.
                prop_assert!(
                    after >= before || !(opened || further.starts_with("deny")),
                    "{}\n{:?}", more, call,
                );
                // Both count the same calls, so that they differ in the statement alone.
                if before == Verdict::Allow && after == Verdict::Allow {
                    base.count(&call);
                    strict.count(&call);
                }
            }
            Ok(())
        }))?;
    }

    #[test]
    fn formatting_and_imports_change_no_decision(
        statements in statements(),
        cut in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        calls in calls(),
    ) {
        let text = statements.join("\n");
        let expected = with(&text, "", |policy| answers(policy, &calls));
        let parse = policyc_core::syntax::parse(&text, FileId(0));
        let formatted = policyc_core::fmt::format(&text, &parse).unwrap();
        prop_assert_eq!(&with(&formatted, "", |policy| answers(policy, &calls)), &expected, "{}\n{}", text, formatted);
        let (start, end) = (cut.0.index(statements.len()), cut.1.index(statements.len() + 1));
        let (start, end) = (start.min(end), start.max(end));
        let imported = statements[start..end].join("\n");
        let parts = [&statements[..start], &["import \"part.pol\";".to_owned()], &statements[end..]];
        let split = parts.concat().join("\n");
        let found = with(&split, &imported, |policy| answers(policy, &calls));
        prop_assert_eq!(&found, &expected, "{}\n{}\n{}", text, split, imported);
    }

    #[test]
    fn counts_are_exact_sums(
        amounts in vec("[0-9]{1,3}(\\.[0-9]{1,3})?|[0-9]{17,20}|[1-9]e-?[0-9]|0\\.0{10,16}1", 1..20),
        max in "[1-9][0-9]{0,20}",
    ) {
        with(&format!("limit alpha {max}/day of args.n;"), "", |policy| {
            let mut evaluator = Evaluator::new(policy);
            // In units of 10^-40.
            let exact = |text: &str| Decimal::parse(text).unwrap().scaled(40, 1_000).unwrap();
            let mut sum = exact("0");
            for amount in &amounts {
                let Ok(call) = OwnedCall::parse(&format!(r#"{{"name": "alpha", "arguments": {{"n": {amount}}}}}"#)) else {
                    // Numbers with zeros in front are no JSON.
                    continue;
                };
                let fits = &sum + exact(amount) <= exact(&max);
                prop_assert_eq!(evaluator.call(&call.at(0)).verdict == Verdict::Allow, fits, "{:?} {}", amounts, amount);
                if fits {
                    sum += exact(amount);
                }
            }
            Ok(())
        })?;
    }
}
