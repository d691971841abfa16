//! Wrong lowerings, planted into documents of gateways that decide by Cedar: each is refused by the
//! reader, or found by the proof.

use std::path::Path;

use crate::decider::PolicyDecider;
use crate::diff::proof::prove;
use crate::disk::Unreadable;
use crate::emit::{Request, Settings, TargetOption, find};
use crate::ir::{Policy, ServerId};
use crate::sema::{Checked, Loader, Options, analyze};

/// Rules that every one of the gateways holds.
const RULES: &str = "deny *; allow get when args.s in [\"a\", \"b\"] and args.path like \"/srv/*\"; deny get when args.s == \"b\" because \"No b.\"; \
     allow pay; require args.n <= 50 for pay; deny pay when args.n < 1; require args.k != \"x\" for pay; deny pay when args.ok == false; \
     allow list unless args.s like \"secret*\"; hide drop; deny erase because \"Never.\"; ";

/// What each gateway holds beside.
const MORE: [(&str, &str); 3] = [
    (
        "agentcore",
        "allow send when every args.to in [\"a@x\", \"b@x\"] and caller.role == \"admin\"; deny send when some args.cc == \"c@x\"; \
         require args.rate > 0.5 for send; deny send when args.o.k == \"x\"; limit list 30/min; limit pay 10/min per caller.team; limit send 4/s per server;",
    ),
    (
        "docker",
        "allow send when some args.to == \"a@x\"; deny send when args.body contains \"secret\"; deny send when args.o.k == \"x\"; \
         require approval for wipe; require approval for pay when args.k == \"ask\" because \"Asked.\";",
    ),
    (
        "toolhive",
        "allow send when caller.role == \"admin\" and args.rate > 0.5; deny send when caller.team in [\"x\", \"y\"];",
    ),
];

const CATALOGUE: &str = r#"{"tools": [
    {"name": "get", "inputSchema": {"type": "object", "properties": {"s": {"type": "string"}, "path": {"type": "string"}}}},
    {"name": "pay", "inputSchema": {"type": "object", "properties": {"n": {"type": "integer"}, "k": {"type": "string"}, "ok": {"type": "boolean"}}, "required": ["n"]}},
    {"name": "list", "inputSchema": {"type": "object", "properties": {"s": {"type": "string"}}}},
    {"name": "send", "inputSchema": {"type": "object", "properties": {"to": {"type": "array", "items": {"type": "string"}}, "cc": {"type": "array", "items": {"type": "string"}}, "rate": {"type": "number"}, "body": {}, "o": {"type": "object", "properties": {"k": {"type": "string"}}}}}},
    {"name": "wipe", "inputSchema": {"type": "object"}},
    {"name": "drop", "inputSchema": {"type": "object"}},
    {"name": "erase", "inputSchema": {"type": "object"}}
]}"#;

struct Catalogue;

impl Loader for Catalogue {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(CATALOGUE.as_bytes().to_vec())
    }
}

fn checked(rules: &str) -> Checked {
    let text = format!("server shop from \"shop.json\"; {rules}");
    let analysis = analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &Catalogue);
    analysis.checked.unwrap_or_else(|| panic!("{:?}", analysis.diagnostics))
}

