//! Fixes: a safe one changes no decision, none breaks a policy, and they come to an end.
//!
//! Policies are made of random statements, with a catalogue, lets, groups, globs, comments and what rules look for.

use std::path::Path;

use policyc_core::analysis::ask::Domain;
use policyc_core::decider::PolicyDecider;
use policyc_core::diagnostics::{Applicability, Diagnostic, Edit};
use policyc_core::diff::{self, Verdict};
use policyc_core::disk::Unreadable;
use policyc_core::eval::{Call, Evaluator};
use policyc_core::fixes::{self, Looked};
use policyc_core::json::Json;
use policyc_core::sema::{self, Loader, Options};
use policyc_core::{lint, suppress};
use proptest::prelude::*;
use proptest::sample::select;

const CATALOGUE: &str = r#"{"tools": [
    {"name": "alpha", "inputSchema": {"type": "object"}, "x-policyc": {"class": "financial"}},
    {"name": "beta", "inputSchema": {"type": "object"}, "x-policyc": {"class": "write"}},
    {"name": "gamma", "inputSchema": {"type": "object"}, "x-policyc": {"class": "destructive"}}
]}"#;

struct Files;

impl Loader for Files {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        match path.file_name().and_then(|name| name.to_str()) {
            Some("tools.json") => Ok(CATALOGUE.as_bytes().to_vec()),
            Some("nothing.pol") => Ok(b"let unused = 5;\n".to_vec()),
            _ => Err(Unreadable::Missing),
        }
    }
}

fn look(text: &str) -> Looked {
    let analysis = sema::analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &Files);
    let mut found = analysis.diagnostics.clone();
    found.extend(lint::check(&analysis, &|_| true));
    suppress::apply(&mut found, analysis.files(), &analysis.sources, analysis.main, &|_| true);
    policyc_core::diagnostics::sort(&mut found);
    Looked { analysis, found }
}

