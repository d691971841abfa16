//! `policyc replay`

use std::io::{BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::args::{ReplayArgs, SummaryFormat};
use super::input::Input;
use super::{CommandResult, Exit, Streams, files, print};
use policyc_core::replay::{Comparison, Intake, Line, Lines, Replay};
use policyc_core::report::{self, About};

/// How long a replay runs before it shows how far it is.
const QUIET: Duration = Duration::from_millis(500);

/// How many lines are read between two looks at the clock.
const LINES_PER_LOOK: u64 = 256;

pub(super) fn run(arguments: &ReplayArgs, streams: &mut Streams<'_>) -> CommandResult {
    let inputs = [Some(&arguments.file), Some(&arguments.log), arguments.against.as_ref()];
    if inputs.into_iter().flatten().filter(|path| files::is_stdin(path)).count() > 1 {
        return Err("only one of the policies and the log can come from standard input".to_owned());
    }
    let input = Input::read(&arguments.file, &arguments.source, streams)?;
    let other = match &arguments.against {
        Some(path) => Some(Input::read(path, &arguments.source, streams)?),
        None => None,
    };
    let wanted = arguments.source.policy.as_deref();
    let Some((about, from)) = input.one(wanted, streams)? else { return Ok(Exit::Findings) };
    let Some(other) = &other else {
        let mut replay = Replay::new(from.get());
        read(&arguments.log, streams, &mut |line| replay.line(line))?;
        let text = match arguments.format {
            SummaryFormat::Human => report::replay::text(&replay),
            SummaryFormat::Json => report::document(&report::replay::json(&replay, about)),
        };
        print(streams.output, &text)?;
        return close(&replay.intake, replay.limited, arguments, streams);
    };
    // `--policy` chooses among several; the other file may have just one, of whatever name.
    let Some((new, to)) = other.one(wanted.filter(|_| !other.is_single()), streams)? else {
        return Ok(Exit::Findings);
    };
    for (about, another) in [(about, &to), (new, &from)] {
        if let (About::Document(name), true) = (about, another.get().servers().len() > 1) {
            return Err(format!(
                "`{name}` is for one server, and the policy has several; replay the calls of one server with a policy for it"
            ));
        }
    }
    let mut comparison = Comparison::new(from.get(), to.get());
    read(&arguments.log, streams, &mut |line| comparison.line(line))?;
    let text = match arguments.format {
        SummaryFormat::Human => {
            let against = arguments.against.as_deref().map(files::shown).unwrap_or_default();
            report::replay::changes(&comparison, &files::shown(&arguments.file), &against)
        }
        SummaryFormat::Json => report::document(&report::replay::changes_json(&comparison, about.name(), new.name())),
    };
    print(streams.output, &text)?;
    close(&comparison.intake, comparison.limited, arguments, streams)
}

/// Gives each line of the log to `take`.
fn read(path: &Path, streams: &mut Streams<'_>, take: &mut dyn FnMut(&Line<'_>)) -> Result<(), String> {
    let progress = streams.progress;
    if files::is_stdin(path) {
        return lines(&mut *streams.input, None, path, progress, take);
    }
    let mut file = files::open(path)?;
    let length = file.metadata().ok().filter(|data| data.is_file()).map(|data| data.len());
    lines(&mut file, length, path, progress, take)
}

/// Gives each line of a log to `take`: of what a reader gives, of perhaps known length. The path is for messages.
pub(super) fn lines(
    input: &mut dyn Read,
    length: Option<u64>,
    path: &Path,
    progress: bool,
    take: &mut dyn FnMut(&Line<'_>),
) -> Result<(), String> {
    let mut progress = Progress::new(length, progress);
    let mut lines = Lines::new(BufReader::with_capacity(1 << 16, input));
    while let Some(line) = lines.next_line().map_err(|error| files::cannot_read(path, &error.into()))? {
        take(&line);
        progress.line(&line);
    }
    Ok(())
}

/// How far a replay is, drawn on a terminal once it takes long, and taken away when dropped.
struct Progress {
    bar: Option<ProgressBar>,
    wanted: bool,
    begun: Instant,
    length: Option<u64>,
    done: u64,
}

impl Progress {
    fn new(length: Option<u64>, wanted: bool) -> Self {
        Self { bar: None, wanted, begun: Instant::now(), length, done: 0 }
    }

    fn line(&mut self, line: &Line<'_>) {
        self.done = self.done.saturating_add(line.length);
        if !self.wanted || !line.number.is_multiple_of(LINES_PER_LOOK) {
            return;
        }
        if self.bar.is_none() && self.begun.elapsed() >= QUIET {
            let (bar, template) = match self.length {
                Some(length) => (ProgressBar::new(length), "{wide_bar} {percent}% of {binary_total_bytes}, {eta} left"),
                None => (ProgressBar::new_spinner(), "{spinner} {binary_bytes} read"),
            };
            self.bar = Some(match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            });
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Says what was wrong with the log, which makes the command fail.
fn close(intake: &Intake, limited: u64, arguments: &ReplayArgs, streams: &mut Streams<'_>) -> CommandResult {
    if arguments.format == SummaryFormat::Human {
        let without = report::replay::without_arguments(intake, arguments.against.is_some());
        for text in [without, report::replay::untimed(limited, intake)].into_iter().flatten() {
            print(streams.output, &format!("{text}\n"))?;
        }
    }
    for text in report::replay::malformed(intake, &files::shown(&arguments.log)) {
        writeln!(streams.error, "policyc: {text}").map_err(|error| error.to_string())?;
    }
    Ok(if intake.malformed > 0 { Exit::Failure } else { Exit::Fine })
}
