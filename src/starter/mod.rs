//! Writes a first policy for the tools of servers.
//!
//! It denies by default and opens tools by name, so that what a server adds later stays closed. What a tool may do follows from its classes:
//! reads are open, changes limited, each tool and all together, execution limited further and held to the bounds of its schema. What
//! destroys, moves money, reaches people, changes rights, brings code into use or handles secrets (also by reading them) needs approval.
//! Assertions state these promises, also by the names of tools, and a test for each rule shows where it begins to refuse.
//!
//! A target that cannot hold one of these means gets a policy with the others.

mod bounds;
pub mod learn;
mod means;
mod part;
mod text;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::diagnostics::{Diagnostic, codes};
use crate::emit::{Request, Target, TargetSettings};
use crate::fmt;
use crate::ir::{Policy, ServerId};
use crate::lint;
use crate::sema::{self, Analysis, Loader, Options};
use crate::source::{FileId, offset};
use crate::syntax;
use crate::testing::WrittenTest;
use part::Tools;

/// A server of the policy to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StarterServer {
    /// Its name in the policy. Characters that no name has are replaced.
    pub name: String,
    /// The path of its catalogue as the policy names it.
    pub catalogue: String,
}

/// What a first policy is written for.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The servers, in the order in which they are declared.
    pub servers: &'a [StarterServer],
    /// Where the policy will stand: paths are relative to its folder.
    pub path: &'a Path,
    /// The classes that the configuration gives to tools.
    pub options: &'a Options,
    /// The targets that must be able to hold it; mostly none or one.
    pub targets: &'a [&'static Target],
    /// What is said of them.
    pub settings: &'a TargetSettings,
}

/// A first policy.
#[derive(Debug)]
pub struct Starter {
    /// The policy, formatted, without errors, with tests that pass.
    pub text: String,
    /// What a target refused of a policy that holds risky tools back by all means; `None` if that is what was written.
    pub refused: Option<Refused>,
}

/// What a target refuses.
#[derive(Debug)]
pub struct Refused {
    /// The target.
    pub target: &'static Target,
    /// What it says.
    pub diagnostics: Vec<Diagnostic>,
    /// The policy that it is about.
    pub analysis: Box<Analysis>,
}

/// Why no policy was written.
#[derive(Debug)]
pub enum NotWritten {
    /// A catalogue cannot be used: what is wrong with it is in the analysis.
    Unusable(Box<Analysis>),
    /// The catalogues list no tool.
    NoTools,
    /// A target refuses even a policy that opens nothing but reads.
    Refused(Refused),
}

/// Writes a first policy.
///
/// # Errors
/// A catalogue is unusable or empty, or a target cannot hold any such policy.
pub fn write(wanted: &Wanted<'_>, loader: &dyn Loader) -> Result<Starter, NotWritten> {
    let servers = text::servers(wanted.servers);
    let bare = analyze(wanted, &format!("{servers}deny *;\n"), loader);
    let Some(policy) = policy_of(&bare) else { return Err(NotWritten::Unusable(Box::new(bare))) };
    let tools = Tools::of(policy);
    if tools.is_empty() {
        return Err(NotWritten::NoTools);
    }
    let mut tried: BTreeSet<String> = BTreeSet::new();
    let (mut first, mut last) = (None, None);
    for means in means::in_order(wanted.targets) {
        let text = format!("{servers}{}", text::body(&tools, &means, wanted));
        if !tried.insert(text.clone()) {
            continue;
        }
        let analysis = analyze(wanted, &text, loader);
        if policy_of(&analysis).is_none() {
            return Err(NotWritten::Unusable(Box::new(analysis)));
        }
        match refusal(wanted, &analysis) {
            None => return Ok(Starter { text: finished(&text, &analysis, Vec::new()), refused: first }),
            Some((target, diagnostics)) => {
                let refused = Refused { target, diagnostics, analysis: Box::new(analysis) };
                if first.is_none() { first = Some(refused) } else { last = Some(refused) }
            }
        }
    }
    Err(last.or(first).map_or(NotWritten::NoTools, NotWritten::Refused))
}

fn analyze(wanted: &Wanted<'_>, text: &str, loader: &dyn Loader) -> Analysis {
    let options = Options { settings: wanted.options.settings.clone(), ..Options::default() };
    sema::analyze(&wanted.path.display().to_string(), wanted.path, text, &options, loader)
}

fn policy_of(analysis: &Analysis) -> Option<&Policy> {
    analysis.checked.as_ref().and_then(|checked| checked.policy())
}

/// The first target that cannot hold a policy, and what it says.
fn refusal(wanted: &Wanted<'_>, analysis: &Analysis) -> Option<(&'static Target, Vec<Diagnostic>)> {
    let policy = policy_of(analysis)?;
    wanted.targets.iter().find_map(|target| {
        let servers = (0..policy.servers.len()).map(|index| ServerId(offset(index)));
        servers.into_iter().find_map(|server| {
            let emission = target.make(&Request::new(policy, server, wanted.settings.of(target)));
            let found = emission.diagnostics;
            found.iter().any(Diagnostic::is_error).then_some((*target, found))
        })
    })
}

/// The text, formatted, with a test for each rule at its end, and others.
fn finished(text: &str, analysis: &Analysis, others: Vec<WrittenTest>) -> String {
    let mut all = String::new();
    // The contradiction is the server's, and what to make of it is decided: the more severe class counts.
    let code = codes::ANNOTATION_CONFLICT;
    if !lint::check(analysis, &|wanted| wanted == code).is_empty() {
        let _ = writeln!(
            all,
            "// policyc: allow-file({}) the more severe of what name and hints say counts here\n",
            code.name
        );
    }
    all.push_str(text);
    let policy = policy_of(analysis);
    let mut names: BTreeSet<String> = BTreeSet::new();
    if let Some(policy) = policy {
        let of_rules = policy.rules.iter().filter_map(|rule| WrittenTest::of_rule(policy, rule));
        for test in of_rules.chain(others).filter(|test| test.passes(policy)) {
            if names.insert(test.name.clone()) {
                let _ = write!(all, "\n{}\n", test.text(policy, &test.name));
            }
        }
    }
    let parse = syntax::parse(&all, FileId(0));
    fmt::format(&all, &parse).unwrap_or(all)
}
