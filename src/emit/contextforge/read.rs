//! Reads plugins of the form that is written here. Whatever else a gateway could make of a key or a value is a mistake: it
//! ignores keys that it does not know, and starts without plugins that it cannot load.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{self, ALLOWED, INVOKE};
use super::write::{DENY, HOOK, LIMITER, MODE, ON_ERROR, POINT, TEMPLATES, is_redis_url, is_template};
use super::{MOST, UNITS};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{codes, quote};
use crate::emit::decision_list::{Counter, Entry, ListDecider, Lists, Outcome, SlidingWindow};
use crate::emit::target::ReadDocument;
use crate::eval;
use crate::ir::Scope;
use crate::located::{self, Content, Format, Mistakes, Node, Object, core};
use crate::source::{FileId, Span};

/// What a caller reads of a tool that no rule names.
const UNNAMED: &str = "Native RBAC: no matching allow rule (fail closed)";

pub(super) fn parse(text: &str) -> ReadDocument {
    let mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Yaml);
    let mut mistakes = mistakes.ignored_by("ContextForge");
    let root = located::yaml(text, plain, &mut mistakes);
    let read = root.and_then(|root| {
        if let Some(place) = template(text) {
            let help = "write `\\u007b` for a brace in a text; only `redis_url` may be `\"{{ env.NAME }}\"`, on a line of its own";
            mistakes.report(place, "the gateway reads this as the beginning of a template", help);
        }
        Reader::default().document(&root, &mut mistakes)
    });
    let read = mistakes.into_result(read)?;
    let others =
        Entry { when: None, outcome: Outcome::Deny, rule: eval::DEFAULT_DENY.to_owned(), reason: UNNAMED.to_owned() };
    let tools = read.tools.into_values().map(|(tool, entry)| (tool, vec![entry])).collect();
    let lists = Lists { tools, others: vec![others], default_reason: UNNAMED.to_owned() };
    let limits = read.windows.into_iter().map(Counter::Sliding).collect();
    Ok(Box::new(ListDecider::new(lists, NumberDomain::Exact).with_counters(limits)))
}

/// A scalar without quotes, where YAML 1.1, which the gateway reads, and YAML 1.2 agree about it.
fn plain(text: &str) -> Result<Content<'_>, (String, String)> {
    let lower = text.to_ascii_lowercase();
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'))
        && !matches!(lower.as_str(), "y" | "n" | "yes" | "no" | "on" | "off")
        && !text.starts_with('.');
    let is_number = text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_word || is_number || text == "~" {
        return core::plain(text);
    }
    Err((
        format!("{} is not a plain text to every reader of YAML", quote(text)),
        "write it in double quotes".to_owned(),
    ))
}

/// Where the first template begins that does not stand for the address of Redis.
fn template(text: &str) -> Option<Span> {
    let mut start = 0;
    text.split_inclusive('\n').find_map(|line| {
        let url = line.trim().strip_prefix("redis_url: \"").and_then(|rest| rest.strip_suffix('"'));
        let first = TEMPLATES.iter().filter_map(|begins| line.find(begins)).min();
        let at = first.filter(|_| !url.is_some_and(is_template)).map(|at| start + at);
        start += line.len();
        let at = u32::try_from(at?).ok()?;
        Some(Span::new(FileId::default(), at, at.saturating_add(2)))
    })
}

/// What has been read.
#[derive(Default)]
struct Reader {
    /// The tools that rules name, by their names in the gateway: the name at the server, and what becomes of it.
    tools: BTreeMap<String, (String, Entry)>,
    prefix: Option<String>,
    windows: Vec<SlidingWindow>,
    /// The names of plugins.
    plugins: BTreeSet<String>,
    /// What names counters in Redis.
    counters: BTreeSet<(String, u64, Scope)>,
    priority: Option<i64>,
}

