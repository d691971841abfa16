//! What an installed hook made in settings besides itself, so that it can be taken back: whether the file was there, lists and objects
//! that were made, values that had another one.
//!
//! It is in the folder for the state of programs. Without it the hook can be taken away all the same, and what it made stays.

use std::path::{Path, PathBuf};

use policyc_enforce::counters::id;
use policyc_enforce::settings::{Made, Was};
use serde_json::{Map, Value, json};

use crate::live::{self, Purpose};

/// What is known about the settings in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The blank text that the file had, or that there was none.
    pub(super) before: Option<Option<String>>,
    /// What was made in it.
    pub(super) made: Vec<Made>,
}

/// The file about the settings in a file.
fn place(settings: &Path, client: &str) -> Option<PathBuf> {
    let name: String = id(&[client, settings.to_str()?]).iter().map(|byte| format!("{byte:02x}")).collect();
    live::folder(Purpose::State).map(|state| state.join("policyc").join("hooks").join(format!("{name}.json")))
}

/// What is known about settings; nothing if no record can be read.
pub(super) fn read(settings: &Path, client: &str) -> Option<Record> {
    let bytes = policyc_core::disk::read(&place(settings, client)?, policyc_core::disk::MAX_SETTINGS).ok()?;
    let json: Value = serde_json::from_slice(&bytes).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let made = |made: &Value| {
        let path = made.get("path")?.as_array()?.iter().map(text).collect::<Option<_>>()?;
        let was = match (made.get("empty").and_then(text), made.get("other").and_then(text)) {
            (Some(inner), _) => Was::Empty(inner),
            (None, Some(other)) => Was::Other(other),
            (None, None) => Was::Absent,
        };
        Some(Made { path, was, wrote: made.get("wrote").and_then(text) })
    };
    let made = json.get("made")?.as_array()?.iter().map(made).collect::<Option<_>>()?;
    Some(Record { before: json.get("before").map(text), made })
}

/// Writes a record, or takes it away if there is nothing to remember.
///
/// # Errors
/// It cannot be written.
pub(super) fn write(settings: &Path, client: &str, record: &Record) -> std::io::Result<()> {
    let Some(place) = place(settings, client) else { return Err(std::io::ErrorKind::NotFound.into()) };
    if *record == Record::default() {
        return match std::fs::remove_file(&place) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let made = |made: &Made| {
        let mut json = Map::from_iter([("path".to_owned(), json!(made.path))]);
        let mut put = |key: &str, text: &String| json.insert(key.to_owned(), json!(text));
        match &made.was {
            Was::Absent => None,
            Was::Empty(inner) => put("empty", inner),
            Was::Other(other) => put("other", other),
        };
        made.wrote.as_ref().map(|wrote| put("wrote", wrote));
        Value::Object(json)
    };
    let made: Vec<Value> = record.made.iter().map(made).collect();
    let mut json = json!({"settings": settings.to_string_lossy(), "client": client, "made": made});
    if let (Some(before), Some(json)) = (&record.before, json.as_object_mut()) {
        json.insert("before".to_owned(), json!(before));
    }
    live::write_privately(&place, format!("{json:#}\n").as_bytes())
}
