//! Evidence for tags.

use super::arguments::Argument;
use super::evidence::{Found, Source, Weight};
use super::name::{Clause, Name};
use super::nouns::Noun;
use super::{Annotations, Class, Classes, Tag, quote};

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
];
/// Verbs by which something reaches people if it is a message.
const CARRIES: &[&str] = &[
    "add", "comment", "create", "forward", "make", "post", "publish", "push", "resend", "send", "share", "submit",
    "write",
];
/// What people are reached by.
const MESSAGE: &[&str] = &[
    "announcement",
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
    "invitation",
    "invite",
    "mail",
    "message",
    "mms",
    "newsletter",
    "note",
    "notification",
    "post",
    "reaction",
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
    "code",
    "command",
    "commands",
    "data",
    "event",
    "events",
    "files",
    "image",
    "input",
    "job",
    "key",
    "keys",
    "mappings",
    "metrics",
    "packet",
    "payload",
    "query",
    "queue",
    "request",
    "requests",
    "transaction",
    "token",
    "tokens",
    "signal",
    "search",
];
/// Where strangers write.
const FOREIGN: &[&str] = &[
    "article",
    "caption",
    "channel",
    "chat",
    "comment",
    "conversation",
    "discussion",
    "email",
    "feed",
    "feedback",
    "forum",
    "gmail",
    "inbox",
    "issue",
    "mail",
    "mention",
    "merge",
    "message",
    "news",
    "newsletter",
    "post",
    "pull",
    "reply",
    "review",
    "rss",
    "sms",
    "thread",
    "ticket",
    "timeline",
    "transcript",
    "tweet",
    "video",
];
/// Words for what is in something.
const CONTENT: &[&str] = &[
    "attachments",
    "body",
    "content",
    "contents",
    "detail",
    "details",
    "feed",
    "history",
    "info",
    "list",
    "metadata",
    "request",
    "requests",
    "text",
    "threads",
];
/// The public net.
const NET: &[&str] = &[
    "crawl", "html", "internet", "link", "page", "scrape", "site", "url", "urls", "web", "webpage", "website",
    "browser",
];
/// Verbs that take a page from the net.
const BROWSES: &[&str] = &["browse", "crawl", "navigate", "scrape"];
/// What says who may do what.
const RIGHTS: &[&str] = &[
    "access",
    "acl",
    "acls",
    "collaborator",
    "collaborators",
    "firewall",
    "grant",
    "grants",
    "iam",
    "member",
    "members",
    "membership",
    "owner",
    "ownership",
    "permission",
    "permissions",
    "privilege",
    "privileges",
    "rbac",
    "restriction",
    "restrictions",
    "role",
    "roles",
    "visibility",
];
/// Verbs that say who may do what, whatever they are about.
const GRANTS: &[&str] =
    &["authorize", "deny", "grant", "impersonate", "invite", "revoke", "share", "unshare", "reshare"];
/// Words for many things.
const MANY: &[&str] = &["batch", "bulk", "bulkdelete", "many", "mass", "multiple"];

/// What tags are inferred from.
pub(super) struct Seen<'a> {
    pub(super) name: &'a Name,
    /// The description in lower case.
    pub(super) lower: &'a str,
    pub(super) arguments: &'a [Argument<'a>],
    pub(super) annotations: Annotations,
    /// The classes that were inferred.
    pub(super) classes: Classes,
}

