//! Compares documents for Gemini CLI with its own policy engine. `POLICYC_GEMINI` is the folder of the npm package
//! `@google/gemini-cli-core`; without it nothing is compared.

use std::path::Path;
use std::process::Command;

use policyc_core::diagnostics::codes;
use policyc_core::emit::{Request, Settings, TargetOption, find};
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::ir::ServerId;
use policyc_core::json::Json;
use policyc_core::sema::{Checked, NoFiles, Options, analyze};
use policyc_oracles::conformance::{Case, Generator, Sample, Shape, Tally};
use policyc_oracles::engines::{output, pairs, program};
use serde_json::json;

fn is_installed() -> bool {
    program("POLICYC_GEMINI", "Gemini CLI").is_some()
}

/// Has the engine answer lines of a policy file and a call.
fn answers(input: String) -> Vec<(Verdict, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/gemini.mjs");
    let text = output(Command::new("node").arg(script), input);
    let answer = |line: &str| {
        let (decision, arguments) = line.split_once('\t').unwrap();
        let verdict = match decision {
            "allow" => Verdict::Allow,
            "ask_user" => Verdict::Approval,
            "deny" => Verdict::Deny,
            other => panic!("{other}"),
        };
        (verdict, arguments.to_owned())
    };
    text.lines().map(answer).collect()
}

/// A line of input.
fn line(file: &Path, tool: &str, arguments: &str) -> String {
    let call = format!("{{\"server\": \"shop\", \"name\": {}, \"arguments\": {arguments}}}", json!(tool));
    format!("{}\t{call}\n", file.display())
}

fn document(text: &str, checked: &Checked) -> Option<String> {
    let mut settings = Settings::default();
    settings.set(&TargetOption::ALIAS, "shop");
    let request = Request::new(&checked.policies()[0], ServerId(0), &settings);
    let emission = find("gemini-cli").unwrap().make(&request);
    let is_bad = |code| code == codes::UNPROVED_ARTEFACT.name || code == codes::UNSOUND_ARTEFACT.name;
    let bad: Vec<_> = emission.diagnostics.iter().filter(|found| is_bad(found.code.name)).collect();
    let bad: Vec<_> = bad.into_iter().map(|found| (&found.message, &found.help)).collect();
    assert!(bad.is_empty(), "{text}\n{bad:?}");
    emission.artefact.map(|artefact| artefact.text)
}

fn checked(text: &str) -> Checked {
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    analysis.checked.unwrap_or_else(|| panic!("{text}\n{:?}", analysis.diagnostics))
}

/// The policy with the numbers that the program compares with: the nearest doubles.
fn with_doubles(case: &Case) -> Checked {
    // Every other literal that is no double is refused.
    let text = case.text.replace("0.1000000000000000000001", "0.1");
    checked(&text)
}

/// What the evaluator says of a call with the arguments as the program passes them on: numbers are doubles, one that is too
/// large is null, and of members with one name the last is there.
fn verdict(policy: &Checked, name: &str, passed_on: &str) -> Verdict {
    let arguments = Json::parse(passed_on).unwrap();
    let call =
        Call { server: None, name, arguments: arguments.root(), caller: None, grant: None, at: 0, approved: false };
    Evaluator::new(&policy.policies()[0]).decide(&call).verdict
}

