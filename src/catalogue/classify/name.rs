//! What the name of a tool says: its verb, and what the verb is about.

use super::evidence::{Found, Source, Weight};
use super::nouns::{Noun, is_resource};
use super::verbs::{Verb, verb};
use super::{Class, quote};

/// A part of a name with one verb: `find_and_delete` has two.
pub(super) struct Clause {
    pub(super) words: Vec<String>,
    /// Where its verb stands.
    pub(super) head: Option<(usize, Verb)>,
    /// A verb that may also be a noun stands where a noun could: `run_list`, `issue_read`. A description that
    /// begins with a verb of reading then decides.
    pub(super) ambiguous: bool,
}

/// A name, taken apart.
pub(super) struct Name {
    pub(super) clauses: Vec<Clause>,
}

/// Phrases of two words that are one verb.
const PHRASES: [([&str; 2], &str); 20] = [
    (["back", "up"], "backup"),
    (["check", "in"], "checkin"),
    (["check", "out"], "checkout"),
    (["clean", "up"], "cleanup"),
    (["hang", "up"], "hangup"),
    (["kick", "off"], "trigger"),
    (["log", "in"], "login"),
    (["log", "out"], "logout"),
    (["look", "up"], "lookup"),
    (["power", "off"], "poweroff"),
    (["roll", "back"], "rollback"),
    (["set", "up"], "setup"),
    (["shut", "down"], "shutdown"),
    (["sign", "in"], "login"),
    (["sign", "up"], "register"),
    (["spin", "up"], "launch"),
    (["take", "down"], "takedown"),
    (["tear", "down"], "teardown"),
    (["top", "up"], "topup"),
    (["wipe", "out"], "wipe"),
];

/// Verbs that stand before their object without a space in some names: `createorupdate`, `getguidance`.
const GLUED: [&str; 12] = [
    "create", "delete", "describe", "execute", "fetch", "get", "list", "remove", "retrieve", "search", "send", "update",
];
/// Shorter words are not taken apart.
const SHORTEST_GLUED: usize = 9;

/// Words of the end of a name after which what stands before it is a thing: `run_details`, `order_history`.
const FACTS: [&str; 12] = [
    "count",
    "detail",
    "details",
    "history",
    "info",
    "information",
    "metadata",
    "statistics",
    "stats",
    "status",
    "summary",
    "types",
];

/// The words of a name in lower case: split at everything but letters, and before a capital that begins a word.
pub(super) fn split(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut begin = 0;
    let mut before = ' ';
    let mut chars = name.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let is_upper = char.is_uppercase();
        let mut ends_capitals =
            || is_upper && before.is_uppercase() && chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        if !char.is_alphabetic() || is_upper && before.is_lowercase() || ends_capitals() {
            words.extend(name.get(begin..at));
            begin = if char.is_alphabetic() { at } else { at + char.len_utf8() };
        }
        before = char;
    }
    words.extend(name.get(begin..));
    words.into_iter().filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

impl Name {
    pub(super) fn read(name: &str) -> Self {
        let words = join_phrases(words_of_operation(name).into_iter().flat_map(unglue));
        let conjunction = |word: &String| matches!(word.as_str(), "and" | "or" | "then");
        let parts = words.split(conjunction).filter(|part| !part.is_empty());
        Self { clauses: parts.map(|part| clause(part.to_vec())).collect() }
    }

    /// The most severe class that a verb of the name stands for.
    pub(super) fn verb_class(&self) -> Option<Class> {
        let classes = self.clauses.iter().filter_map(|clause| {
            let (_, verb) = clause.head?;
            Some(if clause.takes_picture() { Class::Read } else { verb.class })
        });
        classes.max()
    }

    /// Whether all that its verb makes may be the answer.
    pub(super) fn produces(&self) -> bool {
        self.clauses.iter().all(|clause| clause.head.is_some_and(|(_, verb)| verb.produces))
    }

    /// Whether no word of it is the verb.
    pub(super) fn has_no_verb(&self) -> bool {
        self.clauses.iter().all(|clause| clause.head.is_none())
    }

    /// Whether its verb may be a noun, and a reading description would say so.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.clauses.iter().all(|clause| clause.ambiguous || clause.head.is_none())
    }

    /// All words.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.clauses.iter().flat_map(|clause| clause.words.iter().map(String::as_str))
    }
}

