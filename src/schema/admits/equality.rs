//! Equality of JSON values.

use super::{MOST_DEPTH, Validator};
use crate::json::{Kind, Value};

impl Validator<'_> {
    /// Whether two values are equal as JSON Schema has it: numbers by value, objects in whatever order.
    pub(super) fn equal(&mut self, left: Value<'_>, right: Value<'_>, depth: usize) -> Option<bool> {
        self.spend()?;
        if left.kind() != right.kind() {
            return Some(false);
        }
        match left.kind() {
            Kind::Null => Some(true),
            Kind::Bool => Some(left.as_bool() == right.as_bool()),
            Kind::Number => Some(left.as_number()? == right.as_number()?),
            Kind::String => Some(left.as_str() == right.as_str()),
            _ if depth > MOST_DEPTH => None,
            Kind::Array => self.equal_arrays(left, right, depth + 1),
            Kind::Object => self.equal_objects(left, right, depth + 1),
        }
    }

    fn equal_arrays(&mut self, left: Value<'_>, right: Value<'_>, depth: usize) -> Option<bool> {
        let mut others = right.items();
        for one in left.items() {
            let Some(other) = others.next() else { return Some(false) };
            if !self.equal(one, other, depth)? {
                return Some(false);
            }
        }
        Some(others.next().is_none())
    }

    fn equal_objects(&mut self, left: Value<'_>, right: Value<'_>, depth: usize) -> Option<bool> {
        for (key, one) in left.entries() {
            let Some(other) = right.get(key.as_str()?) else { return Some(false) };
            if !self.equal(one, other, depth)? {
                return Some(false);
            }
        }
        Some(left.entries().count() == right.entries().count())
    }

    /// Whether no two elements of an array are equal.
    pub(super) fn all_differ(&mut self, array: Value<'_>, depth: usize) -> Option<bool> {
        let mut known = Some(true);
        for (index, one) in array.items().enumerate() {
            for other in array.items().take(index) {
                match self.equal(one, other, depth) {
                    Some(true) => return Some(false),
                    Some(false) => {}
                    None => known = None,
                }
                if self.left == 0 {
                    return None;
                }
            }
        }
        known
    }
}
