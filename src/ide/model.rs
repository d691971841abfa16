//! Converts parts of the tree to the model, as far as that is possible in a text with errors.

use crate::ir::{self, Limit};
use crate::predicate::{self, Step};
use crate::syntax::ast::{Clauses, Effect, Path, Rule, ScopeKind, Segment, SegmentKind};

/// Steps as the model has them.
pub(super) fn steps(segments: &[Segment]) -> Vec<Step> {
    let step = |segment: &Segment| match &segment.kind {
        SegmentKind::Key(key) => Step::Key(key.clone()),
        SegmentKind::Index(index) => Step::Index(*index),
        // What a schema says of the first element it mostly says of each.
        SegmentKind::Each => Step::Index(0),
    };
    segments.iter().map(step).collect()
}

/// A path as the model has it; `None` for one that could not be read.
pub(super) fn path(path: &Path) -> Option<predicate::Path> {
    Some(predicate::Path { root: path.root?, steps: steps(&path.segments) })
}

/// A limit as the model has it; `None` for another rule.
pub(super) fn limit(rule: &Rule) -> Option<Limit> {
    let Effect::Limit { total, rate } = &rule.effect else { return None };
    Some(Limit {
        max: rate.max.value.clone(),
        window: rate.window.seconds,
        scope: scope(&rule.clauses),
        sum_of: rule.clauses.of.as_ref().and_then(path),
        total: total.is_some(),
        counter: rule.clauses.counter.as_ref().map(|name| name.text.clone()),
        spans: None,
    })
}

fn scope(clauses: &Clauses) -> ir::Scope {
    match clauses.per.as_ref().map(|scope| &scope.kind) {
        None | Some(ScopeKind::Grant) => ir::Scope::Grant,
        Some(ScopeKind::Server) => ir::Scope::Server,
        Some(ScopeKind::Caller(claim)) => ir::Scope::Caller(claim.clone()),
    }
}
