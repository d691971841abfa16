//! The `policyc` program.

/// An analysis is many small values that are made and dropped, in the language server at each keystroke and often by different threads:
/// with the system's allocator that is a third of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    policyc::main()
}
