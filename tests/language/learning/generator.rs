//! Logs as agents leave them: made up from catalogues, the same every time.
//!
//! Each tool of a catalogue has habits that follow from its name and its schema: whether it is called, how often, and for each argument
//! whether it is given, and what: a few values, a range, paths in a folder, addresses of one domain, URLs of one host, or free text.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Random numbers (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    /// Small numbers are the most frequent: each half as probable as the one before.
    fn seldom(&mut self, most: u64) -> u64 {
        u64::from(self.next().trailing_zeros()) % most
    }
}

/// What is fixed for a name, on every machine and with every compiler: its habits. The seed is an FNV-1a hash
/// (<https://www.rfc-editor.org/rfc/rfc9923>).
fn habit(of: &[&str]) -> Random {
    let bytes = of.iter().flat_map(|text| text.bytes().chain([0]));
    Random(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// A tool with its schema.
pub(super) struct Tool {
    pub(super) name: String,
    schema: Value,
}

/// The tools of a catalogue.
pub(super) fn tools(catalogue: &Value) -> Vec<Tool> {
    let result = catalogue.get("result").unwrap_or(catalogue);
    let list = result.get("tools").unwrap_or(result).as_array().unwrap();
    list.iter()
        .map(|tool| Tool { name: tool["name"].as_str().unwrap().to_owned(), schema: tool["inputSchema"].clone() })
        .collect()
}

/// Those of them that the agent calls: two thirds.
pub(super) fn used(tools: &[Tool]) -> Vec<&Tool> {
    tools.iter().filter(|tool| habit(&[&tool.name, "used"]).below(3) > 0).collect()
}

/// A log of so many calls, one on a line, from a Monday on.
pub(super) fn log(tools: &[&Tool], calls: usize, seed: u64) -> Vec<String> {
    let mut random = Random(seed);
    let mut second = 0;
    (0..calls)
        .map(|_| {
            // Bursts, and pauses between them.
            second += if random.below(5) == 0 { random.below(900) } else { random.below(40) };
            let at = jiff::Timestamp::from_second(1_772_442_000 + i64::try_from(second).unwrap()).unwrap().to_string();
            let place = (random.below(4) * random.below(4) + random.seldom(20)) as usize % tools.len();
            let tool = tools[place];
            let grant = random.pick(&["ann", "bob", "cy"]);
            json!({ "name": tool.name, "arguments": arguments(tool, &mut random), "grant": grant, "at": at })
                .to_string()
        })
        .collect()
}

fn arguments(tool: &Tool, random: &mut Random) -> Value {
    object(&tool.schema, &tool.schema, &tool.name, 0, random)
}

fn object(root: &Value, schema: &Value, name: &str, depth: usize, random: &mut Random) -> Value {
    let mut made = Map::new();
    let required = |key: &str| schema["required"].as_array().is_some_and(|keys| keys.iter().any(|one| one == key));
    let Some(members) = schema["properties"].as_object() else { return Value::Object(made) };
    for (key, member) in members {
        // An optional argument is left out always, mostly, sometimes, or never.
        let given = [0, 0, 0, 1, 5, 10][habit(&[name, key, "given"]).below(6) as usize];
        if depth < 4 && (required(key) || random.below(10) < given) {
            made.insert(key.clone(), value(root, member, &format!("{name}.{key}"), depth + 1, random));
        }
    }
    Value::Object(made)
}

fn value(root: &Value, schema: &Value, name: &str, depth: usize, random: &mut Random) -> Value {
    let mut schema = schema;
    if let Some(reference) = schema["$ref"].as_str() {
        schema = root.pointer(reference.trim_start_matches('#')).unwrap();
    }
    for several in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema[several].as_array().and_then(|all| all.first()) {
            schema = first;
        }
    }
    if let Some(fixed) = schema.get("const") {
        return fixed.clone();
    }
    if let Some(values) = schema["enum"].as_array() {
        let start = habit(&[name, "start"]).below(values.len() as u64);
        let place = (start + random.seldom(3)) % values.len() as u64;
        return values[usize::try_from(place).unwrap()].clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or_default(),
        kind => kind.as_str().unwrap_or_default(),
    };
    let bound = |keyword: &str| schema[keyword].as_i64();
    match kind {
        "boolean" => Value::Bool(habit(&[name, "flag"]).below(3) > 0 || random.below(2) == 0),
        "integer" | "number" => {
            let low = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|bound| bound + 1)).unwrap_or(1);
            let span = habit(&[name, "span"]).below(3);
            let more = if span == 0 {
                random.seldom(4) * 5
            } else {
                random.below(10_u64.pow(u32::try_from(span + 1).unwrap()))
            };
            let high = bound("maximum").unwrap_or(i64::MAX);
            json!((low + i64::try_from(more).unwrap()).min(high))
        }
        "array" => {
            let least = schema["minItems"].as_u64().unwrap_or(1).max(1);
            let length = least + random.seldom(3);
            (0..length).map(|_| value(root, &schema["items"], name, depth + 1, random)).collect()
        }
        "object" => object(root, schema, name, depth, random),
        _ => Value::String(text(schema, name, random)),
    }
}

