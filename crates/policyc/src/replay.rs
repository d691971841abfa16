//! `policyc replay`

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::args::{ReplayArgs, SummaryFormat};
use super::{CommandResult, Exit, Streams, files, policy, print_json, written};
use policyc_core::diagnostics::visible;
use policyc_core::eval::Verdict;
use policyc_core::replay::{Answer, Change, Comparison, Intake, Line, Lines, Replay, Tally, Tool};

/// How long a replay runs before it shows how far it is.
const QUIET: Duration = Duration::from_millis(500);

/// How many lines are read between two looks at the clock.
const LINES_PER_LOOK: u64 = 256;

/// How many characters of a call people are shown; other programs get all.
const SHOWN: usize = 400;

const VERDICTS: [Verdict; 3] = [Verdict::Allow, Verdict::Deny, Verdict::Approval];

pub(super) fn run(arguments: &ReplayArgs, streams: &mut Streams<'_>) -> CommandResult {
    let inputs = [Some(&arguments.file), Some(&arguments.log), arguments.against.as_ref()];
    if inputs.into_iter().flatten().filter(|path| files::is_stdin(path)).count() > 1 {
        return Err("only one of the policies and the log can come from standard input".to_owned());
    }
    let loaded = policy::load(&arguments.file, &arguments.source, streams)?;
    let other = match &arguments.against {
        Some(path) => Some(policy::load(path, &arguments.source, streams)?),
        None => None,
    };
    let wanted = arguments.source.policy.as_deref();
    let Some(policy) = policy::one(&loaded, wanted, streams)? else { return Ok(Exit::Findings) };
    let Some(other) = &other else {
        let mut replay = Replay::new(policy);
        read(&arguments.log, streams, &mut |line| replay.line(line))?;
        let mut output = BufWriter::new(&mut *streams.output);
        match arguments.format {
            SummaryFormat::Human => summary(&replay, &mut output)?,
            SummaryFormat::Json => {
                print_json(&mut output, &summary_json(&replay, &policy.name))?;
            }
        }
        written(output.flush())?;
        drop(output);
        return close(&replay.intake, replay.limited, arguments, streams);
    };
    // `--policy` chooses among several; the other file may have just one, of whatever name.
    let single = other.analysis.checked.as_ref().is_some_and(|checked| checked.policies().len() == 1);
    let Some(to) = policy::one(other, wanted.filter(|_| !single), streams)? else { return Ok(Exit::Findings) };
    let mut comparison = Comparison::new(policy, to);
    read(&arguments.log, streams, &mut |line| comparison.line(line))?;
    let mut output = BufWriter::new(&mut *streams.output);
    match arguments.format {
        SummaryFormat::Human => changes(&comparison, arguments, &mut output)?,
        SummaryFormat::Json => {
            let document = changes_json(&comparison, &policy.name, &to.name);
            print_json(&mut output, &document)?;
        }
    }
    written(output.flush())?;
    drop(output);
    close(&comparison.intake, comparison.limited, arguments, streams)
}

/// Gives each line of the log to `take`.
fn read(path: &Path, streams: &mut Streams<'_>, take: &mut dyn FnMut(&Line<'_>)) -> Result<(), String> {
    let mut length = None;
    let input: &mut dyn Read = if files::is_stdin(path) {
        &mut *streams.input
    } else {
        let file = files::open(path)?;
        length = file.metadata().ok().filter(|data| data.is_file()).map(|data| data.len());
        &mut { file }
    };
    let mut progress = Progress::new(length, streams.progress);
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
    if limited > 0 && intake.untimed > 0 && arguments.format == SummaryFormat::Human {
        written(writeln!(
            streams.output,
            "Limits refused {}, and {} no time (`at`): such a call is taken to come at the time of the one before, so \
             limits may refuse more here than they would have.",
            plural(limited, "call"),
            if intake.untimed == 1 { "1 call has".to_owned() } else { format!("{} calls have", intake.untimed) },
        ))?;
    }
    let name = files::shown(&arguments.log);
    let mut tell = |text: String| writeln!(streams.error, "policyc: {text}").map_err(|error| error.to_string());
    for (line, reason) in &intake.described {
        tell(format!("{name}:{line}: {}", visible(reason)))?;
    }
    let left = intake.malformed.saturating_sub(intake.described.len() as u64);
    if left > 0 {
        tell(format!("{name}: {left} more such lines"))?;
    }
    Ok(if intake.malformed > 0 { Exit::Failure } else { Exit::Fine })
}

