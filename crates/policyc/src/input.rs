//! Files that decide calls: policies and documents of gateways. Which of them a file is, is found out by what is in it.

use std::path::Path;

use super::Streams;
use super::args::PolicyArgs;
use super::files::{self, Content};
use super::policy::{self, Loaded};
use policyc_core::decider::{Decider, PolicyDecider};
use policyc_core::ir::Policy;
use policyc_core::report::About;
use policyc_core::sema::MAX_POLICY;

/// A file that decides calls.
pub(super) enum Input {
    /// A file with one or more policies.
    Policy(Box<Loaded>),
    /// A document for one server, and how the file is called.
    Document(Box<dyn Decider>, String),
}

/// What decides calls in such a file.
pub(super) enum Deciding<'a> {
    /// A policy.
    Policy(Box<PolicyDecider<'a>>),
    /// A document.
    Document(&'a dyn Decider),
}

impl<'a> Deciding<'a> {
    /// A policy that decides.
    pub(super) fn policy(policy: &'a Policy) -> Self {
        Self::Policy(Box::new(PolicyDecider::new(policy)))
    }

    /// Whatever it is.
    pub(super) fn get(&self) -> &dyn Decider {
        match self {
            Self::Policy(decider) => decider.as_ref(),
            Self::Document(decider) => *decider,
        }
    }
}

impl Input {
    /// Reads a file that the command line names.
    pub(super) fn read(path: &Path, source: &PolicyArgs, streams: &mut Streams<'_>) -> Result<Self, String> {
        let bytes = files::read_input(path, MAX_POLICY, streams)?;
        match files::content(path, &bytes)? {
            Content::Document(document) => Ok(Self::Document(document, files::shown(path))),
            Content::Refused(refused) => Err(refused.print(streams)?),
            Content::Policy => policy::load_bytes(path, bytes, None, source).map(Box::new).map(Self::Policy),
        }
    }

    /// Whether there is nothing to choose among.
    pub(super) fn is_single(&self) -> bool {
        match self {
            Self::Document(..) => true,
            Self::Policy(loaded) => {
                loaded.analysis.checked.as_ref().is_some_and(|checked| checked.policies().len() == 1)
            }
        }
    }

    /// What decides in the file, where it has to be one. `None` if the policy has errors, which are printed then.
    pub(super) fn one(
        &self,
        wanted: Option<&str>,
        streams: &mut Streams<'_>,
    ) -> Result<Option<(About<'_>, Deciding<'_>)>, String> {
        match self {
            Self::Document(document, name) => Ok(Some((About::Document(name), Deciding::Document(document.as_ref())))),
            Self::Policy(loaded) => {
                let policy = policy::one(loaded, wanted, streams)?;
                Ok(policy.map(|policy| (About::Policy(&policy.name), Deciding::policy(policy))))
            }
        }
    }

    /// All that decides in the file, each with its title: the policies that are wanted, or the document. `None` if the
    /// policies have errors, which are printed then.
    pub(super) fn deciding(
        &self,
        wanted: Option<&str>,
        streams: &mut Streams<'_>,
    ) -> Result<Option<Vec<(About<'_>, Deciding<'_>)>>, String> {
        let loaded = match self {
            Self::Document(document, name) => {
                return Ok(Some(vec![(About::Document(name), Deciding::Document(document.as_ref()))]));
            }
            Self::Policy(loaded) => loaded,
        };
        let policies = policy::usable(loaded, wanted, streams)?;
        Ok(policies.map(|policies| {
            policies.into_iter().map(|policy| (About::Policy(&policy.name), Deciding::policy(policy))).collect()
        }))
    }
}