#[test]
fn rules_decide_as_the_evaluator_does() {
    if !is_installed() {
        return;
    }
    let pairs = pairs(20_000);
    let calls = (pairs / 500).clamp(40, 500);
    let folder = tempfile::tempdir().unwrap();
    let plain = Shape { approval: true, conditions: true, ..Shape::default() };
    let shapes = [plain, Shape { exact: true, ..plain }, Shape { nested: true, ..plain }];
    let mut generators: Vec<Generator> =
        shapes.iter().zip(1..).map(|(shape, seed)| Generator::new(seed, *shape)).collect();
    let mut tally = Tally::default();
    let mut input = String::new();
    let mut cases = Vec::new();
    let mut made = 0;
    // Two thirds of the policies have what every pattern can hold.
    for turn in [0, 0, 0, 0, 1, 2].into_iter().cycle() {
        if made >= pairs {
            break;
        }
        let case = generators[turn].case(calls);
        let Some(text) = document(&case.text, &case.checked) else {
            tally.refused += 1;
            continue;
        };
        let file = folder.path().join(format!("{}.toml", cases.len()));
        std::fs::write(&file, &text).unwrap();
        for sample in &case.calls {
            input.push_str(&line(&file, &sample.name, &sample.arguments));
        }
        made += case.calls.len();
        cases.push((case, text));
    }
    tally.policies = cases.len();
    let answers = answers(input);
    let mut answers = answers.iter();
    let mut seen = [0; 3];
    for (case, text) in &cases {
        let policy = with_doubles(case);
        for sample in &case.calls {
            let (engine, passed_on) = answers.next().unwrap();
            let sample = Sample {
                arguments: passed_on.clone(),
                verdict: verdict(&policy, &sample.name, passed_on),
                ..sample.clone()
            };
            seen[*engine as usize] += 1;
            tally.add(case, text, &sample, *engine);
        }
    }
    assert!(answers.next().is_none());
    tally.record("gemini-cli", "@google/gemini-cli-core 0.61.0");
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

/// Compares policies about a tool `t` for values of its argument `v`, which must be decided alike.
fn alike(policies: &[String], values: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let mut input = String::new();
    let mut known = Vec::new();
    for (index, text) in policies.iter().enumerate() {
        let policy = checked(text);
        let document = document(text, &policy).unwrap_or_else(|| panic!("{text}"));
        let file = folder.path().join(format!("{index}.toml"));
        std::fs::write(&file, &document).unwrap();
        for value in values {
            input.push_str(&line(&file, "t", &format!("{{\"v\": {value}}}")));
        }
        known.push((text, policy, document));
    }
    let answers = answers(input);
    assert_eq!(answers.len(), policies.len() * values.len());
    let mut answers = answers.iter();
    for (text, policy, document) in &known {
        for value in values {
            let (engine, passed_on) = answers.next().unwrap();
            assert_eq!(*engine, verdict(policy, "t", passed_on), "{text}\n{value}\n{document}");
        }
    }
    println!("gemini-cli: {} pairs are equal", policies.len() * values.len());
}

/// Every way in which JavaScript prints a number, beside bounds of every kind.
#[test]
fn bounds_hold_for_every_double() {
    if !is_installed() {
        return;
    }
    let mut rng = fastrand::Rng::with_seed(5);
    let mut bounds: Vec<f64> = [
        0.0,
        1.0,
        5.0,
        9.0,
        10.0,
        50.0,
        99.0,
        100.0,
        101.0,
        999.0,
        50_000.0,
        9_007_199_254_740_991.0,
        0.1,
        0.5,
        0.25,
        99.99,
        1.5,
        0.000001,
        0.00001234,
        0.3,
        0.30000000000000004,
        123.456,
        1000.001,
        9.999999999,
    ]
    .to_vec();
    for _ in 0..60 {
        let digits = rng.u32(0..9);
        bounds.push(f64::from(rng.u32(..)) / 10_f64.powi(i32::try_from(digits).unwrap()));
    }
    let mut policies = Vec::new();
    for index in 0..bounds.len() {
        let sign = if rng.bool() { "-" } else { "" };
        let (low, other) = (bounds[index], bounds[rng.usize(..bounds.len())]);
        let comparison = ["<", "<=", ">", ">="][index % 4];
        policies.push(format!("deny *; allow t when args.v {comparison} {sign}{low};"));
        policies.push(format!("allow *; deny t when args.v {comparison} {low};"));
        let (least, most) = (low.min(other), low.max(other));
        let (lower, upper) = (["<", "<="][index % 2], [">", ">="][index / 2 % 2]);
        policies.push(format!("deny *; allow t when args.v {upper} {least} and args.v {lower} {most};"));
        policies.push(format!("deny *; allow t when args.v {upper} -{most} and args.v {lower} -{least};"));
        policies.push(format!("deny *; allow t when args.v {upper} -{least} and args.v {lower} {most};"));
        policies.push(format!("deny *; allow t when args.v != {least} and args.v not in [{most}, 7];"));
    }
    let mut numbers: Vec<f64> = vec![0.0, 1e21, 1e-6, 1e-7, 5e-324, f64::MAX, 1e20, 999_999_999_999_999_900_000.0];
    for bound in bounds {
        numbers.extend([
            bound,
            f64::from_bits(bound.to_bits() + 1),
            bound + 1.0,
            bound * 10.0,
            bound / 10.0,
            bound + 0.01,
        ]);
        numbers.extend((bound > 0.0).then(|| f64::from_bits(bound.to_bits() - 1)));
    }
    for _ in 0..200 {
        numbers.extend(Some(f64::from_bits(rng.u64(..)).abs()).filter(|number| number.is_finite()));
    }
    let values = numbers.iter().flat_map(|number| [format!("{number:e}"), format!("-{number:e}")]);
    let others = [
        "-0",
        "-0.0",
        "1e400",
        "null",
        "\"5\"",
        "[5]",
        "true",
        "{\"v\": 5}",
        "5e1",
        "50.0",
        "5.0000000000000000000001",
    ];
    let values: Vec<String> = values.chain(others.map(str::to_owned)).collect();
    alike(&policies, &values);
}

/// Strings of characters that JSON and UTF-16 write in several, and those that look like them.
#[test]
fn patterns_hold_for_every_string() {
    if !is_installed() {
        return;
    }
    let texts = [
        "",
        "a",
        "n",
        "\n",
        "\\n",
        "1f",
        "\u{1f}",
        "\\u001f",
        "u001f",
        "\u{0}",
        "\\u0000",
        "\u{b}",
        "\"",
        "\\",
        "\\\\",
        "\\\"",
        "\u{7f}",
        "é",
        "\u{2028}",
        "\u{ffff}",
        "\u{e000}",
        "\u{d7ff}",
        "\u{10000}",
        "\u{1f600}",
        "\u{10ffff}",
        "a\u{1f600}b",
        "\u{0},\u{0}\"v\":1\u{0}",
        "x\ty",
        "ab\u{8}",
        "aab",
        "ba",
        "(a)",
        "a*b",
        "a+",
        "a?b",
        "{2}",
        "[a]",
        "^a$",
        "a|b",
        "a.b",
        "a-b",
        "a/b",
        "'a'",
        "\r\n",
        "null",
        "true",
        "5",
        " ",
        "aaaa",
        "ab1f",
    ];
    let tests = [
        "like \"*\"",
        "like \"*1f\"",
        "like \"*n\"",
        "like \"*u001f\"",
        "like \"\\\\\\\\*\"",
        "like \"*\\\"*\"",
        "like \"*(a)*\"",
        "like \"a*b\"",
        "like \"*a*b*\"",
        "like \"\\u0000*\"",
        "like [\"a*\", \"*b\"]",
        "matches \".\"",
        "matches \"(?s).\"",
        "matches \"(?s).{2}\"",
        "matches \"(?s).{0,3}\"",
        "matches \"[^a]\"",
        "matches \"[^a]+\"",
        "matches \"[\\\\x00-\\\\x1f]+\"",
        "matches \"[\\\\x{1f600}-\\\\x{1f64f}]\"",
        "matches \"[\\\\x{ffff}-\\\\x{10001}]+\"",
        "matches \"[\\\\x{d7ff}-\\\\x{10ffff}]\"",
        "matches \"\\\\\\\\u.*\"",
        "matches \"(?i)AAB|ba\"",
        "matches \"\\\\w+\"",
        "matches \"\\\\W+\"",
        "matches \"\\\\s+\"",
        "matches \"\\\\D*\"",
        "matches \"(a|b)*\"",
        "matches \"(a+b)+\"",
        "matches \"((a|n)*b)?\"",
        "matches \"a{2,4}b?\"",
        "matches \"[*+?{}()'|^$.-]+|.*[*+?{].*\"",
        "matches \"[\\\"\\\\\\\\\\\\n]+\"",
        "== \"\\u0000\"",
        "== \"\\\\u0000\"",
        "== \"\\u2028\"",
        "== \"\\ud83d\\ude00\"",
        "== \"'a'\"",
        "in [\"a*b\", \"(a)\", \"{2}\", 5, null, true]",
        "!= \"a\"",
        "not in [\"a\", 5, \"\\\\\"]",
        "== \"\"",
        "== null",
        "!= null",
        "== true",
        "!= true",
        "in [true, \"true\"]",
    ];
    let policies = tests.iter().flat_map(|test| {
        [
            format!("deny *; allow t when args.v {test};"),
            format!("allow *; deny t unless args.v {test};"),
            format!("allow *; deny t when args.v {test} or args.w == 1;"),
        ]
    });
    let values = texts.iter().map(|text| json!(text).to_string());
    let escaped = texts.iter().map(|text| {
        let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{units}\"")
    });
    let others = ["5", "null", "true", "false", "[]", "[\"a\"]", "{}", "{\"v\": \"a\"}"].map(str::to_owned);
    alike(&policies.collect::<Vec<_>>(), &values.chain(escaped).chain(others).collect::<Vec<_>>());
}

