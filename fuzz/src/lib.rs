//! What must hold for any input, one function for each fuzz target.
//!
//! An input is text. Where a check needs several texts, they are separated by the byte 0xFF, which no UTF-8 text has.
#![allow(clippy::panic, clippy::missing_panics_doc, reason = "a panic is how a fuzz target reports what it found")]

use std::borrow::Cow;
use std::path::Path;

use policyc_core::analysis::ask::{Answer, Domain};
use policyc_core::catalogue::Catalogue;
use policyc_core::config::Config;
use policyc_core::decider::{PolicyDecider, Wanted};
use policyc_core::diagnostics::{Applicability, Diagnostic, codes};
use policyc_core::diff::{Verdict, compare};
use policyc_core::disk::Unreadable;
use policyc_core::emit::TARGETS;
use policyc_core::eval::{Evaluator, OwnedCall, Verdict as Decided};
use policyc_core::findings::{self, Depth};
use policyc_core::fixes::{self, Looked};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::located::{self, Content, Entry, Format, Mistakes, Node};
use policyc_core::sema::{Analysis, Loader, Options, analyze};
use policyc_core::source::FileId;
use policyc_core::syntax::{parse, parse_again};

/// The parts of an input.
fn parts(data: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    data.split(|byte| *byte == 0xff).map(String::from_utf8_lossy)
}

/// A loader with one catalogue, under every name that ends in `.json`.
struct Catalogued<'a>(&'a str);

impl Loader for Catalogued<'_> {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        let is_catalogue = path.extension().is_some_and(|extension| extension == "json");
        is_catalogue
            .then(|| self.0.as_bytes().to_vec())
            .ok_or_else(|| Unreadable::Other("there is no such file".to_owned()))
    }
}

fn look(text: &str, loader: &dyn Loader) -> Analysis {
    analyze("p.pol", Path::new("p.pol"), text, &Options::default(), loader)
}

/// Lexer and parser take every text, and a text that was edited is read as if it were new: a policy, then edits, each
/// of a place (a byte, in 256ths of the text), how much goes (a byte), and what comes in.
pub fn syntax(data: &[u8]) {
    let mut edits = data.split(|byte| *byte == 0xff);
    let mut text = String::from_utf8_lossy(edits.next().unwrap_or_default()).into_owned();
    let mut before = parse(&text, FileId(0));
    for edit in edits.take(8) {
        let [place, length, piece @ ..] = edit else { continue };
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let from = boundary(text.len() * usize::from(*place) / 256);
        let to = boundary(from + usize::from(*length));
        let mut new = text.clone();
        new.replace_range(from..to.max(from), &String::from_utf8_lossy(piece));
        let again = parse_again(&new, FileId(0), &before, &text);
        let fresh = parse(&new, FileId(0));
        assert_eq!(again.tokens, fresh.tokens);
        assert_eq!(again.errors, fresh.errors);
        assert_eq!(again.file.items, fresh.file.items);
        (text, before) = (new, again);
    }
}

/// What is formatted is read without errors, and formatting it again changes nothing.
pub fn format(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(once) = policyc_core::fmt::format(&text, &parse(&text, FileId(0))) else { return };
    let read = parse(&once, FileId(0));
    assert!(read.errors.is_empty(), "{once}");
    assert_eq!(policyc_core::fmt::format(&once, &read).ok().as_ref(), Some(&once));
}

/// Every finding of a policy can be shown, and an editor can ask about every place: a policy, then a catalogue.
pub fn findings(data: &[u8]) {
    let mut parts = parts(data);
    let (text, catalogue) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let analysis = look(&text, &Catalogued(&catalogue));
    let policies: Vec<&Policy> = analysis.policies().collect();
    let levels = Config::default().levels;
    for finding in findings::of(&analysis, &policies, &levels, Depth::Lint) {
        let _shown = analysis.sources.slice(finding.primary.span);
        for edit in finding.fixes.iter().flat_map(|fix| &fix.edits) {
            let _replaced = analysis.sources.slice(edit.span);
        }
    }
    let view = policyc_core::ide::View::new(&analysis, None);
    let length = u32::try_from(text.len()).unwrap_or(0);
    for at in (0..=length).step_by(usize::try_from(length / 16 + 1).unwrap_or(1)) {
        if text.is_char_boundary(at as usize) {
            let _hover = policyc_core::ide::hover(&view, at);
            let _signature = policyc_core::ide::signature(&view, at);
            let _references = policyc_core::ide::navigate::references(&view, at, true);
        }
    }
    let _symbols = policyc_core::ide::outline::symbols(&view);
}

/// Safe fixes change no decision; all fixes together leave a policy without errors.
pub fn fixes(data: &[u8]) {
    let mut parts = parts(data);
    let (text, catalogue) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let loader = Catalogued(&catalogue);
    let looked = |text: &str| {
        let analysis = look(text, &loader);
        let policies: Vec<&Policy> = analysis.policies().collect();
        let found = findings::of(&analysis, &policies, &Config::default().levels, Depth::Lint);
        Looked { analysis, found }
    };
    let old = look(&text, &loader);
    if text.len() > 2_000 || old.checked.is_none() {
        return;
    }
    let new = fixes::fix(&text, Applicability::Safe, &looked).looked.analysis;
    for (old, new) in old.policies().zip(new.policies()) {
        let verdict = compare(&PolicyDecider::new(old), &PolicyDecider::new(new), Domain::Any, false).verdict;
        assert!(matches!(verdict, Verdict::Same | Verdict::Undecided), "{}", verdict.name());
    }
    assert!(fixes::fix(&text, Applicability::Unsafe, &looked).looked.analysis.checked.is_some());
}

