//! What limits let pass: known answers, and random limits against all that the evaluator can be made to allow.

use std::collections::HashMap;
use std::path::Path;

use policyc_core::bounds::{Bound, DAY, HOUR, Model, Report, Stretch, bounds, coarse, kinds};
use policyc_core::decider::{Decider, PolicyDecider};
use policyc_core::decimal::Decimal;
use policyc_core::emit::{Request, find};
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::ir::{Policy, ServerId, Subject};
use policyc_core::json::Json;
use policyc_core::sema::{NoFiles, Options, analyze};
use proptest::prelude::*;
use proptest::sample::select;

fn of_text<T>(text: &str, check: impl FnOnce(&Policy, &Report) -> T) -> T {
    asked(text, &[HOUR, DAY], check)
}

fn asked<T>(text: &str, lengths: &[u64], check: impl FnOnce(&Policy, &Report) -> T) -> T {
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.as_ref().unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    let policy = &checked.policies()[0];
    let subjects: Vec<Subject> = policy.subjects().collect();
    let decider = PolicyDecider::new(policy);
    let model = Model::new(&decider);
    let kinds = kinds(&model);
    assert_eq!(kinds.undecided, [], "too much work");
    let kinds = kinds.kinds;
    check(policy, &bounds(&model, &subjects, &kinds, lengths))
}

/// What a document lets pass is what its policy does, where it holds the policy as it is.
#[test]
fn documents_are_bounded_as_their_policies_are() {
    let policies = [
        "deny *; limit t 10/min; limit t 100/hour;",
        "deny *; limit t 10/min; allow u; limit total * 30/day;",
        "deny *; allow t when args.n <= 5; limit t 3/hour; limit t 0/min;",
    ];
    for text in policies {
        let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
        let checked = analysis.checked.as_ref().unwrap();
        let artefact = find("policylayer").unwrap().emit(&checked.policies()[0], ServerId(0)).artefact.unwrap();
        let document = find("policylayer").unwrap().read(&artefact.text).unwrap();
        let policy = PolicyDecider::new(&checked.policies()[0]);
        let rows = [&policy as &dyn Decider, document.as_ref()].map(|decider| {
            let model = Model::new(decider);
            let kinds = kinds(&model);
            assert_eq!(kinds.undecided, [], "{text}");
            let report = bounds(&model, &model.subjects(), &kinds.kinds, &[HOUR, DAY]);
            let tools = report.tools.iter().map(|tool| {
                // Which limit sets a bound has another number on each side.
                let sequences = tool.calls.iter().map(|stretch| stretch.any.sequence.is_some());
                let name = model.name(tool.subject).map(str::to_owned);
                (name, tool.kinds.min(1), row(&tool.calls), sequences.collect::<Vec<_>>())
            });
            tools.collect::<Vec<_>>()
        });
        assert_eq!(rows[0], rows[1], "{text}");
    }
}

