//! The policy document of Intercept, the open-source proxy: a subset of YAML that it reads in one
//! way only.
//!
//! Every string is written in double quotes, so that none is taken for a date, a boolean or a
//! number.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::emit::operators::Condition;
use crate::emit::operators::literal::DocumentValue;
use crate::emit::operators::window::Window;

/// A whole document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Whether tools absent from `tools` are allowed.
    pub default_allow: bool,
    /// Hidden tools; `*` hides all.
    pub hide: BTreeSet<String>,
    /// Rules by exact name of the tool; those of `*` are applied to every tool.
    pub tools: BTreeMap<String, Vec<Rule>>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The name in the log.
    pub name: String,
    /// What must hold; `None` denies every call.
    pub conditions: Option<Vec<Condition>>,
    /// What the caller reads.
    pub on_deny: Option<String>,
    /// The counter that the rule keeps.
    pub state: Option<State>,
}

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its name.
    pub counter: String,
    /// Its window.
    pub window: Window,
    /// How much a call adds.
    pub increment: i64,
    /// The argument that is added instead: a path that starts with `args.`.
    pub increment_from: Option<String>,
}

impl Document {
    /// The document as YAML, with a final newline.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut out = String::from("version: \"1\"\n");
        let _ = writeln!(out, "default: {}", quoted(if self.default_allow { "allow" } else { "deny" }));
        if !self.hide.is_empty() {
            out.push_str("hide:\n");
            for name in &self.hide {
                let _ = writeln!(out, "  - {}", quoted(name));
            }
        }
        if !self.tools.is_empty() {
            out.push_str("tools:\n");
        }
        for (name, rules) in &self.tools {
            let _ = writeln!(out, "  {}:", quoted(name));
            out.push_str(if rules.is_empty() { "    rules: []\n" } else { "    rules:\n" });
            for rule in rules {
                rule.write(&mut out);
            }
        }
        out
    }
}

impl Rule {
    fn write(&self, out: &mut String) {
        let _ = writeln!(out, "      - name: {}", quoted(&self.name));
        match &self.conditions {
            None => out.push_str("        action: \"deny\"\n"),
            Some(conditions) => {
                out.push_str("        action: \"evaluate\"\n        conditions:\n");
                for condition in conditions {
                    let _ = writeln!(out, "          - path: {}", quoted(&condition.path));
                    let _ = writeln!(out, "            op: {}", quoted(condition.operator.name()));
                    let _ = writeln!(out, "            value: {}", flow(&condition.value));
                }
            }
        }
        if let Some(text) = &self.on_deny {
            let _ = writeln!(out, "        on_deny: {}", quoted(text));
        }
        if let Some(state) = &self.state {
            let _ = writeln!(out, "        state:\n          counter: {}", quoted(&state.counter));
            let _ = writeln!(out, "          window: {}", quoted(state.window.name()));
            let _ = writeln!(out, "          increment: {}", state.increment);
            if let Some(path) = &state.increment_from {
                let _ = writeln!(out, "          increment_from: {}", quoted(path));
            }
        }
    }
}

/// A value on one line.
fn flow(value: &DocumentValue) -> String {
    match value {
        DocumentValue::Null => "null".to_owned(),
        DocumentValue::Bool(value) => value.to_string(),
        DocumentValue::Int(value) => value.to_string(),
        // The digits of a double in Rust are a float in YAML: they have a point or an exponent.
        DocumentValue::Float(value) => format!("{value:?}"),
        DocumentValue::Str(value) => quoted(value),
        DocumentValue::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        DocumentValue::Map(entries) => {
            let entries = entries.iter().map(|(key, item)| format!("{}: {}", quoted(key), flow(item)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A double-quoted scalar (YAML 1.2, section 7.3.1) on one line. What YAML calls not printable,
/// line breaks of any kind, and marks that turn the direction of writing are escaped.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if needs_escape(char) => {
                let _ = write!(out, "\\U{:08X}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

fn needs_escape(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}'..='\u{202e}' | '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}')
        || matches!(char, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
