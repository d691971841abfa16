//! The standard streams, read and written by the thread that asks.
//!
//! The runtime's own hand each piece to another thread and wait for that to wake up, which takes
//! longer than what a keystroke asks for. Here reading blocks; `transport` gives each stream a
//! thread that has nothing else to do.

use std::io::{self, Read, Stdin, Stdout, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Standard input.
#[derive(Debug)]
pub(crate) struct Input(Stdin);

/// Standard output.
#[derive(Debug)]
pub(crate) struct Output(Stdout);

impl Default for Input {
    fn default() -> Self {
        Self(io::stdin())
    }
}

impl Default for Output {
    fn default() -> Self {
        Self(io::stdout())
    }
}

impl AsyncRead for Input {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = self.0.read(buffer.initialize_unfilled())?;
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Output {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.write(bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}
