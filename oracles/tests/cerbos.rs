//! Policies for Cerbos, decided by its server. `POLICYC_CERBOS` is the program; without it nothing is tested, and that is
//! said.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use policyc_core::emit::find;
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_oracles::conformance::{Generator, Sample, Shape, Tally};
use policyc_oracles::engines::{Running, checked, document, pairs, program, wait};
use policyc_oracles::http::{ask, posted};
use serde_json::{Value, json};

/// Policies that one server has.
const POLICIES: usize = 100;

fn cerbos() -> Option<String> {
    program("POLICYC_CERBOS", "Cerbos")
}

/// A server with some policies.
struct Server {
    _child: Running,
    folder: tempfile::TempDir,
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
        Self { _child: Running(child), folder }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("http")
    }

    /// What the server says of calls to a policy.
    fn answers(&self, policy: usize, samples: &[Sample]) -> Vec<Value> {
        let requests: Vec<String> = samples
            .iter()
            .map(|sample| {
                let claims = sample.caller.as_deref().unwrap_or("{}");
                let body = format!(
                    "{{\"requestId\": \"1\", \"principal\": {{\"id\": \"u\", \"roles\": [\"agent\"], \"attr\": {claims}}}, \"resources\": [{{\"resource\": {{\"kind\": \"mcp::p{policy}\", \
                     \"id\": \"x\", \"attr\": {{\"args\": {}}}}}, \"actions\": [{}]}}]}}",
                    sample.arguments,
                    json!(sample.name)
                );
                posted("/api/check/resources", &body, "")
            })
            .collect();
        let answers = ask(&self.socket(), &requests).into_iter().zip(&requests).map(|(answer, request)| {
            assert_eq!(answer.status, 200, "{request}\n{}", answer.body);
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            body["results"][0].clone()
        });
        answers.collect()
    }
}

#[test]
fn policies_are_never_weaker() {
    let Some(program) = cerbos() else { return };
    let mut generator = Generator::new(1, Shape { exact: false, ..Shape::ALL });
    let mut tally = Tally::default();
    let calls = (pairs(20_000) / 2_000).clamp(40, 200);
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
