//! `policyc limits`

use super::args::{LimitsArgs, SummaryFormat};
use super::input::Input;
use super::{CommandResult, Exit, Streams, print};
use policyc_core::bounds::Model;
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::report::{self, About, limits};

pub(super) fn run(arguments: &LimitsArgs, streams: &mut Streams<'_>) -> CommandResult {
    let input = Input::read(&arguments.file, &arguments.source, streams)?;
    let wanted = arguments.source.policy.as_deref();
    let Some(deciding) = input.deciding(wanted, streams)? else { return Ok(Exit::Findings) };
    let models: Vec<(About<'_>, Model<'_>)> =
        deciding.iter().map(|(about, deciding)| (*about, Model::new(deciding.get()))).collect();
    if let Some(tool) = &arguments.tool {
        known(tool, &models)?;
    }
    let found = models
        .iter()
        .map(|(about, model)| (*about, model, limits::LimitFindings::of(model, arguments.tool.as_deref())));
    let text = match arguments.format {
        SummaryFormat::Human => {
            let width = streams.width;
            let texts = found.map(|(about, model, found)| limits::text(about, model, &found, width));
            texts.collect::<Vec<_>>().join("\n")
        }
        SummaryFormat::Json => {
            let documents = found.map(|(about, model, found)| limits::json(about, model, &found)).collect();
            report::document(&report::policies(documents))
        }
    };
    print(streams.output, &text)?;
    Ok(Exit::Fine)
}

/// A misspelt tool would look like one that nothing is said of.
fn known(tool: &str, models: &[(About<'_>, Model<'_>)]) -> Result<(), String> {
    let names: Vec<&str> = models.iter().flat_map(|(_, model)| model.names()).collect();
    if names.contains(&tool) {
        return Ok(());
    }
    let what = if let [(About::Document(_), _)] = models { "document" } else { "policy" };
    Err(match nearest(tool, names) {
        Some(near) => format!("the {what} knows no tool `{tool}`; did you mean `{near}`?"),
        None => format!("the {what} knows no tool `{tool}`"),
    })
}
