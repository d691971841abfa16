//! `policyc eval`

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use serde_json::json;

use super::args::EvalArgs;
use super::{CommandResult, Exit, Streams, files, policy, written};
use crate::eval::{Decision, Evaluator, OwnedCall, Verdict};

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
    let mut session = Session { evaluator: Evaluator::new(policy), now: 0, json: arguments.json };
    let mut output = BufWriter::new(&mut *streams.output);
    match (&arguments.call, &arguments.calls) {
        (Some(call), _) => session.answer(call, &mut output)?,
        (None, Some(path)) if files::is_stdin(path) => session.answer_all(&mut *streams.input, &mut output)?,
        (None, Some(path)) => {
            let file =
                std::fs::File::open(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
            session.answer_all(file, &mut output)?;
        }
        (None, None) => return Err("no call is given".to_owned()),
    }
    written(output.flush())?;
    Ok(Exit::Fine)
}

/// Calls answered in order.
struct Session<'p> {
    evaluator: Evaluator<'p>,
    now: i64,
    json: bool,
}

impl Session<'_> {
    fn answer_all(&mut self, input: impl Read, output: &mut dyn Write) -> Result<(), String> {
        let mut reader = BufReader::new(input);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut reader).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line);
            match read.map_err(|error| format!("cannot read the calls: {error}"))? {
                0 => return Ok(()),
                length if length > MAX_LINE => {
                    return Err(format!("a call is longer than {} MiB", MAX_LINE >> 20));
                }
                _ => {}
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']);
            if text.trim().is_empty() {
                continue;
            }
            // Bytes that are not UTF-8 make a line that is not JSON text.
            match std::str::from_utf8(&line) {
                Ok(_) => self.answer(text, output)?,
                Err(_) => self.print(&Decision::malformed("Not UTF-8."), output)?,
            }
        }
    }

    fn answer(&mut self, text: &str, output: &mut dyn Write) -> Result<(), String> {
        let decision = match OwnedCall::parse(text) {
            Ok(call) => {
                let call = call.at(self.now);
                self.now = call.at;
                self.evaluator.call(&call)
            }
            Err(malformed) => Decision::malformed(malformed.reason),
        };
        self.print(&decision, output)
    }

    fn print(&self, decision: &Decision, output: &mut dyn Write) -> Result<(), String> {
        if self.json {
            let mut answer = json!({ "decision": decision.verdict.name() });
            if let (Some(object), true) = (answer.as_object_mut(), decision.verdict != Verdict::Allow) {
                object.insert("rule".to_owned(), json!(decision.rule));
                object.insert("reason".to_owned(), json!(decision.reason));
            }
            return written(writeln!(output, "{answer}"));
        }
        written(match decision.verdict {
            Verdict::Allow => writeln!(output, "allow"),
            verdict => {
                writeln!(output, "{}\t{}\t{}", verdict.name(), one_line(&decision.rule), one_line(&decision.reason))
            }
        })
    }
}

/// Tabs and line ends of a policy's own texts as escapes, so that an answer stays one line of fields.
fn one_line(text: &str) -> String {
    let escape = |char: char| match char {
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}
