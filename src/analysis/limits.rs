//! Whether one limit lets pass at most what another lets pass.

use super::case::Limited;
use crate::decimal::Decimal;
use crate::ir::{Limit, Scope};

/// Numbers with more digits are not multiplied.
const MOST_DIGITS: u64 = 60;

/// Whether `bound` lets pass at most what `limit` lets pass, of the calls that both count. `None` where that depends on
/// the amounts.
pub(crate) fn within(bounding: &Limited, limited: &Limited) -> Option<bool> {
    let (bound, limit) = (&*bounding.limit, &*limited.limit);
    let steps = |limit: &Limit| limit.sum_of.as_ref().map(|path| path.steps.clone());
    let wide = bound.scope == limit.scope || bound.scope == Scope::Server;
    let times = |count: u64| {
        let scale = bound.max.fraction_digits();
        let product = bound.max.scaled(scale, MOST_DIGITS)? * count;
        Decimal::parse(&format!("{product}e-{scale}"))
    };
    if !wide || steps(bound) != steps(limit) || limit.window == 0 || bound.window == 0 {
        return Some(false);
    }
    if bounding.whole && (!limited.whole || bound.window != limit.window) {
        // Fractions are cut off, and a negative amount makes room for others in one of the windows only.
        return None;
    }
    Some(
        bound.window.is_multiple_of(limit.window) && bound.max <= limit.max
            || limit.window.is_multiple_of(bound.window)
                && times(limit.window / bound.window).is_some_and(|most| most <= limit.max),
    )
}
