//! Texts planted into documents whose readers take only one form: each is refused by the reader, or
//! found by the proof.

use super::planted::checked;
use crate::decider::PolicyDecider;
use crate::diff::proof::prove;
use crate::emit::{Request, Settings, find};
use crate::ir::{Policy, ServerId};

/// Texts, each with what stands in its place.
pub(super) type Change = &'static [(&'static str, &'static str)];

/// Whether a document is refused, or found to be weaker.
fn is_rejected(target: &str, text: &str, policy: &Policy) -> bool {
    let target = find(target).unwrap();
    let Ok(document) = target.read(text) else { return true };
    let proof = prove(&PolicyDecider::new(policy).of_server(ServerId(0), target.numbers), document.as_ref());
    assert!(proof.undecided.is_empty(), "{text}");
    proof.weaker.is_some() || proof.looser.is_some()
}

/// Changes as [`reject`] takes them.
pub(super) fn owned(changes: &[Change]) -> impl Iterator<Item = Vec<[String; 2]>> {
    changes.iter().map(|change| change.iter().map(|(from, to)| [from, to].map(|text| (*text).to_owned())).collect())
}

/// Fails unless the document of a policy is accepted, and with each of some changes rejected.
pub(super) fn reject(
    target: &str,
    settings: &Settings,
    policy: &str,
    changes: impl IntoIterator<Item = Vec<[String; 2]>>,
) {
    let checked = checked(policy);
    let policy = &checked.policies()[0];
    let emission = find(target).unwrap().make(&Request::new(policy, ServerId(0), settings));
    assert!(!emission.diagnostics.iter().any(crate::diagnostics::Diagnostic::is_error), "{:?}", emission.diagnostics);
    let right = emission.artefact.unwrap().text;
    assert!(!is_rejected(target, &right, policy), "{right}");
    let mut wrong = Vec::new();
    for changes in changes {
        let mut text = right.clone();
        for [from, to] in &changes {
            // Some are about texts that must not be there at all.
            text = text.replacen(from, to, 1);
        }
        if text == right || !is_rejected(target, &text, policy) {
            wrong.push(format!("{changes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{right}\n{}", wrong.join("\n"));
}