/// A counter of Intercept that adds amounts is like no limit of the language, so nothing is said of its tool.
/// Of gateways that count by buckets, or in windows that begin with a call, bounds are known that no sequence of calls exceeds; of a bucket
/// they are reached.
#[test]
fn other_windows_are_bounded() {
    let text = "deny *; limit t 30/min per server; limit u 6/s per server;";
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.as_ref().unwrap();
    // The bound, and how much passes. Time has whole seconds here, so a bucket for each second is full at the start of one.
    for (name, tool, length, bound, reached) in [
        ("envoy", "t", 60, 30, 30),
        ("envoy", "t", HOUR, 15 + 15 * 60, 15 + 15 * 60),
        ("envoy", "t", 90, 15 + 15 * 2, 15 + 15 * 2),
        ("envoy", "u", 60, 3 + 3 * 60, 3 + 3 * 59),
        ("agentcore", "t", 60, 2 * 15, 15),
        ("agentcore", "t", HOUR, 15 * 61, 15 * 60),
    ] {
        let target = find(name).unwrap();
        let settings = target.settings_of_examples();
        let emission = target.make(&Request::new(&checked.policies()[0], ServerId(0), &settings));
        let document = target.read(&emission.artefact.unwrap().text).unwrap();
        let model = Model::new(document.as_ref());
        let subject = model.subjects().into_iter().find(|subject| model.name(*subject) == Some(tool)).unwrap();
        assert!(kinds(&model).undecided.contains(&subject));
        let found = coarse(&model, subject, &[length]).unwrap();
        let stretch = found.calls.iter().find(|stretch| stretch.seconds == length).unwrap();
        let most = Some(Decimal::from(bound));
        assert_eq!((&stretch.any.most, stretch.any.exact), (&most, false), "{name} {tool} {length}");
        assert_eq!((&found.any_caller[0], &found.all_grants[0]), (&most, &most), "{name} {tool} {length}");
        // As many calls as pass in each second, from each of some beginnings.
        let json = Json::parse("{}").unwrap();
        let mut best = 0;
        for start in (0..60).chain([119]) {
            let mut run = document.run();
            let mut passed = 0;
            for at in start..start + i64::try_from(length).unwrap() {
                let call = Call {
                    server: None,
                    name: tool,
                    arguments: json.root(),
                    caller: None,
                    grant: None,
                    at,
                    approved: false,
                };
                while run.call(&call).verdict == Verdict::Allow {
                    passed += 1;
                }
            }
            assert!(passed <= bound, "{name} {tool} {length} from {start}: {passed}");
            best = best.max(passed);
        }
        assert_eq!(best, reached, "{name} {tool} {length}");
    }
    // A limit with a condition bounds only some calls.
    let text = "deny *; allow t; limit t 3/min when args.n > 5;";
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.as_ref().unwrap();
    let decider = PolicyDecider::new(&checked.policies()[0]);
    let model = Model::new(&decider);
    assert!(model.subjects().into_iter().all(|subject| coarse(&model, subject, &[HOUR]).is_none()));
}

#[test]
fn counters_like_no_limit_are_not_decided() {
    let document = "version: \"1\"\ntools:\n  t:\n    rules:\n      - name: sum\n        conditions: [{path: state.t.c, op: lte, \
                    value: 5}]\n        state: {counter: c, window: day, increment_from: args.n}\n";
    let document = find("intercept").unwrap().read(document).unwrap();
    let model = Model::new(document.as_ref());
    let found = kinds(&model);
    assert_eq!(found.undecided.iter().map(|subject| model.name(*subject)).collect::<Vec<_>>(), [Some("t")]);
}

/// A bound as it is written in the tables: `200`, `<=20` where it is only proved, `-` for none.
fn shown(bound: &Bound) -> String {
    match (&bound.most, bound.exact) {
        (None, _) => "-".to_owned(),
        (Some(most), true) => most.to_string(),
        (Some(most), false) => format!("<={most}"),
    }
}

fn row(stretches: &[Stretch]) -> String {
    let cells = stretches
        .iter()
        .map(|stretch| format!("{} {} {}", stretch.seconds, shown(&stretch.by_the_clock), shown(&stretch.any)));
    cells.collect::<Vec<_>>().join("; ")
}

