//! Plugins for ContextForge, run by its own framework and limiter. `POLICYC_CPEX` is a Python that has them, `POLICYC_REDIS` the
//! program of a Redis; without them nothing is tested, and that is said. Time is driven: the programs run with a clock
//! that stands still (`engines/clock.c`), for which a C compiler is needed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use fastrand::Rng;
use policyc_core::diagnostics::codes;
use policyc_core::emit::{Request, Settings, TargetOption, find};
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::ir::ServerId;
use policyc_core::json::Json;
use policyc_oracles::conformance::Tally;
use policyc_oracles::engines::{checked, pairs, program, wait};
use serde_json::{Value, json};

/// Calls of each policy.
const CALLS: usize = 80;

/// Tools by the names that they have at the server and in the gateway; policies know nothing of the last two.
const TOOLS: [(&str, &str); 6] = [
    ("alpha", "shop-1-alpha"),
    ("list_all", "shop-1-list-all"),
    ("Gamma.2", "shop-1-gamma-2"),
    ("delta", "shop-1-delta"),
    ("other", "shop-1-other"),
    ("elsewhere", "shop-2-alpha"),
];

/// The programs, with their clock.
struct Gateway {
    redis: Child,
    python: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for child in [&mut self.python, &mut self.redis] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Gateway {
    fn start(python: &str, redis: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engines = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines");
        let library = folder.path().join("clock.so");
        let compiled = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .args([&library, &engines.join("clock.c")])
            .status()
            .unwrap();
        assert!(compiled.success());
        let clock = folder.path().join("clock");
        std::fs::write(&clock, 0_i64.to_le_bytes()).unwrap();
        let timed = |program: &str| {
            let mut command = Command::new(program);
            command.env("POLICYC_CLOCK", &clock).env("LD_PRELOAD", &library);
            command
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log: PathBuf = folder.path().join("log");
        let mut redis = timed(redis)
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
            .arg(port.to_string())
            .stdout(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        wait(&mut redis, &log, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        let mut python = timed(python)
            .arg(engines.join("contextforge.py"))
            .env("POLICYC_REDIS_PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (asks, answers) = (python.stdin.take().unwrap(), BufReader::new(python.stdout.take().unwrap()));
        Self { redis, python, asks, answers, port, _folder: folder }
    }

    /// What becomes of some calls: the code of each refusal, empty for calls that pass.
    fn answers(&mut self, document: &str, calls: &[Sent]) -> Vec<String> {
        let calls: Vec<Value> =
            calls.iter().map(|call| json!([call.at, call.user, call.team, TOOLS[call.tool].1])).collect();
        writeln!(self.asks, "{}", json!({ "document": document, "calls": calls })).unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}\n{document}"))
    }
}

/// A call as it reaches the gateway.
#[derive(Debug)]
struct Sent {
    at: i64,
    user: &'static str,
    team: Option<&'static str>,
    /// Which of the tokens of the user.
    token: usize,
    tool: usize,
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())]
}

fn policy(rng: &mut Rng) -> String {
    let mut text = "deny *;\n".to_owned();
    let names: Vec<&str> = TOOLS[..4].iter().map(|(name, _)| *name).collect();
    for (index, name) in names.iter().enumerate() {
        match rng.u32(..10) {
            0..6 => text.push_str(&format!("allow {name};\n")),
            6 => text.push_str(&format!("deny {name} because \"No {index} {{{{ 7 }}}}.\";\n")),
            7 => text.push_str(&format!("hide {name};\n")),
            8 => text.push_str(&format!("allow {name}; require approval for {name};\n")),
            _ => {}
        }
        for number in 0..rng.usize(..3) {
            let scope = pick(rng, &["", " per server"]);
            let (count, unit) = (rng.u32(1..5), pick(rng, &["s", "min", "min", "hour"]));
            text.push_str(&format!("limit {name} {count}/{unit}{scope} as \"c{index}_{number}\";\n"));
        }
    }
    if rng.bool() {
        let (one, other, count) = (rng.usize(..4), rng.usize(..4), rng.u32(2..9));
        let tools = if rng.bool() { "*".to_owned() } else { format!("{}, {}", names[one], names[other]) };
        let unit = pick(rng, &["s", "min", "hour"]);
        text.push_str(&format!("limit total {tools} {count}/{unit} as \"all\";\n"));
    }
    text
}

/// Calls, many in one second and many at the edges of windows.
fn calls(rng: &mut Rng, start: i64, teams: &[Option<&'static str>]) -> Vec<Sent> {
    let mut at = start;
    let favourite = rng.usize(..4);
    let calls = (0..CALLS).map(|_| {
        at += match rng.u32(..20) {
            0..11 => 0,
            11..14 => 1,
            14 => 60 - at.rem_euclid(60),
            15 => 60 - at.rem_euclid(60) - 1,
            16 => pick(rng, &[29, 30, 59, 60, 61]),
            17 => 3_600 - at.rem_euclid(3_600) - 1,
            18 => pick(rng, &[1_800, 3_599, 3_600]),
            _ => 2,
        };
        let tool = if rng.bool() { favourite } else { rng.usize(..TOOLS.len()) };
        Sent { at, user: pick(rng, &["a@x", "a@x", "b@x"]), team: pick(rng, teams), token: rng.usize(..2), tool }
    });
    calls.collect()
}

#[test]
fn sequences_are_never_weaker() {
    let programs =
        (program("POLICYC_CPEX", "ContextForge's plugins"), program("POLICYC_REDIS", "ContextForge's counts"));
    let (Some(python), Some(redis)) = programs else { return };
    let mut gateway = Gateway::start(&python, &redis);
    let target = find("contextforge").unwrap();
    let mut rng = Rng::with_seed(11);
    let mut tally = Tally::default();
    let empty = Json::parse("{}").unwrap();
    while tally.pairs < pairs(20_000) {
        // Of several teams a document knows nothing: it is compared with the policy only.
        let teams: &[Option<&'static str>] = if rng.u32(..3) == 0 { &[Some("x"), Some("y"), None] } else { &[None] };
        let text = policy(&mut rng);
        let parsed = checked(&text);
        let policy = &parsed.policies()[0];
        let mut settings = Settings::default();
        settings.set(&TargetOption::ALIAS, "Shop_1");
        settings.set(&TargetOption::REDIS, format!("redis://127.0.0.1:{}/0", gateway.port));
        settings.set(&TargetOption::TEAMS, teams.len().to_string());
        let emission = target.make(&Request::new(policy, ServerId(0), &settings));
        let is_unproved = |code| code == codes::UNPROVED_ARTEFACT.name || code == codes::UNSOUND_ARTEFACT.name;
        assert!(!emission.diagnostics.iter().any(|found| is_unproved(found.code.name)), "{text}");
        let Some(artefact) = emission.artefact else {
            tally.refused += 1;
            continue;
        };
        tally.policies += 1;
        let start = 1_767_225_600 + rng.i64(0..10_000);
        let calls = calls(&mut rng, start, teams);
        let answers = gateway.answers(&artefact.text, &calls);
        let document = target.read(&artefact.text).unwrap();
        let (mut source, mut model) = (Evaluator::new(policy), document.run());
        for (sent, answer) in calls.iter().zip(&answers) {
            let token = format!("{}:{:?}:{}", sent.user, sent.team, sent.token);
            let call = Call {
                server: None,
                name: TOOLS[sent.tool].0,
                arguments: empty.root(),
                caller: None,
                grant: Some(&token),
                at: sent.at,
                approved: false,
            };
            let said = || format!("{sent:?}: {answer:?}\n{text}\n{}\n{calls:?}\n{answers:?}", artefact.text);
            // What the gateway let pass is what counts.
            let wanted = source.decide(&call).verdict;
            let passes = answer.is_empty();
            assert!(!passes || wanted == Verdict::Allow, "{}", said());
            if passes {
                source.count(&call);
            }
            tally.pairs += 1;
            tally.stricter += usize::from(!passes && wanted != Verdict::Deny);
            if teams.len() == 1 {
                // The gateway knows users, not tokens.
                let ruling = model.call(&Call { grant: Some(sent.user), ..call });
                let expected = match (ruling.verdict, ruling.by_limit) {
                    (Verdict::Allow, _) => "",
                    (_, true) => "RATE_LIMIT",
                    _ => "PDP_DENY",
                };
                assert_eq!(answer, expected, "{}", said());
            }
        }
    }
    tally.record("contextforge", "cpex 0.1.4, cpex-rate-limiter 0.1.12");
}
