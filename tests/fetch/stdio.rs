//! Servers over standard input and output.

use std::time::Duration;

use crate::program::{Fetch, command, fetch, from_server, left, marker, served};

pub(crate) fn tests() -> Vec<(&'static str, fn())> {
    vec![
        ("stdio::what_is_refused", what_is_refused),
        ("stdio::what_takes_the_time", what_takes_the_time),
        ("stdio::what_is_written", what_is_written),
        ("stdio::handshakes", handshakes),
        ("stdio::the_catalogue_is_exact_and_canonical", the_catalogue_is_exact_and_canonical),
        ("stdio::the_owners_word_is_the_owners", the_owners_word_is_the_owners),
        ("stdio::credentials_are_never_shown", credentials_are_never_shown),
        ("stdio::nothing_is_left_running", nothing_is_left_running),
        ("stdio::signals_end_it_cleanly", signals_end_it_cleanly),
        ("stdio::standard_output", standard_output),
        ("stdio::the_lock_is_brought_up_to_date", the_lock_is_brought_up_to_date),
        ("stdio::what_is_no_catalogue_is_not_replaced", what_is_no_catalogue_is_not_replaced),
    ]
}

/// Each at once, whatever the time-out.
fn what_is_refused() {
    for (mode, messages) in [
        ("endless", &["its list does not end: it has more than 1000 pages"][..]),
        ("same-cursor", &["its list does not end: the cursor `again` came twice"]),
        ("odd-cursor", &["a `nextCursor` that is a number, not a string"]),
        ("moving", &["its list of tools changed each of the 3 times it was read"]),
        ("malformed", &["it wrote a message that is not JSON", "\"tools\":[}"]),
        ("no-array", &["it answered `tools/list` without an array `tools`"]),
        ("input-required", &["a result of the type `input_required`, not `complete`"]),
        ("twice", &["has a key twice in one object"]),
        ("deep", &["nested more than 128 deep"]),
        ("empty", &["it offers no tools"]),
        ("unlisted", &["it refused `tools/list`: Method not found"]),
        ("refuses", &["it refused the handshake: no \\u{1b}[31mdatabase"]),
        ("future", &["it speaks revision `2099-01-01` of MCP; known are those from 2024-11-05 to 2026-07-28"]),
        ("long-line", &["it wrote a line of more than 16 MiB"]),
        ("huge", &["it sent more than 64 MiB"]),
        ("dies", &["it ended before it answered `tools/list` (exit status 7)", "stderr: the database is gone"]),
        ("loud-death", &["it ended before it answered", "standard error has 40", "stderr: 39999 \\u{1b}[31mxxx"]),
    ] {
        from_server(mode, 50).refused(messages);
    }
    let missing = fetch(5, &["--".to_owned(), "./no-such-program".to_owned()], |_| {});
    missing.refused(&["cannot start `./no-such-program`: there is no such program"]);
}

fn what_takes_the_time() {
    from_server("never", 2).refused(&["it did not answer `initialize` within 2 s; `--timeout` allows more"]);
    from_server("late", 6).refused(&["it did not answer `tools/list` within 6 s"]);
}

fn what_is_written() {
    from_server("normal", 50).wrote(&["a", "b"], &["2 tools, MCP 2025-11-25, written to out.json"]);
    from_server("empty-cursor", 50).wrote(&["a", "b", "c"], &["3 tools"]);
    from_server("moving-once", 50).wrote(&["a", "b", "c"], &[]);
    from_server("announced", 50).wrote(&["a", "b"], &[]);
    from_server("noise", 50).wrote(&["a", "b"], &[]);
    from_server("loud", 50).wrote(&["a", "b"], &[]);
    from_server("listed-twice", 50).wrote(&["a", "a"], &["`a` is listed twice"]);
    let odd = from_server("bad-tool", 50);
    odd.wrote(&["good", "last", "null"], &["entry 2 of the list is left out", "entry 3 of", "entry 4 of"]);
    assert!(
        odd.file.contains("\"readOnlyHint\": \"yes\"") && odd.file.contains("\"taskSupport\": \"optional\""),
        "{}",
        odd.file
    );
}

