//! Completes conditions and paths: arguments of the selected tools, claims of the caller.

use std::collections::BTreeSet;

use super::condition::{PathAt, Purpose};
use super::members::members;
use super::{Ask, Completion, CompletionKind, Key, escape};
use crate::ide::MarkKind;
use crate::ir::ToolId;
use crate::predicate::{PathRoot, Step};
use crate::source::Span;
use crate::syntax::ast::{ScopeKind, SegmentKind};
use crate::syntax::print;
use crate::syntax::token::TokenKind;

/// The most tools that an entry names for what there is to read about it.
const MOST_NAMED: usize = 8;

/// The beginning of a condition: paths, and the words that come before one.
pub(super) fn condition(ask: &mut Ask<'_, '_>) {
    path(ask, Purpose::Test);
    if ask.cursor.typed().contains('.') {
        return;
    }
    let goes_on = ask.cursor.line_goes_on;
    let words = [
        ("has", "has $0", "present and not null"),
        ("not", "not $0", "the opposite"),
        ("every", "every $0", "all elements of an array"),
        ("some", "some $0", "an element of an array"),
        ("length", "length(${1:args.}) <= ${2:10}", "the length of an array or string"),
    ];
    for (index, (word, snippet, detail)) in words.into_iter().enumerate() {
        let found = Completion::new(word, CompletionKind::Keyword, ask.replace).detail(Some(detail.to_owned()));
        let found = if word == "length" && !goes_on { found.snippet(snippet) } else { found };
        ask.push(found.key(Key::Word(word.to_owned())).place(5, index));
    }
}

/// A path from its beginning.
pub(super) fn path(ask: &mut Ask<'_, '_>, purpose: Purpose) {
    let typed = ask.cursor.typed();
    if let Some((root, _)) = typed.split_once('.') {
        return dotted(ask, root, typed, purpose);
    }
    let word = ask.cursor.word.map(|word| word.text(ask.cursor.text)).unwrap_or_default();
    // A path that goes on behind the cursor gets another root only.
    if !word.contains('.') {
        let path = PathAt::from(Some(PathRoot::Args));
        names(ask, &path, purpose, "args.", ask.replace);
    }
    let replace = root_of(ask);
    if purpose != Purpose::Sum {
        claims(ask, 4);
        root(ask, "caller", "the caller's claims", replace, 1);
    }
    root(ask, "args", "the arguments of the call", replace, 0);
}

/// What a root replaces: the word up to its first dot.
fn root_of(ask: &Ask<'_, '_>) -> Span {
    let word = ask.cursor.text.get(ask.replace.range()).unwrap_or_default();
    let root = word.split('.').next().unwrap_or_default();
    Span { end: ask.replace.start + crate::source::offset(root.len()), ..ask.replace }
}

fn root(ask: &mut Ask<'_, '_>, name: &str, detail: &str, replace: Span, index: usize) {
    let goes_on = replace != ask.replace;
    let insert = if goes_on { name.to_owned() } else { format!("{name}.") };
    let root = Completion::new(name, CompletionKind::Keyword, replace).insert(insert).detail(Some(detail.to_owned()));
    ask.push(root.key(Key::Word(name.to_owned())).place(4, index));
}

/// The name behind a dot of the word that the cursor stands in.
fn dotted(ask: &mut Ask<'_, '_>, root: &str, typed: &str, purpose: Purpose) {
    let root = match root {
        "args" => Some(PathRoot::Args),
        "caller" => Some(PathRoot::Caller),
        _ => return,
    };
    let mut names: Vec<&str> = typed.split('.').skip(1).collect();
    names.pop();
    let steps = names.iter().map(|name| Step::Key((*name).to_owned())).collect();
    segment(ask, &PathAt { root, steps, each: false }, purpose);
}

/// The name behind a dot that is a token of its own.
pub(super) fn steps(ask: &mut Ask<'_, '_>, path: &PathAt, purpose: Purpose) {
    let mut path = path.clone();
    if !ask.in_string() {
        let typed: Vec<&str> = ask.cursor.typed().split('.').collect();
        let above = typed.split_last().map(|(_, above)| above).unwrap_or_default();
        path.steps.extend(above.iter().map(|name| Step::Key((*name).to_owned())));
    }
    segment(ask, &path, purpose);
}

