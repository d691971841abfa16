//! `like` and `matches`: what they accept, what they mean, and that RE2 means the same.

mod like;
mod oracle;
mod refused;
mod regex;
mod table;
