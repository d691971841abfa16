//! What was recorded of the arguments of a tool.

use super::values::{Numbers, Place, Strings};
use crate::decimal::Decimal;
use crate::json::{Kind, Value};
use crate::predicate::{Path, Step};
use crate::schema::Schema;

/// How deep in objects arguments are told apart, and how many of a tool. What lies beyond is seen only as a part of an object.
const DEEPEST: usize = 3;
const MOST_ARGUMENTS: usize = 200;

/// An argument that the schema declares, or a member of one.
#[derive(Debug, Clone)]
pub(super) struct Argument {
    key: String,
    /// As a condition names it.
    pub(super) path: String,
    /// Whether the schema demands it.
    pub(super) required: bool,
    /// How many calls gave it. `null` counts as missing, as it does in the language.
    pub(super) given: u64,
    pub(super) first_given: Option<Place>,
    pub(super) first_missing: Option<Place>,
    /// Its values that are neither arrays nor objects.
    pub(super) values: Scalars,
    pub(super) arrays: Arrays,
    /// How many values were objects.
    pub(super) objects: u64,
    pub(super) members: Vec<Argument>,
}

/// Values by their kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Scalars {
    pub(super) numbers: Numbers,
    pub(super) strings: Strings,
    pub(super) number_count: u64,
    pub(super) string_count: u64,
    /// How often `false` and `true` were seen, and where first.
    pub(super) booleans: [(u64, Option<Place>); 2],
    /// Elements of arrays that are arrays, objects or null.
    pub(super) others: u64,
}

/// Arrays.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrays {
    pub(super) count: u64,
    pub(super) lengths: Numbers,
    /// How many have elements.
    pub(super) filled: u64,
    pub(super) elements: Scalars,
}

impl Scalars {
    pub(super) const fn boolean_count(&self) -> u64 {
        let [(no, _), (yes, _)] = self.booleans;
        no.saturating_add(yes)
    }

    fn add(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Number => {
                self.number_count += 1;
                if let Some(number) = value.as_number() {
                    self.numbers.add(&number, place);
                }
            }
            Kind::String => {
                self.string_count += 1;
                self.strings.add(value.as_str().unwrap_or_default(), place);
            }
            Kind::Bool => {
                let [no, yes] = &mut self.booleans;
                let seen = if value.as_bool() == Some(true) { yes } else { no };
                seen.0 += 1;
                seen.1.get_or_insert(place);
            }
            Kind::Null | Kind::Array | Kind::Object => self.others += 1,
        }
    }
}

impl Argument {
    /// The arguments that a schema declares, by name, so that their order in the catalogue does not matter.
    pub(super) fn declared(schema: &Schema<'_>) -> Vec<Self> {
        members(schema, &[], &mut { MOST_ARGUMENTS })
    }

    fn add(&mut self, value: Option<Value<'_>>, place: Place) {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            self.first_missing.get_or_insert(place);
            // Members of what is missing are missing as well.
            self.members.iter_mut().for_each(|member| member.add(None, place));
            return;
        };
        self.given += 1;
        self.first_given.get_or_insert(place);
        match value.kind() {
            Kind::Array => {
                self.arrays.count += 1;
                let mut length = 0_u64;
                for element in value.items() {
                    length += 1;
                    self.arrays.elements.add(element, place);
                }
                self.arrays.filled += u64::from(length > 0);
                self.arrays.lengths.add(&Decimal::from(length), place);
            }
            Kind::Object => self.objects += 1,
            _ => self.values.add(value, place),
        }
        let object = Some(value).filter(|value| value.kind() == Kind::Object);
        for member in &mut self.members {
            member.add(object.and_then(|object| object.get(&member.key)), place);
        }
    }
}

/// Adds the arguments of a call.
pub(super) fn add(arguments: &mut [Argument], given: Value<'_>, place: Place) {
    for argument in arguments {
        argument.add(given.get(&argument.key), place);
    }
}

fn members(schema: &Schema<'_>, above: &[Step], left: &mut usize) -> Vec<Argument> {
    if above.len() >= DEEPEST {
        return Vec::new();
    }
    let mut declared = schema.members(above);
    declared.sort_by(|one, other| one.name.cmp(&other.name));
    let mut found = Vec::new();
    for member in declared {
        let Some(rest) = left.checked_sub(1) else { break };
        *left = rest;
        let mut steps = above.to_vec();
        steps.push(Step::Key(member.name.clone()));
        found.push(Argument {
            key: member.name,
            path: Path::args(&steps).to_string(),
            required: member.required,
            given: 0,
            first_given: None,
            first_missing: None,
            values: Scalars::default(),
            arrays: Arrays::default(),
            objects: 0,
            members: members(schema, &steps, left),
        });
    }
    found
}
