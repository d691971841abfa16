//! Files with many `policy` blocks: each is looked at for what it says itself, not for all that the file says.

use std::fmt::Write as _;
use std::path::Path;

use policyc_core::disk::Unreadable;
use policyc_core::findings;
use policyc_core::ir::Policy;
use policyc_core::sema::{self, Analysis, Cache, Loader, NoFiles, Options};

/// A way in which files grow: its name, and what there is of each of `n`.
type Family = (&'static str, fn(usize) -> String);

const FAMILIES: &[Family] = &[
    ("tools of their own", |i| format!("policy p{i} {{ deny *; allow t{i} when args.x == {i}; }}")),
    ("no default", |i| format!("policy p{i} {{ allow a; limit a {i}/min; }}")),
    ("both defaults", |i| format!("policy p{i} {{ deny *; allow *; }}")),
    ("counters that collide", |i| format!("policy p{i} {{ deny *; limit a 1/min; limit a 2/min; }}")),
    ("names around them", |i| {
        format!("let v{i} = [{i}, 1]; group g{i} = a, b; policy p{i} {{ deny *; allow @g{i} when args.x in v{i}; }}")
    }),
    ("names of their own", |i| {
        format!("let v{i} = {i}; group g{i} = a, b; policy p{i} {{ deny *; let w = {i}; group h = @g{i}; allow @h; }}")
    }),
    ("tests and assertions", |i| {
        format!("policy p{i} {{ deny *; allow a; assert allow a; test \"t\" {{ call a {{\"x\": {i}}} -> allow; }} }}")
    }),
];

fn text((_, each): &Family, n: usize) -> String {
    let mut text = String::new();
    (0..n).for_each(|i| writeln!(text, "{}", each(i)).unwrap());
    text
}

fn analyze(text: &str, loader: &dyn Loader) -> Analysis {
    sema::analyze("p.pol", Path::new("p.pol"), text, &Options::default(), loader)
}

/// Allocations are counted, never time.
#[test]
fn ten_times_the_blocks_are_at_most_thirteen_times_the_work() {
    const SMALL: usize = 40;
    for family in FAMILIES {
        let count = |n: usize| {
            let text = text(family, n);
            let counted = allocation_counter::measure(|| {
                let analysis = analyze(&text, &NoFiles);
                let policies: Vec<&Policy> = analysis.policies().collect();
                drop(findings::of_policies(&analysis, &policies));
            });
            (counted.count_total, counted.bytes_total)
        };
        let (few, many) = (count(SMALL), count(10 * SMALL));
        assert!(many.0 <= 13 * few.0 && many.1 <= 13 * few.1, "{}: {few:?}, then {many:?}", family.0);
    }
}

/// A loader that keeps what was read.
struct Kept(Cache);

impl Loader for Kept {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(br#"{"tools": [{"name": "a", "inputSchema": {"type": "object", "properties": {"x": {"type": "number"}},
            "additionalProperties": false}}, {"name": "b"}]}"#
            .to_vec())
    }

    fn cache(&self) -> Option<&Cache> {
        Some(&self.0)
    }
}

/// What is right in one block, or under one value of a name, is not taken for right under another.
#[test]
fn what_is_known_of_one_block_is_not_said_of_another() {
    let kept = Kept(Cache::default());
    let server = "server s from \"c.json\"; deny *;";
    let block = |outside: &str, here: &str| {
        format!("{server} {outside} policy p {{ {here} allow @g when args.x == v; }} policy q {{ allow b; }}")
    };
    let (number, string) = ("let v = 1;", "let v = \"1\";");
    let (one, other) = ("group g = a;", "group g = b, nothing;");
    let first = analyze(&block(&format!("{number} {one}"), ""), &kept);
    assert!(first.checked.is_some(), "{:?}", first.diagnostics);
    for (outside, here, code) in [
        (format!("{string} {one}"), String::new(), Some("wrong-type")),
        (format!("{number} {other}"), String::new(), Some("unknown-tool")),
        (number.to_owned(), one.to_owned(), None),
        (one.to_owned(), string.to_owned(), Some("wrong-type")),
        (String::new(), format!("{number} {other}"), Some("unknown-tool")),
        (format!("{number} {one}"), String::new(), None),
    ] {
        let text = block(&outside, &here);
        let (again, alone) = (analyze(&text, &kept), analyze(&text, &Kept(Cache::default())));
        assert_eq!(again.diagnostics, alone.diagnostics, "{text}");
        let found: Vec<&str> =
            again.diagnostics.iter().filter(|found| found.is_error()).map(|found| found.code.name).collect();
        assert_eq!(found, Vec::from_iter(code), "{text}");
    }
}

/// A group outside of the blocks means what it means there, and a mistake in it is reported once.
#[test]
fn groups_around_blocks_are_resolved_once() {
    let kept = Kept(Cache::default());
    let text = "server s from \"c.json\"; deny *; group g = a, @h;
        policy p { group h = b; allow @g; } policy q { group k = b; deny @g; } policy r { group hh = a; hide @hh; }";
    let found = analyze(text, &kept).diagnostics;
    let said: Vec<&str> = found.iter().map(|found| found.code.name).collect();
    assert_eq!(said, ["unknown-set"], "{found:?}");
}
