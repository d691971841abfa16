//! Where to listen.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use policyc_core::diagnostics::visible;

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket of the file system.
    Unix(PathBuf),
}

impl Address {
    /// Reads `127.0.0.1:8181`, `[::1]:8181`, `localhost:8181` or `unix:PATH`. The port 0 is any that is free.
    ///
    /// # Errors
    /// A message for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                _ if !cfg!(unix) => {
                    Err("this system has no sockets in its file system; write `127.0.0.1:8181`".to_owned())
                }
                "" => Err("there is no path behind `unix:`; write for example `unix:/run/policyc.sock`".to_owned()),
                path => Ok(Self::Unix(PathBuf::from(path))),
            };
        }
        // Names are not looked up: what they are could change who may connect.
        let address = match text.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}").parse(),
            None => text.parse(),
        };
        address.map(Self::Tcp).map_err(|_| {
            format!("`{}` is no address; write for example `127.0.0.1:8181` or `unix:/run/policyc.sock`", visible(text))
        })
    }

    /// Whether only programs of this machine can connect.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(out, "{address}"),
            Self::Unix(path) => write!(out, "unix:{}", visible(&path.to_string_lossy())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let shown = |text: &str| match Address::parse(text) {
            Ok(address) => format!("{address} {}", if address.is_local() { "local" } else { "open" }),
            Err(message) => message,
        };
        assert_eq!(shown("127.0.0.1:8181"), "127.0.0.1:8181 local");
        assert_eq!(shown("[::1]:0"), "[::1]:0 local");
        assert_eq!(shown("localhost:80"), "127.0.0.1:80 local");
        assert_eq!(shown("0.0.0.0:80"), "0.0.0.0:80 open");
        assert_eq!(shown("[::]:80"), "[::]:80 open");
        for wrong in ["", ":80", "8080", "example.com:80", "127.0.0.1", "127.0.0.1:70000", "http://127.0.0.1:80"] {
            assert!(shown(wrong).contains("is no address; write"), "{wrong}");
        }
        #[cfg(unix)]
        assert_eq!(shown("unix:/run/p.sock"), "unix:/run/p.sock local");
        #[cfg(unix)]
        assert!(shown("unix:").contains("no path"));
    }
}
