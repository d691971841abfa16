//! Routes of Envoy AI Gateway. The gateway does not run here; its engine, cel-go, decides the expressions in the server of
//! Cerbos, and what stands around them is decided as in `authorizeRequestWith` of the gateway. `POLICYC_CERBOS` is the program;
//! without it nothing is tested, and that is said.

mod cerbos_server;

use cerbos_server::{Server, cases, cerbos};
use policyc_core::emit::{Request, find};
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_oracles::conformance::{Generator, Sample, Shape, Tally};
use policyc_oracles::engines::{checked, pairs};
use serde_json::{Value, json};

const TARGET: &str = "envoy-ai-gateway";

/// The part of a route that decides.
struct Route {
    allows: bool,
    rules: Vec<Rule>,
}

struct Rule {
    allows: bool,
    /// Pairs of a backend and a tool; without them the rule is about all.
    tools: Option<Vec<(String, String)>>,
    expression: Option<String>,
}

impl Route {
    fn read(text: &str) -> Self {
        let document: Value = serde_yaml_ng::from_str(text).unwrap();
        assert_eq!(document["kind"], "MCPRoute");
        let authorization = &document["spec"]["securityPolicy"]["authorization"];
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let rules = authorization["rules"].as_array().unwrap().iter().map(|rule| Rule {
            // What is left out allows.
            allows: rule.get("action").is_none_or(|action| action == "Allow"),
            tools: rule.get("target").map(|target| {
                let tools = target["tools"].as_array().unwrap().iter();
                tools.map(|tool| (word(&tool["backend"]), word(&tool["tool"]))).collect()
            }),
            expression: rule.get("cel").map(word),
        });
        // What is left out denies.
        Self { allows: authorization["defaultAction"] == "Allow", rules: rules.collect() }
    }

    /// A policy of Cerbos with an action for the expression of each rule. Only the place of the values differs: in both
    /// they are values of unknown type, whose numbers are doubles.
    fn policy(&self, index: usize) -> String {
        let rules = self.rules.iter().enumerate().filter_map(|(rule, of)| {
            let expression = of.expression.as_ref()?;
            let moved = expression.replace("request.mcp.", "R.attr.mcp.").replace("request.auth.", "R.attr.auth.");
            assert!(!moved.contains("request."), "{moved}");
            Some(json!({
                "actions": [format!("rule{rule}")],
                "effect": "EFFECT_ALLOW",
                "roles": ["*"],
                "condition": {"match": {"expr": moved}},
            }))
        });
        let rules: Vec<Value> = rules.collect();
        let policy = json!({"version": "default", "resource": format!("route{index}"), "rules": rules});
        json!({"apiVersion": "api.cerbos.dev/v1", "resourcePolicy": policy}).to_string()
    }

    /// The request for a call; for the list of tools without parameters.
    fn request(&self, index: usize, tool: &str, params: &str, claims: &str) -> String {
        let actions = (0..self.rules.len()).map(|rule| format!("rule{rule}"));
        let actions: Vec<String> = actions.chain(["none".to_owned()]).collect();
        format!(
            "{{\"requestId\": \"1\", \"principal\": {{\"id\": \"u\", \"roles\": [\"agent\"]}}, \"resources\": [{{\"resource\": {{\"kind\": \"route{index}\", \"id\": \"x\", \
             \"attr\": {{\"mcp\": {{\"method\": \"tools/call\", \"backend\": \"example\", \"tool\": {}, \"params\": {params}}}, \"auth\": {{\"jwt\": {{\"claims\": {claims}, \
             \"scopes\": []}}}}}}}}, \"actions\": {}}}]}}",
            json!(tool),
            json!(actions)
        )
    }

    /// Whether the first rule that matches allows.
    fn allows(&self, tool: &str, matched: &Value) -> bool {
        for (rule, of) in self.rules.iter().enumerate() {
            let holds = || matched["actions"][format!("rule{rule}")] == "EFFECT_ALLOW";
            if of.expression.is_some() && !holds() {
                continue;
            }
            let is_target = |(backend, name): &(String, String)| backend == "example" && name == tool;
            if of.tools.as_ref().is_none_or(|tools| tools.iter().any(is_target)) {
                return of.allows;
            }
        }
        self.allows
    }
}

/// The parameters of a call. Without arguments, a call has none.
fn params(sample: &Sample) -> String {
    let name = json!(format!("example__{}", sample.name));
    match sample.arguments.as_str() {
        "{}" => format!("{{\"name\": {name}}}"),
        arguments => format!("{{\"name\": {name}, \"arguments\": {arguments}}}"),
    }
}

