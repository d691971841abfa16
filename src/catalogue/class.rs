//! Risk classes, and how one is inferred for a tool that names none.
//!
//! The inference is a first sound one: it may call a harmless tool risky, but calls a tool a read only when
//! its name or its description says that it reads and nothing says more.

use super::words::{self, Use};
use super::{Annotations, Classes};
use crate::diagnostics::quote;

/// What a tool can do. The order is that of severity, from the least to the most severe.
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

/// The classes that name, description and annotations are evidence for, and a clause that says why.
///
/// Each piece of evidence adds its class; read and write give way to a more severe one.
pub(super) fn infer(name: &str, description: Option<&str>, annotations: Annotations) -> (Classes, String) {
    let mut evidence: Vec<(Class, String)> = Vec::new();
    let words = split(name);
    evidence.extend(by_name(&words).into_iter().map(|(class, word)| (class, format!("its name has {}", quote(word)))));
    if let Some((class, word)) = description.and_then(by_description) {
        evidence.push((class, format!("its description begins with {}", quote(&word))));
    }
    if annotations.read_only == Some(false) {
        evidence.push((Class::Write, "its server says that it is not read-only".to_owned()));
    }
    if annotations.destructive == Some(true) && annotations.read_only != Some(true) {
        evidence.push((Class::Destructive, "its server says that it is destructive".to_owned()));
    }
    let Some(classes) = evidence.iter().map(|(class, _)| Classes::of(*class)).reduce(Classes::with) else {
        return (Classes::of(Class::Write), "nothing says that it only reads".to_owned());
    };
    // One reason for each class, the most severe first.
    let reasons = classes.iter().filter_map(|class| evidence.iter().find(|(found, _)| *found == class));
    let mut reasons: Vec<&str> = reasons.map(|(_, reason)| reason.as_str()).collect();
    reasons.reverse();
    (classes, reasons.join(", and "))
}

/// The classes that words of the name stand for, each with the first such word.
///
/// A word that is a noun as often as a verb (`post`, `run`) counts only where no verb of reading stands before
/// it: `get_run` reads. A noun of money makes a change financial, but not a read.
fn by_name(words: &[String]) -> Vec<(Class, &str)> {
    let mut found: Vec<(Class, &str)> = Vec::new();
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
        if found.iter().all(|(known, _)| *known != class) {
            found.push((class, word));
        }
    }
    let money = words.iter().find(|word| words::is_money(word));
    let changes = found.iter().any(|(class, _)| *class != Class::Read);
    if let Some(money) = money.filter(|_| changes && found.iter().all(|(class, _)| *class != Class::Financial)) {
        found.push((Class::Financial, money));
    }
    found
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
    fn classes_overlap_where_the_evidence_does() {
        for (name, description, names) in [
            ("delete_invoice", "", "financial, destructive"),
            ("create_invoice", "", "financial"),
            ("run_and_delete", "", "destructive, execute"),
            ("exec_in_pod", "Deletes nothing", "destructive, execute"),
            ("list_charges", "", "read"),
        ] {
            assert_eq!(infer(name, Some(description), Annotations::default()).0.names(), names, "{name}");
        }
    }

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
            assert_eq!(found.most_severe(), class, "{name}: {description} ({reason})");
            assert!(!reason.is_empty());
        }
    }
}
