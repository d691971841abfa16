//! Whether what strangers wrote is taken in.

use super::super::evidence::{Found, Source, Weight};
use super::super::name::Clause;
use super::super::{Class, Tag, quote};
use super::{Seen, has, saw};

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
pub(super) fn open_world(seen: &Seen<'_>, found: &mut Found) {
    let Seen { name, lower, arguments, annotations, classes, .. } = *seen;
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
