//! Counters in a Redis or Valkey server, shared by several machines.
//!
//! Each question is one script (`redis/take.lua`), which the server runs in one step: all demands of a call are counted, or none.
//! Sums are added there as decimal digits, because a number of the server is not exact. The keys begin with `{policyc}`, which keeps
//! them in one slot of a cluster, and consist of digests: no names, grants or claims.
//!
//! What was counted is kept as well as the server keeps it: see its `appendfsync`, and that a replica may lag behind when it takes over.
//! A server that may evict keys to make room is refused, because a count that is gone would let more pass.

use std::fmt::Write as _;
use std::time::Duration;

use policyc_core::decimal::Decimal;
use policyc_core::diagnostics::visible;
use redis::{Client, Connection, ErrorKind, InfoDict, IntoConnectionInfo as _, RedisError, Script, ScriptInvocation};

use super::{CounterStore, Counting, Entry, Id, RECEIPT, REMEMBERED, StoreFailure};

/// How long a connection is waited for, and how long an answer. Together less than a client waits for a hook.
const CONNECTING: Duration = Duration::from_secs(2);
const ANSWERING: Duration = Duration::from_secs(2);

/// The longest number that is sent, in digits before or after the point. Sums have at most 4,096.
const MAX_DIGITS: u64 = 8_192;

/// The largest window in seconds since 1970 that the server tells from its neighbours: its scores are doubles.
const LAST_WINDOW: i64 = 1 << 53;

const SCRIPT: &str = include_str!("redis/take.lua");

/// Counters in a server, to which a connection is made when it is first asked.
#[derive(Debug)]
pub struct Redis {
    client: Client,
    connection: Option<Open>,
    script: Script,
}

/// A connection to a server that keeps what it is given.
struct Open(Connection);

impl std::fmt::Debug for Open {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Open")
    }
}

impl Redis {
    /// Counters in the server at an address, as `redis://user@host:port/database`; `rediss` is the same over TLS. A password that is given
    /// comes before one in the address.
    ///
    /// # Errors
    /// It is no address of such a server. The failure does not show it, as there may be a password in it.
    pub fn at(address: &str, password: Option<&str>) -> Result<Self, StoreFailure> {
        let wrong = |error: &RedisError| {
            let reason = said(error);
            StoreFailure(format!("the address of the counters is wrong: {reason}; write `redis://HOST:PORT/DATABASE`"))
        };
        let mut info = address.into_connection_info().map_err(|error| wrong(&error))?;
        if let Some(password) = password {
            let settings = info.redis_settings().clone().set_password(password);
            info = info.set_redis_settings(settings);
        }
        let client = Client::open(info).map_err(|error| wrong(&error))?;
        Ok(Self { client, connection: None, script: Script::new(SCRIPT) })
    }

    fn try_take(&mut self, entries: &[Entry<'_>], counting: Counting<'_>) -> Result<Vec<bool>, String> {
        let asked = question(&self.script, entries, counting)?;
        let connection = match self.connection.take() {
            Some(Open(connection)) => connection,
            None => open(&self.client)?,
        };
        let (connection, answer) = match ask(connection, &asked) {
            // It was idle, and may be gone. If the question was counted before that, it is counted twice, which lets no more pass.
            Err(error) if error.is_connection_dropped() => ask(open(&self.client)?, &asked),
            answer => answer,
        }
        .map_err(|error| said(&error))?;
        self.connection = Some(Open(connection));
        if answer.len() != entries.len() {
            return Err("it gave an answer that this version of policyc does not understand".to_owned());
        }
        Ok(answer.into_iter().map(|room| room == 1).collect())
    }
}

/// The script with its arguments.
fn question<'s>(
    script: &'s Script,
    entries: &[Entry<'_>],
    counting: Counting<'_>,
) -> Result<ScriptInvocation<'s>, String> {
    let (name, receipt) = match counting {
        Counting::Never => ("never", None),
        Counting::Once => ("once", None),
        Counting::LeavingReceipt(receipt) => ("leave", Some(receipt)),
        Counting::WithReceipt(receipt) => ("redeem", Some(receipt)),
    };
    let mut asked = script.key(format!("{{policyc}}:receipt:{}", receipt.map(hex).unwrap_or_default()));
    asked.arg(name).arg(RECEIPT);
    for entry in entries {
        let demand = entry.demand;
        let (limit, counter, window) = (hex(&entry.limit), hex(&entry.counter), demand.window);
        if window.unsigned_abs() >= LAST_WINDOW.unsigned_abs() {
            return Err("the time of the call is too far from the year 1970".to_owned());
        }
        asked.key(format!("{{policyc}}:horizon:{limit}")).key(format!("{{policyc}}:windows:{limit}"));
        asked.key(format!("{{policyc}}:counts:{limit}:{window}"));
        // The sum with nothing says whether the amount by itself has room.
        let amount = demand.amount.as_ref().filter(|_| demand.after(&Decimal::ZERO).is_some());
        let most = plain(demand.max).ok_or("a limit has too many digits for them")?;
        asked.arg(limit).arg(counter).arg(window).arg(amount.and_then(plain).unwrap_or_default()).arg(most);
        asked.arg(window.saturating_sub(REMEMBERED - 1));
    }
    Ok(asked)
}

