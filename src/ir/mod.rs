//! The model of one policy: what evaluation, analysis and every target work on.
//!
//! Names are resolved, globs and sets expanded, `let` values put in, `unless` turned into `not`, counters
//! named. Order of statements survives only where the language gives it a meaning: the first of several
//! rules that decide is named. A [`Policy`] can be had only from a source without errors: from
//! [`Checked::policies`](crate::sema::Checked::policies).
//!
//! A policy speaks of *known* tools, those of the catalogues (or, without a catalogue, those that it names),
//! and of *other* tools, which only `*` and `server::*` select.

mod selection;
mod steps;
mod subject;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use selection::{Selected, Selection, Star};
pub use steps::{Deciding, DecisionStep, Opened, RulesByTool, Selecting, Steps};
pub use subject::Subject;

use crate::catalogue::{Catalogue, Classes, Tags, ToolSets, ToolSettings};
use crate::decimal::Decimal;
use crate::diagnostics::NoErrors;
use crate::predicate::{Condition, Path};
use crate::source::Span;

/// Index of a server in [`Parts::servers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u32);

/// Index of a tool in [`Parts::tools`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ToolId(pub u32);

/// One policy. It can be made only with the proof that its source has no errors.
#[derive(Debug, Clone)]
pub struct Policy {
    parts: Parts,
    _proof: NoErrors,
}

impl std::ops::Deref for Policy {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// What a policy is made of.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The name of the block, or of the file without `.pol`.
    pub name: String,
    /// The servers in order of declaration; at least one. A policy without catalogue has one unnamed server.
    pub servers: Arc<[Server]>,
    /// The known tools, sorted by server, then by bytes of the name; each name once per server.
    pub tools: Arc<[Tool]>,
    /// What happens to a tool that no rule opens.
    pub default: Default,
    /// The rules in the order of the source, imports in their place. The statement that sets the default is not among them.
    pub rules: Vec<Rule>,
    /// The assertions in the order of the source.
    pub assertions: Vec<Assertion>,
}

/// A server and what is known of it.
#[derive(Debug, Clone)]
pub struct Server {
    /// The declared name; empty for the unnamed server of a policy without catalogue.
    pub name: String,
    /// Its catalogue, if there is one.
    pub catalogue: Option<Arc<Catalogue>>,
    /// The classes and tags that its owner gives to its tools.
    pub settings: Arc<ToolSettings>,
    /// The classes and tags that the lock has for its tools: those of tools to which nobody else gives some.
    pub locked: Arc<BTreeMap<String, ToolSets>>,
}

impl Server {
    /// The classes of a tool with some entries in the catalogue of this server, and why; `None` without a catalogue. A tool
    /// that is listed twice has the classes of both listings.
    #[must_use]
    pub fn classes(&self, tool: &Tool) -> Option<(Classes, &str)> {
        self.classes_of_entries(&tool.name, &tool.entries)
    }

    /// The classes of a tool by its name, and why, as [`classes`](Self::classes); `None` if the catalogue has no such tool.
    #[must_use]
    pub fn classes_of(&self, name: &str) -> Option<(Classes, &str)> {
        let entries = self.catalogue.as_ref()?.entries(name);
        if entries.is_empty() { None } else { self.classes_of_entries(name, entries) }
    }

    fn classes_of_entries(&self, name: &str, entries: &[u32]) -> Option<(Classes, &str)> {
        let catalogue = self.catalogue.as_ref()?;
        let set = self.settings.classes(name).map(|classes| (classes, "policyc.toml says so"));
        set.or_else(|| catalogue.classes_of(entries, self.locked.get(name).map(|locked| locked.classes)))
    }

    /// The classes of a tool as [`classes`](Self::classes), for whoever does not ask why: they are found sooner.
    #[must_use]
    pub fn only_classes(&self, tool: &Tool) -> Option<Classes> {
        let catalogue = self.catalogue.as_ref()?;
        let locked = self.locked.get(&*tool.name).map(|locked| locked.classes);
        self.settings.classes(&tool.name).or_else(|| catalogue.only_classes_of(&tool.entries, locked))
    }

