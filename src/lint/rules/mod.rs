//! The lint rules: a file each, and a line here.
#![allow(
    rustdoc::invalid_codeblock_attributes,
    rustdoc::broken_intra_doc_links,
    reason = "the comments are pages with policies"
)]

use super::rule::Rule;

/// What rule files use.
mod prelude {
    pub(super) use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
    pub(super) use crate::lint::context::Context;
    pub(super) use crate::lint::edit;
    pub(super) use crate::lint::file::File;
    pub(super) use crate::lint::rule::{Check, Confidence, Group, Imported, Rule, Shared};
}

mod helpers;

pub(super) use helpers::declared::Declarations;
pub(crate) use secret_in_policy::is_secret;

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
    lone_carriage_return

    // Conditions.
    escapable_deny
    escaped_by_default
    optional_argument
    negated_argument
    impossible_for_valid_calls
    decided_by_schema
    repeated_value
    single_value_list
    double_negation
    star_in_equality

    // Texts, hosts and paths.
    literal_pattern
    needless_anchor
    unescaped_dot
    open_prefix
    open_suffix
    substring_match
    unnormalised_path
    case_sensitive_host
    secret_in_policy
    wrong_pattern_language

    // What the policy opens.
    default_allow
    unguarded_risk
    risky_glob
    unlimited_write
    uncapped_spend
    exfiltration_path
    open_ended_allow
    unmentioned_tool

    // Limits.
    zero_limit
    limit_never_binds
    window_burst
    sum_over_optional
    shared_quota
    odd_window

    // Catalogues.
    annotation_conflict
    hidden_text
    suspicious_description
    lookalike_tools
    untyped_argument

    // Hygiene.
    unused_let
    unused_group
    unused_import
    untested_rule
    silent_deny
    suppression_without_reason
    empty_test
    repeated_test_name
    vacuous_assertion
    repeated_assertion

    // What is read differently from how it looks.
    mixed_and_or
    claim_for_argument
    unequal_to_one
}