#[test]
fn routes_are_never_weaker() {
    let Some(program) = cerbos() else { return };
    let mut generator = Generator::new(1, Shape { exact: false, ..Shape::ALL });
    let mut tally = Tally::default();
    let calls = (pairs(20_000) / 2_000).clamp(40, 200);
    while tally.pairs < pairs(20_000) {
        let cases = cases(&mut generator, TARGET, calls, &mut tally);
        let routes: Vec<Route> = cases.iter().map(|(_, document)| Route::read(document)).collect();
        let policies: Vec<String> = routes.iter().enumerate().map(|(index, route)| route.policy(index)).collect();
        let server = Server::start(&program, &policies);
        for (index, ((case, document), route)) in cases.iter().zip(&routes).enumerate() {
            tally.policies += 1;
            let requests = case.calls.iter().map(|sample| {
                route.request(index, &sample.name, &params(sample), sample.caller.as_deref().unwrap_or("{}"))
            });
            let matched = server.check(&requests.collect::<Vec<_>>());
            for (sample, matched) in case.calls.iter().zip(matched) {
                let verdict = if route.allows(&sample.name, &matched) { Verdict::Allow } else { Verdict::Deny };
                // Nobody can be asked; all else is decided as the policy says.
                if sample.verdict != Verdict::Approval {
                    assert_eq!(verdict, sample.verdict, "{sample:?}\n{}\n{document}", case.text);
                }
                tally.add(case, document, sample, verdict);
            }
        }
    }
    tally.record(TARGET, "cel-go in Cerbos 0.55.0");
}

/// Whether a route lets calls with some parameters pass.
fn passing(program: &str, text: &str, calls: &[(&str, &str)]) -> Vec<bool> {
    let route = Route::read(text);
    let server = Server::start(program, &[route.policy(0)]);
    let requests: Vec<String> = calls.iter().map(|(tool, params)| route.request(0, tool, params, "{}")).collect();
    let matched = server.check(&requests);
    calls.iter().zip(matched).map(|((tool, _), matched)| route.allows(tool, &matched)).collect()
}

/// A tool is listed if some of its calls may pass; for the list there are no parameters.
#[test]
fn tools_with_conditions_are_listed() {
    let Some(program) = cerbos() else { return };
    let policies = [
        "deny *; allow bounded when args.n <= 5; allow free; allow guarded unless args.force == true; hide hidden; deny denied;",
        "allow *; require args.n <= 5 for bounded; deny guarded when args.force == true; hide hidden; deny denied;",
    ];
    for policy in policies {
        let checked = checked(policy);
        let target = find(TARGET).unwrap();
        let settings = target.settings_of_examples();
        let made = target.make(&Request::new(&checked.policies()[0], ServerId(0), &settings));
        let tools = [("bounded", true), ("free", true), ("guarded", true), ("hidden", false), ("denied", false)];
        let calls = tools.map(|(tool, _)| (tool, "null"));
        assert_eq!(
            passing(&program, &made.artefact.unwrap().text, &calls),
            tools.map(|(_, listed)| listed),
            "{policy}"
        );
    }
}

/// What goes wrong in routes that are written by hand; none of them is read.
#[test]
fn errors_pass_over_denials() {
    let Some(program) = cerbos() else { return };
    let route = |default: &str, action: &str, expression: &str| {
        format!(
            "apiVersion: aigateway.envoyproxy.io/v1beta1\nkind: MCPRoute\nmetadata:\n  name: example\nspec:\n  parentRefs:\n    - {{ name: example, kind: Gateway, group: gateway.networking.k8s.io }}\n  \
             backendRefs:\n    - {{ name: example, kind: Backend, group: gateway.envoyproxy.io }}\n  securityPolicy:\n    authorization:\n      defaultAction: {default}\n      rules:\n        \
             - action: {action}\n          target: {{ tools: [{{ backend: example, tool: pay }}] }}\n          cel: {expression}\n"
        )
    };
    let calls = [
        "{\"name\": \"pay\", \"arguments\": {\"n\": \"6\"}}",
        "{\"name\": \"pay\", \"arguments\": {}}",
        "{\"name\": \"pay\"}",
    ];
    let calls = calls.map(|params| ("pay", params));
    let denying = route("Allow", "Deny", "request.mcp.params.arguments.n > 5.0");
    assert_eq!(passing(&program, &denying, &calls), [true; 3]);
    let allowing = route("Deny", "Allow", "request.mcp.params.arguments.n <= 5.0");
    assert_eq!(passing(&program, &allowing, &calls), [false; 3]);
    let negated =
        route("Deny", "Allow", "'!has(request.mcp.params.arguments.n) || request.mcp.params.arguments.n <= 5.0'");
    assert_eq!(passing(&program, &negated, &calls), [false, true, false]);
    for text in [denying, allowing, negated] {
        assert!(find(TARGET).unwrap().read(&text).is_err(), "{text}");
    }
}
