//! An import that is not used.
//!
//! ## What it does
//!
//! Reports an `import` that adds no rule, server or assertion, and none of whose values and groups
//! the policy uses; and the second import of the same file.
//!
//! ## Why it matters
//!
//! Either something that should use it is missing, or the reader looks into the file for nothing.
//!
//! ## Example
//!
//! ```pol lint code=unused-import catalogue
//! import "values.pol";
//! deny *;
//! allow get_order;
//! // file: values.pol
//! let most = 500;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! import "values.pol";
//! deny *;
//! allow create_charge when args.amount <= most;
//! // file: values.pol
//! let most = 500;
//! ```

use std::collections::BTreeSet;

use super::helpers::declared;
use super::prelude::*;
use crate::syntax::ast::ItemKind;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::UNUSED_IMPORT, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    if declared::is_library(file) {
        return Vec::new();
    }
    let items = file.items();
    let uses = declared::Uses::of(file);
    let mut seen = BTreeSet::new();
    let found = items.iter().filter_map(|item| {
        let ItemKind::Import { path } = &item.kind else { return None };
        let message = match !seen.insert(path.text.as_str()) {
            true => format!("{} is imported twice", quote(&path.text)),
            false => {
                let mut brought = file.analysis().units.iter().filter(|unit| unit.import == Some(path.span)).peekable();
                // A file that another import has brought already brings nothing; naming it does no
                // harm.
                brought.peek()?;
                if brought.any(|unit| uses.is_needed(unit)) {
                    return None;
                }
                format!("nothing from {} is used", quote(&path.text))
            }
        };
        let removed = edit::remove_statement(file, item.span);
        let finding = Diagnostic::new(codes::UNUSED_IMPORT, path.span, message).help("use it, or remove the import");
        Some(finding.fix_all(Applicability::Safe, "remove the import", vec![removed]))
    });
    found.collect()
}
