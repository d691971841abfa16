//! Resolving selections: names, globs, sets and groups to tools.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::foreign;
use super::known_tools::KnownTools;
use super::names::Declared;
use super::unmatched::{self, GroupUse, InGroups, Unmatched, Use};
use crate::catalogue::BuiltIn;
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::ir::{Selection, ServerId, Star, ToolId};
use crate::json::json_quote;
use crate::source::Span;
use crate::syntax::ast::{self, SelectionItem, SelectionKind};
use crate::syntax::token::{TokenKind, lex};

/// The longest chain of groups that name groups.
const MAX_CHAIN: usize = 64;

/// Whether no group can have a name, because a set has it or will have it.
pub(super) fn is_reserved(set: &str) -> bool {
    BuiltIn::is_reserved(set)
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
    /// Whether an item of the list has no tool: it could not be resolved, or is a glob or set that matches none.
    pub(super) is_partial: bool,
    /// Globs and sets without a tool in groups that are used.
    pub(super) unmatched: Vec<GroupUse>,
}

/// What groups come to, by name. Blocks share what is declared outside of them.
pub(super) type ResolvedGroups<'a> = Arc<BTreeMap<&'a str, GroupTools>>;

/// The tools of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupTools {
    tools: Vec<ToolId>,
    /// Those that a name, string or glob selects, here or in a group of this one.
    opens: Vec<ToolId>,
    /// Globs and sets without a tool, here and in groups of this one.
    unmatched: Vec<Unmatched>,
    is_partial: bool,
}

/// Resolves selections against one set of groups.
pub(super) struct Selector<'a> {
    pub(super) known_tools: &'a KnownTools,
    pub(super) groups: Declared<'a, Group<'a>>,
    /// The groups declared outside of the block, if they were resolved there.
    outside: ResolvedGroups<'a>,
    /// The other groups, as far as they are resolved.
    resolved: BTreeMap<&'a str, GroupTools>,
    /// The groups being resolved, outermost first.
    active: Vec<&'a str>,
}

/// What a list of items comes to.
#[derive(Default)]
struct Items {
    named: Vec<ToolId>,
    opens: Vec<ToolId>,
    by_name: Vec<ToolId>,
    unmatched: Vec<Unmatched>,
    /// Items without a tool of groups that were used, and where.
    groups: Vec<(Vec<Unmatched>, Span)>,
    is_partial: bool,
    everything: bool,
    servers: Vec<ServerId>,
}

impl<'a> Selector<'a> {
    pub(super) fn new(known_tools: &'a KnownTools, groups: Declared<'a, Group<'a>>) -> Self {
        Self { known_tools, groups, outside: Arc::default(), resolved: BTreeMap::new(), active: Vec::new() }
    }

    /// Takes over what the groups declared outside of a block come to.
    pub(super) fn within(self, outside: &ResolvedGroups<'a>) -> Self {
        Self { outside: Arc::clone(outside), ..self }
    }

