//! Decides live calls of MCP tools under policies, for processes that stand between a client and its servers.
//!
//! A [`Gate`](gate::Gate) holds policies and decides a call: by the evaluator of the library, with counters that a
//! [`CounterStore`](counters::CounterStore) keeps. It knows nothing of where calls come from. [`hook`] reads the events that
//! clients hand to a program before a tool is called, and writes the answers that they understand. [`proxy`] stands between a client
//! and a server and decides the calls in their messages. `listen`, with the feature `http`, accepts connections and says who may ask, and
//! `serve` answers the questions of gateways. [`settings`] has the texts by which clients start a hook. [`audit`] writes what was
//! decided as a log that `policyc replay` reads.
//!
//! Everything here fails closed: whatever cannot be read, understood or counted is denied, with a reason that says what to do.

pub mod audit;
pub mod counters;
pub mod gate;
pub mod hook;
#[cfg(feature = "http")]
pub mod listen;
pub mod proxy;
#[cfg(feature = "http")]
pub mod serve;
pub mod settings;
