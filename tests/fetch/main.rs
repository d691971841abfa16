//! `policyc catalogue fetch` against servers that do not behave, over standard input and output and over HTTP.
//!
//! The servers are in this program: started with `--serve MODE` it is one that speaks over its standard input and output. So it has its
//! own harness.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on says so by failing"
)]

mod config;
mod http;
mod program;
mod quiet;
mod server;
mod stdio;

use libtest_mimic::{Arguments, Trial};

fn main() -> std::process::ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some("--serve") {
        server::serve(&words.next().unwrap());
        return std::process::ExitCode::SUCCESS;
    }
    let tests = [stdio::tests(), http::tests(), config::tests(), quiet::tests()].concat();
    let trial = |(name, test): (&'static str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let mut arguments = Arguments::from_args();
    // Each starts programs that measure time.
    arguments.test_threads = Some(arguments.test_threads.unwrap_or(4).min(4));
    libtest_mimic::run(&arguments, tests.into_iter().map(trial).collect()).exit_code()
}
