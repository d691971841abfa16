//! An assertion about no call.
//!
//! ## What it does
//!
//! Reports an assertion whose condition is true for no call or, with `for valid calls`, for no call
//! that satisfies the inputSchema. This is proved.
//!
//! ## Why it matters
//!
//! It can never fail, so it guards nothing.
//!
//! ## Example
//!
//! ```pol lint code=vacuous-assertion catalogue
//! deny *;
//! allow create_charge when args.amount <= 100;
//! assert deny create_charge when args.amount > 100 and args.amount < 100;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.amount <= 100;
//! assert deny create_charge when args.amount > 100;
//! ```

use super::prelude::*;
use crate::analysis::ask::{Answer, Asked, Question, Domain};
use crate::analysis::condition::{NumberDomain, formula};
use crate::eval::{Call, holds};
use crate::ir::{Assertion, Guard, Subject};
use crate::solver::Budget;
use crate::solver::space::{Feasible, Space};

pub(super) const RULE: Rule = Rule::new(codes::VACUOUS_ASSERTION, Check::Policy(check));

/// The work that looking at one condition may cost, in steps of the solver.
const STEPS: u64 = 1_000_000;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    context.policy().assertions.iter().filter_map(|assertion| finding(context, assertion)).collect()
}

fn finding(context: &Context<'_>, assertion: &Assertion) -> Option<Diagnostic> {
    let vacuous = |message: &str, help: &str| {
        Some(Diagnostic::new(codes::VACUOUS_ASSERTION, assertion.origin.span, message).help(help))
    };
    let guard = assertion.guard.as_ref()?;
    if !can_hold(guard) {
        let help = "correct the condition";
        return vacuous("this assertion is about no call: its condition is never true", help);
    }
    if assertion.valid_only && assertion.selection.star.is_none() && !may_be_valid(context, assertion, guard) {
        let message = "this assertion is about no call: its condition is true for none that satisfies the inputSchema";
        return vacuous(message, "correct the condition, or remove `for valid calls`");
    }
    None
}

/// Whether a condition may hold for some call; undecided counts as yes.
fn can_hold(guard: &Guard) -> bool {
    let formula = formula(&guard.condition, NumberDomain::Exact);
    let mut space = Space::new([&formula]);
    let truth = space.holds(&formula);
    !matches!(space.feasible(&[truth], &mut Budget::new(STEPS)), Ok(Feasible::No(_)))
}

fn may_be_valid(context: &Context<'_>, assertion: &Assertion, guard: &Guard) -> bool {
    let formula = formula(&guard.condition, NumberDomain::Exact);
    let demands = |space: &mut Space| vec![space.holds(&formula)];
    let confirm = |call: &Call<'_>| holds(&guard.condition, call);
    let question = Question { formulas: vec![&formula], demands: &demands, confirm: &confirm };
    assertion.selection.named.iter().filter_map(|id| Some((*id, context.policy().tool(*id)?))).any(|(id, tool)| {
        let asked = Asked::of(context.policy(), Subject { server: tool.server, tool: Some(id) });
        question.answer_about(&asked, Domain::Valid, &mut Budget::new(STEPS)) != Answer::No
    })
}
