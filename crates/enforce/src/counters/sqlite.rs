//! Counters in a file of SQLite, shared by all processes of a machine.
//!
//! Each question is one transaction that takes the lock for writing before it reads (`BEGIN IMMEDIATE`), so no two processes see
//! the same count. It is committed before the answer is given: a process that is killed has counted, or has let nothing through.
//! With [`Sync::Full`] the log in front of the file (WAL) is written to the disk at each commit (`synchronous = FULL`): what was counted is
//! still counted after a power failure, as far as the disk keeps its word. With [`Sync::Normal`] the system writes it some time later.
//!
//! Sums are texts, because a number of SQLite is not exact. The file holds digests, no names, grants or claims.

use std::path::{Path, PathBuf};
use std::time::Duration;

use policyc_core::decimal::Decimal;
use policyc_core::diagnostics::visible;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{CounterStore, Counting, Entry, RECEIPT, REMEMBERED, StoreFailure};

/// How long another process is waited for. Clients wait ten seconds and more for a hook.
const WAIT: Duration = Duration::from_secs(4);

/// The layout of the tables below. A file with another one is not read.
const LAYOUT: i64 = 1;

/// "plcy", which says that a file is one of ours.
const APPLICATION: i64 = 0x706c_6379;

const TABLES: &str = "
    CREATE TABLE counts (
        identity BLOB NOT NULL, window INTEGER NOT NULL, counter BLOB NOT NULL, used TEXT NOT NULL,
        PRIMARY KEY (identity, window, counter)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE horizons (
        identity BLOB NOT NULL PRIMARY KEY, newest INTEGER NOT NULL, first INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE receipts (
        receipt BLOB NOT NULL PRIMARY KEY, unused INTEGER NOT NULL, at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// When a count is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// Before the store answers.
    #[default]
    Full,
    /// When the system writes it. A process that is killed forgets nothing; a power failure may forget what was counted last.
    Normal,
}

/// Counters in a file, which is opened when it is first asked, and made if there is none.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    sync: Sync,
    connection: Option<Connection>,
}

/// Why the file could not be used.
enum Trouble {
    Sqlite(rusqlite::Error),
    Other(String),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Sqlite {
    /// Counters in this file.
    #[must_use]
    pub const fn at(path: PathBuf, sync: Sync) -> Self {
        Self { path, sync, connection: None }
    }

    fn failure(&self, trouble: &Trouble) -> StoreFailure {
        let path = visible(&self.path.to_string_lossy()).into_owned();
        let reason = match trouble {
            Trouble::Other(reason) => reason.clone(),
            Trouble::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    format!("another process has held it for more than {} seconds", WAIT.as_secs())
                }
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    "it is damaged; move it away to begin with empty counters".to_owned()
                }
                Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
                Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "it may not be written to".to_owned(),
                Some(ErrorCode::CannotOpen) => "it cannot be opened".to_owned(),
                _ => visible(&error.to_string()).into_owned(),
            },
        };
        StoreFailure(format!("the counters in `{path}` cannot be used: {reason}"))
    }

    fn try_take(&mut self, entries: &[Entry<'_>], counting: Counting<'_>, now: i64) -> Result<Vec<bool>, Trouble> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => open(&self.path, self.sync)?,
        };
        // After an error the file is opened again: what went wrong may have to do with the connection.
        let connection = self.connection.insert(connection);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let room = take(&transaction, entries, counting, now)?;
        transaction.commit()?;
        Ok(room)
    }
}

impl CounterStore for Sqlite {
    fn take(&mut self, entries: &[Entry<'_>], counting: Counting<'_>, now: i64) -> Result<Vec<bool>, StoreFailure> {
        self.try_take(entries, counting, now).map_err(|trouble| {
            self.connection = None;
            self.failure(&trouble)
        })
    }
}

/// Opens the file, and makes it with its folder if there is none.
fn open(path: &Path, sync: Sync) -> Result<Connection, Trouble> {
    make_private(path).map_err(|error| Trouble::Other(error.to_string()))?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(WAIT)?;
    connection.pragma_update(None, "synchronous", if sync == Sync::Full { "FULL" } else { "NORMAL" })?;
    // Nothing that stands in the file is run or trusted.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    let number =
        |connection: &Connection, name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if (number(&connection, "application_id")?, number(&connection, "user_version")?) != (APPLICATION, LAYOUT) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been quicker.
        match (number(&transaction, "application_id")?, number(&transaction, "user_version")?) {
            (APPLICATION, LAYOUT) => {}
            (0, 0) if is_empty(&transaction)? => {
                transaction.execute_batch(TABLES)?;
                transaction.pragma_update(None, "application_id", APPLICATION)?;
                transaction.pragma_update(None, "user_version", LAYOUT)?;
            }
            (APPLICATION, version) => {
                return Err(Trouble::Other(format!(
                    "another version of policyc made it (layout {version}, not {LAYOUT})"
                )));
            }
            _ => return Err(Trouble::Other("it is a database of another program".to_owned())),
        }
        transaction.commit()?;
    }
    if connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))? != "wal" {
        // This cannot wait for others by itself. If another process is quicker, the mode is the same.
        let began = std::time::Instant::now();
        loop {
            match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
                Ok(mode) if mode == "wal" => break,
                Ok(mode) => {
                    return Err(Trouble::Other(format!("its folder cannot have a log beside it (mode {mode})")));
                }
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && began.elapsed() < WAIT => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(connection)
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).map(|count| count == 0)
}

