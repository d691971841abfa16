//! Wrong lowerings, planted into a route of Envoy AI Gateway.

use super::planted_cel::{CONDITIONS, POLICY, conditions};
use super::planted_texts::{Change, owned, reject};
use crate::emit::find;

/// Changes of all but conditions.
const CHANGES: &[Change] = &[
    // What stands around a condition: the list, calls without arguments, arguments that are no object.
    &[("request.mcp.params == null || ", "")],
    &[("request.mcp.params == null || ", "request.mcp.params != null || ")],
    &[("request.mcp.params == null || ", "true || ")],
    &[("request.mcp.params == null || ", "request.mcp.method == \"tools/call\" || ")],
    &[("(has(request.mcp.params.arguments) && [", "([")],
    &[("(has(request.mcp.params.arguments) && [", "(!has(request.mcp.params.arguments) || [")],
    &[("[request.mcp.params.arguments].exists(", "[request.mcp.params.arguments].all(")],
    &[("[request.mcp.params.arguments].exists(", "[request.mcp.params].exists(")],
    &[("[request.mcp.params.arguments].exists(", "[].exists(")],
    &[("[request.mcp.params.arguments].exists(", "!([request.mcp.params.arguments].exists(")],
    &[("exists(a, type(a) == map && ", "exists(a, ")],
    &[("exists(a, type(a) == map && ", "exists(a, type(a) == map || ")],
    &[("exists(a, type(a) == map && ", "exists(b, type(a) == map && ")],
    &[("exists(a, type(a) == map && ", "exists(a, type(a) == list && ")],
    // Defaults that are left out, and would allow.
    &[("      defaultAction: Deny\n", "      defaultAction: Allow\n")],
    &[("      defaultAction: Deny\n", "")],
    &[("      defaultAction: Deny\n", "      defaultaction: Deny\n")],
    &[("      defaultAction: Deny\n", "      defaultAction: deny\n")],
    &[("    authorization:\n", "    authorisation:\n")],
    &[("  securityPolicy:\n", "  security:\n")],
    &[("      rules:\n", "      rule:\n")],
    &[("        - action: Allow\n          target:\n", "        - target:\n")],
    &[("- action: Allow", "- action: allow")],
    // Tools.
    &[("tool: \"find\"", "tool: \"erase\"")],
    &[("tool: \"find\"", "tool: \"*\"")],
    &[("tool: \"find\"", "tool: \"pay\"")],
    &[("tool: \"find\"", "name: \"find\"")],
    &[("{ backend: \"example\", tool: \"find\" }", "{ backend: \"other\", tool: \"find\" }")],
    &[("{ backend: \"example\", tool: \"find\" }", "{ tool: \"find\" }")],
    &[("{ backend: \"example\", tool: \"find\" }", "{ backend: \"example\" }")],
    &[(
        "          target:\n            tools:\n              - { backend: \"example\", tool: \"find\" }\n",
        "          target:\n            tools: []\n",
    )],
    &[(
        "          target:\n            tools:\n              - { backend: \"example\", tool: \"find\" }\n",
        "          target: {}\n",
    )],
    &[("          target:\n            tools:\n              - { backend: \"example\", tool: \"find\" }\n", "")],
    &[(
        "          target:\n            tools:\n              - { backend: \"example\", tool: \"find\" }\n",
        "          source:\n            jwt:\n              scopes: [\"x\"]\n",
    )],
    &[("tool: \"find\" }\n", "tool: \"find\" }\n          cel: \"\"\n")],
    &[("tool: \"find\" }\n", "tool: \"find\" }\n          cel: request.mcp.tool == \"find\"\n")],
    // Rules: the first that matches decides, and a denial with an expression is passed over where that is an error.
    &[("      rules:\n", "      rules:\n        - action: Allow\n")],
    &[(
        "      rules:\n",
        "      rules:\n        - action: Allow\n          target: { tools: [{ backend: \"example\", tool: \"pay\" }] }\n",
    )],
    &[("      rules:\n", "      rules:\n        - { action: Allow, cel: 'true' }\n")],
    &[("      rules:\n", "      rules:\n        - { action: Allow, cel: 'request.mcp.tool == \"pay\"' }\n")],
    &[("      rules:\n", "      rules:\n        - { action: Allow, cel: 'request.mcp.params == null || true' }\n")],
    &[(
        "      defaultAction: Deny\n      rules:\n",
        "      defaultAction: Allow\n      rules:\n        - { action: Deny, cel: 'request.mcp.tool == \"pay\"' }\n",
    )],
    &[(
        "      defaultAction: Deny\n      rules:\n",
        "      defaultAction: Allow\n      rules:\n        - action: Deny\n          cel: request.mcp.params == null || (has(request.mcp.params.arguments) && [request.mcp.params.arguments].exists(a, type(a) == map && (has(a.n) && type(a.n) == double && a.n > 5.0)))\n",
    )],
    // Who issues tokens: without it anyone could write the claims.
    &[("issuer: \"https://issuer.example\"", "issuers: \"https://issuer.example\"")],
    &[("      audiences: [\"https://mcp.example/mcp\"]\n", "")],
    &[("      audiences: [\"https://mcp.example/mcp\"]\n", "      audiences: []\n")],
    &[("    oauth:\n", "    oAuth:\n")],
    &[(
        "    oauth:\n      issuer: \"https://issuer.example\"\n      audiences: [\"https://mcp.example/mcp\"]\n      protectedResourceMetadata:\n        resource: \"https://mcp.example/mcp\"\n",
        "",
    )],
    &[
        ("request.auth.jwt.claims.role", "request.auth.jwt.claims.scope"),
        ("request.auth.jwt.claims.role", "request.auth.jwt.claims.scope"),
    ],
    &[
        ("request.auth.jwt.claims.role", "request.headers.role"),
        ("request.auth.jwt.claims.role", "request.headers.role"),
    ],
    // The objects.
    &[("kind: MCPRoute", "kind: HTTPRoute")],
    &[("aigateway.envoyproxy.io/v1beta1", "aigateway.envoyproxy.io/v1")],
    &[("kind: Backend", "kind: Service")],
    &[("  backendRefs:\n", "  backendRefs:\n    - { name: \"other\", kind: Backend, group: gateway.envoyproxy.io }\n")],
    &[("- { name: \"example\", kind: Backend", "- { name: \"other\", kind: Backend")],
    &[("  parentRefs:\n", "  parents:\n")],
    &[("  name: \"example\"\n", "  name: \"Example\"\n")],
    &[("  name: \"example\"\n", "  name: \"example\"\n  name: \"example\"\n")],
];

/// How many documents are planted here.
pub(super) const COUNT: usize = CONDITIONS.len() + CHANGES.len();

#[test]
fn wrong_routes_are_rejected() {
    let changes = conditions("a", "request.auth.jwt.claims").map(|change| vec![change]).chain(owned(CHANGES));
    let settings = find("envoy-ai-gateway").unwrap().settings_of_examples();
    reject("envoy-ai-gateway", &settings, POLICY, changes);
}
