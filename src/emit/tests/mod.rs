//! Documents that are weaker than their policy: each is found by the proof.

mod looser;
mod planted;
mod weaker;
