//! Accepts connections and answers their requests.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::patient::Patient;
use super::socket::Inner;
use super::{Address, Body, Limits, Listener, Stop, text};

/// How long to wait if the system gives no connection, because there are too many files or no memory.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// The most bytes of the head of a request.
const LARGEST_HEAD: usize = 64 << 10;

/// Answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Answers one that came in at this address.
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        address: Arc<Address>,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// Answers requests until it is stopped. A handler that panics answers with the status 500, and everything else goes on.
pub async fn serve(listener: Listener, handler: Arc<impl Handler>, limits: Limits, stop: Stop) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let address = Arc::new(listener.address().clone());
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stop.stopped());
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (accept(&listener.inner).await, place)
        };
        let (stream, place) = tokio::select! {
            () = &mut stopped => break,
            accepted = accepted => accepted,
        };
        // Those that have ended are taken out.
        while connections.try_join_next().is_some() {}
        let Ok(stream) = stream else {
            // Whoever was about to connect has gone, or there is no room for more.
            tokio::time::sleep(EXHAUSTED).await;
            continue;
        };
        let (handler, address) = (Arc::clone(&handler), Arc::clone(&address));
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = Arc::clone(&handler).handle(request, Arc::clone(&address));
            async move { Ok::<_, Infallible>(guarded(answer).await) }
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(LARGEST_HEAD);
        let connection = builder.serve_connection(TokioIo::new(Patient::new(stream, limits.answer)), service);
        let stop = stop.clone();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            // What goes wrong with a connection ends it, and whoever asked denies.
            tokio::select! {
                _ = connection.as_mut() => {}
                () = stop.stopped() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
            drop(place);
        });
    }
    // Nobody connects any more while the last requests are answered.
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(limits.drain, drained).await;
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn accept(listener: &Inner) -> io::Result<Pin<Box<dyn Stream>>> {
    match listener {
        Inner::Tcp(listener) => {
            let (stream, _) = listener.accept().await?;
            // Answers are small and wanted at once.
            let _ = stream.set_nodelay(true);
            Ok(Box::pin(stream))
        }
        #[cfg(unix)]
        Inner::Unix(socket) => Ok(Box::pin(socket.listener.accept().await?.0)),
    }
}

/// The answer, or another one after a panic.
async fn guarded(answer: impl Future<Output = Response<Body>>) -> Response<Body> {
    let mut answer = pin!(answer);
    let caught = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
        Ok(polled) => polled.map(Some),
        Err(_) => std::task::Poll::Ready(None),
    });
    let failed = || text(StatusCode::INTERNAL_SERVER_ERROR, "policyc has failed, please report it.");
    caught.await.unwrap_or_else(failed)
}
