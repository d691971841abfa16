//! Streams of a server, which may end and go on in others.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use hyper::header::HeaderValue;

use super::super::events::Event;
use super::super::headers::LAST_EVENT;
use super::super::upstream::{Answer, Stream};
use super::Shared;
use crate::proxy::message::Id;

/// How long to wait before a stream is gone on with, unless the server says.
const PAUSE: Duration = Duration::from_secs(1);
/// The shortest and the longest such pause.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often going on may fail.
const MOST_FAILURES: u32 = 3;

impl Shared {
    /// Reads a stream until everything is answered; if it ends before, it may go on in another one.
    pub(super) async fn follow(
        self: &Arc<Self>,
        mut stream: Stream,
        begins: bool,
        is_modern: bool,
        open: &mut Vec<Id>,
    ) -> Result<(), String> {
        let mut place = Place::default();
        loop {
            match stream.next().await {
                Ok(Some(event)) => {
                    place.see(&event);
                    if let Some(data) = event.data.filter(|data| !data.trim_ascii().is_empty()) {
                        self.hear(data, begins, open).await;
                        if open.is_empty() {
                            return Ok(());
                        }
                    }
                    continue;
                }
                Err(why) if place.id.is_none() || is_modern => return Err(why),
                Ok(None) if place.id.is_none() || is_modern => return Ok(()),
                _ => {}
            }
            let Some(next) = self.go_on(&place).await else { return Ok(()) };
            stream = next;
        }
    }

    /// Goes on with a stream.
    async fn go_on(&self, place: &Place) -> Option<Stream> {
        for _ in 0..MOST_FAILURES {
            tokio::time::sleep(place.pause.unwrap_or(PAUSE)).await;
            let mut headers = self.headers(true);
            if let Some(id) = place.id.as_ref().and_then(|id| HeaderValue::from_str(id).ok()) {
                headers.insert(LAST_EVENT, id);
            }
            let silence = Some(self.upstream.patience()).filter(|_| place.id.is_some());
            match self.upstream.send(Method::GET, Bytes::new(), headers, silence).await.map(|sent| sent.answer) {
                Ok(Answer::Events(stream)) => return Some(stream),
                Ok(Answer::Refused(..) | Answer::Accepted | Answer::Json(_)) => return None,
                Err(_) => {}
            }
        }
        None
    }

    /// Listens to what the server says by itself, if it has a stream for that.
    pub(super) async fn listen(self: Arc<Self>) {
        let mut place = Place { id: None, pause: Some(Duration::ZERO) };
        while let Some(mut stream) = self.go_on(&place).await {
            place.pause = None;
            while let Ok(Some(event)) = stream.next().await {
                place.see(&event);
                if let Some(data) = event.data.filter(|data| !data.trim_ascii().is_empty()) {
                    self.hear(data, false, &mut Vec::new()).await;
                }
            }
        }
    }
}

/// How far a stream has been read.
#[derive(Default)]
struct Place {
    id: Option<String>,
    pause: Option<Duration>,
}

impl Place {
    fn see(&mut self, event: &Event) {
        if let Some(id) = event.field("id") {
            self.id = Some(id.to_owned()).filter(|id| !id.is_empty());
        }
        if let Some(pause) = event.field("retry").and_then(|pause| pause.parse().ok()) {
            self.pause = Some(Duration::from_millis(pause).clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
        }
    }
}