    /// The tags of a tool with some entries in the catalogue of this server; `None` without a catalogue. A tool that is listed
    /// twice has the tags of both listings.
    #[must_use]
    pub fn tags(&self, tool: &Tool) -> Option<Tags> {
        self.tags_of_entries(&tool.name, &tool.entries)
    }

    /// The tags of a tool by its name, as [`tags`](Self::tags); `None` if the catalogue has no such tool.
    #[must_use]
    pub fn tags_of(&self, name: &str) -> Option<Tags> {
        let entries = self.catalogue.as_ref()?.entries(name);
        if entries.is_empty() { None } else { self.tags_of_entries(name, entries) }
    }

    fn tags_of_entries(&self, name: &str, entries: &[u32]) -> Option<Tags> {
        let catalogue = self.catalogue.as_ref()?;
        let set = self.settings.tags(name);
        set.or_else(|| catalogue.tags_of(entries, self.locked.get(name).map(|locked| locked.tags)))
    }
}

/// A known tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// The server that offers it.
    pub server: ServerId,
    /// Its exact name.
    pub name: String,
    /// Its entries in the server's catalogue: empty without a catalogue, several for a tool listed twice.
    pub entries: Vec<u32>,
}

/// Allowed or denied when nothing opens the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Default {
    /// Whether calls are allowed.
    pub allow: bool,
    /// The `because` of `deny *`.
    pub reason: Option<String>,
    /// The statement; `None` when none was written, which denies.
    pub origin: Option<Origin>,
}

/// Where a rule stands in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The whole statement.
    pub span: Span,
    /// How decisions name the place: the line, with `FILE:` in front for an imported rule.
    pub line: String,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What it does.
    pub effect: Effect,
    /// The tools it selects.
    pub selection: Selection,
    /// `when` and `unless`; for [`Effect::Require`] the condition that must hold, which is always there.
    pub guard: Option<Guard>,
    /// The `because`.
    pub reason: Option<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// A condition and how it reads.
#[derive(Debug, Clone)]
pub struct Guard {
    /// The condition.
    pub condition: Condition,
    /// On one line as the formatter writes it, `let` names replaced by their values.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// What a rule does.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Opens the calls for which the guard holds.
    Allow,
    /// Denies the calls for which the guard holds.
    Deny,
    /// Denies all calls and takes the tool out of tools/list.
    Hide,
    /// Bounds how many calls pass.
    Limit(Limit),
    /// Denies the calls for which the guard does not hold.
    Require,
    /// Holds the calls for which the guard holds until someone approves.
    Approval {
        /// Who must say yes; shown where a person is asked.
        by: Option<String>,
    },
}

/// A bound on calls, or on a sum, within fixed windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The most calls or the largest sum that passes in a window. Whole for a count of calls.
    pub max: Decimal,
    /// The length of the window in seconds. Windows are aligned to multiples since 1970-01-01T00:00:00Z.
    pub window: u64,
    /// Who shares a count.
    pub scope: Scope,
    /// The argument that is summed; `None` counts calls.
    pub sum_of: Option<Path>,
    /// Whether all selected tools share one counter.
    pub total: bool,
    /// The name given with `as`, else `None` and each tool has the default name.
    pub counter: Option<String>,
    /// Where its parts are written; `None` for a limit of a document.
    pub spans: Option<LimitSpans>,
}

/// Where the parts of a limit are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSpans {
    /// `30/min`
    pub rate: Span,
    /// What follows `per`.
    pub scope: Option<Span>,
    /// What follows `of`.
    pub sum_of: Option<Span>,
}

impl Limit {
    /// The name of the counter for a tool.
    #[must_use]
    pub fn counter_name(&self, tool: &str) -> String {
        if let Some(name) = &self.counter {
            return name.clone();
        }
        let window = window_name(self.window);
        let scope = match &self.scope {
            Scope::Grant => String::new(),
            Scope::Server => "_server".to_owned(),
            Scope::Caller(claim) => format!("_{claim}"),
        };
        match &self.sum_of {
            _ if self.total => format!("calls_per_{window}{scope}"),
            Some(path) => format!("{tool}_{}_{window}{scope}", path.last_name()),
            None if self.window == 60 => format!("{tool}_rate{scope}"),
            None => format!("{tool}_rate_{window}{scope}"),
        }
    }
}

