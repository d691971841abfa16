//! What limits let pass, as JSON.

use serde_json::{Value, json};

use super::LimitFindings;
use super::sequence::Clock;
use crate::bounds::{Bound, Model, Sequence, Stretch};
use crate::decimal::Decimal;
use crate::ir::Subject;
use crate::report::About;
use crate::report::words::exact_number;

/// What the limits of a policy or a document let pass.
#[must_use]
pub fn json(about: About<'_>, model: &Model<'_>, found: &LimitFindings) -> Value {
    let LimitFindings { report, undecided } = found;
    let server = |subject: Subject| model.server(subject);
    let tools = report.tools.iter().map(|tool| {
        let sums = tool
            .sums
            .iter()
            .map(|sum| json!({ "path": sum.path.to_string(), "stretches": stretches(model, &sum.stretches) }));
        json!({
            "server": server(tool.subject),
            "name": model.name(tool.subject),
            "kinds": tool.kinds,
            "calls": stretches(model, &tool.calls),
            "sums": sums.collect::<Vec<_>>(),
            "any_caller": wide_json(&tool.any_caller),
            "all_grants": wide_json(&tool.all_grants),
        })
    });
    let never = report.never.iter().map(|never| {
        json!({
            "line": line(model, never.rule),
            "server": never.subject.map(server),
            "tool": never.subject.and_then(|subject| model.name(subject)),
            "total": never.subject.is_none(),
            "most": exact_number(&never.most),
            "by": lines(model, &never.by),
        })
    });
    let undecided = undecided.iter().map(|subject| json!({ "server": server(*subject), "name": model.name(*subject) }));
    json!({
        about.key(): about.name(),
        "tools": tools.collect::<Vec<_>>(),
        "never": never.collect::<Vec<_>>(),
        "undecided": undecided.collect::<Vec<_>>(),
    })
}

/// The line of a rule, or of a document the name of the rule.
fn line(model: &Model<'_>, rule: usize) -> String {
    model.decider().origin(rule).map_or_else(|| model.decider().rule_name(rule), |origin| origin.line.clone())
}

fn lines(model: &Model<'_>, rules: &[usize]) -> Vec<String> {
    let mut lines: Vec<String> = rules.iter().map(|rule| line(model, *rule)).collect();
    lines.dedup();
    lines
}

fn stretches(model: &Model<'_>, stretches: &[Stretch]) -> Value {
    let bound = |bound: &Bound| {
        json!({
            "most": bound.most.as_ref().map(exact_number),
            "exact": bound.exact,
            "by": lines(model, &bound.by),
            "sequence": bound.sequence.as_ref().map(sequence_json),
        })
    };
    let all = stretches.iter().map(|stretch| {
        json!({
            "seconds": stretch.seconds,
            "by_the_clock": bound(&stretch.by_the_clock),
            "any": bound(&stretch.any),
        })
    });
    all.collect()
}

fn sequence_json(sequence: &Sequence) -> Value {
    let bursts = sequence.bursts.iter().map(|burst| {
        json!({
            "at": Clock::rfc_3339(burst.at),
            "calls": burst.calls,
            "arguments": burst.arguments,
            "caller": burst.caller,
            "amount": burst.amount.as_ref().map(exact_number),
        })
    });
    json!({
        "start": Clock::rfc_3339(sequence.start),
        "total": exact_number(&sequence.total),
        "bursts": bursts.collect::<Vec<_>>(),
    })
}

fn wide_json(wide: &[Option<Decimal>]) -> Value {
    let most = |place: usize| wide.get(place).and_then(Option::as_ref).map(exact_number);
    json!({ "hour": most(0), "day": most(1) })
}
