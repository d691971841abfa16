//! Wrong plugins, planted into a configuration of ContextForge, among them everything in which the gateway sees no mistake
//! and lets calls pass.

use super::planted_texts::{Change, owned, reject};
use crate::emit::find;

/// A policy with every kind of rule and limit that the plugins hold.
const POLICY: &str = "deny *; allow read; limit pay 30/min; limit pay 100/hour; limit list_all 5/s per server; \
     allow list_all; limit total read, pay 60/min as \"both\"; deny refund because \"Never.\"; hide drop;";

const CHANGES: &[Change] = &[
    // Plugins that refuse nothing, or not always.
    &[("mode: \"sequential\"", "mode: \"transform\"")],
    &[("mode: \"sequential\"", "mode: \"audit\"")],
    &[("mode: \"sequential\"", "mode: \"fire_and_forget\"")],
    &[("mode: \"sequential\"", "mode: \"disabled\"")],
    &[("mode: \"sequential\"", "mode: \"permissive\"")],
    &[("mode: \"sequential\"", "mode: \"enforce_ignore_error\"")],
    &[("priority: 11\n", "priority: 11\n    enabled: false\n")],
    &[("on_error: \"fail\"", "on_error: \"ignore\"")],
    &[("on_error: \"fail\"", "on_error: \"disable\"")],
    &[("    on_error: \"fail\"\n", "")],
    &[("hooks: [\"tool_pre_invoke\"]", "hooks: [\"tool_post_invoke\"]")],
    &[("hooks: [\"tool_pre_invoke\"]", "hooks: [\"prompt_pre_fetch\"]")],
    &[("hooks: [\"tool_pre_invoke\"]", "hooks: []")],
    &[("unified_pdp.UnifiedPDPPlugin", "unified_pdp.UnifiedPdpPlugin")],
    &[("cpex_rate_limiter.RateLimiterPlugin", "plugins.schema_guard.schema_guard.SchemaGuardPlugin")],
    &[("cpex_rate_limiter.RateLimiterPlugin", "opapluginfilter.plugin.OPAPluginFilter")],
    &[("conditions: []", "conditions: [{\"tools\": [\"example-read\"]}]")],
    &[("conditions: []", "conditions: [{\"user_patterns\": [\"a\"]}]")],
    &[("priority: 10\n", "priority: 11\n")],
    &[("priority: 10\n", "priority: ten\n")],
    &[("name: \"policyc_limit_2\"", "name: \"policyc_limit_1\"")],
    &[("name: \"policyc_limit_1\"", "name: \"policyc_tools\"")],
    // Rules that allow more.
    &[("\"id\": \"deny:refund\"", "\"id\": \"refund\"")],
    &[("\"id\": \"deny:drop\"", "\"id\": \"allow:drop\"")],
    &[("\"id\": \"deny:refund\"", "\"id\": \"Deny:refund\"")],
    &[("tools.invoke.example-read", "tools.invoke.*")],
    &[("tools.invoke.example-read", "tools.*")],
    &[
        ("[\"example-read\"], \"reason", "[\"*\"], \"reason"),
        ("\"resource_ids\": [\"example-read\"]", "\"resource_ids\": [\"*\"]"),
    ],
    &[("\"resource_ids\": [\"example-read\"]", "\"resource_ids\": [\"example-*\"]")],
    &[("\"resource_ids\": [\"example-read\"]", "\"resource_ids\": [\"example-read\", \"example-write\"]")],
    &[(", \"resource_ids\": [\"example-read\"]", "")],
    &[("\"actions\": [\"tools.invoke.example-read\"], ", "")],
    &[("\"resource_ids\": [\"example-read\"]", "\"resource_ids\": [\"other-read\"]")],
    &[
        ("\"id\": \"read\"", "\"id\": \"write\""),
        ("tools.invoke.example-read", "tools.invoke.example-write"),
        ("\"resource_ids\": [\"example-read\"]", "\"resource_ids\": [\"example-write\"]"),
    ],
    &[("\"id\": \"read\", \"roles\": [\"*\"]", "\"id\": \"read\", \"role\": [\"*\"]")],
    &[(
        "\"id\": \"read\", \"roles\": [\"*\"]",
        "\"id\": \"read\", \"roles\": [\"*\"], \"conditions\": {\"args.n\": 5}",
    )],
    &[("\"id\": \"read\"", "\"id\": \"pay\"")],
    &[("            rules:\n", "            rules_file: \"rules.json\"\n            rules:\n")],
    &[("name: \"native\"", "name: \"opa\"")],
    &[("          enabled: true", "          enabled: false")],
    &[("\"all_must_allow\"", "\"any_allow\"")],
    &[("default_decision: \"deny\"", "default_decision: \"allow\"")],
    &[("cache: {\"enabled\": false}", "cache: {\"enabled\": true}")],
    &[("      cache: {\"enabled\": false}\n", "")],
    // Limits that count less, or nothing.
    &[("\"30/m\"", "\"31/m\"")],
    &[("\"30/m\"", "\"30/s\"")],
    &[("\"100/h\"", "\"100/m\"")],
    &[("\"100/h\"", "\"100/d\"")],
    &[("\"100/h\"", "\"0/h\"")],
    &[("\"100/h\"", "\"1000001/h\"")],
    &[("\"100/h\"", "\"100/60m\"")],
    &[("\"100/h\"", "100")],
    &[("by_user: \"30/m\"", "by_usr: \"30/m\"")],
    &[("by_user: \"30/m\"", "by_tenant: \"30/m\"")],
    &[("by_user: \"30/m\"", "by_user_per_server: \"30/m\"")],
    &[("by_user: \"30/m\"", "by_tool: {\"example-p*\": \"30/m\"}")],
    &[("by_tool: {\"example-list-all\": \"5/s\"}", "by_tool: {\"list_all\": \"5/s\"}")],
    &[("by_tool: {\"example-list-all\": \"5/s\"}", "by_tool: {}")],
    &[("by_tool: {\"example-list-all\": \"5/s\"}", "by_user: \"5/s\"")],
    &[("\"sliding_window\"", "\"fixed_window\"")],
    &[("\"sliding_window\"", "\"token_bucket\"")],
    &[("      algorithm: \"sliding_window\"\n", "")],
    &[("backend: \"redis\"", "backend: \"memory\"")],
    &[("      backend: \"redis\"\n", "")],
    &[("fail_mode: \"closed\"", "fail_mode: \"open\"")],
    &[("fail_mode: \"closed\"", "fail_mode: \"clsoed\"")],
    &[("      fail_mode: \"closed\"\n", "")],
    &[("redis_url: \"redis://redis:6379/0\"", "redis_url: \"\"")],
    &[("redis_url: \"redis://redis:6379/0\"", "redis_ur: \"redis://redis:6379/0\"")],
    &[("redis_url: \"redis://redis:6379/0\"", "redis_url: \"{{ env.A }}{{ env.B }}\"")],
    &[("redis_url: \"redis://redis:6379/0\"", "redis_url: \"{{ env.A | default('') }}\"")],
    &[("[{\"tools\": [\"example-pay\"]}]", "[{\"tools\": [\"pay\"]}]")],
    &[("[{\"tools\": [\"example-pay\"]}]", "[{\"tools\": [\"example-p*\"]}]")],
    &[("[{\"tools\": [\"example-pay\"]}]", "[{\"tools\": []}]")],
    &[("[{\"tools\": [\"example-pay\"]}]", "[{\"tools\": [\"example-read\"]}]")],
    &[("[{\"tools\": [\"example-pay\"]}]", "[{\"tool\": [\"example-pay\"]}]")],
    &[("[{\"tools\": [\"example-pay\"]}]", "[{\"tools\": [\"example-pay\"], \"user_patterns\": [\"a\"]}]")],
    &[("[{\"tools\": [\"example-pay\"]}]", "[{\"tools\": [\"example-pay\"], \"server_ids\": [\"a\"]}]")],
    &[
        ("[{\"tools\": [\"example-pay\", \"example-read\"]}]", "[{\"tools\": [\"example-pay\"]}]"),
        ("policyc:example-pay+example-read", "policyc:other"),
    ],
    &[("redis_key_prefix: \"policyc:example-pay+example-read\"", "redis_key_prefix: \"policyc:example-pay\"")],
    &[("conditions: [{\"tools\": [\"example-pay\"]}]", "applied_to: {\"tools\": [\"example-pay\"]}")],
    // Templates, and what readers of YAML take for something else.
    &[("# The gateway", "# {% if false %}\n# The gateway")],
    &[("# The gateway", "# {# The gateway")],
    &[("\"tools.invoke.example-read\"", "\"{{ env.ACTION }}\"")],
    &[("\"Never.\"", "\"{{ env.REASON }}\"")],
    &[("hooks: [\"tool_pre_invoke\"]", "hooks: tool_pre_invoke")],
    &[("\"cache\"", "\"cash\""), ("      cache:", "      cash:")],
    &[("plugins:\n", "plugin_settings: {\"fail_on_plugin_error\": false}\nplugins:\n")],
    &[("plugins:\n", "plugin_dirs: [\"/tmp\"]\nplugins:\n")],
    &[("plugins:\n", "plugin:\n")],
];

/// How many documents are planted here.
pub(super) const COUNT: usize = CHANGES.len();

#[test]
fn wrong_plugins_are_rejected() {
    reject("contextforge", &find("contextforge").unwrap().settings_of_examples(), POLICY, owned(CHANGES));
    assert!(CHANGES.len() >= 50);
}
