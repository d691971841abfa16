//! `policyc lsp`: the language server, which is a program of its own.
//!
//! It is not linked into this one, so that the compiler needs no runtime for asynchronous code and nothing of the protocol.

use std::path::PathBuf;
use std::process::Command;

use super::{CommandResult, Exit};

/// The name of the program.
const NAME: &str = "policyc-lsp";

pub(super) fn run() -> CommandResult {
    let program = find().ok_or_else(|| {
        format!("`{NAME}` is neither beside policyc nor on the PATH; in the source of policyc, `cargo install --path lsp` installs it")
    })?;
    let failed = |error: std::io::Error| format!("cannot start `{}`: {error}", program.display());
    start(&mut Command::new(&program)).map_err(failed)
}

/// The program beside this one, else on the `PATH`.
fn find() -> Option<PathBuf> {
    let name = format!("{NAME}{}", std::env::consts::EXE_SUFFIX);
    let here = std::env::current_exe().ok();
    // A link to policyc leads to where both are.
    let real = here.as_ref().and_then(|here| std::fs::canonicalize(here).ok());
    let beside = [here, real].into_iter().flatten().filter_map(|path| Some(path.parent()?.to_path_buf()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = beside.chain(std::env::split_paths(&path).collect::<Vec<_>>());
    folders.find_map(|folder| Some(folder.join(&name)).filter(|program| program.is_file()))
}

/// Becomes the program, so that editors which end a process end the right one.
#[cfg(unix)]
fn start(command: &mut Command) -> std::io::Result<Exit> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

/// Runs the program to its end.
#[cfg(not(unix))]
fn start(command: &mut Command) -> std::io::Result<Exit> {
    Ok(match command.status()?.code() {
        Some(0) => Exit::Fine,
        Some(1) => Exit::Findings,
        _ => Exit::Failure,
    })
}
