//! Runs the program in a folder of its own.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const BIN: &str = env!("CARGO_BIN_EXE_policyc");
/// What the file holds before each fetch.
const BEFORE: &str = "{\"tools\": [{\"name\": \"old\", \"x-policyc\": {\"class\": \"read\"}}]}";
/// How long a fetch may take beyond its time-out: to end a program that ignores SIGTERM, on a machine with other work.
const BEYOND: Duration = Duration::from_secs(12);

/// How a fetch ended.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) error: String,
    /// The file afterwards.
    pub(crate) file: String,
}

/// The program in a folder, without variables that would be taken for credentials.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(BIN);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name);
    }
    command
}

/// A word that marks the processes of one test.
pub(crate) fn marker() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // No marker is the beginning of another.
    format!("marker-{}-{}-", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The words that start this program as a server.
pub(crate) fn served(mode: &str, marker: &str) -> Vec<String> {
    let own = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
    [own.as_str(), "--serve", mode, marker].map(str::to_owned).to_vec()
}

/// Fetches into a file that is there already.
pub(crate) fn fetch(seconds: u64, arguments: &[String], prepare: impl Fn(&mut Command)) -> Fetch {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.json");
    std::fs::write(&path, BEFORE).unwrap();
    let mut command = command(folder.path());
    command.args(["catalogue", "fetch", "-o", "out.json", "--timeout", &seconds.to_string()]).args(arguments);
    prepare(&mut command);
    let began = Instant::now();
    let Output { status, stdout, stderr } = command.output().unwrap();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(seconds) + BEYOND, "it took {took:?}");
    // Nothing but the catalogue is left in the folder.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Fetch {
        code: status.code(),
        output: text(stdout),
        error: text(stderr),
        file: std::fs::read_to_string(path).unwrap(),
    }
}

/// Fetches from a server of this program, and checks that nothing of it is left.
pub(crate) fn from_server(mode: &str, seconds: u64) -> Fetch {
    let marker = marker();
    let arguments = [vec!["--".to_owned()], served(mode, &marker)].concat();
    let fetch = fetch(seconds, &arguments, |_| {});
    assert_eq!(left(&marker), Vec::<String>::new(), "{mode} is still running");
    fetch
}

impl Fetch {
    /// It failed, said this, and left the file alone.
    pub(crate) fn refused(&self, messages: &[&str]) {
        assert_eq!((self.code, self.file.as_str(), self.output.as_str()), (Some(2), BEFORE, ""), "{}", self.error);
        assert!(self.error.len() < 16_000 && self.error.starts_with("policyc: cannot fetch `"), "{}", self.error);
        for message in messages {
            assert!(self.error.contains(message), "{message:?} is not in: {}", self.error);
        }
    }

    /// It wrote a catalogue with these tools, and said this.
    pub(crate) fn wrote(&self, tools: &[&str], messages: &[&str]) {
        assert_eq!((self.code, self.output.as_str()), (Some(0), ""), "{}", self.error);
        let catalogue: serde_json::Value = serde_json::from_str(&self.file).unwrap();
        let names: Vec<&str> =
            catalogue["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names, tools, "{}", self.error);
        for message in messages {
            assert!(self.error.contains(message), "{message:?} is not in: {}", self.error);
        }
    }
}

/// The processes that have a word among their arguments, where the system shows them.
pub(crate) fn left(marker: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let line = |entry: std::io::Result<std::fs::DirEntry>| {
        let line = std::fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains(marker).then_some(line)
    };
    entries.filter_map(line).collect()
}
