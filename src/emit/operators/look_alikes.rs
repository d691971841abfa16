//! Values that these gateways may take for another: they compare what Go prints.

use serde_json::{Map, Value as Out, json};

use super::literal::{DocumentValue, float_text};
use crate::predicate::ScalarValue;

/// A value that is not a string and that Go prints as the text, for texts without nesting.
fn twin(text: &str) -> Option<Out> {
    let scalar = |text: &str| match text {
        "<nil>" => Some(Out::Null),
        _ => serde_json::from_str::<Out>(text).ok().filter(|value| !value.is_string()),
    };
    if let Some(entries) = text.strip_prefix("map[").and_then(|rest| rest.strip_suffix(']')) {
        let entries = entries.split(' ').filter(|entry| !entry.is_empty()).map(|entry| {
            let (key, value) = entry.split_once(':')?;
            Some((key.to_owned(), scalar(value).unwrap_or_else(|| json!(value))))
        });
        return entries.collect::<Option<Map<_, _>>>().map(Out::Object);
    }
    if let Some(items) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let items = items.split(' ').filter(|item| !item.is_empty());
        return Some(items.map(|item| scalar(item).unwrap_or_else(|| json!(item))).collect());
    }
    scalar(text)
}

/// Values that these gateways may take for the literal, as JSON texts: they compare what Go prints.
pub(crate) fn look_alikes(value: &ScalarValue) -> Vec<String> {
    let values = match value {
        ScalarValue::Null => vec![json!("<nil>"), json!([null]), json!(["<nil>"])],
        // The text of the other one too: `!= true` is written as `eq false`, which holds for
        // `"false"`.
        ScalarValue::Bool(value) => {
            let other = (!value).to_string();
            vec![json!(value.to_string()), json!(other), json!([value]), json!([value.to_string()])]
        }
        ScalarValue::Number(number) => {
            let number = number.to_f64();
            let text = DocumentValue::number(number).text();
            vec![json!(text), json!([number]), json!([text]), json!(float_text(number))]
        }
        ScalarValue::Str(text) => {
            let twin = twin(text);
            let inside = twin.iter().map(|twin| json!([twin])).collect::<Vec<_>>();
            std::iter::once(json!([text.as_ref()])).chain(twin).chain(inside).collect()
        }
    };
    values.iter().map(ToString::to_string).collect()
}
