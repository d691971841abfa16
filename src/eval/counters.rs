//! Counters of limits: fixed windows aligned to multiples of their length since
//! 1970-01-01T00:00:00Z.

use std::collections::BTreeMap;
use std::hash::RandomState;

use hashbrown::{Equivalent, HashMap};

use super::Call;
use super::condition::value;
use super::rule_index::CalledTool;
use crate::decimal::Decimal;
use crate::ir::{Limit, Scope, ServerId, ToolId};
use crate::json::{Kind, Value};

/// How many windows of one counter are remembered. A call for an earlier window, because a clock
/// went backwards, finds no room.
const REMEMBERED: usize = 64;

/// The number of keys at which those whose windows have all passed are removed.
const SWEEP: usize = 1 << 16;

/// Numbers with more digits than this, before or after the point, are not summed; the call is
/// denied.
pub(super) const MAX_DIGITS: u64 = 4_096;

/// Whether a limit lets a call pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// It does.
    Free,
    /// The window is used up.
    Full,
    /// The amount to be summed is missing, not a number, or negative.
    NoAmount,
}

/// A limit that applies to a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Applied<'a> {
    /// The index of the rule.
    pub(crate) index: usize,
    /// The limit of the rule.
    pub(crate) limit: &'a Limit,
    /// The tool that is called.
    pub(crate) target: CalledTool<'a>,
}

/// The state of all limits of a policy.
#[derive(Debug, Clone)]
pub(crate) struct Counters {
    // The keyed hash of the standard library, because callers may choose what they put into grants
    // and claims.
    counts: HashMap<Key<Box<str>>, Windows, RandomState>,
    /// For each limit the newest window that was counted in, and the first that is still
    /// remembered.
    horizons: BTreeMap<usize, Horizon>,
    sweep_at: usize,
}

/// The newest window of a limit that was counted in, and the first that is still remembered.
#[derive(Debug, Clone, Copy)]
struct Horizon {
    newest: i64,
    first: i64,
}

impl Default for Counters {
    fn default() -> Self {
        Self { counts: HashMap::default(), horizons: BTreeMap::new(), sweep_at: SWEEP }
    }
}

/// What identifies one counter. Lookups borrow their text; the table owns it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key<S> {
    limit: usize,
    tool: Counted<S>,
    sharer: Sharer<S>,
}

/// Whose calls are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Counted<S> {
    /// Those of all tools that the limit selects.
    Total,
    Known(ToolId),
    Other(ServerId, S),
}

/// Who shares a count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Sharer<S> {
    All,
    Grant(Option<S>),
    /// Callers without the claim, or with null, an array or an object, which are not compared: all of them share one count.
    NoClaim,
    Bool(bool),
    Number(Decimal),
    Text(S),
}

impl Equivalent<Key<Box<str>>> for Key<&str> {
    fn equivalent(&self, key: &Key<Box<str>>) -> bool {
        let tool = match (&self.tool, &key.tool) {
            (Counted::Total, Counted::Total) => true,
            (Counted::Known(left), Counted::Known(right)) => left == right,
            (Counted::Other(left, name), Counted::Other(right, other)) => left == right && **name == **other,
            _ => false,
        };
        let sharer = || match (&self.sharer, &key.sharer) {
            (Sharer::All, Sharer::All) | (Sharer::NoClaim, Sharer::NoClaim) => true,
            (Sharer::Grant(left), Sharer::Grant(right)) => *left == right.as_deref(),
            (Sharer::Bool(left), Sharer::Bool(right)) => left == right,
            (Sharer::Number(left), Sharer::Number(right)) => left == right,
            (Sharer::Text(left), Sharer::Text(right)) => **left == **right,
            _ => false,
        };
        self.limit == key.limit && tool && sharer()
    }
}

impl Key<&str> {
    fn into_owned(self) -> Key<Box<str>> {
        let tool = match self.tool {
            Counted::Total => Counted::Total,
            Counted::Known(tool) => Counted::Known(tool),
            Counted::Other(server, name) => Counted::Other(server, name.into()),
        };
        let sharer = match self.sharer {
            Sharer::All => Sharer::All,
            Sharer::Grant(grant) => Sharer::Grant(grant.map(Into::into)),
            Sharer::NoClaim => Sharer::NoClaim,
            Sharer::Bool(value) => Sharer::Bool(value),
            Sharer::Number(number) => Sharer::Number(number),
            Sharer::Text(text) => Sharer::Text(text.into()),
        };
        Key { limit: self.limit, tool, sharer }
    }
}

/// The sums of the last windows of one counter, oldest first.
#[derive(Debug, Clone, Default)]
struct Windows(Vec<(i64, Decimal)>);

impl Windows {
    /// The index of a window or, as an error, where it would be inserted.
    fn find(&self, window: i64) -> Result<usize, usize> {
        match self.0.last() {
            // Most calls come for the newest window.
            Some((newest, _)) if *newest == window => Ok(self.0.len() - 1),
            _ => self.0.binary_search_by_key(&window, |(at, _)| *at),
        }
    }