/// Catalogues and their schemas are read whatever they hold, and conditions are checked against them.
pub fn catalogue(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (Some(catalogue), _) = Catalogue::load(&text, FileId(0)) else { return };
    for entry in 0..catalogue.tools().len().min(8) {
        let schema = catalogue.schema(u32::try_from(entry).unwrap_or(0));
        let _arguments = (schema.names(), schema.arguments());
    }
    let policy = "server s from \"c.json\"; deny *; allow * unless args.a.b == 1 or some args.c[*].d like \"x*\";";
    let analysis = look(policy, &Catalogued(&text));
    for policy in analysis.policies().filter(|policy| policy.tools.len() <= 4) {
        let _answers = PolicyDecider::new(policy).can(&wanted(&everything(), Decided::Deny, Domain::Valid));
    }
}

fn everything() -> policyc_core::ir::Selection {
    let star = policyc_core::ir::Star { servers: None, except: Vec::new(), except_servers: Vec::new() };
    policyc_core::ir::Selection { star: Some(star), ..policyc_core::ir::Selection::default() }
}

fn wanted(selection: &policyc_core::ir::Selection, verdict: Decided, domain: Domain) -> Wanted<'_> {
    Wanted { selection, guard: None, verdict, domain }
}

/// What the analysis proves, the evaluator decides, and no document allows what its policy refuses: a policy, then a
/// catalogue, then a call.
pub fn decisions(data: &[u8]) {
    let mut parts = parts(data);
    let mut next = || parts.next().unwrap_or_default();
    let (text, catalogue, written) = (next(), next(), next());
    let Ok(call) = OwnedCall::parse(&written) else { return };
    let analysis = look(&text, &Catalogued(&catalogue));
    for policy in analysis.policies().filter(|policy| policy.servers.len() == 1 && policy.rules.len() <= 8) {
        let call = policyc_core::eval::Call { approved: false, server: None, ..call.at(0) };
        let decision = Evaluator::new(policy).decide(&call);
        let tool = policy.tools_of(ServerId(0)).find(|(_, tool)| tool.name == call.name).map(|(id, _)| id);
        let everything = everything();
        for verdict in [Decided::Allow, Decided::Approval, Decided::Deny] {
            let decider = PolicyDecider::new(policy);
            let found = decider.can(&wanted(&everything, verdict, Domain::Any));
            let is_of = |found: &&policyc_core::decider::GroupAnswer<'_>| {
                found.tools.iter().any(|own| if own.is_known { own.asked.name == call.name } else { tool.is_none() })
            };
            let of_tool = found.iter().find(is_of);
            // A call that the evaluator calls malformed is of no tool.
            if decision.verdict == verdict && decision.decided_by.is_some() {
                assert!(of_tool.is_none_or(|found| found.answer != Answer::No), "{verdict:?} was called impossible");
            }
        }
        // Gateways read doubles: what only exact numbers tell apart is left to the proof.
        let has_long_numbers = written.split(|sign: char| !sign.is_ascii_digit()).any(|run| run.len() > 15)
            || written.contains(['e', 'E']);
        for target in TARGETS {
            let Some(artefact) = target.emit(policy, ServerId(0)).artefact else { continue };
            let Ok(gateway) = target.read(&artefact.text) else { panic!("what was emitted cannot be read") };
            if gateway.decide(&call).verdict == Decided::Allow && !has_long_numbers {
                assert_eq!(decision.verdict, Decided::Allow, "{} allows the call", target.name);
            }
        }
    }
}

/// Whatever a text is, it is read as each format, or refused with places within it.
fn trees(text: &str) {
    let shown = |found: &[Diagnostic]| {
        assert!(!found.is_empty(), "refused without a reason");
        for place in found.iter().flat_map(|found| std::iter::once(&found.primary).chain(&found.secondary)) {
            assert!(text.get(place.span.range()).is_some(), "{place:?}");
        }
    };
    for format in [Format::Json, Format::Yaml, Format::Toml] {
        let mut mistakes = Mistakes::new(FileId(0), codes::BAD_DOCUMENT, format);
        let read = match format {
            Format::Json => located::json(text, &mut mistakes),
            Format::Yaml => located::yaml(text, located::core::plain, &mut mistakes),
            Format::Toml => located::toml(text, &mut mistakes),
        };
        match mistakes.into_result(read) {
            Ok(root) => places(&root, text),
            Err(found) => shown(&found),
        }
    }
    if let Err(found) = Config::parse(text, Path::new("")) {
        shown(&found);
    }
}

/// Each value and key has a place in the text.
fn places(node: &Node, text: &str) {
    assert!(text.get(node.span.range()).is_some(), "{:?}", node.span);
    match &node.content {
        Content::List(items) => items.iter().for_each(|item| places(item, text)),
        Content::Mapping(entries) => {
            for Entry { key, value } in entries {
                assert!(text.get(key.span.range()).is_some(), "{:?}", key.span);
                places(value, text);
            }
        }
        _ => {}
    }
}

/// Documents of gateways are read or refused, and are the same as themselves: a document, then a call. Settings and texts of any
/// format are read or refused with places.
pub fn documents(data: &[u8]) {
    let mut parts = parts(data);
    let (text, call) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    trees(&text);
    for target in TARGETS {
        let Ok(gateway) = target.read(&text) else { continue };
        if let Ok(call) = OwnedCall::parse(&call) {
            let _ruling = gateway.decide(&call.at(0));
        }
        if gateway.tools(0).len() <= 8 {
            let verdict = compare(gateway.as_ref(), gateway.as_ref(), Domain::Any, false).verdict;
            assert!(matches!(verdict, Verdict::Same | Verdict::Undecided), "{}", verdict.name());
        }
    }
}
