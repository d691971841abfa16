//! The classes of one tool, and the built-in sets that classes and tags make.

use super::{Class, Tag};
use crate::diagnostics::quote;
use crate::diagnostics::suggest::nearest;

/// The classes of a tool: only read, only write, or at least one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Classes(u8);

impl Classes {
    /// One class.
    #[must_use]
    pub const fn of(class: Class) -> Self {
        Self(1 << class as u8)
    }

    /// Whether the tool has a class.
    #[must_use]
    pub const fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// Both; read and write give way to a more severe class, and read to write.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        let all = self.0 | other.0;
        let severe = all & !(Self::of(Class::Read).0 | Self::of(Class::Write).0);
        let write = all & Self::of(Class::Write).0;
        Self(if severe != 0 {
            severe
        } else if write != 0 {
            write
        } else {
            all
        })
    }

    /// The classes from the least severe to the most severe; at least one.
    pub fn iter(self) -> impl Iterator<Item = Class> {
        Class::ALL.into_iter().filter(move |class| self.has(*class))
    }

    /// The most severe class.
    #[must_use]
    pub fn most_severe(self) -> Class {
        self.iter().last().unwrap_or(Class::Write)
    }

    /// The names, the most severe first: `destructive, execute`.
    #[must_use]
    pub fn names(self) -> String {
        let mut names: Vec<&str> = self.iter().map(Class::name).collect();
        names.reverse();
        names.join(", ")
    }

    /// Reads a class or a list of them, as `x-policyc` and `policyc.toml` have it.
    ///
    /// # Errors
    /// A name is no class, there is none, or `read` or `write` is combined with another class.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, BadClasses<'a>> {
        let mut all: Option<Self> = None;
        let mut count = 0;
        for name in names {
            let class = Class::parse(name).ok_or(BadClasses::Unknown(name))?;
            all = Some(Self(all.map_or(0, |all| all.0) | Self::of(class).0));
            count += 1;
        }
        let all = all.ok_or(BadClasses::Empty)?;
        let alone = [Class::Read, Class::Write].into_iter().find(|class| all.has(*class));
        match alone {
            Some(class) if count > 1 => Err(BadClasses::Beside(class)),
            _ => Ok(all),
        }
    }
}

/// Why something is not the classes of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadClasses<'a> {
    /// No class has this name.
    Unknown(&'a str),
    /// The list is empty.
    Empty,
    /// This class is combined with another one, or twice.
    Beside(Class),
}

impl BadClasses<'_> {
    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Unknown(name) => format!("there is no class {}", quote(name)),
            Self::Empty => "a list without a class".to_owned(),
            Self::Beside(class) => format!("{} cannot be combined with another class", quote(class.name())),
        }
    }

    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> String {
        let names = Class::ALL.map(Class::name).map(quote).join(", ");
        match self {
            Self::Unknown(name) => match nearest(name, Class::ALL.map(Class::name)) {
                Some(near) => format!("did you mean {}? The classes are {names}", quote(near)),
                None => format!("the classes are {names}"),
            },
            Self::Empty => format!("name at least one of {names}"),
            Self::Beside(_) => {
                "a tool is read or write, or one or more of destructive, execute and financial".to_owned()
            }
        }
    }
}

/// A set of tools that every catalogue has: its name is that of a group that nobody declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// The tools of a class.
    Class(Class),
    /// The tools that are not read.
    Changes,
    /// The tools with a tag. A group of the same name takes its place.
    Tag(Tag),
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Class(Class::Read),
        Self::Class(Class::Write),
        Self::Class(Class::Destructive),
        Self::Class(Class::Execute),
        Self::Class(Class::Financial),
        Self::Changes,
        Self::Tag(Tag::Sends),
        Self::Tag(Tag::OpenWorld),
        Self::Tag(Tag::Secrets),
        Self::Tag(Tag::Permissions),
        Self::Tag(Tag::Bulk),
    ];

    /// The name without `@`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Class(class) => class.name(),
            Self::Changes => "changes",
            Self::Tag(tag) => tag.name(),
        }
    }

    /// The set of this exact name, without `@`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The set that `@name` is where groups are declared: those of classes keep their meaning, while a group takes the place of
    /// the set of a tag, so that policies older than tags mean what they meant.
    #[must_use]
    pub fn meant(name: &str, is_group: impl FnOnce() -> bool) -> Option<Self> {
        Self::parse(name).filter(|set| !matches!(set, Self::Tag(_)) || !is_group())
    }

    /// Whether no group can have a name.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        Self::meant(name, || true).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(names: &[&str]) -> Classes {
        Classes::parse(names.iter().copied()).unwrap()
    }

    #[test]
    fn read_and_write_give_way() {
        let [read, write, execute] = [["read"], ["write"], ["execute"]].map(|names| classes(&names));
        assert_eq!(read.with(write), write);
        assert_eq!(read.with(execute), execute);
        assert_eq!(write.with(execute).with(classes(&["financial"])).names(), "financial, execute");
        assert_eq!(read.with(read), read);
        assert_eq!(classes(&["execute", "destructive"]).most_severe(), Class::Destructive);
    }

    #[test]
    fn not_every_list_is_the_classes_of_a_tool() {
        for (names, bad) in [
            (&[][..], BadClasses::Empty),
            (&["read", "execute"], BadClasses::Beside(Class::Read)),
            (&["financial", "write"], BadClasses::Beside(Class::Write)),
            (&["reads"], BadClasses::Unknown("reads")),
        ] {
            assert_eq!(Classes::parse(names.iter().copied()), Err(bad));
            assert!(!bad.message().is_empty() && !bad.help().is_empty());
        }
    }
}