/// A string as its name suggests.
fn text(schema: &Value, name: &str, random: &mut Random) -> String {
    let last = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| last.contains(word));
    let number = random.below(90_000) + 10_000;
    let word = *random.pick(&["report", "invoice", "draft", "roadmap", "release", "notes", "weekly", "budget"]);
    let format = schema["format"].as_str().unwrap_or_default();
    if has(&["url", "uri", "link", "href"]) || format == "uri" {
        return format!("https://docs.acme.com/{word}/{number}");
    }
    if has(&["mail", "recipient"]) || format == "email" {
        return format!("{word}.{}@acme.com", number % 50);
    }
    if has(&["path", "file", "dir", "folder"]) {
        return format!("/srv/work/{}/{word}-{number}.md", random.pick(&["sales", "legal"]));
    }
    if has(&["date", "time", "start", "end", "since", "until"]) || format == "date-time" {
        return format!("2026-0{}-{:02}T00:00:00Z", random.below(3) + 1, random.below(28) + 1);
    }
    if has(&["message", "body", "text", "content", "query", "title", "description", "comment", "sql", "prompt"]) {
        return format!("{word} {number} of the {}", random.pick(&["north", "south", "office"]));
    }
    match habit(&[name, "text"]).below(3) {
        0 => format!("{}{number}", random.pick(&["id-", "ref-"])),
        _ => ["main", "staging", "acme", "default"][usize::try_from(random.seldom(4)).unwrap()].to_owned(),
    }
}

/// What a call is changed to.
pub(super) const FOREIGN: [&str; 6] = [
    "a tool that is not called",
    "a number far outside",
    "a foreign string",
    "an argument that is never given",
    "a value of another type",
    "a list ten times as long",
];

/// A call changed in a way; `None` where it has nothing to change.
pub(super) fn foreign(call: &str, way: usize, tools: &[Tool], random: &mut Random) -> Option<String> {
    let mut call: Value = serde_json::from_str(call).unwrap();
    let name = call["name"].as_str().unwrap().to_owned();
    let schema = &tools.iter().find(|tool| tool.name == name).unwrap().schema;
    let used: Vec<&str> = used(tools).iter().map(|tool| tool.name.as_str()).collect();
    let given: BTreeMap<String, Value> =
        call["arguments"].as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let arguments = call["arguments"].as_object_mut().unwrap();
    let of_kind = |is: fn(&Value) -> bool| given.iter().filter(|(_, value)| is(value)).collect::<Vec<_>>();
    match way {
        0 => {
            let others: Vec<&Tool> = tools.iter().filter(|tool| !used.contains(&tool.name.as_str())).collect();
            if others.is_empty() {
                return None;
            }
            call["name"] = json!(random.pick(&others).name);
        }
        1 => {
            let (key, value) =
                *random.pick(Some(of_kind(Value::is_number)).filter(|found| !found.is_empty())?.as_slice());
            arguments.insert(key.clone(), json!(value.as_i64()? * 1_000 + 1_000_000));
        }
        2 => {
            let (key, _) = *random.pick(Some(of_kind(Value::is_string)).filter(|found| !found.is_empty())?.as_slice());
            let strings = [
                "/etc/passwd",
                "/srv/work/../../etc/shadow",
                "https://evil.example/docs.acme.com",
                "eve@evil.example",
                "*",
            ];
            arguments.insert(key.clone(), json!(random.pick(&strings)));
        }
        3 => {
            let members = schema["properties"].as_object()?;
            let never: Vec<&String> = members
                .keys()
                .filter(|key| habit(&[&name, key, "given"]).below(6) < 3)
                .filter(|key| !schema["required"].as_array().is_some_and(|keys| keys.iter().any(|one| one == *key)))
                .collect();
            if never.is_empty() {
                return None;
            }
            let key = random.pick(&never).as_str();
            let value = value(schema, &members[key], "foreign", 1, random);
            arguments.insert(key.to_owned(), value);
        }
        4 => {
            let all: Vec<(&String, &Value)> = given.iter().collect();
            if all.is_empty() {
                return None;
            }
            let (key, value) = *random.pick(&all);
            arguments.insert(key.clone(), if value.is_string() { json!([value]) } else { json!(value.to_string()) });
        }
        _ => {
            let (key, value) =
                *random.pick(Some(of_kind(Value::is_array)).filter(|found| !found.is_empty())?.as_slice());
            let first = value.as_array()?.first()?;
            arguments.insert(key.clone(), (0..30).map(|_| first.clone()).collect());
        }
    }
    Some(call.to_string())
}
