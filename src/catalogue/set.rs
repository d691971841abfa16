//! The classes of one tool, the built-in sets that they make, and the owner's settings for both.

use super::Class;
use crate::diagnostics::quote;
use crate::diagnostics::suggest::nearest;
use crate::pattern::glob_matches;

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
}

/// Names of built-in sets to come, which no group can have.
pub const RESERVED_SETS: [&str; 5] = ["sends", "open_world", "secrets", "permissions", "bulk"];

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Class(Class::Read),
        Self::Class(Class::Write),
        Self::Class(Class::Destructive),
        Self::Class(Class::Execute),
        Self::Class(Class::Financial),
        Self::Changes,
    ];

    /// The name without `@`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Class(class) => class.name(),
            Self::Changes => "changes",
        }
    }

    /// The set of this exact name, without `@`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// Whether a tool of these classes is in the set.
    #[must_use]
    pub const fn holds(self, classes: Classes) -> bool {
        match self {
            Self::Class(class) => classes.has(class),
            Self::Changes => !classes.has(Class::Read),
        }
    }
}

/// The classes that the owner gives to tools of one server, which win over everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassSettings {
    /// A name or glob and the classes of the tools that it is for.
    rows: Vec<(String, Classes)>,
}

impl ClassSettings {
    /// From names or globs and the classes of the tools that they are for.
    #[must_use]
    pub fn new(rows: Vec<(String, Classes)>) -> Self {
        Self { rows }
    }

    /// The classes of a tool, if a row is for it: a name wins over globs, of globs the one with most characters besides `*`; of
    /// equal globs all count.
    #[must_use]
    pub fn of(&self, tool: &str) -> Option<Classes> {
        if let Some((_, classes)) = self.rows.iter().find(|(name, _)| name == tool) {
            return Some(*classes);
        }
        let weight = |glob: &str| glob.chars().filter(|char| *char != '*').count();
        let fitting = || self.rows.iter().filter(|(glob, _)| glob.contains('*') && glob_matches(glob, tool));
        let most = fitting().map(|(glob, _)| weight(glob)).max()?;
        fitting().filter(|(glob, _)| weight(glob) == most).map(|(_, classes)| *classes).reduce(Classes::with)
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

    #[test]
    fn a_name_beats_globs_and_the_longest_glob_the_others() {
        let rows = [
            ("*", "read"),
            ("exec_*", "execute"),
            ("*_pods", "financial"),
            ("exec_pods", "read"),
            ("get_*", "read"),
            ("*_all", "write"),
        ];
        let settings = ClassSettings::new(rows.map(|(name, class)| (name.to_owned(), classes(&[class]))).to_vec());
        for (tool, wanted) in [
            ("exec_pods", "read"),
            ("exec_nodes", "execute"),
            ("exec_x_pods", "financial, execute"),
            ("get_all", "write"),
            ("other", "read"),
        ] {
            assert_eq!(settings.of(tool).unwrap().names(), wanted, "{tool}");
        }
        assert_eq!(ClassSettings::default().of("x"), None);
    }
}
