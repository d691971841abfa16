//! What the comparisons with engines have in common.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use policyc_core::diagnostics::codes;
use policyc_core::emit::{Request, find};
use policyc_core::ir::ServerId;
use policyc_core::sema::{Checked, NoFiles, Options, analyze};

use crate::conformance::Case;

/// How many pairs of a policy and a call are compared: what `POLICYC_PAIRS` says, or else so many.
///
/// # Panics
/// The variable is no number.
#[must_use]
pub fn pairs(usual: usize) -> usize {
    std::env::var("POLICYC_PAIRS").ok().map_or(usual, |pairs| pairs.parse().expect("POLICYC_PAIRS is a number"))
}

/// The program that a variable names. Without it nothing is compared with its engine, and that is said.
#[must_use]
pub fn program(variable: &str, engine: &str) -> Option<String> {
    let program = std::env::var(variable).ok();
    if program.is_none() {
        eprintln!("{variable} is not set: nothing is compared with {engine}");
    }
    program
}

/// What a command prints when it is given some input.
///
/// # Panics
/// It fails, or prints no text.
#[must_use]
pub fn output(command: &mut Command, input: String) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the engine");
    let mut stdin = child.stdin.take().expect("its input");
    // It may answer before it has read all.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).expect("an engine that reads"));
    let output = child.wait_with_output().expect("its output");
    writer.join().expect("the whole input");
    assert!(output.status.success(), "the engine failed");
    String::from_utf8(output.stdout).expect("text")
}

/// A policy of no server.
///
/// # Panics
/// It has errors.
#[must_use]
pub fn checked(text: &str) -> Checked {
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    analysis.checked.unwrap_or_else(|| panic!("{text}\n{:?}", analysis.diagnostics))
}

/// The document of a target for a case; `None` if the target refuses the policy. Where a setting is needed, it has one.
///
/// # Panics
/// The document could not be proved.
#[must_use]
pub fn document(target: &str, case: &Case) -> Option<String> {
    let target = find(target).expect(target);
    let settings = target.settings_of_examples();
    let emission = target.make(&Request::new(&case.checked.policies()[0], ServerId(0), &settings));
    let is_unproved = |code| code == codes::UNPROVED_ARTEFACT.name || code == codes::UNSOUND_ARTEFACT.name;
    let bad: Vec<_> = emission.diagnostics.iter().filter(|found| is_unproved(found.code.name)).collect();
    assert!(bad.is_empty(), "{}\n{bad:?}", case.text);
    emission.artefact.map(|artefact| artefact.text)
}

/// A server that ends when it is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a server answers. `log` is the file that it writes to.
///
/// # Panics
/// It has ended, or does not answer in a minute.
pub fn wait(child: &mut Child, log: &Path, answers: impl Fn() -> bool) {
    let started = Instant::now();
    while !answers() {
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(child.try_wait().expect("a server").is_none(), "the server has ended: {}", said());
        assert!(started.elapsed() < Duration::from_secs(60), "the server does not answer: {}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
}
