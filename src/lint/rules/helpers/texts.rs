//! What texts and the names of arguments look like.

use super::atoms::{RuleAtom, Single, operand, single};
use crate::predicate::Path;
use crate::source::Span;
use crate::syntax::ast::{LiteralExpr, LiteralValue, Operand};
use crate::syntax::print;

/// What an argument holds, going by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint::rules) enum Holds {
    /// The address of a page or service.
    Url,
    /// Mail addresses.
    Mail,
    /// The name of a host.
    Host,
    /// The name of a file or folder.
    Path,
    /// Words for people, or a query.
    Prose,
    /// Something else.
    Other,
}

const URLS: &[&str] = &["url", "urls", "uri", "uris", "href", "link", "links", "webhook", "endpoint", "origin"];
const MAILS: &[&str] =
    &["mail", "mails", "email", "emails", "to", "cc", "bcc", "recipient", "recipients", "sender", "attendees"];
const HOSTS: &[&str] = &["host", "hosts", "hostname", "hostnames", "domain", "domains"];
const PATHS: &[&str] = &[
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "filepath",
    "dir",
    "directory",
    "directories",
    "folder",
    "folders",
    "cwd",
    "root",
    "roots",
    "workspace",
    "location",
    "source",
    "destination",
    "src",
    "dest",
    "repopath",
    "output",
];
const PROSE: &[&str] = &[
    "query",
    "q",
    "message",
    "body",
    "text",
    "content",
    "contents",
    "subject",
    "title",
    "description",
    "sql",
    "prompt",
    "comment",
    "note",
    "notes",
    "code",
    "command",
    "summary",
    "question",
    "search",
    "script",
];

/// What the argument at the end of a path holds, going by its name.
pub(in crate::lint::rules) fn holds(path: &Path) -> Holds {
    let words = words(path.last_name());
    let last_first = words.iter().rev().map(String::as_str);
    let kinds =
        [(URLS, Holds::Url), (MAILS, Holds::Mail), (HOSTS, Holds::Host), (PATHS, Holds::Path), (PROSE, Holds::Prose)];
    let find = |word: &str| kinds.iter().find(|(words, _)| words.contains(&word)).map(|(_, kind)| *kind);
    last_first.filter_map(find).next().unwrap_or(Holds::Other)
}

/// The words of a name, in lower case: `repo` and `path` for both `repoPath` and `repo_path`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for char in name.chars() {
        if !char.is_alphanumeric() || (char.is_uppercase() && lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char.is_alphanumeric()) {
            word.extend(char.to_lowercase());
        }
        lower = char.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Last labels of host names that are less often the extensions of files.
const TOP: &[&str] = &[
    "com", "org", "net", "io", "dev", "ai", "co", "edu", "gov", "mil", "int", "info", "biz", "cloud", "me", "uk", "de",
    "fr", "eu", "us", "ca", "ch", "at", "nl", "es", "it", "jp", "br", "au", "se", "no", "fi", "dk", "ru", "cn", "kr",
    "be", "ie", "nz", "tech", "xyz", "online", "site", "store", "internal", "corp", "lan", "example", "test",
];

/// Whether a text is the name of a host with at least two labels, whose last is a known one:
/// `acme.com`.
pub(in crate::lint::rules) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let last = text.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    text.contains('.') && text.split('.').all(label) && TOP.contains(&last.as_str())
}

/// Whether a text is the extension of a kind of file: `json`.
pub(in crate::lint::rules) fn is_extension(text: &str) -> bool {
    const ENDS: &[&str] = &[
        "json", "md", "txt", "csv", "yaml", "yml", "toml", "xml", "html", "htm", "js", "ts", "py", "rs", "go", "java",
        "sh", "sql", "pdf", "png", "jpg", "jpeg", "gif", "svg", "zip", "gz", "tar", "log", "env", "conf", "ini",
        "lock", "pem", "key", "exe", "docx", "xlsx", "pptx", "db", "sqlite", "ipynb", "tsx", "jsx", "css", "php", "rb",
        "c", "h", "cpp",
    ];
    ENDS.contains(&text.to_ascii_lowercase().as_str())
}

/// The scheme of a text that begins like a URL, and what follows its `://`.
pub(in crate::lint::rules) fn url(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let plain = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (plain && scheme.starts_with(|char: char| char.is_ascii_alphabetic())).then_some((scheme, rest))
}

/// The host name at the end of a text that is a host, a URL up to its host, or a mail address or
/// the end of one: `acme.com` in `https://acme.com`, `@acme.com`, `.acme.com` and `acme.com`.
pub(in crate::lint::rules) fn host_at_end(text: &str) -> Option<&str> {
    let host = match (url(text), text.rsplit_once('@')) {
        (Some((_, rest)), _) => rest,
        (None, Some((name, host))) => (!name.contains(['/', ' '])).then_some(host)?,
        (None, None) => text,
    };
    let host = host.trim_start_matches('.');
    is_domain(host).then_some(host)
}

