//! How often the inferred classes and tags of tools are right: on labelled tools, which stand at `POLICYC_SHARED`, on labels of
//! ours, and on the catalogues there. Without `POLICYC_SHARED` only our own are measured, and that is said.
//!
//! `cargo test --test language risk_labels -- --nocapture` prints the figures of docs/classes.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use policyc_core::catalogue::{Catalogue, Class, Tag, Tags};
use policyc_core::source::FileId;
use serde_json::{Value, json};

/// A tool with the class that it is labelled with.
struct Labelled {
    server: String,
    tool: String,
    description: String,
    class: Class,
}

fn shared(what: &str) -> Option<PathBuf> {
    let found = std::env::var_os("POLICYC_SHARED").map(|place| PathBuf::from(place).join(what));
    if found.is_none() {
        eprintln!("POLICYC_SHARED is not set: {what} was not measured");
    }
    found
}

/// The rows of a file of ours: fields between tabs, `#` before comments.
fn rows(name: &str) -> Vec<Vec<String>> {
    let path = crate::support::root().join("tests/fixtures/risk_labels").join(name);
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn load(tools: Vec<Value>) -> Catalogue {
    let text = json!({ "tools": tools }).to_string();
    Catalogue::load(&text, FileId(0)).0.unwrap()
}

/// What came of a measurement.
#[derive(Default)]
struct Score {
    tools: usize,
    exact: usize,
    read_or_not: usize,
    /// By class: how often it was inferred, and how often rightly.
    precision: BTreeMap<Class, (usize, usize)>,
    /// Graver tools that were called read.
    missed: Vec<String>,
    wrong: Vec<String>,
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole.max(1)).unwrap())
}

impl Score {
    fn of(labelled: &[Labelled]) -> Self {
        let entry = |row: &Labelled| json!({ "name": row.tool, "description": row.description });
        let catalogue = load(labelled.iter().map(entry).collect());
        let mut score = Self::default();
        for (entry, row) in (0..).zip(labelled) {
            let classes = catalogue.classes(entry).unwrap().0;
            let (found, name) = (classes.most_severe(), format!("{} {}", row.server, row.tool));
            let (inferred, right) = score.precision.entry(found).or_default();
            (*inferred, *right) = (*inferred + 1, *right + usize::from(found == row.class));
            score.tools += 1;
            score.exact += usize::from(found == row.class);
            score.read_or_not += usize::from((found == Class::Read) == (row.class == Class::Read));
            if found == Class::Read && row.class > Class::Write {
                score.missed.push(name.clone());
            }
            if found != row.class {
                score.wrong.push(format!("{name}: {}, labelled {}", classes.names(), row.class.name()));
            }
        }
        score
    }

    fn text(&self, what: &str) -> String {
        let mut text = format!(
            "{what}: {} tools, most severe class {:.1} %, read or not {:.1} %, grave tools called read: {}\n",
            self.tools,
            percent(self.exact, self.tools),
            percent(self.read_or_not, self.tools),
            self.missed.len()
        );
        for (class, (inferred, right)) in &self.precision {
            let _ =
                writeln!(text, "  precision of {}: {:.1} % of {inferred}", class.name(), percent(*right, *inferred));
        }
        for wrong in &self.wrong {
            let _ = writeln!(text, "  {wrong}");
        }
        text
    }

    /// Compares the row of docs/classes.md with what was measured.
    #[track_caller]
    fn is_documented(&self, labels: &str) {
        documented(&format!(
            "| {labels} | {} | {:.1} % | {:.1} % | {} |",
            self.tools,
            percent(self.exact, self.tools),
            percent(self.read_or_not, self.tools),
            self.missed.len()
        ));
    }

    /// The bars that hold on every set of labels.
    #[track_caller]
    fn passes(&self) {
        assert!(self.missed.is_empty(), "called read: {:?}", self.missed);
        assert!(percent(self.read_or_not, self.tools) >= 93.0);
        assert!(percent(self.exact, self.tools) >= 85.0);
        for (class, (inferred, right)) in &self.precision {
            assert!(percent(*right, *inferred) >= 80.0, "precision of {}", class.name());
        }
    }
}

/// Demands that a line stands in docs/classes.md.
#[track_caller]
fn documented(line: &str) {
    let page = fs::read_to_string(crate::support::root().join("docs/classes.md")).unwrap();
    assert!(page.lines().any(|written| written == line), "docs/classes.md lacks this line:\n{line}");
}

/// The labels of the vendor; those of `other` have no class.
fn vendor() -> Option<Vec<(Value, Option<Class>)>> {
    let text = fs::read_to_string(shared("risk-labels")?.join("train.jsonl")).unwrap();
    let rows = text.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let class = Class::parse(row["category"].as_str().unwrap());
        (row, class)
    });
    Some(rows.collect())
}

fn labelled(row: &Value, class: Class) -> Labelled {
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    Labelled { server: text("server"), tool: text("tool"), description: text("description"), class }
}

