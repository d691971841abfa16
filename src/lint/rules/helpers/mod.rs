//! What several rules need, by subject.

pub(super) mod condition;
pub(super) mod dead;
pub(super) mod selection;