/// Rules about `t`, and for each length in seconds the most calls by the clock and anywhere.
const CALLS: &[(&str, &str)] = &[
    ("allow t;", "3600 - -; 86400 - -"),
    ("limit t 10/min;", "60 10 20; 3600 600 610; 86400 14400 14410"),
    ("limit t 10/min; limit t 100/hour;", "60 10 20; 3600 100 200; 86400 2400 2500"),
    ("limit t 0/min;", "60 0 0; 3600 0 0; 86400 0 0"),
    ("limit t 0/min; limit t 100/hour;", "60 0 0; 3600 0 0; 86400 0 0"),
    // Seven hours do not fit into a day: it can touch five of the windows, and from midnight on as well.
    ("limit t 10/7hour;", "3600 10 20; 25200 10 20; 86400 50 50"),
    ("limit t 3/5min; limit t 10/7hour;", "300 3 6; 3600 10 20; 25200 10 20; 86400 50 50"),
    // An hour holds nine whole windows of seven minutes less one.
    ("limit t 1/7min;", "420 1 2; 3600 10 10; 86400 207 207"),
    ("limit t 1/sec; limit t 1_000/day;", "1 1 1; 3600 1000 2000; 86400 1000 2000"),
    ("limit t 1_000_000/day;", "3600 1000000 2000000; 86400 1000000 2000000"),
    ("limit t 5/30day;", "3600 5 10; 86400 5 10; 2592000 5 10"),
    // Each of a server, a total and a caller's own bounds this one caller.
    ("limit t 10/hour per server;", "3600 10 20; 86400 240 250"),
    ("limit total t, u 10/hour as \"both\";", "3600 10 20; 86400 240 250"),
    ("limit t 10/hour per caller.team;", "3600 10 20; 86400 240 250"),
    // Only the calls that the condition speaks of are let in, or bounded.
    ("limit t 10/hour when args.a == 1;", "3600 10 20; 86400 240 250"),
    ("allow t; limit t 10/hour when args.a == 1;", "3600 - -; 86400 - -"),
    // Two separate kinds together; and under a limit on both.
    (
        "allow t; limit t 5/hour when args.a == 1 as \"x\"; limit t 7/hour unless args.a == 1 as \"y\";",
        "3600 12 24; 86400 288 300",
    ),
    (
        "allow t; limit t 5/hour when args.a == 1 as \"x\"; limit t 7/hour unless args.a == 1 as \"y\"; limit t 9/hour as \"z\";",
        "3600 9 18; 86400 216 225",
    ),
    // The kind under fewer limits passes at least as often.
    ("allow t; limit t 100/hour; limit t 5/hour when args.a == 1 as \"x\";", "3600 100 200; 86400 2400 2500"),
    // A sum bounds the calls where each has an amount.
    ("limit t 100/hour of args.n; require args.n >= 30 for t;", "3600 3 6; 86400 72 75"),
    ("limit t 100/hour of args.n;", "3600 - -; 86400 - -"),
    // An amount above 30 is needed, but none is the least: no more than three pass, and three of 33 do.
    ("limit t 100/hour of args.n; require args.n > 30 for t;", "3600 3 6; 86400 72 75"),
    // Calls that no guess from the literals would find.
    (
        "limit t 5/min when args.to matches \"[^@]+@acme\\\\.com\" and args.n > 10 and args.n < 10.5;",
        "60 5 10; 3600 300 305; 86400 7200 7205",
    ),
    (
        "limit t 5/min when every args.to in [\"x\", \"y\"] and length(args.to) > 2 and args.to contains \"y\";",
        "60 5 10; 3600 300 305; 86400 7200 7205",
    ),
    (
        "allow t when args.s like \"a*\"; limit t 5/min when args.s like \"ab*\"; deny t unless args.s matches \"ab.*\";",
        "60 5 10; 3600 300 305; 86400 7200 7205",
    ),
    ("limit t 90/hour of args.n; require args.n > 30 for t;", "3600 <=3 <=6; 86400 <=72 <=75"),
];

#[test]
fn calls() {
    for (rules, wanted) in CALLS {
        of_text(&format!("deny *; {rules}"), |policy, report| {
            let tool = &report.tools[policy.tools.iter().position(|tool| tool.name == "t").unwrap()];
            assert_eq!(row(&tool.calls), *wanted, "{rules}");
        });
    }
}

