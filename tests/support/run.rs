//! The program, started or run within the test.
#![allow(dead_code, reason = "each test uses some of it")]

pub(crate) use policyc::Exit;

/// The built program.
pub(crate) const BIN: &str = env!("CARGO_BIN_EXE_policyc");

/// Runs a command line within the test: how it ends, what it prints, and what it complains about.
pub(crate) fn in_process(arguments: &[&str], mut input: &[u8]) -> (Exit, String, String) {
    let (mut output, mut error) = (Vec::new(), Vec::new());
    let mut streams = policyc::Streams {
        input: &mut input,
        output: &mut output,
        error: &mut error,
        colour_output: false,
        colour_error: false,
        progress: false,
        width: 100,
    };
    let line = ["policyc"].iter().chain(arguments).map(std::ffi::OsString::from);
    let exit = policyc::run(line, &mut streams);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (exit, text(output), text(error))
}
