//! Questions about all calls, and answers with a witness.

use std::collections::BTreeSet;

use super::condition::NumberDomain;
use crate::eval::Call;
use crate::ir::{Parts, Subject};
use crate::json::Json;
use crate::json::json_quote;
use crate::schema::Schema;
use crate::solver::formula::Formula;
use crate::solver::space::{Example, Feasible, Space, Truth};
use crate::solver::{Budget, Exhausted};

/// The work that one question may cost, in steps of the solver. A step takes a few nanoseconds and
/// at most about forty bytes.
pub const STEPS: u64 = 4_000_000;

/// The domain of a question: the calls that it is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Whatever a client could send: any JSON object as arguments, any claims of the caller.
    Any,
    /// Calls whose arguments satisfy the inputSchema. A tool without schema takes any arguments.
    Valid,
}

/// Whether there is a call that answers a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is one, and [`Question::confirm`] has confirmed it.
    Yes(Witness),
    /// There is none: a proof for all calls.
    No,
    /// The budget ended before there was an answer. This proves nothing.
    Undecided,
}

/// A call that answers a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The server, if servers have names.
    pub server: Option<String>,
    /// The name of the tool.
    pub tool: String,
    /// The arguments: a JSON object.
    pub arguments: String,
    /// The caller's claims, a JSON object, if the call needs any.
    pub caller: Option<String>,
    /// `Some(true)` if the arguments satisfy the inputSchema, `Some(false)` if no call that answers
    /// the question has arguments that do, `None` if that is not known.
    pub valid: Option<bool>,
}

impl Witness {
    /// The call as `policyc eval` reads it.
    #[must_use]
    pub fn json(&self) -> String {
        self.written(self.server.as_deref())
    }

    /// The call as a gateway of its server sees it.
    #[must_use]
    pub fn json_without_server(&self) -> String {
        self.written(None)
    }

    fn written(&self, server: Option<&str>) -> String {
        let server = server.map_or_else(String::new, |name| format!(", \"server\": {}", json_quote(name)));
        let caller = self.caller.as_ref().map_or_else(String::new, |claims| format!(", \"caller\": {claims}"));
        format!("{{\"name\": {}, \"arguments\": {}{server}{caller}}}", json_quote(&self.tool), self.arguments)
    }

    /// Passes the call to `look`, as one that comes first at the beginning of a window of any
    /// length, and returns the result; `None` if the call cannot be read.
    pub fn with<T>(&self, look: impl FnOnce(&Call<'_>) -> T) -> Option<T> {
        let arguments = Json::parse(&self.arguments).ok()?;
        let caller = match &self.caller {
            Some(caller) => Some(Json::parse(caller).ok()?),
            None => None,
        };
        Some(look(&Call {
            server: self.server.as_deref(),
            name: &self.tool,
            arguments: arguments.root(),
            caller: caller.as_ref().map(Json::root),
            grant: None,
            at: 0,
            approved: false,
        }))
    }
}

/// The tool that a question is about.
#[derive(Debug, Clone)]
pub struct Asked<'p> {
    /// Its server, if servers have names.
    pub server: Option<&'p str>,
    /// Its name.
    pub name: String,
    /// The schemas of its arguments: more than one for a tool that is listed twice.
    pub schemas: Vec<Schema<'p>>,
}

impl<'p> Asked<'p> {
    /// A tool of a policy.
    #[must_use]
    pub fn of(parts: &'p Parts, subject: Subject) -> Self {
        let server = parts.server(subject.server);
        let Some(tool) = subject.tool.and_then(|tool| parts.tool(tool)) else {
            return Self {
                server: server.map(|server| server.name.as_str()).filter(|name| !name.is_empty()),
                name: parts.unknown_name(subject.server),
                schemas: Vec::new(),
            };
        };
        let catalogue = server.and_then(|server| server.catalogue.as_ref());
        let schemas = catalogue.map(|catalogue| tool.entries.iter().map(|entry| catalogue.schema(*entry)).collect());
        Self {
            server: server.map(|server| server.name.as_str()).filter(|name| !name.is_empty()),
            name: tool.name.clone(),
            schemas: schemas.unwrap_or_default(),
        }
    }
}

/// What is known about the valid calls that answer a question.
enum Valid {
    Call(Witness),
    Nothing,
    Unknown,
}

/// A question about the calls of one tool.
pub struct Question<'q> {
    /// The formulas that the demands are made of.
    pub formulas: Vec<&'q Formula>,
    /// The conditions that a call has to meet, all together.
    pub demands: &'q dyn Fn(&mut Space) -> Vec<Truth>,
    /// Whether a call that was found does answer the question, decided without formulas.
    pub confirm: &'q dyn Fn(&Call<'_>) -> bool,
}

