//! Risk classes, and how one is inferred for a tool that names none.
//!
//! The inference is a first sound one: it may call a harmless tool risky, but calls a tool a read only when
//! its name or its description says that it reads and nothing says more.

use super::Annotations;
use super::words::{self, Use};
use crate::diagnostics::quote;

/// What a tool can do at worst. The order is that of [`Class::ALL`]; a later one wins where evidence conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Changes nothing.
    Read,
    /// Adds or changes something.
    Write,
    /// Runs code, commands or queries that the caller writes.
    Execute,
    /// Takes something away that may not come back.
    Destructive,
    /// Moves money or commits someone to pay.
    Financial,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Execute, Self::Destructive, Self::Financial];

    /// The name, which is also that of the built-in set without its `@`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Execute => "execute",
            Self::Destructive => "destructive",
            Self::Financial => "financial",
        }
    }

    /// `low`, `medium`, `high` or `critical`.
    #[must_use]
    pub const fn severity(self) -> &'static str {
        match self {
            Self::Read => "low",
            Self::Write => "medium",
            Self::Execute => "high",
            Self::Destructive | Self::Financial => "critical",
        }
    }

    /// The class of this exact name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// The class that names, description and annotations speak for, and a clause that says why.
pub(super) fn infer(name: &str, description: Option<&str>, annotations: Annotations) -> (Class, String) {
    let mut best: Option<(Class, String)> = None;
    let mut raise = |class: Class, reason: String| {
        if best.as_ref().is_none_or(|(found, _)| class > *found) {
            best = Some((class, reason));
        }
    };
    let words = split(name);
    if let Some((class, word)) = by_name(&words) {
        raise(class, format!("its name has {}", quote(word)));
    }
    if let Some((class, word)) = description.and_then(by_description) {
        raise(class, format!("its description begins with {}", quote(&word)));
    }
    if annotations.read_only == Some(false) {
        raise(Class::Write, "its server says that it is not read-only".to_owned());
    }
    if annotations.destructive == Some(true) && annotations.read_only != Some(true) {
        raise(Class::Destructive, "its server says that it is destructive".to_owned());
    }
    best.unwrap_or_else(|| (Class::Write, "nothing says that it only reads".to_owned()))
}

/// The strongest class that a word of the name stands for.
///
/// A word that is a noun as often as a verb (`post`, `run`) counts only where no verb of reading stands before
/// it: `get_run` reads. A noun of money makes a change financial, but not a read.
fn by_name(words: &[String]) -> Option<(Class, &str)> {
    let mut best: Option<(Class, &str)> = None;
    let mut reading = false;
    for word in words {
        let class = match words::verb(word) {
            Some((Class::Read, _)) => {
                reading = true;
                Class::Read
            }
            Some((_, Use::NounToo)) if reading => continue,
            Some((class, _)) => class,
            None => continue,
        };
        if best.is_none_or(|(found, _)| class > found) {
            best = Some((class, word));
        }
    }
    let money = words.iter().find(|word| words::is_money(word));
    match (best, money) {
        (Some((class, _)), Some(money)) if class > Class::Read => Some((Class::Financial, money)),
        _ => best,
    }
}

/// What the first verb of the description stands for, if it begins with one.
fn by_description(text: &str) -> Option<(Class, String)> {
    const LONGEST: usize = 24;
    let first = text.split(|char: char| !char.is_alphabetic()).find(|word| !word.is_empty())?;
    if first.len() > LONGEST {
        return None;
    }
    let word = first.to_lowercase();
    // "Creates" and "Create" begin a description equally often.
    if word == "returns" {
        return Some((Class::Read, first.to_owned()));
    }
    let stem = word.strip_suffix("es").filter(|stem| words::verb(stem).is_some());
    let stem = stem.or_else(|| word.strip_suffix('s').filter(|stem| words::verb(stem).is_some()));
    words::verb(stem.unwrap_or(&word)).map(|(class, _)| (class, first.to_owned()))
}

/// The words of a name in lower case: split at everything but letters, and before a capital that begins a word.
fn split(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = name.chars().peekable();
    let mut before = ' ';
    while let Some(char) = chars.next() {
        let ends_capitals = before.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase());
        if !char.is_alphabetic() || (char.is_uppercase() && (before.is_lowercase() || ends_capitals)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char.is_alphabetic()) {
            word.extend(char.to_lowercase());
        }
        before = char;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_names_into_words() {
        for (name, words) in [
            ("get_run", "get run"),
            ("API-post-search", "api post search"),
            ("TwilioApiV2010--FetchHTTPLog", "twilio api v fetch http log"),
            ("deleteAPIKey", "delete api key"),
            ("__node_version", "node version"),
            ("drive/files delete", "drive files delete"),
            ("", ""),
        ] {
            assert_eq!(split(name).join(" "), words, "{name}");
        }
    }

    #[test]
    fn infers_the_class_that_the_evidence_speaks_for() {
        use Class::{Destructive, Execute, Financial, Read, Write};
        let none = Annotations::default();
        let reads = Annotations { read_only: Some(true), ..none };
        let changes = Annotations { read_only: Some(false), ..none };
        let destroys = Annotations { destructive: Some(true), ..none };
        let torn = Annotations { read_only: Some(true), destructive: Some(true), ..none };
        for (name, description, hints, class) in [
            ("get_comments", "", none, Read),
            ("storage_account_list", "", none, Read),
            ("get_run", "", none, Read),
            ("listCharges", "", none, Read),
            ("post_to_facebook", "", none, Write),
            ("create_issue", "", none, Write),
            ("delete_post", "", none, Destructive),
            ("kv_namespace_delete", "", none, Destructive),
            ("get_and_delete_message", "", none, Destructive),
            ("run_sql", "", none, Execute),
            ("browser_evaluate", "", none, Execute),
            ("create_charge", "", none, Financial),
            ("refund_order", "", none, Financial),
            ("delete_invoice", "", none, Financial),
            ("frobnicate", "", none, Write),
            ("frobnicate", "", reads, Write),
            ("frobnicate", "Returns the frobs.", none, Read),
            ("frobnicate", "Deletes the frobs.", none, Destructive),
            ("get_page", "Executes a script to get a page", none, Execute),
            ("delete_post", "Gets nothing", reads, Destructive),
            ("get_page", "", changes, Write),
            ("get_page", "", destroys, Destructive),
            ("get_page", "", torn, Read),
        ] {
            let (found, reason) = infer(name, Some(description), hints);
            assert_eq!(found, class, "{name}: {description} ({reason})");
            assert!(!reason.is_empty());
        }
    }
}
