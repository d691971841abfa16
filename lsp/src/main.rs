//! `policyc-lsp`: the language server over standard input and output.

use std::process::ExitCode;

/// An analysis is many small values that are made and dropped at each keystroke, often by different threads: with the system's allocator
/// that is a third of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "\
policyc-lsp: the language server for policies, over standard input and output

Editors start it, as `policyc-lsp` or as `policyc lsp`. It has no options; its settings
come from the editor (section `policyc`) and from policyc.toml.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        // Many clients add `--stdio`, which is what it does anyway.
        None | Some("--stdio") => {}
        Some("--version" | "-V") => return print(concat!("policyc-lsp ", env!("CARGO_PKG_VERSION"), "\n")),
        Some("--help" | "-h") => return print(HELP),
        Some(other) => {
            use std::io::Write;
            // Without a place to say it, the exit status says it.
            let _ = writeln!(
                std::io::stderr(),
                "policyc-lsp: there is no option {}; see --help",
                policyc::diagnostics::quote(other)
            );
            return ExitCode::from(2);
        }
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).build() {
        Ok(runtime) => runtime,
        Err(_) => return ExitCode::from(2),
    };
    let ended = runtime.block_on(policyc_lsp::serve(policyc_lsp::Input::default(), policyc_lsp::Output::default()));
    // Standard input may still be open, and the thread that reads it would wait forever.
    runtime.shutdown_background();
    if ended { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}