fn handshakes() {
    for (mode, version) in [
        ("modern", "2026-07-28"),
        ("slow-modern", "2026-07-28"),
        ("modern-of-old", "2025-11-25"),
        ("odd-error", "2025-11-25"),
        ("odd-result", "2025-11-25"),
        ("null-id", "2025-11-25"),
        ("capability", "2025-11-25"),
        ("older", "2024-11-05"),
        ("asks", "2025-11-25"),
        ("odd-about", "2025-11-25"),
        ("silent-discovery", "2025-11-25"),
        ("dies-of-discovery", "2025-11-25"),
    ] {
        // A third of the time is for `server/discover`; the slow server takes four seconds.
        from_server(mode, 9).wrote(&["a", "b"], &[&format!("MCP {version}")]);
    }
    let modern = from_server("modern", 50).file;
    assert!(modern.starts_with("{\n  \"server\": {\n    \"name\": \"modern\",\n    \"version\": \"2\"\n  },\n  \"protocolVersion\": \"2026-07-28\",\n"), "{modern}");
}

fn the_catalogue_is_exact_and_canonical() {
    let text = from_server("numbers", 50).file;
    let expected = r#"{
  "server": {
    "name": "s",
    "version": "1"
  },
  "protocolVersion": "2025-11-25",
  "ttlMs": 60000,
  "tools": [
    {
      "name": "n",
      "inputSchema": {
        "maximum": 9007199254740993,
        "minimum": -1.50e400,
        "x": 1.0
      }
    }
  ]
}
"#;
    assert_eq!(text, expected);
}

fn the_owners_word_is_the_owners() {
    let fetch = from_server("owners-word", 50);
    fetch.wrote(
        &["new", "old"],
        &["the server's `x-policyc` for `old` is left out", "the server's `x-policyc` for `new` is left out"],
    );
    // What stood in the file before counts, and nothing else.
    assert!(fetch.file.contains("\"class\": \"read\"") && !fetch.file.contains("financial"), "{}", fetch.file);
    let gone = from_server("normal", 50);
    gone.wrote(&["a", "b"], &["`x-policyc` of `old` is gone with the tool"]);
}

fn credentials_are_never_shown() {
    let (key, token) = ("k3y-of-the-environment", "t0ken-of-the-line");
    let arguments = |mode: &str| {
        [vec!["--".to_owned()], served(mode, &marker()), vec!["--token".to_owned(), token.to_owned()]].concat()
    };
    let run = |mode: &str| fetch(50, &arguments(mode), |command| _ = command.env("THE_API_KEY", key));
    let is_hidden = |fetch: &Fetch| {
        for text in [&fetch.output, &fetch.error, &fetch.file] {
            for secret in [key, token] {
                // Not a part of it, either.
                assert!(
                    !text.contains(&secret[..6]) && !text.contains(&secret[secret.len() - 6..]),
                    "{secret} is in: {text}"
                );
            }
        }
    };
    let fetch = run("tells");
    is_hidden(&fetch);
    fetch.wrote(&["a"], &["a credential is replaced by `***` in the server's text `signed in as ***, ***`"]);
    assert!(fetch.file.contains("signed in as ***, ***"), "{}", fetch.file);
    let fetch = run("tells-and-dies");
    is_hidden(&fetch);
    fetch.refused(&["it refused `tools/list`: zzz", "stderr: yyy"]);
}

fn nothing_is_left_running() {
    let first = from_server("children", 50);
    first.wrote(&["a", "b"], &[]);
    // It ignores SIGTERM, and that its standard input is closed.
    #[cfg(unix)]
    {
        let marker = marker();
        let line = served("never", &marker).join("' '");
        let script = format!("trap '' TERM; exec '{line}'");
        let arguments = ["--", "sh", "-c", &script].map(str::to_owned);
        fetch(2, &arguments, |_| {}).refused(&["within 2 s"]);
        assert_eq!(left(&marker), Vec::<String>::new());
    }
}

