//! What is said of a file of findings that are known already.

use super::words::count;

/// That a file has some findings now, and how many could not be kept in it.
#[must_use]
pub fn written(file: &str, findings: usize, left: usize) -> String {
    let mut text = format!("`{file}` has {}", count(findings, "finding"));
    if left > 0 {
        text.push_str(&format!("; {left} errors and secrets are not kept in a baseline"));
    }
    text
}

/// That some findings of a file are no more.
#[must_use]
pub fn gone(file: &str, findings: usize) -> String {
    let are = if findings == 1 { "is" } else { "are" };
    let findings = count(findings, "finding");
    format!("{findings} of `{file}` {are} gone; write it again with `--write-baseline {file}`")
}
