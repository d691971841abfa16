//! The tools of a decider that a selection of a policy selects: the policy may be the decider
//! itself, or another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Decider;
use crate::analysis::ask::Asked;
use crate::analysis::case::Case;
use crate::ir::{Parts, Selection, ServerId, Subject};

/// Which server of a policy each server of a decider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers {
    of: Vec<Option<ServerId>>,
    /// Whether other servers of the policy have nothing to do with the decider.
    is_one_of_them: bool,
}

impl Servers {
    /// By name, or because each side has but one.
    #[must_use]
    pub fn matching(decider: &dyn Decider, parts: &Parts) -> Self {
        let names = decider.servers();
        match (names.as_slice(), parts.servers.len()) {
            ([_], 1) => Self { of: vec![Some(ServerId(0))], is_one_of_them: false },
            (names, _) => {
                let of = names.iter().map(|name| parts.find_server(name)).collect();
                Self { of, is_one_of_them: false }
            }
        }
    }

    /// The only server of a decider is this one, and nothing is said of the others.
    #[must_use]
    pub fn only(server: ServerId) -> Self {
        Self { of: vec![Some(server)], is_one_of_them: true }
    }

    fn of(&self, number: usize) -> Option<ServerId> {
        self.of.get(number).copied().flatten()
    }

    fn number_of(&self, server: ServerId) -> Option<usize> {
        self.of.iter().position(|known| *known == Some(server))
    }
}

/// A selected tool.
#[derive(Debug, Clone)]
pub struct SelectedTool<'a> {
    /// How questions name it.
    pub asked: Asked<'a>,
    /// Whether it is one tool; if not, it stands for all tools that neither side knows.
    pub is_known: bool,
}

/// Tools whose calls a decider decides alike.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// What becomes of their calls.
    pub case: Arc<Case>,
    /// The tools; at least one.
    pub tools: Vec<SelectedTool<'a>>,
}

/// The tools that a selection of `parts` selects, in groups, in the order of the first of each.
/// Tools that only `parts` knows are among them.
#[must_use]
pub fn selected<'a>(
    decider: &'a dyn Decider,
    parts: &'a Parts,
    servers: &Servers,
    selection: &Selection,
) -> Vec<Group<'a>> {
    let mut groups = Groups::default();
    let names = decider.servers();
    let own_tools: Vec<Vec<&str>> = (0..names.len()).map(|number| decider.tools(number)).collect();
    let has_own =
        |number: usize, name: &str| own_tools.get(number).is_some_and(|tools| tools.binary_search(&name).is_ok());
    for (number, own) in names.iter().enumerate() {
        for tool in own_tools.get(number).into_iter().flatten().copied() {
            let Some(server) = servers.of(number) else {
                if selects_unknown_servers(selection) {
                    let schemas = decider.schemas(number, tool);
                    let asked = Asked { server: named(own), name: tool.to_owned(), schemas };
                    groups.add(decider.case(number, Some(tool)), asked, true);
                }
                continue;
            };
            let known = parts.find_tool(server, tool);
            let subject = known.map_or_else(|| Subject::others(server), |known| Subject::known(server, known));
            if selection.selects(subject).is_none() {
                continue;
            }
            let of_parts = known.map(|_| Asked::of(parts, subject).schemas).filter(|schemas| !schemas.is_empty());
            let schemas = of_parts.unwrap_or_else(|| decider.schemas(number, tool));
            let asked = Asked { server: server_name(own, parts, server), name: tool.to_owned(), schemas };
            groups.add(decider.case(number, Some(tool)), asked, true);
        }
    }
    // Tools that only the policy knows.
    for (id, tool) in parts.known_tools() {
        if selection.selects(Subject::known(tool.server, id)).is_none() {
            continue;
        }
        let asked = Asked::of(parts, Subject::known(tool.server, id));
        let Some(number) = servers.number_of(tool.server) else {
            if servers.is_one_of_them {
                continue;
            }
            groups.add(Some(Arc::default()), asked, true);
            continue;
        };
        if !has_own(number, &tool.name) {
            let own = names.get(number).copied().unwrap_or_default();
            let asked = Asked { server: server_name(own, parts, tool.server), ..asked };
            groups.add(decider.case(number, None), asked, true);
        }
    }
    for (number, own) in names.iter().enumerate() {
        let server = servers.of(number);
        let selects = match server {
            Some(server) => selection.selects(Subject::others(server)).is_some(),
            None => selects_unknown_servers(selection),
        };
        if !selects {
            continue;
        }
        let mut name = Parts::UNKNOWN_TOOL.to_owned();
        let is_taken =
            |name: &str| has_own(number, name) || server.is_some_and(|server| parts.find_tool(server, name).is_some());
        while is_taken(&name) {
            name.push('_');
        }
        let server = server.map_or(named(own), |server| server_name(own, parts, server));
        groups.add(decider.case(number, None), Asked { server, name, schemas: Vec::new() }, false);
    }
    groups.list
}

/// Whether a selection selects tools of servers, too, that nobody has declared.
fn selects_unknown_servers(selection: &Selection) -> bool {
    selection.star.as_ref().is_some_and(|star| star.servers.is_none())
}

fn named(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty())
}

/// The name of a server in calls.
fn server_name<'a>(own: &'a str, parts: &'a Parts, server: ServerId) -> Option<&'a str> {
    named(own).or_else(|| named(&parts.server(server)?.name))
}

#[derive(Default)]
struct Groups<'a> {
    list: Vec<Group<'a>>,
    /// By the address of the case, which the list keeps.
    found: BTreeMap<usize, usize>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, case: Option<Arc<Case>>, asked: Asked<'a>, is_known: bool) {
        // A tool that does not exist has no calls.
        let Some(case) = case else { return };
        let tool = SelectedTool { asked, is_known };
        let at = *self.found.entry(Arc::as_ptr(&case).addr()).or_insert(self.list.len());
        match self.list.get_mut(at) {
            Some(group) => group.tools.push(tool),
            None => self.list.push(Group { case, tools: vec![tool] }),
        }
    }
}
