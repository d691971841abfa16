//! Comparing two sides tool by tool.

use std::collections::{BTreeMap, BTreeSet};

use super::limits::{self, Limits};
use super::side::{Side, Told};
use super::signature::{Interner, Signature};
use super::{Change, Diff, Example, Move, Outcome, ToolName, Verdict};
use crate::analysis::ask::{Answer, Asked, Question, STEPS, Universe, Witness};
use crate::analysis::case::{Case, Verdicts};

use crate::eval::Call;
use crate::solver::Budget;
use crate::solver::formula::Formula;
use crate::solver::space::{Feasible, Space, Truth};

/// What a side knows of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// What becomes of its calls.
    Case(usize),
    /// The side has no such server, so its calls are refused.
    NoServer,
    /// There is no such tool.
    Absent,
}

/// A tool and where each side has it.
pub(super) struct Pair {
    /// The index of its server on each side.
    servers: [Option<usize>; 2],
    name: ToolName,
    /// How calls name it: of all unknown tools, one.
    call: String,
    pub(super) known: [Known; 2],
}

impl Pair {
    /// Whether it stands for all tools that neither side knows.
    pub(super) const fn is_other(&self) -> bool {
        self.name.tool.is_none()
    }
}

/// The two sides, the old one first, with what was found out about both.
pub(super) struct Sides<'c, 's> {
    pub(super) sides: [&'c Side<'s>; 2],
    pub(super) pairs: Vec<Pair>,
    /// By side, of limits over several tools: the pairs that share the counter of the rule with an index.
    pub(super) together: [BTreeMap<usize, BTreeSet<usize>>; 2],
    pub(super) universe: Universe,
    /// A case of which every call is refused.
    closed: Case,
}

/// What changes between two sides. With `closed`, a server that only one of them has is like tools that do not exist.
#[must_use]
pub fn compare(old: &Side<'_>, new: &Side<'_>, universe: Universe, closed: bool) -> Diff {
    let (pairs, notes) = pair(old, new, closed);
    let sides = [old, new];
    let together = [0, 1].map(|at| together(sides, &pairs, at));
    let sides = Sides { sides, pairs, together, universe, closed: Case::default() };
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
        // The schemas of tools differ, so what is asked about valid calls is asked for each.
        let each: Vec<Vec<usize>> = match universe {
            Universe::Any => vec![pairs],
            Universe::Valid => pairs.into_iter().map(|pair| vec![pair]).collect(),
        };
        changes.extend(each.iter().filter_map(|pairs| sides.change(pairs, &mut interner)));
    }
    sort(&mut changes);
    let verdict = changes.iter().map(|change| change.verdict).fold(Verdict::Same, Verdict::and);
    Diff { verdict, changes, compared: sides.pairs.len(), notes }
}

/// What may let pass more comes first.
fn rank(change: &Change) -> u8 {
    match change.verdict {
        Verdict::Looser | Verdict::Both => 0,
        Verdict::Undecided => 1,
        Verdict::Tighter => 2,
        Verdict::Same => 3,
    }
}

/// Puts changes in the order in which they are told, tools with the same change together.
pub(super) fn sort(changes: &mut Vec<Change>) {
    merge(changes);
    changes.sort_by(|left, right| (rank(left), &left.tools).cmp(&(rank(right), &right.tools)));
}

/// Puts tools together for which the same was found, each on its own.
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

/// What one side knows of a tool, so that tools of which both know the same need no solving.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Case(Signature),
    Absent,
}

/// Whether the servers at these indices are one, by side.
fn servers(old: &Side<'_>, new: &Side<'_>, closed: bool, notes: &mut Vec<String>) -> Vec<[Option<usize>; 2]> {
    if let ([left], [right]) = (old.servers.as_slice(), new.servers.as_slice()) {
        if !closed && left.name != right.name && !left.name.is_empty() && !right.name.is_empty() {
            notes.push(format!(
                "The server is called {} on the old side and {} on the new one; they are compared as one server.",
                crate::describe::code(&left.name),
                crate::describe::code(&right.name)
            ));
        }
        return vec![[Some(0), Some(0)]];
    }
    // A side without names takes any server for its own.
    if old.is_unnamed() {
        return (0..new.servers.len()).map(|index| [Some(0), Some(index)]).collect();
    }
    if new.is_unnamed() {
        return (0..old.servers.len()).map(|index| [Some(index), Some(0)]).collect();
    }
    let find = |side: &Side<'_>, name: &str| side.servers.iter().position(|server| server.name == name);
    let mut all: Vec<[Option<usize>; 2]> = Vec::new();
    for (index, server) in old.servers.iter().enumerate() {
        all.push([Some(index), find(new, &server.name)]);
    }
    for (index, server) in new.servers.iter().enumerate() {
        if find(old, &server.name).is_none() {
            all.push([None, Some(index)]);
        }
    }
    all
}

