//! The one form in which a catalogue is written, so that version control shows what a server changed and nothing else.
//!
//! The file is an object: what the server says of itself (`server`), the revision of MCP (`protocolVersion`), how long the server
//! calls the list fresh (`ttlMs`), whatever else there is, and `tools`. Tools are sorted by the bytes of their names; those with one
//! name keep their order. A tool begins with the members that MCP defines, in the order of `TOOL`; all other members of
//! objects, those of schemas as well, are sorted by the bytes of their keys. Members of a JSON object have no order (RFC 8259,
//! section 4), so no schema changes its meaning; arrays keep theirs. Numbers stay as they are written, strings have the fewest escapes
//! in which everything shows. There are two spaces for each level, as `jq .` writes it, and a line end after the last.
//! No time and no address is in it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::diagnostics::visible_json;
use crate::json::{Json, Kind, Value, json_quote};

/// The members with which a tool begins: those of MCP's `Tool`, and the owner's word.
const TOOL: &[&str] = &[
    "name",
    "x-policyc",
    "title",
    "description",
    "inputSchema",
    "outputSchema",
    "annotations",
    "execution",
    "icons",
    "_meta",
];
/// The members with which a server's description of itself begins.
const SERVER: &[&str] = &["name", "title", "version"];
/// Objects and arrays inside each other, at most.
const DEEPEST: usize = 128;

/// What a catalogue file holds, in parts of JSON texts.
#[derive(Debug, Clone, Default)]
pub struct Listing<'a> {
    /// What the server says of itself: MCP's `Implementation`.
    pub server: Option<Value<'a>>,
    /// The revision of MCP that the server speaks, a date.
    pub protocol_version: Option<Cow<'a, str>>,
    /// For how many milliseconds the server calls the list fresh.
    pub ttl_ms: Option<u64>,
    /// Other members of the file.
    pub more: Vec<(&'a str, Value<'a>)>,
    /// The tools, in any order.
    pub tools: Vec<Value<'a>>,
    /// The owner's words (`x-policyc`) from an earlier file, by the names of the tools; they count where a tool has none.
    pub owner: BTreeMap<&'a str, Value<'a>>,
}

/// Why a catalogue cannot be written in the canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotCanonical {
    /// The text is not JSON.
    NotJson(String),
    /// There is no array `tools`.
    NoTools,
    /// Objects and arrays are nested more than 128 deep.
    TooDeep,
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(why) => write!(out, "it is not JSON: {why}"),
            Self::NoTools => out.write_str("it has no array `tools`"),
            Self::TooDeep => write!(out, "its objects and arrays are nested more than {DEEPEST} deep"),
        }
    }
}

impl std::error::Error for NotCanonical {}

/// Writes a catalogue of any form that [`Catalogue::load`](super::Catalogue::load) reads in the canonical one.
///
/// # Errors
/// The text is no catalogue, or too deeply nested.
pub fn canonical(text: &str) -> Result<String, NotCanonical> {
    let json = Json::parse(text).map_err(|error| NotCanonical::NotJson(error.message))?;
    Listing::of(&json)?.text(Cow::Borrowed)
}

impl<'a> Listing<'a> {
    /// What is in a catalogue of any form that [`Catalogue::load`](super::Catalogue::load) reads.
    ///
    /// # Errors
    /// There is no array `tools`.
    pub fn of(json: &'a Json) -> Result<Self, NotCanonical> {
        let root = json.root();
        let body = if root.get("tools").is_none() { root.get("result").unwrap_or(root) } else { root };
        let list = if body.kind() == Kind::Array { Some(body) } else { body.get("tools") };
        let list = list.filter(|list| list.kind() == Kind::Array).ok_or(NotCanonical::NoTools)?;
        let mut listing = Self { tools: list.items().collect(), ..Self::default() };
        for (key, value) in body.entries() {
            let key = key.as_str().unwrap_or_default();
            match key {
                "tools" => {}
                "server" | "serverInfo" if listing.server.is_none() => listing.server = Some(value),
                "protocolVersion" if listing.protocol_version.is_none() && value.as_str().is_some() => {
                    listing.protocol_version = value.as_str().map(Cow::Borrowed);
                }
                "ttlMs" if listing.ttl_ms.is_none() && milliseconds(value).is_some() => {
                    listing.ttl_ms = milliseconds(value);
                }
                // The last page of a list says so by one of these.
                "nextCursor" if value.is_null() || value.as_str() == Some("") => {}
                _ => listing.more.push((key, value)),
            }
        }
        Ok(listing)
    }

