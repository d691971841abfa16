//! What can be said of a target in `policyc.toml`, in its table `[targets.NAME]`.

/// A key of the table of a target.
#[derive(Debug)]
pub struct TargetOption {
    /// The key.
    pub name: &'static str,
    /// What its value is.
    pub kind: OptionKind,
    /// What it says, in Markdown, as the rest of a sentence.
    pub meaning: &'static str,
}

/// What the value of an option is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// Any text.
    Text,
}

impl OptionKind {
    /// As tables say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Text => "string",
        }
    }
}

impl TargetOption {
    /// Which server a document is for.
    pub const SERVER: Self = Self {
        name: "server",
        kind: OptionKind::Text,
        meaning: "the server that the document is for, if the policy has several and neither `--server` nor `-o DIR` says it",
    };
}
