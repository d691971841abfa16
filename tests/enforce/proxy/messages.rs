//! What becomes of each kind of message of a client.

use super::{NOW, options, proxy, proxy_with, shown, to_server};
use policyc_enforce::proxy::{MAX_MESSAGE, Refusable};

/// Messages that each meet a proxy of their own.
const MESSAGES: &[&str] = &[
    // What is not decided passes as it is.
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#,
    r#" {"method" : "ping", "jsonrpc":"2.0","id":"a\u00e9", "x": [1.50, 1e2]}  "#,
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    r#"{"jsonrpc":"2.0","id":7,"result":{"roots":[]}}"#,
    r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///x"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
    "",
    "   \r",
    // Calls.
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"amount":5,"to":"a\u0062"}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"n\u0061me":"w\u0069re","arguments":{"\u0061mount":5}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_status"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"amount":101}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"amount":50}}}"#,
    r#"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"erase","arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"erase","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
    // A hidden tool, and one that does not exist.
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret","arguments":{"x":1}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","arguments":{"x":1}}}"#,
    // Other spellings of a tool.
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Wire","arguments":{"amount":5}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire ","arguments":{"amount":5}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wi\u0000re","arguments":{"amount":5}}}"#,
    // Other spellings of the method.
    r#"{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"erase"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call ","params":{"name":"erase"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/cal\u0000l","params":{"name":"erase"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/callMany","params":{"name":"erase"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"TOOLS/LIST"}"#,
    r#"{"jsonrpc":"2.0","method":"TOOLS/CALL","params":{"name":"erase"}}"#,
    // Parameters that are none.
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":null}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":[{"amount":5}]}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":"{}"}}"#,
    // Keys that stand twice, for every reader or for some.
    r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"erase"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","na\u006de":"erase","arguments":{"amount":5}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"amount":5,"amount":500}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/call","params":{"name":"get_status"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"erase"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"ping","paramſ":{"name":"erase"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_status","Name":"erase"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"amount":5,"Amount":500}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":1,"a":2}}}"#,
    // A call behind a carriage return.
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"_meta\":{\"x\":\r{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"erase\"}}\r}}}",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\rng\"}",
    // Identifiers.
    r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"get_status"}}"#,
    r#"{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"get_status"}}"#,
    r#"{"jsonrpc":"2.0","id":1.0,"method":"tools/call","params":{"name":"get_status"}}"#,
    r#"{"jsonrpc":"2.0","id":-0,"method":"ping"}"#,
    r#"{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"get_status"}}"#,
    r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
    r#"{"jsonrpc":"2.0","id":"\"\\\u2028","method":"tools/call","params":{"name":"erase"}}"#,
    // Numbers.
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"amount":1e400}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"amount":NaN}}}"#,
    // Things that are no message.
    "nonsense",
    "[]",
    "7",
    "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_sta"#,
    r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
    r#"{"id":1,"method":"tools/call","params":{"name":"get_status"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":["tools/call"]}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#,
    r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
    r#"{"jsonrpc":"2.0","id":1}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":"\ud800"}"#,
    // Batches.
    r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}, {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"get_status"}}]"#,
    r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"erase"}},{"jsonrpc":"2.0","id":3,"method":"tools/list"}]"#,
    r#"[{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"erase"}}]"#,
    r#"[[{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"erase"}}],7]"#,
    r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
    r#"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_orders"}},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_orders"}},{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"list_orders"}}]"#,
];

#[test]
fn what_becomes_of_a_message() {
    let mut table = String::new();
    for message in MESSAGES {
        let effects = proxy().from_client(message.as_bytes().to_vec(), NOW);
        table.push_str(&format!("{}\n{}", message.replace('\r', "␍").replace('\u{feff}', "<BOM>"), shown(&effects)));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn large_and_deep_messages() {
    let text = "x".repeat(10 << 20);
    let call = |tool: &str| {
        let params = format!("{{\"name\":\"{tool}\",\"arguments\":{{\"to\":\"{text}\",\"amount\":5}}}}");
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{params}}}")
    };
    assert_eq!(to_server(&proxy().from_client(call("wire").into_bytes(), NOW)), [call("wire")]);
    assert!(to_server(&proxy().from_client(call("erase").into_bytes(), NOW)).is_empty());
    let large = proxy().from_client(vec![b' '; MAX_MESSAGE].into_iter().chain(*b"{}").collect(), NOW);
    assert!(shown(&large).contains("The message is larger than 64 MiB."));
    for depth in [100, 200, 1_000_000] {
        let text = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{}{}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        let effects = proxy().from_client(text.clone().into_bytes(), NOW);
        assert_eq!(to_server(&effects).len(), usize::from(depth < 128), "{depth}");
    }
    assert!(shown(&proxy().from_client(b"\xff\xfe".to_vec(), NOW)).contains("not UTF-8"));
    let batch = |count| format!("[{}]", vec!["{\"jsonrpc\":\"2.0\",\"method\":\"x\"}"; count].join(","));
    assert_eq!(to_server(&proxy().from_client(batch(1_000).into_bytes(), NOW)), [batch(1_000)]);
    assert!(shown(&proxy().from_client(batch(1_001).into_bytes(), NOW)).contains("more than 1000 messages"));
}

