//! Messages for paths that the schema does not declare.

use super::describe::{key_text, kinds_text, near, path_from};
use super::expand::{Branch, Expander};
use super::kinds::Kinds;
use super::walk::{self, Stepped};
use super::{Problem, ProblemAt, place};
use crate::diagnostics::codes::{BAD_VALUE, UNKNOWN_ARGUMENT, WRONG_TYPE};
use crate::diagnostics::suggest::longer_or_shorter;
use crate::diagnostics::{Label, quote};
use crate::json::Value;
use crate::predicate::Step;
use crate::source::FileId;

/// The most names that a message lists.
const MOST_NAMES: usize = 8;
/// The most steps that are tried as one name with dots.
const MOST_JOINED: usize = 8;

/// A step that leads nowhere.
pub(super) struct UnknownStep<'p, 'a> {
    /// The catalogue.
    pub file: FileId,
    /// The name of the tool.
    pub tool: &'p str,
    /// What is written before the steps: `args`, or the path to the elements that they start from.
    pub start: &'p str,
    /// The number of segments in that, without its root.
    pub segments: usize,
    /// The whole way from there.
    pub steps: &'p [Step],
    /// The step.
    pub index: usize,
    /// The branches before each step up to this one.
    pub trail: &'p [Vec<Branch<'a>>],
}

struct Advice<'a> {
    help: String,
    replacement: Option<String>,
    sure: bool,
    steps: std::ops::Range<usize>,
    /// The name in the catalogue that is meant.
    name: Option<Value<'a>>,
}

