//! Rules, and parts of conditions, that change nothing.

use std::path::Path;

use policyc_core::dead::{self, Cause, Detail, Worth};
use policyc_core::diagnostics::NoErrors;
use policyc_core::eval::{Call, Evaluator, OwnedCall, holds};
use policyc_core::ir::Policy;
use policyc_core::json::Json;
use policyc_core::predicate::Condition;
use policyc_core::sema::{NoFiles, Options, analyze};
use policyc_core::source::Span;
use proptest::prelude::*;

/// What is found about a policy, by line, in words.
fn found(text: &str) -> Vec<String> {
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    let policy = &checked.policies()[0];
    let report = dead::check(policy, Detail::Tools);
    assert_eq!(report.undecided, Vec::<usize>::new(), "{text}");
    let line = |rule: usize| policy.rules[rule].origin.line.clone();
    let rules = report.dead.iter().map(|dead| {
        let cause = match dead.cause {
            Cause::Condition => "condition",
            Cause::NoTool => "no tool",
            Cause::Shadowed => "shadowed",
            Cause::Overridden => "overridden",
            Cause::NotOpened => "not opened",
            Cause::Opened => "opened",
            Cause::Default => "default",
            Cause::Several => "several",
        };
        let by: Vec<String> = dead.by.iter().map(|rule| line(*rule)).collect();
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
        let at = dead.only_at.as_ref().map_or_else(String::new, |subjects| {
            let names =
                subjects.iter().map(|subject| subject.tool.map_or("(other)", |tool| &policy.tool(tool).unwrap().name));
            format!(" at {}", names.collect::<Vec<_>>().join(", "))
        });
        format!("{}: {cause}{by}{at}", line(dead.rule))
    });
    let parts = report.needless.iter().map(|part| {
        let worth = match part.worth {
            Worth::Always => "always",
            Worth::Never => "never",
        };
        let text = analysis.sources.slice(part.span);
        format!("{}: {worth} {}{text}", line(part.rule), if part.whole { "all of " } else { "" })
    });
    rules.chain(parts).collect()
}

#[test]
fn tells_what_changes_nothing() {
    for (policy, expected) in [
        // Nothing to say.
        ("deny *;\nallow a;\nallow b when args.n > 1;\nlimit b 5/min;", &[][..]),
        ("allow *;\ndeny a when args.n > 1;\ndeny a when args.n < 0;", &[]),
        ("deny *;\nrequire args.n > 1 for a;\nrequire approval for a when args.n > 5;", &[]),
        // Shadowed: rules of the same kind say it already.
        ("allow *;\ndeny a when args.n > 1;\ndeny a when args.n > 2;", &["3: shadowed by 2"]),
        ("allow *;\ndeny a when args.n > 2;\ndeny a when args.n > 1;", &["2: shadowed by 3"]),
        ("allow *;\ndeny a when args.n > 1;\ndeny a when args.n < 5;\ndeny a when args.n == 3;", &["4: shadowed by 2"]),
        (
            "allow *;\ndeny a when args.n > 1;\ndeny a when args.n < 5;\ndeny a when args.n > 0 and args.n < 9;",
            &["4: shadowed by 2, 3"],
        ),
        ("deny *;\nallow a;\nallow a when args.n > 1;", &["3: shadowed by 2"]),
        ("deny *;\nallow a when args.s like \"x*\";\nallow a when args.s like \"xy*\";", &["3: shadowed by 2"]),
        ("allow *;\nhide a;\nhide a;", &["3: shadowed by 2"]),
        ("allow *;\nrequire args.n > 5 for a;\nrequire args.n > 1 for a;", &["3: shadowed by 2"]),
        ("allow *;\nrequire approval for a;\nrequire approval for a when args.n > 1;", &["3: shadowed by 2"]),
        // Overridden: a stronger rule refuses all that it speaks of.
        ("allow *;\nhide a;\ndeny a when args.n > 1;", &["3: overridden by 2"]),
        ("deny *;\nallow a when args.n > 5;\ndeny a when args.n > 1;", &["2: overridden by 3"]),
        (
            "deny *;\nallow a;\ndeny a when args.n > 1;\nrequire approval for a when args.n > 5;",
            &["4: overridden by 3"],
        ),
        ("deny *;\nallow a;\ndeny a;\nlimit a 5/min;", &["2: overridden by 3", "4: overridden by 3"]),
        ("allow *;\nrequire args.n < 3 for a;\ndeny a when args.n > 5;", &["3: overridden by 2"]),
        ("allow *;\nlimit a 10/day of args.n;\ndeny a when args.n > 10;", &["3: overridden by 2"]),
        // Not opened.
        ("deny *;\nallow b;\ndeny a when args.n > 1;", &["3: not opened"]),
        ("deny *;\nallow a when args.n > 1;\nrequire approval for a when args.n < 0;", &["3: not opened"]),
        // Opened by what names the tool.
        ("deny *;\nallow a;\nlimit a 5/min;", &["2: opened by 3"]),
        ("deny *;\nallow a when args.n > 1;\nlimit a 5/min when args.n > 1;", &["2: opened by 3"]),
        // The default.
        ("allow *;\nallow a;", &["2: default"]),
        // The condition.
        (
            "allow *;\ndeny a when args.n > 2 and args.n < 1;",
            &["2: condition", "2: never all of when args.n > 2 and args.n < 1"],
        ),
        (
            "allow *;\nrequire args.n > 1 or not has args.n or args.n <= 1 or has args.n for a;",
            &["2: condition", "2: always all of args.n > 1 or not has args.n or args.n <= 1 or has args.n"],
        ),
        (
            "allow *;\ndeny a when args.s contains \"xy\" and args.s matches \"[^x]*\";",
            &["2: condition", "2: never all of when args.s contains \"xy\" and args.s matches \"[^x]*\""],
        ),
        // Only at some tools.
        ("allow *;\ndeny a;\ndeny a, b when args.n > 1;", &["3: shadowed by 2 at a"]),
        // Parts of conditions.
        ("allow *;\ndeny a when args.n > 1 and args.n > 2;", &["2: always args.n > 1"]),
        ("allow *;\ndeny a when args.n > 2 and args.n > 1;", &["2: always args.n > 1"]),
        ("allow *;\ndeny a when args.n == 1 or args.n in [1, 2];", &["2: never args.n == 1"]),
        ("allow *;\ndeny a when has args.n and args.n > 1;", &["2: always has args.n"]),
        (
            "allow *;\ndeny a when args.s like \"a*\" and (args.n > 1 or args.s like \"b*\");",
            &["2: never args.s like \"b*\""],
        ),
        ("allow *;\ndeny a when args.n > 1 and args.n > 1;", &["2: always args.n > 1"]),
        ("allow *;\ndeny a when not (args.n > 1 and args.n > 0);", &["2: always args.n > 0"]),
        ("allow *;\ndeny a when args.l contains 1 and length(args.l) > 0;", &["2: always length(args.l) > 0"]),
    ] {
        assert_eq!(found(policy), expected, "{policy}");
    }
}

