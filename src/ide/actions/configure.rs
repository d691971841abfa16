//! Sets levels in the configuration.

use toml_edit::{Decor, DocumentMut, Item, RawString, Table, Value};

use crate::diagnostics::{Code, codes};
use crate::lint::Level;

/// The text of policyc.toml with a level set for a kind of finding. What else stands there stays as it is.
///
/// # Errors
/// The text is not TOML, or its `lints` are no table: what is wrong.
pub fn configure(text: &str, name: &str, level: Level) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error| format!("policyc.toml is not TOML: {error}"))?;
    let lints = document.entry("lints").or_insert_with(|| Item::Table(Table::new()));
    let inline = lints.is_inline_table();
    let lints = lints.as_table_like_mut().ok_or("`lints` in policyc.toml is not a table")?;
    let word = match level {
        Level::Allow => "allow",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Deny => "deny",
    };
    // A finding may be written by its name or its id.
    let same =
        |code: Option<&'static Code>| code.is_some_and(|code| codes::find(name).is_some_and(|own| own.id == code.id));
    let key =
        lints.iter().map(|(key, _)| key).find(|key| *key == name || same(codes::find(key))).unwrap_or(name).to_owned();
    match lints.get_mut(&key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = word.into();
            *old.decor_mut() = decor;
        }
        None => {
            let last = lints.iter_mut().last().and_then(|(_, item)| item.as_value_mut().map(Value::decor_mut));
            // The space before the brace of a table in a line belongs to its last value.
            let space = if inline { last.and_then(take_suffix) } else { None };
            let mut added = Value::from(word);
            if let Some(space) = space {
                added.decor_mut().set_suffix(space);
            }
            lints.insert(&key, Item::Value(added));
        }
    }
    Ok(document.to_string())
}

fn take_suffix(decor: &mut Decor) -> Option<RawString> {
    let suffix = decor.suffix().cloned();
    decor.set_suffix("");
    suffix
}
