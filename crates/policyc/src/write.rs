//! Writing files so that nothing is lost.
//!
//! As a rule the new text goes to a temporary file in the same folder, which then takes the name: readers see the old text or the new one,
//! and a crash leaves one of them. Where that would change what the file is, the text is written into the file itself: a file with
//! several names (hard links), one of another owner, or one that is mounted on its own, as containers do it. The temporary file stays
//! until that has succeeded.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::files::shown;
use policyc_core::disk::{Unreadable, read_all};

/// Writes a file whole or not at all, as far as the system lets us.
///
/// # Errors
/// A message for people. The old text is still there, or the message says where the new one is.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let fail = |reason: &dyn std::fmt::Display| format!("cannot write `{}`: {reason}", shown(path));
    let told = |error: io::Error| fail(&Unreadable::from(error));
    if path.is_dir() {
        return Err(fail(&"it is a folder"));
    }
    // A link stays a link: what it leads to is written.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(fail(&format!("there is no folder `{}`", shown(folder))));
    }
    let old = std::fs::metadata(&target).ok();
    if old.as_ref().is_some_and(|old| old.permissions().readonly()) {
        return Err(fail(&"it is read-only; permit writing to it, or write to another file"));
    }
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        // A device or a pipe has no old text.
        return File::options().write(true).open(&target).and_then(|mut file| file.write_all(bytes)).map_err(told);
    }
    // Whoever may not write to the file shall not replace it either.
    let open = match &old {
        Some(_) => Some(File::options().read(true).write(true).open(&target).map_err(told)?),
        None => None,
    };
    let temporary = match temporary(folder, bytes, old.as_ref()) {
        Ok(temporary) => temporary,
        Err(error) => {
            // The folder takes no further file, but the file itself may be written.
            let Some(file) = open else { return Err(told(error)) };
            return overwrite(file, bytes).map_err(told);
        }
    };
    let temporary = match &old {
        Some(old) if !is_replaceable(old, &temporary) => temporary,
        _ => match temporary.persist(&target) {
            Ok(_) => {
                // The name is on the disk when the folder is. Not every system can do that.
                let _ = File::open(folder).and_then(|folder| folder.sync_all());
                return Ok(());
            }
            // Something is mounted there, or the system replaces no file.
            Err(error) if open.is_some() => error.file,
            Err(error) => return Err(told(error.error)),
        },
    };
    let Some(file) = open else { return Ok(()) };
    overwrite(file, bytes).map_err(|error| match temporary.keep() {
        Ok((_, kept)) => format!("{}; the new text is in `{}`", told(error), shown(&kept)),
        Err(_) => told(error),
    })
}

/// A file in a folder that holds the new text and has the rights of the old one, or those that are usual.
fn temporary(folder: &Path, bytes: &[u8], old: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = old.map_or(0o644, |old| old.permissions().mode() & 0o777);
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    if let Some(old) = old {
        file.as_file().set_permissions(Permissions::clone(&old.permissions()))?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// Whether another file can take the place of the old one without a difference but its text.
#[cfg(unix)]
fn is_replaceable(old: &Metadata, new: &NamedTempFile) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |new: &Metadata| (new.uid(), new.gid(), new.dev()) == (old.uid(), old.gid(), old.dev());
    old.nlink() == 1 && new.as_file().metadata().is_ok_and(|new| same(&new))
}

#[cfg(not(unix))]
fn is_replaceable(_: &Metadata, _: &NamedTempFile) -> bool {
    true
}

/// Writes a text into a file that has another one, which comes back when that fails.
fn overwrite(mut file: File, bytes: &[u8]) -> io::Result<()> {
    let length = file.metadata()?.len();
    let old = read_all(&file, usize::try_from(length).unwrap_or(usize::MAX)).ok();
    let common = bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX));
    let (first, more) = bytes.split_at_checked(common).unwrap_or((bytes, &[]));
    // What makes the file longer is written first: if the disk is full, the old text is still whole.
    let longer = file.seek(SeekFrom::Start(length)).and_then(|_| file.write_all(more));
    let written = longer.and_then(|()| {
        file.rewind()?;
        file.write_all(first)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    });
    if written.is_err()
        && let Some(old) = old
    {
        // Nothing more can be done if this fails, too; the first error says why.
        let _ = file.rewind().and_then(|()| file.write_all(&old)).and_then(|()| file.set_len(length));
    }
    written
}