/// Rules about `t`, and for each length in seconds the largest sum by the clock and anywhere.
const SUMS: &[(&str, &str)] = &[
    ("limit t 100/hour of args.n;", "3600 100 200; 86400 2400 2500"),
    ("limit t 100/hour of args.n; require args.n <= 30 for t;", "3600 100 200; 86400 2400 2500"),
    ("limit t 100/hour of args.n; require args.n <= 30 for t; limit t 2/hour;", "3600 60 120; 86400 1440 1500"),
    // Three calls, of which two fit into one minute: 7 + 3, and 7.
    ("limit t 10/min of args.n; limit t 3/hour; require args.n <= 7 for t;", "60 10 20; 3600 21 42; 86400 504 525"),
    ("limit t 0.3/min of args.n; limit t 1/hour of args.n;", "60 0.3 0.6; 3600 1 2; 86400 24 25"),
    ("limit t 0/min of args.n;", "60 0 0; 3600 0 0; 86400 0 0"),
    ("limit t 0/min; limit t 5/min of args.n;", "60 0 0; 3600 0 0; 86400 0 0"),
    // A call that escapes the limit may have any amount.
    ("allow t; limit t 5/min of args.n when args.a == 1;", "60 - -; 3600 - -; 86400 - -"),
    // So much is approached, never reached.
    ("limit t 1000/hour of args.n; require args.n < 30 for t; limit t 2/hour;", "3600 <=60 <=120; 86400 <=1440 <=1500"),
];

#[test]
fn sums() {
    for (rules, wanted) in SUMS {
        of_text(&format!("deny *; {rules}"), |policy, report| {
            let tool = &report.tools[policy.tools.iter().position(|tool| tool.name == "t").unwrap()];
            assert_eq!(row(&tool.sums[0].stretches), *wanted, "{rules}");
        });
    }
}

