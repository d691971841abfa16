//! Inlay hints: texts shown within the source that are not part of it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::hover::list_some;
use super::mark;
use super::overruled_limits::Bounds;
use super::selections::{BlockKey, Picked, Picker, line};
use super::{View, model};
use crate::describe::{code, number};
use crate::diagnostics::{count, shown};
use crate::ir::{ToolId, window_words};
use crate::predicate::{self, PathRoot};
use crate::schema::Kinds;
use crate::sema::sets_default;
use crate::source::Span;
use crate::syntax::ast::{Atom, Effect, Expr, ExprKind, Item, ItemKind, Path, Selection, SelectionItem, SelectionKind};
use crate::syntax::print;

/// The most tools that a tooltip names.
const MOST_TOOLS: usize = 12;
/// Of how many selected tools the schemas are asked for the type of an argument: rules about more are seldom about one argument.
const MOST_SCHEMAS: usize = 64;
/// The most characters of a type.
const MOST_CHARS: usize = 40;

/// A text to be shown within the source, which is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The offset behind which it is shown.
    pub at: u32,
    /// The text, on one line.
    pub text: String,
    /// What there is to read about it, as Markdown.
    pub tooltip: String,
    /// Whether a space belongs in front of it.
    pub before: bool,
    /// What it is about.
    pub kind: HintKind,
}

/// What a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintKind {
    /// The type of an argument.
    Type,
    /// How many tools are selected, or which limit decides.
    Other,
}

/// The hints within a part of the file, in order of their places.
#[must_use]
pub fn hints(view: &View<'_>, range: Span) -> Vec<Hint> {
    let mut picker = Picker::new(view);
    let bounds = Bounds::new(view, &mut picker);
    let mut maker = Maker {
        view,
        range,
        picker,
        tools: BTreeMap::new(),
        types: BTreeMap::new(),
        schemas: BTreeMap::new(),
        found: Vec::new(),
    };
    let touches = |item: &&Item| item.span.start <= range.end && range.start <= item.span.end;
    for item in view.items().filter(touches) {
        maker.statement(item);
        maker.limit(item, &bounds);
    }
    let mut found = maker.found;
    found.retain(|hint| range.start <= hint.at && hint.at <= range.end);
    found.sort_by_key(|hint| hint.at);
    found
}

/// The text and the tooltip of a hint.
type HintText = (String, String);

/// The alternatives of a type, and whether every valid call has the value.
type Known = (Vec<String>, bool);

