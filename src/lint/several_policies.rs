//! Findings about several policies of one file.

use std::collections::BTreeMap;

use super::file::covers;
use crate::diagnostics::{Diagnostic, join_some, quote};
use crate::ir::Policy;
use crate::sema::Analysis;
use crate::source::Span;
use crate::syntax::ast::ItemKind;

/// How many policies a message names.
const MOST_NAMED: usize = 3;

/// The findings about each policy of a file, each finding once. A finding about a statement outside
/// all blocks that is true of only some of the policies names these.
#[must_use]
pub fn told(analysis: &Analysis, found: Vec<(&Policy, Vec<Diagnostic>)>) -> Vec<Diagnostic> {
    let all = found.len();
    let mut of: BTreeMap<(Span, String), usize> = BTreeMap::new();
    let mut told: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
    for (policy, findings) in found {
        for finding in findings {
            let at = *of.entry((finding.primary.span, finding.message.clone())).or_insert(told.len());
            match told.get_mut(at) {
                Some((_, names)) if names.last() != Some(&policy.name.as_str()) => names.push(&policy.name),
                Some(_) => {}
                None => told.push((finding, vec![&policy.name])),
            }
        }
    }
    let mut blocks: Vec<Span> = analysis
        .units
        .iter()
        .flat_map(|unit| &unit.parse.file.items)
        .filter(|item| matches!(item.kind, ItemKind::Policy { .. }))
        .map(|item| item.span)
        .collect();
    blocks.sort_unstable();
    // Blocks do not overlap, so a place is in the last block that begins before it, or in none.
    let in_block = |place: Span| {
        let next = blocks.partition_point(|block| (block.file, block.start) <= (place.file, place.start));
        next.checked_sub(1).and_then(|last| blocks.get(last)).is_some_and(|block| covers(*block, place))
    };
    let named = told.into_iter().map(|(mut finding, names)| {
        if names.len() < all && !in_block(finding.primary.span) {
            finding.message = format!("{} (in {})", finding.message, listed(&names));
        }
        finding
    });
    named.collect()
}

/// "the policy `one`", "the policies `one` and `two`"
fn listed(names: &[&str]) -> String {
    let policies = if names.len() == 1 { "the policy" } else { "the policies" };
    format!("{policies} {}", join_some(names.iter().map(|name| quote(name)).collect(), MOST_NAMED))
}
