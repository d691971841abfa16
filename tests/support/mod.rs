//! What several property tests need: policies made of random statements, and calls of their tools.
//!
//! The tools are `alpha`, `beta` and `gamma`; their arguments `n`, `s`, `o.k`, and `l` with elements that have `k`. With
//! [`with_classes`] they stand in a catalogue, and are in several classes each.
#![allow(clippy::unwrap_used, dead_code, reason = "each test uses some of it")]

use std::path::Path;
use std::sync::Arc;

use policyc_core::catalogue::{Classes, ToolSettings};
use policyc_core::disk::Unreadable;
use policyc_core::emit::{Emission, Request, Target, TargetOption};
use policyc_core::eval::Call;
use policyc_core::ir::{Policy, ServerId};
use policyc_core::json::Value;
use policyc_core::sema::{Loader, NoFiles, Options, analyze};
use proptest::prelude::*;
use proptest::sample::select;

/// The folder of the repository. The package that a test belongs to may be in a folder of its own.
pub(crate) fn root() -> &'static Path {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.find(|folder| folder.join("Cargo.lock").is_file()).unwrap()
}

/// What a target makes of one server of a policy, which is called `example` where the policy does not name it.
pub(crate) fn emitted(target: &Target, policy: &Policy, server: ServerId) -> Emission {
    let mut settings = target.settings_of_examples();
    if policy.server(server).is_some_and(|server| !server.name.is_empty()) {
        settings.remove(&TargetOption::ALIAS);
    }
    target.make(&Request::new(policy, server, &settings))
}

/// What stands in the way of a document of a policy: each refusal with its way out.
pub(crate) fn refusals(policy: &str, emission: &Emission) -> String {
    assert!(emission.artefact.is_none(), "{policy}");
    let found = emission.diagnostics.iter().filter(|found| found.is_error());
    let found = found.map(|found| format!("  {}\n    {}\n", found.message, found.help.as_deref().unwrap_or_default()));
    format!("{policy}\n{}", found.collect::<String>())
}

const TOOLS: &[&str] = &["alpha", "beta", "gamma"];
const PATHS: &[&str] = &["args.n", "args.s", "args.o.k"];
const NUMBERS: &[&str] = &["0", "5", "-1.5", "0.1", "1_000_000", "7"];
const STRINGS: &[&str] = &[
    "\"main\"",
    "\"5\"",
    "\"true\"",
    "\"<nil>\"",
    "\"\"",
    "\"[1 2]\"",
    "\"map[a:1]\"",
    "\"1e+06\"",
    "\"1000000\"",
    "\"a/b\"",
    "\"0.1\"",
];
/// A call of a tool of the only server, by nobody in particular.
pub(crate) fn call<'a>(name: &'a str, arguments: Value<'a>, grant: &'a str, at: i64) -> Call<'a> {
    Call { server: None, name, arguments, caller: None, grant: Some(grant), at, approved: false }
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(NUMBERS).prop_map(str::to_owned),
        4 => select(STRINGS).prop_map(str::to_owned),
        1 => select(&["true", "false"][..]).prop_map(str::to_owned),
        1 => Just("null".to_owned()),
    ]
}

fn list() -> impl Strategy<Value = String> {
    let some = |one: BoxedStrategy<String>| proptest::collection::vec(one, 1..4).prop_map(|list| list.join(", "));
    prop_oneof![
        some(select(NUMBERS).prop_map(str::to_owned).boxed()),
        some(select(STRINGS).prop_map(str::to_owned).boxed()),
        some(literal().boxed()),
    ]
}

fn atom() -> impl Strategy<Value = String> {
    let path = || select(PATHS);
    prop_oneof![
        2 => path().prop_map(|path| format!("has {path}")),
        3 => (path(), select(&["<", "<=", ">", ">="][..]), select(NUMBERS))
            .prop_map(|(path, operator, number)| format!("{path} {operator} {number}")),
        4 => (path(), select(&["==", "!="][..]), literal())
            .prop_map(|(path, operator, literal)| format!("{path} {operator} {literal}")),
        3 => (path(), select(&["in", "not in"][..]), list())
            .prop_map(|(path, operator, list)| format!("{path} {operator} [{list}]")),
        1 => (path(), literal()).prop_map(|(path, literal)| format!("{path} contains {literal}")),
        1 => (path(), select(&["a/*", "*", "main", "*in", "5*"][..]))
            .prop_map(|(path, pattern)| format!("{path} like \"{pattern}\"")),
        1 => (path(), select(&["[a-z]+", "main|5", ".*"][..]))
            .prop_map(|(path, pattern)| format!("{path} matches \"{pattern}\"")),
        1 => (path(), select(PATTERNS)).prop_map(|(path, patterns)| format!("{path} {patterns}")),
        1 => elements(),
    ]
}

/// Lists of patterns.
const PATTERNS: &[&str] = &[
    "like [\"ma*\", \"*5\"]",
    "like [\"a/*\", \"a/b\", \"\"]",
    "matches [\"[a-z]+\", \"5\"]",
    "matches [\"main|5\", \"[^a]*\"]",
];

