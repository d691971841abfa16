//! Configurations of agentgateway. The gateway does not run here; its rules are decided by the crate that its engine comes
//! from, with the two functions that the gateway adds and the configuration uses, and put together as in `RuleSets::validate`
//! of the gateway.

use cel::{Context, ExecutionError, Program, Value as Cel};
use policyc_core::emit::{Request, find};
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_oracles::conformance::{Generator, Sample, Shape, Tally, decide};
use policyc_oracles::engines::{checked, document, pairs};
use serde_json::{Value, json};

const TARGET: &str = "agentgateway";

/// The rules of a configuration.
struct Rules {
    allow: Vec<Program>,
    deny: Vec<Program>,
    require: Vec<Program>,
}

/// What the gateway is asked about.
struct Asked<'a> {
    /// `tool` or `prompt`.
    kind: &'a str,
    name: &'a str,
    /// None if it is too large.
    body: Option<&'a str>,
    /// The claims of a token that is valid.
    claims: Option<&'a str>,
}

impl Rules {
    fn read(text: &str) -> Self {
        let document: Value = serde_yaml_ng::from_str(text).unwrap();
        let mut rules = Self { allow: Vec::new(), deny: Vec::new(), require: Vec::new() };
        for rule in document["mcp"]["policies"]["mcpAuthorization"]["rules"].as_array().unwrap() {
            let (list, text) = match rule {
                Value::String(text) => (&mut rules.allow, text.as_str()),
                other => {
                    let (kind, text) = other.as_object().unwrap().iter().next().unwrap();
                    let list = match kind.as_str() {
                        "allow" => &mut rules.allow,
                        "deny" => &mut rules.deny,
                        "require" => &mut rules.require,
                        other => panic!("{other}"),
                    };
                    (list, text.as_str().unwrap())
                }
            };
            list.push(Program::compile(text).unwrap_or_else(|error| panic!("{text}: {error:?}")));
        }
        rules
    }

    fn allows(&self, asked: &Asked<'_>) -> bool {
        let mut context = Context::default();
        let request = asked.body.map_or_else(|| json!({}), |body| json!({"body": body}));
        // A number of a token that is none of these types has not been read.
        let claims = asked.claims.and_then(|claims| serde_json::from_str(claims).ok()).unwrap_or(Value::Null);
        let mcp = json!({asked.kind: {"target": "example", "name": asked.name}});
        for (name, value) in [("mcp", mcp), ("request", request), ("jwt", claims)] {
            context.add_variable(name, value).unwrap();
        }
        context.add_function("json", json_of).unwrap();
        context.add_function("default", default).unwrap();
        // An error is as good as false.
        let holds = |program: &Program| matches!(program.execute(&context), Ok(Cel::Bool(true)));
        if self.allow.is_empty() && self.deny.is_empty() && self.require.is_empty() {
            return true;
        }
        if self.deny.iter().any(holds) || !self.require.iter().all(holds) {
            return false;
        }
        self.allow.is_empty() || self.allow.iter().any(holds)
    }
}

fn json_of(text: std::sync::Arc<String>) -> Result<Cel, ExecutionError> {
    let error = |message: String| ExecutionError::function_error("json", message);
    let value: Value = serde_json::from_str(&text).map_err(|found| error(found.to_string()))?;
    cel::to_value(value).map_err(|found| error(found.to_string()))
}

/// The first value, if there is one. Here null stands for a variable that is not there, as for the gateway's function.
fn default(value: Cel, otherwise: Cel) -> Cel {
    if matches!(value, Cel::Null) { otherwise } else { value }
}

/// The body of a call. Without arguments, a call has none.
fn body(name: &str, arguments: &str) -> String {
    let arguments = if arguments == "{}" { String::new() } else { format!(", \"arguments\": {arguments}") };
    format!(
        "{{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\", \"params\": {{\"name\": {}{arguments}}}}}",
        json!(name)
    )
}

/// A call as the gateway has read it and passes it on: its numbers are integers of 64 bits, or doubles. `None` if it does not
/// read it.
fn read(sample: &Sample) -> Option<(String, Option<String>)> {
    let again = |text: &str| serde_json::from_str::<Value>(text).ok().map(|value| value.to_string());
    let arguments = again(&sample.arguments)?;
    match &sample.caller {
        Some(caller) => Some((arguments, Some(again(caller)?))),
        None => Some((arguments, None)),
    }
}

#[test]
fn configurations_are_never_weaker() {
    let mut generator = Generator::new(1, Shape { exact: false, exact_values: true, ..Shape::ALL });
    let mut tally = Tally::default();
    let calls = (pairs(20_000) / 2_000).clamp(40, 200);
    while tally.pairs < pairs(20_000) {
        let mut case = generator.case(calls);
        let Some(document) = document(TARGET, &case) else {
            tally.refused += 1;
            continue;
        };
        let rules = Rules::read(&document);
        tally.policies += 1;
        for index in 0..case.calls.len() {
            let Some((arguments, caller)) = read(&case.calls[index]) else { continue };
            let sample = &mut case.calls[index];
            sample.verdict = decide(&case.checked, &sample.name, &arguments, caller.as_deref());
            let sample = &case.calls[index];
            let asked = Asked {
                kind: "tool",
                name: &sample.name,
                body: Some(&body(&sample.name, &sample.arguments)),
                claims: sample.caller.as_deref(),
            };
            let verdict = if rules.allows(&asked) { Verdict::Allow } else { Verdict::Deny };
            // Nobody can be asked; all else is decided as the policy says.
            if sample.verdict != Verdict::Approval {
                assert_eq!(verdict, sample.verdict, "{sample:?}\n{}\n{document}", case.text);
            }
            tally.add(&case, &document, sample, verdict);
        }
    }
    tally.record(TARGET, "cel 0.15.0");
}

