//! What several lint rules share, by subject.

pub(super) mod accepted;
pub(super) mod anchored;
pub(super) mod atoms;
pub(super) mod catalogue;
pub(super) mod condition;
pub(super) mod dead;
pub(super) mod declared;
pub(super) mod defaults;
pub(super) mod dialect;
pub(super) mod folders;
pub(super) mod opened;
pub(super) mod passing;
pub(super) mod selection;
pub(super) mod shape;
pub(super) mod texts;
pub(super) mod tools;
pub(super) mod words;
