//! `policyc compile` with `--report`, `--check`, `--leave`, and for targets that need several files.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::run::{Exit, in_process};

const POLICY: &str = "\
deny *;
allow read, write when args.size <= 10;
limit write 5/min;
require approval for pay;
deny read when args.path == \"/etc\";
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path("shop.pol"), POLICY).unwrap();
        folder
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// What a command prints, without the folder.
    fn compile(&self, arguments: &[&str]) -> (Exit, String, String) {
        let file = self.path("shop.pol");
        let output = self.path("out/");
        let all: Vec<&str> = ["compile", &file, "-o", &output].into_iter().chain(arguments.iter().copied()).collect();
        let (exit, output, error) = in_process(&all, b"");
        let plain = |text: String| text.replace(&format!("{}/", self.0.path().display()), "");
        (exit, plain(output), plain(error))
    }

    fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, found) } else { found.push(path) }
            }
        }
        let mut found = Vec::new();
        walk(&self.0.path().join("out"), &mut found);
        let mut found: Vec<String> =
            found.iter().map(|path| path.strip_prefix(self.0.path()).unwrap().display().to_string()).collect();
        found.sort();
        found
    }
}

#[test]
fn what_becomes_of_each_statement() {
    let folder = Folder::new();
    let targets = ["--target", "policylayer", "--target", "intercept", "--target", "opa", "--leave", "limits"];
    let (exit, text, _) = folder.compile(&[&targets[..], &["--report"]].concat());
    insta::assert_snapshot!(text);
    assert_eq!(
        (exit, folder.files()),
        (
            Exit::Fine,
            vec![
                "out/shop.intercept.yaml".to_owned(),
                "out/shop.opa.rego".to_owned(),
                "out/shop.policylayer.json".to_owned(),
            ]
        )
    );
    let (_, text, _) = folder.compile(&["--target", "opa", "--leave", "limits", "--report=json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let statuses: Vec<&str> = json["documents"][0]["statements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["exact", "left out", "exact", "exact"]);
}

/// What `--exact` refuses, and what it lets be written; without it all are written.
#[test]
fn exact_refuses_what_is_not() {
    let policies = [
        ("policylayer", "deny *; limit t 30/min;", None),
        ("intercept", "deny *; limit t 30/min per server;", None),
        ("intercept", "deny *; limit t 30/min;", Some("stricter-artefact")),
        ("policylayer", "deny *; require approval for t;", Some("approval-as-denial")),
        ("opa", "deny *; require approval for t;", None),
        ("opa", "deny *; limit t 30/min per caller.team;", None),
        ("agentcore", "deny *; limit t 30/min;", Some("limit-fails-open")),
        ("agentcore", "deny *; allow t;", None),
        ("envoy", "deny *; limit t 30/min;", Some("stricter-artefact")),
    ];
    for (target, policy, code) in policies {
        let folder = Folder::new();
        fs::write(folder.path("shop.pol"), policy).unwrap();
        let settings = "[targets.agentcore]\ngateway = \"arn:aws:bedrock-agentcore:eu-west-1:111122223333:gateway/shop-1\"\nalias = \"shop\"\n\
                        [targets.envoy]\nprocesses = 1\n[targets.opa]\ncounters = \"host\"\n";
        fs::write(folder.path("policyc.toml"), settings).unwrap();
        let (exit, _, error) = folder.compile(&["--target", target]);
        assert_eq!((exit, folder.files().len()), (Exit::Fine, 1), "{target} {policy}: {error}");
        let folder = Folder::new();
        fs::write(folder.path("shop.pol"), policy).unwrap();
        fs::write(folder.path("policyc.toml"), settings).unwrap();
        let (exit, _, error) = folder.compile(&["--target", target, "--exact"]);
        match code {
            None => assert_eq!(exit, Exit::Fine, "{target} {policy}: {error}"),
            Some(code) => {
                assert_eq!((exit, folder.files()), (Exit::Findings, Vec::new()), "{target} {policy}");
                assert!(error.contains("error") && error.contains(code), "{error}");
            }
        }
    }
}

#[test]
fn a_refused_statement_is_reported_too() {
    let folder = Folder::new();
    let (exit, text, _) = folder.compile(&["--target", "opa", "--report"]);
    assert_eq!((exit, folder.files()), (Exit::Findings, Vec::new()));
    assert!(text.contains("opa: policy shop: 1 statement refused, nothing is written\n"), "{text}");
}

#[test]
fn stale_and_missing_documents_are_found() {
    let folder = Folder::new();
    let arguments = ["--target", "acs", "--leave", "limits"];
    let (exit, _, error) = folder.compile(&[&arguments[..], &["--check"]].concat());
    assert_eq!((exit, folder.files()), (Exit::Findings, Vec::new()));
    assert!(
        error.contains("out/shop.acs/manifest.yaml does not exist; compile without `--check` to write it"),
        "{error}"
    );
    assert_eq!(folder.compile(&arguments).0, Exit::Fine);
    assert_eq!(folder.files(), ["out/shop.acs/manifest.yaml", "out/shop.acs/policy/policy.rego"]);
    assert_eq!(folder.compile(&[&arguments[..], &["--check"]].concat()).0, Exit::Fine);
    let manifest = folder.path("out/shop.acs/manifest.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text + "\n").unwrap();
    let (exit, _, error) = folder.compile(&[&arguments[..], &["--check"]].concat());
    assert_eq!(exit, Exit::Findings);
    assert!(error.contains("out/shop.acs/manifest.yaml is not what the policy compiles to"), "{error}");
}

#[test]
fn documents_say_what_they_were_made_from() {
    let folder = Folder::new();
    let arguments = ["--target", "opa", "--leave", "limits", "--provenance"];
    assert_eq!(folder.compile(&arguments).0, Exit::Fine);
    assert_eq!(folder.files(), ["out/shop.opa.rego", "out/shop.opa.rego.provenance.json"]);
    let text = fs::read_to_string(folder.path("out/shop.opa.rego.provenance.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["sources"][0]["file"], "shop.pol");
    assert_eq!((&json["target"], &json["leftOutLines"]), (&"opa".into(), &serde_json::json!([3])));
    let digest = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(json["sources"][0]["sha256"], digest(POLICY.as_bytes()));
    assert_eq!(json["document"]["sha256"], digest(&fs::read(folder.path("out/shop.opa.rego")).unwrap()));
    assert_eq!(folder.compile(&[&arguments[..], &["--check"]].concat()).0, Exit::Fine);
    // A comment changes no document, and its provenance all the same.
    fs::write(folder.path("shop.pol"), format!("{POLICY}// Reviewed.\n")).unwrap();
    let (exit, _, error) = folder.compile(&[&arguments[..], &["--check"]].concat());
    assert_eq!(exit, Exit::Findings);
    assert!(error.contains("out/shop.opa.rego.provenance.json is not what the policy compiles to"), "{error}");
}

#[test]
fn several_files_need_a_folder() {
    let folder = Folder::new();
    let file = folder.path("shop.pol");
    for output in [None, Some(folder.path("shop.rego"))] {
        let mut arguments = vec!["compile", &file, "--target", "acs", "--leave", "limits"];
        arguments.extend(output.iter().flat_map(|output| ["-o", output.as_str()]));
        let (exit, text, error) = in_process(&arguments, b"");
        assert_eq!((exit, text.as_str()), (Exit::Failure, ""));
        assert!(error.contains("the target `acs` needs several files; name a folder with `-o DIR`"), "{error}");
    }
    assert!(!Path::new(&folder.path("shop.rego")).exists());
}
