//! Reading files of the disk, by the command line and the language server.
//!
//! Every read has a bound that holds for what is read, not for what the system says of the size: devices and pipes have the size 0. What a
//! text names (an import, a catalogue, `policyc.toml`) is read only if it is a regular file. The text may come from somebody else, and
//! opening a pipe waits for a writer that never comes. What people name on the command line may be a pipe: `<(...)` in a shell is one.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::source::offset;

/// The largest settings, and the largest file of known findings, that are read: 64 MiB.
pub const MAX_SETTINGS: usize = 64 << 20;

/// Why a file cannot be read. It is shown as a clause in lower case, without a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// There is none.
    Missing,
    /// The system does not permit it.
    Denied,
    /// It is a folder.
    Folder,
    /// It is a device, a pipe or a socket, where only a regular file is read.
    Special,
    /// Another reason.
    Other(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "there is no such file",
            Self::Denied => "permission denied",
            Self::Folder => "it is a folder",
            Self::Special => "it is a device, a pipe or a socket, not a regular file",
            Self::Other(reason) => reason,
        })
    }
}

impl std::error::Error for Unreadable {}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::IsADirectory => Self::Folder,
            // A pipe that took the place of a file has nothing to read now, and is not waited for.
            io::ErrorKind::WouldBlock => Self::Special,
            _ => Self::Other(error.to_string()),
        }
    }
}

/// Reads a regular file that a text names; never waits for a pipe or a device. Of a file with more than `most` bytes, `most + 1` bytes are
/// given, by which the caller knows.
///
/// # Errors
/// There is no such regular file, or it cannot be read.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
    // Opening can have effects, such as rewinding a tape, so the kind is looked at before. It is looked at again afterwards, since
    // another file may have taken the place.
    regular(&std::fs::metadata(path)?)?;
    let file = open_without_waiting(path)?;
    regular(&file.metadata()?)?;
    read_all(file, most).map_err(Unreadable::from)
}

/// Reads a file that a person names on the command line, which may be a pipe or a device. The bound is that of [`read`].
///
/// # Errors
/// There is no such file, or it cannot be read.
pub fn read_any(path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
    read_all(File::open(path)?, most).map_err(Unreadable::from)
}

/// Reads a stream to its end, but at most `most + 1` bytes of it.
///
/// # Errors
/// The stream failed.
pub fn read_all(stream: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(u64::from(offset(most)).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether there is something at a path, if only a link that leads nowhere.
#[must_use]
pub fn is_taken(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

fn regular(metadata: &std::fs::Metadata) -> Result<(), Unreadable> {
    match metadata.file_type() {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_dir() => Err(Unreadable::Folder),
        _ => Err(Unreadable::Special),
    }
}

#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_the_bound_and_one_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5), Ok(b"12345".to_vec()));
        assert_eq!(read(&path, 3), Ok(b"1234".to_vec()));
        assert_eq!(read_any(&path, 3), Ok(b"1234".to_vec()));
        assert_eq!(read_all(io::repeat(b'x'), 1_000).unwrap().len(), 1_001);
        // A file that says it is larger than any memory.
        File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&path, 1_000).unwrap().len(), 1_001);
    }

    #[test]
    fn only_regular_files_are_read_for_a_text() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path(), 5), Err(Unreadable::Folder));
        assert_eq!(read(&folder.path().join("nothing"), 5), Err(Unreadable::Missing));
        #[cfg(unix)]
        {
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status();
            if made.is_ok_and(|status| status.success()) {
                assert_eq!(read(&pipe, 5), Err(Unreadable::Special));
            }
            let link = folder.path().join("link");
            std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
            assert_eq!(read(&link, 5), Err(Unreadable::Special));
            assert_eq!(read_any(&link, 5).unwrap().len(), 6);
        }
    }
}
