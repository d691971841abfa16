//! `policyc can`

use super::args::{CanArgs, Expected, SummaryFormat, Wanted};
use super::files::{self, Content};
use super::input::Deciding;
use super::{CommandResult, Exit, Streams, policy, print};
use policyc_core::analysis::ask::Domain;
use policyc_core::decider::{Decider, Servers, Wanted as Question, can};
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::diagnostics::{quote, visible};
use policyc_core::eval::Verdict;
use policyc_core::ir::{Demand, Policy};
use policyc_core::report::can::Summary;
use policyc_core::report::{self, About};
use policyc_core::sema::MAX_POLICY;

pub(super) fn run(arguments: &CanArgs, streams: &mut Streams<'_>) -> CommandResult {
    let bytes = files::read_input(&arguments.file, MAX_POLICY, streams)?;
    let document = match files::content(&arguments.file, &bytes)? {
        Content::Policy => None,
        Content::Document(document) => Some(document),
        Content::Refused(refused) => return Err(refused.print(streams)?),
    };
    // A question about a document is one about the tools that it names itself, and those of the catalogues.
    let bytes = if document.is_some() { b"deny *;".to_vec() } else { bytes };
    let loaded = policy::load_bytes(&arguments.file, bytes, Some(&arguments.question), &arguments.source)?;
    let wanted = arguments.source.policy.as_deref();
    let Some(policies) = policy::usable(&loaded, wanted, streams)? else { return Ok(Exit::Findings) };
    let name = files::shown(&arguments.file);
    let mut exit = Exit::Fine;
    let mut documents = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        let asked =
            policy.assertions.iter().find(|assertion| Some(assertion.origin.span.file) == loaded.analysis.question);
        let Some(asked) = asked.filter(|asked| asked.demand == Demand::Deny) else { continue };
        let valid = arguments.valid || asked.valid_only;
        let domain = if valid { Domain::Valid } else { Domain::Any };
        let verdict = arguments.outcome.verdict();
        let question = Question { selection: &asked.selection, guard: asked.guard.as_ref(), verdict, domain };
        let (about, deciding) = match &document {
            Some(document) => (About::Document(&name), Deciding::Document(document.as_ref())),
            None => (About::Policy(&policy.name), Deciding::policy(policy)),
        };
        let decider = deciding.get();
        if document.is_some() && policy.servers.len() > 1 {
            return Err(format!("`{name}` is for one server; give the catalogue of that one only"));
        }
        if document.is_some() {
            known(policy, decider, &name)?;
        }
        let found = can(decider, policy, &Servers::matching(decider, policy), &question);
        if arguments.expect.is_some_and(|expected| !expected.is(Summary::of(&found))) {
            exit = Exit::Findings;
        }
        if arguments.format == SummaryFormat::Json {
            documents.push(report::can::json(about, decider, &found));
            continue;
        }
        if index > 0 {
            print(streams.output, "\n")?;
        }
        if policies.len() > 1 {
            print(streams.output, &format!("policy {}\n", visible(&policy.name)))?;
        }
        print(streams.output, &report::can::text(decider, &found, verdict, valid))?;
    }
    if arguments.format == SummaryFormat::Json {
        print(streams.output, &report::document(&report::policies(documents)))?;
    }
    Ok(exit)
}

/// A misspelt tool of a document would look like one whose calls are denied.
fn known(asked: &Policy, document: &dyn Decider, name: &str) -> Result<(), String> {
    let names = document.tools(0);
    let unlisted = asked.tools.iter().filter(|tool| tool.entries.is_empty() && !names.contains(&tool.name.as_str()));
    for tool in unlisted {
        if let Some(near) = nearest(&tool.name, names.iter().copied()) {
            return Err(format!("`{name}` has no tool {}; did you mean {}?", quote(&tool.name), quote(near)));
        }
    }
    Ok(())
}

impl Wanted {
    const fn verdict(self) -> Verdict {
        match self {
            Self::Allowed => Verdict::Allow,
            Self::Approval => Verdict::Approval,
            Self::Denied => Verdict::Deny,
        }
    }
}

impl Expected {
    /// An answer that was not found is not the one that was expected.
    const fn is(self, said: Summary) -> bool {
        matches!((self, said), (Self::Yes, Summary::Yes) | (Self::No, Summary::No))
    }
}
