//! The kind of a value in three bits.
//!
//! Eight kinds, a boolean being two, are told apart: with three bits a value has exactly one
//! without a clause, and the sets that tests ask for most (`present`, `boolean`) need only few
//! bits. All bits are tried as false first, so a value that nothing is asked of is missing.

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
    /// All kinds, the one to be preferred in an example first.
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

/// Whether the kind is one of those for which `is` says so.
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

/// The kind in the assignment that was found last. A bit that was left open is false.
pub(super) fn found(circuit: &Circuit, bits: Bits) -> Kind {
    let code = bits.iter().fold(0, |code, bit| code * 2 + u8::from(circuit.sat.value(*bit) == Some(true)));
    let kinds = [Kind::Missing, Kind::Null, Kind::False, Kind::True, Kind::Number, Kind::String, Kind::Object];
    kinds.get(usize::from(code)).copied().unwrap_or(Kind::Array)
}