    /// What was counted in a window; `None` if the window is no longer remembered. `forgotten` says
    /// that keys of that time may have been removed: nothing is known then about a window that is
    /// not in this list.
    fn used(&self, window: i64, forgotten: bool) -> Option<Decimal> {
        match self.find(window) {
            Ok(place) => self.0.get(place).map(|(_, used)| used.clone()),
            Err(0) if self.0.len() >= REMEMBERED => None,
            Err(_) => (!forgotten).then_some(Decimal::ZERO),
        }
    }

    fn add(&mut self, window: i64, amount: &Decimal) {
        let place = self.find(window).unwrap_or_else(|place| {
            self.0.insert(place, (window, Decimal::ZERO));
            place
        });
        if let Some((_, used)) = self.0.get_mut(place)
            && let Some(sum) = used.checked_add(amount, MAX_DIGITS)
        {
            *used = sum;
        }
        if self.0.len() > REMEMBERED {
            self.0.remove(0);
        }
    }
}

impl Counters {
    /// Whether a limit has room for a call.
    pub(crate) fn room(&self, applied: Applied<'_>, call: &Call<'_>) -> Room {
        let limit = applied.limit;
        let Some(amount) = amount(limit, call) else { return Room::NoAmount };
        if amount > limit.max {
            return Room::Full;
        }
        match self.used(applied, call).and_then(|used| used.checked_add(&amount, MAX_DIGITS)) {
            Some(sum) if sum <= limit.max => Room::Free,
            _ => Room::Full,
        }
    }

    /// What was counted in the window of a call so far; `None` if that window is no longer
    /// remembered.
    pub(super) fn used(&self, applied: Applied<'_>, call: &Call<'_>) -> Option<Decimal> {
        let window = window(applied.limit, call);
        let forgotten = self.horizons.get(&applied.index).is_some_and(|horizon| window < horizon.first);
        match self.counts.get(&key(applied, call)) {
            Some(windows) => windows.used(window, forgotten),
            None => (!forgotten).then_some(Decimal::ZERO),
        }
    }

    /// Counts a call.
    pub(crate) fn count(&mut self, applied: Applied<'_>, call: &Call<'_>) {
        // The policy never lets a call without an amount pass, so there is none to count. If
        // another system let one pass, it adds nothing.
        let Some(amount) = amount(applied.limit, call) else { return };
        let window = window(applied.limit, call);
        let horizon = self.horizons.entry(applied.index).or_insert(Horizon { newest: window, first: i64::MIN });
        horizon.newest = horizon.newest.max(window);
        // A forgotten window stays forgotten: a count of only the calls that come late would be too
        // low.
        if window < horizon.first && self.used(applied, call).is_none() {
            return;
        }
        let key = key(applied, call);
        if let Some(windows) = self.counts.get_mut(&key) {
            windows.add(window, &amount);
            return;
        }
        self.counts.entry(key.into_owned()).or_default().add(window, &amount);
        if self.counts.len() >= self.sweep_at {
            self.sweep();
        }
    }

    /// Removes the keys under which nothing was counted in the last windows, so that memory is
    /// bounded by recent grants and callers, not by all there ever were. After that, a call for an
    /// earlier window finds no room.
    fn sweep(&mut self) {
        for horizon in self.horizons.values_mut() {
            let first = horizon.newest.saturating_sub(REMEMBERED as i64 - 1);
            horizon.first = horizon.first.max(first);
        }
        let horizons = &self.horizons;
        self.counts.retain(|key, windows| {
            let first = horizons.get(&key.limit).map_or(i64::MIN, |horizon| horizon.first);
            windows.0.last().is_some_and(|(newest, _)| *newest >= first)
        });
        self.sweep_at = SWEEP.max(self.counts.len().saturating_mul(2));
    }
}

/// The number of the window that a call falls into.
pub(super) fn window(limit: &Limit, call: &Call<'_>) -> i64 {
    call.at.div_euclid(length(limit))
}

/// The length of a window in seconds.
pub(super) fn length(limit: &Limit) -> i64 {
    i64::try_from(limit.window).unwrap_or(i64::MAX).max(1)
}

/// What a call adds; `None` if the argument that is summed is missing or is not a number that can
/// be summed.
pub(super) fn amount(limit: &Limit, call: &Call<'_>) -> Option<Decimal> {
    let Some(path) = &limit.sum_of else { return Some(Decimal::ONE) };
    let number = value(path, call)?.as_number()?;
    (!number.is_negative() && number.fraction_digits() <= MAX_DIGITS).then_some(number)
}

/// The counter of a limit that a call belongs to.
fn key<'a>(applied: Applied<'a>, call: &Call<'a>) -> Key<&'a str> {
    let Applied { index, limit, target } = applied;
    let tool = match target.tool {
        _ if limit.total => Counted::Total,
        Some(tool) => Counted::Known(tool),
        None => Counted::Other(target.server, target.name),
    };
    Key { limit: index, tool, sharer: sharer(limit, call) }
}

