//! The text with the fewest edits for which a formula holds.

use crate::decimal::Decimal;
use crate::pattern::{Like, Regex, like_literal};
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;
use crate::solver::Budget;
use crate::solver::formula::{Check, Formula};
use crate::solver::given::all;
use crate::solver::strings::{Language, nearest};

/// The largest length for which there is an automaton.
const LONGEST: u64 = 1_000;
/// The longest texts whose distance is worked out, in bytes.
const LONGEST_EDITED: usize = 4_096;
/// The most languages of one search.
const MOST_LANGUAGES: usize = 64;

/// The text nearest to another for which a formula about the value at a place may hold; `None` if there is none, or
/// it takes too much work. What cannot be said of texts alone is taken to hold.
pub(super) fn nearest_text(formula: &Formula, place: &[Step], text: &str, budget: &mut Budget) -> Option<String> {
    let mut languages = Vec::new();
    let wanted = Wanted::of(formula, place, &mut languages);
    if languages.len() > MOST_LANGUAGES {
        return None;
    }
    nearest(&languages, &|inside| wanted.holds(inside) != Some(false), text, budget).ok()?
}

/// How many edits lead from one text to another, or what is certainly more where they are too long.
pub(super) fn edits(from: &str, to: &str) -> usize {
    if from.len().max(to.len()) > LONGEST_EDITED {
        return from.len() + to.len();
    }
    strsim::levenshtein(from, to)
}

/// A formula about a text, by the languages that the text is in.
enum Wanted {
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
    Not(Box<Wanted>),
    /// It is in the language with this index.
    In(usize),
    Known(bool),
    Unknown,
}

impl Wanted {
    /// What a formula says of a text at a place. Adds the languages that it asks about.
    fn of(formula: &Formula, place: &[Step], languages: &mut Vec<Language>) -> Self {
        match formula {
            Formula::And(parts) => Self::All(parts.iter().map(|part| Self::of(part, place, languages)).collect()),
            Formula::Or(parts) => Self::Any(parts.iter().map(|part| Self::of(part, place, languages)).collect()),
            Formula::Not(inner) => Self::Not(Box::new(Self::of(inner, place, languages))),
            Formula::Is(at, kinds) if at.steps == place => Self::Known(kinds.contains(Kinds::STRING)),
            // There is nothing within a text.
            Formula::Is(_, kinds) => Self::Known(kinds.contains(Kinds::MISSING)),
            Formula::Test(at, check) if at.steps == place => Self::of_check(check, languages),
            Formula::Test(..) | Formula::Every(..) | Formula::Some(..) => Self::Known(false),
        }
    }

    fn of_check(check: &Check, languages: &mut Vec<Language>) -> Self {
        let mut add = |language: Option<Language>| {
            let Some(language) = language else { return Self::Unknown };
            Self::In(languages.iter().position(|known| *known == language).unwrap_or_else(|| {
                languages.push(language);
                languages.len() - 1
            }))
        };
        match check {
            Check::Language(language) => add(Some(language.clone())),
            Check::Texts(texts) => Self::Any(texts.iter().map(|text| add(literal(text))).collect()),
            Check::TextLength(comparison, bound) => {
                let mut least = || add(at_least(bound, 0));
                match comparison {
                    Comparison::GreaterEqual => least(),
                    Comparison::Less => Self::Not(Box::new(least())),
                    Comparison::Greater => add(at_least(bound, 1)),
                    Comparison::LessEqual => Self::Not(Box::new(add(at_least(bound, 1)))),
                    Comparison::Equal => Self::All(vec![least(), Self::Not(Box::new(add(at_least(bound, 1))))]),
                    Comparison::NotEqual => Self::Any(vec![Self::Not(Box::new(least())), add(at_least(bound, 1))]),
                }
            }
            _ => Self::Known(false),
        }
    }

    /// Whether it holds for a text that is in some of the languages; `None` where that is not known.
    fn holds(&self, inside: &[bool]) -> Option<bool> {
        match self {
            Self::All(parts) => all(parts.iter().map(|part| part.holds(inside))),
            Self::Any(parts) => all(parts.iter().map(|part| part.holds(inside).map(|holds| !holds))).map(|none| !none),
            Self::Not(inner) => inner.holds(inside).map(|holds| !holds),
            Self::In(language) => inside.get(*language).copied(),
            Self::Known(holds) => Some(*holds),
            Self::Unknown => None,
        }
    }
}

fn literal(text: &str) -> Option<Language> {
    Like::new(&like_literal(text)).ok().map(|like| Language::like(&like))
}

/// The texts that have at least so many characters, and so many more.
fn at_least(bound: &Decimal, more: u64) -> Option<Language> {
    let bound = bound.to_u64().filter(|bound| *bound < LONGEST)?;
    Regex::new(&format!("(?s:.{{{},}})", bound + more)).ok().map(|regex| Language::regex(&regex))
}
