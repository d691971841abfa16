//! Resolving selections: names, globs, sets and groups to tools.

use std::collections::BTreeMap;

use super::universe::Universe;
use crate::catalogue::Class;
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::ir::{Selection, ServerId, Star, ToolId};
use crate::source::Span;
use crate::syntax::ast::{self, SelectionItem, SelectionKind};
use crate::syntax::json_quote;

/// The built-in sets.
const CLASSES: [Class; 5] = [Class::Read, Class::Write, Class::Destructive, Class::Execute, Class::Financial];

/// The longest chain of groups that name groups.
const MAX_CHAIN: usize = 64;

/// The class that a built-in set holds.
pub(super) fn builtin(set: &str) -> Option<Class> {
    CLASSES.into_iter().find(|class| class.name() == set)
}

/// A declared group.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    pub(super) name: Span,
    pub(super) selection: &'a ast::Selection,
}

/// A resolved selection with what the type check asks of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolved {
    pub(super) selection: Selection,
    /// The tools selected by their own names, for each of which a condition must be right; sorted.
    pub(super) by_name: Vec<ToolId>,
}

/// Resolves selections against one set of groups.
pub(super) struct Selector<'a> {
    pub(super) universe: &'a Universe,
    pub(super) groups: BTreeMap<&'a str, Group<'a>>,
    /// The tools of the groups resolved so far.
    resolved: BTreeMap<&'a str, Vec<ToolId>>,
    /// The groups being resolved, outermost first.
    active: Vec<&'a str>,
}

/// What a list of items comes to.
#[derive(Default)]
struct Items {
    named: Vec<ToolId>,
    by_name: Vec<ToolId>,
    everything: bool,
    servers: Vec<ServerId>,
}

impl<'a> Selector<'a> {
    pub(super) fn new(universe: &'a Universe, groups: BTreeMap<&'a str, Group<'a>>) -> Self {
        Self { universe, groups, resolved: BTreeMap::new(), active: Vec::new() }
    }

    /// Resolves every group, so that what is wrong with an unused one is found too.
    pub(super) fn resolve_groups(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let names: Vec<&'a str> = self.groups.keys().copied().collect();
        for name in names {
            self.group(name, diagnostics);
        }
    }

    /// Resolves a selection; what is wrong with it is reported and left out.
    pub(super) fn resolve(&mut self, selection: &ast::Selection, diagnostics: &mut Vec<Diagnostic>) -> Resolved {
        let items = self.items(&selection.items, diagnostics);
        let except = self.items(&selection.except, diagnostics);
        let server_of = |id: &ToolId| self.universe.tool(*id).map(|tool| tool.server);
        let excepted = |id: &ToolId| {
            except.everything
                || except.named.binary_search(id).is_ok()
                || server_of(id).is_some_and(|server| except.servers.binary_search(&server).is_ok())
        };
        let Items { mut named, mut by_name, everything, servers } = items;
        named.retain(|id| !excepted(id));
        by_name.retain(|id| !excepted(id));
        let star = (everything || !servers.is_empty()) && !except.everything;
        let star = star.then(|| Star {
            servers: (!everything).then_some(servers),
            except: except.named,
            except_servers: except.servers,
        });
        Resolved { selection: Selection { named, star }, by_name }
    }

    fn items(&mut self, items: &[SelectionItem], diagnostics: &mut Vec<Diagnostic>) -> Items {
        let mut all = Items::default();
        for item in items {
            let server = match &item.server {
                None => None,
                Some(name) => match self.universe.server(&name.text).filter(|_| self.universe.has_catalogue()) {
                    Some(server) => Some(server),
                    None => {
                        self.unknown_server(name, diagnostics);
                        continue;
                    }
                },
            };
            match &item.kind {
                SelectionKind::Error => {}
                SelectionKind::Everything => match server {
                    None => all.everything = true,
                    Some(server) => all.servers.push(server),
                },
                SelectionKind::Name(name) | SelectionKind::Quoted(name) => {
                    let tools = self.tool(name, server, item, diagnostics);
                    all.by_name.extend(&tools);
                    all.named.extend(tools);
                }
                SelectionKind::Glob(glob) => all.named.extend(self.glob(glob, server, item, diagnostics)),
                SelectionKind::Set(set) => all.named.extend(self.set(set, server, item, diagnostics)),
            }
        }
        for list in [&mut all.named, &mut all.by_name] {
            list.sort_unstable();
            list.dedup();
        }
        all.servers.sort_unstable();
        all.servers.dedup();
        all
    }

