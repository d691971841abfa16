//! A part of a name: its verb, and what the verb is about.

use super::super::Class;
use super::super::nouns::Noun;
use super::super::verbs::{Verb, verb};

/// A part of a name with one verb: `find_and_delete` has two.
pub(in super::super) struct Clause {
    pub(in super::super) words: Vec<String>,
    /// Where its verb stands.
    pub(in super::super) head: Option<(usize, Verb)>,
    /// A verb that may also be a noun stands where a noun could: `run_list`, `issue_read`. A description that
    /// begins with a verb of reading then decides.
    pub(in super::super) ambiguous: bool,
}

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

pub(super) fn clause(words: Vec<String>) -> Clause {
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
                let lists = matches!(words.first().map(String::as_str), Some("list" | "show" | "view"))
                    && words.last().is_some_and(|word| word != "exec");
                match end {
                    Some(Class::Execute) if lists => (Some(first), true),
                    // `list_calls` lists calls, and `status_reset` resets a status.
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
    pub(in super::super) fn object(&self) -> &[String] {
        let Some((head, _)) = self.head else { return &self.words };
        let after = self.words.get(head + 1..).unwrap_or_default();
        let end = after.iter().position(|word| Noun::Preposition.has(word)).unwrap_or(after.len());
        match after.get(..end) {
            Some(object) if !object.is_empty() => object,
            _ => self.words.get(..head).unwrap_or_default(),
        }
    }

    /// Whether it only takes a picture or a copy of a state.
    pub(super) fn takes_picture(&self) -> bool {
        matches!(self.verb_text(), "take" | "capture" | "grab")
            && self.object().iter().any(|word| Noun::Picture.has(word))
    }

    pub(in super::super) fn verb_text(&self) -> &str {
        self.head.and_then(|(head, _)| self.words.get(head)).map_or("", String::as_str)
    }

    /// The last word of the object.
    pub(super) fn thing(&self) -> &str {
        self.object().last().map_or("", String::as_str)
    }

    /// The word by which the clause is about money.
    pub(super) fn money(&self) -> Option<&str> {
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
}
