//! The windows in which gateways count.

use crate::located::{Mistakes, Node};

/// The windows that both formats have, the shortest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// 60 seconds.
    Minute,
    /// 3,600 seconds.
    Hour,
    /// 86,400 seconds.
    Day,
}

impl Window {
    /// All windows.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// The length of each, in seconds.
    pub const SECONDS: &[u64] = &[60, 3_600, 86_400];

    /// Reads the name of a window.
    pub(crate) fn read(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        node.as_word("`window`", &Self::ALL.map(|window| (window.name(), window)), mistakes)
    }

    /// As documents write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}