/// Texts of every document, each with what stands in its place. `ARGS` is what the gateway calls
/// the arguments, with the prefix of their names.
const CHANGES: &[(&str, &str)] = &[
    // Wider values.
    ("[\"a\", \"b\"].contains(ARGSs)", "[\"a\", \"b\", \"c\"].contains(ARGSs)"),
    ("[\"a\", \"b\"].contains(ARGSs)", "[\"a\", \"B\"].contains(ARGSs)"),
    ("[\"a\", \"b\"].contains(ARGSs)", "[].contains(ARGSs)"),
    ("[\"a\", \"b\"].contains(ARGSs)", "[\"a\", \"b\"].containsAny(ARGSs)"),
    ("[\"a\", \"b\"].contains(ARGSs)", "!([\"a\", \"b\"].contains(ARGSs))"),
    ("[\"a\", \"b\"].contains(ARGSs)", "[\"a\", \"b\"].contains(ARGSpath)"),
    ("[\"a\", \"b\"].contains(ARGSs)", "ARGSs == ARGSs"),
    ("[\"a\", \"b\"].contains(ARGSs)", "ARGSs != \"c\""),
    ("[\"a\", \"b\"].contains(ARGSs)", "true"),
    ("[\"a\", \"b\"].contains(ARGSs) &&", ""),
    ("[\"a\", \"b\"].contains(ARGSs) &&", "[\"a\", \"b\"].contains(ARGSs) ||"),
    ("ARGSpath like \"/srv/*\"", "ARGSpath like \"/srv*\""),
    ("ARGSpath like \"/srv/*\"", "ARGSpath like \"*/srv/*\""),
    ("ARGSpath like \"/srv/*\"", "!(ARGSpath like \"/srv/*\")"),
    ("ARGSpath like \"/srv/*\"", "ARGSpath like \"/srv/*\" || ARGSpath like \"/etc/*\""),
    // Denials that are gone, or say less.
    ("ARGSs == \"b\")", "ARGSs == \"B\")"),
    ("ARGSs == \"b\")", "ARGSs != \"b\")"),
    ("ARGSs == \"b\") &&", "ARGSs == \"b\") ||"),
    ("ARGSs like \"secret*\")", "ARGSs like \"secret\")"),
    ("ARGSs like \"secret*\")", "ARGSs like \"secret\\*\")"),
    ("ARGSok == false)", "ARGSok == true)"),
    ("ARGSok == false)", "ARGSok == \"false\")"),
    ("!(ARGSk == \"x\")", "ARGSk == \"x\""),
    ("!(ARGSk == \"x\")", "!(ARGSk == \"X\")"),
    ("ARGSk == \"x\"", "ARGSk == \"x\" && ARGSk == \"y\""),
    // What is missing.
    ("HASk", "true"),
    ("HASk &&", ""),
    ("HASn &&", ""),
    ("HASs && ARGSs == \"b\")", "ARGSs == \"b\")"),
    ("!(HASs && ARGSs == \"b\")", "!(HASs && HASk && ARGSs == \"b\")"),
    ("!(HASs && ARGSs == \"b\")", "(HASs || ARGSs == \"b\")"),
    ("!(HASok && ARGSok == false)", "(HASok)"),
    // Statements that open more.
    ("permit", "forbid"),
    ("principal,", "principal == Client::\"u\","),
    ("when {", "unless {"),
    ("};", "} when { true };"),
    ("};", "};\n\npermit(principal, action, resource);\n"),
    ("};", "} };"),
    // Mistakes.
    ("ARGSs == \"b\"", "ARGSs = \"b\""),
    ("\"/srv/*\"", "\"/srv/\\q*\""),
    ("&&", "&& // \r "),
    ("&&", "&"),
];

