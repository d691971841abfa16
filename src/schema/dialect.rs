//! The drafts of JSON Schema, and which keywords each of them has.

use crate::json::Value;

/// A draft of JSON Schema, in the order in which they came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Draft {
    /// Draft 4, and draft 5, which changed nothing.
    Four,
    /// Draft 6.
    Six,
    /// Draft 7.
    Seven,
    /// Draft 2019-09.
    Of2019,
    /// Draft 2020-12. MCP takes it for a schema that names none.
    Of2020,
}

impl Draft {
    /// The draft that a schema says it is written in; `None` for one that is not known here.
    pub(crate) fn of(root: Value<'_>) -> Option<Self> {
        let Some(named) = root.get("$schema") else { return Some(Self::Of2020) };
        let uri = named.as_str()?.trim_end_matches('#');
        let path = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
        Some(match path {
            "json-schema.org/draft-04/schema" | "json-schema.org/draft-05/schema" => Self::Four,
            "json-schema.org/draft-06/schema" => Self::Six,
            "json-schema.org/draft-07/schema" => Self::Seven,
            "json-schema.org/draft/2019-09/schema" => Self::Of2019,
            "json-schema.org/draft/2020-12/schema" | "json-schema.org/schema" => Self::Of2020,
            _ => return None,
        })
    }

    /// Whether a `$ref` stands for its whole object, so that the keywords beside it count for nothing.
    pub(crate) fn ref_stands_alone(self) -> bool {
        self <= Self::Seven
    }

    /// Whether the keyword means in this draft what it means in the one that brought it. A keyword of another
    /// draft counts for nothing by the letter, but servers often check it, so that its meaning is open.
    pub(crate) fn knows(self, keyword: &str) -> bool {
        match keyword {
            "const" | "contains" | "propertyNames" => self >= Self::Six,
            "if" | "then" | "else" => self >= Self::Seven,
            "dependentRequired"
            | "dependentSchemas"
            | "minContains"
            | "maxContains"
            | "unevaluatedItems"
            | "unevaluatedProperties"
            | "$recursiveRef" => self >= Self::Of2019,
            "prefixItems" | "$dynamicRef" => self >= Self::Of2020,
            "dependencies" => self <= Self::Seven,
            "additionalItems" => self <= Self::Of2019,
            _ => true,
        }
    }
}

/// Whether a schema object inside the schema at `root` begins a resource of its own, in which references start
/// elsewhere. That is not read here.
pub(crate) fn is_resource(root: Value<'_>, schema: Value<'_>, draft: Draft) -> bool {
    let name = if draft == Draft::Four { "id" } else { "$id" };
    let own = schema.get(name).and_then(Value::as_str);
    schema.id() != root.id() && own.is_some_and(|own| !own.starts_with('#'))
}
