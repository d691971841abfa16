//! Evidence for tags.

mod rights;
mod secrets;
mod sends;
mod world;

use super::arguments::Argument;
use super::evidence::{Found, Source, Weight};
use super::name::{Clause, Name};
use super::{Annotations, Class, Classes, Tag, quote};

/// Words for many things.
const MANY: &[&str] = &["batch", "bulk", "bulkdelete", "many", "mass", "multiple"];

/// What tags are inferred from.
pub(super) struct Seen<'a> {
    pub(super) name: &'a Name,
    /// The description in lower case.
    pub(super) lower: &'a str,
    /// The words of the description from its first verb on.
    pub(super) lead: &'a [String],
    pub(super) arguments: &'a [Argument<'a>],
    pub(super) annotations: Annotations,
    /// The classes that were inferred.
    pub(super) classes: Classes,
}

/// Adds what an entry says about tags.
pub(super) fn tags(seen: &Seen<'_>, found: &mut Found) {
    let Seen { name, lower, lead, arguments, classes, .. } = *seen;
    let reads = classes.has(Class::Read);
    for clause in &name.clauses {
        if !reads {
            sends::by_name(clause, found);
            rights::by_name(clause, found);
        } else {
            secrets::by_arguments(verb_of(clause), arguments, found);
        }
        secrets::by_name(clause, found);
        bulk(clause, reads, found);
    }
    world::open_world(seen, found);
    if !reads {
        let many = arguments.iter().find(|argument| {
            let ids = ["ids", "Ids", "IDs", "IDS"].into_iter().any(|end| argument.name.ends_with(end));
            ids && argument.is_list()
        });
        if let Some(argument) = many {
            found.tag(Source::Arguments, Tag::Bulk, Weight::Fair, || {
                format!("its argument {} names many things", quote(argument.name))
            });
        }
    }
    if !reads {
        sends::by_description(lower, lead, found);
    }
    secrets::by_description(lower, lead, reads, found);
    many_by_description(lower, found);
}

/// Whether a list has a word, in the singular or plural.
fn has(list: &[&str], word: &str) -> bool {
    list.contains(&word)
        || word.strip_suffix('s').is_some_and(|stem| list.contains(&stem))
        || word.strip_suffix("ies").is_some_and(|stem| stem == "repl" && list.contains(&"reply"))
}

fn saw(found: &mut Found, tag: Tag, weight: Weight, word: &str) {
    found.tag(Source::Name, tag, weight, || format!("its name has {}", quote(word)));
}

fn verb_of(clause: &Clause) -> &str {
    clause.head.and_then(|(head, _)| clause.words.get(head)).map_or("", String::as_str)
}

fn bulk(clause: &Clause, reads: bool, found: &mut Found) {
    let many = clause.words.iter().find(|word| MANY.contains(&word.as_str()) || word.as_str() == "all" && !reads);
    if let Some(word) = many {
        saw(found, Tag::Bulk, Weight::Strong, word);
    }
}

fn many_by_description(lower: &str, found: &mut Found) {
    let begins = |words: &[&'static str]| words.iter().copied().find(|word| lower.starts_with(word));
    let bulk = [
        "batch ",
        "bulk ",
        "delete multiple",
        "deletes multiple",
        "create multiple",
        "update multiple",
        "removes all",
        "deletes all",
        "updates all",
    ];
    if let Some(said) = begins(&bulk) {
        found.tag(Source::Description, Tag::Bulk, Weight::Fair, || {
            format!("its description begins with {}", quote(said.trim_end()))
        });
    }
}
