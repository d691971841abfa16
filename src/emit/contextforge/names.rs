//! Names as the gateway makes them: of a server and its tool one name in small letters, digits and hyphens.

use crate::emit::tool_lists::names::Allowed;

/// What comes before the name of a tool in an action.
pub(super) const INVOKE: &str = "tools.invoke.";

/// Names of which it is known what the gateway makes of them.
pub(super) const ALLOWED: Allowed = Allowed {
    is: |name| {
        let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        name.bytes().all(is_kept) && !slug(name).is_empty()
    },
    words: "ASCII letters, digits, hyphens, underscores and dots",
};

/// What the gateway makes of a name: small letters and digits, and a hyphen for everything between them.
pub(super) fn slug(name: &str) -> String {
    let parts = name.split(|char: char| !char.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// The name of a tool in the gateway, behind that of its server.
pub(super) fn of_tool(prefix: &str, tool: &str) -> String {
    format!("{prefix}-{}", slug(tool))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the gateway's own function says, for names that are allowed.
    #[test]
    fn slugs() {
        let names = [
            ("read_issue", "read-issue"),
            ("Send_DM.to__user", "send-dm-to-user"),
            ("--a--", "a"),
            ("tweet.fields", "tweet-fields"),
            ("_", ""),
        ];
        for (name, expected) in names {
            assert_eq!(slug(name), expected);
            assert_eq!((ALLOWED.is)(name), !expected.is_empty(), "{name}");
        }
        for name in ["", "a b", "a*", "[a]", "é", "a/b", "{{a}}"] {
            assert!(!(ALLOWED.is)(name), "{name}");
        }
    }
}
