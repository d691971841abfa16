//! Assertions that are decided for several files.

use std::path::Path;

use crate::Streams;
use crate::args::PolicyArgs;
use crate::policy::{self, Loaded};
use policyc_core::decider::Decider;
use policyc_core::diagnostics::{Diagnostic, codes, quote};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::sema;

/// Assertions that are decided for several files.
pub(super) struct Baseline {
    pub(super) loaded: Loaded,
    pub(super) found: Vec<Diagnostic>,
}

impl Baseline {
    pub(super) fn load(file: &Path, source: &PolicyArgs, streams: &mut Streams<'_>) -> Result<Self, String> {
        let loaded = policy::load_baseline(file, source, streams)?;
        let mut found = loaded.analysis.diagnostics.clone();
        // It decides no call, so it needs no default.
        found.retain(|diagnostic| diagnostic.code != codes::NO_DEFAULT);
        Ok(Self { loaded, found })
    }

    pub(super) fn is_usable(&self) -> bool {
        self.loaded.analysis.checked.is_some()
    }

    fn parts(&self) -> &[Policy] {
        self.loaded.analysis.checked.as_ref().map(sema::Checked::policies).unwrap_or_default()
    }

    /// What the assertions say of a policy.
    pub(super) fn policy(&self, policy: &Policy, file: &str, has_blocks: bool) -> Vec<Diagnostic> {
        let name = if has_blocks { format!("{} of {file}", policy.name) } else { file.to_owned() };
        let decide = |baseline| policyc_core::assertions::check_policy(baseline, policy, &name);
        self.parts().iter().flat_map(|baseline| decide(baseline)).collect()
    }

    /// What the assertions say of a document for a server.
    pub(super) fn artefact(
        &self,
        document: &dyn Decider,
        name: &str,
        server: Option<&str>,
    ) -> Result<Vec<Diagnostic>, String> {
        let mut more = Vec::new();
        for baseline in self.parts() {
            let found = match server {
                None if baseline.servers.len() == 1 => Some(ServerId(0)),
                None => {
                    let names: Vec<String> = baseline.servers.iter().map(|server| quote(&server.name)).collect();
                    let names = names.join(", ");
                    return Err(format!(
                        "the assertions speak of several servers ({names}); name the one of `{name}` with `--server NAME`"
                    ));
                }
                Some(wanted) => baseline.find_server(wanted),
            };
            let Some(server) = found else {
                return Err(format!("the assertions speak of no server named `{}`", server.unwrap_or_default()));
            };
            more.extend(policyc_core::assertions::check_artefact(baseline, server, document, name));
        }
        Ok(more)
    }
}
