//! The server of Cerbos, which decides expressions by cel-go. `POLICYC_CERBOS` is the program.

use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use policyc_oracles::conformance::{Case, Generator, Tally};
use policyc_oracles::engines::{Running, document, program, wait};
use policyc_oracles::http::{ask, posted};
use serde_json::Value;

/// Policies that one server has.
const POLICIES: usize = 100;

/// The program. Without it nothing is tested, and that is said.
#[must_use]
pub fn cerbos() -> Option<String> {
    program("POLICYC_CERBOS", "Cerbos")
}

/// Cases for one server, with their documents. Those that the target refuses are counted.
pub fn cases(generator: &mut Generator, target: &str, calls: usize, tally: &mut Tally) -> Vec<(Case, String)> {
    let mut cases = Vec::new();
    while cases.len() < POLICIES {
        let case = generator.case(calls);
        match document(target, &case) {
            Some(document) => cases.push((case, document)),
            None => tally.refused += 1,
        }
    }
    cases
}

/// A server with some policies.
pub struct Server {
    _child: Running,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts a server with the texts of some policies.
    ///
    /// # Panics
    /// It does not start, or refuses a policy.
    #[must_use]
    pub fn start(program: &str, documents: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policies = folder.path().join("policies");
        std::fs::create_dir(&policies).unwrap();
        for (index, document) in documents.iter().enumerate() {
            std::fs::write(policies.join(format!("p{index}.yaml")), document).unwrap();
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

    /// What the server says of requests: the results for all their resources, in order.
    ///
    /// # Panics
    /// It refuses a request.
    #[must_use]
    pub fn check(&self, bodies: &[String]) -> Vec<Value> {
        let requests: Vec<String> = bodies.iter().map(|body| posted("/api/check/resources", body, "")).collect();
        let answers = ask(&self.folder.path().join("http"), &requests).into_iter().zip(&requests);
        let results = answers.map(|(answer, request)| {
            assert_eq!(answer.status, 200, "{request}\n{}", answer.body);
            let mut body: Value = serde_json::from_str(&answer.body).unwrap();
            std::mem::take(body["results"].as_array_mut().unwrap())
        });
        results.flatten().collect()
    }
}
