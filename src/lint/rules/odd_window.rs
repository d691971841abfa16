//! A window that does not begin where people expect.
//!
//! ## What it does
//!
//! Reports windows that do not divide the next larger unit, such as `7min` or `5h`, and windows of
//! several days. All windows are aligned to multiples of their length since 1970-01-01T00:00:00Z, a
//! Thursday.
//!
//! ## Why it matters
//!
//! `7day` begins on Thursdays, and `7min` at a different minute of every hour, so nobody can easily
//! say when the next call will pass.
//!
//! ## Example
//!
//! ```pol lint code=odd-window catalogue
//! deny *;
//! limit send_mail 100/7day;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! limit send_mail 15/day;
//! ```

use super::prelude::*;
use crate::ir::{Effect, window_words};

pub(super) const RULE: Rule = Rule { group: Group::Pedantic, ..Rule::new(codes::ODD_WINDOW, Check::Policy(check)) };

const DAY: u64 = 86_400;
const WEEK: u64 = 7 * DAY;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = context.rules().filter_map(|(_, rule)| {
        let Effect::Limit(limit) = &rule.effect else { return None };
        let seconds = limit.window;
        let message = match seconds {
            _ if seconds.is_multiple_of(WEEK) => format!("windows of {} begin on Thursdays", window_words(seconds)),
            _ if seconds.is_multiple_of(DAY) && seconds > DAY => {
                format!("windows of {} begin on days that do not follow from the date", window_words(seconds))
            }
            _ if DAY.is_multiple_of(seconds) => return None,
            _ => format!("windows of {} begin at a different time every day", window_words(seconds)),
        };
        let finding = Diagnostic::new(codes::ODD_WINDOW, rule.origin.span, message);
        Some(finding.help("use a window that divides a day, or one day"))
    });
    found.collect()
}
