//! An `or` of inequalities of one value.
//!
//! ## What it does
//!
//! Reports `args.x != "a" or args.x != "b"`, with two different values for the same path.
//!
//! ## Why it matters
//!
//! No value equals both, so one of the two tests is true for every string. Usually a value that
//! equals neither was intended: join the two with `and`, or use `not in`.
//!
//! ## Example
//!
//! ```pol lint code=unequal-to-one catalogue
//! allow *;
//! deny create_charge when args.currency != "EUR" or args.currency != "USD";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! deny create_charge when args.currency not in ["EUR", "USD"];
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::prelude::*;
use crate::lint::file::parts;
use crate::syntax::ast::{Atom, Expr, ExprKind, Operand, ValueTest};
use crate::predicate::Comparison;
use crate::syntax::print;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::UNEQUAL_TO_ONE, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let conditions = file.items().into_iter().filter_map(File::condition);
    conditions.flat_map(parts).filter_map(|part| finding(file, part)).collect()
}

fn finding(file: &File<'_>, expr: &Expr) -> Option<Diagnostic> {
    let ExprKind::Or(alternatives) = &expr.kind else { return None };
    // The values of the inequalities, by path.
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for part in alternatives {
        let ExprKind::Atom(atom) = &part.kind else { continue };
        let Atom::Test(path, ValueTest::Compare(Comparison::NotEqual, Operand::Literal(literal))) = &**atom else {
            continue;
        };
        // `!= null` asks whether a value is there.
        let value = print::literal(literal);
        if value != "null" {
            values.entry(print::path(path)).or_default().insert(value);
        }
    }
    let (path, listed) = values.into_iter().find(|(_, listed)| listed.len() > 1)?;
    let is_all = listed.len() == alternatives.len();
    let listed: Vec<String> = listed.into_iter().collect();
    let written = format!("{path} not in [{}]", listed.join(", "));
    let message = format!("one of these is true whatever {} is", quote(&path));
    let finding = Diagnostic::new(codes::UNEQUAL_TO_ONE, expr.span, message);
    Some(if is_all && !file.text(expr.span).contains("//") {
        finding.fix(Applicability::Unsafe, format!("write `{written}`"), expr.span, written)
    } else {
        finding.help(format!("write {} if it should be none of them", quote(&written)))
    })
}