/// Who shares a count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Each grant has its own.
    Grant,
    /// All calls share one.
    Server,
    /// A count per value of a claim of the caller; callers for whom it is missing, null, an array or an object share one.
    Caller(String),
}

/// A window by its largest whole unit: `minute`, `5minute`, `day`.
#[must_use]
pub fn window_name(seconds: u64) -> String {
    match largest_unit(seconds) {
        (1, unit) => unit.to_owned(),
        (count, unit) => format!("{count}{unit}"),
    }
}

/// A window in words, by its largest whole unit: `one minute`, `5 minutes`.
#[must_use]
pub fn window_words(seconds: u64) -> String {
    match largest_unit(seconds) {
        (1, unit) => format!("one {unit}"),
        (count, unit) => format!("{count} {unit}s"),
    }
}

fn largest_unit(seconds: u64) -> (u64, &'static str) {
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let (unit, length) = units.into_iter().find(|(_, length)| seconds.is_multiple_of(*length)).unwrap_or(("second", 1));
    (seconds / length, unit)
}

/// Something that must be true of the policy.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// What is demanded.
    pub demand: Demand,
    /// Of which tools.
    pub selection: Selection,
    /// Of which calls; `None` for all.
    pub guard: Option<Guard>,
    /// Whether it speaks only of calls that satisfy the inputSchema.
    pub valid_only: bool,
    /// Where it stands.
    pub origin: Origin,
}

/// What an assertion demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Every call is denied.
    Deny,
    /// No call is denied or held for approval, limits aside.
    Allow,
    /// Every allowed call falls under a limit at least as tight.
    Limit {
        /// The most calls in a window.
        max: Decimal,
        /// The window in seconds.
        window: u64,
        /// Who shares the count.
        scope: Scope,
    },
    /// No call is allowed without approval.
    Approval,
}

impl Policy {
    /// A policy of parts from a source without errors.
    #[must_use]
    pub const fn new(parts: Parts, proof: NoErrors) -> Self {
        Self { parts, _proof: proof }
    }

    /// The policy without the rules that have these indices.
    #[must_use]
    pub fn without(&self, gone: &BTreeSet<usize>) -> Self {
        let mut left = self.clone();
        let mut index = 0..;
        left.parts.rules.retain(|_| index.next().is_none_or(|index| !gone.contains(&index)));
        left
    }
}

impl Parts {
    /// The tool with an index; `None` for an index of another policy.
    #[must_use]
    pub fn tool(&self, id: ToolId) -> Option<&Tool> {
        self.tools.get(id.0 as usize)
    }

    /// The server with an index; `None` for an index of another policy.
    #[must_use]
    pub fn server(&self, id: ServerId) -> Option<&Server> {
        self.servers.get(id.0 as usize)
    }

    /// The risk classes of a known tool and why it has them; `None` without a catalogue.
    #[must_use]
    pub fn classes(&self, id: ToolId) -> Option<(Classes, &str)> {
        let tool = self.tool(id)?;
        self.server(tool.server)?.classes(tool)
    }

    /// Finds a known tool by server and exact name.
    #[must_use]
    pub fn find_tool(&self, server: ServerId, name: &str) -> Option<ToolId> {
        let found = self.tools.binary_search_by(|tool| (tool.server, tool.name.as_str()).cmp(&(server, name)));
        found.ok().map(|index| ToolId(crate::source::offset(index)))
    }

    /// Finds a server by name.
    #[must_use]
    pub fn find_server(&self, name: &str) -> Option<ServerId> {
        let found = self.servers.iter().position(|server| server.name == name);
        found.map(|index| ServerId(crate::source::offset(index)))
    }

    /// All known tools with their indices, in order of their servers and names.
    pub fn known_tools(&self) -> impl Iterator<Item = (ToolId, &Tool)> {
        self.tools.iter().enumerate().map(|(index, tool)| (ToolId(crate::source::offset(index)), tool))
    }

    /// The known tools of a server with their indices, in order of their names.
    pub fn tools_of(&self, server: ServerId) -> impl Iterator<Item = (ToolId, &Tool)> {
        self.known_tools().filter(move |(_, tool)| tool.server == server)
    }
}
