//! Languages (sets of strings), and the search for a string that is in some of them and not in
//! others.
//!
//! Each language becomes a nondeterministic automaton over classes of characters (`program`), which
//! is made deterministic as far as a question needs it (`automaton`). A question is answered by a
//! search through the product of the automata (`search`): the languages that a string must be
//! outside of are complemented, which costs nothing once an automaton is deterministic. What was
//! found about a language is kept for the next question.

mod alphabet;
mod automaton;
mod complement;
mod lengths;
mod nearest;
mod program;
mod search;
#[cfg(test)]
mod tests;

pub use nearest::nearest;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::automaton::Automaton;
use self::lengths::Lengths;
use self::program::Program;
use self::search::{Part, Product};
use super::{Budget, Exhausted};
use crate::decimal::Decimal;
use crate::pattern::{Like, Regex};
use crate::predicate::Comparison;

/// An automaton that took more steps than this is built again for each question, which bounds the
/// memory that many languages take together.
const KEPT: u64 = 1 << 17;

/// A set of strings. Cloning is cheap, and clones share what is found out about the set, so a set
/// that is asked about often should be made only once. Two languages are equal if they were made
/// from equal patterns.
#[derive(Clone)]
pub struct Language {
    inner: Arc<Inner>,
}

struct Inner {
    pattern: Pattern,
    /// `None` inside if the pattern has no automaton.
    program: OnceLock<Option<Program>>,
    /// The automaton, unless a question is using it.
    automaton: Mutex<Option<Box<Automaton>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Pattern {
    Like(Like),
    Regex(Regex),
    Containing(Arc<str>),
}

impl Language {
    fn new(pattern: Pattern) -> Self {
        Self { inner: Arc::new(Inner { pattern, program: OnceLock::new(), automaton: Mutex::new(None) }) }
    }

    /// The strings that the pattern matches.
    #[must_use]
    pub fn like(like: &Like) -> Self {
        Self::new(Pattern::Like(like.clone()))
    }

    /// The strings that the expression matches.
    #[must_use]
    pub fn regex(regex: &Regex) -> Self {
        Self::new(Pattern::Regex(regex.clone()))
    }

    /// The strings that contain the text.
    #[must_use]
    pub fn containing(text: &Arc<str>) -> Self {
        Self::new(Pattern::Containing(text.clone()))
    }

    /// Whether the string is in the set.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        match &self.inner.pattern {
            Pattern::Like(like) => like.is_match(text),
            Pattern::Regex(regex) => regex.is_match(text),
            Pattern::Containing(part) => text.contains(part.as_ref()),
        }
    }

    /// The only string of the set, if it is that of a `like` without a star.
    fn only(&self) -> Option<String> {
        match &self.inner.pattern {
            Pattern::Like(like) => like.literal(),
            Pattern::Regex(_) | Pattern::Containing(_) => None,
        }
    }

    fn program(&self) -> Option<&Program> {
        let made = self.inner.program.get_or_init(|| match &self.inner.pattern {
            Pattern::Like(like) => Program::like(like),
            Pattern::Regex(regex) => Program::regex(regex),
            Pattern::Containing(part) => Program::containing(part),
        });
        made.as_ref()
    }

    fn part(&self, inside: bool) -> Result<Part<'_>, Exhausted> {
        let program = self.program().ok_or(Exhausted)?;
        let kept = self.inner.automaton.lock().unwrap_or_else(PoisonError::into_inner).take();
        let automaton = kept.unwrap_or_else(|| Box::new(Automaton::new(program)));
        Ok(Part { program, automaton, inside })
    }

    /// Keeps an automaton for the next question.
    fn keep(&self, automaton: Box<Automaton>) {
        if automaton.size() <= KEPT {
            *self.inner.automaton.lock().unwrap_or_else(PoisonError::into_inner) = Some(automaton);
        }
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Language").field(&self.inner.pattern).finish()
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner.pattern == other.inner.pattern
    }
}

impl Eq for Language {}

impl std::hash::Hash for Language {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.inner.pattern.hash(state);
    }
}

/// What is wanted of a string. Strings are sequences of Unicode scalar values.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The languages that it is in.
    pub within: Vec<&'a Language>,
    /// The languages that it is not in.
    pub outside: Vec<&'a Language>,
    /// The strings that it is not.
    pub except: &'a BTreeSet<Arc<str>>,
    /// The comparisons that its number of Unicode scalar values passes, each with an arbitrary
    /// number.
    pub lengths: Vec<(Comparison, Decimal)>,
}

/// The answer of [`find`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StringAnswer {
    /// A string that is as wanted.
    Text(String),
    /// There is no such string.
    Nothing,
}

