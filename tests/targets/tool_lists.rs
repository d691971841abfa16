//! Settings of agent programs that list tools: whole documents, what is refused, and the traps of
//! each program.

use std::path::Path;

use policyc_core::analysis::ask::Domain;
use policyc_core::decider::PolicyDecider;
use policyc_core::diff::compare;
use policyc_core::emit::{Emission, Leave, Request, Settings, TARGETS, Target, TargetOption, find, target_of};
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_core::json::Json;
use policyc_core::sema::{Checked, NoFiles, Options, analyze};

use crate::support::{call, emitted};

fn checked(text: &str) -> Checked {
    let analysis = analyze("shop.pol", Path::new("shop.pol"), text, &Options::default(), &NoFiles);
    analysis.checked.unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics))
}

fn emission(target: &Target, text: &str) -> Emission {
    emitted(target, &checked(text).policies()[0], ServerId(0))
}

fn document(target: &Target, text: &str) -> String {
    let emission = emission(target, text);
    emission.artefact.unwrap_or_else(|| panic!("{text}: {:?}", emission.diagnostics)).text
}

/// The targets of this family.
fn family() -> impl Iterator<Item = &'static Target> {
    TARGETS.iter().copied().filter(|target| ["codex", "claude-code", "opencode", "litellm"].contains(&target.name))
}

/// What a document does with a call of a tool.
fn verdict(target: &Target, text: &str, tool: &str) -> Verdict {
    let document = target.read(text).unwrap_or_else(|found| panic!("{found:?}\n{text}"));
    let arguments = Json::parse("{}").unwrap();
    document.decide(&call(tool, arguments.root(), "", 0)).verdict
}

/// Whole documents, each recognised by its content.
#[test]
fn documents_of_lists() {
    let policies = [
        "deny *; allow read, list; require approval for pay; deny refund because \"No.\"; hide drop;",
        "deny *; allow read;",
        "deny *;",
        "allow *; require approval for pay; deny refund; hide drop; allow read;",
        "allow *; require approval for *; deny refund;",
        "allow *; hide *;",
        "deny *; allow read; hide * except read;",
    ];
    for target in family() {
        let mut all = String::new();
        for policy in policies {
            let emission = emission(target, policy);
            all.push_str(&format!("==== {policy}\n"));
            for found in &emission.diagnostics {
                all.push_str(&format!("{}: {}\n", found.code.name, found.message));
            }
            if let Some(artefact) = emission.artefact {
                assert_eq!(target_of(&artefact.text).map(|target| target.name), Some(target.name));
                all.push_str(&artefact.text);
            }
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(target.name, all);
        });
    }
}

/// What cannot be held is refused with what to write instead.
#[test]
fn what_lists_cannot_hold() {
    let mut all = String::new();
    for target in family() {
        all.push_str(&format!("==== {}\n", target.name));
        for policy in [
            "deny *; allow t when args.n > 5;",
            "allow *; deny t when args.n > 5;",
            "deny *; allow t; require args.n > 5 for t;",
            "deny *; allow t; require approval for t when args.n > 5;",
            "deny *; require approval by \"ops\" for t;",
            "deny *; limit t 5/min;",
            "allow *; deny * when args.n > 5;",
            "deny *; allow \"a b\", \"x/y\", \"star*\", \"pa(ren)\";",
            "deny *; allow \"tab\\t\";",
            "deny *; allow get-sum, get_sum;",
        ] {
            let emission = emission(target, policy);
            all.push_str(&format!("{policy}\n"));
            assert_eq!(emission.artefact.is_none(), emission.diagnostics.iter().any(|found| found.is_error()));
            for found in &emission.diagnostics {
                let span = found.primary.span;
                all.push_str(&format!("  {}: {}\n    at {}\n", found.code.name, found.message, &policy[span.range()]));
                all.push_str(&format!("    help: {}\n", found.help.as_ref().unwrap()));
            }
        }
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("refused_lists", all);
    });
}