fn plural(count: u64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn title(tool: Option<&Tool>) -> String {
    match tool {
        None => "(other tools)".to_owned(),
        Some(Tool { server: Some(server), name }) => visible(&format!("{server}::{name}")).into_owned(),
        Some(Tool { server: None, name }) => visible(name).into_owned(),
    }
}

/// The beginning of a call.
fn shown(call: &str) -> String {
    let visible = visible(call);
    match visible.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", visible.get(..end).unwrap_or_default()),
        None => visible.into_owned(),
    }
}

/// The line about what was read.
fn intake_line(intake: &Intake) -> String {
    let mut text = plural(intake.calls, "call");
    if intake.malformed > 0 {
        text.push_str(&format!(" ({} malformed, denied)", plural(intake.malformed, "line")));
    }
    if intake.skipped > 0 {
        text.push_str(&format!(", {} skipped", plural(intake.skipped, "other message")));
    }
    text
}

fn summary(replay: &Replay<'_>, output: &mut dyn Write) -> Result<(), String> {
    let rows: Vec<(String, [u64; 3], Option<&Tally>)> = replay
        .tools
        .iter()
        .map(|(tool, tally)| (title(tool), VERDICTS.map(|verdict| tally.count(verdict)), Some(tally)))
        .chain((replay.intake.malformed > 0).then(|| ("(malformed)".to_owned(), [0, replay.intake.malformed, 0], None)))
        .collect();
    let names = rows.iter().flat_map(|(name, _, tally)| {
        let causes = tally.iter().flat_map(|tally| tally.causes());
        causes.map(|(_, rule, _)| rule.chars().count() + 2).chain([name.chars().count()])
    });
    let wide = names.max().unwrap_or(0).clamp(5, 40);
    let total = VERDICTS.map(|verdict| replay.count(verdict));
    let line = |name: &str, cells: [String; 3]| {
        let [allowed, denied, held] = cells;
        format!("{name:wide$}  {allowed:>9}  {denied:>9}  {held:>9}").trim_end().to_owned()
    };
    let numbers = |counts: [u64; 3]| counts.map(|count| if count == 0 { "-".to_owned() } else { count.to_string() });
    written(writeln!(output, "{}", line("tool", ["allowed", "denied", "approval"].map(str::to_owned))))?;
    for (name, counts, tally) in &rows {
        written(writeln!(output, "{}", line(name, numbers(*counts))))?;
        for (verdict, rule, cause) in tally.iter().flat_map(|tally| tally.causes()) {
            let cells = VERDICTS.map(|column| if column == verdict { cause.count.to_string() } else { String::new() });
            let [allowed, denied, held] = cells;
            let rule = format!("  {}", visible(rule));
            let reason = visible(&cause.reason);
            written(writeln!(output, "{rule:wide$}  {allowed:>9}  {denied:>9}  {held:>9}  {reason}"))?;
        }
    }
    if rows.len() > 1 {
        written(writeln!(output, "{}", line("total", numbers(total))))?;
    }
    written(writeln!(output, "\n{}", intake_line(&replay.intake)))
}

