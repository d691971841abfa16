//! Random settings: installing and uninstalling gives back the bytes from before, and what is between is still JSON with all that was in it.

use policyc_enforce::hook::{Client, Covered};
use policyc_enforce::settings::{Wanted, check, install, uninstall};
use proptest::prelude::*;
use proptest::sample::select;

/// What may be between two parts of a text.
fn blank() -> impl Strategy<Value = String> {
    select(vec!["", "", " ", "\n", "\n  ", "\r\n\t", " // a, } ] \" comment\n", "/* , { \" */", " \n \n"])
        .prop_map(str::to_owned)
}

fn container(
    open: &'static str,
    close: &'static str,
    items: Vec<(String, String)>,
    inner: String,
    last: bool,
) -> String {
    let body: Vec<String> = items.into_iter().map(|(item, blank)| format!("{blank}{item}")).collect();
    let comma = if last && !body.is_empty() { "," } else { "" };
    format!("{open}{}{comma}{inner}{close}", body.join(","))
}

/// A value in any layout.
fn value() -> impl Strategy<Value = String> {
    let leaf = select(vec!["null", "true", "1.50e+2", "\"a, // b\"", "\"\\\"/*\"", "[]", "{}", "{ }", "-0"])
        .prop_map(str::to_owned);
    leaf.prop_recursive(3, 16, 4, |value| {
        let items = prop::collection::vec((value.clone(), blank()), 0..4);
        (items, blank(), any::<bool>()).prop_map(|(items, inner, last)| container("[", "]", items, inner, last))
    })
}

/// Members of an object, with keys of their own.
fn object(named: Vec<(&'static str, BoxedStrategy<String>)>) -> impl Strategy<Value = String> {
    let named: Vec<_> = named
        .into_iter()
        .map(|(key, value)| prop::option::of((blank(), blank(), value)).prop_map(move |one| (key, one)))
        .collect();
    let other = prop::collection::vec((value(), blank()), 0..3);
    (named, other, blank(), any::<bool>(), any::<bool>()).prop_map(|(named, other, inner, last, turned)| {
        let mut items: Vec<(String, String)> = other
            .into_iter()
            .enumerate()
            .map(|(index, (value, blank))| (format!("\"k{index}\":{value}"), blank))
            .collect();
        let named = named.into_iter().filter_map(|(key, one)| {
            let (front, between, value) = one?;
            Some((format!("\"{key}\":{between}{value}"), front))
        });
        items.extend(named);
        if turned {
            items.reverse();
        }
        container("{", "}", items, inner, last)
    })
}

fn settings() -> impl Strategy<Value = String> {
    let list = || {
        let entry = select(vec![
            "{\"command\": \"log\"}",
            "{\"matcher\": \"x\", \"hooks\": [{\"type\": \"command\", \"command\": \"log\"}]}",
            "{}",
        ]);
        prop::collection::vec((entry.prop_map(str::to_owned), blank()), 0..3)
            .prop_flat_map(|items| (Just(items), blank(), any::<bool>()))
            .prop_map(|(items, inner, last)| container("[", "]", items, inner, last))
            .boxed()
    };
    let texts = prop::collection::vec((select(vec!["\"file:///a.js\"".to_owned()]), blank()), 0..2)
        .prop_flat_map(|items| (Just(items), blank(), any::<bool>()))
        .prop_map(|(items, inner, last)| container("[", "]", items, inner, last));
    let hooks = object(vec![("PreToolUse", list()), ("BeforeTool", list())]).boxed();
    let permission = object(vec![("bash", Just("\"ask\"".to_owned()).boxed())]).boxed();
    let root = object(vec![("hooks", hooks), ("permission", permission), ("plugin", texts.boxed())]);
    (blank(), root, blank()).prop_map(|(front, root, behind)| format!("{front}{root}{behind}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_installed_can_be_taken_back(text in settings(), client in select(vec!["gemini-cli", "qwen-code", "opencode"])) {
        let servers = [Covered {
            called: "shop".to_owned(),
            written: "shop".to_owned(),
            before: "mcp__",
            between: "__",
            tools: vec!["mcp__shop__get".to_owned()],
            hidden: Vec::new(),
        }];
        let command = "policyc hook --client x /shop.pol";
        let wanted = Wanted {
            client: Client::named(client).unwrap(),
            words: &[],
            command,
            servers: &servers,
            plugin: Some("file:///policyc.js"),
            is_project: false,
            is_own: &|other| other == command,
        };
        // A comma behind the last member is for opencode alone.
        let Ok((installed, mut made)) = install(&text, &wanted) else {
            prop_assert!(check(&text, &wanted).is_err());
            return Ok(());
        };
        let found = check(&installed, &wanted).unwrap();
        prop_assert!(found.is_empty(), "{found:?} in {installed}");
        let (again, nothing) = install(&installed, &wanted).unwrap();
        prop_assert_eq!((&again, nothing.len()), (&installed, 0));
        let back = uninstall(&installed, &wanted, &mut made).unwrap();
        prop_assert_eq!((back, made.len()), (text, 0));
    }
}
