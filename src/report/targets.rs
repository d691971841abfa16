//! What targets can hold, and whether they can enforce a policy: as text, as Markdown and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, Severity, visible};
use crate::emit::{Construct, Emission, Holds, Target, TargetOption};
use crate::ir::window_words;
use crate::source::SourceMap;

use super::words::{add, count};

/// A target, and what came of each policy and server.
pub type Attempts<'a> = (&'a Target, Vec<Attempt<'a>>);

/// What came of an attempt to compile one policy for one server to a target.
pub struct Attempt<'a> {
    /// The name of the policy; empty where a file has but one.
    pub policy: &'a str,
    /// The name of the server; empty where a policy has but one.
    pub server: &'a str,
    /// What came of it.
    pub emission: Emission,
}

impl Attempt<'_> {
    /// What it is about, where that needs to be said: ` policy a, server b`.
    fn about(&self) -> String {
        let parts = [("policy", self.policy), ("server", self.server)];
        let named = parts.into_iter().filter(|(_, name)| !name.is_empty());
        let parts: Vec<String> = named.map(|(word, name)| format!("{word} {}", visible(name))).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    }

    /// Whether the target can enforce it, in words.
    fn verdict(&self) -> String {
        let places = |severity| {
            let found = self.emission.diagnostics.iter().filter(|found| found.severity == severity);
            count(found.count(), "place")
        };
        match Holds::of(&self.emission) {
            Holds::No => format!("cannot enforce it: {} in the way", places(Severity::Error)),
            Holds::Yes => "enforces it as it is written".to_owned(),
            Holds::Stricter => format!("enforces it, and is stricter in {}", places(Severity::Warning)),
            Holds::AsDenial => "enforces it, and denies what a person could approve".to_owned(),
        }
    }
}

/// What a target says of its gateway, in rows of a name and a value.
fn facts(target: &Target) -> Vec<(&'static str, String)> {
    let counting = &target.counting;
    let lengths = counting.lengths.map_or_else(
        || "any".to_owned(),
        |lengths| lengths.iter().map(|seconds| window_words(*seconds)).collect::<Vec<_>>().join(", "),
    );
    let counts = counting.lengths.is_none_or(|lengths| !lengths.is_empty());
    let of_counts = |words: String| if counts { words } else { "no counts".to_owned() };
    let trust = if counting.is_on_trust { ", taken on trust" } else { "" };
    vec![
        ("files", format!(".{}", target.extension)),
        ("windows", of_counts(format!("{lengths}; {}{trust}", counting.windows.words()))),
        ("processes of the gateway", of_counts(counting.processes.words().to_owned())),
        ("a call that failed", of_counts(counting.give_back.words().to_owned())),
        ("when counters fail", of_counts(counting.on_failure.words().to_owned())),
        ("numbers of calls", target.numbers.words().to_owned()),
        ("approval by a person", if target.asks { "asks" } else { "no" }.to_owned()),
        ("identity of the caller", if target.knows_caller { "known" } else { "none" }.to_owned()),
    ]
}

