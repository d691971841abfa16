//! A target of its own, to try what adding one takes: a file here, and a name in `TARGETS`.
//!
//! Its gateway reads lines `allow TOOL` and `ask TOOL`, and denies everything else. It looks at no
//! argument and counts nothing, but it can ask a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::planted::checked;
use crate::analysis::case::{Case, RuleFormula};
use crate::analysis::condition::NumberDomain;
use crate::decider::{Decider, Explanation, PolicyDecider, Ruling, Run};
use crate::diagnostics::{Diagnostic, codes};
use crate::diff::proof::prove;
use crate::emit::document::{Cases, explain};
use crate::emit::origins::Origins;
use crate::emit::refusal::Refusal;
use crate::emit::target::{Counting, Draft, ReadDocument, Request, Target};
use crate::eval::Call;
use crate::ir::{RulesByTool, ServerId, Steps, Subject};
use crate::solver::formula::Formula;
use crate::source::Span;

const TITLE: &str = "the toy document";

static TARGET: Target = Target {
    name: "toy",
    title: "a toy",
    document: TITLE,
    extension: "toy",
    is_json: false,
    main_file: None,
    page: "",
    counting: Counting::NONE,
    numbers: NumberDomain::Exact,
    asks: true,
    knows_caller: false,
    options: &[],
    look_alikes: |_| Vec::new(),
    recognises: |text| text.starts_with("toy"),
    build,
    parse,
};

fn build(request: &Request<'_>) -> Draft {
    let Request { policy, server, .. } = *request;
    let by_tool = RulesByTool::new(policy);
    let (mut text, mut diagnostics, mut origins) = (String::from("toy\n"), Vec::new(), Origins::default());
    for (id, tool) in policy.tools_of(server) {
        let steps = Steps::new(policy, &by_tool.selecting(policy, Subject::known(server, id)));
        let denies_all = steps.denied.iter().any(|deciding| deciding.rule.guard.is_none());
        if steps.hidden.is_some() || denies_all || !steps.opened.is_always() && steps.opened.rules().is_empty() {
            continue;
        }
        let conditional =
            steps.denied.iter().chain(&steps.required).chain(&steps.approvals).chain(steps.opened.rules());
        let conditional = conditional.filter(|deciding| deciding.rule.guard.is_some());
        let refused: Vec<_> = conditional.chain(steps.limits.iter().map(|(deciding, _)| deciding)).collect();
        diagnostics.extend(refused.iter().map(|deciding| {
            Refusal::new("it looks at no argument and counts nothing", "leave it out").of_rule(deciding.rule, TITLE)
        }));
        let word = if steps.approvals.is_empty() { "allow" } else { "ask" };
        text.push_str(&format!("{word} {}\n", tool.name));
        origins.push(steps.approvals.iter().map(|deciding| deciding.index).collect());
    }
    Draft { text, beside: Vec::new(), diagnostics, origins, stricter: Vec::new() }
}

/// Says of a whole document that its gateway would refuse it.
fn refused(reason: String) -> Vec<Diagnostic> {
    vec![Diagnostic::new(codes::BAD_DOCUMENT, Span::default(), reason).help("write `toy`, and below it the tools")]
}

fn parse(text: &str) -> ReadDocument {
    let mut lines = text.lines();
    if lines.next() != Some("toy") {
        return Err(refused("the first line is `toy`".to_owned()));
    }
    let tools = lines.map(|line| match line.split_once(' ') {
        Some(("allow", tool)) => Ok((tool.to_owned(), false)),
        Some(("ask", tool)) => Ok((tool.to_owned(), true)),
        _ => Err(refused(format!("a line is `allow TOOL` or `ask TOOL`, not `{line}`"))),
    });
    Ok(Box::new(Toy { tools: tools.collect::<Result<_, _>>()?, cases: Cases::default() }))
}

/// The tools that the document lists, each with whether a person has to say yes.
struct Toy {
    tools: BTreeMap<String, bool>,
    cases: Cases,
}

impl Decider for Toy {
    fn numbers(&self) -> NumberDomain {
        NumberDomain::Exact
    }

    fn tools(&self, _: usize) -> Vec<&str> {
        self.tools.keys().map(String::as_str).collect()
    }

    fn case(&self, _: usize, tool: Option<&str>) -> Option<Arc<Case>> {
        let tool = tool.filter(|tool| self.tools.contains_key(*tool));
        Some(self.cases.get(tool, || {
            let Some(asks) = tool.and_then(|tool| self.tools.get(tool)) else { return Case::default() };
            let always = Arc::new(Formula::TRUE);
            let held = asks.then(|| RuleFormula { rule: 0, formula: always.clone() });
            let (approvers, held) = (held.iter().map(|_| None).collect(), held.into_iter().collect());
            Case { opened: vec![(None, always)], held, approvers, ..Case::default() }
        }))
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        match self.tools.get(call.name) {
            None => Ruling::deny(None, "(not listed)", "It is not listed."),
            Some(true) if !call.approved => Ruling::hold(Some(0), "ask", "A person must say yes."),
            Some(_) => Ruling::ALLOW,
        }
    }

    fn run(&self) -> Box<dyn Run + '_> {
        Box::new(Stateless(self))
    }

    fn explain(&self, call: &Call<'_>) -> Explanation {
        explain(self, call, self.tools.contains_key(call.name), &[])
    }

    fn applies(&self, _: usize, _: &Call<'_>) -> bool {
        true
    }

    fn rule_name(&self, _: usize) -> String {
        "ask".to_owned()
    }
}

/// The document counts nothing, so each call is like the first.
struct Stateless<'t>(&'t Toy);

impl Run for Stateless<'_> {
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a> {
        self.0.decide(call)
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        self.0.decide(call)
    }
}

#[test]
fn the_driver_serves_a_target_that_asks() {
    let checked = checked("deny *; allow read; require approval for pay; hide drop;");
    let policy = checked.policy().unwrap();
    let emission = TARGET.emit(policy, ServerId(0));
    assert_eq!(emission.diagnostics, []);
    let text = emission.artefact.unwrap().text;
    assert_eq!(text, "toy\nask pay\nallow read\n");
    let source = PolicyDecider::new(policy).of_server(ServerId(0), TARGET.numbers);
    for (from, to, tool) in
        [("ask pay", "allow pay", "pay"), ("ask pay", "ask pay\nask drop", "drop"), ("read", "write", "write")]
    {
        let document = TARGET.read(&text.replace(from, to)).unwrap();
        let weaker = prove(&source, document.as_ref()).weaker.unwrap();
        assert_eq!(weaker.tool, tool);
    }
}

#[test]
fn the_driver_refuses_what_a_target_cannot_hold() {
    let checked = checked("deny *; allow read when args.n > 5; limit pay 5/day;");
    let emission = TARGET.emit(checked.policy().unwrap(), ServerId(0));
    let messages: Vec<&str> = emission.diagnostics.iter().map(|found| found.message.as_str()).collect();
    let refusal = "the toy document cannot hold this statement: it looks at no argument and counts nothing";
    assert_eq!(messages, [refusal, refusal]);
    assert!(emission.artefact.is_none());
}
