//! The file of findings that are known already.

use std::path::PathBuf;

use super::work::Linted;
use crate::args::LintArgs;
use crate::files;
use policyc_core::disk::MAX_SETTINGS;
use policyc_core::lint::baseline::Baseline;
use policyc_core::report;

/// What the command line says of a baseline.
pub(super) struct Known {
    baseline: Baseline,
    /// The file, if there is one.
    file: Option<PathBuf>,
    writes: bool,
}

impl Known {
    /// Reads the baseline, if one is to be used.
    pub(super) fn load(arguments: &LintArgs) -> Result<Self, String> {
        let writes = arguments.write_baseline.is_some();
        let file = arguments.baseline.clone().or_else(|| arguments.write_baseline.clone());
        let baseline = match &arguments.baseline {
            None => Baseline::default(),
            Some(path) => {
                let fail = |reason: &str| format!("cannot read the baseline `{}`: {reason}", files::shown(path));
                let bytes = files::read(path, MAX_SETTINGS)?;
                let text = String::from_utf8(bytes).map_err(|_| fail("it is not UTF-8"))?;
                Baseline::read(&text).map_err(|reason| fail(&reason))?
            }
        };
        Ok(Self { baseline, file, writes })
    }

    /// Writes all findings, if that is asked for: what was done, for people.
    pub(super) fn write(&mut self, linted: &[Linted]) -> Result<Option<String>, String> {
        let Some(path) = self.file.clone().filter(|_| self.writes) else { return Ok(None) };
        let mut left = 0;
        for file in linted {
            let Some((name, prints)) = &file.known else { continue };
            for (finding, fingerprint) in file.found.iter().zip(prints) {
                left += usize::from(!self.baseline.add(name, finding, fingerprint));
            }
        }
        files::write(&path, self.baseline.write().as_bytes())?;
        Ok(Some(report::baseline::written(&files::shown(&path), self.baseline.len(), left)))
    }

    /// Takes out what is known: how many findings those are.
    pub(super) fn hide(&mut self, linted: &mut [Linted]) -> usize {
        let mut hidden = 0;
        for file in linted {
            let Some((name, prints)) = &file.known else { continue };
            let known = |(finding, fingerprint): (_, &String)| !self.baseline.knows(name, finding, fingerprint);
            let keep: Vec<bool> = file.found.iter().zip(prints).map(known).collect();
            let mut kept = keep.iter();
            file.found.retain(|_| kept.next() == Some(&true));
            let mut kept = keep.iter();
            file.prints.retain(|_| kept.next() == Some(&true));
            hidden += keep.iter().filter(|keep| !**keep).count();
        }
        hidden
    }

    /// Says that findings of the baseline are gone.
    pub(super) fn gone(&self, linted: &[Linted]) -> Option<String> {
        let path = self.file.as_ref()?;
        let names = linted.iter().filter_map(|file| file.known.as_ref());
        let count: usize = names.map(|(name, _)| self.baseline.gone(name)).sum();
        (count > 0).then(|| report::baseline::gone(&files::shown(path), count))
    }
}
