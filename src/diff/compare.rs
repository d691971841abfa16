//! Comparing two sides tool by tool.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::limits::{self, Limits};
use super::signature::{Interner, Signature};
use super::{Change, Diff, Example, ExplainedOutcome, Move, Outcome, ToolName, Verdict};
use crate::analysis::ask::{Answer, Asked, Domain, Question, STEPS, Witness};
use crate::analysis::case::{Case, Limited, Verdicts};
use crate::analysis::condition::NumberDomain;
use crate::decider::Decider;
use crate::eval::Call;
use crate::ir::Parts;
use crate::solver::Budget;
use crate::solver::formula::Formula;
use crate::solver::space::{Feasible, Space, Truth};

/// What a side knows about a tool.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// What becomes of its calls.
    Case(Arc<Case>),
    /// The side has no such server, so its calls are refused.
    NoServer,
    /// There is no such tool.
    Absent,
}

/// A tool, and what each side knows about it.
pub(super) struct Pair {
    /// The index of its server on each side.
    servers: [Option<usize>; 2],
    name: ToolName,
    /// Its name in calls; for the unknown tools, a name that no tool has.
    call: String,
    pub(super) known: [Known; 2],
}

impl Known {
    const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl Pair {
    /// Whether the tool does not exist on a side.
    pub(super) fn is_absent(&self, at: usize) -> bool {
        self.known.get(at).is_some_and(Known::is_absent)
    }

    /// The name of the tool; `None` for all tools that neither side knows.
    pub(super) fn tool(&self) -> Option<&str> {
        self.name.tool.as_deref()
    }

    /// Whether it stands for all tools that neither side knows.
    pub(super) const fn is_other(&self) -> bool {
        self.name.tool.is_none()
    }
}

/// The two sides, the old one first, with what was found out about them.
pub(super) struct Sides<'c> {
    pub(super) sides: [&'c dyn Decider; 2],
    pub(super) pairs: Vec<Pair>,
    /// By side: for each limit over several tools, by the index of its rule, the pairs that share
    /// its counter.
    together: [BTreeMap<usize, BTreeSet<usize>>; 2],
    /// By side, if its only server stands for several of the other: for each tool, the pairs whose
    /// calls it counts together.
    spread: [BTreeMap<Option<String>, BTreeSet<usize>>; 2],
    pub(super) domain: Domain,
    /// A case of which every call is refused.
    closed: Case,
    /// Answers so far to whether one counter over several tools counts all that another counts.
    spanned: RefCell<BTreeMap<[(usize, usize); 2], bool>>,
}

/// What changes between two sides. With `closed`, a server that only one of them has is like tools that do not exist.
#[must_use]
pub fn compare(old: &dyn Decider, new: &dyn Decider, domain: Domain, closed: bool) -> Diff {
    let (sides, notes) = Sides::new(old, new, domain, closed);
    let mut interner = Interner::default();
    let mut groups: BTreeMap<[Seen; 2], Vec<usize>> = BTreeMap::new();
    let mut signatures: [BTreeMap<usize, Signature>; 2] = Default::default();
    for (index, pair) in sides.pairs.iter().enumerate() {
        let mut seen = |at: usize| sides.seen(at, pair, &mut interner, &mut signatures);
        let key = [seen(0), seen(1)];
        let [left, right] = &key;
        if left != right {
            groups.entry(key).or_default().push(index);
        }
    }
    let mut changes = Vec::new();
    for pairs in groups.into_values() {
        // The schemas of tools differ, so a question about valid calls is asked for each tool.
        let each: Vec<Vec<usize>> = match domain {
            Domain::Any => vec![pairs],
            Domain::Valid => pairs.into_iter().map(|pair| vec![pair]).collect(),
        };
        changes.extend(each.iter().filter_map(|pairs| sides.change(pairs, &mut interner)));
    }
    sort(&mut changes);
    let verdict = changes.iter().map(|change| change.verdict).fold(Verdict::Same, Verdict::and);
    Diff { verdict, changes, compared: sides.pairs.len(), notes }
}

/// Changes that may let more pass come first.
fn rank(change: &Change) -> u8 {
    match change.verdict {
        Verdict::Looser | Verdict::Both => 0,
        Verdict::Undecided => 1,
        Verdict::Tighter => 2,
        Verdict::Same => 3,
    }
}

/// Puts changes in the order in which they are reported, tools with the same change together.
pub(super) fn sort(changes: &mut Vec<Change>) {
    merge(changes);
    changes.sort_by(|left, right| (rank(left), &left.tools).cmp(&(rank(right), &right.tools)));
}

/// Merges the changes of tools for which the same was found separately.
fn merge(changes: &mut Vec<Change>) {
    let mut merged: Vec<Change> = Vec::new();
    for change in changes.drain(..) {
        let said = |change: &Change| {
            let moves: Vec<_> = change
                .moves
                .iter()
                .map(|step| {
                    let told = step.example.as_ref().map(|example| {
                        (example.was.clone(), example.now.clone(), example.call.arguments.clone(), example.call.valid)
                    });
                    (step.from, step.to, step.certain, told)
                })
                .collect();
            let limits: Vec<_> = change
                .limits
                .iter()
                .map(|limit| (limit.relation, limit.old.clone(), limit.new.clone(), limit.example.is_some()))
                .collect();
            (moves, limits, change.undecided.clone())
        };
        match merged.iter_mut().find(|other| said(other) == said(&change)) {
            Some(other) => other.tools.extend(change.tools),
            None => merged.push(change),
        }
    }
    merged.iter_mut().for_each(|change| change.tools.sort_unstable());
    *changes = merged;
}

/// What one side knows about a tool, so that tools about which both know the same need no solving.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Case(Signature),
    Absent,
}