fn pair(old: &Side<'_>, new: &Side<'_>, closed: bool) -> (Vec<Pair>, Vec<String>) {
    let mut notes = Vec::new();
    let sides = [old, new];
    let several = sides.iter().any(|side| side.servers.len() > 1);
    let mut pairs = Vec::new();
    for servers in servers(old, new, closed, &mut notes) {
        let [left, right] = servers;
        let of = |side: &'_ Side<'_>, index: Option<usize>| -> Vec<String> {
            let server = index.and_then(|index| side.servers.get(index));
            server.map(|server| server.tools.keys().cloned().collect()).unwrap_or_default()
        };
        let names: BTreeSet<String> = of(old, left).into_iter().chain(of(new, right)).collect();
        let named = |side: &Side<'_>, index: Option<usize>| {
            index.and_then(|index| side.servers.get(index)).map(|server| server.name.clone())
        };
        let server = [named(new, right), named(old, left)].into_iter().flatten().find(|name| !name.is_empty());
        let server = server.filter(|_| several);
        let mut other = "some_other_tool".to_owned();
        while names.contains(&other) {
            other.push('_');
        }
        for tool in names.into_iter().map(Some).chain([None]) {
            let known = |side: &Side<'_>, index: Option<usize>| match index {
                None if closed => Known::Absent,
                None => Known::NoServer,
                Some(index) => side.case(index, tool.as_deref()).map_or(Known::Absent, Known::Case),
            };
            let known = [known(old, left), known(new, right)];
            if known == [Known::Absent; 2] {
                continue;
            }
            let call = tool.clone().unwrap_or_else(|| other.clone());
            pairs.push(Pair { servers, name: ToolName { server: server.clone(), tool }, call, known });
        }
    }
    (pairs, notes)
}

