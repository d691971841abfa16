//! How long it takes to find a string that is in some languages and not in others.

#![allow(clippy::unwrap_used, clippy::missing_docs_in_private_items, missing_docs, reason = "this is a benchmark")]

use std::collections::BTreeSet;
use std::sync::Arc;

use divan::{Bencher, black_box};
use policyc_core::pattern::{Like, Regex};
use policyc_core::solver::Budget;
use policyc_core::solver::strings::{Language, Wanted, find};

fn main() {
    divan::main();
}

fn language(text: &str) -> Language {
    let (kind, pattern) = text.split_once(':').unwrap();
    match kind {
        "like" => Language::like(&Like::new(pattern).unwrap()),
        "re" => Language::regex(&Regex::new(pattern).unwrap()),
        _ => Language::containing(&Arc::from(pattern)),
    }
}

/// Questions: the languages to be in and, after `|`, those to be outside of.
const QUESTIONS: [(&str, &[&str], &[&str]); 7] = [
    ("url", &["like:https://*.acme.com/*"], &["like:https://internal.*"]),
    ("urls", &["like:https://*.acme.com/*", "has:drop"], &["like:https://internal.*", "like:*/admin/*"]),
    ("mail", &["re:[^@]+@acme\\.com", "like:*.admin@*"], &["re:(?i).*drop.*"]),
    ("nothing", &["re:[^@]+@acme\\.com", "like:*.admin@*"], &["like:*@acme.com"]),
    ("fold", &["re:(?i).*drop.*", "re:(?i).*table.*"], &["has:DROP", "like:* *"]),
    ("unicode", &["re:\\pL+ \\pN+", "re:[\\w ]+"], &["like:a*"]),
    ("branches", &["like:feat/*", "re:[a-z]+/[A-Z]{2,5}-\\d{1,6}"], &["like:feat/AA*", "like:*-0*", "like:*-1"]),
];

fn ask(within: &[Language], outside: &[Language]) {
    let except = BTreeSet::new();
    let wanted =
        Wanted { within: within.iter().collect(), outside: outside.iter().collect(), except: &except, lengths: vec![] };
    let found = find(black_box(&wanted), &mut Budget::new(1_000_000));
    black_box(found.unwrap());
}

fn names() -> impl Iterator<Item = &'static str> {
    QUESTIONS.iter().map(|(name, ..)| *name)
}

fn languages(name: &str) -> (Vec<Language>, Vec<Language>) {
    let (_, within, outside) = QUESTIONS.iter().find(|(question, ..)| *question == name).unwrap();
    let all = |texts: &[&str]| texts.iter().map(|text| language(text)).collect();
    (all(within), all(outside))
}

/// With languages that were asked about before.
#[divan::bench(args = names())]
fn warm(bencher: Bencher<'_, '_>, name: &str) {
    let (within, outside) = languages(name);
    bencher.bench_local(|| ask(&within, &outside));
}

/// With languages that were just made.
#[divan::bench(args = names())]
fn cold(bencher: Bencher<'_, '_>, name: &str) {
    bencher.with_inputs(|| languages(name)).bench_local_values(|(within, outside)| {
        ask(&within, &outside);
        (within, outside)
    });
}