fn applied(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

/// Whether two policies decide alike: all calls by proof, and some sequences by trying.
fn same(old: &Looked, new: &Looked, calls: &[(String, String, &'static str, i64)]) -> Result<(), String> {
    let (Some(left), Some(right)) = (&old.analysis.checked, &new.analysis.checked) else {
        return Err(format!("errors: {:?}", new.analysis.diagnostics));
    };
    let (left, right) = (&left.policies()[0], &right.policies()[0]);
    let verdict = diff::compare(&PolicyDecider::new(left), &PolicyDecider::new(right), Domain::Any, false).verdict;
    if !matches!(verdict, Verdict::Same | Verdict::Undecided) {
        return Err(format!("it comes out {}", verdict.name()));
    }
    let (mut before, mut after) = (Evaluator::new(left), Evaluator::new(right));
    for (tool, arguments, grant, at) in calls {
        let json = Json::parse(arguments).unwrap();
        let call = Call {
            server: None,
            name: tool,
            arguments: json.root(),
            caller: None,
            grant: Some(*grant),
            at: *at,
            approved: false,
        };
        let (old, new) = (before.call(&call).verdict, after.call(&call).verdict);
        if old != new {
            return Err(format!("{} instead of {} for {tool} {arguments}", new.name(), old.name()));
        }
    }
    Ok(())
}

/// Parts of selections, some of which say nothing new.
fn tools() -> impl Strategy<Value = String> {
    let item = || select(&["alpha", "beta", "gamma", "al*", "*ta", "@used", "\"beta\"", "@write", "@financial"][..]);
    let items = proptest::collection::vec(item(), 1..4).prop_map(|items| items.join(", "));
    let except = prop_oneof![
        3 => Just(String::new()),
        1 => proptest::collection::vec(item(), 1..3).prop_map(|items| format!(" except {}", items.join(", "))),
    ];
    (items, except).prop_map(|(items, except)| items + &except)
}

/// Conditions with what rules look for.
fn odd_condition() -> impl Strategy<Value = String> {
    let odd = select(
        &[
            "args.s in [\"main\", \"main\"]",
            "args.s in [\"main\"]",
            "args.n not in [5]",
            "args.n in [null]",
            "args.s not in [null]",
            "args.s == null",
            "not not args.n > 5",
            "not (not (args.n > 5 or args.s == \"5\"))",
            "args.s like \"main\"",
            "args.s like \"a\\\\*b\"",
            "args.s matches \"^main$\"",
            "args.s matches \"main\"",
            "args.s matches \"^main|5$\"",
            "args.s matches \"(?i)main\"",
            "args.s matches \".*@acme.com\"",
            "args.s like \"https://acme.com*\"",
            "args.s like \"/work*\"",
            "args.s like \"/work/*\"",
            "args.s != \"main\"",
            "args.n > limit_value",
            "has args.n and args.n == 5",
        ][..],
    );
    let plain = prop_oneof![1 => crate::support::condition().boxed(), 2 => odd.prop_map(str::to_owned).boxed()];
    plain.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} and {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} or {right}")),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

fn odd_statement() -> impl Strategy<Value = String> {
    let guard = || {
        prop_oneof![
            2 => Just(String::new()),
            3 => odd_condition().prop_map(|condition| format!(" when {condition}")),
            2 => odd_condition().prop_map(|condition| format!(" unless {condition}")),
        ]
    };
    let word = select(&["allow", "deny", "require approval for"][..]);
    let window = select(&["60s", "min", "24h", "7d", "day", "120min"][..]);
    let sum = select(&["", " of args.n"][..]);
    let because = || select(&["", " because \"no\""][..]);
    prop_oneof![
        4 => (word, tools(), guard()).prop_map(|(word, tools, guard)| format!("{word} {tools}{guard};")),
        3 => (odd_condition(), tools(), because())
            .prop_map(|(condition, tools, because)| format!("require {condition} for {tools}{because};")),
        3 => (select(&["alpha", "beta, gamma", "*", "al*"][..]), 0u8..3, window, sum, guard(), 0u32..1_000_000, because())
            .prop_map(|(tools, count, window, sum, guard, number, because)| {
                format!("limit {tools} {count}/{window}{sum}{guard} as \"c{number}\"{because};")
            }),
        1 => tools().prop_map(|tools| format!("hide {tools};")),
        1 => Just("let unused = [\"a\", \"a\"];".to_owned()),
        1 => Just("group spare = alpha, al*, alpha;".to_owned()),
        1 => Just("import \"nothing.pol\";".to_owned()),
        1 => Just("assert deny alpha when args.n > 5 and args.n < 5;".to_owned()),
        1 => tools().prop_map(|tools| format!("// policyc: allow(shadowed-rule)\nallow {tools};")),
    ]
}

/// Policies without errors. Those of a statement that selects nothing, or of two declarations of one name, are
/// filtered here: what is rejected within a test is few, whatever the number of cases.
fn text() -> impl Strategy<Value = String> {
    any_text().prop_filter("a policy without errors", |text| look(text).analysis.checked.is_some())
}

fn any_text() -> impl Strategy<Value = String> {
    let head = "server tools from \"tools.json\";\nlet limit_value = 5;\ngroup used = alpha, beta;\n";
    let default = select(&["allow *;", "deny *;", "", "deny * because \"closed\";"][..]);
    let space = || select(&["\n", "\n\n", " ", "  // said here\n", "\n/// a rule\n", "\r\n"][..]);
    (default, proptest::collection::vec((odd_statement(), space()), 1..7)).prop_map(move |(default, statements)| {
        let statements: String = statements.into_iter().map(|(statement, space)| statement + space).collect();
        format!("{head}{default}\n{statements}")
    })
}

fn fixes_of(
    found: &[Diagnostic],
    kind: Applicability,
) -> impl Iterator<Item = (&Diagnostic, &policyc_core::diagnostics::Fix)> {
    let all = found.iter().flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)));
    all.filter(move |(_, fix)| fix.applicability == kind)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Each safe fix by itself: no decision changes, and the finding is gone.
    #[test]
    fn a_safe_fix_changes_no_decision(text in text(), calls in crate::support::calls()) {
        let old = look(&text);
        for (finding, fix) in fixes_of(&old.found, Applicability::Safe) {
            let name = finding.code.name;
            prop_assert!(fix.edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{name}: edits overlap");
            let new = applied(&text, &fix.edits);
            let looked = look(&new);
            if let Err(problem) = same(&old, &looked, &calls) {
                prop_assert!(false, "{name}, {}: {problem}\n{text}\n--- becomes\n{new}", fix.title);
            }
            // The finding itself: that it is gone may show that another rule changes nothing, too.
            let about = |looked: &Looked, finding: &Diagnostic| looked.analysis.sources.slice(finding.primary.span).to_owned();
            let own = about(&old, finding);
            let is_own = |looked: &Looked, other: &Diagnostic| other.code.id == finding.code.id && about(looked, other) == own;
            let count = |looked: &Looked| looked.found.iter().filter(|other| is_own(looked, other)).count();
            prop_assert!(count(&looked) < count(&old), "{name} stays\n{text}\n--- becomes\n{new}");
        }
    }

    /// An unsafe fix may change decisions, and leaves a policy without errors.
    #[test]
    fn an_unsafe_fix_breaks_nothing(text in text()) {
        let old = look(&text);
        for (finding, fix) in fixes_of(&old.found, Applicability::Unsafe) {
            let new = applied(&text, &fix.edits);
            let errors = look(&new).analysis.diagnostics;
            let errors: Vec<&Diagnostic> = errors.iter().filter(|finding| finding.is_error()).collect();
            prop_assert!(errors.is_empty(), "{}, {}: {errors:?}\n{text}\n--- becomes\n{new}", finding.code.name, fix.title);
        }
    }

    /// All safe fixes together: no decision changes, nothing safe is left to do, and doing it again does nothing.
    #[test]
    fn safe_fixes_converge(text in text(), calls in crate::support::calls()) {
        let old = look(&text);
        let fixed = fixes::fix(&text, Applicability::Safe, &look);
        if let Err(problem) = same(&old, &fixed.looked, &calls) {
            prop_assert!(false, "{problem}\n{text}\n--- becomes\n{}", fixed.text);
        }
        for (finding, fix) in fixes_of(&fixed.looked.found, Applicability::Safe) {
            prop_assert!(fixed.refused.contains(finding.code.name), "{} is left: {}\n{}", finding.code.name, fix.title, fixed.text);
        }
        prop_assert_eq!(fixes::fix(&fixed.text, Applicability::Safe, &look).text, fixed.text);
    }

    /// All fixes: they come to an end, in a policy without errors.
    #[test]
    fn all_fixes_converge(text in text()) {
        let fixed = fixes::fix(&text, Applicability::Unsafe, &look);
        prop_assert!(fixed.looked.analysis.checked.is_some(), "{text}\n--- becomes\n{}", fixed.text);
    }
}

/// The random texts are worth the trouble: most are policies, and most of these have something to fix.
#[test]
fn most_texts_have_something_to_fix() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut policies, mut fixable) = (0, 0);
    for _ in 0..200 {
        let looked = look(&text().new_tree(&mut runner).unwrap().current());
        policies += usize::from(looked.analysis.checked.is_some());
        fixable += usize::from(fixes_of(&looked.found, Applicability::Safe).next().is_some());
    }
    println!("of 200 texts {policies} are policies, {fixable} have a safe fix");
    assert!(policies > 100 && fixable > 60, "{policies} {fixable}");
}
