//! Modules for OPA whose host counts. The test is the host: it keeps counts by the table of the module, hands in what is left, and counts
//! what OPA's own server answers. Sequences of calls over time are decided by both. `POLICYC_OPA` is the program; without it nothing is
//! tested, and that is said.

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fastrand::Rng;
use policyc_core::emit::{Request, find};
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::ir::ServerId;
use policyc_core::json::Json;
use policyc_core::sema::{Checked, NoFiles, Options, analyze};
use policyc_oracles::conformance::Tally;
use policyc_oracles::engines::{Running, pairs, program, wait};
use policyc_oracles::http::{ask, posted};
use serde_json::{Value, json};

/// Policies that one server has.
const POLICIES: usize = 50;
/// Calls of a sequence.
const CALLS: usize = 80;

/// OPA with some modules, each in a package with its number.
struct Server {
    _child: Running,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(program: &str, modules: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("modules");
        std::fs::create_dir(&place).unwrap();
        for (index, module) in modules.iter().enumerate() {
            let numbered = module.replacen("package policyc.p\n", &format!("package policyc.p{index}\n"), 1);
            assert_ne!(*module, numbered);
            std::fs::write(place.join(format!("p{index}.rego")), numbered).unwrap();
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let socket = folder.path().join("http");
        let mut child = Command::new(program)
            .args(["run", "--server", "--disable-telemetry", "--log-level=error"])
            .arg(format!("--addr=unix://{}", socket.display()))
            .arg(&place)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        wait(&mut child, &folder.path().join("log"), || UnixStream::connect(&socket).is_ok());
        Self { _child: Running(child), folder }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("http")
    }

    /// What a rule of a module is for each of some inputs.
    fn ask(&self, module: usize, rule: &str, inputs: &[String]) -> Vec<Answer> {
        let requests: Vec<String> = inputs
            .iter()
            .map(|input| posted(&format!("/v1/data/policyc/p{module}/{rule}"), &format!("{{\"input\": {input}}}"), ""))
            .collect();
        let answers = ask(&self.socket(), &requests).into_iter().map(|answer| {
            assert_eq!(answer.status, 200, "{}", answer.body);
            let mut value: Value = serde_json::from_str(&answer.body).unwrap();
            Answer { value: value["result"].take(), exact: Json::parse(&answer.body).unwrap() }
        });
        answers.collect()
    }
}

/// What a rule is: null where it is undefined.
struct Answer {
    value: Value,
    /// The same, with numbers as they were written.
    exact: Json,
}

impl Answer {
    /// A number in it, in units.
    fn units(&self, path: &[&str]) -> i128 {
        let found = path.iter().try_fold(self.exact.root().get("result").unwrap(), |value, key| value.get(key));
        units(&found.and_then(|value| value.as_number()).unwrap().to_string())
    }

    /// The names of the members of an object in it.
    fn names(&self, key: Option<&str>) -> Vec<String> {
        let object = key.map_or(Some(&self.value), |key| self.value.get(key));
        object.and_then(Value::as_object).map(|object| object.keys().cloned().collect()).unwrap_or_default()
    }

    fn verdict(&self) -> Verdict {
        match self.value["decision"].as_str() {
            Some("allow") => Verdict::Allow,
            Some("approval") => Verdict::Approval,
            _ => Verdict::Deny,
        }
    }
}

/// Digits behind the point that the host counts with.
const SCALE: usize = 18;

/// A number of JSON in units of `10^-SCALE`, exactly.
fn units(text: &str) -> i128 {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let places = usize::try_from(i64::try_from(SCALE).unwrap() + exponent.parse::<i64>().unwrap()).unwrap();
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(places).collect();
    assert!(fraction.len() <= places, "{text}");
    format!("{whole}{digits}").parse().unwrap()
}

/// A number of so many units as JSON.
fn number(units: i128) -> String {
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = SCALE + 1);
    let (whole, fraction) = digits.split_at(digits.len() - SCALE);
    let sign = if units < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

/// What a host does: it counts by the table, for each tool or total, for whoever shares a count, in windows of the clock.
#[derive(Default)]
struct Host(BTreeMap<(String, Option<String>, String, i64), i128>);

/// A call with its time and the grant that it comes under.
struct Timed {
    name: &'static str,
    arguments: String,
    caller: String,
    grant: Option<&'static str>,
    at: i64,
}

impl Timed {
    fn input(&self, left: Option<&str>) -> String {
        let left = left.map(|left| format!(", \"left\": {left}")).unwrap_or_default();
        format!(
            "{{\"name\": {}, \"arguments\": {}, \"caller\": {}{left}}}",
            json!(self.name),
            self.arguments,
            self.caller
        )
    }
}

impl Host {
    fn key(name: &str, row: &Value, call: &Timed) -> (String, Option<String>, String, i64) {
        let tool = (row["total"] == false).then(|| call.name.to_owned());
        let sharer = match row["per"].as_str().unwrap() {
            "server" => String::new(),
            "grant" => format!("{:?}", call.grant),
            claim => {
                let claims: Value = serde_json::from_str(&call.caller).unwrap();
                match &claims[claim.strip_prefix("caller.").unwrap()] {
                    Value::Null | Value::Array(_) | Value::Object(_) => "none".to_owned(),
                    Value::Number(claim) => format!("number {}", units(&claim.to_string())),
                    other => other.to_string(),
                }
            }
        };
        (name.to_owned(), tool, sharer, call.at.div_euclid(row["window"].as_i64().unwrap()))
    }