/// Which servers of the two sides correspond, by index; `None` if a side has no such server.
fn servers(old: &[&str], new: &[&str], closed: bool, notes: &mut Vec<String>) -> Vec<[Option<usize>; 2]> {
    if let ([left], [right]) = (old, new) {
        if !closed && left != right && !left.is_empty() && !right.is_empty() {
            notes.push(format!(
                "The server is called {} on the old side and {} on the new one; they are compared as one server.",
                crate::describe::code(left),
                crate::describe::code(right)
            ));
        }
        return vec![[Some(0), Some(0)]];
    }
    // A side whose server has no name stands for any server.
    let is_unnamed = |names: &[&str]| matches!(names, [name] if name.is_empty());
    if is_unnamed(old) {
        return (0..new.len()).map(|index| [Some(0), Some(index)]).collect();
    }
    if is_unnamed(new) {
        return (0..old.len()).map(|index| [Some(index), Some(0)]).collect();
    }
    let find = |names: &[&str], name: &str| names.iter().position(|other| *other == name);
    let mut all: Vec<[Option<usize>; 2]> = Vec::new();
    for (index, name) in old.iter().enumerate() {
        all.push([Some(index), find(new, name)]);
    }
    for (index, name) in new.iter().enumerate() {
        if find(old, name).is_none() {
            all.push([None, Some(index)]);
        }
    }
    all
}

