//! What documents of all gateways have in common as deciders.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::analysis::case::Case;
use crate::decider::{Decider, Explanation};
use crate::diagnostics::{listed, quote};
use crate::eval::{Call, Verdict};
use crate::ir::Limit;

/// How many rules of a document are named.
const MOST_RULES: usize = 6;

/// What a document says of each tool, computed when somebody asks; one answer for all tools that it
/// does not name.
#[derive(Debug, Default)]
pub(crate) struct Cases {
    by_tool: RefCell<HashMap<String, Arc<Case>>>,
    unnamed: OnceCell<Arc<Case>>,
    limits: OnceCell<BTreeMap<usize, Arc<Limit>>>,
}

impl Cases {
    /// The case of a tool.
    pub(crate) fn get(&self, tool: Option<&str>, make: impl FnOnce() -> Case) -> Arc<Case> {
        let Some(tool) = tool else { return self.unnamed.get_or_init(|| Arc::new(make())).clone() };
        if let Some(known) = self.by_tool.borrow().get(tool) {
            return known.clone();
        }
        let case = Arc::new(make());
        self.by_tool.borrow_mut().insert(tool.to_owned(), case.clone());
        case
    }

    /// The limit of a rule, of all tools of a document.
    pub(crate) fn limit(&self, document: &dyn Decider, rule: usize) -> Option<&Limit> {
        let limits = self.limits.get_or_init(|| {
            let tools = document.tools(0).into_iter().map(Some).chain([None]);
            let cases = tools.filter_map(|tool| document.case(0, tool));
            let limits = cases.flat_map(|case| {
                let limits: Vec<_> = case.limits.iter().map(|own| (own.rule, own.limit.clone())).collect();
                limits
            });
            limits.collect()
        });
        limits.get(&rule).map(AsRef::as_ref)
    }
}

/// Why a document decides a call as it does. `rules` are those that apply to the tool, as the
/// gateway's log names them; `is_named` says whether the document names the tool.
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
