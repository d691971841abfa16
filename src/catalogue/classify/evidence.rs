//! Evidence for what a tool does.

use super::super::{Class, Tag};

/// Where evidence was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The name of the tool.
    Name,
    /// Its description.
    Description,
    /// The schema of its arguments.
    Arguments,
    /// The hints of its server.
    Annotations,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Name, Self::Description, Self::Arguments, Self::Annotations];

    /// The word for it in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
            Self::Arguments => "arguments",
            Self::Annotations => "annotations",
        }
    }
}

/// How much a piece of evidence counts. A class or tag needs a fair or strong one, or two weak ones from different sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Counts only together with other evidence.
    Weak = 1,
    /// Decides if nothing speaks against it.
    Fair = 2,
    /// Decides.
    Strong = 3,
}

impl Weight {
    /// The word for it in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Fair => "fair",
            Self::Strong => "strong",
        }
    }
}

/// What evidence is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// The tool has this class.
    Class(Class),
    /// The tool has this tag.
    Tag(Tag),
}

impl Sign {
    /// The name of the class or tag.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Class(class) => class.name(),
            Self::Tag(tag) => tag.name(),
        }
    }
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Where it was found.
    pub source: Source,
    /// What it is evidence for.
    pub sign: Sign,
    /// How much it counts.
    pub weight: Weight,
    /// What was seen, as a clause without capital or period: "its name has `delete`".
    pub saw: String,
}

/// A list of evidence while it is collected.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) all: Vec<Evidence>,
    /// Whether what was seen is written down, which costs more than to see it.
    explains: bool,
}

impl Found {
    /// No evidence yet; what is seen is written down if somebody wants to know.
    pub(super) const fn new(explains: bool) -> Self {
        Self { all: Vec::new(), explains }
    }

    pub(super) fn class(&mut self, source: Source, class: Class, weight: Weight, saw: impl FnOnce() -> String) {
        self.add(source, Sign::Class(class), weight, saw);
    }

    pub(super) fn tag(&mut self, source: Source, tag: Tag, weight: Weight, saw: impl FnOnce() -> String) {
        self.add(source, Sign::Tag(tag), weight, saw);
    }

    /// Of several pieces of the same source for the same sign the first of the greatest weight stays.
    fn add(&mut self, source: Source, sign: Sign, weight: Weight, saw: impl FnOnce() -> String) {
        let saw = || if self.explains { saw() } else { String::new() };
        match self.all.iter_mut().find(|known| known.source == source && known.sign == sign) {
            Some(known) if known.weight >= weight => {}
            Some(known) => *known = Evidence { source, sign, weight, saw: saw() },
            None => self.all.push(Evidence { source, sign, weight, saw: saw() }),
        }
    }

    /// How much the evidence for a sign counts together.
    pub(super) fn weight(&self, sign: Sign) -> u8 {
        self.all.iter().filter(|found| found.sign == sign).map(|found| found.weight as u8).sum()
    }

    /// Whether there is enough evidence for a sign.
    pub(super) fn speaks_for(&self, sign: Sign) -> bool {
        self.weight(sign) >= Weight::Fair as u8
    }
}
