//! How sure something is.

/// How certain it is that a finding calls for a change, or that something inferred is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It is a guess from names and texts, or something speaks against it.
    Low,
    /// It is true, and usually matters.
    Medium,
    /// It is proved, or obvious.
    High,
}

impl Confidence {
    /// `low`, `medium` or `high`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
