//! `policyc fmt`

use super::args::{FmtArgs, Format};
use super::printing::print_findings;
use super::{CommandResult, Exit, Streams, files, written};
use policyc_core::diagnostics::visible;
use policyc_core::fmt::{self, FormatError};
use policyc_core::sema::{self, MAX_POLICY};
use policyc_core::source::SourceMap;
use policyc_core::syntax;

pub(super) fn run(arguments: &FmtArgs, streams: &mut Streams<'_>) -> CommandResult {
    let mut exit = Exit::Fine;
    for file in &arguments.files {
        exit = exit.max(one(file, arguments.check, streams)?);
    }
    Ok(exit)
}

fn one(file: &std::path::Path, check: bool, streams: &mut Streams<'_>) -> CommandResult {
    let stdin = files::is_stdin(file);
    let bytes = files::read_input(file, MAX_POLICY, streams)?;
    let name = if stdin { "<stdin>".to_owned() } else { file.display().to_string() };
    let mut sources = SourceMap::default();
    let (id, error) = sema::decode(&mut sources, &name, bytes);
    if let Some(error) = error {
        print_findings(&[error], &sources, Format::Human, streams)?;
        return Ok(Exit::Findings);
    }
    let text = sources.get(id).map(|source| source.text().clone()).unwrap_or_default();
    let parse = syntax::parse(&text, id);
    let formatted = match fmt::format(&text, &parse) {
        Ok(formatted) => formatted,
        Err(FormatError::Syntax) => {
            print_findings(&parse.errors, &sources, Format::Human, streams)?;
            return Ok(Exit::Findings);
        }
        Err(error) => return Err(format!("`{}` is left as it is: {error}", visible(&name))),
    };
    let same = formatted == *text;
    if check {
        if !same {
            written(writeln!(streams.output, "{} is not formatted", visible(&name)))?;
            return Ok(Exit::Findings);
        }
    } else if stdin {
        written(streams.output.write_all(formatted.as_bytes()))?;
    } else if !same {
        files::write(file, formatted.as_bytes())?;
    }
    Ok(Exit::Fine)
}