#[test]
fn labels_of_a_vendor() {
    let Some(vendor) = vendor() else { return };
    let corrected: BTreeMap<(String, String), Class> = rows("corrected.tsv")
        .into_iter()
        .map(|row| ((row[0].clone(), row[1].clone()), Class::parse(&row[2]).unwrap()))
        .collect();
    let raw: Vec<Labelled> = vendor.iter().filter_map(|(row, class)| Some(labelled(row, (*class)?))).collect();
    // The labels as they stand, with those that are plainly wrong corrected.
    let fixed = |row: &Labelled| corrected.get(&(row.server.clone(), row.tool.clone())).copied();
    let five: Vec<Labelled> = vendor
        .iter()
        .filter_map(|(row, class)| {
            let row = labelled(row, (*class)?);
            Some(Labelled { class: fixed(&row).unwrap_or(row.class), ..row })
        })
        .collect();
    // And with the tools that the vendor's patterns did not find.
    let all: Vec<Labelled> = vendor
        .iter()
        .filter_map(|(row, class)| {
            let row = labelled(row, class.unwrap_or(Class::Write));
            let class = fixed(&row).or(*class)?;
            Some(Labelled { class, ..row })
        })
        .collect();
    let (raw, five, all) = (Score::of(&raw), Score::of(&five), Score::of(&all));
    println!("{}{}{}", raw.text("labels as they stand"), five.text("corrected"), all.text("with those of `other`"));
    raw.is_documented("a vendor's, as they stand");
    five.is_documented("a vendor's, corrected");
    all.is_documented("a vendor's, corrected, with the tools that its patterns did not find");
    five.passes();
    all.passes();
    assert!(percent(raw.exact, raw.tools) >= 85.0 && percent(raw.read_or_not, raw.tools) >= 93.0);
    let known: Vec<&(String, String)> = corrected.keys().collect();
    for key in known {
        let is_there = vendor.iter().any(|(row, _)| row["server"] == key.0 && row["tool"] == key.1);
        assert!(is_there, "{key:?} is corrected, and has no label");
    }
}

#[test]
fn labels_of_ours() {
    let rows = rows("invented.tsv");
    let labelled: Vec<Labelled> = rows
        .iter()
        .map(|row| Labelled {
            server: row[0].clone(),
            tool: row[1].clone(),
            description: row[2].clone(),
            class: Class::parse(&row[3]).unwrap(),
        })
        .collect();
    let score = Score::of(&labelled);
    println!("{}", score.text("tools of other servers"));
    score.is_documented("ours, of other servers");
    score.passes();
    // Tags: how many are found, and how many are too many.
    let entry = |row: &Vec<String>| json!({ "name": row[1], "description": row[2] });
    let catalogue = load(rows.iter().map(entry).collect());
    let (mut wanted, mut found, mut right) = (0, 0, 0);
    for (entry, row) in (0..).zip(&rows) {
        let tags = catalogue.tags(entry).unwrap();
        let labels = Tags::parse(row[4].split(',').filter(|tag| !tag.is_empty())).unwrap();
        for tag in Tag::ALL {
            wanted += usize::from(labels.has(tag));
            found += usize::from(tags.has(tag));
            right += usize::from(labels.has(tag) && tags.has(tag));
        }
    }
    println!("tags: {right} of {wanted} found, {} too many", found - right);
    documented(&format!("Of the {wanted} tags in our labels {right} are found, and {} are too many.", found - right));
    assert!(percent(right, wanted) >= 80.0 && percent(right, found) >= 80.0);
}

#[test]
fn names_of_public_servers() {
    let labelled: Vec<Labelled> = rows("public.tsv")
        .iter()
        .map(|row| Labelled {
            server: row[0].clone(),
            tool: row[1].clone(),
            description: String::new(),
            class: Class::parse(&row[2]).unwrap(),
        })
        .collect();
    let score = Score::of(&labelled);
    println!("{}", score.text("names of public servers"));
    score.is_documented("names of public servers, without descriptions");
    score.passes();
}

/// Servers that say `readOnlyHint` of what changes something, or runs what the caller writes: no harmless reads.
fn changes_something(catalogue: &str, tool: &str) -> bool {
    rows("false_hints.tsv").iter().any(|row| row[0] == catalogue && row[1] == tool)
}

#[test]
fn harmless_reads() {
    let Some(folder) = shared("catalogues") else { return };
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let (mut hinted, mut outside) = (0, Vec::new());
    for path in &files {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        for (tool, classes) in with_hint(path) {
            hinted += 1;
            if classes != "read" && !changes_something(name, &tool) {
                outside.push(format!("{name} {tool}: {classes}"));
            }
        }
    }
    println!(
        "harmless reads outside @read: {} of {hinted} with readOnlyHint\n  {}",
        outside.len(),
        outside.join("\n  ")
    );
    documented(&format!(
        "Of {hinted} tools that say `readOnlyHint: true` {} are harmless reads that are not in `@read`.",
        outside.len()
    ));
    assert!(percent(outside.len(), hinted) < 5.0);
}

/// The tools of a catalogue with `readOnlyHint: true`, and their classes.
fn with_hint(path: &Path) -> Vec<(String, String)> {
    let catalogue = Catalogue::load(&fs::read_to_string(path).unwrap(), FileId(0)).0.unwrap();
    let tools = (0..).zip(catalogue.tools()).filter(|(_, tool)| tool.annotations.read_only == Some(true));
    tools.map(|(entry, tool)| (tool.name.clone(), catalogue.classes(entry).unwrap().0.names())).collect()
}