/// Who shares the count of a limit that a call belongs to.
pub(super) fn sharer<'a>(limit: &Limit, call: &Call<'a>) -> Sharer<&'a str> {
    match &limit.scope {
        Scope::Server => Sharer::All,
        Scope::Grant => Sharer::Grant(call.grant),
        Scope::Caller(claim) => of_claim(call.caller.and_then(|caller| caller.get(claim))),
    }
}

/// The sharer of a count per claim. Claims are compared as in conditions.
fn of_claim(claim: Option<Value<'_>>) -> Sharer<&str> {
    let Some(claim) = claim else { return Sharer::NoClaim };
    match claim.kind() {
        Kind::Null | Kind::Array | Kind::Object => Sharer::NoClaim,
        Kind::Bool => Sharer::Bool(claim.as_bool().unwrap_or_default()),
        Kind::Number => claim.as_number().map_or(Sharer::NoClaim, Sharer::Number),
        Kind::String => Sharer::Text(claim.as_str().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    const LIMIT: Limit = Limit {
        max: Decimal::ONE,
        window: 60,
        scope: Scope::Grant,
        sum_of: None,
        total: false,
        counter: None,
        spans: None,
    };

    fn applied(limit: &Limit) -> Applied<'_> {
        Applied { index: 0, limit, target: CalledTool { server: ServerId(0), tool: None, name: "t" } }
    }

    fn call<'a>(json: &'a Json, grant: &'a str, minute: i64) -> Call<'a> {
        Call {
            server: None,
            name: "t",
            arguments: json.root(),
            caller: None,
            grant: Some(grant),
            at: minute * 60,
            approved: false,
        }
    }

    #[test]
    fn grants_of_long_ago_are_forgotten_and_find_no_room_there() {
        let json = Json::parse("{}").unwrap();
        let mut counters = Counters::default();
        let mut most = 0;
        for minute in 0..300_000 {
            let grant = minute.to_string();
            let call = call(&json, &grant, minute);
            assert_eq!(counters.room(applied(&LIMIT), &call), Room::Free);
            counters.count(applied(&LIMIT), &call);
            assert_eq!(counters.room(applied(&LIMIT), &call), Room::Full);
            most = most.max(counters.counts.len());
        }
        assert!(most <= SWEEP, "{most} keys");
        let full = |counters: &Counters, grant, minute| {
            counters.room(applied(&LIMIT), &call(&json, grant, minute)) == Room::Full
        };
        // Neither a forgotten grant nor a new one passes in a forgotten window.
        assert!(full(&counters, "5", 5) && full(&counters, "new", 5));
        // What another system let through late does not make room either.
        counters.count(applied(&LIMIT), &call(&json, "5", 5));
        counters.count(applied(&LIMIT), &call(&json, "5", 299_999));
        assert!(full(&counters, "5", 5) && full(&counters, "5", 6) && full(&counters, "5", 299_999));
        assert!(!full(&counters, "new", 299_999) && !full(&counters, "new", 299_000 + 999));
        assert!(full(&counters, "299999", 299_999) && !full(&counters, "299999", 300_000));
    }

    /// What is not compared, and what is missing, is one key.
    #[test]
    fn callers_without_a_claim_that_is_compared_share_a_count() {
        let limit = Limit { scope: Scope::Caller("team".to_owned()), ..LIMIT };
        let json = Json::parse("{}").unwrap();
        let claims = ["{}", "{\"team\": null}", "{\"team\": []}", "{\"team\": {\"a\": 1}}"];
        let mut counters = Counters::default();
        for caller in claims.map(|claims| Json::parse(claims).unwrap()) {
            let call = Call { caller: Some(caller.root()), ..call(&json, "g", 0) };
            let expected = if counters.counts.is_empty() { Room::Free } else { Room::Full };
            assert_eq!(counters.room(applied(&limit), &call), expected);
            counters.count(applied(&limit), &call);
        }
        let caller = Json::parse("{\"team\": \"a\"}").unwrap();
        let call = Call { caller: Some(caller.root()), ..call(&json, "g", 0) };
        assert_eq!(counters.room(applied(&limit), &call), Room::Free);
    }

    #[test]
    fn a_key_remembers_its_last_windows() {
        let json = Json::parse("{}").unwrap();
        let mut counters = Counters::default();
        let remembered = REMEMBERED as i64;
        for minute in (0..=remembered).rev() {
            counters.count(applied(&LIMIT), &call(&json, "g", 2 * minute));
        }
        let room = |grant, minute| counters.room(applied(&LIMIT), &call(&json, grant, minute));
        assert_eq!(room("g", 0), Room::Full);
        assert_eq!(room("g", 1), Room::Full);
        assert_eq!(room("g", 2), Room::Full);
        assert_eq!(room("g", 3), Room::Free);
        assert_eq!(room("g", 2 * remembered), Room::Full);
        assert_eq!(room("g", 2 * remembered + 1), Room::Free);
        assert_eq!(room("h", 0), Room::Free);
    }
}
