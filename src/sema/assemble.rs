//! Putting policies together from the statements of all files.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogues::DeclaredServer;
use super::imports::{Unit, Units};
use super::known_good::{self, Key};
use super::known_tools::KnownTools;
use super::names::Names;
use super::policy::{self, Reported, Rules};
use super::select::{ResolvedGroups, Selector};
use super::unmatched::{self, InGroups};
use super::{Analysis, Checked, TestCase, calls};
use crate::diagnostics::{Diagnostic, NoErrors, codes, quote};
use crate::ir;
use crate::source::{FileId, SourceMap, Span};
use crate::suppress;
use crate::syntax::ast::{self, Item, ItemKind, Selection, SelectionKind, StepKind};

/// The `server` statements of all files, in order.
pub(super) fn declared_servers(units: &Units, diagnostics: &mut Vec<Diagnostic>) -> Vec<DeclaredServer> {
    let mut servers = Vec::new();
    for (unit, item) in top_level(units) {
        if let ItemKind::Server { name, path } = &item.kind {
            servers.push(DeclaredServer {
                name: name.text.clone(),
                name_span: name.span,
                unit,
                path: path.text.clone(),
                path_span: path.span,
            });
        }
        if let ItemKind::Policy { items, .. } = &item.kind {
            for inner in items {
                let what = match inner.kind {
                    ItemKind::Server { .. } => "server",
                    ItemKind::Import { .. } => "import",
                    ItemKind::Policy { .. } => "policy",
                    _ => continue,
                };
                let message = format!("`{what}` cannot be inside a policy block");
                let error = Diagnostic::new(codes::MISPLACED_STATEMENT, inner.span, message);
                diagnostics.push(error.help(
                    "move it out of the block; statements outside the blocks belong to every policy of the file",
                ));
            }
        }
    }
    servers
}

fn top_level(units: &Units) -> impl Iterator<Item = (usize, &Item)> {
    units.items.iter().filter_map(|(unit, item)| Some((*unit, units.units.get(*unit)?.parse.file.items.get(*item)?)))
}

/// Everything that is needed for the policies of the model, once it is known that there is no error.
pub(super) struct Assembled {
    policies: Vec<policy::Parts>,
    tests: Vec<TestCase>,
    blocks: bool,
}

impl Assembled {
    pub(super) fn finish(self, known_tools: &KnownTools, proof: NoErrors) -> Checked {
        let policies = self.policies.into_iter().map(|parts| ir::Policy::new(parts.into_model(known_tools), proof));
        Checked { policies: policies.collect(), tests: self.tests, blocks: self.blocks }
    }
}

/// A statement with the file it is of and its place in the order of all statements.
pub(super) struct Placed<'a> {
    unit: &'a Unit,
    pub(super) item: &'a Item,
    order: (usize, usize),
}

/// A `policy` block.
pub(super) struct Block<'a> {
    name: &'a ast::Ident,
    /// The whole block.
    pub(super) span: Span,
    pub(super) items: Vec<Placed<'a>>,
}

/// The statements outside of blocks, and the blocks.
pub(super) fn statements<'a>(units: &'a [Unit], order: &[(usize, usize)]) -> (Vec<Placed<'a>>, Vec<Block<'a>>) {
    let mut outer: Vec<Placed<'_>> = Vec::new();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for (order, (unit, item)) in order.iter().enumerate() {
        let Some(unit) = units.get(*unit) else { continue };
        let Some(item) = unit.parse.file.items.get(*item) else { continue };
        match &item.kind {
            ItemKind::Policy { name, items } => {
                let inner = items.iter().enumerate();
                let items = inner.map(|(inner, item)| Placed { unit, item, order: (order, inner + 1) }).collect();
                blocks.push(Block { name, span: item.span, items });
            }
            _ => outer.push(Placed { unit, item, order: (order, 0) }),
        }
    }
    (outer, blocks)
}

/// Without a catalogue the tools are those that the statements name. `broken` says that a catalogue could not be read.
pub(super) fn named(units: &Units, broken: bool) -> KnownTools {
    let (outer, blocks) = statements(&units.units, &units.items);
    let mut names = BTreeSet::new();
    let all = outer.iter().chain(blocks.iter().flat_map(|block| &block.items));
    all.for_each(|placed| tool_names(placed.item, &mut names));
    KnownTools::of_names(names, broken)
}

/// What statements are looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// For the policies that they make.
    Policies,
    /// For what is wrong with them only.
    Mistakes,
}

