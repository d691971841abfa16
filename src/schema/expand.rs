//! Schemas as unions of branches.
//!
//! `anyOf`, `oneOf`, `if`, `nullable` and the like are multiplied out: what remains is a list of branches, each
//! a set of plain schema objects that hold together. A value that is valid for the schema is valid for at
//! least one branch; the reverse need not be so, since `not`, the "exactly one" of `oneOf` and some rarer
//! keywords are left out. So whatever no branch admits, the schema does not admit.

use super::dialect::Draft;
use super::kinds::Kinds;
use super::refs::{self, ReferenceTarget};
use crate::json::{Kind, Value};

/// The most branches of one value.
const MOST_BRANCHES: usize = 256;
/// The most schema objects that hold together.
const MOST_PARTS: usize = 512;
/// The most work for one question, in schema keywords looked at.
const MOST_STEPS: usize = 200_000;

/// Too much work, or a reference that cannot be followed: nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unknown;

/// Schema objects that hold together.
#[derive(Debug, Clone)]
pub(super) struct Branch<'a> {
    /// The kinds of value that all of them admit.
    pub kinds: Kinds,
    /// Whether numbers have to be whole.
    pub whole: bool,
    /// The objects, those of the combinators taken out. Their combinators are to be ignored.
    pub parts: Vec<Value<'a>>,
    /// The `default`s that schemas give, with their keywords: values that servers take, whatever else the schema says.
    pub defaults: Vec<(Value<'a>, Value<'a>)>,
    /// The keyword and value, where the branch stands for just the value of a `default`.
    pub only: Option<(Value<'a>, Value<'a>)>,
}

impl<'a> Branch<'a> {
    fn anything() -> Self {
        Self { kinds: Kinds::VALUES, whole: false, parts: Vec::new(), defaults: Vec::new(), only: None }
    }

    /// The branch of the value of a `default` alone.
    pub(super) fn of_default(keyword: Value<'a>, value: Value<'a>) -> Self {
        Self { kinds: Kinds::of(value.kind()), only: Some((keyword, value)), ..Self::anything() }
    }

    /// Narrows the kinds; `false` when none is left.
    pub(super) fn narrow(&mut self, kinds: Kinds) -> bool {
        self.kinds = self.kinds.intersection(kinds);
        !self.kinds.is_empty()
    }
}

/// Multiplies schemas out, within a bound on the work for one question.
pub(super) struct Expander<'a> {
    root: Value<'a>,
    /// Before draft 2019-09, a `$ref` stood for its whole object.
    ref_stands_alone: bool,
    steps: usize,
}

#[derive(Clone)]
struct Pending<'a> {
    branch: Branch<'a>,
    todo: Vec<Todo<'a>>,
}

