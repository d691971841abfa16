//! What recorded values have in common, in memory that does not grow with their number.

use std::collections::BTreeMap;

use crate::decimal::Decimal;

/// A recorded call: the place of the evidence for a part of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The number of the call among those that are learnt from, from 1. A line may have several.
    pub(super) call: u64,
    /// Its line in the log, from 1.
    pub(super) line: u64,
}

/// More values than this are no list that a person checks.
pub(super) const MOST_VALUES: usize = 12;

/// The longest text that is written into a policy, in bytes: of longer strings only the beginning counts.
pub(super) const LONGEST_TEXT: usize = 100;

/// One in so many observations may be of a value that was seen only once. That share estimates how probable it is that the next value is
/// a new one (I. J. Good, "The population frequencies of species and the estimation of population parameters", 1953).
const SEEN_ONCE: u64 = 20;

/// The different values, as long as they are few.
#[derive(Debug, Clone)]
pub(super) struct Distinct<V> {
    /// How often each was seen, and where first. `None` after too many.
    seen: Option<BTreeMap<V, (u64, Place)>>,
}

impl<V> Default for Distinct<V> {
    fn default() -> Self {
        Self { seen: Some(BTreeMap::new()) }
    }
}

impl<V: Ord> Distinct<V> {
    fn add(&mut self, value: impl FnOnce() -> Option<V>, place: Place) {
        let Some(seen) = &mut self.seen else { return };
        let Some(value) = value() else {
            self.seen = None;
            return;
        };
        seen.entry(value).or_insert((0, place)).0 += 1;
        if seen.len() > MOST_VALUES {
            self.seen = None;
        }
    }

    /// The values in order, each with the place where it was first seen: if they are few, and hardly any was seen only once.
    pub(super) fn list(&self) -> Option<Vec<(&V, Place)>> {
        let seen = self.seen.as_ref()?;
        let all: u64 = seen.values().map(|(count, _)| count).sum();
        let once = seen.values().filter(|(count, _)| *count == 1).count() as u64;
        (!seen.is_empty() && once.saturating_mul(SEEN_ONCE) <= all)
            .then(|| seen.iter().map(|(value, (_, place))| (value, *place)).collect())
    }
}

/// One end of the range of numbers.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) value: Decimal,
    pub(super) place: Place,
    /// The recorded value that is nearest to it, towards the inside.
    pub(super) next: Option<Decimal>,
}

/// Numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    pub(super) distinct: Distinct<Decimal>,
    pub(super) least: Option<End>,
    pub(super) most: Option<End>,
}

impl Numbers {
    pub(super) fn add(&mut self, number: &Decimal, place: Place) {
        self.distinct.add(|| Some(number.clone()), place);
        extend(&mut self.least, number, place, |new, old| new < old);
        extend(&mut self.most, number, place, |new, old| new > old);
    }
}

/// Moves an end of the range, or what is next to it, to a number.
fn extend(end: &mut Option<End>, number: &Decimal, place: Place, is_beyond: fn(&Decimal, &Decimal) -> bool) {
    let Some(old) = end else {
        *end = Some(End { value: number.clone(), place, next: None });
        return;
    };
    if is_beyond(number, &old.value) {
        let next = Some(std::mem::replace(&mut old.value, number.clone()));
        (old.place, old.next) = (place, next);
    } else if *number != old.value && old.next.as_ref().is_none_or(|next| is_beyond(number, next)) {
        old.next = Some(number.clone());
    }
}

/// Strings.
#[derive(Debug, Clone, Default)]
pub(super) struct Strings {
    pub(super) distinct: Distinct<String>,
    first: Option<First>,
}

/// The first string, and what all others have in common with it.
#[derive(Debug, Clone)]
struct First {
    /// Its beginning.
    text: String,
    place: Place,
    /// What all strings begin with.
    common: String,
    /// The last string that shortened the prefix that a policy would write.
    shortened: Option<Place>,
    /// Whether some string has `..` in it.
    climbs: bool,
    /// The domain, if all are mail addresses of one.
    domain: Option<String>,
    /// The first string that differs from the first of all.
    other: Option<Place>,
}

