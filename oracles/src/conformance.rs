//! Random policies and calls for the engines of targets, and what came of them.
//!
//! The same seed gives the same policies. Calls have values that gateways get wrong: missing, null and mistyped ones, numbers
//! around the literals of the policy and at the limits of doubles, strings that look like other values.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use fastrand::Rng;
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::json::{Json, json_quote};
use policyc_core::sema::{Checked, NoFiles, Options, analyze};

/// What policies may have beside conditions on arguments that are strings, numbers and Booleans.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    /// `require approval`.
    pub approval: bool,
    /// Claims of the caller.
    pub claims: bool,
    /// `every`, `some`, `[*]`, `contains`, `length`, nested paths.
    pub nested: bool,
    /// Conditions at all.
    pub conditions: bool,
    /// Numbers beyond doubles, as literals and in calls.
    pub exact: bool,
    /// Numbers beyond doubles in calls only.
    pub exact_values: bool,
    /// Members of objects, and `contains`, where `nested` is too much.
    pub objects: bool,
}

impl Shape {
    /// Everything.
    pub const ALL: Self = Self {
        approval: true,
        claims: true,
        nested: true,
        conditions: true,
        exact: true,
        exact_values: false,
        objects: false,
    };
}

/// A policy with calls.
pub struct Case {
    /// Its text.
    pub text: String,
    /// The policy.
    pub checked: Checked,
    /// The calls, each with what the evaluator says.
    pub calls: Vec<Sample>,
}

/// A call.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The tool.
    pub name: String,
    /// The arguments, a JSON object.
    pub arguments: String,
    /// The claims of the caller, a JSON object, if anything is known of the caller.
    pub caller: Option<String>,
    /// What the evaluator says.
    pub verdict: Verdict,
}

impl Sample {
    /// A call of a tool without arguments, of nobody that is known.
    #[must_use]
    pub fn of(case: &Case, tool: &str) -> Self {
        let (name, arguments) = (tool.to_owned(), "{}".to_owned());
        Self { verdict: decide(&case.checked, &name, &arguments, None), name, arguments, caller: None }
    }
}

/// The tools; the last is known to no policy.
pub const TOOLS: [&str; 4] = ["alpha", "beta", "gamma.2", "delta"];
const NUMBERS: [&str; 8] = ["0", "5", "-1.5", "0.1", "50000", "7", "1000000", "0.30000000000000004"];
const EXACT: [&str; 4] = ["9007199254740993", "1e400", "0.1000000000000000000001", "123456789012345678901234567890"];
const STRINGS: [&str; 12] =
    ["main", "5", "true", "null", "", "a/b", "feat/x", "é", "\u{1f600}", "a\"b\\c", "x\ny", "prod:\u{feff}db"];
/// Values of calls, as JSON; nothing for a missing one.
const VALUES: [&str; 18] = [
    "",
    "",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "5",
    "5e0",
    "5.0",
    "9007199254740992",
    "9007199254740994",
    "0.1",
    "[]",
    "{}",
    "\"\"",
    "[5]",
    "{\"k\": 5}",
];
/// Numbers that are no doubles.
const EXACT_VALUES: [&str; 7] =
    ["4.999999999999999999999", "1e400", "10e399", "-1e400", "1e-400", "9007199254740993", "0.1000000000000000000001"];

/// Makes policies and calls.
pub struct Generator {
    rng: Rng,
    shape: Shape,
}

impl Generator {
    /// Policies of a shape.
    #[must_use]
    pub fn new(seed: u64, shape: Shape) -> Self {
        Self { rng: Rng::with_seed(seed), shape }
    }

