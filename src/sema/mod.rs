//! From trees to checked policies: imports, names, types.
//!
//! [`analyze`] works on any text and reports all it can find. Only a text without errors gives a [`Checked`],
//! and only from one can policies of the model be had. It goes in two steps: [`survey`] reads, [`Survey::complete`] looks at every
//! statement.

mod assemble;
mod cache;
mod calls;
mod catalogues;
mod condition;
mod foreign;
mod imports;
mod known_good;
mod known_tools;
mod load;
mod locked;
mod names;
mod policy;
mod reanalysis;
mod scope;
mod select;
mod survey;
mod types;
mod unmatched;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use cache::Cache;
pub(crate) use condition::quantified;
pub use imports::{Unit, imports};
pub(crate) use load::normalize;
pub use load::{Loader, MAX_CATALOGUE, MAX_POLICY, NoFiles, decode};

pub use known_tools::KnownTools;
pub use locked::{LockOption, LockView, ToolDrift};
pub use policy::sets_default;
pub use scope::{Scope, Scopes};
pub use survey::{Survey, survey};

use crate::catalogue::ToolSettings;
use crate::diagnostics::Diagnostic;
use crate::ir;
use crate::source::{FileId, SourceMap};
use crate::syntax::{Parse, ast};

/// What is known about a policy besides its text.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Catalogues from the command line or the configuration, in order.
    pub catalogues: Vec<CatalogueOption>,
    /// By the name of a server, the classes and tags that the configuration gives to its tools.
    pub settings: BTreeMap<String, Arc<ToolSettings>>,
    /// Tools, and perhaps `when` and a condition, as an assertion has them: resolved as if asserted denied at the end of the main
    /// file. The assertion stands in [`Analysis::question`], a file of its own.
    pub question: Option<String>,
    /// The lock that applies, if one may.
    pub lock: Option<LockOption>,
    /// Whether the main file is a baseline, whose assertions are decided for other policies: what its globs and sets do not find
    /// is information there, too.
    pub baseline: bool,
}

/// `--catalogue [NAME=]PATH`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueOption {
    /// The server that it stands in for or adds; without one, the only server or a new one.
    pub server: Option<String>,
    /// The file.
    pub path: PathBuf,
}

/// All that is known about a policy file.
#[derive(Debug)]
pub struct Analysis {
    /// The texts that diagnostics point into.
    pub sources: SourceMap,
    /// The main file.
    pub main: FileId,
    /// The text of [`Options::question`].
    pub question: Option<FileId>,
    /// [`Options::baseline`].
    pub baseline: bool,
    /// What was found, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// The main file and what it imports, as read.
    pub units: Vec<Unit>,
    /// The top-level statements in order, imports in their place: index of a unit, and of a statement in it.
    pub order: Vec<(usize, usize)>,
    /// The servers and tools that the policies can speak of, also when there are errors.
    pub known_tools: Arc<KnownTools>,
    /// The tools that are not as they are locked.
    pub drift: Vec<ToolDrift>,
    /// The policies; `None` if there is an error.
    pub checked: Option<Checked>,
}

impl Analysis {
    /// The files of the policy with their trees: the main file, and what it imports.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &Parse)> {
        self.units.iter().map(|unit| (unit.file, &*unit.parse))
    }

    /// The policies; none if there is an error.
    pub fn policies(&self) -> impl Iterator<Item = &ir::Policy> {
        self.checked.iter().flat_map(Checked::policies)
    }
}

/// Policies without errors.
#[derive(Debug)]
pub struct Checked {
    policies: Vec<ir::Policy>,
    tests: Vec<TestCase>,
    blocks: bool,
}

impl Checked {
    /// The policies in order of the source: one for each block, or the one that the file is.
    #[must_use]
    pub fn policies(&self) -> &[ir::Policy] {
        &self.policies
    }

    /// The policy of a file that is one policy; `None` for a file with several `policy` blocks.
    #[must_use]
    pub fn policy(&self) -> Option<&ir::Policy> {
        match self.policies.as_slice() {
            [policy] => Some(policy),
            _ => None,
        }
    }

    /// The tests of the main file in order.
    #[must_use]
    pub fn tests(&self) -> &[TestCase] {
        &self.tests
    }

    /// Whether the file has `policy` blocks.
    #[must_use]
    pub fn has_blocks(&self) -> bool {
        self.blocks
    }
}

/// A test and the policies that it runs against.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// The test.
    pub test: ast::Test,
    /// Index of its policy; `None` runs it against all.
    pub policy: Option<usize>,
}

/// Reads and checks a policy. `name` is how diagnostics call the file, `path` what its imports are relative to.
pub fn analyze(name: &str, path: &Path, text: &str, options: &Options, loader: &dyn Loader) -> Analysis {
    survey(name, path, text, options, loader).complete()
}
