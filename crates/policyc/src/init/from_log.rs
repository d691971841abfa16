//! `policyc init --from-log`

use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;

use super::super::args::InitArgs;
use super::super::files::{self, Disk, shown};
use super::super::{Streams, print, replay};
use super::Written;
use policyc_core::replay::Line;
use policyc_core::report;
use policyc_core::starter::Wanted;
use policyc_core::starter::learn::{Learner, NotLearnt};

/// The catalogues, in messages.
const CATALOGUE: &str = "the catalogue";

pub(super) fn run(
    arguments: &InitArgs,
    log: &Path,
    wanted: &Wanted<'_>,
    output: Option<&Path>,
    streams: &mut Streams<'_>,
) -> Result<Written, String> {
    let loader = Disk::default();
    let mut learner = match Learner::new(wanted, &loader) {
        Ok(learner) => learner,
        Err(reason) => return super::not_written(reason, CATALOGUE, streams),
    };
    let mut calls = Calls::open(log, streams)?;
    calls.read(log, streams, &mut |line| learner.line(line))?;
    let draft = match learner.draft(&loader) {
        Ok(draft) => draft,
        Err(reason) => return not_learnt(reason, log, streams),
    };
    let learnt = draft.check().and_then(|mut check| {
        let read = calls.read(log, streams, &mut |line| check.line(line));
        read.map_err(NotLearnt::Unreadable)?;
        draft.proved(check)
    });
    let learnt = match learnt {
        Ok(learnt) => learnt,
        Err(reason) => return not_learnt(reason, log, streams),
    };
    print(streams.error, &report::learn::left_out(&draft.log, &shown(log)))?;
    if let Some(refused) = &draft.refused {
        print(streams.error, &super::given_up("the policy", refused))?;
    }
    print(streams.error, &report::learn::denied(learnt.denied, draft.asks_nobody))?;
    if arguments.explain {
        print(streams.error, &report::learn::needs(&learnt.needs, &shown(log)))?;
    }
    super::finish(&learnt.text, output, streams)
}

fn not_learnt(reason: NotLearnt, path: &Path, streams: &mut Streams<'_>) -> Result<Written, String> {
    let name = shown(path);
    match reason {
        NotLearnt::NotWritten(reason) => super::not_written(reason, CATALOGUE, streams),
        NotLearnt::Unreadable(reason) => Err(reason),
        NotLearnt::NoCalls(log) => {
            print(streams.error, &report::learn::left_out(&log, &name))?;
            Err(format!("nothing is written: `{name}` has no call of a tool in the catalogue to learn from"))
        }
        NotLearnt::Changed => Err(format!("nothing is written: `{name}` changed while it was read; copy it first")),
        NotLearnt::Unproved(reason) => {
            Err(format!("nothing is written: the policy is not proved: {reason}; please report this"))
        }
    }
}

/// The log, which is read twice. What can be read only once is kept in a temporary file without a name.
struct Calls(File);

impl Calls {
    fn open(path: &Path, streams: &mut Streams<'_>) -> Result<Self, String> {
        let told = |error: io::Error| files::cannot_read(path, &error.into());
        if files::is_stdin(path) {
            return Self::keep(&mut *streams.input).map_err(told);
        }
        let mut file = files::open(path)?;
        if file.metadata().map_err(told)?.is_file() {
            return Ok(Self(file));
        }
        Self::keep(&mut file).map_err(told)
    }

    fn keep(input: &mut dyn io::Read) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        io::copy(input, &mut file)?;
        Ok(Self(file))
    }

    /// Reads the log from its beginning.
    fn read(&mut self, path: &Path, streams: &Streams<'_>, take: &mut dyn FnMut(&Line<'_>)) -> Result<(), String> {
        self.0.rewind().map_err(|error| files::cannot_read(path, &error.into()))?;
        let length = self.0.metadata().ok().map(|data| data.len());
        replay::lines(&mut self.0, length, path, streams.progress, take)
    }
}
