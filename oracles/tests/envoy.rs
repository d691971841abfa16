//! Filters for Envoy, decided by Envoy itself, over real requests. `POLICYC_ENVOY` is the program; without it nothing is
//! tested, and that is said.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use policyc_core::emit::find;
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_oracles::conformance::{Generator, Sample, Shape, Tally};
use policyc_oracles::engines::{Running, checked, document, pairs, program, wait};
use policyc_oracles::http::{ask, posted};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Policies that one Envoy enforces, each behind an address of its own.
const POLICIES: usize = 50;
/// The key that tokens are signed with.
const KEY: &[u8] = b"a key of thirty-two bytes or more";

fn envoy() -> Option<String> {
    program("POLICYC_ENVOY", "Envoy")
}

/// An Envoy that answers what passes by itself.
struct Envoy {
    _child: Running,
    folder: tempfile::TempDir,
}

impl Envoy {
    /// Starts Envoy with the filters of some documents.
    fn start(program: &str, documents: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listeners = documents.iter().enumerate().map(|(index, document)| {
            let document: Value = serde_json::from_str(document).unwrap();
            listener(&socket(folder.path(), index), &document["http_filters"])
        });
        let listeners: Vec<Value> = listeners.collect();
        let config = json!({"static_resources": {"listeners": listeners}});
        let path = folder.path().join("envoy.json");
        std::fs::write(&path, config.to_string()).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new(program)
            .args(["--concurrency", "1", "--disable-hot-restart", "--log-level", "error", "-c"])
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        wait(&mut child, &folder.path().join("log"), || {
            (0..documents.len()).all(|index| UnixStream::connect(socket(folder.path(), index)).is_ok())
        });
        Self { _child: Running(child), folder }
    }

    /// Sends requests to the filters of a document, and gives the status of each answer.
    fn statuses(&self, document: usize, requests: &[String]) -> Vec<u16> {
        let answers = ask(&socket(self.folder.path(), document), requests);
        answers.into_iter().map(|answer| answer.status).collect()
    }
}

fn socket(folder: &Path, index: usize) -> std::path::PathBuf {
    folder.join(format!("{index}.sock"))
}

/// A listener with the filters, behind one that verifies tokens.
fn listener(socket: &Path, filters: &Value) -> Value {
    let keys = json!({"keys": [{"kty": "oct", "alg": "HS256", "k": base64(KEY)}]}).to_string();
    let tokens = json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"one": {"local_jwks": {"inline_string": keys}, "payload_in_metadata": "jwt_payload"}},
            "rules": [{
                "match": {"prefix": "/"},
                "requires": {"requires_any": {"requirements": [{"provider_name": "one"}, {"allow_missing": {}}]}},
            }],
        },
    });
    let router = json!({
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    });
    let all: Vec<&Value> = [&tokens].into_iter().chain(filters.as_array().unwrap()).chain([&router]).collect();
    let routes = json!([{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]);
    json!({
        "name": socket,
        "address": {"pipe": {"path": socket}},
        "filter_chains": [{"filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": "one",
                "http_filters": all,
                "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
            },
        }]}],
    })
}

/// RFC 4648, section 5, without padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |bits: u32| char::from(DIGITS[usize::try_from(bits & 63).unwrap()]);
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        out.extend([18, 12, 6, 0].into_iter().take(chunk.len() + 1).map(|shift| digit(bits >> shift)));
    }
    out
}

/// RFC 2104 with SHA-256.
fn sign(text: &str) -> Vec<u8> {
    let mut key = [0_u8; 64];
    key[..KEY.len()].copy_from_slice(KEY);
    let hash = |pad: u8, text: &[u8]| {
        let padded: Vec<u8> = key.iter().map(|byte| byte ^ pad).chain(text.iter().copied()).collect();
        Sha256::digest(padded).to_vec()
    };
    hash(0x5c, &hash(0x36, text.as_bytes()))
}

fn token(claims: &str) -> String {
    let text = format!("{}.{}", base64(b"{\"alg\": \"HS256\", \"typ\": \"JWT\"}"), base64(claims.as_bytes()));
    format!("{text}.{}", base64(&sign(&text)))
}

