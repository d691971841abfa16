//! Wrong lowerings, planted into a policy for Cerbos.

use super::planted_cel::{CONDITIONS, POLICY, conditions};
use super::planted_texts::{Change, owned, reject};
use crate::emit::Settings;

/// Changes of all but conditions.
const CHANGES: &[Change] = &[
    &[("V.args && ", "")],
    &[("V.args && !V.c1", "V.args && V.c1")],
    &[("V.args && !V.c1", "V.args || !V.c1")],
    &[("V.args && !V.c1", "V.args && !V.c99")],
    &[("actions: [\"find\"]", "actions: [\"erase2\"]")],
    &[("actions: [\"find\"]", "actions: [\"*\"]")],
    &[("actions: [\"find\"]", "actions: [\"f*\"]")],
    &[("actions: [\"find\"]", "actions: [\"find\", \"pay\"]")],
    &[("actions: [\"find\"]", "actions: [\"{find,pay}\"]")],
    &[("actions: [\"erase\"]\n      effect: EFFECT_DENY", "actions: [\"erase\"]\n      effect: EFFECT_ALLOW")],
    &[("actions: [\"drop\"]\n      effect: EFFECT_DENY", "actions: [\"drop\"]\n      effect: EFFECT_ALLOW")],
    &[("effect: EFFECT_ALLOW", "efect: EFFECT_ALLOW")],
    &[("roles: [\"*\"]", "roles: [\"admin\"]")],
    &[("        match:\n", "        matches:\n")],
    &[("has(R.attr.args) && type(R.attr.args) == map", "true")],
    &[("resourcePolicy:", "principalPolicy:")],
    &[("  rules:", "  scope: other\n  rules:")],
    &[("  variables:\n", "  variables:\n    import: [\"other\"]\n")],
];

/// How many documents are planted here.
pub(super) const COUNT: usize = CONDITIONS.len() + CHANGES.len();

#[test]
fn wrong_policies_are_rejected() {
    let changes = conditions("R.attr.args", "P.attr").map(|change| vec![change]).chain(owned(CHANGES));
    reject("cerbos", Settings::NONE, POLICY, changes);
}