    /// What is left of each counter of a call.
    fn left(&self, rows: &Answer, call: &Timed) -> BTreeMap<String, i128> {
        let names = rows.names(None).into_iter();
        names
            .map(|name| {
                let used = self.0.get(&Self::key(&name, &rows.value[&name], call)).copied().unwrap_or_default();
                let left = rows.units(&[&name, "max"]) - used;
                (name, left)
            })
            .collect()
    }

    /// Counts a call that is made.
    fn count(&mut self, rows: &Answer, call: &Timed, answer: &Answer) {
        for name in answer.names(Some("charges")) {
            let charge = answer.units(&["charges", &name]);
            *self.0.entry(Self::key(&name, &rows.value[&name], call)).or_default() += charge;
        }
    }
}

fn written(left: &BTreeMap<String, i128>) -> String {
    let members: Vec<String> = left.iter().map(|(name, left)| format!("{}: {}", json!(name), number(*left))).collect();
    format!("{{{}}}", members.join(", "))
}

struct Generator(Rng);

/// The last is known to no policy.
const TOOLS: [&str; 4] = ["alpha", "beta", "gamma.2", "delta"];
/// Sums at the limits of doubles and of 64 bits, where arithmetic that rounds errs.
const SUMS: [&str; 7] = ["1", "0.3", "100.01", "9007199254740993", "18446744073709551616", "0", "2.5"];
const AMOUNTS: [&str; 22] = [
    "",
    "null",
    "\"1\"",
    "true",
    "-1",
    "-0",
    "0",
    "0.1",
    "0.2",
    "1e-1",
    "0.000000000000000001",
    "0.299999999999999999",
    "1",
    "1.0",
    "1E0",
    "100",
    "0.01",
    "9007199254740992",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "[1]",
];
const STEPS: [i64; 14] = [0, 0, 0, 0, 0, 1, 1, 4, 29, 59, 60, 61, 3_600, 86_399];

impl Generator {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.0.usize(..from.len())]
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.0.u32(..many) == 0
    }

    /// A policy with limits; perhaps one with errors, such as two counters of one name.
    fn policy(&mut self) -> String {
        let mut out = if self.one_in(3) { "allow *;\n" } else { "deny *;\n" }.to_owned();
        for tool in &TOOLS[..3] {
            match self.0.u32(..5) {
                0 => out.push_str(&format!("allow {tool};\n")),
                1 => out.push_str(&format!("allow {tool} when {};\n", self.condition())),
                2 => out.push_str(&format!("require approval for {tool} when {};\n", self.condition())),
                _ => {}
            }
        }
        for index in 0..self.0.usize(1..5) {
            out.push_str(&self.limit(index));
        }
        out
    }

    fn limit(&mut self, index: usize) -> String {
        let is_total = self.one_in(3);
        let tools = match self.0.u32(..6) {
            0 => "*".to_owned(),
            1 => format!("{}, {}", TOOLS[0], TOOLS[2]),
            2 => format!("{}, {}", TOOLS[0], TOOLS[1]),
            _ => self.pick(&TOOLS[..3]).to_owned(),
        };
        let is_sum = self.one_in(3);
        let (most, of) = match is_sum {
            true => (
                self.pick(&SUMS).to_owned(),
                self.pick(&[" of args.n", " of args.o.k", " of args.l[0]", " of caller.quota"]),
            ),
            false => (self.0.u32(..5).to_string(), ""),
        };
        let window = self.pick(&["s", "5s", "min", "90s", "hour", "day"]);
        let scope = self.pick(&["", " per grant", " per server", " per caller.team"]);
        let when = if self.one_in(3) { format!(" when {}", self.condition()) } else { String::new() };
        let needs_name = is_total && (is_sum || tools != "*");
        let name = if needs_name || self.one_in(3) { format!(" as \"c{index}\"") } else { String::new() };
        let because = if self.one_in(4) { " because \"Enough.\"" } else { "" };
        let total = if is_total { "total " } else { "" };
        format!("limit {total}{tools} {most}/{window}{of}{scope}{when}{name}{because};\n")
    }

    fn condition(&mut self) -> &'static str {
        self.pick(&[
            "args.s == \"x\"",
            "args.n > 0",
            "has args.o and args.s != \"y\"",
            "args.n > 0 or args.s == \"x\"",
            "not has args.n",
        ])
    }

    fn call(&mut self, at: i64) -> Timed {
        let member = |key: &str, value: &str| (!value.is_empty()).then(|| format!("{}: {value}", json!(key)));
        let object = |members: &[Option<String>]| {
            format!("{{{}}}", members.iter().flatten().cloned().collect::<Vec<_>>().join(", "))
        };
        let (n, k, first) = (self.pick(&AMOUNTS), self.pick(&AMOUNTS), self.pick(&AMOUNTS));
        let inner = if self.one_in(4) { String::new() } else { object(&[member("k", k)]) };
        let list = if self.one_in(4) { String::new() } else { format!("[{first}]") };
        let arguments = object(&[
            member("n", n),
            member("o", &inner),
            member("l", &list),
            member("s", self.pick(&["", "\"x\"", "\"y\"", "5"])),
        ]);
        let team = self.pick(&["", "null", "[]", "{}", "\"a\"", "\"1\"", "1", "1.0", "10e-1", "true"]);
        let caller = object(&[member("team", team), member("quota", self.pick(&AMOUNTS))]);
        Timed { name: self.pick(&TOOLS), arguments, caller, grant: self.pick(&[None, Some("a"), Some("b")]), at }
    }

    /// The time of the next call: often the same, else at an edge of windows.
    fn later(&mut self, at: i64) -> i64 {
        if self.one_in(6) {
            let window = self.pick(&[5, 60, 90, 3_600, 86_400]);
            return (at.div_euclid(window) + 1) * window - i64::from(self.0.bool());
        }
        at + self.pick(&STEPS)
    }
}

