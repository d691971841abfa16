//! The program `policyc`: the command line of the library `policyc_core`, and the language server.
//!
//! The library touches neither the environment nor the terminal; this crate does. A command
//! gives an [`Exit`]; what it prints goes through [`Streams`], so that tests can run commands in process.

mod args;
mod can;
mod catalogue;
mod check;
mod compile;
mod config;
mod dead_everywhere;
mod describe;
mod diff;
mod eval;
mod explain;
#[cfg(feature = "fetch")]
mod fetch;
mod files;
mod format;
mod guard;
#[cfg(feature = "enforce")]
mod hook;
pub mod human;
mod init;
mod input;
mod limits;
mod lint;
#[cfg(feature = "enforce")]
mod live;
mod lsp;
mod man;
mod many;
mod parts;
mod policy;
mod printing;
#[cfg(feature = "enforce")]
mod proxy;
mod reads;
mod replay;
mod select;
#[cfg(feature = "http")]
mod serve;
mod targets;
mod test;
mod watch;
mod write;

use std::ffi::OsString;
use std::io::{IsTerminal, Read, Write};

use clap::{CommandFactory, Parser};

use args::{Arguments, Command};
use guard::{Gone, Guard, Passes};
use printing::{READER_GONE, print, written};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// All is well.
    Fine = 0,
    /// The policy has errors, a test failed, a diff widened, or `fmt --check` found work.
    Findings = 1,
    /// The command line, a file or the network failed.
    Failure = 2,
}

/// Standard input, output and error, and whether output goes to a terminal.
pub struct Streams<'a> {
    /// Standard input.
    pub input: &'a mut dyn Read,
    /// Standard output.
    pub output: &'a mut dyn Write,
    /// Standard error.
    pub error: &'a mut dyn Write,
    /// Whether standard output may be coloured.
    pub colour_output: bool,
    /// Whether standard error may be coloured.
    pub colour_error: bool,
    /// Whether a progress bar may be drawn on the standard error of the process.
    pub progress: bool,
    /// The width of the terminal, or of what is printed elsewhere.
    pub width: usize,
}

/// Why a command could not do its work: a message for people. The command ends with [`Exit::Failure`].
type CommandResult = Result<Exit, String>;

/// Runs the program with the streams of the process.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let (mut input, mut output, mut error) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let plain = dumb || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let mut streams = Streams {
        colour_output: !plain && output.is_terminal(),
        colour_error: !plain && error.is_terminal(),
        progress: !dumb && error.is_terminal(),
        width: columns.filter(|_| error.is_terminal()).unwrap_or(100),
        input: &mut input,
        output: &mut output,
        error: &mut error,
    };
    let line: Vec<OsString> = std::env::args_os().collect();
    #[cfg(feature = "enforce")]
    if hook::is_hook(&line) {
        hook::quiet_panics();
    }
    let exit = run(line, &mut streams);
    std::process::ExitCode::from(exit as u8)
}

/// Runs one command line, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> Exit {
    let line: Vec<OsString> = arguments.into_iter().collect();
    let parsed = Arguments::try_parse_from(&line);
    #[cfg(feature = "enforce")]
    if let (Err(error), true) = (&parsed, hook::is_hook(&line))
        && error.use_stderr()
    {
        // A client takes every other end of its hook for a yes.
        return hook::refuse(&line, &error.to_string(), streams);
    }
    let passes = match parsed.as_ref().map(|parsed| &parsed.command) {
        // Documents, policies, scripts and answers are for other programs.
        #[cfg(feature = "enforce")]
        Ok(Command::Hook(arguments)) if arguments.client.is_some() => Passes::Exactly,
        Ok(Command::Compile(_) | Command::Fmt(_) | Command::Init(_) | Command::Completions { .. }) => Passes::Exactly,
        _ => Passes::Text { colours: streams.colour_output },
    };
    let gone = match parsed.as_ref().map(|parsed| &parsed.command) {
        Ok(Command::Eval(_) | Command::Replay(_) | Command::Watch(_)) => Gone::Stops,
        _ => Gone::Ignored,
    };
    let mut output = Guard::new(&mut *streams.output, passes, gone);
    let mut error = Guard::new(&mut *streams.error, Passes::Text { colours: streams.colour_error }, Gone::Ignored);
    let mut guarded = Streams { input: &mut *streams.input, output: &mut output, error: &mut error, ..*streams };
    let exit = command(parsed, &mut guarded);
    // Nothing is left to do if this fails.
    let _ = guarded.error.flush();
    exit
}

fn command(parsed: Result<Arguments, clap::Error>, streams: &mut Streams<'_>) -> Exit {
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Failure } else { Exit::Fine };
            let (stream, colour): (&mut dyn Write, bool) = match exit {
                Exit::Fine => (streams.output, streams.colour_output),
                _ => (streams.error, streams.colour_error),
            };
            let text = error.render();
            let written = if colour { write!(stream, "{}", text.ansi()) } else { write!(stream, "{text}") };
            return if written.and_then(|()| stream.flush()).is_ok() { exit } else { Exit::Failure };
        }
    };
    let result = match parsed.command {
        Command::Compile(arguments) => compile::run(&arguments, streams),
        Command::Check(arguments) => check::run(&arguments, streams),
        Command::Lint(arguments) => lint::run(&arguments, streams),
        Command::Watch(arguments) => watch::run(&arguments, streams),
        Command::Fmt(arguments) => format::run(&arguments, streams),
        Command::Eval(arguments) => eval::run(&arguments, streams),
        #[cfg(feature = "enforce")]
        Command::Hook(arguments) => hook::run(&arguments, streams),
        #[cfg(feature = "enforce")]
        Command::Proxy(arguments) => proxy::run(&arguments),
        #[cfg(feature = "http")]
        Command::Serve(arguments) => serve::run(arguments),
        Command::Replay(arguments) => replay::run(&arguments, streams),
        Command::Describe(arguments) => describe::run(&arguments, streams),
        Command::Diff(arguments) => diff::run(&arguments, streams),
        Command::Limits(arguments) => limits::run(&arguments, streams),
        Command::Can(arguments) => can::run(&arguments, streams),
        Command::Test(arguments) => test::run(&arguments, streams),
        Command::Targets(arguments) => targets::run(&arguments, streams),
        Command::Init(arguments) => init::run(&arguments, streams),
        Command::Explain(arguments) => explain::run(&arguments, streams),
        Command::Catalogue(arguments) => catalogue::run(&arguments, streams),
        // There is no other way to speak with it.
        Command::Lsp { stdio: _ } => lsp::run(),
        Command::Man(arguments) => man::run(&arguments, Arguments::command()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "policyc", &mut script);
            written(streams.output.write_all(&script)).map(|()| Exit::Fine)
        }
    };
    let flushed = streams.output.flush();
    match (result, flushed) {
        (Ok(exit), Ok(())) => exit,
        // Whoever reads the output has gone, and has seen what they wanted.
        (_, Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Fine,
        (Err(message), _) if message == READER_GONE => Exit::Fine,
        (Err(message), _) => {
            // Nothing is left to do if this fails too.
            let _ = writeln!(streams.error, "policyc: {message}");
            Exit::Failure
        }
        (_, Err(error)) => {
            let _ = writeln!(streams.error, "policyc: cannot write the output: {error}");
            Exit::Failure
        }
    }
}

/// Keeps a value until the process ends. Giving back the memory of a large policy piece by piece costs more
/// than a tenth of a run, and the system takes it all at once.
fn keep<T>(value: T) {
    std::mem::forget(value);
}
