//! `policyc init --from-log`: policies that are learnt from recorded calls.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Exit, in_process};
use policyc_core::emit::TARGETS;

#[path = "../language/learning/generator.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod generator;

/// A folder with the catalogue of the shop and a log, and the paths of both.
fn folder(log: &str) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop.json");
    fs::copy(crate::support::root().join("docs/catalogues/shop.json"), &shop).unwrap();
    let calls = folder.path().join("calls.jsonl");
    fs::write(&calls, log).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    (folder, text(&shop), text(&calls))
}

/// What a command prints, with `DIR` for the folder.
fn run(folder: &Path, arguments: &[&str], input: &str) -> (Exit, String, String) {
    let (exit, output, error) = in_process(arguments, input.as_bytes());
    let hide = |text: String| text.replace(folder.to_str().unwrap(), "DIR");
    (exit, hide(output), hide(error))
}

/// A log of a day in the shop: every kind of condition, a risky tool, a seldom one, and some lines that are not learnt from.
fn day() -> String {
    let mut log = String::new();
    let mut call = |minute: usize, grant: &str, name: &str, arguments: String| {
        let at = format!("2026-03-0{}T{:02}:{:02}:07Z", 2 + minute / 1440, minute / 60 % 24, minute % 60);
        let _ = writeln!(
            log,
            "{{\"name\": \"{name}\", \"arguments\": {{{arguments}}}, \"grant\": \"{grant}\", \"at\": \"{at}\"}}"
        );
    };
    for number in 0..60 {
        let minute = number * 50;
        call(minute, "ann", "get_order", format!("\"order_id\": {}", 7_000 + number * 37 % 60));
        call(minute, "bob", "search_products", {
            let most = if number % 3 == 0 {
                format!(", \"max_results\": {}", [10, 50][number / 3 % 2])
            } else {
                String::new()
            };
            let rare = if number == 41 { ", \"in_stock\": true" } else { "" };
            format!("\"query\": \"ball {number}\"{most}{rare}")
        });
        let body = "\"subject\": \"Your order\", \"body\": \"Hello\"";
        let to = if number % 2 == 0 {
            format!("\"a{number}@acme.com\"")
        } else {
            format!("\"b{number}@acme.com\", \"c@acme.com\"")
        };
        call(minute + 1, "ann", "send_mail", format!("\"to\": [{to}], {body}"));
        call(minute + 1, "ann", "get_comments", format!("\"post_id\": \"blog/2026/p-{number}\""));
        call(
            minute + 2,
            "ann",
            "cancel_order",
            format!("\"order_id\": {}, \"reason\": \"{}\"", 7_000 + number, ["stock", "customer"][number % 2]),
        );
    }
    call(3_100, "ann", "query_sales", "\"sql\": \"select 1\"".to_owned());
    call(3_101, "ann", "no_such_tool", String::new());
    call(3_102, "ann", "get_order", "\"order_id\": \"seven\"".to_owned());
    call(3_103, "ann", "create_order", "\"gift\": true".to_owned());
    call(5, "ann", "get_order", "\"order_id\": 7000".to_owned());
    log.push_str("{\"name\": \"get_order\", \"arguments\": {\"order_id\": 7, \"order_id\": 8}}\n{\"name\": \"get_or");
    log
}

/// Fails unless the policy is what a first policy promises to be.
fn is_good(folder: &Path, policy: &str) {
    for line in [
        &[
            "lint",
            "--select",
            "strict",
            "--ignore",
            "duplicate-tool",
            "--deny",
            "warnings",
            "--format",
            "short",
            policy,
        ][..],
        &["test", policy],
        &["fmt", "--check", policy],
    ] {
        let (exit, output, error) = run(folder, line, "");
        assert_eq!(exit, Exit::Fine, "{output}{error}{}", fs::read_to_string(policy).unwrap());
    }
}