/// Adds what an entry says about tags.
pub(super) fn tags(seen: &Seen<'_>, found: &mut Found) {
    let Seen { name, lower, arguments, classes, .. } = *seen;
    let reads = classes.has(Class::Read);
    for clause in &name.clauses {
        if !reads {
            sends(clause, found);
            permissions(clause, found);
        }
        secrets(clause, found);
        bulk(clause, reads, found);
    }
    open_world(seen, found);
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
    by_description(lower, reads, found);
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

fn sends(clause: &Clause, found: &mut Found) {
    let (verb, object) = (verb_of(clause), clause.object());
    let money = |word: &String| Noun::Money.has(word) || Noun::Currency.has(word);
    let technical = object.iter().any(|word| TECHNICAL.contains(&word.as_str()) || money(word));
    if REACHES.contains(&verb) {
        return saw(found, Tag::Sends, Weight::Strong, verb);
    }
    if !CARRIES.contains(&verb) {
        return;
    }
    // What is added is the last word: `add_comment_reaction`; a `note_template` is no message.
    if let Some(message) = object.last().filter(|word| has(MESSAGE, word)) {
        return saw(found, Tag::Sends, Weight::Strong, message);
    }
    let carries_anything = matches!(verb, "send" | "post" | "publish" | "resend" | "share");
    if carries_anything && !technical {
        saw(found, Tag::Sends, if matches!(verb, "send" | "share") { Weight::Fair } else { Weight::Weak }, verb);
    }
}

fn permissions(clause: &Clause, found: &mut Found) {
    let verb = verb_of(clause);
    if GRANTS.contains(&verb) {
        return saw(found, Tag::Permissions, Weight::Strong, verb);
    }
    if let Some(right) = clause.object().iter().find(|word| RIGHTS.contains(&word.as_str())) {
        saw(found, Tag::Permissions, Weight::Strong, right);
    }
    let users = clause.object().last().is_some_and(|word| matches!(word.as_str(), "user" | "users"));
    if users
        && matches!(verb, "create" | "delete" | "remove" | "add" | "disable" | "enable" | "deactivate" | "activate")
    {
        saw(found, Tag::Permissions, Weight::Fair, "user");
    }
}

fn secrets(clause: &Clause, found: &mut Found) {
    let words = &clause.words;
    for (at, word) in words.iter().enumerate() {
        if !Noun::Secret.has(word) {
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str);
        let after = words.get(at + 1).map_or("", String::as_str);
        // `secret_scanning` looks for them, and a `key` or `token` without a kind is most often none.
        let needs_kind = matches!(word.as_str(), "key" | "keys" | "token" | "tokens");
        let scans = matches!(after, "scanning" | "scan" | "protection");
        if !scans && (!needs_kind || Noun::SecretKind.has(before)) {
            return saw(found, Tag::Secrets, Weight::Strong, word);
        }
    }
}

fn bulk(clause: &Clause, reads: bool, found: &mut Found) {
    let many = clause.words.iter().find(|word| MANY.contains(&word.as_str()) || word.as_str() == "all" && !reads);
    if let Some(word) = many {
        saw(found, Tag::Bulk, Weight::Strong, word);
    }
}

fn open_world(seen: &Seen<'_>, found: &mut Found) {
    let Seen { name, lower, arguments, annotations, classes } = *seen;
    let takes_in = classes.has(Class::Read) || classes.has(Class::Execute);
    let browses = name.words().find(|word| BROWSES.contains(word));
    if let Some(word) = browses {
        saw(found, Tag::OpenWorld, Weight::Strong, word);
    }
    if takes_in {
        if let Some(word) = name.clauses.iter().find_map(foreign) {
            saw(found, Tag::OpenWorld, Weight::Fair, word);
        }
        if let Some(word) = name.words().find(|word| NET.contains(word)) {
            saw(found, Tag::OpenWorld, Weight::Weak, word);
        }
        let address = arguments.iter().find(|argument| matches!(argument.name, "url" | "urls" | "uri"));
        if let Some(argument) = address {
            found.tag(Source::Arguments, Tag::OpenWorld, Weight::Weak, || {
                format!("its argument {} says where from", quote(argument.name))
            });
        }
        let said = ["search the web", "web search", "from the internet", "web page", "webpage", "website", "web site"];
        let may = lower.contains("web") || lower.contains("internet");
        if let Some(said) = said.into_iter().find(|said| may && lower.contains(said)) {
            found.tag(Source::Description, Tag::OpenWorld, Weight::Fair, || {
                format!("its description has {}", quote(said))
            });
        }
    }
    // The protocol's default for this hint is true; alone it says little.
    if takes_in && annotations.open_world == Some(true) {
        found.tag(Source::Annotations, Tag::OpenWorld, Weight::Weak, || {
            "its server says that it reaches outside".to_owned()
        });
    }
}

/// What is read, if strangers write it: the last word of the object, or the one before a word for its content.
fn foreign(clause: &Clause) -> Option<&str> {
    let mut object = clause.object().iter().rev().map(String::as_str);
    let last = object.next()?;
    let content = CONTENT.contains(&last);
    let holds_others = matches!(last, "channel" | "channels" | "chat" | "chats" | "feed" | "feeds");
    [Some(last).filter(|_| !holds_others), object.next().filter(|_| content)]
        .into_iter()
        .flatten()
        .find(|word| has(FOREIGN, word))
}

fn by_description(lower: &str, reads: bool, found: &mut Found) {
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
    if let Some(said) = begins(&sends).filter(|_| !reads) {
        found.tag(Source::Description, Tag::Sends, Weight::Fair, || {
            format!("its description begins with {}", quote(said))
        });
    }
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
