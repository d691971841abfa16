//! Whether one limit lets at most as much pass as another.

use super::case::Limited;
use crate::decimal::Decimal;
use crate::ir::{Limit, Scope};

/// Numbers with more digits are not multiplied.
const MOST_DIGITS: u64 = 60;

/// When a window of a limit begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowModel {
    /// At multiples of its length since 1970-01-01T00:00:00Z, as in the language.
    #[default]
    Aligned,
    /// It reaches back from each call.
    Sliding,
    /// At any moment, such as the first call.
    Unaligned,
    /// There is none: calls take from a bucket that is refilled at a steady rate.
    Bucket,
}

impl WindowModel {
    /// The largest maximum that may be written in a document of this model so that no more than
    /// `most` calls pass in an aligned window. For a bucket, it is capacity and refill together.
    #[must_use]
    pub const fn serving(self, most: u64) -> u64 {
        match self {
            Self::Aligned | Self::Sliding | Self::Bucket => most,
            Self::Unaligned => most / 2,
        }
    }

    /// The text for tables.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Aligned => "fixed, aligned to UTC",
            Self::Sliding => "sliding",
            Self::Unaligned => "fixed, beginning at any moment",
            Self::Bucket => "a bucket",
        }
    }
}

/// Whether `bounding` lets at most as much pass as `limited`, of the calls that both count. `None`
/// if that depends on the amounts.
pub(crate) fn within(bounding: &Limited, limited: &Limited) -> Option<bool> {
    let (bound, limit) = (&*bounding.limit, &*limited.limit);
    let steps = |limit: &Limit| limit.sum_of.as_ref().map(|path| path.steps.clone());
    let is_wide = bound.scope == limit.scope || bound.scope == Scope::Server;
    // Processes that count separately let that much pass each.
    let is_apart = bounding.is_apart && !limited.is_apart;
    if !is_wide || is_apart || steps(bound) != steps(limit) || limit.window == 0 || bound.window == 0 {
        return Some(false);
    }
    if bounding.whole && (!limited.whole || bound.window != limit.window) {
        // Fractions are cut off, and a negative amount makes room for others in one of the windows only.
        return None;
    }
    Some(most_within(bounding, limited.windows, limit.window).is_some_and(|most| most <= limit.max))
}

/// The most that a limit lets pass within a window of this model and of `length` seconds. `None` if
/// that is not known.
pub(crate) fn most_within(bounding: &Limited, kind: WindowModel, length: u64) -> Option<Decimal> {
    let bound = &bounding.limit;
    let count = windows(bounding.windows, bound.window, kind, length)?;
    // A bucket is full once only; later intervals let pass what they add.
    let (times, each) = match &bounding.refill {
        Some(refill) => (count.saturating_sub(1), refill),
        None => (count, &bound.max),
    };
    let scale = each.fraction_digits();
    let product = each.scaled(scale, MOST_DIGITS)? * times;
    let product = Decimal::parse(&format!("{product}e-{scale}"))?;
    if bounding.refill.is_some() { product.checked_add(&bound.max, MOST_DIGITS) } else { Some(product) }
}

/// How many windows of the first model and length one window of the second can touch, and so how
/// many times the maximum of the first can pass in it. Lengths are in seconds. `None` if that is
/// not known: what a bucket holds back depends on how it is divided into capacity and refill.
fn windows(bound: WindowModel, length: u64, limited: WindowModel, within: u64) -> Option<u64> {
    use WindowModel::{Aligned, Bucket, Sliding, Unaligned};
    let touched = within.div_ceil(length);
    match (bound, limited) {
        // The language compares aligned windows only if the length of one divides that of the
        // other.
        (Aligned, Aligned) if length.is_multiple_of(within) => Some(1),
        (Aligned, Aligned) => within.is_multiple_of(length).then_some(touched),
        (_, Bucket) => None,
        (Sliding | Bucket, _) => Some(touched),
        (Aligned | Unaligned, _) => touched.checked_add(1),
    }
}

#[cfg(test)]
mod tests {
    use super::WindowModel::{Aligned, Bucket, Sliding, Unaligned};
    use super::*;

    #[test]
    fn windows_of_other_kinds_count_more() {
        let cases = [
            (Aligned, 60, Aligned, 60, Some(1)),
            (Aligned, 3_600, Aligned, 60, Some(1)),
            (Aligned, 60, Aligned, 3_600, Some(60)),
            (Aligned, 3_600, Aligned, 5_400, None),
            (Sliding, 60, Aligned, 60, Some(1)),
            (Sliding, 60, Aligned, 90, Some(2)),
            (Bucket, 60, Aligned, 60, Some(1)),
            (Bucket, 60, Aligned, 3_600, Some(60)),
            // A window that begins anywhere: two of them in one minute of the clock.
            (Unaligned, 60, Aligned, 60, Some(2)),
            (Unaligned, 60, Aligned, 3_600, Some(61)),
            // They may begin at different calls, if one counts more calls than the other.
            (Unaligned, 60, Unaligned, 60, Some(2)),
            (Aligned, 60, Sliding, 60, Some(2)),
            (Aligned, 60, Unaligned, 60, Some(2)),
            (Sliding, 60, Unaligned, 60, Some(1)),
            (Aligned, 60, Bucket, 60, None),
            (Bucket, 60, Bucket, 60, None),
        ];
        for (bound, length, limited, within, expected) in cases {
            assert_eq!(windows(bound, length, limited, within), expected, "{bound:?} {length} in {limited:?} {within}");
        }
    }

    /// The maximum that a target writes for a limit serves that limit.
    #[test]
    fn what_serves_is_within() {
        for model in [Aligned, Sliding, Unaligned, Bucket] {
            for most in 0..9 {
                let written = model.serving(most);
                let count = windows(model, 60, Aligned, 60).unwrap_or(u64::MAX);
                assert!(written * count <= most, "{model:?} {most}");
                assert!((written + 1) * count > most, "{model:?} {most}");
            }
        }
    }
}