impl Reader {
    fn document(mut self, root: &Node<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let plugins = root.as_object("the document", &["plugins"], mistakes)?.required("plugins", mistakes)?;
        let items = plugins.as_list("`plugins`", mistakes)?;
        if items.is_empty() {
            let help = format!("begin with the plugin of kind `{POINT}`, which denies what it does not allow");
            plugins.is_wrong("without a plugin every call passes", help, mistakes);
        }
        for (index, item) in items.iter().enumerate() {
            self.plugin(index, item, mistakes);
        }
        Some(self)
    }

    fn plugin(&mut self, index: usize, node: &Node<'_>, mistakes: &mut Mistakes) -> Option<()> {
        let known = ["name", "kind", "version", "hooks", "mode", "on_error", "priority", "conditions", "config"];
        let plugin = node.as_object("a plugin", &known, mistakes)?;
        if let Some(name) = plugin.required("name", mistakes)
            && let Some(text) = name.as_text("`name`", mistakes)
            && !self.plugins.insert(text.to_owned())
        {
            name.is_wrong("two plugins have this name, and the gateway loads only one", "give it another", mistakes);
        }
        only_text(&plugin, "hooks", HOOK, mistakes);
        word(&plugin, "mode", MODE, mistakes);
        word(&plugin, "on_error", ON_ERROR, mistakes);
        self.order(&plugin, mistakes);
        let kind = plugin.required("kind", mistakes)?;
        let is_first = index == 0;
        if kind.as_word("`kind`", &[(POINT, true), (LIMITER, false)], mistakes)? != is_first {
            let help = format!("begin with the one plugin of kind `{POINT}`, and let only limiters follow");
            kind.is_wrong("what denies tools must come first, and once", help, mistakes);
            return None;
        }
        if is_first {
            if let Some(conditions) = plugin.required("conditions", mistakes)
                && conditions.as_list("`conditions`", mistakes).is_some_and(|list| !list.is_empty())
            {
                conditions.is_wrong("some calls would not be decided", "write `conditions: []`", mistakes);
            }
            self.point(plugin.required("config", mistakes)?, mistakes)
        } else {
            self.limiter(&plugin, mistakes)
        }
    }

    /// Each plugin comes after the one that is written before it.
    fn order(&mut self, plugin: &Object<'_>, mistakes: &mut Mistakes) -> Option<()> {
        let node = plugin.required("priority", mistakes)?;
        let found = match &node.content {
            Content::Number(number) => number.to_i64(),
            _ => None,
        };
        let Some(priority) = found else {
            node.must_be("`priority`", "a whole number", "write one, higher than that of the plugin before", mistakes);
            return None;
        };
        if self.priority.replace(priority).is_some_and(|before| before >= priority) {
            let help = "write a number that is higher than that of the plugin before";
            node.is_wrong("the plugin would not come after the one before it", help, mistakes);
        }
        Some(())
    }

    /// What the plugin is given that denies tools.
    fn point(&mut self, node: &Node<'_>, mistakes: &mut Mistakes) -> Option<()> {
        let known = ["engines", "combination_mode", "default_decision", "cache"];
        let config = node.as_object("the configuration", &known, mistakes)?;
        word(&config, "combination_mode", "all_must_allow", mistakes);
        word(&config, "default_decision", "deny", mistakes);
        let cache = config.required("cache", mistakes)?.as_object("`cache`", &["enabled"], mistakes)?;
        is_bool(&cache, "enabled", false, "decisions would be kept", mistakes);
        let engines = config.required("engines", mistakes)?;
        let [engine] = engines.as_list("`engines`", mistakes)? else {
            engines.is_wrong("there must be one engine", "write the engine `native` and no other", mistakes);
            return None;
        };
        let engine = engine.as_object("an engine", &["name", "enabled", "settings"], mistakes)?;
        word(&engine, "name", "native", mistakes);
        is_bool(&engine, "enabled", true, "no tool would be denied by a rule", mistakes);
        let settings = engine.required("settings", mistakes)?.as_object("`settings`", &["rules"], mistakes)?;
        for rule in settings.required("rules", mistakes)?.as_list("`rules`", mistakes)? {
            self.rule(rule, mistakes);
        }
        Some(())
    }

