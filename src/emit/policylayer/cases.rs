//! What a document of the hosted gateway says of all calls: section 4 of what is known of it, as formulas.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Document, Limit, Predicate};
use crate::analysis::case::{Case, Held, Limited};

use crate::decimal::Decimal;
use crate::emit::cases::{Cases, Names};
use crate::emit::operators::formulas::Translator;
use crate::ir::{self, Scope};
use crate::solver::formula::Formula;

impl Document {
    /// What becomes of the calls of every tool.
    #[must_use]
    pub fn cases(&self) -> Cases {
        let mut names = Names::Kept(Vec::new());
        let mut translator = Translator::default();
        let hidden = self.hide.iter().filter(|name| *name != "*");
        let tools: BTreeMap<String, Case> = self
            .tools
            .keys()
            .chain(hidden)
            .map(|name| (name.clone(), self.case(Some(name), &mut translator, &mut names)))
            .collect();
        let other = self.case(None, &mut translator, &mut names);
        Cases { tools, other, names: names.into_list() }
    }

    /// What becomes of the calls of a tool; of one that the document does not name for `None`.
    pub(crate) fn case(&self, tool: Option<&str>, translator: &mut Translator, names: &mut Names) -> Case {
        let mut case = Case::default();
        let is_hidden = self.hide.contains("*") || tool.is_some_and(|name| self.hide.contains(name));
        case.hidden = is_hidden.then(|| names.add("", || "(hidden)".to_owned()));
        let named = tool.and_then(|name| Some((name, self.tools.get(name)?)));
        if named.is_some() || self.default_allow {
            case.opened.push((None, Arc::new(Formula::TRUE)));
        }
        let mut limits: Vec<(&Limit, bool)> = Vec::new();
        if let Some((name, tool)) = named {
            let mut held = |kind: &str, predicates: &[Predicate]| -> Vec<Held> {
                let held = predicates.iter().enumerate().map(|(index, predicate)| Held {
                    rule: names
                        .add(&predicate.on_deny, || format!("/tools/{name}/{kind}/{}", predicate.log_name(index))),
                    formula: Arc::new(translator.all(&predicate.conditions)),
                });
                held.collect()
            };
            case.required = held("require", &tool.require);
            case.denied = held("deny_if", &tool.deny_if);
            limits.extend(tool.limits.iter().map(|limit| (limit, false)));
        }
        limits.extend(self.all_limits.iter().map(|limit| (limit, true)));
        for (limit, total) in &limits {
            let refuses = if limit.max < 1 { Formula::TRUE } else { Formula::FALSE };
            let rule = names.add("", || match named {
                Some((name, _)) if !total => format!("/tools/{name}/limits/{}", limit.counter),
                _ => format!("/all_tools/limits/{}", limit.counter),
            });
            let same = |other: &&(&Limit, bool)| other.1 == *total && other.0.counter == limit.counter;
            // What a counter does that has several limits is not known.
            if limits.iter().filter(same).count() > 1 {
                case.quotas.push(Held { rule, formula: Arc::new(refuses) });
                case.unread.push(format!("one of several limits of a counter: {limit:?}, total: {total}"));
                continue;
            }
            let meaning = ir::Limit {
                max: Decimal::from(limit.max),
                window: limit.window.seconds(),
                scope: Scope::Grant,
                sum_of: None,
                total: *total,
                counter: Some(limit.counter.clone()),
                spans: None,
            };
            case.limits.push(Limited {
                rule,
                limit: Arc::new(meaning),
                applies: Arc::new(Formula::TRUE),
                refuses: Arc::new(refuses),
                whole: false,
            });
        }
        case
    }
}
