//! Questions and answers of each form, one after the other: what was allowed has counted.

use std::fmt::Write as _;

use super::Service;

/// Posts bodies to paths, and writes down what comes.
fn table(service: &Service, rows: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (path, body) in rows {
        writeln!(out, "{path} {body}\n    {}", service.post(path, body)).unwrap();
    }
    out
}

#[test]
fn our_own_form() {
    let service = Service::start(&["--undisclosed", "list_*"]);
    let rows = [
        r#"{"name": "wire-money", "arguments": {"amount": 5}}"#,
        r#"{"name": "wire-money", "arguments": {"amount": 500}, "remedy": true}"#,
        r#"{"name": "wire-money", "arguments": {"amount": 50}, "server": "pay", "grant": "g", "caller": {"team": "x"}}"#,
        r#"{"name": "wire-money", "arguments": {"amount": 50}, "approved": true}"#,
        r#"{"name": "wire-money", "arguments": {"amount": 5}, "dryRun": true}"#,
        r#"{"calls": [{"name": "wire-money"}, {"name": "wire-money"}, {"name": "list_orders", "grant": "h"}]}"#,
        r#"{"name": "wire-money", "arguments": {"amount": 5}, "grant": "another"}"#,
        r#"{"name": "list_orders", "explain": true}"#,
        r#"{"name": "wire-money", "explain": true, "dryRun": true}"#,
        r#"{"name": "list_accounts", "remedy": true}"#,
        r#"{"name": "Wire-Money"}"#,
        r#"{"name": "wire-money", "server": "elsewhere"}"#,
        r#"{"name": "wire-money", "arguments": {"amount": 10.0000000000000000001}, "grant": "exact"}"#,
        r#"{"name": "a\u001bb"}"#,
    ];
    insta::assert_snapshot!(table(&service, &rows.map(|row| ("/v1/decide", row))));
}

