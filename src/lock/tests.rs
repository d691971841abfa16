//! The lock: read as it is written, compared with catalogues, damaged in all ways.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Change, Drift, Lock, LockedServer, Unseen};
use crate::catalogue::{Catalogue, Classes, Part};
use crate::source::FileId;

const NOW: &str = "2026-12-01T09:30:00Z";
const LATER: &str = "2027-01-01T00:00:00Z";

/// What a tool has besides its name: title, description, schema, annotations, another member.
type Texts = [u8; 5];

fn tool(name: &str, [title, description, schema, annotations, other]: Texts) -> String {
    format!(
        r#"{{"name": {name:?}, "title": "t{title}", "description": "d{description}", "inputSchema": {{"maxProperties": {schema}}},
        "annotations": {{"title": "a{annotations}"}}, "execution": {other}}}"#
    )
}

fn catalogue(tools: impl IntoIterator<Item = String>) -> Catalogue {
    let tools: Vec<String> = tools.into_iter().collect();
    Catalogue::load(&format!("{{\"tools\": [{}]}}", tools.join(", ")), FileId(0)).0.unwrap()
}

fn locked(catalogue: &Catalogue) -> Lock {
    let mut lock = Lock::default();
    lock.update("s", "s.json".to_owned(), None, catalogue, NOW);
    lock
}

fn read(text: &str) -> Lock {
    Lock::read(text, FileId(1)).unwrap_or_else(|found| panic!("{found:?}\n{text}"))
}

fn server(lock: &Lock) -> &LockedServer {
    &lock.servers["s"]
}

/// Names as servers have them, and worse.
fn names() -> impl Strategy<Value = BTreeMap<String, Texts>> {
    let name = prop_oneof!["[a-c]{1,2}", "delete_[ab]", "[ \"\\\\.\u{7f}\u{202e}\u{1}#]{0,3}", "\\PC{0,4}"];
    proptest::collection::btree_map(name, any::<[bool; 5]>().prop_map(|texts| texts.map(u8::from)), 0..6)
}

fn whole(tools: &BTreeMap<String, Texts>) -> Catalogue {
    catalogue(tools.iter().map(|(name, texts)| quoted(name, *texts)))
}

fn quoted(name: &str, texts: Texts) -> String {
    tool("NAME", texts).replacen("\"NAME\"", &crate::json::json_quote(name), 1)
}

