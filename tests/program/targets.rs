//! `policyc targets`, and what `check` and `lint` report for the targets of a policy.

use std::fs;
use std::path::Path;

use crate::run::Exit;

use crate::run::in_process;
use policyc_core::config::Config;
use policyc_core::emit::{OptionKind, TARGETS, Target, TargetOption, TargetSettings, find};

const POLICY: &str = "\
deny *;
allow read_file when args.path like \"/srv/*\" and not args.path like \"*/..*\";
limit pay 5/5min of args.amount per caller.team;
require approval for send_mail;
allow write_file;
deny write_file when length(args.text) > 100 or args.path == \"/etc/passwd\";
";

fn policy(folder: &Path, text: &str) -> String {
    let path = folder.join("shop.pol");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What a command prints, without the folder.
fn run(folder: &Path, arguments: &[&str]) -> (Exit, String) {
    let (exit, output, error) = in_process(arguments, b"");
    (exit, (output + &error).replace(&format!("{}/", folder.display()), ""))
}

#[test]
fn what_stands_in_the_way_of_each_target() {
    let folder = tempfile::tempdir().unwrap();
    let (exit, text) = run(folder.path(), &["targets", &policy(folder.path(), POLICY)]);
    assert_eq!(exit, Exit::Fine);
    insta::assert_snapshot!(text);
    // Some need to be told of the server, for the policy declares none, or of what stands around the document.
    let table = |target: &&Target| {
        let settings = target.settings_of_examples();
        let lines = target.options.iter().filter_map(|option| {
            let value = settings.get(option)?;
            let is_text = option.kind != OptionKind::Count;
            let value = if is_text { format!("\"{value}\"") } else { value.to_owned() };
            Some(format!("{} = {value}\n", option.name))
        });
        format!("[targets.{}]\n{}", target.name, lines.collect::<String>())
    };
    let tables: String = TARGETS.iter().map(table).collect();
    fs::write(folder.path().join("policyc.toml"), tables).unwrap();
    let (_, text) = run(folder.path(), &["targets", &policy(folder.path(), "deny *; allow t;")]);
    let all = TARGETS.iter().map(|target| format!("{}: enforces it as it is written\n", target.name));
    assert_eq!(text, all.collect::<String>());
}

#[test]
fn several_policies_and_servers_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.json"), "[{\"name\": \"t\", \"inputSchema\": {\"type\": \"object\"}}]").unwrap();
    let text = "server a from \"t.json\"; server b from \"t.json\"; policy one { deny *; allow a::t; } policy two { deny *; limit b::t 3/s; }";
    let (_, text) = run(folder.path(), &["targets", &policy(folder.path(), text)]);
    insta::assert_snapshot!(text);
}

#[test]
fn as_json() {
    let folder = tempfile::tempdir().unwrap();
    let (_, text) =
        run(folder.path(), &["targets", "--format", "json", &policy(folder.path(), "deny *; limit t 3/s;")]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = &json["targets"][0];
    assert_eq!((&first["name"], &first["policies"][0]["holds"]), (&"policylayer".into(), &"no".into()));
    assert_eq!(first["policies"][0]["statements"][0]["line"], 1);
    let (_, text) = run(folder.path(), &["targets", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(json["targets"][0]["holds"].as_array().unwrap().len() > 30);
    assert_eq!(json["targets"][1]["options"][0]["name"], "server");
    let (_, text) = run(folder.path(), &["targets"]);
    assert!(text.contains("below [targets.intercept]:\n    server, a string"), "{text}");
    let (exit, text) = run(folder.path(), &["targets", "--format", "markdown", &policy(folder.path(), "deny *;")]);
    assert!(exit == Exit::Failure && text.contains("leave the policy out"), "{text}");
}

/// `check` and `lint` report what `compile` would refuse, for the targets of the command line or of the configuration.
#[test]
fn checking_reports_what_compiling_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let file = policy(folder.path(), "deny *;\nlimit t 3/s per grant;\n");
    for command in ["check", "lint"] {
        assert_eq!(run(folder.path(), &[command, &file]).0, Exit::Fine);
        let (exit, text) = run(folder.path(), &[command, &file, "--target", "intercept", "--format", "short"]);
        assert_eq!(exit, Exit::Findings);
        assert!(
            text.contains("shop.pol:2:9: error") && text.contains("the Intercept document cannot hold this window"),
            "{text}"
        );
        assert!(!text.contains("PolicyLayer"), "{text}");
    }
    fs::write(folder.path().join("policyc.toml"), "target = [\"policylayer\", \"intercept\"]\n").unwrap();
    let (exit, text) = run(folder.path(), &["check", &file, "--format", "short"]);
    assert!(exit == Exit::Findings && text.contains("PolicyLayer") && text.contains("Intercept"), "{text}");
    // What is held more strictly is a warning, here as there.
    let file = policy(folder.path(), "deny *;\nlimit t 3/min;\n");
    let (exit, text) = run(folder.path(), &["check", &file, "--format", "short"]);
    assert!(exit == Exit::Fine && text.contains("shop.pol:2:1: warning"), "{text}");
    fs::write(folder.path().join("policyc.toml"), "target = [\"intersept\"]\n").unwrap();
    let (exit, text) = run(folder.path(), &["check", &file]);
    assert!(exit == Exit::Failure && text.contains("did you mean `intercept`?"), "{text}");
}

#[test]
fn several_targets_are_compiled_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = policy(folder.path(), "deny *; limit t 3/min per server; allow u;");
    let two = ["--target", "policylayer", "--target", "intercept"];
    let (exit, text) = run(folder.path(), &[&["compile", &file][..], &two].concat());
    assert!(exit == Exit::Failure && text.contains("several targets (policylayer, intercept)"), "{text}");
    let out = format!("{}/out/", folder.path().display());
    let file = policy(folder.path(), "deny *; allow u;");
    let (exit, text) = run(folder.path(), &[&["compile", &file, "-o", &out][..], &two].concat());
    assert_eq!(exit, Exit::Fine, "{text}");
    let mut names: Vec<String> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["shop.intercept.yaml", "shop.policylayer.json"]);
}

/// A policy with two servers, and one with one.
const SERVERS: [(&str, &str); 2] = [
    (
        "two.pol",
        "server shop from \"t.json\"; server mail from \"u.json\"; deny *; allow shop::search; limit mail::send 3/min per grant;",
    ),
    ("one.pol", "server store from \"t.json\"; deny *; allow search;"),
];

/// A folder with the policies of [`SERVERS`] and a configuration.
fn with_servers(configuration: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = |tool: &str| format!("[{{\"name\": \"{tool}\", \"inputSchema\": {{\"type\": \"object\"}}}}]");
    let catalogues = [("t.json", catalogue("search")), ("u.json", catalogue("send"))];
    let policies = SERVERS.map(|(name, text)| (name, text.to_owned()));
    for (name, text) in catalogues.into_iter().chain(policies) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::write(folder.path().join("policyc.toml"), configuration).unwrap();
    folder
}

#[test]
fn a_table_says_which_server_a_document_is_for() {
    let folder = with_servers("[targets.policylayer]\nserver = \"mail\"\n[targets.intercept]\nserver = \"shop\"\n");
    let compile = |name: &str, more: &[&str]| {
        let file = folder.path().join(name);
        run(folder.path(), &[&["compile", file.to_str().unwrap()][..], more].concat())
    };
    // Each target has its own, and the command line wins.
    for (more, tool) in [
        (&[][..], "send"),
        (&["--target", "intercept"], "search"),
        (&["--server", "shop"], "search"),
        (&["--server", "mail"], "send"),
    ] {
        let (exit, text) = compile("two.pol", more);
        let other = if tool == "send" { "search" } else { "send" };
        assert_eq!(exit, Exit::Fine, "{text}");
        assert!(text.contains(&format!("\"{tool}\"")) && !text.contains(&format!("\"{other}\"")), "{more:?}: {text}");
    }
    // Of one server there is nothing to choose, and a folder gets all of them.
    let (exit, text) = compile("one.pol", &[]);
    assert!(exit == Exit::Fine && text.contains("\"search\""), "{text}");
    let out = format!("{}/out/", folder.path().display());
    assert_eq!(compile("two.pol", &["-o", &out]).0, Exit::Fine);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
}

#[test]
fn a_table_must_name_a_server_of_the_policy() {
    let named = |name: &str| {
        let folder = with_servers(&format!("targets.policylayer.server = \"{name}\"\n"));
        let file = folder.path().join("two.pol");
        run(folder.path(), &["compile", file.to_str().unwrap()])
    };
    let (exit, text) = named("shpo");
    assert_eq!(exit, Exit::Failure);
    insta::assert_snapshot!(text, @"policyc: `targets.policylayer.server` in policyc.toml is `shpo`, and the policy has no such server; it has `shop`, `mail`; did you mean `shop`?");
    let (_, text) = named("bank");
    insta::assert_snapshot!(text, @"policyc: `targets.policylayer.server` in policyc.toml is `bank`, and the policy has no such server; it has `shop`, `mail`");
    // Another target has no table: it says what to write.
    let folder = with_servers("targets.policylayer.server = \"shop\"\n");
    let file = folder.path().join("two.pol");
    let (exit, text) = run(folder.path(), &["compile", file.to_str().unwrap(), "--target", "intercept"]);
    assert!(exit == Exit::Failure && text.contains("name one with `--server NAME`"), "{text}");
}

#[test]
fn options_are_kept_by_target() {
    let text = "[targets.policylayer]\nserver = \"shop\"\n\n[targets]\nintercept = { server = \"mail\" }\n";
    let options = |text: &str| Config::parse(text, Path::new("")).unwrap().options;
    let server = |name: &str| {
        let options = options(text);
        options.of(find(name).unwrap()).get(&TargetOption::SERVER).map(str::to_owned)
    };
    let servers = ["policylayer", "intercept", "opa"].map(server);
    assert_eq!(servers, [Some("shop".to_owned()), Some("mail".to_owned()), None]);
    assert_eq!(options("target = \"intercept\"\n[targets]\n"), TargetSettings::default());
}
