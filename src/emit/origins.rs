//! The parts of a document, each with the statements that it comes from.

/// A part of a document.
#[derive(Debug, Clone)]
pub(crate) struct Traced<T> {
    /// The part.
    pub(crate) part: T,
    /// The statements: numbers of rules of the policy. None for what is of the default.
    pub(crate) from: Vec<usize>,
}

impl<T> Traced<T> {
    pub(crate) fn new(part: T, from: impl Into<Vec<usize>>) -> Self {
        Self { part, from: from.into() }
    }
}

/// Sorts parts, and makes those that are equal one, so that the order of statements leaves no
/// trace.
pub(crate) fn normalized<T: PartialEq, K: Ord>(
    mut parts: Vec<Traced<T>>,
    mut key: impl FnMut(&T) -> K,
) -> Vec<Traced<T>> {
    parts.sort_by_cached_key(|traced| key(&traced.part));
    parts.dedup_by(|later, earlier| {
        let is_same = later.part == earlier.part;
        if is_same {
            earlier.from.append(&mut later.from);
        }
        is_same
    });
    parts
}

/// The statements of each rule of a document, by the numbers that the rules have in its
/// [cases](crate::decider::Decider::case).
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins(Vec<Vec<usize>>);

impl Origins {
    /// Numbers the next rule.
    pub(crate) fn push(&mut self, from: Vec<usize>) {
        self.0.push(from);
    }

    /// Numbers parts in their order, and gives them without their statements.
    pub(crate) fn number<T>(&mut self, parts: Vec<Traced<T>>) -> Vec<T> {
        let each = parts.into_iter().map(|Traced { part, from }| {
            self.push(from);
            part
        });
        each.collect()
    }

    /// Whether a rule of the document comes from a rule of the policy.
    pub(crate) fn is_of(&self, number: usize, rule: usize) -> bool {
        self.0.get(number).is_some_and(|from| from.contains(&rule))
    }
}
