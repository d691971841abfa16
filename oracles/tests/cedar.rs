//! Documents for gateways that decide by Cedar, decided by Cedar itself. `POLICYC_CEDAR` is a
//! Python that has it; without it nothing is tested, and that is said. What the gateways make of a
//! call before they ask Cedar is in `engines/cedar.py`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use fastrand::Rng;
use policyc_core::diagnostics::codes;
use policyc_core::disk::Unreadable;
use policyc_core::emit::{Request, Settings, TargetOption, find};
use policyc_core::eval::Verdict;
use policyc_core::ir::ServerId;
use policyc_core::sema::{Checked, Loader, NoFiles, Options, analyze};
use policyc_oracles::conformance::{Case, Generator, Sample, Shape, Tally, decide};
use policyc_oracles::engines::{pairs, program};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/shop-1";

/// Calls of each policy. Long runs have more, for most policies are refused by one of the gateways.
fn calls() -> usize {
    (pairs(8_000) / 12_500).max(16)
}

fn python() -> Option<String> {
    program("POLICYC_CEDAR", "Cedar")
}

fn document(target: &str, case: &Case) -> Option<String> {
    let mut settings = Settings::default();
    settings.set(&TargetOption::ALIAS, "shop");
    settings.set(&TargetOption::GATEWAY, ARN);
    let emission = find(target).unwrap().make(&Request::new(&case.checked.policies()[0], ServerId(0), &settings));
    let is_unproved = |code| code == codes::UNPROVED_ARTEFACT.name || code == codes::UNSOUND_ARTEFACT.name;
    let bad: Vec<_> = emission.diagnostics.iter().filter(|found| is_unproved(found.code.name)).collect();
    assert!(bad.is_empty(), "{}\n{bad:?}", case.text);
    emission.artefact.map(|artefact| artefact.text)
}

