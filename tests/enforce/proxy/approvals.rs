//! Calls that a person approves: once, in time, and exactly as they were shown.

use super::{NOW, Options, options, proxy_with, shown, to_server};
use policyc_enforce::proxy::{Effect, Proxy};

const POLICY: &str = r#"deny *; allow wire; require approval by "ann" for wire; limit wire 2/day;"#;
const CALL: &str =
    r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"wire","arguments":{"amount": 50, "to":"bob"}}}"#;

fn started(capabilities: &str, options: Options) -> Proxy<'static> {
    let mut proxy = proxy_with(POLICY, options);
    let line = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{{\"capabilities\":{capabilities}}}}}"
    );
    assert_eq!(to_server(&proxy.from_client(line.clone().into_bytes(), NOW)), [line]);
    proxy.from_server(br#"{"jsonrpc":"2.0","id":0,"result":{}}"#.to_vec(), NOW);
    proxy
}

/// The identifier of our question, which is the only thing that happens.
fn question(effects: &[Effect]) -> String {
    let [Effect::ToClient(line)] = effects else { panic!("{effects:?}") };
    let json: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(json["method"], "elicitation/create");
    json["id"].as_str().unwrap().to_owned()
}

fn answer(proxy: &mut Proxy<'_>, id: &str, result: &str, at: i64) -> Vec<Effect> {
    proxy.from_client(format!("{{\"jsonrpc\":\"2.0\",\"id\":\"{id}\",\"result\":{result}}}").into_bytes(), at)
}

const YES: &str = r#"{"action":"accept","content":{"approve":true}}"#;

#[test]
fn a_client_that_can_ask() {
    let mut proxy = started(r#"{"elicitation":{}}"#, options());
    let asked = proxy.from_client(CALL.into(), NOW);
    insta::assert_snapshot!(shown(&asked));
    let id = question(&asked);
    // A server that answers what it has not been asked is not listened to.
    assert_eq!(proxy.from_server(br#"{"jsonrpc":"2.0","id":5,"result":{}}"#.to_vec(), NOW), []);
    assert_eq!(answer(&mut proxy, &id, YES, NOW), [Effect::ToServer(CALL.to_owned())]);
    // It is good for one call.
    assert_eq!(answer(&mut proxy, &id, YES, NOW), []);
}

#[test]
fn every_other_answer_is_a_no() {
    for no in [
        r#"{"action":"accept","content":{"approve":false}}"#,
        r#"{"action":"accept","content":{"approve":"true"}}"#,
        r#"{"action":"accept"}"#,
        r#"{"action":"decline","content":{"approve":true}}"#,
        r#"{"action":"cancel"}"#,
        "{}",
        "true",
    ] {
        let mut proxy = started(r#"{"elicitation":{"form":{}}}"#, options());
        let id = question(&proxy.from_client(CALL.into(), NOW));
        let effects = answer(&mut proxy, &id, no, NOW);
        assert!(to_server(&effects).is_empty() && shown(&effects).contains("nobody has approved it"), "{no}");
        assert_eq!(answer(&mut proxy, &id, YES, NOW), []);
    }
    let mut proxy = started(r#"{"elicitation":{}}"#, options());
    let id = question(&proxy.from_client(CALL.into(), NOW));
    let error = format!("{{\"jsonrpc\":\"2.0\",\"id\":\"{id}\",\"error\":{{\"code\":-32600,\"message\":\"no\"}}}}");
    assert!(shown(&proxy.from_client(error.into_bytes(), NOW)).contains("nobody has approved it"));
}

#[test]
fn an_approval_expires() {
    let mut proxy = started(r#"{"elicitation":{}}"#, options());
    let id = question(&proxy.from_client(CALL.into(), NOW));
    assert_eq!(proxy.next_expiry(), Some(NOW + 300));
    assert!(shown(&answer(&mut proxy, &id, YES, NOW + 300)).contains("The approval came too late."));
    let id = question(&proxy.from_client(CALL.replace("\"id\":5", "\"id\":6").into_bytes(), NOW));
    assert_eq!(proxy.expire(NOW + 299), []);
    let effects = proxy.expire(NOW + 300);
    assert!(shown(&effects).contains("notifications/cancelled") && shown(&effects).contains("\"id\":6,\"result\""));
    assert_eq!(answer(&mut proxy, &id, YES, NOW + 301), []);
}

#[test]
fn it_is_decided_again_when_it_is_executed() {
    let mut proxy = started(r#"{"elicitation":{}}"#, options());
    let ids: Vec<String> = (10..13)
        .map(|id| question(&proxy.from_client(CALL.replace("\"id\":5", &format!("\"id\":{id}")).into_bytes(), NOW)))
        .collect();
    let passed: Vec<usize> = ids.iter().map(|id| to_server(&answer(&mut proxy, id, YES, NOW)).len()).collect();
    // All three were held while there was room; the limit is two a day.
    assert_eq!(passed, [1, 1, 0]);
}

#[test]
fn who_cancels_does_not_call() {
    let mut proxy = started(r#"{"elicitation":{}}"#, options());
    let id = question(&proxy.from_client(CALL.into(), NOW));
    let cancelled = br#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}"#;
    let effects = proxy.from_client(cancelled.to_vec(), NOW);
    assert!(to_server(&effects).is_empty() && shown(&effects).contains("notifications/cancelled"), "{effects:?}");
    assert_eq!(answer(&mut proxy, &id, YES, NOW), []);
    // The same when the client says no more.
    let id = question(&proxy.from_client(CALL.into(), NOW));
    assert!(to_server(&proxy.client_ended(NOW)).is_empty());
    assert_eq!(answer(&mut proxy, &id, YES, NOW), []);
}

#[test]
fn clients_that_cannot_ask() {
    for capabilities in ["{}", r#"{"elicitation":{"url":{}}}"#, r#"{"elicitation":true}"#] {
        let mut proxy = started(capabilities, options());
        let effects = proxy.from_client(CALL.into(), NOW);
        assert!(to_server(&effects).is_empty() && shown(&effects).contains("\"decision\":\"approval\""), "{effects:?}");
    }
}

#[test]
fn what_is_kept_is_bounded() {
    let mut proxy = started(r#"{"elicitation":{}}"#, options());
    for id in 100..164 {
        question(&proxy.from_client(CALL.replace("\"id\":5", &format!("\"id\":{id}")).into_bytes(), NOW));
    }
    assert!(shown(&proxy.from_client(CALL.into(), NOW)).contains("too many calls wait for one"));
    let mut proxy = started(r#"{"elicitation":{}}"#, options());
    let large = CALL.replace("bob", &"b".repeat(1 << 20));
    assert!(shown(&proxy.from_client(large.into(), NOW)).contains("only calls of at most 1 MiB can wait"));
}

#[test]
fn a_command_is_asked() {
    let with_command = || Options { has_command: true, grant: Some("g".to_owned()), ..options() };
    let mut proxy = started("{}", with_command());
    let asked = proxy.from_client(CALL.into(), NOW);
    insta::assert_snapshot!(shown(&asked));
    let [Effect::Ask(question)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(proxy.answered(&question.ticket, true, NOW), [Effect::ToServer(CALL.to_owned())]);
    assert_eq!(proxy.answered(&question.ticket, true, NOW), []);
    let mut proxy = started("{}", with_command());
    let asked = proxy.from_client(CALL.into(), NOW);
    let [Effect::Ask(question)] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(to_server(&proxy.answered(&question.ticket, false, NOW)).is_empty());
}

/// A question to the operator goes on when its call is withdrawn, and so it counts until it is answered.
#[test]
fn questions_are_bounded() {
    let mut proxy = started("{}", Options { has_command: true, ..options() });
    let mut other = proxy.another("ann", None);
    let mut tickets = Vec::new();
    for id in 100..164 {
        let asked = proxy.from_client(CALL.replace("\"id\":5", &format!("\"id\":{id}")).into_bytes(), NOW);
        let [Effect::Ask(question)] = asked.as_slice() else { panic!("{asked:?}") };
        tickets.push(question.ticket.clone());
        let withdrawn =
            format!("{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{{\"requestId\":{id}}}}}");
        proxy.from_client(withdrawn.into_bytes(), NOW);
    }
    for proxy in [&mut proxy, &mut other] {
        assert!(shown(&proxy.from_client(CALL.into(), NOW)).contains("too many calls wait for one"));
    }
    assert_eq!(proxy.answered(&tickets[0], true, NOW), []);
    assert!(matches!(other.from_client(CALL.into(), NOW).as_slice(), [Effect::Ask(_)]));
}

/// The client cannot answer for the command, and not with a name that it has made up.
#[test]
fn nobody_else_answers() {
    let mut proxy = started("{}", Options { has_command: true, ..options() });
    let asked = proxy.from_client(CALL.into(), NOW);
    let [Effect::Ask(question)] = asked.as_slice() else { panic!("{asked:?}") };
    let effects = answer(&mut proxy, &question.ticket, YES, NOW);
    assert_eq!(effects, []);
    // Neither can an approval of the client for one call be used for another.
    assert_eq!(proxy.answered(&question.ticket, true, NOW), [Effect::ToServer(CALL.to_owned())]);
}

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}"#;

fn modern(id: u32, amount: u32, more: &str) -> String {
    let params = format!("{{\"name\":\"wire\",\"arguments\":{{\"amount\":{amount}}},{META}{more}}}");
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{params}}}")
}

fn state(effects: &[Effect]) -> String {
    let [Effect::ToClient(line)] = effects else { panic!("{effects:?}") };
    let json: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(json["result"]["inputRequests"]["policyc"]["method"], "elicitation/create");
    json["result"]["requestState"].as_str().unwrap().to_owned()
}

#[test]
fn clients_from_2026_on_call_again() {
    let mut proxy = proxy_with(POLICY, options());
    let again = |state: &str, answer: &str| {
        format!(",\"requestState\":\"{state}\",\"inputResponses\":{{\"policyc\":{answer}}}")
    };
    let asked = proxy.from_client(modern(1, 50, "").into_bytes(), NOW);
    insta::assert_snapshot!(shown(&asked));
    let mine = state(&asked);
    // What is forwarded is the call that was shown.
    let effects = proxy.from_client(modern(2, 50, &again(&mine, YES)).into_bytes(), NOW);
    assert_eq!(effects, [Effect::ToServer(modern(2, 50, ""))]);
    let used = proxy.from_client(modern(3, 50, &again(&mine, YES)).into_bytes(), NOW);
    assert!(to_server(&used).is_empty() && shown(&used).contains("it is used up"), "{used:?}");
    // Another call than the one that was shown.
    let mine = state(&proxy.from_client(modern(4, 50, "").into_bytes(), NOW));
    let other = proxy.from_client(modern(5, 5_000, &again(&mine, YES)).into_bytes(), NOW);
    assert!(to_server(&other).is_empty() && shown(&other).contains("of another call"), "{other:?}");
    // A refusal, and an approval that comes too late.
    let mine = state(&proxy.from_client(modern(6, 50, "").into_bytes(), NOW));
    let no = proxy.from_client(modern(7, 50, &again(&mine, "{\"action\":\"decline\"}")).into_bytes(), NOW);
    assert!(to_server(&no).is_empty());
    let mine = state(&proxy.from_client(modern(8, 50, "").into_bytes(), NOW));
    assert!(to_server(&proxy.from_client(modern(9, 50, &again(&mine, YES)).into_bytes(), NOW + 300)).is_empty());
}

/// A server that asks itself: what it has said and was told reaches it, whatever we ask in between.
#[test]
fn a_server_that_asks_as_well() {
    let mut proxy = proxy_with(POLICY, options());
    let theirs = r#","requestState":"theirs","inputResponses":{"key":{"action":"accept"}}"#;
    let mine = state(&proxy.from_client(modern(1, 50, theirs).into_bytes(), NOW));
    let again = format!(",\"requestState\":\"{mine}\",\"inputResponses\":{{\"policyc\":{YES}}}");
    let effects = proxy.from_client(modern(2, 50, &again).into_bytes(), NOW);
    assert_eq!(effects, [Effect::ToServer(modern(2, 50, theirs))]);
}