#[test]
fn an_identifier_that_is_in_use() {
    let mut proxy = proxy();
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    assert_eq!(to_server(&proxy.from_client(list.into(), NOW)), [list]);
    // Its answer would be taken for that of the list, and the list for that of nobody.
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let refused = proxy.from_client(ping.into(), NOW);
    assert!(to_server(&refused).is_empty() && shown(&refused).contains("use another `id`"));
    proxy.from_server(br#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#.to_vec(), NOW);
    assert_eq!(to_server(&proxy.from_client(ping.into(), NOW)), [ping]);
}

#[test]
fn an_upstream_that_never_answers() {
    let mut proxy = proxy();
    for id in 0..10_000 {
        let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}");
        assert_eq!(to_server(&proxy.from_client(line.clone().into_bytes(), NOW)), [line]);
    }
    let line = r#"{"jsonrpc":"2.0","id":"more","method":"ping"}"#;
    assert!(shown(&proxy.from_client(line.into(), NOW)).contains("More than 10000 requests have no answer yet."));
    // Each gets one when the server ends.
    assert_eq!(proxy.server_ended().len(), 10_000);
    assert!(!proxy.waits());
}

#[test]
fn who_observes_lets_calls_pass() {
    let mut proxy = proxy_with(POLICY_WITHOUT_ALL, super::Options { observe: true, ..options() });
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret"}}"#;
    assert_eq!(to_server(&proxy.from_client(call.into(), NOW)), [call]);
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    assert_eq!(to_server(&proxy.from_client(list.into(), NOW)), [list]);
    let tools = r#"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"secret"}]}}"#;
    assert!(shown(&proxy.from_server(tools.into(), NOW)).contains(tools));
}

const POLICY_WITHOUT_ALL: &str = "deny *; hide secret;";

#[test]
fn what_flags_refuse() {
    let refused = [Refusable::Resources, Refusable::Prompts, Refusable::Sampling].into();
    let mut proxy = proxy_with("allow *;", super::Options { refused, ..options() });
    let mut table = String::new();
    for method in ["resources/list", "RESOURCES/read", "prompts/get", "ping"] {
        let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":\"{method}\",\"method\":\"{method}\"}}");
        table.push_str(&format!("{line}\n{}", shown(&proxy.from_client(line.clone().into_bytes(), NOW))));
    }
    for line in [
        r#"{"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":"ping","result":{"resultType":"input_required","inputRequests":{"a":{"method":"sampling/createMessage"}}}}"#,
    ] {
        table.push_str(&format!("from the server: {line}\n{}", shown(&proxy.from_server(line.into(), NOW))));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_cannot_be_logged_is_denied() {
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#;
    let effects = |observe| {
        let log: policyc_enforce::proxy::Write = Box::new(|_| Err("the disk is full".to_owned()));
        proxy_with("allow *;", super::Options { log: Some(log), observe, ..options() }).from_client(call.into(), NOW)
    };
    for observe in [false, true] {
        let effects = effects(observe);
        assert_eq!(to_server(&effects).len(), usize::from(observe));
        assert!(shown(&effects).contains("cannot be logged: the disk is full"), "{effects:?}");
    }
}

#[test]
fn numbers_are_decided_for_both_readings() {
    // As a double, the first is 100, and the second is 9007199254740992.
    for (condition, number, passes) in [
        ("args.amount < 100", "99.99999999999999999999", false),
        ("args.amount != 9007199254740992", "9007199254740993", false),
        ("args.amount != 9007199254740992", "9007199254740994", true),
        ("args.amount < 100", "99.5", true),
        ("args.amount < 100", "1e1", true),
    ] {
        let policy = format!("deny *; allow wire when {condition}; limit wire 1/day;");
        let mut proxy = proxy_with(&policy, options());
        let line = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{{\"name\":\"wire\",\"arguments\":{{\"amount\":{number}}}}}}}"
        );
        let effects = proxy.from_client(line.clone().into_bytes(), NOW);
        assert_eq!(to_server(&effects).len(), usize::from(passes), "{condition}, {number}: {effects:?}");
    }
}
