//! `policyc watch`
//!
//! Each run is that of `policyc check`, `lint` and `test`; nothing is checked here. What a run has read is written down ([`Reads`]), and
//! when one of these files is not as it was, the next run begins. The system only says when it is worth looking ([`Waker`]): a
//! notification that was lost, or one too many, makes no wrong run.

pub(crate) mod files;
mod run;
pub(crate) mod wake;

use std::path::Path;
use std::time::Duration;

use super::args::{PolicyArgs, WatchArgs};
use super::files::{is_stdin, shown};
use super::reads::Reads;
use super::{CommandResult, Exit, READER_GONE, Streams, policy, written};
use files::{Change, Watched};
use policyc_core::disk;
use wake::Waker;

/// For how long nothing may happen before a run begins: editors and version control write several files, and some remove a file before
/// they write it again.
pub(crate) const QUIET: Duration = Duration::from_millis(60);
/// How often to find out whether somebody still reads what is printed.
const SLICE: Duration = Duration::from_secs(1);
/// How often to look where the system does not say when.
pub(crate) const LOOK: Duration = Duration::from_secs(2);

pub(super) fn run(arguments: &WatchArgs, streams: &mut Streams<'_>) -> CommandResult {
    can_be_read_again(arguments)?;
    let mut waker = match arguments.poll {
        Some(seconds) => Waker::looking(Duration::from_secs(seconds.into())),
        None => Waker::new(),
    };
    let mut changes: Vec<Change> = Vec::new();
    for number in 1_u64.. {
        let reads = Reads::recording();
        let mut watched = Watched::begin(&arguments.files, arguments.test);
        run::one(arguments, &reads, &watched, number, &changes, streams)?;
        written(streams.output.flush())?;
        watched.add(reads.stamps());
        changes = next(&mut waker, &watched, arguments, streams)?;
    }
    Ok(Exit::Fine)
}

/// Waits until something has changed, and then until nothing more does for a while: what has changed.
fn next(
    waker: &mut Waker,
    watched: &Watched,
    arguments: &WatchArgs,
    streams: &mut Streams<'_>,
) -> Result<Vec<Change>, String> {
    loop {
        if let Some(message) = waker.follow(watched, LOOK) {
            written(writeln!(streams.error, "policyc: {message}"))?;
        }
        if !watched.changes(&arguments.files, arguments.test).is_empty() {
            waker.settle(QUIET);
            // What an editor had removed may be there again.
            let changes = watched.changes(&arguments.files, arguments.test);
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
        while !waker.wait(SLICE) {
            if reader_has_gone() {
                return Err(READER_GONE.to_owned());
            }
        }
    }
}

/// Whether nobody reads standard output any more. Otherwise that would be found out only by the next run.
#[cfg(unix)]
fn reader_has_gone() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let output = std::io::stdout();
    let mut asked = [PollFd::new(&output, PollFlags::empty())];
    let answered = poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    answered.is_ok() && asked.iter().any(|asked| asked.revents().intersects(PollFlags::ERR | PollFlags::HUP))
}

#[cfg(not(unix))]
const fn reader_has_gone() -> bool {
    false
}

/// Refuses what can be read only once.
fn can_be_read_again(arguments: &WatchArgs) -> Result<(), String> {
    let options = &arguments.options;
    let files = arguments.files.iter().map(AsRef::as_ref).chain(options.assertions.as_deref());
    all_can_be_read_again(files, &options.source)
}

/// Refuses files, and catalogues that the command line names, that can be read only once.
pub(crate) fn all_can_be_read_again<'p>(
    mut files: impl Iterator<Item = &'p Path> + Clone,
    source: &PolicyArgs,
) -> Result<(), String> {
    if files.clone().any(is_stdin) {
        return Err("standard input cannot be watched; name a file or a folder".to_owned());
    }
    let catalogues = policy::catalogue_options(&source.catalogue)?;
    let mut named = catalogues.iter().map(|option| option.path.as_path());
    match named.find(|path| is_special(path)).or_else(|| files.find(|path| is_special(path))) {
        None => Ok(()),
        Some(path) => Err(format!("`{}` is a pipe or device, which cannot be watched; name a file", shown(path))),
    }
}

fn is_special(path: &Path) -> bool {
    disk::is_taken(path) && path.exists() && !path.is_file() && !path.is_dir()
}
