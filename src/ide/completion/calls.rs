//! Completes calls in tests: tools, JSON by schema, outcomes.

use std::collections::BTreeSet;

use super::super::model;
use super::json::Keys;
use super::sample::Samples;
use super::{Ask, Completion, CompletionKind, Key, members, tools};
use crate::ide::MarkKind;
use crate::ir::{Subject, ToolId};
use crate::predicate::{PathRoot, Step};
use crate::syntax::ast::{Effect, Rule, ScopeKind, SegmentKind};
use crate::syntax::print;
use crate::syntax::token::TokenKind;

/// The tools that can be called.
pub(super) fn tools(ask: &mut Ask<'_, '_>, server: Option<&str>) {
    let of = server.and_then(|name| ask.view.known_tools().server(name));
    if server.is_some() && of.is_none() {
        return;
    }
    let quoted = ask.in_string();
    tools::tools(ask, of, false, quoted);
    // Which rules speak of a tool is no reason to test it less.
    for found in &mut ask.found {
        found.sort.replace_range(..1, "1");
        found.deprecated = false;
    }
    if of.is_none() && !quoted {
        tools::servers(ask);
    }
}

/// The tool that is called.
fn called(ask: &Ask<'_, '_>) -> Option<ToolId> {
    let (server, name) = ask.facts.tool.as_ref()?;
    let known_tools = ask.view.known_tools();
    let server = server.as_ref().map(|server| known_tools.server(server));
    if server == Some(None) {
        return None;
    }
    known_tools.named(name, server.flatten()).first().copied()
}

/// What comes behind the tool.
pub(super) fn after_tool(ask: &mut Ask<'_, '_>) {
    let parts = &ask.facts.parts;
    let has = |kind: TokenKind| parts.contains(&kind) || ask.cursor.after.iter().any(|token| token.kind == kind);
    let (braced, modified) = (has(TokenKind::LeftBrace), !parts.is_empty());
    let offers = [
        (TokenKind::Arrow, "->", "-> $0", "the expected outcome"),
        (TokenKind::From, "from", "from {\"$1\": $2}", "the caller's claims"),
        (TokenKind::As, "as", "as \"$1\"", "the grant under which it is made"),
        (TokenKind::Times, "times", "times ${1:10}", "how often"),
    ];
    let offers: Vec<_> = offers.into_iter().filter(|(kind, ..)| !has(*kind)).collect();
    if let Some(tool) = called(ask).filter(|_| !braced && !modified) {
        let required = Samples::new(ask.view, tool).required(&[]);
        let label = if required.is_empty() { "{}" } else { "{…}" };
        let snippet = if required.is_empty() { "{$1}".to_owned() } else { format!("{{{required}}}") };
        let found = Completion::new(label, CompletionKind::Snippet, ask.replace).filter("{");
        let detail = if required.is_empty() { "arguments" } else { "the required arguments" };
        ask.push(found.snippet(snippet).detail(Some(detail.to_owned())).place(1, 0));
    }
    if !ask.facts.approved {
        let found = Completion::new("approved", CompletionKind::Keyword, ask.replace);
        let found = found.detail(Some("a person has approved it".to_owned()));
        ask.push(found.key(Key::Word("approved".to_owned())).place(3, 0));
    }
    for (index, (_, word, snippet, detail)) in offers.into_iter().enumerate() {
        let found = Completion::new(word, CompletionKind::Keyword, ask.replace).detail(Some(detail.to_owned()));
        let found = if ask.cursor.line_goes_on { found } else { found.snippet(snippet) };
        ask.push(found.key(Key::Word(word.to_owned())).place(2, index));
    }
}

