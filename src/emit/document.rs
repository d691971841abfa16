//! What documents of all gateways have in common as deciders.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analysis::case::Case;
use crate::decider::{Decider, Explanation};
use crate::diagnostics::{listed, quote};
use crate::eval::{Call, Verdict};

/// How many rules of a document are named.
const MOST_RULES: usize = 6;

/// What a document says of each tool, computed when somebody asks; one answer for all tools that it does not name.
#[derive(Debug, Default)]
pub(crate) struct Cases(RefCell<BTreeMap<Option<String>, Arc<Case>>>);

impl Cases {
    /// The case of a tool.
    pub(crate) fn get(&self, tool: Option<&str>, make: impl FnOnce() -> Case) -> Arc<Case> {
        let key = tool.map(str::to_owned);
        if let Some(known) = self.0.borrow().get(&key) {
            return known.clone();
        }
        let case = Arc::new(make());
        self.0.borrow_mut().insert(key, case.clone());
        case
    }
}

/// Why a document decides a call as it does. `rules` are those that apply to the tool, as the gateway's log names them;
/// `is_named` says whether the document names the tool.
pub(crate) fn explain(decider: &dyn Decider, call: &Call<'_>, is_named: bool, rules: &[String]) -> Explanation {
    let ruling = decider.decide(call);
    let conclusion = match (ruling.verdict, listed(rules, MOST_RULES)) {
        (Verdict::Deny | Verdict::Approval, _) => {
            format!("the rule {} refuses it: {}", quote(&ruling.rule()), ruling.reason())
        }
        (Verdict::Allow, Some(rules)) => format!("none of its rules refuses it: {rules}"),
        (Verdict::Allow, None) if is_named => "the document names the tool and has no rule for it".to_owned(),
        (Verdict::Allow, None) => "the document does not name the tool, and its default allows".to_owned(),
    };
    Explanation { conclusion, rules: Vec::new() }
}
