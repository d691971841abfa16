//! The questions asked of Cedar's symbolic compiler, which asks cvc5.

use std::process::{Command, Stdio};

use cedar_policy::{Authorizer, Decision, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::err::Error;
use cedar_policy_symcc::solver::{Decision as Sat, LocalSolver, Solver as _};
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet, Env};

use super::description::{Relation, Written};

/// What `CATALOGUE` in `ours` says.
const SCHEMA: &str = r#"
entity Grant;
entity Server;
action create_charge appliesTo {
    principal: [Grant],
    resource: [Server],
    context: { amount: Long, to: String, note: String, currency: String }
};
"#;

/// Without the first, cvc5 1.0 refuses some patterns; the second bounds each question, in milliseconds.
const ARGUMENTS: [&str; 2] = ["--strings-exp", "--tlimit-per=60000"];

/// The first line that cvc5 says of itself; `None` where it cannot be started.
pub(crate) fn version() -> Option<String> {
    let path = std::env::var("CVC5").unwrap_or_else(|_| "cvc5".to_owned());
    let output = Command::new(path).arg("--version").stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(str::to_owned).filter(|line| line.contains("cvc5"))
}

/// Cedar's compiler with a process of cvc5 that it talks to.
pub(crate) struct Started(CedarSymCompiler<LocalSolver>);

impl Started {
    /// Starts the process. What it is asked first, it may be asked before it is ready.
    pub(crate) fn new() -> Self {
        Self(CedarSymCompiler::new(LocalSolver::cvc5_with_args(ARGUMENTS).unwrap()).unwrap())
    }

    /// Waits until cvc5 answers.
    pub(crate) async fn ready(mut self) -> Self {
        assert_eq!(self.0.solver_mut().check_sat().await.unwrap(), Sat::Sat, "nothing is asserted");
        self
    }

    pub(crate) async fn stop(mut self) {
        self.0.solver_mut().clean_up().await.unwrap();
    }
}

/// A question about policies that were read, checked against the schema and compiled to terms.
pub(crate) struct Prepared {
    sets: Vec<PolicySet>,
    kind: Kind,
}

enum Kind {
    Pair(Relation, Box<[CompiledPolicySet; 2]>),
    Applies(Vec<CompiledPolicy>),
}

impl Prepared {
    /// Reads, checks and compiles the policies.
    pub(crate) fn read(question: &Written) -> Self {
        let schema = Schema::from_cedarschema_str(SCHEMA).unwrap().0;
        let env = schema.request_envs().next().unwrap();
        match question {
            Written::Pair(relation, texts) => {
                let sets = texts.each_ref().map(|text| text.parse::<PolicySet>().unwrap());
                let compiled = sets.each_ref().map(|set| CompiledPolicySet::compile(set, &env, &schema).unwrap());
                Self { sets: sets.into(), kind: Kind::Pair(*relation, Box::new(compiled)) }
            }
            Written::Applies(text) => {
                let set: PolicySet = text.parse().unwrap();
                let compiled = each(&set, &env, &schema);
                Self { sets: vec![set], kind: Kind::Applies(compiled) }
            }
        }
    }

    /// The examples that were found.
    pub(crate) async fn answer(&self, started: &mut Started) -> Result<Vec<Option<Env>>, Error> {
        let compiler = &mut started.0;
        match &self.kind {
            Kind::Pair(relation, pair) => {
                let [left, right] = &**pair;
                let found = match relation {
                    Relation::Both => compiler.check_disjoint_with_counterexample_opt(left, right).await,
                    Relation::Beyond => compiler.check_implies_with_counterexample_opt(left, right).await,
                    Relation::Differs => compiler.check_equivalent_with_counterexample_opt(left, right).await,
                };
                Ok(vec![found?])
            }
            Kind::Applies(policies) => {
                let mut found = Vec::new();
                for policy in policies {
                    found.push(compiler.check_never_matches_with_counterexample_opt(policy).await?);
                }
                Ok(found)
            }
        }
    }

    /// Whether Cedar's authorizer says of the examples what was asked for.
    pub(crate) fn confirms(&self, found: &[Option<Env>]) -> bool {
        let allows = |set: &PolicySet, env: &Env| {
            Authorizer::new().is_authorized(&env.request, set, &env.entities).decision() == Decision::Allow
        };
        match &self.kind {
            Kind::Pair(relation, _) => found.iter().flatten().all(|env| {
                let (left, right) = (allows(&self.sets[0], env), allows(&self.sets[1], env));
                match relation {
                    Relation::Both => left && right,
                    Relation::Beyond => left && !right,
                    Relation::Differs => left != right,
                }
            }),
            Kind::Applies(_) => found.iter().enumerate().all(|(index, env)| {
                let Some(env) = env else { return true };
                let policy = self.sets[0].policy(&name(index)).unwrap().clone();
                let answer = Authorizer::new().is_authorized(
                    &env.request,
                    &PolicySet::from_policies([policy]).unwrap(),
                    &env.entities,
                );
                answer.diagnostics().reason().count() == 1
            }),
        }
    }
}

/// The policies in the order of the text.
fn each(set: &PolicySet, env: &RequestEnv, schema: &Schema) -> Vec<CompiledPolicy> {
    let count = set.policies().count();
    (0..count).map(|index| CompiledPolicy::compile(set.policy(&name(index)).unwrap(), env, schema).unwrap()).collect()
}

/// What Cedar calls a policy of a text.
fn name(index: usize) -> PolicyId {
    PolicyId::new(format!("policy{index}"))
}