fn configuration(policy: &str) -> Rules {
    let checked = checked(policy);
    let target = find(TARGET).unwrap();
    let settings = target.settings_of_examples();
    let made = target.make(&Request::new(&checked.policies()[0], ServerId(0), &settings));
    Rules::read(&made.artefact.unwrap_or_else(|| panic!("{policy}: {:?}", made.diagnostics)).text)
}

/// Whether a call of a tool passes.
fn passes(rules: &Rules, name: &str, body: Option<&str>) -> bool {
    rules.allows(&Asked { kind: "tool", name, body, claims: None })
}

/// A tool is listed if some of its calls may pass, decided with the body of the request for the list.
#[test]
fn tools_with_conditions_are_listed() {
    let policies = [
        "deny *; allow bounded when args.n <= 5; allow free; allow guarded unless args.force == true; hide hidden; deny denied;",
        "allow *; require args.n <= 5 for bounded; deny guarded when args.force == true; hide hidden; deny denied;",
    ];
    let list = "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}";
    for policy in policies {
        let rules = configuration(policy);
        for (tool, listed) in
            [("bounded", true), ("free", true), ("guarded", true), ("hidden", false), ("denied", false)]
        {
            assert_eq!(passes(&rules, tool, Some(list)), listed, "{policy} {tool}");
        }
    }
}

/// The policy is about calls of tools: everything else passes.
#[test]
fn what_calls_no_tool_passes() {
    for policy in ["deny *;", "allow *;", "deny *; allow t when args.n <= 5;"] {
        let rules = configuration(policy);
        let body = "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"prompts/get\", \"params\": {\"name\": \"p\"}}";
        assert!(rules.allows(&Asked { kind: "prompt", name: "p", body: Some(body), claims: None }), "{policy}");
        assert_eq!(passes(&rules, "u", Some("{}")), policy == "allow *;");
    }
}

/// Bodies in which a condition finds no arguments let nothing pass.
#[test]
fn bodies_that_are_no_call_are_denied() {
    let rules = configuration("deny *; allow bounded when args.n <= 5; allow guarded unless args.force == true;");
    let call = |arguments: &str| body("t", arguments);
    let good = [call("{\"n\": 5}"), call("{\"n\": 5.0}"), call("{\"n\": 6, \"n\": 5}")];
    for body in &good {
        assert!(passes(&rules, "bounded", Some(body)), "{body}");
    }
    let bad = [
        format!("[{}]", call("{\"n\": 5}")),
        call("[]"),
        call("null"),
        call("\"x\""),
        call("{\"n\": 1e999}"),
        call("{\"n\": 5").replace("}}", ""),
        "{\"method\": \"tools/call\"}".to_owned(),
        "{\"method\": \"TOOLS/LIST\", \"params\": {\"arguments\": []}}".to_owned(),
        String::new(),
    ];
    for tool in ["bounded", "guarded"] {
        assert!(!passes(&rules, tool, None), "{tool}");
        for body in &bad {
            assert!(!passes(&rules, tool, Some(body)), "{tool} {body}");
        }
    }
    assert!(!passes(&rules, "bounded", Some(&call("{}"))));
    assert!(passes(&rules, "guarded", Some(&call("{}"))));
}

/// What goes wrong in configurations that are written by hand; none of them is read.
#[test]
fn errors_pass_over_denials() {
    let of = |rule: &str| {
        format!(
            "gateways:\n  default:\n    port: 3000\nmcp:\n  targets:\n    - name: example\n      mcp:\n        host: http://127.0.0.1:3001/mcp\n  policies:\n    mcpAuthorization:\n      rules:\n        - {rule}\n"
        )
    };
    let calls = ["{\"n\": \"6\"}", "{}", "[]"].map(|arguments| body("pay", arguments));
    let rules = [
        ("deny: json(request.body).params.arguments.n > 5.0", true),
        ("require: json(request.body).params.arguments.n <= 5.0", false),
        ("json(request.body).params.arguments.n <= 5.0", false),
        // The arguments are never set, and what is missing is an error.
        ("deny: mcp.tool.arguments.n > 5.0", true),
        ("mcp.tool.arguments.n <= 5.0", false),
    ];
    for (rule, passing) in rules {
        let text = of(rule);
        for body in &calls {
            assert_eq!(passes(&Rules::read(&text), "pay", Some(body)), passing, "{rule} {body}");
        }
        assert!(find(TARGET).unwrap().read(&text).is_err(), "{text}");
    }
}