    fn rule(&mut self, node: &Node<'_>, mistakes: &mut Mistakes) -> Option<()> {
        let known = ["id", "roles", "actions", "resource_types", "resource_ids", "reason"];
        let rule = node.as_object("a rule", &known, mistakes)?;
        only_text(&rule, "roles", "*", mistakes);
        only_text(&rule, "resource_types", "tool", mistakes);
        let id_node = rule.required("id", mistakes)?;
        let id = id_node.as_text("`id`", mistakes)?;
        let (tool, is_denied) = id.strip_prefix(DENY).map_or((id, false), |tool| (tool, true));
        if !(ALLOWED.is)(tool) {
            let help = format!("write the name that the tool has at its server, of {}", ALLOWED.words);
            id_node.is_wrong(format!("{} is not read as the name of a tool", quote(tool)), help, mistakes);
            return None;
        }
        let slug = names::slug(tool);
        let resource = rule.required("resource_ids", mistakes)?;
        let name = only(resource, "`resource_ids`", mistakes)?;
        let prefix =
            name.strip_suffix(&slug).and_then(|rest| rest.strip_suffix('-')).filter(|rest| names::slug(rest) == **rest);
        let prefix =
            prefix.filter(|prefix| !prefix.is_empty() && self.prefix.as_ref().is_none_or(|known| known == prefix));
        let Some(prefix) = prefix else {
            let help = format!("write `SERVER-{slug}`, with the same server in every rule");
            resource.is_wrong(format!("this is not the tool {}", quote(tool)), help, mistakes);
            return None;
        };
        self.prefix = Some(prefix.to_owned());
        only_text(&rule, "actions", &format!("{INVOKE}{name}"), mistakes);
        let reason = match rule.optional("reason") {
            Some(reason) => reason.as_text("`reason`", mistakes)?,
            None => "",
        };
        let entry = if is_denied {
            Entry { when: None, outcome: Outcome::Deny, rule: id.to_owned(), reason: reason.to_owned() }
        } else {
            Entry::ALLOW
        };
        if self.tools.insert(name.to_owned(), (tool.to_owned(), entry)).is_some() {
            id_node.is_wrong("two rules are about one tool", "leave one of them", mistakes);
        }
        Some(())
    }

    /// A limiter, and the window that it is.
    fn limiter(&mut self, plugin: &Object<'_>, mistakes: &mut Mistakes) -> Option<()> {
        let conditions = plugin.required("conditions", mistakes)?;
        let [condition] = conditions.as_list("`conditions`", mistakes)? else {
            conditions.is_wrong(
                "one condition says of a limit which tools it is about",
                "write `[{tools: [..]}]`",
                mistakes,
            );
            return None;
        };
        let tools = condition.as_object("a condition", &["tools"], mistakes)?.required("tools", mistakes)?;
        let (mut own, mut gateway) = (Vec::new(), Vec::new());
        for item in tools.as_list("`tools`", mistakes)? {
            let name = item.as_text("a tool", mistakes)?;
            match self.tools.get(name) {
                Some((tool, _)) if !own.contains(tool) => own.push(tool.clone()),
                Some(_) => item.is_wrong("this tool is named twice", "leave it once", mistakes),
                None => {
                    let help = "name a tool as one of the rules does; what no rule allows is denied";
                    item.is_wrong(format!("no rule names the tool {}", quote(name)), help, mistakes);
                }
            }
            gateway.push(name);
        }
        if own.is_empty() {
            tools.is_wrong("the limit is about no tool", "name those that it is about", mistakes);
            return None;
        }
        let known = ["backend", "redis_url", "redis_key_prefix", "algorithm", "by_user", "by_tool", "fail_mode"];
        let config = plugin.required("config", mistakes)?.as_object("the configuration", &known, mistakes)?;
        word(&config, "backend", "redis", mistakes);
        word(&config, "algorithm", "sliding_window", mistakes);
        word(&config, "fail_mode", "closed", mistakes);
        let url = config.required("redis_url", mistakes)?;
        if !is_redis_url(url.as_text("`redis_url`", mistakes)?) {
            let help = "write `\"redis://HOST:6379/0\"`, or `\"{{ env.NAME }}\"` for what a variable says";
            url.is_wrong("this is no address of Redis, and the limiter would not be loaded", help, mistakes);
        }
        let (rate, scope) = match (config.optional("by_user"), config.optional("by_tool")) {
            (Some(rate), None) => (rate, Scope::Grant),
            (None, Some(by_tool)) => {
                let entries = by_tool.as_entries("`by_tool`", mistakes)?;
                let ([entry], [tool]) = (entries, gateway.as_slice()) else {
                    by_tool.is_wrong("it has a count for each tool", "name one tool here and in `tools`", mistakes);
                    return None;
                };
                if entry.key.name != *tool {
                    by_tool.is_wrong("the limit counts no calls", "name the tool that `tools` has", mistakes);
                }
                (&entry.value, Scope::Server)
            }
            _ => {
                let help = "write `by_user`, or `by_tool` for all callers together";
                config.node().is_wrong("a limit has one count", help, mistakes);
                return None;
            }
        };
        let (most, seconds) = self::rate(rate, mistakes)?;
        let prefix = config.required("redis_key_prefix", mistakes)?;
        let key = prefix.as_text("`redis_key_prefix`", mistakes)?.to_owned();
        if !self.counters.insert((key, seconds, scope.clone())) {
            prefix.is_wrong("two limits would count in one place", "give each a prefix of its own", mistakes);
        }
        self.windows.push(SlidingWindow::new(own, most, seconds, scope));
        Some(())
    }
}