impl Question<'_> {
    /// Whether there is such a call.
    #[must_use]
    pub fn answer(&self, asked: &Asked<'_>, domain: Domain) -> Answer {
        self.attempt(asked, domain, &mut Budget::new(STEPS), true).unwrap_or(Answer::Undecided)
    }

    /// Like [`Question::answer`], but formulas and [`confirm`](Question::confirm) may disagree, as
    /// they do about numbers between two neighbouring doubles: a call that is not confirmed leaves
    /// the question undecided.
    #[must_use]
    pub fn answer_about(&self, asked: &Asked<'_>, domain: Domain, budget: &mut Budget) -> Answer {
        self.attempt(asked, domain, budget, false).unwrap_or(Answer::Undecided)
    }

    /// [`Question::answer`] or [`Question::answer_about`], depending on how the decider reads
    /// numbers: formulas are exact only if numbers are read exactly.
    #[must_use]
    pub fn answer_for(&self, numbers: NumberDomain, asked: &Asked<'_>, domain: Domain) -> Answer {
        match numbers {
            NumberDomain::Exact => self.answer(asked, domain),
            NumberDomain::Double => self.answer_about(asked, domain, &mut Budget::new(STEPS)),
        }
    }

    /// Whether there is such a call among all that a client could send, without looking for an example.
    ///
    /// # Errors
    /// The budget is used up.
    pub fn possible(&self, budget: &mut Budget) -> Result<bool, Exhausted> {
        let mut space = Space::new(self.formulas.iter().copied());
        let demands = (self.demands)(&mut space);
        Ok(space.feasible(&demands, budget)? == Feasible::Yes)
    }

    /// Answers a question. With `sure`, formulas and [`confirm`](Question::confirm) are expected to
    /// agree.
    fn attempt(&self, asked: &Asked<'_>, domain: Domain, budget: &mut Budget, sure: bool) -> Result<Answer, Exhausted> {
        let mut space = Space::new(self.formulas.iter().copied());
        let demands = (self.demands)(&mut space);
        if space.feasible(&demands, budget)? != Feasible::Yes {
            return Ok(Answer::No);
        }
        // A call that the server would accept is the better example, too.
        let valid = if asked.schemas.is_empty() { Ok(Valid::Unknown) } else { self.valid(asked, budget, sure) };
        match (valid, domain) {
            (Ok(Valid::Call(witness)), _) => Ok(Answer::Yes(witness)),
            (Ok(Valid::Nothing), Domain::Valid) => Ok(Answer::No),
            (Ok(Valid::Unknown), Domain::Valid) if !asked.schemas.is_empty() => Err(Exhausted),
            (Err(Exhausted), Domain::Valid) => Err(Exhausted),
            (valid, _) => {
                let example = space.example(&demands, budget)?.ok_or(Exhausted)?;
                let valid = matches!(valid, Ok(Valid::Nothing)).then_some(false);
                self.confirmed(asked, example, valid, sure).map(Answer::Yes).ok_or(Exhausted)
            }
        }
    }

    /// Looks for an answer among the calls that satisfy one of the schemas.
    fn valid(&self, asked: &Asked<'_>, budget: &mut Budget, sure: bool) -> Result<Valid, Exhausted> {
        let mut places = BTreeSet::new();
        self.formulas.iter().for_each(|formula| super::reaches(formula, &mut places));
        let places: Vec<_> = places.into_iter().collect();
        let admitted = asked.schemas.iter().map(|schema| super::valid(schema, &places).formula).collect();
        let admitted = Formula::Or(admitted);
        let mut space = Space::new(self.formulas.iter().copied().chain([&admitted]));
        let mut demands = (self.demands)(&mut space);
        demands.push(space.holds(&admitted));
        let Some(example) = space.example(&demands, budget)? else { return Ok(Valid::Nothing) };
        let is_valid = Json::parse(&example.arguments)
            .is_ok_and(|arguments| asked.schemas.iter().any(|schema| schema.admits(arguments.root()) == Some(true)));
        let witness = if is_valid { self.confirmed(asked, example, Some(true), sure) } else { None };
        Ok(witness.map_or(Valid::Unknown, Valid::Call))
    }

    /// The example as a witness, if it is confirmed.
    fn confirmed(&self, asked: &Asked<'_>, example: Example, valid: Option<bool>, sure: bool) -> Option<Witness> {
        let witness = Witness {
            server: asked.server.map(str::to_owned),
            tool: asked.name.clone(),
            arguments: example.arguments,
            caller: example.caller,
            valid,
        };
        let confirmed = witness.with(|call| (self.confirm)(call)) == Some(true);
        let open = self.formulas.iter().any(|formula| formula.is_open());
        debug_assert!(confirmed || open || !sure, "the analysis and its check disagree about {}", witness.json());
        confirmed.then_some(witness)
    }
}