/// The last name of a path, of which only the part between its dots is replaced.
fn segment(ask: &mut Ask<'_, '_>, path: &PathAt, purpose: Purpose) {
    let replace = if ask.in_string() { ask.replace } else { between_dots(ask) };
    match path.root {
        Some(PathRoot::Args) => {
            names(ask, path, purpose, "", replace);
            with_dots(ask, path, purpose, replace);
        }
        Some(PathRoot::Caller) if path.steps.is_empty() => {
            let whole = std::mem::replace(&mut ask.replace, replace);
            claims(ask, 1);
            ask.replace = whole;
        }
        Some(PathRoot::Caller) | None => {}
    }
}

/// The part of the word at the cursor that stands between two dots.
fn between_dots(ask: &Ask<'_, '_>) -> Span {
    let typed = ask.cursor.typed();
    let start = ask.cursor.at - crate::source::offset(typed.rsplit('.').next().unwrap_or_default().len());
    let behind = ask.cursor.text.get(ask.cursor.at as usize..ask.replace.end as usize).unwrap_or_default();
    let end = ask.cursor.at + crate::source::offset(behind.split('.').next().unwrap_or_default().len());
    Span { start, end, ..ask.replace }
}

/// The tools that a path is about: those of the statement, else all.
fn tools(ask: &Ask<'_, '_>) -> Vec<ToolId> {
    ask.selected().unwrap_or_else(|| ask.view.known_tools().all(None))
}

fn names(ask: &mut Ask<'_, '_>, path: &PathAt, purpose: Purpose, prefix: &str, replace: Span) {
    let tools = tools(ask);
    let (members, count) = members(ask.view, &tools, &path.steps);
    if members.is_empty() && !ask.view.known_tools().has_catalogue() {
        return used(ask, path, prefix, replace);
    }
    for (index, member) in members.iter().enumerate() {
        let bare = bare(&member.name, path);
        let quoted = ask.in_string() || !bare;
        let name = if quoted { print::string(&member.name) } else { member.name.clone() };
        let label = format!("{prefix}{name}");
        let all = member.tools.len() == count;
        let type_text = member.type_text();
        let mut beside = String::new();
        if !all {
            beside = format!("{} of {count} tools", member.tools.len());
        } else if member.required && !member.types.is_empty() && tools.len() == count {
            "required".clone_into(&mut beside);
        }
        let mut steps = path.steps.clone();
        steps.push(Step::Key(member.name.clone()));
        let named = member.tools.iter().take(MOST_NAMED).map(|tool| ask.view.known_tools().display(*tool));
        let fits = fits(path, purpose, &type_text);
        let objects = type_text.contains("array of object");
        let mut found = Completion::new(label, CompletionKind::Argument, replace)
            .detail(Some(type_text))
            .description(beside)
            .key(Key::Argument { tools: named.collect(), steps });
        if quoted && !ask.in_string() {
            found.filter = Some(format!("{prefix}{}", member.name));
        }
        let rank = 1 + u8::from(!all) + u8::from(!fits);
        if objects && purpose == Purpose::Elements && !ask.in_string() {
            let label = format!("{}[*].", found.label);
            let each = Completion { label: label.clone(), insert: label, ..found.clone() };
            ask.push(each.detail(Some("a member of each element".to_owned())).place(rank, index));
        }
        ask.push(found.place(rank, index));
    }
}

/// Whether a value of a type can be meant, as far as the text of the type says.
fn fits(path: &PathAt, purpose: Purpose, type_text: &str) -> bool {
    match purpose {
        // Behind a `[*]` it is the value itself that is tested.
        Purpose::Elements if path.each => true,
        Purpose::Sum => type_text.contains("number") || type_text.contains("integer") || type_text.is_empty(),
        Purpose::Elements => type_text.contains("array") || type_text.is_empty(),
        Purpose::Length => ["array", "string", "\""].iter().any(|word| type_text.contains(word)),
        Purpose::Test | Purpose::Has => true,
    }
}

/// Whether a key needs no quotes behind a path.
fn bare(key: &str, path: &PathAt) -> bool {
    let continues = match path.steps.split_last() {
        None => true,
        Some((Step::Index(_), _)) => false,
        Some((Step::Key(last), above)) => bare(last, &PathAt { steps: above.to_vec(), ..path.clone() }),
    };
    crate::predicate::is_bare_key(key, continues)
}