#[derive(Clone)]
enum Todo<'a> {
    Schema(Value<'a>),
    /// One of these, each a list of schemas that hold together.
    Choice(Vec<Vec<Value<'a>>>),
}

impl<'a> Expander<'a> {
    /// For a schema of a draft that is known.
    pub(super) fn of_draft(root: Value<'a>, draft: Draft) -> Self {
        Self { root, ref_stands_alone: draft.ref_stands_alone(), steps: 0 }
    }

    pub(super) fn new(root: Value<'a>) -> Self {
        let dialect = root.get("$schema").and_then(Value::as_str).unwrap_or_default();
        let old = ["draft-03", "draft-04", "draft-05", "draft-06", "draft-07"];
        let ref_stands_alone = old.iter().any(|draft| dialect.contains(draft));
        Self { root, ref_stands_alone, steps: 0 }
    }

    pub(super) fn root(&self) -> Value<'a> {
        self.root
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Unknown> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MOST_STEPS { Err(Unknown) } else { Ok(()) }
    }

    /// The branches of schemas that hold together, in the order of the file. No schema admits anything; no branch
    /// means that there is no such value.
    pub(super) fn expand(&mut self, schemas: Vec<Value<'a>>) -> Result<Vec<Branch<'a>>, Unknown> {
        let mut done = Vec::new();
        let todo = schemas.into_iter().rev().map(Todo::Schema).collect();
        let mut work = vec![Pending { branch: Branch::anything(), todo }];
        while let Some(mut pending) = work.pop() {
            match pending.todo.pop() {
                None => {
                    self.spend(pending.branch.parts.len())?;
                    done.push(pending.branch);
                }
                Some(Todo::Schema(schema)) => self.take(schema, pending, &mut work)?,
                Some(Todo::Choice(choices)) => {
                    for choice in choices.into_iter().rev() {
                        let mut chosen = pending.clone();
                        self.spend(1 + chosen.todo.len() + chosen.branch.parts.len())?;
                        chosen.todo.extend(choice.into_iter().rev().map(Todo::Schema));
                        work.push(chosen);
                    }
                }
            }
            if done.len() + work.len() > MOST_BRANCHES {
                return Err(Unknown);
            }
        }
        Ok(done)
    }

    fn take(
        &mut self,
        schema: Value<'a>,
        mut pending: Pending<'a>,
        work: &mut Vec<Pending<'a>>,
    ) -> Result<(), Unknown> {
        self.spend(1)?;
        match (schema.kind(), schema.as_bool()) {
            (Kind::Bool, Some(true)) => work.push(pending),
            (Kind::Bool, _) => {}
            (Kind::Object, _) => {
                let keywords = self.keywords(schema)?;
                pending.branch.defaults.extend(keywords.default);
                if keywords.nullable {
                    let mut null = pending.clone();
                    if null.branch.narrow(Kinds::NULL) {
                        work.push(null);
                    }
                }
                pending.branch.whole |= keywords.whole;
                pending.branch.parts.extend(keywords.plain.then_some(schema));
                if pending.branch.parts.len() > MOST_PARTS {
                    return Err(Unknown);
                }
                pending.todo.extend(keywords.todo.into_iter().rev());
                if pending.branch.narrow(keywords.kinds) {
                    work.push(pending);
                }
            }
            // Not a schema: nothing is known of what it admits.
            _ => return Err(Unknown),
        }
        Ok(())
    }

    fn keywords(&mut self, schema: Value<'a>) -> Result<Keywords<'a>, Unknown> {
        let mut found = Keywords {
            kinds: Kinds::VALUES,
            whole: false,
            nullable: false,
            default: None,
            plain: true,
            todo: Vec::new(),
        };
        let reference = schema.get("$ref").and_then(Value::as_str);
        if let Some(text) = reference {
            let ReferenceTarget::Found(target) = refs::resolve(self.root, text) else { return Err(Unknown) };
            found.todo.push(Todo::Schema(target));
            if self.ref_stands_alone {
                found.plain = false;
                found.default = super::walk::keyword(schema, "default");
                return Ok(found);
            }
        }
        let mut case = Case::default();
        for (key, value) in schema.entries() {
            self.spend(1)?;
            match key.as_str().unwrap_or_default() {
                "type" => {
                    let TypeNames { kinds, whole, known } = types(value);
                    let kinds = if known { kinds } else { Kinds::VALUES };
                    found.kinds = found.kinds.intersection(kinds);
                    found.whole |= whole && known;
                }
                "const" => found.kinds = found.kinds.intersection(Kinds::of(value.kind())),
                "enum" if value.kind() == Kind::Array => {
                    let kinds = value.items().fold(Kinds::NONE, |kinds, item| kinds.union(Kinds::of(item.kind())));
                    self.spend(value.items().count())?;
                    found.kinds = found.kinds.intersection(kinds);
                }
                "default" => found.default = found.default.or(Some((key, value))),
                "nullable" => found.nullable = value.as_bool() == Some(true),
                "allOf" => found.todo.extend(value.items().map(Todo::Schema)),
                "anyOf" | "oneOf" if value.items().next().is_some() => {
                    found.todo.push(Todo::Choice(value.items().map(|item| vec![item]).collect()));
                }
                "if" => case.condition = Some(value),
                "then" => case.then = Some(value),
                "else" => case.otherwise = Some(value),
                "dependentSchemas" | "dependencies" => {
                    // Each applies or does not. Taking them one at a time admits more, and that is enough to know
                    // the arguments that they declare.
                    let schemas = value.entries().map(|(_, schema)| schema);
                    let schemas = schemas.filter(|schema| schema.kind() == Kind::Object).map(|schema| vec![schema]);
                    let choices: Vec<_> = std::iter::once(Vec::new()).chain(schemas).collect();
                    if choices.len() > 1 {
                        found.todo.push(Todo::Choice(choices));
                    }
                }
                "$dynamicRef" | "$recursiveRef" => return Err(Unknown),
                _ => {}
            }
        }
        found.todo.extend(case.choice());
        Ok(found)
    }
}

/// What one schema object says by itself, and what it leads to.
struct Keywords<'a> {
    kinds: Kinds,
    whole: bool,
    /// OpenAPI's `nullable: true`.
    nullable: bool,
    /// The value that servers take by default, with its keyword.
    default: Option<(Value<'a>, Value<'a>)>,
    /// Whether its other keywords count.
    plain: bool,
    todo: Vec<Todo<'a>>,
}

#[derive(Default)]
struct Case<'a> {
    condition: Option<Value<'a>>,
    then: Option<Value<'a>>,
    otherwise: Option<Value<'a>>,
}

impl<'a> Case<'a> {
    /// Either condition and `then` hold, or `else`.
    fn choice(self) -> Option<Todo<'a>> {
        let condition = self.condition?;
        if self.then.is_none() && self.otherwise.is_none() {
            return None;
        }
        let holds = std::iter::once(condition).chain(self.then).collect();
        Some(Todo::Choice(vec![holds, self.otherwise.into_iter().collect()]))
    }
}

/// What a `type` says.
pub(crate) struct TypeNames {
    /// The kinds that it names.
    pub kinds: Kinds,
    /// Whether its numbers have to be whole.
    pub whole: bool,
    /// Whether it is well formed and all its names are known.
    pub known: bool,
}

/// Reads a `type`.
pub(crate) fn types(value: Value<'_>) -> TypeNames {
    let (mut kinds, mut integer, mut number, mut known) = (Kinds::NONE, false, false, true);
    let single = (value.kind() == Kind::String).then_some(value);
    for name in single.into_iter().chain(value.items()) {
        let kind = match name.as_str() {
            Some("null") => Kinds::NULL,
            Some("boolean") => Kinds::BOOL,
            Some("string") => Kinds::STRING,
            Some("array") => Kinds::ARRAY,
            Some("object") => Kinds::OBJECT,
            Some("number") => {
                number = true;
                Kinds::NUMBER
            }
            Some("integer") => {
                integer = true;
                Kinds::NUMBER
            }
            _ => {
                known = false;
                Kinds::NONE
            }
        };
        kinds = kinds.union(kind);
    }
    TypeNames { kinds, whole: integer && !number, known: known && !kinds.is_empty() }
}