struct Maker<'v, 'a> {
    view: &'v View<'a>,
    range: Span,
    picker: Picker<'v, 'a>,
    /// What is said of each item of a selection.
    tools: BTreeMap<(BlockKey, &'a str), HintText>,
    /// The type of a path, for each selection.
    types: BTreeMap<(BlockKey, &'a str, &'a str), Option<HintText>>,
    /// The same of each tool alone: many rules speak of the same arguments.
    schemas: BTreeMap<(ToolId, &'a str), Rc<Known>>,
    found: Vec<Hint>,
}

impl<'a> Maker<'_, 'a> {
    fn statement(&mut self, item: &'a Item) {
        let Some(selection) = mark::selection(item) else { return };
        let default = matches!(&item.kind, ItemKind::Rule(rule) if sets_default(rule).is_some());
        // Of the default it would only say how large the catalogue is.
        if !default && self.view.known_tools().has_catalogue() {
            selection.items.iter().chain(&selection.except).for_each(|item| self.item(item));
        }
        let (required, clauses) = match &item.kind {
            ItemKind::Rule(rule) => match &rule.effect {
                Effect::Require(condition) => (Some(condition), &rule.clauses),
                _ => (None, &rule.clauses),
            },
            ItemKind::Assert(assert) => (None, &assert.clauses),
            _ => return,
        };
        let mut paths = Vec::new();
        for condition in required.into_iter().chain(clauses.when.as_ref().map(|when| &when.condition)) {
            collect(condition, &mut paths);
        }
        let mut seen = std::collections::BTreeSet::new();
        for path in paths {
            if path.root == Some(PathRoot::Args) && !path.segments.is_empty() && seen.insert(self.view.slice(path.span))
            {
                self.path(selection, path);
            }
        }
    }

    /// How many tools stand behind a glob, set or `*`.
    fn item(&mut self, item: &'a SelectionItem) {
        let several = matches!(item.kind, SelectionKind::Glob(_) | SelectionKind::Set(_) | SelectionKind::Everything);
        if !several || item.span.end < self.range.start || self.range.end < item.span.end {
            return;
        }
        let key = (self.picker.place(item.span), self.view.slice(item.span));
        let picked = self.picker.item(item);
        let view = self.view;
        let (text, tooltip) = self.tools.entry(key).or_insert_with(|| {
            let Picked { tools, .. } = picked.as_ref();
            (count(tools.len(), "tool"), list_some(view, tools, MOST_TOOLS))
        });
        let (text, tooltip) = (text.clone(), tooltip.clone());
        self.found.push(Hint { at: item.span.end, text, tooltip, before: true, kind: HintKind::Other });
    }

    /// The type of an argument.
    fn path(&mut self, selection: &'a Selection, path: &'a Path) {
        if path.span.end < self.range.start || self.range.end < path.span.end {
            return;
        }
        let key = (self.picker.place(path.span), self.view.slice(selection.span), self.view.slice(path.span));
        let picked = self.picker.selection(selection);
        if !self.types.contains_key(&key) {
            let said = self.type_of(&picked, path);
            self.types.insert(key, said);
        }
        if let Some((text, tooltip)) = self.types.get(&key).cloned().flatten() {
            self.found.push(Hint { at: path.span.end, text, tooltip, before: false, kind: HintKind::Type });
        }
    }

    fn type_of(&mut self, picked: &Picked, path: &'a Path) -> Option<HintText> {
        if picked.tools.len() > MOST_SCHEMAS {
            return None;
        }
        let (view, written) = (self.view, self.view.slice(path.span));
        let path = model::path(path)?;
        let tool = |tool: &ToolId| {
            let known = self.schemas.entry((*tool, written));
            Rc::clone(known.or_insert_with(|| Rc::new(of_tool(view, *tool, &path))))
        };
        said(&picked.tools.iter().map(tool).collect::<Vec<_>>())
    }

    /// The limit that decides in place of this one.
    fn limit(&mut self, item: &'a Item, bounds: &Bounds<'a>) {
        let Some((bound, by, most)) = bounds.moot(item.span) else { return };
        let place = line(self.view, by.span);
        let rate = print::rate(by.rate);
        let tooltip = format!(
            "This limit never refuses a call: {} at {place} lets at most {} through in {}, and this one admits {}.",
            code(&rate),
            number(&most),
            window_words(bound.rate.window.seconds),
            number(&bound.rate.max.value)
        );
        let text = format!("→ {rate} at {place}");
        self.found.push(Hint { at: bound.rate.span.end, text, tooltip, before: true, kind: HintKind::Other });
    }
}

/// The paths of a condition in order. Depth is bounded by the parser.
fn collect<'a>(condition: &'a Expr, paths: &mut Vec<&'a Path>) {
    match &condition.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().for_each(|part| collect(part, paths)),
        ExprKind::Not(inner) => collect(inner, paths),
        ExprKind::Atom(atom) => paths.push(Atom::path(atom)),
        ExprKind::Error => {}
    }
}

/// What the schemas of one tool say of a value: the alternatives of its type, and whether a valid call can be without it.
fn of_tool(view: &View<'_>, tool: ToolId, path: &predicate::Path) -> Known {
    let mut types = Vec::new();
    let mut required = true;
    let mut listed = false;
    for schema in view.schemas(tool) {
        listed = true;
        let Some(info) = schema.info(&path.steps) else {
            required = false;
            continue;
        };
        // A member is missing also where what it is a member of is; at the top there is nothing around it.
        let sure = path.steps.len() == 1 || !schema.possible_kinds(path).intersects(Kinds::MISSING);
        required &= info.required && sure;
        match info.type_text.contains("array") {
            true => types.push(info.type_text),
            false => types.extend(info.type_text.split(" | ").map(str::to_owned)),
        }
    }
    (types, required && listed)
}

/// `: integer?`: what is known of a value at the selected tools together.
fn said(known: &[Rc<Known>]) -> Option<HintText> {
    // Types of several tools are one list of alternatives, each once.
    let mut types: Vec<&str> = Vec::new();
    for part in known.iter().flat_map(|known| &known.0) {
        if !types.contains(&part.as_str()) {
            types.push(part);
        }
    }
    if types.is_empty() {
        return None;
    }
    let text = shown(&types.join(" | "), MOST_CHARS);
    let all = known.len();
    let tooltip = match known.iter().filter(|known| !known.1).count() {
        0 => return Some((format!(": {text}"), "Every valid call has it.".to_owned())),
        some if some == all => "A valid call can be without it; then a test of it is false.".to_owned(),
        some => {
            format!("Of {some} of the {all} selected tools a valid call can be without it; then a test of it is false.")
        }
    };
    let text = if types.len() > 1 { format!(": ({text})?") } else { format!(": {text}?") };
    Some((text, tooltip))
}