/// All tools of both sides in pairs, and notes on how servers were matched.
fn pair(old: &dyn Decider, new: &dyn Decider, closed: bool) -> (Vec<Pair>, Vec<String>) {
    let mut notes = Vec::new();
    let sides = [old, new];
    let names = sides.map(Decider::servers);
    let several = names.iter().any(|names| names.len() > 1);
    let [left, right] = &names;
    let mut pairs = Vec::new();
    for servers in servers(left, right, closed, &mut notes) {
        let each = || sides.into_iter().zip(&servers).zip(&names).map(|((side, server), names)| (side, *server, names));
        let tools: BTreeSet<&str> =
            each().filter_map(|(side, server, _)| Some(side.tools(server?))).flatten().collect();
        let server = each().rev().filter_map(|(_, server, names)| names.get(server?).copied());
        let server = server.filter(|name| several && !name.is_empty()).map(str::to_owned).next();
        let mut other = Parts::UNKNOWN_TOOL.to_owned();
        while tools.contains(other.as_str()) {
            other.push('_');
        }
        for tool in tools.into_iter().map(Some).chain([None]) {
            let known = |side: &dyn Decider, index: Option<usize>| match index {
                None if closed => Known::Absent,
                None => Known::NoServer,
                Some(index) => side.case(index, tool).map_or(Known::Absent, Known::Case),
            };
            let [left, right] = servers;
            let known = [known(old, left), known(new, right)];
            if known.iter().all(Known::is_absent) {
                continue;
            }
            let call = tool.unwrap_or(&other).to_owned();
            let name = ToolName { server: server.clone(), tool: tool.map(str::to_owned) };
            pairs.push(Pair { servers, name, call, known });
        }
    }
    (pairs, notes)
}

/// For each limit over several tools, the pairs that share its counter.
fn together(pairs: &[Pair], at: usize) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut together: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (index, pair) in pairs.iter().enumerate() {
        let Some(Known::Case(case)) = pair.known.get(at) else { continue };
        for limited in case.limits.iter().filter(|limited| limited.limit.total) {
            together.entry(limited.rule).or_default().insert(index);
        }
    }
    together
}

/// If the only server of a side stands for several of the other: for each tool, the pairs that are
/// this tool and whose calls both sides may let pass, if there are several.
fn spread(pairs: &[Pair], at: usize) -> BTreeMap<Option<String>, BTreeSet<usize>> {
    let others: BTreeSet<Option<usize>> = pairs.iter().filter_map(|pair| pair.servers.get(1 - at).copied()).collect();
    let own: BTreeSet<Option<usize>> = pairs.iter().filter_map(|pair| pair.servers.get(at).copied()).collect();
    let mut spread: BTreeMap<Option<String>, BTreeSet<usize>> = BTreeMap::new();
    if own.len() != 1 || others.len() < 2 {
        return spread;
    }
    let is_open = |known: &Known| matches!(known, Known::Case(case) if !case.is_closed());
    for (index, pair) in pairs.iter().enumerate().filter(|(_, pair)| pair.known.iter().all(is_open)) {
        spread.entry(pair.name.tool.clone()).or_default().insert(index);
    }
    spread.retain(|_, pairs| pairs.len() > 1);
    spread
}

/// The outcomes that calls can have on one side, each with the calls that have it.
type Outcomes = Vec<(Outcome, Truth)>;

/// A pair of tools about which questions are asked.
pub(super) struct Asking<'a, 'c> {
    pub(super) sides: &'a Sides<'c>,
    pub(super) index: usize,
    pub(super) pair: &'a Pair,
    pub(super) cases: [&'a Case; 2],
    pub(super) asked: Asked<'a>,
}

impl<'c> Sides<'c> {
    /// The two sides with their tools, and notes on how these were matched.
    pub(super) fn new(old: &'c dyn Decider, new: &'c dyn Decider, domain: Domain, closed: bool) -> (Self, Vec<String>) {
        let (pairs, notes) = pair(old, new, closed);
        let together = [0, 1].map(|at| together(&pairs, at));
        let spread = [0, 1].map(|at| spread(&pairs, at));
        (
            Self {
                sides: [old, new],
                pairs,
                together,
                spread,
                domain,
                closed: Case::default(),
                spanned: RefCell::default(),
            },
            notes,
        )
    }

    fn seen(
        &self,
        at: usize,
        pair: &Pair,
        interner: &mut Interner,
        signatures: &mut [BTreeMap<usize, Signature>; 2],
    ) -> Seen {
        let sharing = |limited: &Limited| self.sharing(at, pair, limited);
        match pair.known.get(at) {
            Some(Known::Case(case)) if self.spread_of(at, pair).is_some() => {
                Seen::Case(interner.signature(case, &sharing))
            }
            Some(Known::Case(case)) => {
                let Some(known) = signatures.get_mut(at) else { return Seen::Absent };
                let address = Arc::as_ptr(case).addr();
                let signature = known.entry(address).or_insert_with(|| interner.signature(case, &sharing));
                Seen::Case(signature.clone())
            }
            Some(Known::NoServer) => Seen::Case(Signature::default()),
            _ => Seen::Absent,
        }
    }

