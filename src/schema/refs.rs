//! `$ref`: references within one schema.
//!
//! A reference is a JSON pointer (RFC 6901) in a URI fragment, relative to the root of the `inputSchema`, or
//! the name of an anchor. References to other documents are never followed.

use super::dialect::Draft;
use crate::json::{Kind, Value};

/// What a reference leads to.
pub(crate) enum ReferenceTarget<'a> {
    /// A schema.
    Found(Value<'a>),
    /// Nothing, or something that is no schema.
    Nowhere,
    /// Another document.
    Elsewhere,
}

/// Follows one reference.
pub(crate) fn resolve<'a>(root: Value<'a>, reference: &str) -> ReferenceTarget<'a> {
    let own = root.get("$id").or_else(|| root.get("id")).and_then(Value::as_str).unwrap_or_default();
    let local = reference.strip_prefix(own.trim_end_matches('#')).unwrap_or(reference);
    let Some(fragment) = local.strip_prefix('#').or(local.is_empty().then_some("")) else {
        return ReferenceTarget::Elsewhere;
    };
    let Some(fragment) = percent_decode(fragment) else { return ReferenceTarget::Nowhere };
    let found = match fragment.strip_prefix('/') {
        None if fragment.is_empty() => Some(root),
        None => anchor(root, &fragment),
        Some(pointer) => pointer.split('/').try_fold(root, follow),
    };
    match found {
        Some(schema) if matches!(schema.kind(), Kind::Object | Kind::Bool) => ReferenceTarget::Found(schema),
        _ => ReferenceTarget::Nowhere,
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

/// The schema that has a name: by `$anchor` or, from draft 2020-12, `$dynamicAnchor`; by its `$id` in drafts 6 and 7, and its `id` in draft 4.
fn anchor<'a>(root: Value<'a>, name: &str) -> Option<Value<'a>> {
    let draft = Draft::of(root);
    let is_called = |object: Value<'a>| {
        let text = |keyword| object.get(keyword).and_then(Value::as_str);
        let fragment = |keyword| text(keyword).and_then(|id: &str| id.strip_prefix('#'));
        text("$anchor") == Some(name)
            || match draft {
                Some(Draft::Four) => fragment("id") == Some(name),
                Some(Draft::Six | Draft::Seven) => fragment("$id") == Some(name),
                Some(Draft::Of2019) => false,
                Some(Draft::Of2020) | None => text("$dynamicAnchor") == Some(name),
            }
    };
    schemas(root).find(|object| is_called(*object))
}

/// The texts of all references in a schema, in the order of the file.
pub(crate) fn references(root: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    schemas(root).filter_map(|object| object.get("$ref")).filter(|value| value.kind() == Kind::String)
}

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A schema, or what may hold some.
    Schema,
    /// Schemas by names, which are no keywords: an argument may be called `default` or `$ref`.
    Names,
}

/// All schema objects in the order of the file. What is inside literal values is data, though it may look like a schema.
fn schemas(root: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let mut open = vec![(root, Role::Schema)];
    std::iter::from_fn(move || {
        while let Some((value, role)) = open.pop() {
            let from = open.len();
            match value.kind() {
                Kind::Array => open.extend(value.items().map(|item| (item, Role::Schema))),
                Kind::Object => {
                    let inside = value.entries().filter_map(|(key, inside)| {
                        let role = if role == Role::Names { Role::Schema } else { role_of(key.as_str()?)? };
                        Some((inside, role))
                    });
                    open.extend(inside);
                }
                _ => continue,
            }
            if let Some(added) = open.get_mut(from..) {
                added.reverse();
            }
            if value.kind() == Kind::Object && role == Role::Schema {
                return Some(value);
            }
        }
        None
    })
}

/// What the value of a keyword is; `None` for data.
fn role_of(keyword: &str) -> Option<Role> {
    match keyword {
        "enum" | "const" | "default" | "examples" | "example" => None,
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" | "dependencies" => {
            Some(Role::Names)
        }
        _ => Some(Role::Schema),
    }
}

#[cfg(test)]
mod tests {
    use super::{ReferenceTarget, references, resolve};
    use crate::json::Json;

    #[test]
    fn names_in_each_draft() {
        let draft = |name: &str| format!(r#""$schema": "http://json-schema.org/{name}/schema#""#);
        for (said, found) in [
            (r##""$anchor": "x""##.to_owned(), true),
            (r##""$dynamicAnchor": "x""##.to_owned(), true),
            (r##""$id": "#x""##.to_owned(), false),
            (r##""id": "#x""##.to_owned(), false),
        ] {
            let json = Json::parse(&format!(r#"{{"$defs": {{"a": {{{said}}}}}}}"#)).unwrap();
            assert_eq!(matches!(resolve(json.root(), "#x"), ReferenceTarget::Found(_)), found, "{said}");
        }
        for (name, keyword, found) in [
            ("draft-04", "id", true),
            ("draft-04", "$id", false),
            ("draft-06", "$id", true),
            ("draft-07", "$id", true),
            ("draft-07", "id", false),
            ("draft/2019-09", "$id", false),
        ] {
            let schema = format!(r##"{{{}, "definitions": {{"a": {{"{keyword}": "#x"}}}}}}"##, draft(name));
            let json = Json::parse(&schema).unwrap();
            assert_eq!(matches!(resolve(json.root(), "#x"), ReferenceTarget::Found(_)), found, "{schema}");
        }
    }

    #[test]
    fn data_holds_no_references() {
        let schema = r##"{
            "properties": {
                "default": {"$ref": "#/1"},
                "enum": {"anyOf": [{"$ref": "#/2"}]},
                "$ref": {"items": {"$ref": "#/3"}},
                "other": {"default": {"$ref": "#/a"}, "enum": [{"$ref": "#/b"}], "const": {"$ref": "#/c"}, "examples": [{"$ref": "#/d"}]}
            },
            "default": {"properties": {"x": {"$ref": "#/e"}}},
            "$defs": {"const": {"$ref": "#/4"}}
        }"##;
        let json = Json::parse(schema).unwrap();
        let found: Vec<_> = references(json.root()).filter_map(|one| one.as_str()).collect();
        assert_eq!(found, ["#/1", "#/2", "#/3", "#/4"]);
    }
}
