//! Tags: what matters about a tool beside its classes.

use super::Classes;
use crate::diagnostics::quote;
use crate::diagnostics::suggest::nearest;

/// Something that matters about a tool whatever its class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// Reaches people: sends, posts, invites.
    Sends,
    /// Takes in what strangers wrote: web pages, mail, comments.
    OpenWorld,
    /// Reads, makes or changes passwords, keys and tokens.
    Secrets,
    /// Changes who may do what.
    Permissions,
    /// Acts on many things in one call.
    Bulk,
}

impl Tag {
    /// All tags.
    pub const ALL: [Self; 5] = [Self::Sends, Self::OpenWorld, Self::Secrets, Self::Permissions, Self::Bulk];

    /// The name, which is also that of the built-in set without its `@`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sends => "sends",
            Self::OpenWorld => "open_world",
            Self::Secrets => "secrets",
            Self::Permissions => "permissions",
            Self::Bulk => "bulk",
        }
    }

    /// What a tool with the tag does, as a clause: "reaches people".
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Sends => "reaches people",
            Self::OpenWorld => "takes in what strangers wrote",
            Self::Secrets => "handles passwords, keys or tokens",
            Self::Permissions => "changes who may do what",
            Self::Bulk => "acts on many things in one call",
        }
    }

    /// The tag of this exact name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.name() == name)
    }
}

/// The tags of a tool; often none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tags(u8);

impl Tags {
    /// No tag.
    pub const NONE: Self = Self(0);

    /// One tag.
    #[must_use]
    pub const fn of(tag: Tag) -> Self {
        Self(1 << tag as u8)
    }

    /// Whether the tool has a tag.
    #[must_use]
    pub const fn has(self, tag: Tag) -> bool {
        self.0 & (1 << tag as u8) != 0
    }

    /// The tags of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The tags, in the order of [`Tag::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Tag> {
        Tag::ALL.into_iter().filter(move |tag| self.has(*tag))
    }

    /// The names: `sends, bulk`; empty for none.
    #[must_use]
    pub fn names(self) -> String {
        self.iter().map(Tag::name).collect::<Vec<_>>().join(", ")
    }

    /// Reads a list of tags, as `x-policyc` and `policyc.toml` have it. An empty one says that the tool has none.
    ///
    /// # Errors
    /// A name is no tag.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, BadTag<'a>> {
        names.into_iter().try_fold(Self::NONE, |tags, name| {
            let tag = Tag::parse(name).ok_or(BadTag(name))?;
            Ok(tags.with(Self::of(tag)))
        })
    }
}

/// The classes and tags of a tool: the built-in sets that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolSets {
    /// Its classes.
    pub classes: Classes,
    /// Its tags.
    pub tags: Tags,
}

impl ToolSets {
    /// The names: `write, sends`.
    #[must_use]
    pub fn names(self) -> String {
        let tags = self.tags.iter().map(Tag::name);
        std::iter::once(self.classes.names()).chain(tags.map(str::to_owned)).collect::<Vec<_>>().join(", ")
    }
}

/// A name that no tag has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadTag<'a>(pub &'a str);

impl BadTag<'_> {
    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> String {
        format!("there is no tag {}", quote(self.0))
    }

    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> String {
        let names = Tag::ALL.map(Tag::name);
        let all = names.map(quote).join(", ");
        match nearest(self.0, names) {
            Some(near) => format!("did you mean {}? The tags are {all}", quote(near)),
            None => format!("the tags are {all}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags_are_read() {
        assert_eq!(Tags::parse(["bulk", "sends"]).unwrap().names(), "sends, bulk");
        assert_eq!(Tags::parse([]), Ok(Tags::NONE));
        let bad = Tags::parse(["sends", "secret"]).unwrap_err();
        assert_eq!(bad.message(), "there is no tag `secret`");
        assert!(bad.help().starts_with("did you mean `secrets`?"), "{}", bad.help());
    }
}