/// A target, how its arguments and the question for one begin, and changes.
type Own = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Of each gateway what is its own.
const OWN: [Own; 3] = [
    (
        "agentcore",
        "context.input.",
        "context.input has ",
        &[
            // Rates.
            ("\"rate\": 15", "\"rate\": 16"),
            ("\"rate\": 15", "\"rate\": 30"),
            ("\"rate\": 15", "\"rate\": 15.5"),
            ("\"rate\": 15", "\"rate\": -1"),
            ("\"rate\": 15", "\"rate\": \"15\""),
            ("\"rate\": 15", "\"rate\": 20000000"),
            ("\"rate\": 15,", "\"count\": 15,"),
            ("\"rate\": 5,", "\"rate\": 6,"),
            ("\"rate\": 2,", "\"rate\": 3,"),
            (
                "\"rate\": 5,\n              \"period\": \"minute\"",
                "\"rate\": 5,\n              \"period\": \"second\"",
            ),
            ("\"rate\": 2,\n              \"period\": \"second\"", "\"rate\": 2,\n              \"period\": \"hour\""),
            ("\"requests\"", "\"connections\""),
            ("\"requests\"", "\"tokens\""),
            ("\"toolName\"\n", "\"targetName\"\n"),
            ("\"toolName\"\n", "\"toolName\",\n        \"$.context.jwt.sub\"\n"),
            ("\"toolName\": \"shop___list\"", "\"toolName\": \"shop___pay\""),
            ("\"toolName\": \"shop___list\"", "\"toolName\": \"shop___lists\""),
            ("\"toolName\": \"shop___list\"", "\"toolName\": \"*\""),
            ("\"toolName\": \"shop___list\"", "\"toolName\": \"shop__list\""),
            ("\"toolName\": \"shop___list\"", "\"toolName\": \"mail___list\""),
            ("\"toolName\": \"shop___list\"", "\"toolName\": \"shop___list\", \"$.context.jwt.sub\": \"*\""),
            ("\"rateLimits\"", "\"limits\""),
            ("\"dimensionKeys\"", "\"status\": \"DELETING\", \"dimensionKeys\""),
            ("context.input.n <= 50", "context.input.n <= 51"),
            ("context.input.n <= 50", "context.input.n >= 50"),
            ("context.input.n < 1)", "context.input.n < 0)"),
            ("context.input.n < 1)", "context.input.n > 1)"),
            ("context.input.n < 1)", "context.input.n < 1 && context.input.n > 0)"),
            ("greaterThan(decimal(\"0.5\"))", "greaterThan(decimal(\"0.4999\"))"),
            ("greaterThan(decimal(\"0.5\"))", "greaterThanOrEqual(decimal(\"0.5\"))"),
            ("greaterThan(decimal(\"0.5\"))", "lessThan(decimal(\"0.5\"))"),
            ("greaterThan(decimal(\"0.5\"))", "greaterThan(decimal(\"0.50\"))"),
            ("greaterThan(decimal(\"0.5\"))", "greaterThan(decimal(\"0.50000\"))"),
            ("context.input.rate.greaterThan(decimal(\"0.5\"))", "!(context.input.rate == decimal(\"0.4\"))"),
            ("[\"a@x\", \"b@x\"].containsAll(context.input.to)", "context.input.to.containsAny([\"a@x\", \"b@x\"])"),
            ("[\"a@x\", \"b@x\"].containsAll(context.input.to)", "context.input.to.containsAll([\"a@x\", \"b@x\"])"),
            ("[\"a@x\", \"b@x\"].containsAll(context.input.to)", "[\"a@x\", \"c@x\"].containsAll(context.input.to)"),
            ("context.input.cc.contains(\"c@x\")", "context.input.cc.contains(\"d@x\")"),
            ("getTag(\"role\") == \"admin\"", "getTag(\"role\") != \"admin\""),
            ("getTag(\"role\") == \"admin\"", "getTag(\"team\") == \"admin\""),
            ("hasTag(\"role\")", "hasTag(\"team\")"),
            ("principal is AgentCore::OAuthUser", "principal is AgentCore::IamEntity"),
            ("context.input.o.k == \"x\"", "context.input.o.j == \"x\""),
            ("context.input has o && context.input.o has k", "context.input.o has k"),
            ("shop___get", "shop___other"),
            ("shop___get", "shop__get"),
            ("shop___get", "other___get"),
            ("action == AgentCore::Action::\\\"shop___get\\\"", "action in AgentCore::Action::\\\"shop\\\""),
            ("action == AgentCore::Action::\\\"shop___get\\\"", "action"),
            ("resource == AgentCore::Gateway::\\\"arn:", "resource == AgentCore::Gateway::\\\""),
            ("\"ACTIVE\"", "\"LOG_ONLY\""),
            ("\"FAIL_ON_ANY_FINDINGS\"", "\"IGNORE_ALL_FINDINGS\""),
            ("\"policies\": [", "\"policies\": [{\"name\": \"x\"},"),
            ("\"policies\"", "\"policy\""),
        ],
    ),
    (
        "docker",
        "context.args.",
        "context.args has ",
        &[
            ("context.args.n <= 50", "context.args.n <= 51"),
            ("context.args.n >= 1", "context.args.n >= 0"),
            ("context.args.n >= 1", "!(context.args.n == 0)"),
            ("context.args.n >= 1", "context.args.n != 0"),
            // A number that Cedar does not have may be missing.
            ("context.args has n &&\n  context.args.n >= 1", "!(context.args has n && context.args.n < 1)"),
            (
                "context.args has body &&\n  !(context.args.body.contains(\"secret\"))",
                "!(context.args has body && context.args.body.contains(\"secret\"))",
            ),
            (
                "context.args has o &&\n  !(context.args.o has k && context.args.o.k == \"x\")",
                "!(context.args has o && context.args.o has k && context.args.o.k == \"x\")",
            ),
            // Arguments of remote servers are missing.
            ("context has args &&\n  !(context.args has s", "!(context has args && context.args has s"),
            ("context has args &&", ""),
            ("context.args.to.contains(\"a@x\")", "context.args.to.contains(\"b@x\")"),
            ("context.args.to.contains(\"a@x\")", "context.args.to like \"a@x\""),
            ("!(context.args.body like \"*secret*\")", "!(context.args.body like \"*secrets*\")"),
            ("\n@requireApproval(\"Asked.\")\n", "\n"),
            ("@requireApproval", "@requireConsent"),
            ("@requireApproval", "@id(\"x\") @requireApproval"),
            ("context.args.k == \"ask\")", "context.args.k == \"asked\")"),
            ("&&\n  !(context.args has k && context.args.k == \"ask\")", ""),
            ("resource in MCP::Server::\"shop\" &&", ""),
            (
                "resource in MCP::Server::\"shop\" &&\n  resource.name == \"get\"",
                "resource in MCP::Server::\"other\" &&\n  resource.name == \"get\"",
            ),
            ("resource in MCP::Server::\"shop\"", "!(resource in MCP::Server::\"other\")"),
            ("resource.name == \"get\" &&", ""),
            ("resource.name == \"get\"", "resource.name == \"other\""),
            ("resource.name == \"get\"", "resource.name like \"get*\""),
            ("resource.name == \"get\"", "!([\"get\"].contains(resource.name))"),
            ("MCP::Action::\"invokeTool\"", "MCP::Action::\"register\""),
            ("action == MCP::Action::\"invokeTool\"", "action"),
            ("context.args.s == \"b\"", "context.args.s == \"b\" && principal in Team::\"x\""),
        ],
    ),
    (
        "toolhive",
        "context.arg_",
        "context has arg_",
        &[
            ("lessThan(decimal(\"50.0\"))", "lessThan(decimal(\"50.0002\"))"),
            ("lessThan(decimal(\"50.0\"))", "lessThanOrEqual(decimal(\"50.0\"))"),
            ("lessThan(decimal(\"50.0\"))", "greaterThan(decimal(\"50.0\"))"),
            ("context.arg_n.lessThan(decimal(\"50.0\"))", "context.arg_n <= 50"),
            ("greaterThan(decimal(\"1.0\"))", "greaterThan(decimal(\"0.9\"))"),
            ("greaterThan(decimal(\"1.0\"))", "greaterThan(decimal(\"-0.5\"))"),
            // The largest numbers may become the smallest decimal, and larger ones are missing.
            (
                "context.arg_n.greaterThan(decimal(\"1.0\")) &&",
                "(context.arg_n.greaterThan(decimal(\"1.0\")) || context.arg_n.lessThan(decimal(\"0.0\"))) &&",
            ),
            (
                "context has arg_n &&\n        context.arg_n.greaterThan(decimal(\"1.0\")) &&",
                "!(context has arg_n && context.arg_n.lessThanOrEqual(decimal(\"1.0\"))) && context has arg_n &&",
            ),
            (
                "context has arg_n &&\n        context.arg_n.greaterThan(decimal(\"1.0\"))",
                "!(context has arg_n) || context has arg_n && context.arg_n.greaterThan(decimal(\"1.0\"))",
            ),
            ("greaterThan(decimal(\"0.5\"))", "greaterThan(decimal(\"0.4\"))"),
            ("context.claim_role == \"admin\"", "context.claim_role like \"*admin\""),
            ("context.claim_role == \"admin\"", "context.arg_role == \"admin\""),
            ("context has claim_role", "context has claim_team"),
            ("[\"x\", \"y\"].contains(context.claim_team)", "[\"x\"].contains(context.claim_team)"),
            ("context has arg_path &&", "context has arg_path_present &&"),
            ("context.arg_path like", "context.arg_path_present like"),
            ("resource == Tool::\"get\"", "resource == Tool::\"other\""),
            ("resource == Tool::\"get\"", "resource"),
            ("resource == Tool::\"get\"", "resource in MCP::\"shop\""),
            ("Action::\"call_tool\"", "Action::\"get_prompt\""),
            ("entities_json: \"[]\"", "entities_json: \"[{}]\""),
            ("type: cedarv1", "type: httpv1"),
            ("version: \"1.0\"", "version: \"1.1\""),
            ("  policies:", "  group_claim_name: \"x\"\n  policies:"),
            (
                "    - |\n",
                "    - |\n      permit(principal, action == Action::\"call_tool\", resource == Tool::\"x\");\n",
            ),
        ],
    ),
];

