//! Sequences of calls in few words.

use crate::bounds::{Burst, Sequence};
use crate::describe::{code, number};
use crate::ir::window_words;

/// How many parts of a sequence are told.
const MOST_PARTS: usize = 6;
const DAY: i64 = 86_400;

/// How moments are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// The time of the day, and which day where it matters: all windows begin again every day.
    TimeOfDay,
    /// With the date.
    Date,
}

impl Clock {
    pub(super) fn rfc_3339(at: i64) -> String {
        jiff::Timestamp::from_second(at).map(|time| time.to_string()).unwrap_or_default()
    }

    /// A moment; `first` is the day that counts as the first, if several are spoken of.
    fn words(self, at: i64, first: Option<i64>) -> String {
        let text = Self::rfc_3339(at);
        let (date, time) = text.split_once('T').unwrap_or((&text, ""));
        let time = time.trim_end_matches('Z');
        match (self, first) {
            (Self::Date, _) => format!("{date} {time}"),
            (Self::TimeOfDay, None) => time.to_owned(),
            (Self::TimeOfDay, Some(first)) => format!("{time} on day {}", at.div_euclid(DAY) - first + 1),
        }
    }
}

/// Equal bursts at equal distances; or equal such runs.
#[derive(Clone)]
struct Run<T> {
    what: T,
    at: i64,
    step: i64,
    times: i64,
}

fn runs<T: PartialEq + Clone>(all: impl Iterator<Item = (i64, T)>) -> Vec<Run<T>> {
    let mut found: Vec<Run<T>> = Vec::new();
    for (at, what) in all {
        match found.last_mut() {
            Some(run) if run.what == what && (run.times == 1 || run.at + run.step * run.times == at) => {
                run.step = if run.times == 1 { at - run.at } else { run.step };
                run.times += 1;
            }
            _ => found.push(Run { what, at, step: 0, times: 1 }),
        }
    }
    found
}

/// A sequence as "10 calls every minute from 00:50:00 to 01:09:00".
pub(super) fn words(sequence: &Sequence, clock: Clock) -> String {
    let bursts = &sequence.bursts;
    let day = |burst: &Burst| burst.at.div_euclid(DAY);
    let first = bursts.first().map(day);
    let several = first != bursts.last().map(day);
    let first = first.filter(|_| several);
    let equal = bursts.iter().all(|burst| bursts.first().is_some_and(|first| burst.arguments == first.arguments));
    let what = |burst: &Burst| {
        let calls =
            if burst.calls == 1 { "1 call".to_owned() } else { format!("{} calls", number(&burst.calls.into())) };
        match &burst.amount {
            Some(amount) => format!("{calls} of {}", number(amount)),
            None if equal => calls,
            None => format!("{calls} with {}", code(&burst.arguments)),
        }
    };
    // What comes in one second is shown together.
    let mut seconds: Vec<(i64, String)> = Vec::new();
    for burst in bursts {
        match seconds.last_mut() {
            Some((at, text)) if *at == burst.at => text.push_str(&format!(" and {}", what(burst))),
            _ => seconds.push((burst.at, what(burst))),
        }
    }
    let inner = runs(seconds.into_iter());
    let outer = runs(inner.iter().map(|run| (run.at, (run.what.clone(), run.step, run.times))));
    let parts: Vec<String> = outer
        .iter()
        .take(MOST_PARTS)
        .map(|run| {
            let (what, step, times) = &run.what;
            let at = |at: i64| clock.words(at, first);
            let every = |step: i64| {
                let words = window_words(step.unsigned_abs());
                words.strip_prefix("one ").map(str::to_owned).unwrap_or(words)
            };
            let last = run.at + run.step * (run.times - 1);
            match (run.times, times) {
                (1, 2) => format!("{what} at {} and at {}", at(run.at), at(run.at + step)),
                (2, 1) => format!("{what} at {} and at {}", at(run.at), at(last)),
                (1, 1) => format!("{what} at {}", at(run.at)),
                (1, _) => {
                    format!("{what} every {} from {} to {}", every(*step), at(run.at), at(run.at + step * (times - 1)))
                }
                (_, 1) => format!("{what} every {} from {} to {}", every(run.step), at(run.at), at(last)),
                _ => format!(
                    "{what} every {}, {times} times, begun every {} from {} to {}",
                    every(*step),
                    every(run.step),
                    at(run.at),
                    at(last)
                ),
            }
        })
        .collect();
    let left = outer.len() - parts.len();
    let more = if left > 0 { format!(", and {left} more such groups") } else { String::new() };
    let example = bursts.first().filter(|burst| equal && burst.amount.is_none() && burst.arguments != "{}");
    let example = example.map_or_else(String::new, |burst| format!(", each with {}", code(&burst.arguments)));
    parts.join(", then ") + &more + &example
}
