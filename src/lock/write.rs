//! Writing the lock.

use std::fmt::Write as _;

use super::{Lock, LockedServer, LockedTool, VERSION};
use crate::catalogue::{Class, Part, Tag};
use crate::diagnostics::is_hidden;

const HEAD: &str = "\
# What the catalogues of servers say, as agreed to: written by `policyc catalogue lock`.
# Keep it in version control. A person who has read what changed runs that command again.
";

impl Lock {
    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{HEAD}version = {VERSION}\n");
        for (name, server) in &self.servers {
            // Writing to a string cannot fail.
            let _ = write!(out, "\n[servers.{}]\ncatalogue = {}\n", key(name), string(&server.catalogue));
            of_server(&mut out, name, server);
        }
        out
    }
}

fn of_server(out: &mut String, name: &str, server: &LockedServer) {
    if let Some(from) = &server.from {
        let _ = writeln!(out, "from = {}", string(from));
    }
    if let Some(ttl) = server.ttl_ms {
        let _ = writeln!(out, "ttlMs = {ttl}");
    }
    for (tool, locked) in &server.tools {
        let _ = writeln!(out, "\n[servers.{}.tools.{}]", key(name), key(tool));
        of_tool(out, locked);
    }
}

fn of_tool(out: &mut String, tool: &LockedTool) {
    let classes: Vec<String> = tool.sets.classes.iter().map(|class| string(Class::name(class))).collect();
    let tags: Vec<String> = tool.sets.tags.iter().map(|tag| string(Tag::name(tag))).collect();
    let _ = writeln!(out, "classes = [{}]\ntags = [{}]", classes.join(", "), tags.join(", "));
    for part in Part::ALL {
        if let Some(digest) = tool.digests.get(part) {
            let _ = writeln!(out, "{} = \"{digest}\"", part.name());
        }
    }
    let _ = writeln!(out, "locked = {}", string(&tool.locked));
    if let Some(review) = &tool.reviewed {
        let by = review.by.as_ref().map(|by| format!(", by = {}", string(by))).unwrap_or_default();
        let _ = writeln!(out, "reviewed = {{ digest = \"{}\", at = {}{by} }}", review.digest, string(&review.at));
    }
}

/// A key, in quotes where it needs them.
fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(bare) { name.to_owned() } else { string(name) }
}

/// A string of TOML, in which what does not show is escaped.
fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        let code = u32::from(char);
        let _ = match char {
            '"' | '\\' => write!(out, "\\{char}"),
            char if char.is_control() || is_hidden(char) && code < 0x10000 => write!(out, "\\u{code:04x}"),
            char if is_hidden(char) => write!(out, "\\U{code:08x}"),
            char => write!(out, "{char}"),
        };
    }
    out.push('"');
    out
}
