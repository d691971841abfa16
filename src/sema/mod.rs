//! From trees to a checked policy.