impl<'a> UnknownStep<'_, 'a> {
    fn branches(&self) -> &[Branch<'a>] {
        self.trail.get(self.index).map(Vec::as_slice).unwrap_or_default()
    }

    fn declared(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        self.branches().iter().flat_map(walk::declared)
    }

    /// What is wrong, given what became of the step in each branch.
    pub(super) fn problem(&self, expander: &mut Expander<'a>, misses: &[Stepped<'a>]) -> Problem {
        let wrong_kind = misses.iter().all(|miss| matches!(miss, Stepped::WrongKind)) && !misses.is_empty();
        let ruled_out = misses.iter().find_map(|miss| match miss {
            Stepped::Nothing(keyword) => *keyword,
            _ => None,
        });
        let dotted = self.dotted();
        match self.steps.get(self.index) {
            Some(Step::Key(key)) if !wrong_kind => {
                let advice = dotted.or_else(|| self.near(key)).or_else(|| self.wrapped(expander, key));
                let advice = advice.or_else(|| self.other_form(key));
                let advice = advice.unwrap_or_else(|| self.names(key));
                let message = if self.is_argument() {
                    format!("{} has no argument {}", quote(self.tool), quote(key))
                } else {
                    format!("{} has no member {}", self.subject(), quote(key))
                };
                let mut related = Vec::new();
                if let Some(name) = advice.name {
                    related
                        .push(self.label(name, format!("{} is declared here", quote(name.as_str().unwrap_or("it")))));
                } else if let Some(keyword) = ruled_out {
                    related.push(self.label(keyword, "others are ruled out here".to_owned()));
                }
                Problem {
                    code: UNKNOWN_ARGUMENT,
                    message,
                    at: ProblemAt::Steps(advice.steps),
                    help: Some(advice.help),
                    replacement: advice.replacement,
                    sure: advice.sure,
                    related,
                }
            }
            Some(Step::Index(index)) if !wrong_kind => Problem {
                code: BAD_VALUE,
                message: format!("{} has no element {index}", self.subject()),
                at: self.this(),
                help: None,
                replacement: None,
                sure: false,
                related: ruled_out
                    .map(|keyword| self.label(keyword, "the length is bounded here".to_owned()))
                    .into_iter()
                    .collect(),
            },
            step => {
                let is = kinds_text(self.branches().iter()).unwrap_or_default();
                let so = match step {
                    Some(Step::Key(key)) => format!("it has no member {}", quote(key)),
                    _ => "it has no elements".to_owned(),
                };
                let related = self.type_labels(&is);
                let message = format!("{} is {is}, so {so}", self.subject());
                match dotted {
                    // The name with dots was meant, so that its beginning is not an argument of its own.
                    Some(advice) => Problem {
                        code: UNKNOWN_ARGUMENT,
                        message,
                        at: ProblemAt::Steps(advice.steps),
                        help: Some(advice.help),
                        replacement: advice.replacement,
                        sure: advice.sure,
                        related,
                    },
                    None => {
                        let at = self.this();
                        let help = self.inside(step);
                        Problem { code: WRONG_TYPE, message, at, help, replacement: None, sure: false, related }
                    }
                }
            }
        }
    }

    /// How to come inside a value that has no members: the elements of an array, or a length.
    fn inside(&self, step: Option<&Step>) -> Option<String> {
        let Some(Step::Key(key)) = step else { return None };
        let before = self.before(self.index);
        let is = |kinds: Kinds| {
            self.branches().iter().all(|branch| !branch.kinds.is_empty() && kinds.contains(branch.kinds))
        };
        let last = self.index + 1 == self.steps.len();
        if last && matches!(key.as_str(), "length" | "size" | "count" | "len") && is(Kinds::ARRAY.union(Kinds::STRING))
        {
            return Some(format!("write `length({before})`"));
        }
        let rest = path_from(&before, self.steps.get(self.index..)?);
        let rest = rest.strip_prefix(before.as_str())?;
        is(Kinds::ARRAY).then(|| {
            format!("write `every {before}[*]{rest} ...` for all of its elements, `some ...` for at least one")
        })
    }

    fn this(&self) -> ProblemAt {
        ProblemAt::Steps(self.place(self.index, self.index + 1))
    }

    /// The segments of the path as it is written that some steps are.
    fn place(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        self.segments + start..self.segments + end
    }

    /// The path before a step as it is written.
    fn before(&self, step: usize) -> String {
        path_from(self.start, self.steps.get(..step).unwrap_or_default())
    }

    /// Whether the step is an argument, and no member of one.
    fn is_argument(&self) -> bool {
        self.index == 0 && self.segments == 0
    }

    fn subject(&self) -> String {
        format!("{} of {}", quote(&self.before(self.index)), quote(self.tool))
    }

    fn label(&self, value: Value<'_>, text: String) -> Label {
        Label { span: place(self.file, value), text }
    }

    fn type_labels(&self, is: &str) -> Vec<Label> {
        let parts = self.branches().iter().flat_map(|branch| &branch.parts);
        let keyword = parts.into_iter().find_map(|part| walk::keyword(*part, "type"));
        let text = format!("{} is {is} here", quote(&self.before(self.index)));
        keyword.map(|(key, _)| self.label(key, text)).into_iter().collect()
    }

    /// The argument `tweet.fields` is written `args."tweet.fields"`; without quotes it is two steps.
    fn dotted(&self) -> Option<Advice<'a>> {
        for start in [Some(self.index), self.index.checked_sub(1)].into_iter().flatten() {
            let branches = self.trail.get(start)?;
            let mut joined = String::new();
            let mut found = None;
            for (end, step) in self.steps.iter().enumerate().skip(start).take(MOST_JOINED) {
                let Step::Key(key) = step else { break };
                if end > start {
                    joined.push('.');
                }
                joined.push_str(key);
                let mut names = branches.iter().flat_map(walk::declared).map(|(name, _)| name);
                let name = names.find(|name| name.as_str() == Some(&joined));
                if let Some(name) = name.filter(|_| end > start && end >= self.index) {
                    found = Some((name, joined.clone(), end + 1));
                }
            }
            if let Some((name, joined, end)) = found {
                let text = crate::json::json_quote(&joined);
                return Some(Advice {
                    help: format!(
                        "the dots are part of the name: write {}",
                        quote(&format!("{}.{text}", self.before(start)))
                    ),
                    replacement: Some(text),
                    sure: true,
                    steps: self.place(start, end),
                    name: Some(name),
                });
            }
        }
        None
    }

    fn near(&self, key: &str) -> Option<Advice<'a>> {
        let near = near(key, self.declared().filter_map(|(name, _)| name.as_str()))?;
        let (name, _) = self.declared().find(|(name, _)| name.as_str() == Some(near))?;
        Some(self.rename(key_text(near), false, name))
    }

    /// The one name of which this is a longer or a shorter form. It may still be another, so all are listed.
    fn other_form(&self, key: &str) -> Option<Advice<'a>> {
        let form = longer_or_shorter(key, self.declared().filter_map(|(name, _)| name.as_str()))?;
        let (name, _) = self.declared().find(|(name, _)| name.as_str() == Some(form))?;
        let found = self.rename(key_text(form), false, name);
        let meant = quote(&format!("{}.{}", self.before(self.index), key_text(form)));
        Some(Advice { help: format!("did you mean {meant}? {}", self.names(key).help), ..found })
    }

    fn rename(&self, text: String, sure: bool, name: Value<'a>) -> Advice<'a> {
        let help = format!("write {}", quote(&format!("{}.{text}", self.before(self.index))));
        let steps = self.place(self.index, self.index + 1);
        Advice { help, replacement: Some(text), sure, steps, name: Some(name) }
    }

    /// Many servers put all arguments into one object, such as `params` or `body`.
    fn wrapped(&self, expander: &mut Expander<'a>, key: &str) -> Option<Advice<'a>> {
        let mut found: Option<(Value<'a>, Value<'a>)> = None;
        for (outer, schema) in self.declared() {
            let inside = expander.expand(vec![schema]).ok()?;
            let names = inside.iter().flat_map(walk::declared).map(|(name, _)| name);
            let Some(name) = names.into_iter().find(|name| name.as_str() == Some(key)) else { continue };
            if found.is_some_and(|(before, _)| before.as_str() != outer.as_str()) {
                return None;
            }
            found = Some((outer, name));
        }
        let (outer, name) = found?;
        Some(self.rename(format!("{}.{}", key_text(outer.as_str()?), key_text(key)), true, name))
    }

    /// The other names that there are, when none is near.
    fn names(&self, key: &str) -> Advice<'a> {
        let others = self.declared().filter_map(|(name, _)| name.as_str()).filter(|name| *name != key);
        let mut names: Vec<_> = others.collect();
        names.sort_unstable();
        names.dedup();
        let shown: Vec<_> = names.iter().take(MOST_NAMES).map(|name| quote(name)).collect();
        let what = if self.is_argument() { "arguments" } else { "members" };
        let help = match names.len().saturating_sub(MOST_NAMES) {
            _ if shown.is_empty() => format!("it has no {what}"),
            0 => format!("its {what} are {}", shown.join(", ")),
            rest => format!("its {what} are {} and {rest} more", shown.join(", ")),
        };
        Advice { help, replacement: None, sure: false, steps: self.place(self.index, self.index + 1), name: None }
    }
}