fn call(sample: &Sample) -> String {
    let body = format!(
        "{{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\", \"params\": {{\"name\": {}, \"arguments\": {}}}}}",
        json!(sample.name),
        sample.arguments
    );
    let claims = sample.caller.as_ref().map(|claims| format!("authorization: Bearer {}\r\n", token(claims)));
    posted("/mcp", &body, &claims.unwrap_or_default())
}

#[test]
fn filters_are_never_weaker() {
    let Some(program) = envoy() else { return };
    let shape = Shape { approval: true, claims: true, conditions: true, objects: true, ..Shape::default() };
    let mut generator = Generator::new(1, shape);
    let mut tally = Tally::default();
    let calls = (pairs(20_000) / 2_000).clamp(40, 200);
    let mut told = 0;
    while tally.pairs < pairs(20_000) {
        let mut cases = Vec::new();
        while cases.len() < POLICIES {
            let case = generator.case(calls);
            match document("envoy", &case) {
                Some(document) => cases.push((case, document)),
                None => tally.refused += 1,
            }
        }
        let documents: Vec<String> = cases.iter().map(|(_, document)| document.clone()).collect();
        let envoy = Envoy::start(&program, &documents);
        for (index, (case, document)) in cases.iter().enumerate() {
            tally.policies += 1;
            let requests: Vec<String> = case.calls.iter().map(call).collect();
            for (sample, status) in case.calls.iter().zip(envoy.statuses(index, &requests)) {
                let verdict = if status == 200 { Verdict::Allow } else { Verdict::Deny };
                if verdict == Verdict::Deny && sample.verdict == Verdict::Allow && told < 5 {
                    told += 1;
                    println!("stricter ({status}): {sample:?}\n{}", case.text);
                }
                tally.add(case, document, sample, verdict);
            }
        }
    }
    tally.record("envoy", "Envoy 1.40.0");
}

/// Messages that are no calls as they should be, to a policy that denies one tool.
#[test]
fn what_is_no_call_does_not_pass() {
    let Some(program) = envoy() else { return };
    let checked = checked("allow *; deny drop; allow pay when args.n <= 5;");
    let emission = find("envoy").unwrap().emit(&checked.policies()[0], ServerId(0));
    let envoy = Envoy::start(&program, &[emission.artefact.unwrap().text]);
    let drop = r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "drop", "arguments": {}}}"#;
    let get = "GET /mcp HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\n";
    let message = |method: &str| {
        posted("/mcp", &format!(r#"{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {{}}}}"#), "")
    };
    let requests = [
        (posted("/mcp", &drop.replace("drop", "other"), ""), true),
        (posted("/mcp", drop, ""), false),
        (posted("/mcp", &drop.replace("drop", "dr\\u006fp"), ""), false),
        (posted("/mcp", &format!("[{drop}]"), ""), false),
        (posted("/mcp", &drop.replace("\"jsonrpc\": \"2.0\", ", ""), ""), false),
        (posted("/mcp", drop, "").replace("application/json\r", "text/plain\r"), false),
        (posted("/mcp", &drop.replace("\"name\": \"drop\"", "\"name\": \"drop\", \"name\": \"other\""), ""), false),
        (posted("/mcp", &drop.replace("\"name\": \"drop\"", "\"name\": [\"drop\"]"), ""), false),
        (posted("/mcp", &drop.replace("\"name\": \"drop\", ", ""), ""), false),
        (posted("/mcp", &drop.replace("\"method\"", "\"Method\""), ""), false),
        (posted("/mcp", drop, "mcp-name: other\r\n"), false),
        (posted("/mcp", &format!("{drop}{drop}"), ""), false),
        (message("tools/list"), true),
        (message("notifications/initialized"), true),
        (message("tools/call_all"), false),
        (message("Tools/Call"), false),
        (format!("{get}\r\n"), true),
        (format!("{get}content-length: {}\r\n\r\n{drop}", drop.len()), false),
        (posted("/mcp", r#"{"jsonrpc": "2.0", "id": 1, "result": {}}"#, ""), false),
    ];
    let (texts, passes): (Vec<String>, Vec<bool>) = requests.into_iter().unzip();
    for ((text, passes), status) in texts.iter().zip(passes).zip(envoy.statuses(0, &texts)) {
        assert_eq!(status == 200, passes, "{status}: {text}");
    }
}

/// Limits let pass what their buckets hold, of each tool by itself, and more once the bucket is refilled.
#[test]
fn limits_are_buckets() {
    let Some(program) = envoy() else { return };
    let text = "deny *; allow free; limit one 6/min; limit two 40/min; limit two 4/hour as \"hourly\"; limit three 4/s; require args.n <= 5 for one;";
    let checked = checked(text);
    let target = find("envoy").unwrap();
    let settings = target.settings_of_examples();
    let emission = target.make(&policyc_core::emit::Request::new(&checked.policies()[0], ServerId(0), &settings));
    let artefact = emission.artefact.unwrap_or_else(|| panic!("{:?}", emission.diagnostics));
    let envoy = Envoy::start(&program, &[artefact.text]);
    let body = |tool: &str, n: u32| {
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {"n": n}}})
            .to_string()
    };
    let passed = |tool: &str, n: u32, calls: usize| {
        let requests = vec![posted("/mcp", &body(tool, n), ""); calls];
        envoy.statuses(0, &requests).into_iter().filter(|status| *status == 200).count()
    };
    // What is denied takes nothing.
    assert_eq!(passed("one", 6, 5), 0);
    assert_eq!(passed("one", 5, 10), 3);
    assert_eq!(passed("two", 0, 10), 2);
    assert_eq!(passed("free", 0, 50), 50);
    assert_eq!(passed("three", 0, 3), 2);
    std::thread::sleep(Duration::from_millis(2_100));
    assert_eq!(passed("three", 0, 5), 2);
    assert_eq!(passed("one", 5, 1), 0);
}

