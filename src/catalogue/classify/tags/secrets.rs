//! Whether it handles passwords, keys and tokens.

use super::super::arguments::Argument;
use super::super::evidence::{Found, Source, Weight};
use super::super::name::Clause;
use super::super::nouns::Noun;
use super::super::{Tag, quote};
use super::{saw, verb_of};

/// Two words that together are a secret, or hold some.
const PAIRS: [[&str; 2]; 22] = [
    ["app", "settings"],
    ["appconfig", "kv"],
    ["config", "vars"],
    ["connection", "string"],
    ["connection", "strings"],
    ["connection", "uri"],
    ["connection", "url"],
    ["env", "var"],
    ["env", "vars"],
    ["env", "variables"],
    ["environment", "variable"],
    ["environment", "variables"],
    ["global", "variables"],
    ["group", "variables"],
    ["project", "variables"],
    ["workspace", "variables"],
    ["local", "storage"],
    ["recovery", "phrase"],
    ["seed", "phrase"],
    ["session", "storage"],
    ["storage", "state"],
    ["user", "secrets"],
];
/// Words of a sentence that are a secret.
const SAID: &[&str] = &["cookies", "credentials", "passphrase", "password", "passwords", "secret", "secrets"];
/// Two words of a sentence that are a secret.
const SAID_PAIRS: [[&str; 2]; 14] = [
    ["access", "key"],
    ["access", "keys"],
    ["access", "token"],
    ["api", "key"],
    ["api", "keys"],
    ["connection", "string"],
    ["connection", "strings"],
    ["connection", "uri"],
    ["encryption", "key"],
    ["encryption", "keys"],
    ["environment", "variable"],
    ["environment", "variables"],
    ["private", "key"],
    ["signing", "key"],
];
/// Verbs of which a key or token comes.
const MAKES: &[&str] = &["create", "generate", "initialize", "issue", "regenerate", "renew", "rotate"];

/// Adds what a part of a name says.
pub(super) fn by_name(clause: &Clause, found: &mut Found) {
    let (words, verb) = (&clause.words, verb_of(clause));
    let word = |at: Option<usize>| at.and_then(|at| words.get(at)).map_or("", String::as_str);
    for (at, secret) in words.iter().enumerate() {
        let (before, after) = (word(at.checked_sub(1)), word(Some(at + 1)));
        // `secret_scanning` looks for them.
        let scans = matches!(after, "alert" | "alerts" | "scanning" | "scan" | "protection");
        let is = match secret.as_str() {
            // A key or token without a kind is most often none, unless it is made.
            "key" | "keys" | "token" | "tokens" => {
                Noun::SecretKind.has(before) || MAKES.contains(&verb) && after.is_empty()
            }
            // An `env` may be a place, too: what is read of it or set in it are variables.
            "env" | "dotenv" => matches!(verb, "" | "export" | "get" | "list" | "read" | "set" | "show" | "unset"),
            // So may an environment, but one that is read or changed as a whole holds variables.
            "environment" => {
                clause.object().len() == 1 && matches!(verb, "get" | "read" | "export" | "patch" | "put" | "set")
            }
            secret => Noun::Secret.has(secret),
        };
        if is && !scans {
            return saw(found, Tag::Secrets, Weight::Strong, secret);
        }
        if PAIRS.iter().any(|[first, second]| *first == secret && *second == after) {
            return saw(found, Tag::Secrets, Weight::Strong, after);
        }
    }
}

/// Adds what a description says. `lead` are its words from the first verb on.
pub(super) fn by_description(lower: &str, lead: &[String], reads: bool, found: &mut Found) {
    /// How many words behind the verb say what it is about.
    const OBJECT: usize = 8;
    // Behind these stands what the tool needs or is for.
    let ends = |word: &&String| {
        matches!(word.as_str(), "against" | "by" | "for" | "in" | "on" | "using" | "via" | "with" | "without")
    };
    let object: Vec<&str> =
        lead.iter().skip(1).take(OBJECT).take_while(|word| !ends(word)).map(String::as_str).collect();
    let single = object.iter().zip(object.iter().skip(1).chain([""].iter())).find(|(word, next)| {
        SAID.contains(word) && !matches!(**next, "scanning" | "scan" | "scanner" | "alerts" | "protection")
    });
    let pair = || {
        let mut pairs = object.iter().zip(object.iter().skip(1));
        pairs.find(|(first, second)| SAID_PAIRS.contains(&[**first, **second])).map(|(_, second)| second)
    };
    if let Some(said) = single.map(|(word, _)| word).or_else(pair) {
        found.tag(Source::Description, Tag::Secrets, Weight::Fair, || format!("its description says {}", quote(said)));
    }
    let warns =
        ["may contain sensitive", "may contain secrets", "contains sensitive", "contain secret", "contains secret"];
    if let Some(said) = warns.into_iter().find(|said| reads && lower.contains(said)) {
        found.tag(Source::Description, Tag::Secrets, Weight::Fair, || format!("its description has {}", quote(said)));
    }
}

/// A tool that gets what is kept of any kind gets secrets too, if the caller names the kind.
pub(super) fn by_arguments(verb: &str, arguments: &[Argument<'_>], found: &mut Found) {
    if !matches!(verb, "get" | "list" | "read" | "fetch" | "export") {
        return;
    }
    let kind = arguments.iter().find(|argument| {
        let is_kind = matches!(argument.name, "kind" | "resource" | "resourceType" | "resource_type" | "resourceKind");
        is_kind && argument.mentions(&["secret", "secrets", "configmap", "configmaps", "pods"])
    });
    if let Some(argument) = kind {
        found.tag(Source::Arguments, Tag::Secrets, Weight::Fair, || {
            format!("its argument {} can name secrets", quote(argument.name))
        });
    }
}