/// What the program makes of files that policyc does not write. The reader refuses them, or decides as the program does.
#[test]
fn files_with_mistakes_open_tools() {
    if !is_installed() {
        return;
    }
    let rule = |keys: &str| format!("[[rule]]\n{keys}\n");
    let of = |tool: &str, rest: &str| rule(&format!("mcpName = \"shop\"\ntoolName = \"{tool}\"\n{rest}"));
    let closed = of("*", "decision = \"deny\"\npriority = 951");
    let denied = of("t", "decision = \"deny\"\npriority = 999");
    let all = of("*", "decision = \"allow\"\npriority = 951");
    let bad = |keys: &str| of("t", &format!("decision = \"deny\"\n{keys}"));
    // The file, the arguments, and what becomes of a call of `t`.
    let traps: Vec<(String, &str, Verdict)> = vec![
        // One rule drops all, and calls are asked about.
        (rule("mcpName = \"shop\"\ndecision = \"deny\"\npriority = 999") + &denied, "{}", Verdict::Approval),
        (denied.clone() + &bad("priority = 1000"), "{}", Verdict::Approval),
        (denied.clone() + &bad("priority = 1.5"), "{}", Verdict::Approval),
        (denied.clone() + &of("u", "decision = \"deny\""), "{}", Verdict::Approval),
        (denied.clone() + &of("u", "priority = 999"), "{}", Verdict::Approval),
        (denied.clone() + &of("u", "decision = \"never\"\npriority = 999"), "{}", Verdict::Approval),
        // A pattern drops its rule, and what is left opens the tool.
        (bad("priority = 999\nargsPattern = '('") + &all, "{}", Verdict::Allow),
        (bad("priority = 999\nargsPattern = '(a+)+'") + &all, "{\"a\": \"a\"}", Verdict::Allow),
        (
            bad(&format!("priority = 999\nargsPattern = '{}'", "a|".repeat(1025))) + &all,
            "{\"a\": \"a\"}",
            Verdict::Allow,
        ),
        // Unknown keys are ignored.
        (
            of("t", "argPattern = '\\x00\"a\":1\\x00'\ndecision = \"allow\"\npriority = 999") + &closed,
            "{\"a\": 2}",
            Verdict::Allow,
        ),
        (denied.replace("[[rule]]", "[[rules]]") + &all, "{}", Verdict::Allow),
        (denied.replace("[[rule]]", "[[rules]]"), "{}", Verdict::Approval),
        // Names that match nothing.
        (denied.replace("mcpName = \"shop\"", "mcpName = \"*\"") + &all, "{}", Verdict::Allow),
        (denied.replace("\"t\"", "\"t*\"") + &all, "{}", Verdict::Allow),
        (denied.replace("\"t\"", "\"shop__t\"") + &all, "{}", Verdict::Allow),
        // Ties: the first in the file.
        (of("*", "decision = \"allow\"\npriority = 999") + &denied, "{}", Verdict::Allow),
        // An annotation is what the server says.
        (
            of("t", "toolAnnotations = { destructiveHint = true }\ndecision = \"deny\"\npriority = 999") + &all,
            "{}",
            Verdict::Allow,
        ),
        // Another mode than the one in which the program is.
        (of("t", "modes = [\"plan\"]\ndecision = \"deny\"\npriority = 999") + &all, "{}", Verdict::Allow),
        // Nothing for a call that no rule matches.
        (of("u", "decision = \"deny\"\npriority = 999"), "{}", Verdict::Approval),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut input = String::new();
    for (index, (text, arguments, _)) in traps.iter().enumerate() {
        let file = folder.path().join(format!("{index}.trap.toml"));
        std::fs::write(&file, text).unwrap();
        input.push_str(&line(&file, "t", arguments));
    }
    let target = find("gemini-cli").unwrap();
    for ((text, arguments, expected), (verdict, _)) in traps.iter().zip(answers(input)) {
        assert_eq!(verdict, *expected, "{text}");
        // What the reader takes, it takes as the program does.
        if let Ok(document) = target.read(text) {
            let arguments = Json::parse(arguments).unwrap();
            let call = Call {
                server: None,
                name: "t",
                arguments: arguments.root(),
                caller: None,
                grant: None,
                at: 0,
                approved: false,
            };
            assert_eq!(document.decide(&call).verdict, verdict, "{text}");
        }
    }
}

/// Names as the program cleans and shortens them: rules for the name as it is would match nothing, so such tools are refused.
#[test]
fn names_that_the_program_changes_are_refused() {
    if !is_installed() {
        return;
    }
    let long = "t".repeat(60);
    let folder = tempfile::tempdir().unwrap();
    let all = "[[rule]]\nmcpName = \"shop\"\ntoolName = \"*\"\ndecision = \"allow\"\npriority = 951\n";
    let mut input = String::new();
    let names = ["a b", "a/b", "über", long.as_str(), "a.b:c-d_e", "a__b"];
    for (index, name) in names.iter().enumerate() {
        let file = folder.path().join(format!("{index}.toml"));
        let rule = format!(
            "[[rule]]\nmcpName = \"shop\"\ntoolName = {}\ndecision = \"deny\"\npriority = 999\n{all}",
            json!(name)
        );
        std::fs::write(&file, rule).unwrap();
        input.push_str(&line(&file, name, "{}"));
    }
    for (name, (verdict, _)) in names.iter().zip(answers(input)) {
        let policy = checked(&format!("allow *; deny {};", json!(name)));
        let is_held = document("", &policy).is_some();
        assert_eq!(is_held, verdict == Verdict::Deny, "{name}: {verdict:?}");
    }
}

/// Arrays by their elements, and elements that are none of those asked for.
#[test]
fn elements_hold_for_every_array() {
    if !is_installed() {
        return;
    }
    let tests = [
        "== \"a\"",
        "== 5",
        "in [\"a\", 5, true, null]",
        "like \"*@b\"",
        "like \"a*\"",
        "matches \"[a-c]+(,[a-c]+)*\"",
        "<= 5",
        "== null",
        "like \"*\"",
        "matches \"(?s).{0,2}\"",
    ];
    let policies = tests.iter().flat_map(|test| {
        [
            format!("deny *; allow t when every args.v {test};"),
            format!("allow *; deny t when every args.v {test};"),
            format!("deny *; allow t when has args.v and every args.v {test} and args.v != 5;"),
            format!("deny *; allow t when args.v == \"a\" or every args.v {test};"),
            format!("allow *; require approval for t unless every args.v {test};"),
        ]
    });
    let elements = [
        "\"a\"",
        "5",
        "5.0",
        "6",
        "null",
        "true",
        "\"a@b\"",
        "\"a,b\"",
        "\"\\\"\"",
        "\"a\\\",\\\"a\"",
        "[\"a\"]",
        "{\"a\": \"a\"}",
        "[]",
        "\"\"",
        "-1e30",
        "\"\u{1f600}\"",
    ];
    let mut values: Vec<String> =
        ["[]", "null", "\"a\"", "5", "\"[]\"", "\"[\\\"a\\\"]\"", "{}", "{\"0\": \"a\"}"].map(str::to_owned).into();
    for one in elements {
        values.push(format!("[{one}]"));
        for two in elements {
            values.push(format!("[{one}, {two}]"));
            values.push(format!("[{one}, {two}, {one}]"));
        }
    }
    let policies: Vec<String> = policies.collect();
    let (held, left): (Vec<String>, Vec<String>) =
        policies.into_iter().partition(|text| document(text, &checked(text)).is_some());
    println!("{} of {} policies are held", held.len(), held.len() + left.len());
    alike(&held, &values);
}
