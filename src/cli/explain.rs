//! `policyc explain`: the pages of diagnostics and of targets.

use super::args::ExplainArgs;
use super::{CommandResult, Exit, Streams, written};
use crate::diagnostics::codes;
use crate::diagnostics::suggest::nearest;

pub(super) fn run(arguments: &ExplainArgs, streams: &mut Streams<'_>) -> CommandResult {
    let Some(wanted) = &arguments.code else {
        for code in codes::ALL {
            written(writeln!(streams.output, "{} {:<8} {}", code.id, code.severity.name(), code.name))?;
        }
        return Ok(Exit::Fine);
    };
    if let Some(target) = crate::emit::find(wanted) {
        written(streams.output.write_all(target.page().as_bytes()))?;
        return Ok(Exit::Fine);
    }
    match codes::find(wanted) {
        Some(code) => {
            written(streams.output.write_all(code.page.as_bytes()))?;
            Ok(Exit::Fine)
        }
        None => Err(match nearest(wanted, codes::ALL.iter().map(|code| code.name)) {
            Some(near) => format!("no diagnostic is named `{wanted}`; did you mean `{near}`?"),
            None => format!("no diagnostic is named `{wanted}`; `policyc explain --list` lists them"),
        }),
    }
}
