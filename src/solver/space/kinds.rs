//! The kind of a value in three bits.
//!
//! There are eight kinds, since `true` and `false` count as one each. Three bits give a value
//! exactly one kind without any clause, and the sets that are tested most (`present`, `boolean`)
//! need few of them. All bits are tried as false first, so a value about which nothing is asked is
//! missing.

use crate::schema::Kinds;
use crate::solver::circuit::Circuit;
use crate::solver::sat::Lit;

/// One kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Missing = 0,
    Null = 1,
    False = 2,
    True = 3,
    Number = 4,
    String = 5,
    Object = 6,
    Array = 7,
}

impl Kind {
    /// All kinds, in the order in which examples prefer them.
    pub(super) const BY_PREFERENCE: [Self; 8] =
        [Self::Missing, Self::String, Self::Number, Self::True, Self::False, Self::Array, Self::Object, Self::Null];

    const fn set(self) -> Kinds {
        match self {
            Self::Missing => Kinds::MISSING,
            Self::Null => Kinds::NULL,
            Self::False | Self::True => Kinds::BOOL,
            Self::Number => Kinds::NUMBER,
            Self::String => Kinds::STRING,
            Self::Object => Kinds::OBJECT,
            Self::Array => Kinds::ARRAY,
        }
    }
}

/// The bits of a kind, the highest first.
pub(super) type Bits = [Lit; 3];

/// Whether `is` is true for the kind.
pub(super) fn one_of(circuit: &mut Circuit, bits: Bits, is: impl Fn(Kind) -> bool) -> Lit {
    let [high, middle, low] = bits;
    let halves = [
        [Kind::Missing, Kind::Null],
        [Kind::False, Kind::True],
        [Kind::Number, Kind::String],
        [Kind::Object, Kind::Array],
    ];
    let [first, second, third, fourth] = halves.map(|[even, odd]| {
        let (even, odd) = (circuit.constant(is(even)), circuit.constant(is(odd)));
        circuit.choose(low, odd, even)
    });
    let lower = circuit.choose(middle, second, first);
    let upper = circuit.choose(middle, fourth, third);
    circuit.choose(high, upper, lower)
}

/// Whether the kind is in the set.
pub(super) fn within(circuit: &mut Circuit, bits: Bits, kinds: Kinds) -> Lit {
    one_of(circuit, bits, |kind| kinds.contains(kind.set()))
}

/// The kind in the last assignment. An unassigned bit counts as false.
pub(super) fn found(circuit: &Circuit, bits: Bits) -> Kind {
    let code = bits.iter().fold(0, |code, bit| code * 2 + u8::from(circuit.sat.value(*bit) == Some(true)));
    let kinds = [Kind::Missing, Kind::Null, Kind::False, Kind::True, Kind::Number, Kind::String, Kind::Object];
    kinds.get(usize::from(code)).copied().unwrap_or(Kind::Array)
}