/// A line, and the lines because of which its limit never refuses.
type Line = (usize, &'static [usize]);

/// Rules, the lines of limits that never refuse, and by which lines.
const NEVER: &[(&str, &[Line])] = &[
    ("limit t 10/min;\nlimit t 600/hour;", &[(2, &[1])]),
    ("limit t 10/min;\nlimit t 599/hour;", &[]),
    ("limit t 10/min;\nlimit t 10/min as \"x\";", &[(2, &[1])]),
    // A minute more would count twice in windows that are not aligned with it.
    ("limit t 10/min;\nlimit t 20/90sec;", &[(2, &[1])]),
    ("limit t 10/min;\nlimit t 19/90sec;", &[]),
    // Nothing of one grant bounds all, but what bounds all bounds one grant.
    ("limit t 10/min;\nlimit t 600/hour per server;", &[]),
    ("limit t 10/min per server;\nlimit t 600/hour;", &[(2, &[1])]),
    ("limit t 10/min per caller.a;\nlimit t 600/hour;", &[]),
    ("limit t 10/min per caller.a;\nlimit t 600/hour per caller.a;", &[(2, &[1])]),
    ("limit t 10/min;\nlimit t 600/hour when args.a == 1 as \"x\";", &[(2, &[1])]),
    ("allow t;\nlimit t 10/min when args.a == 1;\nlimit t 600/hour;", &[]),
    // Totals.
    ("limit t 10/min;\nlimit u 5/min;\nlimit total t, u 15/min as \"x\";", &[(3, &[1, 2])]),
    ("limit t 10/min;\nlimit u 5/min;\nlimit total t, u 14/min as \"x\";", &[]),
    ("limit t 10/min;\nallow u;\nlimit total t, u 15/min as \"x\";", &[]),
    ("limit t 10/min;\nlimit total * 10/min;", &[(2, &[1])]),
    ("allow *;\nlimit t 10/min;\nlimit total * 10/min;", &[(2, &[3])]),
    ("limit total t, u 10/min as \"x\";\nlimit total t 600/hour as \"y\";", &[(2, &[1])]),
    ("allow t;\nlimit total t, u 10/min as \"x\";\nlimit t 10/min;", &[(3, &[2])]),
    // Sums.
    ("limit t 10/min;\nlimit t 300/hour of args.n;\nrequire args.n >= 0 and args.n <= 0.5 for t;", &[(2, &[1])]),
    // Negative amounts are refused by the sum alone.
    ("limit t 10/min;\nlimit t 300/hour of args.n;\nrequire args.n <= 0.5 for t;", &[]),
    ("limit t 10/min;\nlimit t 299/hour of args.n;\nrequire args.n <= 0.5 for t;", &[]),
    ("limit t 5/min of args.n;\nlimit t 300/hour of args.n;", &[(2, &[1])]),
    ("limit t 10/min;\nlimit t 100/min of args.n;\nrequire args.n >= 10 for t;", &[(1, &[2])]),
];

#[test]
fn limits_that_never_refuse() {
    for (rules, wanted) in NEVER {
        asked(rules, &[], |policy, report| {
            let line = |rule: usize| policy.rules[rule].origin.line.parse::<usize>().unwrap();
            let found: Vec<(usize, Vec<usize>)> = report
                .never
                .iter()
                .map(|never| (line(never.rule), never.by.iter().map(|rule| line(*rule)).collect()))
                .collect();
            let wanted: Vec<(usize, Vec<usize>)> = wanted.iter().map(|(line, by)| (*line, by.to_vec())).collect();
            assert_eq!(found, wanted, "{rules}");
        });
    }
}

/// A sum also refuses what it cannot count, and calls that would be held: soundness/02.
#[test]
fn a_sum_that_refuses_what_it_cannot_count_is_needed() {
    let never = |text: &str| of_text(text, |_, report| report.never.len());
    assert_eq!(never("deny *; limit pay 1/min; limit pay 1_000/min of args.n; require not args.n > 10 for pay;"), 0);
    assert_eq!(
        never("deny *; limit pay 1/min; limit pay 1_000/min of args.n; require args.n >= 0 and args.n <= 10 for pay;"),
        1
    );
    let held = "deny *; limit pay 1/min; limit pay 5/min of args.n; require approval for pay when args.n > 3; require args.n >= 0 for pay;";
    assert_eq!(never(held), 0);
    // Approved calls count, too: here the second is what bounds them.
    assert_eq!(
        never(
            "deny *; allow a; limit a 1/min when args.x == 1 as \"one\"; limit a 5/min; require approval for a when args.x != 1;"
        ),
        0
    );
    // The second opens what the first does not.
    assert_eq!(never("deny *; limit a 1/min when args.x == 1 as \"one\"; limit a 5/min;"), 0);
}

#[test]
fn wider_askers() {
    let cases = [
        ("limit t 10/hour;", "20", "-"),
        ("limit t 10/hour per server;", "20", "20"),
        ("limit t 10/hour; limit t 15/hour per server as \"x\";", "20", "30"),
        ("limit t 10/hour per caller.team;", "-", "-"),
        ("limit t 0/hour per caller.team;", "0", "0"),
    ];
    for (rules, any_caller, all_grants) in cases {
        of_text(&format!("deny *; {rules}"), |_, report| {
            let text = |most: &Option<Decimal>| most.as_ref().map_or("-".to_owned(), ToString::to_string);
            let tool = &report.tools[0];
            assert_eq!(
                (text(&tool.any_caller[0]).as_str(), text(&tool.all_grants[0]).as_str()),
                (any_caller, all_grants),
                "{rules}"
            );
        });
    }
}

#[test]
fn a_tool_without_calls_and_one_that_nobody_knows() {
    of_text("deny *; deny t; limit t 5/min; limit total * 3/min; allow u;", |policy, report| {
        let kinds: Vec<usize> = report.tools.iter().map(|tool| tool.kinds).collect();
        assert_eq!((policy.tools.len(), kinds), (2, vec![0, 1, 0]));
        assert_eq!(report.tools[0].calls[0].any.most, Some(Decimal::ZERO));
    });
    of_text("allow *; limit total * 3/min;", |_, report| {
        assert_eq!(row(&report.tools[0].calls), "60 3 6; 3600 180 183; 86400 4320 4323");
        assert!(report.tools[0].subject.tool.is_none());
    });
}

/// Many alignments, or long windows: an answer comes all the same, and says when it is only a bound.
#[test]
fn work_is_bounded() {
    let rules = "deny *; limit t 3/7sec; limit t 5/11sec; limit t 99/86399sec;";
    of_text(rules, |_, report| {
        for stretch in &report.tools[0].calls {
            let most = stretch.any.most.as_ref().unwrap().to_u64().unwrap();
            // A day touches three windows of the longest limit at most.
            assert!(most <= 99 * 3, "{stretch:?}");
        }
    });
    of_text("deny *; limit t 1/sec; limit t 7/3sec; limit t 86_000/day; limit t 1_000_000/30day;", |_, report| {
        let calls = &report.tools[0].calls;
        let day = calls.iter().find(|stretch| stretch.seconds == DAY).unwrap();
        assert_eq!(shown(&day.any), "86400");
        assert!(calls.iter().any(|stretch| stretch.seconds == HOUR));
    });
}

/// Sequences are of calls within the stretch, and come to the total.
#[test]
fn sequences_come_to_their_total() {
    for (rules, _) in CALLS.iter().chain(SUMS) {
        of_text(&format!("deny *; {rules}"), |_, report| {
            for tool in &report.tools {
                let sums = tool.sums.iter().flat_map(|sum| &sum.stretches).map(|stretch| (stretch, true));
                for (stretch, sum) in tool.calls.iter().map(|stretch| (stretch, false)).chain(sums) {
                    let Some(sequence) = &stretch.any.sequence else { continue };
                    let mut total = Decimal::ZERO;
                    for burst in &sequence.bursts {
                        let end = sequence.start + i64::try_from(stretch.seconds).unwrap();
                        assert!((sequence.start..end).contains(&burst.at), "{rules}");
                        for _ in 0..burst.calls {
                            let amount = if sum { burst.amount.clone().unwrap() } else { Decimal::ONE };
                            total = total.checked_add(&amount, 60).unwrap();
                        }
                    }
                    assert_eq!(total, sequence.total, "{rules}");
                    assert!(sequence.bursts.is_sorted_by_key(|burst| burst.at));
                }
            }
        });
    }
}

/// A limit of a random policy.
#[derive(Debug, Clone)]
struct Small {
    window: u64,
    most: u64,
    sum: bool,
    /// Only for calls with this `k`; 0 for all.
    only: u64,
}

/// Random limits on the calls of `t`, whose `k` is 1 or 2 and whose `n` lies between two ends.
#[derive(Debug, Clone)]
struct Case {
    limits: Vec<Small>,
    least: u64,
    largest: u64,
}

impl Case {
    fn text(&self) -> String {
        let limits = self.limits.iter().enumerate().map(|(index, limit)| {
            let of = if limit.sum { " of args.n" } else { "" };
            let when = if limit.only > 0 { format!(" when args.k == {}", limit.only) } else { String::new() };
            format!("limit t {}/{}sec{of}{when} as \"c{index}\";\n", limit.most, limit.window)
        });
        let (least, largest) = (self.least, self.largest);
        let limits: String = limits.collect();
        format!(
            "deny *;\nallow t when args.k in [1, 2];\nrequire args.n >= {least} and args.n <= {largest} for t;\n{limits}"
        )
    }

    fn period(&self) -> u64 {
        let gcd = |mut left: u64, mut right: u64| {
            while right > 0 {
                (left, right) = (right, left % right);
            }
            left
        };
        self.limits.iter().fold(1, |all, limit| all / gcd(all, limit.window) * limit.window)
    }

    /// All calls worth choosing from: `(k, n, what it counts)`.
    fn choices(&self, sums: bool) -> Vec<(u64, u64, u64)> {
        let all =
            [1, 2].into_iter().flat_map(|k| (self.least..=self.largest).map(move |n| (k, n, if sums { n } else { 1 })));
        all.filter(|(.., worth)| *worth > 0).collect()
    }
}

/// The most that the evaluator can be made to allow, by trying everything.
struct Brute<'a> {
    case: &'a Case,
    choices: Vec<(u64, u64, u64, Json)>,
    known: HashMap<(u64, usize, Vec<u64>), u64>,
    end: u64,
}