    /// How numbers are read: exactly only if both sides do.
    pub(super) fn numbers(&self) -> NumberDomain {
        let are_exact = self.sides.iter().all(|side| side.numbers() == NumberDomain::Exact);
        if are_exact { NumberDomain::Exact } else { NumberDomain::Double }
    }

    /// The pairs that a side counts together with this one, because they are one tool to it.
    fn spread_of(&self, at: usize, pair: &Pair) -> Option<&BTreeSet<usize>> {
        self.spread.get(at)?.get(&pair.name.tool)
    }

    /// The pairs that share the counter of a limit of a pair, if there are several.
    pub(super) fn sharing(&self, at: usize, pair: &Pair, limited: &Limited) -> Option<&BTreeSet<usize>> {
        match limited.limit.total {
            true => self.together.get(at)?.get(&limited.rule),
            false => self.spread_of(at, pair),
        }
    }

    /// Of the pairs that share the counter of a limit, those whose calls both sides may let pass.
    fn counted(&self, at: usize, pair: &Pair, limited: &Limited) -> impl Iterator<Item = usize> {
        let together = self.sharing(at, pair, limited);
        let is_open = |index: &usize| {
            self.pairs.get(*index).is_some_and(|pair| (0..2).all(|at| !self.case(pair, at).is_closed()))
        };
        together.into_iter().flatten().copied().filter(is_open)
    }

    /// Whether the counter of `bound` counts the calls of all tools that share the counter of
    /// `limited`, except for tools of which one side refuses every call. Both limits are limits of
    /// the pair with this index; each comes with its side.
    pub(super) fn spans(&self, index: usize, bound: (usize, &Limited), limited: (usize, &Limited)) -> bool {
        let ((other, bound), (at, limited)) = (bound, limited);
        let Some(pair) = self.pairs.get(index) else { return false };
        if self.sharing(at, pair, limited).is_none() {
            return true;
        }
        if limited.is_wider {
            return false;
        }
        if !bound.limit.total {
            // All tools that neither side knows are one pair; without a common counter each has its own.
            let is_other = |index: usize| self.pairs.get(index).is_some_and(Pair::is_other);
            return self.counted(at, pair, limited).all(|counted| counted == index && !is_other(counted));
        }
        let key = [(other, bound.rule), (at, limited.rule)];
        // The answer for limits over several tools is the same for all of these tools.
        if let Some(known) = self.spanned.borrow().get(&key).filter(|_| limited.limit.total) {
            return *known;
        }
        let together = self.sharing(other, pair, bound);
        let mut counted = self.counted(at, pair, limited);
        let all = counted.all(|counted| together.is_some_and(|shared| shared.contains(&counted)));
        if limited.limit.total {
            self.spanned.borrow_mut().insert(key, all);
        }
        all
    }

    /// What becomes of calls of a pair on one side.
    pub(super) fn case<'s>(&'s self, pair: &'s Pair, at: usize) -> &'s Case {
        match pair.known.get(at) {
            Some(Known::Case(case)) => case,
            _ => &self.closed,
        }
    }

