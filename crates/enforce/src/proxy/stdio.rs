//! Carries messages between the streams of a client and a program that is already running.
//!
//! Two threads read, one from each side, and write what the proxy makes of it; so each side can be slow without holding up the other,
//! and nothing is read that nobody has room for. The thread that calls [`run`] waits for the end: of the client, of the server, or of
//! the patience with an approval. It never writes, so it cannot be held up.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use policyc_process::{Ending, Group};

use super::program::{Asked, GRACE, Program};
use super::{Effect, MAX_MESSAGE, Proxy, Question, locked};

/// How long answers are waited for after the client has said all that it will say.
pub(super) const DRAIN: Duration = Duration::from_secs(30);
/// How often the thread that waits looks around.
const TICK: Duration = Duration::from_secs(1);
/// The same when something is about to end.
const SHORT: Duration = Duration::from_millis(20);

/// The side of the client, and what else the world has to offer.
pub struct Outside {
    /// What the client says.
    pub input: Box<dyn Read + Send>,
    /// What the client reads.
    pub output: Box<dyn Write + Send>,
    /// Says a sentence to the operator.
    pub note: Box<dyn Fn(&str) + Send + Sync>,
    /// The time in seconds since 1970-01-01T00:00:00Z.
    pub clock: fn() -> i64,
    /// A program that approves calls.
    pub command: Option<PathBuf>,
    /// Asks somebody else about a call, if there is no program.
    pub approver: Option<Ask>,
    /// How long they may take.
    pub patience: Duration,
}

/// Asks about a call, a JSON object, whether it is approved. An error is a clause.
pub type Ask = Box<dyn Fn(&str) -> Result<bool, String> + Send + Sync>;

/// What the waiting thread learns.
enum Event {
    /// The client says no more.
    ClientEnded,
    /// The client reads no more.
    ClientGone,
    /// The server says no more.
    ServerEnded,
    /// A signal asks for the end.
    Asked,
    /// A thread has failed, and nobody does its work.
    Failed,
}

struct Shared {
    proxy: Mutex<Proxy<'static>>,
    to_server: Mutex<Option<ChildStdin>>,
    to_client: Mutex<Box<dyn Write + Send>>,
    note: Box<dyn Fn(&str) + Send + Sync>,
    clock: fn() -> i64,
    command: Option<PathBuf>,
    approver: Option<Ask>,
    patience: Duration,
    /// The commands that have not answered yet.
    asked: Mutex<Vec<Group>>,
    events: Mutex<Sender<Event>>,
}

/// Carries messages until one side ends. The program is ended, and all that it started.
///
/// # Errors
/// A clause for people: the program ended before the client did.
pub fn run(proxy: Proxy<'static>, mut program: Program, outside: Outside) -> Result<(), String> {
    let (events, told) = channel();
    let (stdin, stdout) = program.streams().ok_or("the standard streams of the server are not open")?;
    let Outside { input, output, note, clock, command, approver, patience } = outside;
    let shared = Arc::new(Shared {
        proxy: Mutex::new(proxy),
        to_server: Mutex::new(Some(stdin)),
        to_client: Mutex::new(output),
        note,
        clock,
        command,
        approver,
        patience,
        asked: Mutex::new(Vec::new()),
        events: Mutex::new(events.clone()),
    });
    let asked = events.clone();
    let told_of_signals = policyc_process::when_asked_to_end(move || drop(asked.send(Event::Asked)));
    told_of_signals.map_err(|error| format!("signals cannot be handled: {error}"))?;
    let start = |name: &str, work: Box<dyn FnOnce() + Send>| {
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .map_err(|error| format!("no thread can be started: {error}"))
    };
    let (of_client, of_server) = (Arc::clone(&shared), Arc::clone(&shared));
    let started = start("server", Box::new(move || of_server.read_server(stdout)))
        .and_then(|_| start("client", Box::new(move || of_client.read_client(input))));
    let ended = match started {
        Ok(_) => wait(&shared, &told),
        Err(why) => Err(why),
    };
    if ended.is_err() && shared.waits() {
        // The answers that the server owes are given for it, if the client reads them.
        let for_server = Arc::clone(&shared);
        let (said, all_said) = channel();
        thread::spawn(move || {
            let effects = locked(&for_server.proxy).server_ended();
            for_server.perform(effects);
            drop(said);
        });
        let _: Result<(), _> = all_said.recv_timeout(GRACE);
    }
    shared.close();
    locked(&shared.asked).iter().for_each(|group| group.end(Ending::Asked));
    let how = program.end();
    if ended.is_ok() {
        // What it says at its end is still carried.
        let until = Instant::now() + GRACE;
        while Instant::now() < until {
            match told.recv_timeout(SHORT) {
                Ok(Event::ServerEnded | Event::ClientGone) | Err(RecvTimeoutError::Disconnected) => break,
                _ => {}
            }
        }
    }
    ended.map_err(|why| format!("{why}{how}"))
}