/// Finds a string that is as wanted: one of the shortest in Unicode scalar values and of these a
/// readable one, always the same; or proves that there is none.
///
/// Neither the answer nor the number of steps depends on earlier questions. A step stands for one
/// transition tried or one node looked at, and for about 40 bytes of memory at most until the
/// question is answered.
///
/// # Errors
///
/// The budget does not suffice, all such strings are longer than 100,000 characters, or one of the
/// patterns has no automaton.
pub fn find(wanted: &Wanted<'_>, budget: &mut Budget) -> Result<StringAnswer, Exhausted> {
    budget.spend((1 + wanted.within.len() + wanted.outside.len() + wanted.lengths.len()) as u64)?;
    let lengths = Lengths::of(&wanted.lengths);
    let within = distinct(&wanted.within);
    let outside = distinct(&wanted.outside);
    if lengths.longest().is_none() || within.iter().any(|language| outside.contains(language)) {
        return Ok(StringAnswer::Nothing);
    }
    if let Some(text) = within.iter().find_map(|language| language.only()) {
        budget.spend((text.len() * (within.len() + outside.len())) as u64)?;
        let found = !wanted.except.contains(text.as_str()) && is_wanted(&text, &within, &outside, &lengths);
        return Ok(if found { StringAnswer::Text(text) } else { StringAnswer::Nothing });
    }

    let languages: Vec<(&Language, bool)> = within
        .iter()
        .map(|language| (*language, true))
        .chain(outside.iter().map(|language| (*language, false)))
        .collect();
    let exceptions = OnceCell::new();
    let mut parts = languages.iter().map(|(language, inside)| language.part(*inside)).collect::<Result<Vec<_>, _>>()?;
    let is_wanted = |text: &str| is_wanted(text, &within, &outside, &lengths);
    let found = search(&mut parts, &exceptions, &lengths, wanted.except, is_wanted, budget);
    for ((language, _), part) in languages.into_iter().zip(parts) {
        language.keep(part.automaton);
    }

    let Some(text) = found? else { return Ok(StringAnswer::Nothing) };
    // The patterns themselves have the last word.
    let confirmed = !wanted.except.contains(text.as_str()) && is_wanted(&text);
    debug_assert!(confirmed, "{text:?} was found for {wanted:?}");
    if confirmed { Ok(StringAnswer::Text(text)) } else { Err(Exhausted) }
}

fn distinct<'a>(languages: &[&'a Language]) -> Vec<&'a Language> {
    let mut distinct: Vec<&Language> = Vec::with_capacity(languages.len());
    for language in languages {
        if !distinct.contains(language) {
            distinct.push(language);
        }
    }
    distinct
}

fn is_wanted(text: &str, within: &[&Language], outside: &[&Language], lengths: &Lengths) -> bool {
    lengths.has(text.chars().count() as u64)
        && within.iter().all(|language| language.has(text))
        && !outside.iter().any(|language| language.has(text))
}

/// Finds a shortest text. The exceptions become an automaton only if the first text found is one of
/// them.
fn search<'a>(
    parts: &mut Vec<Part<'a>>,
    exceptions: &'a OnceCell<Option<Program>>,
    lengths: &Lengths,
    except: &BTreeSet<Arc<str>>,
    is_wanted: impl Fn(&str) -> bool,
    budget: &mut Budget,
) -> Result<Option<String>, Exhausted> {
    let first = text(parts, lengths, budget)?;
    if !first.as_ref().is_some_and(|text| except.contains(text.as_str())) {
        return Ok(first);
    }
    // Few of them meet the other conditions, and the fewer there are, the smaller the automaton is.
    let mut texts = Vec::new();
    for text in except {
        budget.spend(((1 + text.len()) * parts.len().max(1)) as u64)?;
        if is_wanted(text) {
            texts.push(text);
        }
    }
    let program = exceptions.get_or_init(|| Program::texts(&texts)).as_ref().ok_or(Exhausted)?;
    parts.push(Part { program, automaton: Box::new(Automaton::new(program)), inside: false });
    text(parts, lengths, budget)
}

fn text(parts: &mut [Part<'_>], lengths: &Lengths, budget: &mut Budget) -> Result<Option<String>, Exhausted> {
    let mut product = Product::new(parts, budget)?;
    let Some(text) = product.shortest(budget)? else { return Ok(None) };
    let length = text.chars().count() as u64;
    if lengths.has(length) {
        return Ok(Some(text));
    }
    if lengths.longest().is_none_or(|longest| longest < length) {
        return Ok(None);
    }
    product.of_length(lengths, budget)
}