/// The words of the part of a name that says what is done: `mcp__github__get_me` and `drive.files.delete` have more.
fn words_of_operation(name: &str) -> Vec<String> {
    let whole = || {
        let mut words = split(name);
        let prefix = words.iter().take_while(|word| matches!(word.as_str(), "api" | "mcp" | "v")).count();
        if prefix < words.len() {
            words.drain(..prefix);
        }
        words
    };
    // The verb alone is one word: `drive.files.delete`.
    if !name.contains(['/', '.', ':']) && !name.contains("--") && !name.contains("__") {
        return whole();
    }
    let cut = name.replace("--", "/").replace("__", "/");
    let mut parts = cut.rsplit(['/', '.', ':']).filter(|part| part.chars().any(char::is_alphabetic)).map(split);
    let Some(last) = parts.next() else { return whole() };
    // Without a verb, and after a part that begins with a grave one, the end of a name is not enough.
    let grave = |word: &String| verb(word).is_some_and(|verb| verb.class > Class::Write);
    let before = parts.next();
    let is_grave = before.iter().cloned().chain(parts).any(|part| part.first().is_some_and(grave));
    match before {
        _ if is_grave || last.iter().all(|word| verb(word).is_none()) => whole(),
        Some(mut before) if last.len() == 1 => {
            before.extend(last);
            before
        }
        _ => last,
    }
}

/// The words that are written as one: `getguidance`.
fn unglue(word: String) -> Vec<String> {
    if word.len() >= SHORTEST_GLUED && verb(&word).is_none() {
        for glued in GLUED {
            let Some(rest) = word.strip_prefix(glued) else { continue };
            let inflected =
                ["d", "r", "s", "ing", "able", "ion"].iter().any(|end| rest.starts_with(end)) && glued != "get";
            if rest.len() > 2 && !inflected {
                return vec![glued.to_owned(), rest.to_owned()];
            }
        }
    }
    vec![word]
}

fn join_phrases(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        let may_end_one = matches!(word.as_str(), "back" | "down" | "in" | "off" | "out" | "up");
        let phrase = joined.last().filter(|_| may_end_one).and_then(|last| {
            let found = PHRASES.iter().find(|([first, second], _)| first == last && *second == word);
            found.map(|(_, verb)| *verb)
        });
        match (phrase, joined.last_mut()) {
            (Some(phrase), Some(last)) => phrase.clone_into(last),
            _ => joined.push(word),
        }
    }
    joined
}

fn clause(words: Vec<String>) -> Clause {
    let verbs: Vec<(usize, Verb)> = words.iter().enumerate().filter_map(|(at, word)| Some((at, verb(word)?))).collect();
    let last = words.len().saturating_sub(1);
    let certain = verbs.iter().find(|(_, verb)| !verb.noun);
    let at_the_end = verbs.last().filter(|(at, _)| *at == last);
    let (head, ambiguous) = match verbs.first() {
        Some(first) if first.0 == 0 && !first.1.noun => (Some(first), false),
        Some(first) if first.0 == 0 => match certain {
            // `list_add_requests` lists requests, and `read_replica_create` creates something.
            Some(later) => {
                let may_read = first.1.class == Class::Read && later.1.class == Class::Write && later.0 != last;
                (Some(later), may_read)
            }
            None => {
                let end = at_the_end.filter(|(at, _)| *at > 0).map(|(_, verb)| verb.class);
                let is_fact = last > 0 && words.last().is_some_and(|word| FACTS.contains(&word.as_str()));
                match end {
                    // `status_reset` resets a status.
                    Some(end) if first.1.class == Class::Read && end > Class::Write => (at_the_end, true),
                    // `run_list` may run a list; `run_details` may have no verb.
                    end => (Some(first), end == Some(Class::Read) || is_fact && first.1.class > Class::Read),
                }
            }
        },
        Some(first) => match certain.or(at_the_end) {
            Some(head) => (Some(head), head.1.noun && head.1.class != Class::Read),
            None => (Some(first), true),
        },
        None => (None, false),
    };
    let head = head.copied();
    Clause { words, head, ambiguous }
}

impl Clause {
    /// What the verb is about: the words after it up to a preposition; where it stands at the end, those before it.
    pub(super) fn object(&self) -> &[String] {
        let Some((head, _)) = self.head else { return &self.words };
        let after = self.words.get(head + 1..).unwrap_or_default();
        let end = after.iter().position(|word| Noun::Preposition.has(word)).unwrap_or(after.len());
        match after.get(..end) {
            Some(object) if !object.is_empty() => object,
            _ => self.words.get(..head).unwrap_or_default(),
        }
    }

