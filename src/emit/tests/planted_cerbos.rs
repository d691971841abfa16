//! Wrong lowerings, planted into a policy for Cerbos.

use super::planted_texts::{Change, reject};
use crate::emit::Settings;

/// A policy with every kind of statement and test that a policy for Cerbos holds.
const POLICY: &str = "deny *; allow get when args.n <= 5 and args.s in [\"a\", \"b\"]; deny get when args.s == \"b\" because \"No b.\"; \
     require args.n >= 1 for pay; require args.k not in [3, \"x\"] for pay; require length(args.note) <= 5 for pay; require has args.id for pay; \
     require args.flag == true for pay; require args.branch != \"main\" for pay; deny erase because \"Never.\"; hide drop; \
     allow list when some args.tags == \"ok\"; allow mail when every args.to[*].email like \"*@acme.com\" or caller.role == \"admin\"; \
     deny mail when args.body contains \"secret\"; require not (args.cc matches \"x+\") for mail; require args.ref like [\"feat/*\", \"f*x\"] for mail; \
     require args.path like \"/srv/*\" for mail; require args.\"odd key\".k[0] == null for mail; require args.ids contains 7 for mail; allow find;";

const CHANGES: &[Change] = &[
    // Bounds and values.
    &[("args.n <= 5.0", "args.n <= 5.5")],
    &[("args.n <= 5.0", "args.n <= 5")],
    &[("args.n <= 5.0", "args.n < 6.0")],
    &[("args.n <= 5.0", "args.n >= 5.0")],
    &[("args.n <= 5.0", "args.n != 5.0")],
    &[("args.n <= 5.0", "args.m <= 5.0")],
    &[("args.n <= 5.0", "args.n <= \"5\"")],
    &[("args.n <= 5.0", "args.n <= 1e999")],
    &[("type(R.attr.args.n) == double && R.attr.args.n <= 5.0", "R.attr.args.n <= 5.0")],
    &[(
        "type(R.attr.args.n) == double && R.attr.args.n <= 5.0",
        "type(R.attr.args.n) == string && R.attr.args.n <= 5.0",
    )],
    &[(
        "type(R.attr.args.n) == double && R.attr.args.n <= 5.0",
        "type(R.attr.args.n) == double || R.attr.args.n <= 5.0",
    )],
    &[("has(R.attr.args.n) && type", "type")],
    &[("has(R.attr.args.n) && type", "has(R.attr.args.m) && type")],
    &[("has(R.attr.args.n) && type", "!has(R.attr.args.n) && type")],
    &[("R.attr.args.s in [\"a\", \"b\"]", "R.attr.args.s in [\"a\", \"b\", \"c\"]")],
    &[("R.attr.args.s in [\"a\", \"b\"]", "R.attr.args.s in R.attr.args.all")],
    &[("R.attr.args.s in [\"a\", \"b\"]", "R.attr.args.s.startsWith(\"\")")],
    &[("R.attr.args.s == \"b\"", "R.attr.args.s == \"c\"")],
    &[("args.n >= 1.0", "args.n >= 0.0")],
    &[("in [3.0]", "in [4.0]")],
    &[("!(R.attr.args.k in [\"x\"])", "(R.attr.args.k in [\"x\"])")],
    &[("!(R.attr.args.k in [\"x\"])", "!(R.attr.args.k in [\"y\"])")],
    &[("double(size(R.attr.args.note)) <= 5.0", "double(size(R.attr.args.note)) <= 6.0")],
    &[("double(size(R.attr.args.note)) <= 5.0", "size(R.attr.args.note) <= 5.0")],
    &[("R.attr.args.id != null", "R.attr.args.id == null")],
    &[("R.attr.args.flag == true", "R.attr.args.flag == false")],
    &[("R.attr.args.flag == true", "R.attr.args.flag")],
    &[("R.attr.args.branch != \"main\"", "R.attr.args.branch != \"Main\"")],
    // Elements, patterns, paths.
    &[("R.attr.args.tags.exists(e1, e1 == \"ok\")", "R.attr.args.tags.exists(e1, e1 != null)")],
    &[("R.attr.args.tags.exists(e1, e1 == \"ok\")", "R.attr.args.tags.all(e1, e1 == \"ok\")")],
    &[("R.attr.args.tags.exists(e1, e1 == \"ok\")", "R.attr.args.tags.exists_one(e1, e1 == \"ok\")")],
    &[("R.attr.args.tags.exists(e1, e1 == \"ok\")", "R.attr.args.tags.exists(e1, true)")],
    &[("R.attr.args.to.all(", "R.attr.args.to.exists(")],
    &[("e1.email.endsWith(\"@acme.com\")", "e1.email.endsWith(\"acme.com\")")],
    &[("e1.email.endsWith(\"@acme.com\")", "e1.email.contains(\"@acme.com\")")],
    &[("e1.email.endsWith(\"@acme.com\")", "e1.email.endsWith(\"@acme.com\", \"\")")],
    &[("type(e1) == map && ", "")],
    &[("P.attr.role == \"admin\"", "P.attr.role != \"admin\"")],
    &[("P.attr.role == \"admin\"", "R.attr.args.role == \"admin\"")],
    &[("has(P.attr.role) && P.attr.role == \"admin\"", "true")],
    &[("R.attr.args.body.contains(\"secret\")", "R.attr.args.body.contains(\"Secret\")")],
    &[("\"secret\" in R.attr.args.body", "\"Secret\" in R.attr.args.body")],
    &[("\"^(?:x+)$\"", "\"x+\"")],
    &[("\"^(?:x+)$\"", "\"^(?:xx+)$\"")],
    &[("\"^(?:x+)$\"", "\"^(?:\\\\\\\\pL)$\"")],
    &[("startsWith(\"feat/\")", "startsWith(\"f\")")],
    &[("\"^(?:f(?s:.*)x)$\"", "\"^(?:f(?s:.*))$\"")],
    &[("startsWith(\"/srv/\")", "startsWith(\"/\")")],
    &[("startsWith(\"/srv/\")", "contains(\"/srv/\")")],
    &[("[\"odd key\"].k[0] == null", "[\"odd key\"].k[0] != null")],
    &[("[\"odd key\"].k[0] == null", "[\"odd key\"].k[1] == null")],
    &[("size(R.attr.args[\"odd key\"].k) > 0", "size(R.attr.args[\"odd key\"].k) >= 0")],
    &[("7.0 in R.attr.args.ids", "8.0 in R.attr.args.ids")],
    // Rules.
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
pub(super) const COUNT: usize = CHANGES.len();

#[test]
fn wrong_policies_are_rejected() {
    reject("cerbos", Settings::NONE, POLICY, CHANGES);
}
