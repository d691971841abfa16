//! What always holds of learnt policies, tried on random logs with hostile values.

use std::collections::BTreeSet;
use std::path::Path;

use policyc_core::eval::{Call, Evaluator, Message, OwnedCall, Verdict, messages};
use policyc_core::sema::{Options, analyze};
use policyc_core::starter::learn::NotLearnt;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{One, draft, proved};

/// Members of schemas, in either order.
fn catalogue(reversed: bool) -> String {
    let mut members = vec![
        ("n", json!({"type": "number"})),
        ("s", json!({"type": "string"})),
        ("b", json!({"type": "boolean"})),
        ("l", json!({"type": "array", "items": {"type": ["string", "number"]}})),
        ("o", json!({"type": "object", "properties": {"k": {"type": "string"}, "odd key": {"type": "integer"}}})),
        ("any", json!({})),
    ];
    let mut names = vec!["list_alpha", "update_beta", "delete_gamma"];
    if reversed {
        members.reverse();
        names.reverse();
    }
    let properties: serde_json::Map<String, Value> =
        members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let tool = |name: &str| json!({"name": name, "inputSchema": {"type": "object", "properties": properties}});
    json!({"tools": names.into_iter().map(tool).collect::<Vec<_>>()}).to_string()
}

/// JSON texts of strings: some have much in common, some are there to be mistaken for patterns or code.
const STRINGS: &[&str] = &[
    r#""src/main/a.rs""#,
    r#""src/main/b.rs""#,
    r#""src/test/c.rs""#,
    r#""src/""#,
    r#""ann@acme.com""#,
    r#""bob@acme.com""#,
    r#""main""#,
    r#""*""#,
    r#""\\""#,
    r#""\\*""#,
    r#""src/*""#,
    r#""src/\\""#,
    r#""a\"b""#,
    r#""a\nb; allow *;""#,
    r#""//""#,
    r#""${x}""#,
    r#""..""#,
    r#""src/../x""#,
    r#""é/日本""#,
    r#""é/日x""#,
    r#""\u202e/x""#,
    r#""\u0000""#,
    r#"""#,
    r#""a:b.c""#,
];
const NUMBERS: &[&str] =
    &["0", "-0", "5e1", "50", "50.0", "1e400", "-1e-400", "9007199254740993", "0.1", "1e999999999", "7", "8", "9"];

fn string() -> impl Strategy<Value = String> {
    select(STRINGS).prop_map(|text| if text == "\"" { "\"\"".to_owned() } else { text.to_owned() })
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![select(NUMBERS).prop_map(str::to_owned), (0..100_u8).prop_map(|number| number.to_string())]
}

/// Values of one argument over a whole log: all from a small pool of some strategy, so that habits are found often.
fn pool(of: BoxedStrategy<String>, most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(of, 1..most)
}

/// Strings that begin alike, with characters in front of the last separator that patterns could take for their own.
fn family() -> impl Strategy<Value = Vec<String>> {
    let prefix = select(&["src/", "a*b/", "a\\\\b/", "*/", "q\\\"/", "é:日/", "a\\nb/", "x*:"][..]);
    (prefix, 14..40_u8).prop_map(|(prefix, most)| (0..most).map(|number| format!("\"{prefix}{number}\"")).collect())
}

/// A string that is tried: one of all, or one that a star in a prefix would match.
fn probe() -> impl Strategy<Value = String> {
    let like =
        select(&["\"axyzb/9\"", "\"ab/9\"", "\"any/9\"", "\"xyz:9\"", "\"src/../9\"", "\"srcs/9\"", "\"A*B/9\""][..]);
    prop_oneof![string(), like.prop_map(str::to_owned)]
}