    /// Passes a call of a pair to one side, with the server's name on that side.
    fn with<T>(
        &self,
        pair: &Pair,
        at: usize,
        call: &Call<'_>,
        look: impl FnOnce(&dyn Decider, &Call<'_>) -> T,
    ) -> Option<T> {
        let side = *self.sides.get(at)?;
        let servers = side.servers();
        let server = match pair.servers.get(at).copied().flatten().and_then(|index| servers.get(index)) {
            Some(name) => Some(*name).filter(|name| !name.is_empty()),
            None => call.server,
        };
        Some(look(side, &Call { server, ..*call }))
    }

    /// What becomes of a call on a side.
    pub(super) fn outcome(&self, pair: &Pair, at: usize, call: &Call<'_>) -> Outcome {
        if pair.is_absent(at) {
            return Outcome::Absent;
        }
        self.with(pair, at, call, |side, call| Outcome::of(&side.decide(call))).unwrap_or(Outcome::Denied)
    }

    /// What a side says about a call, with rule and reason.
    fn told(&self, pair: &Pair, at: usize, call: &Call<'_>) -> ExplainedOutcome {
        if pair.is_absent(at) {
            return ExplainedOutcome::nothing(Outcome::Absent);
        }
        self.with(pair, at, call, ExplainedOutcome::by).unwrap_or_else(|| ExplainedOutcome::nothing(Outcome::Denied))
    }

    /// Whether the rule of a side applies to a call.
    pub(super) fn applies(&self, pair: &Pair, at: usize, rule: usize, call: &Call<'_>) -> bool {
        self.with(pair, at, call, |side, call| side.applies(rule, call)).unwrap_or(false)
    }

    /// The pair with an index, for questions about it.
    pub(super) fn asking(&self, index: usize) -> Option<Asking<'_, 'c>> {
        let pair = self.pairs.get(index)?;
        let [old, new] = pair.servers;
        let schemas = |at: usize, server: Option<usize>| {
            let side = self.sides.get(at)?;
            let schemas = side.schemas(server?, pair.name.tool.as_deref()?);
            (!schemas.is_empty()).then_some(schemas)
        };
        let schemas = schemas(1, new).or_else(|| schemas(0, old)).unwrap_or_default();
        let asked = Asked { server: pair.name.server.as_deref(), name: pair.call.clone(), schemas };
        Some(Asking { sides: self, index, pair, cases: [self.case(pair, 0), self.case(pair, 1)], asked })
    }

    /// What changes for pairs about which each side says the same; `None` if nothing does.
    fn change(&self, pairs: &[usize], interner: &mut Interner) -> Option<Change> {
        let asking = self.asking(*pairs.first()?)?;
        let (moves, limits) = asking.answer(interner);
        let undecided = super::undecided::between(&asking, !limits.is_empty());
        if moves.is_empty() && limits.is_empty() && undecided.is_empty() {
            return None;
        }
        let verdict = moves.iter().map(Move::verdict).chain(limits.iter().map(|limit| limit.relation.verdict()));
        let verdict = verdict.chain(undecided.iter().map(|_| Verdict::Undecided)).fold(Verdict::Same, Verdict::and);
        let tools = pairs.iter().filter_map(|index| self.pairs.get(*index)).map(|pair| pair.name.clone()).collect();
        Some(Change { tools, verdict, moves, limits, undecided })
    }
}

impl Asking<'_, '_> {
    pub(super) fn formulas(&self) -> impl Iterator<Item = &Formula> {
        self.cases.iter().flat_map(|case| case.formulas())
    }

    pub(super) fn verdicts(&self, space: &mut Space) -> [Verdicts; 2] {
        self.cases.map(|case| case.verdicts(space))
    }

    /// By side: that a call passes, at once or after a person has approved it.
    pub(super) fn passing(&self, space: &mut Space) -> [Truth; 2] {
        let verdicts = self.verdicts(space);
        verdicts.map(|verdicts| space.any([verdicts.allowed, verdicts.held]))
    }

    /// By side: the outcomes that calls can have.
    fn outcomes(&self, space: &mut Space) -> [Outcomes; 2] {
        let verdicts = self.verdicts(space);
        let always = space.constant(true);
        let of = |at: usize, verdicts: Verdicts| match (self.pair.known.get(at), self.cases.get(at)) {
            (Some(known), _) if known.is_absent() => vec![(Outcome::Absent, always)],
            (_, Some(case)) if case.hidden.is_some() => vec![(Outcome::Hidden, always)],
            _ => vec![
                (Outcome::Allowed, verdicts.allowed),
                (Outcome::Approval, verdicts.held),
                (Outcome::Denied, verdicts.denied),
            ],
        };
        let [old, new] = verdicts;
        [of(0, old), of(1, new)]
    }