/// A rate: how many calls in how many seconds.
fn rate(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<(u64, u64)> {
    let text = node.as_text("a rate", mistakes)?;
    let read = text.split_once('/').and_then(|(count, unit)| {
        let is_plain = count.bytes().all(|byte| byte.is_ascii_digit()) && !count.starts_with('0');
        let count = count.parse().ok().filter(|count| is_plain && *count <= MOST)?;
        let (seconds, ..) = UNITS.iter().find(|(.., own)| *own == unit)?;
        Some((count, *seconds))
    });
    if read.is_none() {
        let help = format!("write a number up to {MOST} and a unit: `\"30/m\"`, with `s`, `m` or `h`");
        node.is_wrong(format!("{} is no rate, and the limiter would not be loaded", quote(text)), help, mistakes);
    }
    read
}

/// A key that has one value.
fn word(object: &Object<'_>, key: &str, wanted: &str, mistakes: &mut Mistakes) {
    if let Some(value) = object.required(key, mistakes) {
        value.as_word(&quote(key), &[(wanted, ())], mistakes);
    }
}

/// A key whose value is true or false.
fn is_bool(object: &Object<'_>, key: &str, wanted: bool, otherwise: &str, mistakes: &mut Mistakes) {
    if let Some(value) = object.required(key, mistakes)
        && value.as_bool(&quote(key), mistakes).is_some_and(|found| found != wanted)
    {
        value.is_wrong(otherwise, format!("write `{key}: {wanted}`"), mistakes);
    }
}

/// The only text of a list.
fn only<'a>(node: &'a Node<'_>, what: &str, mistakes: &mut Mistakes) -> Option<&'a str> {
    let [item] = node.as_list(what, mistakes)? else {
        node.is_wrong(format!("{what} must have one element"), "write what it is about in a list of its own", mistakes);
        return None;
    };
    item.as_text("an element", mistakes)
}

/// A key whose value is a list of one text.
fn only_text(object: &Object<'_>, key: &str, wanted: &str, mistakes: &mut Mistakes) {
    if let Some(value) = object.required(key, mistakes)
        && only(value, &quote(key), mistakes).is_some_and(|found| found != wanted)
    {
        value.is_wrong(
            format!("{} must be {}", quote(key), quote(wanted)),
            format!("write `[\"{wanted}\"]`"),
            mistakes,
        );
    }
}
