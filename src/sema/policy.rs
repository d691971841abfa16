//! Rules and assertions of one policy.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::condition::{Let, Lowering, PlacedAtom, lower_path};
use super::known_tools::KnownTools;
use super::names::Declared;
use super::select::{Resolved, Selector};
use super::types;
use super::unmatched::{InGroups, Use};
use crate::decimal::Decimal;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::ir::{self, Guard, Origin, Scope, ServerId, Subject, ToolId};
use crate::predicate::{self, PathRoot, Test};
use crate::source::{FileId, SourceMap, Span, offset};
use crate::syntax::ast::{self, Demand, Effect, Expr, ExprKind, ScopeKind, SelectionKind};

/// Where a statement stands among all of them: imports and blocks in their place.
type Order = (usize, usize);

/// The resolved statements of a file or block.
#[derive(Clone, Default)]
pub(super) struct Rules {
    rules: Vec<(Order, ir::Rule)>,
    defaults: Vec<(Order, ir::Default)>,
    assertions: Vec<(Order, ir::Assertion)>,
    /// The first rule of the main file, also one with mistakes.
    pub(super) first: Option<Span>,
}

/// A policy before it is known whether there are errors.
pub(super) struct Parts {
    name: String,
    default: ir::Default,
    rules: Vec<ir::Rule>,
    assertions: Vec<ir::Assertion>,
}

impl Parts {
    pub(super) fn into_model(self, known_tools: &KnownTools) -> ir::Parts {
        ir::Parts {
            name: self.name,
            servers: known_tools.shared_servers(),
            tools: known_tools.shared_tools(),
            default: self.default,
            rules: self.rules,
            assertions: self.assertions,
        }
    }
}

/// Resolves single statements.
pub(super) struct Resolver<'a, 'd> {
    pub(super) selector: &'d mut Selector<'a>,
    pub(super) lets: &'d Declared<'d, Let<'d>>,
    pub(super) sources: &'d SourceMap,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
    /// The current statement is known to be right.
    pub(super) is_right: bool,
    /// The file of the question, if one is asked.
    pub(super) question: Option<FileId>,
    /// What has no tool in groups.
    pub(super) in_groups: &'d mut InGroups,
}

impl Resolver<'_, '_> {
    pub(super) fn rule(&mut self, rule: &ast::Rule, origin: Origin, order: Order, out: &mut Rules) {
        let reason = rule.clauses.because.as_ref().map(|reason| reason.text.clone());
        if let Some(allow) = sets_default(rule) {
            out.defaults.push((order, ir::Default { allow, reason, origin: Some(origin) }));
            return;
        }
        let resolved = self.select(&rule.selection, Use::of_rule(&rule.effect));
        if !matches!(rule.effect, Effect::Allow) {
            self.check_selects(&resolved, &rule.selection, rule.effect.name());
        }
        let guard = match &rule.effect {
            Effect::Require(condition) => self.guard(condition, condition.span, false, &resolved).map(Some),
            _ => match &rule.clauses.when {
                None => Some(None),
                Some(when) => self.guard(&when.condition, when.span, when.unless, &resolved).map(Some),
            },
        };
        let effect = match &rule.effect {
            Effect::Allow => Some(ir::Effect::Allow),
            Effect::Deny => Some(ir::Effect::Deny),
            Effect::Hide => Some(ir::Effect::Hide),
            Effect::Require(_) => Some(ir::Effect::Require),
            Effect::Approval { by } => Some(ir::Effect::Approval { by: by.as_ref().map(|who| who.text.clone()) }),
            Effect::Limit { total, rate } => self.limit(rule, *total, rate, &resolved).map(ir::Effect::Limit),
        };
        let (Some(guard), Some(effect)) = (guard, effect) else { return };
        out.rules.push((order, ir::Rule { effect, selection: resolved.selection, guard, reason, origin }));
    }

    pub(super) fn assertion(&mut self, assert: &ast::Assert, origin: Origin, order: Order, out: &mut Rules) {
        let is_question = self.question == Some(origin.span.file);
        // A question about no tool is answered so.
        let uses = if is_question { [Use::Opens, Use::Spares] } else { Use::of_assertion() };
        let resolved = self.select(&assert.selection, uses);
        if !is_question {
            self.check_selects(&resolved, &assert.selection, "assert");
        }
        let guard = match &assert.clauses.when {
            None => Some(None),
            Some(when) => self.guard(&when.condition, when.span, when.unless, &resolved).map(Some),
        };
        let demand = match &assert.demand {
            Demand::Deny => ir::Demand::Deny,
            Demand::Allow => ir::Demand::Allow,
            Demand::Approval => ir::Demand::Approval,
            Demand::Limit(rate) => ir::Demand::Limit {
                max: rate.max.value.clone(),
                window: rate.window.seconds,
                scope: scope(assert.clauses.per.as_ref()),
            },
        };
        let Some(guard) = guard else { return };
        let valid_only = assert.valid.is_some();
        out.assertions
            .push((order, ir::Assertion { demand, selection: resolved.selection, guard, valid_only, origin }));
    }

