//! The keys of the outermost object of a JSON text, also of one with mistakes.

/// Whether a JSON text has a key at the top.
pub(in crate::emit) fn has_key(text: &str, wanted: &str) -> bool {
    let (mut depth, mut rest) = (0_usize, text);
    while let Some(at) = rest.find(['{', '}', '[', ']', '"']) {
        let Some((mark, after)) = rest.get(at..).and_then(|rest| rest.split_at_checked(1)) else { return false };
        rest = after;
        match mark {
            "{" | "[" => depth += 1,
            "}" | "]" => depth = depth.saturating_sub(1),
            _ => {
                let end = end_of_string(rest);
                let Some((string, after)) = rest.split_at_checked(end) else { return false };
                rest = after.get(1..).unwrap_or_default();
                if depth == 1 && string == wanted && rest.trim_start().starts_with(':') {
                    return true;
                }
            }
        }
    }
    false
}

/// Where a string ends whose beginning is left out.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}
