//! What must reach neither a message nor a file.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// What stands in the place of a secret.
const MASK: &str = "***";
/// Shorter values are no credentials, and hiding them would hide ordinary words.
const SHORTEST: usize = 4;
/// A part of a path of a URL that is as long may be a credential; some services give each customer such an address.
const LONG_PART: usize = 16;
/// A variable of the environment, or an argument, with one of these in its name holds a credential.
const NAMES: &[&str] = &["key", "token", "secret", "pass", "auth", "cred", "cookie", "private", "dsn", "bearer"];

/// Values that must not be shown: of headers, of the environment, of a URL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// Everything that messages must not show.
    values: BTreeSet<String>,
    /// Ordinary words among them, which say nothing in a file: `postgres` of `DB_TYPE=postgres`.
    words: BTreeSet<String>,
}

impl Secrets {
    /// Variables of this process whose names say that they are credentials; a program that is started gets them.
    #[must_use]
    pub fn of_environment() -> Self {
        let mut secrets = Self::default();
        for (name, value) in std::env::vars_os() {
            if let (Some(name), Some(value)) = (name.to_str(), value.to_str())
                && is_named(name)
            {
                // `AUTH_METHOD=token`: nobody has said that the server needs it, and the word is in many descriptions.
                secrets.add_perhaps(value);
            }
        }
        secrets
    }

    /// Adds a value of a variable that settings give to a server. Unless its name says that it is a credential, an ordinary word may stand
    /// in a file.
    pub fn add_variable(&mut self, name: &str, value: &str) {
        if is_named(name) {
            self.add(value);
        } else {
            self.add_perhaps(value);
        }
    }

    /// Adds a value that may stand in a file if it is an ordinary word.
    fn add_perhaps(&mut self, value: &str) {
        let value = value.trim();
        let is_certain = self.values.contains(value) && !self.words.contains(value);
        self.add(value);
        if !is_certain && value.chars().all(|char| char.is_ascii_alphabetic() || matches!(char, '_' | '-' | '.')) {
            self.words.insert(value.to_owned());
        }
    }

    /// Adds a value.
    pub fn add(&mut self, value: &str) {
        let value = value.trim();
        if value.chars().count() >= SHORTEST && !matches!(value, "true" | "false" | "none" | "null") {
            self.words.remove(value);
            self.values.insert(value.to_owned());
        }
    }

    /// Adds the value of a header, and what follows its scheme: `Bearer TOKEN`.
    pub fn add_header(&mut self, value: &str) {
        self.add(value);
        if let Some((_, rest)) = value.trim().split_once(' ') {
            self.add(rest);
        }
    }

    /// Adds arguments that hold credentials: those that follow a name such as `--api-key`, and parts of URLs.
    pub fn add_arguments(&mut self, arguments: &[String]) {
        let mut is_next = false;
        for argument in arguments {
            let name = argument.strip_prefix('-').or_else(|| argument.split_once('=').map(|_| argument.as_str()));
            if std::mem::take(&mut is_next) {
                self.add_header(argument);
            }
            if let Some(name) = name {
                let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
                match value {
                    Some(value) if is_named(name) => self.add_header(value),
                    None => is_next = is_named(name),
                    Some(_) => {}
                }
            }
            // As `mcp-remote` takes headers: `Authorization: Bearer TOKEN`.
            if let Some((name, value)) = argument.split_once(':')
                && !value.starts_with("//")
                && is_named(name)
            {
                self.add_header(value);
            }
            if argument.contains("://") {
                self.add_url(argument);
            }
        }
    }

    /// Adds the parts of a URL that may be credentials: name and password before the host, the query, long parts of the path.
    pub fn add_url(&mut self, url: &str) {
        let Some((_, rest)) = url.split_once("://") else { return };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if let Some((person, _)) = authority.rsplit_once('@') {
            self.add(person);
            person.split(':').for_each(|part| self.add(part));
        }
        let (path, query) = rest.split_once(['?', '#']).unwrap_or((rest, ""));
        path.split('/').filter(|part| part.len() >= LONG_PART).for_each(|part| self.add(part));
        for pair in query.split(['&', '#', ';']) {
            self.add(pair.split_once('=').map_or(pair, |(_, value)| value));
        }
    }

    /// The text with `***` in the place of each secret, the longest first.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        Self::without(self.values.iter(), text)
    }

    /// The same for a file, where ordinary words stay.
    #[must_use]
    pub fn mask_in_file<'a>(&self, text: &'a str) -> Cow<'a, str> {
        Self::without(self.values.difference(&self.words), text)
    }

    fn without<'a, 's>(values: impl Iterator<Item = &'s String>, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        let mut values: Vec<&String> = values.filter(|value| text.contains(value.as_str())).collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        for value in values {
            masked = Cow::Owned(masked.replace(value.as_str(), MASK));
        }
        masked
    }
}

/// Whether a name is that of a credential.
fn is_named(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("_pat") || NAMES.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(fill: impl Fn(&mut Secrets), text: &str) -> String {
        let mut secrets = Secrets::default();
        fill(&mut secrets);
        secrets.mask(text).into_owned()
    }

    #[test]
    fn what_is_hidden() {
        let arguments = |line: &str| line.split('|').map(str::to_owned).collect::<Vec<_>>();
        for (line, text, expected) in [
            ("--api-key|sk-12345|/tmp", "sk-12345 in /tmp", "*** in /tmp"),
            ("--token=abcd1234", "bad token abcd1234", "bad token ***"),
            ("--header|Authorization: Bearer abcd1234", "abcd1234", "***"),
            ("postgres://me:hunter2@db/x?sslkey=99887766", "me hunter2 db 99887766", "me *** db ***"),
            ("--verbose|value", "value", "value"),
        ] {
            assert_eq!(masked(|secrets| secrets.add_arguments(&arguments(line)), text), expected, "{line}");
        }
        assert_eq!(masked(|secrets| secrets.add_header("Bearer abcd"), "Bearer abcd, abcd"), "***, ***");
        let url = "https://mcp.example/s/abcdefghijklmnop/mcp?k=zzzz";
        assert_eq!(masked(|secrets| secrets.add_url(url), url), "https://mcp.example/s/***/mcp?k=***");
        assert_eq!(masked(|secrets| secrets.add("1"), "1 of 10"), "1 of 10");
        let mut secrets = Secrets::default();
        secrets.add_variable("DB_TYPE", "postgres");
        secrets.add_variable("DB_FILE", "/var/lib/data.db");
        secrets.add_variable("DB_PASSWORD", "hunter");
        secrets.add_variable("X", "hunter");
        secrets.add_perhaps("swordfish");
        secrets.add_header("swordfish");
        let text = "postgres /var/lib/data.db hunter swordfish";
        assert_eq!(secrets.mask(text), "*** *** *** ***");
        assert_eq!(secrets.mask_in_file(text), "postgres *** *** ***");
    }
}