/// The lines that a Python program of `engines` prints for some lines of input, each a list of texts.
fn python_lines(program: &str, script: &str, input: String) -> Vec<Vec<String>> {
    let mut child = Command::new(program)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{script} failed");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Compares so many pairs.
fn compare(target: &str, tools: &Value, pairs: usize, mut next: impl FnMut() -> Case) -> Option<(Tally, [usize; 3])> {
    let program = python()?;
    let mut tally = Tally::default();
    let (mut asked, mut cases) = (String::new(), Vec::new());
    let mut count = 0;
    while count < pairs {
        let case = next();
        let Some(document) = document(target, &case) else {
            tally.refused += 1;
            continue;
        };
        let calls = case
            .calls
            .iter()
            .map(|call| json!({ "name": call.name, "arguments": call.arguments, "caller": call.caller }));
        let calls: Vec<Value> = calls.collect();
        let line =
            json!({ "target": target, "document": document, "tools": tools, "gateway_arn": ARN, "calls": calls });
        count += case.calls.len();
        asked.push_str(&format!("{line}\n"));
        cases.push((case, document));
    }
    tally.policies = cases.len();
    let lines = python_lines(&program, "cedar.py", asked);
    assert_eq!(lines.len(), cases.len());
    let mut seen = [0; 3];
    for ((case, document), decisions) in cases.iter().zip(&lines) {
        assert_eq!(decisions.len(), case.calls.len(), "{decisions:?}\n{}\n{document}", case.text);
        for (sample, decision) in case.calls.iter().zip(decisions) {
            let verdict = match decision.as_str() {
                "allow" => Verdict::Allow,
                "ask" => Verdict::Approval,
                "deny" => Verdict::Deny,
                other => panic!("{other}\n{}\n{document}", case.text),
            };
            seen[verdict as usize] += 1;
            tally.add(case, document, sample, verdict);
        }
    }
    println!("{target}: {tally}; allow, ask, deny {seen:?}");
    Some((tally, seen))
}

#[test]
fn docker_is_never_weaker() {
    let mut generator = Generator::new(1, Shape { claims: false, ..Shape::ALL });
    let Some((tally, seen)) = compare("docker", &Value::Null, pairs(8_000), || generator.case(calls())) else { return };
    tally.record("docker", "cedarpy 4.12.2");
    assert_eq!(tally.weaker, 0, "{tally}");
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn toolhive_is_never_weaker() {
    let mut generator = Generator::new(2, Shape { nested: false, exact: false, ..Shape::ALL });
    let Some((tally, seen)) = compare("toolhive", &Value::Null, pairs(8_000), || generator.case(calls())) else {
        return;
    };
    tally.record("toolhive", "cedarpy 4.12.2");
    assert_eq!(tally.weaker, 0, "{tally}");
    assert!(seen[0] > 100, "{seen:?}");
}

/// Numbers at the edges of the decimals of ToolHive.
#[test]
fn toolhive_numbers_at_the_edges() {
    let policies = [
        "deny *; allow alpha when args.n <= 50;",
        "deny *; allow alpha when args.n < 50.5;",
        "deny *; allow alpha when args.n >= -1;",
        "deny *; allow alpha; deny alpha when args.n > 50;",
        "deny *; allow alpha; deny alpha when args.n < 0;",
        "deny *; allow alpha when args.n != 5;",
        "deny *; allow alpha; deny alpha when args.n in [5, 0.1];",
    ];
    let numbers = [
        "50",
        "50.00004",
        "50.0001",
        "50.4999",
        "50.49999",
        "50.5",
        "5e1",
        "5",
        "5.00001",
        "4.99999",
        "0",
        "-0",
        "-0.00001",
        "0.1",
        "0.10001",
        "0.09999",
        "-1",
        "-1.00001",
        "922337203685477.5",
        "922337203685477.625",
        "922337203685477.7",
        "1e300",
        "-1e300",
        "-922337203685477.5",
        "-922337203685477.625",
        "-922337203685478",
        "9007199254740993",
        "\"5\"",
        "null",
        "[5]",
        "{\"a\": 5}",
        "true",
    ];
    let mut left = policies.iter();
    let next = || {
        let text = *left.next().unwrap();
        let checked = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles).checked.unwrap();
        let calls =
            numbers.iter().map(|number| sample(&checked, "alpha", format!("{{\"n\": {number}}}"), None)).collect();
        Case { text: text.to_owned(), checked, calls }
    };
    let Some((tally, _)) = compare("toolhive", &Value::Null, policies.len() * numbers.len(), next) else { return };
    assert_eq!(tally.weaker, 0, "{tally}");
}

fn sample(checked: &Checked, name: &str, arguments: String, caller: Option<String>) -> Sample {
    let verdict = decide(checked, name, &arguments, caller.as_deref());
    Sample { name: name.to_owned(), arguments, caller, verdict }
}

/// The catalogue of the typed policies.
fn tools() -> Value {
    let properties = json!({
        "s": {"type": "string"}, "t": {"type": "string", "format": "uri"}, "n": {"type": "integer"}, "d": {"type": "number"},
        "b": {"type": "boolean"}, "l": {"type": "array", "items": {"type": "string"}},
        "m": {"type": "array", "items": {"type": "integer"}},
        "o": {"type": "object", "properties": {"k": {"type": "string"}, "n": {"type": "integer"}}},
    });
    let tool = |name: &str, required: Value| json!({ "name": name, "inputSchema": {"type": "object", "properties": properties, "required": required} });
    json!([tool("alpha", json!([])), tool("beta", json!(["s", "n"])), tool("gamma", json!(["d"]))])
}

struct Catalogue(Vec<u8>);

impl Loader for Catalogue {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(self.0.clone())
    }
}

/// Policies whose tests fit the types of the catalogue.
struct Typed {
    rng: Rng,
    catalogue: Catalogue,
}