    /// Takes over the owner's words from an earlier catalogue of the same server. Gives the names of tools that had one and are gone.
    pub fn keep_owner(&mut self, earlier: &Listing<'a>) -> Vec<&'a str> {
        let word = |tool: &Value<'a>| Some((name(*tool)?, tool.get("x-policyc")?));
        self.owner = earlier.tools.iter().filter_map(word).collect();
        let left: BTreeSet<&str> = self.tools.iter().filter_map(|tool| name(*tool)).collect();
        self.owner.keys().copied().filter(|name| !left.contains(name)).collect()
    }

    /// The text of the file, with each string value as `shown` gives it.
    ///
    /// # Errors
    /// Objects and arrays are nested too deep.
    pub fn text<'s>(&'s self, shown: impl Fn(&'s str) -> Cow<'s, str>) -> Result<String, NotCanonical> {
        let mut writer = Writer { out: String::from("{"), shown };
        let mut file = Members::default();
        if let Some(server) = self.server {
            file.next(&mut writer, "server");
            writer.ordered(server, SERVER, None, 1)?;
        }
        if let Some(version) = &self.protocol_version {
            file.next(&mut writer, "protocolVersion");
            writer.string(version);
        }
        if let Some(milliseconds) = self.ttl_ms {
            file.next(&mut writer, "ttlMs");
            writer.out.push_str(&milliseconds.to_string());
        }
        let mut more = self.more.clone();
        more.sort_by_key(|(key, _)| *key);
        for (key, value) in more {
            file.next(&mut writer, key);
            writer.value(value, 1)?;
        }
        file.next(&mut writer, "tools");
        let mut tools = self.tools.clone();
        tools.sort_by_key(|tool| (name(*tool).is_none(), name(*tool).unwrap_or_default()));
        writer.out.push('[');
        for (index, tool) in tools.iter().enumerate() {
            writer.separate(index == 0, 2);
            let word = name(*tool).and_then(|name| self.owner.get(name));
            writer.ordered(*tool, TOOL, word.map(|word| ("x-policyc", *word)), 2)?;
        }
        writer.close(']', tools.is_empty(), 1);
        writer.out.push_str("\n}\n");
        Ok(writer.out)
    }
}

fn name(tool: Value<'_>) -> Option<&str> {
    tool.get("name")?.as_str()
}

/// A number of milliseconds, if the value is one that MCP allows.
#[must_use]
pub fn milliseconds(value: Value<'_>) -> Option<u64> {
    (value.kind() == Kind::Number).then(|| value.source().parse().ok())?
}

/// The members of the file that were written so far.
#[derive(Default)]
struct Members {
    some: bool,
}

impl Members {
    fn next<'s, F: Fn(&'s str) -> Cow<'s, str>>(&mut self, writer: &mut Writer<F>, key: &str) {
        writer.separate(!self.some, 1);
        writer.key(key);
        self.some = true;
    }
}

struct Writer<F> {
    out: String,
    shown: F,
}

