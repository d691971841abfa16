//! The handlers of requests, one file for each family of methods: they convert the answers of `ide`
//! to the types of the protocol.

pub(crate) mod actions;
pub(crate) mod colours;
pub(crate) mod commands;
pub(crate) mod diagnostics;
pub(crate) mod navigation;
pub(crate) mod outline;
pub(crate) mod reading;
pub(crate) mod typing;