#[test]
fn a_policy_from_a_log() {
    let (folder, shop, calls) = folder(&day());
    let policy = folder.path().join("shop.pol").to_str().unwrap().to_owned();
    let line = ["init", "--catalogue", &shop, "--from-log", &calls, "--explain", "-o", &policy];
    let (exit, output, error) = run(folder.path(), &line, "");
    assert_eq!((exit, output.as_str()), (Exit::Fine, ""), "{error}");
    is_good(folder.path(), &policy);
    let text = fs::read_to_string(&policy).unwrap().replace(folder.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(format!("{error}\n{text}"));
    // Replayed, the calls that it was learnt from pass or are held: six lines were not.
    let (_, output, _) = run(folder.path(), &["replay", &policy, "--log", &calls, "--format", "json"], "");
    let summary: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(summary["calls"].as_u64(), Some(307));
    assert!(summary["deny"].as_u64() <= Some(6), "{output}");
    // A policy that exists stays.
    let (exit, _, error) = run(folder.path(), &line, "");
    assert_eq!(exit, Exit::Failure);
    assert!(error.contains("a policy is not overwritten"), "{error}");
}

#[test]
fn standard_input_and_files_give_the_same() {
    let (folder, shop, calls) = folder(&day());
    let named = run(folder.path(), &["init", "--catalogue", &shop, "--from-log", &calls], "");
    let piped = run(folder.path(), &["init", "--catalogue", &shop, "--from-log", "-"], &day());
    assert_eq!(named.0, Exit::Fine);
    assert_eq!((named.0, &named.1), (piped.0, &piped.1));
    assert_eq!(named.2.replace("DIR/calls.jsonl", "<stdin>"), piped.2);
}

#[test]
fn logs_that_teach_nothing() {
    let (folder, shop, _) = folder("");
    let policy = folder.path().join("shop.pol");
    for (log, said) in [
        ("", "has no call of a tool in the catalogue to learn from"),
        ("\n\n", "has no call"),
        ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}\n", "has no call"),
        ("{\"name\": \"nothing\"}\n", "<stdin>:1: No catalogue lists the tool `nothing`."),
        ("{\"name\": \"get_order\", \"server\": \"mail\"}\n", "No server is called `mail`."),
        ("{\"name\": \"get_order\", \"arguments\": {}}\n", "Its arguments do not fit the inputSchema of `get_order`."),
        ("nonsense\n", "<stdin>:1: Not JSON"),
    ] {
        let line = ["init", "--catalogue", &shop, "--from-log", "-", "-o", policy.to_str().unwrap()];
        let (exit, output, error) = run(folder.path(), &line, log);
        assert_eq!((exit, output.as_str()), (Exit::Failure, ""), "{log}: {error}");
        assert!(error.contains(said), "{log}: {error}");
        assert!(error.contains("nothing is written"), "{log}: {error}");
        assert!(!policy.exists());
    }
    let none = folder.path().join("none.jsonl");
    let line = ["init", "--catalogue", &shop, "--from-log", none.to_str().unwrap()];
    let (exit, _, error) = run(folder.path(), &line, "");
    assert_eq!(exit, Exit::Failure);
    assert!(error.contains("cannot read `DIR/none.jsonl`: there is no such file"), "{error}");
    // Without a log there is nothing to explain.
    let (exit, _, error) = run(folder.path(), &["init", "--catalogue", &shop, "--explain"], "");
    assert_eq!(exit, Exit::Failure);
    assert!(error.contains("--from-log"), "{error}");
}

/// The rules of a policy, with tools opened where they are limited, and denied where they are held: which single calls pass at once.
fn at_once(policy: &str) -> String {
    let rules = policy.split("\nassert ").next().unwrap().replace("require approval for ", "deny ");
    let open = |line: &str| match line.strip_prefix("limit ").and_then(|rest| rest.rsplit_once(' ')) {
        Some((tools, _)) => format!("allow {tools};\n"),
        None => format!("{line}\n"),
    };
    rules.lines().map(open).collect()
}

