//! A program that speaks over its standard input and output.

use std::process::{ExitStatus, Stdio as Pipe};
use std::time::Duration;

use policyc_core::json::{Json, Kind};
use policyc_process::{Ending, Group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{sleep, timeout};

use crate::Failure;
use crate::failure::quoted;
use crate::secrets::Secrets;
use crate::server::Command;
use crate::wire::{MOST_MESSAGE, Outgoing, Wire};

/// Bytes of standard error that are kept, the last ones.
const KEPT: usize = 8 << 10;
/// Lines that a failure shows of them.
const SHOWN: usize = 20;
/// How long a program may take to end once its standard input is closed, and after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// The same after a failure, when nothing is expected of it any more.
const LITTLE_GRACE: Duration = Duration::from_millis(300);

/// A started program.
pub(crate) struct Stdio {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    outgoing: UnboundedReceiver<Outgoing>,
    notes: Notes,
}

/// What a program wrote beside messages.
#[derive(Default)]
struct Notes {
    /// The end of standard error.
    errors: Vec<u8>,
    /// All bytes of standard error.
    count: usize,
    /// Lines of standard output that are no messages.
    noise: usize,
    first_noise: String,
}

impl Stdio {
    /// Starts a program in a process group of its own, so that what it starts ends with it.
    pub(crate) fn start(command: &Command, outgoing: UnboundedReceiver<Outgoing>) -> Result<Self, Failure> {
        let started = spawn(command, &command.program);
        // Windows starts scripts only by their whole names: `npx` is `npx.cmd`.
        #[cfg(windows)]
        let started = match started {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                spawn(command, &format!("{}.cmd", command.program))
            }
            other => other,
        };
        let mut child = started.map_err(|error| {
            let secrets = Secrets::of_environment();
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    "there is no such program; is it installed, and on the `PATH`?".to_owned()
                }
                _ => policyc_core::disk::Unreadable::from(error).to_string(),
            };
            Failure::new(format!("cannot start `{}`: {why}", quoted(&command.program, &secrets)))
        })?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        Ok(Self { child, stdin, stdout, stderr, outgoing, notes: Notes::default() })
    }

    /// Carries messages until the program ends or breaks the rules.
    pub(crate) async fn run(&mut self, wire: &Wire) -> Failure {
        let (Some(stdin), Some(stdout), Some(stderr)) = (&mut self.stdin, &mut self.stdout, &mut self.stderr) else {
            return Failure::new("its standard streams are not open");
        };
        let Notes { errors, count, noise, first_noise } = &mut self.notes;
        let outgoing = &mut self.outgoing;
        let write = async {
            while let Some(message) = outgoing.recv().await {
                let line = format!("{}\n", message.text);
                if stdin.write_all(line.as_bytes()).await.is_err() || stdin.flush().await.is_err() {
                    break;
                }
            }
            // Its exit shows that it has stopped reading, or by its silence.
            std::future::pending().await
        };
        let is_read = Notify::new();
        let mut log = std::pin::pin!(async {
            keep_errors(stderr, errors, count).await;
            is_read.notify_one();
            std::future::pending::<()>().await;
        });
        let ended = tokio::select! {
            failure = read(stdout, wire, noise, first_noise) => failure,
            never = write => never,
            () = &mut log => None,
        };
        if let Some(failure) = ended {
            return failure;
        }
        // It ended: its last words and its status say why.
        let rest = async {
            tokio::select! {
                () = is_read.notified() => {}
                () = log => {}
            }
        };
        let (_, status) = tokio::join!(timeout(LITTLE_GRACE, rest), timeout(LITTLE_GRACE, self.child.wait()));
        let how = match status {
            Ok(Ok(status)) => format!(" ({})", described(status)),
            _ => String::new(),
        };
        let waits = wire.waits_for().map_or_else(String::new, |method| format!(" before it answered `{method}`"));
        Failure::new(format!("it ended{waits}{how}"))
    }

    /// Ends the program and all that it started. Gives what it wrote beside messages.
    pub(crate) async fn close(mut self, is_polite: bool, secrets: &Secrets) -> Vec<String> {
        let grace = if is_polite { GRACE } else { LITTLE_GRACE };
        drop(self.stdin.take());
        let stderr = self.stderr.take();
        let Notes { errors, count, .. } = &mut self.notes;
        let rest = async {
            if let Some(mut stderr) = stderr {
                keep_errors(&mut stderr, errors, count).await;
            }
            std::future::pending::<()>().await;
        };
        // A program that cannot write its log does not end, so the log is read to its end.
        tokio::select! {
            () = end(&mut self.child, grace) => {}
            () = rest => {}
        }
        self.notes.lines(secrets)
    }
}

