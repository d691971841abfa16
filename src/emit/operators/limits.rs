//! What the targets have in common about limits.

use super::clauses::{conjuncts, same};
use super::window::Window;
use crate::diagnostics::quote;
use crate::emit::plan::{Fate, Others, Plan, Rules};
use crate::emit::refusal::Refusal;
use crate::ir::{Effect, Limit, Policy, Rule, ServerId, Subject, window_name};
use crate::predicate::Condition;

/// Counts and doubles up to here are exact.
const MOST: u64 = (1 << 53) - 1;

/// The window of a limit in both formats.
///
/// # Errors
/// The formats have no such window.
pub(crate) fn window(limit: &Limit) -> Result<Window, Refusal> {
    if let Some(window) = Window::ALL.into_iter().find(|window| window.seconds() == limit.window) {
        return Ok(window);
    }
    let reason = format!("its windows are minute, hour and day, not {}", quote(&window_name(limit.window)));
    let units = Window::ALL.map(|window| (window.seconds(), window.name()));
    let help = tighter(limit, &units, "give the limit for a minute, an hour or a day");
    Err(Refusal::new(reason, help).of_part(limit.spans.map(|spans| spans.rate), "window"))
}

/// Limits in windows of these lengths in seconds, the shortest first, which let no more pass than this one does. `otherwise`
/// where there are none.
pub(crate) fn tighter(limit: &Limit, units: &[(u64, &str)], otherwise: &str) -> String {
    let count = limit.max.to_u64().unwrap_or(0);
    // The windows of the larger unit are made of whole windows of the limit, or the other way
    // round.
    let larger = units.iter().find(|(seconds, _)| seconds.is_multiple_of(limit.window));
    let smaller = units.iter().rev().find_map(|(seconds, name)| {
        let share = count.checked_div(limit.window / seconds)?;
        (limit.window.is_multiple_of(*seconds) && share > 0).then_some((share, name))
    });
    let larger = larger.map(|(_, name)| format!("`{count}/{name}`"));
    let smaller = smaller.map(|(share, name)| format!("`{share}/{name}`"));
    match (smaller, larger) {
        (Some(first), Some(second)) => format!("write {first} or {second}, which are tighter"),
        (Some(only), None) | (None, Some(only)) => format!("write {only}, which is tighter"),
        (None, None) => otherwise.to_owned(),
    }
}

/// The count of a limit.
///
/// # Errors
/// The limit sums an argument, or the count is too large for the formats.
pub(crate) fn count(limit: &Limit) -> Result<u64, Refusal> {
    if let Some(path) = &limit.sum_of {
        return Err(Refusal::new(
            format!("it is not known to sum an argument exactly, as `of {path}` asks"),
            "bound each call with `require` and count the calls, which bounds the sum by the product",
        )
        .of_part(limit.spans.and_then(|spans| spans.sum_of), "sum"));
    }
    limit.max.to_u64().filter(|max| *max <= MOST).ok_or_else(|| {
        Refusal::new("its counts are whole numbers below 2^53", "write a lower limit, or none")
            .of_part(limit.spans.map(|spans| spans.rate), "count")
    })
}

/// Whether every call that opens the tool and meets its requirements satisfies the condition of a
/// limit.
///
/// It is seen from how the conditions are written; a call for which it holds for other reasons is
/// not found.
pub(crate) fn always_applies(rule: &Rule, rules: &Rules<'_>) -> bool {
    let Some(guard) = &rule.guard else { return true };
    let required = rules.requires.iter().filter_map(|rule| rule.guard.as_ref());
    let required: Vec<&Condition> = required.flat_map(|guard| conjuncts(&guard.condition)).collect();
    let wanted = conjuncts(&guard.condition);
    let given = |known: &[&Condition]| wanted.iter().all(|want| known.iter().any(|known| same(want, known)));
    if rules.openers.is_empty() {
        return given(&required);
    }
    rules.openers.iter().all(|opener| {
        let own = opener.guard.iter().flat_map(|guard| conjuncts(&guard.condition));
        let known: Vec<&Condition> = own.chain(required.iter().copied()).collect();
        given(&known)
    })
}

/// The refusal of a limit that counts only some of the calls that pass.
pub(crate) fn conditional() -> Refusal {
    Refusal::new(
        "its limits count every call of the tool",
        "open the tool only for these calls (`allow .. when ..`, or no other rule that opens it), or leave out the `when`",
    )
}

/// Whether a limit with a count over several tools counts no calls of other servers.
///
/// # Errors
/// It does.
pub(crate) fn is_of_server(policy: &Policy, server: ServerId, rule: &Rule) -> Result<(), Refusal> {
    let selection = &rule.selection;
    let is_total = matches!(&rule.effect, Effect::Limit(limit) if limit.total);
    let star_elsewhere = selection.star.as_ref().is_some_and(|star| {
        policy.servers.len() > 1 && star.servers.as_ref().is_none_or(|servers| *servers != [server])
    });
    let named_elsewhere = selection.named.iter().filter_map(|id| policy.tool(*id)).any(|tool| tool.server != server);
    if is_total && (star_elsewhere || named_elsewhere) {
        return Err(Refusal::new(
            "a document counts the calls of one server only",
            "write one `limit total` for each server, whose counts together are no higher",
        ));
    }
    Ok(())
}

/// Whether a `limit total` counts all calls of the server that can pass, and no others.
///
/// # Errors
/// It does not.
pub(crate) fn covers_server(policy: &Policy, server: ServerId, plan: &Plan<'_>, rule: &Rule) -> Result<(), Refusal> {
    let selection = &rule.selection;
    if rule.guard.is_some() {
        return Err(Refusal::new("its shared limits count every call", "leave out the `when`"));
    }
    is_of_server(policy, server, rule)?;
    let others = match plan.others {
        Others::Hidden(_) | Others::Denied => true,
        Others::Allowed | Others::Depends(_) => selection.selects(Subject::others(server)).is_some(),
    };
    let known = plan.tools.iter().all(|tool| {
        !matches!(tool.fate, Fate::Open(_)) || selection.selects(Subject::known(server, tool.id)).is_some()
    });
    if others && known {
        return Ok(());
    }
    Err(Refusal::new(
        "a limit is shared by all tools that can be called or by none",
        "write `limit total *`, or a `limit` for each tool whose counts together are no higher",
    ))
}
