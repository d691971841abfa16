//! `policyc watch`: what starts a run, and what it says.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{BIN, Exit, in_process};

/// How long a run may take to come, on a machine that has much else to do.
const DEADLINE: Duration = Duration::from_secs(120);
const GOOD: &str = "server shop from \"shop.json\";\ndeny *;\nallow get_order;\n";

/// A program that watches, in a folder of its own.
struct Watching {
    folder: tempfile::TempDir,
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends each line of a stream.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

impl Watching {
    /// Starts in a folder with `a.pol` and the catalogue of the shop, and waits for the first run.
    fn start(arguments: &[&str]) -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(crate::support::root().join("docs/catalogues/shop.json"), folder.path().join("shop.json"))
            .unwrap();
        std::fs::write(folder.path().join("a.pol"), GOOD).unwrap();
        let mut child = Command::new(BIN)
            .arg("watch")
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = lines(child.stdout.take().unwrap());
        let mut watching = Self { folder, child, lines };
        let first = watching.run();
        (watching, first)
    }

    /// What the next run prints, with `TIME` for times.
    fn run(&mut self) -> String {
        let end = Instant::now() + DEADLINE;
        let mut text = String::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line =
                self.lines.recv_timeout(left).unwrap_or_else(|error| panic!("no run has ended ({error}): {text}"));
            let is_time = |part: &str| part.len() == 20 && part.ends_with('Z') && part.starts_with("20");
            let line = match line.split_once(": ") {
                Some((time, rest)) if is_time(time) => format!("TIME: {rest}"),
                _ => line,
            };
            text.push_str(&line);
            text.push('\n');
            if line.ends_with("; waiting for changes") || line.starts_with('{') {
                return text;
            }
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs until one says this: between two steps of a change a run may come that sees only the first.
    #[track_caller]
    fn until(&mut self, wanted: &[&str]) -> String {
        let end = Instant::now() + DEADLINE;
        loop {
            let text = self.run();
            if wanted.iter().all(|wanted| text.contains(wanted)) {
                return text;
            }
            assert!(Instant::now() < end, "no run says {wanted:?}, the last: {text}");
        }
    }
}

/// All that starts a run, by either way of noticing it.
fn follows_everything(options: &[&str]) {
    let (mut watching, first) = Watching::start(&[options, &["."]].concat());
    assert_eq!(first, "TIME: first run\na.pol: no problems\nTIME: 1 file: no errors; waiting for changes\n");
    watching.write("a.pol", "deny *;\nalow x;\n");
    watching.until(&[
        "TIME: changed a.pol\n",
        "[P101 unexpected-token]",
        "a.pol: 1 error\n",
        "1 file: errors; waiting",
    ]);
    // As editors save: another file takes the name.
    watching.write("a.pol~", &format!("import \"more/b.pol\";\n{GOOD}"));
    std::fs::rename(watching.path("a.pol~"), watching.path("a.pol")).unwrap();
    watching.until(&["changed a.pol", "cannot read the import `more/b.pol`"]);
    std::fs::create_dir(watching.path("more")).unwrap();
    watching.write("more/b.pol", "limit get_order 3/min;\n");
    watching.until(&["new more/b.pol", "2 files: no errors"]);
    watching.write("more/b.pol", "limit get_ordr 3/min;\n");
    watching.until(&["changed more/b.pol", "did you mean `get_order`?"]);
    let catalogue = std::fs::read_to_string(watching.path("shop.json")).unwrap();
    watching.write("shop.json", &catalogue.replace("\"get_order\"", "\"get_ordr\""));
    watching.until(&["changed shop.json", "did you mean `get_ordr`?"]);
    std::fs::remove_file(watching.path("shop.json")).unwrap();
    watching.until(&["gone shop.json", "cannot read the catalogue `shop.json`: there is no such file"]);
    watching.write("shop.json", &catalogue);
    watching.write("more/b.pol", "limit get_order 3/min;\n");
    watching.until(&["shop.json", "no errors"]);
    // A mistake in the settings is a finding like others.
    watching.write("policyc.toml", "[lint\n");
    watching.until(&["new policyc.toml", "2 files: could not check everything"]);
    watching.write("policyc.toml", "[classes.shop]\nget_order = \"read\"\n");
    watching.until(&["changed policyc.toml", "no errors"]);
    std::fs::remove_file(watching.path("policyc.toml")).unwrap();
    watching.until(&["gone policyc.toml", "no errors"]);
    std::fs::remove_file(watching.path("a.pol")).unwrap();
    watching.until(&["gone a.pol", "1 file: no errors"]);
    watching.write("a.pol", GOOD);
    watching.until(&["new a.pol", "2 files: no errors"]);
    // A folder and what is in it, gone and made again.
    std::fs::remove_dir_all(watching.path("more")).unwrap();
    watching.until(&["gone more/b.pol", "1 file: no errors"]);
    std::fs::create_dir_all(watching.path("more/deep")).unwrap();
    watching.write("more/deep/c.pol", "deny *;\n");
    watching.until(&["new more/deep/c.pol", "2 files: no errors"]);
}

#[test]
fn a_run_follows_each_change() {
    follows_everything(&[]);
}

#[test]
fn a_run_follows_each_change_that_is_looked_for() {
    follows_everything(&["--poll", "1"]);
}

/// A file that is named, in a folder that comes only later, and a link.
#[test]
fn a_named_file_may_be_missing_at_first() {
    let (mut watching, first) = Watching::start(&["a.pol", "later/d.pol"]);
    assert!(first.contains("2 files: could not check everything"), "{first}");
    std::fs::create_dir(watching.path("later")).unwrap();
    watching.write("later/d.pol", "deny *;\n");
    watching.until(&["new later/d.pol", "2 files: no errors"]);
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_followed() {
    let (mut watching, _) = Watching::start(&["."]);
    std::fs::create_dir(watching.path("real")).unwrap();
    watching.write("real/policy", "deny *;\n");
    std::os::unix::fs::symlink("real/policy", watching.path("link.pol")).unwrap();
    watching.until(&["new link.pol", "2 files: no errors"]);
    watching.write("real/policy", "alow x;\n");
    watching.until(&["changed link.pol", "2 files: errors"]);
}

#[test]
fn lints_and_tests() {
    let (mut watching, first) = Watching::start(&["--lint", "--test", "--format", "short"]);
    assert!(
        first.ends_with("0 passed, 0 failed\nTIME: 1 file: no errors, tests pass; waiting for changes\n"),
        "{first}"
    );
    watching.write("a.pol", &format!("{GOOD}deny get_order when args.order_id == 7;\nlet unused = 1;\n"));
    watching.until(&["unused-let", "tests pass"]);
    std::fs::create_dir(watching.path("tests")).unwrap();
    watching.write("tests/t.pol", "import \"../a.pol\";\ntest \"t\" { call get_order {\"order_id\": 1} -> deny; }\n");
    watching.until(&["new tests/t.pol", "1 failed", "tests fail"]);
    watching.write("tests/t.pol", "import \"../a.pol\";\ntest \"t\" { call get_order {\"order_id\": 1} -> allow; }\n");
    watching.until(&["1 passed, 0 failed", "no errors, tests pass"]);
    watching.write("a.pol", "alow x;");
    watching.until(&["errors, no tests run"]);
}

#[test]
fn json_is_a_line_for_each_run() {
    let (mut watching, first) = Watching::start(&["--format", "json", "--test", "a.pol"]);
    let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let first = read(&first);
    assert_eq!(first["run"], 1);
    assert_eq!(first["changes"], Value::Array(Vec::new()));
    assert_eq!(first["diagnostics"], Value::Array(Vec::new()));
    assert_eq!((first["state"].as_str(), first["tests"]["version"].as_u64()), (Some("no errors, tests pass"), Some(1)));
    watching.write("a.pol", "alow x;");
    let second = read(&watching.until(&["P101"]));
    assert_eq!(second["changes"][0]["file"], "a.pol");
    assert_eq!(second["changes"][0]["what"], "changed");
    assert_eq!((second["state"].as_str(), &second["tests"]), (Some("errors, no tests run"), &Value::Null));
    watching.write("policyc.toml", "x");
    let third = read(&watching.until(&["policyc.toml"]));
    assert!(third["messages"][0].as_str().unwrap().contains("policyc.toml` has 1 error"), "{third}");
}

/// Nothing that a run reads or writes starts the next.
#[test]
fn a_run_does_not_start_the_next() {
    let (mut watching, _) = Watching::start(&["--lint", "--test"]);
    // Neither does what no run reads.
    watching.write("notes.txt", "x");
    std::fs::create_dir(watching.path(".git")).unwrap();
    watching.write(".git/x.pol", "alow x;");
    watching.write("other.json", "{}");
    watching.write("a.pol", "deny *;");
    let next = watching.run();
    assert!(next.starts_with("TIME: changed a.pol\n"), "{next}");
    assert!(watching.lines.try_recv().is_err());
}

#[test]
fn what_cannot_be_watched_is_refused() {
    for (arguments, said) in [
        (&["watch", "-"][..], "standard input cannot be watched; name a file or a folder"),
        (&["watch", "--target", "none"], "invalid value 'none' for '--target <TARGET>'"),
        (&["watch", "--poll", "0"], "0 is not in 1..=3600"),
        (&["watch", "--lint", "--assertions", "a.pol"], "cannot be used with"),
    ] {
        let (exit, output, error) = in_process(arguments, b"");
        assert_eq!((exit, output.as_str()), (Exit::Failure, ""), "{arguments:?}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

/// Where nobody reads what it prints, it ends, and not only when something changes.
#[test]
fn it_ends_without_a_reader() {
    let (mut watching, _) = Watching::start(&["."]);
    drop(std::mem::replace(&mut watching.lines, channel().1));
    // The thread that reads stops at the next line, and then the pipe is closed.
    watching.write("a.pol", "deny *;");
    assert_eq!(watching.child.wait().unwrap().code(), Some(0));
}

/// Ctrl-C ends it as it ends programs that know nothing of it: shells then give 130.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_it() {
    use std::os::unix::process::ExitStatusExt;
    let (mut watching, _) = Watching::start(&["."]);
    let id = watching.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(watching.child.wait().unwrap().signal(), Some(2));
    assert!(Path::new(&watching.path("a.pol")).exists());
}

/// A file whose name draws lines of its own.
#[cfg(unix)]
#[test]
fn names_of_files_are_shown() {
    let (mut watching, _) = Watching::start(&["."]);
    watching.write("x\nFORGED\u{1b}[2J.pol", "deny *;");
    let text = watching.until(&["new ", "2 files"]);
    assert!(text.contains("new x\\u{a}FORGED\\u{1b}[2J.pol\n") && !text.contains("\nFORGED"), "{text}");
}
