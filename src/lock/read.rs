//! Reading the lock. Whatever is wrong in it is an error with its place: a lock of which a part is left out would let that part pass.

use super::{FILE_NAME, Lock, LockedServer, LockedTool, Review, VERSION};
use crate::catalogue::{Classes, Digest, Part, Tags, ToolDigests, ToolSets};
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::located::{self, Content, Entry, Format, Mistakes, Node};
use crate::source::{FileId, Span, offset};

const AGAIN: &str = "restore the lock from version control, or delete it and run `policyc catalogue lock`";

impl Lock {
    /// Reads the text of a lock.
    ///
    /// # Errors
    /// It is not a lock, is damaged, or of a newer version of the format: all that is wrong, with its place in `file`.
    pub fn read(text: &str, file: FileId) -> Result<Self, Vec<Diagnostic>> {
        if let Some(conflict) = conflict(text, file) {
            return Err(vec![conflict]);
        }
        let mut mistakes = Mistakes::new(file, codes::BAD_LOCK, Format::Toml);
        let lock = located::toml(text, &mut mistakes).and_then(|root| lock(&root, &mut mistakes));
        mistakes.into_result(lock)
    }
}

/// Marks that version control leaves where it could not merge.
fn conflict(text: &str, file: FileId) -> Option<Diagnostic> {
    const MARK: &str = "<<<<<<< ";
    let at = if text.starts_with(MARK) { 0 } else { text.find(&format!("\n{MARK}"))? + 1 };
    let span = Span::new(file, offset(at), offset(at + MARK.len() - 1));
    let message = "the lock has a conflict that version control could not merge";
    let help = "take either side of each, and then run `policyc catalogue lock`";
    Some(Diagnostic::new(codes::BAD_LOCK, span, message).help(help))
}

fn lock(root: &Node<'_>, mistakes: &mut Mistakes) -> Option<Lock> {
    let version = match root.member("version").map(|node| (node, &node.content)) {
        Some((_, Content::Number(number))) if number.to_i64() == Some(VERSION) => Some(()),
        Some((node, Content::Number(number))) if number.to_i64().is_some_and(|version| version > VERSION) => {
            let message = format!("the lock has version {}, and this policyc knows {VERSION}", number.text());
            node.is_wrong(message, "use the policyc that wrote it, or a newer one", mistakes);
            None
        }
        Some((node, _)) => {
            node.is_wrong(format!("`version` must be {VERSION}"), format!("write `version = {VERSION}`"), mistakes);
            None
        }
        None => {
            root.is_wrong("the lock has no `version`", AGAIN, mistakes);
            None
        }
    };
    // Of another version nothing else is known.
    version?;
    let root = root.as_object("the lock", &["version", "servers"], mistakes)?;
    let mut found = Lock::default();
    let Some(servers) = root.optional("servers") else { return Some(found) };
    for Entry { key, value } in servers.as_entries("`servers`", mistakes)? {
        if let Some(server) = server(&key.name, value, mistakes) {
            found.servers.insert(key.name.to_string(), server);
        }
    }
    Some(found)
}

fn server(name: &str, node: &Node<'_>, mistakes: &mut Mistakes) -> Option<LockedServer> {
    let what = format!("the server {}", quote(name));
    let object = node.as_object(&what, &["catalogue", "from", "ttlMs", "tools"], mistakes)?;
    let catalogue = object.required("catalogue", mistakes)?.as_text("`catalogue`", mistakes)?.to_owned();
    let from = object.optional("from").and_then(|from| from.as_text("`from`", mistakes)).map(str::to_owned);
    let ttl_ms = object.optional("ttlMs").and_then(|ttl| milliseconds(ttl, mistakes));
    let mut found = LockedServer { catalogue, from, ttl_ms, span: node.head(), ..LockedServer::default() };
    let tools = object.optional("tools").and_then(|tools| tools.as_entries("`tools`", mistakes)).unwrap_or_default();
    for Entry { key, value } in tools {
        if let Some(tool) = tool(&key.name, value, mistakes) {
            found.tools.insert(key.name.to_string(), tool);
        }
    }
    Some(found)
}