#[test]
fn of_opa() {
    let service = Service::start(&[]);
    let (allow, verdict) = ("/v1/data/policyc/allow", "/v1/data/policyc/verdict");
    let rows = [
        (allow, r#"{"input": {"name": "list_orders"}}"#),
        (allow, r#"{"input": {"name": "wire-money", "arguments": {"amount": 500}}}"#),
        (allow, r#"{"input": {"name": "wire-money", "arguments": {"amount": 50}}}"#),
        (verdict, r#"{"input": {"name": "wire-money", "arguments": {"amount": 50}}}"#),
        (verdict, r#"{"input": {"name": "list_orders"}, "other": 1}"#),
        (verdict, r#"{"input": {"payload": {"name": "wire-money", "args": {"amount": 500}}, "mode": "input"}}"#),
        (verdict, r#"{"input": {"payload": {"name": "wire-money"}}}"#),
        (
            verdict,
            r#"{"input": {"tool": {"name": "wire-money"}, "policy_target": {"value": {"amount": 5}}, "snapshot": {"caller": {"team": "x"}}}}"#,
        ),
        (verdict, r#"{"input": {"tool": {"name": "wire-money"}, "name": "list_orders"}}"#),
        (verdict, r#"{"input": {"tool": {"name": "wire-money"}, "policy_target": {"value": [1]}}}"#),
        (allow, r#"{"input": {"name": "list_orders", "at": "2026-01-01T00:00:00Z"}}"#),
        (allow, r#"{"input": []}"#),
        (allow, r#"{"name": "list_orders"}"#),
        (verdict, "{}"),
        (allow, r#"{"input": null}"#),
        ("/v1/data", r#"{"input": {"name": "list_orders"}}"#),
        ("/v1/data/policyc", r#"{"input": {"name": "list_orders"}}"#),
        ("/v1/data/policyc/allow/x", r#"{"input": {"name": "list_orders"}}"#),
        ("/v1/datapolicyc/allow", r#"{"input": {"name": "list_orders"}}"#),
        ("/v1/data//policyc/allow", r#"{"input": {"name": "list_orders"}}"#),
        ("/v0/data/policyc/allow", r#"{"name": "list_orders"}"#),
        ("/v1/policies/x", "package x"),
    ];
    insta::assert_snapshot!(table(&service, &rows));
}

/// A question of AuthZEN, with a member of its own.
fn evaluation(tool: &str, more: &str) -> String {
    format!(
        r#"{{"subject": {{"type": "identity", "id": "u"}}, "action": {{"name": "tools/call"}}, "resource": {{"type": "tool", "id": "{tool}"}}{more}}}"#
    )
}

#[test]
fn of_authzen() {
    let service = Service::start(&["--public-url", "https://pdp.example/"]);
    let (one, many) = ("/access/v1/evaluation", "/access/v1/evaluations");
    let action = |action: &str, resource: &str| {
        format!(
            r#"{{"subject": {{"type": "identity", "id": "u", "extra": 1}}, "action": {action}, "resource": {resource}, "unknown": 1}}"#
        )
    };
    let args = |amount: &str| format!(r#", "context": {{"arguments": {{"amount": {amount}}}}}"#);
    let entries = |semantic: &str, amounts: &[&str]| {
        let entries: Vec<String> =
            amounts.iter().map(|amount| format!(r#"{{"context": {{"arguments": {{"amount": {amount}}}}}}}"#)).collect();
        let options = format!(r#""options": {{"evaluations_semantic": "{semantic}"}}"#);
        evaluation("wire-money", &format!(r#", {options}, "evaluations": [{}]"#, entries.join(", ")))
    };
    let rows = [
        (one, evaluation("list_orders", "")),
        // The default mapping sends no arguments.
        (one, evaluation("wire-money", "")),
        (one, evaluation("wire-money", &args("500"))),
        (one, evaluation("wire-money", &args("50"))),
        (one, evaluation("wire-money", r#", "context": {"arguments": {"amount": 5}, "policyc_dry_run": true}"#)),
        (
            one,
            action(
                r#"{"name": "wire-money", "properties": {"arguments": {"amount": 500}}}"#,
                r#"{"type": "tool", "id": "wire-money", "properties": {"server": "pay"}}"#,
            ),
        ),
        (
            one,
            action(
                r#"{"name": "tools/call", "properties": {"arguments": {"amount": 500}}}"#,
                r#"{"type": "tool", "id": "wire-money", "properties": {"args": {"amount": 5}}}"#,
            ),
        ),
        // A tool may have the name of a method.
        (one, action(r#"{"name": "initialize"}"#, r#"{"type": "tool", "id": "initialize"}"#)),
        (one, action(r#"{"name": "resources/read"}"#, r#"{"type": "tool", "id": "wire-money"}"#)),
        (one, action(r#"{"name": "tools/list"}"#, r#"{"type": "tool", "id": "wire-money"}"#)),
        (one, action(r#"{"name": "tools/list"}"#, r#"{"type": "mcp_server", "id": "pay"}"#)),
        (one, action(r#"{"name": "resources/read"}"#, r#"{"type": "resource", "id": "file:///x"}"#)),
        (one, action(r#"{"name": "tasks/update"}"#, r#"{"type": "task", "id": "1"}"#)),
        (one, action(r#"{"name": "get_customer"}"#, r#"{"type": "customer", "id": "7"}"#)),
        (one, action(r#"{"name": "list_orders"}"#, r#"{"type": "tool", "id": "wire-money"}"#)),
        (one, r#"{"subject": {"type": "identity", "id": "u"}, "action": {"name": "tools/call"}}"#.to_owned()),
        (
            one,
            r#"{"subject": {"type": "identity"}, "action": {"name": "x"}, "resource": {"type": "tool", "id": "x"}}"#
                .to_owned(),
        ),
        (one, r#"{"subject": "u"}"#.to_owned()),
        (many, evaluation("list_orders", r#", "evaluations": []"#)),
        (many, evaluation("list_orders", "")),
        (many, entries("anything", &["5"])),
        // Two of three calls a day count here; entries behind the first denial do not.
        (many, entries("deny_on_first_deny", &["5", "500", "5"])),
        (many, entries("permit_on_first_permit", &["500", "5", "5"])),
        (many, entries("execute_all", &["5", "5", "500"])),
        (
            many,
            evaluation(
                "list_orders",
                r#", "evaluations": [{}, {"resource": {"type": "tool"}}, {"action": {"name": "tools/list"}}]"#,
            ),
        ),
        ("/access/v1/search/subject", "{}".to_owned()),
    ];
    let rows: Vec<(&str, &str)> = rows.iter().map(|(path, body)| (*path, body.as_str())).collect();
    let mut out = table(&service, &rows);
    writeln!(out, "GET {}", service.ask("GET", "/.well-known/authzen-configuration", "", "")).unwrap();
    insta::assert_snapshot!(out);
}

#[test]
fn of_envoy() {
    let service = Service::start(&[]);
    let call = |tool: &str, arguments: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
        )
    };
    let whole = "Content-Type: application/json\r\nx-envoy-auth-partial-body: false\r\n";
    let rows: Vec<(&str, &str, String)> = vec![
        ("POST", "", call("list_orders", "{}")),
        ("POST", "", call("wire-money", r#"{"amount":500}"#)),
        ("POST", "", call("wire-money", r#"{"amount":50}"#)),
        ("POST", "x-policyc-grant: Bearer G\r\nx-policyc-server: pay\r\n", call("wire-money", r#"{"amount":5}"#)),
        ("POST", "x-policyc-grant: a\r\nx-policyc-grant: b\r\n", call("wire-money", r#"{"amount":5}"#)),
        ("POST", "x-policyc-server: elsewhere\r\n", call("list_orders", "{}")),
        ("POST", "x-policyc-caller: [1]\r\n", call("list_orders", "{}")),
        ("POST", "mcp-method: tools/call\r\nmcp-name: list_orders\r\n", call("list_orders", "{}")),
        ("POST", "mcp-method: tools/list\r\n", call("list_orders", "{}")),
        ("POST", "mcp-name: wire-money\r\n", call("list_orders", "{}")),
        // What is no call says in its headers that it is one, and what is one says other arguments.
        (
            "POST",
            "mcp-method: tools/call\r\nmcp-name: wire-money\r\n",
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned(),
        ),
        ("POST", "mcp-name: wire-money\r\n", r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.to_owned()),
        (
            "POST",
            "mcp-name: a\r\n",
            r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a"}}"#.to_owned(),
        ),
        ("POST", "mcp-param-amount: 300\r\n", call("wire-money", r#"{"amount":5}"#)),
        ("POST", "x-envoy-auth-partial-body: true\r\n", call("list_orders", "{}")),
        ("POST", "", String::new()),
        ("GET", "", String::new()),
        ("DELETE", "", String::new()),
        ("OPTIONS", "", String::new()),
        ("HEAD", "", String::new()),
        ("PUT", "", call("list_orders", "{}")),
        ("GET", "", call("list_orders", "{}")),
        ("POST", "", format!("[{}]", call("list_orders", "{}"))),
        ("POST", "", r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#.to_owned()),
        ("POST", "", r#"{"jsonrpc":"2.0","id":1,"method":"tools/Call","params":{"name":"wire-money"}}"#.to_owned()),
        ("POST", "", r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"list_orders"}}"#.to_owned()),
        ("POST", "", r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned()),
        ("POST", "", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned()),
        ("POST", "", r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list"}"#.to_owned()),
        ("POST", "", r#"{"name":"list_orders"}"#.to_owned()),
        ("POST", "", "{".to_owned()),
    ];
    let mut out = String::new();
    for (method, more, body) in &rows {
        let answer = service.ask(method, "/envoy/mcp?x=1", &format!("{whole}{more}"), body);
        let more = more.replace("\r\n", "; ");
        writeln!(out, "{method} {more}{body}\n    {answer}").unwrap();
    }
    let no_type = service.ask("POST", "/envoy/mcp", "", &call("list_orders", "{}"));
    writeln!(out, "without a type: {no_type}").unwrap();
    insta::assert_snapshot!(out);
}