    fn unknown_server(&self, name: &ast::Ident, diagnostics: &mut Vec<Diagnostic>) {
        if self.universe.is_broken() {
            return;
        }
        let mut error =
            Diagnostic::new(codes::UNKNOWN_SERVER, name.span, format!("no server is named {}", quote(&name.text)));
        let known: Vec<&str> =
            self.universe.servers().iter().map(|server| server.name.as_str()).filter(|name| !name.is_empty()).collect();
        error = match nearest(&name.text, known.iter().copied()) {
            Some(near) => error.fix(Applicability::Unsafe, format!("write `{near}`"), name.span, near),
            None if known.is_empty() => {
                error.help(format!("declare it: `server {} from \"CATALOGUE.json\";`", name.text))
            }
            None => error.help(format!(
                "the servers are {}",
                known.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
            )),
        };
        diagnostics.push(error);
    }

    fn tool(
        &self,
        name: &str,
        server: Option<ServerId>,
        item: &SelectionItem,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<ToolId> {
        let found = self.universe.named(name, server);
        match found.as_slice() {
            [] if self.universe.is_broken() || !self.universe.has_catalogue() => Vec::new(),
            [] => {
                diagnostics.push(self.unknown_tool(name, server, item));
                Vec::new()
            }
            [_] => found,
            several => {
                let message = format!("several servers have a tool {}", quote(name));
                let mut error = Diagnostic::new(codes::AMBIGUOUS_TOOL, item.span, message)
                    .help("say which one is meant, or name each of them");
                for id in several {
                    let full = self.universe.tool(*id).map_or_else(String::new, |tool| {
                        let server = self.universe.servers().get(tool.server.0 as usize);
                        format!("{}::", server.map_or("", |server| server.name.as_str()))
                    });
                    let written = format!("{full}{}", tool_text(name));
                    error = error.fix(Applicability::Unsafe, format!("write `{written}`"), item.span, written);
                }
                diagnostics.push(error);
                Vec::new()
            }
        }
    }

    fn unknown_tool(&self, name: &str, server: Option<ServerId>, item: &SelectionItem) -> Diagnostic {
        let place = match server.and_then(|server| self.universe.servers().get(server.0 as usize)) {
            Some(server) => format!("the server {} has no tool", quote(&server.name)),
            None if self.universe.servers().len() > 1 => "no server has a tool".to_owned(),
            None => "the catalogue has no tool".to_owned(),
        };
        let error = Diagnostic::new(codes::UNKNOWN_TOOL, item.span, format!("{place} {}", quote(name)));
        if let Some(class) = builtin(name) {
            let set = format!("@{}", class.name());
            return error.help("a built-in set begins with `@`").fix(
                Applicability::Safe,
                format!("write `{set}`"),
                item.span,
                set,
            );
        }
        if self.groups.contains_key(name) {
            let set = format!("@{name}");
            return error.help("a group is used with `@`").fix(
                Applicability::Safe,
                format!("write `{set}`"),
                item.span,
                set,
            );
        }
        match self.universe.nearest_tool(name, server) {
            Some(near) => {
                let prefix = item.server.as_ref().map_or_else(String::new, |server| format!("{}::", server.text));
                let written = format!("{prefix}{}", tool_text(near));
                error.help(format!("did you mean {}?", quote(near))).fix(
                    Applicability::Unsafe,
                    format!("write `{written}`"),
                    item.span,
                    written,
                )
            }
            None => error.help("`policyc catalogue show` lists the tools"),
        }
    }

    fn needs_catalogue(&self, what: &str, item: &SelectionItem, diagnostics: &mut Vec<Diagnostic>) {
        if !self.universe.is_broken() {
            let message = format!("{what} needs a catalogue");
            let error = Diagnostic::new(codes::NEEDS_CATALOGUE, item.span, message);
            let help =
                "name one with `server NAME from \"CATALOGUE.json\";` or `--catalogue PATH`, or list the tools by name";
            diagnostics.push(error.help(help));
        }
    }

    fn glob(
        &self,
        glob: &str,
        server: Option<ServerId>,
        item: &SelectionItem,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<ToolId> {
        if !self.universe.has_catalogue() {
            self.needs_catalogue("a glob", item, diagnostics);
            return Vec::new();
        }
        let found = self.universe.matching(glob, server);
        if found.is_empty() && !self.universe.is_broken() {
            let bare = glob.trim_matches('*').trim_matches(['_', '-', '.']);
            let message = format!("{} matches no tool of the catalogue", quote(glob));
            let mut warning = Diagnostic::new(codes::DEAD_GLOB, item.span, message);
            let near = if bare.len() > 2 { self.universe.matching(&format!("*{bare}*"), server) } else { Vec::new() };
            let shown: Vec<String> = near.iter().take(3).map(|id| quote(&self.universe.display(*id))).collect();
            warning = warning.help(match shown.as_slice() {
                [] => "as it stands the item selects nothing".to_owned(),
                _ => format!("as it stands the item selects nothing; near it are {}", shown.join(", ")),
            });
            diagnostics.push(warning);
        }
        found
    }

    fn set(
        &mut self,
        set: &str,
        server: Option<ServerId>,
        item: &SelectionItem,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<ToolId> {
        if let Some(class) = builtin(set) {
            // A group of that name was already reported.
            if !self.universe.has_catalogue() && !self.groups.contains_key(set) {
                self.needs_catalogue("a built-in set", item, diagnostics);
            }
            return self.universe.of_class(class, server);
        }
        let Some(name) = self.groups.get_key_value(set).map(|(name, _)| *name) else {
            let known = self.groups.keys().copied().chain(CLASSES.map(Class::name));
            let error = Diagnostic::new(
                codes::UNKNOWN_SET,
                item.span,
                format!("no set is named {}", quote(&format!("@{set}"))),
            );
            diagnostics.push(match nearest(set, known) {
                Some(near) => {
                    let prefix = item.server.as_ref().map_or_else(String::new, |server| format!("{}::", server.text));
                    let written = format!("{prefix}@{near}");
                    error.fix(Applicability::Unsafe, format!("write `{written}`"), item.span, written)
                }
                None => error.help(
                    "the built-in sets are `@read`, `@write`, `@destructive`, `@execute` and `@financial`; declare others with `group`",
                ),
            });
            return Vec::new();
        };
        let tools = self.group_at(name, item.span, diagnostics);
        match server {
            None => tools,
            Some(server) => tools
                .into_iter()
                .filter(|id| self.universe.tool(*id).is_some_and(|tool| tool.server == server))
                .collect(),
        }
    }

    fn group(&mut self, name: &'a str, diagnostics: &mut Vec<Diagnostic>) -> Vec<ToolId> {
        let Some(group) = self.groups.get(name).cloned() else { return Vec::new() };
        self.group_at(name, group.name, diagnostics)
    }

    fn group_at(&mut self, name: &'a str, used: Span, diagnostics: &mut Vec<Diagnostic>) -> Vec<ToolId> {
        if let Some(done) = self.resolved.get(name) {
            return done.clone();
        }
        let Some(group) = self.groups.get(name).cloned() else { return Vec::new() };
        if self.active.contains(&name) || self.active.len() > MAX_CHAIN {
            let message = match self.active.contains(&name) {
                true => format!("the group {} is made of itself", quote(&format!("@{name}"))),
                false => format!("a chain of more than {MAX_CHAIN} groups"),
            };
            let error = Diagnostic::new(codes::GROUP_CYCLE, used, message).because(group.name, "it is declared here");
            diagnostics.push(error.help("take one of them out of the other"));
            self.resolved.insert(name, Vec::new());
            return Vec::new();
        }
        self.active.push(name);
        for item in group.selection.items.iter().chain(&group.selection.except) {
            if item.kind == SelectionKind::Everything {
                let error = Diagnostic::new(codes::BAD_GROUP, item.span, "a group cannot hold `*`");
                diagnostics.push(error.help("name the tools, or write `*` in the statement itself"));
            }
        }
        let mut tools = self.resolve(group.selection, diagnostics).selection.named;
        self.active.pop();
        tools.sort_unstable();
        self.resolved.insert(name, tools.clone());
        tools
    }
}

/// A tool's name as it is written in a policy.
pub(super) fn tool_text(name: &str) -> String {
    if crate::syntax::is_plain_name(name) { name.to_owned() } else { json_quote(name) }
}