    fn select(&mut self, selection: &ast::Selection, uses: [Use; 2]) -> Resolved {
        let resolved = self.selector.resolve(selection, uses, self.diagnostics);
        for group in &resolved.unmatched {
            self.in_groups.used(group, uses);
        }
        resolved
    }

    /// Reports a statement that selects no tool at all, unless that is reported of its items.
    fn check_selects(&mut self, resolved: &Resolved, selection: &ast::Selection, statement: &str) {
        if resolved.selection.is_empty() && !resolved.is_partial && !self.selector.known_tools.is_broken() {
            let message = format!("this `{statement}` selects no tool");
            let error = Diagnostic::new(codes::SELECTS_NOTHING, selection.span, message);
            self.diagnostics.push(error.help(
                "`except` removes everything that the list selects; correct one of them, or remove the statement",
            ));
        }
    }

    fn guard(&mut self, condition: &Expr, span: Span, unless: bool, resolved: &Resolved) -> Option<Guard> {
        let sources = self.sources;
        let text = |span: Span| sources.slice(span);
        let mut lowering = Lowering {
            lets: self.lets,
            text: &text,
            diagnostics: &mut *self.diagnostics,
            atoms: Vec::new(),
            tested: None,
            is_ordered: false,
        };
        let lowered = lowering.condition(condition);
        let text = match unless {
            false => lowering.text_of(condition),
            true => {
                let inner = Box::new(condition.clone());
                lowering.text_of(&Expr { kind: ExprKind::Not(inner), span: condition.span, depth: condition.depth + 1 })
            }
        };
        let atoms = lowering.atoms;
        if !self.is_right {
            types::check(self.selector.known_tools, resolved, &atoms, self.diagnostics);
        }
        let lowered = lowered?;
        let condition = if unless { predicate::Condition::Not(Box::new(lowered)) } else { lowered };
        Some(Guard { condition, text, span })
    }

    fn limit(
        &mut self,
        rule: &ast::Rule,
        total: Option<Span>,
        rate: &ast::Rate,
        resolved: &Resolved,
    ) -> Option<ir::Limit> {
        let counter = rule.clauses.counter.as_ref().map(|name| name.text.clone());
        // A limit whose counter has no name is left out, so that it does not collide with others.
        let mut named = true;
        if let Some(name) = rule.clauses.counter.as_ref().filter(|name| name.text.is_empty()) {
            let error = Diagnostic::new(codes::BAD_STRING, name.span, "a counter without a name");
            self.diagnostics.push(error.help("remove `as` to get the default name"));
            named = false;
        }
        if let (Some(span), None) = (total, &counter) {
            let all = matches!(rule.selection.items.as_slice(), [item] if item.kind == SelectionKind::Everything && item.server.is_none());
            let broken = rule.selection.items.iter().any(|item| item.kind == SelectionKind::Error);
            if !broken && (!all || !rule.selection.except.is_empty() || rule.clauses.of.is_some()) {
                let error = Diagnostic::new(codes::TOTAL_NEEDS_NAME, span, "this total needs a name");
                let help = "only `limit total * N/WINDOW` has a default name; add `as \"NAME\"`";
                self.diagnostics.push(error.help(help));
                named = false;
            }
        }
        let sum_of = match &rule.clauses.of {
            None => None,
            Some(path) => Some(self.summed(path, resolved)?),
        };
        named.then_some(ir::Limit {
            max: rate.max.value.clone(),
            window: rate.window.seconds,
            scope: scope(rule.clauses.per.as_ref()),
            sum_of,
            total: total.is_some(),
            counter,
            spans: Some(spans(rate, &rule.clauses)),
        })
    }

    fn summed(&mut self, path: &ast::Path, resolved: &Resolved) -> Option<predicate::Path> {
        let lowered = lower_path(path)?;
        if lowered.root != PathRoot::Args {
            let error = Diagnostic::new(codes::BAD_PATH, path.span, "a limit sums an argument of the call");
            self.diagnostics.push(error.help("write `of args.NAME`"));
            return None;
        }
        if self.is_right {
            return Some(lowered);
        }
        // What is summed must be a number that is not negative.
        let zero = predicate::Scalar { value: predicate::ScalarValue::Number(Decimal::from(0)), text: "0".to_owned() };
        let test = Test::Compare(predicate::Comparison::GreaterEqual, zero);
        let atom = predicate::Atom { path: lowered.clone(), test, span: path.span };
        let placed = PlacedAtom { atom, path, span: path.span, values: vec![path.span] };
        types::check_sum(self.selector.known_tools, resolved, &placed, self.diagnostics);
        Some(lowered)
    }
}