/// For each limit over several tools, the pairs that share its counter.
fn together(sides: [&Side<'_>; 2], pairs: &[Pair], at: usize) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut together: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let Some(side) = sides.get(at) else { return together };
    for (index, pair) in pairs.iter().enumerate() {
        let Some(Known::Case(case)) = pair.known.get(at) else { continue };
        for limited in side.cases.get(*case).map(|case| case.limits.as_slice()).unwrap_or_default() {
            if limited.limit.total {
                together.entry(limited.rule).or_default().insert(index);
            }
        }
    }
    together
}

/// The outcomes that calls can have on one side, each with when.
type Outcomes = Vec<(Outcome, Truth)>;

/// What was asked about a pair of tools.
pub(super) struct Asking<'a, 'c, 's> {
    pub(super) sides: &'a Sides<'c, 's>,
    pub(super) index: usize,
    pub(super) pair: &'a Pair,
    pub(super) cases: [&'a Case; 2],
    pub(super) asked: Asked<'a>,
}

impl<'c, 's> Sides<'c, 's> {
    fn seen(
        &self,
        at: usize,
        pair: &Pair,
        interner: &mut Interner,
        signatures: &mut [BTreeMap<usize, Signature>; 2],
    ) -> Seen {
        let empty = BTreeMap::new();
        let together = self.together.get(at).unwrap_or(&empty);
        match pair.known.get(at) {
            Some(Known::Case(index)) => {
                let case = self.sides.get(at).and_then(|side| side.cases.get(*index)).unwrap_or(&self.closed);
                let Some(known) = signatures.get_mut(at) else { return Seen::Absent };
                let signature = known.entry(*index).or_insert_with(|| interner.signature(case, together));
                Seen::Case(signature.clone())
            }
            Some(Known::NoServer) => Seen::Case(Signature::default()),
            _ => Seen::Absent,
        }
    }

    /// Whether formulas read numbers as the deciders of both sides do.
    fn is_exact(&self) -> bool {
        self.sides.iter().all(|side| side.exact)
    }

    /// What becomes of calls of a pair on one side.
    pub(super) fn case(&self, pair: &Pair, at: usize) -> &Case {
        let case = match pair.known.get(at) {
            Some(Known::Case(index)) => self.sides.get(at).and_then(|side| side.cases.get(*index)),
            _ => None,
        };
        case.unwrap_or(&self.closed)
    }

    /// What one side says of a call of a pair.
    fn with<T>(
        &self,
        pair: &Pair,
        at: usize,
        call: &Call<'_>,
        look: impl FnOnce(&Side<'s>, &Call<'_>) -> T,
    ) -> Option<T> {
        let side = self.sides.get(at)?;
        let server = pair.servers.get(at).copied().flatten().and_then(|index| side.servers.get(index));
        let server = match server {
            Some(server) => Some(server.name.as_str()).filter(|name| !name.is_empty()),
            None => call.server,
        };
        Some(look(side, &Call { server, ..*call }))
    }

    pub(super) fn outcome(&self, pair: &Pair, at: usize, call: &Call<'_>) -> Outcome {
        if pair.known.get(at) == Some(&Known::Absent) {
            return Outcome::Absent;
        }
        self.with(pair, at, call, |side, call| side.decider.outcome(call)).unwrap_or(Outcome::Denied)
    }

    fn told(&self, pair: &Pair, at: usize, call: &Call<'_>) -> Told {
        let nothing = |outcome| Told { outcome, rule: String::new(), reason: String::new() };
        if pair.known.get(at) == Some(&Known::Absent) {
            return nothing(Outcome::Absent);
        }
        self.with(pair, at, call, |side, call| side.decider.told(call)).unwrap_or_else(|| nothing(Outcome::Denied))
    }

    /// Whether the rule of a side applies to a call.
    pub(super) fn applies(&self, pair: &Pair, at: usize, rule: usize, call: &Call<'_>) -> Option<bool> {
        self.with(pair, at, call, |side, call| side.decider.applies(rule, call)).flatten()
    }

    fn asking(&self, index: usize) -> Option<Asking<'_, 'c, 's>> {
        let pair = self.pairs.get(index)?;
        let [old, new] = pair.servers;
        let schemas = |at: usize, server: Option<usize>| {
            let side = self.sides.get(at)?;
            let schemas = side.schemas(server?, pair.name.tool.as_deref()?);
            (!schemas.is_empty()).then(|| schemas.to_vec())
        };
        let schemas = schemas(1, new).or_else(|| schemas(0, old)).unwrap_or_default();
        let asked = Asked { server: pair.name.server.as_deref(), name: pair.call.clone(), schemas };
        Some(Asking { sides: self, index, pair, cases: [self.case(pair, 0), self.case(pair, 1)], asked })
    }

    /// What changes for pairs of which both sides say the same; `None` if nothing does.
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

impl Asking<'_, '_, '_> {
    pub(super) fn formulas(&self) -> impl Iterator<Item = &Formula> {
        self.cases.iter().flat_map(|case| case.formulas())
    }

    pub(super) fn verdicts(&self, space: &mut Space) -> [Verdicts; 2] {
        self.cases.map(|case| case.verdicts(space))
    }

    fn outcomes(&self, space: &mut Space) -> [Outcomes; 2] {
        let verdicts = self.verdicts(space);
        let always = space.constant(true);
        let of = |at: usize, verdicts: Verdicts| match (self.pair.known.get(at), self.cases.get(at)) {
            (Some(Known::Absent), _) => vec![(Outcome::Absent, always)],
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

    fn answer(&self, interner: &mut Interner) -> (Vec<Move>, Vec<limits::LimitChange>) {
        let mut space = Space::new(self.formulas());
        let [old, new] = self.outcomes(&mut space);
        let mut moves = Vec::new();
        for (from, was) in &old {
            for (to, is) in &new {
                let gone = *from == Outcome::Absent || *to == Outcome::Absent;
                if from == to || gone && from.is_refusal() && to.is_refusal() {
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
        moves.sort_by_key(|step| (step.to > step.from, step.to, step.from));
        let limits = Limits { asking: self, space: &mut space, interner }.compare();
        (moves, limits)
    }

    /// The smallest call that moves so. `known` says that there is one in the universe of all JSON.
    fn example(&self, from: Outcome, to: Outcome, known: bool) -> Option<Move> {
        let claims = |space: &mut Space| {
            let [old, new] = self.outcomes(space);
            let of = |outcomes: Outcomes, wanted: Outcome| {
                outcomes.into_iter().filter(move |(outcome, _)| *outcome == wanted).map(|(_, truth)| truth)
            };
            of(old, from).chain(of(new, to)).collect()
        };
        let confirm = |call: &Call<'_>| {
            self.sides.outcome(self.pair, 0, call) == from && self.sides.outcome(self.pair, 1, call) == to
        };
        let question = Question { formulas: self.formulas().collect(), claims: &claims, confirm: &confirm };
        match self.ask(&question) {
            Answer::No => None,
            Answer::Undecided => {
                // What formulas do not look into may be otherwise.
                let open = self.formulas().any(Formula::is_open) || !self.sides.is_exact();
                let certain = known && self.sides.universe == Universe::Any && !open;
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
        match self.sides.is_exact() {
            true => question.answer(&self.asked, self.sides.universe),
            false => question.answer_about(&self.asked, self.sides.universe, &mut Budget::new(STEPS)),
        }
    }

    /// A call for which these hold, if there is one: `None` when that is too much work.
    pub(super) fn witness(
        &self,
        claims: &dyn Fn(&mut Space) -> Vec<Truth>,
        confirm: &dyn Fn(&Call<'_>) -> bool,
    ) -> Option<Option<Witness>> {
        let question = Question { formulas: self.formulas().collect(), claims, confirm };
        match self.ask(&question) {
            Answer::Yes(witness) => Some(Some(witness)),
            Answer::No => Some(None),
            Answer::Undecided => None,
        }
    }
}