/// How many documents are planted here.
pub(super) const COUNT: usize = 3 * CHANGES.len() + OWN[0].3.len() + OWN[1].3.len() + OWN[2].3.len();

fn emitted(target: &str, policy: &Policy) -> String {
    let mut settings = Settings::default();
    settings.set(&TargetOption::GATEWAY, "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/shop-1");
    let emission = find(target).unwrap().make(&Request::new(policy, ServerId(0), &settings));
    emission.artefact.unwrap_or_else(|| panic!("{:?}", emission.diagnostics)).text
}

/// Whether a document is refused, or found to be weaker.
fn is_rejected(target: &str, text: &str, policy: &Policy) -> bool {
    let target = find(target).unwrap();
    let Ok(document) = target.read(text) else { return true };
    let proof = prove(&PolicyDecider::new(policy).of_server(ServerId(0), target.numbers), document.as_ref());
    assert!(proof.undecided.is_empty(), "{text}");
    proof.weaker.is_some() || proof.looser.is_some()
}

#[test]
fn wrong_documents_are_rejected() {
    for ((target, more), (_, arguments, has, own)) in MORE.iter().zip(OWN) {
        let checked = checked(&format!("{RULES}{more}"));
        let policy = &checked.policies()[0];
        let right = emitted(target, policy);
        assert!(!is_rejected(target, &right, policy), "{right}");
        let shared =
            CHANGES.iter().map(|(from, to)| [from, to].map(|text| text.replace("ARGS", arguments).replace("HAS", has)));
        let own = own.iter().map(|(from, to)| [from, to].map(|text| (*text).to_owned()));
        let mut wrong = Vec::new();
        for change in shared.chain(own) {
            // In JSON statements are strings.
            let is_json = *target == "agentcore" && !right.contains(&change[0]);
            let [from, to] = change.clone().map(|text| {
                if is_json {
                    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r")
                } else {
                    text
                }
            });
            let text = right.replace(&from, &to);
            if text == right || !is_rejected(target, &text, policy) {
                wrong.push(format!("{change:?}"));
            }
        }
        assert!(wrong.is_empty(), "{right}\n{}", wrong.join("\n"));
    }
}