fn spawn(command: &Command, program: &str) -> std::io::Result<Child> {
    let mut started = tokio::process::Command::new(program);
    started.args(&command.arguments).envs(command.environment.iter().map(|(name, value)| (name, value)));
    if let Some(folder) = &command.folder {
        started.current_dir(folder);
    }
    #[cfg(unix)]
    started.process_group(0);
    started.stdin(Pipe::piped()).stdout(Pipe::piped()).stderr(Pipe::piped()).kill_on_drop(true).spawn()
}

/// Reads lines until the stream ends, or gives what is wrong with them.
async fn read(stream: &mut ChildStdout, wire: &Wire, noise: &mut usize, first_noise: &mut String) -> Option<Failure> {
    let mut line = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        let piece = buffer.get(..length).unwrap_or_default();
        let mut parts = piece.split(|byte| *byte == b'\n');
        if let Some(first) = parts.next() {
            line.extend_from_slice(first);
        }
        for next in parts {
            if let Err(failure) = take_line(&line, wire, noise, first_noise) {
                return Some(failure);
            }
            line.clear();
            line.extend_from_slice(next);
        }
        if line.len() > MOST_MESSAGE {
            return Some(Failure::new(format!("it wrote a line of more than {} MiB", MOST_MESSAGE >> 20)));
        }
        if length == 0 {
            // A line that was not finished may be a message or a part of one; that the program has ended says more.
            let _ = take_line(&line, wire, noise, first_noise);
            return None;
        }
    }
}

/// Hands on a message. Other lines are counted: programs greet, and clients skip that.
fn take_line(line: &[u8], wire: &Wire, noise: &mut usize, first_noise: &mut String) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(line.trim_ascii());
    if text.is_empty() {
        return Ok(());
    }
    let why = match Json::parse(&text) {
        Ok(json) if json.root().kind() == Kind::Object && json.root().get("jsonrpc").is_some() => {
            return wire.arrived(text.into_owned());
        }
        Ok(_) => None,
        Err(error) => Some(error.message),
    };
    if let Some(why) = why
        && text.starts_with('{')
        && text.contains("\"jsonrpc\"")
    {
        return Err(Failure::new(format!("it wrote a message that is not JSON: {why}: {}", wire.quoted(&text))));
    }
    *noise += 1;
    if first_noise.is_empty() {
        first_noise.push_str(&text);
    }
    Ok(())
}

/// Reads a stream to its end and keeps its last bytes.
async fn keep_errors(stream: &mut (impl AsyncRead + Unpin), kept: &mut Vec<u8>, count: &mut usize) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(length) = stream.read(&mut buffer).await {
        if length == 0 {
            return;
        }
        *count = count.saturating_add(length);
        kept.extend_from_slice(buffer.get(..length).unwrap_or_default());
        kept.drain(..kept.len().saturating_sub(KEPT));
    }
}

/// Ends a program: it is asked to, and made to after a while.
async fn end(child: &mut Child, grace: Duration) {
    let group = child.id().map(Group::of);
    let stop = |child: &mut Child, how| {
        match group {
            Some(group) if cfg!(unix) => group.end(how),
            // Whatever has ended needs no signal.
            _ => drop(child.start_kill()),
        }
    };
    if timeout(grace, child.wait()).await.is_err() {
        stop(child, Ending::Asked);
        if timeout(GRACE, child.wait()).await.is_err() {
            stop(child, Ending::Forced);
            // SIGKILL is not survived; what takes longer is the system.
            let _ = timeout(GRACE, child.wait()).await;
        }
    }
    // What it started may live on.
    let Some(group) = group.filter(|group| group.is_left()) else { return };
    group.end(Ending::Asked);
    for _ in 0..20 {
        if !group.is_left() {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    group.end(Ending::Forced);
}

fn described(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

impl Notes {
    fn lines(&self, secrets: &Secrets) -> Vec<String> {
        let mut lines = Vec::new();
        if self.noise > 0 {
            let first = quoted(&self.first_noise, secrets);
            let count = if self.noise == 1 { "1 line".to_owned() } else { format!("{} lines", self.noise) };
            lines.push(format!("standard output has {count} that are no messages, first: {first}"));
        }
        let text = String::from_utf8_lossy(&self.errors);
        let is_cut = self.count > self.errors.len();
        // A line whose beginning is missing could hold a part of a credential.
        let whole = if is_cut { text.split_once('\n').map_or("", |(_, rest)| rest) } else { &text };
        let all: Vec<&str> = whole.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = all.get(all.len().saturating_sub(SHOWN)..).unwrap_or_default();
        if self.count > 0 && (last.is_empty() || is_cut || last.len() < all.len()) {
            lines.push(format!("standard error has {} bytes, at the end:", self.count));
        }
        lines.extend(last.iter().map(|line| format!("stderr: {}", quoted(line, secrets))));
        lines
    }
}