/// A log: lines, some of which are no calls.
fn log() -> impl Strategy<Value = String> {
    let pools = (
        pool(number().boxed(), 20),
        prop_oneof![pool(string().boxed(), 20), family()],
        pool(select(&["true", "false"][..]).prop_map(str::to_owned).boxed(), 3),
        pool(
            prop_oneof![string(), number(), Just("null".to_owned()), Just("{}".to_owned()), Just("[[]]".to_owned())]
                .boxed(),
            4,
        ),
    );
    let call = (0_usize..3, any::<[u8; 6]>(), 0_u8..64, 0_i64..4_000, 0_u8..3, 0_u8..40);
    let calls = prop_oneof![prop::collection::vec(call.clone(), 1..100), prop::collection::vec(call, 150..300)];
    (pools, calls).prop_map(|((numbers, strings, flags, others), calls)| {
        let mut lines = Vec::new();
        let mut at = 1_772_442_000;
        for (tool, picks, given, later, grant, odd) in calls {
            at += later;
            let pick = |pool: &[String], pick: u8| pool[usize::from(pick) % pool.len()].clone();
            let list: Vec<String> = (0..picks[4] % 4).map(|place| pick(&strings, picks[3].wrapping_add(place))).collect();
            let all = [
                ("n", pick(&numbers, picks[0])),
                ("s", pick(&strings, picks[1])),
                ("b", pick(&flags, picks[2])),
                ("l", format!("[{}]", list.join(","))),
                ("o", format!("{{\"k\":{},\"odd key\":{}}}", pick(&strings, picks[5]), picks[5])),
                ("any", pick(&others, picks[5])),
            ];
            let members: Vec<String> = all
                .iter()
                .enumerate()
                .filter(|(place, _)| given >> place & 1 == 1 || *place < usize::from(grant))
                .map(|(_, (key, value))| format!("{}:{value}", json!(key)))
                .collect();
            let name = ["list_alpha", "update_beta", "delete_gamma"][tool];
            let time = jiff::Timestamp::from_second(at).unwrap();
            let call = format!(
                "{{\"name\":\"{name}\",\"arguments\":{{{}}},\"grant\":\"g{grant}\",\"at\":\"{time}\"}}",
                members.join(",")
            );
            lines.push(match odd {
                0 => call.replace(name, "unknown"),
                1 => "{\"name\":".to_owned(),
                2 => format!("{{\"name\":\"{name}\",\"arguments\":{{\"s\":\"x\",\"s\":\"*\"}}}}"),
                3 => format!("{{\"name\":\"{name}\",\"arguments\":{{\"undeclared\":1}}}}"),
                4 => format!("{{\"name\":\"{name}\",\"arguments\":{{\"n\":\"not a number\"}}}}"),
                5 => format!(
                    "[{{\"jsonrpc\":\"2.0\",\"id\":1,\
                     \"method\":\"tools/call\",\"params\":{{\"name\":\"{name}\",\"arguments\":{{{}}}}},\"at\":\"{time}\"}}]", members.join(",")),
                _ => call,
            });
        }
        lines.join("\n")
    })
}

