//! What a target can hold of the language, found by trying: each construct has an example, and what
//! becomes of the example is the answer. So no table can say what the compiler does not do.

use std::path::Path;

use super::{Emission, Request, Settings, Target, TargetOption};
use crate::diagnostics::{Diagnostic, Severity, codes};
use crate::disk::Unreadable;
use crate::ir::ServerId;
use crate::sema::{Loader, Options, analyze};

/// Something of the language that a target may be able to hold.
#[derive(Debug, Clone, Copy)]
pub struct Construct {
    /// As tables name it, in Markdown.
    pub name: &'static str,
    /// A policy that needs it and nothing else that is hard.
    pub example: &'static str,
}

/// How a target holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// As it is written.
    Yes,
    /// Some calls that the policy allows are denied.
    Stricter,
    /// What a person could approve is denied.
    AsDenial,
    /// Not at all.
    No,
}

/// How a target holds a construct, and whether it has to know the types of arguments for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// How.
    pub holds: Holds,
    /// Whether only with a catalogue.
    pub needs_catalogue: bool,
}

impl Held {
    /// As tables say it.
    #[must_use]
    pub fn words(self) -> String {
        let suffix = if self.needs_catalogue { " (typed)" } else { "" };
        format!("{}{suffix}", self.holds.words())
    }
}

impl Holds {
    /// As tables say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Stricter => "stricter",
            Self::AsDenial => "as a denial",
            Self::No => "no",
        }
    }

    /// What came of an attempt.
    #[must_use]
    pub fn of(emission: &Emission) -> Self {
        let has = |is: &dyn Fn(&Diagnostic) -> bool| emission.diagnostics.iter().any(is);
        if emission.artefact.is_none() {
            Self::No
        } else if has(&|found| found.code == codes::APPROVAL_AS_DENIAL) {
            Self::AsDenial
        } else if has(&|found| found.severity == Severity::Warning) {
            Self::Stricter
        } else {
            Self::Yes
        }
    }
}

impl Construct {
    /// All that tables have, in their order.
    pub const ALL: &[Self] = &[
        of("`allow t`, `deny t`, `hide t`", "deny *; allow a; hide b; deny c because \"No.\";"),
        of("`allow t when` a bound, a value, a list", "deny *; allow t when args.n <= 5 and args.s in [\"x\", \"y\"];"),
        of("`require C for t`", "deny *; require args.n >= 1 for t;"),
        of("`deny t when` a bound or a value", "deny *; allow t; deny t when args.n > 5;"),
        of("`deny t when` a pattern", "deny *; allow t; deny t when args.s like \"x*\";"),
        of("`deny t when` two arguments", "deny *; allow t; deny t when args.a == \"x\" and args.b == \"y\";"),
        of("`unless`, `not`", "deny *; allow t unless args.s like \"x*\";"),
        of("`or` about one argument", "deny *; allow t when args.n <= 5 or args.n >= 10;"),
        of("`or` about two arguments", "deny *; allow t when args.a == \"x\" or args.b == \"y\";"),
        of("several `allow`s of a tool", "deny *; allow t when args.a == \"x\"; allow t when args.b == \"y\";"),
        of("`== true`", "deny *; allow t when args.flag == true;"),
        of("`has`", "deny *; allow t when has args.a;"),
        of("`== null`", "deny *; allow t when args.x == null;"),
        of("`like`, `matches`", "deny *; allow t when args.s like \"x*\" and args.r matches \"[a-z]+\";"),
        of("`like` with a list", "deny *; allow t when args.s like [\"x*\", \"y*\"];"),
        of("`contains`", "deny *; allow t when args.s contains \"x\";"),
        of("`length`", "deny *; allow t when length(args.s) <= 5;"),
        of("`every`, `some`", "deny *; allow t when every args.to like \"*@acme.com\";"),
        of("`[*]`", "deny *; allow t when every args.people[*].email like \"*@acme.com\";"),
        of("`args.a.b`", "deny *; allow t when args.o.b == \"x\";"),
        of("`args.a[0]`", "deny *; allow t when args.to[0] == \"x\";"),
        of("`args.\"a.b\"`", "deny *; allow t when args.\"a.b\" == \"x\";"),
        of("`caller.role`", "deny *; allow t when caller.role == \"admin\";"),
        of("a condition about tools that the policy does not name", "allow *; deny * when args.force == true;"),
        of("`limit t 30/min`", "deny *; limit t 30/min;"),
        of("`per server`", "deny *; limit t 30/min per server;"),
        of("`per caller.team`", "deny *; limit t 30/min per caller.team;"),
        of("windows like `5min`", "deny *; limit t 30/5min;"),
        of("`limit` with a condition", "deny *; allow t; limit t 30/min when args.n > 5;"),
        of("`of args.amount` (sums)", "deny *; limit t 30/min of args.amount;"),
        of("`limit total *`", "deny *; allow t, u; limit total * 30/min;"),
        of("`limit total` over some tools", "deny *; allow t, u, v; limit total t, u 30/min as \"both\";"),
        of("`require approval`", "deny *; require approval for t;"),
        of("`require approval` with a condition", "deny *; allow t; require approval for t when args.n > 5;"),
    ];
}

