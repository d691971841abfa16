//! The pages of findings as files, so that every editor can open the link of a diagnostic.

use std::path::{Path, PathBuf};

use policyc_core::diagnostics::Code;
use tower_lsp_server::ls_types::Uri;

/// The address of the page of a finding. The page is written when it is not there yet, into the
/// user's cache folder; where there is none, or it cannot be written, there is no address.
#[must_use]
pub(crate) fn uri(code: &Code) -> Option<Uri> {
    let path = folder()?.join(format!("{}.md", code.name));
    if !path.is_file() {
        write(&path, readable(&policyc_core::lint::page(code)).as_bytes())?;
    }
    Uri::from_file_path(&path)
}

/// A page without the remarks on its examples, which are for the tests that check them.
fn readable(page: &str) -> String {
    let line = |line: &str| match line.strip_prefix("```pol ") {
        Some(_) => "```pol\n".to_owned(),
        None => format!("{line}\n"),
    };
    page.lines().map(line).collect()
}

/// A folder for the pages of this version.
fn folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = named("XDG_CACHE_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| named("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("policyc").join(concat!("pages-", env!("CARGO_PKG_VERSION"))))
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Option<()> {
    let folder = path.parent()?;
    std::fs::create_dir_all(folder).ok()?;
    let mut name = path.file_name()?.to_os_string();
    name.push(format!(".{}", std::process::id()));
    let temporary = folder.join(name);
    std::fs::write(&temporary, bytes).ok()?;
    std::fs::rename(&temporary, path).ok()
}