/// A pattern that all strings match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// They begin with a text that ends in a separator, or that is empty.
    Prefix {
        prefix: String,
        /// The next longer one, with the place of a string that does not begin with it.
        longer: Option<(String, Place)>,
    },
    /// They are mail addresses of a domain.
    Domain {
        domain: String,
        /// One address, with the place of another one.
        single: (String, Place),
    },
}

impl Strings {
    pub(super) fn add(&mut self, text: &str, place: Place) {
        self.distinct.add(|| (text.len() <= LONGEST_TEXT).then(|| text.to_owned()), place);
        let start = start(text, LONGEST_TEXT);
        let Some(first) = &mut self.first else {
            self.first = Some(First {
                text: start.to_owned(),
                place,
                common: start.to_owned(),
                shortened: None,
                climbs: text.contains(".."),
                domain: domain(text).map(str::to_owned),
                other: None,
            });
            return;
        };
        first.climbs |= text.contains("..");
        if first.domain.is_some() && domain(text) != first.domain.as_deref() {
            first.domain = None;
        }
        if first.other.is_none() && text != first.text {
            first.other = Some(place);
        }
        if !text.starts_with(&first.common) {
            let old = cut(&first.common).len();
            let same = first.common.chars().zip(text.chars()).take_while(|(one, other)| one == other);
            let length = same.map(|(char, _)| char.len_utf8()).sum();
            first.common.truncate(length);
            if cut(&first.common).len() < old {
                first.shortened = Some(place);
            }
        }
    }

    /// What all strings match.
    pub(super) fn pattern(&self) -> Option<Pattern> {
        let first = self.first.as_ref()?;
        if let Some((domain, other)) = first.domain.clone().zip(first.other) {
            return Some(Pattern::Domain { domain, single: (first.text.clone(), other) });
        }
        let prefix = cut(&first.common);
        if prefix.ends_with('/') && first.climbs {
            // A path with `..` may lead out of the folder.
            return Some(Pattern::Prefix { prefix: String::new(), longer: None });
        }
        // The next prefix of the first string: a later one does not have it. If there is none, no longer prefix is one of the first.
        let ends = first.text.char_indices().map(|(at, char)| at + char.len_utf8());
        let longer = ends
            .filter(|end| *end > prefix.len())
            .filter_map(|end| first.text.get(..end))
            .find(|longer| cut(longer).len() == longer.len());
        let longer = match (longer, first.shortened) {
            (Some(longer), Some(place)) => (longer.to_owned(), place),
            _ => {
                let is_hyphen = first.text.get(prefix.len()..).is_some_and(|rest| rest.starts_with('-'));
                (format!("{prefix}{}/", if is_hyphen { '_' } else { '-' }), first.place)
            }
        };
        Some(Pattern::Prefix { prefix: prefix.to_owned(), longer: Some(longer) })
    }
}

/// The beginning of a text, of at most so many bytes.
fn start(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// A text up to its last separator: the last `/` if it has one, else the last `:`, else the last `.`. So the host of a URL is whole or not
/// there at all.
fn cut(text: &str) -> &str {
    let end = ['/', ':', '.'].into_iter().find_map(|separator| text.rfind(separator));
    end.and_then(|end| text.get(..=end)).unwrap_or_default()
}

/// The domain of a plain mail address, in lower case as it stands there: what [`LOCAL`] matches, `@`, and a host name.
fn domain(text: &str) -> Option<&str> {
    let (local, domain) = text.split_once('@')?;
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte);
    let is_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let good = !local.is_empty()
        && text.len() <= LONGEST_TEXT
        && domain.contains('.')
        && local.bytes().all(is_local)
        && domain.bytes().all(is_host)
        && domain.starts_with(|char: char| char.is_ascii_alphanumeric())
        && domain.ends_with(|char: char| char.is_ascii_alphanumeric());
    good.then_some(domain)
}

/// What stands before the `@` of an address, as a regular expression.
pub(super) const LOCAL: &str = "[A-Za-z0-9._%+-]+";
