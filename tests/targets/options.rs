//! Documents of targets that need to be told something in `policyc.toml`.

use std::path::Path;

use policyc_core::emit::{Emission, Request, Settings, TargetOption, find};
use policyc_core::ir::ServerId;
use policyc_core::sema::{NoFiles, Options, analyze};

/// What is said of a target.
pub(crate) fn settings(options: &[(&TargetOption, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (option, value) in options {
        settings.set(option, *value);
    }
    settings
}

/// What comes of compiling a policy without servers.
pub(crate) fn emission(target: &str, text: &str, settings: &Settings) -> Emission {
    let analysis = analyze("shop.pol", Path::new("shop.pol"), text, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap_or_else(|| panic!("{text}: {:?}", analysis.diagnostics));
    find(target).unwrap().make(&Request::new(&checked.policies()[0], ServerId(0), settings))
}

/// The document of a policy that the target holds.
pub(crate) fn document(target: &str, text: &str, settings: &Settings) -> String {
    let emission = emission(target, text, settings);
    emission.artefact.unwrap_or_else(|| panic!("{text}: {:?}", emission.diagnostics)).text
}