/// Arguments whose names have dots, typed without the quotes that they need: `args.tweet.fi`.
fn with_dots(ask: &mut Ask<'_, '_>, path: &PathAt, purpose: Purpose, replace: Span) {
    let Some(Step::Key(_)) = path.steps.first() else { return };
    let mut typed = ask.cursor.text.get(replace.start as usize..ask.cursor.at as usize).unwrap_or_default().to_owned();
    for step in path.steps.iter().rev() {
        let Step::Key(key) = step else { return };
        typed.insert_str(0, &format!("{key}."));
    }
    let written = crate::source::offset(typed.len());
    let Some(start) = ask.cursor.at.checked_sub(written) else { return };
    // Something else stands there if the keys were quoted.
    if ask.cursor.text.get(start as usize..ask.cursor.at as usize) != Some(typed.as_str()) {
        return;
    }
    let (members, _) = members(ask.view, &tools(ask), &[]);
    for (index, member) in members.iter().filter(|member| member.name.starts_with(&typed)).enumerate() {
        let steps = vec![Step::Key(member.name.clone())];
        let named = member.tools.iter().take(MOST_NAMED).map(|tool| ask.view.known_tools().display(*tool)).collect();
        let place = Span { start, ..replace };
        let found = Completion::new(print::string(&member.name), CompletionKind::Argument, place)
            .filter(member.name.clone())
            .detail(Some(member.type_text()))
            .key(Key::Argument { tools: named, steps });
        let rank = 1 + u8::from(!fits(path, purpose, &member.type_text()));
        ask.push(found.place(rank, index));
    }
}

/// Without a catalogue: the names that the file has at such a path.
fn used(ask: &mut Ask<'_, '_>, path: &PathAt, prefix: &str, replace: Span) {
    let mut found = BTreeSet::new();
    for mark in ask.view.marks() {
        let MarkKind::Step(other, index) = mark.kind else { continue };
        let typed_now = mark.span.start <= ask.cursor.at && ask.cursor.at <= mark.span.end;
        if typed_now || other.root != path.root || index != path.steps.len() {
            continue;
        }
        let same = other.segments.iter().zip(&path.steps).all(|(segment, step)| match (&segment.kind, step) {
            (SegmentKind::Key(key), Step::Key(step)) => key == step,
            (SegmentKind::Index(_) | SegmentKind::Each, Step::Index(_)) => true,
            _ => false,
        });
        match other.segments.get(index).map(|segment| &segment.kind) {
            Some(SegmentKind::Key(key)) if same => found.insert(key.as_str()),
            _ => false,
        };
    }
    for name in found {
        let written = if ask.in_string() || !bare(name, path) { print::string(name) } else { name.to_owned() };
        let used = Completion::new(format!("{prefix}{written}"), CompletionKind::Argument, replace);
        ask.push(used.description("used in this file").rank(1));
    }
}

/// Claims that the file speaks of: nothing says which there are.
pub(super) fn claims(ask: &mut Ask<'_, '_>, rank: u8) {
    let mut found = BTreeSet::new();
    for mark in ask.view.marks() {
        let typed_now = mark.span.start <= ask.cursor.at && ask.cursor.at <= mark.span.end;
        let claim = match mark.kind {
            MarkKind::Step(path, 0) if path.root == Some(PathRoot::Caller) => match path.segments.first() {
                Some(segment) => match &segment.kind {
                    SegmentKind::Key(key) => key.as_str(),
                    SegmentKind::Index(_) | SegmentKind::Each => continue,
                },
                None => continue,
            },
            MarkKind::Scope(scope) => match &scope.kind {
                ScopeKind::Caller(claim) => claim.as_str(),
                ScopeKind::Grant | ScopeKind::Server => continue,
            },
            _ => continue,
        };
        if !typed_now {
            found.insert(claim);
        }
    }
    // Behind `caller.` the name alone is missing, elsewhere the whole path.
    let dot = ask.cursor.before.last().is_some_and(|last| last.kind == TokenKind::Dot);
    let rooted = dot || ask.cursor.typed().contains('.');
    for claim in found {
        let path = PathAt::from(Some(PathRoot::Caller));
        let written = if bare(claim, &path) { claim.to_owned() } else { print::string(claim) };
        let label = if rooted { written } else { format!("caller.{written}") };
        let found = Completion::new(label, CompletionKind::Claim, ask.replace);
        ask.push(found.detail(Some("used in this file".to_owned())).rank(rank));
    }
}

/// A key as a snippet writes it.
pub(super) fn key_snippet(key: &str) -> String {
    escape(&print::string(key))
}
