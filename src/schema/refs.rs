//! `$ref`: references within one schema.
//!
//! A reference is a JSON pointer (RFC 6901) in a URI fragment, relative to the root of the `inputSchema`, or
//! the name of an `$anchor`. References to other documents are never followed.

use crate::json::{Kind, Value};

/// What a reference leads to.
pub(crate) enum Target<'a> {
    /// A schema.
    Found(Value<'a>),
    /// Nothing, or something that is no schema.
    Nowhere,
    /// Another document.
    Elsewhere,
}

/// Follows one reference.
pub(crate) fn resolve<'a>(root: Value<'a>, reference: &str) -> Target<'a> {
    let own = root.get("$id").or_else(|| root.get("id")).and_then(Value::as_str).unwrap_or_default();
    let local = reference.strip_prefix(own.trim_end_matches('#')).unwrap_or(reference);
    let Some(fragment) = local.strip_prefix('#').or(local.is_empty().then_some("")) else {
        return Target::Elsewhere;
    };
    let Some(fragment) = percent_decode(fragment) else { return Target::Nowhere };
    let found = match fragment.strip_prefix('/') {
        None if fragment.is_empty() => Some(root),
        None => anchor(root, &fragment),
        Some(pointer) => pointer.split('/').try_fold(root, follow),
    };
    match found {
        Some(schema) if matches!(schema.kind(), Kind::Object | Kind::Bool) => Target::Found(schema),
        _ => Target::Nowhere,
    }
}

fn follow<'a>(value: Value<'a>, token: &str) -> Option<Value<'a>> {
    if value.kind() == Kind::Array {
        return value.at(token.parse().ok()?);
    }
    if token.contains('~') {
        return value.get(&token.replace("~1", "/").replace("~0", "~"));
    }
    value.get(token)
}

/// The text with `%XX` replaced; `None` if that gives no UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn anchor<'a>(root: Value<'a>, name: &str) -> Option<Value<'a>> {
    objects(root).find(|object| object.get("$anchor").and_then(Value::as_str) == Some(name))
}

/// The texts of all references in a schema, in the order of the file.
pub(crate) fn references(root: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    objects(root).filter_map(|object| object.get("$ref")).filter(|value| value.kind() == Kind::String)
}

/// All objects of a schema in the order of the file, except within literal values.
fn objects(root: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let mut open = vec![root];
    std::iter::from_fn(move || {
        while let Some(value) = open.pop() {
            let from = open.len();
            match value.kind() {
                Kind::Array => open.extend(value.items()),
                Kind::Object => {
                    let schemas = value.entries().filter(|(key, inside)| {
                        let literal =
                            matches!(key.as_str(), Some("enum" | "const" | "default" | "examples" | "example"));
                        // An argument may be called `default`; then its schema is an object.
                        !literal || inside.kind() == Kind::Object
                    });
                    open.extend(schemas.map(|(_, inside)| inside));
                }
                _ => continue,
            }
            if let Some(added) = open.get_mut(from..) {
                added.reverse();
            }
            if value.kind() == Kind::Object {
                return Some(value);
            }
        }
        None
    })
}
