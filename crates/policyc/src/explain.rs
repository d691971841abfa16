//! `policyc explain`: the pages of diagnostics, of lint rules, of targets, and of the words of the language.

use super::args::ExplainArgs;
use super::{CommandResult, Exit, Streams, print};
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::diagnostics::{codes, quote};
use policyc_core::lint::{self, Named, Rule};
use policyc_core::report::explain::{list, overview};
use policyc_core::{emit, glossary};

pub(super) fn run(arguments: &ExplainArgs, streams: &mut Streams<'_>) -> CommandResult {
    let all = codes::ALL.iter().copied();
    let wanted = arguments.word.join(" ");
    let text = if arguments.list {
        list(all)
    } else if wanted.is_empty() {
        overview()
    } else if let Ok(Named::Group(group)) = Named::parse(&wanted) {
        list(all.filter(|code| Rule::of(code).is_some_and(|rule| rule.group <= group)))
    } else {
        let target = || emit::find(&wanted).map(|target| target.page.to_owned());
        let code = || codes::find(&wanted).map(lint::page);
        target().or_else(code).or_else(|| glossary::page(&wanted)).ok_or_else(|| unknown(&wanted))?
    };
    print(streams.output, &text)?;
    Ok(Exit::Fine)
}

/// That there is no such page, and what was meant.
fn unknown(wanted: &str) -> String {
    let words = glossary::overview().into_iter().flat_map(|section| section.words);
    let targets = emit::TARGETS.iter().map(|target| target.name);
    let known = codes::ALL.iter().map(|code| code.name).chain(words).chain(targets);
    match nearest(wanted, known) {
        Some(near) => format!("nothing is named {}; did you mean `{near}`?", quote(wanted)),
        None => format!("nothing is named {}; `policyc explain` lists what there is", quote(wanted)),
    }
}
