//! Whatever a target emits is proved to let no call through that the policy refuses, lets none through of those tried,
//! and denies none that the policy allows unless it says so.

use policyc_core::decider::Decider;
use policyc_core::diagnostics::codes;
use policyc_core::emit::TARGETS;
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::json::Json;
use proptest::prelude::*;

use crate::support::{calls, classed_text, emitted, listed_text, policy_text, with_classes, with_policy};

fn check_calls(
    policy: &Policy,
    gateway: &dyn Decider,
    exact: bool,
    calls: &[(String, String, &'static str, i64)],
    what: &str,
) -> Result<(), TestCaseError> {
    let mut sequence = gateway.run();
    let mut counted = Evaluator::new(policy);
    let single = Evaluator::new(policy);
    let mut now = 0;
    for (name, arguments, grant, at) in calls {
        let json = Json::parse(arguments).unwrap();
        now = now.max(*at);
        let call = Call {
            server: None,
            name,
            arguments: json.root(),
            caller: None,
            grant: Some(grant),
            at: now,
            approved: false,
        };
        let source = single.decide(&call);
        let ruling = gateway.decide(&call);
        let passes = ruling.verdict == Verdict::Allow;
        let wanted = source.verdict == Verdict::Allow;
        prop_assert!(wanted || !passes, "{what}\nweaker on {name} {arguments}: {source:?}");
        if exact {
            prop_assert!(!wanted || passes, "{what}\nstricter on {name} {arguments}: {ruling:?}");
        }
        if sequence.call(&call).verdict == Verdict::Allow {
            let decision = counted.decide(&call);
            prop_assert_eq!(
                decision.verdict,
                Verdict::Allow,
                "{}\nweaker in a sequence at {} {}",
                what,
                name,
                arguments
            );
            counted.count(&call);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn artefacts_are_never_weaker(text in policy_text(), calls in calls()) {
        with_policy(&text, |policy| never_weaker(policy, &text, &calls))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same where rules select by sets that overlap, of a catalogue and of settings.
    #[test]
    fn artefacts_of_sets_are_never_weaker(text in classed_text(), calls in calls()) {
        with_classes(&text, |policy| never_weaker(policy, &text, &calls))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same without conditions and limits, which targets that list tools hold.
    #[test]
    fn artefacts_of_lists_are_never_weaker(text in listed_text(), calls in calls()) {
        with_policy(&text, |policy| never_weaker(policy, &text, &calls))?;
    }
}

fn never_weaker(
    policy: &Policy,
    text: &str,
    calls: &[(String, String, &'static str, i64)],
) -> Result<(), TestCaseError> {
    for target in TARGETS {
        let emission = emitted(target, policy, ServerId(0));
        let errors = emission.diagnostics.iter().any(policyc_core::diagnostics::Diagnostic::is_error);
        prop_assert_eq!(errors, emission.artefact.is_none(), "{}", text);
        let unsound = emission.diagnostics.iter().find(|found| found.code == codes::UNSOUND_ARTEFACT);
        prop_assert!(unsound.is_none(), "{}\n{:?}", text, unsound);
        let proved = emission.diagnostics.iter().all(|found| found.code != codes::UNPROVED_ARTEFACT);
        prop_assert!(proved, "{}\n{:?}", text, emission.diagnostics);
        let Some(artefact) = emission.artefact else { continue };
        let what = format!("{}\n{text}\n{}\n{:?}", target.name, artefact.text, emission.diagnostics);
        let gateway = target.read(&artefact.text);
        let gateway = gateway.map_err(|error| TestCaseError::fail(format!("{what}\n{error:?}")))?;
        let told = emission.diagnostics.iter().any(|found| found.message.contains(" denies calls of "));
        check_calls(policy, gateway.as_ref(), !told, calls, &what)?;
    }
    Ok(())
}
