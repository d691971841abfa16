//! Modules for OPA, decided by OPA itself. `POLICYC_OPA` is the program; without it nothing is tested, and that is said.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use policyc_core::emit::find;
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_oracles::conformance::{Generator, Sample, Shape, Tally};
use policyc_oracles::engines::{document, pairs, program};
use serde_json::{Value, json};

fn opa() -> Option<String> {
    program("POLICYC_OPA", "OPA")
}

/// Has OPA answer all questions about a module.
fn answers(opa: &str, module: &str, query: &str, inputs: &[String]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.rego"), module).unwrap();
    let ask = format!(
        "package conformance\n\nimport rego.v1\n\nanswers := [answer |\n\tsome call in input.calls\n\tanswer := {query} with input as call\n]\n"
    );
    std::fs::write(folder.path().join("ask.rego"), ask).unwrap();
    let mut child = Command::new(opa)
        .args(["eval", "--stdin-input", "--format", "raw", "--data"])
        .arg(folder.path())
        .arg("data.conformance.answers")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Numbers stay as they are written.
    write!(child.stdin.take().unwrap(), "{{\"calls\": [{}]}}", inputs.join(", ")).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{module}\n{}", String::from_utf8_lossy(&output.stdout));
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), inputs.len(), "{module}");
    answers
}

fn rest(sample: &Sample) -> String {
    let caller = sample.caller.as_ref().map(|caller| format!(", \"caller\": {caller}")).unwrap_or_default();
    format!("{{\"name\": {}, \"arguments\": {}{caller}}}", json!(sample.name), sample.arguments)
}

fn envoy(sample: &Sample) -> String {
    let claims = sample.caller.as_deref().unwrap_or("{}");
    format!(
        "{{\"attributes\": {{\"request\": {{\"http\": {{\"method\": \"POST\", \"headers\": {{\"content-type\": \"application/json; charset=utf-8\"}}}}}}, \"metadataContext\": {{\"filterMetadata\": {{\"envoy.filters.http.jwt_authn\": {{\"jwt_payload\": {claims}}}}}}}}}, \
         \"parsed_body\": {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\", \"params\": {{\"name\": {}, \"arguments\": {}}}}}}}",
        json!(sample.name),
        sample.arguments
    )
}

fn rest_verdict(answer: &Value) -> Verdict {
    match answer["decision"].as_str() {
        Some("allow") => Verdict::Allow,
        Some("approval") => Verdict::Approval,
        _ => Verdict::Deny,
    }
}

fn envoy_verdict(answer: &Value) -> Verdict {
    if answer["allowed"] == true { Verdict::Allow } else { Verdict::Deny }
}

fn compare(
    target: &str,
    pairs: usize,
    query: &str,
    input: fn(&Sample) -> String,
    verdict: fn(&Value) -> Verdict,
) -> Option<Tally> {
    let opa = opa()?;
    let mut generator = Generator::new(1, Shape::ALL);
    let mut tally = Tally::default();
    // OPA starts once for each policy, so a long run has more calls of each.
    let calls = (pairs / 2_000).clamp(40, 500);
    while tally.pairs < pairs {
        let case = generator.case(calls);
        let Some(document) = document(target, &case) else {
            tally.refused += 1;
            continue;
        };
        tally.policies += 1;
        let inputs: Vec<String> = case.calls.iter().map(input).collect();
        let answers = answers(&opa, &document, query, &inputs);
        for (sample, answer) in case.calls.iter().zip(&answers) {
            tally.add(&case, &document, sample, verdict(answer));
        }
    }
    tally.record(target, "OPA 0.70.0");
    Some(tally)
}

#[test]
fn modules_decide_as_the_evaluator_does() {
    let Some(tally) = compare("opa", pairs(20_000), "data.policyc.p.verdict", rest, rest_verdict) else { return };
    assert_eq!((tally.weaker, tally.stricter), (0, 0), "{tally}");
}

#[test]
fn modules_for_envoy_are_never_weaker() {
    let Some(tally) = compare("opa-envoy", pairs(20_000) / 10, "data.policyc_envoy.p.result", envoy, envoy_verdict)
    else {
        return;
    };
    assert_eq!(tally.weaker, 0, "{tally}");
}

/// A message that was posted as JSON.
fn posted(body: &str) -> String {
    format!(
        "{{\"attributes\": {{\"request\": {{\"http\": {{\"method\": \"POST\", \"headers\": {{\"content-type\": \"application/json\"}}}}}}}}, \"parsed_body\": {body}}}"
    )
}

