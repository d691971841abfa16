//! Rules, assertions, and the clauses that they take.

use std::sync::Arc;

use super::super::ast::{
    Assert, Clauses, Demand, Duration, Effect, Ident, ItemKind, Number, Path, Rate, Rule, Scope, ScopeKind, Segment,
    SegmentKind, Selection, Str, When,
};
use super::{Context, is_plain_name};
use crate::decimal::Decimal;
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Diagnostic, codes, join, quote};
use crate::json::json_quote;
use crate::source::Span;

/// The longest window: a hundred years.
const MAX_WINDOW: u64 = 36_500 * 86_400;

/// What a rule or assertion may have after its selection.
#[derive(Debug)]
pub(crate) enum Clause {
    /// `of PATH`
    Of(Path),
    /// `per SCOPE`
    Per(Scope),
    /// `when` or `unless`
    When(When),
    /// `as STRING`
    As(Str),
    /// `because STRING`
    Because(Str),
    /// `for valid calls`
    ValidCalls,
}

/// The length of a unit of time as a policy names it, in seconds.
pub(crate) fn seconds_of_unit(unit: &str) -> Option<u64> {
    match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60),
        "h" | "hour" | "hours" => Some(3_600),
        "d" | "day" | "days" => Some(86_400),
        _ => None,
    }
}

impl Clause {
    const fn name(&self) -> &'static str {
        match self {
            Self::Of(_) => "of",
            Self::Per(_) => "per",
            Self::When(When { unless: false, .. }) => "when",
            Self::When(_) => "unless",
            Self::As(_) => "as",
            Self::Because(_) => "because",
            Self::ValidCalls => "for valid calls",
        }
    }

    /// The place of the clause among the others.
    const fn rank(&self) -> u8 {
        match self {
            Self::Of(_) => 0,
            Self::Per(_) => 1,
            Self::When(_) => 2,
            Self::As(_) => 3,
            Self::Because(_) => 4,
            Self::ValidCalls => 5,
        }
    }
}

