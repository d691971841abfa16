//! The tools that rules of the policy already select.

use std::collections::HashMap;

use crate::catalogue::BuiltIn;
use crate::ide::View;
use crate::ir::ToolId;
use crate::syntax::ast::{Effect, Item, ItemKind, Rule, SelectionItem, SelectionKind};

/// The effects of rules, as they are named beside a tool.
const EFFECTS: [&str; 6] = ["allow", "deny", "hide", "limit", "require", "require approval"];
const HIDE: u8 = 1 << 2;

const fn bit(effect: &Effect) -> u8 {
    match effect {
        Effect::Allow => 1,
        Effect::Deny => 1 << 1,
        Effect::Hide => HIDE,
        Effect::Limit { .. } => 1 << 3,
        Effect::Require(_) => 1 << 4,
        Effect::Approval { .. } => 1 << 5,
    }
}

/// What rules select each tool by a name, glob or set.
pub(super) struct Selected {
    effects: Vec<u8>,
}

/// What an item is resolved by: each is looked up once, however many rules have it.
type ItemKey<'a> = (Option<&'a str>, u8, &'a str);

struct Resolver<'v, 'a> {
    view: &'v View<'a>,
    known: HashMap<ItemKey<'a>, Vec<ToolId>>,
}

impl Selected {
    /// What the rules select that count at an offset: those outside blocks, imported ones too, and those of the block. The statement at the
    /// offset is left out, because it is the one that is typed.
    pub(super) fn new(view: &View<'_>, at: u32) -> Self {
        let mut effects = vec![0; view.known_tools().tools().len()];
        let mut excepted = vec![usize::MAX; effects.len()];
        let mut resolver = Resolver { view, known: HashMap::new() };
        for (index, rule) in rules(view, at).enumerate() {
            let bit = bit(&rule.effect);
            for item in &rule.selection.except {
                for tool in resolver.tools(item, at) {
                    if let Some(mark) = excepted.get_mut(tool.0 as usize) {
                        *mark = index;
                    }
                }
            }
            for item in &rule.selection.items {
                for tool in resolver.tools(item, at) {
                    let tool = tool.0 as usize;
                    if let Some(effects) = effects.get_mut(tool).filter(|_| excepted.get(tool) != Some(&index)) {
                        *effects |= bit;
                    }
                }
            }
        }
        Self { effects }
    }

    fn bits(&self, tool: ToolId) -> u8 {
        self.effects.get(tool.0 as usize).copied().unwrap_or_default()
    }

    /// Whether a rule selects the tool.
    pub(super) fn any(&self, tool: ToolId) -> bool {
        self.bits(tool) != 0
    }

    /// Whether the tool is hidden.
    pub(super) fn hidden(&self, tool: ToolId) -> bool {
        self.bits(tool) & HIDE != 0
    }

    /// The effects of the rules that select the tool: `deny, limit`.
    pub(super) fn words(&self, tool: ToolId) -> String {
        let bits = self.bits(tool);
        let words = EFFECTS.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0).map(|(_, word)| *word);
        words.collect::<Vec<_>>().join(", ")
    }
}

/// The rules that count at an offset, without the one that stands there.
pub(super) fn rules<'a>(view: &View<'a>, at: u32) -> impl Iterator<Item = &'a Rule> {
    let analysis = view.analysis();
    let main = analysis.main;
    let outer = analysis.order.iter().filter_map(move |(unit, item)| {
        let unit = analysis.units.get(*unit)?;
        Some((unit.file == main, unit.parse.file.items.get(*item)?))
    });
    let contains = move |item: &Item| item.span.start <= at && at <= item.span.end;
    let inner = view.tree().map(|file| file.items.as_slice()).unwrap_or_default().iter();
    let inner = inner.filter(move |item| contains(item)).flat_map(|item| match &item.kind {
        ItemKind::Policy { items, .. } => items.as_slice(),
        _ => &[],
    });
    let all = outer.chain(inner.map(|item| (true, item)));
    all.filter(move |(here, item)| !(*here && contains(item))).filter_map(|(_, item)| match &item.kind {
        ItemKind::Rule(rule) => Some(rule.as_ref()),
        _ => None,
    })
}

impl<'a> Resolver<'_, 'a> {
    fn tools(&mut self, item: &'a SelectionItem, at: u32) -> &[ToolId] {
        let (kind, name) = match &item.kind {
            SelectionKind::Name(name) | SelectionKind::Quoted(name) => (0, name.as_str()),
            SelectionKind::Glob(glob) => (1, glob.as_str()),
            SelectionKind::Set(set) => (2, set.as_str()),
            // `*` says nothing about a tool in particular.
            SelectionKind::Everything | SelectionKind::Error => return &[],
        };
        let server_name = item.server.as_ref().map(|server| server.text.as_str());
        let view = self.view;
        self.known.entry((server_name, kind, name)).or_insert_with(|| {
            let known_tools = view.known_tools();
            let server = match server_name {
                None => None,
                Some(name) => match known_tools.server(name) {
                    Some(server) => Some(server),
                    None => return Vec::new(),
                },
            };
            match (kind, BuiltIn::meant(name, || view.scope(at).find_group(name).is_some())) {
                (0, _) => known_tools.named(name, server),
                (1, _) => known_tools.matching(name, server),
                (_, Some(set)) => known_tools.of_set(set, server),
                _ => view.scope(at).tools(item),
            }
        })
    }
}
