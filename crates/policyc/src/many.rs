//! Work on many files at once, with results in the order of the files and little of it kept.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;

use super::{CommandResult, Exit, READER_GONE, Streams, written};

/// How many files for each thread are begun before the first of them is done: enough that none waits for a large file, and few enough
/// that their results take little memory.
const AHEAD: usize = 16;

/// Does work on items, as many at once as there are processors, and takes the results in the order of the items, on this thread. No more
/// results wait than [`AHEAD`] for each thread. The first error of `take` ends it.
pub(super) fn in_order<T, R, E>(
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
    R: Send,
{
    // Threads cost more than they save.
    if items.len() < 2 {
        return items.into_iter().try_for_each(|item| take(work(item)));
    }
    let most = rayon::current_num_threads() * AHEAD;
    let mut items = items.into_iter().enumerate();
    let work = &work;
    rayon::in_place_scope(|scope| {
        let (sender, results) = mpsc::channel();
        let mut waiting = BTreeMap::new();
        let (mut begun, mut next) = (0, 0);
        loop {
            for (index, item) in items.by_ref().take(most + next - begun) {
                let sender = sender.clone();
                scope.spawn(move |_| {
                    // A panic would leave this loop waiting for ever.
                    let result = catch_unwind(AssertUnwindSafe(|| work(item)));
                    // Nobody takes it when an error has ended the loop.
                    let _ = sender.send((index, result));
                });
                begun += 1;
            }
            if next == begun {
                return Ok(());
            }
            let Ok((index, result)) = results.recv() else { return Ok(()) };
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&next) {
                next += 1;
                take(result.unwrap_or_else(|panic| resume_unwind(panic)))?;
            }
        }
    })
}

/// What a command has printed, and how it ended.
pub(super) struct Captured {
    output: Vec<u8>,
    error: Vec<u8>,
    result: CommandResult,
}

/// How streams look, for those that stand in for them on another thread.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) colour_output: bool,
    pub(super) colour_error: bool,
    pub(super) width: usize,
}

impl Look {
    pub(super) const fn of(streams: &Streams<'_>) -> Self {
        let Streams { colour_output, colour_error, width, .. } = *streams;
        Self { colour_output, colour_error, width }
    }

    /// Runs a command with streams of its own; the input has these bytes.
    pub(super) fn capture(self, mut input: &[u8], command: impl FnOnce(&mut Streams<'_>) -> CommandResult) -> Captured {
        let (mut output, mut error) = (Vec::new(), Vec::new());
        let Self { colour_output, colour_error, width } = self;
        let result = command(&mut Streams {
            input: &mut input,
            output: &mut output,
            error: &mut error,
            colour_output,
            colour_error,
            progress: false,
            width,
        });
        Captured { output, error, result }
    }
}

impl Captured {
    /// Prints what was printed, and a failure as a message, so that the other files go on. How it ended.
    pub(super) fn print(self, streams: &mut Streams<'_>) -> CommandResult {
        written(streams.error.write_all(&self.error))?;
        written(streams.output.write_all(&self.output))?;
        match self.result {
            Ok(exit) => Ok(exit),
            Err(message) if message == READER_GONE => Err(message),
            Err(message) => {
                written(writeln!(streams.error, "policyc: {message}"))?;
                Ok(Exit::Failure)
            }
        }
    }

    /// What was printed to standard output and to standard error, with a failure as its last line, and how it ended.
    pub(super) fn into_parts(self) -> (String, String, Exit) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut error = text(&self.error);
        let exit = self.result.unwrap_or_else(|message| {
            error.push_str(&format!("policyc: {message}\n"));
            Exit::Failure
        });
        (text(&self.output), error, exit)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_few_wait() {
        let (begun, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let most = rayon::current_num_threads() * AHEAD;
        let mut results = Vec::new();
        let work = |item: usize| {
            let ahead = begun.fetch_add(1, Ordering::SeqCst) - taken.load(Ordering::SeqCst).min(item);
            assert!(ahead <= most, "{ahead} are begun");
            // The first of each few takes longest.
            let rounds = if item.is_multiple_of(7) { 100_000 } else { 1 };
            (0..rounds).for_each(|round| {
                std::hint::black_box(round);
            });
            item
        };
        let done: Result<(), ()> = in_order((0..1_000).collect(), work, |result| {
            results.push(result);
            taken.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        assert_eq!(done, Ok(()));
        assert_eq!(results, (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_it() {
        let worked = AtomicUsize::new(0);
        let work = |item: usize| {
            worked.fetch_add(1, Ordering::SeqCst);
            item
        };
        let done = in_order((0..100_000).collect(), work, |item| if item == 3 { Err(item) } else { Ok(()) });
        assert_eq!(done, Err(3));
        assert!(worked.into_inner() < 10_000);
    }

    #[test]
    #[should_panic(expected = "no good")]
    fn a_panic_is_passed_on() {
        let work = |item: usize| if item == 50 { panic!("no good") } else { item };
        let _: Result<(), ()> = in_order((0..100).collect(), work, |_| Ok(()));
    }
}