    /// [`Sides::spans`] for this pair.
    pub(super) fn spans(&self, bound: (usize, &Limited), limited: (usize, &Limited)) -> bool {
        self.sides.spans(self.index, bound, limited)
    }

    fn answer(&self, interner: &mut Interner) -> (Vec<Move>, Vec<limits::LimitChange>) {
        let mut space = Space::new(self.formulas());
        let mut moves = self.moves(&mut space, &|_, _| true);
        moves.sort_by_key(|step| (step.to > step.from, step.to, step.from));
        let limits = Limits { asking: self, space: &mut space, interner }.compare();
        (moves, limits)
    }

    /// The wanted moves of calls from one outcome to another.
    pub(super) fn moves(&self, space: &mut Space, wanted: &dyn Fn(Outcome, Outcome) -> bool) -> Vec<Move> {
        let [old, new] = self.outcomes(space);
        let mut moves = Vec::new();
        for (from, was) in &old {
            for (to, is) in &new {
                let gone = *from == Outcome::Absent || *to == Outcome::Absent;
                if from == to || gone && from.is_refusal() && to.is_refusal() || !wanted(*from, *to) {
                    continue;
                }
                let found = space.feasible(&[*was, *is], &mut Budget::new(STEPS));
                moves.extend(match found {
                    Ok(Feasible::No(_)) => None,
                    Ok(Feasible::Yes) => self.example(*from, *to, true),
                    Err(_) => self.example(*from, *to, false),
                });
            }
        }
        moves
    }

    /// The move, with the smallest call that makes it; `None` if there is no such call. `known`
    /// says that there is one among all calls that a client could send.
    fn example(&self, from: Outcome, to: Outcome, known: bool) -> Option<Move> {
        let demands = |space: &mut Space| {
            let [old, new] = self.outcomes(space);
            let of = |outcomes: Outcomes, wanted: Outcome| {
                outcomes.into_iter().filter(move |(outcome, _)| *outcome == wanted).map(|(_, truth)| truth)
            };
            of(old, from).chain(of(new, to)).collect()
        };
        let confirm = |call: &Call<'_>| {
            self.sides.outcome(self.pair, 0, call) == from && self.sides.outcome(self.pair, 1, call) == to
        };
        let question = Question { formulas: self.formulas().collect(), demands: &demands, confirm: &confirm };
        match self.ask(&question) {
            Answer::No => None,
            Answer::Undecided => {
                // What formulas cannot express may be otherwise.
                let open = self.formulas().any(Formula::is_open) || self.sides.numbers() != NumberDomain::Exact;
                let certain = known && self.sides.domain == Domain::Any && !open;
                Some(Move { from, to, certain, example: None })
            }
            Answer::Yes(call) => {
                let told = call.with(|call| [0, 1].map(|at| self.sides.told(self.pair, at, call)));
                let example = told.map(|[was, now]| Example { call, was, now });
                Some(Move { from, to, certain: true, example })
            }
        }
    }

    fn ask(&self, question: &Question<'_>) -> Answer {
        question.answer_for(self.sides.numbers(), &self.asked, self.sides.domain)
    }

    /// A call for which the demands hold: `Some(None)` if there is none, `None` if that is too much
    /// work to find out.
    pub(super) fn witness(
        &self,
        demands: &dyn Fn(&mut Space) -> Vec<Truth>,
        confirm: &dyn Fn(&Call<'_>) -> bool,
    ) -> Option<Option<Witness>> {
        let question = Question { formulas: self.formulas().collect(), demands, confirm };
        match self.ask(&question) {
            Answer::Yes(witness) => Some(Some(witness)),
            Answer::No => Some(None),
            Answer::Undecided => None,
        }
    }
}
