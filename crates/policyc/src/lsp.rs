//! `policyc lsp`: the language server over standard input and output.

use super::{CommandResult, Exit};

pub(super) fn run() -> CommandResult {
    match policyc_lsp::serve_standard_streams() {
        Ok(true) => Ok(Exit::Fine),
        // The protocol asks for 1 if the client leaves without saying so.
        Ok(false) => Ok(Exit::Findings),
        Err(error) => Err(format!("cannot start the language server: {error}")),
    }
}