    /// The next policy, with so many calls.
    ///
    /// # Panics
    /// It has made a policy with errors, which is a mistake here.
    pub fn case(&mut self, calls: usize) -> Case {
        let text = self.policy();
        let analysis = analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &NoFiles);
        let found = analysis.diagnostics;
        let checked = analysis.checked.unwrap_or_else(|| panic!("{text}\n{found:?}"));
        let literals = literals(&text);
        let samples = (0..calls).map(|_| {
            let name = self.pick(&TOOLS).to_owned();
            let arguments = self.arguments(&literals);
            let caller = (self.shape.claims && self.rng.bool()).then(|| self.caller());
            let verdict = decide(&checked, &name, &arguments, caller.as_deref());
            Sample { name, arguments, caller, verdict }
        });
        let calls = samples.collect();
        Case { text, checked, calls }
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.rng.usize(..from.len())]
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.rng.u32(..many) == 0
    }

    fn policy(&mut self) -> String {
        let mut out = format!("{}\n", if self.one_in(4) { "allow *;" } else { "deny *;" });
        // Each tool is opened by something, so that more calls get as far as the conditions.
        for tool in &TOOLS[..3] {
            if self.rng.u32(..5) > 0 {
                out.push_str(&format!("allow {tool}{};\n", self.guard()));
            }
        }
        for _ in 0..self.rng.usize(1..4) {
            let (tool, guard) = (self.pick(&TOOLS[..3]), self.guard());
            let statement = match self.rng.u32(..10) {
                0..4 => format!("deny {tool}{guard};"),
                4..7 if self.shape.conditions => format!("require {} for {tool};", self.condition(2)),
                7 if self.shape.approval => format!("require approval for {tool}{guard};"),
                8 if self.shape.conditions => format!("deny * when {};", self.condition(1)),
                9 => format!("hide {tool};"),
                _ => format!("allow {tool}{guard} ;"),
            };
            out.push_str(&statement);
            out.push('\n');
        }
        out
    }

    fn guard(&mut self) -> String {
        match self.rng.u32(..4) {
            _ if !self.shape.conditions => String::new(),
            0 => String::new(),
            1 => format!(" unless {}", self.condition(2)),
            _ => format!(" when {}", self.condition(2)),
        }
    }

    fn condition(&mut self, depth: u32) -> String {
        if depth == 0 || self.rng.bool() {
            return self.atom();
        }
        let (left, right) = (self.condition(depth - 1), self.condition(depth - 1));
        match self.rng.u32(..5) {
            0 | 1 => format!("({left} and {right})"),
            2 | 3 => format!("({left} or {right})"),
            _ => format!("not ({left})"),
        }
    }

    fn atom(&mut self) -> String {
        if self.shape.nested && self.one_in(3) {
            return self.nested();
        }
        if self.shape.objects && self.one_in(5) {
            return format!("args.o.k {}", self.test());
        }
        let path = match self.rng.u32(..8) {
            0 if self.shape.claims => "caller.role",
            1 => "args.\"odd key\"",
            2..5 => "args.n",
            _ => "args.s",
        };
        format!("{path} {}", self.test())
    }

    fn test(&mut self) -> String {
        match self.rng.u32(..9) {
            0 => format!("{} {}", self.pick(&["<", "<=", ">", ">="]), self.number()),
            1 => format!("== {}", self.literal()),
            2 => format!("!= {}", self.literal()),
            3 => format!("in [{}, {}]", self.literal(), self.literal()),
            4 => format!("not in [{}, {}]", self.literal(), self.literal()),
            5 => format!(
                "like {}",
                self.pick(&["\"feat/*\"", "\"*/b\"", "\"*a*\"", "\"m*n\"", "\"main\"", "[\"*5\", \"prod:*\"]"])
            ),
            6 => {
                let patterns = [
                    "\"[a-z]+\"",
                    "\"main|5\"",
                    "\".*\"",
                    "\"a.b\"",
                    "[\"5\", \"[^a]*\"]",
                    "\"(?i)MAIN\"",
                    "\"\\\\w+\"",
                ];
                format!("matches {}", self.pick(&patterns))
            }
            7 if self.shape.nested => format!("contains {}", self.literal()),
            7 if self.shape.objects => format!("contains {}", json_quote(self.pick(&STRINGS))),
            _ => format!("!= {}", self.literal()),
        }
    }

    fn nested(&mut self) -> String {
        if self.one_in(4) {
            return format!(
                "length({}) {} {}",
                self.pick(&["args.s", "args.l"]),
                self.pick(&["<=", "==", ">"]),
                self.rng.u32(..3)
            );
        }
        if self.one_in(4) {
            return format!("{} {}", self.pick(&["args.o.k", "args.l[0]", "args.l[1].k"]), self.test());
        }
        let word = self.pick(&["every", "some"]);
        let path = self.pick(&["args.l", "args.l[*].k", "args.l[*].k[*]", "args.o.k[*]"]);
        let test = match self.test() {
            test if test.starts_with("contains") && path.ends_with("[*].k[*]") => "== 5".to_owned(),
            test => test,
        };
        format!("{word} {path} {test}")
    }

    fn number(&mut self) -> &'static str {
        if self.shape.exact && self.one_in(5) { self.pick(&EXACT) } else { self.pick(&NUMBERS) }
    }

    fn literal(&mut self) -> String {
        match self.rng.u32(..8) {
            0 => "null".to_owned(),
            1 => self.pick(&["true", "false"]).to_owned(),
            2..5 => self.number().to_owned(),
            _ => json_quote(self.pick(&STRINGS)),
        }
    }

    /// A value: of the pool, or one of the policy's own literals; empty for none.
    fn value(&mut self, literals: &[String]) -> String {
        match self.rng.u32(..4) {
            0 if (self.shape.exact || self.shape.exact_values) && self.rng.bool() => {
                self.pick(&EXACT_VALUES).to_owned()
            }
            0 => self.pick(&VALUES).to_owned(),
            1 => json_quote(self.pick(&STRINGS)),
            _ if literals.is_empty() => String::new(),
            _ => literals[self.rng.usize(..literals.len())].clone(),
        }
    }

    fn array(&mut self, literals: &[String]) -> String {
        let element = |this: &mut Self| match this.rng.u32(..4) {
            0 => object(&[("k", this.value(literals))]),
            1 => {
                let inner: Vec<String> =
                    (0..2).map(|_| this.value(literals)).filter(|value| !value.is_empty()).collect();
                object(&[("k", format!("[{}]", inner.join(", ")))])
            }
            _ => this.value(literals),
        };
        let elements: Vec<String> =
            (0..self.rng.usize(..3)).map(|_| element(self)).filter(|value| !value.is_empty()).collect();
        format!("[{}]", elements.join(", "))
    }

    fn arguments(&mut self, literals: &[String]) -> String {
        let list = if self.one_in(4) { self.value(literals) } else { self.array(literals) };
        let inner = if self.one_in(3) { self.array(literals) } else { self.value(literals) };
        let nested = if self.one_in(4) { self.value(literals) } else { object(&[("k", inner)]) };
        object(&[
            ("n", self.value(literals)),
            ("s", self.value(literals)),
            ("odd key", self.value(literals)),
            ("l", list),
            ("o", nested),
        ])
    }

    fn caller(&mut self) -> String {
        let role = self.value(&[]);
        object(&[("role", role)])
    }
}

