//! Wrong lowerings, planted into filters for Envoy.

use super::planted_texts::{Change, owned, reject};
use crate::emit::{Settings, TargetOption};

/// A policy with every kind of statement and test that the filters hold.
const POLICY: &str = "deny *; allow get when args.n <= 5 and args.s in [\"a\", \"b\"]; deny get when args.s == \"b\"; require args.n >= 1 for pay; \
     require args.k not in [3, \"x\"] for pay; require args.rate > 0.5 and args.fee < 2 for pay; require has args.id for pay; require args.flag == true for pay; \
     require args.branch != \"main\" for pay; deny erase; hide drop; allow mail when caller.role == \"admin\" or caller.groups contains \"ops\"; \
     deny mail when args.body contains \"secret\"; require not (args.cc matches \"x+\") for mail; require args.ref like [\"feat/*\", \"f*x\"] for mail; \
     require args.path like \"/srv/*\" for mail; require args.o.k == null for mail; allow find, list; \
     limit find 30/min per server; limit find 100/day per server as \"daily\"; limit list 10/5min per server;";

const CHANGES: &[Change] = &[
    // Bounds and values.
    &[("\"end\": 5}", "\"end\": 5.5}")],
    &[("{\"exact\": 5}", "{\"exact\": 5.000000000000001}")],
    &[("\"start\": \"-Infinity\", \"end\": 5}", "\"start\": \"-Infinity\", \"end\": \"Infinity\"}")],
    &[("\"start\": \"-Infinity\", \"end\": 5}", "\"start\": 5, \"end\": \"Infinity\"}")],
    &[("\"end\": 5}", "\"end\": \"5\"}")],
    &[("\"end\": 5}", "\"stop\": 5}")],
    &[("\"end\": 5}", "\"end\": 1e400}")],
    &[("{\"string_match\": {\"exact\": \"b\"}}]}}", "{\"string_match\": {\"exact\": \"c\"}}]}}")],
    &[("{\"string_match\": {\"exact\": \"b\"}}]}}", "{\"string_match\": {\"prefix\": \"c\"}}]}}")],
    &[("{\"key\": \"n\"}", "{\"key\": \"m\"}")],
    &[("{\"key\": \"n\"}", "{\"key\": \"n\"}, {\"key\": \"x\"}")],
    &[("{\"key\": \"arguments\"}, {\"key\": \"n\"}", "{\"key\": \"n\"}")],
    &[("{\"key\": \"arguments\"}, {\"key\": \"n\"}", "{\"key\": \"arguments.n\"}")],
    &[("{\"start\": 1, \"end\": \"Infinity\"}", "{\"start\": 0.9999, \"end\": \"Infinity\"}")],
    &[("{\"start\": 0.5, \"end\": \"Infinity\"}", "{\"start\": 0, \"end\": \"Infinity\"}")],
    &[("{\"double_match\": {\"exact\": 0.5}}", "{\"double_match\": {\"exact\": 0.4}}")],
    &[("\"end\": 2}", "\"end\": 3}")],
    &[("{\"double_match\": {\"exact\": 3}}", "{\"double_match\": {\"exact\": 4}}")],
    &[("{\"string_match\": {\"exact\": \"x\"}}", "{\"string_match\": {\"exact\": \"X\"}}")],
    &[("{\"bool_match\": true}", "{\"bool_match\": false}")],
    &[("{\"bool_match\": true}", "{\"string_match\": {\"exact\": \"true\"}}")],
    &[("{\"bool_match\": true}", "{\"bool_match\": \"true\"}")],
    &[("{\"bool_match\": true}", "{\"present_match\": true}")],
    &[("{\"string_match\": {\"exact\": \"main\"}}", "{\"string_match\": {\"exact\": \"Main\"}}")],
    &[(
        "{\"string_match\": {\"exact\": \"main\"}}",
        "{\"string_match\": {\"exact\": \"main\", \"ignore_case\": false}}",
    )],
    &[("{\"null_match\": {}}", "{\"present_match\": true}")],
    &[("{\"present_match\": true}", "{\"present_match\": false}")],
    &[("{\"null_match\": {}}", "{\"null_match\": true}")],
    &[(
        "[{\"key\": \"params\"}, {\"key\": \"arguments\"}, {\"key\": \"id\"}]",
        "[{\"key\": \"params\"}, {\"key\": \"name\"}]",
    )],
    // Tests that say the contrary, or more.
    &[("{\"contains\": \"secret\"}", "{\"contains\": \"Secret\"}")],
    &[("{\"contains\": \"secret\"}", "{\"exact\": \"secret\"}")],
    &[("{\"contains\": \"secret\"}", "{\"contains\": \"\"}")],
    &[("{\"prefix\": \"feat/\"}", "{\"prefix\": \"f\"}")],
    &[("{\"prefix\": \"/srv/\"}", "{\"contains\": \"/srv/\"}")],
    &[("{\"prefix\": \"/srv/\"}", "{\"suffix\": \"/srv/\"}")],
    &[("{\"regex\": \"f(?s:.*)x\"}", "{\"regex\": \"f(?s:.*)\"}")],
    &[("{\"regex\": \"f(?s:.*)x\"}", "{\"regex\": \"(?s:.*)\"}")],
    &[("{\"regex\": \"x+\"}", "{\"regex\": \"xx+\"}")],
    &[("{\"regex\": \"x+\"}", "{\"regex\": \"x+.\"}")],
    &[("{\"regex\": \"x+\"}", "{\"regex\": \"[é]\"}")],
    &[("{\"regex\": \"x+\"}", "{\"regex\": \"(?s:.{0,60})\"}")],
    &[("{\"regex\": \"x+\"}", "{\"regex\": \"x(\"}")],
    &[("\"safe_regex\": {\"regex\": \"x+\"}", "\"safe_regex\": {\"google_re2\": {}, \"regex\": \"x+\"}")],
    &[("\"not_rule\"", "\"notRule\"")],
    &[("{\"exact\": \"admin\"}", "{\"prefix\": \"a\"}")],
    // Claims.
    &[("{\"exact\": \"admin\"}", "{\"exact\": \"user\"}")],
    &[(
        "{\"list_match\": {\"one_of\": {\"string_match\": {\"exact\": \"ops\"}}}}",
        "{\"list_match\": {\"one_of\": {\"string_match\": {\"prefix\": \"o\"}}}}",
    )],
    &[("{\"list_match\": {\"one_of\":", "{\"list_match\": {\"any_of\":")],
    &[("{\"key\": \"jwt_payload\"}, {\"key\": \"role\"}", "{\"key\": \"role\"}")],
    &[("{\"key\": \"jwt_payload\"}, {\"key\": \"role\"}", "{\"key\": \"jwt_payload\"}, {\"key\": \"name\"}")],
    &[("\"filter\": \"envoy.filters.http.jwt_authn\"", "\"filter\": \"envoy.filters.http.mcp\"")],
    &[("\"filter\": \"envoy.filters.http.jwt_authn\"", "\"filter\": \"mcp_proxy\"")],
    // Tools.
    &[("{\"string_match\": {\"exact\": \"list\"}}", "{\"string_match\": {\"exact\": \"erase\"}}")],
    &[("{\"string_match\": {\"exact\": \"list\"}}", "{\"string_match\": {\"exact\": \"drop\"}}")],
    &[("{\"string_match\": {\"exact\": \"list\"}}", "{\"string_match\": {\"prefix\": \"list\"}}")],
    &[("{\"string_match\": {\"exact\": \"list\"}}", "{\"string_match\": {\"safe_regex\": {\"regex\": \"(?s:.*)\"}}}")],
    &[("{\"string_match\": {\"exact\": \"get\"}}", "{\"string_match\": {\"safe_regex\": {\"regex\": \"(?s:.*)\"}}}")],
    &[("{\"string_match\": {\"exact\": \"tools/call\"}}", "{\"string_match\": {\"exact\": \"tools/list\"}}")],
    &[("{\"string_match\": {\"exact\": \"tools/call\"}}", "{\"present_match\": true}")],
    // The frame.
    &[("\"action\": \"ALLOW\"", "\"action\": \"DENY\"")],
    &[("\"action\": \"ALLOW\"", "\"action\": \"LOG\"")],
    &[("\"action\": \"ALLOW\",", "")],
    &[("\"rules\": {\n", "\"shadow_rules\": {\n")],
    &[("\"REJECT_NO_MCP\"", "\"PASS_THROUGH\"")],
    &[("\"traffic_mode\": \"REJECT_NO_MCP\",", "")],
    &[("\"reject_duplicate_keys\": true", "\"reject_duplicate_keys\": false")],
    &[("\"reject_duplicate_keys\": true", "\"attribute_source\": \"HEADERS\", \"reject_duplicate_keys\": true")],
    &[("{\"path\": \"params.arguments\"}", "{\"path\": \"params.arguments.n\"}")],
    &[(", {\"path\": \"params.arguments\"}", "")],
    &[("{\"string_match\": {\"exact\": \"ping\"}}", "{\"string_match\": {\"exact\": \"tools/call\"}}")],
    &[("{\"string_match\": {\"prefix\": \"notifications/\"}}", "{\"string_match\": {\"prefix\": \"t\"}}")],
    &[("{\"exact\": \"GET\"}", "{\"exact\": \"POST\"}")],
    &[("{\"not_rule\": {\"header\": {\"name\": \"content-length\", \"present_match\": true}}}", "{\"any\": true}")],
    &[("\"principals\": [{\"any\": true}]", "\"principals\": [{\"authenticated\": {}}]")],
    &[("\"http_filters\": [", "\"http_filters\": [{\"name\": \"envoy.filters.http.lua\"}, ")],
    &[("\"envoy.filters.http.rbac\"", "\"envoy.filters.http.cors\"")],
    // Limits.
    &[("\"max_tokens\": 15", "\"max_tokens\": 16")],
    &[("\"tokens_per_fill\": 15", "\"tokens_per_fill\": 16")],
    &[("\"tokens_per_fill\": 15", "\"tokens_per_fill\": 0")],
    &[("\"fill_interval\": \"60s\"", "\"fill_interval\": \"59s\"")],
    &[("\"fill_interval\": \"300s\"", "\"fill_interval\": \"60s\"")],
    &[("\"fill_interval\": \"86400s\"", "\"fill_interval\": \"3600s\"")],
    &[("{\"key\": \"tool\", \"value\": \"find\"}", "{\"key\": \"tool\", \"value\": \"Find\"}")],
    &[("{\"key\": \"tool\", \"value\": \"find\"}", "{\"key\": \"name\", \"value\": \"find\"}")],
    &[("{\"key\": \"tool\", \"value\": \"find\"}", "{\"key\": \"tool\", \"value\": \"list\"}")],
    &[("{\"key\": \"method\", \"value\": \"tools/call\"}", "{\"key\": \"method\", \"value\": \"tools/list\"}")],
    &[(
        "\"filter_enforced\": {\"default_value\": {\"numerator\": 100}}",
        "\"filter_enforced\": {\"default_value\": {\"numerator\": 10}}",
    )],
    &[("\"filter_enforced\": {\"default_value\": {\"numerator\": 100}},", "")],
    &[("\"stat_prefix\": \"policyc_1\"", "\"status\": {\"code\": 200}, \"stat_prefix\": \"policyc_1\"")],
    &[("envoy.filters.http.local_ratelimit\"", "envoy.filters.http.ratelimit\"")],
];

/// How many documents are planted here.
pub(super) const COUNT: usize = CHANGES.len();

#[test]
fn wrong_filters_are_rejected() {
    let mut settings = Settings::default();
    settings.set(&TargetOption::PROCESSES, "1");
    reject("envoy", &settings, POLICY, owned(CHANGES));
}
