//! Forms of patterns, and that a reader finds in them what was written.

use proptest::prelude::*;
use regex_automata::meta::Regex;
use serde_json::Value;

use super::numbers::{alternative, printed, read};
use crate::emit::operators::numbers::Numbers;
use crate::eval::{Call, Evaluator, Verdict};
use crate::json::Json;

/// Every interval is found again in its expression.
#[test]
fn intervals_are_read_back() {
    let ends = [
        0.0,
        1e-6,
        0.1,
        0.25,
        0.3,
        0.30000000000000004,
        1.0,
        5.0,
        5.25,
        5.5,
        9.0,
        9.99,
        10.0,
        50.0,
        51.0,
        99.5,
        100.0,
        123.456,
        1000.0,
        50000.0,
        9_007_199_254_740_991.0,
        999_999_999_999_999_900_000.0,
    ];
    let ends: Vec<f64> =
        ends.iter().flat_map(|end| [*end, -end]).filter(|end: &f64| end.to_bits() != (-0.0_f64).to_bits()).collect();
    let mut sets = vec![Numbers::all()];
    for low in &ends {
        for inclusive in [true, false] {
            sets.push(Numbers::above(*low, inclusive));
            sets.push(Numbers::below(*low, inclusive));
            for high in ends.iter().filter(|high| *high >= low) {
                let below = Numbers::below(*high, inclusive);
                for strict in [true, false] {
                    sets.push(Numbers::above(*low, strict).complement().union(&below.complement()).complement());
                }
            }
        }
    }
    for set in sets {
        for interval in set.intervals() {
            let text = alternative(interval).unwrap();
            let found = read(&text).unwrap_or_else(|| panic!("{interval:?}\n{text}"));
            assert_eq!(found.intervals(), std::slice::from_ref(interval), "{text}");
        }
    }
}

#[test]
fn numbers_are_printed_as_javascript_prints_them() {
    let pairs = [
        (0.0, "0"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1.5e-7, "1.5e-7"),
        (1e-6, "0.000001"),
        (-1.5e300, "-1.5e+300"),
        (0.1, "0.1"),
    ];
    for (number, text) in pairs {
        assert_eq!(printed(number), text);
    }
}

/// Repetitions that a search with backtracking goes through in one way, and those it may not.
#[test]
fn ambiguous_repetitions_are_found() {
    let is_held = |pattern: &str| {
        let regex = crate::pattern::Regex::new(pattern).unwrap();
        super::text::part(regex.tree().0).is_ok()
    };
    for pattern in [
        "[a-z]+(-[a-z]+)*",
        "(a(b|c))*",
        "(a|ab)?c",
        "(a|b)*",
        "a*b*a*",
        "([0-9]{3}-)*[0-9]{3}",
        "(a(b(c)*)*)*",
        "(feat|fix)/.*",
        "(?i)(main|dev)+",
        "([^/]+/)*[^/]*",
        "(a?b)*",
        "(?s).{0,80}",
    ] {
        assert!(is_held(pattern), "{pattern}");
    }
    for pattern in
        ["(a+)+", "(a*)*b", "(a|[ab])*", "(a*b*)*", "([a-z]+-?)*", "(a{1,2})*", "(.*,)*", "(a|ab|b)*", "(a?a?){20}"]
    {
        assert!(!is_held(pattern), "{pattern}");
    }
}

/// Arguments as the program prints them, each unit of UTF-16 as a character of its own.
fn canonical(arguments: &Value) -> String {
    let Value::Object(members) = arguments else { panic!("{arguments}") };
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by_key(|(key, _)| key.encode_utf16().collect::<Vec<u16>>());
    let members: Vec<String> =
        sorted.iter().map(|(key, value)| format!("\0{}:{}\0", quoted(key), value_text(value))).collect();
    units(&format!("{{{}}}", members.join(",")))
}