impl Context<'_> {
    pub(crate) fn rule(&mut self, effect: Effect, selection: Selection, clauses: Vec<(Clause, Span)>) -> ItemKind {
        let takes: &[&str] = match &effect {
            Effect::Allow => &["when"],
            Effect::Deny => &["when", "because"],
            Effect::Hide => &[],
            Effect::Limit { .. } => &["of", "per", "when", "as", "because"],
            Effect::Require(_) => &["because"],
            Effect::Approval { .. } => &["when", "because"],
        };
        if let Effect::Limit { rate, .. } = &effect {
            let sums = clauses.iter().any(|(clause, _)| matches!(clause, Clause::Of(_)));
            self.check_rate(rate, sums);
        }
        let (clauses, _) = self.clauses(effect.name(), takes, clauses);
        ItemKind::Rule(Arc::new(Rule { effect, selection, clauses }))
    }

    pub(crate) fn assertion(&mut self, demand: Demand, selection: Selection, clauses: Vec<(Clause, Span)>) -> ItemKind {
        let (name, takes): (_, &[&str]) = match &demand {
            Demand::Deny => ("assert deny", &["when", "for valid calls"]),
            Demand::Allow => ("assert allow", &["when", "for valid calls"]),
            Demand::Limit(_) => ("assert limit", &["per", "for valid calls"]),
            Demand::Approval => ("assert approval", &["when", "for valid calls"]),
        };
        if let Demand::Limit(rate) = &demand {
            self.check_rate(rate, false);
        }
        let (clauses, valid) = self.clauses(name, takes, clauses);
        ItemKind::Assert(Box::new(Assert { demand, selection, clauses, valid }))
    }

    fn clauses(&mut self, statement: &str, takes: &[&str], given: Vec<(Clause, Span)>) -> (Clauses, Option<Span>) {
        // As a rule clauses stand in their order.
        let sorted = match given.is_sorted_by_key(|(clause, _)| clause.rank()) {
            true => None,
            false => self.sorted(takes, &given),
        };
        let mut clauses = Clauses::default();
        let mut valid = None;
        let mut seen: Vec<(u8, Span, &'static str)> = Vec::new();
        for (clause, span) in given {
            let (name, rank) = (clause.name(), clause.rank());
            let kind = if name == "unless" { "when" } else { name };
            if !takes.contains(&kind) {
                let help = match takes {
                    _ if name == "because" && statement == "allow" => {
                        "remove it: a reason is for denied calls; write the purpose of a rule in a comment, `///`"
                            .to_owned()
                    }
                    [] => format!("`{statement}` takes nothing after its tools"),
                    _ => format!("`{statement}` takes {}", list_of(takes)),
                };
                let message = format!("`{statement}` takes no `{name}`");
                self.report(Diagnostic::new(codes::MISPLACED_CLAUSE, span, message).help(help));
                continue;
            }
            if let Some((_, first, _)) = seen.iter().find(|(other, _, _)| *other == rank) {
                let help = if kind == "when" { "conditions are joined with `and`" } else { "keep one of them" };
                let error =
                    Diagnostic::new(codes::MISPLACED_CLAUSE, span, format!("a second `{kind}` in one statement"));
                let error = error.because(*first, "the first is here").help(help);
                self.report(error);
                continue;
            }
            if let Some((_, before, other)) = seen.iter().find(|(other, _, _)| *other > rank) {
                let message = format!("`{name}` goes before `{other}`");
                let error = Diagnostic::new(codes::MISPLACED_CLAUSE, span, message)
                    .because(*before, format!("`{other}` is here"))
                    .help(format!("the order is {}", list_of(takes)));
                self.report(match &sorted {
                    Some((place, text)) => {
                        error.fix(Applicability::Safe, format!("write `{text}`"), *place, text.clone())
                    }
                    None => error,
                });
            }
            seen.push((rank, span, name));
            match clause {
                Clause::Of(path) => clauses.of = Some(path),
                Clause::Per(scope) => clauses.per = Some(scope),
                Clause::When(when) => clauses.when = Some(when),
                Clause::As(name) => clauses.counter = Some(name),
                Clause::Because(reason) => clauses.because = Some(reason),
                Clause::ValidCalls => valid = Some(span),
            }
        }
        (clauses, valid)
    }

    /// Clauses in the order in which they stand, if each is taken once and nothing but space is between them.
    fn sorted(&self, takes: &[&str], given: &[(Clause, Span)]) -> Option<(Span, String)> {
        let (first, last) = (given.first()?, given.last()?);
        let mut order: Vec<(u8, Span)> = given.iter().map(|(clause, span)| (clause.rank(), *span)).collect();
        order.sort_unstable_by_key(|(rank, _)| *rank);
        let twice = order.windows(2).any(|pair| matches!(pair, [one, other] if one.0 == other.0));
        let taken = given
            .iter()
            .all(|(clause, _)| takes.contains(&if clause.name() == "unless" { "when" } else { clause.name() }));
        let apart = given.windows(2).any(|pair| match pair {
            [(_, one), (_, other)] => !self.text(one.end, other.start).trim().is_empty(),
            _ => false,
        });
        let texts: Vec<&str> = order.iter().map(|(_, span)| self.text(span.start, span.end)).collect();
        (!twice && taken && !apart).then(|| (first.1.to(last.1), texts.join(" ")))
    }

    pub(crate) fn valid_calls(&mut self, first: Ident, second: Ident) -> Clause {
        if (first.text.as_str(), second.text.as_str()) != ("valid", "calls") {
            let span = first.span.to(second.span);
            let error = Diagnostic::new(codes::UNEXPECTED_TOKEN, span, "only `for valid calls` is allowed here");
            self.report(error.help("it narrows an assertion to calls that satisfy the inputSchema"));
        }
        Clause::ValidCalls
    }

    /// `by STRING`; `by` is a word only here.
    pub(crate) fn approver(&mut self, word: &Ident, who: Str) -> Str {
        if word.text != "by" {
            let message = format!("expected `by` or `for`, found {}", quote(&word.text));
            let error = Diagnostic::new(codes::UNEXPECTED_TOKEN, word.span, message);
            self.report(error.help("write `require approval by \"security team\" for TOOLS`"));
        }
        if who.text.is_empty() {
            let error = Diagnostic::new(codes::BAD_STRING, who.span, "an approver without a name");
            self.report(error.help("name who must approve, or remove `by`"));
        }
        who
    }

    // Rates, windows, scopes

    fn check_rate(&mut self, rate: &Rate, sums: bool) {
        let value = &rate.max.value;
        let message = if value.is_negative() {
            "a limit is not negative"
        } else if !sums && !value.is_whole() {
            "a limit on calls is a whole number"
        } else {
            return;
        };
        let help = "`0` lets nothing pass; only a limit on a sum, with `of`, may have a fraction";
        let mut error = Diagnostic::new(codes::BAD_NUMBER, rate.max.span, message).help(help);
        if value.is_negative() {
            error = error.help("`0` lets nothing pass; without a `limit` all calls pass");
        } else if let Some((count, window)) = self.whole_rate(rate) {
            let right = format!("{count}/{window}");
            let span = rate.max.span.to(rate.window.span);
            error = error.fix(Applicability::Unsafe, format!("write `{right}`"), span, right);
        }
        self.report(error);
    }

    /// A limit of a fraction of a call as one of whole calls in a longer window: `0.5/s` is `1/2s`.
    fn whole_rate(&self, rate: &Rate) -> Option<(u64, String)> {
        const MOST_DIGITS: u64 = 6;
        let text = self.text(rate.window.span.start, rate.window.span.end);
        let digits = text.find(|char: char| !char.is_ascii_digit())?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = if number.is_empty() { 1 } else { number.parse().ok()? };
        let places = rate.max.value.fraction_digits();
        let places = u32::try_from(places).ok().filter(|_| places <= MOST_DIGITS)?;
        let calls = Decimal::parse(&format!("{}e{places}", rate.max.value))?.to_u64()?;
        let windows = 10_u64.pow(places);
        let common = greatest_common_divisor(calls, windows);
        Some((calls / common, format!("{}{}", number.checked_mul(windows / common)?, unit.trim())))
    }

    pub(crate) fn window(&mut self, count: Option<Number>, unit: Ident, start: u32, end: u32) -> Duration {
        let span = self.span(start, end);
        let length = match seconds_of_unit(&unit.text) {
            Some(seconds) => seconds,
            None => {
                let other = unit.text.as_str();
                let known = ["second", "minute", "hour", "day", "sec", "min"];
                let folded = other.to_ascii_lowercase();
                let guess = match folded.as_str() {
                    "hr" | "hrs" => Some("hour"),
                    same if known.contains(&same) => Some(same),
                    _ => nearest(&folded, known),
                };
                let message = format!("{} is not a unit of time", quote(other));
                let mut error = Diagnostic::new(codes::BAD_WINDOW, unit.span, message)
                    .help("the units are `s`, `min`, `hour` and `day`");
                let days = match folded.as_str() {
                    "w" | "wk" | "week" | "weeks" => Some(7),
                    "mo" | "month" | "months" => Some(30),
                    "quarter" => Some(90),
                    "y" | "yr" | "year" | "years" => Some(365),
                    _ => None,
                };
                if let Some((place, written)) = self.other_window(count.as_ref(), other, start, end) {
                    error = error.fix(Applicability::Unsafe, format!("write `{written}`"), place, written);
                } else if let Some(days) = days {
                    let number = count.as_ref().map_or(Some(1), |count| count.value.to_u64());
                    if let Some(days) = number.and_then(|number| number.checked_mul(days)) {
                        let days = format!("{days}day");
                        error = error.fix(Applicability::Unsafe, format!("write `{days}`"), span, days);
                    }
                } else if let Some(written) = iso_window(&folded).filter(|_| count.is_none()) {
                    error = error.fix(Applicability::Unsafe, format!("write `{written}`"), unit.span, written);
                } else if let Some(guess) = guess {
                    error = error.fix(Applicability::Unsafe, format!("write `{guess}`"), unit.span, guess);
                }
                self.report(error);
                return Duration { seconds: 60, span };
            }
        };
        let Some(count) = count else { return Duration { seconds: length, span } };
        let seconds = count.value.to_u64().and_then(|count| count.checked_mul(length));
        match seconds {
            Some(seconds) if (1..=MAX_WINDOW).contains(&seconds) => Duration { seconds, span },
            _ => {
                let message = format!("{} is not a length of time", quote(self.text(start, end)));
                let help = "write a whole number of units, at least 1 and at most a hundred years";
                let mut error = Diagnostic::new(codes::BAD_WINDOW, count.span, message).help(help);
                let scaled = self.scaled(&count.value, Decimal::from(length), start, end);
                if let Some((place, written)) = scaled {
                    error = error.fix(Applicability::Unsafe, format!("write `{written}`"), place, written);
                }
                self.report(error);
                Duration { seconds: length, span }
            }
        }
    }

    /// What is written for a window in units that are none: `500ms`, `1h30m`.
    fn other_window(&self, count: Option<&Number>, unit: &str, start: u32, end: u32) -> Option<(Span, String)> {
        let count = &count?.value;
        if matches!(unit, "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds") {
            let seconds = Decimal::parse(&format!("{count}e-3"))?;
            return self.scaled(&seconds, Decimal::from(1), start, end);
        }
        // Further numbers and units follow.
        let mut seconds: u64 = 0;
        let mut rest = format!("{}{unit}", count.to_u64()?);
        while !rest.is_empty() {
            let digits = rest.find(|char: char| !char.is_ascii_digit())?;
            let (number, units) = rest.split_at(digits);
            let letters = units.find(|char: char| char.is_ascii_digit()).unwrap_or(units.len());
            let (unit, more) = units.split_at(letters);
            let length = seconds_of_unit(unit)?.checked_mul(number.parse().ok()?)?;
            seconds = seconds.checked_add(length)?;
            rest = more.to_owned();
        }
        (1..=MAX_WINDOW).contains(&seconds).then(|| (self.span(start, end), window_text(seconds)))
    }

    /// A rate over a fraction of a second, or of another unit, as one over whole ones: `30/0.5s` as `60/s`.
    fn scaled(&self, count: &Decimal, unit: Decimal, start: u32, end: u32) -> Option<(Span, String)> {
        /// Windows with more digits are no slip.
        const MOST_DIGITS: u64 = 6;
        let digits = u32::try_from(count.fraction_digits()).ok().filter(|digits| u64::from(*digits) <= MOST_DIGITS)?;
        let parts = 10_u64.checked_pow(digits)?;
        let whole = Decimal::parse(&format!("{count}e{digits}"))?.to_u64()?.checked_mul(unit.to_u64()?)?;
        let before = self.text(0, start).trim_end().strip_suffix('/')?.trim_end();
        let from = before.rfind(|char: char| !char.is_ascii_digit() && char != '_').map_or(0, |at| at + 1);
        let calls: u64 = before.get(from..)?.replace('_', "").parse().ok()?;
        let common = greatest_common_divisor(whole, parts);
        let (seconds, times) = (whole / common, parts / common);
        let calls = calls.checked_mul(times)?;
        let is_window = (1..=MAX_WINDOW).contains(&seconds);
        is_window.then(|| (self.span(crate::source::offset(from), end), format!("{calls}/{}", window_text(seconds))))
    }

    pub(crate) fn scope(&mut self, name: Ident, tail: Vec<Vec<Segment>>, start: u32, end: u32) -> Scope {
        let span = self.span(start, end);
        let mut segments = self.split(&name);
        segments.extend(tail.into_iter().flatten());
        let kind = match segments.as_slice() {
            [only] if only.kind == SegmentKind::Key("grant".to_owned()) => Some(ScopeKind::Grant),
            [root, claim] if root.kind == SegmentKind::Key("caller".to_owned()) => match &claim.kind {
                SegmentKind::Key(claim) => Some(ScopeKind::Caller(claim.clone())),
                SegmentKind::Index(_) | SegmentKind::Each => None,
            },
            _ => None,
        };
        let kind = kind.unwrap_or_else(|| {
            let message = format!("{} is not a scope", quote(self.text(start, end)));
            let mut error = Diagnostic::new(codes::BAD_SCOPE, span, message).help(
                "a limit counts `per grant` (the default), `per server`, or `per caller.CLAIM` with the name of one claim, not by an argument",
            );
            let written = self.text(start, end);
            if written.strip_prefix("caller.").is_some_and(|claim| claim.contains('.')) {
                let quoted = format!("caller.{}", json_quote(written.trim_start_matches("caller.")));
                error = error.fix(Applicability::Unsafe, format!("write `{quoted}`"), span, quoted);
            } else if let Some(guess) = other_scope(written).or_else(|| nearest(written, ["grant", "server"])) {
                error = error.fix(Applicability::Unsafe, format!("write `{guess}`"), span, guess);
            } else if written.starts_with("args.") {
                error = error.help(
                    "calls are counted `per grant`, `per server` or `per caller.CLAIM`, not by an argument: write a `limit` with `when` for each value",
                );
            } else if written == "tool" {
                error = error
                    .help("each tool already has its own count, unless the limit is a `total`; remove `per tool`");
            } else if is_plain_name(written) && !written.contains('.') && written != "caller" {
                let claim = format!("caller.{written}");
                error = error.fix(Applicability::Unsafe, format!("write `{claim}`"), span, claim);
            }
            self.report(error);
            ScopeKind::Grant
        });
        Scope { kind, span }
    }
}

