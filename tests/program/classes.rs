//! What the owner says in `[classes.SERVER]` of policyc.toml holds for every command that speaks of classes.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

const POLICY: &str = "server shop from \"shop.json\";\ndeny *;\nallow @read;\nlimit drop_table 5/day;\n";
const OLD: &str = r#"{"tools": [{"name": "run_report"}, {"name": "list_items"}, {"name": "drop_table", "annotations": {"readOnlyHint": true}}]}"#;
const NEW: &str = r#"{"tools": [{"name": "run_report", "description": "Deletes all."}, {"name": "drop_table", "annotations": {"readOnlyHint": true}}]}"#;
const SETTINGS: &str = "[classes.shop]\nrun_report = \"read\"\nlist_items = [\"execute\", \"destructive\"]\n";

fn policyc(folder: &Path, words: &[&str]) -> String {
    let output = Command::new(crate::run::BIN).args(words).current_dir(folder).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn folder(settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.pol", POLICY), ("shop.json", OLD), ("new.json", NEW), ("policyc.toml", settings)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn decisions_use_the_settings() {
    let folder = folder(SETTINGS);
    let call = |name: &str| policyc(folder.path(), &["eval", "a.pol", "--call", &format!("{{\"name\": \"{name}\"}}")]);
    assert_eq!(call("run_report"), "allow\n");
    assert!(call("list_items").starts_with("deny"), "{}", call("list_items"));
    let can = |question: &str| policyc(folder.path(), &["can", "a.pol", question]);
    assert!(can("@read").contains("run_report"), "{}", can("@read"));
    fs::write(folder.path().join("log.jsonl"), "{\"name\": \"run_report\"}\n{\"name\": \"list_items\"}\n").unwrap();
    let replayed = policyc(folder.path(), &["replay", "a.pol", "--log", "log.jsonl"]);
    assert!(
        replayed.contains("list_items") && replayed.contains("1 allowed") || replayed.contains("allow"),
        "{replayed}"
    );
}

#[test]
fn a_catalogue_is_shown_with_the_settings() {
    for settings in
        [SETTINGS.to_owned(), format!("[catalogues]\nx = \"shop.json\"\n{}", SETTINGS.replace("shop]", "x]"))]
    {
        let folder = folder(&settings);
        let shown = policyc(folder.path(), &["catalogue", "show", "shop.json", "list_items"]);
        assert!(shown.starts_with("list_items  (destructive, execute: policyc.toml says so)"), "{shown}");
        let json = policyc(folder.path(), &["catalogue", "show", "shop.json", "run_report", "--json"]);
        assert!(json.contains("\"class\": \"read\"") && json.contains("policyc.toml says so"), "{json}");
        // Of another file nothing is said.
        let other = policyc(folder.path(), &["catalogue", "show", "new.json", "run_report"]);
        assert!(!other.contains("policyc.toml"), "{other}");
    }
}

#[test]
fn catalogues_are_compared_with_the_settings() {
    let words = ["diff", "a.pol", "--catalogue-new", "shop=new.json"];
    let with = policyc(folder(SETTINGS).path(), &words);
    assert!(with.contains("list_items") && with.contains("destructive"), "{with}");
    assert!(!with.contains("class"), "the class of run_report did not change: {with}");
    let without = policyc(folder("").path(), &words);
    assert!(without.contains("class"), "{without}");
}

#[test]
fn what_the_owner_has_said_is_no_conflict() {
    let lint = |settings: &str| {
        policyc(folder(settings).path(), &["lint", "a.pol", "--format", "short", "--select", "annotation-conflict"])
    };
    assert!(lint("").contains("annotation-conflict"), "{}", lint(""));
    let settled = lint("[classes.shop]\ndrop_table = \"destructive\"\n");
    assert!(!settled.contains("annotation-conflict"), "{settled}");
}

#[test]
fn tags_come_from_the_settings_too() {
    let tags = "[tags.shop]\nrun_report = [\"secrets\", \"bulk\"]\n\"list_*\" = []\n";
    let folder = folder(tags);
    fs::write(folder.path().join("b.pol"), "server shop from \"shop.json\";\ndeny *;\nallow @secrets;\n").unwrap();
    let can = |question: &str| policyc(folder.path(), &["can", "b.pol", question]);
    assert!(can("@bulk").contains("run_report"), "{}", can("@bulk"));
    let shown = policyc(folder.path(), &["catalogue", "classify", "shop.json", "run_report", "list_items"]);
    assert!(shown.contains("secrets, bulk (tags: policyc.toml)"), "{shown}");
    assert!(
        shown.lines().any(|line| line.starts_with("list_items") && line.ends_with("(tags: policyc.toml)")),
        "{shown}"
    );
    let mistaken = policyc(self::folder("[tags.shop]\nx = \"secret\"\n").path(), &["check", "a.pol"]);
    assert!(
        mistaken.contains("there is no tag `secret`") && mistaken.contains("did you mean `secrets`?"),
        "{mistaken}"
    );
}

#[test]
fn a_group_takes_the_place_of_a_tag() {
    let folder = folder("[tags.shop]\nrun_report = \"bulk\"\n");
    let decide = |rules: &str, tool: &str| {
        fs::write(folder.path().join("b.pol"), format!("server shop from \"shop.json\";\n{rules}")).unwrap();
        policyc(folder.path(), &["eval", "b.pol", "--call", &format!("{{\"name\": \"{tool}\"}}")])
    };
    let tag = "deny *;\nallow @bulk;\n";
    assert_eq!(decide(tag, "run_report"), "allow\n");
    assert!(decide(tag, "list_items").starts_with("deny"));
    let group = "group bulk = list_items;\ndeny *;\nallow @bulk;\n";
    assert_eq!(decide(group, "list_items"), "allow\n");
    assert!(decide(group, "run_report").starts_with("deny"));
    // A group outside of a block counts inside of it.
    let block = "group bulk = list_items;\npolicy one { deny *; allow @bulk; }\n";
    assert_eq!(decide(block, "list_items"), "allow\n");
}

#[test]
fn classifications_are_explained() {
    let folder = folder(SETTINGS);
    let classify = |words: &[&str]| policyc(folder.path(), &[&["catalogue", "classify", "shop.json"], words].concat());
    let explained = classify(&["--explain", "drop_table"]);
    assert!(explained.contains("destructive, strong: its name has `drop`"), "{explained}");
    assert!(explained.contains("read, weak: its server says that it only reads"), "{explained}");
    let set = classify(&["list_items", "--explain"]);
    assert!(set.contains("policyc.toml") && set.contains("read, strong: its name has `list`"), "{set}");
    let json: serde_json::Value = serde_json::from_str(&classify(&["--json"])).unwrap();
    let tools = json["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 3);
    assert_eq!(tools[0]["classesFrom"], "policyc.toml");
    assert_eq!(tools[2]["classesFrom"], "inferred");
    assert_eq!(tools[2]["evidence"][0]["for"], "destructive");
    assert!(classify(&["drop_tabel"]).contains("did you mean `drop_table`?"), "{}", classify(&["drop_tabel"]));
}