proptest! {
    #[test]
    fn what_is_locked_has_not_drifted(tools in names()) {
        let catalogue = whole(&tools);
        let text = locked(&catalogue).text();
        let mut lock = read(&text);
        prop_assert_eq!(server(&lock).drift(&catalogue), []);
        // Written again, at another time and from another order, the text is the same.
        let reversed = self::catalogue(tools.iter().rev().map(|(name, texts)| quoted(name, *texts)));
        lock.update("s", "s.json".to_owned(), None, &reversed, LATER);
        prop_assert_eq!(lock.text(), text);
    }

    #[test]
    fn a_change_of_one_part_is_just_that(tools in names(), which in any::<prop::sample::Index>(), part in 0..5_usize) {
        prop_assume!(!tools.is_empty());
        let lock = read(&locked(&whole(&tools)).text());
        let mut changed = tools.clone();
        let name = tools.keys().nth(which.index(tools.len())).unwrap();
        changed.get_mut(name).unwrap()[part] += 7;
        let change = Change::Changed { parts: vec![Part::ALL[part]], sets: None };
        let drift = server(&lock).drift(&whole(&changed));
        prop_assert_eq!(drift, [Drift { tool: name.clone(), change }]);
    }

    #[test]
    fn a_tool_that_comes_or_goes_is_just_that(tools in names(), which in any::<prop::sample::Index>()) {
        prop_assume!(!tools.is_empty());
        let mut less = tools.clone();
        let name = tools.keys().nth(which.index(tools.len())).unwrap().clone();
        less.remove(&name);
        let [with, without] = [&tools, &less].map(whole);
        let drift = |lock: &Lock, now: &Catalogue| server(lock).drift(now);
        prop_assert_eq!(drift(&locked(&with), &without), [Drift { tool: name.clone(), change: Change::Removed }]);
        prop_assert_eq!(drift(&locked(&without), &with), [Drift { tool: name, change: Change::Added }]);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(version = [12]\n)?\\[?(servers[.a \n\\]=\"{}]*)*\\PC{0,40}") {
        if let Err(found) = Lock::read(&text, FileId(0)) {
            prop_assert!(!found.is_empty());
            prop_assert!(found.iter().all(|found| text.get(found.primary.span.range()).is_some()));
        }
    }
}

#[test]
fn the_class_of_a_tool_that_is_inferred_otherwise_is_drift() {
    let before = catalogue([r#"{"name": "drop_table"}"#.to_owned(), r#"{"name": "t"}"#.to_owned()]);
    let mut lock = locked(&before);
    let read_only = Classes::parse(["read"]).unwrap();
    lock.servers.get_mut("s").unwrap().tools.get_mut("drop_table").unwrap().sets.classes = read_only;
    let drift = server(&lock).drift(&before);
    assert_eq!(drift.len(), 1);
    assert_eq!(
        drift[0].message(),
        "the tool `drop_table` is locked as `read`, which without the lock would be `destructive`"
    );
}

#[test]
fn only_what_changes_gets_a_new_time_and_marks_stay() {
    let [one, two] = ["one", "two"];
    let before = catalogue([tool(one, [0; 5]), tool(two, [0; 5])]);
    let mut lock = locked(&before);
    let server = lock.servers.get_mut("s").unwrap();
    assert_eq!(server.unseen(&before, one), Some(Unseen::Tool));
    assert!(server.mark(&before, one, NOW, Some("Ada \u{202e}\"")));
    assert!(!server.mark(&before, one, LATER, None) && !server.mark(&before, "three", NOW, None));
    let mut lock = read(&lock.text());
    assert_eq!(lock.servers["s"].tools[one].reviewed.as_ref().unwrap().by.as_deref(), Some("Ada \u{202e}\""));
    assert_eq!(lock.servers["s"].unseen(&before, one), None);
    let after = catalogue([tool(one, [0, 1, 0, 0, 0]), tool(two, [0; 5])]);
    lock.update("s", "s.json".to_owned(), Some("npx".to_owned()), &after, LATER);
    let lock = read(&lock.text());
    let server = &lock.servers["s"];
    assert_eq!([one, two].map(|tool| server.tools[tool].locked.as_str()), [LATER, NOW]);
    assert_eq!((server.unseen(&after, one), server.from.as_deref()), (Some(Unseen::Change), Some("npx")));
}

#[test]
fn a_damaged_lock_is_refused_with_the_place() {
    let good = locked(&catalogue([tool("t", [0; 5])])).text();
    let cases: &[(&str, &str, &str)] = &[
        ("version = 1", "version = 2", "the lock has version 2, and this policyc knows 1"),
        ("version = 1\n", "", "the lock has no `version`"),
        ("version = 1", "version = \"1\"", "`version` must be 1"),
        ("catalogue = \"s.json\"\n", "", "the server `s` has no `catalogue`"),
        ("catalogue =", "katalogue =", "the server `s` has the unknown key `katalogue`"),
        ("catalogue =", "ttlMs = -1\ncatalogue =", "`ttlMs` must be a whole number of milliseconds, not a number"),
        ("tags = []\n", "", "the tool `t` has no `tags`"),
        ("tags = []", "tags = [\"send\"]", "the tags of a tool in policyc.lock: there is no tag `send`"),
        ("[\"write\"]", "[]", "the classes of a tool in policyc.lock: a list without a class"),
        ("[\"write\"]", "[\"wirte\"]", "the classes of a tool in policyc.lock: there is no class `wirte`"),
        (
            "name = \"sha256:",
            "name = \"sha1:",
            "`name` must be `sha256:` and 64 hexadecimal digits in lower case, not `sha1:",
        ),
        (
            "locked = \"2026-12-01T",
            "locked = \"2026-13-01T",
            "`locked` must be a time as RFC 3339 writes it, not `2026-13-01T",
        ),
        ("locked =", "reviewed = { at = \"2026-12-01T09:30:00Z\" }\nlocked =", "`reviewed` has no `digest`"),
        ("[servers.s]", "<<<<<<< ours\n[servers.s]", "the lock has a conflict that version control could not merge"),
        (
            "[servers.s.tools.t]",
            "[servers.s.tools.t]\nlocked = \"2026-12-01T09:30:00Z\"",
            "the key `locked` stands twice",
        ),
        ("[servers.s.tools.t]", "[servers.s.tools.t]\n[servers.s.tools.t]", ""),
        ("version = 1", "\"", ""),
    ];
    assert!(good.contains("[\"write\"]"), "{good}");
    for (from, to, message) in cases {
        let bad = good.replacen(from, to, 1);
        let found = Lock::read(&bad, FileId(3)).unwrap_err();
        let told: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
        assert!(told.iter().any(|told| told.starts_with(message)), "{to}: {told:?}");
        assert!(found.iter().all(|found| found.code.name == "bad-lock" && found.primary.span.file == FileId(3)));
        assert!(found.iter().all(|found| found.help.is_some()), "{found:?}");
    }
    // Of a newer version nothing else is said.
    let newer = good.replacen("version = 1", "version = 2\nkeys = 1", 1);
    assert_eq!(Lock::read(&newer, FileId(3)).unwrap_err().len(), 1);
    assert!(Lock::read("version = 1\n", FileId(0)).unwrap().servers.is_empty());
}