/// The bytes of a text that name a host, wherever they are in it.
pub(in crate::lint::rules) fn host_in(text: &str) -> Option<std::ops::Range<usize>> {
    let start = match (text.find("://"), text.find('@')) {
        (Some(at), _) => at + 3,
        (None, Some(at)) => at + 1,
        (None, None) => 0,
    };
    let rest = text.get(start..)?;
    let dots = rest.len() - rest.trim_start_matches('.').len();
    let rest = rest.get(dots..)?;
    let length = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    let host = rest.get(..length)?;
    is_domain(host).then_some(start + dots..start + dots + length)
}

/// Whether a text is the beginning of the name of a file or folder from the root: `/srv`,
/// `C:\data`, `~/notes`.
pub(in crate::lint::rules) fn is_absolute(text: &str) -> bool {
    let drive = |text: &str| {
        let mut chars = text.chars();
        chars.next().is_some_and(|char| char.is_ascii_alphabetic())
            && chars.next() == Some(':')
            && matches!(chars.next(), Some('\\' | '/'))
    };
    text.starts_with("~/")
        || (text.starts_with('/') && !text.starts_with("//"))
        || drive(text)
        || text.starts_with("file:///")
}

/// The pattern of a test with `added` inserted before the gap at its end: the place of the string,
/// and the new string. A `/` or `@` stands for itself in both kinds of pattern.
pub(in crate::lint::rules) fn before_last_gap(found: &RuleAtom<'_>, added: &str) -> Option<(Span, String)> {
    rewrite(found, |source| {
        let at = source.len().checked_sub(gap(found)?.len())?;
        let (start, end) = source.split_at_checked(at)?;
        Some(format!("{start}{added}{end}"))
    })
}

/// The pattern of a test with `added` inserted after the gap at its start.
pub(in crate::lint::rules) fn after_first_gap(found: &RuleAtom<'_>, added: &str) -> Option<(Span, String)> {
    rewrite(found, |source| {
        let (start, end) = source.split_at_checked(gap(found)?.len())?;
        Some(format!("{start}{added}{end}"))
    })
}

/// How a pattern of this kind writes a gap.
fn gap(found: &RuleAtom<'_>) -> Option<&'static str> {
    match single(found)? {
        Single::Like(_) => Some("*"),
        // `.+` is as long.
        Single::Regex(regex) if !regex.source().contains(['^', '$']) => Some(".*"),
        Single::Regex(_) => None,
    }
}

fn rewrite(found: &RuleAtom<'_>, change: impl Fn(&str) -> Option<String>) -> Option<(Span, String)> {
    match operand(found)? {
        Operand::Literal(LiteralExpr { value: LiteralValue::Str(source), span }) => {
            Some((*span, print::string(&change(source)?)))
        }
        _ => None,
    }
}

/// Whether a pattern of `like` seems to contain the `%` of SQL: one that is part of neither a
/// percentage nor a percent-encoded character.
pub(in crate::lint::rules) fn is_sql(source: &str) -> bool {
    source.match_indices('%').any(|(at, _)| {
        let before = source.get(..at).and_then(|before| before.chars().next_back());
        let mut after = source.get(at + 1..).unwrap_or_default().chars();
        let is_code = match (after.next(), after.next()) {
            (Some(first), Some(second)) => {
                let upper = |char: char| matches!(char, '0'..='9' | 'A'..='F');
                upper(first) && (upper(second) || second.is_ascii_hexdigit() && first.is_ascii_digit())
            }
            _ => false,
        };
        !is_code && !before.is_some_and(|before| before.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::{Holds, Path, holds, host_at_end, host_in, is_absolute};
    use crate::predicate::{PathRoot, Step};

    #[test]
    fn names_of_arguments() {
        let kind = |name: &str| holds(&Path { root: PathRoot::Args, steps: vec![Step::Key(name.to_owned())] });
        assert_eq!(kind("repo_path"), Holds::Path);
        assert_eq!(kind("webhookUrl"), Holds::Url);
        assert_eq!(kind("to"), Holds::Mail);
        assert_eq!(kind("branch"), Holds::Other);
        assert_eq!(kind("message"), Holds::Prose);
    }

    #[test]
    fn hosts_in_texts() {
        assert_eq!(host_at_end("https://acme.com"), Some("acme.com"));
        assert_eq!(host_at_end("x@acme.com"), Some("acme.com"));
        assert_eq!(host_at_end(".acme.com"), Some("acme.com"));
        assert_eq!(host_at_end("https://acme.com/"), None);
        assert_eq!(host_at_end("config.json"), None);
        assert_eq!(host_in("https://a.evil.com/x"), Some(8..18));
        assert_eq!(host_in("*@evil.com"), Some(2..10));
        assert!(is_absolute("/srv") && is_absolute("C:\\x") && !is_absolute("srv") && !is_absolute("//x"));
    }
}