fn signals_end_it_cleanly() {
    #[cfg(unix)]
    for signal in ["INT", "TERM"] {
        let (folder, marker) = (tempfile::tempdir().unwrap(), marker());
        let mut run = command(folder.path());
        run.args(["catalogue", "fetch", "-o", "out.json", "--"]).args(served("never", &marker));
        let child = run.spawn().unwrap();
        let began = std::time::Instant::now();
        // The program itself and its server.
        while left(&marker).len() < 2 {
            assert!(began.elapsed() < Duration::from_secs(30), "the server was not started");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(300));
        let kill = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains("interrupted"), "{signal}: {error}");
        assert_eq!(left(&marker), Vec::<String>::new());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

fn standard_output() {
    let folder = tempfile::tempdir().unwrap();
    for line in [&["catalogue", "fetch", "--"][..], &["catalogue", "fetch", "-o", "-", "--"]] {
        let output = command(folder.path()).args(line).args(served("normal", &marker())).output().unwrap();
        let (text, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success() && error.is_empty(), "{error}");
        assert!(text.starts_with("{\n  \"server\"") && text.ends_with("\n}\n"), "{text}");
    }
    // A second time nothing changes, and nothing is written.
    let path = folder.path().join("a.json");
    let again = || {
        let run = command(folder.path())
            .args(["catalogue", "fetch", "-o", "a.json", "--"])
            .args(served("normal", &marker()))
            .output();
        (String::from_utf8(run.unwrap().stderr).unwrap(), std::fs::read(&path).unwrap())
    };
    let (first, second) = (again(), again());
    assert!(first.0.contains("written to a.json") && second.0.contains("unchanged in a.json"), "{first:?} {second:?}");
    assert_eq!(first.1, second.1);
}

fn what_is_no_catalogue_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.pol"), "deny *;").unwrap();
    let marker = marker();
    for (output, message) in [
        ("p.pol", "`p.pol` is there and is no catalogue"),
        (".", "it is a folder"),
        ("no/a.json", "there is no folder"),
    ] {
        let run = command(folder.path())
            .args(["catalogue", "fetch", "-o", output, "--"])
            .args(served("normal", &marker))
            .output()
            .unwrap();
        let error = String::from_utf8(run.stderr).unwrap();
        assert!(run.status.code() == Some(2) && error.contains(message), "{error}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("p.pol")).unwrap(), "deny *;");
}

/// With the source, and without what is secret in it; under the name that the lock has for the file, if it has one.
fn the_lock_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let run = |output: &str, mode: &str| {
        let marker = marker();
        let mut command = command(folder.path());
        command.args(["catalogue", "fetch", "-o", output, "--lock", "policyc.lock", "--"]).args(served(mode, &marker));
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap(), marker)
    };
    let lock = || std::fs::read_to_string(folder.path().join("policyc.lock")).unwrap_or_default();
    let (code, output, error, marker) = run("shop.json", "normal");
    assert_eq!(
        (code, output.as_str()),
        (Some(0), "shop (shop.json): new, 2 tools\n`policyc.lock` is written\n"),
        "{error}"
    );
    assert!(lock().contains("[servers.shop]"), "{}", lock());
    assert!(
        lock().contains("from = \"fetch") && !lock().contains(&marker) && !lock().contains("--serve"),
        "{}",
        lock()
    );

    std::fs::write(folder.path().join("policyc.lock"), lock().replace("servers.shop", "servers.store")).unwrap();
    let (code, output, ..) = run("shop.json", "empty-cursor");
    assert_eq!((code, lock().contains("servers.shop")), (Some(0), false), "{output}\n{}", lock());

    // What cannot be fetched leaves the lock alone, and a damaged lock is reported.
    let before = lock();
    assert_eq!((run("shop.json", "malformed").0, lock()), (Some(2), before));
    std::fs::write(folder.path().join("policyc.lock"), "<<<<<<<").unwrap();
    let (code, _, error, _) = run("shop.json", "normal");
    assert!(code == Some(1) && error.contains("P404"), "{error}");
    assert_eq!(lock(), "<<<<<<<");
}