impl Typed {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.rng.usize(..from.len())]
    }

    fn atom(&mut self) -> String {
        let text =
            |this: &mut Self| this.pick(&["\"main\"", "\"5\"", "\"a*b\\\\c\"", "\"\"", "\"é\u{1f600}\"", "\"feat/x\""]);
        let whole = |this: &mut Self| this.pick(&["0", "5", "-7", "50000", "9007199254740993"]);
        let number = |this: &mut Self| this.pick(&["0", "0.5", "-0.25", "50", "1.0001"]);
        match self.rng.u32(..16) {
            0 => format!("caller.role {} {}", self.pick(&["==", "!="]), text(self)),
            1..4 => {
                let path = self.pick(&["args.s", "args.t", "args.o.k"]);
                format!("{path} {} {}", self.pick(&["==", "!="]), text(self))
            }
            4 => format!("args.s {} [{}, {}]", self.pick(&["in", "not in"]), text(self), text(self)),
            5 => format!(
                "args.{} like {}",
                self.pick(&["s", "o.k"]),
                self.pick(&["\"feat/*\"", "\"*a\\\\**\"", "[\"m*\", \"*5\"]"])
            ),
            6 => format!("args.s contains {}", text(self)),
            7 | 8 => {
                let path = self.pick(&["args.n", "args.o.n"]);
                format!("{path} {} {}", self.pick(&["==", "!=", "<", "<=", ">", ">="]), whole(self))
            }
            9 => format!("args.n {} [{}, {}]", self.pick(&["in", "not in"]), whole(self), whole(self)),
            10 | 11 => format!("args.d {} {}", self.pick(&["<", "<=", ">", ">=", "!="]), number(self)),
            12 => format!("args.b {} {}", self.pick(&["==", "!="]), self.pick(&["true", "false"])),
            13 => format!("has {}", self.pick(&["args.s", "args.o.k", "args.l"])),
            14 => {
                let word = self.pick(&["every", "some"]);
                format!("{word} args.l {} [{}, {}]", self.pick(&["in", "not in"]), text(self), text(self))
            }
            _ => format!("{} args.m {} {}", self.pick(&["every", "some"]), self.pick(&["==", "!="]), whole(self)),
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

    fn case(&mut self) -> Case {
        let mut text = "server shop from \"shop.json\";\n".to_owned();
        text.push_str(if self.rng.u32(..6) == 0 { "allow *;\n" } else { "deny *;\n" });
        for tool in ["alpha", "beta", "gamma"] {
            text.push_str(&match self.rng.u32(..4) {
                0 => format!("allow {tool};\n"),
                _ => format!("allow {tool} when {};\n", self.condition(2)),
            });
        }
        for _ in 0..self.rng.usize(1..4) {
            let (tool, condition) = (self.pick(&["alpha", "beta", "gamma"]), self.condition(2));
            text.push_str(&match self.rng.u32(..8) {
                0..4 => format!("deny {tool} when {condition};\n"),
                4..6 => format!("require {condition} for {tool};\n"),
                6 => format!("require approval for {tool} when {condition};\n"),
                _ => format!("hide {tool};\n"),
            });
        }
        let analysis = analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &self.catalogue);
        let checked = analysis.checked.unwrap_or_else(|| panic!("{text}\n{:?}", analysis.diagnostics));
        let calls = (0..calls()).map(|_| {
            let name = self.pick(&["alpha", "beta", "gamma", "delta"]);
            let caller = self.rng.bool().then(|| format!("{{\"role\": {}}}", self.text()));
            let arguments = self.arguments();
            sample(&checked, name, arguments, caller)
        });
        let calls = calls.collect();
        Case { text, checked, calls }
    }

    fn text(&mut self) -> &'static str {
        self.pick(&[
            "\"main\"",
            "\"5\"",
            "\"a*b\\\\c\"",
            "\"axb\\\\c\"",
            "\"\"",
            "\"é\u{1f600}\"",
            "\"feat/x\"",
            "\"feat/\"",
            "\"a*5\"",
            "\"m\\nx\"",
        ])
    }

    fn arguments(&mut self) -> String {
        let mut members = Vec::new();
        let whole = ["0", "5", "-7", "6", "4", "50000", "50001", "9007199254740993", "9007199254740992", "-0"];
        let number = [
            "0", "0.5", "0.50004", "0.50005", "0.4999", "-0.25", "-0.25001", "50", "50.00004", "49.99999", "1.0001",
            "5e1",
        ];
        let odd = ["null", "5.0", "1e400", "\"5\"", "[]", "{}", "true", "99999999999999999999", "0.1"];
        for key in ["s", "t", "n", "d", "b", "l", "m", "o"] {
            let is_there = self.rng.u32(..10) < 7;
            let value = match key {
                _ if self.rng.u32(..60) == 0 => self.pick(&odd).to_owned(),
                "s" | "t" => self.text().to_owned(),
                "n" => self.pick(&whole).to_owned(),
                "d" => self.pick(&number).to_owned(),
                "b" => self.pick(&["true", "false"]).to_owned(),
                "l" => format!("[{}]", (0..self.rng.usize(..3)).map(|_| self.text()).collect::<Vec<_>>().join(", ")),
                "m" => {
                    format!("[{}]", (0..self.rng.usize(..3)).map(|_| self.pick(&whole)).collect::<Vec<_>>().join(", "))
                }
                _ => {
                    let (text, n) = (self.text(), self.pick(&whole));
                    self.pick(&["{}", "{K}", "{N}", "{K, N}"])
                        .replace('K', &format!("\"k\": {text}"))
                        .replace('N', &format!("\"n\": {n}"))
                }
            };
            if is_there {
                members.push(format!("\"{key}\": {value}"));
            }
        }
        format!("{{{}}}", members.join(", "))
    }
}

