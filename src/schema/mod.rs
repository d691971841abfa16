//! Types of arguments, read from JSON Schema.
//!
//! A [`Schema`] is a view on the `inputSchema` of a tool. It answers whether a test in a policy can be right
//! for the tool, and which kinds of value a path can lead to. Both answers are over-approximations: what is not
//! understood, is too deep or is too big is unknown, and unknown is never wrong. What is read of JSON Schema
//! (drafts 4 to 2020-12, and OpenAPI's `nullable`) is listed in `expand`, `walk` and `constraint`.

pub(crate) mod admits;
mod constraint;
mod describe;
pub(crate) mod dialect;
mod expand;
mod judge;
mod kinds;
mod members;
pub(crate) mod patterns;
pub(crate) mod refs;
#[cfg(test)]
pub(crate) mod tests;
mod unknown;
mod walk;

use std::ops::Range;

pub(crate) use expand::{TypeNames, types};
pub use kinds::Kinds;
pub use members::ValueInfo;

use crate::diagnostics::{Code, Label};
use crate::json::{Kind, Value};
use crate::predicate::{Atom, Path, PathRoot, Step, Test};
use crate::source::{FileId, Span};
use dialect::Draft;
use expand::{Branch, Expander, Unknown};
use walk::Stepped;

/// The schema of the arguments of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'a> {
    root: Option<Value<'a>>,
    file: FileId,
}

/// Why a test is wrong for a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `UNKNOWN_ARGUMENT`, `WRONG_TYPE` or `BAD_VALUE`.
    pub code: &'static Code,
    /// What is wrong; names the tool.
    pub message: String,
    /// Which part of the atom is meant.
    pub at: ProblemAt,
    /// What to write instead.
    pub help: Option<String>,
    /// What to write in place of the part that is meant, as it stands in a policy.
    pub replacement: Option<String>,
    /// Whether the replacement is what the author meant, and not just the nearest name or value.
    pub sure: bool,
    /// Places in the catalogue that say why.
    pub related: Vec<Label>,
}

/// A part of an atom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemAt {
    /// These steps of the path; more than one where several together are one name with dots.
    Steps(Range<usize>),
    /// The literal with this index; 0 for a single one, for a pattern and for the number of a length.
    Value(usize),
    /// The test as a whole.
    Test,
}

/// An argument of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentInfo {
    /// Its name.
    pub name: String,
    /// Its type as people read it: `integer`, `"EUR" | "USD"`, `array of string`.
    pub type_text: String,
    /// Whether every valid call has it.
    pub required: bool,
    /// What the server says about it.
    pub description: Option<String>,
    /// The place of its name in the catalogue.
    pub span: Span,
}

impl<'a> Schema<'a> {
    /// The schema that is written at `root` in the file; without one, everything is unknown.
    #[must_use]
    pub fn new(root: Option<Value<'a>>, file: FileId) -> Self {
        Self { root, file }
    }

    /// The schema as it is written, if the tool has one.
    pub(crate) fn root(&self) -> Option<Value<'a>> {
        self.root
    }

    /// Whether the atom is right for the tool of this name: `None` if it is, or if nothing is known. An atom on
    /// the caller is always right.
    #[must_use]
    pub fn check(&self, tool: &str, atom: &Atom) -> Option<Problem> {
        if atom.path.root != PathRoot::Args {
            return None;
        }
        let root = self.root?;
        // A metaschema that is not known may switch off any keyword.
        let mut expander = Expander::of_draft(root, Draft::of(root)?);
        self.find_problem(&mut expander, tool, atom).unwrap_or(None)
    }

    fn find_problem(&self, expander: &mut Expander<'a>, tool: &str, atom: &Atom) -> Result<Option<Problem>, Unknown> {
        let branches = arguments(expander)?;
        let given = defaults(expander, &branches)?;
        let start = Start { written: "args", segments: 0, branches, given };
        self.problem_from(expander, tool, start, &atom.path.steps, &atom.path.to_string(), &atom.test)
    }

    /// What is wrong with a test of the value that some steps lead to; `text` is the path to it as it is written.
    /// Recurses once for each `[*]`.
    fn problem_from(
        &self,
        expander: &mut Expander<'a>,
        tool: &str,
        start: Start<'a, '_>,
        steps: &[Step],
        text: &str,
        test: &Test,
    ) -> Result<Option<Problem>, Unknown> {
        let Start { written, segments, branches, mut given } = start;
        let is_element = segments > 0 && steps.is_empty();
        let mut trail = vec![branches];
        for (index, step) in steps.iter().enumerate() {
            let from = trail.last().map(Vec::as_slice).unwrap_or_default();
            let mut into = Vec::new();
            let mut misses = Vec::new();
            for branch in from {
                match walk::step(branch, step) {
                    Stepped::Into(schemas) => {
                        into.extend(expander.expand(schemas)?);
                        expander.spend(into.len())?;
                    }
                    miss => misses.push(miss),
                }
            }
            given = given.into_iter().filter_map(|(key, value)| Some((key, inside(value, step)?))).collect();
            if into.is_empty() {
                // Whatever a server takes by default can be read.
                if !given.is_empty() {
                    return Ok(None);
                }
                let place = unknown::UnknownStep {
                    file: self.file,
                    tool,
                    start: written,
                    segments,
                    steps,
                    index,
                    trail: &trail,
                };
                return Ok(Some(place.problem(expander, &misses)));
            }
            given.extend(defaults(expander, &into)?);
            trail.push(into);
        }
        let values = trail.last().map(Vec::as_slice).unwrap_or_default();
        let name = match steps.last() {
            Some(Step::Key(key)) => key,
            _ => text,
        };
        let subject = describe::TestedValue { tool, text, name, is_element };
        let (word, elements) = match test {
            Test::Every(elements) => ("every", elements),
            Test::Some(elements) => ("some", elements),
            _ => {
                let verdict = judge::judge(expander, values, &given, test)?;
                return Ok(verdict.map(|verdict| describe::problem(verdict, self.file, &subject)));
            }
        };
        let found = match judge::elements_of(expander, values, word)? {
            Ok(found) => found,
            Err(_) if given.iter().any(|(_, value)| value.kind() == Kind::Array) => return Ok(None),
            Err(verdict) => return Ok(Some(describe::problem(verdict, self.file, &subject))),
        };
        // Of an array that has no elements nothing is said.
        if found.is_empty() {
            return Ok(None);
        }
        let mut elements_given: Vec<_> =
            given.iter().flat_map(|(key, value)| value.items().map(|item| (*key, item))).collect();
        elements_given.extend(defaults(expander, &found)?);
        let written = format!("{text}[*]");
        let start =
            Start { written: &written, segments: segments + steps.len() + 1, branches: found, given: elements_given };
        // `every args.tags` is about the elements, though the path does not say so.
        let text = if elements.steps.is_empty() { text } else { &elements.text };
        self.problem_from(expander, tool, start, &elements.steps, text, &elements.test)
    }

    /// The kinds of value that the path can lead to in calls that are valid for the schema; at least those.
    #[must_use]
    pub fn possible_kinds(&self, path: &Path) -> Kinds {
        match self.root {
            Some(root) if path.root == PathRoot::Args && Draft::of(root).is_some() => {
                kinds_at(&mut Expander::new(root), path).unwrap_or(Kinds::ALL)
            }
            _ => Kinds::ALL,
        }
    }

    /// The names of the arguments that the schema declares at its top, each once, in the order of the file.
    #[must_use]
    pub fn names(&self) -> Vec<&'a str> {
        let branches = self.root.and_then(|root| arguments(&mut Expander::new(root)).ok()).unwrap_or_default();
        let mut seen = std::collections::BTreeSet::new();
        let names = branches.iter().flat_map(walk::declared).filter_map(|(key, _)| key.as_str());
        names.filter(|name| seen.insert(*name)).collect()
    }

    /// The arguments that the schema declares at its top, in the order of the file.
    #[must_use]
    pub fn arguments(&self) -> Vec<ArgumentInfo> {
        self.members(&[])
    }
}

