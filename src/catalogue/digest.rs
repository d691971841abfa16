//! Digests of what a catalogue says of a tool, part by part, by which a change is noticed.
//!
//! A digest is the SHA-256 of the canonical JSON (RFC 8785) of its part, so that another layout, another order of members or
//! another spelling of a number is no change. Two things that RFC 8785 has no form for are digested as they are written: numbers
//! that no double stands for exactly, which would otherwise hide a change, and what is nested deeper than [`DEEPEST`].

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::Catalogue;
use crate::decimal::Decimal;
use crate::json::{Json, Kind, Value, compact};

/// Levels of arrays and objects that are written canonically.
const DEEPEST: usize = 200;

/// A part of a tool that has a digest of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `name` and `title`.
    Name,
    /// `description`.
    Description,
    /// `inputSchema` and `outputSchema`.
    Schema,
    /// `annotations`.
    Annotations,
    /// All other members but `x-policyc`, which is the owner's word: `execution`, `icons`, `_meta`.
    Other,
}

impl Part {
    /// All parts, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Name, Self::Description, Self::Schema, Self::Annotations, Self::Other];

    /// `name`, `description`, `schema`, `annotations` or `other`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
            Self::Schema => "schema",
            Self::Annotations => "annotations",
            Self::Other => "other",
        }
    }

    /// The part that a member of a tool belongs to; `None` for the owner's own.
    #[must_use]
    pub fn of(member: &str) -> Option<Self> {
        Some(match member {
            "name" | "title" => Self::Name,
            "description" => Self::Description,
            "inputSchema" | "outputSchema" => Self::Schema,
            "annotations" => Self::Annotations,
            "x-policyc" => return None,
            _ => Self::Other,
        })
    }
}

/// A SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads `sha256:` and 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?.as_bytes();
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else { return None };
            *byte = value(*high)? << 4 | value(*low)?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// The digests of one tool; `None` for a part of which nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ToolDigests([Option<Digest>; Part::ALL.len()]);

impl ToolDigests {
    /// The digest of a part.
    #[must_use]
    pub fn get(&self, part: Part) -> Option<Digest> {
        self.0.get(part as usize).copied().flatten()
    }

    /// Sets the digest of a part.
    pub fn set(&mut self, part: Part, digest: Option<Digest>) {
        if let Some(place) = self.0.get_mut(part as usize) {
            *place = digest;
        }
    }

    /// The parts in which two tools differ.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<Part> {
        Part::ALL.into_iter().filter(|part| self.get(*part) != other.get(*part)).collect()
    }

    /// One digest of all parts: what a person has seen who has seen the tool.
    #[must_use]
    pub fn whole(&self) -> Digest {
        let text = Part::ALL.map(|part| self.get(part).map(|digest| digest.to_string()).unwrap_or_default()).join("\n");
        Digest::of(text.as_bytes())
    }
}

/// The digests of a tool with these entries. One that is listed several times has the digests of all listings together, in
/// whatever order the file has them.
pub(super) fn of_entries(catalogue: &Catalogue, json: &Json, entries: &[u32]) -> ToolDigests {
    let tools = entries.iter().filter_map(|entry| catalogue.tool(*entry)).map(|tool| json.value(tool.node));
    let mut listings: Vec<[String; Part::ALL.len()]> = tools.map(parts).collect();
    listings.sort_unstable();
    let mut digests = ToolDigests::default();
    for part in Part::ALL {
        let texts: Vec<&str> =
            listings.iter().filter_map(|texts| texts.get(part as usize)).map(String::as_str).collect();
        let text = match texts.as_slice() {
            [text] => (*text).to_owned(),
            texts if texts.iter().all(|text| text.is_empty()) => String::new(),
            texts => {
                let texts: Vec<&str> = texts.iter().map(|text| if text.is_empty() { "null" } else { text }).collect();
                format!("[{}]", texts.join(","))
            }
        };
        digests.set(part, (!text.is_empty()).then(|| Digest::of(text.as_bytes())));
    }
    digests
}