/// Keys of an object: members that the schema declares, or claims.
pub(super) fn keys(ask: &mut Ask<'_, '_>, keys: &Keys) {
    let mut seen: BTreeSet<String> = keys.seen.iter().cloned().collect();
    seen.extend(ahead(ask));
    let valued = ask.cursor.after.first().is_some_and(|next| next.kind == TokenKind::Colon);
    if keys.claims {
        return claims(ask, keys, &seen, valued);
    }
    let Some(tool) = called(ask) else { return };
    let members = members::sorted(ask.view, tool, &keys.steps);
    if seen.is_empty() && !ask.in_string() && members.iter().filter(|member| member.required).count() > 1 {
        let snippet = Samples::new(ask.view, tool).required(&keys.steps);
        let all = Completion::new("all required arguments", CompletionKind::Snippet, ask.replace).filter("\"");
        ask.push(all.snippet(snippet).place(1, 0));
    }
    let unseen = members.into_iter().filter(|member| !seen.contains(&member.name));
    for (index, member) in unseen.enumerate() {
        let mut steps = keys.steps.clone();
        steps.push(Step::Key(member.name.clone()));
        let key = print::string(&member.name);
        let mut found = Completion::new(key, CompletionKind::Argument, ask.replace);
        if !valued {
            let value = Samples::new(ask.view, tool).value(&steps);
            found = found.snippet(format!("{}: {value}", super::arguments::key_snippet(&member.name)));
        }
        let named = vec![ask.view.known_tools().display(tool)];
        let beside = if member.required { "required" } else { "" };
        let found = found.detail(Some(member.type_text)).description(beside);
        ask.push(found.key(Key::Argument { tools: named, steps }).place(if member.required { 2 } else { 3 }, index));
    }
}

/// The keys that the object has behind the cursor.
fn ahead(ask: &Ask<'_, '_>) -> Vec<String> {
    let mut depth = 0_u32;
    let mut found = Vec::new();
    for pair in ask.cursor.after.windows(2) {
        let [token, next] = pair else { continue };
        match token.kind {
            TokenKind::LeftBrace | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightBrace | TokenKind::RightBracket => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => break,
            },
            TokenKind::Str if depth == 0 && next.kind == TokenKind::Colon => {
                found.extend(crate::syntax::unescape(token.text(ask.cursor.text)));
            }
            _ => {}
        }
    }
    found
}

fn claims(ask: &mut Ask<'_, '_>, keys: &Keys, seen: &BTreeSet<String>, valued: bool) {
    if !keys.steps.is_empty() {
        return;
    }
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for mark in ask.view.marks() {
        match mark.kind {
            MarkKind::Step(path, 0) if path.root == Some(PathRoot::Caller) => {
                if let Some(SegmentKind::Key(key)) = path.segments.first().map(|segment| &segment.kind) {
                    found.insert(key);
                }
            }
            MarkKind::Scope(scope) => {
                if let ScopeKind::Caller(claim) = &scope.kind {
                    found.insert(claim);
                }
            }
            _ => {}
        }
    }
    for claim in found.into_iter().filter(|claim| !seen.contains(*claim)) {
        let completion = Completion::new(print::string(claim), CompletionKind::Claim, ask.replace);
        let snippet = format!("{}: $0", super::arguments::key_snippet(claim));
        let completion = if valued { completion } else { completion.snippet(snippet) };
        ask.push(completion.detail(Some("a claim of the policy".to_owned())).rank(1));
    }
}

/// JSON values.
pub(super) fn values(ask: &mut Ask<'_, '_>, keys: &Keys) {
    if keys.claims {
        if keys.steps.is_empty() && !ask.in_string() {
            let object = Completion::new("{…}", CompletionKind::Value, ask.replace).filter("{");
            ask.push(object.snippet("{\"$1\": $2}").place(1, 0));
        }
        return;
    }
    let Some(tool) = called(ask) else { return };
    let Some(info) = ask.view.schemas(tool).find_map(|schema| schema.info(&keys.steps)) else { return };
    let mut values: Vec<String> = info.values.clone();
    values.extend(info.default.clone());
    if values.is_empty() && info.kinds.intersects(crate::schema::Kinds::BOOL) {
        values.extend(["true".to_owned(), "false".to_owned()]);
    }
    if values.is_empty() && info.kinds.intersects(crate::schema::Kinds::NUMBER) {
        values.extend(["minimum", "maximum"].iter().filter_map(|word| super::sample::bound(&info, word)));
    }
    if info.kinds.intersects(crate::schema::Kinds::NULL) {
        values.push("null".to_owned());
    }
    let mut offered: BTreeSet<String> = BTreeSet::new();
    for (index, value) in values.into_iter().enumerate() {
        if (!ask.in_string() || value.starts_with('"')) && offered.insert(value.clone()) {
            ask.push(Completion::new(value, CompletionKind::Member, ask.replace).place(1, index));
        }
    }
    if info.values.is_empty() && !ask.in_string() {
        let snippet = Samples::new(ask.view, tool).value(&keys.steps);
        let label = match snippet.chars().next() {
            Some('"') => "\"…\"",
            Some('[') => "[…]",
            Some('{') => "{…}",
            _ => return,
        };
        let example = Completion::new(label, CompletionKind::Value, ask.replace).detail(Some(info.type_text));
        ask.push(example.filter(label.replace('…', "")).snippet(snippet).place(2, 0));
    }
}

