//! What the arguments of a tool say: those that name an operation, or take code or an amount of money.

use super::evidence::{Found, Source, Weight};
use super::name::{Name, split};
use super::nouns::Noun;
use super::verbs::verb;
use super::{Class, quote};
use crate::json::{Kind, Value};

/// Arguments whose values name what is done.
const OPERATIONS: [&str; 9] = ["action", "command", "method", "mode", "op", "operation", "subcommand", "task", "verb"];
/// Arguments that switch a deletion on.
const DELETES: [&str; 7] = ["delete", "destroy", "drop", "erase", "purge", "remove", "wipe"];
/// Arguments that are run.
const RUN: [&str; 10] =
    ["bash", "cmd", "command", "commands", "function", "javascript", "js", "script", "shell", "sql"];
/// Arguments with longer names say nothing here.
const LONGEST_NAME: usize = 14;
/// No more arguments, and no more values of one, are looked at.
const MOST: usize = 256;

/// An argument of a tool.
pub(super) struct Argument<'a> {
    pub(super) name: &'a str,
    schema: Value<'a>,
}

impl Argument<'_> {
    fn has_type(&self, name: &str) -> bool {
        let kind = self.schema.get("type");
        kind.is_some_and(|kind| kind.as_str() == Some(name) || kind.items().any(|kind| kind.as_str() == Some(name)))
    }

    pub(super) fn is_list(&self) -> bool {
        self.has_type("array")
    }

    /// Whether one of some words is among the values that it can have, or in its description.
    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        let said = self.schema.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let said = said.split(|char: char| !char.is_alphanumeric()).take(MOST);
        said.chain(self.values()).any(|word| words.contains(&word))
    }

    /// The texts that it can be, if they are listed.
    fn values(&self) -> impl Iterator<Item = &str> {
        let alternatives = ["anyOf", "oneOf"].into_iter().filter_map(|key| self.schema.get(key)).flat_map(Value::items);
        let all = [self.schema].into_iter().chain(alternatives);
        let listed =
            all.flat_map(|schema| schema.get("enum").into_iter().flat_map(Value::items).chain(schema.get("const")));
        listed.filter_map(|value| value.as_str()).take(MOST)
    }

    fn is_free_text(&self) -> bool {
        self.has_type("string") && self.values().next().is_none()
    }
}

/// The arguments at the top of a schema.
pub(super) fn of_schema(schema: Option<Value<'_>>) -> Vec<Argument<'_>> {
    let Some(schema) = schema else { return Vec::new() };
    let branches = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)).flat_map(Value::items);
    let all = [schema].into_iter().chain(branches.take(MOST)).filter_map(|schema| schema.get("properties"));
    let entries = all.filter(|properties| properties.kind() == Kind::Object).flat_map(Value::entries);
    entries.filter_map(|(key, schema)| Some(Argument { name: key.as_str()?, schema })).take(MOST).collect()
}

/// Adds what the arguments say about the class of their tool.
pub(super) fn classes(arguments: &[Argument<'_>], name: &Name, only_reads: bool, found: &mut Found) {
    let reads = name.verb_class() == Some(Class::Read);
    let mut amount = None;
    let mut currency = false;
    let (mut symbol, mut quantity) = (false, None);
    for argument in arguments.iter().filter(|argument| argument.name.len() <= LONGEST_NAME) {
        let lower = argument.name.to_ascii_lowercase();
        let argument_name = lower.as_str();
        if OPERATIONS.contains(&argument_name) {
            let method_of_record = argument_name == "method" && name.keeps();
            operations(argument, reads, method_of_record, found);
        }
        let deletes = DELETES.contains(&argument_name) && argument.has_type("boolean");
        if deletes {
            found.class(Source::Arguments, Class::Destructive, Weight::Fair, || {
                format!("its argument {} switches a deletion on", quote(argument.name))
            });
        }
        if is_run(argument, argument_name, reads) {
            let weight = if only_reads { Weight::Weak } else { Weight::Fair };
            found.class(Source::Arguments, Class::Execute, weight, || {
                format!("its argument {} is run", quote(argument.name))
            });
        }
        // A manifest says which programs run.
        let deploys = argument_name == "manifest" && argument.is_free_text() && name.verb_class() == Some(Class::Write);
        if deploys {
            found.class(Source::Arguments, Class::Execute, Weight::Fair, || {
                format!("its argument {} says what is to run", quote(argument.name))
            });
        }
        match argument_name {
            "amount" | "amount_cents" | "amountcents" | "unit_amount" => amount = Some(argument.name),
            "symbol" | "ticker" => symbol = true,
            "qty" | "quantity" | "notional" | "shares" => quantity = Some(argument.name),
            "currency" | "currency_code" | "currencycode" => currency = true,
            _ => {}
        }
    }
    if let Some(quantity) = quantity.filter(|_| symbol && !reads) {
        found.class(Source::Arguments, Class::Financial, Weight::Fair, || {
            format!("its argument {} says how much of something is traded", quote(quantity))
        });
    }
    let moves = name.words().any(|word| Noun::Moves.has(word) || word == "deposit" || word == "pay");
    if let Some(amount) = amount.filter(|_| !reads && (currency || moves)) {
        found.class(Source::Arguments, Class::Financial, Weight::Fair, || {
            format!("its argument {} is an amount of money", quote(amount))
        });
    }
}

fn is_run(argument: &Argument<'_>, name: &str, reads: bool) -> bool {
    if name != "code" && !RUN.contains(&name) {
        return false;
    }
    if !(argument.is_free_text() || name == "commands" && argument.is_list()) {
        return false;
    }
    if name == "code" {
        let said = argument.schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let said = said.to_lowercase();
        let runs = ["execute", "to run", "evaluate", "javascript code", "python code", "playwright"];
        return !reads && runs.iter().any(|word| said.contains(word));
    }
    true
}

/// The most severe operation that the values of an argument name; without a list of values, those that its description names:
/// "Action to perform: list, create or delete".
fn operations(argument: &Argument<'_>, reads: bool, method_of_record: bool, found: &mut Found) {
    let may_be_told = matches!(argument.name, "action" | "op" | "operation" | "subcommand") && argument.is_free_text();
    let said = argument.schema.get("description").and_then(Value::as_str).filter(|_| may_be_told).unwrap_or_default();
    for word in said.split(|char: char| !char.is_alphabetic()).take(MOST) {
        let Some(verb) = verb(word).filter(|verb| !verb.noun && verb.class > Class::Read) else { continue };
        // `check_permission` asks whether someone may do it.
        let weight = if reads { Weight::Weak } else { Weight::Fair };
        found.class(Source::Arguments, verb.class, weight, || {
            format!("its argument {} can be {}", quote(argument.name), quote(word))
        });
    }
    for value in argument.values() {
        let words = split(value);
        // The method of a request that is only written down is no operation of the tool.
        if method_of_record && value.bytes().all(|byte| byte.is_ascii_uppercase()) {
            continue;
        }
        let of_method = match value {
            "GET" | "HEAD" | "OPTIONS" => Some(Class::Read),
            "POST" | "PUT" | "PATCH" => Some(Class::Write),
            "DELETE" => Some(Class::Destructive),
            _ => None,
        };
        let class = of_method.or_else(|| words.iter().find_map(|word| verb(word)).map(|verb| verb.class));
        let Some(class) = class.filter(|class| *class > Class::Read) else { continue };
        found.class(Source::Arguments, class, Weight::Fair, || {
            format!("its argument {} can be {}", quote(argument.name), quote(value))
        });
    }
}
