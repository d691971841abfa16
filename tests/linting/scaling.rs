//! Ten times the text is at most thirteen times the work: allocations are counted, never time, for each rule and each way in which a file
//! grows.
//!
//! Each policy of a file knows all tools of the file, so many blocks with tools of their own are not among the ways: there the policies
//! themselves are larger.
//!
//! Rules that ask questions about all calls stop at an allowance of work. What they cost until then grows faster, so they are looked at where
//! no question takes long.

use std::fmt::Write as _;
use std::path::Path;

use policyc_core::lint::{self, RULES};
use policyc_core::sema::{self, Analysis, NoFiles, Options};

/// A way in which files grow: its name, what stands in front, what there is of each of `n`, and what stands behind.
type Family = (&'static str, &'static str, fn(usize) -> String, &'static str);

const FAMILIES: &[Family] = &[
    ("lets", "deny *; allow a;", |i| format!("let v{i} = [{i}, {i}];"), ""),
    ("groups", "deny *; allow a;", |i| format!("group g{i} = a, b{i}, a;"), ""),
    ("tools", "deny *;", |i| format!("allow t{i} when args.p == \"/d\";"), ""),
    ("limits", "deny *;", |i| format!("limit t{i} 3/min; limit t{i} 1000/day of args.n per server;"), ""),
    ("items", "deny *; allow a", |i| format!(", t{}, t{}", i / 2, i), ";"),
    ("exceptions", "deny *; allow * except a", |i| format!(", t{i}"), ";"),
    ("values", "deny *; allow a when args.x in [0", |i| format!(", {}", i / 2), "];"),
    ("assertions", "deny *; allow a;", |i| format!("assert deny b{};", i / 2), ""),
    ("tests", "deny *; allow a;", |i| format!("test \"t{}\" {{ call a {{\"x\": {i}}} -> allow; }}", i / 2), ""),
    ("negations", "deny *; allow a when args.x == 1", |i| format!(" or not not args.x == {i}"), ";"),
    ("suppressions", "deny *; allow a;", |i| format!("\n// policyc: allow(unused-let) so\nlet v{i} = 1;"), ""),
    ("blocks", "deny *;", |i| format!("policy p{i} {{ allow a when args.x == {i}; }}"), ""),
    ("same", "deny *; allow a;", |_| "deny a when args.x == 1;".to_owned(), ""),
];

/// Rules that prove something about each part of a condition, or about each rule of a tool, up to an allowance.
const ALLOWED: &[(&str, &str)] = &[("negations", "a condition of many tests"), ("same", "many rules of one tool")];

fn analysis((_, before, each, behind): &Family, n: usize) -> Analysis {
    let mut text = (*before).to_owned();
    (0..n).for_each(|i| write!(text, "{}", each(i)).unwrap());
    text.push_str(behind);
    let analysis = sema::analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &NoFiles);
    assert!(analysis.checked.is_some(), "{:?}", analysis.diagnostics.iter().find(|found| found.is_error()));
    analysis
}

#[test]
fn work_grows_with_the_text() {
    const SMALL: usize = 40;
    let mut wrong = Vec::new();
    for family in FAMILIES {
        let (small, large) = (analysis(family, SMALL), analysis(family, 10 * SMALL));
        let asks = ALLOWED.iter().any(|(name, _)| *name == family.0);
        for rule in RULES {
            let is_file = matches!(rule.check, lint::Check::File(_));
            if asks && !is_file {
                continue;
            }
            let count = |analysis: &Analysis| {
                allocation_counter::measure(|| drop(lint::check(analysis, &|code| code.id == rule.code.id))).bytes_total
            };
            let (few, many) = (count(&small), count(&large));
            if many > 13 * few + 4_096 {
                wrong.push(format!("{} of {}: {few} bytes, then {many}", rule.code.name, family.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
