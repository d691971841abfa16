//! `policyc can`

use super::args::{CanArgs, Expected, SummaryFormat, Wanted};
use super::{CommandResult, Exit, Streams, policy, print};
use policyc_core::analysis::ask::Universe;
use policyc_core::decider::{PolicyDecider, Wanted as Question};
use policyc_core::diagnostics::visible;
use policyc_core::eval::Verdict;
use policyc_core::ir::Claim;
use policyc_core::report;
use policyc_core::report::can::Said;

pub(super) fn run(arguments: &CanArgs, streams: &mut Streams<'_>) -> CommandResult {
    let loaded = policy::load_with(&arguments.file, Some(&arguments.question), &arguments.source, streams)?;
    let wanted = arguments.source.policy.as_deref();
    let Some(policies) = policy::usable(&loaded, wanted, streams)? else { return Ok(Exit::Findings) };
    let mut exit = Exit::Fine;
    let mut documents = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        let asked =
            policy.assertions.iter().find(|assertion| Some(assertion.origin.span.file) == loaded.analysis.question);
        let Some(asked) = asked.filter(|asked| asked.claim == Claim::Deny) else { continue };
        let valid = arguments.valid || asked.valid_only;
        let universe = if valid { Universe::Valid } else { Universe::Any };
        let verdict = arguments.outcome.verdict();
        let decider = PolicyDecider::new(policy);
        let question = Question { selection: &asked.selection, guard: asked.guard.as_ref(), verdict, universe };
        let found = decider.can(&question);
        if arguments.expect.is_some_and(|expected| !expected.is(Said::of(&found))) {
            exit = Exit::Findings;
        }
        if arguments.format == SummaryFormat::Json {
            documents.push(report::can::json(policy, &found));
            continue;
        }
        if index > 0 {
            print(streams.output, "\n")?;
        }
        if policies.len() > 1 {
            print(streams.output, &format!("policy {}\n", visible(&policy.name)))?;
        }
        print(streams.output, &report::can::text(policy, &found, verdict, valid))?;
    }
    if arguments.format == SummaryFormat::Json {
        print(streams.output, &report::document(&report::policies(documents)))?;
    }
    Ok(exit)
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
    const fn is(self, said: Said) -> bool {
        matches!((self, said), (Self::Yes, Said::Yes) | (Self::No, Said::No))
    }
}