/// Whether a statement is `allow *;` or `deny *;`, which set the default and are no rules.
#[must_use]
pub fn sets_default(rule: &ast::Rule) -> Option<bool> {
    let allow = match rule.effect {
        Effect::Allow => true,
        Effect::Deny => false,
        _ => return None,
    };
    let [item] = rule.selection.items.as_slice() else { return None };
    let everything = item.kind == SelectionKind::Everything && item.server.is_none();
    (everything && rule.selection.except.is_empty() && rule.clauses.when.is_none()).then_some(allow)
}

/// Where the parts of a limit are written.
pub(crate) fn spans(rate: &ast::Rate, clauses: &ast::Clauses) -> ir::LimitSpans {
    ir::LimitSpans {
        rate: rate.span,
        scope: clauses.per.as_ref().map(|scope| scope.span),
        sum_of: clauses.of.as_ref().map(|path| path.span),
    }
}

fn scope(scope: Option<&ast::Scope>) -> Scope {
    match scope.map(|scope| &scope.kind) {
        None | Some(ScopeKind::Grant) => Scope::Grant,
        Some(ScopeKind::Server) => Scope::Server,
        Some(ScopeKind::Caller(claim)) => Scope::Caller(claim.clone()),
    }
}

/// What was said while the policies of a file were joined, so that what several of them share is said once.
#[derive(Default)]
pub(super) struct Reported {
    /// The places of two statements and what was said of them.
    pairs: BTreeSet<(Span, Span, String)>,
    /// How many findings were looked at for a mistake of syntax, and whether one was among them.
    looked_at: (usize, bool),
}

impl Reported {
    /// Adds an error about a statement and one before it, unless it is there.
    fn pair(&mut self, before: Span, error: Diagnostic, diagnostics: &mut Vec<Diagnostic>) {
        if self.pairs.insert((error.primary.span, before, error.message.clone())) {
            diagnostics.push(error);
        }
    }

    /// Whether there is a mistake of syntax; only new findings are looked at.
    fn has_syntax_error(&mut self, diagnostics: &[Diagnostic]) -> bool {
        let (looked_at, found) = self.looked_at;
        let new = diagnostics.get(looked_at..).unwrap_or_default();
        let found = found || new.iter().any(|found| found.code.is_syntax());
        self.looked_at = (diagnostics.len(), found);
        found
    }
}

/// Joins the statements outside the blocks with those of one block, and checks the whole.
pub(super) fn join(
    name: String,
    block: Option<Span>,
    [outer, inner]: [Rules; 2],
    known_tools: &KnownTools,
    main: FileId,
    said: &mut Reported,
    diagnostics: &mut Vec<Diagnostic>,
) -> Parts {
    let mut rules: Vec<(Order, ir::Rule)> = outer.rules.into_iter().chain(inner.rules).collect();
    let mut defaults: Vec<(Order, ir::Default)> = outer.defaults.into_iter().chain(inner.defaults).collect();
    let mut assertions: Vec<(Order, ir::Assertion)> = outer.assertions.into_iter().chain(inner.assertions).collect();
    rules.sort_by_key(|(order, _)| *order);
    defaults.sort_by_key(|(order, _)| *order);
    assertions.sort_by_key(|(order, _)| *order);
    let rules: Vec<ir::Rule> = rules.into_iter().map(|(_, rule)| rule).collect();
    check_counters(&rules, known_tools, said, diagnostics);
    let defaults: Vec<ir::Default> = defaults.into_iter().map(|(_, default)| default).collect();
    let default = default(&name, block, defaults, outer.first, main, said, diagnostics);
    Parts { name, default, rules, assertions: assertions.into_iter().map(|(_, assertion)| assertion).collect() }
}

