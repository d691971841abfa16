//! `policyc lint` as it is used: selection, levels, suppressions, baselines, fixes, exit statuses.

use std::fs;
use std::path::PathBuf;

use crate::run::Exit;
use tempfile::TempDir;

/// A folder with files, and the command run on it.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let shop = crate::support::root().join("docs/catalogues/shop.json");
        fs::copy(shop, folder.path("shop.json")).unwrap();
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs `policyc lint`; arguments that are names of files of the folder become their paths, and the folder is left out
    /// of what is printed.
    fn lint(&self, arguments: &[&str]) -> (Exit, String, String) {
        self.run("lint", arguments)
    }

    fn run(&self, command: &str, arguments: &[&str]) -> (Exit, String, String) {
        let whole = |name: &&str| match self.path(name).exists() || name.ends_with(".json") {
            true => self.path(name).display().to_string(),
            false => (*name).to_owned(),
        };
        let arguments: Vec<String> = std::iter::once(command.to_owned()).chain(arguments.iter().map(whole)).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (exit, output, error) = crate::run::in_process(&arguments, b"");
        let prefix = format!("{}/", self.0.path().display());
        (exit, output.replace(&prefix, ""), error.replace(&prefix, ""))
    }

    /// What is found, a line each: file, line, severity, name.
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        let (_, output, error) = self.lint(&[arguments, &["--format", "short"]].concat());
        assert!(error.is_empty(), "{error}");
        let short = |line: &str| {
            let (place, rest) = line.split_once(": ").unwrap();
            let (file, at) = place.split_once(':').unwrap();
            let (severity, rest) = rest.split_once('[').unwrap();
            let name = rest.split_once(']').unwrap().0.split(' ').nth(1).unwrap();
            format!("{file}:{} {severity} {name}", at.split(':').next().unwrap())
        };
        output.lines().map(short).collect()
    }
}

const POLICY: &str = "server shop from \"shop.json\";
deny *;
allow get_order;
allow get_order;
allow get_comments; limit get_comments 60/min;
allow create_charge when args.amount > 500 and args.amount < 100;
";

