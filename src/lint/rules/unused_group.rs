//! A group that is never used.
//!
//! ## What it does
//!
//! Reports a `group` of the file that no selection uses. A file that contains only declarations is
//! there to be imported, and is not reported.
//!
//! ## Why it matters
//!
//! Usually a rule for these tools is missing.
//!
//! ## Example
//!
//! ```pol lint code=unused-group catalogue
//! group refunds = refund_order, create_charge;
//! deny *;
//! allow get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! group refunds = refund_order, create_charge;
//! deny *;
//! allow get_order;
//! require approval for @refunds;
//! ```

use super::helpers::declared;
use super::prelude::*;
use crate::syntax::ast::ItemKind;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::UNUSED_GROUP, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    if declared::is_library(file) {
        return Vec::new();
    }
    let groups = file.items().into_iter().filter_map(|item| match &item.kind {
        ItemKind::Group { name, .. } => Some((item, name)),
        _ => None,
    });
    let uses = declared::Uses::of(file);
    let unused = groups.filter(|(_, name)| !uses.is_group_used(&name.text));
    let found = unused.map(|(item, name)| {
        let message = format!("nothing uses the group {}", quote(&format!("@{}", name.text)));
        let removed = edit::remove_statement(file, item.span);
        let finding = Diagnostic::new(codes::UNUSED_GROUP, name.span, message).help("use it, or remove it");
        finding.fix_all(Applicability::Safe, "remove it", vec![removed])
    });
    found.collect()
}
