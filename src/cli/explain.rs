//! `policyc explain`: the pages of diagnostics, of lint rules and of targets.

use super::args::ExplainArgs;
use super::{CommandResult, Exit, Streams, written};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Code, codes};
use crate::lint::{self, Named, Rule};

pub(super) fn run(arguments: &ExplainArgs, streams: &mut Streams<'_>) -> CommandResult {
    let Some(wanted) = &arguments.code else {
        return list(codes::ALL.iter().copied(), streams);
    };
    if let Ok(Named::Group(group)) = Named::parse(wanted) {
        let of_group = |code: &&Code| Rule::of(code).is_some_and(|rule| rule.group <= group);
        return list(codes::ALL.iter().copied().filter(of_group), streams);
    }
    if let Some(target) = crate::emit::find(wanted) {
        written(streams.output.write_all(target.page().as_bytes()))?;
        return Ok(Exit::Fine);
    }
    match codes::find(wanted) {
        Some(code) => {
            written(streams.output.write_all(lint::page(code).as_bytes()))?;
            Ok(Exit::Fine)
        }
        None => Err(match nearest(wanted, codes::ALL.iter().map(|code| code.name)) {
            Some(near) => format!("no diagnostic is named `{wanted}`; did you mean `{near}`?"),
            None => format!("no diagnostic is named `{wanted}`; `policyc explain --list` lists them"),
        }),
    }
}

/// A line for each kind of finding: id, severity, the group of a lint rule and whether it fixes itself, name.
fn list(codes: impl Iterator<Item = &'static Code>, streams: &mut Streams<'_>) -> CommandResult {
    for code in codes {
        let rule = Rule::of(code);
        let group = rule.map_or("", |rule| rule.group.name());
        let fix = rule.and_then(|rule| rule.fix).map_or("", |_| "fix");
        written(writeln!(streams.output, "{} {:<8} {group:<9} {fix:<4} {}", code.id, code.severity.name(), code.name))?;
    }
    Ok(Exit::Fine)
}
