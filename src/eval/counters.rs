//! Counters of limits: fixed windows aligned to multiples of their length since 1970-01-01T00:00:00Z.

use std::collections::{BTreeMap, HashMap};

use super::Call;
use super::condition::value;
use crate::decimal::Decimal;
use crate::ir::{Limit, Scope, ServerId};
use crate::json::{Kind, Value};

/// How many windows of one counter are remembered. A call that comes for a window before all of them, because
/// a clock went backwards, finds no room.
const REMEMBERED: usize = 64;

/// Numbers with more digits than this, before or after the point, are not summed; the call is denied.
const MAX_DIGITS: u64 = 4_096;

/// Whether a limit lets a call pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It does.
    Free,
    /// The window is used up.
    Full,
    /// The amount to be summed is missing, not a number, or negative.
    NoAmount,
}

/// The state of all limits of a policy.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    counts: HashMap<Key, BTreeMap<i64, Decimal>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    limit: usize,
    /// `None` for a total.
    tool: Option<(ServerId, String)>,
    scope: Sharer,
}

/// Who shares a count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Sharer {
    All,
    Grant(Option<String>),
    /// Callers without the claim, or with null.
    NoClaim,
    Bool(bool),
    Number(Decimal),
    Text(String),
    /// Arrays and objects are not compared, so all of them share one count.
    Structure,
}

impl Counters {
    /// Whether a limit, which applies to the call, has room for it.
    pub(super) fn room(&self, index: usize, limit: &Limit, server: ServerId, tool: &str, call: &Call<'_>) -> Room {
        let Some(amount) = amount(limit, call) else { return Room::NoAmount };
        if amount > limit.max {
            return Room::Full;
        }
        let window = window(limit, call);
        let used = match self.counts.get(&key(index, limit, server, tool, call)) {
            None => return Room::Free,
            Some(windows) => match windows.get(&window) {
                Some(used) => used,
                None if windows.len() >= REMEMBERED && windows.keys().next().is_some_and(|oldest| window < *oldest) => {
                    return Room::Full;
                }
                None => return Room::Free,
            },
        };
        match used.checked_add(&amount, MAX_DIGITS) {
            Some(sum) if sum <= limit.max => Room::Free,
            _ => Room::Full,
        }
    }

    /// Counts a call.
    pub(super) fn count(&mut self, index: usize, limit: &Limit, server: ServerId, tool: &str, call: &Call<'_>) {
        // A call without an amount never passes, so it is never counted where the policy decides; where another
        // system let it through, it is taken as nothing.
        let Some(amount) = amount(limit, call) else { return };
        let windows = self.counts.entry(key(index, limit, server, tool, call)).or_default();
        let used = windows.entry(window(limit, call)).or_insert_with(|| Decimal::from(0));
        if let Some(sum) = used.checked_add(&amount, MAX_DIGITS) {
            *used = sum;
        }
        while windows.len() > REMEMBERED {
            windows.pop_first();
        }
    }
}

fn window(limit: &Limit, call: &Call<'_>) -> i64 {
    call.at.div_euclid(i64::try_from(limit.window).unwrap_or(i64::MAX).max(1))
}

fn amount(limit: &Limit, call: &Call<'_>) -> Option<Decimal> {
    let Some(path) = &limit.sum_of else { return Some(Decimal::from(1)) };
    let number = value(path, call)?.as_number()?;
    (!number.is_negative() && number.fraction_digits() <= MAX_DIGITS).then_some(number)
}

fn key(index: usize, limit: &Limit, server: ServerId, tool: &str, call: &Call<'_>) -> Key {
    let scope = match &limit.scope {
        Scope::Server => Sharer::All,
        Scope::Grant => Sharer::Grant(call.grant.map(str::to_owned)),
        Scope::Caller(claim) => sharer(call.caller.and_then(|caller| caller.get(claim))),
    };
    Key { limit: index, tool: (!limit.total).then(|| (server, tool.to_owned())), scope }
}

fn sharer(claim: Option<Value<'_>>) -> Sharer {
    let Some(claim) = claim else { return Sharer::NoClaim };
    match claim.kind() {
        Kind::Null => Sharer::NoClaim,
        Kind::Bool => Sharer::Bool(claim.as_bool().unwrap_or_default()),
        Kind::Number => claim.as_number().map_or(Sharer::Structure, Sharer::Number),
        Kind::String => Sharer::Text(claim.as_str().unwrap_or_default().to_owned()),
        Kind::Array | Kind::Object => Sharer::Structure,
    }
}
