//! What the description of a tool says: the verbs that its first sentence begins with.

use super::evidence::{Found, Source, Weight};
use super::name::Name;
use super::nouns::{Noun, is_resource};
use super::sentence::{LONGEST_WORD, Token, beginning, sentence};
use super::verbs::{Form, Verb, form};
use super::{Class, quote};

/// How far after a verb its object is looked for.
const OBJECT: usize = 7;

/// Words that make a noun of the word before them: no verb is followed by them.
const DETERMINERS: &[&str] = &[
    "a", "all", "an", "any", "each", "every", "her", "his", "it", "its", "multiple", "one", "several", "some", "that",
    "the", "their", "them", "these", "this", "those", "your", "new",
];
/// What claims that queries cannot change anything.
const ONLY_READS: [&str; 6] = ["read-only", "read only", "readonly", "read mode", "only select", "select queries"];

/// The part of a description that is read, in lower case.
pub(super) fn lower(text: &str) -> String {
    let text = beginning(text);
    // Most texts are in ASCII, for which there is a way that costs next to nothing.
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() }
}

/// Whether a description, in lower case, says that the tool only reads.
pub(super) fn only_reads(lower: &str) -> bool {
    let may = lower.contains("read") || lower.contains("select");
    may && ONLY_READS.iter().any(|claim| lower.contains(claim)) && !lower.contains("not read-only")
}

/// Adds what a description says about the class of its tool, and returns the class of its first verb. `lower` is the text in lower case.
pub(super) fn classes(text: &str, lower: &str, only_reads: bool, name: &Name, found: &mut Found) -> Option<Class> {
    let (tokens, start) = sentence(text)?;
    let mut first = None;
    let mut verb_form = Form::Base;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if at > start && !is_joined(&tokens, at) {
            continue;
        }
        let Some((verb, form)) = form_in_text(&token.text) else { continue };
        let next = tokens.get(at + 1).map(|token| &*token.text);
        if at == start {
            verb_form = form;
        } else if !continues(&tokens, at, verb, form, verb_form, next) {
            continue;
        }
        let after = tokens.get(at + 1..).unwrap_or_default();
        let class = class_of(&token.text, verb, after, only_reads, name);
        let runs_code = class == Class::Execute && object_has(after, Noun::Interpreter);
        let runs_query = class == Class::Execute && object_has(after, Noun::Question);
        let pays = class == Class::Financial
            && ["bill", "buy", "charg", "pay", "purchas", "refund", "sell"]
                .iter()
                .any(|stem| token.text.starts_with(stem))
            && is_object(next);
        let weight = match weight(at == start, class, verb.noun && !runs_code && !pays, pays, name) {
            // "Gets a prompt and executes it" is no more than that, but more than a read.
            Weight::Fair if class == Class::Execute && at > start && first == Some(Class::Read) && is_pronoun(next) => {
                found.class(Source::Description, Class::Write, Weight::Fair, || {
                    format!("its description says {}", quote(&token.text))
                });
                Weight::Weak
            }
            Weight::Fair if class == Class::Destructive && name.is_local() => Weight::Weak,
            Weight::Weak if runs_code || runs_query && name.verb_class() != Some(Class::Read) => Weight::Fair,
            // "Get view and edit restrictions": only what stands right behind the first verb, or has an object, is a verb for sure.
            Weight::Fair if at > start + 2 && class == Class::Write && !is_object(next) => Weight::Weak,
            _ if at > start && token.text.starts_with("overwrit") => Weight::Weak,
            weight => weight,
        };
        if at == start {
            first = Some(if performs(&token.text) { class } else { verb.class });
        }
        if verb.produces {
            continue;
        }
        let where_it_is = if at == start { "its description begins with" } else { "its description says" };
        found.class(Source::Description, class, weight, || format!("{where_it_is} {}", quote(&token.text)));
    }
    with_agents(&tokens, found);
    costs(lower, name, found);
    let runs_ddl =
        !only_reads && name.verb_class() != Some(Class::Read) && lower.contains("execut") && lower.contains("ddl");
    if runs_ddl {
        found.class(Source::Description, Class::Execute, Weight::Fair, || {
            "its description says that it runs DDL".to_owned()
        });
    }
    // "Scrape a site. Jobs are queued and processed in the background": more is done than read.
    let queues = ["jobs are queued", "job is queued", "are queued and", "is queued and", "will be queued"];
    if first == Some(Class::Read) && lower.contains("queued") && queues.iter().any(|said| lower.contains(said)) {
        found.class(Source::Description, Class::Write, Weight::Fair, || {
            "its description says that it queues jobs".to_owned()
        });
    }
    // "Convert a time .. Returns the converted time": with a hint that says so, the answer may be all that is made.
    if name.produces() && lower.contains("return") {
        found.class(Source::Description, Class::Read, Weight::Weak, || {
            "its description says what it returns".to_owned()
        });
    }
    if first == Some(Class::Read) && name.has_no_verb() {
        mentions(lower, name, found);
    }
    first
}