/// What can come of a call.
pub(super) fn outcomes(ask: &mut Ask<'_, '_>) {
    let plain = [("allow", "the call passes"), ("deny", "the call is refused"), ("approval", "the call is held")];
    for (index, (word, detail)) in plain.into_iter().enumerate() {
        let found = Completion::new(word, CompletionKind::Keyword, ask.replace).detail(Some(detail.to_owned()));
        ask.push(found.key(Key::Word(word.to_owned())).place(1, index));
    }
    for (index, (text, detail)) in said(ask).into_iter().enumerate() {
        let label = format!("deny {}", print::string(&text));
        ask.push(Completion::new(label, CompletionKind::Text, ask.replace).detail(Some(detail)).place(2, index));
    }
}

/// What a denial can say.
pub(super) fn denials(ask: &mut Ask<'_, '_>) {
    for (index, (text, detail)) in said(ask).into_iter().enumerate() {
        let label = print::string(&text);
        ask.push(Completion::new(label, CompletionKind::Text, ask.replace).detail(Some(detail)).place(1, index));
    }
}

/// The counters and reasons of the rules that select the called tool: each text with what it is.
fn said(ask: &Ask<'_, '_>) -> Vec<(String, String)> {
    let Some(tool) = called(ask) else { return Vec::new() };
    let view = ask.view;
    let Some(known) = view.known_tools().tool(tool) else { return Vec::new() };
    let mut counters = Vec::new();
    let mut reasons = Vec::new();
    for rule in super::selected::rules(view, ask.cursor.at) {
        let limit = matches!(rule.effect, Effect::Limit { .. });
        let reason = rule.clauses.because.as_ref();
        // Resolving a selection takes time: only of rules that have something to say.
        if !limit && reason.is_none() {
            continue;
        }
        if view.scope(ask.cursor.at).select(&rule.selection).selects(Subject::known(known.server, tool)).is_none() {
            continue;
        }
        if let Some(name) = counter(rule, &known.name) {
            counters.push((name, "counter".to_owned()));
        }
        if let Some(reason) = reason {
            reasons.push((reason.text.clone(), format!("reason of `{}`", rule.effect.name())));
        }
    }
    let mut seen = BTreeSet::new();
    counters.into_iter().chain(reasons).filter(|(text, _)| !text.is_empty() && seen.insert(text.clone())).collect()
}

/// The name of the counter that a limit has for a tool.
fn counter(rule: &Rule, tool: &str) -> Option<String> {
    model::limit(rule).map(|limit| limit.counter_name(tool))
}

/// Lengths of time.
pub(super) fn durations(ask: &mut Ask<'_, '_>) {
    let typed = ask.cursor.typed();
    let number = if typed.starts_with(|char: char| char.is_ascii_digit()) { typed } else { "1" };
    for (index, unit) in ["min", "hour", "day", "sec"].into_iter().enumerate() {
        ask.push(Completion::new(format!("{number}{unit}"), CompletionKind::Rate, ask.replace).place(1, index));
    }
}

/// How often: one more than a limit lets pass is what a test asks for.
pub(super) fn times(ask: &mut Ask<'_, '_>) {
    let mut counts: BTreeSet<u64> = BTreeSet::new();
    let view = ask.view;
    if let (Some(tool), at) = (called(ask), ask.cursor.at) {
        let server = view.known_tools().tool(tool).map(|tool| tool.server);
        for rule in super::selected::rules(view, at) {
            if let (Effect::Limit { rate, .. }, None) = (&rule.effect, &rule.clauses.of) {
                let selection = view.scope(at).select(&rule.selection);
                if server.is_some_and(|server| selection.selects(Subject::known(server, tool)).is_some()) {
                    counts.extend(rate.max.value.to_u64());
                }
            }
        }
    }
    for (index, count) in counts.into_iter().enumerate() {
        let found = Completion::new(count.to_string(), CompletionKind::Value, ask.replace);
        ask.push(found.detail(Some("as many calls as a limit lets pass".to_owned())).place(1, index));
    }
}
