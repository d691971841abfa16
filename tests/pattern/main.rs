//! `like` and `matches`: what they accept, what they mean, and that RE2 means the same.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test may fail it as the test itself may"
)]

mod like;
mod oracle;
mod refused;
mod regex;
mod table;