/// Waits for an end.
fn wait(shared: &Arc<Shared>, told: &Receiver<Event>) -> Result<(), String> {
    let mut until: Option<Instant> = None;
    let mut abandoned: Option<Instant> = None;
    loop {
        match told.recv_timeout(if until.is_some() { SHORT } else { TICK }) {
            Ok(Event::ClientGone | Event::Asked) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Ok(Event::Failed) => return Err("policyc has failed, please report it".to_owned()),
            Ok(Event::ServerEnded) if until.is_some() && !shared.waits() => return Ok(()),
            Ok(Event::ServerEnded) => return Err("the server has ended".to_owned()),
            Ok(Event::ClientEnded) => {
                until = Some(Instant::now() + DRAIN);
                shared.in_background(|proxy, now| proxy.client_ended(now));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = (shared.clock)();
        if shared.try_proxy(|proxy| proxy.next_expiry().is_some_and(|expiry| expiry <= now)) {
            shared.in_background(Proxy::expire);
        }
        // A client that has gone is noticed by reading, unless what it said last cannot be delivered.
        if until.is_none()
            && policyc_process::input_is_abandoned()
            && abandoned.get_or_insert_with(Instant::now).elapsed() > DRAIN
        {
            return Ok(());
        }
        if until.is_some_and(|until| Instant::now() > until) || (until.is_some() && !shared.waits()) {
            return Ok(());
        }
    }
}

impl Shared {
    /// Whether the server owes an answer.
    fn waits(&self) -> bool {
        locked(&self.proxy).waits()
    }

    /// Asks the proxy something if it is not busy.
    fn try_proxy(&self, question: impl FnOnce(&Proxy<'static>) -> bool) -> bool {
        match self.proxy.try_lock() {
            Ok(proxy) => question(&proxy),
            Err(TryLockError::Poisoned(proxy)) => question(&proxy.into_inner()),
            Err(TryLockError::WouldBlock) => false,
        }
    }

    /// Does what may be held up by a side that does not read.
    fn in_background(self: &Arc<Self>, work: fn(&mut Proxy<'static>, i64) -> Vec<Effect>) {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            let effects = work(&mut locked(&shared.proxy), (shared.clock)());
            shared.perform(effects);
        });
    }

    fn tell(&self, event: Event) {
        // A side that has stopped listening is about to end.
        let _ = locked(&self.events).send(event);
    }

    fn read_client(self: Arc<Self>, input: Box<dyn Read + Send>) {
        let read = || {
            let mut reader = BufReader::with_capacity(1 << 16, input);
            let mut line = Vec::new();
            while let Ok(true) = next_line(&mut reader, &mut line) {
                let effects = locked(&self.proxy).from_client(std::mem::take(&mut line), (self.clock)());
                self.perform(effects);
            }
        };
        let ended = catch_unwind(AssertUnwindSafe(read));
        self.tell(if ended.is_ok() { Event::ClientEnded } else { Event::Failed });
    }

    fn read_server(self: Arc<Self>, output: ChildStdout) {
        let read = || {
            let mut reader = BufReader::with_capacity(1 << 16, output);
            let mut line = Vec::new();
            while let Ok(true) = next_line(&mut reader, &mut line) {
                let effects = locked(&self.proxy).from_server(std::mem::take(&mut line), (self.clock)());
                self.perform(effects);
            }
        };
        let ended = catch_unwind(AssertUnwindSafe(read));
        self.tell(if ended.is_ok() { Event::ServerEnded } else { Event::Failed });
    }

    fn perform(self: &Arc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::ToServer(line) => {
                    // Its exit shows that it has stopped reading.
                    if let Some(stdin) = locked(&self.to_server).as_mut() {
                        let _ = write_line(stdin, line);
                    }
                }
                Effect::ToClient(line) => {
                    if write_line(&mut *locked(&self.to_client), line).is_err() {
                        self.tell(Event::ClientGone);
                    }
                }
                Effect::Ask(question) => self.ask(question),
                Effect::Note(note) => (self.note)(&note),
            }
        }
    }

    /// Asks the operator's command about a call.
    fn ask(self: &Arc<Self>, question: Question) {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            let command = |command: &PathBuf| {
                let asked = Asked::start(command, &question.json)?;
                locked(&shared.asked).push(asked.group);
                let group = asked.group;
                let answer = asked.answer(shared.patience);
                locked(&shared.asked).retain(|other| *other != group);
                answer
            };
            let (who, answer) = match (&shared.command, &shared.approver) {
                (Some(program), _) => ("the command that approves calls", command(program)),
                (None, Some(approver)) => ("the service that approves calls", approver(&question.json)),
                (None, None) => ("the command that approves calls", Err("there is no command".to_owned())),
            };
            if let Err(why) = &answer {
                (shared.note)(&format!("{who} has failed: {why}"));
            }
            let effects = locked(&shared.proxy).answered(&question.ticket, answer == Ok(true), (shared.clock)());
            shared.perform(effects);
        });
    }

    /// Tells the program that nothing more comes. If it does not even read what has come, its end does.
    fn close(&self) {
        if let Ok(mut stdin) = self.to_server.try_lock() {
            stdin.take();
        }
    }
}

pub(super) fn write_line(out: &mut dyn Write, mut line: String) -> io::Result<()> {
    line.push('\n');
    out.write_all(line.as_bytes())?;
    out.flush()
}

/// Reads a line, without its end. A line that is too long is cut, but never to a length that is allowed. Gives whether there was one;
/// the last one may have no end.
pub(super) fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    loop {
        let piece = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if piece.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = piece.iter().position(|byte| *byte == b'\n');
        let part = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
        if line.len() <= MAX_MESSAGE {
            line.extend_from_slice(part);
        }
        let taken = end.map_or(piece.len(), |end| end + 1);
        reader.consume(taken);
        if end.is_some() {
            return Ok(true);
        }
    }
}