#[test]
fn agentcore_is_never_weaker() {
    let catalogue = Catalogue(json!({ "tools": tools() }).to_string().into_bytes());
    let mut typed = Typed { rng: Rng::with_seed(3), catalogue };
    let Some((tally, seen)) = compare("agentcore", &tools(), pairs(8_000), || typed.case()) else { return };
    tally.record("agentcore", "cedarpy 4.12.2");
    assert_eq!(tally.weaker, 0, "{tally}");
    assert!(seen[0] > 100, "{seen:?}");
}

/// Rate limits fit the service's own model, and what is planted into them does not.
#[test]
fn rate_limits_fit_the_service() {
    let Some(program) = python() else { return };
    let mut rng = Rng::with_seed(4);
    let mut documents = Vec::new();
    let mut limited = 0;
    while documents.len() < 60 {
        let mut text = "deny *; allow alpha;".to_owned();
        for tool in ["alpha", "beta", "gamma.2"] {
            let (most, window) = (rng.u64(1..3_000), ["s", "min", "hour"][rng.usize(..3)]);
            text.push_str(&format!("limit {tool} {most}/{window}{};", ["", " per server"][rng.usize(..2)]));
        }
        let analysis = analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &NoFiles);
        let checked = analysis.checked.unwrap();
        let case = Case { text, checked, calls: Vec::new() };
        let Some(document) = document("agentcore", &case) else { continue };
        limited += usize::from(document.contains("rateLimits"));
        documents.push(document);
    }
    assert!(limited > 20, "{limited}");
    let right = documents.iter().find(|document| document.contains("\"minute\"")).unwrap().clone();
    let planted = [
        ("\"minute\"", "\"hour\""),
        ("\"toolName\"\n", "\"tool\"\n"),
        ("\"toolName\": ", "\"targetName\": "),
        ("\"rate\": ", "\"rate\": 1e9, \"was\": "),
        ("\"rate\": ", "\"rate\": 10000001, \"period\": \"minute\"}, {\"rate\": "),
        ("\"requests\"", "\"request\""),
        ("\"dimensions\"", "\"dimension\""),
    ];
    let count = documents.len();
    documents.extend(planted.iter().map(|(from, to)| {
        let changed = right.replacen(from, to, 1);
        assert_ne!(changed, right, "{from}");
        changed
    }));
    let input: String = documents.iter().map(|document| format!("{}\n", json!(document))).collect();
    let found = python_lines(&program, "rate_limits.py", input);
    assert_eq!(found.len(), documents.len());
    for (index, (document, found)) in documents.iter().zip(&found).enumerate() {
        assert_eq!(found.is_empty(), index < count, "{found:?}\n{document}");
    }
}
