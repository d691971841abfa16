//! Sockets that are listened at.

use std::io;

use policyc_core::diagnostics::visible;
use tokio::net::TcpListener;

use super::{Access, Address};

/// A socket that is listened at. One of the file system is removed with it.
#[derive(Debug)]
pub struct Listener {
    pub(super) inner: Inner,
    address: Address,
}

#[derive(Debug)]
pub(super) enum Inner {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(unix::Socket),
}

impl Listener {
    /// Listens at an address. Must be called within a runtime.
    ///
    /// # Errors
    /// A clause for people: the address is taken, is not there, or is open to other machines and `access` asks for no token.
    pub fn bind(address: &Address, access: &Access) -> Result<Self, String> {
        if !address.is_local() && !access.asks_for_token() {
            return Err(format!(
                "`{address}` is open to other machines, so callers must have a token; name a file with `--token-file PATH`"
            ));
        }
        let fail = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => format!("cannot listen at `{address}`: another program does"),
            _ => format!("cannot listen at `{address}`: {}", visible(&error.to_string())),
        };
        match address {
            Address::Tcp(wanted) => {
                let socket = std::net::TcpListener::bind(wanted).map_err(fail)?;
                socket.set_nonblocking(true).map_err(fail)?;
                let socket = TcpListener::from_std(socket).map_err(fail)?;
                let address = Address::Tcp(socket.local_addr().map_err(fail)?);
                Ok(Self { inner: Inner::Tcp(socket), address })
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                let socket = unix::Socket::bind(path).map_err(fail)?;
                Ok(Self { inner: Inner::Unix(socket), address: address.clone() })
            }
            #[cfg(not(unix))]
            Address::Unix(_) => Err(format!("cannot listen at `{address}`: this system has no such sockets")),
        }
    }

    /// Where it listens, with the port that the system has chosen if any would do.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }
}

#[cfg(unix)]
pub(super) mod unix {
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
    use std::path::{Path, PathBuf};

    use tokio::net::UnixListener;

    /// A socket of the file system, which only its owner may use.
    #[derive(Debug)]
    pub(in crate::listen) struct Socket {
        pub(in crate::listen) listener: UnixListener,
        path: PathBuf,
        /// The file that it made, so that it removes no other.
        identity: Option<(u64, u64)>,
    }

    impl Socket {
        pub(super) fn bind(path: &Path) -> io::Result<Self> {
            remove_dead(path)?;
            // It is made where nobody else comes, and has its rights before it has its name.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
            let mut hidden = std::ffi::OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{}", std::process::id()));
            let own = folder.join(hidden);
            // Made by another process of that number, which has not removed it.
            let _ = std::fs::remove_file(own.join("s"));
            let _ = std::fs::remove_dir(&own);
            std::fs::DirBuilder::new().mode(0o700).create(&own)?;
            let hidden = own.join("s");
            let listener =
                std::os::unix::net::UnixListener::bind(&hidden).inspect_err(|_| drop(std::fs::remove_dir(&own)))?;
            let named = || {
                std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o600))?;
                // Unlike a renaming, this fails if another program has been quicker.
                std::fs::hard_link(&hidden, path).map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => io::ErrorKind::AddrInUse.into(),
                    _ => error,
                })
            };
            let linked = named();
            let _ = std::fs::remove_file(&hidden);
            let _ = std::fs::remove_dir(&own);
            linked?;
            listener.set_nonblocking(true)?;
            let identity = std::fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()));
            Ok(Self { listener: UnixListener::from_std(listener)?, path: path.to_owned(), identity })
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            let now = std::fs::symlink_metadata(&self.path).ok().map(|file| (file.dev(), file.ino()));
            if now.is_some() && now == self.identity {
                let _ = std::fs::remove_file(&self.path);
            }
        }
    }

    /// Removes a socket that nobody listens at any more, and nothing else.
    fn remove_dead(path: &Path) -> io::Result<()> {
        let Ok(file) = std::fs::symlink_metadata(path) else { return Ok(()) };
        if !file.file_type().is_socket() {
            return Err(io::Error::other("there is a file of that name, which is no socket"));
        }
        match std::os::unix::net::UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
            Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
            Err(error) => Err(error),
        }
    }
}