    /// Whether it only takes a picture or a copy of a state.
    fn takes_picture(&self) -> bool {
        matches!(self.verb_text(), "take" | "capture" | "grab")
            && self.object().iter().any(|word| Noun::Picture.has(word))
    }

    fn verb_text(&self) -> &str {
        self.head.and_then(|(head, _)| self.words.get(head)).map_or("", String::as_str)
    }

    /// The last word of the object.
    fn thing(&self) -> &str {
        self.object().last().map_or("", String::as_str)
    }

    /// The word by which the clause is about money.
    fn money(&self) -> Option<&str> {
        let (object, verb) = (self.object(), self.verb_text());
        if Noun::AboutMoney.has(self.thing()) {
            return None;
        }
        let word = object.iter().enumerate().find(|(at, word)| {
            let arranged = matches!(word.as_str(), "order" | "orders" | "subscription" | "subscriptions");
            let before = self.words.iter().take_while(|other| !std::ptr::eq(*other, *word));
            let before = before.last().map_or("", String::as_str);
            // Most subscriptions have nothing to do with money: to events, topics, feeds.
            let unpaid =
                word.starts_with("subscription") && !before.is_empty() && before != verb && !Noun::Paid.has(before);
            let not_paid = unpaid || arranged && (Noun::Arranges.has(verb) || Noun::NotPaid.has(before));
            let verb_of_bank =
                matches!(verb, "create" | "post" | "process" | "authorize" | "capture" | "void" | "execute");
            Noun::Money.has(word) && !not_paid
                || Noun::Currency.has(word) && Noun::Moves.has(verb)
                || word.starts_with("transaction") && verb_of_bank && *at + 1 == object.len()
                || matches!(word.as_str(), "cart" | "basket") && matches!(verb, "checkout" | "complete" | "submit")
                || word.starts_with("position") && matches!(verb, "close" | "open" | "reduce" | "exercise")
        });
        word.map(|(_, word)| word.as_str())
    }

    /// Adds what the clause says about classes; it may be one of several of a name.
    fn classes(&self, one_of_several: bool, found: &mut Found) {
        let Some((head, verb)) = self.head else { return self.without_verb(found) };
        let (word, thing) = (self.verb_text(), self.thing());
        let name = |class, weight, found: &mut Found| {
            found.class(Source::Name, class, weight, || format!("its name has {}", quote(word)));
        };
        let pair = |class, weight, other: &str, found: &mut Found| {
            found.class(Source::Name, class, weight, || format!("its name has {} and {}", quote(word), quote(other)));
        };
        if self.takes_picture() {
            return pair(Class::Read, Weight::Strong, thing, found);
        }
        if verb.class == Class::Read {
            name(Class::Read, self.weight_of_reading(head, verb), found);
            return self.second_verb(head, found);
        }
        let transfers = word == "transfer" && (self.object().is_empty() || self.object() == ["create"]);
        if transfers {
            return name(Class::Financial, Weight::Strong, found);
        }
        let runs = matches!(
            word,
            "interact"
                | "start"
                | "open"
                | "launch"
                | "spawn"
                | "send"
                | "type"
                | "use"
                | "submit"
                | "issue"
                | "inject"
                | "process"
        );
        let after = self.words.iter().skip(head + 1);
        let interpreter = after.clone().find(|word| Noun::Interpreter.has(word) && *word != "code");
        if let Some(interpreter) = interpreter.filter(|_| runs) {
            pair(Class::Execute, Weight::Strong, interpreter, found);
        }
        let asks_any_server = thing.starts_with("request") || word == "request";
        if asks_any_server
            && self.words.iter().any(|word| matches!(word.as_str(), "http" | "https" | "api" | "rest" | "graphql"))
        {
            found.class(Source::Name, Class::Execute, Weight::Fair, || {
                "it makes any request that it is given".to_owned()
            });
        }
        let erases = word == "format" && matches!(thing, "disk" | "disks" | "drive" | "partition" | "volume");
        if erases {
            pair(Class::Destructive, Weight::Strong, thing, found);
        }
        // Layers and deployments are swapped, too.
        let money = |word: &String| Noun::Money.has(word) || Noun::Currency.has(word);
        if word == "swap" && !self.object().is_empty() && !self.object().iter().any(money) {
            return name(Class::Write, Weight::Strong, found);
        }
        let renews = matches!(word, "rotate" | "reset" | "regenerate" | "roll" | "recreate");
        if renews && self.object().iter().any(|word| Noun::Secret.has(word)) {
            pair(Class::Destructive, Weight::Strong, thing, found);
        }
        if let Some(money) = self.money() {
            pair(Class::Financial, Weight::Strong, money, found);
        }
        if self.ambiguous && verb.class > Class::Write {
            return name(verb.class, Weight::Fair, found);
        }
        let weight = match (verb.produces && !one_of_several, self.ambiguous) {
            (true, _) => Weight::Weak,
            (_, true) => Weight::Fair,
            (_, false) => Weight::Strong,
        };
        name(verb.class, weight, found);
        if verb.loses {
            found.class(Source::Name, Class::Destructive, Weight::Weak, || {
                format!("{} may take away what was there", quote(word))
            });
        }
    }