/// All targets and what each can hold, for a terminal.
#[must_use]
pub fn text(targets: &[&Target]) -> String {
    let mut out = String::new();
    for target in targets {
        out.push_str(&format!("{}: {}\n", target.name, target.title));
        for (name, value) in facts(target) {
            out.push_str(&format!("  {name:<24}  {value}\n"));
        }
        if !target.options.is_empty() {
            out.push_str(&format!("  in policyc.toml, below [targets.{}]:\n", target.name));
        }
        for TargetOption { name, kind, meaning } in target.options {
            let name = format!("{name}, a {}", kind.words());
            out.push_str(&format!("    {name:<22}  {}\n", meaning.replace('`', "")));
        }
        out.push('\n');
    }
    let name = |construct: &Construct| construct.name.replace('`', "");
    let wide = Construct::ALL.iter().map(|construct| name(construct).chars().count()).max().unwrap_or_default();
    let columns: Vec<usize> = targets.iter().map(|target| target.name.len().max("stricter (typed)".len())).collect();
    let mut row = |first: &str, cells: &[&str]| {
        let mut line = format!("{first:<wide$}");
        for (cell, width) in cells.iter().zip(&columns) {
            line.push_str(&format!("  {cell:<width$}"));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    };
    row("what it holds", &targets.iter().map(|target| target.name).collect::<Vec<_>>());
    for construct in Construct::ALL {
        let cells: Vec<String> = targets.iter().map(|target| target.holds(construct).words()).collect();
        row(&name(construct), &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    out.push_str(
        "\nstricter: some calls that the policy allows are denied, and compiling warns with such a call.\n\
                  typed: where a catalogue says which types the arguments have.\n",
    );
    out
}

/// All targets and what each can hold, as tables for a page.
#[must_use]
pub fn markdown(targets: &[&Target]) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = |first: &str| {
        let names = targets.iter().map(|target| format!("`{}`", target.name));
        let cells: Vec<String> = std::iter::once(first.to_owned()).chain(names).collect();
        format!("{}|{}\n", row(cells), "---|".repeat(targets.len() + 1))
    };
    let mut out = head("construct");
    for construct in Construct::ALL {
        let cells = targets.iter().map(|target| target.holds(construct).words());
        out.push_str(&row(std::iter::once(construct.name.to_owned()).chain(cells).collect()));
    }
    out.push('\n');
    out.push_str(&head("its gateway"));
    let all: Vec<_> = targets.iter().map(|target| facts(target)).collect();
    for (index, (name, _)) in all.first().into_iter().flatten().enumerate() {
        let cells = all.iter().filter_map(|facts| facts.get(index)).map(|(_, value)| value.clone());
        out.push_str(&row(std::iter::once((*name).to_owned()).chain(cells).collect()));
    }
    out.push_str("\n| option | value | meaning | below `[targets.NAME]` of |\n|---|---|---|---|\n");
    // Many targets have the same option.
    let mut named: Vec<(&TargetOption, Vec<&str>)> = Vec::new();
    for target in targets {
        for option in target.options {
            match named.iter_mut().find(|(known, _)| *known == option) {
                Some((_, names)) => names.push(target.name),
                None => named.push((option, vec![target.name])),
            }
        }
    }
    for (TargetOption { name, kind, meaning }, names) in named {
        let names = if names.len() == targets.len() {
            "every target".to_owned()
        } else {
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        out.push_str(&row(vec![format!("`{name}`"), kind.words().to_owned(), (*meaning).to_owned(), names]));
    }
    out
}

/// Whether targets can enforce a policy, for a terminal: what stands in the way, or is stricter, each with its line.
#[must_use]
pub fn fitness_text(attempts: &[Attempts<'_>], sources: &SourceMap) -> String {
    let mut out = String::new();
    for (target, attempts) in attempts {
        for attempt in attempts {
            out.push_str(&format!("{}{}: {}\n", target.name, attempt.about(), attempt.verdict()));
            for (lines, said) in together(worth_saying(attempt), sources) {
                let word = if lines.contains(' ') { "lines" } else { "line" };
                out.push_str(&format!("  {word} {lines}: {}\n", visible(&said.message)));
                if let Some(help) = &said.help {
                    let help = help.to_string();
                    help.lines().for_each(|line| out.push_str(&format!("    {}\n", visible(line))));
                }
            }
        }
    }
    out
}

/// What would be said in the same words about several places is said once: the numbers of the lines, and one of the findings.
fn together<'a>(found: impl Iterator<Item = &'a Diagnostic>, sources: &SourceMap) -> Vec<(String, &'a Diagnostic)> {
    let mut told: Vec<(String, &Diagnostic)> = Vec::new();
    let mut places: BTreeMap<(&str, Option<String>), usize> = BTreeMap::new();
    for found in found {
        let line = sources.line(found.primary.span).to_string();
        let key = (found.message.as_str(), found.help.as_ref().map(ToString::to_string));
        let place = *places.entry(key).or_insert(told.len());
        match told.get_mut(place) {
            Some((lines, _)) if lines.rsplit(", ").next() == Some(&line) => {}
            Some((lines, _)) => lines.push_str(&format!(", {line}")),
            None => told.push((line, found)),
        }
    }
    told
}

fn worth_saying<'a>(attempt: &'a Attempt<'_>) -> impl Iterator<Item = &'a Diagnostic> {
    // Of a policy that cannot be enforced, what is stricter is of no interest yet.
    let refused = attempt.emission.artefact.is_none();
    attempt.emission.diagnostics.iter().filter(move |found| !refused || found.is_error())
}

/// All targets, and what each can hold, or whether it can enforce a policy.
#[must_use]
pub fn json(targets: &[&Target], attempts: Option<(&[Attempts<'_>], &SourceMap)>) -> Value {
    let option =
        |option: &TargetOption| json!({ "name": option.name, "type": option.kind.words(), "meaning": option.meaning });
    let of = |target: &&Target| {
        let counting = &target.counting;
        let mut object = json!({
            "name": target.name,
            "title": target.title,
            "extension": target.extension,
            "windows": { "seconds": counting.lengths, "model": counting.windows.words(), "onTrust": counting.is_on_trust },
            "processes": counting.processes.words(),
            "failedCall": counting.give_back.words(),
            "counterFailure": counting.on_failure.words(),
            "exactNumbers": target.numbers == NumberDomain::Exact,
            "asks": target.asks,
            "knowsCaller": target.knows_caller,
            "options": target.options.iter().map(option).collect::<Vec<_>>(),
        });
        let more = match attempts {
            None => {
                let holds = |construct: &Construct| {
                    let held = target.holds(construct);
                    json!({ "construct": construct.name, "example": construct.example, "holds": held.holds.words(), "needsCatalogue": held.needs_catalogue })
                };
                ("holds", Construct::ALL.iter().map(holds).collect::<Vec<_>>())
            }
            Some((attempts, sources)) => {
                let own = attempts.iter().filter(|(other, _)| other.name == target.name);
                let attempt = |attempt: &Attempt<'_>| {
                    let found = worth_saying(attempt).map(|found| {
                        json!({
                            "line": sources.line(found.primary.span),
                            "file": sources.name(found.primary.span.file),
                            "severity": found.severity.name(),
                            "message": found.message,
                            "help": found.help.as_ref().map(ToString::to_string),
                        })
                    });
                    json!({
                        "policy": attempt.policy,
                        "server": attempt.server,
                        "holds": Holds::of(&attempt.emission).words(),
                        "statements": found.collect::<Vec<_>>(),
                    })
                };
                ("policies", own.flat_map(|(_, attempts)| attempts).map(attempt).collect())
            }
        };
        add(&mut object, [(more.0, Value::Array(more.1))]);
        object
    };
    json!({ "version": 1, "targets": targets.iter().map(of).collect::<Vec<_>>() })
}
