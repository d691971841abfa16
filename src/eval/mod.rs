//! Deciding calls.