/// Makes the file and its folder if there are none, for nobody but their owner.
fn make_private(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn take(
    transaction: &Transaction<'_>,
    entries: &[Entry<'_>],
    counting: Counting<'_>,
    now: i64,
) -> Result<Vec<bool>, Trouble> {
    if matches!(counting, Counting::WithReceipt(_) | Counting::LeavingReceipt(_)) {
        let oldest = now.saturating_sub(RECEIPT);
        transaction.execute("DELETE FROM receipts WHERE at NOT BETWEEN ?1 AND ?2", params![oldest, now])?;
    }
    if let Counting::WithReceipt(receipt) = counting
        && transaction.execute("UPDATE receipts SET unused = unused - 1 WHERE receipt = ?1", [receipt.as_slice()])? > 0
    {
        transaction.execute("DELETE FROM receipts WHERE unused <= 0", [])?;
        return Ok(vec![true; entries.len()]);
    }
    let sums: Vec<Option<Decimal>> = entries.iter().map(|entry| after(transaction, entry)).collect::<Result<_, _>>()?;
    let room: Vec<bool> = sums.iter().map(Option::is_some).collect();
    if counting != Counting::Never && room.iter().all(|room| *room) {
        for (entry, sum) in entries.iter().zip(sums) {
            count(transaction, entry, &sum.unwrap_or(Decimal::ZERO))?;
        }
        if let Counting::LeavingReceipt(receipt) = counting {
            transaction.execute(
                "INSERT INTO receipts VALUES (?1, 1, ?2) ON CONFLICT DO UPDATE SET unused = unused + 1, at = excluded.at",
                params![receipt.as_slice(), now],
            )?;
        }
    }
    Ok(room)
}

/// What the counter of an entry holds after the call; `None` if there is no room.
fn after(transaction: &Transaction<'_>, entry: &Entry<'_>) -> Result<Option<Decimal>, Trouble> {
    let window = entry.demand.window;
    let used: Option<String> = transaction
        .prepare("SELECT used FROM counts WHERE identity = ?1 AND window = ?2 AND counter = ?3")?
        .query_row(params![entry.limit.as_slice(), window, entry.counter.as_slice()], |row| row.get(0))
        .optional()?;
    let used = match used {
        Some(text) => match Decimal::parse(&text) {
            Some(used) if !used.is_negative() => used,
            _ => return Err(Trouble::Other("it is damaged; move it away to begin with empty counters".to_owned())),
        },
        None => {
            let first: Option<i64> = transaction
                .prepare("SELECT first FROM horizons WHERE identity = ?1")?
                .query_row([entry.limit.as_slice()], |row| row.get(0))
                .optional()?;
            if first.is_some_and(|first| window < first) {
                return Ok(None);
            }
            Decimal::ZERO
        }
    };
    Ok(entry.demand.after(&used))
}

fn count(transaction: &Transaction<'_>, entry: &Entry<'_>, sum: &Decimal) -> Result<(), Trouble> {
    let (limit, window) = (entry.limit.as_slice(), entry.demand.window);
    transaction
        .prepare("INSERT INTO counts VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET used = excluded.used")?
        .execute(params![limit, window, entry.counter.as_slice(), sum.to_string()])?;
    let newest: Option<i64> = transaction
        .prepare("SELECT newest FROM horizons WHERE identity = ?1")?
        .query_row([limit], |row| row.get(0))
        .optional()?;
    if newest.is_some_and(|newest| window <= newest) {
        return Ok(());
    }
    let first = window.saturating_sub(REMEMBERED - 1);
    let removed = transaction
        .prepare("DELETE FROM counts WHERE identity = ?1 AND window < ?2")?
        .execute(params![limit, first])?;
    // What was not forgotten, because nothing was counted there, still has room.
    let first = if removed > 0 { first } else { i64::MIN };
    transaction
        .prepare(
            "INSERT INTO horizons VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET newest = excluded.newest, first = max(first, excluded.first)",
        )?
        .execute(params![limit, window, first])?;
    Ok(())
}
