//! Which tools a policy opens, and what guards them.

use crate::analysis::case::Case;
use crate::eval::Verdict;
use crate::ir::{Origin, Subject, ToolId};
use crate::lint::context::Context;
use crate::solver::formula::Formula;

/// A known tool of which calls may pass or be held.
pub(in crate::lint::rules) struct Opened<'c> {
    pub(in crate::lint::rules) tool: ToolId,
    pub(in crate::lint::rules) subject: Subject,
    /// What becomes of its calls.
    pub(in crate::lint::rules) case: &'c Case,
}

/// The known tools that something opens, in order of their names.
pub(in crate::lint::rules) fn tools<'c>(context: &'c Context<'_>) -> Vec<Opened<'c>> {
    let groups = context.groups().iter().filter(|group| !group.case.is_closed());
    let mut found: Vec<Opened<'c>> = groups
        .flat_map(|group| group.subjects.iter().map(move |subject| (subject, &group.case)))
        .filter_map(|(subject, case)| Some(Opened { tool: subject.tool?, subject: *subject, case }))
        .collect();
    found.sort_by_key(|opened| opened.tool);
    found
}

impl Opened<'_> {
    /// The first rule that opens the tool; `None` for the default.
    pub(in crate::lint::rules) fn by(&self) -> Option<usize> {
        self.case.opened.first().and_then(|(rule, _)| *rule)
    }

    /// Whether every call waits for approval, as far as that can be seen without solving anything.
    pub(in crate::lint::rules) fn is_held(&self) -> bool {
        self.case.held.iter().any(|held| *held.formula == Formula::TRUE)
    }

    /// Whether nothing stands between the tool and its calls: no condition, limit or approval.
    pub(in crate::lint::rules) fn is_unguarded(&self) -> bool {
        let Case { hidden, denied, opened, required, limits, quotas, held, approvers: _, unread } = self.case;
        let plain = opened.iter().any(|(_, formula)| **formula == Formula::TRUE);
        plain
            && hidden.is_none()
            && denied.is_empty()
            && required.is_empty()
            && limits.is_empty()
            && quotas.is_empty()
            && held.is_empty()
            && unread.is_empty()
    }

    /// Whether some call passes without anybody's approval; what is not decided does not count.
    pub(in crate::lint::rules) fn can_pass(&self, context: &Context<'_>) -> bool {
        self.is_unguarded() || !self.is_held() && context.can(self.subject, Verdict::Allow, &[]) == Some(true)
    }
}

/// Groups tools by the rule that opens them, in the order of the rules, the default last.
pub(in crate::lint::rules) fn by_rule<'c>(opened: Vec<Opened<'c>>) -> Vec<(Option<usize>, Vec<Opened<'c>>)> {
    let mut groups: Vec<(Option<usize>, Vec<Opened<'c>>)> = Vec::new();
    for tool in opened {
        let by = tool.by();
        match groups.iter_mut().find(|(other, _)| *other == by) {
            Some((_, tools)) => tools.push(tool),
            None => groups.push((by, vec![tool])),
        }
    }
    groups.sort_by_key(|(by, _)| by.unwrap_or(usize::MAX));
    groups
}

/// Where a rule, or the default, stands.
pub(in crate::lint::rules) fn origin<'c>(context: &'c Context<'_>, by: Option<usize>) -> Option<&'c Origin> {
    match by {
        Some(rule) => context.policy().rules.get(rule).map(|rule| &rule.origin),
        None => context.policy().default.origin.as_ref(),
    }
}