/// What is no call of a tool.
#[test]
fn other_messages_to_envoy() {
    let Some(opa) = opa() else { return };
    let checked = Generator::new(1, Shape::ALL).case(0).checked;
    let emission = find("opa-envoy").unwrap().emit(&checked.policies()[0], ServerId(0));
    let inputs = [
        (posted("{\"method\": \"tools/list\"}"), true),
        (posted("{\"id\": 1, \"result\": {}}"), true),
        (posted("{\"id\": 1, \"error\": {}}"), true),
        ("{\"attributes\": {\"request\": {\"http\": {\"method\": \"GET\"}}}, \"parsed_body\": null}".to_owned(), true),
        // Bodies that a server may take for a call: of another type, with keys in another case, behind a GET, cut.
        ("{\"parsed_body\": {\"method\": \"tools/list\"}}".to_owned(), false),
        (posted("{\"Method\": \"tools/call\", \"params\": {\"name\": \"t\"}}"), false),
        (posted("{\"method\": \"ping\", \"METHOD\": \"tools/call\"}"), false),
        (posted("{\"{\\\"method\\\": \\\"tools/call\\\"}\": [\"\"]}"), false),
        (
            posted("{\"method\": \"tools/list\"}").replace("application/json", "application/x-www-form-urlencoded"),
            false,
        ),
        (
            posted("{\"method\": \"tools/list\"}")
                .replace("\"parsed_body\"", "\"truncated_body\": true, \"parsed_body\""),
            false,
        ),
        (posted("{}"), false),
        ("{\"attributes\": {\"request\": {\"http\": {\"method\": \"GET\", \"body\": \"{}\"}}}}".to_owned(), false),
        ("{\"attributes\": {\"request\": {\"http\": {\"method\": \"POST\"}}}}".to_owned(), false),
        (posted("[{\"method\": \"tools/list\"}]"), false),
        (posted("{\"method\": \"tools/call\"}"), false),
        (posted("{\"method\": \"tools/call\", \"params\": {\"name\": 5}}"), false),
        (posted("{\"method\": [\"tools/call\"]}"), false),
        (posted("\"tools/call\""), false),
        ("{}".to_owned(), false),
    ];
    let texts: Vec<String> = inputs.iter().map(|(text, _)| text.clone()).collect();
    let answers = answers(&opa, &emission.artefact.unwrap().text, "data.policyc_envoy.p.result", &texts);
    for ((text, passes), answer) in inputs.iter().zip(&answers) {
        assert_eq!(answer["allowed"], *passes, "{text}: {answer}");
    }
}

/// Modules are laid out as OPA's formatter does, and its checker has nothing to say.
#[test]
fn modules_are_formatted() {
    let Some(opa) = opa() else { return };
    let mut generator = Generator::new(2, Shape::ALL);
    let folder = tempfile::tempdir().unwrap();
    for target in ["opa", "opa-envoy", "acs"] {
        for index in 0..20 {
            let case = generator.case(0);
            let Some(document) = document(target, &case) else { continue };
            std::fs::write(folder.path().join(format!("{target}{index}.rego")), document).unwrap();
        }
    }
    let run = |arguments: &[&str]| {
        let output = Command::new(&opa).args(arguments).arg(folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    };
    assert_eq!(run(&["fmt", "--diff"]), (true, String::new()));
}

/// Runs a Python program of `tests/engines` over some lines of input, and gives its lines.
fn python(python: &str, script: &str, path: Option<&Path>, input: String) -> Vec<String> {
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines").join(script));
    if let Some(folder) = path {
        command.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{script} failed");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The host of the Agent Control Specification, with the manifest. `POLICYC_ACS` is a Python that has it.
#[test]
fn the_acs_host_asks_and_denies() {
    let (Some(opa), Ok(program)) = (opa(), std::env::var("POLICYC_ACS")) else {
        eprintln!("POLICYC_ACS is not set: nothing is compared with the host of ACS");
        return;
    };
    // The host is a program in Python, whose numbers are doubles before it asks.
    let mut generator = Generator::new(3, Shape { exact: false, ..Shape::ALL });
    let mut tally = Tally::default();
    let folder = tempfile::tempdir().unwrap();
    let mut asked = String::new();
    let mut cases = Vec::new();
    while cases.len() < 20 {
        let case = generator.case(15);
        let emission = find("acs").unwrap().emit(&case.checked.policies()[0], ServerId(0));
        let Some(artefact) = emission.artefact else { continue };
        let place = folder.path().join(cases.len().to_string());
        std::fs::create_dir_all(place.join("policy")).unwrap();
        std::fs::write(place.join("policy/policy.rego"), &artefact.text).unwrap();
        for file in &artefact.beside {
            std::fs::write(place.join(file.path), &file.text).unwrap();
        }
        for sample in &case.calls {
            let caller = sample.caller.as_ref().map(|caller| format!(", \"caller\": {caller}")).unwrap_or_default();
            let call = format!(
                "{{\"tool_call\": {{\"name\": {}, \"args\": {}}}{caller}}}",
                json!(sample.name),
                sample.arguments
            );
            asked.push_str(&format!("{}\t{call}\n", place.join("manifest.yaml").display()));
        }
        cases.push((case, artefact.text));
    }
    tally.policies = cases.len();
    let lines = python(&program, "acs.py", Path::new(&opa).parent(), asked);
    let mut lines = lines.iter();
    let mut seen = [0; 3];
    for (case, document) in &cases {
        for sample in &case.calls {
            let verdict = match lines.next().unwrap().as_str() {
                "allow" => Verdict::Allow,
                "escalate" => Verdict::Approval,
                _ => Verdict::Deny,
            };
            seen[verdict as usize] += 1;
            tally.add(case, document, sample, verdict);
        }
    }
    tally.record("acs", "agent-control-specification 0.3.1b1");
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}