/// Asks, and gives the connection back if it is still of use.
fn ask(mut connection: Connection, asked: &ScriptInvocation<'_>) -> Result<(Connection, Vec<i64>), RedisError> {
    let answer = asked.invoke(&mut connection)?;
    Ok((connection, answer))
}

impl CounterStore for Redis {
    fn take(&mut self, entries: &[Entry<'_>], counting: Counting<'_>, _: i64) -> Result<Vec<bool>, StoreFailure> {
        self.try_take(entries, counting).map_err(|reason| {
            // Without the password that may stand in the address.
            let place = visible(&self.client.get_connection_info().addr().to_string()).into_owned();
            StoreFailure(format!("the counters at `{place}` cannot be used: {reason}"))
        })
    }
}

/// A number that is not negative in digits, without an exponent and without zeros in front; `None` if it needs too many.
fn plain(number: &Decimal) -> Option<String> {
    let scale = number.fraction_digits();
    if number.is_negative() || scale > MAX_DIGITS {
        return None;
    }
    let digits = number.scaled(scale, MAX_DIGITS + scale)?.to_string();
    let scale = usize::try_from(scale).ok()?;
    let digits = format!("{}{digits}", "0".repeat((scale + 1).saturating_sub(digits.len())));
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

fn hex(id: &Id) -> String {
    id.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Connects, and looks whether the server keeps what it is given.
fn open(client: &Client) -> Result<Connection, String> {
    let mut connection = client.get_connection_with_timeout(CONNECTING).map_err(|error| said(&error))?;
    for timeout in [Connection::set_read_timeout, Connection::set_write_timeout] {
        timeout(&connection, Some(ANSWERING)).map_err(|error| said(&error))?;
    }
    let memory: InfoDict = redis::cmd("INFO")
        .arg("memory")
        .query(&mut connection)
        .map_err(|error| format!("it does not say whether it evicts keys (`INFO memory`): {}", said(&error)))?;
    match memory.get::<String>("maxmemory_policy") {
        Some(policy) if policy.starts_with("allkeys-") => {
            Err(format!("it may evict counts to make room (`maxmemory-policy {policy}`); set it to `noeviction`"))
        }
        Some(_) => Ok(connection),
        None => Err("it does not say whether it evicts keys (`maxmemory_policy` of `INFO memory`)".to_owned()),
    }
}

const WRONG_PASSWORD: &str = "it does not accept the name or the password";

/// What went wrong, as a clause.
fn said(error: &RedisError) -> String {
    if error.is_timeout() {
        return format!("it did not answer within {} seconds", ANSWERING.as_secs());
    }
    match error.code() {
        Some("NOAUTH") => {
            return "it asks for a password; name a file with it by `--counters-password-file`".to_owned();
        }
        Some("WRONGPASS") => return WRONG_PASSWORD.to_owned(),
        _ if error.kind() == ErrorKind::AuthenticationFailed => return WRONG_PASSWORD.to_owned(),
        _ => {}
    }
    let text = error.to_string();
    visible(text.trim_end_matches('.')).into_owned()
}