pub(super) fn assemble(read: &Analysis, purpose: Purpose, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Assembled {
    let Analysis { units, order, sources, main, question, baseline, .. } = read;
    let (main, known_tools) = (*main, read.known_tools.as_ref());
    let (outer, blocks) = statements(units, order);
    if !known_tools.has_catalogue() && !known_tools.is_broken() {
        no_catalogue(&outer, &blocks, diagnostics);
    }

    let mut in_groups = InGroups::default();
    let mut resolving = Resolving { purpose, known_tools, sources, question: *question, in_groups: &mut in_groups };
    let mut names = Names::default();
    names.declare(&outer, diagnostics);
    let key = known_tools.known_good().outside(known_good::text(&names, sources));
    let (outer_rules, groups) = resolve(&outer, &names, None, &key, &mut resolving, diagnostics);
    let names = names.outside();
    let mut tests: Vec<TestCase> = tests_of(&outer, main, None, &resolving, diagnostics).collect();
    let mut policies = Vec::new();
    let mut said = Reported::default();
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    let has_blocks = !blocks.is_empty();
    for (index, Block { name: block, items, .. }) in blocks.iter().enumerate() {
        duplicate(&mut seen, block, "policy", diagnostics);
        let mut inner = names.clone();
        inner.declare(items, diagnostics);
        let key = key.block(known_good::text(&inner, sources));
        let (rules, _) = resolve(items, &inner, Some(&groups), &key, &mut resolving, diagnostics);
        tests.extend(tests_of(items, main, Some(index), &resolving, diagnostics));
        policies.push(policy::join(
            block.text.clone(),
            Some(block.span),
            [outer_rules.clone(), rules],
            known_tools,
            main,
            &mut said,
            diagnostics,
        ));
    }
    if !has_blocks {
        let rules = [outer_rules, Rules::default()];
        policies.push(policy::join(name.to_owned(), None, rules, known_tools, main, &mut said, diagnostics));
    }
    diagnostics.extend(in_groups.into_findings());
    unmatched::move_to_imports(diagnostics, units, main);
    if *baseline {
        unmatched::inform(diagnostics, main);
    }
    suppress::allow_errors(diagnostics, read.files(), sources);
    // Tests run in the order of the source.
    tests.sort_by_key(|test| test.test.name.span);
    Assembled { policies, tests, blocks: has_blocks }
}

fn no_catalogue(outer: &[Placed<'_>], blocks: &[Block<'_>], diagnostics: &mut Vec<Diagnostic>) {
    let all = outer.iter().chain(blocks.iter().flat_map(|block| &block.items));
    let Some(first) = all.map(|placed| placed.item).filter(|item| names_something(item)).map(|item| item.span).min()
    else {
        return;
    };
    let message = "no catalogue: names of tools and arguments are not checked";
    let warning = Diagnostic::new(codes::NO_CATALOGUE, first, message);
    diagnostics.push(warning.help("declare one with `server NAME from \"CATALOGUE.json\";` or `--catalogue PATH`"));
}

/// Whether a rule or assertion names a tool or an argument, which a catalogue could check: `deny *;` does not.
fn names_something(item: &Item) -> bool {
    let (selection, clauses, required) = match &item.kind {
        ItemKind::Rule(rule) => (&rule.selection, &rule.clauses, matches!(rule.effect, ast::Effect::Require(_))),
        ItemKind::Assert(assert) => (&assert.selection, &assert.clauses, false),
        _ => return false,
    };
    let mut items = selection.items.iter().chain(&selection.except);
    required
        || clauses.of.is_some()
        || clauses.when.is_some()
        || items.any(|item| !matches!(item.kind, SelectionKind::Everything))
}

fn tool_names(item: &Item, names: &mut BTreeSet<String>) {
    let selection: &Selection = match &item.kind {
        ItemKind::Rule(rule) => &rule.selection,
        ItemKind::Group { selection, .. } => selection,
        ItemKind::Assert(assert) => &assert.selection,
        _ => return,
    };
    for item in selection.items.iter().chain(&selection.except) {
        if let SelectionKind::Name(name) | SelectionKind::Quoted(name) = &item.kind {
            names.insert(name.clone());
        }
    }
}

fn duplicate<'a>(
    seen: &mut BTreeMap<&'a str, Span>,
    name: &'a ast::Ident,
    what: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match seen.get(name.text.as_str()) {
        Some(first) if !name.text.is_empty() => diagnostics.push(declared_twice(what, &name.text, name.span, *first)),
        _ => {
            seen.insert(&name.text, name.span);
        }
    }
}

