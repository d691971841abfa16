//! How learnt policies do with calls that they were not learnt from: the figures of docs/learning.md.
//!
//! `cargo test --test language held_out -- --nocapture` prints them. Catalogues of real servers stand at `POLICYC_SHARED`; without it only
//! our own is used, and that is said.

use std::fs;
use std::path::PathBuf;

use policyc_core::catalogue::Catalogue;
use policyc_core::eval::{Call, Evaluator, OwnedCall, Verdict};
use policyc_core::source::FileId;

use super::draft;
use super::generator::{FOREIGN, Random, Tool, foreign, log, tools, used};

/// How many calls a log has, and of how many parts one is held out in turn.
const CALLS: usize = 4_000;
const FOLDS: usize = 10;

/// Catalogues of real servers.
const SHARED: [&str; 6] = ["filesystem", "github", "slack", "stripe", "kubernetes", "google-maps"];

/// Calls that were allowed, held and denied.
#[derive(Debug, Default, Clone, Copy)]
struct Counts([usize; 3]);

impl Counts {
    fn add(&mut self, verdict: Verdict) {
        let [allowed, held, denied] = &mut self.0;
        *match verdict {
            Verdict::Allow => allowed,
            Verdict::Approval => held,
            Verdict::Deny => denied,
        } += 1;
    }

    /// The shares in per cent.
    fn shares(self) -> String {
        let all: usize = self.0.iter().sum();
        let share = |count: usize| format!("{:.1} %", 100.0 * count as f64 / all.max(1) as f64);
        self.0.map(share).join(" | ")
    }
}

/// Demands that a line stands in docs/learning.md.
#[track_caller]
fn documented(line: &str) {
    let page = fs::read_to_string(crate::support::root().join("docs/learning.md")).unwrap();
    assert!(page.lines().any(|written| written == line), "docs/learning.md lacks this line:\n{line}");
}

#[test]
fn held_out_and_foreign_calls() {
    let mut catalogues: Vec<(String, PathBuf)> =
        vec![("our shop".to_owned(), crate::support::root().join("docs/catalogues/shop.json"))];
    let shared = std::env::var_os("POLICYC_SHARED").map(PathBuf::from);
    match &shared {
        None => eprintln!("POLICYC_SHARED is not set: nothing was learnt for catalogues of real servers"),
        Some(shared) => catalogues
            .extend(SHARED.map(|name| (name.to_owned(), shared.join("catalogues").join(name).with_extension("json")))),
    }
    let mut ways = [Counts::default(); FOREIGN.len()];
    for (name, path) in &catalogues {
        let text = fs::read_to_string(path).unwrap();
        let tools = tools(&serde_json::from_str(&text).unwrap());
        let (held_out, changed) = measure(&text, &tools, &mut ways);
        let row = format!("| {name} | {} | {} | {} |", used(&tools).len(), held_out.shares(), changed.shares());
        println!("{row}");
        documented(&row);
    }
    for (way, counts) in FOREIGN.iter().zip(ways) {
        let row = format!("| {way} | {} |", counts.shares());
        println!("{row}");
        if shared.is_some() {
            documented(&row);
        }
    }
}

/// Learns ten times from nine tenths of a log: what becomes of the calls of the last tenth, and of these changed.
fn measure(catalogue: &str, tools: &[Tool], ways: &mut [Counts; FOREIGN.len()]) -> (Counts, Counts) {
    let schemas = Catalogue::load(catalogue, FileId(0)).0.unwrap();
    // What a server would not take is not in the logs of an agent that works.
    let is_taken = |line: &String| {
        let call = OwnedCall::parse(line).unwrap();
        let call = call.at(0);
        schemas.entries(call.name).iter().all(|entry| schemas.schema(*entry).admits(call.arguments) != Some(false))
    };
    let all: Vec<String> = log(&used(tools), CALLS, 7).into_iter().filter(is_taken).collect();
    let mut random = Random(11);
    let (mut held_out, mut changed) = (Counts::default(), Counts::default());
    for fold in 0..FOLDS {
        let is_held_out = |place: usize| place % FOLDS == fold;
        let rest: Vec<&str> =
            all.iter().enumerate().filter(|(place, _)| !is_held_out(*place)).map(|(_, line)| line.as_str()).collect();
        let draft = draft(catalogue, &rest.join("\n")).unwrap();
        assert_eq!(draft.log.learnt as usize, rest.len(), "{:?}", draft.log.described);
        let mut evaluator = Evaluator::new(draft.policy().unwrap());
        for (place, line) in all.iter().enumerate() {
            let call = OwnedCall::parse(line).unwrap();
            // All calls fill the limits, in the order of the log.
            let verdict = evaluator.call(&call.at(0)).verdict;
            if !is_held_out(place) {
                continue;
            }
            held_out.add(verdict);
            let way = random.below(FOREIGN.len() as u64) as usize;
            if let Some(line) = foreign(line, way, tools, &mut random) {
                let call = OwnedCall::parse(&line).unwrap();
                // Its limits are those of a quiet day: only what it is, not when, may refuse it.
                let verdict = evaluator.decide(&Call { grant: Some("eve"), ..call.at(0) }).verdict;
                changed.add(verdict);
                ways[way].add(verdict);
            }
        }
    }
    (held_out, changed)
}
