//! Documents that are weaker than their policy, each of which is found by the proof, and a target made for the tests.

mod looser;
mod planted;
mod toy;
mod weaker;
