//! Where hosts put the parts of a call, and what they read of the answer.

use super::{build_for, manifest, parse_for};
use crate::emit::SideFile;
use crate::emit::decision_list::{Entry, Lists};
use crate::emit::target::{Draft, ReadDocument, Request};

/// A host.
pub(super) struct Adapter {
    /// The name of its target.
    pub(super) name: &'static str,
    /// The name for people.
    pub(super) title: &'static str,
    /// What its module is called in messages.
    pub(super) document: &'static str,
    /// The package of its modules, another for each host, so that one OPA can have them all; the name of the policy follows.
    pub(super) package: &'static str,
    /// Where the name of the tool is.
    pub(super) tool: &'static str,
    /// Where the arguments are.
    pub(super) arguments: &'static str,
    /// Where the claims of the caller are.
    pub(super) caller: &'static str,
    /// The keys of a decision that name the rule and give the reason.
    pub(super) keys: [&'static str; 2],
    /// The decision that has a person asked; `None` where nobody can be.
    pub(super) ask: Option<&'static str>,
    /// What answers the host, after the decision about a call.
    pub(super) answer: &'static str,
    /// The same for a host that counts; `None` where it can hand in no counts.
    pub(super) counting: Option<&'static str>,
    /// What the comment at the top says of asking.
    pub(super) query: &'static str,
    /// Where the module stands in the folder of a document of several files; `None` where it is the only file.
    pub(super) main_file: Option<&'static str>,
    /// The other files.
    pub(super) beside: fn(&[String], &Lists<Entry>) -> Vec<SideFile>,
    /// Whether the host denies tools that the other files do not list.
    pub(super) lists_tools: bool,
    pub(super) recognises: fn(&str) -> bool,
    pub(super) build: fn(&Request<'_>) -> Draft,
    pub(super) parse: fn(&str) -> ReadDocument,
}

/// The answer of the plain interface by a rule that decides.
macro_rules! rest_answer {
    ($rule:literal) => {
        concat!(
            r#"default verdict := {"decision": "deny", "rule": "(malformed)", "reason": "This is not a call of a tool."}

verdict := "#,
            $rule,
            r#" if {
	is_string(input.name)
	is_object(object.get(input, "arguments", {}))
	is_object(object.get(input, "caller", {}))
}

default allow := false

allow if verdict.decision == "allow"
"#
        )
    };
}

/// Asked by a program of one's own: the call is the input, in the form that `policyc eval` reads.
pub(super) static REST: Adapter = Adapter {
    name: "opa",
    title: "Open Policy Agent (Rego)",
    document: "the Rego module",
    package: "policyc",
    tool: "input.name",
    arguments: "input.arguments",
    caller: "input.caller",
    keys: ["rule", "reason"],
    ask: Some("approval"),
    answer: rest_answer!("decision"),
    counting: Some(rest_answer!("charged")),
    query: "verdict",
    main_file: None,
    beside: |_, _| Vec::new(),
    lists_tools: false,
    recognises: |text| is_module(text, &REST),
    build: |request| build_for(&REST, request),
    parse: |text| parse_for(&REST, text),
};

/// Asked by Envoy's filter for external authorization, with the request as it came.
pub(super) static ENVOY: Adapter = Adapter {
    name: "opa-envoy",
    title: "OPA behind Envoy's ext_authz (Rego)",
    document: "the Rego module",
    package: "policyc_envoy",
    tool: "input.parsed_body.params.name",
    arguments: "input.parsed_body.params.arguments",
    caller: r#"input.attributes.metadataContext.filterMetadata["envoy.filters.http.jwt_authn"].jwt_payload"#,
    keys: ["rule", "reason"],
    ask: None,
    answer: r#"default result := {"allowed": false, "http_status": 403, "body": "This is not a message that passes."}

result := {"allowed": true} if {
	is_call
	decision.decision == "allow"
}

result := {"allowed": false, "http_status": 403, "body": decision.reason} if {
	is_call
	decision.decision != "allow"
}

result := {"allowed": true} if is_other

is_call if {
	is_message
	spellings(input.parsed_body, "method") == ["method"]
	input.parsed_body.method == "tools/call"
	spellings(input.parsed_body, "params") == ["params"]
	spellings(input.parsed_body.params, "name") == ["name"]
	is_string(input.parsed_body.params.name)
	spellings(input.parsed_body.params, "arguments") in [[], ["arguments"]]
	is_object(object.get(input.parsed_body.params, "arguments", {}))
}

is_other if {
	is_message
	spellings(input.parsed_body, "method") == ["method"]
	is_string(input.parsed_body.method)
	input.parsed_body.method != "tools/call"
}

is_other if {
	is_message
	spellings(input.parsed_body, "method") == []
	count(spellings(input.parsed_body, "result")) + count(spellings(input.parsed_body, "error")) == 1
}

is_other if {
	input.attributes.request.http.method in ["DELETE", "GET"]
	object.get(input.attributes.request.http, "body", "") == ""
	object.get(input, "parsed_body", null) == null
}

is_message if {
	is_object(input.parsed_body)
	object.get(input, "truncated_body", false) == false
	regex.match("^(?i:application/json) *(?:;|$)", input.attributes.request.http.headers["content-type"])
}

spellings(message, wanted) := [key | some key, _ in message; lower(key) == wanted]
"#,
    counting: None,
    query: "result",
    main_file: None,
    beside: |_, _| Vec::new(),
    lists_tools: false,
    recognises: |text| is_module(text, &ENVOY),
    build: |request| build_for(&ENVOY, request),
    parse: |text| parse_for(&ENVOY, text),
};

/// Asked by a host of the Agent Control Specification, before a tool is called.
pub(super) static ACS: Adapter = Adapter {
    name: "acs",
    title: "Agent Control Specification (Rego and manifest)",
    document: "the Rego module for ACS",
    package: "policyc_acs",
    tool: "input.tool.name",
    arguments: "input.policy_target.value",
    caller: "input.snapshot.caller",
    keys: ["reason", "message"],
    ask: Some("escalate"),
    answer: r#"default verdict := {"decision": "deny", "reason": "(malformed)", "message": "This is not a call of a tool."}

verdict := decision if {
	input.intervention_point == "pre_tool_call"
	is_string(input.tool.name)
	is_object(input.policy_target.value)
}
"#,
    counting: None,
    query: "verdict",
    main_file: Some("policy/policy.rego"),
    beside: |package, lists| vec![manifest::file(package, lists)],
    lists_tools: true,
    recognises: |text| is_module(text, &ACS),
    build: |request| build_for(&ACS, request),
    parse: |text| parse_for(&ACS, text),
};

/// Whether a text is a module for a host: the first line that is no comment names a package of the host.
fn is_module(text: &str, adapter: &Adapter) -> bool {
    let mut lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let Some(package) = lines.next().and_then(|line| line.strip_prefix("package")) else { return false };
    let name: String =
        package.trim_start().chars().take_while(|char| char.is_ascii_alphanumeric() || *char == '_').collect();
    // A module of another package is taken for one of the plain interface, and read with mistakes.
    let other = [&ENVOY, &ACS].into_iter().find(|other| other.package == name);
    other.map_or(REST.name, |other| other.name) == adapter.name
}