fn module(text: &str) -> Option<(Checked, String)> {
    let checked = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles).checked?;
    let target = find("opa").unwrap();
    let settings = target.settings_of_examples();
    let emission = target.make(&Request::new(&checked.policies()[0], ServerId(0), &settings));
    let errors: Vec<_> = emission.diagnostics.iter().filter(|found| found.is_error()).collect();
    let artefact = emission.artefact.unwrap_or_else(|| panic!("{text}\n{errors:?}"));
    Some((checked, artefact.text))
}

/// Whatever the host hands in wrongly for a counter that counts the call, the call is denied.
fn wrong_counts_deny(
    server: &Server,
    module: usize,
    call: &Timed,
    left: &BTreeMap<String, i128>,
    (rows, answer): (&Answer, &Answer),
) {
    let mut inputs = Vec::new();
    for name in answer.names(Some("charges")) {
        let over = number(rows.units(&[&name, "max"]) + 1);
        for wrong in ["", "null", "\"1000\"", "true", "-1", "-0.000000000000000001", "{}", "[5]", over.as_str()] {
            let members = left.iter().filter(|(other, _)| **other != name).map(|(name, left)| (name, number(*left)));
            let members = members.chain((!wrong.is_empty()).then(|| (&name, wrong.to_owned())));
            let members: Vec<String> = members.map(|(name, left)| format!("{}: {left}", json!(name))).collect();
            inputs.push(call.input(Some(&format!("{{{}}}", members.join(", ")))));
        }
        inputs.extend([None, Some("null"), Some("[]"), Some("1000"), Some("{}")].map(|left| call.input(left)));
    }
    for (input, answer) in inputs.iter().zip(server.ask(module, "verdict", &inputs)) {
        assert_eq!(answer.verdict(), Verdict::Deny, "{input}");
    }
}