fn milliseconds(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<u64> {
    let found = match &node.content {
        Content::Number(number) => number.text().parse().ok(),
        _ => None,
    };
    if found.is_none() {
        node.must_be("`ttlMs`", "a whole number of milliseconds", AGAIN, mistakes);
    }
    found
}

fn tool(name: &str, node: &Node<'_>, mistakes: &mut Mistakes) -> Option<LockedTool> {
    let what = format!("the tool {}", quote(name));
    let mut known = Part::ALL.map(Part::name).to_vec();
    known.extend(["classes", "tags", "locked", "reviewed"]);
    let object = node.as_object(&what, &known, mistakes)?;
    let mut digests = ToolDigests::default();
    for part in Part::ALL {
        let found = match part {
            Part::Name => object.required(part.name(), mistakes),
            _ => object.optional(part.name()),
        };
        digests.set(part, found.and_then(|node| digest(&quote(part.name()), node, mistakes)));
    }
    let classes = object.required("classes", mistakes).and_then(|node| classes(node, mistakes));
    let tags = object.required("tags", mistakes).and_then(|node| tags(node, mistakes));
    let locked = object.required("locked", mistakes).and_then(|node| time("`locked`", node, mistakes));
    let reviewed = object.optional("reviewed").and_then(|node| review(node, mistakes));
    let sets = ToolSets { classes: classes?, tags: tags? };
    Some(LockedTool { digests, sets, locked: locked?, reviewed, span: node.head() })
}

fn review(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Review> {
    let object = node.as_object("`reviewed`", &["digest", "at", "by"], mistakes)?;
    let digest = object.required("digest", mistakes).and_then(|node| digest("`digest`", node, mistakes));
    let at = object.required("at", mistakes).and_then(|node| time("`at`", node, mistakes));
    let by = object.optional("by").and_then(|by| by.as_text("`by`", mistakes)).map(str::to_owned);
    Some(Review { digest: digest?, at: at?, by })
}

fn digest(what: &str, node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Digest> {
    let text = node.as_text(what, mistakes)?;
    let found = Digest::parse(text);
    if found.is_none() {
        let message = format!("{what} must be `sha256:` and 64 hexadecimal digits in lower case, not {}", quote(text));
        node.is_wrong(message, AGAIN, mistakes);
    }
    found
}

fn time(what: &str, node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = node.as_text(what, mistakes)?;
    if text.parse::<jiff::Timestamp>().is_err() {
        let message = format!("{what} must be a time as RFC 3339 writes it, not {}", quote(text));
        node.is_wrong(message, "write one such as `2026-12-01T09:30:00Z`", mistakes);
        return None;
    }
    Some(text.to_owned())
}

fn names<'n>(node: &'n Node<'_>, what: &str, mistakes: &mut Mistakes) -> Option<Vec<&'n str>> {
    let items = node.as_list(&quote(what), mistakes)?;
    items.iter().map(|item| item.as_text(&format!("each of {}", quote(what)), mistakes)).collect()
}

fn tags(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Tags> {
    let names = names(node, "tags", mistakes)?;
    match Tags::parse(names) {
        Ok(found) => Some(found),
        Err(bad) => {
            let message = format!("the tags of a tool in {FILE_NAME}: {}", bad.message());
            node.is_wrong(message, bad.help(), mistakes);
            None
        }
    }
}

fn classes(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Classes> {
    let names = names(node, "classes", mistakes)?;
    match Classes::parse(names) {
        Ok(found) => Some(found),
        Err(bad) => {
            let message = format!("the classes of a tool in {FILE_NAME}: {}", bad.message());
            node.is_wrong(message, bad.help(), mistakes);
            None
        }
    }
}
