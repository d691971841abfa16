//! Who may ask.

use std::path::Path;
use std::sync::Arc;

use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue, ORIGIN, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use policyc_core::diagnostics::visible;
use policyc_core::disk;

use super::{Address, Body, text};
use crate::counters::{Id, digest};

/// The shortest token, in characters.
const SHORTEST: usize = 16;

/// The largest file with tokens: 1 MiB.
const LARGEST: usize = 1 << 20;

/// Who may ask. By default every program of this machine, but no page of a browser.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Names in `Host`, without a port, besides those of the machine itself. A page of another name that leads to this machine
    /// (DNS rebinding) is not answered.
    pub hosts: Vec<String>,
    /// Values of `Origin`, which browsers send, that may ask.
    pub origins: Vec<String>,
    /// Tokens, of which every caller must have one.
    pub tokens: Option<Tokens>,
}

/// The tokens of callers. They are kept as digests.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Vec<(Id, Option<Arc<str>>)>);

/// Who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// Whether they have shown a token.
    pub is_known: bool,
    /// The name that belongs to the token, if it has one.
    pub name: Option<Arc<str>>,
}

/// Why somebody may not ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// `Host` is missing or has a name that is not ours.
    Host,
    /// A page of another place.
    Origin,
    /// There is no token, or another one.
    Token,
}

impl Denied {
    /// The answer to it.
    #[must_use]
    pub fn answer(self) -> Response<Body> {
        match self {
            Self::Host => {
                text(StatusCode::FORBIDDEN, "The name in `Host` is not one of this service; see `--allow-host`.")
            }
            Self::Origin => text(StatusCode::FORBIDDEN, "Pages of this origin may not ask; see `--allow-origin`."),
            Self::Token => {
                let mut answer = text(StatusCode::UNAUTHORIZED, "A token is needed: `Authorization: Bearer TOKEN`.");
                let how = HeaderValue::from_static("Bearer realm=\"policyc\"");
                answer.headers_mut().insert(WWW_AUTHENTICATE, how);
                answer
            }
        }
    }
}

impl Access {
    /// Whether every caller must have a token.
    #[must_use]
    pub const fn asks_for_token(&self) -> bool {
        self.tokens.is_some()
    }

    /// Who asks, by the head of a request that came in at an address.
    ///
    /// `Host` does not matter to a caller with a token, which no page of a browser has, and at a socket of the file system, which
    /// no browser reaches.
    ///
    /// # Errors
    /// They may not ask.
    pub fn check(&self, headers: &HeaderMap, address: &Address) -> Result<Caller, Denied> {
        let origins = headers.get_all(ORIGIN);
        let is_allowed =
            |origin: &HeaderValue| self.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
        if !origins.iter().all(is_allowed) {
            return Err(Denied::Origin);
        }
        if let Some(tokens) = &self.tokens {
            return tokens.caller(headers).ok_or(Denied::Token);
        }
        let mut hosts = headers.get_all(HOST).iter();
        let is_ours = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().is_ok_and(|host| self.knows(host)),
            _ => false,
        };
        if !is_ours && !matches!(address, Address::Unix(_)) {
            return Err(Denied::Host);
        }
        Ok(Caller::default())
    }

    /// Whether a value of `Host` is a name of this service.
    fn knows(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let own = ["localhost", "127.0.0.1", "[::1]"];
        own.into_iter().chain(self.hosts.iter().map(String::as_str)).any(|own| own.eq_ignore_ascii_case(name))
    }
}

