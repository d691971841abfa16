//! Conditions as clauses: a conjunction of disjunctions of literals, or the other way round.

use crate::predicate::{Atom, Condition};

use crate::emit::refusal::Refusal;

/// An atom or its opposite.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Literal<'c> {
    /// The atom.
    pub(crate) atom: &'c Atom,
    /// `false` for the opposite.
    pub(crate) positive: bool,
}

/// Which of the two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// All lists hold; a list holds if one of its literals does.
    AllOfAny,
    /// One list holds; a list holds if all of its literals do.
    AnyOfAll,
}

/// How many lists multiplying out may give.
const MOST_PRODUCTS: usize = 64;

/// The condition, or its opposite when not `positive`, in a form.
///
/// # Errors
/// Multiplying out gives more than 64 lists.
pub(crate) fn expand(condition: &Condition, positive: bool, form: Form) -> Result<Vec<Vec<Literal<'_>>>, Refusal> {
    let (parts, is_and) = match condition {
        Condition::Atom(atom) => return Ok(vec![vec![Literal { atom, positive }]]),
        // The parser bounds the depth of conditions, so this recursion ends.
        Condition::Not(inner) => return expand(inner, !positive, form),
        Condition::And(parts) => (parts, positive),
        Condition::Or(parts) => (parts, !positive),
    };
    if is_and == (form == Form::AllOfAny) {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            all.extend(expand(part, positive, form)?);
        }
        return Ok(all);
    }
    let mut product = vec![Vec::new()];
    for part in parts {
        let lists = expand(part, positive, form)?;
        if product.len().saturating_mul(lists.len()) > MOST_PRODUCTS {
            return Err(Refusal::new(
                format!("written out for the document it becomes more than {MOST_PRODUCTS} rules"),
                "split it into several statements, or use `in` in place of `or`",
            ));
        }
        product = multiply(&product, &lists);
    }
    Ok(product)
}

/// Every list of the left joined with every list of the right.
pub(crate) fn multiply<T: Clone>(left: &[Vec<T>], right: &[Vec<T>]) -> Vec<Vec<T>> {
    left.iter().flat_map(|first| right.iter().map(move |second| [first.as_slice(), second].concat())).collect()
}

/// Whether two conditions are written alike, `let` names and layout aside.
pub(crate) fn same(left: &Condition, right: &Condition) -> bool {
    let all = |left: &[Condition], right: &[Condition]| {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
    };
    match (left, right) {
        (Condition::Or(left), Condition::Or(right)) | (Condition::And(left), Condition::And(right)) => all(left, right),
        (Condition::Not(left), Condition::Not(right)) => same(left, right),
        (Condition::Atom(left), Condition::Atom(right)) => {
            // The debug forms of literals, patterns and paths hold all that they mean.
            left.path == right.path && format!("{:?}", left.test) == format!("{:?}", right.test)
        }
        _ => false,
    }
}

/// The parts of a conjunction; the condition itself if it is none.
pub(crate) fn conjuncts(condition: &Condition) -> Vec<&Condition> {
    match condition {
        Condition::And(parts) => parts.iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}
