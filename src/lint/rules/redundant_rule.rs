//! A rule that repeats the default.
//!
//! ## What it does
//!
//! Reports a rule that the default makes redundant, like an `allow` under `allow *`.
//!
//! ## Why it matters
//!
//! It looks as if the tool were open because of the rule, but removing the rule would close
//! nothing.
//!
//! ## Example
//!
//! ```pol lint code=redundant-rule catalogue
//! allow *;
//! allow create_charge;
//! ```
//!
//! ## Use instead
//!
//! Remove the rule:
//!
//! ```pol lint catalogue
//! allow *;
//! limit create_charge 10/min;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::Cause;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::REDUNDANT_RULE, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let redundant = dead::dead(context, &[Cause::Default]);
    let found = redundant.map(|(dead, rule)| {
        let message = format!("this {} changes nothing: the default does the same", dead::name(&rule.effect));
        dead::finding(context, (dead, rule), codes::REDUNDANT_RULE, message, Applicability::Safe).help("remove it")
    });
    found.collect()
}
