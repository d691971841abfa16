//! Whether something reaches people.

use super::super::evidence::{Found, Source, Weight};
use super::super::name::Clause;
use super::super::nouns::Noun;
use super::super::{Tag, quote};
use super::{has, saw, verb_of};

/// Verbs by which something reaches people, whatever it is.
const REACHES: &[&str] = &[
    "announce",
    "broadcast",
    "email",
    "invite",
    "message",
    "notify",
    "reply",
    "respond",
    "tweet",
    "dm",
    "mention",
    "retweet",
    "repost",
    "crosspost",
];
/// Verbs by which something reaches people if it is a message.
const CARRIES: &[&str] = &[
    "add", "comment", "create", "forward", "make", "post", "publish", "push", "resend", "schedule", "send", "share",
    "submit", "write",
];
/// Verbs that change what people read or hear.
const EDITS: &[&str] = &["edit", "manage", "patch", "revise", "update"];
/// What people read or hear and can be changed.
const EDITED: &[&str] = &["announcement", "call", "comment", "message", "post", "reply", "story", "tweet"];
/// What people are reached by.
const MESSAGE: &[&str] = &[
    "announcement",
    "attendee",
    "call",
    "chat",
    "comment",
    "campaign",
    "conversation",
    "direct",
    "dm",
    "email",
    "fax",
    "gif",
    "guest",
    "invitation",
    "invite",
    "invitee",
    "mail",
    "message",
    "mms",
    "newsletter",
    "note",
    "notification",
    "participant",
    "post",
    "reaction",
    "recipient",
    "reminder",
    "reply",
    "review",
    "sms",
    "story",
    "text",
    "thread",
    "tweet",
    "whatsapp",
];
/// What is sent without reaching people.
const TECHNICAL: &[&str] = &[
    "analysis",
    "code",
    "command",
    "commands",
    "data",
    "event",
    "events",
    "files",
    "heartbeat",
    "image",
    "indicator",
    "input",
    "job",
    "key",
    "keys",
    "mappings",
    "metrics",
    "packet",
    "payload",
    "presence",
    "query",
    "queue",
    "receipt",
    "request",
    "requests",
    "select",
    "transaction",
    "token",
    "tokens",
    "signal",
    "search",
    "telemetry",
    "topic",
    "typing",
    "version",
    "webhook",
];
/// What begins a sentence about what reaches people.
const ANNOUNCES: &[&str] = &[
    "announce",
    "announces",
    "broadcast",
    "broadcasts",
    "notifies",
    "notify",
    "post",
    "posts",
    "publish",
    "publishes",
];
/// What says anywhere that people see what is done.
const SEEN_BY_PEOPLE: [&str; 5] =
    ["notifying everyone", "notifies everyone", "publicly available", "makes it public", "visible to the public"];

/// Adds what a part of a name says.
pub(super) fn by_name(clause: &Clause, found: &mut Found) {
    let (verb, object) = (verb_of(clause), clause.object());
    let money = |word: &String| Noun::Money.has(word) || Noun::Currency.has(word);
    let technical = object.iter().any(|word| TECHNICAL.contains(&word.as_str()) || money(word));
    if REACHES.contains(&verb) {
        return saw(found, Tag::Sends, Weight::Strong, verb);
    }
    // Who reads what is posted is named behind the verb: `post_to_wall`, `post_image_to_page`.
    let to = clause.words.iter().skip_while(|word| *word != "to").nth(1);
    if let Some(to) = to.filter(|to| matches!(verb, "post" | "publish" | "share") && !TECHNICAL.contains(&to.as_str()))
    {
        return saw(found, Tag::Sends, Weight::Strong, to);
    }
    let edited = object.last().filter(|word| EDITS.contains(&verb) && has(EDITED, word));
    if let Some(edited) = edited {
        return saw(found, Tag::Sends, Weight::Fair, edited);
    }
    if !CARRIES.contains(&verb) {
        return;
    }
    // A typing indicator is no message, whatever else its name has.
    if object.last().is_some_and(|word| matches!(word.as_str(), "indicator" | "presence" | "typing" | "receipt")) {
        return;
    }
    // What is added is the last word: `add_comment_reaction`; a `note_template` is no message.
    if let Some(message) = object.last().filter(|word| has(MESSAGE, word)) {
        return saw(found, Tag::Sends, Weight::Strong, message);
    }
    let carries_anything = matches!(verb, "send" | "post" | "publish" | "resend" | "share");
    if carries_anything && !technical {
        saw(
            found,
            Tag::Sends,
            if matches!(verb, "publish" | "send" | "share") { Weight::Fair } else { Weight::Weak },
            verb,
        );
    }
}

/// Adds what a description says. `lead` are its words from the first verb on.
pub(super) fn by_description(lower: &str, lead: &[String], found: &mut Found) {
    /// How many words behind the verb say what it is about.
    const OBJECT: usize = 5;
    let begins = |words: &[&'static str]| words.iter().copied().find(|word| lower.starts_with(word));
    let sends = [
        "send a message",
        "sends a message",
        "send an email",
        "sends an email",
        "send email",
        "send message",
        "send a direct",
        "post a new message",
    ];
    if let Some(said) = begins(&sends) {
        found.tag(Source::Description, Tag::Sends, Weight::Fair, || {
            format!("its description begins with {}", quote(said))
        });
    }
    let object = || lead.iter().skip(1).take(OBJECT);
    let technical = |word: &String| has(TECHNICAL, word) || matches!(word.as_str(), "draft" | "package");
    if let Some(verb) = lead.first().filter(|verb| ANNOUNCES.contains(&verb.as_str()) && !object().any(technical)) {
        found.tag(Source::Description, Tag::Sends, Weight::Fair, || {
            format!("its description begins with {}", quote(verb))
        });
    }
    if let Some(said) = SEEN_BY_PEOPLE.into_iter().find(|said| lower.contains(said)) {
        found.tag(Source::Description, Tag::Sends, Weight::Fair, || format!("its description has {}", quote(said)));
    }
}
