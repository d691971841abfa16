//! Reading and writing files.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::sema::{Cache, Loader};

use super::Streams;

/// Files of the disk.
#[derive(Default)]
pub(super) struct Disk {
    catalogues: Cache,
}

impl Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        read(path)
    }

    fn identity(&self, path: &Path) -> PathBuf {
        std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
    }

    fn cache(&self) -> Option<&Cache> {
        Some(&self.catalogues)
    }
}

/// The bytes of a file, or why it cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| reason(&error))
}

/// Why something cannot be read.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

/// The bytes of a file or, for `-`, of standard input.
pub(super) fn read_input(path: &Path, streams: &mut Streams<'_>) -> Result<Vec<u8>, String> {
    if !is_stdin(path) {
        return read(path).map_err(|reason| format!("cannot read `{}`: {reason}", path.display()));
    }
    let mut bytes = Vec::new();
    streams.input.read_to_end(&mut bytes).map_err(|error| format!("cannot read standard input: {error}"))?;
    Ok(bytes)
}

/// Whether a path stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Writes a file whole or not at all: to a temporary file beside it, which then takes its name.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let fail = |error: &dyn std::fmt::Display| format!("cannot write `{}`: {error}", path.display());
    if path.is_dir() {
        return Err(fail(&"it is a folder"));
    }
    // A link stays a link: what it leads to is replaced.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(fail(&format!("there is no folder `{}`", folder.display())));
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| fail(&error))?;
    file.write_all(bytes).map_err(|error| fail(&error))?;
    let old = std::fs::metadata(&target).ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A temporary file is private; the new one has the rights of the old one, or those that are usual.
        let mode = old.map_or(0o644, |old| old.permissions().mode() & 0o777);
        let rights = std::fs::Permissions::from_mode(mode);
        file.as_file().set_permissions(rights).map_err(|error| fail(&error))?;
    }
    #[cfg(not(unix))]
    drop(old);
    file.persist(&target).map_err(|error| fail(&error.error))?;
    Ok(())
}
