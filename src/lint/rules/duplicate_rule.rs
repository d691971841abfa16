//! The same rule twice.
//!
//! ## What it does
//!
//! Reports a rule that stands in the policy before, with the same tools, condition and effect, and
//! without which every call would be decided alike.
//!
//! ## Why it matters
//!
//! Who changes one of the two changes nothing.
//!
//! ## Example
//!
//! ```pol lint code=duplicate-rule catalogue
//! deny *;
//! allow get_order, get_comments;
//! allow get_comments, get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order, get_comments;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::{Cause, alike};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::DUPLICATE_RULE, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let shadowed = dead::dead(context, &[Cause::Shadowed]);
    let twice = shadowed.filter(|(dead, rule)| dead::by(context, dead).any(|by| alike(by, rule)));
    let found = twice.map(|(dead, rule)| {
        let message = format!("this {} stands here twice", dead::name(&rule.effect));
        dead::finding(context, (dead, rule), codes::DUPLICATE_RULE, message, Applicability::Safe).help("remove it")
    });
    found.collect()
}
