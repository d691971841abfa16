//! Policies for Cerbos, decided by its server. `POLICYC_CERBOS` is the program; without it nothing is tested, and that is
//! said.

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use policyc_core::emit::find;
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_oracles::conformance::{Generator, Sample, Shape, Tally};
use policyc_oracles::engines::{checked, document, pairs, program, wait};
use policyc_oracles::http::{ask, posted};
use serde_json::{Value, json};

/// Resources that the server takes in one request.
const MOST_TOGETHER: usize = 50;
/// Policies that one server has.
const POLICIES: usize = 100;

fn cerbos() -> Option<String> {
    program("POLICYC_CERBOS", "Cerbos")
}

/// A server with some policies.
struct Server {
    child: Child,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a server. The resource of each policy is numbered.
    fn start(program: &str, documents: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policies = folder.path().join("policies");
        std::fs::create_dir(&policies).unwrap();
        for (index, document) in documents.iter().enumerate() {
            let numbered = document.replacen("resource: \"mcp::p\"", &format!("resource: \"mcp::p{index}\""), 1);
            assert_ne!(*document, numbered);
            std::fs::write(policies.join(format!("p{index}.yaml")), numbered).unwrap();
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let address = |name: &str| format!("unix:{}", folder.path().join(name).display());
        let mut child = Command::new(program)
            .env("CERBOS_NO_TELEMETRY", "1")
            .args(["server", "--log-level=error", "--set=storage.driver=disk", "--set=telemetry.disabled=true"])
            .arg(format!("--set=storage.disk.directory={}", policies.display()))
            .arg(format!("--set=server.httpListenAddr={}", address("http")))
            .arg(format!("--set=server.grpcListenAddr={}", address("grpc")))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        wait(&mut child, &folder.path().join("log"), || UnixStream::connect(folder.path().join("http")).is_ok());
        Self { child, folder }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("http")
    }

    /// What the server says of calls to a policy. Calls of one caller are asked about together.
    fn answers(&self, policy: usize, samples: &[Sample]) -> Vec<Value> {
        let mut by_caller: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, sample) in samples.iter().enumerate() {
            by_caller.entry(sample.caller.as_deref().unwrap_or("{}")).or_default().push(index);
        }
        let parts =
            by_caller.iter().flat_map(|(claims, all)| all.chunks(MOST_TOGETHER).map(move |part| (*claims, part)));
        let parts: Vec<(&str, &[usize])> = parts.collect();
        let requests: Vec<String> = parts
            .iter()
            .map(|(claims, part)| {
                let resources: Vec<String> = part
                    .iter()
                    .map(|index| {
                        let Sample { name, arguments, .. } = &samples[*index];
                        format!(
                            "{{\"resource\": {{\"kind\": \"mcp::p{policy}\", \"id\": \"{index}\", \"attr\": {{\"args\": {arguments}}}}}, \"actions\": [{}]}}",
                            json!(name)
                        )
                    })
                    .collect();
                let body = format!(
                    "{{\"requestId\": \"1\", \"principal\": {{\"id\": \"u\", \"roles\": [\"agent\"], \"attr\": {claims}}}, \"resources\": [{}]}}",
                    resources.join(", ")
                );
                posted("/api/check/resources", &body, "")
            })
            .collect();
        let mut found = vec![Value::Null; samples.len()];
        for (answer, ((_, part), request)) in
            ask(&self.socket(), &requests).into_iter().zip(parts.iter().zip(&requests))
        {
            assert_eq!(answer.status, 200, "{request}\n{}", answer.body);
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            let results = body["results"].as_array().unwrap();
            assert_eq!(results.len(), part.len(), "{request}\n{}", answer.body);
            for (result, index) in results.iter().zip(*part) {
                assert_eq!(result["resource"]["id"], index.to_string());
                found[*index] = result.clone();
            }
        }
        found
    }
}

#[test]
fn policies_are_never_weaker() {
    let Some(program) = cerbos() else { return };
    let mut generator = Generator::new(1, Shape { exact: false, ..Shape::ALL });
    let mut tally = Tally::default();
    let calls = (pairs(20_000) / 2_000).clamp(40, 500);
    while tally.pairs < pairs(20_000) {
        let mut cases = Vec::new();
        while cases.len() < POLICIES {
            let case = generator.case(calls);
            match document("cerbos", &case) {
                Some(document) => cases.push((case, document)),
                None => tally.refused += 1,
            }
        }
        let documents: Vec<String> = cases.iter().map(|(_, document)| document.clone()).collect();
        let server = Server::start(&program, &documents);
        for (index, (case, document)) in cases.iter().enumerate() {
            tally.policies += 1;
            for (sample, answer) in case.calls.iter().zip(server.answers(index, &case.calls)) {
                let is_allowed = answer["actions"][&sample.name] == "EFFECT_ALLOW";
                let verdict = if is_allowed { Verdict::Allow } else { Verdict::Deny };
                // Nobody can be asked; all else is decided as the policy says.
                if sample.verdict != Verdict::Approval {
                    assert_eq!(verdict, sample.verdict, "{sample:?}\n{}\n{document}", case.text);
                }
                tally.add(case, document, sample, verdict);
            }
        }
    }
    tally.record("cerbos", "Cerbos 0.55.0");
}

/// The server gives the reason of the policy.
#[test]
fn reasons_are_given() {
    let Some(program) = cerbos() else { return };
    let text = "deny *; deny erase because \"Never.\"; allow pay when args.n <= 5; deny pay when args.to == \"x\" because \"Not to x.\";";
    let checked = checked(text);
    let emission = find("cerbos").unwrap().emit(&checked.policies()[0], ServerId(0));
    let server = Server::start(&program, &[emission.artefact.unwrap().text]);
    let calls = [
        ("erase", "{}", "Never."),
        ("pay", "{\"n\": 5, \"to\": \"x\"}", "Not to x."),
        ("pay", "{\"n\": 6}", "Requires args.n <= 5."),
        ("pay", "[]", "The arguments of the call are missing."),
    ];
    let samples = calls.map(|(name, arguments, _)| Sample {
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        caller: None,
        verdict: Verdict::Deny,
    });
    for ((name, arguments, reason), answer) in calls.iter().zip(server.answers(0, &samples)) {
        assert_eq!(answer["actions"][name], "EFFECT_DENY", "{arguments}");
        assert_eq!(answer["outputs"][0]["val"], *reason, "{answer}");
    }
}