/// A condition that makes no difference stands in nobody's way.
#[test]
fn conditions_that_change_nothing_are_no_obstacle() {
    for target in family() {
        for policy in [
            "deny *; allow read, t; deny t when args.n > 5; deny t;",
            "deny *; allow read; hide t; deny t when args.n > 5;",
        ] {
            let text = document(target, policy);
            assert_eq!(verdict(target, &text, "read"), Verdict::Allow, "{text}");
            assert_eq!(verdict(target, &text, "t"), Verdict::Deny, "{text}");
        }
    }
}

/// Limits are left out where their author says so.
#[test]
fn limits_are_left_to_others() {
    let checked = checked("deny *;\nallow read;\nlimit read 5/min;\n");
    let mut settings = Settings::default();
    settings.set(&TargetOption::ALIAS, "shop");
    let request = Request::new(&checked.policies()[0], ServerId(0), &settings);
    for target in family() {
        assert!(target.make_leaving(&request, &[]).artefact.is_none());
        let emission = target.make_leaving(&request, &[Leave::Limits]);
        let names: Vec<&str> = emission.diagnostics.iter().map(|found| found.code.name).collect();
        assert_eq!(names, ["left-out"]);
        assert_eq!(verdict(target, &emission.artefact.unwrap().text, "read"), Verdict::Allow);
    }
}

/// The server has the name of the policy or the alias, and must have one that the program allows.
#[test]
fn servers_are_named() {
    let unnamed = checked("deny *; allow read;");
    for target in family() {
        let make = |alias: Option<&str>| {
            let mut settings = Settings::default();
            if let Some(alias) = alias {
                settings.set(&TargetOption::ALIAS, alias);
            }
            target.make(&Request::new(&unnamed.policies()[0], ServerId(0), &settings))
        };
        let missing = make(None);
        assert!(missing.artefact.is_none());
        let help = missing.diagnostics[0].help.as_ref().unwrap().to_string();
        assert!(help.contains("alias = \"NAME\""), "{help}");
        for alias in ["", "a b", "a.b", "a\"b", "*", "a*", "(a)", "über", "a\n"] {
            let emission = make(Some(alias));
            assert!(emission.artefact.is_none(), "{}: {alias}", target.name);
            let message = &emission.diagnostics[0].message;
            assert!(message.contains("cannot hold the server name"), "{message}");
        }
        assert!(make(Some("pay_2")).artefact.unwrap().text.contains("pay_2"));
    }
}

/// Of several servers the alias is of the one that the table names.
#[test]
fn an_alias_is_of_one_server() {
    let text = "server one from \"c.json\";\nserver two from \"c.json\";\ndeny *;\nallow one::read, two::read;\n";
    let checked = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &OneTool).checked.unwrap();
    let policy = &checked.policies()[0];
    let mut settings = Settings::default();
    settings.set(&TargetOption::ALIAS, "first");
    settings.set(&TargetOption::SERVER, "one");
    for target in family() {
        let of = |server| target.make(&Request::new(policy, ServerId(server), &settings)).artefact.unwrap().text;
        assert!(of(0).contains("first") && !of(0).contains("one"), "{}", of(0));
        assert!(of(1).contains("two") && !of(1).contains("first"), "{}", of(1));
    }
}

struct OneTool;