/// The catalogue of the examples: their tools, which all take the same arguments.
pub struct ExampleCatalogue;

impl Loader for ExampleCatalogue {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        const SCHEMA: &str = r#"{"type": "object", "properties": {
            "n": {"type": "integer"}, "amount": {"type": "integer"}, "x": {"type": ["string", "null"]},
            "s": {"type": "string"}, "r": {"type": "string"}, "a": {"type": "string"}, "b": {"type": "string"},
            "a.b": {"type": "string"}, "flag": {"type": "boolean"}, "force": {"type": "boolean"},
            "o": {"type": "object", "properties": {"b": {"type": "string"}}},
            "to": {"type": "array", "items": {"type": "string"}},
            "people": {"type": "array", "items": {"type": "object", "properties": {"email": {"type": "string"}}}}
        }}"#;
        let tools =
            ["a", "b", "c", "t", "u", "v"].map(|tool| format!("{{\"name\": \"{tool}\", \"inputSchema\": {SCHEMA}}}"));
        Ok(format!("{{\"tools\": [{}]}}", tools.join(", ")).into_bytes())
    }
}

const fn of(name: &'static str, example: &'static str) -> Construct {
    Construct { name, example }
}

impl Target {
    /// How it holds something: of servers of which nothing is known, or else of one with a catalogue.
    #[must_use]
    pub fn holds(&self, construct: &Construct) -> Held {
        let settings = self.settings_of_examples();
        let holds = self.makes(construct.example, &settings);
        if holds != Holds::No {
            return Held { holds, needs_catalogue: false };
        }
        let mut settings = settings;
        settings.remove(&TargetOption::ALIAS);
        let example = format!("server example from \"catalogue.json\";\n{}", construct.example);
        let holds = self.makes(&example, &settings);
        Held { holds, needs_catalogue: holds != Holds::No }
    }

    /// What becomes of an example.
    fn makes(&self, example: &str, settings: &Settings) -> Holds {
        let analysis =
            analyze("example.pol", Path::new("example.pol"), example, &Options::default(), &ExampleCatalogue);
        let policy = analysis.checked.as_ref().and_then(|checked| checked.policies().first());
        // Every example is a policy without errors; a test sees to it.
        policy.map_or(Holds::No, |policy| Holds::of(&self.make(&Request::new(policy, ServerId(0), settings))))
    }

    /// Something for each option that a document cannot be made without, or holds more with: examples declare no server, and
    /// nothing is said of where they are enforced.
    #[must_use]
    pub fn settings_of_examples(&self) -> Settings {
        let mut settings = Settings::default();
        let needed = [
            (TargetOption::ALIAS, "example"),
            (TargetOption::GATEWAY, "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/example-1"),
            (TargetOption::PROCESSES, "1"),
            (TargetOption::COUNTERS, "host"),
            (TargetOption::HOST, "http://127.0.0.1:3001/mcp"),
            (TargetOption::PARENT, "example"),
            (TargetOption::ISSUER, "https://issuer.example"),
            (TargetOption::RESOURCE, "https://mcp.example/mcp"),
            (TargetOption::REDIS, "redis://redis:6379/0"),
            (TargetOption::TEAMS, "1"),
        ];
        for (option, value) in needed {
            if self.options.iter().any(|own| own.name == option.name) {
                settings.set(&option, value);
            }
        }
        settings
    }
}
