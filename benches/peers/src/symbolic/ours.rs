//! The questions asked of policyc, among calls that satisfy the inputSchema.

use std::path::Path;

use policyc_core::analysis::ask::{Answer, Asked, Question, Domain};
use policyc_core::analysis::case::{Case, Formulas};
use policyc_core::analysis::condition::{NumberDomain, formula};
use policyc_core::disk::Unreadable;
use policyc_core::eval::{Call, Evaluator, Verdict, holds};
use policyc_core::ir::{Policy, Rule};
use policyc_core::sema::{Analysis, CatalogueOption, Loader, Options, analyze};
use policyc_core::solver::space::Space;

use super::description::{Relation, Written};

/// What `SCHEMA` in `theirs` says: whole numbers of 64 bits, and no other arguments.
const CATALOGUE: &str = r#"{"tools": [{"name": "create_charge", "inputSchema": {
    "type": "object",
    "properties": {
        "amount": {"type": "integer", "minimum": -9223372036854775808, "maximum": 9223372036854775807},
        "to": {"type": "string"}, "note": {"type": "string"}, "currency": {"type": "string"}
    },
    "required": ["amount", "to", "note", "currency"],
    "additionalProperties": false
}}]}"#;

struct Catalogue;

impl Loader for Catalogue {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(CATALOGUE.as_bytes().to_vec())
    }
}

fn read(text: &str) -> Analysis {
    let catalogue = CatalogueOption { server: Some("shop".to_owned()), path: "catalogue.json".into() };
    let analysis = analyze(
        "p.pol",
        Path::new("p.pol"),
        text,
        &Options { catalogues: vec![catalogue], ..Options::default() },
        &Catalogue,
    );
    assert!(analysis.checked.is_some(), "{:?}", analysis.diagnostics);
    analysis
}

fn policy(analysis: &Analysis) -> &Policy {
    &analysis.checked.as_ref().unwrap().policies()[0]
}

/// A question about policies that were read.
pub(crate) enum Prepared {
    Pair(Relation, Box<[Analysis; 2]>),
    Applies(Box<Analysis>),
}

impl Prepared {
    /// Reads the policies: syntax, names and types.
    pub(crate) fn read(question: &Written) -> Self {
        match question {
            Written::Pair(relation, [left, right]) => Self::Pair(*relation, Box::new([read(left), read(right)])),
            Written::Applies(rules) => Self::Applies(Box::new(read(rules))),
        }
    }

    /// Whether there is such a call, of which the evaluator has confirmed an example.
    pub(crate) fn answer(&self) -> Vec<bool> {
        match self {
            Self::Pair(relation, pair) => vec![compared(*relation, policy(&pair[0]), policy(&pair[1]))],
            Self::Applies(analysis) => applied(policy(analysis)),
        }
    }
}

/// The one tool, and what the policy says of it.
fn case(policy: &Policy) -> (Asked<'_>, Case) {
    let formulas = Formulas::new(policy, NumberDomain::Exact);
    let subject = formulas.parts().subjects().find(|subject| subject.tool.is_some()).unwrap();
    (Asked::of(policy, subject), formulas.case(&formulas.rules(subject)))
}

fn compared(relation: Relation, left: &Policy, right: &Policy) -> bool {
    let ((asked, left_case), (_, right_case)) = (case(left), case(right));
    let evaluators = [Evaluator::new(left), Evaluator::new(right)];
    let demands = |space: &mut Space| {
        let [left, right] = [&left_case, &right_case].map(|case| case.verdicts(space).allowed);
        match relation {
            Relation::Both => vec![left, right],
            Relation::Beyond => vec![left, !right],
            Relation::Differs => {
                let either = space.any([left, right]);
                let both = space.all([left, right]);
                vec![either, !both]
            }
        }
    };
    let confirm = |call: &Call<'_>| {
        let [left, right] = evaluators.each_ref().map(|evaluator| evaluator.decide(call).verdict == Verdict::Allow);
        match relation {
            Relation::Both => left && right,
            Relation::Beyond => left && !right,
            Relation::Differs => left != right,
        }
    };
    let formulas = left_case.formulas().chain(right_case.formulas()).collect();
    found(&Question { formulas, demands: &demands, confirm: &confirm }, &asked)
}

fn applied(policy: &Policy) -> Vec<bool> {
    let (asked, _) = case(policy);
    let applies = |rule: &Rule| {
        let condition = &rule.guard.as_ref().unwrap().condition;
        let formula = formula(condition, NumberDomain::Exact);
        let demands = |space: &mut Space| vec![space.holds(&formula)];
        let confirm = |call: &Call<'_>| holds(condition, call);
        found(&Question { formulas: vec![&formula], demands: &demands, confirm: &confirm }, &asked)
    };
    policy.rules.iter().map(applies).collect()
}

fn found(question: &Question<'_>, asked: &Asked<'_>) -> bool {
    match question.answer(asked, Domain::Valid) {
        Answer::Yes(_) => true,
        Answer::No => false,
        Answer::Undecided => panic!("policyc has not decided"),
    }
}