/// The calls of a log that can be learnt from, as the test finds them itself.
fn good(log: &str) -> Vec<OwnedCall> {
    let odd = ["unknown", "undeclared", "not a number"];
    let lines = log.lines().filter(|line| !odd.iter().any(|odd| line.contains(odd)));
    let calls = lines.flat_map(messages).filter_map(|message| match message {
        Message::Call(call, _) => Some(call),
        Message::Other | Message::Malformed(_) => None,
    });
    calls.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Every call passes or is held, each part is needed, and the policy is the same whatever the order of the catalogue.
    #[test]
    fn learnt_policies_are_proved_and_deterministic(log in log()) {
        let text = catalogue(false);
        let draft = match draft(&text, &log) {
            Ok(draft) => draft,
            Err(NotLearnt::NoCalls(_)) => {
                prop_assert!(good(&log).is_empty());
                return Ok(());
            }
            Err(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        let learnt = proved(&draft, &log).map_err(|reason| TestCaseError::fail(format!("{reason:?}")))?;
        let other = super::draft(&catalogue(true), &log).unwrap();
        let again = proved(&other, &log).unwrap();
        prop_assert_eq!(&learnt.text, &again.text);
        // The text that is written, read from scratch, decides the calls as the test itself finds them.
        let analysis = analyze("p.pol", Path::new("p.pol"), &learnt.text, &Options::default(), &One(&text));
        let policy = analysis.checked.as_ref().unwrap().policy().unwrap();
        let mut evaluator = Evaluator::new(policy);
        for call in good(&log) {
            let call = call.at(0);
            let decision = evaluator.call(&call);
            prop_assert!(decision.verdict != Verdict::Deny, "{} {}\n{}", call.name, call.arguments.source(), learnt.text);
        }
    }

    /// A string that was not recorded passes only where those that were have no list of their own: then it begins as all of them do, or
    /// they have nothing in common.
    #[test]
    fn nothing_recorded_is_a_pattern(log in log(), probe in probe()) {
        let text = catalogue(false);
        let Ok(draft) = draft(&text, &log) else { return Ok(()) };
        let evaluator = Evaluator::new(draft.policy().unwrap());
        let calls = good(&log);
        for name in ["list_alpha", "update_beta"] {
            let of_tool: Vec<Call<'_>> = calls.iter().map(|call| call.at(0)).filter(|call| call.name == name).collect();
            let recorded: BTreeSet<&str> =
                of_tool.iter().filter_map(|call| call.arguments.get("s").and_then(|text| text.as_str())).collect();
            let probe_text: String = serde_json::from_str(&probe).unwrap();
            if recorded.is_empty() || recorded.contains(probe_text.as_str()) {
                continue;
            }
            let first = recorded.first().unwrap();
            let common: usize = (0..=first.len())
                .rev()
                .find(|end| first.get(..*end).is_some_and(|start| recorded.iter().all(|text| text.starts_with(start))))
                .unwrap();
            let separator = first[..common].rfind('/').or_else(|| first[..common].rfind(':')).or_else(|| first[..common].rfind('.'));
            let prefix = separator.map_or("", |end| &first[..=end]);
            // A call that passes, with this string in the place of its own.
            for call in &of_tool {
                let Some(old) = call.arguments.get("s").map(|value| value.source().to_owned()) else { continue };
                if evaluator.decide(call).verdict != Verdict::Allow {
                    continue;
                }
                let source = call.arguments.source().replacen(&format!("\"s\":{old}"), &format!("\"s\":{probe}"), 1);
                let line = format!("{{\"name\":\"{name}\",\"arguments\":{source}}}");
                let changed = OwnedCall::parse(&line).unwrap();
                if evaluator.decide(&changed.at(call.at)).verdict == Verdict::Allow {
                    let address = recorded.iter().all(|text| text.ends_with("@acme.com")) && probe_text.ends_with("@acme.com");
                    let free = prefix.is_empty() && !recorded.iter().all(|text| text.ends_with("@acme.com"));
                    let many = free || address || !prefix.is_empty() && probe_text.starts_with(prefix);
                    prop_assert!(many, "{line} passes, of {recorded:?}");
                }
                break;
            }
        }
    }
}

/// What characters mean in patterns, they do not mean in recorded strings: a log of one argument, with what is demanded of it, a string
/// that passes and one that does not.
#[test]
fn strings_mean_themselves() {
    let rows = [
        (r##"a*b/#"##, r##"args.s like "a\\*b/*""##, r##"a*b/new"##, r##"axyzb/7"##),
        (r##"a\\b/#"##, r##"args.s like "a\\\\b/*""##, r##"a\\b/new"##, r##"ab/7"##),
        (r##"*/#"##, r##"args.s like "\\*/*""##, r##"*/new"##, r##"any/7"##),
        (r##"x*:#"##, r##"args.s like "x\\*:*""##, r##"x*:new"##, r##"xyz:7"##),
        (r##"q\"; allow; /#"##, r##"args.s like "q\"; allow; /*""##, r##"q\"; allow; /new"##, r##"q"##),
        (r##"a\nallow x;/#"##, r##"args.s like "a\nallow x;/*""##, r##"a\nallow x;/new"##, r##"allow x;/"##),
        (
            r##"n#@acme.com"##,
            r##"args.s matches "[A-Za-z0-9._%+-]+@acme\\.com""##,
            r##"new@acme.com"##,
            r##"eve@evil.com,n@acme.com"##,
        ),
        (r##"n#@a.m*e.com"##, r##"args.s like "*""##, r##"new"##, r##""##),
        (
            r##"https://acme.com/#"##,
            r##"args.s like "https://acme.com/*""##,
            r##"https://acme.com/new"##,
            r##"https://acme.com.evil.com/7"##,
        ),
        (r##"https://acme.com#"##, r##"args.s like "https://*""##, r##"https://x.org"##, r##"http://acme.com/7"##),
    ];
    let catalogue = catalogue(false);
    for (recorded, demanded, passes, fails) in rows {
        let line = |text: &str| format!("{{\"name\":\"list_alpha\",\"arguments\":{{\"s\":\"{text}\"}}}}");
        let log: Vec<String> = (0..30).map(|number| line(&recorded.replace('#', &number.to_string()))).collect();
        let log = log.join("\n");
        let draft = draft(&catalogue, &log).unwrap();
        let text = proved(&draft, &log).unwrap().text;
        assert!(text.contains(demanded), "{demanded}\n{text}");
        let evaluator = Evaluator::new(draft.policy().unwrap());
        let verdict = |text: &str| evaluator.decide(&OwnedCall::parse(&line(text)).unwrap().at(0)).verdict;
        assert_eq!(verdict(passes), Verdict::Allow, "{passes}\n{text}");
        if !fails.is_empty() {
            assert_eq!(verdict(fails), Verdict::Deny, "{fails}\n{text}");
        }
    }
}

/// Numbers are compared by value, whatever their notation.
#[test]
fn numbers_mean_their_values() {
    let rows: [(&[&str], &str); 5] = [
        (&["-0", "0", "0.0"], "args.n == 0"),
        (&["5e1", "50", "50.0"], "args.n == 50"),
        (&["1e400", "-1e400"], "args.n in [-1e400, 1e400]"),
        (&["9007199254740993", "9007199254740992"], "args.n in [9007199254740992, 9007199254740993]"),
        (&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13e0"], "args.n >= 1 and args.n <= 13"),
    ];
    let catalogue = catalogue(false);
    for (recorded, demanded) in rows {
        let line = |number: &&str| format!("{{\"name\":\"list_alpha\",\"arguments\":{{\"n\":{number}}}}}");
        let log: Vec<String> = recorded.iter().cycle().take(52).map(line).collect();
        let log = log.join("\n");
        let text = proved(&draft(&catalogue, &log).unwrap(), &log).unwrap().text;
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(demanded), "{demanded}\n{text}");
    }
}