impl<'s, F: Fn(&'s str) -> Cow<'s, str>> Writer<F> {
    /// A line for the next member or element.
    fn separate(&mut self, is_first: bool, level: usize) {
        self.out.push_str(if is_first { "\n" } else { ",\n" });
        self.indent(level);
    }

    fn indent(&mut self, level: usize) {
        self.out.extend(std::iter::repeat_n("  ", level));
    }

    fn close(&mut self, bracket: char, is_empty: bool, level: usize) {
        if !is_empty {
            self.out.push('\n');
            self.indent(level);
        }
        self.out.push(bracket);
    }

    fn key(&mut self, key: &str) {
        self.out.push_str(&visible_json(&json_quote(key)));
        self.out.push_str(": ");
    }

    fn string(&mut self, text: &'s str) {
        let shown = (self.shown)(text);
        self.out.push_str(&visible_json(&json_quote(&shown)));
    }

    /// An object that begins with certain members, perhaps with one more; or any other value.
    fn ordered(
        &mut self,
        value: Value<'s>,
        first: &[&str],
        added: Option<(&'s str, Value<'s>)>,
        level: usize,
    ) -> Result<(), NotCanonical> {
        if value.kind() != Kind::Object {
            return self.value(value, level);
        }
        let added = added.filter(|(key, _)| value.get(key).is_none());
        let members = value.entries().map(|(key, value)| (key.as_str().unwrap_or_default(), value)).chain(added);
        let rank = |key: &str| first.iter().position(|known| *known == key).unwrap_or(first.len());
        self.object(members.collect(), rank, level)
    }

    fn object(
        &mut self,
        mut members: Vec<(&'s str, Value<'s>)>,
        rank: impl Fn(&str) -> usize,
        level: usize,
    ) -> Result<(), NotCanonical> {
        if level > DEEPEST {
            return Err(NotCanonical::TooDeep);
        }
        // Where a key stands twice, both stay: which of them counts is not decided here.
        members.sort_by(|(left, _), (right, _)| (rank(left), left).cmp(&(rank(right), right)));
        self.out.push('{');
        for (index, (key, value)) in members.iter().enumerate() {
            self.separate(index == 0, level + 1);
            self.key(key);
            self.value(*value, level + 1)?;
        }
        self.close('}', members.is_empty(), level);
        Ok(())
    }

    fn value(&mut self, value: Value<'s>, level: usize) -> Result<(), NotCanonical> {
        match value.kind() {
            Kind::Object => {
                let members = value.entries().map(|(key, value)| (key.as_str().unwrap_or_default(), value));
                self.object(members.collect(), |_| 0, level)
            }
            Kind::Array if level > DEEPEST => Err(NotCanonical::TooDeep),
            Kind::Array => {
                self.out.push('[');
                let mut is_empty = true;
                for item in value.items() {
                    self.separate(is_empty, level + 1);
                    self.value(item, level + 1)?;
                    is_empty = false;
                }
                self.close(']', is_empty, level);
                Ok(())
            }
            Kind::String => {
                self.string(value.as_str().unwrap_or_default());
                Ok(())
            }
            Kind::Null | Kind::Bool | Kind::Number => {
                self.out.push_str(value.source());
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::Catalogue;
    use crate::source::FileId;

    fn written(text: &str) -> String {
        canonical(text).unwrap()
    }

    #[test]
    fn has_one_order_and_keeps_everything() {
        let text = r#"{"jsonrpc": "2.0", "id": 1, "result": {"nextCursor": "", "_meta": {}, "ttlMs": 300,
            "tools": [
                {"inputSchema": {"type": "object", "required": ["b", "a"], "properties": {"z": {"maximum": 1.50e400}, "a": {}}}, "name": "b\u0061"},
                {"zz": [], "name": "Z", "execution": {"taskSupport": "optional"}, "description": "\u202e\u00e9\/\u0007", "aa": 12345678901234567890},
                "no tool", {"name": "b\u0061", "second": true}],
            "protocolVersion": "2025-11-25", "serverInfo": {"version": "1", "icons": [{}], "name": "s"}}}"#;
        insta::assert_snapshot!(written(text));
        assert_eq!(written("[]"), "{\n  \"tools\": []\n}\n");
    }

    #[test]
    fn keeps_the_owners_words() {
        let old = r#"{"tools": [{"name": "a", "x-policyc": {"class": "read"}}, {"name": "gone", "x-policyc": {"class": "write"}}]}"#;
        let (old, new) = (Json::parse(old).unwrap(), Json::parse(r#"[{"title": "A", "name": "a"}]"#).unwrap());
        let (old, mut new) = (Listing::of(&old).unwrap(), Listing::of(&new).unwrap());
        assert_eq!(new.keep_owner(&old), ["gone"]);
        let text = new.text(Cow::Borrowed).unwrap();
        assert!(text.contains("\"name\": \"a\",\n      \"x-policyc\": {\n        \"class\": \"read\""), "{text}");
    }

    #[test]
    fn refuses_what_is_no_catalogue_or_too_deep() {
        for (text, why) in [("{", "it is not JSON"), ("{}", "no array `tools`"), ("{\"tools\": 1}", "no array `tools`")]
        {
            assert!(canonical(text).unwrap_err().to_string().contains(why));
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = |depth: usize| format!("[{}1{}]", open.repeat(depth), close.repeat(depth));
            assert!(canonical(&nested(120)).is_ok());
            assert_eq!(canonical(&nested(100_000)), Err(NotCanonical::TooDeep));
        }
    }

    fn value() -> impl Strategy<Value = String> {
        let key = prop::sample::select(vec!["name", "type", "x-policyc", "\\u0061", "a", "_meta", "é", ""]);
        let leaf = prop_oneof![
            prop::sample::select(vec![
                "null",
                "true",
                "1",
                "-0.0",
                "1E5",
                "9007199254740993",
                "\"\\u202e\"",
                "\"\\\\/\""
            ])
            .prop_map(str::to_owned),
            "[ -~]{0,5}".prop_map(|text| json_quote(&text)),
        ];
        leaf.prop_recursive(4, 24, 5, move |inner| {
            let member = (key.clone(), inner.clone()).prop_map(|(key, value)| format!(" \"{key}\" :{value}"));
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(" ,\n"))),
                prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_second_time_changes_nothing(
            tools in prop::collection::vec(value(), 0..6),
            more in prop::collection::vec((prop::sample::select(vec!["server", "ttlMs", "serverInfo", "b", "protocolVersion", "nextCursor"]), value()), 0..4),
        ) {
            let more: String = more.iter().map(|(key, value)| format!("\"{key}\": {value}, ")).collect();
            let text = format!("{{{more}\"tools\": [{}]}}", tools.join(","));
            let once = written(&text);
            prop_assert_eq!(&written(&once), &once);
            // What was read from both is the same, but for the order.
            let names = |text: &str| {
                let mut names: Vec<String> = Catalogue::load(text, FileId(0)).0.unwrap().tools().iter().map(|tool| tool.name.clone()).collect();
                names.sort();
                names
            };
            prop_assert_eq!(names(&once), names(&text));
        }

        #[test]
        fn the_order_of_members_and_tools_makes_no_difference(tools in prop::collection::vec(value(), 0..5)) {
            let named = |(index, value): (usize, &String)| format!("{{\"name\": \"t{index}\", \"v\": {value}}}");
            let turned = |(index, value): (usize, &String)| format!("{{\"v\": {value}, \"name\": \"t{index}\"}}");
            let one: Vec<String> = tools.iter().enumerate().map(named).collect();
            let other: Vec<String> = tools.iter().enumerate().map(turned).rev().collect();
            prop_assert_eq!(written(&format!("[{}]", one.join(","))), written(&format!("[{}]", other.join(","))));
        }
    }
}
