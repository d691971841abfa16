//! Limits that a tighter one makes redundant, found by comparing numbers alone.
//!
//! The exact answer, over conditions and windows of any length, is a lint. This is what can be told while a text is written: an
//! unconditional limit of the same or a wider scope, on at least the same tools, whose window divides the other's or the reverse.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::View;
use super::selections::{BlockKey, Picked, Picker};
use crate::decimal::Decimal;
use crate::ir::ToolId;
use crate::source::Span;
use crate::syntax::ast::{Effect, Item, ItemKind, Rate, Rule, ScopeKind};
use crate::syntax::print;

/// How many limits on one tool are looked at; nobody has more.
const MOST_RIVALS: usize = 64;

/// A limit with what it bounds.
pub(super) struct Bound<'a> {
    /// The whole statement.
    pub(super) span: Span,
    /// Number and window.
    pub(super) rate: &'a Rate,
    place: BlockKey,
    picked: Rc<Picked>,
    scope: ScopeKind,
    sum_of: Option<String>,
    total: bool,
    conditional: bool,
}

/// The limits of a file and of what it imports.
pub(super) struct Bounds<'a> {
    all: Vec<Bound<'a>>,
    /// Unconditional ones by the tools that they name.
    by_tool: BTreeMap<ToolId, Vec<usize>>,
    /// Unconditional ones with `*`.
    stars: Vec<usize>,
    by_span: BTreeMap<Span, usize>,
}

impl<'a> Bounds<'a> {
    pub(super) fn new(view: &View<'a>, picker: &mut Picker<'_, 'a>) -> Self {
        let mut bounds =
            Self { all: Vec::new(), by_tool: BTreeMap::new(), stars: Vec::new(), by_span: BTreeMap::new() };
        let imported = view.analysis().units.iter().filter(|unit| unit.file != view.file());
        for item in view.items().chain(imported.flat_map(|unit| &unit.parse.file.items)) {
            bounds.add(item, picker);
        }
        bounds
    }

    fn add(&mut self, item: &'a Item, picker: &mut Picker<'_, 'a>) {
        let ItemKind::Rule(rule) = &item.kind else { return };
        let Rule { effect: Effect::Limit { total, rate }, selection, clauses } = rule.as_ref() else { return };
        let picked = picker.selection(selection);
        let index = self.all.len();
        let conditional = clauses.when.is_some();
        if !conditional && picked.selection.star.is_some() {
            self.stars.push(index);
        } else if !conditional {
            for tool in &picked.selection.named {
                self.by_tool.entry(*tool).or_default().push(index);
            }
        }
        self.by_span.insert(item.span, index);
        self.all.push(Bound {
            span: item.span,
            rate,
            place: picker.place(item.span),
            picked,
            scope: clauses.per.as_ref().map_or(ScopeKind::Grant, |scope| scope.kind.clone()),
            sum_of: clauses.of.as_ref().map(print::path),
            total: total.is_some(),
            conditional,
        });
    }

    /// The limit of a statement, the one because of which it never refuses a call (of several the tightest), and the most that this one
    /// lets through in the window of the first.
    pub(super) fn moot(&self, item: Span) -> Option<(&Bound<'a>, &Bound<'a>, Decimal)> {
        let bound = self.all.get(*self.by_span.get(&item)?)?;
        let selection = &bound.picked.selection;
        let named = selection.named.first().filter(|_| selection.star.is_none());
        let named = named.and_then(|tool| self.by_tool.get(tool)).map(Vec::as_slice).unwrap_or_default();
        let rivals = named.iter().take(MOST_RIVALS).chain(self.stars.iter().take(MOST_RIVALS));
        let rivals = rivals.filter_map(|index| self.all.get(*index));
        let serving = rivals.filter(|by| by.span != bound.span).filter_map(|by| Some((by, serves(by, bound)?)));
        // Of two that say the same the later one is moot.
        let serving = serving.filter(|(by, _)| by.span < bound.span || serves(bound, by).is_none());
        let tightest = serving.min_by(|(one, least), (other, most)| (least, one.span).cmp(&(most, other.span)));
        tightest.map(|(by, most)| (bound, by, most))
    }
}

/// The most that a limit by itself lets through in the window of another, whatever the calls, if the other admits that much.
fn serves(by: &Bound<'_>, bound: &Bound<'_>) -> Option<Decimal> {
    let seen = by.place.1.is_none() || by.place == bound.place;
    let shared = by.scope == bound.scope || by.scope == ScopeKind::Server;
    // Each tool's own count is no more than all of them together, but not the other way round.
    let counters = by.total || !bound.total;
    let fits = seen && shared && counters && !by.conditional && by.sum_of == bound.sum_of && covers(by, bound);
    if !fits {
        return None;
    }
    most(by, bound.rate.window.seconds).filter(|most| *most <= bound.rate.max.value)
}

fn covers(by: &Bound<'_>, bound: &Bound<'_>) -> bool {
    let (wide, narrow) = (&by.picked.selection, &bound.picked.selection);
    if narrow.named.is_empty() && narrow.star.is_none() {
        return false;
    }
    if let Some(star) = &wide.star
        && star.servers.is_none()
        && star.except.is_empty()
        && star.except_servers.is_empty()
    {
        return true;
    }
    match (&wide.star, &narrow.star) {
        (None, None) => narrow.named.iter().all(|tool| wide.named.binary_search(tool).is_ok()),
        _ => wide == narrow,
    }
}

/// The most that a limit lets through in an aligned window of some length, if one divides the other.
fn most(by: &Bound<'_>, window: u64) -> Option<Decimal> {
    let (own, max) = (by.rate.window.seconds, &by.rate.max.value);
    if own == 0 || window == 0 {
        return None;
    }
    if own.is_multiple_of(window) {
        return Some(max.clone());
    }
    // What adds up over several windows is reported for whole numbers only.
    let whole = max.to_u64().filter(|_| window.is_multiple_of(own));
    whole.and_then(|max| max.checked_mul(window / own)).map(Decimal::from)
}
