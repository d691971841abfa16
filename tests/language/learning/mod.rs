//! Policies that are learnt from logs: proved, narrow, and how they do with calls that they were not learnt from.

mod generator;
mod held_out;
mod property;

use std::path::Path;

use policyc_core::disk::Unreadable;
use policyc_core::replay::Lines;
use policyc_core::sema::{Loader, Options};
use policyc_core::starter::learn::{Draft, Learner, Learnt, NotLearnt};
use policyc_core::starter::{StarterServer, Wanted};

/// One catalogue, whatever its path.
struct One<'a>(&'a str);

impl Loader for One<'_> {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(self.0.as_bytes().to_vec())
    }
}

/// Gives each line of a log to `take`.
fn lines(log: &str, take: &mut dyn FnMut(&policyc_core::replay::Line<'_>)) {
    let mut lines = Lines::new(log.as_bytes());
    while let Some(line) = lines.next_line().unwrap() {
        take(&line);
    }
}

/// What is learnt for one server from a log.
fn draft(catalogue: &str, log: &str) -> Result<Draft, NotLearnt> {
    let servers = [StarterServer { name: "shop".to_owned(), catalogue: "shop.json".to_owned() }];
    let (options, settings) = (Options::default(), Default::default());
    let wanted =
        Wanted { servers: &servers, path: Path::new("p.pol"), options: &options, targets: &[], settings: &settings };
    let loader = One(catalogue);
    let mut learner = Learner::new(&wanted, &loader).map_err(NotLearnt::NotWritten)?;
    lines(log, &mut |line| learner.line(line));
    learner.draft(&loader)
}

/// The same, proved.
fn proved(draft: &Draft, log: &str) -> Result<Learnt, NotLearnt> {
    let mut check = draft.check()?;
    lines(log, &mut |line| check.line(line));
    draft.proved(check)
}