fn summary_json(replay: &Replay<'_>, name: &str) -> Value {
    let tools = replay.tools.iter().map(|(tool, tally)| {
        let causes = tally.causes().map(|(verdict, rule, cause)| {
            json!({
                "decision": verdict.name(),
                "rule": rule,
                "reason": cause.reason,
                "count": cause.count,
                "first_line": cause.first_line,
            })
        });
        let mut row = tool_json(tool);
        if let Some(row) = row.as_object_mut() {
            for verdict in VERDICTS {
                row.insert(verdict.name().to_owned(), json!(tally.count(verdict)));
            }
            row.insert("rules".to_owned(), causes.collect());
        }
        row
    });
    let mut document = intake_json(&replay.intake);
    if let Some(document) = document.as_object_mut() {
        document.insert("policy".to_owned(), json!(name));
        for verdict in VERDICTS {
            document.insert(verdict.name().to_owned(), json!(replay.count(verdict)));
        }
        document.insert("tools".to_owned(), tools.collect());
    }
    document
}

fn intake_json(intake: &Intake) -> Value {
    let lines = intake.described.iter().map(|(line, reason)| json!({ "line": line, "reason": reason }));
    json!({
        "version": 1,
        "calls": intake.calls,
        "skipped": intake.skipped,
        "untimed": intake.untimed,
        "malformed": { "count": intake.malformed, "first": lines.collect::<Vec<_>>() },
    })
}

/// `tool` is null for tools without a row of their own.
fn tool_json(tool: Option<&Tool>) -> Value {
    match tool {
        Some(Tool { server: Some(server), name }) => json!({ "server": server, "tool": name }),
        Some(Tool { server: None, name }) => json!({ "tool": name }),
        None => json!({ "tool": null }),
    }
}

fn changes(comparison: &Comparison<'_>, arguments: &ReplayArgs, output: &mut dyn Write) -> Result<(), String> {
    let name = files::shown;
    let to = arguments.against.as_deref().map(name).unwrap_or_default();
    written(writeln!(output, "from {} to {to}", name(&arguments.file)))?;
    for (tool, changes) in comparison.tools.iter() {
        written(writeln!(output, "\n{}", title(tool)))?;
        for change in changes.iter() {
            let Change { count, first_line, call, from, to } = change;
            let first = if *count == 1 { "line" } else { "first in line" };
            let verdicts = format!("{} -> {}", from.verdict.name(), to.verdict.name());
            written(writeln!(output, "  {verdicts:20} {}, {first} {first_line}", plural(*count, "call")))?;
            written(writeln!(output, "    {}", call.as_deref().map_or("(a very long call)".to_owned(), shown)))?;
            for (when, decision) in [("before", from), ("after", to)] {
                if decision.verdict != Verdict::Allow {
                    let (rule, reason) = (visible(&decision.rule), visible(&decision.reason));
                    written(writeln!(output, "    {when} {rule}: {reason}"))?;
                }
            }
        }
    }
    let changed = comparison.changed();
    let what = if changed == 0 { "nothing changes".to_owned() } else { format!("{changed} decided otherwise") };
    written(writeln!(output, "\n{}; {what}", intake_line(&comparison.intake)))
}

fn changes_json(comparison: &Comparison<'_>, from: &str, to: &str) -> Value {
    let side = |decision: &Answer| {
        let mut side = json!({ "decision": decision.verdict.name() });
        if let (Some(side), true) = (side.as_object_mut(), decision.verdict != Verdict::Allow) {
            side.insert("rule".to_owned(), json!(decision.rule));
            side.insert("reason".to_owned(), json!(decision.reason));
        }
        side
    };
    let tools = comparison.tools.iter().map(|(tool, changes)| {
        let changes = changes.iter().map(|change| {
            json!({
                "count": change.count,
                "first_line": change.first_line,
                "call": change.call,
                "from": side(&change.from),
                "to": side(&change.to),
            })
        });
        let mut row = tool_json(tool);
        if let Some(row) = row.as_object_mut() {
            row.insert("changes".to_owned(), changes.collect());
        }
        row
    });
    let mut document = intake_json(&comparison.intake);
    if let Some(document) = document.as_object_mut() {
        document.insert("from".to_owned(), json!(from));
        document.insert("to".to_owned(), json!(to));
        document.insert("changed".to_owned(), json!(comparison.changed()));
        document.insert("tools".to_owned(), tools.collect());
    }
    document
}