/// What a target cannot hold makes the policy stricter, never looser, and is said.
#[test]
fn each_target_can_hold_what_was_learnt_for_it() {
    let (mut stricter, mut refused) = (0, 0);
    for target in TARGETS {
        let (folder, shop, calls) = folder(&day());
        let policy = folder.path().join("shop.pol").to_str().unwrap().to_owned();
        let shop = format!("shop={shop}");
        let name = target.name;
        let line = ["init", "--catalogue", &shop, "--from-log", &calls, "--target", name, "-o", &policy];
        let (exit, _, error) = run(folder.path(), &line, "");
        if exit != Exit::Fine {
            // It has to be told something first, or cannot hold a policy that opens nothing.
            assert!(error.contains(&format!("nothing is written: {name} refuses")), "{name}: {error}");
            assert!(!Path::new(&policy).exists());
            refused += 1;
            continue;
        }
        is_good(folder.path(), &policy);
        stricter += usize::from(error.contains("the policy does without what"));
        // What a policy without a target does not let pass at once, this one does not either.
        let [whole, own] = ["whole.pol", "own.pol"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
        let (_, output, _) = run(folder.path(), &["init", "--catalogue", &shop, "--from-log", &calls], "");
        fs::write(&whole, at_once(&output.replace("DIR", folder.path().to_str().unwrap()))).unwrap();
        fs::write(&own, at_once(&fs::read_to_string(&policy).unwrap())).unwrap();
        let (exit, output, error) = run(folder.path(), &["diff", &whole, &own], "");
        assert_eq!(exit, Exit::Fine, "{name}: {output}{error}{}", fs::read_to_string(&policy).unwrap());
        let documents = format!("{}/", folder.path().join("documents").display());
        let (exit, output, error) = run(folder.path(), &["compile", "--target", name, &policy, "-o", &documents], "");
        assert_eq!(exit, Exit::Fine, "{name}: {output}{error}");
    }
    assert!(stricter > 3 && refused < 6, "{stricter} {refused}");
}

/// Two servers with a tool of the same name: a call has to say which it means.
#[test]
fn several_servers() {
    let mut log = String::new();
    for number in 0..25 {
        let _ = writeln!(
            log,
            "{{\"server\": \"one\", \"name\": \"get_order\", \"arguments\": {{\"order_id\": {}}}}}",
            1 + number
        );
    }
    log.push_str("{\"name\": \"get_order\", \"arguments\": {\"order_id\": 99}}\n");
    let (folder, shop, calls) = folder(&log);
    let (one, two) = (format!("one={shop}"), format!("two={shop}"));
    let line = ["init", "--catalogue", &one, "--catalogue", &two, "--from-log", &calls];
    let (exit, output, error) = run(folder.path(), &line, "");
    assert_eq!(exit, Exit::Fine, "{error}");
    assert!(error.contains("calls.jsonl:26: Several servers have the tool `get_order`"), "{error}");
    assert!(error.contains("25 calls without a time") || error.contains("26 calls without a time"), "{error}");
    assert!(output.contains("require args.order_id >= 1 and args.order_id <= 25\n  for one::get_order"), "{output}");
    assert!(!output.contains("limit two::get_order"), "{output}");
}

/// The catalogues of real servers stand at `POLICYC_SHARED`; without it nothing is tested, and that is said.
#[test]
fn policies_for_real_catalogues() {
    let Some(shared) = std::env::var_os("POLICYC_SHARED") else {
        eprintln!("POLICYC_SHARED is not set: nothing was learnt for a real catalogue");
        return;
    };
    let mut paths: Vec<PathBuf> =
        fs::read_dir(Path::new(&shared).join("catalogues")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let folder = tempfile::tempdir().unwrap();
    let mut written = 0;
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        // Few tools, so that each is called often enough.
        let tools = generator::tools(&serde_json::from_str(&text).unwrap());
        let used: Vec<_> = generator::used(&tools).into_iter().take(12).collect();
        if used.is_empty() {
            continue;
        }
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let [calls, policy] = ["jsonl", "pol"].map(|kind| folder.path().join(stem).with_extension(kind));
        fs::write(&calls, generator::log(&used, 600, 3).join("\n")).unwrap();
        let policy = policy.to_str().unwrap();
        let line = ["init", "--catalogue", path.to_str().unwrap(), "--from-log", calls.to_str().unwrap(), "-o", policy];
        let (exit, _, error) = run(folder.path(), &line, "");
        // Not every schema gets calls that it admits.
        if error.contains("no call of a tool in the catalogue to learn from") {
            eprintln!("{stem}: no call fits");
            continue;
        }
        assert_eq!(exit, Exit::Fine, "{stem}: {error}");
        is_good(folder.path(), policy);
        written += 1;
    }
    eprintln!("{written} policies were learnt for real catalogues, linted and tested");
    assert!(written >= 40);
}