/// The scope for which other languages have a word.
fn other_scope(word: &str) -> Option<&'static str> {
    match word {
        "session" | "token" | "key" | "api_key" | "credential" | "connection" => Some("grant"),
        "all" | "global" | "everyone" | "gateway" => Some("server"),
        _ => None,
    }
}

/// A window in its largest whole unit.
fn window_text(seconds: u64) -> String {
    let units = [("day", 86_400), ("hour", 3_600), ("min", 60), ("s", 1)];
    let unit = units.into_iter().find(|(_, length)| seconds.is_multiple_of(*length));
    unit.map_or_else(String::new, |(unit, length)| match seconds / length {
        1 => unit.to_owned(),
        count => format!("{count}{unit}"),
    })
}

fn greatest_common_divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one.max(1) } else { greatest_common_divisor(other, one % other) }
}

fn list_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    join(&words, "and")
}

/// A length of time as ISO 8601 writes it, in small letters: `pt1h`, `p1d`.
fn iso_window(word: &str) -> Option<String> {
    let length = word.strip_prefix('p')?;
    let (length, units) = match length.strip_prefix('t') {
        Some(time) => (time, [('h', "hour"), ('m', "min"), ('s', "s")].as_slice()),
        None => (length, [('d', "day")].as_slice()),
    };
    let (count, unit) = units.iter().find_map(|(letter, unit)| Some((length.strip_suffix(*letter)?, unit)))?;
    match count.parse::<u32>().ok()? {
        0 => None,
        1 => Some((*unit).to_owned()),
        count => Some(format!("{count}{unit}")),
    }
}