    /// What the groups come to, for the blocks of the file in which they are declared.
    pub(super) fn into_resolved(self) -> ResolvedGroups<'a> {
        Arc::new(self.resolved)
    }

    /// Resolves every group that is declared here, so that what is wrong with an unused one is found too. What has no tool in them is
    /// reported when it is known how they are used.
    pub(super) fn resolve_groups(&mut self, in_groups: &mut InGroups, diagnostics: &mut Vec<Diagnostic>) {
        let names: Vec<&'a str> = self.groups.here().map(|(name, _)| name).collect();
        for name in names {
            let Some(group) = self.groups.get(name).cloned() else { continue };
            let tools = self.group(name, group.name, diagnostics);
            in_groups.declared(&tools.unmatched);
        }
    }

    /// Resolves the selection of a statement; what is wrong with it is reported and left out. `uses` says what its
    /// items and those after `except` mean.
    pub(super) fn resolve(
        &mut self,
        selection: &ast::Selection,
        uses: [Use; 2],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Resolved {
        let [listed, excepted] = uses;
        let mut items = self.items(&selection.items, Some(listed), diagnostics);
        let mut except = self.items(&selection.except, Some(excepted), diagnostics);
        let unmatched = [(&mut items, false), (&mut except, true)].into_iter().flat_map(|(list, in_except)| {
            let groups = std::mem::take(&mut list.groups).into_iter();
            groups.map(move |(items, at)| GroupUse { items, in_except, at })
        });
        let unmatched = unmatched.collect();
        Resolved { unmatched, ..self.apply_except(items, except) }
    }

    fn apply_except(&self, items: Items, except: Items) -> Resolved {
        let server_of = |id: &ToolId| self.known_tools.tool(*id).map(|tool| tool.server);
        let excepted = |id: &ToolId| {
            except.everything
                || except.named.binary_search(id).is_ok()
                || server_of(id).is_some_and(|server| except.servers.binary_search(&server).is_ok())
        };
        let Items { mut named, mut opens, mut by_name, everything, servers, is_partial, .. } = items;
        [&mut named, &mut opens, &mut by_name].into_iter().for_each(|list| list.retain(|id| !excepted(id)));
        let star = (everything || !servers.is_empty()) && !except.everything;
        let star = star.then(|| Star {
            servers: (!everything).then_some(servers),
            except: except.named,
            except_servers: except.servers,
        });
        Resolved { selection: Selection { named, opens, star }, by_name, is_partial, unmatched: Vec::new() }
    }

    /// The tools of some items. Without a use, for a group, globs and sets without a tool are not reported here.
    fn items(&mut self, items: &[SelectionItem], used: Option<Use>, diagnostics: &mut Vec<Diagnostic>) -> Items {
        let mut all = Items::default();
        for item in items {
            let server = match &item.server {
                None => None,
                Some(name) => match self.known_tools.server(&name.text).filter(|_| self.known_tools.has_catalogue()) {
                    Some(server) => Some(server),
                    None => {
                        all.is_partial = true;
                        self.unknown_server(name, diagnostics);
                        continue;
                    }
                },
            };
            let unmatched = match &item.kind {
                SelectionKind::Error => {
                    all.is_partial = true;
                    None
                }
                SelectionKind::Everything => {
                    // In a group it is an error of its own.
                    all.is_partial |= used.is_none();
                    match server {
                        None => all.everything = true,
                        Some(server) => all.servers.push(server),
                    }
                    None
                }
                SelectionKind::Name(name) | SelectionKind::Quoted(name) => {
                    let tools = self.tool(name, server, item, diagnostics);
                    all.is_partial |= tools.is_empty();
                    all.by_name.extend(&tools);
                    all.opens.extend(&tools);
                    all.named.extend(tools);
                    None
                }
                SelectionKind::Glob(glob) => {
                    let tools = self.glob(glob, server, item, diagnostics);
                    let unmatched =
                        (tools.is_empty() && self.known_tools.has_catalogue() && !self.known_tools.is_broken())
                            .then(|| unmatched::dead_glob(glob, item.span, &self.similar(glob, server), used));
                    all.is_partial |= tools.is_empty();
                    all.opens.extend(&tools);
                    all.named.extend(tools);
                    unmatched
                }
                SelectionKind::Set(set) => match BuiltIn::meant(set, || self.groups.contains_key(set.as_str())) {
                    Some(built_in) => {
                        let tools = self.built_in(built_in, server, item, diagnostics);
                        let unmatched = (tools.is_empty() && self.known_tools.has_catalogue())
                            .then(|| unmatched::empty_set(set, item.span));
                        all.is_partial |= tools.is_empty();
                        all.named.extend(tools);
                        unmatched
                    }
                    None => {
                        let group = self.set(set, server, item, diagnostics);
                        all.is_partial |= group.is_partial;
                        all.opens.extend(group.opens);
                        all.named.extend(group.tools);
                        if !group.unmatched.is_empty() {
                            all.groups.push((group.unmatched, item.span));
                        }
                        None
                    }
                },
            };
            match (unmatched, used) {
                (Some(finding), Some(_)) => diagnostics.push(finding),
                (Some(finding), None) => all.unmatched.push(Unmatched { finding, in_except: false }),
                (None, _) => {}
            }
        }
        for list in [&mut all.named, &mut all.opens, &mut all.by_name] {
            list.sort_unstable();
            list.dedup();
        }
        all.servers.sort_unstable();
        all.servers.dedup();
        all
    }

    fn unknown_server(&self, name: &ast::Ident, diagnostics: &mut Vec<Diagnostic>) {
        if self.known_tools.is_broken() {
            return;
        }
        let mut error =
            Diagnostic::new(codes::UNKNOWN_SERVER, name.span, format!("no server is named {}", quote(&name.text)));
        let known: Vec<&str> = self
            .known_tools
            .servers()
            .iter()
            .map(|server| server.name.as_str())
            .filter(|name| !name.is_empty())
            .collect();
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
        let found = self.known_tools.named(name, server);
        match found.as_slice() {
            [] if self.known_tools.is_broken() => Vec::new(),
            [] if !self.known_tools.has_catalogue() => Vec::new(),
            [] => {
                diagnostics.push(self.unknown_tool(name, server, item));
                Vec::new()
            }
            [_] => {
                // Without a catalogue every name that is written is a tool.
                if !self.known_tools.has_catalogue() {
                    diagnostics.extend(foreign::for_all(name, item));
                }
                found
            }
            several => {
                let message = format!("several servers have a tool {}", quote(name));
                let mut error = Diagnostic::new(codes::AMBIGUOUS_TOOL, item.span, message)
                    .help("write which one you mean, or list each of them");
                for id in several {
                    let full = self.known_tools.tool(*id).map_or_else(String::new, |tool| {
                        let server = self.known_tools.servers().get(tool.server.0 as usize);
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
        let place = match server.and_then(|server| self.known_tools.servers().get(server.0 as usize)) {
            Some(server) => format!("the server {} has no tool", quote(&server.name)),
            None if self.known_tools.servers().len() > 1 => "no server has a tool".to_owned(),
            None => "the catalogue has no tool".to_owned(),
        };
        let error = Diagnostic::new(codes::UNKNOWN_TOOL, item.span, format!("{place} {}", quote(name)));
        if let Some(set) = BuiltIn::parse(name) {
            let set = format!("@{}", set.name());
            return error.help("a built-in set is written with `@`").fix(
                Applicability::Safe,
                format!("write `{set}`"),
                item.span,
                set,
            );
        }
        if self.groups.contains_key(name) {
            let set = format!("@{name}");
            return error.help("a group is written with `@`").fix(
                Applicability::Safe,
                format!("write `{set}`"),
                item.span,
                set,
            );
        }
        if matches!(item.kind, SelectionKind::Quoted(_)) && name.contains('*') {
            let error = error.help("in quotes, `*` is a character of the name; write a glob without quotes");
            let is_glob = lex(name)
                .first()
                .is_some_and(|token| token.kind == TokenKind::Glob && token.end as usize == name.len());
            return match is_glob && !self.known_tools.matching(name, server).is_empty() {
                true => error.fix(Applicability::Unsafe, format!("write `{name}`"), item.span, name.to_owned()),
                false => error,
            };
        }
        if let Some(written) = foreign::tool(name, server, self.known_tools) {
            let title = format!("write `{written}`");
            let help = if written == "*" { "all tools are `*`" } else { "a tool of a server is `SERVER::TOOL`" };
            return error.help(help).fix(Applicability::Unsafe, title, item.span, written);
        }
        match self.known_tools.nearest_tool(name, server) {
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
            None => error.help(self.alike(name, server)),
        }
    }

    /// What to look at where no tool has nearly this name.
    fn alike(&self, name: &str, server: Option<ServerId>) -> String {
        const MOST: usize = 5;
        let found = self.known_tools.tools_of_the_same_words(name, server);
        let shown: Vec<String> = found.iter().take(MOST).map(|tool| quote(tool)).collect();
        let rest = found.len() - shown.len();
        match (shown.as_slice(), rest) {
            ([], _) => "`policyc catalogue show` lists the tools".to_owned(),
            ([only], _) => format!("the most similar tool is {only}; `policyc catalogue show` lists them all"),
            (_, 0) => format!("similar tools are {}", shown.join(", ")),
            _ => format!(
                "similar tools are {} and {rest} more; `policyc catalogue show` lists the tools",
                shown.join(", ")
            ),
        }
    }

    fn needs_catalogue(&self, what: &str, item: &SelectionItem, diagnostics: &mut Vec<Diagnostic>) {
        if !self.known_tools.is_broken() {
            let message = format!("{what} needs a catalogue");
            let error = Diagnostic::new(codes::NEEDS_CATALOGUE, item.span, message);
            let help = "declare one with `server NAME from \"CATALOGUE.json\";` or `--catalogue PATH`, or list the tools by name";
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
        if !self.known_tools.has_catalogue() {
            self.needs_catalogue("a glob", item, diagnostics);
            return Vec::new();
        }
        self.known_tools.matching(glob, server)
    }

    /// Tools that a glob without a tool may have been meant for.
    fn similar(&self, glob: &str, server: Option<ServerId>) -> Vec<String> {
        if let Some(written) = foreign::tool(glob, server, self.known_tools) {
            return vec![quote(&written)];
        }
        let small = glob.to_ascii_lowercase();
        if small != glob && !self.known_tools.matching(&small, server).is_empty() {
            return vec![quote(&small)];
        }
        let bare = glob.trim_matches('*').trim_matches(['_', '-', '.']);
        let near = if bare.len() > 2 { self.known_tools.matching(&format!("*{bare}*"), server) } else { Vec::new() };
        near.iter().take(3).map(|id| quote(&self.known_tools.display(*id))).collect()
    }

    fn built_in(
        &self,
        set: BuiltIn,
        server: Option<ServerId>,
        item: &SelectionItem,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<ToolId> {
        // A group of that name was already reported.
        if !self.known_tools.has_catalogue() && !self.groups.contains_key(set.name()) {
            self.needs_catalogue("a built-in set", item, diagnostics);
        }
        self.known_tools.of_set(set, server)
    }

    fn set(
        &mut self,
        set: &str,
        server: Option<ServerId>,
        item: &SelectionItem,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> GroupTools {
        let Some(name) = self.groups.get_key_value(set).map(|(name, _)| name) else {
            diagnostics.push(self.unknown_set(set, item));
            return GroupTools { is_partial: true, ..GroupTools::default() };
        };
        let mut group = self.group(name, item.span, diagnostics);
        if let Some(server) = server {
            let here = |id: &ToolId| self.known_tools.tool(*id).is_some_and(|tool| tool.server == server);
            group.tools.retain(here);
            group.opens.retain(here);
        }
        group
    }

    fn unknown_set(&self, set: &str, item: &SelectionItem) -> Diagnostic {
        let message = format!("no set is named {}", quote(&format!("@{set}")));
        let error = Diagnostic::new(codes::UNKNOWN_SET, item.span, message);
        let prefix = item.server.as_ref().map_or_else(String::new, |server| format!("{}::", server.text));
        let known = self.groups.keys().chain(BuiltIn::ALL.map(BuiltIn::name));
        match nearest(set, known).or_else(|| foreign::set(set)) {
            Some("*") => error
                .help("all tools are `*`")
                .fix(Applicability::Unsafe, format!("write `{prefix}*`"), item.span, format!("{prefix}*")),
            Some(near) => {
                let written = format!("{prefix}@{near}");
                error.fix(Applicability::Unsafe, format!("write `{written}`"), item.span, written)
            }
            None => error.help(
                "the built-in sets are `@read`, `@write`, `@destructive`, `@execute`, `@financial` and `@changes`, and the tags `@sends`, \
                 `@open_world`, `@secrets`, `@permissions` and `@bulk`; declare others with `group`",
            ),
        }
    }

    fn group(&mut self, name: &'a str, used: Span, diagnostics: &mut Vec<Diagnostic>) -> GroupTools {
        if let Some(done) = self.resolved.get(name).or_else(|| self.outside.get(name)) {
            return done.clone();
        }
        let Some(group) = self.groups.get(name).cloned() else { return GroupTools::default() };
        if self.active.contains(&name) || self.active.len() > MAX_CHAIN {
            let message = match self.active.contains(&name) {
                true => format!("the group {} contains itself", quote(&format!("@{name}"))),
                false => format!("a chain of more than {MAX_CHAIN} groups"),
            };
            let error = Diagnostic::new(codes::GROUP_CYCLE, used, message).because(group.name, "it is declared here");
            diagnostics.push(error.help("remove one of them from the other"));
            let broken = GroupTools { is_partial: true, ..GroupTools::default() };
            self.resolved.insert(name, broken.clone());
            return broken;
        }
        self.active.push(name);
        for item in group.selection.items.iter().chain(&group.selection.except) {
            if item.kind == SelectionKind::Everything {
                let error = Diagnostic::new(codes::BAD_GROUP, item.span, "a group cannot contain `*`");
                diagnostics.push(error.help("name the tools, or write `*` in the statement itself"));
            }
        }
        let mut items = self.items(&group.selection.items, None, diagnostics);
        let mut except = self.items(&group.selection.except, None, diagnostics);
        self.active.pop();
        let listed = std::mem::take(&mut items.groups).into_iter().flat_map(|(unmatched, _)| unmatched);
        let mut unmatched: Vec<Unmatched> = std::mem::take(&mut items.unmatched).into_iter().chain(listed).collect();
        let nested = std::mem::take(&mut except.groups).into_iter().flat_map(|(unmatched, _)| unmatched);
        let excepted = std::mem::take(&mut except.unmatched).into_iter().chain(nested);
        unmatched.extend(excepted.map(|item| Unmatched { in_except: true, ..item }));
        let Resolved { selection: Selection { named: tools, opens, .. }, is_partial, .. } =
            self.apply_except(items, except);
        let tools = GroupTools { tools, opens, unmatched, is_partial };
        self.resolved.insert(name, tools.clone());
        tools
    }
}

/// A tool's name as it is written in a policy.
pub(super) fn tool_text(name: &str) -> String {
    if crate::syntax::is_plain_name(name) { name.to_owned() } else { json_quote(name) }
}