/// What a description says of money that the call costs.
fn costs(lower: &str, name: &Name, found: &mut Found) {
    let said = [
        "a billable",
        "will be charged",
        "will be billed",
        "this incurs",
        "incurs charges",
        "incurs costs",
        "will incur",
    ];
    if name.verb_class() == Some(Class::Read) {
        return;
    }
    if let Some(said) = said.into_iter().find(|said| lower.contains(said)) {
        found.class(Source::Description, Class::Financial, Weight::Fair, || {
            format!("its description has {}", quote(said))
        });
    }
}

/// Whether a word of a sentence is about code that is evaluated.
fn is_code(word: &str) -> bool {
    matches!(word, "condition" | "expression" | "expressions" | "formula" | "script" | "scripts" | "snippet")
}

/// "Researches a question using sub-agents": agents work on what the caller writes.
fn with_agents(tokens: &[Token<'_>], found: &mut Found) {
    /// How many words may stand between "using" and "agents".
    const BETWEEN: usize = 4;
    let word = |at: usize| tokens.get(at).map_or("", |token| &*token.text);
    let agents = |at: &usize| {
        let split = word(*at) == "sub" && matches!(word(at + 1), "agent" | "agents");
        split
            || matches!(word(*at), "subagent" | "subagents")
            || word(*at) == "agents" && word(at.saturating_sub(1)) == "autonomous"
    };
    let Some(at) = (0..tokens.len()).find(agents) else { return };
    let uses = |at: usize| matches!(word(at), "using" | "with" | "via" | "spawning" | "launching" | "by" | "through");
    if (at.saturating_sub(BETWEEN)..at).any(uses) {
        found.class(Source::Description, Class::Execute, Weight::Fair, || {
            "its description says that agents do it".to_owned()
        });
    }
}

/// The verb that a word of a description is a form of: goods are returned in names, but results in descriptions.
pub(super) fn form_in_text(word: &str) -> Option<(Verb, Form)> {
    let reads = |form| Some((Verb { class: Class::Read, noun: false, loses: false, produces: false }, form));
    match word {
        "look" | "return" | "provide" | "display" | "output" => reads(Form::Base),
        word if performs(word) => Some((
            Verb { class: Class::Write, noun: false, loses: false, produces: false },
            if word.ends_with('s') { Form::Third } else { Form::Base },
        )),
        "looks" | "returns" | "provides" | "displays" | "outputs" => reads(Form::Third),
        _ => form(word),
    }
}

/// Verbs that say nothing without their object: a search is performed as a deletion is.
fn performs(word: &str) -> bool {
    matches!(word, "perform" | "performs" | "conduct" | "conducts")
}

/// The class of what is performed.
fn performed(after: &[Token<'_>]) -> Class {
    let runs = |word: &str| Noun::Interpreter.has(word) && !matches!(word, "code" | "command" | "commands" | "process");
    if object(after).any(|word| Noun::Removal.has(word)) {
        Class::Destructive
    } else if object(after).any(runs) {
        Class::Execute
    } else if object_has(after, Noun::Question) {
        Class::Read
    } else {
        Class::Write
    }
}

/// "it", "them": what a sentence has named before.
fn is_pronoun(next: Option<&str>) -> bool {
    matches!(next, Some("it" | "them"))
}

/// How much a verb of the description counts beside what the name says.
fn weight(is_first: bool, class: Class, may_be_noun: bool, pays: bool, name: &Name) -> Weight {
    let known = name.verb_class().filter(|_| !name.is_ambiguous());
    match (known, class) {
        // A clear name says better what a tool does than a sentence whose first verb may be a noun, or says how.
        (Some(known), _)
            if known > Class::Read
                && class > known
                && is_first
                && (may_be_noun || class != Class::Execute && !pays) =>
        {
            Weight::Weak
        }
        (Some(Class::Read), Class::Write) if is_first => Weight::Weak,
        (Some(Class::Read), Class::Execute | Class::Financial) if is_first && may_be_noun => Weight::Weak,
        (Some(known), _) if known > Class::Read && class == Class::Read => Weight::Weak,
        _ => Weight::Fair,
    }
}

/// The class of a verb with what stands after it: running a query only reads, and so does taking a screenshot.
fn class_of(word: &str, verb: Verb, after: &[Token<'_>], only_reads: bool, name: &Name) -> Class {
    let has = |noun| object_has(after, noun);
    let stem = |stem: &str| word.starts_with(stem);
    let agents = || object(after).any(|word| Noun::Agent.has(word));
    let first = || after.first().map_or("", |token| &*token.text);
    let sets_to_work = || {
        let starts = ["continu", "delegat", "launch", "resum", "start", "wak"].into_iter().any(stem);
        let gives = stem("assign") && matches!(first(), "task" | "tasks" | "work" | "job" | "jobs" | "objective");
        (starts || gives) && agents()
    };
    let moves_money = || ["transfer", "collect", "captur", "process"].into_iter().any(stem);
    match verb.class {
        Class::Execute
            if only_reads
                || name.verb_class() == Some(Class::Read) && has(Noun::Question) && !has(Noun::Interpreter) =>
        {
            Class::Read
        }
        Class::Read if stem("get") && after.first().is_some_and(|next| next.text == "rid") => Class::Destructive,
        Class::Write if matches!(word, "capture" | "captures" | "take" | "takes") && has(Noun::Picture) => Class::Read,
        Class::Write if performs(word) => performed(after),
        Class::Execute if stem("evaluat") && !has(Noun::Interpreter) && !object(after).any(is_code) => Class::Write,
        Class::Write if sets_to_work() => Class::Execute,
        Class::Write if moves_money() && has(Noun::Money) => Class::Financial,
        Class::Write if stem("place") && object(after).any(|word| word.starts_with("order")) => Class::Financial,
        class => class,
    }
}

/// The words after a verb that may be its object.
fn object<'a>(after: &'a [Token<'_>]) -> impl Iterator<Item = &'a str> {
    after.iter().take(OBJECT).take_while(|token| !token.ends).map(|token| &*token.text)
}

fn object_has(after: &[Token<'_>], noun: Noun) -> bool {
    object(after).any(|word| noun.has(word))
}

/// Whether a verb inside the sentence says what the tool does, too: "Lists, updates and deletes issues",
/// "Looks up a customer and charges the card".
fn continues(tokens: &[Token<'_>], at: usize, verb: Verb, form: Form, first: Form, next: Option<&str>) -> bool {
    let negated =
        at.checked_sub(2).and_then(|at| tokens.get(at)).is_some_and(|word| matches!(&*word.text, "not" | "never"));
    verb.class > Class::Read && form == first && !negated && (!verb.noun || is_object(next))
}

/// Whether a word follows a comma or "and".
fn is_joined(tokens: &[Token<'_>], at: usize) -> bool {
    // "or completely overwrite": a word of manner changes nothing.
    let adverb = |at: &usize| tokens.get(*at).is_some_and(|token| token.text.ends_with("ly"));
    let before = at.checked_sub(1).map(|at| if adverb(&at) { at.saturating_sub(1) } else { at });
    let before = before.and_then(|at| tokens.get(at));
    let conjunction = || before.is_some_and(|before| matches!(&*before.text, "and" | "or" | "then"));
    tokens.get(at).is_some_and(|token| token.joined) || conjunction()
}

/// Whether a word begins the object of the verb before it.
fn is_object(next: Option<&str>) -> bool {
    next.is_some_and(|next| DETERMINERS.contains(&next))
}

/// A description that begins with reading, of a name without a verb: words of more anywhere speak against it.
fn mentions(lower: &str, name: &Name, found: &mut Found) {
    // A word that no list has may be a verb, and "returns the deleted rows" then says what it does.
    let unknown = name.words().any(|word| !is_resource(word) && !Noun::Told.has(word));
    let past = |word: &str| {
        let stem = word.strip_suffix('d').filter(|_| unknown)?;
        form(stem).or_else(|| form(stem.strip_suffix('e')?))
    };
    let mut before = "";
    for word in lower.split(|char: char| !char.is_alphabetic()).filter(|word| !word.is_empty()) {
        let denied = matches!(before, "not" | "never" | "without" | "no" | "cannot" | "before" | "t");
        let found_verb = (word.len() <= LONGEST_WORD).then(|| form(word).or_else(|| past(word))).flatten();
        if found_verb.is_some_and(|(verb, _)| !verb.noun && verb.class > Class::Write && !denied) {
            found.class(Source::Description, Class::Write, Weight::Fair, || {
                format!("its description mentions {}", quote(word))
            });
            return;
        }
        before = word;
    }
}
