//! Programs that the proxy starts: the server, and the operator's command that approves calls.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use policyc_core::diagnostics::quote;
use policyc_process::{Ending, Group};

/// How long a program may take to end once it has been asked to.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// A server that was started, in a group of its own. Its standard error is that of this process.
#[derive(Debug)]
pub struct Program {
    child: Child,
    group: Group,
}

impl Program {
    /// Starts a program.
    ///
    /// # Errors
    /// A clause for people.
    pub fn start(program: &str, arguments: &[String]) -> Result<Self, String> {
        let started = spawn(program, arguments, Stdio::piped());
        // Windows starts scripts only by their whole names: `npx` is `npx.cmd`.
        #[cfg(windows)]
        let started = match started {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                spawn(&format!("{program}.cmd"), arguments, Stdio::piped())
            }
            other => other,
        };
        let child = started.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                format!(
                    "cannot start {}: there is no such program; is it installed, and on the `PATH`?",
                    quote(program)
                )
            }
            _ => format!("cannot start {}: {error}", quote(program)),
        })?;
        let group = Group::of(child.id());
        Ok(Self { child, group })
    }

    pub(super) fn streams(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        Some((self.child.stdin.take()?, self.child.stdout.take()?))
    }

    /// Ends the program and all that it started: it has been told that nothing more comes, it is asked to, it is made to. Gives how it
    /// ended, for the end of a sentence.
    pub(super) fn end(&mut self) -> String {
        let status = end(&mut self.child, self.group, GRACE);
        status.map_or_else(String::new, |status| match status.code() {
            Some(code) => format!(" (exit status {code})"),
            None => format!(" ({status})"),
        })
    }
}

fn spawn(program: &str, arguments: &[String], output: Stdio) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(output).stderr(Stdio::inherit());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

/// Waits for the end of a program.
fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Err(_) => return None,
            Ok(None) if Instant::now() >= until => return None,
            Ok(None) => std::thread::sleep(PAUSE),
        }
    }
}

fn end(child: &mut Child, group: Group, patience: Duration) -> Option<ExitStatus> {
    let mut status = wait(child, patience);
    for how in [Ending::Asked, Ending::Forced] {
        if status.is_none() {
            if cfg!(unix) {
                group.end(how)
            } else {
                drop(child.kill())
            }
            status = wait(child, GRACE);
        }
    }
    // What it started may live on.
    if group.is_left() {
        group.end(Ending::Asked);
        let until = Instant::now() + GRACE / 2;
        while group.is_left() && Instant::now() < until {
            std::thread::sleep(PAUSE);
        }
        group.end(Ending::Forced);
    }
    status
}

/// A program that is asked whether a call is approved: the call is its standard input, and the exit status 0 is a yes.
pub(super) struct Asked {
    child: Child,
    pub(super) group: Group,
}

impl Asked {
    pub(super) fn start(command: &Path, call: &str) -> Result<Self, String> {
        let mut child = spawn(&command.to_string_lossy(), &[], Stdio::null())
            .map_err(|error| format!("cannot start {}: {error}", quote(&command.to_string_lossy())))?;
        if let Some(mut stdin) = child.stdin.take() {
            let call = format!("{call}\n");
            // It may decide without reading, and what it does not read must not hold up its end.
            std::thread::spawn(move || stdin.write_all(call.as_bytes()));
        }
        let group = Group::of(child.id());
        Ok(Self { child, group })
    }

    /// Waits for the answer. A program that takes too long is ended.
    pub(super) fn answer(mut self, patience: Duration) -> Result<bool, String> {
        let status = wait(&mut self.child, patience);
        if status.is_none() {
            end(&mut self.child, self.group, Duration::ZERO);
        }
        status.map(|status| status.success()).ok_or_else(|| "it took too long".to_owned())
    }
}