fn without(policy: &Policy, rule: usize) -> Policy {
    let mut parts = (**policy).clone();
    parts.rules.remove(rule);
    Policy::new(parts, NoErrors::check(&[]).unwrap())
}

fn span(part: &Condition) -> Span {
    match part {
        Condition::And(parts) | Condition::Or(parts) => {
            let (first, last) = (span(&parts[0]), span(&parts[parts.len() - 1]));
            Span { end: last.end, ..first }
        }
        Condition::Not(inner) => span(inner),
        Condition::Atom(atom) => atom.span,
    }
}

/// The condition with each of these parts replaced by a constant.
fn replaced(part: &Condition, gone: &[(Span, bool)]) -> Condition {
    if let Some((_, value)) = gone.iter().find(|(gone, _)| *gone == span(part)) {
        return if *value { Condition::And(Vec::new()) } else { Condition::Or(Vec::new()) };
    }
    match part {
        Condition::And(parts) => Condition::And(parts.iter().map(|part| replaced(part, gone)).collect()),
        Condition::Or(parts) => Condition::Or(parts.iter().map(|part| replaced(part, gone)).collect()),
        Condition::Not(inner) => Condition::Not(Box::new(replaced(inner, gone))),
        Condition::Atom(_) => part.clone(),
    }
}

proptest! {
    #[test]
    fn what_is_called_dead_can_go(text in crate::support::policy_text(), calls in crate::support::calls()) {
        crate::support::with_policy(&text, |policy| {
            let report = dead::check(policy, Detail::Rules);
            prop_assert!(report.undecided.is_empty(), "undecided: {}", text);
            for dead in report.dead.iter().filter(|dead| dead.only_at.is_none()) {
                let less = without(policy, dead.rule);
                let (mut before, mut after) = (Evaluator::new(policy), Evaluator::new(&less));
                for (tool, arguments, grant, at) in &calls {
                    let json = Json::parse(arguments).unwrap();
                    let call = Call { server: None, name: tool, arguments: json.root(), caller: None, grant: Some(*grant), at: *at, approved: false };
                    let (old, new) = (before.call(&call).verdict, after.call(&call).verdict);
                    prop_assert_eq!(old, new, "rule {} of {} at {} {}", dead.rule, text, tool, arguments);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_is_called_needless_can_go(condition in crate::support::describable(), calls in crate::support::calls()) {
        crate::support::with_policy(&format!("allow *; deny alpha when {condition};"), |policy| {
            let report = dead::check(policy, Detail::Rules);
            let gone: Vec<(Span, bool)> = report.needless.iter().map(|part| (part.span, part.worth == Worth::Always)).collect();
            let guard = &policy.rules[0].guard.as_ref().unwrap().condition;
            let whole = report.needless.iter().any(|part| part.whole);
            let left = match gone.first() {
                Some((_, value)) if whole => if *value { Condition::And(Vec::new()) } else { Condition::Or(Vec::new()) },
                _ => replaced(guard, &gone),
            };
            for (_, arguments, _, _) in &calls {
                let call = OwnedCall::parse(&format!("{{\"name\": \"alpha\", \"arguments\": {arguments}}}")).unwrap();
                prop_assert_eq!(holds(guard, &call.at(0)), holds(&left, &call.at(0)), "{} without {:?} at {}", condition, gone, arguments);
            }
            Ok(())
        })?;
    }
}