impl<'a> Brute<'a> {
    fn new(case: &'a Case, sums: bool) -> Self {
        let json = |k: u64, n: u64| Json::parse(&format!("{{\"k\": {k}, \"n\": {n}}}")).unwrap();
        let choices = case.choices(sums).into_iter().map(|(k, n, worth)| (k, n, worth, json(k, n))).collect();
        Self { case, choices, known: HashMap::new(), end: 0 }
    }

    fn most(&mut self, policy: &Policy, start: u64, length: u64) -> u64 {
        self.known.clear();
        self.end = start + length;
        self.from(&Evaluator::new(policy), start, 0, vec![0; self.case.limits.len()])
    }

    /// From a second and a choice on; `used` is what the evaluator has counted in the windows of the second.
    fn from(&mut self, evaluator: &Evaluator<'_>, second: u64, choice: usize, used: Vec<u64>) -> u64 {
        if second == self.end {
            return 0;
        }
        let key = (second, choice, used);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let used = &key.2;
        let Some((k, n, worth, json)) = self.choices.get(choice) else {
            let next = second + 1;
            let kept = self.case.limits.iter().zip(used);
            let used = kept.map(|(limit, used)| if next.is_multiple_of(limit.window) { 0 } else { *used }).collect();
            let best = self.from(evaluator, next, 0, used);
            self.known.insert(key, best);
            return best;
        };
        let (k, n, worth) = (*k, *n, *worth);
        let at = i64::try_from(second).unwrap();
        let call =
            Call { server: None, name: "t", arguments: json.root(), caller: None, grant: None, at, approved: false };
        let mut after = evaluator.clone();
        let allowed = after.call(&call).verdict == Verdict::Allow;
        let mut best = self.from(evaluator, second, choice + 1, used.clone());
        if allowed {
            let counted = self.case.limits.iter().zip(used).map(|(limit, used)| match limit.only {
                only if only > 0 && only != k => *used,
                _ => used + if limit.sum { n } else { 1 },
            });
            let counted = counted.collect();
            best = best.max(worth + self.from(&after, second, choice, counted));
        }
        self.known.insert(key, best);
        best
    }
}