/// Plays a sequence of calls. How many were denied by a limit.
fn play(
    (server, index): (&Server, usize),
    (text, checked): (&str, &Checked),
    generator: &mut Generator,
    tally: &mut Tally,
) -> usize {
    let mut evaluator = Evaluator::new(&checked.policies()[0]);
    let mut host = Host::default();
    let mut at = generator.0.i64(-100_000..2_000_000_000);
    let mut limited = 0;
    for step in 0..CALLS {
        at = generator.later(at);
        let timed = generator.call(at);
        let rows = server.ask(index, "counters", &[timed.input(None)]).remove(0);
        let left = host.left(&rows, &timed);
        let answer = server.ask(index, "verdict", &[timed.input(Some(&written(&left)))]).remove(0);
        let (arguments, caller) = (Json::parse(&timed.arguments).unwrap(), Json::parse(&timed.caller).unwrap());
        let mut call = Call {
            server: None,
            name: timed.name,
            arguments: arguments.root(),
            caller: Some(caller.root()),
            grant: timed.grant,
            at,
            approved: false,
        };
        let decision = evaluator.call(&call);
        let about = || format!("call {step} at {at}: {}\n{} {left:?}\n{text}", timed.input(None), answer.value);
        assert_eq!(answer.verdict(), decision.verdict, "{} {}\n{}", decision.rule(), decision.reason(), about());
        // Limits are named, with the reason, but for those of tools that the policy does not name.
        let is_of_limit = rows.value.get(text_of(&answer, "rule")).is_some();
        limited += usize::from(is_of_limit);
        if is_of_limit && checked.policies()[0].find_tool(ServerId(0), timed.name).is_some() {
            let told = (decision.rule(), decision.reason());
            assert_eq!((&*told.0, &*told.1), (text_of(&answer, "rule"), text_of(&answer, "reason")), "{}", about());
        }
        tally.pairs += 1;
        if decision.verdict == Verdict::Approval && generator.0.bool() {
            // A person says yes, and nothing has been counted meanwhile: the call is made.
            call.approved = true;
            assert_eq!(evaluator.call(&call).verdict, Verdict::Allow, "{}", about());
            host.count(&rows, &timed, &answer);
        } else if decision.verdict == Verdict::Allow {
            host.count(&rows, &timed, &answer);
            if step % 16 == 0 {
                wrong_counts_deny(server, index, &timed, &left, (&rows, &answer));
            }
        }
    }
    limited
}

fn text_of<'a>(answer: &'a Answer, key: &str) -> &'a str {
    answer.value[key].as_str().unwrap_or_default()
}

/// Modules with limits are laid out as OPA's formatter does, and its checker has nothing to say.
#[test]
fn modules_are_formatted() {
    let Some(opa) = program("POLICYC_OPA", "OPA") else { return };
    let mut generator = Generator(Rng::with_seed(6));
    let folder = tempfile::tempdir().unwrap();
    let mut written = 0;
    while written < 30 {
        let Some((_, module)) = module(&generator.policy()) else { continue };
        let numbered = module.replacen("package policyc.p\n", &format!("package policyc.p{written}\n"), 1);
        std::fs::write(folder.path().join(format!("p{written}.rego")), numbered).unwrap();
        written += 1;
    }
    let run = |arguments: &[&str]| {
        let output = Command::new(&opa).args(arguments).arg(folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    };
    assert_eq!(run(&["fmt", "--diff"]), (true, String::new()));
    assert_eq!(run(&["check", "--strict"]), (true, String::new()));
}

#[test]
fn hosts_that_count_decide_as_the_evaluator_does() {
    let Some(opa) = program("POLICYC_OPA", "OPA") else { return };
    let mut generator = Generator(Rng::with_seed(5));
    let mut tally = Tally::default();
    let wanted = pairs(20_000);
    let mut limited = 0;
    while tally.pairs < wanted {
        let mut cases = Vec::new();
        while cases.len() < POLICIES {
            let text = generator.policy();
            cases.extend(module(&text).map(|(checked, module)| (text, checked, module)));
        }
        let modules: Vec<String> = cases.iter().map(|(_, _, module)| module.clone()).collect();
        let server = Server::start(&opa, &modules);
        for (index, (text, checked, _)) in cases.iter().enumerate() {
            tally.policies += 1;
            limited += play((&server, index), (text, checked), &mut generator, &mut tally);
        }
    }
    tally.record("opa", "OPA 0.70.0, host that counts");
    assert!(limited > tally.pairs / 20, "only {limited} of {} calls met a limit", tally.pairs);
}