/// The value that some steps start from: the arguments, or each element of an array.
struct Start<'a, 'w> {
    /// The path to it as it is written.
    written: &'w str,
    /// The number of segments that the path has after its root.
    segments: usize,
    branches: Vec<Branch<'a>>,
    /// What servers take for it by default: keywords and values.
    given: Vec<(Value<'a>, Value<'a>)>,
}

/// The `default`s of some branches, each once.
fn defaults<'a>(expander: &mut Expander<'a>, branches: &[Branch<'a>]) -> Result<Vec<(Value<'a>, Value<'a>)>, Unknown> {
    let mut seen = std::collections::BTreeSet::new();
    let all = branches.iter().flat_map(|branch| branch.defaults.iter().copied());
    expander.spend(branches.iter().map(|branch| branch.defaults.len()).sum())?;
    Ok(all.filter(|(_, value)| seen.insert(value.id())).collect())
}

/// The member or element of a value that a step leads to.
fn inside<'a>(value: Value<'a>, step: &Step) -> Option<Value<'a>> {
    match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.at(*index as usize),
    }
}

/// The branches of the arguments as a whole. Arguments are an object, whatever the schema says.
fn arguments<'a>(expander: &mut Expander<'a>) -> Result<Vec<Branch<'a>>, Unknown> {
    let mut branches = expander.expand(vec![expander.root()])?;
    branches.retain_mut(|branch| branch.narrow(Kinds::OBJECT));
    // A schema that admits no arguments at all is a mistake in the catalogue, not in the policy.
    if branches.is_empty() { Err(Unknown) } else { Ok(branches) }
}

fn kinds_at(expander: &mut Expander<'_>, path: &Path) -> Result<Kinds, Unknown> {
    let mut branches = arguments(expander)?;
    let mut given = defaults(expander, &branches)?;
    let mut missing = Kinds::NONE;
    for step in &path.steps {
        let container = match step {
            Step::Key(_) => Kinds::OBJECT,
            Step::Index(_) => Kinds::ARRAY,
        };
        let mut into = Vec::new();
        for branch in &branches {
            let schemas = match walk::step(branch, step) {
                Stepped::Into(schemas) => schemas,
                Stepped::Undeclared => Vec::new(),
                Stepped::Nothing(_) | Stepped::WrongKind => {
                    missing = Kinds::MISSING;
                    continue;
                }
            };
            if !container.contains(branch.kinds) || !walk::requires(branch, step) {
                missing = Kinds::MISSING;
            }
            into.extend(expander.expand(schemas)?);
            expander.spend(into.len())?;
        }
        given = given.into_iter().filter_map(|(key, value)| Some((key, inside(value, step)?))).collect();
        given.extend(defaults(expander, &into)?);
        branches = into;
    }
    let missing = given.iter().fold(missing, |kinds, (_, value)| kinds.union(Kinds::of(value.kind())));
    Ok(branches.iter().fold(missing, |kinds, branch| kinds.union(branch.kinds)))
}

/// The place of a value of the catalogue, or only of its first character when it is an array or object.
fn place(file: FileId, value: Value<'_>) -> Span {
    let (start, end) = value.span();
    match value.kind() {
        Kind::Array | Kind::Object => Span::new(file, start, start + 1),
        _ => Span::new(file, start, end),
    }
}