fn default(
    name: &str,
    block: Option<Span>,
    defaults: Vec<ir::Default>,
    first_rule: Option<Span>,
    main: FileId,
    said: &mut Reported,
    diagnostics: &mut Vec<Diagnostic>,
) -> ir::Default {
    let span_of = |default: &ir::Default| default.origin.as_ref().map(|origin| origin.span);
    let first = defaults.first().cloned();
    let Some(first) = first else {
        let silent = ir::Default { allow: false, reason: None, origin: None };
        // A statement that could not be read may have been the default.
        if said.has_syntax_error(diagnostics) {
            return silent;
        }
        // The first rule is where one would write the default, and where the warning can be silenced.
        let at = block.or(first_rule).unwrap_or(Span::new(main, 0, 0));
        // A block whose name is missing is reported for that.
        let which = match block.filter(|_| !name.is_empty()) {
            None => String::new(),
            Some(_) => format!(" {}", quote(name)),
        };
        let message = format!("the policy{which} does not say what happens to tools that no rule opens");
        let warning = Diagnostic::new(codes::NO_DEFAULT, at, message);
        diagnostics.push(match block {
            None => {
                let help = "they are denied; say so with `deny *;`";
                warning.help(help).fix(Applicability::Safe, "write `deny *;`", at.at_start(), "deny *;\n")
            }
            Some(_) => warning.help("they are denied; say so with `deny *;` in its block, or outside for all policies"),
        });
        return silent;
    };
    let other = defaults.iter().find(|default| default.allow != first.allow);
    if let (Some(span), Some(before)) = (other.and_then(span_of), span_of(&first)) {
        let error = Diagnostic::new(codes::TWO_DEFAULTS, span, "the policy has both `allow *` and `deny *`");
        let error = error.because(before, "the other one is here");
        let error = error.help("keep one; for exceptions write `allow * except ...` or `deny NAME`");
        said.pair(before, error, diagnostics);
    }
    // Of several that say the same, the first that gives a reason gives it.
    let reason = defaults.iter().find_map(|default| default.reason.clone());
    ir::Default { reason, ..first }
}

/// Reports limits that would share a counter name on one tool.
fn check_counters(
    rules: &[ir::Rule],
    known_tools: &KnownTools,
    said: &mut Reported,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let limits: Vec<(&ir::Rule, &ir::Limit)> = rules
        .iter()
        .filter_map(|rule| match &rule.effect {
            ir::Effect::Limit(limit) => Some((rule, limit)),
            _ => None,
        })
        .collect();
    let mut of_tool: HashMap<ToolId, Vec<usize>> = HashMap::new();
    let mut stars: Vec<usize> = Vec::new();
    for (index, (rule, _)) in limits.iter().enumerate() {
        for tool in &rule.selection.named {
            of_tool.entry(*tool).or_default().push(index);
        }
        if rule.selection.star.is_some() {
            stars.push(index);
        }
    }
    let mut found: Vec<(usize, usize, String, Option<ToolId>)> = Vec::new();
    let mut tools: Vec<(&ToolId, &Vec<usize>)> = of_tool.iter().collect();
    tools.sort_unstable();
    for (id, indices) in tools {
        let Some(tool) = known_tools.tool(*id) else { continue };
        let selecting = stars.iter().filter(|star| {
            limits
                .get(**star)
                .is_some_and(|(rule, _)| rule.selection.selects(Subject::known(tool.server, *id)).is_some())
        });
        let mut all: Vec<usize> = indices.iter().chain(selecting).copied().collect();
        all.sort_unstable();
        all.dedup();
        if all.len() > 1 {
            collisions(&limits, &all, &tool.name, Some(*id), &mut found);
        }
    }
    // Tools that no limit names: those of each server are selected by the same stars, exceptions aside.
    for server in (0..known_tools.servers().len()).map(|server| ServerId(offset(server))) {
        let all: Vec<usize> = stars
            .iter()
            .copied()
            .filter(|star| {
                limits.get(*star).is_some_and(|(rule, _)| rule.selection.selects(Subject::others(server)).is_some())
            })
            .collect();
        collisions(&limits, &all, "TOOL", None, &mut found);
    }
    let mut reported: BTreeSet<usize> = BTreeSet::new();
    for (first, second, name, tool) in found {
        if !reported.insert(second) {
            continue;
        }
        let (Some((before, _)), Some((rule, _))) = (limits.get(first), limits.get(second)) else { continue };
        let on = tool.map_or_else(String::new, |tool| format!(" of {}", quote(&known_tools.display(tool))));
        let message = format!("two limits share the counter {}{on}", quote(&name));
        let error = Diagnostic::new(codes::COUNTER_COLLISION, rule.origin.span, message)
            .because(before.origin.span, "the other limit is here")
            .help("keep the tighter one, exclude the tool from one with `except`, or name one with `as \"NAME\"`");
        said.pair(before.origin.span, error, diagnostics);
    }
}

fn collisions(
    limits: &[(&ir::Rule, &ir::Limit)],
    indices: &[usize],
    tool: &str,
    id: Option<ToolId>,
    found: &mut Vec<(usize, usize, String, Option<ToolId>)>,
) {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for index in indices {
        let Some((_, limit)) = limits.get(*index) else { continue };
        let name = limit.counter_name(tool);
        match names.get(&name) {
            Some(first) => found.push((*first, *index, name, id)),
            None => {
                names.insert(name, *index);
            }
        }
    }
}
