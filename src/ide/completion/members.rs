//! The members that some tools declare at a path.

use std::collections::HashMap;

use crate::ide::View;
use crate::ir::ToolId;
use crate::predicate::Step;
use crate::schema::{ArgumentInfo, ValueInfo};

/// The most tools that are asked for types: of more, only names are counted, and the names that most of them have are looked at closer.
const MOST_TOOLS: usize = 40;
const MOST_DETAILED: usize = 60;

/// A member that some tools declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name.
    pub(super) name: String,
    /// Its types, each once; empty where nobody looked.
    pub(super) types: Vec<String>,
    /// Whether every valid call of each tool that has it gives it.
    pub(super) required: bool,
    /// The tools that declare it.
    pub(super) tools: Vec<ToolId>,
}

/// The members below a path, and of how many tools. Those that most tools have come first, then in the order of the catalogue.
pub(super) fn members(view: &View<'_>, tools: &[ToolId], steps: &[Step]) -> (Vec<Member>, usize) {
    let mut found = Members::default();
    if tools.len() <= MOST_TOOLS {
        found.full(view, tools, steps);
        return (found.list, tools.len());
    }
    match steps.first() {
        None => {
            for tool in tools {
                for name in view.schemas(*tool).flat_map(|schema| schema.names()) {
                    found.add(name, *tool);
                }
            }
            let mut list = found.list;
            list.sort_by_key(|member| std::cmp::Reverse(member.tools.len()));
            // Nobody looks whether each of them requires it.
            list.iter_mut().for_each(|member| member.required = false);
            for member in list.iter_mut().take(MOST_DETAILED) {
                let path = [Step::Key(member.name.clone())];
                let first = member.tools.first().and_then(|tool| info(view, *tool, &path));
                if let Some(info) = first {
                    member.types.push(info.type_text);
                }
            }
            (list, tools.len())
        }
        Some(first) => {
            let has = |tool: &ToolId| match first {
                Step::Key(key) => view.schemas(*tool).any(|schema| schema.names().contains(&key.as_str())),
                Step::Index(_) => false,
            };
            let having: Vec<ToolId> = tools.iter().copied().filter(has).take(MOST_TOOLS).collect();
            found.full(view, &having, steps);
            (found.list, having.len())
        }
    }
}

#[derive(Default)]
struct Members {
    list: Vec<Member>,
    places: HashMap<String, usize>,
}

impl Members {
    fn add(&mut self, name: &str, tool: ToolId) -> Option<&mut Member> {
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                let place = self.list.len();
                self.places.insert(name.to_owned(), place);
                let name = name.to_owned();
                self.list.push(Member { name, types: Vec::new(), required: true, tools: Vec::new() });
                place
            }
        };
        let member = self.list.get_mut(place)?;
        if member.tools.last() != Some(&tool) {
            member.tools.push(tool);
        }
        Some(member)
    }

    fn full(&mut self, view: &View<'_>, tools: &[ToolId], steps: &[Step]) {
        for tool in tools {
            for schema in view.schemas(*tool) {
                for ArgumentInfo { name, type_text, required, .. } in schema.members(steps) {
                    let Some(member) = self.add(&name, *tool) else { continue };
                    member.required &= required;
                    if !member.types.contains(&type_text) {
                        member.types.push(type_text);
                    }
                }
            }
        }
        self.list.sort_by_key(|member| std::cmp::Reverse(member.tools.len()));
    }
}

impl Member {
    /// Its types in one line.
    pub(super) fn type_text(&self) -> String {
        const MOST: usize = 3;
        let shown = self.types.get(..MOST).unwrap_or(&self.types);
        let more = if self.types.len() > MOST { " or …" } else { "" };
        format!("{}{more}", shown.join(" or "))
    }
}

/// The members of one tool, required ones first.
pub(in crate::ide) fn sorted(view: &View<'_>, tool: ToolId, steps: &[Step]) -> Vec<ArgumentInfo> {
    let mut members: Vec<ArgumentInfo> = Vec::new();
    for member in view.schemas(tool).flat_map(|schema| schema.members(steps)) {
        if !members.iter().any(|known| known.name == member.name) {
            members.push(member);
        }
    }
    members.sort_by_key(|member| !member.required);
    members
}

/// What the schemas of a tool say of a path: of several the first that says something.
fn info(view: &View<'_>, tool: ToolId, steps: &[Step]) -> Option<ValueInfo> {
    view.schemas(tool).find_map(|schema| schema.info(steps))
}

/// What the schemas of some tools say of a path; of many tools only of the first that say something.
pub(super) fn infos(view: &View<'_>, tools: &[ToolId], steps: &[Step]) -> Vec<ValueInfo> {
    tools.iter().filter_map(|tool| info(view, *tool, steps)).take(MOST_TOOLS).collect()
}