/// An object of members; those with an empty value are left out.
fn object(members: &[(&str, String)]) -> String {
    let members = members.iter().filter(|(_, value)| !value.is_empty());
    let members: Vec<String> = members.map(|(key, value)| format!("{}: {value}", json_quote(key))).collect();
    format!("{{{}}}", members.join(", "))
}

/// The literals of a text as JSON, each number also one larger and smaller.
fn literals(text: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find(|char: char| char == '"' || char.is_ascii_digit()) {
        rest = &rest[at..];
        if rest.starts_with('"') {
            let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
            // Not an escape: only whole strings of JSON are taken.
            if Json::parse(&rest[..end]).is_ok() {
                found.insert(rest[..end].to_owned());
            }
            rest = &rest[end..];
        } else {
            let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(rest.len());
            let number = rest[..end].trim_end_matches('.');
            found.insert(number.to_owned());
            if let Ok(whole) = number.parse::<u64>() {
                found.insert((whole + 1).to_string());
                found.insert(format!("-{number}"));
                found.insert(format!("{number}.5"));
                found.insert(format!("\"{number}\""));
            }
            rest = &rest[end..];
        }
    }
    found.into_iter().filter(|text| Json::parse(text).is_ok()).collect()
}

/// What the evaluator says of a call.
///
/// # Panics
/// Arguments or claims are no JSON.
#[must_use]
pub fn decide(checked: &Checked, name: &str, arguments: &str, caller: Option<&str>) -> Verdict {
    let arguments = Json::parse(arguments).unwrap_or_else(|error| panic!("{arguments}: {error:?}"));
    let caller = caller.map(|caller| Json::parse(caller).expect("claims"));
    let call = Call {
        server: None,
        name,
        arguments: arguments.root(),
        caller: caller.as_ref().map(Json::root),
        grant: None,
        at: 0,
        approved: false,
    };
    Evaluator::new(&checked.policies()[0]).decide(&call).verdict
}

/// What came of comparing an engine with the evaluator.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Policies that were compiled.
    pub policies: usize,
    /// Policies that the target refuses.
    pub refused: usize,
    /// Pairs of a policy and a call.
    pub pairs: usize,
    /// The engine decides otherwise, and more strictly.
    pub stricter: usize,
    /// The engine lets something pass, or asks, that the policy refuses.
    pub weaker: usize,
}

impl Tally {
    /// Adds an answer.
    ///
    /// # Panics
    /// The engine is weaker than the policy: says by which call.
    pub fn add(&mut self, case: &Case, document: &str, sample: &Sample, engine: Verdict) {
        self.pairs += 1;
        self.stricter += usize::from(engine > sample.verdict);
        self.weaker += usize::from(engine < sample.verdict);
        assert!(engine >= sample.verdict, "{sample:?}: the engine says {engine:?}\n{}\n{document}", case.text);
    }
}

impl Tally {
    /// Prints what came of it, and with `UPDATE_PAGES` writes it into the table of `docs/conformance.md`.
    ///
    /// # Panics
    /// The page has no row for the target and its engine.
    pub fn record(&self, target: &str, engine: &str) {
        println!("{target}, {engine}: {self}");
        if std::env::var_os("UPDATE_PAGES").is_none() {
            return;
        }
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
        let text = std::fs::read_to_string(&page).expect("the page");
        let start = format!("| `{target}` | {engine} |");
        assert!(text.contains(&start), "a row for {start}");
        let Self { policies, refused, pairs, stricter, weaker } = self;
        let row = format!(
            "{start} {policies} | {refused} | {pairs} | {} | {stricter} | {weaker} |",
            pairs - stricter - weaker
        );
        let lines = text.lines().map(|line| if line.starts_with(&start) { &row } else { line });
        let lines: Vec<&str> = lines.collect();
        std::fs::write(page, lines.join("\n") + "\n").expect("the page");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policies, refused, pairs, stricter, weaker } = self;
        let equal = pairs - stricter - weaker;
        write!(
            out,
            "{policies} policies ({refused} refused), {pairs} pairs: {equal} equal, {stricter} stricter, {weaker} weaker"
        )
    }
}
