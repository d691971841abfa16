//! What the owner of a policy says of tools in `policyc.toml`, which wins over everything else.

use super::{Classes, Tags};
use crate::pattern::glob_matches;

/// The classes and tags that the owner gives to the tools of one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolSettings {
    classes: Rows<Classes>,
    tags: Rows<Tags>,
}

impl ToolSettings {
    /// From names or globs, each with the classes or tags of the tools that it is for.
    #[must_use]
    pub fn new(classes: Vec<(String, Classes)>, tags: Vec<(String, Tags)>) -> Self {
        Self { classes: Rows(classes), tags: Rows(tags) }
    }

    /// The classes of a tool, if a row is for it: a name wins over globs, of globs the one with most characters besides `*`; of
    /// equal globs all count.
    #[must_use]
    pub fn classes(&self, tool: &str) -> Option<Classes> {
        self.classes.of(tool, Classes::with)
    }

    /// The tags of a tool, if a row is for it, with the precedence of [`classes`](Self::classes). They are all its tags.
    #[must_use]
    pub fn tags(&self, tool: &str) -> Option<Tags> {
        self.tags.of(tool, Tags::with)
    }
}

/// Names or globs, each with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rows<T>(Vec<(String, T)>);

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Rows<T> {
    fn of(&self, tool: &str, join: fn(T, T) -> T) -> Option<T> {
        if let Some((_, said)) = self.0.iter().find(|(name, _)| name == tool) {
            return Some(*said);
        }
        let weight = |glob: &str| glob.chars().filter(|char| *char != '*').count();
        let fitting = || self.0.iter().filter(|(glob, _)| glob.contains('*') && glob_matches(glob, tool));
        let most = fitting().map(|(glob, _)| weight(glob)).max()?;
        fitting().filter(|(glob, _)| weight(glob) == most).map(|(_, said)| *said).reduce(join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_beats_globs_and_the_longest_glob_the_others() {
        let classes = [
            ("*", "read"),
            ("exec_*", "execute"),
            ("*_pods", "financial"),
            ("exec_pods", "read"),
            ("get_*", "read"),
            ("*_all", "write"),
        ];
        let classes = classes.map(|(name, class)| (name.to_owned(), Classes::parse([class]).unwrap())).to_vec();
        let tags = [("*", "bulk"), ("get_*", "sends"), ("*_all", "secrets")];
        let tags = tags.map(|(name, tag)| (name.to_owned(), Tags::parse([tag]).unwrap()));
        let none = ("exec_pods".to_owned(), Tags::NONE);
        let settings = ToolSettings::new(classes, tags.into_iter().chain([none]).collect());
        for (tool, classes, tags) in [
            ("exec_pods", "read", ""),
            ("exec_nodes", "execute", "bulk"),
            ("exec_x_pods", "financial, execute", "bulk"),
            ("get_all", "write", "sends, secrets"),
            ("other", "read", "bulk"),
        ] {
            assert_eq!(settings.classes(tool).unwrap().names(), classes, "{tool}");
            assert_eq!(settings.tags(tool).unwrap().names(), tags, "{tool}");
        }
        assert_eq!(ToolSettings::default().classes("x"), None);
        assert_eq!(ToolSettings::default().tags("x"), None);
    }
}