#[test]
fn findings_are_selected() {
    let folder = Folder::new(&[("p.pol", POLICY)]);
    let found = |arguments: &[&str]| {
        let found = folder.found(&[&["p.pol"], arguments].concat());
        found.into_iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let usual = ["warning duplicate-rule", "warning impossible-condition"];
    assert_eq!(found(&[]), usual);
    assert_eq!(found(&["--select", "default"]), usual);
    assert_eq!(found(&["--select", "P708"]), ["warning duplicate-rule"]);
    assert_eq!(
        found(&["--select", "needless-allow,duplicate-rule"]),
        ["warning duplicate-rule", "info needless-allow"]
    );
    assert_eq!(found(&["--select", "duplicate-rule", "--select", "needless-allow"]).len(), 2);
    assert!(found(&["--select", "all"]).contains(&"info needless-allow".to_owned()));
    assert!(!found(&["--select", "strict"]).contains(&"info needless-allow".to_owned()));
    assert_eq!(found(&["--ignore", "duplicate-rule"]), ["warning impossible-condition"]);
    assert_eq!(found(&["--select", "all", "--ignore", "pedantic"]), Vec::<String>::new());
    assert_eq!(found(&["--deny", "duplicate-rule"]), ["error duplicate-rule", "warning impossible-condition"]);
    assert_eq!(found(&["--deny", "warnings"]), ["error duplicate-rule", "error impossible-condition"]);
    assert_eq!(found(&["--deny", "default"]), ["error duplicate-rule", "error impossible-condition"]);
    // Who wants a finding of another group to be an error wants to see it.
    assert!(found(&["--deny", "needless-allow"]).contains(&"error needless-allow".to_owned()));
}

#[test]
fn exit_statuses() {
    let folder = Folder::new(&[
        ("p.pol", POLICY),
        ("broken.pol", "deny *; allow"),
        ("fine.pol", "server shop from \"shop.json\"; deny *;"),
    ]);
    let exit = |arguments: &[&str]| folder.lint(arguments).0;
    assert_eq!(exit(&["fine.pol"]), Exit::Fine);
    assert_eq!(exit(&["p.pol"]), Exit::Fine);
    assert_eq!(exit(&["p.pol", "--deny", "warnings"]), Exit::Findings);
    assert_eq!(exit(&["p.pol", "--deny", "shadowed-rule"]), Exit::Fine);
    assert_eq!(exit(&["broken.pol"]), Exit::Findings);
    assert_eq!(exit(&["p.pol", "missing.pol"]), Exit::Failure);
    for (arguments, said) in [
        (&["p.pol", "--select", "shadowed-rul"][..], "did you mean `shadowed-rule`?"),
        (&["p.pol", "--deny", "warning"], "--deny: no finding is named `warning`"),
        (&["p.pol", "--unsafe-fixes"], "add `--fix` or `--diff`"),
        (&["-", "--fix"], "standard input cannot be fixed in place"),
        (&["p.pol", "--baseline", "none.json"], "there is no such file"),
        (&["p.pol", "--fix", "--diff"], "cannot be used with"),
        (&["p.pol", "--write-baseline", "b.json", "--fix"], "cannot be used with"),
    ] {
        let (exit, output, error) = folder.lint(arguments);
        assert!(exit == Exit::Failure && output.is_empty() && error.contains(said), "{arguments:?}: {error}");
    }
    // One file that cannot be read hides nothing of the others.
    let (_, output, error) = folder.lint(&["missing.pol", "p.pol", "--format", "short"]);
    assert!(output.contains("duplicate-rule") && error.contains("missing.pol"), "{output}{error}");
}

#[test]
fn levels_of_the_configuration() {
    let folder = Folder::new(&[("p.pol", POLICY)]);
    let found = |toml: &str, arguments: &[&str]| {
        folder.write("policyc.toml", toml);
        folder.found(&[&["p.pol"], arguments].concat())
    };
    let toml = "[lints]\nduplicate-rule = \"allow\"\nP701 = \"info\"\nneedless-allow = \"deny\"\n";
    assert_eq!(found(toml, &[]), ["p.pol:5 error needless-allow", "p.pol:6 info impossible-condition"]);
    // The command line wins over what is shown.
    assert_eq!(found(toml, &["--select", "duplicate-rule"]), ["p.pol:4 warning duplicate-rule"]);
    assert_eq!(found(toml, &["--ignore", "needless-allow"]), ["p.pol:6 info impossible-condition"]);
    let pedantic = found("[lints]\npedantic = \"warn\"\n", &[]);
    assert!(pedantic.contains(&"p.pol:5 warning needless-allow".to_owned()), "{pedantic:?}");
    assert_eq!(found("[lints]\ndefault = \"allow\"\n", &[]), Vec::<String>::new());
    // A rule comes before its group.
    let one = found("[lints]\ndefault = \"allow\"\nduplicate-rule = \"warn\"\n", &[]);
    assert_eq!(one, ["p.pol:4 warning duplicate-rule"]);
    folder.write("policyc.toml", "[lints]\nduplicate-rules = \"warn\"\n");
    let (exit, _, error) = folder.lint(&["p.pol"]);
    assert!(exit == Exit::Failure && error.contains("did you mean `duplicate-rule`?"), "{error}");
    folder.write("policyc.toml", "[lints]\nduplicate-rule = \"warning\"\n");
    let (exit, _, error) = folder.lint(&["p.pol"]);
    assert!(exit == Exit::Failure && error.contains("write `allow`, `info`, `warn` or `deny`"), "{error}");
    // What would change nothing, or something else than it says.
    for (toml, why) in [
        ("[lints]\nunknown-tool = \"allow\"\n", "`unknown-tool` is always an error"),
        ("[lints]\nP101 = \"warn\"\n", "`unexpected-token` is always an error"),
        ("[lints]\nall = \"allow\"\n", "name each one: `default`, `strict`, `pedantic`"),
        ("target = \"nope\"\n", "there are `policylayer`, `intercept`"),
    ] {
        folder.write("policyc.toml", toml);
        let (exit, _, error) = folder.lint(&["p.pol"]);
        assert!(exit == Exit::Failure && error.contains(why), "{error}");
    }
    for toml in ["[lints]\nunknown-tool = \"deny\"\n", "[lints]\ndead-glob = \"warn\"\n", "target = \"intercept\"\n"] {
        folder.write("policyc.toml", toml);
        assert!(folder.lint(&["p.pol"]).2.is_empty(), "{toml}");
    }
}

#[test]
fn suppressions() {
    let found = |policy: &str, arguments: &[&str]| {
        let folder = Folder::new(&[("p.pol", &format!("server shop from \"shop.json\";\ndeny *;\n{policy}"))]);
        folder.found(&[&["p.pol"], arguments].concat())
    };
    let twice = "allow get_order;\n// policyc: allow(duplicate-rule) for now\nallow get_order;\n";
    assert_eq!(found(twice, &[]), Vec::<String>::new());
    let file = "// policyc: allow-file(duplicate-rule, impossible-condition) as long as it lasts\nallow get_order;\nallow get_order;\nallow get_order;\n";
    assert_eq!(found(file, &[]), ["p.pol:3 warning unused-suppression"]);
    // The rule was not looked for, so nobody can say whether its suppression is needed.
    assert_eq!(found(file, &["--ignore", "impossible-condition"]), Vec::<String>::new());
    assert_eq!(
        found("// policyc: allow-file(duplicate-rule) why\nallow get_order;\n", &[]),
        ["p.pol:3 warning unused-suppression"]
    );
    assert_eq!(
        found("// policyc: allow-all(duplicate-rule)\nallow get_order;\n", &[]),
        ["p.pol:3 warning bad-suppression"]
    );
    assert_eq!(found("// policyc: allow(duplicate-rul)\nallow get_order;\n", &[]), ["p.pol:3 warning bad-suppression"]);
    // A file with errors is not linted, so its suppressions are not called unused.
    assert_eq!(found("// policyc: allow(duplicate-rule) why\nallow get_ordr;\n", &[]), ["p.pol:4 error unknown-tool"]);
    // What `check` does not look for it does not call unused either.
    let folder = Folder::new(&[("p.pol", &format!("server shop from \"shop.json\";\ndeny *;\n{twice}"))]);
    let path = folder.path("p.pol").display().to_string();
    let (exit, output, _) = crate::run::in_process(&["check", &path, "--deny", "warnings"], b"");
    assert_eq!(exit, Exit::Fine, "{output}");
    let (exit, _, error) = crate::run::in_process(&["compile", &path, "--deny", "warnings"], b"");
    assert_eq!((exit, error.as_str()), (Exit::Fine, ""));
}

#[test]
fn baselines() {
    let folder = Folder::new(&[("policies/p.pol", &POLICY.replace("shop.json", "../shop.json"))]);
    let (exit, _, error) = folder.lint(&["policies/p.pol", "--write-baseline", "known.json"]);
    assert_eq!((exit, error.trim()), (Exit::Fine, "`known.json` has 2 findings"));
    let written = folder.read("known.json");
    assert!(written.contains("\"file\": \"policies/p.pol\""), "{written}");
    let known = |arguments: &[&str]| folder.lint(&[&["policies", "--baseline", "known.json"], arguments].concat());
    let (exit, output, error) = known(&["--deny", "warnings"]);
    assert_eq!((exit, error.as_str()), (Exit::Fine, ""), "{output}");
    assert_eq!(output, "policies/p.pol: no problems, and 2 of the baseline\n");
    // Lines that move, and white space, change nothing; what is new is shown.
    let moved = folder
        .read("policies/p.pol")
        .replace("deny *;\n", "\n// moved\n\ndeny *;\n")
        .replace("get_order;", "get_order ;");
    folder.write("policies/p.pol", &(moved + "allow create_charge when args.amount > 6 and args.amount < 5;\n"));
    let (exit, output, _) = known(&["--deny", "warnings", "--format", "short"]);
    assert_eq!((exit, output.lines().count()), (Exit::Findings, 1), "{output}");
    // A third duplicate is not one of the two that are known.
    folder.write(
        "policies/p.pol",
        &POLICY.replace("shop.json", "../shop.json").replace("limit", "allow get_order;\nlimit"),
    );
    let (_, output, _) = known(&["--format", "short"]);
    assert_eq!(output.lines().count(), 1, "{output}");
    // What is gone is said, and nothing else changes.
    folder.write("policies/p.pol", "server shop from \"../shop.json\";\ndeny *;\n");
    let (exit, output, error) = known(&[]);
    assert_eq!((exit, output.as_str()), (Exit::Fine, "policies/p.pol: no problems\n"));
    assert!(error.contains("2 findings of `known.json` are gone"), "{error}");
    // Errors are not kept.
    folder.write("policies/p.pol", "server shop from \"../shop.json\";\ndeny *;\nallow get_ordr;\n");
    let (_, _, error) = folder.lint(&["policies", "--write-baseline", "known.json"]);
    assert!(error.contains("has 0 findings; 1 errors and secrets are not kept"), "{error}");
    for (text, said) in [("{", "EOF"), ("{\"version\": 2, \"findings\": []}", "version 2"), ("[]", "invalid")] {
        folder.write("known.json", text);
        let (exit, _, error) = known(&[]);
        assert!(exit == Exit::Failure && error.contains(said), "{error}");
    }
}

#[test]
fn fixes_are_written_or_shown() {
    let folder = Folder::new(&[
        ("p.pol", POLICY),
        ("q.pol", "server shop from \"shop.json\";\r\ndeny *;\r\nallow get_order;\r\nallow get_order;\r\n"),
    ]);
    let (exit, output, error) = folder.lint(&["p.pol", "q.pol", "--diff"]);
    assert_eq!(exit, Exit::Findings);
    assert!(output.starts_with("--- p.pol\n+++ p.pol\n@@ ") && output.contains("-allow get_order;\n"), "{output}");
    assert_eq!(error, "p.pol: would be fixed: 1 duplicate-rule\nq.pol: would be fixed: 1 duplicate-rule\n");
    assert_eq!(folder.read("p.pol"), POLICY);
    let (exit, output, error) = folder.lint(&["p.pol", "q.pol", "--fix"]);
    assert_eq!(exit, Exit::Fine);
    assert_eq!(error, "p.pol: fixed: 1 duplicate-rule\nq.pol: fixed: 1 duplicate-rule\n");
    assert!(output.ends_with("2 files: 1 warning\n"), "{output}");
    assert_eq!(folder.read("p.pol"), POLICY.replacen("allow get_order;\n", "", 1));
    assert_eq!(folder.read("q.pol"), "server shop from \"shop.json\";\r\ndeny *;\r\nallow get_order;\r\n");
    // What is ignored is not fixed.
    folder.write("p.pol", POLICY);
    folder.lint(&["p.pol", "--fix", "--ignore", "duplicate-rule"]);
    assert_eq!(folder.read("p.pol"), POLICY);
    let (_, _, error) = folder.lint(&["p.pol", "--fix", "--unsafe-fixes"]);
    assert_eq!(error, "p.pol: fixed: 1 duplicate-rule, 1 impossible-condition\n");
    let (exit, output, _) = folder.lint(&["p.pol", "--diff", "--unsafe-fixes"]);
    assert_eq!((exit, output.as_str()), (Exit::Fine, ""));
    // Misspelt names are fixed before anything is proved.
    folder.write("p.pol", "server shop from \"shop.json\";\ndeny *;\nallow get_order when args.order_id = 5;\n");
    folder.lint(&["p.pol", "--fix"]);
    assert!(folder.read("p.pol").contains("args.order_id == 5"));
}

#[test]
fn folders_and_many_files() {
    let folder = Folder::new(&[]);
    for number in 0..40 {
        let name = format!("all/{}/p{number:02}.pol", if number % 2 == 0 { "even" } else { "odd" });
        folder.write(&name, &POLICY.replace("shop.json", "../../shop.json"));
    }
    folder.write("all/.hidden/p.pol", "deny");
    folder.write("all/readme.md", "no policy");
    let (exit, output, error) = folder.lint(&["all", "--format", "short"]);
    assert_eq!((exit, error.as_str(), output.lines().count()), (Exit::Fine, "", 80));
    let mut sorted: Vec<&str> = output.lines().collect();
    sorted.sort_by_key(|line| line.split(':').next().unwrap().to_owned());
    assert_eq!(output.lines().collect::<Vec<_>>(), sorted);
    for _ in 0..3 {
        assert_eq!(folder.lint(&["all", "--format", "short"]).1, output);
    }
    // A file that is named and lies in a folder that is named, too, is linted once.
    assert_eq!(folder.lint(&["all/odd/p01.pol", "all", "--format", "short"]).1, output);
    let (_, json, _) = folder.lint(&["all", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["diagnostics"].as_array().unwrap().len(), 80);
    fs::create_dir(folder.path("empty")).unwrap();
    let (exit, _, error) = folder.lint(&["empty"]);
    assert!(exit == Exit::Failure && error.contains("holds no .pol file"), "{error}");
}

#[test]
fn imports_and_blocks() {
    let folder = Folder::new(&[
        ("base.pol", "server shop from \"shop.json\";\ndeny refund_order;\n"),
        ("p.pol", "import \"base.pol\";\ndeny *;\nallow get_order;\nallow refund_order;\n"),
        // A rule outside the blocks that one of them needs is not dead.
        (
            "blocks.pol",
            "server shop from \"shop.json\";\ndeny *;\nallow get_order;\npolicy one { allow get_order; }\npolicy two { hide get_order; }\n",
        ),
    ]);
    assert_eq!(folder.found(&["p.pol"]), ["p.pol:4 warning contradictory-rules"]);
    assert_eq!(folder.found(&["blocks.pol"]), ["blocks.pol:4 warning duplicate-rule"]);
}

/// What several policies share may be true of some of them only: they are named.
#[test]
fn findings_name_the_policies_of_which_they_are_true() {
    let folder = Folder::new(&[(
        "blocks.pol",
        "deny *;\nallow pay;\nassert deny pay;\npolicy one { deny pay; }\npolicy two { allow get; }\npolicy three { hide get; }\n",
    )]);
    let (_, output, _) = folder.lint(&["--format", "short", "--ignore", "all", "blocks.pol"]);
    assert!(output.contains("is allowed (in the policies `two` and `three`)"), "{output}");
}

/// An unsafe fix does not bring on others: what it leaves without use may be what was meant.
#[test]
fn unsafe_fixes_do_not_bring_on_others() {
    let text = "allow *;\ndeny refund_order when args.amount == 1 because \"Never one.\";\ndeny create_order;\n";
    let folder = Folder::new(&[
        ("default.pol", text),
        ("path.pol", "deny *;\nallow read when args.path like \"/data/../audio/*\";\n"),
        ("reason.pol", "deny *;\nallow a;\ndeny a when args.x == 1;\ndeny a when args.x == 1 because \"No x.\";\n"),
        ("star.pol", "deny *;\nallow a;\ndeny * when has args.x or not has args.x;\n"),
    ]);
    for name in ["default.pol", "path.pol", "reason.pol"] {
        folder.lint(&["--fix", "--unsafe-fixes", name]);
    }
    folder.lint(&["--fix", "star.pol"]);
    assert_eq!(folder.read("default.pol"), text.replace("allow *;", "deny *;"));
    assert_eq!(folder.read("path.pol"), "deny *;\nallow read when args.path like \"/data/../audio/*\";\n");
    assert_eq!(folder.read("reason.pol"), "deny *;\nallow a;\ndeny a when args.x == 1 because \"No x.\";\n");
    assert_eq!(folder.read("star.pol"), "deny *;\nallow a;\ndeny * when has args.x or not has args.x;\n");
}

/// A policy that imports `base.pol`.
const IMPORTER: &str = "server shop from \"shop.json\";\nimport \"base.pol\";\ndeny *;\nallow get_order;\n";

#[test]
fn what_is_dead_in_every_policy_is_a_warning_once() {
    let base = "deny purge_*, charge_* because \"No.\";\n// policyc: allow(dead-glob) others have it\ndeny burn_*;\n";
    let other = "server shop from \"other.json\";\nimport \"base.pol\";\ndeny *;\nallow look;\n";
    let catalogue = r#"[{"name": "look", "inputSchema": {"type": "object"}}, {"name": "charge_card", "inputSchema": {"type": "object"}}]"#;
    let folder = Folder::new(&[("base.pol", base), ("a.pol", IMPORTER), ("b.pol", other), ("other.json", catalogue)]);
    for command in ["lint", "check"] {
        let alone = folder.run(command, &["--format", "short", "a.pol"]);
        let both = folder.run(command, &["--format", "short", "a.pol", "b.pol"]);
        assert_eq!((alone.0, both.0), (Exit::Fine, Exit::Fine));
        let denied = folder.run(command, &["--format", "short", "--deny", "warnings", "b.pol", "a.pol"]);
        assert_eq!(denied.0, Exit::Findings);
        insta::assert_snapshot!(
            format!("dead_in_all-{command}"),
            format!("{}--- both\n{}--- denied\n{}", alone.1, both.1, denied.1)
        );
    }
}

#[test]
fn a_policy_that_does_not_import_it_does_not_matter() {
    let own = "server shop from \"shop.json\";\ndeny *;\nallow get_order;\n";
    let broken = "server shop from \"shop.json\";\nimport \"base.pol\";\ndeny *;\nallow get_ordr;\n";
    let base = "deny purge_*;\n";
    let folder = Folder::new(&[("base.pol", base), ("a.pol", IMPORTER), ("own.pol", own), ("broken.pol", broken)]);
    let severity = |files: &[&str]| {
        let found = folder.found(files);
        found.iter().filter(|line| line.ends_with("warning dead-glob")).count()
    };
    assert_eq!(severity(&["a.pol", "own.pol"]), 0);
    assert_eq!(severity(&["a.pol", "broken.pol"]), 0);
    folder.write("c.pol", IMPORTER);
    assert_eq!(severity(&["a.pol", "own.pol", "broken.pol", "c.pol"]), 1);
}

#[test]
fn dead_globs_of_a_baseline_of_assertions() {
    let base = "server shop from \"shop.json\";\nassert deny purge_*;\nassert deny delete_customer;\n";
    let own = IMPORTER.replace("import \"base.pol\";\n", "");
    let folder = Folder::new(&[("base.pol", base), ("a.pol", &own), ("b.pol", &own)]);
    let base = folder.path("base.pol").display().to_string();
    let one = folder.run("check", &["--format", "short", "--assertions", &base, "a.pol"]);
    let two = folder.run("check", &["--format", "short", "--assertions", &base, "a.pol", "b.pol"]);
    assert_eq!((one.0, two.0), (Exit::Fine, Exit::Fine));
    insta::assert_snapshot!("dead_in_baseline", format!("{}--- two\n{}", one.1, two.1));
}
