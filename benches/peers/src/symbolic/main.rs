//! How long exact questions take here and in Cedar's symbolic compiler, which has them answered by the solver cvc5.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml --features symbolic --bin symbolic [COUNT]...`, where COUNT is
//! how many rules a policy has (1, 10 and 100 if none is given). cvc5 is a program of its own (Debian: `apt install cvc5`;
//! <https://cvc5.github.io>); it is looked for at the path in the variable `CVC5`, else as `cvc5` on the `PATH`. Without
//! it nothing is compared.
//!
//! Both get the same rules about one tool with a number and three strings, written from one description, and the same universe:
//! calls that satisfy the schema. Both answer with an example where there is one. The answers are known beforehand and compared,
//! and Cedar's examples are tried out by its authorizer. Two things are timed, in turn, and their medians printed:
//!
//! - `asked`: the policies were read and checked; Cedar's were compiled to terms, too, and its solver has
//!   answered something. It is a new process each time: one that had been asked the same a few times was up to twice as slow (cvc5 1.0.3).
//! - `from text`: the policies and the schema are read, and cvc5 is started. (The program policyc itself is not.)

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on says so by failing"
)]

mod description;
mod ours;
mod theirs;

use std::hint::black_box;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use description::{Asked, Language, questions};

/// How long a question is repeated, and how often at least.
const LONG: Duration = Duration::from_secs(2);
const LEAST: usize = 5;
const MOST: usize = 50;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn timed<T>(times: &mut Vec<Duration>, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    times.push(start.elapsed());
    result
}

fn cells(ours: Vec<Duration>, theirs: Vec<Duration>) -> String {
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    format!("{:>11}{:>11}{ratio:>8.0}", format!("{ours:.1?}"), format!("{theirs:.1?}"))
}

fn start(runtime: &Runtime) -> theirs::Started {
    let _context = runtime.enter();
    theirs::Started::new()
}

fn compare(asked: &Asked, runtime: &Runtime) -> String {
    let mut started = start(runtime);
    let (our_text, their_text) = (asked.question.written(Language::Policyc), asked.question.written(Language::Cedar));
    let (ours, theirs) = (ours::Prepared::read(&our_text), theirs::Prepared::read(&their_text));
    assert_eq!(ours.answer(), asked.found, "policyc: {}", asked.what);
    let found = runtime.block_on(theirs.answer(&mut started));
    runtime.block_on(started.stop());
    let found = match found {
        Ok(found) => found,
        Err(error) => return format!("  Cedar and cvc5 give no answer: {error}"),
    };
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<bool>>(), asked.found, "Cedar: {}", asked.what);
    assert!(theirs.confirms(&found), "Cedar: an example that is none: {}", asked.what);
    let [mut our_warm, mut their_warm, mut our_cold, mut their_cold] = [const { Vec::new() }; 4];
    let began = Instant::now();
    while our_warm.len() < LEAST || (our_warm.len() < MOST && began.elapsed() < LONG) {
        timed(&mut our_warm, || black_box(black_box(&ours).answer()));
        let mut running = runtime.block_on(start(runtime).ready());
        timed(&mut their_warm, || runtime.block_on(black_box(&theirs).answer(&mut running)).unwrap());
        runtime.block_on(running.stop());
        timed(&mut our_cold, || black_box(ours::Prepared::read(black_box(&our_text)).answer()));
        let fresh = timed(&mut their_cold, || {
            let mut fresh = start(runtime);
            let prepared = theirs::Prepared::read(black_box(&their_text));
            black_box(runtime.block_on(prepared.answer(&mut fresh)).unwrap());
            fresh
        });
        runtime.block_on(fresh.stop());
    }
    format!("{}{}", cells(our_warm, their_warm), cells(our_cold, their_cold))
}

fn main() {
    let Some(version) = theirs::version() else {
        println!("cvc5 is not found, neither at the path in the variable CVC5 nor on the PATH: nothing is compared.");
        return;
    };
    let counts: Vec<usize> = std::env::args().skip(1).map(|count| count.parse().unwrap()).collect();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    println!("{version}");
    for count in if counts.is_empty() { vec![1, 10, 100] } else { counts } {
        println!("{:<34}{:>30}{:>30}", "", "asked", "from text");
        let heads = format!("{:>11}{:>11}{:>8}", "policyc", "Cedar", "ratio");
        println!("{:<34}{heads}{heads}", if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") });
        for asked in questions(count) {
            println!("{:<34}{}", asked.what, compare(&asked, &runtime));
        }
    }
}
