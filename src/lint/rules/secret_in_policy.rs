//! A string that looks like a key or token.
//!
//! ## What it does
//!
//! Reports a string or comment that looks like a credential: a provider's token prefix followed by
//! as many characters as its tokens have, a private key in PEM, a JSON Web Token, or a URL with a
//! password in it. Placeholders such as `sk_live_xxxxxxxx` are not reported.
//!
//! ## Why it matters
//!
//! Many people can read a policy. A token that was ever in it must be replaced, even if the line is
//! gone.
//!
//! ## Example
//!
//! ```pol lint code=secret-in-policy
//! deny *;
//! allow fetch when args.token == "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZXBsb3kifQ.q3vT81nKx0RmWc5yLdE7";
//! ```
//!
//! ## Use instead
//!
//! Test only the form of the token, or keep the token in the gateway:
//!
//! ```pol lint
//! deny *;
//! allow fetch when args.token like "eyJ*";
//! ```

use super::prelude::*;
use crate::lint::file::File;
use crate::source::Span;
use crate::syntax::token::{Token, TokenKind};

pub(super) const RULE: Rule = Rule::new(codes::SECRET_IN_POLICY, Check::File(check));

/// No credential is shorter than this, including its quotes.
const SHORTEST: u32 = 20;

/// How the tokens of providers begin, the least number of characters that follow, and what they
/// are. From the providers' pages, as secret scanners list them.
const TOKENS: &[(&str, usize, &str)] = &[
    ("sk_live_", 16, "a Stripe key"),
    ("sk_test_", 16, "a Stripe key"),
    ("rk_live_", 16, "a Stripe key"),
    ("whsec_", 24, "a Stripe webhook secret"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("ghu_", 36, "a GitHub token"),
    ("ghs_", 36, "a GitHub token"),
    ("ghr_", 36, "a GitHub token"),
    ("github_pat_", 40, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("AKIA", 16, "an AWS access key"),
    ("ASIA", 16, "an AWS access key"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("xoxa-", 20, "a Slack token"),
    ("xoxr-", 20, "a Slack token"),
    ("xoxs-", 20, "a Slack token"),
    ("xapp-", 20, "a Slack token"),
    ("AIza", 35, "a Google API key"),
    ("npm_", 36, "an npm token"),
    ("pypi-", 40, "a PyPI token"),
    ("hf_", 30, "a Hugging Face token"),
    ("SG.", 40, "a SendGrid key"),
    ("sk-ant-", 30, "an Anthropic key"),
    ("sk-proj-", 30, "an OpenAI key"),
    ("dop_v1_", 40, "a DigitalOcean token"),
    ("lin_api_", 30, "a Linear key"),
    ("ntn_", 40, "a Notion token"),
    ("figd_", 30, "a Figma token"),
    ("sbp_", 40, "a Supabase token"),
];

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(main) = file.main() else { return found };
    let long = |token: &&Token| token.end - token.start >= SHORTEST;
    let texts = file.tokens().iter().filter(|token| matches!(token.kind, TokenKind::Str | TokenKind::Comment));
    for token in texts.filter(long) {
        let span = Span::new(main.file, token.start, token.end);
        let Some((prefix, what)) = secret(file.text(span), token.kind == TokenKind::Comment) else { continue };
        let message = format!("this looks like {what}: `{prefix}…`");
        let help = "remove it, and revoke it: everyone who can read the policy has it";
        found.push(Diagnostic::new(codes::SECRET_IN_POLICY, span, message).help(help));
    }
    found
}

/// Whether a text looks like a credential, and must not be written into a policy.
pub(crate) fn is_secret(text: &str) -> bool {
    secret(text, false).is_some()
}

/// How the first credential in a text begins, and what it is.
fn secret(text: &str, is_comment: bool) -> Option<(String, &'static str)> {
    if let Some((_, key)) = text.split_once("-----BEGIN ") {
        let (name, rest) = key.split_once("-----").unwrap_or_default();
        // The first line alone is what a policy against keys looks for; in a comment the key is on
        // the next lines.
        let is_body = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '=' | '\\');
        if name.ends_with("PRIVATE KEY") && (is_comment || rest.chars().take_while(is_body).count() >= 40) {
            return Some((format!("-----BEGIN {name}-----"), "a private key"));
        }
    }
    for (prefix, least, what) in TOKENS {
        for (at, _) in text.match_indices(prefix) {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            if before.is_some_and(|char| char.is_ascii_alphanumeric() || char == '_') {
                continue;
            }
            let rest = text.get(at + prefix.len()..).unwrap_or_default();
            let length = rest.find(|char| !is_token_char(char, prefix)).unwrap_or(rest.len());
            let token = rest.get(..length).unwrap_or_default();
            if length >= *least && !is_placeholder(token) {
                return Some(((*prefix).to_owned(), what));
            }
        }
    }
    if let Some(scheme) = url_with_password(text) {
        return Some((format!("{scheme}://"), "a URL with a password in it"));
    }
    is_web_token(text).then(|| ("eyJ".to_owned(), "a JSON Web Token"))
}

fn is_token_char(char: char, prefix: &str) -> bool {
    match prefix {
        "AKIA" | "ASIA" => char.is_ascii_uppercase() || char.is_ascii_digit(),
        _ => char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.'),
    }
}

/// Whether a token is made up: it has few different characters, or a word that says so.
fn is_placeholder(token: &str) -> bool {
    let mut chars: Vec<char> = token.chars().filter(|char| char.is_ascii_alphanumeric()).collect();
    chars.sort_unstable();
    chars.dedup();
    let upper = token.to_ascii_uppercase();
    let words = ["EXAMPLE", "PLACEHOLDER", "YOUR", "XXXX", "REDACTED", "DUMMY", "123456789"];
    chars.len() < 6 || words.iter().any(|word| upper.contains(word))
}

/// The scheme of the first URL in a text that has a password before its host:
/// `postgres://app:pw@db`. A pattern or a variable in the place of the password does not count.
fn url_with_password(text: &str) -> Option<&str> {
    text.match_indices("://").find_map(|(at, _)| {
        let rest = text.get(at + 3..)?;
        let before = text.get(..at)?;
        let scheme = before.trim_end_matches(|char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'));
        let end = rest.find(|char: char| matches!(char, '/' | '?' | '#' | '"') || char.is_whitespace());
        let (person, _) = rest.get(..end.unwrap_or(rest.len()))?.rsplit_once('@')?;
        let (_, password) = person.split_once(':')?;
        let plain = |char: char| !matches!(char, '*' | '\\' | '$' | '{' | '<' | '[' | '(' | '%');
        let words = ["password", "passwd", "pass", "secret", "pw"];
        let made_up = words.contains(&password.to_ascii_lowercase().as_str()) || is_placeholder(password);
        (password.len() >= 6 && password.chars().all(plain) && !made_up).then(|| before.get(scheme.len()..))?
    })
}

/// Whether a text contains three parts in base64 joined by dots, the first two of which are JSON
/// objects.
fn is_web_token(text: &str) -> bool {
    text.match_indices("eyJ").any(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.');
        let token = rest.get(..rest.find(|char| !plain(char)).unwrap_or(rest.len())).unwrap_or_default();
        let parts: Vec<&str> = token.split('.').collect();
        matches!(parts.as_slice(), [head, body, sign]
            if head.len() >= 15 && body.starts_with("eyJ") && body.len() >= 15 && sign.len() >= 20)
    })
}
