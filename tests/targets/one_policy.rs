//! The page with one policy in every target, and the documents of the policies in `examples`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policyc_core::emit::{Emission, Leave, Request, Settings, SideFile, TARGETS, Target, TargetOption};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::report::compile::{Compiled, text};
use policyc_core::sema::{Checked, Options, analyze};

use crate::documents::Files;
use crate::holds::{policies, the_page_has};
use crate::support::root;

fn checked(path: &Path, text: &str) -> Checked {
    let analysis = analyze("policy.pol", path, text, &Options::default(), &Files);
    analysis.checked.unwrap_or_else(|| panic!("{}: {:?}", path.display(), analysis.diagnostics))
}

/// The only server of a policy, with what a target needs to know about it.
fn request<'a>(target: &Target, policy: &'a Policy, settings: &'a mut Settings) -> Request<'a> {
    *settings = target.settings_of_examples();
    settings.remove(&TargetOption::ALIAS);
    Request::new(policy, ServerId(0), settings)
}

/// What a target makes of a policy: without its limits, where it does not hold them and can hold the rest.
fn emission(target: &Target, policy: &Policy) -> Emission {
    let mut settings = Settings::default();
    let request = request(target, policy, &mut settings);
    let whole = target.make(&request);
    if whole.artefact.is_some() {
        return whole;
    }
    let left = target.make_leaving(&request, &[Leave::Limits]);
    if left.artefact.is_some() { left } else { whole }
}

fn report(target: &Target, policy: &Policy, emission: &Emission) -> String {
    text(&[Compiled { target, policy, server: ServerId(0), emission }])
}

/// Modules for other hosts of OPA differ in their frame only.
fn is_shown(target: &Target) -> bool {
    !matches!(target.name, "opa-envoy" | "acs")
}

#[test]
fn the_page_has_the_documents() {
    const PAGE: &str = "docs/one-policy.md";
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let (_, rest) = page.split_once("```pol catalogue\n").expect("the policy");
    let (policy, _) = rest.split_once("```\n").expect("the end of the policy");
    let checked = checked(&root().join("docs/shop.pol"), policy);
    let mut out = String::new();
    for target in TARGETS.iter().copied().filter(|target| is_shown(target)) {
        let emission = emission(target, &checked.policies()[0]);
        let _ = write!(out, "## {}\n\n", target.title);
        let said = report(target, &checked.policies()[0], &emission);
        let _ = write!(out, "```text\n{said}```\n\n");
        if let Some(artefact) = emission.artefact {
            let _ = write!(out, "```{}\n{}```\n\n", target.extension, artefact.text);
            for SideFile { path, text } in artefact.beside {
                let _ = write!(out, "Beside it, `{path}`:\n\n```\n{text}```\n\n");
            }
        }
    }
    the_page_has(PAGE, "from that policy", &format!("{}\n", out.trim_end_matches('\n')));
}

/// The documents of targets that are not beside the examples themselves.
#[test]
fn documents_of_the_examples() {
    let mut files: Vec<PathBuf> = Vec::new();
    policies(&root().join("examples"), &mut files);
    for target in TARGETS.iter().copied().filter(|target| is_shown(target)) {
        if matches!(target.name, "policylayer" | "intercept") {
            continue;
        }
        let mut all = String::new();
        for file in &files {
            let source = fs::read_to_string(file).unwrap();
            for policy in checked(file, &source).policies().iter().filter(|policy| !policy.servers.is_empty()) {
                let emission = emission(target, policy);
                all.push_str(&report(target, policy, &emission));
                all.push_str(&emission.artefact.map_or_else(String::new, |artefact| artefact.text));
                all.push('\n');
            }
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("examples_{}", target.name), all);
        });
    }
}