impl policyc_core::sema::Loader for OneTool {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, policyc_core::disk::Unreadable> {
        Ok(br#"{"tools": [{"name": "read", "inputSchema": {"type": "object"}}]}"#.to_vec())
    }
}

/// What is wrong with a document, one line each.
fn mistakes(target: &str, text: &str) -> Vec<String> {
    let found = find(target).unwrap().read(text).err().unwrap_or_default();
    for diagnostic in &found {
        assert!(text.get(diagnostic.primary.span.range()).is_some() && diagnostic.help.is_some(), "{diagnostic:?}");
    }
    found.into_iter().map(|found| found.message).collect()
}

/// Codex trusts what a server says of its own tools unless a mode is written: so each tool has one.
#[test]
fn codex_is_never_left_to_the_annotations_of_a_server() {
    let codex = find("codex").unwrap();
    for policy in
        ["deny *; allow a; require approval for b; hide c;", "allow *; require approval for b; deny c;", "deny *;"]
    {
        let text = document(codex, policy);
        assert!(text.contains("default_tools_approval_mode = \"") && text.contains("required = true"), "{text}");
        assert!(!text.contains("\"auto\"") && !text.contains("\"writes\""), "{text}");
        let closed = policy.starts_with("deny");
        assert_eq!(text.contains("\nenabled_tools = ["), closed, "{text}");
        assert_eq!(text.contains("default_tools_approval_mode = \"prompt\""), closed, "{text}");
    }
}

/// Names are those of the server, in lists and in modes, also where TOML needs quotes.
#[test]
fn codex_names_tools_as_the_server_does() {
    let codex = find("codex").unwrap();
    let policy = "deny *; allow get-sum, \"a.b\", \"x y\", \"quo\\\"te\"; require approval for \"ü\";";
    let text = document(codex, policy);
    for key in ["[mcp_servers.example.tools.get-sum]", "[mcp_servers.example.tools.\"a.b\"]", "tools.\"quo\\\"te\"]"] {
        assert!(text.contains(key), "{key}\n{text}");
    }
    for tool in ["get-sum", "a.b", "x y", "quo\"te"] {
        assert_eq!(verdict(codex, &text, tool), Verdict::Allow, "{tool}");
    }
    assert_eq!(verdict(codex, &text, "ü"), Verdict::Approval);
    for tool in ["get_sum", "a_b", "GET-SUM", "other"] {
        assert_eq!(verdict(codex, &text, tool), Verdict::Deny, "{tool}");
    }
}

#[test]
fn codex_reads_as_codex_does() {
    let codex = find("codex").unwrap();
    let head = "[mcp_servers.a]\ncommand = \"x\"\n";
    // The list of what is off wins, an empty list of what is on is one, and a mode of a tool beats
    // the default.
    let text = format!(
        "{head}default_tools_approval_mode = \"approve\"\nenabled_tools = [\"a\", \"b\", \"c\"]\ndisabled_tools = [\"b\"]\ntools.c.approval_mode = \"prompt\"\n"
    );
    for (tool, wanted) in [("a", Verdict::Allow), ("b", Verdict::Deny), ("c", Verdict::Approval), ("d", Verdict::Deny)]
    {
        assert_eq!(verdict(codex, &text, tool), wanted, "{tool}");
    }
    let text = format!("{head}enabled_tools = []\n");
    assert_eq!(verdict(codex, &text, "a"), Verdict::Deny);
    let text = format!("{head}default_tools_approval_mode = \"prompt\"\ntools.c.approval_mode = \"approve\"\n");
    assert_eq!((verdict(codex, &text, "a"), verdict(codex, &text, "c")), (Verdict::Approval, Verdict::Allow));
    insta::assert_snapshot!(
        [
            "[mcp_servers.a]\nenabledTools = []\n",
            "[mcp_servers.a]\nenabled_tools = [\"t\"]\n",
            "[mcp_servers.a]\ndefault_tools_approval_mode = \"writes\"\n",
            "[mcp_servers.a]\nenabled = false\nenabled_tools = []\n",
            "[mcp_servers.a]\nenabled_tools = \"t\"\n",
            "[mcp_servers.a]\nenabled_tools = [5]\n",
            "[mcp_servers.a.tools.t]\nmode = \"prompt\"\n",
            "[mcp_servers.a]\n[mcp_servers.b]\n",
            "mcp_servers = 5\n",
            "model = \"m\"\n[mcp_servers.a]\nenabled_tools = []\n",
            "model = \"m\"\n",
            "[mcp_servers.a]\ndefault_tools_approval_mode = \"prompt\"\nenabled_tools = [\"a-b\", \"a_b\"]\n",
        ]
        .map(|text| mistakes("codex", text).join("; "))
        .join("\n"), @r"
    a server has the key `enabledTools`, which Codex ignores
    without a mode of approval, what the server says of its own tools decides who is asked
    this mode lets what the server says of its own tools decide who is asked
    the server is switched off
    `enabled_tools` must be a list, not a string
    the name of a tool must be a string, not a number
    a tool has the key `mode`, which Codex ignores
    a document is about one server
    `mcp_servers` must be a table, not a number
    `model` is not read here, so what it changes is not known
    `model` is not read here, so what it changes is not known
    `a-b` and `a_b` have one name before the model
    ");
}

/// Claude Code takes the first of `deny`, `ask` and `allow` that has a rule, skips rules in
/// parentheses, and refuses `ask` under `dontAsk`.
#[test]
fn claude_code_reads_as_claude_code_does() {
    let claude = find("claude-code").unwrap();
    let document = |mode: &str, lists: &str| {
        format!(
            "{{\"permissions\": {{\"defaultMode\": \"{mode}\", \"disableBypassPermissionsMode\": \"disable\", {lists}}}}}"
        )
    };
    let text = document(
        "dontAsk",
        r#""allow": ["mcp__a__x", "mcp__a__y", "mcp__a__z"], "ask": ["mcp__a__y"], "deny": ["mcp__a__z"]"#,
    );
    for (tool, wanted) in [("x", Verdict::Allow), ("y", Verdict::Deny), ("z", Verdict::Deny), ("w", Verdict::Deny)] {
        assert_eq!(verdict(claude, &text, tool), wanted, "{tool}");
    }
    let text = document("default", r#""allow": ["mcp__a__x", "mcp__a__y"], "ask": ["mcp__a__y"], "deny": []"#);
    for (tool, wanted) in [("x", Verdict::Allow), ("y", Verdict::Approval), ("w", Verdict::Approval)] {
        assert_eq!(verdict(claude, &text, tool), wanted, "{tool}");
    }
    // A narrow rule does not beat a wide denial.
    for deny in ["mcp__a", "mcp__a__*"] {
        let text = document("dontAsk", &format!("\"allow\": [\"mcp__a__x\"], \"deny\": [\"{deny}\"]"));
        assert_eq!(verdict(claude, &text, "x"), Verdict::Deny);
    }
    insta::assert_snapshot!(
        [
            document("dontAsk", r#""deny": ["mcp__a__x(n:50)"]"#),
            document("dontAsk", r#""allow": ["mcp__a__get-*"]"#),
            document("dontAsk", r#""allow": ["mcp__*"]"#),
            document("dontAsk", r#""allow": ["mcp__a__x", "mcp__b__x"]"#),
            document("dontAsk", r#""allow": ["Bash(ls:*)"]"#),
            document("dontAsk", r#""alow": ["mcp__a__x"]"#),
            document("acceptEdits", r#""allow": []"#),
            r#"{"permissions": {"allow": ["mcp__a__x"]}}"#.to_owned(),
            r#"{"permissions": []}"#.to_owned(),
        ]
        .map(|text| mistakes("claude-code", &text).join("; "))
        .join("\n"), @r"
    `mcp__a__x(n:50)` is no rule about one tool of a server or about all
    `mcp__a__get-*` is no rule about one tool of a server or about all
    `mcp__*` is no rule about one tool of a server or about all
    the rules are about several servers
    `Bash(ls:*)` is no rule about one tool of a server or about all
    `permissions` has the unknown key `alow`
    `defaultMode` must be `dontAsk` or `default`, not `acceptEdits`
    `permissions` has no `defaultMode`; `permissions` has no `disableBypassPermissionsMode`
    `permissions` must be an object, not a list
    ");
}

/// Nothing that is written for Claude Code depends on a rule that it skips, or on who runs it.
#[test]
fn claude_code_is_given_plain_rules_only() {
    let claude = find("claude-code").unwrap();
    for policy in [
        "deny *; allow a, b-c; require approval for d; hide e;",
        "allow *; deny a; require approval for b;",
        "allow *; hide *;",
        "deny *;",
    ] {
        let text = document(claude, policy);
        assert!(
            text.contains("\"dontAsk\"") && text.contains("\"disableBypassPermissionsMode\": \"disable\""),
            "{text}"
        );
        for trap in ["(", ")", "*", "mcp__\"", "\"ask\"", "hooks"] {
            assert!(!text.contains(trap), "{trap}\n{text}");
        }
    }
    // Two underscores end the name of a server.
    let checked = checked("deny *; allow read;");
    for alias in ["a__b", "_a", "a_"] {
        let mut settings = Settings::default();
        settings.set(&TargetOption::ALIAS, alias);
        assert!(
            claude.make(&Request::new(&checked.policies()[0], ServerId(0), &settings)).artefact.is_none(),
            "{alias}"
        );
    }
}

/// Names that are longer than what is known to be kept are refused.
#[test]
fn long_names_are_refused() {
    for (name, prefix) in [("claude-code", "mcp__example__"), ("opencode", "example_")] {
        let policy = |length: usize| format!("deny *; allow {};", "t".repeat(length - prefix.len()));
        let target = find(name).unwrap();
        assert!(emission(target, &policy(64)).artefact.is_some());
        let found = emission(target, &policy(65));
        assert!(
            found.artefact.is_none() && found.diagnostics[0].message.contains("longer than 64"),
            "{:?}",
            found.diagnostics
        );
    }
}

/// In opencode the last key that matches decides, in the order of the file.
#[test]
fn opencode_reads_as_opencode_does() {
    let opencode = find("opencode").unwrap();
    let document = |entries: &str| format!("{{\"permission\": {{{entries}}}}}");
    for (entries, x, other) in [
        (r#""*": "deny", "a_*": "deny", "a_x": "allow""#, Verdict::Allow, Verdict::Deny),
        (r#""a_x": "allow", "a_*": "deny""#, Verdict::Deny, Verdict::Deny),
        (r#""a_*": "ask", "a_x": "allow", "*": "deny""#, Verdict::Deny, Verdict::Deny),
        (r#""*": "deny", "a_*": "ask", "a_x": "deny""#, Verdict::Deny, Verdict::Approval),
        (r#""*": "deny", "a_x": "deny", "a_*": "allow""#, Verdict::Allow, Verdict::Allow),
    ] {
        let text = document(entries);
        assert_eq!((verdict(opencode, &text, "x"), verdict(opencode, &text, "y")), (x, other), "{text}");
    }
    insta::assert_snapshot!(
        [
            document(r#""*": "deny""#),
            document(r#""a_*": "deny", "b_*": "deny""#),
            document(r#""*": "deny", "a_*": "deny", "a_x": {"*": "allow", "*50*": "deny"}"#),
            document(r#""*": "deny", "a_*": "deny", "a_x?": "allow""#),
            document(r#""*": "deny", "a_*": "deny", "7": "allow""#),
            document(r#""*": "deny", "a_*": "deny", "bash": "allow""#),
            document(r#""*": "denied", "a_*": "deny""#),
            document(r#""*": "deny", "doom_*": "allow""#),
            r#"{"permission": "allow"}"#.to_owned(),
            r#"{"permission": {"*": "deny", "a_*": "deny"}, "agent": {}}"#.to_owned(),
        ]
        .map(|text| mistakes("opencode", &text).join("; "))
        .join("\n"), @r"
    the document does not say which server it is about
    the document does not say which server it is about
    `a_x` must be a string, not an object
    `a_x?` is neither a tool of the server nor all of them
    `7` is neither a tool of the server nor all of them
    `bash` is neither a tool of the server nor all of them
    `*` must be `allow`, `ask` or `deny`, not `denied`
    `doom` is not read as the name of a server
    `permission` must be an object, not a string
    the document has the unknown key `agent`
    ");
}

/// What is wide stands first, and no value is an object.
#[test]
fn opencode_is_given_wide_keys_first() {
    let opencode = find("opencode").unwrap();
    for policy in ["deny *; allow a, z; require approval for d; hide e;", "allow *; deny \"1\", \"007\";", "deny *;"] {
        let text = document(opencode, policy);
        assert!(text.starts_with("{\n  \"permission\": {\n    \"*\": \"deny\",\n    \"example_*\": \""), "{text}");
        let keys = text.lines().skip(4).filter_map(|line| line.trim().split_once(": ").map(|(key, _)| key));
        assert!(keys.into_iter().all(|key| key.starts_with("\"example_") && !key.contains(['*', '?'])), "{text}");
        assert_eq!(text.matches('{').count(), 2, "{text}");
    }
}

struct Mail;

impl policyc_core::sema::Loader for Mail {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, policyc_core::disk::Unreadable> {
        let text = r#"{"tools": [
            {"name": "send", "inputSchema": {"type": "object", "properties": {"to": {}, "body": {}, "bcc": {}, "force": {}}, "required": ["to"]}},
            {"name": "read", "inputSchema": {"type": "object"}}
        ]}"#;
        Ok(text.into())
    }
}

/// Conditions that only ask whether arguments are there become the list of those that may be. It also refuses null, and names
/// that the catalogue does not have.
#[test]
fn litellm_lists_the_arguments_of_a_tool() {
    let litellm = find("litellm").unwrap();
    let emission = |statements: &str| {
        let text = format!("server mail from \"mail.json\";\n{statements}");
        let checked = analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &Mail).checked.unwrap();
        emitted(litellm, &checked.policies()[0], ServerId(0))
    };
    let mut all = String::new();
    for statements in [
        "deny *; allow send, read; deny send when has args.bcc;",
        "allow *; deny send when has args.bcc or (has args.force and has args.to);",
        "deny *; allow send unless has args.bcc;",
        "deny *; allow send; require not has args.bcc for send; deny read;",
        "deny *; allow send when has args.to;",
        "deny *; allow send; deny send when has args.bcc and args.to == \"x\";",
        "deny *; allow send; deny send when has args.to.name;",
        "deny *; allow read; deny read when has args.force;",
        "deny *; allow send; deny send when has args.to or has args.body or has args.bcc or has args.force;",
    ] {
        let emission = emission(statements);
        all.push_str(&format!("==== {statements}\n"));
        for found in &emission.diagnostics {
            all.push_str(&format!("{}: {}\n", found.code.name, found.message));
        }
        let Some(artefact) = emission.artefact else { continue };
        all.push_str(&artefact.text);
        let document = litellm.read(&artefact.text).unwrap();
        for (arguments, passes) in [
            (r#"{"to": 1, "body": 2}"#, !statements.contains("has args.to or")),
            ("{}", true),
            (r#"{"bcc": 1}"#, false),
            (r#"{"bcc": null}"#, false),
            (r#"{"to": 1, "cc": 1}"#, false),
        ] {
            let json = Json::parse(arguments).unwrap();
            let verdict = document.decide(&call("send", json.root(), "", 0)).verdict;
            assert_eq!(verdict == Verdict::Allow, passes, "{arguments}\n{}", artefact.text);
        }
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("litellm_arguments", all);
    });
}

/// A longer list of arguments, or none, lets more pass; so does one of another tool.
#[test]
fn longer_lists_of_arguments_are_looser() {
    let litellm = find("litellm").unwrap();
    let text = "server mail from \"mail.json\"; deny *; allow send, read; deny send when has args.bcc;";
    let checked = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &Mail).checked.unwrap();
    let policy = &checked.policies()[0];
    let right = emitted(litellm, policy, ServerId(0)).artefact.unwrap().text;
    for (from, to) in [
        ("\"body\", ", "\"bcc\", \"body\", "),
        ("      \"send\": [", "      \"read\": ["),
        ("    allowed_params:\n      \"send\": [\"body\", \"force\", \"to\"]\n", ""),
    ] {
        assert!(right.contains(from), "{from}\n{right}");
        let document = litellm.read(&right.replace(from, to)).unwrap();
        let decider = PolicyDecider::new(policy).of_server(ServerId(0), litellm.numbers);
        let diff = compare(&decider, document.as_ref(), Domain::Any, false);
        assert!(
            matches!(diff.verdict, policyc_core::diff::Verdict::Looser | policyc_core::diff::Verdict::Both),
            "{to}"
        );
    }
}