pub(super) fn declared_twice(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(codes::DUPLICATE_NAME, span, format!("a second {what} named {}", quote(name)))
        .because(first, "the first is here")
        .help("give it another name, or remove one of them")
}

/// What the texts of right tests are kept under; no list of names is written so.
const TESTS: &str = "tests";

/// What all statements are resolved with.
struct Resolving<'a> {
    purpose: Purpose,
    known_tools: &'a KnownTools,
    sources: &'a SourceMap,
    question: Option<FileId>,
    in_groups: &'a mut InGroups,
}

/// Resolves the statements of a block, or those outside of all blocks, and the groups among them. `outside` is what the groups outside
/// of a block came to, `key` stands for all names that the statements can use.
fn resolve<'a>(
    items: &[Placed<'a>],
    names: &Names<'a>,
    outside: Option<&ResolvedGroups<'a>>,
    key: &Key,
    resolving: &mut Resolving<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Rules, ResolvedGroups<'a>) {
    let Resolving { purpose, known_tools, sources, question, in_groups } = resolving;
    let (purpose, known_tools, sources) = (*purpose, *known_tools, *sources);
    // Nothing comes of a text with errors, so what is right in it need not be looked at.
    let passes_over = purpose == Purpose::Mistakes || diagnostics.iter().any(Diagnostic::is_error);
    let mut selector = Selector::new(known_tools, names.groups.clone());
    if let Some(outside) = outside {
        selector = selector.within(outside);
    }
    selector.resolve_groups(in_groups, &mut *diagnostics);
    let mut rules = Rules::default();
    let known = known_tools.known_good().known(key);
    let mut right = Vec::new();
    for placed in items {
        let (kind, span) = (&placed.item.kind, placed.item.span);
        if matches!(kind, ItemKind::Rule(_)) && placed.unit.label.is_empty() {
            rules.first.get_or_insert(span);
        }
        let text = sources.slice(span);
        let is_right = known.holds(text);
        // Limits are compared with each other, and so are defaults.
        let alone = match kind {
            ItemKind::Rule(rule) => {
                !matches!(rule.effect, ast::Effect::Limit { .. }) && policy::sets_default(rule).is_none()
            }
            _ => true,
        };
        if is_right && passes_over && alone {
            continue;
        }
        let before = (diagnostics.len(), in_groups.uses());
        let origin = || ir::Origin { span, line: format!("{}{}", placed.unit.label, sources.line(span)) };
        let mut resolver = policy::Resolver {
            selector: &mut selector,
            lets: &names.lets,
            sources,
            diagnostics,
            is_right,
            question: *question,
            in_groups,
        };
        match kind {
            ItemKind::Rule(rule) => resolver.rule(rule, origin(), placed.order, &mut rules),
            ItemKind::Assert(assert) => resolver.assertion(assert, origin(), placed.order, &mut rules),
            _ => continue,
        }
        // Without a catalogue next to nothing is looked at.
        let is_silent = (diagnostics.len(), in_groups.uses()) == before;
        if !is_right && is_silent && known_tools.has_catalogue() {
            right.push(text);
        }
    }
    // Another thread may hold what is known for as long as it looks; what is added would be copied.
    drop(known);
    known_tools.known_good().add(key, &right);
    (rules, selector.into_resolved())
}

fn tests_of<'a>(
    items: &'a [Placed<'a>],
    main: FileId,
    policy: Option<usize>,
    resolving: &Resolving<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> impl Iterator<Item = TestCase> + 'a {
    let Resolving { known_tools, sources, .. } = resolving;
    // What is found in a test depends on its text and the catalogues alone.
    let key = known_tools.known_good().outside(TESTS.to_owned());
    let known = known_tools.known_good().known(&key);
    let mut right = Vec::new();
    for placed in items.iter().filter(|placed| placed.unit.file == main) {
        let ItemKind::Test(test) = &placed.item.kind else { continue };
        let text = sources.slice(placed.item.span);
        if known.holds(text) {
            continue;
        }
        let before = diagnostics.len();
        for step in &test.steps {
            if let StepKind::Call(call) = &step.kind {
                calls::check(call, known_tools, sources, diagnostics);
            }
        }
        if diagnostics.len() == before && known_tools.has_catalogue() {
            right.push(text);
        }
    }
    drop(known);
    known_tools.known_good().add(&key, &right);
    items.iter().filter(move |placed| placed.unit.file == main).filter_map(move |placed| match &placed.item.kind {
        ItemKind::Test(test) => Some(TestCase { test: test.clone(), policy }),
        _ => None,
    })
}
