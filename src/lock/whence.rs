//! Where a catalogue came from, without what is secret in it.

/// What may be written down of an address or a command: of an address scheme, host, port and path, of a command the name of
/// its program. Tokens are often part of a query, of the user in front of a host, or of arguments.
#[must_use]
pub fn whence(text: &str) -> String {
    let text = text.trim();
    if let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let rest = rest.get(..end).unwrap_or_default();
        // A backslash is a slash to many programs, and a host ends there.
        let (authority, path) = rest.find(['/', '\\']).and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        let host = authority.rsplit('@').next().unwrap_or_default();
        // What is not a port belongs to a password with a slash in it.
        let port = host.rsplit_once(':').map_or("", |(_, port)| port.trim_end_matches(']'));
        if !port.bytes().all(|byte| byte.is_ascii_hexdigit()) || path.contains('@') && !port.is_empty() {
            return format!("{scheme}://");
        }
        return format!("{scheme}://{host}{path}");
    }
    let program = match text.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.split(['"', '\'']).next(),
        None => text.split_whitespace().next(),
    };
    program.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::whence;

    #[test]
    fn secrets_are_left_out() {
        for (text, left) in [
            ("https://mcp.example.com/mcp", "https://mcp.example.com/mcp"),
            ("https://me:secret@mcp.example.com:8443/a?key=secret#secret", "https://mcp.example.com:8443/a"),
            ("https://me:sec/ret@host/a", "https://"),
            ("https://host/@scope/server", "https://host/@scope/server"),
            ("http://[::1]:8080/mcp", "http://[::1]:8080/mcp"),
            ("https://host?secret", "https://host"),
            ("/usr/local/bin/npx -y server --token secret", "npx"),
            ("\"C:\\Program Files\\node.exe\" server.js secret", "node.exe"),
            ("uvx", "uvx"),
            ("", ""),
        ] {
            let found = whence(text);
            assert!(!found.contains("secret"), "{found}");
            assert_eq!(found, left);
        }
    }
}