fn small(sums: bool, kinds: bool) -> impl Strategy<Value = Small> {
    let only = if kinds { select(&[0_u64, 1, 2][..]) } else { select(&[0_u64][..]) };
    let sum = if sums { any::<bool>().boxed() } else { Just(false).boxed() };
    (1_u64..=6, 0_u64..=4, sum, only).prop_map(|(window, most, sum, only)| Small {
        window,
        most: if sum { most * 2 } else { most },
        sum,
        only,
    })
}

fn case(sums: bool, kinds: bool) -> impl Strategy<Value = Case> {
    (proptest::collection::vec(small(sums, kinds), 1..4), 0_u64..=2, 0_u64..=3).prop_map(|(limits, least, more)| Case {
        limits,
        least,
        largest: least + more,
    })
}

/// Compares one bound with all that can be tried.
fn compare(case: &Case, found: &Bound, tried: impl FnOnce() -> u64, must_be_exact: bool) -> Result<(), TestCaseError> {
    let Some(most) = &found.most else { return Ok(()) };
    let tried = Decimal::from(tried());
    prop_assert!(tried <= *most, "{}: {tried} passes, {most} is said to be the most", case.text());
    prop_assert!(!found.exact || tried == *most, "{}: only {tried} passes, not {most}", case.text());
    prop_assert!(found.exact || !must_be_exact, "{}: {most} is only said to be a bound", case.text());
    Ok(())
}

fn check(case: &Case, sums: bool, must_be_exact: bool) -> Result<(), TestCaseError> {
    asked(&case.text(), &[], |policy, report| {
        let tool = &report.tools[0];
        let stretches =
            if sums { tool.sums.first().map(|sum| sum.stretches.as_slice()) } else { Some(tool.calls.as_slice()) };
        for stretch in stretches.unwrap_or_default().iter().filter(|stretch| stretch.seconds <= 6) {
            let mut brute = Brute::new(case, sums);
            let (length, period) = (stretch.seconds, case.period());
            let clock = || (0..period).map(|index| brute.most(policy, index * length, length)).max().unwrap();
            compare(case, &stretch.by_the_clock, clock, must_be_exact)?;
            let any = || (0..period).map(|start| brute.most(policy, start, length)).max().unwrap();
            compare(case, &stretch.any, any, must_be_exact)?;
        }
        Ok(())
    })
}

