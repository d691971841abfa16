//! A policy that allows what it does not mention.
//!
//! ## What it does
//!
//! Reports `allow *;`, the default that opens every tool for which no rule says otherwise.
//!
//! ## Why it matters
//!
//! A tool that the server adds tomorrow is open the same day, and a `deny` with a name that the server
//! has changed denies nothing. What is listed as open stays the same.
//!
//! ## Example
//!
//! ```pol lint code=default-allow catalogue
//! allow *;
//! deny @destructive;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow @read, create_order;
//! ```

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    fix: Some(Applicability::Unsafe),
    imported: Imported::AtImport,
    shared: Shared::Any,
    ..Rule::new(codes::DEFAULT_ALLOW, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let default = &context.policy().default;
    let Some(origin) = default.origin.as_ref().filter(|_| default.allow) else { return Vec::new() };
    let message = "every tool that no rule speaks of is open, those that the server adds tomorrow too";
    let finding = Diagnostic::new(codes::DEFAULT_ALLOW, origin.span, message);
    let finding = finding.help("write `deny *;` and allow what is needed; `policyc describe` lists what is open now");
    let title = "write `deny *;`, which closes what no rule opens";
    vec![finding.fix(Applicability::Unsafe, title, origin.span, "deny *;")]
}