/// The parts of one listing as canonical JSON; an empty text for a part that it does not have.
fn parts(tool: Value<'_>) -> [String; Part::ALL.len()] {
    Part::ALL.map(|part| {
        let mut members: Vec<(&str, Value<'_>)> = tool
            .entries()
            .filter_map(|(key, value)| Some((key.as_str()?, value)))
            .filter(|(key, _)| Part::of(key) == Some(part))
            .collect();
        match (part, members.as_slice()) {
            (_, []) => String::new(),
            (Part::Description | Part::Annotations, [(_, value)]) => canonical_value(*value),
            _ => object(&mut members, 0),
        }
    })
}

/// A value as RFC 8785 writes it, apart from what the head of this file says.
#[must_use]
pub fn canonical_value(value: Value<'_>) -> String {
    write(value, 0)
}

fn write(value: Value<'_>, depth: usize) -> String {
    match value.kind() {
        Kind::Array | Kind::Object if depth >= DEEPEST => compact(value.source()),
        Kind::Array => {
            let items: Vec<String> = value.items().map(|item| write(item, depth + 1)).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Object => {
            let entries = value.entries().map(|(key, value)| (key.as_str().unwrap_or_default(), value));
            object(&mut entries.collect(), depth)
        }
        Kind::String => string(value.as_str().unwrap_or_default()),
        Kind::Number => number(value.source()),
        _ => value.source().to_owned(),
    }
}

/// Members in the order of the UTF-16 code units of their keys.
fn object(members: &mut Vec<(&str, Value<'_>)>, depth: usize) -> String {
    members.sort_by(|left, right| left.0.encode_utf16().cmp(right.0.encode_utf16()));
    let members: Vec<String> =
        members.iter().map(|(key, value)| format!("{}:{}", string(key), write(*value, depth + 1))).collect();
    format!("{{{}}}", members.join(","))
}

/// A string with the escapes of RFC 8785, which are those of `serde_json`.
fn string(text: &str) -> String {
    // Strings can always be written.
    serde_json::to_string(text).unwrap_or_default()
}

fn number(text: &str) -> String {
    let double = text.parse::<f64>().ok().filter(|double| double.is_finite());
    let shortest = double.and_then(|double| serde_jcs::to_string(&double).ok());
    let exact = Decimal::parse(text);
    shortest.filter(|shortest| exact.is_some() && Decimal::parse(shortest) == exact).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn canonical_of(text: &str) -> String {
        canonical_value(Json::parse(text).unwrap().root())
    }

    fn digests(tools: &str) -> ToolDigests {
        let (catalogue, _) = Catalogue::load(tools, FileId(0));
        *catalogue.unwrap().digests("t").unwrap()
    }

    #[test]
    fn writes_as_the_rfc_does() {
        // The keys are those of RFC 8785, section 3.2.3.
        let text = r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
        assert_eq!(canonical_of(text), "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}");
        assert_eq!(canonical_of("[333333333.33333329, 1E30, 4.50, 2e-3, -0, 1.0, true, null]"), {
            "[333333333.3333333,1e+30,4.5,0.002,0,1,true,null]".replace("333333333.3333333", "333333333.33333329")
        });
        assert_eq!(canonical_of(r#""\u0008\u000c\u001F\u007f\/""#), "\"\\b\\f\\u001f\u{7f}/\"");
    }

    #[test]
    fn numbers_that_no_double_stands_for_keep_their_difference() {
        assert_eq!(canonical_of("9007199254740993"), "9007199254740993");
        assert_ne!(canonical_of("9007199254740993"), canonical_of("9007199254740992"));
        assert_eq!(canonical_of("1e400"), "1e400");
        let deep = format!("{}1 {}", "[".repeat(50_000), "]".repeat(50_000));
        assert_eq!(canonical_of(&deep).len(), 100_001);
    }

    #[test]
    fn layout_is_no_change_and_each_part_changes_alone() {
        let whole =
            r#"[{"name": "t", "description": "d", "inputSchema": {"a": 1, "b": 2.0}, "annotations": {}, "_meta": {}}]"#;
        let again = r#"[{"_meta":{},"inputSchema":{"b":2,"a":1},"annotations":{},"description":"d","name":"t","x-policyc":{}}]"#;
        assert_eq!(digests(whole), digests(again));
        for (from, to, part) in [
            (r#""t","#, r#""t", "title": "T","#, Part::Name),
            (r#""d""#, r#""D""#, Part::Description),
            ("2.0", "3", Part::Schema),
            (r#""annotations": {}"#, r#""annotations": {"readOnlyHint": true}"#, Part::Annotations),
            (r#""_meta""#, r#""icons": [], "_meta""#, Part::Other),
            (r#""description": "d", "#, "", Part::Description),
        ] {
            let other = digests(&whole.replacen(from, to, 1));
            assert_eq!(digests(whole).differing(&other), [part], "{to}");
            assert_ne!(digests(whole).whole(), other.whole());
        }
    }

    #[test]
    fn the_order_of_listings_does_not_matter_but_what_belongs_together_does() {
        let [one, two] = [r#"{"name": "t", "description": "a", "inputSchema": {}}"#, r#"{"name": "t"}"#];
        let both = digests(&format!("[{one}, {two}]"));
        assert_eq!(both, digests(&format!("[{two}, {one}]")));
        assert_ne!(both, digests(&format!("[{one}]")));
        assert_ne!(both, digests(&format!("[{one}, {one}]")));
        let split = r#"[{"name": "t", "description": "a"}, {"name": "t", "inputSchema": {}}]"#;
        assert_ne!(both, digests(split));
    }

    #[test]
    fn digests_are_read_as_they_are_written() {
        let digest = Digest::of(b"");
        assert_eq!(digest.to_string(), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        for wrong in ["", "sha256:", "sha1:00", &digest.to_string().to_uppercase(), &format!("{digest}0"), "sha256:é"]
        {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }
}