/// Whether of any two windows one divides the other.
fn nested(case: &Case) -> bool {
    let windows: Vec<u64> = case.limits.iter().map(|limit| limit.window).collect();
    windows.iter().all(|left| windows.iter().all(|right| left % right == 0 || right % left == 0))
}

/// What stands beside limits, and the amounts of calls.
const OTHERS: &[&str] = &[
    "allow t, u;",
    "require args.n >= 1 and args.n <= 3 for t, u;",
    "require args.n >= 0 for t;",
    "require args.n <= 2 for u;",
    "require not args.n > 2 for t;",
    "require args.k in [1, 2] for t, u;",
    "require approval for t when args.n > 1;",
    "require approval for u;",
    "deny t when args.k == 1 and not has args.n;",
];
const AMOUNTS: &[&str] = &[
    ", \"n\": 0",
    ", \"n\": 1",
    ", \"n\": 2",
    ", \"n\": 3",
    ", \"n\": 4",
    "",
    ", \"n\": null",
    ", \"n\": \"1\"",
    ", \"n\": -1",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Calls of one kind: exact for any windows.
    #[test]
    fn calls_are_counted_exactly(case in case(true, false)) {
        check(&case, false, true)?;
    }

    /// Calls of several kinds: no more passes, and what is said to be exact is.
    #[test]
    fn kinds_are_bounded(case in case(true, true)) {
        check(&case, false, false)?;
    }

    /// Sums of calls of one kind: exact where windows are nested, and every small amount is there to fill them up.
    #[test]
    fn sums_are_added_exactly(case in case(true, false)) {
        check(&case, true, nested(&case) && case.least == 0)?;
    }

    #[test]
    fn sums_of_kinds_are_bounded(case in case(true, true)) {
        check(&case, true, false)?;
    }

    /// Without the limits that never refuse a call, every call is decided as with them.
    #[test]
    fn limits_that_never_refuse_can_go(
        rules in proptest::collection::vec(
            (select(&["t", "u", "total t, u"][..]), 1_u64..=6, 0_u64..=6, any::<bool>(), select(&["", " per server"][..]), select(&["", " when args.k == 1"][..])),
            2..6,
        ),
        // What keeps amounts in bounds, what holds calls, and what opens the tools may each be there or not.
        others in proptest::sample::subsequence(OTHERS, 0..=OTHERS.len()),
        calls in proptest::collection::vec(
            (select(&["t", "u"][..]), 1_u64..=2, select(AMOUNTS), 0_i64..=1, select(&["a", "b"][..]), any::<bool>()),
            60,
        ),
    ) {
        let lines: Vec<String> = rules.iter().enumerate().map(|(index, (tool, window, most, sum, scope, when))| {
            let of = if *sum { " of args.n" } else { "" };
            format!("limit {tool} {most}/{window}sec{of}{scope}{when} as \"c{index}\";")
        }).collect();
        let head = format!("deny *; {}", others.join(" "));
        let text = format!("{head}\n{}", lines.join("\n"));
        let kept: Vec<String> = asked(&text, &[], |policy, report| {
            let gone = |line: usize| {
                // A limit of one tool goes when it is of no use for it.
                report.never.iter().any(|never| policy.rules[never.rule].origin.line == (line + 2).to_string())
            };
            lines.iter().enumerate().filter(|(line, _)| !gone(*line)).map(|(_, text)| text.clone()).collect()
        });
        let without = format!("{head}\n{}", kept.join("\n"));
        let decide = |text: &str| asked(text, &[], |policy, _| {
            let mut evaluator = Evaluator::new(policy);
            let mut at = 0;
            let verdicts = calls.iter().map(|(tool, k, n, later, grant, approved)| {
                at += later;
                let json = Json::parse(&format!("{{\"k\": {k}{n}}}")).unwrap();
                let call = Call { server: None, name: tool, arguments: json.root(), caller: None, grant: Some(grant), at, approved: *approved };
                evaluator.call(&call).verdict
            });
            verdicts.collect::<Vec<_>>()
        });
        prop_assert_eq!(decide(&text), decide(&without), "{}\n{}", text, without);
    }
}