fn quoted(text: &str) -> String {
    let escaped = |char: char| match char {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        char if char < ' ' => format!("\\u{:04x}", u32::from(char)),
        char => char.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Number(number) => printed(number.as_f64().unwrap()),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(value_text).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// The character that stands for a unit.
fn of_unit(unit: u32) -> char {
    char::from_u32(unit).unwrap_or_else(|| char::from_u32(0xf_0000 + unit).unwrap())
}

fn units(text: &str) -> String {
    text.encode_utf16().map(|unit| of_unit(u32::from(unit))).collect()
}

/// A pattern of JavaScript for the regular expressions of Rust.
fn translated(pattern: &str) -> Regex {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(char) = rest.chars().next() {
        let digits = match rest.as_bytes().get(1) {
            Some(b'x') if char == '\\' => 2,
            Some(b'u') if char == '\\' => 4,
            _ => 0,
        };
        let length = if digits > 0 {
            let unit = u32::from_str_radix(rest.get(2..2 + digits).unwrap(), 16).unwrap();
            out.push_str(&format!("\\x{{{:x}}}", u32::from(of_unit(unit))));
            2 + digits
        } else if rest.starts_with("[^]") {
            out.push_str("(?s:.)");
            3
        } else if rest.starts_with("[]") {
            out.push_str(r"[^\x{0}-\x{10ffff}]");
            2
        } else {
            let length = if char == '\\' { 2 } else { char.len_utf8() };
            out.push_str(rest.get(..length).unwrap());
            length
        };
        rest = rest.get(length..).unwrap();
    }
    Regex::new(&out).unwrap_or_else(|error| panic!("{out}: {error}"))
}

/// The rules of a document about a tool, in their order: a pattern and the decision.
fn rules_of(document: &str, tool: &str) -> Vec<(Option<Regex>, Verdict)> {
    let document: toml::Table = document.parse().unwrap();
    let mut rules: Vec<&toml::Value> = document["rule"].as_array().unwrap().iter().collect();
    rules.sort_by_key(|rule| -rule["priority"].as_integer().unwrap());
    let is_about = |rule: &&&toml::Value| ["*", tool].contains(&rule["toolName"].as_str().unwrap());
    let read = |rule: &toml::Value| {
        let pattern = rule.get("argsPattern").map(|pattern| translated(pattern.as_str().unwrap()));
        let verdict = match rule["decision"].as_str().unwrap() {
            "allow" => Verdict::Allow,
            "deny" => Verdict::Deny,
            _ => Verdict::Approval,
        };
        (pattern, verdict)
    };
    rules.iter().filter(is_about).map(|rule| read(rule)).collect()
}

/// Whether a document decides a call of `t` as its policy and its reader do.
fn decides_alike(text: &str, values: &[Value]) {
    let checked = crate::emit::tests::planted::checked(text);
    let policy = &checked.policies()[0];
    let emission = crate::emit::tests::planted_lists::emitted(&super::TARGET, policy);
    let document = emission.artefact.unwrap_or_else(|| panic!("{text}: {:?}", emission.diagnostics)).text;
    let (rules, reader) = (rules_of(&document, "t"), super::TARGET.read(&document).unwrap());
    let evaluator = Evaluator::new(policy);
    for value in values {
        let arguments = serde_json::json!({ "v": value });
        let printed = canonical(&arguments);
        let applies =
            |(pattern, _): &&(Option<Regex>, Verdict)| pattern.as_ref().is_none_or(|it| it.is_match(&printed));
        let verdict = rules.iter().find(applies).unwrap().1;
        let json = Json::parse(&arguments.to_string()).unwrap();
        let call =
            Call { server: None, name: "t", arguments: json.root(), caller: None, grant: None, at: 0, approved: false };
        assert_eq!(verdict, evaluator.decide(&call).verdict, "{text}\n{value}\n{document}");
        assert_eq!(verdict, reader.decide(&call).verdict, "{text}\n{value}\n{document}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Patterns apply to the numbers within the bounds.
    #[test]
    fn bounds_are_patterns(digits in 0_u32..2_000_000, scale in 0..6, wider in 0_u32..3_000, signs in 0..4, at in 0..4_usize, any in any::<f64>()) {
        let number = |digits: u32| f64::from(digits) / 10_f64.powi(scale);
        let ends = [number(digits), number(digits + wider)];
        let ends = match signs { 0 => [-ends[1], -ends[0]], 1 => [-ends[0], ends[1]], _ => ends };
        let (lower, upper) = ([">", ">="][at % 2], ["<", "<="][at / 2]);
        let mut values = vec![any, 0.0, 1e21, -1e21, 1e-7, -1e-7];
        for end in ends {
            values.extend([end, end + 1.0, end - 1.0, end * 10.0, end / 10.0, end + 0.1, -end]);
            values.extend([f64::from_bits(end.to_bits() + 1), f64::from_bits(end.to_bits().saturating_sub(1))]);
        }
        let values: Vec<Value> = values.into_iter().filter(|value| value.is_finite()).map(Value::from).collect();
        let [low, high] = ends;
        decides_alike(&format!("deny *; allow t when args.v {lower} {low} and args.v {upper} {high};"), &values);
        decides_alike(&format!("allow *; deny t when args.v {upper} {low} or args.v {lower} {high};"), &values);
        decides_alike(&format!("allow *; deny t when every args.v {upper} {high};"), &values.iter().map(|value| serde_json::json!([value, 0, value])).collect::<Vec<_>>());
    }

    /// Patterns apply to the strings that match.
    #[test]
    fn strings_are_patterns(text in "[a-c\"\\\\\\x00-\\x1f*(){}+?u0\u{e9}\u{2028}\u{d7ff}-\u{e001}\u{1f600}]{0,5}", before in "\\PC{0,3}", after in any::<String>()) {
        let values = [text.clone(), format!("{before}{text}"), format!("{text}{after}"), format!("{before}{text}{after}"), before.clone(), after];
        let values: Vec<Value> = values.into_iter().map(Value::from).collect();
        let like = |pattern: &str| Value::from(pattern.replace("%", &crate::pattern::like_literal(&text)));
        for test in [format!("like {}", like("%*")), format!("like {}", like("*%")), format!("like {}", like("*%*")), format!("== {}", Value::from(&*text))] {
            decides_alike(&format!("deny *; allow t when args.v {test};"), &values);
            decides_alike(&format!("allow *; deny t unless args.v {test};"), &values);
        }
        let literal = crate::pattern::regex_literal(&text);
        for pattern in [literal.clone(), format!("(?s).*{literal}.{{0,2}}"), format!("[^{}]+", crate::pattern::regex_literal("ab\"\\")), format!("(?s).{{1,3}}{literal}")] {
            decides_alike(&format!("deny *; allow t when args.v matches {};", Value::from(pattern)), &values);
        }
    }
}
