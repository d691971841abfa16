//! Whether two sides say the same about a tool, without solving: rules with equal formulas are the
//! same rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use crate::analysis::case::{Case, Limited};
use crate::analysis::limits::WindowModel;

use crate::decimal::Decimal;
use crate::ir::Scope;
use crate::predicate::Step;
use crate::solver::formula::{Check, Formula};

/// Gives equal formulas the same number.
#[derive(Default)]
pub(super) struct Interner {
    /// The numbers of formulas that were looked up before, by address. The formulas are kept, so no
    /// address is used twice.
    by_address: HashMap<usize, u32>,
    /// By a hash that equal formulas share.
    by_hash: HashMap<u64, Vec<(Arc<Formula>, u32)>>,
    kept: Vec<Arc<Formula>>,
    sets: BTreeMap<BTreeSet<usize>, u32>,
    /// Sets that were looked up before, by address: those of the sides, which outlive the comparison.
    known_sets: HashMap<usize, u32>,
}

/// A case, with numbers in place of formulas. Cases with equal signatures decide all calls alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Signature {
    hidden: bool,
    denied: BTreeSet<u32>,
    opened: BTreeSet<u32>,
    required: BTreeSet<u32>,
    quotas: BTreeSet<u32>,
    held: BTreeSet<u32>,
    approvers: BTreeSet<(u32, Option<String>)>,
    limits: Vec<LimitSignature>,
    unread: Vec<String>,
}

/// A limit, with a number in place of its formula. Its maximum is written as a text that is the
/// same for equal numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LimitSignature {
    max: String,
    window: u64,
    scope: Scope,
    sum_of: Option<Vec<Step>>,
    whole: bool,
    is_wider: bool,
    windows: WindowModel,
    refill: Option<String>,
    is_apart: bool,
    applies: u32,
    /// The tools that share the counter.
    together: Option<u32>,
    /// Last, because a limit is the same whatever its counter is called.
    counter: Option<String>,
}

impl LimitSignature {
    /// Whether only the names of the counters differ, if anything does.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        let nameless = |limit: &Self| Self { counter: None, ..limit.clone() };
        nameless(self) == nameless(other)
    }
}

impl Interner {
    /// The number of a formula.
    fn number(&mut self, formula: &Arc<Formula>) -> u32 {
        let address = Arc::as_ptr(formula).addr();
        if let Some(number) = self.by_address.get(&address) {
            return *number;
        }
        let mut hasher = DefaultHasher::new();
        hash(formula, &mut hasher);
        let next = crate::source::offset(self.kept.len());
        let alike = self.by_hash.entry(hasher.finish()).or_default();
        let number = match alike.iter().find(|(other, _)| other == formula) {
            Some((_, number)) => *number,
            None => {
                alike.push((formula.clone(), next));
                next
            }
        };
        self.kept.push(formula.clone());
        self.by_address.insert(address, number);
        number
    }

    fn set(&mut self, tools: &BTreeSet<usize>) -> u32 {
        let address = std::ptr::from_ref(tools).addr();
        if let Some(known) = self.known_sets.get(&address) {
            return *known;
        }
        let next = crate::source::offset(self.sets.len());
        let number = *self.sets.entry(tools.clone()).or_insert(next);
        self.known_sets.insert(address, number);
        number
    }

    /// The signature of a limit; `together` are the tools that share its counter, if it is one over several.
    pub(super) fn limit(&mut self, limited: &Limited, together: Option<&BTreeSet<usize>>) -> LimitSignature {
        let Limited { limit, applies, whole, is_wider, windows, refill, is_apart, .. } = limited;
        let together = together.map(|tools| self.set(tools));
        LimitSignature {
            max: canonical(&limit.max),
            window: limit.window,
            scope: limit.scope.clone(),
            sum_of: limit.sum_of.as_ref().map(|path| path.steps.clone()),
            whole: *whole,
            is_wider: *is_wider,
            windows: *windows,
            refill: refill.as_ref().map(canonical),
            is_apart: *is_apart,
            applies: self.number(applies),
            together,
            counter: limit.counter.clone(),
        }
    }

    /// The signature of a case; `sharing` gives the tools that share the counter of a limit.
    pub(super) fn signature<'t>(
        &mut self,
        case: &Case,
        sharing: &dyn Fn(&Limited) -> Option<&'t BTreeSet<usize>>,
    ) -> Signature {
        if case.is_closed() {
            return Signature { hidden: case.hidden.is_some(), ..Signature::default() };
        }
        let mut limits: Vec<LimitSignature> =
            case.limits.iter().map(|limited| self.limit(limited, sharing(limited))).collect();
        limits.sort_unstable();
        let approvers = case.held.iter().zip(&case.approvers);
        let approvers: BTreeSet<_> = approvers.map(|(held, by)| (self.number(&held.formula), by.clone())).collect();
        Signature {
            hidden: false,
            denied: case.denied.iter().map(|held| self.number(&held.formula)).collect(),
            opened: case.opened.iter().map(|(_, formula)| self.number(formula)).collect(),
            required: case.required.iter().map(|held| self.number(&held.formula)).collect(),
            quotas: case.quotas.iter().map(|held| self.number(&held.formula)).collect(),
            held: case.held.iter().map(|held| self.number(&held.formula)).collect(),
            approvers,
            limits,
            unread: case.unread.clone(),
        }
    }
}

fn canonical(number: &Decimal) -> String {
    number.to_string()
}

/// Hashes the shape of a formula with all places and literals in it, since there may be as many
/// formulas of one shape as rules. The depth of the recursion is bounded by the parser.
fn hash(formula: &Formula, hasher: &mut DefaultHasher) {
    std::mem::discriminant(formula).hash(hasher);
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.len().hash(hasher);
            parts.iter().for_each(|part| hash(part, hasher));
        }
        Formula::Not(inner) => hash(inner, hasher),
        Formula::Is(place, _) => place.hash(hasher),
        Formula::Test(place, check) => {
            place.hash(hasher);
            std::mem::discriminant(check).hash(hasher);
            match check {
                Check::Bool(bool) => bool.hash(hasher),
                Check::Texts(texts) => texts.hash(hasher),
                Check::Language(language) => language.hash(hasher),
                Check::Numbers(numbers) => numbers.hash(hasher),
                Check::Number(_, number)
                | Check::Multiple(number)
                | Check::TextLength(_, number)
                | Check::ArrayLength(_, number) => number.hash(hasher),
                Check::Opaque(name) => name.hash(hasher),
                Check::Only(names) => names.hash(hasher),
                Check::MinusZero | Check::Closed => {}
            }
        }
        Formula::Every(place, inner) | Formula::Some(place, inner) => {
            place.hash(hasher);
            hash(inner, hasher);
        }
    }
}
