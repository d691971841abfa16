//! Wrong conditions in CEL, planted into a document of every target that writes it.

/// A policy with every kind of statement and test that CEL holds.
pub(super) const POLICY: &str = "deny *; allow get when args.n <= 5 and args.s in [\"a\", \"b\"]; deny get when args.s == \"b\" because \"No b.\"; \
     require args.n >= 1 for pay; require args.k not in [3, \"x\"] for pay; require length(args.note) <= 5 for pay; require has args.id for pay; \
     require args.flag == true for pay; require args.branch != \"main\" for pay; deny erase because \"Never.\"; hide drop; \
     allow list when some args.tags == \"ok\"; allow mail when every args.to[*].email like \"*@acme.com\" or caller.role == \"admin\"; \
     deny mail when args.body contains \"secret\"; require not (args.cc matches \"x+\") for mail; require args.ref like [\"feat/*\", \"f*x\"] for mail; \
     require args.path like \"/srv/*\" for mail; require args.\"odd key\".k[0] == null for mail; require args.ids contains 7 for mail; allow find;";

/// Changes of conditions. `ARGS` stands for the arguments, `CALLER` for the claims, as the target writes them.
pub(super) const CONDITIONS: &[(&str, &str)] = &[
    // Bounds and values.
    ("ARGS.n <= 5.0", "ARGS.n <= 5.5"),
    ("ARGS.n <= 5.0", "ARGS.n <= 5"),
    ("ARGS.n <= 5.0", "ARGS.n < 6.0"),
    ("ARGS.n <= 5.0", "ARGS.n >= 5.0"),
    ("ARGS.n <= 5.0", "ARGS.n != 5.0"),
    ("ARGS.n <= 5.0", "ARGS.m <= 5.0"),
    ("ARGS.n <= 5.0", "ARGS.n <= \"5\""),
    ("ARGS.n <= 5.0", "ARGS.n <= 1e999"),
    ("type(ARGS.n) == double && ARGS.n <= 5.0", "ARGS.n <= 5.0"),
    ("type(ARGS.n) == double && ARGS.n <= 5.0", "type(ARGS.n) == string && ARGS.n <= 5.0"),
    ("type(ARGS.n) == double && ARGS.n <= 5.0", "type(ARGS.n) == double || ARGS.n <= 5.0"),
    ("has(ARGS.n) && type", "type"),
    ("has(ARGS.n) && type", "has(ARGS.m) && type"),
    ("has(ARGS.n) && type", "!has(ARGS.n) && type"),
    ("ARGS.s in [\"a\", \"b\"]", "ARGS.s in [\"a\", \"b\", \"c\"]"),
    ("ARGS.s in [\"a\", \"b\"]", "ARGS.s in ARGS.all"),
    ("ARGS.s in [\"a\", \"b\"]", "ARGS.s.startsWith(\"\")"),
    ("ARGS.s == \"b\"", "ARGS.s == \"c\""),
    ("ARGS.n >= 1.0", "ARGS.n >= 0.0"),
    ("in [3.0]", "in [4.0]"),
    ("!(ARGS.k in [\"x\"])", "(ARGS.k in [\"x\"])"),
    ("!(ARGS.k in [\"x\"])", "!(ARGS.k in [\"y\"])"),
    ("double(size(ARGS.note)) <= 5.0", "double(size(ARGS.note)) <= 6.0"),
    ("double(size(ARGS.note)) <= 5.0", "size(ARGS.note) <= 5.0"),
    ("ARGS.id != null", "ARGS.id == null"),
    ("ARGS.flag == true", "ARGS.flag == false"),
    ("ARGS.flag == true", "ARGS.flag"),
    ("ARGS.branch != \"main\"", "ARGS.branch != \"Main\""),
    // Elements, patterns, paths.
    ("ARGS.tags.exists(e1, e1 == \"ok\")", "ARGS.tags.exists(e1, e1 != null)"),
    ("ARGS.tags.exists(e1, e1 == \"ok\")", "ARGS.tags.all(e1, e1 == \"ok\")"),
    ("ARGS.tags.exists(e1, e1 == \"ok\")", "ARGS.tags.exists_one(e1, e1 == \"ok\")"),
    ("ARGS.tags.exists(e1, e1 == \"ok\")", "ARGS.tags.exists(e1, true)"),
    ("ARGS.to.all(", "ARGS.to.exists("),
    ("e1.email.endsWith(\"@acme.com\")", "e1.email.endsWith(\"acme.com\")"),
    ("e1.email.endsWith(\"@acme.com\")", "e1.email.contains(\"@acme.com\")"),
    ("e1.email.endsWith(\"@acme.com\")", "e1.email.endsWith(\"@acme.com\", \"\")"),
    ("type(e1) == map && ", ""),
    ("CALLER.role == \"admin\"", "CALLER.role != \"admin\""),
    ("CALLER.role == \"admin\"", "ARGS.role == \"admin\""),
    ("has(CALLER.role) && CALLER.role == \"admin\"", "true"),
    ("ARGS.body.contains(\"secret\")", "ARGS.body.contains(\"Secret\")"),
    ("\"secret\" in ARGS.body", "\"Secret\" in ARGS.body"),
    ("\"^(?:x+)$\"", "\"x+\""),
    ("\"^(?:x+)$\"", "\"^(?:xx+)$\""),
    ("\"^(?:x+)$\"", "\"^(?:\\\\\\\\pL)$\""),
    ("startsWith(\"feat/\")", "startsWith(\"f\")"),
    ("\"^(?:f(?s:.*)x)$\"", "\"^(?:f(?s:.*))$\""),
    ("startsWith(\"/srv/\")", "startsWith(\"/\")"),
    ("startsWith(\"/srv/\")", "contains(\"/srv/\")"),
    ("[\"odd key\"].k[0] == null", "[\"odd key\"].k[0] != null"),
    ("[\"odd key\"].k[0] == null", "[\"odd key\"].k[1] == null"),
    ("size(ARGS[\"odd key\"].k) > 0", "size(ARGS[\"odd key\"].k) >= 0"),
    ("7.0 in ARGS.ids", "8.0 in ARGS.ids"),
];

/// The changes for a target.
pub(super) fn conditions<'a>(arguments: &'a str, caller: &'a str) -> impl Iterator<Item = [String; 2]> + 'a {
    let written = move |text: &str| text.replace("ARGS", arguments).replace("CALLER", caller);
    CONDITIONS.iter().map(move |(from, to)| [written(from), written(to)])
}