impl Tokens {
    /// Reads a file with a token on each line, or a name and a token with blanks between them. Lines that are empty or begin with `#`
    /// do not count.
    ///
    /// # Errors
    /// A clause for people: the file cannot be read, others may write to it, or a line is wrong.
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let shown = visible(&path.to_string_lossy()).into_owned();
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            if std::fs::metadata(path).is_ok_and(|file| file.mode() & 0o022 != 0) {
                return Err(format!("others may write to `{shown}`, which has tokens; take that right away from them"));
            }
        }
        let bytes = disk::read(path, LARGEST).map_err(|reason| format!("cannot read `{shown}`: {reason}"))?;
        if bytes.len() > LARGEST {
            return Err(format!("`{shown}` is larger than {} MiB", LARGEST >> 20));
        }
        let lines = String::from_utf8(bytes).map_err(|_| format!("`{shown}` is not UTF-8"))?;
        Self::parse(&lines).map_err(|(line, wrong)| format!("line {line} of `{shown}`: {wrong}"))
    }

    fn parse(lines: &str) -> Result<Self, (usize, String)> {
        let mut tokens: Vec<(Id, Option<Arc<str>>)> = Vec::new();
        for (number, line) in (1..).zip(lines.lines()) {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let (name, token) = match words.as_slice() {
                [] => continue,
                [first, ..] if first.starts_with('#') => continue,
                [token] => (None, *token),
                [name, token] => (Some(Arc::from(*name)), *token),
                _ => return Err((number, "more than a name and a token".to_owned())),
            };
            // RFC 6750, section 2.1.
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
            if token.len() < SHORTEST || !token.bytes().all(is_plain) {
                let wanted = "letters, digits and `-._~+/=`";
                return Err((number, format!("a token has at least {SHORTEST} characters, which are {wanted}")));
            }
            let token = digest(token.as_bytes());
            if tokens.iter().any(|(other, _)| *other == token) {
                return Err((number, "the same token again".to_owned()));
            }
            tokens.push((token, name));
        }
        if tokens.is_empty() {
            return Err((1, "there is no token".to_owned()));
        }
        Ok(Self(tokens))
    }

    /// Who has sent a token, if it is one of these.
    fn caller(&self, headers: &HeaderMap) -> Option<Caller> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        // Each is compared, and as a whole: how long it takes says nothing of the tokens.
        let sent = digest(token.trim().as_bytes());
        let differs = |token: &Id| token.iter().zip(&sent).fold(0, |all, (one, other)| all | (one ^ other)) != 0;
        let mut found = None;
        for (token, name) in &self.0 {
            if !differs(token) {
                found = Some(Caller { is_known: true, name: name.clone() });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(heads: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in heads {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn who_may_ask() {
        let here = Address::parse("127.0.0.1:8181").unwrap();
        let access = Access {
            hosts: vec!["pdp.example".to_owned()],
            origins: vec!["https://console.example".to_owned()],
            tokens: None,
        };
        let asks = |list: &[(&'static str, &'static str)]| access.check(&heads(list), &here).map(|_| ());
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8181", "[::1]:8181", "[::1]", "pdp.example:80"] {
            assert_eq!(asks(&[("host", host)]), Ok(()), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "", "localhost:x", "127.0.0.1.evil:8181", "::1"] {
            assert_eq!(asks(&[("host", host)]), Err(Denied::Host), "{host}");
        }
        assert_eq!(asks(&[]), Err(Denied::Host));
        assert_eq!(asks(&[("host", "localhost"), ("host", "localhost")]), Err(Denied::Host));
        assert_eq!(asks(&[("host", "localhost"), ("origin", "https://console.example")]), Ok(()));
        for origin in ["null", "http://localhost", "https://console.example.evil", ""] {
            assert_eq!(asks(&[("host", "localhost"), ("origin", origin)]), Err(Denied::Origin), "{origin}");
        }
    }

    #[test]
    fn tokens() {
        let tokens = Tokens::parse("# ours\n\nenvoy 0123456789abcdef\nABCDEFGHIJKLMNOP\n").unwrap();
        let access = Access { tokens: Some(tokens), ..Access::default() };
        let open = Address::parse("0.0.0.0:8181").unwrap();
        let asks = |value: &'static str| access.check(&heads(&[("authorization", value)]), &open);
        let named = |name: Option<&str>| Ok(Caller { is_known: true, name: name.map(Arc::from) });
        assert_eq!(asks("Bearer 0123456789abcdef"), named(Some("envoy")));
        assert_eq!(asks("bearer ABCDEFGHIJKLMNOP"), named(None));
        for wrong in ["Bearer 0123456789abcdeF", "Bearer ", "Bearer", "Basic 0123456789abcdef", "Bearer envoy", ""] {
            assert_eq!(asks(wrong), Err(Denied::Token), "{wrong}");
        }
        let twice = [("authorization", "Bearer 0123456789abcdef"), ("authorization", "Bearer 0123456789abcdef")];
        assert_eq!(access.check(&heads(&twice), &open), Err(Denied::Token));
        assert_eq!(access.check(&HeaderMap::new(), &open), Err(Denied::Token));
        let wrong = |lines: &str| Tokens::parse(lines).map(|_| ()).unwrap_err();
        assert_eq!(wrong("# none").1, "there is no token");
        assert_eq!(wrong("\nshort").0, 2);
        assert_eq!(wrong("a b c").1, "more than a name and a token");
        assert_eq!(wrong("0123456789abcdef\nx 0123456789abcdef"), (2, "the same token again".to_owned()));
    }
}
