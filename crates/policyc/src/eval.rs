//! `policyc eval`

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use serde_json::json;

use super::args::EvalArgs;
use super::{CommandResult, Exit, Streams, files, keep, policy, print, written};
use policyc_core::diagnostics::visible_json;
use policyc_core::eval::trace::Trace;
use policyc_core::eval::words::one_line;
use policyc_core::eval::{Decision, Evaluator, Message, Verdict, messages};
use policyc_core::json::compact;
use policyc_core::remedy::{Remedy, remedy};
use policyc_core::report;
use policyc_core::source::SourceMap;

/// The longest line that is read as a call: 64 MiB.
const MAX_LINE: usize = 64 << 20;

pub(super) fn run(arguments: &EvalArgs, streams: &mut Streams<'_>) -> CommandResult {
    let from_input = arguments.calls.as_deref().is_some_and(files::is_stdin);
    if from_input && files::is_stdin(&arguments.file) {
        return Err("the policy and the calls cannot both come from standard input".to_owned());
    }
    let loaded = policy::load(&arguments.file, &arguments.source, streams)?;
    let wanted = arguments.source.policy.as_deref();
    let Some(policy) = policy::one(&loaded, wanted, streams)? else { return Ok(Exit::Findings) };
    let mut session = Session {
        evaluator: Evaluator::new(policy),
        sources: &loaded.analysis.sources,
        now: 0,
        json: arguments.json,
        trace: arguments.trace,
        remedy: arguments.remedy,
        output: BufWriter::new(&mut *streams.output),
        error: &mut *streams.error,
        malformed: false,
    };
    match (&arguments.call, &arguments.calls) {
        (Some(call), _) => session.answer(Ok(call), None)?,
        (None, Some(path)) if files::is_stdin(path) => session.answer_all(&mut *streams.input)?,
        (None, Some(path)) => {
            session.answer_all(files::open(path)?)?;
        }
        (None, None) => return Err("no call is given".to_owned()),
    }
    session.flush()?;
    let exit = if session.malformed { Exit::Failure } else { Exit::Fine };
    keep(session);
    keep(loaded);
    Ok(exit)
}

/// Calls answered in order. Besides the counters nothing is kept from one call to the next.
struct Session<'p> {
    evaluator: Evaluator<'p>,
    sources: &'p SourceMap,
    now: i64,
    json: bool,
    trace: bool,
    remedy: bool,
    output: BufWriter<&'p mut dyn Write>,
    error: &'p mut dyn Write,
    /// Whether a call was malformed.
    malformed: bool,
}

/// What is printed with an answer.
#[derive(Default)]
struct Beside<'c> {
    trace: Option<Trace>,
    remedy: Option<Remedy>,
    /// The tool that is called.
    tool: &'c str,
}

impl Session<'_> {
    fn answer_all(&mut self, input: impl Read) -> Result<(), String> {
        let mut reader = BufReader::with_capacity(1 << 16, input);
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            let cannot_read = |error: std::io::Error| format!("cannot read the calls: {error}");
            if (&mut reader).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line).map_err(cannot_read)? == 0 {
                break;
            }
            let text = if line.len() > MAX_LINE && line.last() != Some(&b'\n') {
                // What is left of the line is read away, so that the next one is found.
                reader.skip_until(b'\n').map_err(cannot_read)?;
                Err(format!("Longer than {} MiB.", MAX_LINE >> 20))
            } else {
                std::str::from_utf8(&line).map(str::trim_end).map_err(|_| "Not UTF-8.".to_owned())
            };
            if text != Ok("") {
                self.answer(text, Some(number))?;
            }
            line.shrink_to(1 << 20);
            if reader.buffer().is_empty() {
                // Whoever writes the calls may wait for the answers.
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Answers the calls on a line, or what could not be read as text.
    fn answer(&mut self, text: Result<&str, String>, line: Option<u64>) -> Result<(), String> {
        let messages = match text {
            Ok(text) => messages(text),
            Err(reason) => vec![Message::Malformed(reason)],
        };
        for message in messages {
            match message {
                Message::Other => {}
                Message::Malformed(reason) => self.print(&Decision::malformed(reason), &Beside::default(), line)?,
                Message::Call(call, _) => {
                    let call = call.at(self.now);
                    self.now = call.at;
                    let beside = Beside {
                        trace: self.trace.then(|| self.evaluator.trace(&call)),
                        remedy: if self.remedy { remedy(&self.evaluator, &call) } else { None },
                        tool: call.name,
                    };
                    let decision = self.evaluator.call(&call);
                    self.print(&decision, &beside, line)?;
                }
            }
        }
        Ok(())
    }

    fn print(&mut self, decision: &Decision<'_>, beside: &Beside<'_>, line: Option<u64>) -> Result<(), String> {
        if decision.is_malformed() {
            self.malformed = true;
            if let Some(line) = line {
                let told = writeln!(self.error, "policyc: line {line} is malformed: {}", one_line(&decision.reason()));
                told.map_err(|error| format!("cannot write the errors: {error}"))?;
            }
        }
        let policy = self.evaluator.policy();
        let result = match decision.verdict {
            _ if self.json => {
                let mut answer = json!({ "decision": decision.verdict.name() });
                if let (Some(object), true) = (answer.as_object_mut(), decision.verdict != Verdict::Allow) {
                    object.insert("rule".to_owned(), json!(decision.rule()));
                    object.insert("reason".to_owned(), json!(decision.reason()));
                }
                if let (Some(object), Some(trace)) = (answer.as_object_mut(), &beside.trace) {
                    object.insert("trace".to_owned(), report::trace::json(trace, policy, self.sources));
                }
                let mut answer = answer.to_string();
                if let Some(remedy) = &beside.remedy {
                    // Numbers keep their digits, which values of the library do not.
                    answer.pop();
                    answer = format!("{answer},\"remedy\":{}}}", compact(&report::remedy::json(remedy)));
                }
                writeln!(self.output, "{}", visible_json(&answer))
            }
            Verdict::Allow => writeln!(self.output, "allow"),
            verdict => {
                let (rule, reason) = (decision.rule(), decision.reason());
                writeln!(self.output, "{}\t{}\t{}", verdict.name(), one_line(&rule), one_line(&reason))
            }
        };
        written(result)?;
        if self.json {
            return Ok(());
        }
        if let Some(trace) = &beside.trace {
            print(&mut self.output, &report::trace::text(trace, policy, self.sources))?;
        }
        let sentences = beside.remedy.as_ref().map(|remedy| remedy.sentences(beside.tool));
        sentences.into_iter().flatten().try_for_each(|sentence| written(writeln!(self.output, "  {sentence}")))
    }

    fn flush(&mut self) -> Result<(), String> {
        written(self.output.flush())
    }
}
