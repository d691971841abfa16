//! What a name says about the classes of its tool.

use super::super::evidence::{Found, Source, Weight};
use super::super::nouns::{Noun, is_resource};
use super::super::verbs::{Verb, verb};
use super::super::{Class, quote};
use super::Name;
use super::clause::Clause;

impl Clause {
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
        if self.converts_quantity() {
            return pair(Class::Read, Weight::Strong, thing, found);
        }
        let drags = word == "drop" && self.is_local();
        if self.judges() || drags {
            return name(Class::Write, Weight::Fair, found);
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
        self.pairs(found);
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
        if verb.loses && !self.is_local() {
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
            let plural = word.len() > 3 && word.ends_with('s') && super::super::verbs::verb(word).is_none();
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
pub(in super::super) fn classes(name: &Name, only_reads: bool, found: &mut Found) {
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
