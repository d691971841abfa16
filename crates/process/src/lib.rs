//! What programs that start others need, and the standard library does not have: groups of processes, and the signals that end a program.
//!
//! On systems other than Unix there are no groups: what a program has started is not ended with it.

/// The processes that a program has started, itself among them, if it was started in a group of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

/// How processes are ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// They are asked to (SIGTERM).
    Asked,
    /// They are made to (SIGKILL).
    Forced,
}

#[cfg(unix)]
impl Group {
    /// The group of a process that leads it.
    #[must_use]
    pub fn of(process: u32) -> Self {
        Self { id: i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) }
    }

    /// Ends all processes of the group.
    pub fn end(self, how: Ending) {
        let signal = match how {
            Ending::Asked => rustix::process::Signal::TERM,
            Ending::Forced => rustix::process::Signal::KILL,
        };
        // Whatever has ended needs no signal.
        let _ = self.id.map(|group| rustix::process::kill_process_group(group, signal));
    }

    /// Whether a process of the group lives.
    #[must_use]
    pub fn is_left(self) -> bool {
        self.id.is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
    }
}

#[cfg(not(unix))]
impl Group {
    /// The group of a process that leads it.
    #[must_use]
    pub const fn of(_: u32) -> Self {
        Self {}
    }

    /// Ends all processes of the group.
    pub const fn end(self, _: Ending) {}

    /// Whether a process of the group lives.
    #[must_use]
    pub const fn is_left(self) -> bool {
        false
    }
}

/// What a signal asks of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// That it ends: SIGINT or SIGTERM.
    End,
    /// That it reads its settings again: SIGHUP, which also says that the terminal has gone.
    Again,
}

/// Calls a function, on a thread of its own, when a signal asks this process for something: SIGHUP, SIGINT or SIGTERM. The process
/// does not end by itself any more.
///
/// # Errors
/// The system does not let signals be handled.
#[cfg(unix)]
pub fn when_asked(then: impl Fn(Request) + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let request = |signal| if signal == SIGHUP { Request::Again } else { Request::End };
    std::thread::Builder::new().spawn(move || signals.forever().for_each(|signal| then(request(signal))))?;
    Ok(())
}

/// Does nothing: there are no such signals.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn when_asked(_: impl Fn(Request) + Send + 'static) -> std::io::Result<()> {
    Ok(())
}

/// Calls a function, on a thread of its own, when a signal asks this process to end: SIGHUP, SIGINT or SIGTERM. The process does not
/// end by itself any more.
///
/// # Errors
/// The system does not let signals be handled.
pub fn when_asked_to_end(then: impl Fn() + Send + 'static) -> std::io::Result<()> {
    when_asked(move |_| then())
}

/// Whether whoever writes to the standard input of this process has gone, even if what they wrote has not been read yet.
#[cfg(unix)]
#[must_use]
pub fn input_is_abandoned() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let input = std::io::stdin();
    let mut asked = [PollFd::new(&input, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut asked, Some(&at_once)).is_ok() && asked.iter().any(|found| found.revents().contains(PollFlags::HUP))
}

/// It is not known.
#[cfg(not(unix))]
#[must_use]
pub const fn input_is_abandoned() -> bool {
    false
}
