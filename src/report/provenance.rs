//! Where a document comes from: the digests of all that it was made from, so that a stale one is found without compiling.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::compile::Compiled;
use crate::diagnostics::codes;
use crate::source::{FileId, SourceMap, offset};

/// The provenance of a document in a file, made by a version of policyc. Names of sources are relative to the folder of the
/// policy where they are in it. `None` where there is no document.
#[must_use]
pub fn json(compiled: &Compiled<'_>, file: &str, text: &[u8], sources: &SourceMap, version: &str) -> Option<Value> {
    let Compiled { target, policy, server, emission } = compiled;
    emission.artefact.as_ref()?;
    let left = emission.diagnostics.iter().filter(|found| found.code == codes::LEFT_OUT);
    let left = left.map(|found| sources.line(found.primary.span));
    let main = Path::new(sources.name(FileId::default())).parent().unwrap_or(Path::new(""));
    let source = |(index, name): (usize, &str)| {
        let text = sources.get(FileId(offset(index))).map(|file| file.text().as_bytes().to_vec()).unwrap_or_default();
        let name = Path::new(name).strip_prefix(main).map_or(name, |name| name.to_str().unwrap_or_default());
        json!({ "file": name, "sha256": digest(&text) })
    };
    Some(json!({
        "version": 1,
        "policyc": version,
        "target": target.name,
        "policy": policy.name,
        "server": policy.server(*server).map(|server| server.name.as_str()),
        "document": { "file": file, "sha256": digest(text) },
        "leftOutLines": left.collect::<Vec<_>>(),
        "sources": sources.names().enumerate().map(source).collect::<Vec<_>>(),
    }))
}

/// SHA-256 in lower-case hexadecimal digits.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
