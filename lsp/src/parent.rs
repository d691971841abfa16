//! Watches the process of the client. A server whose client was killed must not stay behind, even
//! if something keeps its input open.

use std::thread;
use std::time::Duration;

/// How long between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Calls `gone` once a process is no more. One that is not there at the start is not waited for: a
/// client in a container of its own, or on another machine, has a number that means nothing here.
pub(crate) fn watch(process: i64, gone: impl FnOnce() + Send + 'static) {
    let Some(is_there) = look(process).filter(|is_there| is_there()) else { return };
    thread::spawn(move || {
        while is_there() {
            thread::sleep(PAUSE);
        }
        gone();
    });
}

/// How to find out whether a process is there.
#[cfg(unix)]
fn look(process: i64) -> Option<impl Fn() -> bool + Send> {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    let process = Pid::from_raw(i32::try_from(process).ok().filter(|process| *process > 0)?)?;
    // One that may not be asked is there.
    Some(move || test_kill_process(process) != Err(Errno::SRCH))
}

/// Where there is no safe way to find out, the end of the input has to do.
#[cfg(not(unix))]
fn look(_: i64) -> Option<fn() -> bool> {
    None
}
