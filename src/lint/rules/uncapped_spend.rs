//! A financial tool without a bound on daily spending.
//!
//! ## What it does
//!
//! Reports tools that move money and take an amount, if nothing bounds the sum of the amounts: no
//! `limit ... of` sums the amount, and either one call may have any amount, or nothing limits the
//! number of calls. Whether an amount is bounded is proved.
//!
//! ## Why it matters
//!
//! A cap on each single call is not enough: an agent in a loop pays it again and again.
//!
//! ## Example
//!
//! ```pol lint code=uncapped-spend catalogue
//! deny *;
//! allow create_charge when args.amount <= 500;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.amount <= 500;
//! limit create_charge 2_000/day of args.amount;
//! ```

use super::helpers::{opened, tools};
use super::prelude::*;
use crate::analysis::case::Case;
use crate::catalogue::Class;
use crate::decimal::Decimal;
use crate::eval::Verdict;
use crate::predicate::{self, Comparison, Condition, Path, Step};
use crate::schema::Kinds;
use crate::solver::formula::{Check as Test, Formula, Place, Root};

pub(super) const RULE: Rule = Rule {
    confidence: Confidence::Medium,
    imported: Imported::AtImport,
    shared: Shared::Any,
    ..Rule::new(codes::UNCAPPED_SPEND, Check::Policy(check))
};

/// What amounts of money are called.
const AMOUNTS: [&str; 9] = ["amount", "total", "price", "value", "sum", "cost", "spend", "budget", "unit_amount"];

/// More than anybody intends who leaves an amount open.
const HUGE: &str = "1000000000000";

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut open = opened::tools(context);
    // Tools that nothing guards have a finding of their own.
    open.retain(|opened| {
        tools::classes(context, opened.tool).is_some_and(|classes| classes.has(Class::Financial)) && !opened.is_unguarded() && !opened.is_held()
    });
    let found = open.iter().filter_map(|opened| {
        let path = amount(context, opened)?;
        let sums = |limit: &crate::analysis::case::Limited| {
            limit.limit.sum_of.as_ref().is_some_and(|sum| *sum == path)
        };
        if opened.case.limits.iter().any(sums) {
            return None;
        }
        let huge = Decimal::parse(HUGE)?;
        let place = Place { root: Root::Args, steps: path.steps.clone() };
        let larger = Formula::Test(place, Test::Number(Comparison::Greater, huge));
        // A limit that lets nothing through is a denial, and bounds nothing of what passes.
        let counts = |limit: &crate::ir::Limit| limit.sum_of.is_none() && limit.max >= Decimal::ONE;
        let counted = opened.case.limits.iter().any(|limited| counts(&limited.limit));
        let open = match is_bounded(context, opened, &path) {
            true => Some(false),
            false => context.can(opened.subject, Verdict::Allow, &[&larger]),
        };
        let name = quote(&tools::name(context, opened.tool)?);
        let message = match open {
            Some(true) => format!("nothing bounds `{}` of {name}, in one call or in a day", path),
            Some(false) if !counted && opened.can_pass(context) => {
                format!("each call of {name} is bounded, and the number of calls is not")
            }
            _ => return None,
        };
        let finding = Diagnostic::new(codes::UNCAPPED_SPEND, opened::origin(context, opened.by())?.span, message);
        Some(finding.help(format!("add `limit {} N/day of {};`", tools::name(context, opened.tool)?, path)))
    });
    found.collect()
}

/// Whether a requirement, or each rule that opens the tool, bounds the amount by itself: the
/// obvious needs no proof.
fn is_bounded(context: &Context<'_>, opened: &opened::Opened<'_>, path: &Path) -> bool {
    let bounds = |rule: usize| {
        let guard = context.policy().rules.get(rule).and_then(|rule| rule.guard.as_ref());
        guard.is_some_and(|guard| bounds(&guard.condition, path))
    };
    let Case { required, opened, .. } = opened.case;
    required.iter().any(|held| bounds(held.rule)) || opened.iter().all(|(rule, _)| rule.is_some_and(bounds))
}

/// Whether a condition holds only for amounts below some number.
fn bounds(condition: &Condition, path: &Path) -> bool {
    match condition {
        Condition::And(parts) => parts.iter().any(|part| bounds(part, path)),
        Condition::Or(parts) => parts.iter().all(|part| bounds(part, path)),
        Condition::Atom(atom) if atom.path == *path => match &atom.test {
            predicate::Test::Compare(comparison, _) => {
                matches!(comparison, Comparison::Less | Comparison::LessEqual | Comparison::Equal)
            }
            predicate::Test::In(_) => true,
            _ => false,
        },
        _ => false,
    }
}

/// The argument of a tool that is an amount of money: a number with such a name, if it is the only
/// one.
fn amount(context: &Context<'_>, opened: &opened::Opened<'_>) -> Option<Path> {
    let tool = context.policy().tool(opened.tool)?;
    let catalogue = context.policy().server(tool.server)?.catalogue.as_ref()?;
    let schema = catalogue.schema(*tool.entries.first()?);
    let amounts = schema.names().into_iter().filter(|name| AMOUNTS.contains(&name.to_lowercase().as_str()));
    let arguments = amounts.filter_map(|name| {
        let path = Path::args(&[Step::Key(name.to_owned())]);
        let number = schema.possible_kinds(&path);
        (number.contains(Kinds::NUMBER) && !number.intersects(Kinds::STRING)).then_some(path)
    });
    let mut arguments = arguments.peekable();
    let first = arguments.next()?;
    arguments.peek().is_none().then_some(first)
}
