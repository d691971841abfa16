//! Risk classes.

/// What a tool can do. The order is that of severity, from the least to the most severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Changes nothing.
    Read,
    /// Adds or changes something.
    Write,
    /// Runs code, commands or queries that the caller writes.
    Execute,
    /// Takes something away that may not come back.
    Destructive,
    /// Moves money or commits someone to pay.
    Financial,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Execute, Self::Destructive, Self::Financial];

    /// The name, which is also that of the built-in set without its `@`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Execute => "execute",
            Self::Destructive => "destructive",
            Self::Financial => "financial",
        }
    }

    /// `low`, `medium`, `high` or `critical`.
    #[must_use]
    pub const fn severity(self) -> &'static str {
        match self {
            Self::Read => "low",
            Self::Write => "medium",
            Self::Execute => "high",
            Self::Destructive | Self::Financial => "critical",
        }
    }

    /// The class of this exact name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}
