//! A decider with its tools numbered, so that results can be kept by number.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analysis::case::Case;
use crate::decider::Decider;
use crate::eval::Call;
use crate::ir::{Limit, Parts, ServerId, Subject, ToolId};
use crate::json::Value;
use crate::source::offset;

/// A decider with numbers for its tools. For a policy, they are the numbers that the tools have in
/// the policy.
pub struct Model<'d> {
    decider: &'d dyn Decider,
    servers: Vec<&'d str>,
    tools: Vec<(ServerId, &'d str)>,
    /// What becomes of the calls of tools that do not exist.
    absent: Arc<Case>,
}

impl<'d> Model<'d> {
    /// Numbers the tools of a decider.
    #[must_use]
    pub fn new(decider: &'d dyn Decider) -> Self {
        let servers = decider.servers();
        let tools = servers.iter().enumerate().flat_map(|(server, _)| {
            decider.tools(server).into_iter().map(move |tool| (ServerId(offset(server)), tool))
        });
        let tools = tools.collect();
        Self { decider, servers, tools, absent: Arc::default() }
    }

    /// What decides.
    #[must_use]
    pub const fn decider(&self) -> &'d dyn Decider {
        self.decider
    }

    /// Everything that can be asked about: the tools in order, then the unknown tools of each
    /// server.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let numbered = self.tools.iter().enumerate();
        let known = numbered.map(|(number, (server, _))| Subject::known(*server, ToolId(offset(number))));
        let others = (0..self.servers.len()).map(|server| Subject::others(ServerId(offset(server))));
        known.chain(others).collect()
    }

    /// The name of a tool; `None` for the unknown tools.
    #[must_use]
    pub fn name(&self, subject: Subject) -> Option<&'d str> {
        self.tools.get(subject.tool?.0 as usize).map(|(_, name)| *name)
    }

    /// The names of the known tools.
    pub fn names(&self) -> impl Iterator<Item = &'d str> {
        self.tools.iter().map(|(_, name)| *name)
    }

    /// The name of the server of a subject; empty if it has none.
    #[must_use]
    pub fn server(&self, subject: Subject) -> &'d str {
        self.servers.get(subject.server.0 as usize).copied().unwrap_or_default()
    }

    /// How many servers there are.
    #[must_use]
    pub const fn count_servers(&self) -> usize {
        self.servers.len()
    }

    /// What becomes of the calls of a tool. A tool that does not exist has none that pass.
    pub(crate) fn case(&self, subject: Subject) -> Arc<Case> {
        let case = self.decider.case(subject.server.0 as usize, self.name(subject));
        case.unwrap_or_else(|| self.absent.clone())
    }

    /// Groups of tools with the same case, in the order of the first tool of each group.
    pub(super) fn groups(&self, wanted: &dyn Fn(Subject) -> bool) -> Vec<(Arc<Case>, Vec<Subject>)> {
        let mut groups: Vec<(Arc<Case>, Vec<Subject>)> = Vec::new();
        // By the address of the case, which the decider keeps.
        let mut found: BTreeMap<usize, usize> = BTreeMap::new();
        for subject in self.subjects().into_iter().filter(|subject| wanted(*subject)) {
            let case = self.case(subject);
            let at = *found.entry(Arc::as_ptr(&case).addr()).or_insert(groups.len());
            match groups.get_mut(at) {
                Some((_, subjects)) => subjects.push(subject),
                None => groups.push((case, vec![subject])),
            }
        }
        groups
    }

    /// The limit of a rule.
    pub(super) fn limit(&self, rule: usize) -> Option<&'d Limit> {
        self.decider.limit(rule)
    }

    /// The name of a tool in a call; for the unknown tools, a name that no known tool has.
    pub(super) fn name_in_call(&self, subject: Subject) -> Cow<'d, str> {
        if let Some(name) = self.name(subject) {
            return Cow::Borrowed(name);
        }
        let mut name = Parts::UNKNOWN_TOOL.to_owned();
        while self.tools.binary_search(&(subject.server, name.as_str())).is_ok() {
            name.push('_');
        }
        Cow::Owned(name)
    }

    /// A call of a tool that a person has approved, should it need that. `name` is the one that
    /// [`Model::name_in_call`] gives.
    pub(super) fn call<'a>(
        &self,
        subject: Subject,
        name: &'a str,
        arguments: Value<'a>,
        caller: Option<Value<'a>>,
        at: i64,
    ) -> Call<'a>
    where
        'd: 'a,
    {
        let server = Some(self.server(subject)).filter(|name| !name.is_empty());
        Call { server, name, arguments, caller, grant: None, at, approved: true }
    }
}