/// Conditions on elements, and on what is in them.
fn elements() -> impl Strategy<Value = String> {
    let words = select(&["every", "some"][..]);
    let paths = select(&["args.l[*]", "args.l[*].k", "args.l[*].k[*]", "args.l", "args.o.k[*]"][..]);
    let tests = select(
        &["== 5", "!= \"main\"", "in [5, \"main\"]", "not in [5, null]", "like \"m*\"", "< 5", "contains 5"][..],
    );
    let tests = prop_oneof![2 => tests, 1 => select(PATTERNS)];
    (words, paths, tests).prop_map(|(word, path, test)| format!("{word} {path} {test}"))
}

pub(crate) fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![3 => atom().boxed(), 1 => atom().prop_map(|atom| format!("not ({atom})")).boxed()];
    leaf.prop_recursive(2, 5, 3, |inner| {
        prop_oneof![
            2 => proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            2 => proptest::collection::vec(inner.clone(), 2..3).prop_map(|parts| format!("({})", parts.join(" or "))),
            1 => inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

fn guard() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        3 => condition().prop_map(|condition| format!(" when {condition}")),
        1 => condition().prop_map(|condition| format!(" unless {condition}")),
    ]
}

fn selection() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(TOOLS).prop_map(str::to_owned),
        3 => Just("alpha, beta".to_owned()),
        1 => Just("*".to_owned()),
        1 => Just("* except gamma".to_owned()),
    ]
}

fn statement() -> impl Strategy<Value = String> {
    let guarded = |word: &'static str| {
        (selection(), guard()).prop_map(move |(selection, guard)| match (selection.as_str(), guard.as_str()) {
            // Without condition it would be the default, of which there is one.
            ("*", "") => format!("{word} alpha;"),
            _ => format!("{word} {selection}{guard};"),
        })
    };
    let scope = || select(&["", " per server"][..]);
    let window = || select(&["min", "hour", "day"][..]);
    prop_oneof![
        4 => guarded("allow"),
        4 => guarded("deny"),
        1 => select(TOOLS).prop_map(|tool| format!("hide {tool};")),
        3 => (condition(), selection()).prop_map(|(condition, selection)| format!("require {condition} for {selection};")),
        2 => (selection(), guard())
            .prop_map(|(selection, guard)| format!("require approval for {selection}{guard};")),
        3 => (select(TOOLS), 0u8..4, window(), scope(), guard())
            .prop_map(|(tool, count, window, scope, guard)| format!("limit {tool} {count}/{window}{scope}{guard};")),
        2 => (select(&["*", "alpha, beta", "* except gamma"][..]), 0u8..5, window(), scope()).prop_map(
            |(tools, count, window, scope)| format!("limit total {tools} {count}/{window}{scope} as \"all\";")
        ),
        2 => (select(TOOLS), condition(), 1u8..4, scope()).prop_map(|(tool, condition, count, scope)| format!(
            "allow {tool} when {condition};\nlimit {tool} {count}/min{scope} when {condition};"
        )),
    ]
}

pub(crate) fn policy_text() -> impl Strategy<Value = String> {
    let default = select(&["allow *;", "deny *;", ""][..]);
    (default, proptest::collection::vec(statement(), 1..5))
        .prop_map(|(default, statements)| format!("{default}\n{}\n", statements.join("\n")))
}

/// A policy that only lists tools.
pub(crate) fn listed_text() -> impl Strategy<Value = String> {
    let tools = || select(&["alpha", "beta", "gamma", "alpha, beta", "* except gamma", "*"][..]);
    // `allow *` and `deny *` are defaults, of which there is one.
    let of_some = (select(&["allow", "deny"][..]), tools().prop_filter("a default", |tools| *tools != "*"));
    let of_any = (select(&["hide", "require approval for", "require approval by \"ops\" for"][..]), tools());
    let statement = prop_oneof![of_some, of_any].prop_map(|(word, tools)| format!("{word} {tools};"));
    let default = select(&["allow *;", "deny *;", ""][..]);
    (default, proptest::collection::vec(statement, 1..5))
        .prop_map(|(default, statements)| format!("{default}\n{}\n", statements.join("\n")))
}

/// A condition of any kind, those that no target holds among them.
pub(crate) fn describable() -> impl Strategy<Value = String> {
    let path = || select(PATHS);
    let test = || {
        prop_oneof![
            (select(&["<", ">="][..]), select(NUMBERS)).prop_map(|(operator, number)| format!("{operator} {number}")),
            (select(&["==", "!="][..]), literal()).prop_map(|(operator, literal)| format!("{operator} {literal}")),
            (select(&["in", "not in"][..]), list()).prop_map(|(operator, list)| format!("{operator} [{list}]")),
        ]
    };
    let more = prop_oneof![
        3 => condition().boxed(),
        1 => (path(), select(&["every", "some"][..]), test()).prop_map(|(path, word, test)| format!("{word} {path} {test}")),
        1 => (path(), select(&["==", "!=", "<", ">"][..])).prop_map(|(path, compare)| format!("length({path}) {compare} 1")),
    ];
    let joined = (more.clone(), select(&["and", "or"][..]), more.clone(), any::<bool>())
        .prop_map(|(left, word, right, not)| format!("{}(({left}) {word} ({right}))", if not { "not " } else { "" }));
    prop_oneof![more, joined]
}

