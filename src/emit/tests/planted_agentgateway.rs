//! Wrong lowerings, planted into a configuration of agentgateway.

use super::planted_cel::{CONDITIONS, POLICY, conditions};
use super::planted_texts::{Change, owned, reject};
use crate::emit::find;

/// Changes of all but conditions that others have, too.
const CHANGES: &[Change] = &[
    // The types of numbers, sizes in bytes, classes of Unicode.
    &[("type(a.n) in [double, int, uint]", "type(a.n) == double")],
    &[("type(a.n) in [double, int, uint]", "type(a.n) in [double, int]")],
    &[("type(a.n) in [double, int, uint]", "type(a.n) in [double, int, uint, string]")],
    &[("a.note.matches(\"^(?s:.{0,5})$\")", "double(size(a.note)) <= 5.0")],
    &[("a.note.matches(\"^(?s:.{0,5})$\")", "a.note.matches(\"^(?s:.{0,6})$\")")],
    &[("a.note.matches(\"^(?s:.{0,5})$\")", "a.note.matches(\"^.{0,5}$\")")],
    &[("a.note.matches(\"^(?s:.{0,5})$\")", "a.note.matches(\"(?s:.{0,5})\")")],
    &[("a.note.matches(\"^(?s:.{0,5})$\")", "!a.note.matches(\"^(?s:.{0,5})$\")")],
    &[("\"^(?:x+)$\"", "\"^(?:\\\\w+)$\"")],
    &[("\"^(?:x+)$\"", "\"^(?:(?i)x+)$\"")],
    &[("\"^(?:x+)$\"", "\"^(?:[x&&y]+)$\"")],
    // The body.
    &[("[json(request.body)].exists(b, ", "[json(request.body)].all(b, ")],
    &[("[json(request.body)].exists(b, ", "[json(request.body).params].exists(b, ")],
    &[("[json(request.body)].exists(b, ", "[json(request.bodyPrefix)].exists(b, ")],
    &[("[json(request.body)].exists(b, ", "[mcp.tool].exists(b, ")],
    &[("[json(request.body)].exists(b, ", "[default(request.body, \"{}\")].exists(b, ")],
    &[("b.method == \"tools/list\" || ", "")],
    &[("b.method == \"tools/list\" || ", "b.method != \"tools/call\" || ")],
    &[("b.method == \"tools/list\" || ", "true || ")],
    &[("b.method == \"tools/list\" || ", "b.method == \"tools/call\" || ")],
    &[("b.method == \"tools/list\" || ", "b.method.startsWith(\"tools/\") || ")],
    &[("(has(b.params.arguments) && [", "([")],
    &[("(has(b.params.arguments) && [", "(!has(b.params.arguments) || [")],
    &[("[b.params.arguments].exists(a, ", "[mcp.tool.arguments].exists(a, ")],
    &[("[b.params.arguments].exists(a, ", "[default(b.params.arguments, json(\"{}\"))].exists(a, ")],
    &[("[b.params.arguments].exists(a, ", "[].exists(a, ")],
    &[("exists(a, type(a) == map && ", "exists(a, ")],
    &[("exists(a, type(a) == map && ", "exists(a, type(a) == map || ")],
    // Claims that nobody has verified, and others.
    &[("default(jwt, json(\"{}\"))", "default(unvalidatedJwtPayload(request.headers.authorization), json(\"{}\"))")],
    &[("default(jwt, json(\"{}\"))", "default(jwt, json(\"{\\\"role\\\": \\\"admin\\\"}\"))")],
    &[("default(jwt, json(\"{}\"))", "default(apiKey, json(\"{}\"))")],
    // Tools.
    &[("mcp.tool.name in [\"find\"]", "mcp.tool.name in [\"erase\"]")],
    &[("mcp.tool.name in [\"find\"]", "mcp.tool.name in [\"find\", \"pay\"]")],
    &[("mcp.tool.name in [\"find\"]", "!(mcp.tool.name in [\"find\"])")],
    &[("mcp.tool.name in [\"find\"]", "mcp.tool.name.startsWith(\"find\")")],
    &[("mcp.tool.name in [\"find\"]", "mcp.tool.name in []")],
    &[("mcp.tool.name in [\"find\"]", "mcp.prompt.name in [\"find\"]")],
    &[(" && mcp.tool.name in [\"find\"]", "")],
    &[(" && mcp.tool.name in [\"find\"]", " || mcp.tool.name in [\"find\"]")],
    &[("mcp.tool.target == \"example\" && mcp.tool.name in [\"find\"]", "mcp.tool.name in [\"find\"]")],
    &[("mcp.tool.target == \"example\" && mcp.tool.name in [\"find\"]", "mcp.tool.target == \"other\"")],
    &[(
        "mcp.tool.target == \"example\" && mcp.tool.name in [\"find\"]",
        "mcp.tool.target == \"example\" && has(mcp.tool)",
    )],
    // Rules: what is no call of a tool, denials, demands, no rules at all.
    &[("          !has(mcp.tool)\n", "          true\n")],
    &[("          !has(mcp.tool)\n", "          has(mcp.tool)\n")],
    &[("          !has(mcp.tool)\n", "          !has(mcp.tools)\n")],
    &[("          !has(mcp.tool)\n", "          !has(mcp.tool.name) || mcp.tool.name == \"pay\"\n")],
    &[("      rules:\n", "      rules:\n        - mcp.tool.target == \"example\"\n")],
    &[("      rules:\n", "      rules:\n        - allow: mcp.tool.target == \"example\"\n")],
    &[("      rules:\n", "      rules:\n        - deny: json(request.body).params.arguments.n > 5.0\n")],
    &[("      rules:\n", "      rules:\n        - require: mcp.tool.name != \"erase\"\n")],
    &[("      rules:\n", "      rules: []\n      others:\n")],
    &[("      rules:\n", "      rule:\n")],
    &[("    mcpAuthorization:\n", "    authorization:\n")],
    &[("    mcpAuthorization:\n", "    mcpauthorization:\n")],
    &[("  policies:\n", "  policy:\n")],
    // What stands around them.
    &[("    - name: \"example\"\n", "    - name: \"other\"\n      mcp: { host: a }\n    - name: \"example\"\n")],
    &[("    - name: \"example\"\n", "    - name: \"other\"\n")],
    &[("    - name: \"example\"\n", "    - name: \"example\"\n      policies: {}\n")],
    &[("  default:\n    port: 3000\n", "  default:\n    port: 3000\n  other:\n    port: 3001\n")],
    &[("port: 3000", "port: 0")],
];

/// How many documents are planted here.
pub(super) const COUNT: usize = CONDITIONS.len() + CHANGES.len();

#[test]
fn wrong_configurations_are_rejected() {
    // Numbers are of one of three types.
    let of_types = |text: String| text.replace("type(a.n) == double", "type(a.n) in [double, int, uint]");
    let shared = conditions("a", "default(jwt, json(\"{}\"))").map(|change| vec![change.map(of_types)]);
    let settings = find("agentgateway").unwrap().settings_of_examples();
    reject("agentgateway", &settings, POLICY, shared.chain(owned(CHANGES)));
}
