//! The lint rules: a file each, and a line here.

use super::rule::Rule;

/// What rule files use.
mod prelude {
    pub(super) use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
    pub(super) use crate::lint::context::Context;
    pub(super) use crate::lint::edit;
    pub(super) use crate::lint::file::File;
    pub(super) use crate::lint::rule::{Check, Group, Rule, Shared};
}

mod helpers;

macro_rules! rules {
    ($($module:ident)*) => {
        $(mod $module;)*
        /// All rules, in the order of their codes.
        pub static RULES: &[&Rule] = &[$(&$module::RULE),*];
    };
}

rules! {
    // What changes nothing.
    impossible_condition
    needless_condition
    shadowed_rule
    overridden_rule
    unopened_rule
    redundant_rule
    empty_selection
    duplicate_rule
    contradictory_rules
    hidden_but_allowed
    needless_allow
    opens_nothing

    // Names and selections.
    confusable_name
    hidden_character
    repeated_item
    covered_item
    needless_except
    unused_server

    // Conditions.

    // Texts, hosts and paths.

    // What the policy opens.

    // Limits.

    // Catalogues.

    // Hygiene.
}
