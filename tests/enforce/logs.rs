//! The log of decisions, and hooks that only observe.

use policyc_core::eval::{Call, Verdict};
use policyc_core::json::Json;
use policyc_enforce::audit::Log;
use policyc_enforce::gate::Outcome;
use policyc_enforce::hook::Decided;

use super::events::events;
use super::{hook, run, shop};

fn event(amount: &str) -> String {
    let text = events().into_iter().find(|(client, _, _)| client == "qwen-code").unwrap().2;
    text.replace("4711", amount).replace("\"ann\"", "[\"ann\", {\"iban\": \"DE1\\u202e\", \"bic\":  \"X\"}]")
}

/// What a log says, times aside.
fn lines(log: &str) -> String {
    let line = |line: &str| {
        let mut json: serde_json::Value = serde_json::from_str(line).unwrap();
        let at = json["at"].take();
        assert!(at.as_str().unwrap().ends_with('Z'), "{at}");
        assert_eq!(json["sha256"].as_str().map(str::len), (!json["policy"].is_null()).then_some(64));
        json["sha256"] = "…".into();
        format!("{json}\n")
    };
    log.lines().map(line).collect()
}

#[test]
fn a_log_is_read_by_replay() {
    let folder = shop();
    let log = folder.path().join("calls.jsonl");
    let log = log.to_str().unwrap();
    let options =
        ["--log", log, "--log-arguments", "--mask", "args.to.iban", "--caller", "{\"team\": \"x\"}", "--grant", "g"];
    for amount in ["5", "500", "50", "6", "7", "8"] {
        hook(folder.path(), "qwen-code", &options, event(amount).as_bytes());
    }
    let text = std::fs::read_to_string(log).unwrap();
    assert!(!text.contains("DE1") && !text.contains('\u{202e}'), "{text}");
    insta::assert_snapshot!(lines(&text));
    let policy = folder.path().join("shop.pol");
    let (exit, output, error) = run::in_process(&["replay", policy.to_str().unwrap(), "--log", log], b"");
    assert_eq!((exit as i32, error.as_str()), (0, ""));
    insta::assert_snapshot!(output);
}

#[test]
fn without_being_asked_no_argument_is_logged() {
    let folder = shop();
    let log = folder.path().join("calls.jsonl");
    hook(folder.path(), "qwen-code", &["--log", log.to_str().unwrap()], event("5").as_bytes());
    let text = std::fs::read_to_string(log).unwrap();
    assert!(text.contains("\"params\":{\"name\":\"wire-money\"}") && !text.contains("ann"), "{text}");
}

/// What cannot be decided again is summed up as it was, and no policy is learnt from it.
#[test]
fn a_log_without_arguments_says_what_was_decided() {
    let folder = shop();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (log, policy) = (path("calls.jsonl"), path("shop.pol"));
    for amount in ["5", "500", "50", "6"] {
        hook(folder.path(), "qwen-code", &["--log", &log], event(amount).as_bytes());
    }
    let replay = |more: &[&str]| {
        let line = [&["replay", policy.as_str(), "--log", log.as_str()], more].concat();
        let (exit, output, error) = run::in_process(&line, b"");
        assert_eq!((exit as i32, error.as_str()), (0, ""));
        output
    };
    let texts = [replay(&[]), replay(&["--against", &policy]).replace(&policy, "shop.pol")];
    insta::assert_snapshot!(texts.join("---\n"));
    let tools = path("tools.json");
    let learn = ["init", "--catalogue", &tools, "--from-log", &log, "-o", &path("new.pol")];
    let (exit, output, error) = run::in_process(&learn, b"");
    assert!(exit as i32 != 0 && error.contains("`--log-arguments`"), "{output}{error}");
}

/// `replay` lets a call pass again that a person has approved.
#[test]
fn an_approval_is_logged() {
    let folder = shop();
    let path = folder.path().join("calls.jsonl");
    let log = Log {
        path: path.clone(),
        arguments: true,
        masks: Vec::new(),
        client: "proxy",
        policies: Vec::new(),
        observed: false,
    };
    let arguments = Json::parse("{\"amount\": 50}").unwrap();
    let call = Call {
        server: Some("pay"),
        name: "wire-money",
        arguments: arguments.root(),
        caller: None,
        grant: None,
        at: 0,
        approved: false,
    };
    let mut outcome = Outcome::failed("", String::new());
    for (approved, verdict) in [(false, Verdict::Approval), (true, Verdict::Allow)] {
        outcome.verdict = verdict;
        log.append(&Decided { call: Call { approved, ..call }, session: "s", outcome: &outcome }).unwrap();
    }
    let policy = folder.path().join("shop.pol");
    let line = ["replay", policy.to_str().unwrap(), "--log", path.to_str().unwrap()];
    let (exit, output, error) = run::in_process(&line, b"");
    assert_eq!((exit as i32, error.as_str()), (0, ""));
    assert!(output.contains("wire-money            1          -          1"), "{output}");
}

#[test]
fn who_observes_lets_pass() {
    let folder = shop();
    let log = folder.path().join("calls.jsonl");
    let options = ["--observe", "--log", log.to_str().unwrap()];
    for (client, _, text) in events() {
        for event in [text.replace("4711", "500"), text.replace("4711", "5"), "nonsense".to_owned()] {
            let (status, output, error) = hook(folder.path(), &client, &options, event.as_bytes());
            assert_eq!((status, output.as_str()), (0, ""), "{client}");
            assert_eq!(error.is_empty(), event != "nonsense", "{error}");
        }
    }
    let text = std::fs::read_to_string(log).unwrap();
    assert_eq!(text.matches("\"decision\":\"deny\",\"rule\":\"deny@4\"").count(), events().len());
    assert_eq!(text.matches("\"observed\":true").count(), 2 * events().len());
}

#[test]
fn what_cannot_be_logged_is_denied() {
    let folder = shop();
    let (status, output, error) =
        hook(folder.path(), "qwen-code", &["--log", folder.path().to_str().unwrap()], event("5").as_bytes());
    assert_eq!(status, 2);
    assert!(
        output.contains("\"deny\"") && error.starts_with("The decision cannot be logged: cannot write `"),
        "{error}"
    );
}

/// Whoever was killed while it wrote takes no other line with it.
#[test]
fn an_unfinished_line_stays_alone() {
    let folder = shop();
    let log = folder.path().join("calls.jsonl");
    std::fs::write(&log, "{\"jsonrpc\":\"2.0\",\"met").unwrap();
    for _ in 0..2 {
        hook(folder.path(), "qwen-code", &["--log", log.to_str().unwrap()], event("5").as_bytes());
    }
    let text = std::fs::read_to_string(log).unwrap();
    let whole: Vec<bool> = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).collect();
    assert_eq!(whole, [false, true, true], "{text}");
}
