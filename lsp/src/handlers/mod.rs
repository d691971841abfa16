//! Answers in the words of the protocol, a file for each family of methods.

pub(crate) mod actions;
pub(crate) mod colours;
pub(crate) mod commands;
pub(crate) mod diagnostics;
pub(crate) mod navigation;
pub(crate) mod outline;
pub(crate) mod reading;
pub(crate) mod typing;
