//! Says when it is worth looking whether a file has changed: when the system reports something, or every so often.

use std::time::{Duration, Instant};

#[cfg(feature = "watch")]
use super::LOOK;
use super::files::Watched;
#[cfg(feature = "watch")]
use events::Events;

#[cfg(feature = "watch")]
mod events;

/// What says when to look.
pub(crate) struct Waker {
    #[cfg(feature = "watch")]
    events: Option<Events>,
    /// How often to look in any case.
    every: Option<Duration>,
    /// When to look next in any case.
    due: Option<Instant>,
    /// What is to be said of it.
    message: Option<String>,
}

impl Waker {
    /// One that looks every so often.
    pub(crate) const fn looking(every: Duration) -> Self {
        Self {
            #[cfg(feature = "watch")]
            events: None,
            every: Some(every),
            due: None,
            message: None,
        }
    }

    /// One that is notified by the system.
    #[cfg(feature = "watch")]
    pub(crate) fn new() -> Self {
        match Events::new() {
            Ok(events) => Self { events: Some(events), every: None, due: None, message: None },
            Err(reason) => {
                let seconds = LOOK.as_secs();
                let message =
                    format!("the system reports no changes ({reason}), so files are looked at every {seconds} s");
                Self { message: Some(message), ..Self::looking(LOOK) }
            }
        }
    }

    /// Without the feature `watch`, one that looks every so often.
    #[cfg(not(feature = "watch"))]
    pub(crate) const fn new() -> Self {
        Self::looking(super::LOOK)
    }

    /// Takes up what is to be watched from now on: something for people, said once. What the system does not watch is looked at as often
    /// as `look` says.
    pub(crate) fn follow(&mut self, watched: &Watched, look: Duration) -> Option<String> {
        #[cfg(feature = "watch")]
        if let Some(Err(reason)) = self.events.as_mut().map(|events| events.follow(watched))
            && self.every.is_none()
        {
            self.every = Some(look);
            self.message = Some(format!("{reason}, so files are also looked at every {} s", look.as_secs()));
        }
        let _ = (watched, look);
        self.due = self.every.map(|every| Instant::now() + every);
        self.message.take()
    }

    /// Waits until it is worth looking, but no longer than this: whether it is.
    pub(crate) fn wait(&mut self, most: Duration) -> bool {
        let left = self.due.map_or(most, |due| due.saturating_duration_since(Instant::now()).min(most));
        #[cfg(feature = "watch")]
        if let Some(events) = &mut self.events
            && events.wait(left)
        {
            return true;
        }
        if self.sleeps() {
            std::thread::sleep(left);
        }
        self.due.is_some_and(|due| due <= Instant::now())
    }

    /// Whether nothing else passes the time.
    const fn sleeps(&self) -> bool {
        #[cfg(feature = "watch")]
        if self.events.is_some() {
            return false;
        }
        true
    }

    /// Waits until nothing has happened for a while.
    pub(crate) fn settle(&mut self, quiet: Duration) {
        #[cfg(feature = "watch")]
        if let Some(events) = &mut self.events {
            return events.settle(quiet);
        }
        std::thread::sleep(quiet);
    }
}
