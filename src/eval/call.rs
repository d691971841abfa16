//! Calls as JSON: an object with `name` and, optionally, `arguments`, `server`, `grant`, `caller`,
//! `at` and `approved`.

use crate::json::{Json, Kind, Value};

use super::Call;

/// A call read from JSON.
#[derive(Debug, Clone)]
pub struct OwnedCall {
    json: Json,
    at: Option<i64>,
}

/// Why a text is not a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The reason, as a sentence.
    pub reason: String,
}

const KEYS: [&str; 7] = ["name", "arguments", "server", "grant", "caller", "at", "approved"];

impl OwnedCall {
    /// Reads a call. Anything that is not exactly such an object is refused: an unknown key may be
    /// a misspelt one.
    ///
    /// # Errors
    /// The text is not JSON, has a key twice in some object, or is not a call.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let fail = |reason: String| Malformed { reason };
        let json =
            Json::parse(text).map_err(|error| fail(format!("Not JSON: {} at byte {}.", error.message, error.at)))?;
        if let Some(at) = json.duplicate_key() {
            return Err(fail(format!("An object has a duplicate key, at byte {at}.")));
        }
        let root = json.root();
        if root.kind() != Kind::Object {
            return Err(fail("A call is a JSON object.".to_owned()));
        }
        let unknown = root.entries().find_map(|(key, _)| key.as_str().filter(|key| !KEYS.contains(key)));
        if let Some(key) = unknown {
            return Err(fail(format!("A call has no {key:?}; its keys are {}.", KEYS.join(", "))));
        }
        let kind = |key: &str| root.get(key).map(Value::kind);
        let expected = [
            ("name", Kind::String, true),
            ("arguments", Kind::Object, false),
            ("server", Kind::String, false),
            ("grant", Kind::String, false),
            ("caller", Kind::Object, false),
            ("at", Kind::String, false),
            ("approved", Kind::Bool, false),
        ];
        for (key, wanted, required) in expected {
            match kind(key) {
                Some(found) if found != wanted => {
                    return Err(fail(format!("{key:?} is {}, not {}.", found.with_article(), wanted.with_article())));
                }
                None if required => return Err(fail(format!("A call needs {key:?}."))),
                _ => {}
            }
        }
        if root.get("arguments").is_none() {
            return Self::parse(&text.replacen('{', "{\"arguments\":{},", 1));
        }
        let at = match root.get("at").and_then(Value::as_str) {
            None => None,
            Some(text) => {
                Some(time(text).ok_or_else(|| fail(format!("{text:?} is not a time as RFC 3339 writes it.")))?)
            }
        };
        Ok(Self { json, at })
    }

    /// Whether the call has a time of its own.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        self.at.is_some()
    }

    /// The call. If it has no time of its own, it is made at `before`, in seconds since
    /// 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn at(&self, before: i64) -> Call<'_> {
        let root = self.json.root();
        let text = |key| root.get(key).and_then(Value::as_str);
        Call {
            server: text("server"),
            name: text("name").unwrap_or_default(),
            // `parse` adds them if they are missing.
            arguments: root.get("arguments").unwrap_or(root),
            caller: root.get("caller"),
            grant: text("grant"),
            at: self.at.unwrap_or(before),
            approved: root.get("approved").and_then(Value::as_bool) == Some(true),
        }
    }
}

/// Reads a time in the format of RFC 3339, section 5.6, as whole seconds since
/// 1970-01-01T00:00:00Z.
///
/// The time library accepts more than that: offsets without a colon, times without seconds, names
/// of zones. So the form is checked first. The fraction, which may have any number of digits, is
/// left out: it never changes the second.
fn time(text: &str) -> Option<i64> {
    let (clock, rest) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            (offset.len() < fraction.len()).then_some(offset)?
        }
    };
    let numeric =
        offset.starts_with('+') && has_form(offset, "+00:00") || offset.starts_with('-') && has_form(offset, "-00:00");
    let hour_exists = || offset.get(1..3).is_some_and(|hour| hour < "24");
    let known = offset.eq_ignore_ascii_case("Z") || (numeric && hour_exists());
    if !known || !has_form(clock, "0000-00-00T00:00:00") {
        return None;
    }
    let time: jiff::Timestamp = format!("{clock}{offset}").parse().ok()?;
    Some(time.as_second())
}

/// Whether a text has the form: the same length, a digit for each `0`, and otherwise the same
/// characters, ignoring ASCII case.
fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            _ => found.eq_ignore_ascii_case(&wanted),
        })
}