    /// A verb of change right after a verb of reading, or at the end: `find_replace` and `get_delete` do both. Of one that
    /// something follows, as in `get_create_fields`, only a grave one counts.
    fn second_verb(&self, head: usize, found: &mut Found) {
        let last = self.words.len().saturating_sub(1);
        for at in [head + 1, last] {
            let Some(other) = self.words.get(at).filter(|_| at > head) else { continue };
            let Some(more) = verb(other).filter(|more| !more.noun && more.class > Class::Read) else { continue };
            let weight = if at < last && more.class == Class::Write { Weight::Weak } else { Weight::Fair };
            let saw = || format!("its name has {} after {}", quote(other), quote(self.verb_text()));
            found.class(Source::Name, more.class, weight, saw);
        }
    }

    /// How sure it is that the clause reads: a word before the verb that is no known noun may be a verb that no list has.
    fn weight_of_reading(&self, head: usize, verb: Verb) -> Weight {
        let before = self.words.get(..head).unwrap_or_default();
        let known = before.iter().all(|word| {
            let plural = word.len() > 3 && word.ends_with('s') && super::verbs::verb(word).is_none();
            plural || is_resource(word) || Noun::Told.has(word)
        });
        match (before.is_empty(), known, verb.noun) {
            (true, _, _) => Weight::Strong,
            (_, true, false) => Weight::Strong,
            (_, true, true) | (_, false, false) => Weight::Fair,
            (_, false, true) => Weight::Weak,
        }
    }

    fn without_verb(&self, found: &mut Found) {
        let Some(last) = self.words.last() else { return };
        let only = self.words.len() == 1;
        let also_a_thing = matches!(last.as_str(), "code" | "process" | "command" | "commands" | "sql");
        if Noun::Interpreter.has(last) && (only || !also_a_thing) {
            let saw = || format!("{} runs what it is given", quote(last));
            found.class(Source::Name, Class::Execute, Weight::Strong, saw);
        } else if Noun::Told.has(last) || Noun::Picture.has(last) {
            let weight = if only { Weight::Fair } else { Weight::Weak };
            found.class(Source::Name, Class::Read, weight, || {
                format!("its name ends in {} and has no verb", quote(last))
            });
        }
    }
}

fn is_database(word: &str) -> bool {
    matches!(word, "database" | "databases" | "db")
}

/// Adds what a name says about the class of its tool.
pub(super) fn classes(name: &Name, only_reads: bool, found: &mut Found) {
    for clause in &name.clauses {
        clause.classes(name.clauses.len() > 1, found);
        // What the caller asks of a database is most often SQL, which may change everything.
        let mut words = clause.words.iter();
        let sql = words.find(|word| {
            matches!(word.as_str(), "sql" | "soql" | "tsql") || clause.thing() == word.as_str() && is_database(word)
        });
        if let Some(sql) = sql.filter(|_| clause.verb_text() == "query" && !only_reads) {
            found.class(Source::Name, Class::Execute, Weight::Fair, || {
                format!("its name has {} and {}", quote("query"), quote(sql))
            });
        }
    }
    // `find_and_replace`: what the name says of one part is no evidence about the others.
    if name.clauses.len() > 1 {
        let only_one_reads = name.clauses.iter().any(|clause| clause.head.is_none());
        if only_one_reads && name.verb_class() == Some(Class::Read) {
            let names_things = name.clauses.iter().filter(|clause| clause.head.is_none());
            let mut things = names_things.flat_map(|clause| &clause.words);
            if let Some(unknown) =
                things.find(|word| !is_resource(word) && !Noun::Told.has(word) && !word.ends_with('s'))
            {
                found.class(Source::Name, Class::Write, Weight::Fair, || {
                    format!("its name has {} beside its verb", quote(unknown))
                });
            }
        }
    }
}