/// What a call may have at a path; empty for nothing.
const VALUES: &[&str] = &[
    "",
    "null",
    "true",
    "false",
    "0",
    "5",
    "4.5",
    "-1.5",
    "-2",
    "0.1",
    "1000000",
    "1e300",
    "-0.0",
    "\"main\"",
    "\"5\"",
    "\"true\"",
    "\"false\"",
    "\"<nil>\"",
    "\"\"",
    "\"[1 2]\"",
    "\"map[a:1]\"",
    "\"1e+06\"",
    "\"1000000\"",
    "\"a/b\"",
    "\"a\\nb\"",
    "\"-1.5\"",
    "\"0.1\"",
    "\"null\"",
    "[]",
    "[1, 2]",
    "[\"main\"]",
    "[5]",
    "[\"5\"]",
    "[null]",
    "[true]",
    "{}",
    "{\"a\": 1}",
    "{\"k\": 5}",
    "{\"k\": null}",
];

/// What a call may have at `l`.
const ROWS: &[&str] = &[
    "",
    "",
    "",
    "[]",
    "5",
    "[5]",
    "[\"main\", 5]",
    "[{}]",
    "[{\"k\": 5}]",
    "[{\"k\": \"main\"}, {\"k\": 5}]",
    "[{\"k\": 5}, {}]",
    "[{\"k\": [5]}]",
    "[{\"k\": []}, {\"k\": [5, \"main\"]}]",
    "[[5]]",
    "[{\"k\": null}]",
];

pub(crate) fn calls() -> impl Strategy<Value = Vec<(String, String, &'static str, i64)>> {
    let tool = select(&["alpha", "alpha", "beta", "gamma", "other"][..]).prop_map(str::to_owned);
    let values = (select(VALUES), select(VALUES), select(VALUES), select(ROWS)).prop_map(|(n, s, k, l)| {
        let member = |key: &str, value: &str| if value.is_empty() { None } else { Some(format!("\"{key}\": {value}")) };
        let inner = member("k", k).map(|member| format!("\"o\": {{{member}}}"));
        let members: Vec<String> =
            [member("n", n), member("s", s), inner, member("l", l)].into_iter().flatten().collect();
        format!("{{{}}}", members.join(", "))
    });
    let time = select(&[0, 59, 60, 3_599, 3_600, 86_399, 86_400][..]);
    proptest::collection::vec((tool, values, select(&["x", "y"][..]), time), 40)
}

/// The catalogue of [`with_classes`]: `alpha` is in two classes, `beta` in one that the settings give it, `gamma` is a read.
const CATALOGUE: &str = r#"{"tools": [
    {"name": "alpha", "inputSchema": {}, "x-policyc": {"class": ["destructive", "execute"]}},
    {"name": "beta", "inputSchema": {}, "x-policyc": {"class": "write"}},
    {"name": "gamma", "inputSchema": {}, "x-policyc": {"class": "read"}}
]}"#;

struct Catalogue;

impl Loader for Catalogue {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(CATALOGUE.as_bytes().to_vec())
    }
}

/// A policy that selects by built-in sets, which overlap.
pub(crate) fn classed_text() -> impl Strategy<Value = String> {
    policy_text().prop_map(|text| {
        let sets = [
            ("alpha, beta", "@execute"),
            ("* except gamma", "@changes"),
            ("deny gamma", "deny @destructive, @financial"),
        ];
        let text = sets.iter().fold(text, |text, (from, to)| text.replace(from, to));
        format!("server s from \"c.json\";\n{text}")
    })
}

/// The policy of a text of [`classed_text`], if it is one. The settings make `beta` an `execute` and `financial` tool.
pub(crate) fn with_classes(
    text: &str,
    check: impl FnOnce(&Policy) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let classes = Classes::parse(["execute", "financial"]).unwrap();
    let settings = Arc::new(ToolSettings::new(vec![("be*".to_owned(), classes)], Vec::new()));
    let options = Options { settings: [("s".to_owned(), settings)].into(), ..Options::default() };
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &options, &Catalogue);
    match analysis.checked.as_ref().map(|checked| checked.policies()) {
        Some([policy]) => check(policy),
        _ => Ok(()),
    }
}

/// The policy, if the text is one.
pub(crate) fn with_policy(
    text: &str,
    check: impl FnOnce(&Policy) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    match analysis.checked.as_ref().map(|checked| checked.policies()) {
        Some([policy]) => check(policy),
        _ => Ok(()),
    }
}
