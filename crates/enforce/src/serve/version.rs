//! One version of the policies, with threads that decide by it.
//!
//! Whoever asks holds a [`Version`] until they have their answer, so a request sees one version only, whatever replaces it meanwhile. The
//! threads own the policies, and end when nobody holds the version any more. Counting blocks, for the counters are on a disk; so it
//! is done by these threads and not by those that carry requests.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use policyc_core::ir::Policy;
use policyc_core::source::SourceMap;
use tokio::sync::oneshot;

use super::ask::{Ask, Ruling, Until, Wanted};
use super::judge::Judge;
use crate::audit::Log;
use crate::gate::Gate;
use crate::proxy::message::folded;

/// How many requests may wait for a thread. Others are refused: whoever asks has less patience than it would take.
const QUEUE: usize = 1_024;

/// How many threads decide, at most. More would wait for the lock of the counters.
const MOST_THREADS: usize = 4;

/// A policy that decides, with what it was made from.
#[derive(Debug)]
pub struct Governing {
    /// The policy.
    pub policy: Policy,
    /// The SHA-256 of its files and catalogues.
    pub digest: String,
    /// Its texts, which explanations quote.
    pub sources: SourceMap,
    /// The file that the command line names.
    pub file: PathBuf,
}

/// Makes a gate for policies. An error is a clause for people.
pub type MakeGate = Arc<dyn for<'p> Fn(&'p [Governing]) -> Result<Gate<'p>, String> + Send + Sync>;

/// What decides, besides the policies.
#[derive(Clone)]
pub struct Setting {
    /// Makes the gates; each thread has one.
    pub gate: MakeGate,
    /// Where decisions are written down.
    pub log: Option<Arc<Log>>,
    /// Whether everything passes.
    pub observe: bool,
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub clock: fn() -> i64,
}

/// Policies that decide.
pub struct Version {
    /// For each policy its name and digest.
    pub(super) policies: Vec<(String, String)>,
    queue: SyncSender<Job>,
}

/// What is known by name.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The tools, by their names without case.
    tools: BTreeMap<String, BTreeSet<String>>,
    servers: BTreeSet<String>,
}

/// Questions, and where the answers go.
struct Job {
    asks: Vec<Result<Ask, String>>,
    until: Until,
    wanted: Wanted,
    ids: Vec<String>,
    /// The name of whoever asks, if their token has one.
    caller: Option<Arc<str>>,
    answers: oneshot::Sender<Vec<Ruling>>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Too many wait already.
    Busy,
    /// A thread has failed.
    Failed,
}

impl Version {
    /// Starts threads that decide by some policies.
    ///
    /// # Errors
    /// There is no gate for them, or the system gives no threads; a clause for people.
    pub fn start(policies: Vec<Governing>, setting: &Setting) -> Result<Self, String> {
        let (queue, jobs) = sync_channel(QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        // What is wrong with the options shows now, and not in each thread.
        (setting.gate)(&policies)?;
        let about = policies.iter().map(|one| (one.policy.name.clone(), one.digest.clone())).collect();
        let policies: Arc<[Governing]> = policies.into();
        let threads = thread::available_parallelism().map_or(1, usize::from).clamp(1, MOST_THREADS);
        for _ in 0..threads {
            let (jobs, policies, setting) = (Arc::clone(&jobs), Arc::clone(&policies), setting.clone());
            let work = move || work(&jobs, &policies, &setting);
            thread::Builder::new().spawn(work).map_err(|error| format!("the system gives no threads: {error}"))?;
        }
        Ok(Self { policies: about, queue })
    }

    /// Asks, and waits for the answers: as many as were asked, up to the one that ends them.
    pub(super) async fn ask(
        &self,
        asks: Vec<Result<Ask, String>>,
        until: Until,
        wanted: Wanted,
        ids: Vec<String>,
        caller: Option<Arc<str>>,
    ) -> Result<Vec<Ruling>, Unanswered> {
        let (answers, answered) = oneshot::channel();
        match self.queue.try_send(Job { asks, until, wanted, ids, caller, answers }) {
            Ok(()) => answered.await.map_err(|_| Unanswered::Failed),
            Err(TrySendError::Full(_)) => Err(Unanswered::Busy),
            Err(TrySendError::Disconnected(_)) => Err(Unanswered::Failed),
        }
    }
}

/// Does jobs until nobody can ask any more.
fn work(jobs: &Mutex<Receiver<Job>>, policies: &[Governing], setting: &Setting) {
    let Ok(mut judge) = Judge::new(policies, setting) else { return };
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Nobody waits for it any more, so it must not count.
        if job.answers.is_closed() {
            continue;
        }
        let Job { asks, until, wanted, ids, caller, answers } = job;
        // Without an answer, whoever asked reads of a failure.
        if let Ok(rulings) =
            catch_unwind(AssertUnwindSafe(|| judge.answer(&asks, until, wanted, ids, caller.as_deref())))
        {
            let _ = answers.send(rulings);
        }
    }
}

impl Names {
    pub(super) fn of(policies: &[Governing]) -> Self {
        let mut names = Self::default();
        for one in policies {
            for tool in one.policy.tools.iter() {
                names.tools.entry(folded(tool.name.trim())).or_default().insert(tool.name.clone());
            }
            names.servers.extend(one.policy.servers.iter().map(|server| server.name.clone()));
        }
        names
    }

    /// The names of known tools that another program might take for this one.
    pub(super) fn like(&self, tool: &str) -> Option<&BTreeSet<String>> {
        self.tools.get(&folded(tool.trim()))
    }

    pub(super) fn has_tool(&self, tool: &str) -> bool {
        self.like(tool).is_some_and(|names| names.contains(tool))
    }

    pub(super) fn has_server(&self, server: &str) -> bool {
        self.servers.contains(server)
    }
}
