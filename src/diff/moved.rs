//! What becomes of calls that move, in words.

use super::{Move, Outcome};

/// What becomes of calls that move.
const fn moved(from: Outcome, to: Outcome) -> &'static str {
    use Outcome::{Absent, Allowed, Approval, Denied, Hidden, Invalid};
    match (from, to) {
        (Denied, Allowed) => "newly allowed",
        (Approval, Allowed) => "allowed without approval now",
        (Hidden, Allowed) => "newly allowed, and the tool is shown again",
        (Absent, Allowed) => "newly possible: the tool is new, and they are allowed",
        (Invalid, Allowed) => "newly valid for the inputSchema, and allowed",
        (Denied, Approval) => "open to approval now, no longer denied",
        (Hidden, Approval) => "open to approval now, and the tool is shown again",
        (Absent, Approval) => "newly possible: the tool is new, and they are held for approval",
        (Invalid, Approval) => "newly valid for the inputSchema, and held for approval",
        (Allowed, Approval) => "held for approval now",
        (Allowed, Denied) => "newly denied",
        (Approval, Denied) => "denied now, no longer open to approval",
        (Hidden, Denied) => "shown again, still denied",
        (Denied, Hidden) => "hidden now, denied as before",
        (Allowed | Approval, Hidden) => "newly denied, and the tool is hidden",
        (Allowed | Approval, Absent) => "no longer possible: the tool is gone",
        (Allowed | Approval, Invalid) => "no longer valid for the inputSchema",
        _ => "refused as before",
    }
}

/// Which calls move, as a sentence without its end.
#[must_use]
pub fn sentence(step: &Move) -> String {
    let calls = match (step.from, step.to) {
        (Outcome::Hidden, Outcome::Denied) | (Outcome::Denied, Outcome::Hidden) => "its calls are",
        _ => "some calls are",
    };
    let what = moved(step.from, step.to);
    match (step.certain, &step.example) {
        (false, _) => format!("it could not be decided whether {calls} {what}"),
        (true, Some(_)) => format!("{calls} {what}, for example"),
        (true, None) => format!("{calls} {what}; it was too much work to find an example"),
    }
}
