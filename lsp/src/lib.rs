//! The language server for policies.
//!
//! It speaks the Language Server Protocol and answers from the same analysis as the command line:
//! [`policyc_core::ide`] knows what to say, this crate knows how editors want to hear it. It is
//! built on `tower-lsp-server`, the maintained continuation of `tower-lsp`.
//!
//! `streams` are the standard ones, `transport` reads and writes messages, `uris` gives each
//! document one spelling, `turn` knows whether an answer is still wanted, `parent` whether the
//! client is still there, `server` has the methods, `world` holds the texts, `check` analyses one,
//! `publish` sends what was found, `convert` and `position` turn places and findings into those of
//! the protocol.

mod capabilities;
mod check;
mod convert;
mod documents;
mod files;
mod guard;
mod handlers;
mod pages;
mod parent;
mod position;
mod publish;
mod server;
mod settings;
mod streams;
mod transport;
mod turn;
mod uris;
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp_server::LspService;

use publish::Publisher;
use server::Server;
use streams::{Input, Output};
use world::World;

/// Serves a client over standard input and output, as [`serve`] does over others. It is to be the
/// last thing that a process does: a thread that reads standard input may be left.
///
/// # Errors
/// The system gives no thread.
pub fn serve_standard_streams() -> std::io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let ended = runtime.block_on(serve(Input::default(), Output::default()));
    // Standard input may still be open, and the thread that reads it would wait forever.
    runtime.shutdown_background();
    Ok(ended)
}

/// Serves a client until it says `exit` or goes away. Whether it had said `shutdown` before, as it
/// should.
pub async fn serve(
    input: impl AsyncRead + Unpin + Send + 'static,
    output: impl AsyncWrite + Unpin + Send + 'static,
) -> bool {
    let world = Arc::new(World::default());
    let ended = Arc::new(AtomicBool::new(false));
    let mut threads = Vec::new();
    let output = transport::Output::new(output);
    let (service, socket) = LspService::build(|client| {
        let publisher = Arc::new(Publisher::new(Arc::clone(&world), client.clone(), output.clone()));
        for work in [Publisher::check, Publisher::lint] {
            let publisher = Arc::clone(&publisher);
            threads.push(std::thread::spawn(move || work(&publisher)));
        }
        Server::new(client, Arc::clone(&world), Arc::clone(&ended))
    })
    .custom_method("policyc/status", Server::status)
    .custom_method("policyc/text", Server::text)
    .finish();
    transport::serve(input, output, service, socket, world.turn()).await;
    world.stop();
    // They end by themselves once they have finished what they are at; nobody waits for that.
    drop(threads);
    ended.load(Ordering::SeqCst)
}