/// Expressions mean in Envoy what they mean in a policy, and Envoy takes all that are written.
#[test]
fn expressions_are_read_as_they_are_meant() {
    let Some(program) = envoy() else { return };
    let patterns = [
        "[é]+",
        "main|dev",
        "(?i)ab",
        "[^/]+",
        "(?:a|bc)*d{2,3}",
        "(?s:.*)\\\\.x",
        "",
        "\\\\w-",
        "[^a]*[^b]*",
        "a{40}",
        "[a-z]{1,20}",
        "(?:é|xx)+[^/]*",
        "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}",
        "^a$",
        "x?y*?z+?",
        "[[:alpha:]]*",
        "[a-c\\\\-\\\\]]+",
        "(?s).*\\\\n.*",
    ];
    let values = [
        "é",
        "éé",
        "main",
        "AB",
        "a/b",
        "ab",
        "abcdd",
        "bcddd",
        "x.x",
        ".x",
        "",
        "a-",
        "_-",
        "ü",
        "a",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abcdefghij",
        "éxx!",
        "😀",
        "é😀/",
        "deadBEEF-0123",
        "yyz",
        "xzz",
        "c-]",
        "\n",
        "x\ny",
    ];
    let mut documents = Vec::new();
    let mut wanted = Vec::new();
    for pattern in patterns {
        let text = format!("deny *; allow t when args.s matches \"{pattern}\";");
        let checked = checked(&text);
        let emission = find("envoy").unwrap().emit(&checked.policies()[0], ServerId(0));
        documents.push(emission.artefact.unwrap_or_else(|| panic!("{text}: {:?}", emission.diagnostics)).text);
        let regex = policyc_core::pattern::Regex::new(&pattern.replace("\\\\", "\\")).unwrap();
        wanted.push(values.map(|value| regex.is_match(value)));
    }
    let envoy = Envoy::start(&program, &documents);
    for ((index, pattern), wanted) in patterns.iter().enumerate().zip(&wanted) {
        let requests = values.map(|value| {
            let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t", "arguments": {"s": value}}});
            posted("/mcp", &body.to_string(), "")
        });
        for ((value, wanted), status) in values.iter().zip(wanted).zip(envoy.statuses(index, &requests)) {
            assert_eq!(status == 200, *wanted, "{pattern} {value:?}");
        }
    }
}
