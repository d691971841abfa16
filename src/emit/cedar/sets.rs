//! Tests of the elements of sets, and of what a value contains.

use super::atoms::{Result, Tests, Written, never, set};
use super::literals::{Literal, is_element};
use super::places::{Element, Known, Type};
use crate::emit::refusal::Refusal;
use crate::pattern::{Like, like_literal};
use crate::predicate::{Comparison, Elements, Scalar, ScalarValue, Test};

impl Tests<'_> {
    fn elements(&self) -> Result<Element> {
        match self.place.known {
            Known::Is(Type::Set(element)) => Ok(element),
            Known::Nothing => Ok(Element::Any),
            Known::Scalar => Err(Refusal::new(
                "ToolHive shows no arguments that are arrays",
                "ask for a string, a Boolean or a number, or leave the condition to another target",
            )),
            Known::Is(_) => Err(never()),
        }
    }

    pub(super) fn contains(&self, scalar: &Scalar) -> Result<Written> {
        let literal = self.literal(scalar)?;
        let part = match &scalar.value {
            ScalarValue::Str(text) if self.can_be(Type::Text) => {
                let text = like_literal(text);
                let pattern = Like::new(&format!("*{text}*")).map_err(|_| never())?;
                Some(self.matches(&pattern))
            }
            _ => None,
        };
        let element = self.elements().ok().filter(|element| is_element(*element, &literal));
        let member = element.map(|_| format!("{}.contains({})", self.value(), literal.text));
        if self.is_sure() {
            return part.or(member).map(Written::exactly).ok_or_else(never);
        }
        // Where an error denies everything, only one of the two can be asked.
        let both = [part.filter(|_| self.gateway.passes_over_errors() || member.is_none()), member];
        let both: Vec<String> = both.into_iter().flatten().collect();
        if both.is_empty() {
            return Err(never());
        }
        let yes = both.iter().map(|test| vec![test.clone()]).collect();
        let no = both.iter().map(|test| vec![format!("!({test})")]).collect();
        let is_yes_narrow = !self.gateway.passes_over_errors();
        Ok(Written { yes: Some(yes), no: (!literal.is_number()).then_some(no), is_yes_narrow, ..Written::default() })
    }

    /// The literals that an element must or must not be one of, for the tests that speak of nothing
    /// else.
    fn of_elements(&self, elements: &Elements) -> Result<(bool, Vec<Literal>)> {
        let element = self.elements()?;
        let (is_in, list) = match &elements.test {
            _ if !elements.steps.is_empty() => return Err(elementwise()),
            Test::Compare(Comparison::Equal, scalar) => (true, self.literals(std::slice::from_ref(scalar))?),
            Test::Compare(Comparison::NotEqual, scalar) => (false, self.literals(std::slice::from_ref(scalar))?),
            Test::In(list) => (true, self.literals(list)?),
            Test::NotIn(list) => (false, self.literals(list)?),
            _ => return Err(elementwise()),
        };
        if list.iter().all(|literal| is_element(element, literal)) { Ok((is_in, list)) } else { Err(elementwise()) }
    }

    pub(super) fn some(&self, elements: &Elements) -> Result<Written> {
        let (is_in, list) = self.of_elements(elements)?;
        let list: Vec<&Literal> = list.iter().collect();
        if !is_in {
            // Of a set whose elements are all of one type.
            let all = format!("{}.containsAll({})", set(&list), self.value());
            return if self.is_sure() { Ok(Written::exactly(format!("!({all})"))) } else { Err(elementwise()) };
        }
        let test = self.contains_one(&list);
        if self.is_sure() {
            return Ok(Written::exactly(test));
        }
        let no = list.iter().all(|literal| !literal.is_number()).then(|| vec![vec![format!("!({test})")]]);
        Ok(Written { yes: Some(vec![vec![test]]), no, ..Written::default() })
    }

    fn contains_one(&self, list: &[&Literal]) -> String {
        match list {
            [only] => format!("{}.contains({})", self.value(), only.text),
            several => format!("{}.containsAny({})", self.value(), set(several)),
        }
    }

    pub(super) fn every(&self, elements: &Elements) -> Result<Written> {
        let (is_in, list) = self.of_elements(elements)?;
        let list: Vec<&Literal> = list.iter().collect();
        if !self.is_sure() {
            return Err(Refusal::new(
                "elements of a type that Cedar does not have may be missing there",
                "ask for some elements, or leave the condition to another target",
            ));
        }
        Ok(Written::exactly(if is_in {
            format!("{}.containsAll({})", set(&list), self.value())
        } else {
            format!("!({})", self.contains_one(&list))
        }))
    }
}

fn elementwise() -> Refusal {
    Refusal::new(
        "Cedar compares the elements of a set only with lists of values",
        "write `some PATH == V`, `some PATH in [..]` or `every PATH in [..]`, or leave the condition to another target",
    )
}
